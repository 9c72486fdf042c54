"""Forward and reverse side by side."""

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.inspection import programs
from adcompiler.inspection.compare import InputDerivative


def ln_sin(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def test_ln_sin():
    found = ad.compare(ln_sin, 2, 5)
    assert (found.inputs, found.outputs) == (2, 1)
    assert [d.name for d in found.derivatives] == ["x1", "x2"]
    assert [d.forward for d in found.derivatives] == pytest.approx([5.5, 1.7163378145367738])
    assert found.difference < 1e-15
    assert "def ln_sin_tangent(x1, x2, x1_dot, x2_dot):" in found.tangent_source
    assert "def ln_sin_adjoint(x1, x2, ln_sin_bar=1.0):" in found.adjoint_source
    assert found.operations["reverse"]["log"] == 1
    assert found.times is None
    for part in ("5 → 5.5", "−0.284 → 1.716", "sweeps needed", "one sweep for each of 2 inputs", "one output"):
        assert part in str(found)
    assert "<table>" in found._repr_html_()
    assert "def ln_sin_adjoint" in found._repr_html_()


def test_timing():
    times = ad.compare(ln_sin, 2.0, 5.0, timing=True).times
    assert min(times.primal, times.forward, times.reverse) > 0.0


def test_arrays_and_containers():
    def model(x, p):
        return np.sin(x) * p["w"], x[0], 7

    x = np.array([1.0, 2.0, 3.0])
    found = ad.compare(model, x, {"w": 2.0, "n": 3})
    assert (found.inputs, found.outputs) == (4, 4)
    by_x, by_w = found.derivatives
    np.testing.assert_allclose(by_x.forward, np.vstack([np.diag(2.0 * np.cos(x)), [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(by_w.reverse, [*np.sin(x), 0.0])
    assert by_w.name == "p['w']"
    assert found.difference < 1e-14


def test_shapes_of_one_array_result():
    found = ad.compare(lambda x, y: x * y, np.ones((2, 3)), 2.0)
    assert found.derivatives[0].forward.shape == (2, 3, 2, 3)
    assert found.derivatives[1].reverse.shape == (2, 3)


def test_not_all_sweeps_of_a_large_input_are_run(monkeypatch):
    monkeypatch.setattr(programs, "MOST_SWEEPS", 5)
    found = ad.compare(lambda x: (x * x).sum(), np.ones(8))
    assert np.isnan(found.derivatives[0].forward).tolist() == [False] * 5 + [True] * 3
    assert found.inputs == 8


def test_difference_of_nan():
    nan = float("nan")
    assert InputDerivative("x", nan, nan).difference == 0.0
    assert np.isnan(InputDerivative("x", nan, 1.0).difference)
    assert InputDerivative("x", np.array([np.inf, 1.0]), np.array([np.inf, 3.0])).difference == 2.0


def test_a_method_and_the_float32_of_an_array():
    class Disc:
        k = 2.0

        def area(self, r):
            return (self.k * r * r).sum()

    found = ad.compare(Disc().area, np.ones(2, dtype=np.float32))
    np.testing.assert_array_equal(found.derivatives[0].reverse, [4.0, 4.0])
