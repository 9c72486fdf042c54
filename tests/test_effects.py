"""Effects inside differentiated functions: exactly once, in order, in every generated program.

The reference is the function itself: what it prints, and how far it moves its generator of random numbers.  The
derivatives are compared with central differences, each evaluation with a generator in the same state.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import random
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import NoDerivativeError, UnsupportedValueError

log = logging.getLogger("tests.effects")
GLOBAL = np.random.default_rng(11)


def straight(x, rng):
    print("start", x)
    z = rng.normal(size=3)
    y = np.sum(x * z) ** 2
    print(f"after {y:.6f} and {z[0]:+.3e}")
    return y * rng.random() + rng.random() * x


def in_loop(x, rng):
    s = 0.0
    for i in range(4):
        e = rng.normal()
        s = math.sin(s + x * e)
        print(f"step {i}: {s:.6f}")
    return s * x


def in_branch(x, rng):
    if x > 0.5:
        print("large")
        y = x * x * rng.normal()
    else:
        print("small")
        y = math.exp(x)
    u = rng.random()
    if u > 0.3:
        y = y + x * rng.normal(loc=1.0)
    else:
        print("unlikely", u)
    return y * y


def with_break(x, rng):
    s = x
    for i in range(20):
        e = rng.random()
        s = s + x * x * e
        if e > 0.8:
            print("left at", i)
            break
        if e < 0.2:
            continue
        print("stayed", i, f"{s:.5f}")
        s = s * (1.0 + 0.1 * rng.normal())
    return s


def in_while(x, rng):
    s, n = x, 0
    while s < 4.0:
        s = s + x * (0.5 + rng.random())
        n += 1
        print(n, end=";")
    print()
    return s * s


def nested_loops(x, rng):
    s = x
    for i in range(3):
        w = rng.normal(size=2)
        for j in range(i + 1):
            if w[0] > 0.0:
                s = s + np.sin(x * w[1]) * rng.uniform(0.5, 1.5)
            else:
                print("negative", i, j)
            s = s * rng.normal()
        print("row", i, f"{s:.6f}")
    return s


def helper(v, rng, label):
    print(label, f"{v:.4f}")
    return v * rng.normal() + v * v


def through_helpers(x, rng):
    def inner(t):
        print("inner", f"{t:.4f}")
        return helper(t, rng, "again") * t

    return inner(x) + helper(x * 2.0, rng, "twice")


def array_state(x, rng):
    w = np.array([x, 2.0 * x, x * x])
    for k in range(3):
        if k != 1:
            noise = rng.standard_normal(3)
            w = w * (1.0 + 0.1 * noise) + np.tanh(w)
        print(w.round(6))
    return np.sum(w)


def kept_numbers(x, rng):
    t = time.perf_counter()
    n = rng.integers(2, 5)
    k = rng.poisson(2.0)
    p = rng.permutation(3)
    s = 0.0
    for i in range(3):
        s = s + x ** float(n) * (1.0 + p[i]) * k
    elapsed = time.perf_counter() - t
    if elapsed < -1.0:
        print("never")
    return s * (1.0 if elapsed >= 0.0 else 0.0)


def one_line(x, rng):
    """Several effects in one statement keep their order, on whichever line they end up."""
    y = (rng.random() if rng.normal() > 0.0 else x) * rng.normal() + x * (
        rng.random() + rng.normal()
    )
    ok = rng.random() < 0.9 and rng.random() < 0.9
    chosen = np.random.default_rng(1) if y > 0.0 else np.random.default_rng(2)
    for k in range(2):
        y = y * chosen.normal() + x
        chosen = np.random.default_rng(k)
    return y * x if ok else y - x


SCALAR = [
    straight, in_loop, in_branch, with_break, in_while, nested_loops, through_helpers, array_state,
    kept_numbers, one_line,
]  # fmt: skip


def seeded() -> np.random.Generator:
    return np.random.default_rng(5)


class Run:
    """What came back, what was printed, where the generator stands."""

    def __init__(self, call: Callable[..., Any], *args: Any) -> None:
        rng = seeded()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.value = call(*args, rng)
        self.printed = out.getvalue()
        self.state = rng.bit_generator.state

    def same_effects(self, other: Run, text: str) -> None:
        assert self.printed == other.printed, text
        assert self.state == other.state, text


def slope(function: Callable[..., Any], x: float, h: float = 1e-5) -> float:
    return float((Run(function, x + h).value - Run(function, x - h).value) / (2.0 * h))


MODES: dict[str, Callable[..., Any]] = {
    "grad": lambda f: ad.grad(f, argnums=0),
    "forward": lambda f: ad.grad(f, argnums=0, mode="forward"),
    "value_and_grad": lambda f: ad.value_and_grad(f, argnums=0),
    "jacobian": lambda f: ad.jacobian(f, argnums=0, mode="reverse"),
    "adjoint": lambda f: ad.adjoint(f, argnums=(0,)),
}


@pytest.mark.parametrize("function", SCALAR, ids=lambda f: f.__name__)
@pytest.mark.parametrize("x", [0.7, 0.3])
@pytest.mark.parametrize("mode", sorted(MODES))
def test_once_and_in_order(function, x, mode):
    derivative = MODES[mode](function)
    expected = Run(function, x)
    for _ in range(2):  # the first call compiles
        found = Run(derivative, x)
        text = derivative.source()
        found.same_effects(expected, text)
        value = found.value[-1] if isinstance(found.value, tuple) else found.value
        assert value == pytest.approx(slope(function, x), rel=1e-6, abs=1e-8), text
        assert type(value) is float, text
        if isinstance(found.value, tuple):
            assert found.value[0] == pytest.approx(expected.value, rel=1e-14)


@pytest.mark.parametrize("function", SCALAR, ids=lambda f: f.__name__)
def test_tangent_and_pullback(function):
    expected = Run(function, 0.7)
    tangent = ad.tangent(function, argnums=(0,))
    found = Run(lambda x, rng: tangent(x, rng, 2.0), 0.7)
    found.same_effects(expected, tangent.source())
    assert found.value[1] == pytest.approx(2.0 * slope(function, 0.7), rel=1e-6)

    rng = seeded()
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        value, pullback = ad.vjp(lambda x: function(x, rng), 0.7)
    assert out.getvalue() == expected.printed
    assert rng.bit_generator.state == expected.state
    with contextlib.redirect_stdout(io.StringIO()) as silent:
        for seed in (1.0, -3.0):
            (bar,) = pullback(seed)
            assert bar == pytest.approx(seed * slope(function, 0.7), rel=1e-6)
    assert silent.getvalue() == ""
    assert value == pytest.approx(expected.value)


@pytest.mark.parametrize("function", SCALAR, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", ["hessian", "reverse over reverse", "hvp"])
def test_second_order(function, order):
    derivative: Callable[..., Any]
    if order == "hessian":
        derivative = ad.hessian(function, argnums=0)
    elif order == "reverse over reverse":
        derivative = ad.grad(ad.grad(function, argnums=0), argnums=0)
    else:

        def derivative(x, rng):
            return ad.hvp(lambda t: function(t, rng), (x,), (1.0,))

    found = Run(derivative, 0.7)
    found.same_effects(Run(function, 0.7), str(getattr(derivative, "source", str)()))
    first = ad.grad(function, argnums=0)
    value = found.value[0] if isinstance(found.value, tuple) else found.value
    assert value == pytest.approx(slope(first, 0.7), rel=1e-5, abs=1e-7)


def vector(v, scale, rng):
    print("shape", v.shape)
    total = v * scale
    for i in range(2):
        noise = rng.normal(size=v.shape)
        if noise[0] > -10.0:
            total = total * (1.0 + 0.2 * rng.normal(size=3)) + np.sin(v) * noise
        print(i, total.round(6))
    return total


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobians_of_vectors(mode):
    v = np.array([0.3, -0.4, 0.5])
    jacobian = ad.jacobian(vector, argnums=(0, 1), mode=mode)
    expected, found = Run(vector, v, 1.5), Run(jacobian, v, 1.5)
    found.same_effects(expected, jacobian.source())
    for k in range(3):
        step = 1e-6 * np.eye(3)[k]
        column = (Run(vector, v + step, 1.5).value - Run(vector, v - step, 1.5).value) / 2e-6
        np.testing.assert_allclose(found.value[0][:, k], column, rtol=1e-6, atol=1e-8)
    column = (Run(vector, v, 1.5 + 1e-6).value - Run(vector, v, 1.5 - 1e-6).value) / 2e-6
    np.testing.assert_allclose(found.value[1], column, rtol=1e-6, atol=1e-8)


def summed(v, rng):
    return np.sum(vector(v, 0.5, rng) ** 2)


def test_hessian_of_vectors():
    v = np.array([0.3, -0.4, 0.5])
    hessian = ad.hessian(summed, argnums=0)
    found = Run(hessian, v)
    found.same_effects(Run(summed, v), hessian.source())
    gradient = ad.grad(summed, argnums=0)
    for k in range(3):
        step = 1e-6 * np.eye(3)[k]
        column = (Run(gradient, v + step).value - Run(gradient, v - step).value) / 2e-6
        np.testing.assert_allclose(found.value[:, k], column, rtol=1e-5, atol=1e-7)


def penalised(x, rng):
    slope = ad.grad(lambda t: in_loop(t, rng))(x)
    print(f"slope {slope:.6f}")
    return slope * slope * x


def test_derivative_inside():
    derivative = ad.grad(penalised, argnums=0)
    found = Run(derivative, 0.7)
    found.same_effects(Run(penalised, 0.7), derivative.source())
    assert found.value == pytest.approx(slope(penalised, 0.7), rel=1e-5)


def test_value_not_needed_still_prints(capsys):
    def linear(x):
        print("called", x)
        return 3.0 * x

    assert ad.grad(linear)(2.0) == 3.0
    assert capsys.readouterr().out == "called 2.0\n"


def test_no_second_run_where_arithmetic_raises(capsys):
    """The careful spelling, which would repeat the effects, is the only one."""

    def f(x):
        print("once")
        y = np.exp(x * 1000.0)
        return np.sqrt(y - y) + x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ad.grad(f)(2.0)
    assert capsys.readouterr().out == "once\n"

    def g(x):
        print("once")
        return math.log(x)

    with pytest.raises(ValueError, match="domain"):
        ad.value_and_grad(g)(-1.0)
    assert capsys.readouterr().out == "once\n"


def test_logging_and_warnings(caplog):
    def f(x):
        for i in range(2):
            x = x * x
            log.info("x[%d] = %.3f", i, x)
        if log.isEnabledFor(logging.ERROR):
            logging.getLogger("tests.effects").error("x is %r", x)
        warnings.warn(f"x is {x:.2f}", RuntimeWarning, stacklevel=2)
        return x

    with caplog.at_level(logging.INFO), pytest.warns(RuntimeWarning, match=r"x is 5\.06"):
        assert ad.grad(f)(1.5) == pytest.approx(4.0 * 1.5**3)
    assert [r.getMessage() for r in caplog.records if r.name == "tests.effects"] == [
        "x[0] = 2.250",
        "x[1] = 5.062",
        "x is 5.0625",
    ]


def test_logged_arrays_do_not_change_afterwards(caplog):
    def f(v):
        for _ in range(3):
            log.warning("%s", v)
            v = v * 2.0
        return v.sum()

    ad.grad(f)(np.ones(2))
    assert [r.args[0].tolist() for r in caplog.records] == [[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]


def test_files(tmp_path):
    path = str(tmp_path / "out.txt")

    def f(x, path):
        make = open
        file = make(path, "w")
        for i in range(3):
            x = x * x
            file.write(f"{i} {x:.4f}\n")
        print("end", file=file)
        file.close()
        return x

    assert ad.grad(f, argnums=0)(1.1, path) == pytest.approx(8 * 1.1**7)
    with open(path) as file:
        assert file.read() == "0 1.2100\n1 1.4641\n2 2.1436\nend\n"


def test_generators_wherever_they_are_held():
    rng = np.random.default_rng(3)

    class Model:
        def __init__(self):
            self.rng = np.random.default_rng(4)

        def loss(self, x):
            return x * x * self.rng.normal()

    def held(x):
        return x * rng.normal() + x * GLOBAL.normal()

    def made(x):
        own = np.random.default_rng(7)
        other = np.random.RandomState(1)
        third = random.Random(2)
        return x * own.normal() + x * x * other.rand() + x * third.gauss(0.0, 1.0)

    before = GLOBAL.bit_generator.state, rng.bit_generator.state
    found = ad.grad(held)(2.0)
    GLOBAL.bit_generator.state, rng.bit_generator.state = before
    assert found == pytest.approx(held(1.0))
    model = Model()
    found = ad.grad(model.loss)(2.0)
    model.rng = np.random.default_rng(4)
    assert found == pytest.approx(model.loss(2.0))
    assert ad.grad(made)(2.0) == pytest.approx((made(2.0 + 1e-6) - made(2.0 - 1e-6)) / 2e-6)
    assert ad.grad(made)(2.0) == ad.grad(made)(2.0)


def test_legacy_functions():
    def f(x):
        np.random.seed(3)
        random.seed(4)
        y = x * np.random.rand(2, 2) + np.random.normal(size=(2, 1)) * np.random.randint(1, 5)
        return np.sum(y * y) * random.random() + random.gauss(0.0, 1.0) * x

    assert ad.grad(f)(0.4) == pytest.approx((f(0.4 + 1e-6) - f(0.4 - 1e-6)) / 2e-6)


@pytest.mark.parametrize(
    "call",
    [
        "rng.normal()", "rng.normal(1.0, 2.0)", "rng.normal(size=3)", "rng.normal(size=(2, 3))",
        "rng.normal(np.zeros(3))", "rng.normal(np.zeros((2, 1)), np.ones(3))", "rng.random()",
        "rng.random(4)", "rng.random(size=2, dtype=np.float32)", "rng.uniform(-1.0, 1.0, 3)",
        "rng.integers(5)", "rng.integers(1, 5, size=3)", "rng.integers(0, 2, dtype=np.int8)",
        "rng.poisson(3.0)", "rng.poisson(3.0, 2)", "rng.binomial(4, 0.5)", "rng.permutation(4)",
        "rng.permutation(np.ones(3))", "rng.choice(5)", "rng.choice(np.ones(3))",
        "rng.choice(4, size=2)", "rng.choice(4, 2, replace=False)", "rng.standard_normal()",
        "rng.standard_normal(2, dtype=np.float32)", "rng.exponential(2.0, size=2)",
        "rng.gamma(2.0)", "rng.beta(1.0, 2.0)", "rng.lognormal(size=())", "rng.geometric(0.5)",
        "rng.triangular(0.0, 0.5, 1.0)", "np.random.rand()", "np.random.randn(2)",
        "np.random.randint(5)", "np.random.random_sample((1, 2))", "np.random.uniform(size=2)",
        "random.random()", "random.randint(1, 3)", "random.gauss(0.0, 1.0)", "random.uniform(0, 1)",
        "random.randrange(4)", "time.time()", "time.perf_counter_ns()",
    ],
)  # fmt: skip
def test_predicted_types(call):
    """The type that the compiler gives a draw is that of the draw."""
    from adcompiler.ir.nodes import Call
    from adcompiler.ir.types import dtype_of, shape_of
    from adcompiler.pipeline import trace_of

    namespace: dict[str, Any] = {"np": np, "random": random, "time": time}
    source = f"def f():\n    rng = np.random.default_rng(1)\n    return {call}\n"
    import linecache

    linecache.cache["<draws>"] = (len(source), None, source.splitlines(True), "<draws>")
    exec(compile(source, "<draws>", "exec"), namespace)
    value = namespace["f"]()
    function = trace_of(namespace["f"], (), "f").function
    last = function.body.statements[-1]
    assert isinstance(last, Call)
    assert dtype_of(last.target.type) == np.asarray(value).dtype
    assert [n.constant for n in shape_of(last.target.type)] == list(np.shape(value))
    if not isinstance(value, (np.ndarray, np.generic)):
        assert str(last.target.type) == type(value).__name__


def test_lengths_of_draws_follow_arguments():
    def f(x, rng):
        z = rng.normal(size=len(x))
        w = rng.normal(size=(2, x.shape[0]))
        return np.sum(w @ (x * z))

    derivative = ad.grad(f, argnums=0)
    for n in (2, 5):
        x = np.linspace(0.1, 1.0, n)
        rng = seeded()
        z, w = rng.normal(size=n), rng.normal(size=(2, n))
        np.testing.assert_allclose(derivative(x, seeded()), w.sum(axis=0) * z)


def test_active_distribution_is_refused():
    def f(mu, rng):
        return rng.normal(mu, 1.0)

    for derivative in (ad.grad(f, argnums=0), ad.grad(f, argnums=0, mode="forward")):
        with pytest.raises(NoDerivativeError, match=r"mu \+ sigma \* rng.normal"):
            derivative(1.0, seeded())

    def inactive(x, rng):
        k = rng.poisson(x)
        return x * k

    found = Run(ad.grad(inactive, argnums=0), 2.5)
    assert found.value == Run(inactive, 2.5).value / 2.5


@pytest.mark.parametrize(
    "function",
    [
        lambda x: float(f"{x}"),
        lambda x: float(str(x)) * x,
        lambda x: x * len(f"{x}"),
        lambda x: x * int(format(x, "d")),
        lambda x: x if f"{x}" == "1.0" else 2.0 * x,
        lambda x: x if str(x) else 2.0 * x,
        lambda x: np.sum(np.array([str(x)])) * x,
        lambda x: x * f"{x}",
    ],
)
def test_no_way_back_from_text(function):
    with pytest.raises((UnsupportedValueError, ad.errors.ADError)):
        ad.grad(function)(1.0)


def test_texts(capsys):
    def f(x, name):
        width = 9
        label = f"{name!r:>8}|{x:{width}.3f}|{{}}|{x!s}"
        print(label)
        pattern, fields = "%s has %5.2f", "{:.1e} {k}"
        print(pattern % (name, x), fields.format(x, k=2))
        print("-" * 3 + str(x).rjust(6), repr(x), format(x, ".2f"), ", ".join([name, str(x)]))
        print((x, [x, 1]), {"x": x}, f"{[x, 2]}", 'it\'s "quoted"\t', f"'{x}' \"\n")
        return x * x

    f(1.5, "run")
    expected = capsys.readouterr().out
    assert ad.grad(f)(1.5, "run") == 3.0
    assert capsys.readouterr().out == expected


def test_texts_joined_and_carried(capsys):
    def f(x, n):
        sign = f"+{x:.1f}" if x > 0.0 else "not positive"
        if x > 1.0:
            size = "large"
        else:
            size, sign = "small", "none"
        line, state = "", "init"
        for i in range(n):
            line += f"{i}:{x:.2f};"
            print(state, i)
            state = "running" if i < 1 else f"late {x:.1f}"
            x = x * x
        print(sign, size, line, state)
        return x

    for x in (1.1, -0.5):
        f(x, 3)
        expected = capsys.readouterr().out
        for derivative in (ad.grad(f, argnums=0), ad.hessian(f, argnums=0)):
            value = derivative(x, 3)
            assert capsys.readouterr().out == expected
        assert value == pytest.approx(56.0 * x**6)


def test_code_without_source_as_a_statement():
    history: list[Any] = []
    remember = history.append

    def f(v):
        for _ in range(3):
            remember(v)
            v = v * 2.0
        return v.sum()

    np.testing.assert_array_equal(ad.grad(f)(np.ones(2)), [8.0, 8.0])
    assert [h.tolist() for h in history] == [[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]]

    def as_argument(x, callback):
        for _ in range(2):
            x = x * x
            callback(x)
        return x

    numbers: list[float] = []
    assert ad.grad(as_argument)(2.0, numbers.append) == 32.0
    assert numbers == [4.0, 16.0]


HISTORY: list[Any] = []
FACTOR = 2.0


def remember(k, value):
    HISTORY.append((k, value))


class Writer:
    """Stands for what draws curves of a training run."""

    def __init__(self):
        self.rows: dict[str, Any] = {}

    def add_scalar(self, name, value):
        self.rows[name] = value


def test_callbacks_that_cannot_be_followed():
    def f(v, callback, writer):
        for k in range(3):
            callback(k, v)
            writer.add_scalar(f"sum {k}", v.sum())
            remember(k, f"{v[0]:.1f}")
            v = v * v
        return v.sum()

    v = np.array([1.5, 0.5])
    for derivative in (ad.grad(f), ad.value_and_grad(f)):
        HISTORY.clear()
        seen: list[Any] = []
        writer = Writer()

        def callback(k, value, seen=seen):
            seen.append(value)

        found = derivative(v, callback, writer)
        gradient = found[1] if isinstance(found, tuple) else found
        np.testing.assert_allclose(gradient, 8.0 * v**7)
        np.testing.assert_allclose(seen, [v, v**2, v**4])
        assert writer.rows == {f"sum {k}": pytest.approx(np.sum(v**2**k)) for k in range(3)}
        assert HISTORY == [(0, "1.5"), (1, "2.2"), (2, "5.1")]


def test_callbacks_that_change_what_they_are_given():
    """A write that the derivative could not see never goes unnoticed."""

    def writes(v):
        try:
            v[0] = 7.0
        finally:
            HISTORY.append(v)

    def f(v, callback):
        w = v * 1.0
        callback(w)
        return w.sum()

    with pytest.raises(ad.AliasError):
        ad.grad(f)(np.ones(2), writes)

    def fills(v, callback):
        found = [v, v]
        callback(found)
        return found[0].sum()

    with pytest.raises(ad.errors.ADError):
        ad.grad(fills)(np.ones(2), lambda found: HISTORY.extend(found))

    def reads(x):
        remember(0, x)
        return x * FACTOR

    with pytest.raises(UnsupportedValueError, match="`FACTOR` as an argument"):
        ad.grad(reads)(1.0)


def test_condition_of_while_with_an_effect_is_refused():
    def f(x, rng):
        while rng.random() < 0.5:
            x = x * 2.0
        return x

    with pytest.raises(UnsupportedValueError, match="break"):
        ad.grad(f, argnums=0)(1.0, seeded())


def test_generated_text_reads_like_the_users():
    text = ad.grad(in_loop, argnums=0).source(0.7, seeded())
    assert 'print(f"step {i}: {s:.6f}")' in text
    assert text.count("print(") == text.count("rng.normal(") == 1


def test_evaluate_and_trace():
    """The reference interpreter and the inspections run effects, too."""
    trace = ad.trace(in_loop, 0.7, seeded())
    assert "draw" in str(trace) or "normal" in str(trace)
