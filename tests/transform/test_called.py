"""Functions of the program: what is called, recorded and handed back."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

import adcompiler as ad
from adcompiler import pipeline
from adcompiler.ir.definitions import definitions_of
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Parameter
from adcompiler.ir.types import FLOAT
from adcompiler.ir.values import Variable
from adcompiler.ir.verify import verify
from adcompiler.options import Request
from adcompiler.pipeline import build, trace_of

V = np.array([0.7, 0.2, 1.5, -0.3, 0.9])


def chain(x, n):
    if n < 1.0:
        return x
    return math.sin(chain(x, n - 1.0)) + x


def halves(xs):
    if len(xs) == 1:
        return xs[0] ** 2
    m = len(xs) // 2
    return halves(xs[:m]) * 1.5 + halves(xs[m:]) * xs[0]


def merged(xs):
    if len(xs) <= 1:
        return xs
    m = len(xs) // 2
    a, b = merged(xs[:m]), merged(xs[m:])
    return np.concatenate([a + b[0], b * a[0]])


def both(xs):
    return np.array([halves(xs), halves(xs[::-1])])


def power(x, n):
    if n < 1.0:
        return x**n
    h = power(x, n / 2.0)
    return h * h


def newton(c):
    x = 1.5
    for _ in range(6):
        x = x - (power(x, 2.5) - c) / ad.grad(power)(x, 2.5)
    return x


def calls(function, *args):
    """How often functions of generated programs are entered."""
    count = 0

    def profile(frame, event, arg):
        nonlocal count
        count += event == "call" and frame.f_code.co_filename.startswith("<adcompiler chain")

    function(*args)
    sys.setprofile(profile)
    try:
        function(*args)
    finally:
        sys.setprofile(None)
    return count


def swept(a, low, high):
    if low < high:
        middle = low + 1 if a[low] < a[high] else high - 1
        a[low] += a[high] * a[low]
        swept(a, middle, high)
        swept(a, low, middle - 1)


def written_in_place(v):
    a = v.copy()
    swept(a, 0, len(a) - 1)
    return a * np.arange(1.0, 1.0 + len(a))


def differences(function, v, h=1e-6):
    return np.stack([(function(v + h * e) - function(v - h * e)) / (2 * h) for e in np.eye(len(v))], axis=-1)


def test_each_level_is_entered_once_in_each_sweep():
    assert calls(ad.grad(chain), 0.3, 100.0) == 2 * 101 + 1
    assert calls(ad.grad(chain, mode="forward"), 0.3, 100.0) == 101 + 1


def test_deep_recursion_is_as_deep_as_the_function_itself():
    assert ad.grad(chain)(0.3, 400.0) == pytest.approx(ad.grad(chain, mode="forward")(0.3, 400.0), rel=1e-12)


def test_the_trace_with_its_definitions_is_sound_and_means_the_same():
    parameters = tuple(Parameter(name, Variable(name, FLOAT)) for name in ("x", "n"))
    trace = trace_of(chain, parameters, "top").function
    assert [verify(d.lowered) for d in definitions_of(trace)] == [[]]
    assert evaluate(trace, [0.3, 5.0]) == chain(0.3, 5.0)


@pytest.mark.parametrize("kind", ["grad", "value_and_grad", "hessian"])
def test_derivatives_are_sound(kind, monkeypatch):
    monkeypatch.setenv(pipeline.VERIFY, "1")
    parameters = tuple(Parameter(name, Variable(name, FLOAT)) for name in ("x", "n"))
    built = build(Request("grad", 0), chain, parameters, "top")
    names = [d.name for d in definitions_of(built.function)]
    assert names == ["chain_forward", "chain_reverse"]
    assert [verify(d.lowered) for d in definitions_of(built.function)] == [[], []]
    expected = ad.grad(chain, mode="forward")(0.3, 4.0)
    assert evaluate(built.function, [0.3, 4.0]) == pytest.approx(expected)
    assert np.all(np.isfinite(getattr(ad, kind)(chain)(0.3, 4.0)))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("function", [merged, both, written_in_place])
def test_jacobians_in_one_sweep(function, mode):
    found = ad.jacobian(function, mode=mode)
    np.testing.assert_allclose(found(V), differences(function, V), rtol=1e-6, atol=1e-8)


def test_hessians_are_symmetric_and_those_of_differences():
    found = ad.hessian(halves)(V)
    np.testing.assert_allclose(found, found.T, rtol=1e-12)
    np.testing.assert_allclose(found, differences(ad.grad(halves), V), rtol=1e-5, atol=1e-7)


def test_a_pullback_is_called_many_times():
    before = V.copy()
    value, pullback = ad.vjp(merged, V)
    rows = [pullback(e)[0] for e in np.eye(len(V))]
    again = [pullback(e)[0] for e in np.eye(len(V))]
    np.testing.assert_allclose(rows, differences(merged, V), rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(rows, again)
    np.testing.assert_array_equal(value, merged(V))
    value[:] = 0.0  # nothing that was recorded is what the caller holds
    np.testing.assert_array_equal([pullback(e)[0] for e in np.eye(len(V))], rows)
    np.testing.assert_array_equal(V, before)


def test_a_derivative_inside_the_program():
    assert newton(2.0) == pytest.approx(2.0**0.4)
    assert ad.grad(newton)(2.0) == pytest.approx(0.4 * 2.0**-0.6)
    assert ad.grad(ad.grad(newton))(2.0) == pytest.approx(-0.24 * 2.0**-1.6)


def real_part(z):
    return z * z.real if abs(z) < 1.0 else real_part(z * 0.5) * z


def squares(z):
    return z * z if abs(z) < 1.0 else squares(z * 0.5) * z


def test_holomorphic_is_checked_inside():
    assert ad.grad(squares, holomorphic=True)(2.0 + 1j) == pytest.approx(4 * (2 + 1j) ** 3 / 32)
    with pytest.raises(ad.ResultError, match="not holomorphic"):
        ad.grad(real_part, holomorphic=True)(2.0 + 1j)


def test_one_definition_serves_both_calls():
    text = ad.grad(both_ways).source(0.7)
    assert text.count("def power_forward") == text.count("def power_reverse") == 1


def both_ways(x):
    return power(x, 2.5) + power(x * x, 3.5)


def shadowed(power_forward):
    return power(power_forward, 2.5) * power_forward


def test_names_that_are_taken():
    assert ad.grad(shadowed)(1.3) == pytest.approx(3.5 * 1.3**2.5)


def test_kinds_of_numbers():
    assert type(ad.grad(chain)(0.3, 4.0)) is float
    assert type(ad.grad(chain)(np.float64(0.3), 4.0)) is np.float64
    assert ad.grad(halves)(V.astype(np.float32)).dtype == np.float32
