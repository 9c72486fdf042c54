"""Loops: heads, tapes, moves at the back edge, and the user's own `break`.

A tape is a preallocated list where the loop counts by 1 to its end, else it is appended to.  It is read by its index,
or where nothing else needs the index, taken element by element.  A loop that runs backwards takes the same positions
from the last to the first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Protocol

from adcompiler.backend.bufferize import Buffers
from adcompiler.backend.expressions import Expressions
from adcompiler.backend.imports import Imports
from adcompiler.backend.moves import Move
from adcompiler.backend.names import Names
from adcompiler.backend.refold import Folded
from adcompiler.ir.nodes import Block, For, If, Statement, While
from adcompiler.ir.types import Type, runs_as_float
from adcompiler.ir.values import Atom, Constant, Variable, is_unbound
from adcompiler.ir.walk import recorded_at_head, targets_of

#: exact whatever is compared; an order has no opposite where a number is nan
_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
#: the width of a line, without some indentation
LINE = 88


class Emitter(Protocol):
    """What a loop needs of the emitter around it."""

    buffers: Buffers
    expressions: Expressions
    imports: Imports
    names: Names
    records: dict[Statement, list[ast.stmt]]
    in_arms: dict[Atom, Callable[[Atom], ast.stmt]]
    folded: Folded
    uses: dict[Variable, int]
    perhaps_none: set[Variable]

    def block(self, block: Block) -> list[ast.stmt]: ...
    def moved(self, moves: Iterable[Move]) -> list[ast.stmt]: ...
    def alive(self, s: Statement, target: Variable) -> bool: ...
    def without_index(self, s: For) -> bool: ...
    def unread(self, s: For | While, variable: Variable) -> bool: ...


def loop(emitter: Emitter, s: For | While) -> list[ast.stmt]:
    """The statements of a loop, those before it that prepare it included."""
    names, buffers = emitter.names, emitter.buffers
    sure = _surely_runs(s)
    statements = emitter.moved(
        Move(names(v), a, (s, k) in buffers.copied_initial, a in emitter.perhaps_none)
        for k, (v, a) in enumerate(s.carried)
        if not (sure and is_unbound(a) and emitter.unread(s, v))
    )
    counted = isinstance(s, For) and _is(s.bounds[2], 1)
    placed = counted and s.leave is None
    sequences = s.targets[len(s.carried) :]
    recorded = [(q, a) for q, a in zip(sequences, s.collected, strict=True) if emitter.alive(s, q)]
    for sequence, atom in recorded:
        statements.append(assign(names(sequence), _empty(emitter, s, atom, placed)))
    if isinstance(s, While):
        for variable, atom in s.consumed:
            statements.append(
                assign(
                    names.iterators[variable],
                    _call(emitter, "iter", emitter.expressions.atom(atom)),
                )
            )
    by_element = (
        isinstance(s, For)
        and counted
        and bool(s.consumed)
        and emitter.without_index(s)
        and _fits_a_line(emitter, s)
    )
    body = [] if by_element else _consumed(emitter, s, counted)
    at_head = [recorded_at_head(s, atom) for _, atom in recorded]
    for (sequence, atom), now in zip(recorded, at_head, strict=True):
        if now:
            body.append(_record(emitter, s, sequence, atom, placed))
    made_by = {target: inner for inner in s.body.statements for target in targets_of(inner)}
    at_end: list[ast.stmt] = []
    for (sequence, atom), now in zip(recorded, at_head, strict=True):
        if not now:
            defined = made_by.get(atom) if isinstance(atom, Variable) else None
            if (
                placed
                and isinstance(atom, Variable)
                and isinstance(defined, If)
                and _in_one_arm(emitter, defined, atom)
            ):
                # the tape is filled with what the other arm would record
                emitter.in_arms[atom] = partial(_record, emitter, s, sequence, placed=placed)
                continue
            place = at_end if defined is None else emitter.records.setdefault(defined, [])
            place.append(_record(emitter, s, sequence, atom, placed))
    body += [*emitter.block(s.body), *at_end]
    moves = emitter.moved(
        Move(names(v), a, (s, k) in buffers.copied_next, a in emitter.perhaps_none)
        for k, ((v, _), a) in enumerate(zip(s.carried, s.body.results, strict=True))
    )
    if s.leave is not None and _overwritten(emitter, s):
        # the moves would change what decides: they stand on both ways
        body += [ast.If(emitter.expressions.atom(s.leave), [*moves, ast.Break()], []), *moves]
    else:
        body += moves
        if s.leave is not None and s.leave in (*s.body.results, *s.collected):
            # `stop` is read behind the loop, or in its next iteration
            body.append(ast.If(emitter.expressions.atom(s.leave), [ast.Break()], []))
        elif s.leave is not None:
            body = with_break(body, emitter.expressions.atom(s.leave))
    if by_element:
        statements.append(_over_tapes(emitter, s, body))
    else:
        statements.append(_head(emitter, s, counted, body))
    if isinstance(s, For) and s.backwards and not placed:
        for sequence, _ in recorded:
            reverse = ast.Attribute(ast.Name(names(sequence), ast.Load()), "reverse", ast.Load())
            statements.append(ast.Expr(ast.Call(reverse, [], [])))
    return statements


def _surely_runs(s: For | While) -> bool:
    """True where the first iteration needs no test: what the body binds is bound behind the loop."""
    if isinstance(s, While):
        return isinstance(s.test.results[0], Constant) and bool(s.test.results[0].value)
    bounds = [a.value for a in s.bounds if isinstance(a, Constant)]
    return len(bounds) == 3 and len(range(*bounds)) > 0


def _overwritten(emitter: Emitter, s: For | While) -> bool:
    """True where a move at the back edge takes the name of what decides whether the loop ends."""
    leave = s.leave
    return isinstance(leave, Variable) and any(
        emitter.names(v) == emitter.names(leave) and a is not leave
        for (v, _), a in zip(s.carried, s.body.results, strict=True)
    )


def with_break(body: list[ast.stmt], leave: ast.expr) -> list[ast.stmt]:
    """The body with `break` where the user wrote it.

    ``if c: leave = True  else: …; leave = False`` with nothing behind it is ``if c: break`` and the rest.
    """
    if isinstance(leave, ast.Name):
        found = _broken(body, leave.id, [])
        if found is not None:
            return _decided_once(found, leave.id)
    return [*body, ast.If(leave, [ast.Break()], [])]


def _broken(body: list[ast.stmt], name: str, last_words: list[ast.stmt]) -> list[ast.stmt] | None:
    """The body that breaks where it would end with `name` true; None where it cannot be told.

    `last_words` are assigned before leaving: ``found = True if name else found`` is ``found = True`` there.
    """
    body, last_words = list(body), list(last_words)
    while body and (word := _last_word(body[-1], name)) is not None:
        last_words.insert(0, word)
        body.pop()
    last = body[-1] if body else None
    out: list[ast.stmt] = [*last_words, ast.Break()]
    if isinstance(last, ast.Assign) and _sets(last, name):
        if isinstance(last.value, ast.Constant):
            return [*body[:-1], *(out if last.value.value else [])]
        return [*body[:-1], ast.If(last.value, out, [])]
    if not isinstance(last, ast.If):
        return [*body, ast.If(ast.Name(name, ast.Load()), out, [])] if last_words else None
    stays = not _assigns(last, name)  # else the name stood for another decision up to here
    if stays and isinstance(last.test, ast.Name) and last.test.id == name:
        return [*body[:-1], ast.If(last.test, [*last.body, *out], []), *last.orelse]
    if stays and _is_not(last.test, name):
        leave = ast.Name(name, ast.Load())
        return [*body[:-1], ast.If(leave, [*last.orelse, *out], []), *last.body]
    then, orelse = (_broken(arm, name, last_words) for arm in (last.body, last.orelse))
    if then is None or orelse is None:
        return None
    if _ends_it(then):
        return [*body[:-1], ast.If(last.test, then, []), *orelse]
    if _ends_it(orelse):
        return [*body[:-1], ast.If(negated(last.test), orelse, []), *then]
    if not then:
        return [*body[:-1], ast.If(last.test, [ast.Continue()], []), *orelse]
    return [*body[:-1], ast.If(last.test, then, orelse)]


def _assigns(statement: ast.stmt, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(statement)
    )


def _ends_it(statements: list[ast.stmt]) -> bool:
    return bool(statements) and isinstance(statements[-1], ast.Break)


def _last_word(statement: ast.stmt, name: str) -> ast.stmt | None:
    """``x = value`` for ``x = value if name else x``."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.IfExp):
        return None
    choice, target = statement.value, statement.targets[0]
    decides = isinstance(choice.test, ast.Name) and choice.test.id == name
    keeps = (
        isinstance(target, ast.Name)
        and isinstance(choice.orelse, ast.Name)
        and target.id == choice.orelse.id != name
    )
    return ast.Assign([target], choice.body) if decides and keeps else None


def _is_not(test: ast.expr, name: str) -> bool:
    return (
        isinstance(test, ast.UnaryOp)
        and isinstance(test.op, ast.Not)
        and isinstance(test.operand, ast.Name)
        and test.operand.id == name
    )


def _decided_once(body: list[ast.stmt], name: str) -> list[ast.stmt]:
    """``t = c; if t: break`` is ``if c: break`` where nobody else reads `t`."""
    reads = sum(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for statement in body
        for node in ast.walk(statement)
    )
    for k, (before, after) in enumerate(pairwise(body)):
        if not (isinstance(after, ast.If) and isinstance(after.test, ast.Name)):
            continue
        leaves = after.test.id == name
        if reads == 1 and leaves and isinstance(before, ast.Assign) and _sets(before, name):
            return [*body[:k], ast.If(before.value, after.body, after.orelse), *body[k + 2 :]]
    return body


def _sets(statement: ast.Assign, name: str) -> bool:
    target = statement.targets[0]
    return len(statement.targets) == 1 and isinstance(target, ast.Name) and target.id == name


def _head(emitter: Emitter, s: For | While, counted: bool, body: list[ast.stmt]) -> ast.stmt:
    atom = emitter.expressions.atom
    if isinstance(s, While):
        test = emitter.block(s.test)
        condition = atom(s.test.results[0])
        if not test:
            return ast.While(condition, body or [ast.Pass()], [])
        leave = ast.If(negated(condition), [ast.Break()], [])
        return ast.While(ast.Constant(True), [*test, leave, *body], [])
    steps = _steps(emitter, s)
    index: ast.expr = ast.Name(emitter.names(s.index), ast.Store())
    if s.consumed and not counted:
        each: list[ast.expr] = [ast.Name(emitter.names(v), ast.Store()) for v, _ in s.consumed]
        index = ast.Tuple([index, *each], ast.Store())
        items = [atom(a) for _, a in s.consumed]
        if s.backwards:
            items = [_call(emitter, "reversed", item) for item in items]
        steps = _call(emitter, "zip", steps, *items)
    return ast.For(index, steps, body or [ast.Pass()], [])


def _over_tapes(emitter: Emitter, s: For | While, body: list[ast.stmt]) -> ast.stmt:
    """``for x in reversed(x_tape)``: the tapes are as long as the loop."""
    items = [emitter.expressions.atom(a) for _, a in s.consumed]
    if isinstance(s, For) and s.backwards:
        items = [_call(emitter, "reversed", item) for item in items]
    each: list[ast.expr] = [ast.Name(emitter.names(v), ast.Store()) for v, _ in s.consumed]
    if len(each) == 1:
        return ast.For(each[0], items[0], body or [ast.Pass()], [])
    return ast.For(
        ast.Tuple(each, ast.Store()), _call(emitter, "zip", *items), body or [ast.Pass()], []
    )


def _fits_a_line(emitter: Emitter, s: For) -> bool:
    """True where the head that names every element and every tape needs no second line."""
    tapes = [emitter.expressions.atom(a) for _, a in s.consumed]
    width = sum(len(emitter.names(v)) + 2 for v, _ in s.consumed)
    width += sum(len(ast.unparse(tape)) + (12 if s.backwards else 2) for tape in tapes)
    return width + len("for in zip():") <= LINE


def _steps(emitter: Emitter, s: For) -> ast.expr:
    """``range(n)``, or the same backwards: ``range(n - 1, -1, -1)``."""
    atom = emitter.expressions.atom
    start, stop, step = s.bounds
    if not s.backwards:
        bounds = s.bounds if not _is(step, 1) else (stop,) if _is(start, 0) else (start, stop)
        return _call(emitter, "range", *map(atom, bounds))
    if not _is(step, 1):
        return _call(emitter, "reversed", _call(emitter, "range", *map(atom, s.bounds)))
    return _call(emitter, "range", _shifted(atom(stop), -1), _shifted(atom(start), -1), _number(-1))


def _shifted(value: ast.expr, by: int) -> ast.expr:
    """``value + by`` as one would write it: ``n - 1``, and a number where it is one."""
    if isinstance(value, ast.Constant) and isinstance(value.value, int):
        return _number(value.value + by)
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
        number = value.right.value if isinstance(value.right, ast.Constant) else None
        if type(number) is int:
            # i + 1 - 1
            by += number if isinstance(value.op, ast.Add) else -number
            value = value.left
    if by == 0:
        return value
    return ast.BinOp(value, ast.Sub() if by < 0 else ast.Add(), ast.Constant(abs(by)))


def _number(value: int) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _position(emitter: Emitter, s: For) -> ast.expr:
    """Where on a tape an iteration stands: the index, counted from 0."""
    index = ast.Name(emitter.names(s.index), ast.Load())
    if _is(s.bounds[0], 0):
        return index
    return ast.BinOp(index, ast.Sub(), emitter.expressions.atom(s.bounds[0]))


def _empty(emitter: Emitter, s: For | While, atom: Atom, placed: bool) -> ast.expr:
    """A list of the loop's length where that is known, else an empty one."""
    if not placed or not isinstance(s, For):
        return ast.List([], ast.Load())
    start, stop, _ = s.bounds
    length = emitter.expressions.atom(stop)
    if isinstance(start, Constant) and type(start.value) is int:
        length = _shifted(length, -start.value)
    else:
        length = ast.BinOp(length, ast.Sub(), emitter.expressions.atom(start))
    return ast.BinOp(ast.List([ast.Constant(filler(atom.type))], ast.Load()), ast.Mult(), length)


def filler(type: Type) -> float | None:
    """What a tape holds before anything is recorded, and where nothing is."""
    return 0.0 if runs_as_float(type) else None


def is_filler(atom: Atom, recorded: Type) -> bool:
    if not isinstance(atom, Constant):
        return False
    wanted = filler(recorded)
    return repr(atom.value) == repr(wanted)


def _in_one_arm(emitter: Emitter, s: If, atom: Variable) -> bool:
    """True for a value that only one arm of a branch makes, and that nobody reads but the tape."""
    if emitter.folded.is_expression(s) or emitter.uses.get(atom) != 1:
        return False
    ends = [arm.results[s.targets.index(atom)] for arm in (s.then, s.orelse)]
    return sum(is_filler(end, atom.type) for end in ends) == 1


def _record(
    emitter: Emitter, s: For | While, sequence: Variable, atom: Atom, placed: bool
) -> ast.stmt:
    name = ast.Name(emitter.names(sequence), ast.Load())
    value = emitter.expressions.atom(atom)
    if placed and isinstance(s, For):
        return ast.Assign([ast.Subscript(name, _position(emitter, s), ast.Store())], value)
    return ast.Expr(ast.Call(ast.Attribute(name, "append", ast.Load()), [value], []))


def _consumed(emitter: Emitter, s: For | While, counted: bool) -> list[ast.stmt]:
    statements: list[ast.stmt] = []
    for variable, atom in s.consumed:
        if isinstance(s, While):
            iterator = ast.Name(emitter.names.iterators[variable], ast.Load())
            value: ast.expr = _call(emitter, "next", iterator)
        elif counted:
            value = ast.Subscript(emitter.expressions.atom(atom), _position(emitter, s), ast.Load())
        else:
            continue  # the head of the loop names it
        statements.append(assign(emitter.names(variable), value))
    return statements


def assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def negated(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _OPPOSITES:
        return ast.Compare(test.left, [_OPPOSITES[type(test.ops[0])]()], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


def _call(emitter: Emitter, name: str, *args: ast.expr) -> ast.expr:
    return ast.Call(emitter.imports.builtin(name), list(args), [])


def _is(atom: Atom, value: int) -> bool:
    return isinstance(atom, Constant) and type(atom.value) is int and atom.value == value


def _nested(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at any depth, without their expressions."""
    for s in body:
        yield s
        for part in ("body", "orelse"):
            yield from _nested(getattr(s, part, []))


def without_unread_counters(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body without counters that nobody reads: the tape itself tells how often the loop ran."""
    if not any(isinstance(s, (ast.For, ast.While)) for s in _nested(body)):
        return body
    module = ast.Module(body, [])
    read = {
        n.id for n in ast.walk(module) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }
    # `x += v` reads x; only counting by a constant is dropped with its counter
    read |= {
        n.target.id
        for n in ast.walk(module)
        if isinstance(n, ast.AugAssign)
        and isinstance(n.target, ast.Name)
        and not isinstance(n.value, ast.Constant)
    }

    class Remover(ast.NodeTransformer):
        def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | None:
            unread = isinstance(node.target, ast.Name) and node.target.id not in read
            return None if unread and isinstance(node.value, ast.Constant) else node

        def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
            name = node.targets[0]
            unread = len(node.targets) == 1 and isinstance(name, ast.Name) and name.id not in read
            return None if unread and isinstance(node.value, ast.Constant) else node

    Remover().visit(module)
    for node in ast.walk(module):
        inner = getattr(node, "body", None)
        if isinstance(inner, list) and not inner and node is not module:
            inner.append(ast.Pass())
    return module.body
