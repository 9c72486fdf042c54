"""Forward and reverse mode side by side: the programs, the derivatives, what each costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.inspection.programs import MOST_SWEEPS, Programs, Times
from adcompiler.inspection.report import html_code, html_table, number, text_table
from adcompiler.inspection.subject import ArgNums, subject_of
from adcompiler.inspection.table import Trace, trace_subject
from adcompiler.ir.nodes import Call, Function
from adcompiler.ir.walk import all_statements


@dataclass(frozen=True)
class InputDerivative:
    """The derivative with respect to one input, by each mode: the shape of the result, then of the input."""

    name: str
    forward: Any
    reverse: Any

    @property
    def difference(self) -> float:
        """The largest difference of an entry; nan where one mode gives nan and the other does not."""
        a, b = np.asarray(self.forward), np.asarray(self.reverse)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(all="ignore"):
            return float(np.max(np.where(same, 0.0, np.abs(a - b)), initial=0.0))


@dataclass(frozen=True)
class Comparison:
    """What `compare` returns; printing shows everything.

    `inputs` and `outputs` count numbers: forward mode needs a sweep for each of `inputs`, reverse mode one for each
    of `outputs`.  `operations` counts the primitives in one sweep of each generated program.
    """

    name: str
    value: Any
    tangent_source: str
    adjoint_source: str
    trace: Trace
    derivatives: tuple[InputDerivative, ...]
    inputs: int
    outputs: int
    operations: Mapping[str, Mapping[str, int]]
    times: Times | None = None

    @property
    def difference(self) -> float:
        """The largest difference between the two modes."""
        return max((d.difference for d in self.derivatives), default=0.0)

    def derivative_table(self) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        lines: list[tuple[str, ...]] = [
            (d.name, _exact(d.forward), _exact(d.reverse), number(d.difference))
            for d in self.derivatives
        ]
        return lines, ("input", "forward", "reverse", "difference")

    def cost_table(self) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        lines: list[tuple[str, ...]] = [("sweeps needed", str(self.inputs), str(self.outputs))]
        totals = [sum(self.operations[mode].values()) for mode in ("forward", "reverse")]
        lines.append(("operations in a sweep", *map(str, totals)))
        every = dict.fromkeys(
            name for mode in ("forward", "reverse") for name in self.operations[mode]
        )
        for name in every:
            counts = [str(self.operations[mode].get(name, 0)) for mode in ("forward", "reverse")]
            lines.append((f"  {name}", *counts))
        if self.times is not None:
            t = self.times
            lines.append(("time of all sweeps", _seconds(t.forward), _seconds(t.reverse)))
            if t.primal:
                factors = [f"{number(x / t.primal)} times" for x in (t.forward, t.reverse)]
                lines.append((f"the function: {_seconds(t.primal)}", *factors))
        return lines, ("", "forward", "reverse")

    def _sections(self) -> list[tuple[str, Any]]:
        derivatives, heads = self.derivative_table()
        many = max(self.inputs, self.outputs) > MOST_SWEEPS
        title = f"Derivatives (the first {MOST_SWEEPS} sweeps)" if many else "Derivatives"
        return [
            (f"Forward mode: {_sweeps(self.inputs, 'input')}", self.tangent_source),
            (f"Reverse mode: {_sweeps(self.outputs, 'output')}", self.adjoint_source),
            ("Evaluation trace", self.trace),
            (title, (derivatives, heads, 1)),
            ("Cost", (*self.cost_table(), 1)),
        ]

    def text(self, code: Callable[[str], str] = str) -> str:
        """What printing shows; `code` may colour the programs."""
        parts = []
        for title, content in self._sections():
            if isinstance(content, str):
                body = code(content.strip("\n"))
            else:
                body = text_table(*content) if isinstance(content, tuple) else str(content)
            parts.append(f"{title}\n{'-' * len(title)}\n{body}")
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        parts = []
        for title, content in self._sections():
            if isinstance(content, Trace):
                body = content._repr_html_()
            else:
                body = html_table(*content) if isinstance(content, tuple) else html_code(content)
            parts.append(f"<h4>{title}</h4>{body}")
        return "".join(parts)

    __repr__ = __str__


def compare(f: Any, *args: Any, argnums: ArgNums = None, timing: bool = False) -> Comparison:
    """Differentiate `f` at `args` by forward and by reverse mode and put both side by side.

    Both generated programs, the evaluation trace, the derivative of every input by each mode and their difference,
    how many sweeps each needs and what is computed in one.  `timing` measures them too.

    >>> comparison = compare(lambda x, y: x * y, 2.0, 5.0)
    >>> comparison.inputs, comparison.outputs, comparison.difference
    (2, 1, 0.0)
    >>> [(d.name, d.forward, d.reverse) for d in comparison.derivatives]
    [('x', 5.0, 5.0), ('y', 2.0, 2.0)]
    """
    subject = subject_of(f, args, argnums)
    table = trace_subject(subject)
    programs = Programs(subject)
    derivatives = tuple(
        InputDerivative(name, programs.shaped(a, k), programs.shaped(b, k))
        for k, (name, a, b) in enumerate(
            zip(programs.names, programs.forward(), programs.reverse(), strict=True)
        )
    )
    counts = map(operation_counts, programs.functions)
    return Comparison(
        subject.name,
        programs.value,
        *programs.sources,
        table,
        derivatives,
        programs.inputs,
        programs.outputs,
        dict(zip(("forward", "reverse"), counts, strict=True)),
        programs.times() if timing else None,
    )


def operation_counts(function: Function) -> dict[str, int]:
    """How often each primitive stands in a trace, the frequent ones first."""
    names = Counter(s.primitive.name for s in all_statements(function.body) if isinstance(s, Call))
    return dict(sorted(names.items(), key=lambda item: (-item[1], item[0])))


def _exact(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else number(value)


def _sweeps(count: int, noun: str) -> str:
    return (
        f"one sweep for the one {noun}" if count == 1 else f"one sweep for each of {count} {noun}s"
    )


def _seconds(t: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if t * factor >= 1.0 or unit == "µs":
            return f"{t * factor:.3g} {unit}"
    return ""
