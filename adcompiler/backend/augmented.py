"""Which operations may be written as ``x += …``, ``x *= …`` and the like.

>>> from adcompiler.ir.types import FLOAT
>>> x, x_2, y = Variable("x", FLOAT), Variable("x", FLOAT), Variable("y", FLOAT)
>>> [of_one_name(Variable(None, FLOAT, a, "bar"), Variable(None, FLOAT, x, "bar")) for a in (x_2, y)]
[True, False]
"""

from __future__ import annotations

import ast

from adcompiler.ir.nodes import Call
from adcompiler.ir.values import Variable

#: the operators
AUGMENTED = ("add", "subtract", "multiply", "divide")


def of_one_name(a: Variable, b: Variable) -> bool:
    """The derivatives of two versions of a variable."""
    while a.mark and a.mark == b.mark and a.of is not None and b.of is not None:
        a, b = a.of, b.of
    return not a.mark and not b.mark and a.name is not None and a.name == b.name


def augmented(s: Call) -> bool:
    """True where the user wrote ``x += …`` himself."""
    text = s.origin.text
    return any(f" {operator}= " in text for operator in ("+", "-", "*", "/")) and " = " not in text


def may_augment(s: Call) -> bool:
    """True where the new value may take the place of an operand: of a sum's any, of a product's the first alone.

    What the user wrote as a new array stays one; a product continues a variable or a derivative of one name.
    """
    if s.primitive.name not in AUGMENTED or (s.style and not augmented(s)):
        return False
    if s.primitive.name in ("add", "subtract"):
        return True
    first, target = s.args[0], s.target
    if not isinstance(first, Variable):
        return False
    return of_one_name(first, target) if first.mark else first.name == target.name


def taken_up(value: ast.expr, name: str) -> ast.expr:
    """``x + a - b`` as ``x + (a - b)``, and ``x - a + b`` as ``x - (a - b)``: one contribution to `x`.

    >>> ast.unparse(taken_up(ast.parse("x - a * b + c", mode="eval").body, "x"))
    'x - (a * b - c)'
    """
    terms: list[tuple[ast.operator, ast.expr]] = []
    first = value
    while isinstance(first, ast.BinOp) and isinstance(first.op, (ast.Add, ast.Sub)):
        terms.append((first.op, first.right))
        first = first.left
    if len(terms) < 2 or not (isinstance(first, ast.Name) and first.id == name):
        return value
    outer, total = terms.pop()
    while terms:
        operator, term = terms.pop()
        plus = isinstance(operator, ast.Add) == isinstance(outer, ast.Add)
        total = ast.BinOp(total, ast.Add() if plus else ast.Sub(), term)
    return ast.BinOp(first, outer, total)
