"""Building blocks of statements: the only place that makes `Call` nodes from operands.

A rule is ordinary Python over atoms: while a builder is current, calling a primitive or using an
operator on an atom appends a statement to its block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from adcompiler.ir.nodes import NO_STATICS, PRIMAL, Block, Call, If, Statement
from adcompiler.ir.origin import NOWHERE, Origin
from adcompiler.ir.primitive import Primitive, lookup
from adcompiler.ir.types import NumpyScalar, PythonScalar, Type, dtype_of
from adcompiler.ir.values import Atom, Constant, Variable, as_atom, install_operators

_current: ContextVar[Builder] = ContextVar("builder")


class Builder:
    """Collects statements; `origin`, `role` and `style` are stamped on each, and `watch` is shown each."""

    def __init__(
        self,
        origin: Origin = NOWHERE,
        role: str = PRIMAL,
        style: str = "",
        outer: Builder | None = None,
    ) -> None:
        self.statements: list[Statement] = []
        self.outer = outer
        self.records: dict[Statement, Any] = {}
        self.watch: Callable[[Call], None] | None = None if outer is None else outer.watch
        self.checked: set[Variable] = set()
        self.transposes: Any = None  # whose rule is transposed in this block
        self._definitions: dict[Variable, Call] = {}
        self.inserted = 0  # by how many statements `exchange` made the block longer
        self.origin = origin
        self.role = role
        self.style = style

    @contextmanager
    def active(self) -> Iterator[Builder]:
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)

    @contextmanager
    def nested(self) -> Iterator[Builder]:
        """A builder for an inner block, current until the end of the `with`."""
        with Builder(self.origin, self.role, self.style, self).active() as inner:
            yield inner

    def apply(
        self,
        primitive: Primitive,
        *operands: Any,
        target: Variable | None = None,
        **statics: Any,
    ) -> Atom:
        """Append ``target = primitive(*operands, **statics)`` and return the target.

        What the compiler itself wrote between numbers is computed at once (``3 - 1`` in the derivative
        of a cube); what the user wrote stays as written.
        """
        args = tuple(as_atom(operand) for operand in operands)
        style = self.style
        if (
            target is None
            and not style
            and args
            and primitive.kind == "elementwise"
            and all(type(a) is Constant and type(a.value) in (int, float, bool) for a in args)
        ):
            return Constant.of(_fold(primitive, args, statics))
        if target is None:
            target = Variable(None, spelled_type(primitive.infer(args, statics), style))
        call = Call(
            target,
            primitive,
            args,
            statics or NO_STATICS,
            style,
            origin=self.origin,
            role=self.role,
        )
        self.statements.append(call)
        self._definitions[target] = call
        if self.watch is not None:
            self.watch(call)
        return target

    def definition(self, atom: Atom) -> Call | None:
        """The statement that this builder (or one around it) made for a variable, if it was one."""
        builder: Builder | None = self
        while builder is not None and isinstance(atom, Variable):
            if atom in builder._definitions:
                return builder._definitions[atom]
            builder = builder.outer
        return None

    def decided_by(self, variable: Variable) -> Atom | None:
        """The condition of the branch, in this builder or one around it, that gave a variable its value."""
        builder: Builder | None = self
        while builder is not None:
            for statement in reversed(builder.statements):
                if isinstance(statement, If) and variable in statement.targets:
                    return statement.condition
            builder = builder.outer
        return None

    def withdraw(self, call: Call) -> bool:
        """Take back a statement that was just appended; False where others follow it."""
        if not self.statements or self.statements[-1] is not call:
            return False
        self.statements.pop()
        del self._definitions[call.target]
        return True

    def exchange(self, old: Statement, new: Iterable[Statement]) -> None:
        """Let other statements stand in the place of one."""
        made = list(new)
        position = self.statements.index(old)
        self.statements[position : position + 1] = made
        self.inserted += len(made) - 1

    def add(self, statement: Statement) -> None:
        self.statements.append(statement)

    def adopt(self, statements: Iterable[Statement]) -> None:
        """Append statements that another builder made."""
        for statement in statements:
            self.statements.append(statement)
            if isinstance(statement, Call):
                self._definitions[statement.target] = statement

    def block(self, results: tuple[Atom, ...] = ()) -> Block:
        return Block(tuple(self.statements), results)


def spelled_type(type: Type, style: str) -> Type:
    """`np.log(2.0)` is a NumPy scalar where `math.log(2.0)` is a Python float."""
    return (
        NumpyScalar(dtype_of(type)) if style == "numpy" and isinstance(type, PythonScalar) else type
    )


def _fold(primitive: Primitive, args: tuple[Atom, ...], statics: dict[str, Any]) -> Any:
    with np.errstate(all="ignore"):  # Python's floats overflow without a word
        value = primitive.function(*(a.value for a in args if isinstance(a, Constant)), **statics)
    return value.item() if hasattr(value, "item") else value


def current() -> Builder:
    """The builder under construction; a rule called outside one is a mistake of the caller."""
    return _current.get()


install_operators(lambda name, *operands: current().apply(lookup(name), *operands))
