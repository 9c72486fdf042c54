"""Loops backwards.

The reverse of a loop over a range is a loop over the same range backwards (Griewank & Walther 2008, section 4.2): it
carries the cotangents of the carried values, and those of the variables that every iteration reads.  A loop that may
end early counts its iterations.  Which values of an iteration are recorded, and which are computed again, is decided by
a minimal cut (`recompute`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import REVERSE, Block, For, Statement
from adcompiler.ir.types import INT, Array, is_inexact
from adcompiler.ir.types import Sequence as SequenceType
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.ir.walk import Copier, block_parameters, free_variables
from adcompiler.transform.cotangents import Cotangents
from adcompiler.transform.perhaps_absent import PerhapsAbsent
from adcompiler.transform.recompute import Mirrors, Presence, WrittenArrays
from adcompiler.transform.recording import Loop, Record, record_of
from adcompiler.transform.variables import held, name_after, type_of_derivative, zero_like

ReverseBlock = Callable[[Builder, Sequence[Statement], Cotangents, "Facts"], None]
Spread = Callable[[Sequence[Statement], set[Variable]], None]


@dataclass(frozen=True)
class Facts:
    """What holds throughout one reverse sweep.

    `varied`: depends on what is differentiated; `absent`: has a value only where one arm of a branch ran; `mirrors`:
    the branch of the forward sweep that a branch of the reverse sweep goes back through.
    """

    varied: set[Variable]
    arrays: WrittenArrays
    absent: PerhapsAbsent
    mirrors: Mirrors = field(default_factory=dict)


def spread_loop(loop: Loop, varied: set[Variable], spread: Spread) -> None:
    """Activity around a loop: to a fixpoint, since an iteration may activate the next one."""
    size = -1
    for variable, sequence in loop.consumed:
        if sequence in varied:
            varied.add(variable)
    while len(varied) != size:
        size = len(varied)
        for (variable, initial), result in zip(loop.carried, loop.body.results, strict=True):
            if (initial in varied or result in varied) and is_inexact(variable.type):
                varied.add(variable)
        spread(loop.body.statements, varied)
    for (variable, _), target in zip(loop.carried, loop.targets, strict=False):
        if variable in varied:
            varied.add(target)
    for atom, target in zip(loop.collected, loop.targets[len(loop.carried) :], strict=True):
        if atom in varied:
            varied.add(target)


def reverse_loop(
    builder: Builder, loop: Loop, cotangents: Cotangents, facts: Facts, reverse: ReverseBlock
) -> None:
    """Append the reverse of `loop`, and give its operands their cotangents.

    The pullbacks are written in the variables of the forward iteration; what they read is then provided.
    """
    number, varied = len(loop.carried), facts.varied
    bars = [cotangents.take(target) for target in loop.targets]
    if all(bar is None for bar in bars):
        return
    record = record_of(builder, loop)
    active = [k for k, (v, _) in enumerate(loop.carried) if v in varied]
    own = set(block_parameters(loop))
    body_reads = Block(loop.body.statements, (*loop.body.results, *loop.collected))
    free = [v for v in free_variables(body_reads) if v in varied and v not in own]
    carried_bars = {k: _bar_of(loop.carried[k][0], like=loop.body.results[k]) for k in active}
    sums = {v: Variable(None, type_of_derivative(v.type), v, "bar") for v in free}
    collected_bars = {
        k: Variable(None, type_of_derivative(atom.type), None, "")
        for k, atom in enumerate(loop.collected)
        if bars[number + k] is not None
    }
    elements = _elements(loop, varied)
    local = Cotangents(dict(sums))
    with record.home.nested() as inner:
        inner.role = REVERSE
        for k in active:
            _add(local, loop.body.results[k], carried_bars[k], varied)
        for k, bar in collected_bars.items():
            _add(local, loop.collected[k], bar, varied)
        old = _take_on(elements, cotangents, local)
        reverse(inner, loop.body.statements, local, facts)
        results = [_handed_back(local, loop, k) for k in active]
        results += [_or_zero(local.get(v), v) for v in free]
        types = [*(carried_bars[k].type for k in active), *(sums[v].type for v in free)]
        results = [held(bar, type) for bar, type in zip(results, types, strict=True)]
        summed = {q: _summed(local, found) for q, found in elements.items()}
        element_bars = {q: held(bar) for q, bar in summed.items() if bar is not None}
    mirror = _Mirror(loop, record)
    block = inner.block((*results, *element_bars.values()))
    presence = Presence(record.home, record, own, facts.arrays)
    block = presence.provide(block, mirror.mapping, facts.mirrors)
    record.rebuild()
    carried = [(carried_bars[k], _or_zero(bars[k], loop.targets[k])) for k in active]
    carried += [(sums[v], _start(v, cotangents, facts)) for v in free]
    carried = [(variable, held(bar, variable.type)) for variable, bar in carried]
    targets = [_bar_of(loop.carried[k][0], like=loop.carried[k][1]) for k in active]
    targets += [Variable(None, type_of_derivative(v.type), v, "bar") for v in free]
    sequences = [Variable(None, SequenceType(v.type)) for v in block.results[len(results) :]]
    consumed = [*presence.consumed, *mirror.consumed, *old]
    consumed += [(v, bars[number + k]) for k, v in collected_bars.items()]  # type: ignore[misc]
    builder.add(
        For(
            (*targets, *sequences),
            mirror.index,
            mirror.bounds,
            tuple(carried),
            tuple(consumed),
            Block((*mirror.head, *block.statements), block.results[: len(results)]),
            block.results[len(results) :],
            None,
            mirror.backwards,
            origin=loop.origin,
            role=REVERSE,
        )
    )
    for variable, target in zip(free, targets[len(active) :], strict=True):
        cotangents.set(variable, target)
    for k, target in zip(active, targets, strict=False):
        initial = loop.carried[k][1]
        if isinstance(initial, Variable) and initial in varied:
            cotangents.add(initial, target)
    for sequence, target in zip(element_bars, sequences, strict=True):
        cotangents.set(sequence, target)


def _bar_of(variable: Variable, like: Atom) -> Variable:
    """The cotangent of what a loop carries, as long as `like`: an array may become another length in it."""
    type = variable.type
    if isinstance(type, Array) and isinstance(like.type, Array) and like.type.rank == type.rank:
        type = replace(type, shape=like.type.shape)
    return Variable(None, type_of_derivative(type), variable, "bar")


def _handed_back(local: Cotangents, loop: Loop, k: int) -> Atom:
    """The cotangent of what an iteration got from the one before it."""
    variable, initial = loop.carried[k]
    found = local.get(variable)
    if found is None and is_unbound(initial):
        # the first iteration got nothing; what it made is like what the others get
        return name_after(zero_like(loop.body.results[k]), variable, "bar")
    return _or_zero(found, variable)


def _elements(loop: Loop, varied: set[Variable]) -> dict[Variable, list[Variable]]:
    """The varied sequences that the loop consumes, each with the variables of its elements."""
    found: dict[Variable, list[Variable]] = {}
    for variable, sequence in loop.consumed:
        if isinstance(sequence, Variable) and sequence in varied:
            found.setdefault(sequence, []).append(variable)
    return found


def _take_on(
    elements: dict[Variable, list[Variable]], cotangents: Cotangents, local: Cotangents
) -> list[tuple[Variable, Atom]]:
    """Where two loops consume a sequence, the reverse of the first goes on from the cotangents of the second."""
    taken: list[tuple[Variable, Atom]] = []
    for sequence, found in elements.items():
        bars = cotangents.get(sequence)
        if bars is not None:
            bar = Variable(None, type_of_derivative(found[0].type), found[0], "bar")
            taken.append((bar, bars))
            local.set(found[0], taken[-1][0])
    return taken


def _summed(cotangents: Cotangents, elements: list[Variable]) -> Atom | None:
    """The cotangent of an element; None is a structural zero for all of them."""
    parts = [bar for bar in map(cotangents.get, elements) if bar is not None]
    if not parts:
        return None
    total = parts[0]
    for more in parts[1:]:
        total = total + more
    return total


def _add(local: Cotangents, atom: Atom, bar: Atom, varied: set[Variable]) -> None:
    if isinstance(atom, Variable) and atom in varied:
        local.add(atom, bar)


def _or_zero(cotangent: Atom | None, primal: Atom) -> Atom:
    return name_after(zero_like(primal), primal, "bar") if cotangent is None else cotangent


def _start(variable: Variable, cotangents: Cotangents, facts: Facts) -> Atom:
    """What the cotangent of a variable is before the loop backwards adds to it."""
    found = cotangents.get(variable)
    return name_after(facts.absent.zero(variable), variable, "bar") if found is None else found


class _Mirror:
    """The reverse loop's head: its index and bounds, and what the iteration has without a record."""

    def __init__(self, loop: Loop, record: Record) -> None:
        self.mapping: dict[Variable, Atom] = {}
        copier = Copier(self.mapping)
        self.consumed: list[tuple[Variable, Atom]] = [
            (copier.fresh(v), a) for v, a in loop.consumed
        ]
        self.index = Variable(loop.index.name if isinstance(loop, For) else "k", INT)
        zero, one = Constant.of(0), Constant.of(1)
        if record.count is not None:
            self.bounds: tuple[Atom, Atom, Atom] = (zero, record.count, one)
            self.backwards = True
        else:
            assert isinstance(loop, For)
            self.bounds, self.backwards = loop.bounds, not loop.backwards
        with Builder(loop.origin, REVERSE).active() as builder:
            if isinstance(loop, For):
                self.mapping[loop.index] = self._position(loop)
        self.head = tuple(builder.statements)

    def _position(self, loop: For) -> Atom:
        """The index of the iteration; a loop that counted its iterations finds it from its number."""
        if self.bounds is loop.bounds:
            return self.index
        start, _, step = loop.bounds
        if loop.backwards:
            raise TypeError("a backwards loop that may end early is not reversed")
        index: Atom = self.index
        if not (isinstance(step, Constant) and step.value == 1):
            index = index * step
        if not (isinstance(start, Constant) and start.value == 0):
            index = start + index
        return index
