"""From a folded `Call` to an `ast` expression.

What the user wrote keeps his form. In what the compiler wrote a minus sign travels outwards to
where a sum takes it up: ``a + (-b) * c`` becomes ``a - b * c``, ``(-b) + a`` becomes ``a - b``.
For floats that is exact, because IEEE products and quotients are symmetric in sign.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.backend.imports import Imports
from adcompiler.backend.literals import Literals, outside_brackets
from adcompiler.backend.refold import Folded
from adcompiler.backend.scalars import narrow
from adcompiler.backend.templates import Template, choose, position, static_name
from adcompiler.errors import UnsupportedValueError
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.nodes import Call, If, Statement
from adcompiler.ir.types import (
    NumpyScalar,
    PythonScalar,
    Type,
    dtype_of,
    is_number,
    is_scalar,
    runs_as_float,
)
from adcompiler.ir.values import Atom, Constant, Variable

Signed = tuple[bool, ast.expr]
_OPERATORS = {"add": ast.Add, "subtract": ast.Sub, "multiply": ast.Mult, "divide": ast.Div}


class Expressions:
    """Writes expressions; `identifier` gives the name of a variable that is no part of another
    expression.
    """

    def __init__(
        self,
        folded: Folded,
        identifier: Callable[[Variable], str],
        imports: Imports,
        careful: bool,
        leaked: set[Variable],
    ) -> None:
        self.leaked = leaked
        self.folded = folded
        self.identifier = identifier
        self.imports = imports
        self.literals = Literals(imports)
        self.careful = careful

    def atom(self, atom: Atom, scalar: bool = True) -> ast.expr:
        """An operand: a name, a literal, or the expression folded into this place."""
        return finished(self._signed(atom, scalar))

    def statement(self, s: Statement) -> ast.expr:
        """The right-hand side of a statement that is one expression."""
        return finished(self._of(s))

    def _signed(self, atom: Atom, scalar: bool) -> Signed:
        if isinstance(atom, Constant):
            node = self.literals.value(atom.value, scalar)
            if isinstance(node, ast.UnaryOp):
                return True, node.operand
            return False, node
        assert isinstance(atom, Variable)
        inner = self.folded.inline.get(atom)
        if inner is not None:
            return self._of(inner)
        return False, ast.Name(self.identifier(atom), ast.Load())

    def _of(self, s: Statement) -> Signed:
        if isinstance(s, If):
            then, orelse = s.then.results[0], s.orelse.results[0]
            if s.condition is then:
                return False, ast.BoolOp(ast.Or(), [self.atom(then), self.atom(orelse)])
            if s.condition is orelse:
                return False, ast.BoolOp(ast.And(), [self.atom(orelse), self.atom(then)])
            return False, ast.IfExp(self.atom(s.condition), self.atom(then), self.atom(orelse))
        assert isinstance(s, Call)
        if s.primitive.name == "to_float" and not s.style and self._is_python_float(s.args[0]):
            return self._signed(s.args[0], True)
        template, scalar = choose(s, self.careful)
        moves_signs = (
            not s.style
            and isinstance(template.tree, ast.Expr)
            and isinstance(template.expression, (ast.BinOp, ast.UnaryOp))
        )
        if moves_signs and all(_symmetric(t) for t in (s.target.type, *(a.type for a in s.args))):
            if s.primitive.name == "negative":
                negative, node = self._signed(s.args[0], scalar)
                return not negative, node
            if s.primitive.name in _OPERATORS:
                return self._arithmetic(s, scalar)
        return False, self.fill(s, template, scalar)

    def _is_python_float(self, atom: Atom) -> bool:
        """True where an np.float64 of the trace runs as a Python float: nothing is to be
        converted.
        """
        return (
            isinstance(atom, Variable)
            and runs_as_float(atom.type)
            and (dtype_of(atom.type).kind == "f" and atom not in self.leaked)
        )

    def _arithmetic(self, s: Call, scalar: bool) -> Signed:
        name = s.primitive.name
        unit = self._without_unit(s, scalar)
        if unit is not None:
            return unit
        left_negative, left = self._operand(s, 0, scalar)
        right_negative, right = self._operand(s, 1, scalar)
        if name in ("multiply", "divide"):
            product = ast.BinOp(left, _OPERATORS[name](), right)
            setattr(product, _TAKES_SIGN, True)
            return left_negative ^ right_negative, product
        if name == "subtract":
            right_negative = not right_negative
        if left_negative and not right_negative:
            left, right, left_negative, right_negative = right, left, False, True
        operator: ast.operator = ast.Sub() if right_negative else ast.Add()
        return False, ast.BinOp(finished((left_negative, left)), operator, right)

    def _without_unit(self, s: Call, scalar: bool) -> Signed | None:
        """x · 1.0 and x / 1.0 are x; only of Python floats, which nobody can tell from a copy."""
        if not isinstance(s.target.type, PythonScalar) or s.primitive.name not in (
            "multiply",
            "divide",
        ):
            return None
        a, b = s.args
        for kept, unit in ((a, b), (b, a)) if s.primitive.name == "multiply" else ((a, b),):
            one = (
                isinstance(unit, Constant) and type(unit.value) in (float, int) and unit.value == 1
            )
            if one and kept.type == s.target.type:
                return self._signed(kept, scalar)
        return None

    def _operand(self, s: Call, index: int, scalar: bool) -> Signed:
        atom = s.args[index]
        if isinstance(atom, Constant) and isinstance(atom.value, np.float64) and not scalar:
            return self._signed(atom, not _narrow(s))
        if isinstance(atom, Variable) and not scalar and _widens(s, atom):
            wide = self.literals.dtype(dtype_of(atom.type))
            return False, ast.Call(wide, [self.atom(atom, scalar)], [])
        return self._signed(atom, scalar)

    def fill(
        self, s: Call, template: Template, scalar: bool, first: ast.expr | None = None
    ) -> ast.expr:
        """The template with operands and static parameters in place (`first` stands for operand
        0).
        """
        node = _Filling(self, s, template, scalar, first).visit(template.expression)
        hidden = {
            key: value
            for key, value in s.statics.items()
            if key not in template.statics
            and "form" not in s.statics
            and not _same(value, s.primitive.defaults.get(key, _MISSING))
        }
        if hidden:
            # one result of several is an element of what the call returns
            called = node.value if isinstance(node, ast.Subscript) else node
            if not isinstance(called, ast.Call):
                raise UnsupportedValueError(
                    f"the spelling of `{s.primitive.name}` has no place for "
                    f"{', '.join(sorted(hidden))}."
                )
            filling = _Filling(self, s, template, scalar, first)
            called.keywords.extend(
                ast.keyword(key, filling.static(value)) for key, value in hidden.items()
            )
        assert isinstance(node, ast.expr)
        return node

    def kept(self, s: Call) -> ast.stmt:
        """A call for its effect: an expression, an `assert` or a `raise`."""
        template, scalar = choose(s, self.careful)
        node = _Filling(self, s, template, scalar, None).visit(template.tree)
        assert isinstance(node, ast.stmt)
        return node

    def update(self, s: Call, template: Template, name: str) -> ast.stmt:
        """The statement that overwrites operand 0, which is called `name`, in place."""
        filling = _Filling(self, s, template, False, ast.Name(name, ast.Load()))
        node = filling.visit(template.tree)
        assert isinstance(node, ast.stmt)
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            value = node.value
            if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
                return ast.AugAssign(node.target, ast.Sub(), value.operand)
        return node


class _Filling:
    """Copies a template; placeholders get fresh expressions, since printers mark the nodes."""

    def __init__(
        self,
        expressions: Expressions,
        call: Call,
        template: Template,
        scalar: bool,
        first: ast.expr | None,
    ) -> None:
        self.expressions = expressions
        self.call = call
        self.template = template
        self.scalar = scalar
        self.first = first

    def operand(self, index: int) -> ast.expr:
        if index == 0 and isinstance(self.first, ast.Name):
            return ast.Name(self.first.id, ast.Load())
        return finished(self.expressions._operand(self.call, index, self.scalar))

    def static(self, value: Any) -> ast.expr:
        def dynamic(number: int) -> ast.expr:
            return finished(
                self.expressions._signed(self.call.args[self.template.fixed + number], True)
            )

        return self.expressions.literals.static(value, dynamic, self.scalar)

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Name):
            return self._name(node)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "_dtype"
        ):
            # a derivative of an np.float64 is one, however it was computed
            plain = self.scalar and self.call.primitive.name != "as_numpy_scalar"
            called = self.expressions.literals.dtype(self.call.statics["dtype"], called=plain)
            return ast.Call(called, [self._expr(a) for a in node.args], [])
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Name)
            and node.slice.id == "_index"
        ):
            return ast.Subscript(
                self._expr(node.value), self.static(self.call.statics["index"]), node.ctx
            )
        if isinstance(node, ast.Attribute) and self._lacks(node):
            return ast.Attribute(self._as_array(node.value), node.attr, node.ctx)
        fields: dict[str, Any] = {}
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                fields[name] = [new for item in value for new in self._items(item)]
            else:
                fields[name] = self.visit(value) if isinstance(value, ast.AST) else value
        return type(node)(**fields)

    def _lacks(self, node: ast.Attribute) -> bool:
        """True for ``_0.reshape`` of a number: Python's have no methods of arrays, and may stand for NumPy's."""
        index = position(node.value.id) if isinstance(node.value, ast.Name) else None
        if index is None or hasattr(float, node.attr):
            return False
        return is_scalar(self.call.args[index].type)

    def _as_array(self, node: ast.expr) -> ast.expr:
        return ast.Call(self.expressions.literals.numpy("asarray"), [self._expr(node)], [])

    def _expr(self, node: ast.expr) -> ast.expr:
        found = self.visit(node)
        assert isinstance(found, ast.expr)
        return found

    def _items(self, item: Any) -> list[Any]:
        starred = isinstance(item, ast.Starred) and isinstance(item.value, ast.Name)
        if starred and item.value.id in ("_args", "_rest"):
            first = self.template.fixed if item.value.id == "_rest" else 0
            return [self.operand(i) for i in range(first, len(self.call.args))]
        return [self.visit(item) if isinstance(item, ast.AST) else item]

    def _many(self, name: str) -> list[ast.expr]:
        first = 0 if name == "_args" else self.template.fixed
        return [self.operand(i) for i in range(first, len(self.call.args))]

    def _name(self, node: ast.Name) -> ast.expr:
        if node.id in self.template.own:
            return ast.Name(node.id, node.ctx)
        index = position(node.id)
        if index is not None:
            return self.operand(index)
        if node.id in ("_args", "_rest"):
            return ast.Tuple(self._many(node.id), ast.Load())
        static = static_name(node.id)
        if static is not None:
            value = self.call.statics.get(static, self.call.primitive.defaults.get(static))
            if static == "dtype" and value is not None:
                return self.expressions.literals.dtype(value)
            if static == "function":
                return self.expressions.imports.user_function(value)
            # outside of brackets a slice is spelled as a call
            return self.static(
                outside_brackets(value) if isinstance(value, IndexPattern) else value
            )
        return self.expressions.imports.template_name(node.id)


_MISSING = object()
#: what is written into an array takes the dtype of the array
_TAKEN_AS_THEY_ARE = ("setitem", "add_to_slice", "fill_like", "zeros_like", "getitem")
#: marks a product whose first factor may take a minus sign (a factor of unsigned integers may not)
_TAKES_SIGN = "_takes_sign"


def _same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and bool(np.all(a == b)))


def finished(signed: Signed) -> ast.expr:
    """The expression with its sign: in front of a product's first factor, else of the whole."""
    negative, node = signed
    if not negative:
        return node
    spine: list[ast.BinOp] = []
    first = node
    while isinstance(first, ast.BinOp) and getattr(first, _TAKES_SIGN, False):
        spine.append(first)
        first = first.left
    if isinstance(first, ast.UnaryOp) and isinstance(first.op, ast.USub):
        negated: ast.expr = first.operand
    else:
        negated = ast.UnaryOp(ast.USub(), first)
    if not spine:
        return negated
    spine[-1].left = negated
    return node


def _symmetric(type: Type) -> bool:
    """True where a sign may be moved through products exactly: real floats, and Python's ints."""
    if isinstance(type, PythonScalar):
        return type.kind in ("int", "float")
    return is_number(type) and dtype_of(type).kind == "f"


def _widens(s: Call, number: Variable) -> bool:
    """True where an `np.float64`, run as a Python float, would not make the others wider (NEP 50)."""
    if not isinstance(number.type, NumpyScalar) or not runs_as_float(number.type):
        return False
    if s.primitive.name in _TAKEN_AS_THEY_ARE:
        return False
    return narrow(s)


def _narrow(s: Call) -> bool:
    """True where an `np.float64` would widen an operand that a Python float leaves as it is."""
    return any(
        not isinstance(a.type, PythonScalar)
        and not (isinstance(a.type, NumpyScalar) and isinstance(a, Constant))
        and is_number(a.type)
        and dtype_of(a.type).str[1:] not in ("f8", "c16")
        for a in s.args
    )
