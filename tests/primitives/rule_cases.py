"""Concrete calls of every registered primitive, made from the samples of its row."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.ir.lengths import Length
from adcompiler.ir.primitive import Primitive, registry
from adcompiler.ir.types import Array, Type, is_inexact, type_of
from adcompiler.primitives.catalogue import enter
from adcompiler.primitives.extras import EXTRAS, installed
from adcompiler.primitives.samples import Domain, Sample

FORMS_OF_ONE = ("float", "np.float64", "0-d", "3", "2,3", "0", "1", "np.float32", "float32 3")
FORMS_OF_TWO = (
    "float/float",
    "np.float64/np.float64",
    "float/np.float64",
    "0-d/3",
    "3/3",
    "2,3/3",
    "3/2,3",
    "2,1/3",
    "3/float",
    "float/3",
    "1/3",
    "3/1",
    "1/1",
    "0/0",
    "0/float",
    "float32 3/float",
    "float32 3/np.float32",
    "float32 3/3",
)
FORMS_OF_THREE = (
    "float/float/float",
    "3/3/3",
    "2,3/3/float",
    "float/3/2,1",
    "3/float/float",
    "0/float/0",
    "3/float32 3/float32 3",
)
FORMS_OF_FOUR = (
    "float/float/float/float",
    "3/3/3/3",
    "2,3/3/float/2,1",
    "float/float/float/3",
    "0/float/0/float",
)
FORMS_OF_FIVE = ("float/float/float/float/float", "3/float/2,1/3/3", "0/float/0/float/0")
FORMS = {1: FORMS_OF_ONE, 2: FORMS_OF_TWO, 3: FORMS_OF_THREE, 4: FORMS_OF_FOUR, 5: FORMS_OF_FIVE}
#: rows that take Python numbers only
SCALAR_ONLY = {"max", "min"}


for _extra in installed():  # SciPy's rows, where it is there
    enter(_extra)
#: how the rows of libraries are spelled
_OF_LIBRARIES = tuple(f"{extra.spelled}." for extra in EXTRAS)


@dataclass(frozen=True)
class Case:
    """One call with concrete operands; `names` maps the symbols of its types to lengths."""

    primitive: Primitive
    operands: tuple[Any, ...]
    types: tuple[Type, ...]
    statics: Mapping[str, Any]
    names: Mapping[str, int]

    def __str__(self) -> str:
        operands = ", ".join(
            f"{t} {np.asarray(o).tolist()}" for o, t in zip(self.operands, self.types, strict=True)
        )
        return f"{self.primitive.name}({operands}, {dict(self.statics)})"

    @property
    def active(self) -> list[int]:
        """The operands that can carry a derivative."""
        unused = self.primitive.shape_only
        return [i for i, t in enumerate(self.types) if is_inexact(t) and i not in unused]

    @property
    def is_single(self) -> bool:
        return "float32" in str([*map(str, self.types), dict(self.statics)])

    def replaced(self, operands: tuple[Any, ...]) -> Case:
        return make_case(self.primitive, operands, self.statics)


def symbolic_type(value: Any, name: str, names: dict[str, int]) -> Type:
    """The abstract value of an argument: of a length the signature says only whether it is 1."""
    found = type_of(value)
    if not isinstance(found, Array):
        return found
    shape = []
    for axis, length in enumerate(np.shape(value)):
        symbol = f"{name}.shape[{axis}]"
        names[symbol] = length
        shape.append(Length.of(1) if length == 1 else Length.symbol(symbol))
    return Array(found.dtype, tuple(shape))


def make_case(primitive: Primitive, operands: tuple[Any, ...], statics: Mapping[str, Any]) -> Case:
    names: dict[str, int] = {}
    types = tuple(symbolic_type(value, f"x{i}", names) for i, value in enumerate(operands))
    return Case(primitive, operands, types, statics, names)


def length_value(length: Length, names: Mapping[str, int]) -> int | None:
    """The number that a length stands for; None where it holds a symbol that only the run knows."""
    total = 0
    for monomial, coefficient in length.terms:
        factor = coefficient
        for symbol in monomial:
            if symbol.name not in names:
                return None
            factor *= names[symbol.name]
        total += factor
    return max(total, 0)  # as everywhere: x[1:] of no elements has none


def draw(domain: Domain, form: str, position: int, count: int, rng: random.Random) -> Any:
    """Numbers of a domain in the given form.

    Operand `position` of `count` stays on its own lattice, so that two operands are never
    closer than the step of a difference quotient.
    """
    dtype_name, _, size = form.rpartition(" ")
    if form in ("float", "np.float64", "0-d", "np.float32"):
        shape: tuple[int, ...] = ()
    else:
        shape = tuple(map(int, size.split(",")))

    def one() -> Any:
        if domain.integer:
            return rng.randint(int(domain.low), int(domain.high))
        return (
            domain.low
            + (domain.high - domain.low) * (rng.randrange(64) + (position + 0.5) / count) / 64
        )

    values = [one() for _ in range(int(np.prod(shape)))]
    if domain.integer:
        is_condition = (domain.low, domain.high) == (0, 1)
        kind: Any = bool if is_condition else int
        return (
            kind(values[0])
            if not shape and form != "0-d"
            else np.array(values, dtype=kind).reshape(shape)
        )
    if form == "float":
        return float(values[0])
    if form == "np.float64":
        return np.float64(values[0])
    if form == "np.float32":
        return np.float32(values[0])
    return np.array(values, dtype=dtype_name or "float64").reshape(shape)


def concrete(value: Any) -> Any:
    """An operand of a `Sample`: lists become arrays, numbers stay Python numbers."""
    return (
        np.array(value, dtype=None if np.size(value) else float)
        if isinstance(value, list)
        else value
    )


def cases(primitive: Primitive) -> list[Case]:
    return list(_cases(primitive))


def _cases(primitive: Primitive) -> Iterator[Case]:
    domains = [s for s in primitive.samples if isinstance(s, Domain)]
    if domains:
        assert len(domains) == len(primitive.samples), f"{primitive.name} mixes domains and samples"
        rng = random.Random(zlib.crc32(primitive.name.encode()))
        forms = FORMS[len(domains)]
        # broadcasting is that of every ufunc: of the many rows of a library some of the forms are enough
        for form in forms[:: 2 if primitive.spelling.array.startswith(_OF_LIBRARIES) else 1]:
            parts = form.split("/")
            if primitive.name in SCALAR_ONLY and form not in (
                "float/float",
                "np.float64/np.float64",
            ):
                continue
            operands = tuple(
                draw(domain, part, i, len(domains), rng)
                for i, (domain, part) in enumerate(zip(domains, parts, strict=True))
            )
            yield make_case(primitive, operands, {})
        return
    for sample in primitive.samples:
        assert isinstance(sample, Sample), f"{primitive.name}: {sample!r} is no sample"
        yield make_case(primitive, tuple(map(concrete, sample.operands)), sample.statics)


def edge_cases(primitive: Primitive) -> list[Case]:
    """Calls with one operand, or all of them, at an edge of the domain."""
    domains = [s for s in primitive.samples if isinstance(s, Domain)]
    rng = random.Random(1)
    middle = [draw(domain, "float", i, len(domains), rng) for i, domain in enumerate(domains)]
    found = []
    for i, domain in enumerate(domains):
        for edge in domain.edges:
            found.append((*middle[:i], edge, *middle[i + 1 :]))
            found.append(
                tuple(edge if d.edges else m for d, m in zip(domains, middle, strict=True))
            )
    return [make_case(primitive, operands, {}) for operands in found]


def names() -> list[str]:
    # calls that are kept as written have no operation of their own: tests/test_effects.py
    return sorted(name for name, row in registry().items() if row.kind not in ("kept", "list"))
