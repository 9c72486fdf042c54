"""A primitive: one elementary operation, with everything the compiler knows of it in one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adcompiler.ir.types import Type
from adcompiler.ir.values import Atom

if TYPE_CHECKING:
    from adcompiler.ir.nodes import Call

Statics = Mapping[str, Any]
Infer = Callable[[Sequence[Atom], Statics], Type]
Pushforward = Callable[["Call", Sequence[Atom | None]], Atom | None]
Pullback = Callable[["Call", Atom, Sequence[bool]], Sequence[Atom | None]]
Batch = Callable[["Call", Sequence[Atom], Sequence[bool]], Atom]


@dataclass(frozen=True)
class Spelling:
    """How a primitive is written in Python.

    Templates are expressions in which ``_0``, ``_1`` … stand for the operands, ``*_args`` for all of
    them, ``*_rest`` for those that have no number in the template, and ``_name`` for the static
    parameter ``name``.  Static parameters that a template does not mention are appended to its call
    as keywords where they differ from their default.

    * `array`: with NumPy; * `scalar`: on Python floats (empty: as `array`);
    * `update`: the statement that overwrites operand 0 in place, where there is one;
    * `results`: how many results the function has of which `array` takes one (``np.linalg.eigh(_0)[1]``).
      Rows that take different results of one call are written as one: ``w, V = np.linalg.eigh(A)``.
    """

    array: str
    scalar: str = ""
    update: str = ""
    results: int = 0

    @property
    def whole(self) -> tuple[str, int]:
        """The call that has several results, and which of them this row is.

        >>> Spelling("np.linalg.eigh(_0)[1]", results=2).whole
        ('np.linalg.eigh(_0)', 1)
        """
        call, _, item = self.array.rpartition("[")
        return call, int(item.removesuffix("]"))


@dataclass(frozen=True, eq=False)
class Primitive:
    """One row.  Data operands are positional, static parameters are keywords.

    `verdict` is ``differentiable``, ``inert`` (the derivative is zero by declaration) or ``opaque``
    (asking for a derivative is an error).  `memory` says whose storage the result is: ``fresh``,
    ``view`` (may share memory with operand 0) or ``update`` (operand 0 with some elements replaced).
    `shape_only` lists the operands of which only shape and dtype are used.
    `batch` applies the primitive to operands with a leading axis of directions (linear ones only).
    `effect` says what a call does besides giving a value: nothing (empty), ``raises`` (it may end the program and
    changes nothing) or ``acts`` (it shows, draws, writes or reads the clock).  A call with an effect runs once, in its
    place.  Where a call carries a static parameter ``form``, that text is its template.
    `samples` makes operands for the tests, `exact` says that the scalar and the array spelling give the
    same bits.  `holomorphic` is False for a row that is written for complex numbers and is linear over the real
    ones only (a part, a conjugate).  `instead` says what to write where an opaque row has no derivative.
    """

    name: str
    function: Callable[..., Any]
    infer: Infer
    spelling: Spelling
    verdict: str = "opaque"
    pushforward: Pushforward | None = None
    pullback: Pullback | None = None
    batch: Batch | None = None
    memory: str = "fresh"
    shape_only: tuple[int, ...] = ()
    effect: str = ""
    defaults: Statics = field(default_factory=dict)
    samples: Sequence[Any] = ()
    holomorphic: bool = True
    kind: str = "general"
    description: str = ""
    instead: str = ""

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __call__(self, *args: Any, **statics: Any) -> Any:
        """Append this operation to the block under construction (only inside rules)."""
        from adcompiler.ir.builder import current

        return current().apply(self, *args, **statics)


_registry: dict[str, Primitive] = {}


def register(primitive: Primitive) -> Primitive:
    """Enter a row into the registry; a name is taken once."""
    if primitive.name in _registry:
        raise ValueError(f"primitive {primitive.name!r} is registered twice")
    _registry[primitive.name] = primitive
    return primitive


def lookup(name: str) -> Primitive:
    return _registry[name]


def registry() -> Mapping[str, Primitive]:
    """All rows by name."""
    return dict(_registry)
