"""Nodes and weights of quadrature rules, zeros of functions, Bernoulli and Euler numbers: constants of whole numbers.

How many there are is known while compiling.  Rules with parameters of their own run, but have no derivative in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import special

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import Length
from adcompiler.ir.primitive import Infer, Primitive, Spelling, Statics, register
from adcompiler.ir.types import FLOAT, Array, NumpyScalar, Type, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.arrays import array_like
from adcompiler.primitives.kinds import inert
from adcompiler.primitives.samples import Sample
from adcompiler.primitives.statics import static


def _infer_vector(count: Callable[[Statics], int], dtype: Any = float) -> Infer:
    def infer(args: Sequence[Atom], statics: Statics) -> Type:
        if any(shape_of(a.type) for a in args):
            raise ArgumentError("the parameters of a quadrature rule are numbers.")
        return Array(np.dtype(dtype), (Length.of(count(statics)),))

    return infer


def _infer_weight(example: Any) -> Infer:
    """The whole weight: a float or a number of NumPy, as SciPy has it."""
    found = FLOAT if type(example) is float else NumpyScalar(np.dtype(float))
    return lambda args, statics: found


# --- quadrature rules -----------------------------------------------------------------------------

#: the number of parameters besides the number of nodes
RULES = {
    **dict.fromkeys(("legendre", "hermite", "hermitenorm", "laguerre"), 0),
    **dict.fromkeys(("chebyt", "chebyu", "chebyc", "chebys"), 0),
    **dict.fromkeys(("sh_legendre", "sh_chebyt", "sh_chebyu"), 0),
    **dict.fromkeys(("gegenbauer", "genlaguerre"), 1),
    **dict.fromkeys(("jacobi", "sh_jacobi"), 2),
}


def _rule(family: str, parameters: int) -> Callable[..., Any]:
    function = getattr(special, f"roots_{family}")
    places = "".join(f", _{k}" for k in range(parameters))

    def made(number: int, mu: bool) -> Primitive:
        name = f"roots_{family}_{number}{'_of_three' * mu}"
        spelling = Spelling(
            f"special.roots_{family}(_n{places}{', mu=True' * mu})[{number}]",
            results=3 if mu else 2,
        )
        samples = (
            Sample((1.5, 0.75)[:parameters] if family != "sh_jacobi" else (2.5, 1.5), {"n": 3}),
        )

        def run(*args: Any, n: int) -> Any:
            return function(n, *args, mu=mu)[number]

        infer: Infer = _infer_vector(lambda statics: int(statics["n"]))
        if number == 2:
            infer = _infer_weight(run(*samples[0].operands, n=3))

        if not parameters:
            return inert(name, run, infer=infer, spelling=spelling, samples=samples)
        return register(Primitive(name, run, infer, spelling, samples=samples))

    pairs = [made(k, False) for k in range(2)]
    triples = [made(k, True) for k in range(3)]

    def call(n: Any, *operands: Any, mu: Any = False) -> tuple[Any, ...]:
        if len(operands) == parameters + 1:
            operands, mu = operands[:-1], operands[-1]
        if len(operands) != parameters:
            raise ArgumentError(f"`special.roots_{family}` takes n and {parameters} parameters.")
        atoms = [array_like(v) for v in operands]
        count = int(static(n, "n"))
        rows = triples if static(mu, "mu") else pairs
        return tuple(current().apply(row, *atoms, n=count) for row in rows)

    call.__name__ = f"roots_{family}"
    return call


# --- zeros ----------------------------------------------------------------------------------------


def _vectors(
    name: str, names: Sequence[str], results: int, given: Sequence[int], dtype: Any = float
) -> Callable[..., Any]:
    """A function of whole numbers of which the last says how many zeros it gives."""
    function = getattr(special, name)
    places = ", ".join(f"_{n}" for n in names)
    extra = 1 if name in ("bernoulli", "euler") else 0
    infer = _infer_vector(lambda statics: int(statics[names[-1]]) + extra, dtype)

    def made(number: int) -> Primitive:
        text = f"special.{name}({places})"

        def run(**statics: int) -> Any:
            found = function(*(statics[n] for n in names))
            return found[number] if results > 1 else found

        return inert(
            f"{name}_{number}" if results > 1 else name,
            run,
            infer=infer,
            spelling=Spelling(
                f"{text}[{number}]" if results > 1 else text, results=results if results > 1 else 0
            ),
            samples=(Sample((), dict(zip(names, given, strict=True))),),
        )

    rows = [made(k) for k in range(results)]

    def call(*operands: Any, **named: Any) -> Any:
        values = dict(zip(names, operands, strict=False)) | named
        if set(values) != set(names):
            raise ArgumentError(f"`special.{name}` takes {', '.join(names)}.")
        whole: dict[str, Any] = {key: int(static(value, key)) for key, value in values.items()}
        found = tuple(current().apply(row, **whole) for row in rows)
        return found if results > 1 else found[0]

    call.__name__ = name
    return call


_OF_ORDER = ("jn_zeros", "jnp_zeros", "yn_zeros", "ynp_zeros")
_KELVIN = [f"{name}_zeros" for name in ("ber", "bei", "ker", "kei", "berp", "beip", "kerp", "keip")]

FUNCTIONS: dict[Any, Any] = {
    **{getattr(special, f"roots_{f}"): _rule(f, count) for f, count in RULES.items()},
    **{getattr(special, name): _vectors(name, ("n", "nt"), 1, (1, 3)) for name in _OF_ORDER},
    **{getattr(special, name): _vectors(name, ("nt",), 1, (3,)) for name in _KELVIN},
    special.jnyn_zeros: _vectors("jnyn_zeros", ("n", "nt"), 4, (1, 3)),
    special.kelvin_zeros: _vectors("kelvin_zeros", ("nt",), 8, (3,)),
    special.ai_zeros: _vectors("ai_zeros", ("nt",), 4, (3,)),
    special.bi_zeros: _vectors("bi_zeros", ("nt",), 4, (3,)),
    **{
        getattr(special, f"{name}_zeros"): _vectors(f"{name}_zeros", ("nt",), 2, (3,), complex)
        for name in ("y0", "y1", "y1p")
    },
    special.erf_zeros: _vectors("erf_zeros", ("nt",), 1, (3,), complex),
    special.fresnel_zeros: _vectors("fresnel_zeros", ("nt",), 2, (3,), complex),
    special.fresnelc_zeros: _vectors("fresnelc_zeros", ("nt",), 1, (3,), complex),
    special.fresnels_zeros: _vectors("fresnels_zeros", ("nt",), 1, (3,), complex),
    special.bernoulli: _vectors("bernoulli", ("n",), 1, (4,)),
    special.euler: _vectors("euler", ("n",), 1, (4,)),
}
