"""Rows whose derivative is that of their definition.

NumPy computes ``np.nanmean(x)`` in one call, and the generated program keeps that call.  What its derivative
is follows from a definition in other primitives: both modes write the definition down next to the call and
differentiate its statements one by one.  What the derivative does not need of it is dead and disappears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adcompiler.ir.builder import Builder, current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import (
    Batch,
    Infer,
    Primitive,
    Pullback,
    Spelling,
    Statics,
    register,
)
from adcompiler.ir.types import Type, is_inexact
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives.accumulation import fit_cotangent, fit_tangent
from adcompiler.primitives.kinds import add

Definition = Callable[..., Any]


def derived(
    name: str,
    function: Callable[..., Any],
    *,
    definition: Definition,
    spelling: Spelling,
    samples: Sequence[Any],
    infer: Infer | None = None,
    linear: bool = False,
    pullback: Pullback | None = None,
    batch: Batch | None = None,
    shape_only: tuple[int, ...] = (),
    defaults: Statics | None = None,
    description: str = "",
) -> Primitive:
    """A row that is differentiated as ``definition(*operands, **statics)``.

    The definition builds statements like a rule does.  `infer` is left out where the definition has
    exactly the type of the function.  A row that is `linear` in operand 0, where only that moves, has itself
    of its tangent as its tangent.  A `pullback` of its own replaces the derived
    one where that would be longer.
    """

    def infer_type(args: Sequence[Atom], statics: Statics) -> Type:
        with Builder().active():
            return as_atom(definition(*args, **statics)).type

    def pushforward(call: Call, tangents: Sequence[Atom | None]) -> Atom | None:
        if linear and [k for k, tangent in enumerate(tangents) if tangent is not None] == [0]:
            found = current().apply(call.primitive, tangents[0], *call.args[1:], **call.statics)
            return fit_tangent(call.target, found)
        known = _by_variable(call.args, tangents)
        calls, result = written_out(definition, call)
        push_through(calls, known)
        tangent = known.get(result) if isinstance(result, Variable) else None
        return None if tangent is None else fit_tangent(call.target, tangent)

    def pull_back(call: Call, y_bar: Atom, wanted: Sequence[bool]) -> list[Atom | None]:
        sources = {
            a for a, want in zip(call.args, wanted, strict=True) if want and isinstance(a, Variable)
        }
        calls, result = written_out(definition, call)
        # the definition may compute in a wider dtype than the function
        bars = pull_through(calls, {result: fit_cotangent(result, y_bar)}, sources)
        found: list[Atom | None] = []
        for arg, want in zip(call.args, wanted, strict=True):
            # an operand that stands twice gets the whole of its cotangent once
            bar = bars.pop(arg, None) if want else None
            found.append(None if bar is None else fit_cotangent(arg, bar))
        return found

    return register(
        Primitive(
            name,
            function,
            infer or infer_type,
            spelling,
            "differentiable",
            pushforward,
            pullback or pull_back,
            batch=batch,
            shape_only=shape_only,
            defaults=defaults or {},
            samples=tuple(samples),
            kind="derived",
            description=description,
        )
    )


def written_out(definition: Definition, call: Call) -> tuple[list[Call], Atom]:
    """The statements of the definition, appended for the operands of `call`, and its result."""
    builder = current()
    first = len(builder.statements)
    result = as_atom(definition(*call.args, **call.statics))
    return [s for s in builder.statements[first:] if isinstance(s, Call)], result


def _by_variable(args: Sequence[Atom], tangents: Sequence[Atom | None]) -> dict[Atom, Atom]:
    return {a: t for a, t in zip(args, tangents, strict=True) if t is not None}


def push_through(calls: Sequence[Call], tangents: dict[Atom, Atom]) -> None:
    """Add the tangents of what `calls` compute to those that are known."""
    for call in calls:
        row = call.primitive
        given = [None if k in row.shape_only else tangents.get(a) for k, a in enumerate(call.args)]
        if row.pushforward is None or not is_inexact(call.target.type):
            continue  # inert: the definition contains nothing that is opaque
        if any(tangent is not None for tangent in given):
            found = row.pushforward(call, given)
            if found is not None:
                tangents[call.target] = found


def pull_through(
    calls: Sequence[Call], bars: dict[Atom, Atom], sources: set[Variable]
) -> dict[Atom, Atom]:
    """The cotangents of `sources`, from those of what `calls` compute."""
    varied: set[Atom] = set(sources)
    for call in calls:
        row = call.primitive
        carrying = (a for k, a in enumerate(call.args) if k not in row.shape_only)
        smooth = row.pullback is not None and is_inexact(call.target.type)
        if smooth and any(a in varied for a in carrying):
            varied.add(call.target)
    for call in reversed(calls):
        row, y_bar = call.primitive, bars.get(call.target)
        if y_bar is None or call.target not in varied or row.pullback is None:
            continue
        wanted = [a in varied and k not in row.shape_only for k, a in enumerate(call.args)]
        for arg, part in zip(call.args, row.pullback(call, y_bar, wanted), strict=True):
            if part is not None and arg in varied:
                total = add(bars.get(arg), part)
                assert total is not None
                bars[arg] = total
    return {a: bar for a, bar in bars.items() if a in sources}
