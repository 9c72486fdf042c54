"""One run of a function as a straight line: the calls that were executed, each with its value.

Branches that were not taken are gone and a loop's body stands once for every iteration, so that the rules of
the compiler can be applied to the run as it was.

>>> from adcompiler.inspection.subject import point_of, subject_of
>>> def f(x):
...     return x * x if x > 0.0 else -x
>>> run = execute(point_of(subject_of(f, (3.0,), None)))
>>> [(e.call.primitive.name, e.value) for e in run.events if isinstance(e, Step)]
[('greater', True), ('multiply', 9.0)]
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.inspection.subject import Point
from adcompiler.ir.definitions import Definition, definition_of, is_part
from adcompiler.ir.effects import is_effect
from adcompiler.ir.evaluate import Environment, read, run_statement
from adcompiler.ir.nodes import Block, Call, Custom, For, If, Statement, While
from adcompiler.ir.origin import Origin
from adcompiler.ir.structure import Structure, leaves, transform
from adcompiler.ir.types import PythonScalar
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import read_through
from adcompiler.transform.single import as_calls


@dataclass(frozen=True)
class Step:
    """A call that ran; its target is defined once in the whole run."""

    call: Call
    value: Any


@dataclass(frozen=True)
class Decision:
    """A branch, or one turn of a loop: what was decided there, and on what where that is a number."""

    text: str
    condition: Atom | None
    origin: Origin


@dataclass
class Run:
    """`values` maps every variable of the run to its value; `result` is what the function returned, as atoms."""

    inputs: list[Variable]
    wanted: tuple[bool, ...]
    captures: list[Variable]
    events: list[Step | Decision]
    result: Structure
    values: Environment

    @property
    def calls(self) -> list[Call]:
        return [event.call for event in self.events if isinstance(event, Step)]


def execute(point: Point) -> Run:
    """Run the trace; list a straight-line one by depth, one with control flow in the order of execution.

    Python evaluates ``log(x1) + x1 * x2`` before ``sin(x2)``; the tables of the literature list first what depends
    on inputs alone.  Depth is the longest path from the inputs; ties stay in source order.
    """
    function = point.function
    values: Environment = dict(zip(function.inputs, point.inputs, strict=True))
    captures = [capture.variable for capture in function.captures]
    values.update(zip(captures, point.captured, strict=True))
    walk = _Walk(values)
    with np.errstate(all="ignore"):
        walk.block(function.body)
    events = walk.events
    if not any(isinstance(event, Decision) or is_effect(event.call) for event in events):
        events = _by_depth(events)
    result = transform(lambda a: walk.atom(a) if isinstance(a, Atom) else a, function.result)
    return Run(function.inputs, point.wanted, captures, events, result, values)


def raises_as_written(run: Run) -> bool:
    """True where Python arithmetic left the finite numbers: Python raises there, the trace goes on with inf or nan."""
    for call in run.calls:
        scalars = all(isinstance(a.type, PythonScalar) for a in (*call.args, call.target))
        python = call.style == "python" and scalars and bool(call.args)
        if (
            python
            and not _finite(run.values[call.target])
            and all(_finite(read(a, run.values)) for a in call.args)
        ):
            return True
    return False


def _finite(value: Any) -> bool:
    return not isinstance(value, (float, complex)) or bool(np.isfinite(value))


@dataclass
class _Walk:
    values: Environment
    events: list[Step | Decision] = field(default_factory=list)
    mapping: dict[Variable, Atom] = field(default_factory=dict)
    #: what calls of functions with several results gave
    results: dict[Variable, list[Atom]] = field(default_factory=dict)

    def atom(self, atom: Atom) -> Atom:
        return self.mapping.get(atom, atom) if isinstance(atom, Variable) else atom

    def block(self, block: Block) -> list[Atom]:
        for statement in block.statements:
            self.statement(statement)
        return [self.atom(result) for result in block.results]

    def statement(self, s: Statement) -> None:
        definition = definition_of(s)
        if isinstance(s, Call) and definition is not None:
            self.call(s, definition)
        elif isinstance(s, Call) and is_part(s):
            record = s.args[0]
            assert isinstance(record, Variable)
            self.mapping[s.target] = self.results[record][s.statics["position"]]
        elif isinstance(s, Call):
            target = Variable(s.target.name, s.target.type)
            call = replace(s, target=target, args=tuple(map(self.atom, s.args)))
            run_statement(call, self.values, None)
            self.mapping[s.target] = target
            if is_effect(call):
                call = _as_it_was(call, self.values[target])
            self.events.append(Step(call, self.values[target]))
        elif isinstance(s, If):
            condition = self.atom(s.condition)
            taken = bool(read(condition, self.values))
            self.events.append(Decision("true" if taken else "false", condition, s.origin))
            results = self.block(s.then if taken else s.orelse)
            self.mapping.update(zip(s.targets, results, strict=True))
        elif isinstance(s, Custom):
            for call in as_calls(read_through(s, self.atom)):
                self.statement(call)
        else:
            assert isinstance(s, (For, While))
            self.loop(s)

    def call(self, s: Call, definition: Definition) -> None:
        """A function of the program: its statements as they run for these arguments."""
        function = definition.lowered
        args = [self.atom(a) for a in s.args]
        shown = ", ".join(_shown(read(a, self.values)) for a in args)
        self.events.append(Decision(f"{definition.name}({shown})", None, s.origin))
        outer, self.mapping = self.mapping, dict(zip(function.inputs, args, strict=True))
        try:
            self.block(function.body)
        except RecursionError:
            raise UnsupportedValueError(
                f"the recursion of `{definition.name}` is too deep for a table.",
                why="every call would be listed inside the one that makes it.",
                write="arguments for which it ends sooner",
            ) from None
        results = [self.atom(leaf) for leaf in leaves(function.result)]
        self.mapping = outer
        if len(results) == 1:
            self.mapping[s.target] = results[0]
        else:
            self.results[s.target] = results

    def loop(self, s: For | While) -> None:
        if s.collected or s.consumed:
            raise TypeError("a loop that records is part of a derivative, not of a primal trace")
        carried = [self.atom(atom) for _, atom in s.carried]
        names = [variable for variable, _ in s.carried]
        bounds = [read(self.atom(b), self.values) for b in s.bounds] if isinstance(s, For) else [0]
        taken = range(*bounds)
        steps = iter(taken[::-1] if isinstance(s, For) and s.backwards else taken)
        while True:
            self.mapping.update(zip(names, carried, strict=True))
            if isinstance(s, For):
                step = next(steps, None)
                if step is None:
                    break
                self.mapping[s.index] = Constant.of(step)
                name = s.index.name or "iteration"
                self.events.append(Decision(f"{name} = {step}", None, s.origin))
            else:
                condition = self.block(s.test)[0]
                again = bool(read(condition, self.values))
                self.events.append(Decision("true" if again else "false", condition, s.origin))
                if not again:
                    break
            carried = self.block(s.body)
            if s.leave is not None and read(self.atom(s.leave), self.values):
                self.events.append(Decision("the loop is left", None, s.origin))
                break
        self.mapping.update(zip(s.targets, carried, strict=True))


def _shown(value: Any) -> str:
    """A number in a few digits, an array by its shape."""
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _as_it_was(call: Call, value: Any) -> Call:
    """A call that happened: the sweeps that follow get its value, and nothing happens again."""
    primitive = replace(call.primitive, function=lambda *_, **__: value)
    return replace(call, primitive=primitive)


def _by_depth(events: list[Step | Decision]) -> list[Step | Decision]:
    depths: dict[Variable, int] = {}
    for event in events:
        assert isinstance(event, Step)
        below = [depths.get(a, 0) for a in event.call.args if isinstance(a, Variable)]
        depths[event.call.target] = 1 + max(below, default=0)

    def depth(event: Step | Decision) -> int:
        assert isinstance(event, Step)
        return depths[event.call.target]

    return sorted(events, key=depth)
