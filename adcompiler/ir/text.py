"""Stable printing of the trace: the same Function gives the same text.

Temporaries are numbered v1, v2 … in order of definition; a user's name that is defined again gets a
number behind a dot.
"""

from __future__ import annotations

from collections.abc import Iterator

from adcompiler.ir.definitions import definitions_of
from adcompiler.ir.nodes import Block, Call, Custom, For, Function, If, Statement, While
from adcompiler.ir.structure import Branch, Structure
from adcompiler.ir.values import Atom, Constant, Variable


class Printer:
    """Gives names to variables as it meets them."""

    def __init__(self) -> None:
        self._names: dict[Variable, str] = {}
        self._taken: dict[str, int] = {}

    def name(self, variable: Variable) -> str:
        if variable not in self._names:
            if variable.mark and variable.of is not None:
                stem = f"{self.name(variable.of)}_{variable.mark}"
            else:
                stem = variable.name or "v"
            count = self._taken[stem] = self._taken.get(stem, 0) + 1
            if stem == "v":
                self._names[variable] = f"v{count}"
            else:
                self._names[variable] = stem if count == 1 else f"{stem}.{count}"
        return self._names[variable]

    def atom(self, atom: object) -> str:
        if isinstance(atom, Variable):
            return self.name(atom)
        return repr(atom.value) if isinstance(atom, Constant) else repr(atom)

    def atoms(self, atoms: tuple[Atom, ...]) -> str:
        return ", ".join(map(self.atom, atoms))

    def structure(self, structure: Structure) -> str:
        if not isinstance(structure, Branch):
            return self.atom(structure)
        inner = ", ".join(
            f"{key}: {self.structure(child)}"
            if structure.kind != "tuple"
            else self.structure(child)
            for key, child in zip(structure.keys, structure.children, strict=True)
        )
        return f"({inner})" if structure.kind == "tuple" else f"{structure.kind}({inner})"

    def typed(self, variable: Variable) -> str:
        return f"{self.name(variable)}: {variable.type}"

    def statement(self, s: Statement, indent: str) -> Iterator[str]:
        if isinstance(s, Call):
            parts = [*map(self.atom, s.args), *(f"{k}={v}" for k, v in s.statics.items())]
            call = f"{s.primitive.name}({', '.join(parts)})"
            yield f"{indent}{self.typed(s.target)} = {call}"
        elif isinstance(s, If):
            condition = self.atom(s.condition)
            then = list(self.block(s.then, indent + "    "))
            orelse = list(self.block(s.orelse, indent + "    "))
            yield f"{indent}{', '.join(map(self.typed, s.targets))} = if {condition}:"
            yield from then
            yield f"{indent}else:"
            yield from orelse
        elif isinstance(s, Custom):
            head = f"custom {s.rule.name}({self.atoms(s.operands)})"
            targets = ", ".join(map(self.typed, s.targets))
            yield f"{indent}{targets} = {head}: {self.atoms(s.values)}"
        else:
            assert isinstance(s, (For, While))
            yield from self._loop(s, indent)

    def _loop(self, s: For | While, indent: str) -> Iterator[str]:
        head = ["while"]
        if isinstance(s, For):
            steps = f"range({self.atoms(s.bounds)})"
            head = [f"for {self.name(s.index)} in {f'reversed({steps})' if s.backwards else steps}"]
        if s.carried:
            head.append(
                "carrying " + ", ".join(f"{self.name(v)} = {self.atom(a)}" for v, a in s.carried)
            )
        if s.consumed:
            head.append(
                "consuming "
                + ", ".join(f"{self.name(v)} from {self.atom(a)}" for v, a in s.consumed)
            )
        test = list(self.block(s.test, indent + "        ")) if isinstance(s, While) else []
        body = list(self.block(s.body, indent + "    "))
        collected = f" collecting {self.atoms(s.collected)}" if s.collected else ""
        collected += f" leaving on {self.atom(s.leave)}" if s.leave is not None else ""
        yield f"{indent}{', '.join(map(self.typed, s.targets))} = {' '.join(head)}{collected}:"
        yield from test
        yield from body

    def block(self, block: Block, indent: str) -> Iterator[str]:
        for statement in block.statements:
            yield from self.statement(statement, indent)
        if block.results:
            yield f"{indent}yield {self.atoms(block.results)}"

    def function(self, function: Function, indent: str = "") -> Iterator[str]:
        parameters = ", ".join(
            f"{p.name}={self.structure(p.structure)}"
            if isinstance(p.structure, Branch)
            else self.typed(p.structure)
            if isinstance(p.structure, Variable)
            else f"{p.name}={self.atom(p.structure)}"
            for p in function.parameters
        )
        yield f"{indent}{function.name}({parameters})"
        for capture in function.captures:
            yield f"{indent}    {self.typed(capture.variable)} from {'.'.join(map(str, capture.reference))}"
        yield from self.block(function.body, indent + "    ")
        yield f"{indent}    return {self.structure(function.result)}"


def to_text(function: Function) -> str:
    """The whole function as text, one statement a line with its type, below the functions that it calls."""
    called = [d.lowered for d in definitions_of(function) if d.function is not None]
    return "\n".join("\n".join(Printer().function(f)) + "\n" for f in (*called, function))
