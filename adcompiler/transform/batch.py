"""Many directions in one sweep: linear statements get a leading axis.

A tangent or adjoint program is linear in its tangents or cotangents, so only linear primitives ever see the
leading axis, and each of them says in its row how it treats one (`Primitive.batch`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Statements
from dataclasses import replace

from adcompiler.errors import NoDerivativeError
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.definitions import is_part, parts_of
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Block, Call, Custom, For, If, Statement, While
from adcompiler.ir.types import Array, List, Sequence, Type, dtype_of, is_number, shape_of
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound, unbound
from adcompiler.ir.walk import free_variables
from adcompiler.transform.batch_lists import batch_list, leading_length
from adcompiler.transform.custom import append_custom
from adcompiler.transform.invoked import append_invoked
from adcompiler.transform.many_directions import Directions
from adcompiler.transform.tapes import without_reading
from adcompiler.transform.variables import name_after

Batched = Directions


def append_batched(
    statements: Statements[Statement], batched: Batched | dict[Variable, Atom]
) -> Batched:
    """Append `statements`; those that depend on a batched variable run for all directions at once.

    `batched` maps variables to atoms with a leading axis; what it grows to is returned.
    """
    if not isinstance(batched, Directions):
        batched = Directions(batched, {})
    builder = current()
    parts = parts_of(statements)
    opened: set[Atom] = set()
    for written in statements:
        statement = without_reading(written, batched)
        if isinstance(statement, Call) and statement.target in parts:
            before = builder.origin, builder.role
            builder.origin, builder.role = statement.origin, statement.role
            made = append_invoked(
                builder,
                statement,
                parts[statement.target],
                batched,
                append_batched,
                _leading_type(batched),
                _repeated,
            )
            builder.origin, builder.role = before
            if made:
                opened.add(statement.target)
                continue
        if isinstance(statement, Call) and is_part(statement) and statement.args[0] in opened:
            continue
        _append(builder, statement, batched)
    return batched


def _leading_type(batched: Batched) -> Callable[[Type], Type]:
    """Types with the leading axis of all that is batched."""
    known = (batched.get(variable) for variable in (*batched, *batched.forms))
    first = next((atom for atom in known if isinstance(atom.type, Array)), None)
    if first is None:
        return lambda type: type
    length = leading_length(first.type)
    return lambda type: _with_leading(type, length)


def _lookup(batched: Batched, atom: Atom) -> Atom | None:
    return batched.get(atom) if isinstance(atom, Variable) else None


def _append(builder: Builder, statement: Statement, batched: Batched) -> None:
    before = builder.origin, builder.role
    builder.origin, builder.role = statement.origin, statement.role
    try:
        if isinstance(statement, If):
            _append_if(builder, statement, batched)
            return
        if isinstance(statement, (For, While)):
            _append_loop(builder, statement, batched)
            return
        if isinstance(statement, Custom):
            append_custom(builder, statement, batched)
            return
        assert isinstance(statement, Call)
        if not any(isinstance(a, Variable) and a in batched for a in statement.args):
            builder.add(statement)
            return
        if batched.factored(statement):
            return
        found = [_lookup(batched, arg) for arg in statement.args]
        if statement.primitive.name == "dim" and found[0] is not None:
            # a length is the same in all directions: read behind the leading axis
            axis = statement.statics["axis"] % len(shape_of(statement.args[0].type)) + 1
            builder.add(replace(statement, args=(found[0],), statics={"axis": axis}))
            return
        if statement.primitive.name == "list_length" and found[0] is not None:
            builder.add(replace(statement, args=(found[0],)))
            return
        if statement.primitive.batch is None and statement.primitive.kind != "list":
            raise NoDerivativeError(
                f"`{statement.primitive.name}` cannot carry several directions at once.",
                why="its row has no batch rule.",
                write="jvp or vjp for one direction at a time",
                origin=statement.origin,
            )
        args = [
            arg if atom is None else atom for arg, atom in zip(statement.args, found, strict=True)
        ]
        flags = [atom is not None for atom in found]
        if statement.primitive.batch is None:
            result = batch_list(statement, args, flags, lambda atom: _repeated(atom, batched))
        else:
            result = statement.primitive.batch(statement, args, flags)
        target = statement.target
        batched[target] = (
            name_after(result, target.of, target.mark) if target.of is not None else result
        )
    finally:
        builder.origin, builder.role = before


def _refuse_decision(statement: Statement, atoms: Iterable[Atom | None], batched: Batched) -> None:
    """A custom rule may decide by a direction, and each direction would decide for itself."""
    if any(isinstance(atom, Variable) and atom in batched for atom in atoms):
        raise NoDerivativeError(
            "a branch or a loop depends on a direction, and here several directions run at once.",
            why="a custom rule decides by its tangent or cotangent, which is another one for each row.",
            write="np.where(…) in the rule, or jvp or vjp for one direction at a time",
            origin=statement.origin,
        )


def _append_if(builder: Builder, statement: If, batched: Batched) -> None:
    _refuse_decision(statement, (statement.condition,), batched)
    arms: list[tuple[Builder, Batched, Block]] = []
    for block in (statement.then, statement.orelse):
        with builder.nested() as inner:
            local = append_batched(block.statements, batched.copy())
            arms.append((inner, local, block))
    flags = [
        any(block.results[k] in local for _, local, block in arms)
        for k in range(len(statement.targets))
    ]
    if not any(flags) and all(_unchanged(inner, block) for inner, _, block in arms):
        builder.add(statement)
        return
    yields: list[list[Atom]] = []
    for inner, local, block in arms:
        values: list[Atom] = []
        for atom, flag in zip(block.results, flags, strict=True):
            with inner.active():
                found = _lookup(local, atom)
                if flag and found is None:
                    found = _repeated(atom, batched, statement.targets[len(values)].type)
            values.append(atom if found is None else found)
        yields.append(values)
    targets: list[Variable] = []
    for k, (target, flag) in enumerate(zip(statement.targets, flags, strict=True)):
        if flag:
            made = yields[0][k].type
            if isinstance(made, Array) and is_number(target.type):
                made = replace(made, dtype=dtype_of(target.type))  # the arms may differ
            fresh = Variable(target.name, made, target.of, target.mark)
            batched[target] = fresh
            targets.append(fresh)
        else:
            targets.append(target)
    blocks = [arm[0].block(tuple(values)) for arm, values in zip(arms, yields, strict=True)]
    builder.add(
        If(
            tuple(targets),
            statement.condition,
            blocks[0],
            blocks[1],
            origin=statement.origin,
            role=statement.role,
        )
    )


def _append_loop(builder: Builder, loop: For | While, batched: Batched) -> None:
    """The loop with those carried values batched that some iteration batches, found to a fixpoint."""
    if isinstance(loop, For):
        _refuse_decision(loop, loop.bounds, batched)
    number = len(loop.carried)
    chosen = {k for k, (_, a) in enumerate(loop.carried) if a in batched}
    consumed = [(v, a, _lookup(batched, a)) for v, a in loop.consumed]
    while True:
        local = batched.copy()
        inner_pairs = [(v, _lookup(batched, a)) for v, a in loop.carried]
        with builder.nested() as inner:
            fresh: dict[int, Variable] = {}
            for k in sorted(chosen):
                variable, initial = inner_pairs[k]
                made = _leading(variable, initial, batched)
                fresh[k] = local[variable] = made
            elements: list[tuple[Variable, Atom]] = []
            for variable, sequence, found in consumed:
                if found is None:
                    elements.append((variable, sequence))
                else:
                    assert isinstance(found.type, Sequence)
                    element = Variable(
                        variable.name, found.type.element, variable.of, variable.mark
                    )
                    local[variable] = element
                    elements.append((element, found))
            append_batched(loop.body.statements, local)
        _refuse_decision(loop, (loop.leave,), local)
        if isinstance(loop, While):
            _refuse_decision(loop, free_variables(loop.test), local)
        grown = chosen | {k for k, a in enumerate(loop.body.results) if a in local}
        if grown == chosen:
            break
        chosen = grown
    recording = any(a in local for a in loop.collected)
    consuming = any(found is not None for _, _, found in consumed)
    if not (chosen or consuming or recording) and _unchanged(inner, loop.body):
        builder.add(loop)
        return
    results: list[Atom] = []
    for k, atom in enumerate(loop.body.results):
        with inner.active():
            found = _lookup(local, atom)
            if k in chosen and found is None:
                found = _repeated(atom, local, loop.carried[k][0].type)
        results.append(atom if found is None else found)
    carried: list[tuple[Variable, Atom]] = []
    targets: list[Variable] = []
    for k, (variable, initial) in enumerate(loop.carried):
        target = loop.targets[k]
        if k in chosen:
            found = _lookup(batched, initial)
            if found is None:
                found = _repeated(initial, batched, variable.type)
            carried.append((fresh[k], found))
            type = _with_leading(target.type, leading_length(fresh[k].type))
            targets.append(Variable(target.name, type, target.of, target.mark))
            batched[target] = targets[-1]
        else:
            carried.append((variable, initial))
            targets.append(target)
    collected: list[Atom] = []
    for atom, target in zip(loop.collected, loop.targets[number:], strict=True):
        with inner.active():
            found = _lookup(local, atom)
        collected.append(atom if found is None else found)
        if found is not None:
            made = Variable(target.name, Sequence(found.type), target.of, target.mark)
            batched[target] = made
            target = made
        targets.append(target)
    builder.add(
        replace(
            loop,
            targets=tuple(targets),
            carried=tuple(carried),
            consumed=tuple(elements),
            body=inner.block(tuple(results)),
            collected=tuple(collected),
        )
    )


def _unchanged(inner: Builder, block: Block) -> bool:
    """True where no statement of the block depends on a batched variable (what nobody reads may, too)."""
    return tuple(inner.statements) == block.statements


def _leading(variable: Variable, initial: Atom | None, batched: Batched) -> Variable:
    """The batched twin of a carried variable: one axis more, of the length of all directions."""
    if initial is None:
        initial = next(atom for atom in batched.values() if isinstance(atom.type, Array))
    shaped = _with_leading(variable.type, leading_length(initial.type))
    return Variable(variable.name, shaped, variable.of, variable.mark)


def _with_leading(type: Type, length: Length) -> Type:
    """The type with one axis more; of what a loop that did not run would have collected, element by element."""
    if isinstance(type, Sequence):
        return Sequence(_with_leading(type.element, length))
    if isinstance(type, List):
        return List(_with_leading(type.element, length))
    return Array(dtype_of(type), (length, *shape_of(type)))


def _repeated(atom: Atom, batched: Batched, joined: Type | None = None) -> Atom:
    """An unbatched value (a zero) with the leading axis of its batched twin, and the dtype of what it is joined to."""
    from adcompiler.ir.primitive import lookup

    leading = next(atom for atom in batched.values() if isinstance(atom.type, Array))
    if is_unbound(atom) or (isinstance(atom, Constant) and isinstance(atom.type, Sequence)):
        return unbound(_with_leading(atom.type, shape_of(leading.type)[0]))
    if isinstance(atom.type, List):
        return current().apply(lookup("list_repeat_for"), atom, leading)
    if isinstance(atom, Constant) and joined is not None and is_number(joined):
        dtype = dtype_of(joined)
        atom = atom if dtype == dtype_of(atom.type) else Constant.of(dtype.type(atom.value))
    return current().apply(lookup("repeat_for"), atom, leading)
