"""What a function reads from outside may change at any time; its derivative follows at the next call."""

from __future__ import annotations

import linecache
import math
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import adcompiler as ad

Write = Callable[[str], ModuleType]

GLOBALS = """
import numpy as np
SCALE = 2.0
TABLE = np.array([1.0, 2.0, 3.0])
def inner(x): return x * SCALE
def helper(x): return inner(x)
def f(x): return SCALE * x * x
def table(x): return np.sum(TABLE * x)
def nested(x): return helper(x) ** 2
def options(x): return x * CONFIG["rate"] + CONFIG["bias"]
CONFIG = {"rate": 3.0, "bias": 1.0}
def power(x): return x ** EXPONENT
EXPONENT = 2
def moded(x): return x * x if MODE == "square" else x
MODE = "square"
"""


@pytest.fixture
def m(module: Write) -> Any:
    return module(GLOBALS)


def variants(derivative: Any) -> int:
    return len(derivative._variants)


def test_global_number(m: Any) -> None:
    g = ad.grad(m.f)
    assert g(3.0) == 12.0
    m.SCALE = 5.0
    assert g(3.0) == 30.0
    m.SCALE = 5  # another type
    assert g(3.0) == 30.0
    m.SCALE = np.float64(4.0)
    assert g(3.0) == 24.0
    m.SCALE = np.array(4.0)
    assert g(3.0) == 24.0
    del m.SCALE
    with pytest.raises((ad.ADError, NameError)):
        g(3.0)
    m.SCALE = 2.0
    assert g(3.0) == 12.0


def test_global_array(m: Any) -> None:
    g = ad.grad(m.table)
    x = np.ones(3)
    assert g(x).tolist() == [1.0, 2.0, 3.0]
    m.TABLE[0] = 7.0
    assert g(x).tolist() == [7.0, 2.0, 3.0]
    m.TABLE = np.array([5.0, 6.0, 7.0], np.float32)
    assert g(x).tolist() == [5.0, 6.0, 7.0]
    m.TABLE = np.ones((2, 3))
    assert g(x).tolist() == [2.0, 2.0, 2.0]
    m.TABLE = 4.0
    assert g(x).tolist() == [4.0, 4.0, 4.0]


def test_helper_and_its_global(m: Any) -> None:
    g = ad.grad(m.nested)
    assert g(1.0) == 8.0
    m.SCALE = 3.0
    assert g(1.0) == 18.0
    m.inner = lambda x: x * x
    assert g(1.5) == 4 * 1.5**3
    m.helper = math.sin
    assert math.isclose(g(1.0), 2 * math.sin(1.0) * math.cos(1.0))


def test_helper_inside_vjp_and_jacobian(m: Any) -> None:
    assert ad.vjp(m.nested, 1.0)[1](1.0)[0] == 8.0
    assert ad.jacfwd(m.nested)(1.0) == 8.0
    assert ad.hessian(m.nested)(1.0) == 8.0
    m.inner = lambda x: 3.0 * x
    assert ad.vjp(m.nested, 1.0)[1](1.0)[0] == 18.0
    assert ad.jacfwd(m.nested)(1.0) == 18.0
    assert ad.hessian(m.nested)(1.0) == 18.0


def test_global_dict(m: Any) -> None:
    g = ad.grad(m.options)
    assert g(1.0) == 3.0
    m.CONFIG["rate"] = 4.0
    assert g(1.0) == 4.0
    m.CONFIG = {"rate": 5.0, "bias": 0.0, "more": "text"}
    assert g(1.0) == 5.0


def test_global_int_and_string(m: Any) -> None:
    g, h = ad.grad(m.power), ad.grad(m.moded)
    assert (g(3.0), h(3.0)) == (6.0, 6.0)
    m.EXPONENT, m.MODE = 3, "identity"
    assert (g(3.0), h(3.0)) == (27.0, 1.0)
    m.EXPONENT = 2.5
    assert math.isclose(g(3.0), 2.5 * 3.0**1.5)


def test_closure_cells() -> None:
    def make(rate: float) -> tuple[Any, Any]:
        def f(x):
            return rate * x * x

        def change(value):
            nonlocal rate
            rate = value

        return f, change

    f, change = make(2.0)
    g = ad.grad(f)
    assert g(1.0) == 4.0
    change(3.0)
    assert g(1.0) == 6.0
    change(np.array([1.0, 2.0]))
    with pytest.raises(ad.ResultError):
        g(1.0)
    other, _ = make(10.0)
    assert ad.grad(other)(1.0) == 20.0
    assert ad.jacobian(f)(1.0).tolist() == [2.0, 4.0]
    change(4.0)
    assert g(1.0) == 8.0


def test_function_in_a_cell() -> None:
    inner: Any = math.sin

    def f(x):
        return inner(x)

    g = ad.grad(f)
    assert g(1.0) == math.cos(1.0)
    inner = math.exp
    assert g(1.0) == math.exp(1.0)
    inner = lambda t: t**3  # noqa: E731
    assert g(2.0) == 12.0


class Model:
    """An object whose attributes change."""

    def __init__(self, rate: Any) -> None:
        self.rate = rate
        self.activation: Any = math.tanh

    def loss(self, x):
        return self.rate * x**2

    def activated(self, x):
        return self.activation(x)


MODEL = Model(2.0)


def reads_object(x):
    return MODEL.rate * x


def takes_object(model, x):
    return model.rate * x**2


def test_attributes() -> None:
    g = ad.grad(reads_object)
    assert g(1.0) == 2.0
    MODEL.rate = 5.0
    assert g(1.0) == 5.0
    MODEL.rate = np.array([1.0, 3.0])
    with pytest.raises(ad.ResultError):
        g(1.0)
    MODEL.rate = 2.0
    assert g(1.0) == 2.0


def test_objects_as_arguments() -> None:
    model = Model(2.0)
    g = ad.grad(takes_object, argnums=1)
    assert g(model, 1.0) == 4.0
    model.rate = 3.0
    assert g(model, 1.0) == 6.0
    assert g(Model(7.0), 1.0) == 14.0
    model.rate = np.float32(3.0)
    assert g(model, 1.0) == 6.0


def test_bound_methods_see_their_object() -> None:
    model = Model(2.0)
    g, h = ad.grad(model.loss), ad.grad(model.activated)
    assert g(1.0) == 4.0
    model.rate = 3.0
    assert g(1.0) == 6.0
    assert h(1.0) == 1.0 - math.tanh(1.0) ** 2
    model.activation = math.sin
    assert h(1.0) == math.cos(1.0)
    assert ad.grad(Model(10.0).loss)(1.0) == 20.0


def test_attributes_of_modules(module: Write) -> None:
    settings = module("RATE = 2.0\ndef scale(x): return RATE * x\n")
    user = module(f"import sys\nsettings = sys.modules[{settings.__name__!r}]\n"
                  "def f(x): return settings.RATE * settings.scale(x)\n")
    g = ad.grad(user.f)
    assert g(1.0) == 4.0
    settings.RATE = 3.0
    assert g(1.0) == 9.0
    settings.scale = lambda x: x * x
    assert g(1.0) == 6.0


def test_defaults_are_those_of_the_function(module: Write) -> None:
    m = module("import numpy as np\ndef f(x, w=np.array([1.0, 2.0]), c=3.0): return c * np.sum(w * x)\n")
    g = ad.grad(m.f)
    assert g(1.0) == 9.0
    m.f.__defaults__[0][0] = 5.0
    assert g(1.0) == 21.0
    assert g(1.0, c=1.0) == 7.0
    assert g(1.0, np.ones(2)) == 6.0


def test_decorated_helper(module: Write) -> None:
    m = module("import functools\nFACTOR = 2.0\n"
               "def wrap(f):\n    @functools.wraps(f)\n    def inner(x):\n        return FACTOR * f(x)\n"
               "    return inner\n"
               "@wrap\ndef f(x): return x * x\n")
    g = ad.grad(m.f)
    assert g(1.0) == 4.0
    m.FACTOR = 3.0
    assert g(1.0) == 6.0


def test_edited_file(module: Write) -> None:
    m = module("def f(x):\n    return x * x\n")
    path = Path(m.__file__ or "")
    path.write_text("def f(x):\n    return x * x * x\n")
    os.utime(path, (1, 1))
    linecache.checkcache(str(path))
    with pytest.raises(ad.SourceError):
        ad.grad(m.f)(2.0)


def test_file_edited_after_the_first_call(module: Write) -> None:
    m = module("def f(x):\n    return x * x\n")
    g = ad.grad(m.f)
    assert g(2.0) == 4.0
    Path(m.__file__ or "").write_text("def f(x):\n    return x * x * x\n")
    assert g(2.0) == 4.0  # the running code has not changed
    with pytest.raises(ad.SourceError):
        g(np.float64(2.0))  # a new variant needs the text, which is not that of the code


def test_vanished_file(module: Write) -> None:
    m = module("def f(x):\n    return x * x\n")
    Path(m.__file__ or "").unlink()
    linecache.clearcache()
    with pytest.raises(ad.SourceError):
        ad.grad(m.f)(2.0)


# what compiles anew


def square(x, n=2):
    return np.sum(x**n)


def test_new_lengths_do_not_compile() -> None:
    g = ad.grad(lambda x: np.sum(x * x))
    for n in (2, 3, 10, 1000, 2):
        assert g(np.ones(n)).tolist() == [2.0] * n
    assert variants(g) == 1
    assert g(np.ones(1)).tolist() == [2.0]
    assert variants(g) == 2


def test_ranks_dtypes_and_kinds_do() -> None:
    g = ad.grad(square)
    values: list[Any] = [
        np.ones(3), np.ones((3, 3)), np.ones(3, np.float32), 1.0, np.float64(1.0), np.array(1.0)
    ]  # fmt: skip
    for count, value in enumerate(values, start=1):
        assert np.allclose(g(value), 2.0 * np.asarray(value))
        assert variants(g) == count
    for value in values:
        assert type(g(value)) is type(value)
    assert variants(g) == len(values)


def test_ints_compile_only_where_their_value_matters() -> None:
    g = ad.grad(lambda x, n: x * n + n)
    for n in range(20):
        assert g(2.0, n) == n
    assert variants(g) == 1

    h = ad.grad(lambda a, axis: np.sum(np.sum(a, axis=axis)[0] ** 2))
    a = np.arange(6.0).reshape(2, 3)
    assert h(a, 0).tolist() == [[6.0, 0.0, 0.0], [6.0, 0.0, 0.0]]
    assert h(a, 1).tolist() == [[6.0, 6.0, 6.0], [0.0, 0.0, 0.0]]
    assert h(a, 0).tolist() == [[6.0, 0.0, 0.0], [6.0, 0.0, 0.0]]
    assert variants(h) == 2


def test_many_variants_warn() -> None:
    g = ad.grad(lambda x, name: x * len(name))

    def many() -> list[float]:
        return [g(1.0, "a" * k) for k in range(40)]

    with pytest.warns(RuntimeWarning, match="different signatures"):
        found = many()
    assert found == list(range(40))


def test_recompilation_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    g = ad.grad(lambda x: np.sum(x * x))
    with caplog.at_level("INFO", logger="adcompiler"):
        g(1.0)
        assert not caplog.records
        g(np.ones(2))
    assert "a new signature" in caplog.text


def test_clear_cache() -> None:
    g = ad.grad(lambda x: x * x)
    g(1.0)
    g.clear_cache()
    assert variants(g) == 0
    assert g(1.5) == 3.0


# writes: what is accepted has the value of the program, what may reach other memory is refused

WRITES = """
import numpy as np
W = np.array([1.0, 2.0, 3.0])
def own(x):
    t = x * 2
    t += x
    return (t * x).sum()
def copied(x):
    t = x.copy()
    t *= x
    return (t * x).sum()
def in_helper(x):
    def h(t):
        t += 1.0
        return t
    return (h(x * 1.0) * x).sum()
def seen_by_closure(x):
    y = x * 2
    f = lambda: y
    y += 1.0
    return (f() * x).sum()
def argument(x):
    x += 1.0
    return x.sum()
def global_array(x):
    t = W
    t += x
    return t.sum()
def as_array(x):
    t = np.asarray(x)
    t += 1.0
    return (t * x).sum()
def not_copied(x):
    t = x.astype(float, copy=False)
    t += 1.0
    return (t * x).sum()
def in_list(x):
    p = [x * 2, x * 3]
    t = p[0]
    t += 1.0
    return (p[0] * x).sum()
def callers_array(x):
    def h(t):
        t += 1.0
        return t
    y = x * 2
    return (h(y) * y).sum()
def joined(x):
    y = x if x[0] > 0 else x * 2
    y += 1.0
    return (y * x).sum()
def view(x):
    y = x[None] * 2
    z = y.reshape(3)
    z -= 1.0
    return y.sum()
"""


@pytest.mark.parametrize(
    "name",
    [
        "own", "copied", "in_helper", "seen_by_closure", "argument", "as_array", "not_copied", "in_list",
        "callers_array",
    ],
)  # fmt: skip
def test_writes_into_own_arrays(name: str, module: Write) -> None:
    f = getattr(module(WRITES), name)
    x = np.array([1.0, 2.0, 3.0])
    value, gradient = ad.value_and_grad(f)(x)
    assert value == f(x.copy())
    assert x.tolist() == [1.0, 2.0, 3.0]
    h = 1e-6
    for k, e in enumerate(np.eye(3) * h):
        assert math.isclose(gradient[k], (f(x + e) - f(x - e)) / (2 * h), rel_tol=1e-6)


@pytest.mark.parametrize(
    "name", ["global_array", "joined", "view"]
)
def test_writes_that_may_reach_other_memory(name: str, module: Write) -> None:
    f = getattr(module(WRITES), name)
    with pytest.raises(ad.AliasError):
        ad.grad(f)(np.array([1.0, 2.0, 3.0]))


class Scaled:
    k = 2.0

    def m(self, x):
        return x * self.k

    @property
    def p(self):
        return self.k * 2.0

    @staticmethod
    def s(x):
        return x * x

    @classmethod
    def c(cls, x):
        return x * cls.k


def test_attributes_in_front_of_those_of_the_class():
    def f(x, o):
        return o.m(x) * o.p * o.s(x) * o.c(x) * o.m(x)

    def held(x):
        return f(x, o)

    class Own(Scaled):
        pass

    o = Own()
    by_argument, by_cell = ad.grad(f), ad.grad(held)

    def agrees():
        slope = (f(1.3 + 1e-6, o) - f(1.3 - 1e-6, o)) / 2e-6
        assert np.isclose(by_argument(1.3, o), slope)
        assert np.isclose(by_cell(1.3), slope)

    agrees()
    o.m = lambda x: x**3
    agrees()
    del o.m
    agrees()
    Own.p = property(lambda self: 7.0)
    agrees()
    Own.s = staticmethod(lambda x: 3.0 * x)
    agrees()
    Own.c = classmethod(lambda cls, x: 5.0 * x)
    agrees()
    o.s = lambda x: x
    agrees()
    Own.p = 3.0
    agrees()
    o = Own()
    agrees()


def scaled_by_two(x):
    return 2.0 * x


def squared(x):
    return x * x


def uses_a_helper(x):
    return scaled_by_two(x) * x


def test_a_function_that_is_loaded_again_in_place_is_seen():
    """As IPython's autoreload does it: the function stays, its code is another one."""
    gradient = ad.grad(uses_a_helper)
    own = ad.grad(scaled_by_two)
    before = scaled_by_two.__code__
    assert gradient(3.0) == 12.0
    assert own(3.0) == 2.0
    try:
        scaled_by_two.__code__ = squared.__code__
        assert gradient(3.0) == 27.0
        assert own(3.0) == 6.0
    finally:
        scaled_by_two.__code__ = before
    assert gradient(3.0) == 12.0
    assert own(3.0) == 2.0
