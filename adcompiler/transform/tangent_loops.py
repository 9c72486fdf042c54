"""The tangent of a loop carries the tangents of what the loop carries."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Marks
from dataclasses import replace

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import TANGENT, Block, For, While
from adcompiler.ir.types import List, Sequence, is_inexact
from adcompiler.ir.values import Atom, Variable
from adcompiler.ir.walk import Copier
from adcompiler.transform.variables import held, name_after, type_of_derivative, zero_like

Tangents = dict[Variable, Atom]
PushBlock = Callable[[Block, Copier, list[Tangents]], None]


def push_loop(
    builder: Builder,
    loop: For | While,
    copier: Copier,
    tangents: list[Tangents],
    push_block: PushBlock,
    marks: Marks[str] = (),
) -> None:
    """Append the loop with its tangents; `marks` tells what they are, where they are not all first derivatives.

    Which carried values have a tangent is found to a fixpoint: an iteration may activate the next one.
    """
    bounds = tuple(map(copier.atom, loop.bounds)) if isinstance(loop, For) else ()
    marks = marks or ["dot"] * len(tangents)
    initials = [copier.atom(a) for _, a in loop.carried]
    sequences = [copier.atom(a) for _, a in loop.consumed]
    active = [
        {k for k, a in enumerate(initials) if _tangent(found, a) is not None} for found in tangents
    ]
    while True:
        made = _Attempt(builder, loop, copier, tangents, push_block, sequences, active, marks)
        grown = [
            now
            | {
                k
                for k, dot in enumerate(dots)
                if dot is not None and is_inexact(loop.carried[k][0].type)
            }
            for now, dots in zip(active, made.result_dots, strict=True)
        ]
        if grown == active:
            break
        active = grown
    made.finish(builder, loop, copier, tangents, bounds, initials, marks)


class _Attempt:
    """One lowering of the body with these carried values active."""

    def __init__(
        self,
        builder: Builder,
        loop: For | While,
        copier: Copier,
        tangents: list[Tangents],
        push_block: PushBlock,
        sequences: list[Atom],
        active: list[set[int]],
        marks: Marks[str],
    ) -> None:
        local = Copier(dict(copier.mapping), copier.role)
        self.copier = local
        self.index = local.fresh(loop.index) if isinstance(loop, For) else None
        self.carried = [local.fresh(v) for v, _ in loop.carried]
        self.consumed = [
            (local.fresh(v), a) for (v, _), a in zip(loop.consumed, sequences, strict=True)
        ]
        self.dots: list[dict[int, Variable]] = []
        self.consumed_dots: list[tuple[Variable, Atom]] = []
        inside: list[Tangents] = []
        for found, chosen, mark in zip(tangents, active, marks, strict=True):
            here = dict(found)
            dots = {
                k: Variable(None, type_of_derivative(v.type), v, mark)
                for k, v in enumerate(self.carried)
                if k in chosen
            }
            here.update((self.carried[k], dot) for k, dot in dots.items())
            for variable, sequence in self.consumed:
                sequence_dot = _tangent(found, sequence)
                if sequence_dot is not None:
                    dot = Variable(None, type_of_derivative(variable.type), variable, mark)
                    here[variable] = dot
                    self.consumed_dots.append((dot, sequence_dot))
            self.dots.append(dots)
            inside.append(here)
        self.test: Block | None = None
        if isinstance(loop, While):
            with builder.nested() as test:
                copied = [local.statement(s) for s in loop.test.statements]
                test.statements.extend(copied)
                self.test = test.block(local.atoms(loop.test.results))
        with builder.nested() as inner:
            push_block(loop.body, local, inside)
        self.inner = inner
        self.results = local.atoms(loop.body.results)
        self.collected = local.atoms(loop.collected)
        self.leave = None if loop.leave is None else local.atom(loop.leave)
        self.result_dots = [[_tangent(here, a) for a in self.results] for here in inside]
        self.collected_dots = [[_tangent(here, a) for a in self.collected] for here in inside]

    def finish(
        self,
        builder: Builder,
        loop: For | While,
        copier: Copier,
        tangents: list[Tangents],
        bounds: tuple[Atom, ...],
        initials: list[Atom],
        marks: Marks[str],
    ) -> None:
        pairs = list(zip(self.carried, initials, strict=True))
        results = list(self.results)
        number = len(loop.carried)
        targets = [copier.fresh(t) for t in loop.targets]
        carried_targets, sequence_targets = targets[:number], targets[number:]
        collected = list(self.collected)
        for found, dots, result_dots, collected_dots, mark in zip(
            tangents, self.dots, self.result_dots, self.collected_dots, marks, strict=True
        ):
            for k, dot in dots.items():
                initial = _tangent(found, initials[k])
                if initial is None:
                    before, builder.role = builder.role, TANGENT
                    initial = zero_like(initials[k], dot.type)
                    if isinstance(dot.type, List):
                        initial = name_after(initial, initials[k], mark)
                    builder.role = before
                pairs.append((dot, held(initial, dot.type)))
                with self.inner.active():
                    following = result_dots[k]
                    zero = zero_like(self.results[k], dot.type) if following is None else following
                    results.append(held(zero, dot.type))
                target = Variable(None, type_of_derivative(targets[k].type), targets[k], mark)
                carried_targets.append(target)
                found[targets[k]] = target
            for k, element_dot in enumerate(collected_dots):
                if element_dot is not None:
                    with self.inner.active():
                        element_dot = held(element_dot)
                    collected.append(element_dot)
                    sequence = Variable(None, Sequence(element_dot.type))
                    sequence_targets.append(sequence)
                    found[targets[number + k]] = sequence
        body = self.inner.block(tuple(results))
        changed = replace(
            loop,
            targets=(*carried_targets, *sequence_targets),
            carried=tuple(pairs),
            consumed=(*self.consumed, *self.consumed_dots),
            body=body,
            collected=tuple(collected),
            leave=self.leave,
            role=builder.role,
        )
        if isinstance(changed, For):
            assert self.index is not None
            start, stop, step = bounds
            changed = replace(changed, index=self.index, bounds=(start, stop, step))
        else:
            assert self.test is not None
            changed = replace(changed, test=self.test)
        builder.add(changed)


def _tangent(tangents: Tangents, atom: Atom) -> Atom | None:
    return tangents.get(atom) if isinstance(atom, Variable) else None
