"""The evaluation trace: every variable with its value, its tangents and its adjoint.

>>> import numpy as np
>>> def f(x1, x2):
...     return np.log(x1) + x1 * x2 - np.sin(x2)
>>> print(trace(f, 2.0, 5.0))
f(x1, x2) = 11.652
<BLANKLINE>
variable  operation   value  v̇ (∂x1)  v̇ (∂x2)               v̄
v₋₁       x1              2        1        0         5 → 5.5
v₀        x2              5        0        1  −0.284 → 1.716
v₁        log(v₋₁)    0.693      0.5        0               1
v₂        v₋₁ · v₀       10        5        2               1
v₃        sin(v₀)    −0.959        0    0.284              −1
v₄        v₁ + v₂    10.693      5.5        2               1
v₅        v₄ − v₃    11.652      5.5    1.716               1
f         v₅         11.652      5.5    1.716               1
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError, ResultError
from adcompiler.frontend.parameters import own_signature, shown
from adcompiler.inspection.execution import Decision, Run, execute, raises_as_written
from adcompiler.inspection.operations import constant, operation
from adcompiler.inspection.report import html_table, number, text_table
from adcompiler.inspection.subject import ArgNums, Subject, point_of, subject_of
from adcompiler.inspection.sweeps import backward, forward, varies
from adcompiler.ir.evaluate import read
from adcompiler.ir.structure import (
    Structure,
    accessors,
    from_value,
    leaves,
    paths,
    refill,
    to_value,
)
from adcompiler.ir.types import is_complex
from adcompiler.ir.values import Atom, Constant, Variable, label

DOT, BAR = "\u0307", "\u0304"
#: lines that are printed of a trace unless asked for otherwise
LONGEST = 100


@dataclass(frozen=True)
class Row:
    """One variable: `tangents` one for each direction, `adjoints` its cotangent after each contribution.

    A row that marks a branch has no label, no value and nothing else.
    """

    label: str
    operation: str
    value: Any = None
    tangents: tuple[Any, ...] = ()
    adjoints: tuple[Any, ...] = ()
    line: int = 0

    @property
    def adjoint(self) -> Any:
        """The final cotangent; None where nothing flows back."""
        return self.adjoints[-1] if self.adjoints else None


@dataclass(frozen=True)
class ReverseStep:
    """One line of the reverse sweep: the cotangent of `label` after a contribution."""

    label: str
    value: Any

    def __str__(self) -> str:
        return f"{self.label[0]}{BAR}{self.label[1:]} = {number(self.value)}"


@dataclass(frozen=True)
class Trace:
    """What `trace` returns: the table as data; printing shows it.

    `inputs`, `rows` and `outputs` are the lines of the table, `directions` names the tangent columns, `reverse`
    lists the reverse sweep in its order.
    """

    name: str
    parameters: tuple[str, ...]
    value: Any
    directions: tuple[str, ...]
    inputs: tuple[Row, ...]
    rows: tuple[Row, ...]
    outputs: tuple[Row, ...]
    reverse: tuple[ReverseStep, ...]

    def __getitem__(self, name: str) -> Row:
        """The row with this label, `trace["v₃"]`, or this output."""
        for row in (*self.inputs, *self.rows, *self.outputs):
            if row.label == name:
                return row
        raise KeyError(name)

    def table(self, mode: str | None = None) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        """The cells of the printed table, and its heads; of one mode alone where it is given."""
        dots = [] if mode == "reverse" else [f"v{DOT} ({d})" for d in self.directions]
        bars = [] if mode == "forward" else [f"v{BAR}"]
        heads = ("variable", "operation", "value", *dots, *bars)
        lines: list[tuple[str, ...]] = []
        for row in (*self.inputs, *self.rows, *self.outputs):
            if not row.label:
                lines.append(("", row.operation, *[""] * (len(heads) - 2)))
                continue
            cells = ["" if t is None else number(t) for t in row.tangents] if dots else []
            cells += [_history(row.adjoints)] if bars else []
            lines.append((row.label, row.operation, number(row.value), *cells))
        return lines, heads

    def text(self, mode: str | None = None, limit: int | None = LONGEST) -> str:
        """What printing shows, of forward or reverse mode alone where `mode` is given.

        A longer trace is shown with its middle left out; `limit` is the number of lines, None for all of them.
        """
        head = f"{self.name}({', '.join(self.parameters)}) = {_shown(self.value)}"
        lines, heads = self.table(mode)
        if limit is not None and len(lines) > limit:
            behind = max(limit // 4, 1)
            gap = len(lines) - limit
            note = f"… {gap} lines, all with trace.text(limit=None)"
            between = ("", note, *[""] * (len(heads) - 2))
            lines = [*lines[: limit - behind], between, *lines[-behind:]]
        return f"{head}\n\n{text_table(lines, heads)}"

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return html_table(*self.table())

    __repr__ = __str__


def _history(adjoints: tuple[Any, ...]) -> str:
    """``1 → 7``; of many contributions the first and the last."""
    found = [number(adjoint) for adjoint in adjoints]
    if len(found) > 6:
        found = [*found[:3], "…", *found[-2:]]
    return " → ".join(found)


def _shown(value: Any) -> str:
    found = [number(leaf) for leaf in leaves(from_value(value))]
    return found[0] if len(found) == 1 else f"({', '.join(found)})"


def trace(
    f: Any, *args: Any, argnums: ArgNums = None, direction: Sequence[Any] | None = None
) -> Trace:
    """The evaluation trace of `f` at `args`, with forward tangents and reverse adjoints.

    Inputs are …, v₋₁, v₀, what the function computes is v₁, v₂, …  A straight-line trace is listed by depth from the
    inputs, one with branches as it ran.  There is a tangent column for each differentiated number (all ones for an
    array), or a single one for a `direction`, given as one tangent for each differentiated argument.  The adjoint
    column shows every partial sum; the seed is 1 for each number of the result.

    >>> table = trace(lambda x: x * x + x, 3.0)
    >>> table.value, table["v₂"].operation, table["v₀"].adjoints
    (12.0, 'v₁ + v₀', (1.0, 7.0))
    >>> print(*table.reverse, sep=", ")
    v̄₂ = 1, v̄₁ = 1, v̄₀ = 1, v̄₀ = 7
    """
    return trace_subject(subject_of(f, args, argnums), direction)


def trace_subject(subject: Subject, direction: Sequence[Any] | None = None) -> Trace:
    run = execute(point_of(subject))
    if raises_as_written(run):
        subject.primal(*subject.args)  # raises what the user would see, at his own line
    _refuse_complex(run, subject)
    names = _Labels(run)
    titles, directions = _directions(run, subject, direction)
    tangents = forward(run, directions)
    results = leaves(run.result)
    seeds = [
        _ones(run.values[r]) if isinstance(r, Variable) and varies(r) else None for r in results
    ]
    history = backward(run, seeds)
    sums: dict[Variable, list[Any]] = {}
    for variable, value in history:
        sums.setdefault(variable, []).append(value)

    def row(atom: Variable, text: str, line: int = 0) -> Row:
        columns = tuple(_tangent(found, atom, run.values[atom]) for found in tangents)
        return Row(names(atom), text, run.values[atom], columns, tuple(sums.get(atom, ())), line)

    rows = [
        _decided(event, names)
        if isinstance(event, Decision)
        else row(event.call.target, operation(event.call, names), event.call.origin.line)
        for event in run.events
    ]
    outputs = [
        Row(
            title,
            names(atom),
            read(atom, run.values),
            tuple(_tangent(found, atom, read(atom, run.values)) for found in tangents),
            () if seed is None else (seed,),
        )
        for (title, atom), seed in zip(_outputs(run.result, subject.name), seeds, strict=True)
    ]
    reverse = tuple(ReverseStep(names(variable), value) for variable, value in history)
    inputs = tuple(row(x, x.name or "") for x in run.inputs)
    value = _value(run)
    parameters = tuple(
        shown(subject.primal, own_signature(subject.primal, subject.names)).parameters
    )
    return Trace(
        subject.name, parameters, value, titles, inputs, tuple(rows), tuple(outputs), reverse
    )


def _refuse_complex(run: Run, subject: Subject) -> None:
    atoms = [x for x, want in zip(run.inputs, run.wanted, strict=True) if want]
    if any(is_complex(atom.type) for atom in (*atoms, *leaves(run.result))):
        raise ResultError(
            f"`{subject.name}` has complex arguments or results here.",
            why="a trace table shows real numbers.",
            write="real and imaginary part on their own",
        )


class _Labels:
    """v₁₋ₙ … v₀ for the inputs, v₁ … for what is computed; what is read from outside keeps its name."""

    def __init__(self, run: Run) -> None:
        first = 1 - len(run.inputs)
        every = [*run.inputs, *(call.target for call in run.calls)]
        self._labels = {variable: label(first + k) for k, variable in enumerate(every)}

    def __call__(self, atom: Atom) -> str:
        if isinstance(atom, Constant):
            return constant(atom)
        assert isinstance(atom, Variable)
        return self._labels.get(atom) or atom.name or "?"


def _decided(decision: Decision, names: _Labels) -> Row:
    where = f"line {decision.origin.line}: " if decision.origin.line else ""
    about = "" if decision.condition is None else f"{names(decision.condition)} is "
    return Row("", f"{where}{about}{decision.text}", line=decision.origin.line)


def _directions(
    run: Run, subject: Subject, given: Sequence[Any] | None
) -> tuple[tuple[str, ...], list[list[Any]]]:
    if given is not None:
        return ("direction",), [_one_direction(run, subject, given)]
    titles: list[str] = []
    directions: list[list[Any]] = []
    for k, (x, want) in enumerate(zip(run.inputs, run.wanted, strict=True)):
        if want:
            titles.append(f"∂{x.name}")
            seed = _ones(run.values[x])
            directions.append([seed if j == k else None for j in range(len(run.inputs))])
    return tuple(titles), directions


def _one_direction(run: Run, subject: Subject, given: Sequence[Any]) -> list[Any]:
    """The tangents of the arguments, leaf by leaf."""
    problem = ArgumentError(
        "the direction does not fit the arguments.",
        why=f"it holds one tangent for each of {', '.join(subject.names)}, with the same containers and shapes.",
        write="ad.trace(f, x, y, direction=(x_dot, y_dot))",
    )
    if not isinstance(given, (tuple, list)) or len(given) != len(subject.names):
        raise problem
    found = [leaf for tangent in given for leaf in leaves(from_value(tangent))]
    wanted = [x for x, want in zip(run.inputs, run.wanted, strict=True) if want]
    numbers = [leaf for leaf in found if isinstance(leaf, (int, float, np.ndarray, np.generic))]
    if len(numbers) != len(wanted):
        raise problem
    seeds = dict(zip(wanted, numbers, strict=True))
    for x, seed in seeds.items():
        if np.shape(seed) != np.shape(run.values[x]):
            raise problem
        like = run.values[x]
        seeds[x] = (
            np.asarray(seed, dtype=like.dtype) if isinstance(like, np.ndarray) else float(seed)
        )
    return [seeds.get(x) for x in run.inputs]


def _ones(value: Any) -> Any:
    return np.ones_like(value) if isinstance(value, np.ndarray) else 1.0


def _tangent(found: dict[Variable, Any], atom: Atom, value: Any) -> Any:
    """A structural zero is shown as zero; what cannot vary has no tangent at all."""
    if isinstance(atom, Variable) and atom in found:
        return found[atom]
    if not varies(atom):
        return None
    return np.zeros_like(value) if isinstance(value, np.ndarray) else 0.0


def _outputs(result: Structure, name: str) -> list[tuple[str, Atom]]:
    steps = ["".join(accessors(path, result)) for path in paths(result)]
    return [(f"{name}{step}", atom) for step, atom in zip(steps, leaves(result), strict=True)]


def _value(run: Run) -> Any:
    return to_value(refill(run.result, [read(atom, run.values) for atom in leaves(run.result)]))
