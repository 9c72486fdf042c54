"""From a Function of the trace to the text of a Python function.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import Parameter
>>> from adcompiler.ir.types import FLOAT
>>> import adcompiler.primitives.arithmetic
>>> x = Variable("x", FLOAT)
>>> with Builder().active() as b:
...     y = x * x + 1.0
>>> print(generate(Function("square", (Parameter("x", x),), b.block(), y)).text, end="")
def square(x):
    value = x * x + 1.0
    return value
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from adcompiler.analysis.absence import perhaps_none
from adcompiler.analysis.liveness import Liveness, liveness
from adcompiler.backend.augmented import AUGMENTED, augmented, taken_up
from adcompiler.backend.bufferize import Buffers, bufferize, is_update
from adcompiler.backend.element_lists import is_head, with_element_lists
from adcompiler.backend.errstate import mark, surrounded
from adcompiler.backend.expressions import Expressions
from adcompiler.backend.identifiers import user_names
from adcompiler.backend.imports import Imports, groups
from adcompiler.backend.joint import assignment, runs
from adcompiler.backend.loops import assign, is_filler, loop, negated, without_unread_counters
from adcompiler.backend.moves import Move, in_parallel
from adcompiler.backend.names import Names, assign_names
from adcompiler.backend.near_uses import with_integers_near
from adcompiler.backend.order import order_tangents
from adcompiler.backend.popping import popped
from adcompiler.backend.program import Program
from adcompiler.backend.refold import Folded, refold
from adcompiler.backend.scalars import belongs_to_float, numpy_scalars, without_conversions
from adcompiler.backend.signature import arguments, read_head, unpacking
from adcompiler.backend.templates import parse
from adcompiler.backend.wide_numbers import with_wide_numbers
from adcompiler.backend.writer import Writer
from adcompiler.errors import UnsupportedValueError
from adcompiler.ir.definitions import definitions_of
from adcompiler.ir.nodes import REVERSE, Block, Call, For, Function, If, Statement, While
from adcompiler.ir.structure import Branch, Structure
from adcompiler.ir.types import (
    COMPLEX,
    FLOAT,
    Array,
    PythonScalar,
    dtype_of,
    is_number,
    is_scalar,
)
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements, blocks, targets_of, use_counts

__all__ = ["Program", "generate"]


def generate(function: Function, *, careful: bool = False) -> Program:
    """The program of `function`, below the functions that it calls.

    `careful` gives the program that runs again where the fast spelling raised: the forward
    sweep in the user's own spelling, the reverse sweep with NumPy's scalars, which never raise.
    """
    every = [*(d.lowered for d in definitions_of(function)), function]
    if not careful:
        every = [with_element_lists(f) for f in every]
    every = [with_wide_numbers(without_conversions(f, careful)) for f in every]
    every = list(map(with_integers_near, every))
    program, lengths, wrapped = _generate(every, careful, {})
    if wrapped:
        # with the real identifiers the width of every expression is known
        program, _, _ = _generate(every, careful, lengths)
    return program


def _generate(
    functions: list[Function], careful: bool, lengths: dict[Variable, int]
) -> tuple[Program, dict[Variable, int], bool]:
    """The program of the last function, how long its identifiers are, and whether a line had to be wrapped."""
    called = frozenset(f.name for f in functions[:-1])
    imports = Imports(frozenset().union(*map(user_names, functions)), called)
    writer = Writer()
    found: dict[Variable, int] = {}
    definitions: list[ast.stmt] = []
    for function in functions:
        definition, names = _definition(function, careful, lengths, imports, writer)
        found.update((variable, len(name)) for variable, name in names.identifiers.items())
        definitions.append(definition)
    used_imports = imports.used()
    text = writer.text([*_import_lines(writer, imports), *definitions])
    return Program(text, functions[-1].name, used_imports), found, writer.wrapped


def _definition(
    function: Function,
    careful: bool,
    lengths: dict[Variable, int],
    imports: Imports,
    writer: Writer,
) -> tuple[ast.stmt, Names]:
    folded = order_tangents(refold(function, careful=careful, lengths=lengths))
    live = liveness(folded.function, folded.reads, folded.is_expression, folded.leaves)
    head = read_head(folded.function, imports)
    head.taken.extend(sorted(imports.called - set(head.fixed.values())))
    names = assign_names(folded, live, imports.reserved, head.fixed, head.preferred, head.taken)
    buffers = bufferize(folded, live)
    emitter = _Emitter(function, folded, live, buffers, names, imports, careful, writer)
    used = {v for v, _ in head.reads if v not in live.dead_inputs}
    top = unpacking(folded.function, head, names, used)
    definition = ast.FunctionDef(
        name=function.name,
        args=arguments(function, emitter.expressions.literals),
        body=[*docstring(function.note), *top, *without_unread_counters(emitter.body())],
        decorator_list=[],
    )
    definition.type_params = []  # type: ignore[attr-defined,unused-ignore]
    return definition, names


def _import_lines(writer: Writer, imports: Imports) -> list[ast.stmt]:
    lines: list[ast.stmt] = []
    for group in groups(imports.used()):
        if lines:
            lines.append(writer.comment(""))
        for entry in group:
            if entry.importable:
                lines.append(entry.statement())
            else:
                lines.append(
                    writer.comment(f"{entry.name} is local to {entry.module.split('.<locals>')[0]}")
                )
    return lines


def docstring(note: tuple[str, ...]) -> list[ast.stmt]:
    if not note:
        return []
    summary, *rest = note
    text = summary
    if rest:
        text += "\n\n" + "\n".join(f"    {line}".rstrip() for line in rest) + "\n    "
    return [ast.Expr(ast.Constant(text))]


@dataclass
class _Emitter:
    original: Function
    folded: Folded
    live: Liveness
    buffers: Buffers
    names: Names
    imports: Imports
    careful: bool
    writer: Writer

    def __post_init__(self) -> None:
        self.leaked = numpy_scalars(self.original, self.careful)
        self.expressions = Expressions(
            self.folded, self.names, self.imports, self.careful, self.leaked
        )
        #: what loops of this function record
        self.tapes: set[Atom] = {
            sequence
            for s in all_statements(self.folded.function.body)
            if isinstance(s, (For, While))
            for sequence in s.targets[len(s.carried) :]
        }
        #: what is recorded right behind a statement
        self.records: dict[Statement, list[ast.stmt]] = {}
        #: what is recorded at the end of the one arm that makes it
        self.in_arms: dict[Atom, Callable[[Atom], ast.stmt]] = {}
        self.uses = use_counts(self.original.body, self.original.result)
        self.perhaps_none = perhaps_none(self.folded.function.body.statements)
        self.statement_above: tuple[int, int, str] | None = None
        #: calls that are written as one statement, by the first of them
        self.joint: dict[Statement, tuple[Call, ...]] = {}
        self.told: set[Statement] = set()
        self._find_joint(self.folded.function.body)
        #: true inside a branch that is one statement of the user, as ``y = a if c else b``
        self.whole = False

    def _find_joint(self, block: Block) -> None:
        for run in runs(block.statements):
            self.joint[run[0]] = run
            self.told.update(run[1:])
        for s in block.statements:
            for inner in blocks(s):
                self._find_joint(inner)

    # ---- the function ---------------------------------------------------------------------------

    def body(self) -> list[ast.stmt]:
        function = self.folded.function
        statements: list[ast.stmt] = []
        reverse = any(s.role == REVERSE for s in all_statements(function.body))
        told = reverse and not function.one_sweep
        sweeps: set[str] = set() if told else {"forward", "reverse"}
        heads = True  # arguments taken as lists: part of the head
        for s in function.body.statements:
            sweep = "reverse" if _in_reverse(s) else "forward"
            new = self.statement(s)
            heads = heads and is_head(s)
            if new and not heads and sweep not in sweeps and "reverse" not in sweeps:
                sweeps.add(sweep)
                statements.append(self.writer.comment(f"{sweep} sweep"))
            statements += new
        statements = popped(statements)
        if any(s.origin.errstate for s in all_statements(function.body)):
            statements = surrounded(statements, self.imports.numpy())
        statements.append(ast.Return(self._result(function)))
        return statements

    def _result(self, function: Function) -> ast.expr:
        position = -1

        def leaf(atom: Atom) -> ast.expr:
            nonlocal position
            position += 1
            node = self.expressions.atom(atom)
            if position in self.buffers.copied_result:
                return _method(node, "copy")
            if self._returns_numpy(atom):
                return ast.Call(self.imports.builtin("float"), [node], [])
            if isinstance(atom, Variable) and atom.type == COMPLEX and atom in self.leaked:
                return ast.Call(self.imports.builtin("complex"), [node], [])
            return node

        def build(structure: Structure) -> ast.expr:
            if not isinstance(structure, Branch):
                if not isinstance(structure, Atom):
                    return self.expressions.literals.value(structure)
                return leaf(structure)
            children = [build(child) for child in structure.children]
            if structure.kind == "tuple":
                return ast.Tuple(children, ast.Load())
            if structure.kind == "list":
                return ast.List(children, ast.Load())
            if structure.kind == "dict":
                return ast.Dict(
                    [self.expressions.literals.value(key) for key in structure.keys], children
                )
            if structure.cls is None:
                raise UnsupportedValueError(f"a result of kind {structure.kind} names no class.")
            keywords = [ast.keyword(k, c) for k, c in zip(structure.keys, children, strict=True)]
            return ast.Call(self.imports.user_class(structure.cls), [], keywords)

        return build(function.result)

    def _returns_numpy(self, atom: Atom) -> bool:
        """A Python float, or a derivative of one, that may have come out as a NumPy scalar."""
        if not isinstance(atom, Variable) or isinstance(atom.type, Array):
            return False
        if not belongs_to_float(atom):
            return atom in self.leaked and atom.type == FLOAT
        return atom in self.leaked and (bool(atom.mark) or isinstance(atom.type, PythonScalar))

    # ---- statements -----------------------------------------------------------------------------

    def block(self, block: Block) -> list[ast.stmt]:
        outer = self.statement_above
        if not self.whole:
            self.statement_above = None
        statements: list[ast.stmt] = []
        for s in block.statements:
            statements += self.statement(s)
            statements += self.records.pop(s, ())
        self.statement_above = outer
        return popped(statements)

    def statement(self, s: Statement) -> list[ast.stmt]:
        if s in self.told:
            return []
        above = self._comment(s)
        if isinstance(s, (If, For, While)) and not self.folded.is_expression(s):
            told = (
                s.role == REVERSE
                and s.origin.statement == self.statement_above
                and _of_one_statement(s)
            )
            outer, self.whole = self.whole, self.whole or told
            new = self._branch(s) if isinstance(s, If) else loop(self, s)
            self.whole = outer
            if not told:
                self.statement_above = None
        else:
            new = self._update(s) if isinstance(s, Call) and is_update(s) else [self._single(s)]
            for made in new:
                mark(made, s.origin.errstate)
        return [*above, *new] if new else []

    def _comment(self, s: Statement) -> list[ast.stmt]:
        """The primal statement, above the first of its adjoint statements."""
        if s.role != REVERSE or (self.whole and s.origin.statement == self.statement_above):
            return []
        if (
            isinstance(s, (If, For, While))
            and not self.folded.is_expression(s)
            and not _of_one_statement(s)
        ):
            return []  # its arms have statements of their own
        if s.origin.statement == self.statement_above:
            return []
        if s.origin.text.startswith(("for ", "while ")):
            return []  # the loop itself stands there
        self.statement_above = s.origin.statement
        return [self.writer.comment(s.origin.text)] if s.origin.text else []

    def _single(self, s: Statement) -> ast.stmt:
        """An assignment; of an effect whose value nobody reads, the call alone."""
        if isinstance(s, Call) and s.primitive.effect and self._is_unread(s):
            return self.expressions.kept(s)
        return self._assignment(s)

    def _is_unread(self, s: Call) -> bool:
        """Neither read nor recorded (what is recorded at once is dead right behind its statement)."""
        return s not in self.records and not self.alive(s, s.target)

    def _assignment(self, s: Statement) -> ast.stmt:
        (target,) = targets_of(s)
        value = self.expressions.statement(s)
        if s in self.joint:
            taken = "_" in self.names.identifiers.values()
            return assignment(self.joint[s], self.names, value, "_unused" if taken else "_")
        if s in self.buffers.copied_view:
            value = _method(value, "copy")
        name = self.names(target)
        if isinstance(s, Call) and not s.style and is_scalar(target.type):
            value = taken_up(value, name)
        if isinstance(s, Call) and isinstance(value, ast.BinOp) and self._may_augment(s, target):
            if _is_name(value.left, name):
                return ast.AugAssign(ast.Name(name, ast.Store()), value.op, value.right)
            if isinstance(value.op, ast.Add) and _is_name(value.right, name) and not s.style:
                return ast.AugAssign(ast.Name(name, ast.Store()), value.op, value.left)
        return assign(name, value)

    def _may_augment(self, s: Call, target: Variable) -> bool:
        """`+=` changes an array in place, and only rebinds the name of a scalar."""
        if s.style:
            if not augmented(s):
                return False
        elif s.primitive.name not in AUGMENTED:
            return False
        if not isinstance(target.type, Array):
            arrays = [a for a in self.folded.reads(s) if isinstance(a.type, Array)]
            if any(self.names(a) == self.names(target) for a in arrays if isinstance(a, Variable)):
                return False  # an array without axes would change
            return s.primitive.name in ("add", "subtract") or bool(s.style)
        old = self.buffers.in_place.get(s)
        return old is not None and self.names(old) == self.names(target)

    def _update(self, s: Statement) -> list[ast.stmt]:
        assert isinstance(s, Call)
        name = self.names(s.target)
        old = self.expressions.atom(s.args[0])
        statements: list[ast.stmt] = []
        if s in self.buffers.copied_operand:
            statements.append(assign(name, _method(old, "copy")))
        elif not _is_name(old, name):
            statements.append(assign(name, old))
        made = self.expressions.update(s, parse(s.primitive.spelling.update), name)
        numbers = s.primitive.name == "list_set" and is_scalar(s.args[1].type)
        if numbers or (s.primitive.name == "setitem" and _keeps_dtype(s)):
            made = _augmented_item(made)
        return [*statements, made]

    def _branch(self, s: If) -> list[ast.stmt]:
        test = self.expressions.atom(s.condition)
        arms = []
        for arm in (s.then, s.orelse):
            ends = list(zip(s.targets, arm.results, strict=True))
            moves = [
                Move(self.names(t), a)
                for t, a in ends
                if self.alive(s, t) and t not in self.in_arms
            ]
            inside = self.block(arm)
            recorded = [
                self.in_arms[t](a)
                for t, a in ends
                if t in self.in_arms and not is_filler(a, t.type)
            ]
            ended = bool(inside) and isinstance(inside[-1], ast.Raise)
            arms.append(inside if ended else [*inside, *recorded, *self.moved(moves)])
        then, orelse = arms
        if isinstance(s.condition, Constant):  # its arms differ in type, else it would be gone
            return then if s.condition.value else orelse
        if not then and not orelse:
            return []
        if not then:
            return [ast.If(negated(test), orelse, [])]
        return [ast.If(test, then, orelse)]

    def alive(self, s: Statement, target: Variable) -> bool:
        return target not in self.live.unused.get(s, ())

    def without_index(self, s: For) -> bool:
        """True where the body does not read the index, and every tape is known to be as long as the loop."""
        unread = s.index in self.live.entry_deaths.get(s.body, ())
        return unread and all(atom in self.tapes for _, atom in s.consumed)

    def unread(self, s: For | While, variable: Variable) -> bool:
        """True where no iteration reads what the one before left in a carried variable."""
        return variable not in s.collected and variable in self.live.entry_deaths.get(s.body, ())

    def moved(self, moves: Iterable[Move]) -> list[ast.stmt]:
        return in_parallel(list(moves), self.names, self.expressions.atom)


def _method(node: ast.expr, name: str) -> ast.expr:
    return ast.Call(ast.Attribute(node, name, ast.Load()), [], [])


def _keeps_dtype(s: Call) -> bool:
    """True where what is written is of the array's own dtype: ``+=`` computes it in no other one."""
    types = (s.args[0].type, s.args[1].type)
    return all(map(is_number, types)) and dtype_of(types[0]) == dtype_of(types[1])


def _augmented_item(made: ast.stmt) -> ast.stmt:
    """``ys[i] = ys[i] + v`` is ``ys[i] += v``."""
    if not isinstance(made, ast.Assign):
        return made
    (target,), value = made.targets, made.value
    assert isinstance(target, ast.Subscript)
    if isinstance(value, ast.BinOp) and ast.unparse(value.left) == ast.unparse(target):
        return ast.AugAssign(target, value.op, value.right)
    return made


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _of_one_statement(s: Statement) -> bool:
    inside = [inner for block in blocks(s) for inner in all_statements(block)]
    return isinstance(s, If) and all(
        inner.origin.statement == s.origin.statement for inner in inside
    )


def _in_reverse(s: Statement) -> bool:
    return s.role == REVERSE or any(
        _in_reverse(inner) for block in blocks(s) for inner in block.statements
    )
