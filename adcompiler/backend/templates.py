"""The spelling templates of primitives, parsed once: placeholders ``_0``, ``_args``, ``_name``."""

from __future__ import annotations

import ast
import cmath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from adcompiler.ir.nodes import PRIMAL, Call
from adcompiler.ir.primitive import Spelling
from adcompiler.ir.types import PythonScalar, dtype_of, is_scalar, runs_as_float
from adcompiler.ir.values import Constant
from adcompiler.primitives.extras import SPELLED

_POSITION = re.compile(r"_(\d+)$")
_STATIC = re.compile(r"_([a-z]\w*)$")
#: Python raises where NumPy answers inf or nan
RAISING = frozenset({"divide", "power", "remainder", "floor_divide"})


@dataclass(frozen=True)
class Template:
    """`repeats` counts each operand's placeholder; operands from `fixed` on fill index patterns."""

    tree: ast.stmt
    repeats: Mapping[int, int]
    fixed: int
    statics: frozenset[str]
    width: int
    #: what a comprehension in the template binds
    own: frozenset[str]

    @property
    def expression(self) -> ast.expr:
        assert isinstance(self.tree, ast.Expr)
        return self.tree.value

    @cached_property
    def is_operand(self) -> bool:
        """True where the result may be operand 0 itself, not a copy."""
        if not isinstance(self.tree, ast.Expr):
            return False
        value = self.tree.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            return value.func.attr == "asarray"
        return isinstance(value, ast.Name)

    @cached_property
    def is_method(self) -> bool:
        """True for ``_0.copy()``: a method that arrays have."""
        if not (isinstance(self.tree, ast.Expr) and isinstance(self.tree.value, ast.Call)):
            return False
        function = self.tree.value.func
        return (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and position(function.value.id) == 0
        )

    @cached_property
    def uses_numpy(self) -> bool:
        """Or SciPy, which gives the same kinds of numbers."""
        names = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        return not names.isdisjoint(("np", *SPELLED))

    @cached_property
    def called(self) -> str:
        """``math`` for a call of ``math.sin``, ``float`` for one of ``float``, else empty."""
        function = self.expression.func if isinstance(self.expression, ast.Call) else None
        while isinstance(function, ast.Attribute):
            function = function.value
        return function.id if isinstance(function, ast.Name) else ""

    @property
    def is_function(self) -> bool:
        return isinstance(self.tree, ast.Expr) and isinstance(self.tree.value, ast.Call)


def position(name: str) -> int | None:
    found = _POSITION.match(name)
    return int(found[1]) if found else None


def static_name(name: str) -> str | None:
    found = _STATIC.match(name)
    return found[1] if found else None


@cache
def parse(text: str) -> Template:
    """
    >>> template = parse("_0.astype(_dtype)")
    >>> template.fixed, sorted(template.statics), template.is_function
    (1, ['dtype'], True)
    """
    tree = ast.parse(text or "pass").body[0]
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    positions = [p for p in map(position, names) if p is not None]
    repeats = {p: positions.count(p) for p in positions}
    statics = frozenset(
        s for s in map(static_name, names) if s is not None and s not in ("args", "rest")
    )
    return Template(
        tree,
        repeats,
        max(positions, default=-1) + 1,
        statics,
        len(text) - sum(2 * n for n in repeats.values()),
        frozenset(
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and not node.id.startswith("_")
        ),
    )


#: what gives an array without axes where a number is meant: `+=` would change it under all of its names
_OF_NUMBERS = {
    "np.where(_0, _1, _2)": "np.where(_0, _1, _2)[()]",
    "np.broadcast_to(_0, _1.shape)": "_0",
}


def choose(call: Call, careful: bool) -> tuple[Template, bool]:
    """The template of a call, and whether it runs on Python floats with `math`."""
    template, scalar = _choose(call, careful)
    spelling = call.primitive.spelling.array
    if spelling in _OF_NUMBERS and template is parse(spelling) and is_scalar(call.target.type):
        return parse(_OF_NUMBERS[spelling]), scalar
    if call.primitive.name == "list_stack" and not call.style:
        dtype = dtype_of(call.target.type)
        if dtype.str[1:] not in ("f8", "c16"):
            # the zeros that a list of derivatives starts with are Python's, and would make it wider
            return parse(f"np.array(_0, dtype=np.{dtype.name})"), scalar
    return template, scalar


def _choose(call: Call, careful: bool) -> tuple[Template, bool]:
    spelling, name = call.primitive.spelling, call.primitive.name
    if "form" in call.statics:
        return parse(call.statics["form"]), True
    if not spelling.array:
        return parse(spelling.update), False
    if name == "cast" and is_scalar(call.args[0].type) and not runs_as_float(call.args[0].type):
        # np.float32(x): where branches join, a Python number may stand for NumPy's, and has no astype
        return parse(spelling.scalar), isinstance(call.target.type, PythonScalar)
    own_python = call.role == PRIMAL and call.style == "python"
    if _of_complex_numbers(call) and (own_python or not careful):
        return parse(spelling.array if call.statics else _complex_spelling(spelling)), True
    if careful:
        return _choose_careful(call)
    chosen = call.args[1:] if name == "where" and is_scalar(call.args[0].type) else call.args
    if not call.args or not all(runs_as_float(a.type) for a in chosen):
        return parse(spelling.array), False
    if name == "power" and not _exact_power(call):
        return parse("math.pow(_0, _1)"), True
    return parse(spelling.scalar or spelling.array), True


def _of_complex_numbers(call: Call) -> bool:
    """True for Python numbers of which one is complex."""
    kinds = [a.type.kind for a in call.args if isinstance(a.type, PythonScalar)]
    return len(kinds) == len(call.args) and "complex" in kinds


def _complex_spelling(spelling: Spelling) -> str:
    """`cmath` where `math` stands for real numbers, and NumPy for what it has not."""
    name = spelling.scalar.removeprefix("math.").partition("(")[0]
    if not spelling.scalar.startswith("math."):
        return spelling.scalar or spelling.array
    return f"c{spelling.scalar}" if hasattr(cmath, name) else spelling.array


def _exact_power(call: Call) -> bool:
    """`**` gives what `math.pow` gives where the exponent is an int (of ints it stays an int)."""
    exponent = call.args[1]
    both_ints = all(isinstance(a.type, PythonScalar) and a.type.kind != "float" for a in call.args)
    return both_ints or (isinstance(exponent, Constant) and isinstance(exponent.value, int))


def _choose_careful(call: Call) -> tuple[Template, bool]:
    """The user's own spelling in the forward sweep; in the reverse sweep nothing raises."""
    spelling, name = call.primitive.spelling, call.primitive.name
    scalar = bool(call.args) and all(runs_as_float(a.type) for a in call.args)
    own = call.role == PRIMAL and call.style
    if own == "python" and scalar and name == "power" and not _exact_power(call):
        return parse("real_power(_0, _1)"), True
    if own == "python" and scalar:
        return parse(spelling.scalar or spelling.array), True
    operator = isinstance(parse(spelling.array).tree, ast.Expr) and isinstance(
        parse(spelling.array).expression, (ast.BinOp, ast.UnaryOp)
    )
    ufunc = operator and scalar and isinstance(getattr(np, name, None), np.ufunc)
    if ufunc and (own == "numpy" or (own != "python" and name in RAISING)):
        # an operator between Python floats is Python's; only the ufunc is NumPy's
        return parse(f"np.{name}({', '.join(f'_{i}' for i in range(len(call.args)))})"), False
    if scalar and spelling.scalar and parse(spelling.array).is_method:
        # a Python float has neither `astype` nor `copy`
        return parse(spelling.scalar), False
    return parse(spelling.array), False
