"""The grammar of the trace.

::

    function  ::= name(parameter, …) block result
    block     ::= statement … ; atom, …
    statement ::= target = primitive(atom, …, key=static)                                   Call
                | targets = if atom: block else: block                                      If
                | targets = for index in range(atom, atom, atom) carrying variable = atom …
                            consuming variable from atom …: block collecting atom …
                            leaving on atom                                                 For
                | targets = while block carrying … consuming …: block collecting …          While
                | targets = custom rule(atom, …): atom, …                                   Custom

Every variable has one definition.  The *results* of a block are what an `If` joins or what a loop
carries into its next iteration.  A loop *collects* one sequence per recorded variable and *consumes*
sequences element by element; each is the adjoint of the other.  Derivatives asked for inside the program
are expanded while lowering, inner ones first.

Records are frozen and compared by identity.  No facts hang on them: an analysis returns a mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from adcompiler.ir.origin import NOWHERE, Origin
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.structure import Structure, leaves
from adcompiler.ir.values import Atom, Constant, Variable

PRIMAL, TANGENT, REVERSE = "primal", "tangent", "reverse"
Atoms = Sequence[Atom | None]
NO_STATICS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False, kw_only=True)
class Statement:
    """What all statements have: where it comes from and which sweep it belongs to."""

    origin: Origin = NOWHERE
    role: str = PRIMAL


@dataclass(frozen=True, eq=False)
class Call(Statement):
    """`style` is the user's own spelling: "python", "numpy", or "" for what the compiler wrote."""

    target: Variable
    primitive: Primitive
    args: tuple[Atom, ...]
    statics: Mapping[str, Any] = field(default_factory=lambda: NO_STATICS)
    style: str = ""


@dataclass(frozen=True, eq=False)
class Block:
    statements: tuple[Statement, ...]
    results: tuple[Atom, ...] = ()


@dataclass(frozen=True, eq=False)
class If(Statement):
    targets: tuple[Variable, ...]
    condition: Atom
    then: Block
    orelse: Block


@dataclass(frozen=True, eq=False)
class For(Statement):
    """`carried` pairs (variable in the body, initial value); `consumed` pairs (variable, sequence).

    The targets are the carried values at the end, then one sequence per collected atom.  Where `leave` (a bool
    of the body) is true the loop ends after that iteration.  A loop that runs `backwards` takes the same range, and
    the same sequences, from the last element to the first.
    """

    targets: tuple[Variable, ...]
    index: Variable
    bounds: tuple[Atom, Atom, Atom]
    carried: tuple[tuple[Variable, Atom], ...]
    consumed: tuple[tuple[Variable, Atom], ...]
    body: Block
    collected: tuple[Atom, ...] = ()
    leave: Atom | None = None
    backwards: bool = False


@dataclass(frozen=True, eq=False)
class While(Statement):
    """As `For`, with a block that computes the condition from the carried variables."""

    targets: tuple[Variable, ...]
    test: Block
    carried: tuple[tuple[Variable, Atom], ...]
    consumed: tuple[tuple[Variable, Atom], ...]
    body: Block
    collected: tuple[Atom, ...] = ()
    leave: Atom | None = None


@dataclass(frozen=True, eq=False)
class Custom(Statement):
    """The targets are the `values`, but their derivatives come from a user's rule.

    The rule gives derivatives with respect to `operands`, and reads `extra` besides.  `others` are variables that the
    values depend on and the rule knows nothing of: that one of them is differentiated is an error.  `residuals` is
    what the user's forward function left for his backward one, once it stands in the program.

    The statement lives until all derivatives are made; then the values take the places of the targets.
    """

    targets: tuple[Variable, ...]
    values: tuple[Atom, ...]
    operands: tuple[Atom, ...]
    rule: CustomRule
    extra: tuple[Atom, ...] = ()
    others: tuple[Atom, ...] = ()
    residuals: Structure | None = None


class CustomRule(Protocol):
    """The derivatives of a `Custom`; each method appends to the current block.

    Where one of `tangent` and `backward` is None, that mode is made from the other one.  A rule that `needs_all` takes
    a tangent for each operand; for others None stands for a structural zero.  Rules of one function share a `key`.
    """

    @property
    def name(self) -> str: ...
    @property
    def key(self) -> Any: ...
    @property
    def needs_all(self) -> bool: ...
    @property
    def tangent(self) -> Callable[[Custom, Atoms], Atoms] | None: ...
    @property
    def forward(self) -> Callable[[Custom], tuple[Sequence[Atom], Structure]] | None: ...
    @property
    def backward(self) -> Callable[[Custom, Atoms, Sequence[bool]], Atoms] | None: ...


@dataclass(frozen=True)
class Parameter:
    """One parameter of the generated function; `kind` is that of `inspect.Parameter`."""

    name: str
    structure: Structure
    kind: int = 1
    default: Constant | None = None


@dataclass(frozen=True)
class Capture:
    """Data read at run time that is no argument: a global, a closure cell, an attribute of either.

    `reference` is a tuple: ``("global", module, name)``, ``("cell", name)``, ``("argument", name)`` followed
    by attribute names.
    """

    reference: tuple[Any, ...]
    variable: Variable


@dataclass(frozen=True, eq=False)
class Function:
    """A program.  `note` lists lines for the docstring of the generated function.

    `owns_results`: what it returns shares memory neither with its arguments nor among itself.
    `hands_on`: the second part of its result is what a pullback reads, and never writes.
    `one_sweep`: no comment parts it into forward and reverse sweep.
    """

    name: str
    parameters: tuple[Parameter, ...]
    body: Block
    result: Structure
    captures: tuple[Capture, ...] = ()
    note: tuple[str, ...] = field(default=())
    owns_results: bool = False
    hands_on: bool = False
    one_sweep: bool = False

    @property
    def inputs(self) -> list[Variable]:
        """The leaves of all parameters, in order (constants of static arguments left out)."""
        return [
            leaf
            for parameter in self.parameters
            for leaf in leaves(parameter.structure)
            if isinstance(leaf, Variable)
        ]
