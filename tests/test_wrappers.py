"""Derivative objects as Python objects: pickles, copies, threads, methods, names."""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import adcompiler as ad


def plain(x, y=2.0):
    """A docstring."""
    return x**2 * y


@ad.grad
def decorated(x):
    """Decorated without arguments."""
    return x**3


@ad.value_and_grad(argnums=("y", "x"))
def with_options(x, y):
    return x * y**2


def twice(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


@twice
def doubled(x, y=1.0):
    return x * x * y


class Quadratic:
    """With methods of every kind."""

    def __init__(self, a: float, b: float) -> None:
        self.a = a
        self.b = b

    def value(self, x):
        return self.a * x**2 + self.b * x

    @ad.grad
    def slope(self, x):
        return self.a * x**2 + self.b * x

    @ad.grad(argnums=(0, "y"))
    def slopes(self, x, y):
        return self.a * x**2 * y

    @staticmethod
    @ad.grad
    def cube(x):
        return x**3

    def __call__(self, x):
        return self.value(x)


# names and signatures


def test_name_documentation_signature() -> None:
    g = ad.grad(plain)
    assert g.__name__ == "plain"
    assert g.__qualname__ == "plain"
    assert g.__doc__ == "A docstring."
    assert g.__module__ == plain.__module__
    assert str(inspect.signature(g)) == "(x, y=2.0)"
    assert g.primal is plain
    assert repr(g) == "<grad of plain(x, y) with respect to 0, reverse mode>"
    assert decorated.__doc__ == "Decorated without arguments."
    assert str(inspect.signature(ad.tangent(with_options.primal))) == "(x, y, x_dot, y_dot)"
    assert str(inspect.signature(ad.adjoint(with_options.primal))) == "(x, y, with_options_bar=1.0)"


def test_calls_like_the_function() -> None:
    g = ad.grad(plain)
    assert g(3.0) == g(x=3.0) == g(3.0, 2.0) == g(3.0, y=2.0) == g(y=2.0, x=3.0) == 12.0
    assert ad.grad(plain, argnums="y")(3.0) == 9.0
    assert ad.grad(plain, argnums=["y", 0])(3.0) == (9.0, 12.0)
    assert ad.grad(plain, argnums=-1)(3.0) == 9.0
    assert with_options(3.0, 2.0) == (12.0, (12.0, 4.0))


def test_stars() -> None:
    def f(first, *rest, scale=1.0, **options):
        return first * rest[0] * rest[1] ** 2 * scale + options["extra"] * first

    g = ad.grad(f, argnums=("first", "rest", "options"))
    assert g(2.0, 3.0, 4.0, extra=5.0) == (53.0, (32.0, 48.0), {"extra": 2.0})
    assert ad.grad(f)(2.0, 3.0, 4.0, extra=5.0, scale=2.0) == 101.0
    assert ad.grad(f, argnums=(0, 2))(2.0, 3.0, 4.0, extra=5.0) == (53.0, 48.0)
    assert ad.grad(lambda *xs: xs[0] * xs[1])(2.0, 3.0) == 3.0
    assert ad.grad(lambda *xs: xs[0] * xs[1], argnums=1)(2.0, 3.0) == 2.0
    assert ad.grad(lambda *xs: xs[0] * xs[1], argnums="xs")(2.0, 3.0) == (3.0, 2.0)
    assert ad.hessian(lambda x, y=2.0, *zs: x * zs[0] ** 3, argnums=2)(2.0, 3.0, 4.0) == 48.0
    assert ad.grad(lambda x: ad.grad(lambda *xs: xs[0] * xs[1] ** 2, argnums=1)(x, x))(3.0) == 12.0
    ad.check_grads(lambda *xs: xs[0] * xs[1], (2.0, 3.0))
    ad.check_grads(lambda *xs: xs[0] * xs[1], (2.0, 3.0), argnums=1)
    assert ad.vjp(lambda *xs: xs[0] * xs[1], 2.0, 3.0)[1](1.0) == (3.0, 2.0)
    assert ad.jvp(lambda *xs: xs[0] * xs[1], (2.0, 3.0), (1.0, 0.0)) == (6.0, 3.0)
    assert ad.jvp(lambda x, /, y=3.0, *, z=2.0: x * y * z, (2.0,), (1.0,)) == (12.0, 6.0)
    assert ad.hvp(lambda x, y=3.0: x**2 * y, (2.0,), (1.0,)) == 6.0


def test_one_object_for_one_request() -> None:
    assert ad.grad(plain) is ad.grad(plain)
    assert ad.grad(plain) is not ad.grad(plain, argnums=1)


def test_has_aux() -> None:
    def f(x):
        y = x * 2.0
        return np.sum(y**2), {"y": y, "name": "text", "count": 3}

    x = np.array([1.0, 2.0])
    gradient, aux = ad.grad(f, has_aux=True)(x)
    assert gradient.tolist() == [8.0, 16.0]
    assert aux["y"].tolist() == [2.0, 4.0]
    assert (aux["name"], aux["count"]) == ("text", 3)
    for mode in ("reverse", "forward"):
        (value, aux), gradient = ad.value_and_grad(f, has_aux=True, mode=mode)(x)
        assert value == 20.0
        assert aux["y"].tolist() == [2.0, 4.0]
        assert gradient.tolist() == [8.0, 16.0]


# pickles and copies


@pytest.mark.parametrize("derivative", [ad.grad(plain), decorated, with_options, ad.hessian(plain), ad.grad(doubled)])
def test_pickle(derivative: Any) -> None:
    again = pickle.loads(pickle.dumps(derivative))
    assert repr(again) == repr(derivative)
    args = (3.0, 2.0)[: len(inspect.signature(derivative).parameters)]
    assert again(*args) == derivative(*args)


def test_a_decorated_function_pickles_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_pickling_a_lambda_says_why_not() -> None:
    with pytest.raises(pickle.PicklingError, match=r"cannot be pickled.*top level"):
        pickle.dumps(ad.grad(lambda x: x * x))


def test_pickled_method() -> None:
    again = pickle.loads(pickle.dumps(ad.grad(Quadratic(1.0, 2.0).value)))
    assert again(3.0) == 8.0


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy])
def test_copies_work(copier: Any) -> None:
    g = ad.grad(lambda x: x**3)
    assert g(2.0) == 12.0
    assert copier(g)(2.0) == 12.0
    assert copier(decorated)(2.0) == 12.0
    assert copier(Quadratic(1.0, 2.0).slope)(3.0) == 8.0
    assert copier({"f": g})["f"](2.0) == 12.0


def test_copied_pullback() -> None:
    _, pullback = ad.vjp(lambda x: x**3, 2.0)
    assert copy.copy(pullback)(1.0) == copy.deepcopy(pullback)(1.0) == (12.0,)


# methods


def test_bound_methods() -> None:
    q = Quadratic(2.0, 3.0)
    assert ad.grad(q.value)(1.0) == 7.0
    assert ad.value_and_grad(q.value)(1.0) == (5.0, 7.0)
    assert ad.vjp(q.value, 1.0)[1](1.0) == (7.0,)
    assert ad.jvp(q.value, (1.0,), (2.0,)) == (5.0, 14.0)
    assert ad.hessian(q.value)(1.0) == 4.0
    assert ad.hvp(q.value, (1.0,), (1.0,)) == 4.0
    assert ad.grad(ad.grad(q.value))(1.0) == 4.0
    assert ad.grad(q)(1.0) == 7.0
    assert "value" in repr(ad.grad(q.value))


def test_methods_decorated_in_their_class() -> None:
    q = Quadratic(2.0, 3.0)
    assert q.slope(1.0) == 7.0
    assert Quadratic(1.0, 0.0).slope(1.0) == 2.0
    assert q.slopes(1.0, 2.0) == (8.0, 2.0)
    assert q.cube(2.0) == Quadratic.cube(2.0) == 12.0
    q.a = 10.0
    assert q.slope(1.0) == 23.0
    assert "def slope_grad" in q.slope.source(1.0)


def test_derivative_of_an_object_as_argument_of_a_method() -> None:
    q = Quadratic(2.0, 3.0)
    assert str(inspect.signature(q.slope)) == "(x)"
    assert q.slope.__name__ == "slope"


# threads


def test_threads() -> None:
    g = ad.grad(lambda x, n: np.sum(x**3) * n)
    arguments: list[Any] = [np.full(k, 2.0) for k in range(1, 4)] + [2.0, np.float32(2.0), np.full((2, 2), 2.0)]
    wrong: list[Any] = []
    barrier = threading.Barrier(8)

    def work(seed: int) -> None:
        barrier.wait()
        for k in range(40):
            x = arguments[(seed + k) % len(arguments)]
            try:
                found = g(x, 1.0)
                if type(found) is not type(x) or not np.all(np.asarray(found) == 12.0):
                    wrong.append((x, found))
            except Exception as error:
                wrong.append((x, error))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# memory


def test_results_own_their_memory() -> None:
    x = np.array([1.0, 2.0, 3.0])
    results = [
        ad.grad(lambda x: np.sum(x))(x), ad.grad(lambda x: np.sum(x * x))(x), ad.grad(lambda x: x @ x)(x),
        ad.vjp(lambda x: x, x)[1](x)[0], ad.vjp(lambda x: x[1:], x)[1](x[1:])[0],
        ad.vjp(lambda x: x.reshape(3, 1), x)[1](x[:, None])[0],
        ad.jvp(lambda x: x, (x,), (x,))[1], ad.jvp(lambda x: x[::-1], (x,), (x,))[1],
        ad.jacfwd(lambda x: x)(x), ad.jacrev(lambda x: x * 1.0)(x), ad.tangent(lambda x: x)(x, x)[1],
        ad.adjoint(lambda x: x)(x, x)[1], ad.vjp(lambda x: x.T, x)[1](x)[0],
    ]  # fmt: skip
    for number, result in enumerate(results):
        assert not np.shares_memory(result, x), number
        assert result.flags.writeable, number
        result[...] = -1.0
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_results_do_not_share_memory_with_each_other() -> None:
    def f(x, y):
        return np.sum(x + y)

    for mode in ("reverse", "forward"):
        x_bar, y_bar = ad.grad(f, argnums=(0, 1), mode=mode)(np.ones(3), np.ones(3))
        assert not np.shares_memory(x_bar, y_bar)
    _, pullback = ad.vjp(lambda x, y: x + y, np.ones(3), np.ones(3))
    seed = np.ones(3)
    x_bar, y_bar = pullback(seed)
    assert not np.shares_memory(x_bar, y_bar)
    assert not np.shares_memory(x_bar, seed)
    value, aux = ad.vjp(lambda x: (x * 2, x * 2), np.ones(3))[0]
    assert not np.shares_memory(value, aux)


def test_results_do_not_share_memory_with_globals() -> None:
    found = ad.grad(lambda x: np.sum(x * WEIGHTS))(np.ones(3))
    found[...] = -1.0
    assert WEIGHTS.tolist() == [1.0, 2.0, 3.0]
    again = ad.jacrev(lambda x: x @ WEIGHTS)(np.ones(3))
    again[...] = -1.0
    assert WEIGHTS.tolist() == [1.0, 2.0, 3.0]
    _, dot = ad.jvp(lambda c: c * WEIGHTS, (1.0,), (1.0,))
    dot[...] = -1.0
    assert WEIGHTS.tolist() == [1.0, 2.0, 3.0]


WEIGHTS = np.array([1.0, 2.0, 3.0])


def test_read_only_inputs() -> None:
    x = np.ones((2, 3))
    x.flags.writeable = False
    y = np.broadcast_to(np.ones(3), (2, 3))
    x_bar, y_bar = ad.grad(lambda x, y: np.sum(x * y), argnums=(0, 1))(x, y)
    assert x_bar.flags.writeable
    assert y_bar.flags.writeable


def test_pullback_many_times_and_after_a_mutation() -> None:
    x = np.array([1.0, 2.0, 3.0])
    w = np.array([1.0, 1.0, 2.0])
    _, pullback = ad.vjp(lambda x, w: w * x**2 + x[::-1] * 1.0, x, w)
    first = [bar.copy() for bar in pullback(np.ones(3))]
    x[...] = 100.0
    w[...] = 100.0
    second = pullback(np.ones(3))
    third = pullback(2.0 * np.ones(3))
    for a, b, c in zip(first, second, third, strict=True):
        assert a.tolist() == b.tolist()
        assert (2 * a).tolist() == c.tolist()
    assert not np.shares_memory(second[0], third[0])
    second[0][...] = -1.0
    assert pullback(np.ones(3))[0].tolist() == first[0].tolist()


def test_pullback_does_not_change_its_cotangent() -> None:
    _, pullback = ad.vjp(lambda x: x * 2.0 + x, np.ones(3))
    seed = np.ones(3)
    (bar,) = pullback(seed)
    assert bar.tolist() == [3.0] * 3
    assert seed.tolist() == [1.0] * 3


def test_value_of_vjp_may_be_mutated() -> None:
    value, pullback = ad.vjp(lambda x: np.exp(x), np.zeros(3))
    value[...] = 100.0
    assert pullback(np.ones(3))[0].tolist() == [1.0] * 3


def test_global_mutated_between_forward_and_pullback() -> None:
    _, pullback = ad.vjp(lambda x: x * TABLE, np.ones(2))
    TABLE[...] = 50.0
    assert pullback(np.ones(2))[0].tolist() == [3.0, 4.0]


TABLE = np.array([3.0, 4.0])


# source


def test_source_before_any_call_uses_annotations() -> None:
    def f(x: np.ndarray, n: int = 2) -> float:
        return np.sum(x) * n

    g = ad.grad(f)
    assert "def f_grad(x, n=2)" in g.source()
    assert "x_bar" in g.source(np.ones(3))
    assert str(g.stages(np.ones(3)))


def test_source_runs_on_its_own() -> None:
    def f(x, y):
        return np.log(x) + x * y - np.sin(y)

    text = ad.grad(f, argnums=(0, 1)).source(2.0, 5.0)
    namespace: dict[str, Any] = {}
    exec(compile(text, "<pasted>", "exec"), namespace)
    assert namespace["f_grad"](2.0, 5.0) == (5.5, 1.7163378145367738)


def test_ufunc_and_builtin() -> None:
    assert ad.grad(np.sin)(0.0) == 1.0
    assert ad.jvp(np.multiply, (2.0, 3.0), (1.0, 0.0)) == (6.0, 3.0)
    assert ad.jacobian(np.exp)(np.zeros(2)).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_partial() -> None:
    g = ad.grad(functools.partial(plain, y=5.0))
    assert g(3.0) == 30.0
    assert ad.grad(functools.partial(plain, 3.0))(2.0) == 9.0
