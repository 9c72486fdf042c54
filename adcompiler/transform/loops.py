"""Loops forwards and backwards.

The tangent of a loop carries the tangents of what the loop carries.  The reverse of a loop over a range is a loop
over the same range backwards (Griewank & Walther 2008, section 4.2): it carries the cotangents of the carried values,
and those of the variables that every iteration reads.  What the loop carried into each iteration is recorded; the
rest of the iteration is computed again from it.  A loop that may end early counts its iterations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import REVERSE, Block, For, Statement, While
from adcompiler.ir.types import INT, is_inexact
from adcompiler.ir.types import Sequence as SequenceType
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.ir.walk import free_variables
from adcompiler.transform.cotangents import Cotangents
from adcompiler.transform.effects import Replay, given_by_loop
from adcompiler.transform.variables import name_after, zero_like

Loop = For | While
ReverseBlock = Callable[[Builder, Sequence[Statement], Cotangents, set[Variable]], None]
Spread = Callable[[Sequence[Statement], set[Variable]], None]


@dataclass(frozen=True)
class Recorded:
    """A loop of the forward sweep with its record: a sequence for each carried variable, and its length."""

    loop: Loop
    states: tuple[Variable, ...]
    count: Variable | None


def record(builder: Builder, loop: Loop) -> Recorded:
    """Let the loop, which stands in `builder`, collect what it carries into each iteration."""
    states = tuple(Variable(None, SequenceType(v.type)) for v, _ in loop.carried)
    targets = (*loop.targets, *states)
    changed = replace(
        loop, targets=targets, collected=(*loop.collected, *(v for v, _ in loop.carried))
    )
    count: Variable | None = None
    if isinstance(changed, While) or changed.leave is not None:
        changed, count = _counting(changed)
    builder.statements[builder.statements.index(loop)] = changed
    return Recorded(changed, states, count)


def _counting(loop: Loop) -> tuple[Loop, Variable]:
    """The loop with one more carried value: how many iterations it has begun."""
    inner, total = Variable("count", INT), Variable("count", INT)
    with Builder(loop.origin, loop.role).active() as builder:
        following = inner + 1
    body = Block((*builder.statements, *loop.body.statements), (*loop.body.results, following))
    number = len(loop.carried)
    return replace(
        loop,
        carried=(*loop.carried, (inner, Constant.of(0))),
        body=body,
        targets=(*loop.targets[:number], total, *loop.targets[number:]),
    ), total


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
    builder: Builder,
    loop: Loop,
    cotangents: Cotangents,
    varied: set[Variable],
    spread: Spread,
    reverse: ReverseBlock,
) -> None:
    """Append the reverse of `loop`, and give its operands their cotangents."""
    number = len(loop.carried)
    bars = [cotangents.take(target) for target in loop.targets]
    if all(bar is None for bar in bars):
        return
    recorded = _recorded(builder, loop)
    active = [k for k, (v, _) in enumerate(loop.carried) if v in varied]
    body_reads = Block(loop.body.statements, (*loop.body.results, *loop.collected))
    inside = {v for v, _ in (*loop.carried, *loop.consumed)} | (
        {loop.index} if isinstance(loop, For) else set()
    )
    free = [v for v in free_variables(body_reads) if v in varied and v not in inside]
    with builder.nested() as inner:
        mirror = _Mirror(loop, recorded)
        carried_bars = {
            k: Variable(None, loop.carried[k][0].type, mirror.states[k], "bar") for k in active
        }
        sums = {v: Variable(None, v.type, v, "bar") for v in free}
        statements = mirror.copy(inner)
        collected_bars = {
            k: Variable(None, atom.type, None, "")
            for k, atom in enumerate(loop.collected)
            if bars[number + k] is not None
        }
        local = Cotangents()
        known = set(varied) | {mirror.states[k] for k in active}
        known |= {mirror.copier.mapping[v] for v, _ in loop.consumed if v in varied}  # type: ignore[misc]
        spread(statements, known)
        for variable, accumulated in sums.items():
            local.set(variable, accumulated)
        for k in active:
            _add(local, mirror.copier.atom(loop.body.results[k]), carried_bars[k], known)
        for k, bar in collected_bars.items():
            _add(local, mirror.copier.atom(loop.collected[k]), bar, known)
        old = _take_on(mirror, loop, cotangents, local, varied)
        reverse(inner, statements, local, known)
        results = [_handed_back(local, mirror, loop, k) for k in active]
        results += [_or_zero(local.get(v), v) for v in free]
        elements = [a for a in _consumed_by(mirror, loop) if a in varied]
        element_bars = [_summed(local, _consumed_by(mirror, loop)[a]) for a in elements]
    carried = [(carried_bars[k], _or_zero(bars[k], loop.targets[k])) for k in active] + [
        (sums[v], _or_zero(cotangents.get(v), v)) for v in free
    ]
    targets = [Variable(None, v.type, loop.carried[k][0], "bar") for k, v in carried_bars.items()]
    targets += [Variable(None, v.type, v, "bar") for v in free]
    sequences = [Variable(None, SequenceType(v.type)) for v in element_bars]
    consumed = [*mirror.consumed, *old, *((v, bars[number + k]) for k, v in collected_bars.items())]
    builder.add(
        For(
            (*targets, *sequences),
            mirror.index,
            mirror.bounds,
            tuple(carried),
            tuple((v, a) for v, a in consumed if a is not None),
            inner.block(tuple(results)),
            tuple(element_bars),
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
    for sequence, target in zip(elements, sequences, strict=True):
        cotangents.set(sequence, target)


def _handed_back(local: Cotangents, mirror: _Mirror, loop: Loop, k: int) -> Atom:
    """The cotangent of what an iteration got from the one before it."""
    state = mirror.states[k]
    found = local.get(state)
    if found is None and is_unbound(loop.carried[k][1]):
        # the first iteration got nothing; what it made is like what the others get
        made = mirror.copier.atom(loop.body.results[k])
        return name_after(zero_like(made), state, "bar")
    return _or_zero(found, state)


def _consumed_by(mirror: _Mirror, loop: Loop) -> dict[Variable, list[Variable]]:
    """The sequences that the loop consumes, each with its elements under the names of the reverse loop."""
    found: dict[Variable, list[Variable]] = {}
    for variable, sequence in loop.consumed:
        element = mirror.copier.mapping[variable]
        if isinstance(sequence, Variable) and isinstance(element, Variable):
            found.setdefault(sequence, []).append(element)
    return found


def _take_on(
    mirror: _Mirror, loop: Loop, cotangents: Cotangents, local: Cotangents, varied: set[Variable]
) -> list[tuple[Variable, Atom]]:
    """Where two loops consume a sequence, the reverse of the first goes on from the cotangents of the second."""
    taken: list[tuple[Variable, Atom]] = []
    for sequence, elements in _consumed_by(mirror, loop).items():
        bars = cotangents.get(sequence)
        if bars is not None and sequence in varied:
            taken.append((Variable(None, elements[0].type, elements[0], "bar"), bars))
            local.set(elements[0], taken[-1][0])
    return taken


def _summed(cotangents: Cotangents, elements: list[Variable]) -> Atom:
    total = _or_zero(cotangents.get(elements[0]), elements[0])
    for element in elements[1:]:
        more = cotangents.get(element)
        total = total if more is None else total + more
    return total


def _recorded(builder: Builder, loop: Loop) -> Recorded:
    """The record of a loop is made once, where it stands, however many reverse sweeps read it."""
    owner: Builder | None = builder
    while owner is not None:
        if loop in owner.records:
            found: Recorded = owner.records[loop]
            return found
        if loop in owner.statements:
            owner.records[loop] = record(owner, loop)
            return owner.records[loop]  # type: ignore[no-any-return]
        owner = owner.outer
    raise AssertionError("a loop is reversed that stands in no block at hand")


def _add(cotangents: Cotangents, atom: Atom, bar: Atom, varied: set[Variable]) -> None:
    if isinstance(atom, Variable) and atom in varied:
        cotangents.add(atom, bar)


def _or_zero(cotangent: Atom | None, primal: Atom) -> Atom:
    return name_after(zero_like(primal), primal, "bar") if cotangent is None else cotangent


class _Mirror:
    """The variables of one iteration under the names they have in the reverse loop."""

    def __init__(self, loop: Loop, recorded: Recorded) -> None:
        self.loop = loop
        self.copier = Replay(REVERSE)
        self.states = [self.copier.fresh(v) for v, _ in loop.carried]
        self.consumed: list[tuple[Variable, Atom]] = list(
            zip(self.states, recorded.states, strict=True)
        )
        self.consumed += [(self.copier.fresh(v), a) for v, a in loop.consumed]
        for k, inner in given_by_loop(loop):
            element = Variable(inner.name, inner.type)
            self.copier.known[inner] = element
            self.consumed.append((element, loop.targets[k]))
        self.index = Variable(loop.index.name if isinstance(loop, For) else "k", INT)
        zero, one = Constant.of(0), Constant.of(1)
        if recorded.count is not None:
            self.bounds: tuple[Atom, Atom, Atom] = (zero, recorded.count, one)
            self.backwards = True
        else:
            assert isinstance(loop, For)
            self.bounds, self.backwards = loop.bounds, not loop.backwards

    def copy(self, inner: Builder) -> list[Statement]:
        """The statements of the iteration, computed again from what was recorded."""
        loop = self.loop
        if isinstance(loop, For):
            self.copier.mapping[loop.index] = self._position()
        statements = self.copier.statements(loop.body.statements)
        inner.statements.extend(statements)
        return statements

    def _position(self) -> Atom:
        """The index of the iteration; a loop that counted its iterations finds it from its number."""
        loop = self.loop
        assert isinstance(loop, For)
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
