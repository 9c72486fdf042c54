"""Lets derivative statements reuse what has been computed already.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import REVERSE, Function, Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.arithmetic import divide, multiply
>>> x, y_bar = Variable("x", FLOAT), Variable("y_bar", FLOAT)
>>> with Builder(style="python").active() as builder:
...     inverse = divide(1.0, x)
>>> builder.style, builder.role = "", REVERSE
>>> with builder.active():
...     again = divide(1.0, x)
...     x_bar = multiply(y_bar, again)
>>> f = Function("f", (Parameter("x", x), Parameter("y_bar", y_bar)), builder.block(), x_bar)
>>> print(to_text(f))
f(x: float, y_bar: float)
    v1: float = divide(1.0, x)
    v2: float = divide(1.0, x)
    v3: float = multiply(y_bar, v2)
    return v3
>>> print(to_text(merge_common_subexpressions(f)))
f(x: float, y_bar: float)
    v1: float = divide(1.0, x)
    v2: float = multiply(y_bar, v1)
    return v2
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property

from adcompiler.analysis.dataflow import backward_graph, reached
from adcompiler.ir.effects import is_effect
from adcompiler.ir.nodes import PRIMAL, Block, Call, For, Function, Statement, While
from adcompiler.ir.origin import Origin
from adcompiler.ir.structure import iterate
from adcompiler.ir.types import Array, NumpyScalar, PythonScalar, dtype_of, runs_as_float, shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import all_statements, blocks, ends, operands
from adcompiler.optimize.rewrite import Rewriter, revised
from adcompiler.optimize.sameness import key_of

#: on scalars, writing these again reads better than a name for their result
_CHEAP = frozenset({"add", "subtract", "multiply", "negative"})
#: exactly commutative in floating point
_COMMUTATIVE = frozenset({"add", "multiply"})


def merge_common_subexpressions(function: Function) -> Function:
    """The function without derivative statements that compute a value at hand.

    The user's own statements stay as written, whatever they repeat.  A derivative statement is
    dropped for an equal one in the same or an enclosing block; but cheap arithmetic on scalars is
    shared only within one statement of the user's, so that each adjoint still reads like the line
    above it.
    """
    return _Merger(function).function(function)


class _Merger(Rewriter):
    """Value numbering: equal numbers mean equal values, whether or not the statements are merged.

    So ``cos(a * b)`` is found again although neither of two ``a * b`` is dropped.
    """

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.source = function
        self.numbers: dict[Variable, int] = {}
        # the first call for a key, and the first one within each statement of the user's
        self.available: dict[Hashable, Call] = {}
        self.scopes: list[list[Hashable]] = []
        # a primal value -> an equal one of the same user statement, for derivative statements to
        # read
        self.canonical: dict[Variable, Variable] = {}
        self.overwritten = _overwritten(function.body)

    def block(self, block: Block) -> Block:
        self.scopes.append([])
        result = super().block(block)
        for key in self.scopes.pop():
            del self.available[key]
        return result

    def call(self, s: Call) -> Iterable[Statement]:
        if _is_derivative(s):
            s = revised(s, args=tuple(map(self._canonical, s.args)))
        if s.target in self.overwritten or is_effect(s):
            return (s,)
        key = self._key(s)
        place = _place(s.origin)
        near, first = self.available.get((key, place)), self.available.get(key)
        if first is not None:
            self.numbers[s.target] = self._number(first.target)
        if not _is_derivative(s):
            if near is not None and near.target.type == s.target.type:
                self.canonical[s.target] = near.target
        else:
            for earlier in (near, first):
                if earlier is not None and self._may_merge(earlier, s):
                    self.replace(s.target, earlier.target)
                    return ()
        for name in (key, (key, place)):
            if name not in self.available:
                self.available[name] = s
                self.scopes[-1].append(name)
        return (s,)

    def _canonical(self, atom: Atom) -> Atom:
        return self.canonical.get(atom, atom) if isinstance(atom, Variable) else atom

    def _may_merge(self, earlier: Call, s: Call) -> bool:
        if _place(earlier.origin) != _place(s.origin) and _is_cheap(s):
            return False
        have, want = earlier.target.type, s.target.type
        return have == want or (
            runs_as_float(have)
            and runs_as_float(want)
            and dtype_of(have) == dtype_of(want)
            and all(map(_takes_any_float, self.readers.get(s.target, [None])))
        )

    @cached_property
    def readers(self) -> dict[Variable, list[Call | None]]:
        """The calls that read a variable; None stands for any other reader."""
        found: dict[Variable, list[Call | None]] = {}

        def note(atoms: Iterable[object], reader: Call | None) -> None:
            for atom in atoms:
                if isinstance(atom, Variable):
                    found.setdefault(atom, []).append(reader)

        for s in all_statements(self.source.body):
            note(operands(s), s if isinstance(s, Call) else None)
            for inner in blocks(s):
                note(inner.results, None)
            if isinstance(s, (For, While)):
                note(ends(s), None)
        note(iterate(self.source.result), None)
        return found

    def _key(self, s: Call) -> Hashable:
        likes = s.primitive.shape_only
        args = [
            ("like", atom.type)
            if position in likes and isinstance(atom.type, Array) and not atom.type.changes_in_loop
            else self._operand(atom)
            for position, atom in enumerate(s.args)
        ]
        if s.primitive.name in _COMMUTATIVE:
            args.sort(key=_order)
        return s.primitive, tuple(args), key_of(s.statics) if s.statics else None

    def _operand(self, atom: Atom) -> tuple[object, ...]:
        if isinstance(atom, Constant):
            return "constant", atom.type, key_of(atom.value)
        assert isinstance(atom, Variable)
        return "variable", self._number(atom)

    def _number(self, variable: Variable) -> int:
        return self.numbers.setdefault(variable, len(self.numbers))


def _order(key: tuple[object, ...]) -> tuple[object, ...]:
    """Numbers of variables by size, and behind them what is no variable."""
    return (0, key[1]) if key[0] == "variable" else (1, repr(key))


def _is_derivative(s: Call) -> bool:
    """True also for the arithmetic of a derivative that is differentiated again, and so is primal.

    (What lowering writes of its own, reads of elements and conversions, belongs to the user's
    statement.)
    """
    return s.role != PRIMAL or (not s.style and s.primitive.kind in ("elementwise", "bilinear"))


def _place(origin: Origin) -> tuple[object, ...]:
    return origin.file, origin.statement


def _is_cheap(s: Call) -> bool:
    return s.primitive.name in _CHEAP and not shape_of(s.target.type)


def _takes_any_float(reader: Call | None) -> bool:
    """True where a Python float and an np.float64 give a result of the same type."""
    if reader is None or reader.primitive.kind != "elementwise":
        return False
    target = reader.target.type
    if not isinstance(target, (NumpyScalar, Array)) or target.dtype != dtype_of(
        PythonScalar("float")
    ):
        return False
    # with a float32 operand the Python float would be weak and the np.float64 would not
    return all(
        not isinstance(a.type, (NumpyScalar, Array)) or a.type.dtype == target.dtype
        for a in reader.args
    )


def _overwritten(body: Block) -> set[Variable]:
    """Values whose storage an update takes over: merged, they would have to be copied first.

    So are the zeros from which a loop starts: each of its sums has its own.
    """
    zeros = {
        s.target
        for s in all_statements(body)
        if isinstance(s, Call) and s.primitive.name == "zeros_like"
    }
    loops = (s for s in all_statements(body) if isinstance(s, (For, While)))
    carried = {atom for s in loops for _, atom in s.carried if atom in zeros}
    return {v for v in carried if isinstance(v, Variable)} | _updated(body)


def _updated(body: Block) -> set[Variable]:
    start = [
        atom
        for s in all_statements(body)
        if isinstance(s, Call) and s.primitive.memory == "update"
        for atom in s.args[:1]
        if isinstance(atom, Variable)
    ]
    if not start:
        return set()
    shared = backward_graph(
        body, lambda call, position: position == 0 and call.primitive.memory in ("update", "view")
    )
    return reached(shared, start)
