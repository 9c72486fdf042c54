"""Every example runs as a program, and its figures are right."""

from __future__ import annotations

import importlib.util
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))

#: what must stand in the output of each program
SHOWN = {
    "four_ways": [
        "df/dx1",
        "symbols: (x2 + 1/x1, x1 - cos(x2))",
        "def f_grad(x1, x2):",
        "                16     -313.7899",
        "def logistic_map_grad(x, steps):",
    ],
    "logistic_training": [
        "initial loss: 27.725887",
        "final loss:   13.715683  after 100 steps of 0.01",
        "def negative_log_likelihood_grad(weights, inputs, targets):",
    ],
    "training_tricks": [
        *("mini-batches", "clipping", "initialisation", "early stopping", "L2 regularisation"),
        *("zeros : loss 0.6593 after 5 epochs, all units alike", "w1_bar = np.clip(w1_bar, -limit, limit)"),
    ],
    "graphs": [
        "value 120      gradient 1",
        *("value -12      gradient 1", "through × to v₁:    1 becomes -4", "through × to v₀:    1 becomes 3"),
        "    return z, z, ",
    ],
    "dying_gradients": [
        *("  -10       4.54e-05              0", "    0           0.25              0"),
        *("   10       4.54e-05              1", "def sigmoid_grad(x):", "def relu_grad(x):"),
    ],
    "residual_network": ["first layer to last, residual: 3.1", "def loss_grad(net, x, target):"],
    "batch_normalisation": [
        *("x_bar      agrees with the paper", "gamma_bar  agrees", "beta_bar   agrees"),
        "def layer_grad(gamma, beta, x, y_bar):",
    ],
    "maximum_likelihood": [
        "P(1) = 0.3230, P(2) = 0.2907",
        "any p: 0.200000000000 after 6 Newton steps, ± 0.1265",
        "likelihood 0.181440, cross-entropy 0.341366",
        "def categorical_cross_entropy_grad(z, one_hot):",
    ],
    "modules": [
        *("Softmax                    [0.1502 0.0274 0.8223]  3×3 agrees", "diagonal: one sweep gives it"),
        *("at 1000 and 1001: [0.26894142 0.73105858]", "Chain(parts=[Linear(w=array("),
    ],
    "two_epochs": [
        *("∂L/∂a¹  10×1   agrees", "∂L/∂w¹  15×10  agrees", "def loss_adjoint(network, x, y, loss_bar=1.0):"),
        *("epoch t + 1:", "scalar_loss(w1, w2, x, y) = 0.187", "scalar_loss(w1, w2, x, y) = 0.182"),
    ],
    "ln_sin": [
        "(5.5, 1.7163378145367738)",
        *("0.693", "−0.959", "10.693", "11.652", "5 → 5.5", "−0.284 → 1.716"),
        "def f_tangent(x1, x2, x1_dot, x2_dot):",
        "def f_adjoint(x1, x2, f_bar=1.0):",
    ],
    "seawater": [
        "rho(0.0, 5.0, 0.0) = 999.96675",
        "rho(35.0, 5.0, 0.0) = 1027.67547",
        "rho(35.0, 25.0, 1000.0) = 1062.53817",
        "35.0   0.0    0.0  1028.1063   5.2554e-05   7.8544e-04   4.6334e-05",
        "def density_grad(s, t, p):",
    ],
    "peng_robinson": ["agrees", "p / pc = 1.000000000000", "def pressure_grad(temperature, volume"],
    "robot_arm": ["difference to the textbook: 0.0", "def hand_jacobian(q, lengths):"],
    "logistic_regression": [
        "loss: 0.693147 at the start, 0.342021 after 100 steps",
        "def loss_value_and_grad(params, x, y):",
    ],
    "framework": [
        "y = 2.0000 + 3.0000 x, loss 7.3000",
        "x = -12.0   generated 0.000e+00   σ (1 − σ) 4.540e-05",
        "x =   9.0   generated 1.234e-04   σ (1 − σ) 1.234e-04",
        "    weights_bar = x.T @ forward_bar",
    ],
    "layers": [
        "ŷ =   5e-01   generated -2.000000000e+00   −y/ŷ -2.000000000e+00",
        "ŷ =   1e-15   generated -8.183007363e+14   −y/ŷ -1.000000000e+15   apart 1.8e-01",
        "def whole_grad(network, weights, x, label):",
    ],
    "shallow_water": ["misfit: 9.3348 at the start", "def misfit_value_and_grad(start, basin,"],
    "truss": [
        "compliance 684.0097 J",
        "the same volume, better spread: 353.0160 J",
        "def compliance_grad(joints, areas, truss):",
    ],
    "scipy_optimisers": [
        *("trust-exact (Hessian)", "x = [0.8411639 0.1588361]", "[2.  1.3 0.7 0.2 0.5]"),
        *("anomaly 1.103517720303", "[7.158271e-01 9.185535e-06 2.841637e-01]"),
        "def robertson_jacobian(t, y):",
    ],
    "kalman": [
        *("found:      q = 0.291 ± 0.034", "found:      r = 1.971 ± 0.078"),
        "filter -190.9271784424, one Gaussian -190.9271784424",
        "def log_likelihood_grad(log_sizes, track, step):",
    ],
}

#: the modules of the extra `examples` that a program cannot do without
NEEDS = {"four_ways": ["sympy"], "training_tricks": ["sklearn"], "scipy_optimisers": ["scipy"]}
#: the pictures that it saves into the folder it is given
DRAWN = {
    "four_ways": ["four_ways.png"],
    "graphs": ["graph_f.svg", "graph_scaled_product.svg"],
    "dying_gradients": ["dying_gradients.png"],
    "residual_network": ["residual_network.png"],
    "batch_normalisation": ["batch_normalisation.png"],
    "maximum_likelihood": ["maximum_likelihood.png"],
}
EXTRA = "needs the extra `examples`: pip install '.[examples]'"


def example(name):
    """The module, loaded once, under a name that no other module has."""
    full = f"adcompiler_example_{name}"
    if full in sys.modules:
        return sys.modules[full]
    spec = importlib.util.spec_from_file_location(full, ROOT / "examples" / f"{name}.py")
    module = sys.modules[full] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_is_checked():
    assert set(SHOWN) == set(EXAMPLES)


def test_every_example_is_listed():
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[(\w+)\.py\]\(\1\.py\)", page, re.MULTILINE)) == EXAMPLES


def run(name, cwd, *arguments):
    """What the program prints, in a process of its own, with warnings as errors."""
    # astor names removed classes of `ast` while it is imported: the one warning that is let through
    quiet = ["-W", "error", "-W", "ignore::DeprecationWarning:astor"]
    done = subprocess.run(
        [sys.executable, *quiet, str(ROOT / "examples" / f"{name}.py"), *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # matplotlib says so when it runs for the first time
    errors = [line for line in done.stderr.splitlines() if "building the font cache" not in line]
    assert not errors
    return done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_runs(name, tmp_path):
    for module in NEEDS.get(name, []):
        pytest.importorskip(module, reason=EXTRA)
    here, pictures = tmp_path / "here", tmp_path / "pictures"
    here.mkdir()
    pictures.mkdir()
    shown = run(name, here, *([str(pictures)] if name in DRAWN else []))
    for text in SHOWN[name]:
        assert text in shown
    assert "DIFFERS" not in shown
    assert not list(here.iterdir())
    assert ("drawn: " in shown) == (name in DRAWN)
    if name in DRAWN and importlib.util.find_spec("matplotlib") is not None:
        assert sorted(path.name for path in pictures.iterdir()) == DRAWN[name]
        assert all(path.stat().st_size > 5000 for path in pictures.iterdir())


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_draws_without_matplotlib(name, tmp_path, monkeypatch):
    """Pictures are an addition: without the extra the program says so and ends well."""
    for module in NEEDS.get(name, []):
        pytest.importorskip(module, reason=EXTRA)
    module = example(name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError):
        module.draw(*[None] * (module.draw.__code__.co_argcount - 1), tmp_path)


def complex_step(f, x, h=1e-30):
    return f(complex(x, h)).imag / h


def test_seawater_agrees_with_complex_steps():
    density = example("seawater").density
    point = (34.2, 11.5, 250.0)
    for mode in ("forward", "reverse"):
        slopes = ad.grad(density, argnums=(0, 1, 2), mode=mode)(*point)
        for k, slope in enumerate(slopes):
            expected = complex_step(
                lambda v, k=k: density(*point[:k], v, *point[k + 1 :]), point[k]
            )
            assert slope == pytest.approx(expected, rel=1e-13)


def test_the_critical_point_of_peng_robinson():
    eos = example("peng_robinson")
    tc, pc, _ = eos.CO2
    vc = 0.30740130869870 * eos.R * tc / pc
    _, by_v = eos.slopes(tc, vc)
    (_, mixed), (also_mixed, by_v_v) = eos.curvatures(tc, vc)
    assert eos.pressure(tc, vc) == pytest.approx(pc, rel=1e-12)
    assert abs(by_v * vc / pc) < 1e-11
    assert abs(by_v_v * vc**2 / pc) < 1e-10
    assert mixed == also_mixed
    for mode in ("forward", "reverse"):
        slopes = ad.grad(eos.pressure, argnums=(0, 1), mode=mode)(290.0, 4e-4)
        assert slopes == pytest.approx(eos.slopes_by_hand(290.0, 4e-4), rel=1e-13)


def test_the_arm_moves_as_the_textbook_says():
    arm = example("robot_arm")
    lengths = np.array([1.1, 0.7])
    for q in (np.array([0.3, -1.2]), np.array([2.0, 0.0])):
        for jacobian in (arm.jacobian, ad.jacfwd(arm.hand), ad.jacrev(arm.hand)):
            matrix = jacobian(q, lengths)
            np.testing.assert_allclose(
                matrix, arm.jacobian_by_hand(q, lengths), rtol=1e-14, atol=1e-15
            )
            assert np.linalg.det(matrix) == pytest.approx(1.1 * 0.7 * math.sin(q[1]), abs=1e-15)


def test_logistic_regression_has_the_closed_form():
    model = example("logistic_regression")
    x, y = model.data(50, seed=3)
    params = {"w": np.array([-0.4, 1.3]), "b": 0.25}
    expected = model.gradient_by_hand(params, x, y)
    for mode in ("forward", "reverse"):
        gradient = ad.grad(model.loss, mode=mode)(params, x, y)
        assert gradient.keys() == params.keys()
        assert type(gradient["b"]) is float
        for key, part in expected.items():
            np.testing.assert_allclose(gradient[key], part, rtol=1e-12)
