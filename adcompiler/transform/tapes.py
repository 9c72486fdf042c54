"""What a called function records for its reverse.

``f_adjoint`` runs forward and backwards.  Where the call of ``f`` itself stands in the forward sweep at hand, the two
halves part: ``f_forward(x) -> (f, tape)`` takes its place, and ``f_reverse(tape, f_bar)`` is the reverse.  Inside the
halves the recursive calls part in the same way, so nothing is computed twice, however deep the recursion is.

A tape carries no derivative.  Before a program is differentiated again its tapes are forgotten (`without_tapes`): then
``f_forward`` is ``f`` again, and ``f_reverse`` is ``f_adjoint``, which are functions of numbers only.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace

from adcompiler.ir.builder import Builder
from adcompiler.ir.definitions import (
    Definition,
    called_in,
    definition_of,
    definitions_of,
    is_part,
    packed,
    parts_of,
    result,
)
from adcompiler.ir.nodes import Block, Call, Function, Parameter, Statement
from adcompiler.ir.structure import leaves, sequence
from adcompiler.ir.types import TAPE, Results
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import reads, rebuilt_blocks, substitute_function
from adcompiler.transform.split import parted
from adcompiler.transform.transpose import cleaned

FORWARD, REVERSED = "forward", "reverse"


def tape_of(
    builder: Builder, call: Call, parts: dict[int, Variable], adjoint: Definition
) -> Variable | None:
    """Let a call that stands in the forward sweep record; its tape, or None where that is not possible."""
    owner: Builder | None = builder
    while owner is not None:
        if call in owner.records:
            known, tape = owner.records[call]
            return tape if known is adjoint else None
        if call in owner.statements:
            tape = _recording(owner, call, parts, adjoint)
            owner.records[call] = adjoint, tape
            return tape
        owner = owner.outer
    return None


def _recording(
    owner: Builder, call: Call, parts: dict[int, Variable], adjoint: Definition
) -> Variable:
    made = half(adjoint, FORWARD)
    types = [parts[k].type if k in parts else t for k, t in enumerate(made.results)]
    record = Variable(None, Results(tuple(types)))
    tape = Variable("tape", TAPE)
    taken = {**parts, len(types) - 1: tape}
    for s in [s for s in owner.statements if is_part(s) and call.target in _operands(s)]:
        owner.exchange(s, ())
    owner.exchange(
        call,
        (
            replace(call, target=record, primitive=made.primitive),
            *(
                Call(target, result, (record,), {"position": k}, origin=call.origin, role=call.role)
                for k, target in sorted(taken.items())
            ),
        ),
    )
    return tape


def _operands(s: Statement) -> tuple[Atom, ...]:
    return s.args if isinstance(s, Call) else ()


def half(adjoint: Definition, which: str) -> Definition:
    """f_forward or f_reverse; its body is made when all derivatives are."""
    if which not in adjoint.derived:
        primal = adjoint.primal
        assert primal is not None
        results = (*primal.results, TAPE) if which == FORWARD else adjoint.results
        made = Definition(f"{primal.name}_{which}", results)
        made.stable, made.closed, made.half = primal.stable, True, which
        made.plain = primal if which == FORWARD else adjoint
        made.primal = adjoint
        adjoint.derived[which] = made
    return adjoint.derived[which]


# ---- without tapes ------------------------------------------------------------------------------


def without_tapes(function: Function) -> Function:
    """The function with calls that record nothing: what can be differentiated."""
    return _recording_less(function, everywhere=True)


def _recording_less(function: Function, everywhere: bool) -> Function:
    """The function with calls that record only where a reverse reads it, or nowhere."""
    if not any(d.half for d in called_in(function.body)):
        return function
    function = function if everywhere else cleaned(function)
    gone: dict[Variable, Atom] = {}

    def kept(block: Block) -> Block:
        parts = parts_of(block.statements)
        records: dict[Variable, Variable | None] = {}
        statements: list[Statement] = []
        for s in block.statements:
            callee = definition_of(s)
            if isinstance(s, Call) and callee is not None and callee.plain is not None:
                plain = callee.plain
                reading = callee.half == REVERSED
                read = reading or any(v.type == TAPE for v in parts[s.target].values())
                if read and not everywhere:
                    statements.append(s)
                    continue
                if reading:
                    statements.append(replace(s, primitive=plain.primitive, args=s.args[:-1]))
                    continue
                single = len(plain.results) == 1
                types = s.target.type.parts[:-1] if isinstance(s.target.type, Results) else ()
                target = parts[s.target].get(0) if single else Variable(None, Results(types))
                records[s.target] = None if single else target
                if target is not None:
                    statements.append(replace(s, primitive=plain.primitive, target=target))
            elif isinstance(s, Call) and is_part(s) and s.args[0] in records:
                assert isinstance(s.args[0], Variable)
                record = records[s.args[0]]
                if s.target.type == TAPE:
                    gone[s.target] = Constant(None, TAPE)
                elif record is not None:
                    statements.append(replace(s, args=(record,)))
            else:
                statements.append(s)
        return Block(tuple(statements), block.results)

    whole = rebuilt_blocks(function, kept)

    def present(atom: Atom) -> Atom:
        return gone.get(atom, atom) if isinstance(atom, Variable) else atom

    return cleaned(substitute_function(whole, present))


def without_reading(s: Statement, many: Container[Atom]) -> Statement:
    """The adjoint for a reverse that would read one tape for many directions at once."""
    callee = definition_of(s)
    if not isinstance(s, Call) or callee is None or callee.half != REVERSED:
        return s
    if callee.plain is None or not any(a in many for a in s.args):
        return s
    return replace(s, primitive=callee.plain.primitive, args=s.args[:-1])


# ---- the two halves -----------------------------------------------------------------------------


def settle_tapes(function: Function, optimize: Callable[[Function], Function]) -> Function:
    """The program when all derivatives are made: the halves of its adjoints get their bodies."""
    function = _reading_tapes(function)
    done: set[Definition] = set()
    while True:
        waiting = [d for d in definitions_of(function) if d not in done]
        if not waiting:
            return function
        for d in waiting:
            done.add(d)
            if d.half and d.primal is not None:
                _part(d.primal, optimize)
            elif d.taped is not None:
                d.function = replace(
                    _reading_tapes(d.taped),
                    result=d.lowered.result,
                    parameters=d.lowered.parameters,
                )
            else:
                d.function = _reading_tapes(d.lowered)


def _reading_tapes(function: Function) -> Function:
    """A reverse reads its tape, and the arguments no more; a call whose tape nobody reads records none."""

    def changed(s: Statement) -> Statement:
        callee = definition_of(s)
        if not isinstance(s, Call) or callee is None or callee.half != REVERSED:
            return s
        adjoint = callee.plain
        assert adjoint is not None
        assert adjoint.primal is not None
        count = len(adjoint.primal.lowered.inputs)
        return replace(s, args=(s.args[-1], *s.args[count:-1]))

    if not any(d.half for d in called_in(function.body)):
        return function
    function = rebuilt_blocks(
        function, lambda block: replace(block, statements=tuple(map(changed, block.statements)))
    )
    return _recording_less(function, everywhere=False)


def _part(adjoint: Definition, optimize: Callable[[Function], Function]) -> None:
    assert adjoint.taped is not None
    assert adjoint.primal is not None
    whole = optimize(_reading_tapes(adjoint.taped))
    values, bars = whole.result.children
    count = len(adjoint.primal.lowered.inputs)
    seeds = whole.parameters[count:]
    bars = packed(leaves(bars))
    inputs = sequence("tuple", tuple(p.structure for p in seeds))
    forward, kept, recorded, reverse = parted(whole, values, bars, inputs)
    shown = adjoint.primal.shown
    first, second = half(adjoint, FORWARD), half(adjoint, REVERSED)
    behind = optimize(
        Function(
            second.name,
            (Parameter("tape", recorded), *seeds),
            reverse,
            bars,
            note=(f"The reverse sweep of {shown}: the cotangents of its arguments.",),
            owns_results=True,
        )
    )
    read = {*reads(behind.body), *leaves(behind.result)}
    needed = [k for k, leaf in enumerate(recorded.children) if leaf in read]
    tape = sequence("tuple", tuple(recorded.children[k] for k in needed))
    second.function = replace(behind, parameters=(Parameter("tape", tape), *seeds))
    first.function = Function(
        first.name,
        whole.parameters[:count],
        forward,
        sequence(
            "tuple",
            (*values.children, sequence("tuple", tuple(kept.children[k] for k in needed))),
        ),
        note=(f"The forward sweep of {shown}: its value, and what the reverse sweep reads.",),
        owns_results=True,
        hands_on=True,
    )
