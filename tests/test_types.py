"""What goes in comes out: kinds of numbers, dtypes, ranks, lengths that are only known at run time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import adcompiler as ad

MODES = ("reverse", "forward")


def smooth(x):
    return np.sum(np.sin(x) * x**2 + 1.5 * x)


def smooth_derivative(x: Any) -> Any:
    return np.cos(x) * x**2 + 2 * x * np.sin(x) + 1.5


def plain(x):
    return math.exp(x) * x - 2 * x


def through_numpy(x):
    return np.exp(x) * x - 2 * np.sum(x)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("function", [plain, through_numpy, smooth, lambda x: x, lambda x: 2.0 * x, lambda x: 3.0])
def test_python_float(function: Any, mode: str) -> None:
    value, derivative = ad.value_and_grad(function, mode=mode)(1.5)
    assert type(derivative) is float
    assert isinstance(value, float)
    assert type(ad.grad(function, mode=mode)(2)) is float  # an int is taken as a float
    assert type(ad.vjp(function, 1.5)[1](1.0)[0]) is float


def test_python_float_beside_arrays() -> None:
    def f(c, x):
        return c * np.sum(x) + np.sum(c * x) + c * np.sum(x)

    for mode in MODES:
        value, (c_bar, x_bar) = ad.value_and_grad(f, argnums=(0, 1), mode=mode)(2.0, np.ones(3))
        assert type(c_bar) is float
        assert c_bar == 9.0
        assert x_bar.tolist() == [6.0] * 3
        assert value == 18.0


def test_value_shared_with_the_derivative() -> None:
    def f(c, x):
        total = np.sum(x)
        return c * total, total

    _, pullback = ad.vjp(f, 2.0, np.ones(3))
    c_bar, _ = pullback((1.0, 0.0))
    assert type(c_bar) is float
    assert type(ad.grad(lambda c, x: c * np.sum(x))(2.0, np.ones(3))) is float


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("function", [smooth, through_numpy, lambda x: x * 2.0, lambda x: x])
def test_numpy_scalar(function: Any, dtype: Any, mode: str) -> None:
    x = dtype(1.5)
    found = ad.grad(function, mode=mode)(x)
    assert type(found) is dtype


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_zero_dimensional_array(dtype: Any, mode: str) -> None:
    x = np.array(1.5, dtype)
    for function in (smooth, lambda x: x * x, lambda x: np.sin(x), lambda x: x):
        found = ad.grad(function, mode=mode)(x)
        assert type(found) is np.ndarray
        assert found.shape == ()
        assert found.dtype == dtype
        assert found is not x


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("shape", [(3,), (1,), (0,), (2, 3), (1, 3), (2, 0), (1, 1)])
def test_array(shape: tuple[int, ...], dtype: Any, mode: str) -> None:
    x = np.linspace(-1.0, 2.0, math.prod(shape)).reshape(shape).astype(dtype)
    value, found = ad.value_and_grad(smooth, mode=mode)(x)
    assert found.dtype == dtype
    assert found.shape == shape
    assert np.asarray(value).dtype == dtype
    assert np.allclose(found, smooth_derivative(x), rtol=100 * float(np.finfo(dtype).eps))


def test_float32_with_float64_data() -> None:
    w = np.array([0.5, 1.5, 2.5])

    def f(x):
        return np.sum(x * w)

    x = np.ones(3, np.float32)
    for mode in MODES:
        value, found = ad.value_and_grad(f, mode=mode)(x)
        assert found.dtype == np.float32
        assert np.asarray(value).dtype == np.float64
        assert found.tolist() == w.tolist()


@pytest.mark.parametrize("mode", MODES)
def test_mixed_dtypes(mode: str) -> None:
    def f(x, y, c):
        return np.sum(x * y + c * x) + np.sum(np.concatenate([x, y])) + (x[0] * c) * y[1]

    x = np.array([1.0, 2.0], np.float32)
    y = np.array([3.0, 4.0])
    x_bar, y_bar, c_bar = ad.grad(f, argnums=(0, 1, 2), mode=mode)(x, y, 2.0)
    assert x_bar.dtype == np.float32
    assert x_bar.tolist() == [3.0 + 2.0 + 1.0 + 8.0, 4.0 + 2.0 + 1.0]
    assert y_bar.dtype == np.float64
    assert y_bar.tolist() == [2.0, 3.0 + 2.0]
    assert type(c_bar) is float
    assert c_bar == 3.0 + 4.0


def test_astype_has_a_derivative() -> None:
    found = ad.grad(lambda x: np.sum(x.astype(np.float32) ** 2))(np.array([1.0, 2.0]))
    assert found.dtype == np.float64
    assert found.tolist() == [2.0, 4.0]


def test_integer_array_beside_floats() -> None:
    k = np.array([1, 2, 3])

    def f(x, k):
        return np.sum(x * k) + np.sum(x**k)

    x = np.array([0.5, 1.5, 2.5])
    assert np.allclose(ad.grad(f)(x, k), k + k * x ** (k - 1))
    with pytest.raises(ad.ArgumentError, match="array of int64"):
        ad.grad(f, argnums=1)(x, k)


def test_integer_array_is_refused() -> None:
    for bad in (np.array([1, 2]), np.array([True, False]), np.array(["a"]), np.array([None, 1.0])):
        with pytest.raises(ad.ADError):
            ad.grad(lambda x: np.sum(x * 2.0))(bad)


def test_integer_result_is_refused() -> None:
    for function in (lambda x: 3, lambda x: x > 0, lambda x: int(x), lambda x: np.argmax(x)):
        with pytest.raises(ad.ResultError):
            ad.grad(function)(2.0)


def test_int_and_bool() -> None:
    assert ad.grad(lambda x: x**2)(3) == 6.0
    assert ad.grad(lambda x, n: x**n)(2.0, 3) == 12.0
    assert ad.grad(lambda x, n: x * n)(2.0, 3) == 3.0
    assert type(ad.grad(lambda x, n: x * n)(2.0, 3)) is float
    assert ad.grad(lambda x, flag: x * flag)(2.0, True) == 1.0
    assert ad.grad(lambda n, x: x**n, argnums=(0, 1))(2, 3) == (9 * math.log(3), 6.0)
    with pytest.raises(ad.ArgumentError):
        ad.grad(lambda x: x * 1.0)(True)


def test_int_inside_a_container_stays_an_int() -> None:
    found = ad.grad(lambda p: p["x"] ** p["n"])({"x": 2.0, "n": 3, "name": "cube", "none": None})
    assert found == {"x": 12.0, "n": None, "name": None, "none": None}


# lengths that are one, known and unknown


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [2, 3, 5])
def test_slice_whose_length_may_be_one(n: int, mode: str) -> None:
    def f(x, y):
        return np.sum(x[1:] * y)  # x[1:] broadcasts where n is 2

    x, y = np.arange(1.0, n + 1), np.arange(2.0, 2.0 + (4 if n == 2 else n - 1))
    x_bar, y_bar = ad.grad(f, argnums=(0, 1), mode=mode)(x, y)
    expected = np.zeros(n)
    expected[1:] = y.sum() if n == 2 else y
    assert x_bar.tolist() == expected.tolist()
    assert y_bar.tolist() == np.broadcast_to(x[1:], y.shape).tolist()


@pytest.mark.parametrize("mode", MODES)
def test_one_program_for_lengths_that_become_one(mode: str) -> None:
    def f(x, y):
        return np.sum(x[:-1] * y**2)

    g = ad.grad(f, argnums=(0, 1), mode=mode)
    for n in (4, 2, 3):
        x = np.arange(1.0, n + 1)
        y = np.arange(1.0, 4.0) if n == 2 else np.arange(1.0, n)
        x_bar, y_bar = g(x, y)
        expected = np.zeros(n)
        expected[:-1] = np.sum(y**2) if n == 2 else y**2
        assert x_bar.tolist() == expected.tolist()
        assert y_bar.tolist() == (2 * y * x[:-1]).tolist()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (1,)), ((1,), (3,)), ((2, 3), (3,)), ((2, 3), (1, 3)), ((2, 1), (1, 3)), ((2, 1, 3), (4, 1)),
     ((1, 1), (2, 3)), ((), (3,)), ((2, 3), ()), ((0, 3), (1, 3)), ((0,), (1,)), ((1, 0), (3, 1))],
)  # fmt: skip
def test_broadcasting(a: tuple[int, ...], b: tuple[int, ...], mode: str) -> None:
    def f(x, y):
        return np.sum((x + y * 2.0) * (x * y - y))

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=a), rng.normal(size=b)
    x, y = np.asarray(x), np.asarray(y)
    x_bar, y_bar = ad.grad(f, argnums=(0, 1), mode=mode)(x, y)
    assert (x_bar.shape, y_bar.shape) == (a, b)
    full = np.broadcast_shapes(a, b)
    dx = np.broadcast_to((x * y - y) + (x + y * 2.0) * y, full)
    dy = np.broadcast_to(2 * (x * y - y) + (x + y * 2.0) * (x - 1), full)
    assert np.allclose(x_bar, _summed(dx, a))
    assert np.allclose(y_bar, _summed(dy, b))


def _summed(value: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    value = value.sum(axis=tuple(range(value.ndim - len(shape))))
    for axis, length in enumerate(shape):
        if length == 1:
            value = value.sum(axis=axis, keepdims=True)
    return value


def test_mean_of_nothing_is_not_silent() -> None:
    with pytest.warns(RuntimeWarning):
        ad.grad(lambda x: np.mean(x))(np.zeros(0))


def test_jacobian_shapes() -> None:
    def f(x, c):
        return x[:, None] * np.ones(2) * c, c * x.sum()

    x = np.arange(3.0)
    for mode in ("forward", "reverse", "auto"):
        (ax, ac), (bx, bc) = ad.jacobian(f, argnums=(0, 1), mode=mode)(x, 2.0)
        assert (np.shape(ax), np.shape(ac), np.shape(bx), np.shape(bc)) == ((3, 2, 3), (3, 2), (3,), ())
        assert ac.tolist() == (x[:, None] * np.ones(2)).tolist()
        assert bc == 3.0


@pytest.mark.parametrize("transform", [ad.jacfwd, ad.jacrev])
def test_jacobian_keeps_the_dtype(transform: Any) -> None:
    x = np.array([1.0, 2.0], np.float32)
    assert transform(lambda x: x * x)(x).dtype == np.float32
    assert transform(lambda x: np.sum(x * x))(x).dtype == np.float32
    assert ad.hessian(lambda x: np.sum(x**3))(x).dtype == np.float32
    assert type(transform(lambda x: x * x)(2.0)) is float
    assert transform(lambda x: x * x)(np.zeros(0)).shape == (0, 0)


def test_tangents_keep_kind_and_dtype() -> None:
    value, dot = ad.jvp(lambda x: x * x, (np.ones(2, np.float32),), (np.ones(2, np.float32),))
    assert value.dtype == dot.dtype == np.float32
    assert type(ad.jvp(plain, (1.0,), (1,))[1]) is float
    assert type(ad.jvp(lambda x: 2.0, (1.0,), (1.0,))[1]) is float
    assert ad.jvp(lambda x: (x, np.ones(2)), (1.0,), (1.0,))[1][1].tolist() == [0.0, 0.0]


def test_cotangent_of_an_unused_argument() -> None:
    args = (np.ones((2, 1), np.float32), 1.5, np.float32(2))
    x_bar, c_bar, d_bar = ad.grad(lambda x, c, d: 2.0 * c, argnums=(0, 1, 2))(*args)
    assert x_bar.tolist() == [[0.0], [0.0]]
    assert x_bar.dtype == np.float32
    assert c_bar == 2.0
    assert type(d_bar) is np.float32


def test_fortran_order_and_strides() -> None:
    base = np.arange(24.0).reshape(4, 6)
    for x in (np.asfortranarray(base), base[::2, ::-3], base.T, base[:, 1]):
        assert np.allclose(ad.grad(lambda x: np.sum(x**3))(x), 3 * x**2)


def test_complex_result_is_refused_not_wrong() -> None:
    with pytest.raises(ad.ADError):
        ad.grad(lambda x: x * x)(1.0 + 2.0j)
    assert ad.grad(lambda x: np.abs(x * 1j))(2.0) == 1.0


@dataclass
class Pair:
    a: float
    b: float


@dataclass
class Reloaded:
    a: float
    b: float


Older, Homeless = Pair, Reloaded
Homeless.__module__ = "no_such_module"


@dataclass
class Pair:  # type: ignore[no-redef]
    """As after a reload: the name in the module means another class now."""

    a: float
    b: float


@pytest.mark.parametrize("cls", [Older, Homeless])
def test_a_class_that_its_module_does_not_hold(cls: Any) -> None:
    found = ad.grad(lambda p: p.a * p.b)(cls(2.0, 3.0))
    assert type(found) is cls
    assert found == cls(3.0, 2.0)


def test_an_empty_container_has_an_empty_derivative() -> None:
    def total(parts, y):
        return sum(parts) + y * 2.0

    def looked_up(options, y):
        return options.get("x", y) ** 2

    assert ad.grad(total)([], 1.0) == []
    assert ad.grad(total, argnums=(0, 1))((), 1.0) == ((), 2.0)
    assert ad.vjp(total, [], 1.0)[1](1.0) == ([], 2.0)
    assert ad.jvp(total, ([], 1.0), ([], 1.0)) == (2.0, 2.0)
    assert ad.grad(looked_up, argnums=(0, 1))({}, 3.0) == ({}, 6.0)
    assert ad.grad(looked_up, argnums=(0, 1))({"x": 2.0}, 3.0) == ({"x": 4.0}, 0.0)
    assert ad.hessian(lambda p: p["w"][0] ** 2)({"w": (3.0, []), "b": {}})["w"][0]["w"][0] == 2.0
    ad.check_grads(looked_up, ({}, 3.0))
    with pytest.raises(ad.ArgumentError, match="has a derivative"):
        ad.grad(total)([1, 2], 1.0)
