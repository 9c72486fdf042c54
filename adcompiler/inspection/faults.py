"""Which statement's derivative is wrong: the rules of a run, one statement after the other.

The tangent of every variable is compared with differences of that variable, and every pullback with the pushforward
of the same statement.

>>> import adcompiler as ad
>>> from adcompiler.inspection.subject import subject_of
>>> def f(x):
...     y = x * x
...     z = ad.stop_gradient(y) * x
...     return z + y
>>> fault = first_fault(subject_of(f, (3.0,), None))
>>> fault.origin.text, round(fault.expected, 6), fault.found
('z = ad.stop_gradient(y) * x', 6.0, 0.0)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adcompiler.errors import ADError
from adcompiler.inspection.differences import moved, numbers, random_direction, rounding_unit
from adcompiler.inspection.execution import Run, Step, execute
from adcompiler.inspection.subject import Point, Subject, point_of
from adcompiler.inspection.sweeps import backward, forward, varies
from adcompiler.ir.nodes import Call
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import registry
from adcompiler.ir.values import Variable

#: pullbacks of so many different statements are looked at
MANY = 300


@dataclass(frozen=True)
class Fault:
    """The statement, the derivative of what it computes, and what was found instead."""

    origin: Origin
    primitive: str
    sweep: str
    expected: Any
    found: Any


def first_fault(subject: Subject, seed: int = 0) -> Fault | None:
    """The first statement of the run whose derivative is wrong; None where none can be told."""
    random = np.random.default_rng(seed)
    point = point_of(subject)
    run = execute(point)
    direction = [
        _scaled(random_direction(value, random)) if want else None
        for value, want in zip(point.inputs, point.wanted, strict=True)
    ]
    tangents = forward(run, [direction])[0]
    return _wrong_tangent(point, run, direction, tangents) or _wrong_pullback(run, tangents, random)


def _scaled(direction: Any) -> Any:
    return 1.0 if isinstance(direction, float) else direction


def _wrong_tangent(
    point: Point, run: Run, direction: Sequence[Any], tangents: dict[Variable, Any]
) -> Fault | None:
    step = rounding_unit(*point.inputs) ** 0.25
    around = [_shifted(point, direction, s) for s in (step, -step, step / 2, -step / 2)]
    names = [call.primitive.name for call in run.calls]
    if any([c.primitive.name for c in other.calls] != names for other in around):
        return None  # another way through the branches
    sides = [[other.values[c.target] for c in other.calls] for other in around]
    held = _held(run.calls)
    for call, *values in zip(run.calls, *sides, strict=True):
        if not varies(call.target) or call.target in held:
            continue
        here = numbers(run.values[call.target])
        a, b, c, d = map(numbers, values)
        coarse, fine = (a - b) / (2 * step), (c - d) / step
        slope = fine + (fine - coarse) / 3.0
        found = tangents.get(call.target)
        dot = np.zeros_like(slope) if found is None else numbers(_like(found, here))
        rounding = rounding_unit(run.values[call.target]) * np.abs(here) / step
        allowed = 1e-5 * (np.abs(slope) + np.abs(dot)) + np.abs(fine - coarse) + 20.0 * rounding
        bad = ~(np.abs(slope - dot) <= allowed + 1e-9)
        if np.all(np.isfinite(slope)) and bad.any():
            k = int(np.argmax(bad))
            return _fault(call, "tangent", float(slope[k]), float(dot[k]))
    return None


def _held(calls: Sequence[Call]) -> set[Variable]:
    """What is computed inside functions with a rule of the user's: its derivative is asked of the rule."""
    rows = registry()
    found: set[Variable] = set()
    for call in calls:
        inside = any(a in found for a in call.args)
        row = call.primitive
        plain = rows.get(row.name) is row or row.verdict != "differentiable"
        if row.name == "held" or (inside and plain):
            found.add(call.target)
    return found


def _like(value: Any, like: Any) -> Any:
    return np.broadcast_to(np.asarray(value, dtype=complex if np.iscomplexobj(value) else float),
                           np.shape(value) or like.shape) + 0.0  # fmt: skip


def _shifted(point: Point, direction: Sequence[Any], step: float) -> Run:
    inputs = [
        x if dot is None else moved(x, dot, step)
        for x, dot in zip(point.inputs, direction, strict=True)
    ]
    return execute(replace(point, inputs=tuple(inputs)))


def _wrong_pullback(
    run: Run, tangents: dict[Variable, Any], random: np.random.Generator
) -> Fault | None:
    """⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩ of each statement alone."""
    varied = set(tangents)
    seen: set[Any] = set()
    for call in run.calls:
        key = call.origin, call.primitive.name
        if call.target not in varied or key in seen or len(seen) > MANY:
            continue
        seen.add(key)
        inputs = list(dict.fromkeys(a for a in call.args if isinstance(a, Variable)))
        wanted = tuple(a in varied and varies(a) for a in inputs)
        alone = Run(
            inputs, wanted, [], [Step(call, run.values[call.target])], call.target, run.values
        )
        dots = [
            random_direction(run.values[a], random) if want else None
            for a, want in zip(inputs, wanted, strict=True)
        ]
        bar = random_direction(run.values[call.target], random)
        try:
            dot = forward(alone, [dots])[0].get(call.target)
            bars = dict(backward(alone, [bar]))
        except ADError:
            continue
        expected = 0.0 if dot is None else float(np.real(np.sum(np.asarray(bar) * dot)))
        terms = [
            np.real(np.asarray(bars[a]) * d)
            for a, d in zip(inputs, dots, strict=True)
            if d is not None and a in bars
        ]
        found = float(sum(np.sum(t) for t in terms))
        scale = abs(expected) + sum(float(np.sum(np.abs(t))) for t in terms)
        if not abs(expected - found) <= rounding_unit(bar) ** 0.5 * scale:
            return _fault(call, "pullback", expected, found)
    return None


def _fault(call: Call, sweep: str, expected: float, found: float) -> Fault:
    return Fault(call.origin, call.primitive.name, sweep, expected, found)


def located(source: str, origin: Origin) -> list[tuple[int, str]]:
    """Lines of a generated program that belong to a statement of the user's, with their numbers.

    In a reverse sweep they stand below the statement as a comment; a tangent has the name of what is assigned.
    """
    lines = list(enumerate(source.splitlines(), start=1))
    found: list[tuple[int, str]] = []
    margin: int | None = None
    for number, line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if text.startswith("#"):
            margin = indent if text.lstrip("# ") == origin.text else None
        elif margin is not None and (indent < margin or not text or text.startswith("return")):
            margin = None
        elif margin is not None:
            found.append((number, line))
    derivatives = [(n, line) for n, line in found if "_bar" in line or "_dot" in line]
    if found:
        return derivatives or found
    stem = _assigned(origin.text)
    named = [(n, line) for n, line in lines if stem and _assigned(line).startswith(f"{stem}_dot")]
    if named:
        return named
    # its tangent was folded into those that follow
    first = next((n for n, line in lines if stem and _assigned(line) == stem), 0)
    later = [(n, line) for n, line in lines if n > first and "_dot" in line and _assigned(line)]
    return later if stem else later[-1:]


def _assigned(line: str) -> str:
    """The name that a line assigns to, or nothing."""
    match = re.match(r"\s*(\w+)\s*(?:[-+*/@]|//|\*\*)?=(?!=)", line)
    return match[1] if match else ""
