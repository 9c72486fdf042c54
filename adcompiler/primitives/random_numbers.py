"""What a draw of random numbers gives: number or array, of which dtype and shape.

A draw is a constant for every derivative (so ``mu + sigma * rng.normal(size=n)`` has one); only its type is known
while compiling.

>>> print(NUMPY["normal"].type(0.0, 1.0, size=(2, 3)), NUMPY["normal"].type(), NUMPY["integers"].type(5))
float64[2,3] float np.int64
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, UnsupportedValueError
from adcompiler.ir.types import (
    FLOAT,
    INT,
    Array,
    NumpyScalar,
    Type,
    dtype_of,
    is_number,
    scalar_or_array,
    shape_of,
)
from adcompiler.ir.values import Atom, Constant, as_atom
from adcompiler.primitives.dimensions import dimensions, length_from
from adcompiler.primitives.shapes import Shape, broadcast_shapes

DTypeLike = Any
FLOAT64, INT64 = np.dtype(np.float64), np.dtype(np.int64)


@dataclass(frozen=True)
class Draw:
    """One way of drawing: `type` takes the arguments of the call (atoms and plain values)."""

    type: Callable[..., Type]


def _shape(size: Any, parameters: list[Any]) -> Shape | None:
    """The shape that is drawn; None for one number."""
    if size is not None:
        return tuple(length_from(as_atom(n)) for n in dimensions(size))
    shapes = [shape_of(_atom(p).type) for p in parameters if p is not None]
    shape = broadcast_shapes(shapes)
    return shape or None


def _atom(value: Any) -> Atom:
    if isinstance(value, (list, tuple)):
        raise ArgumentError(
            "the parameters of a distribution are a list.",
            why="their shape decides what is drawn.",
            write="np.array([…])",
        )
    atom = as_atom(value)
    if not is_number(atom.type):
        raise ArgumentError(
            f"a parameter of a distribution is of type {atom.type}.",
            why="it is no number.",
            write="a number or an array",
        )
    return atom


def _drawn(shape: Shape | None, dtype: np.dtype[Any], scalar: Type) -> Type:
    return scalar if shape is None else Array(dtype, shape)


def _distribution(signature: str, scalar: Type = FLOAT, dtype: np.dtype[Any] = FLOAT64) -> Draw:
    """A distribution with these parameters; `size` and `dtype` have their meaning, `out` is refused."""
    names = [part.split("=")[0] for part in signature.split()]
    required = [part for part in signature.split() if "=" not in part]
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if name in required else None,
        )
        for name in names
    ]
    expected = inspect.Signature(parameters)

    def type(*args: Any, **kwargs: Any) -> Type:
        given = _bound(expected, args, kwargs)
        size = given.pop("size", None)
        wanted = given.pop("dtype", None)
        method = given.pop("method", None)
        assert method is None or isinstance(method, str)
        kind = dtype if wanted is None else np.dtype(wanted)
        return _drawn(_shape(size, list(given.values())), kind, scalar)

    return Draw(type)


def _bound(
    expected: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    try:
        return dict(expected.bind(*args, **kwargs).arguments)
    except TypeError as error:
        raise ArgumentError(
            f"these arguments do not fit: {error}.",
            why="NumPy would raise TypeError here, or writes into an array that is given (`out=`).",
            write=f"the arguments {expected}",
        ) from None


def _integers(
    low: Any, high: Any = None, size: Any = None, dtype: Any = int, endpoint: Any = False
) -> Type:
    kind = np.dtype(dtype)
    shape = _shape(size, [low, high])
    return NumpyScalar(kind) if shape is None else Array(kind, shape)


def _randint(low: Any, high: Any = None, size: Any = None, dtype: Any = int) -> Type:
    shape = _shape(size, [low, high])
    scalar = INT if dtype is int else NumpyScalar(np.dtype(dtype))
    return _drawn(shape, np.dtype(dtype), scalar)


def _dimensions(*lengths: Any) -> Type:
    return _drawn(_shape(lengths, []) if lengths else None, FLOAT64, FLOAT)


def _permutation(x: Any, axis: Any = 0) -> Type:
    atom = _atom(x)
    if isinstance(atom.type, Array):
        return atom.type
    return Array(np.dtype(int), (length_from(atom),))


def _listed(values: Any) -> Any:
    """A list of known numbers is an array to NumPy."""
    known = isinstance(values, (list, tuple)) and not any(isinstance(v, Atom) for v in values)
    return Constant.of(np.array(values)) if known else values


def _choice(
    a: Any, size: Any = None, replace: Any = True, p: Any = None, axis: Any = 0, shuffle: Any = True
) -> Type:
    atom = _atom(_listed(a))
    if len(shape_of(atom.type)) > 1:
        raise UnsupportedValueError(
            "a choice among the rows of an array is not supported.",
            why="only elements of a vector, or numbers below n, are chosen.",
            write="x[rng.integers(len(x), size=n)]",
        )
    shape = None if size is None else _shape(size, [])
    if isinstance(atom.type, Array):
        return scalar_or_array(dtype_of(atom.type), shape or ())
    return _drawn(shape, np.dtype(int), INT)


def _number(type: Type) -> Draw:
    return Draw(lambda *args, **kwargs: type)


_COMMON = {
    "normal": _distribution("loc= scale= size="),
    "uniform": _distribution("low= high= size="),
    "exponential": _distribution("scale= size="),
    "gamma": _distribution("shape scale= size="),
    "beta": _distribution("a b size="),
    "chisquare": _distribution("df size="),
    "laplace": _distribution("loc= scale= size="),
    "logistic": _distribution("loc= scale= size="),
    "lognormal": _distribution("mean= sigma= size="),
    "gumbel": _distribution("loc= scale= size="),
    "rayleigh": _distribution("scale= size="),
    "standard_t": _distribution("df size="),
    "standard_cauchy": _distribution("size="),
    "triangular": _distribution("left mode right size="),
    "weibull": _distribution("a size="),
    "pareto": _distribution("a size="),
    "vonmises": _distribution("mu kappa size="),
    "poisson": _distribution("lam= size=", INT, INT64),
    "binomial": _distribution("n p size=", INT, INT64),
    "geometric": _distribution("p size=", INT, INT64),
    "choice": Draw(_choice),
    "permutation": Draw(_permutation),
}
#: methods of `np.random.Generator`
NUMPY: dict[str, Draw] = {
    **_COMMON,
    "random": _distribution("size= dtype="),
    "standard_normal": _distribution("size= dtype="),
    "standard_exponential": _distribution("size= dtype= method="),
    "standard_gamma": _distribution("shape size= dtype="),
    "integers": Draw(_integers),
}
#: methods of `np.random.RandomState`, and functions of `np.random`
LEGACY: dict[str, Draw] = {
    **_COMMON,
    "random": _distribution("size="),
    "random_sample": _distribution("size="),
    "ranf": _distribution("size="),
    "sample": _distribution("size="),
    "standard_normal": _distribution("size="),
    "standard_exponential": _distribution("size="),
    "standard_gamma": _distribution("shape size="),
    "rand": Draw(_dimensions),
    "randn": Draw(_dimensions),
    "randint": Draw(_randint),
}
#: methods of `random.Random`, and functions of `random`
PYTHON: dict[str, Draw] = {
    **dict.fromkeys(
        (
            *("random", "uniform", "triangular", "betavariate", "expovariate", "gammavariate"),
            *("gauss", "lognormvariate", "normalvariate", "vonmisesvariate", "paretovariate"),
            "weibullvariate",
        ),
        _number(FLOAT),
    ),
    **dict.fromkeys(("randint", "randrange", "getrandbits"), _number(INT)),
}
#: what would write into an array or a list of the user's
IN_PLACE = ("shuffle", "permuted")
#: sets the state
SEEDING = ("seed",)

__all__ = ["IN_PLACE", "LEGACY", "NUMPY", "PYTHON", "SEEDING", "Draw"]
