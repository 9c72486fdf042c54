"""What shares memory in NumPy is a view in the trace, and what copies is not: every entry of the catalogue.

A function is called with arrays of several layouts.  Where the result may share memory with an argument, a chain of
views must lead from it to that argument; where it does not, no chain that surely shares memory may.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adcompiler.errors import ADError
from adcompiler.frontend.regions import is_exact, is_view
from adcompiler.ir.builder import Builder
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, iterate
from adcompiler.ir.types import Array, type_of
from adcompiler.ir.values import Variable
from adcompiler.primitives.catalogue import ATTRIBUTES, FUNCTIONS, METHODS, spelled_name
from adcompiler.primitives.statics import ValueNeeded
from tests.primitives.rule_cases import cases, names
from tests.primitives.test_every_spelling import spelled

ROW = np.array([0.3, 0.7, 0.5, 0.9])
GRID = np.array([[0.5, 0.25, 0.1], [0.2, 0.6, 0.3], [0.1, 0.4, 0.9]])
#: the same kinds of arrays as they may lie in memory
LAYOUTS: dict[str, np.ndarray[Any, Any]] = {
    "row": ROW,
    "strided": np.repeat(ROW, 2)[::2],
    "reversed": ROW[::-1],
    "one": ROW[:1],
    "none": ROW[:0],
    "number": np.array(0.5),
    "grid": GRID,
    "transposed": GRID.T,
    "wide": GRID[:2],
    "tall": GRID[:, :2],
    "one_row": GRID[:1],
    "column": ROW[:, None],
    "box": np.arange(1.0, 25.0).reshape(2, 3, 4) / 30.0,
    "turned_box": (np.arange(1.0, 25.0).reshape(2, 3, 4) / 30.0).transpose(2, 0, 1),
    "ints": np.array([3, 1, 2]),
    "bools": np.array([True, False, True]),
    "single": ROW.astype(np.float32),
}
#: arguments behind the array, and keywords, that make a function return what it got or a view of it
BEHIND: tuple[tuple[Any, ...], ...] = (
    (), (0,), (1,), (-1,), (2,), (None,), (None, None), (0, 0), (0, 1), (1, 0), (2, 1), ((0,),), ((0, 1),), ((1, 0),),
    ([0],), ((-1,),), ((3, 3),), ((4,),), ((1, 4),), ((2, 2),), (float,), (np.float32,), (int,), (0.0,), (0.0, 1.0),
    ([], []), (1, 1), (0, 1.0), ([0], 1.0), ([0], [0]), ([0], [1]), ("C",), ("F",), (0, 0, 0), (1, 0, 1), (0, 1, 0),
    (0.25, 0), (np.array([0, 1]),), (np.array([True, False, True, False]),), ([0, 1], 0), ((0, 1), (0, 1)),
)  # fmt: skip
KEYWORDS: tuple[dict[str, Any], ...] = (
    {}, {"axis": 0}, {"axis": -1}, {"axis": None}, {"axis": ()}, {"keepdims": True}, {"axis": 0, "keepdims": True},
    {"copy": False}, {"copy": None}, {"copy": True}, {"dtype": float}, {"dtype": np.float32}, {"order": "F"},
    {"order": "A"}, {"order": "C"}, {"order": "K"}, {"ndmin": 1}, {"ndmin": 2}, {"n": 0}, {"k": 0}, {"k": 4},
    {"offset": 1}, {"axes": (0, 1)}, {"axes": (1, 0)}, {"indexing": "ij", "copy": False},
    {"copy": False, "sparse": True}, {"sparse": True},
    {"min": None, "max": None}, {"initial": 0.0}, {"decimals": 2}, {"mode": "wrap"}, {"nan": 0.0},
    {"copy": False, "nan": 1.0}, {"dtype": float, "copy": False}, {"subok": True}, {"like": None},
)  # fmt: skip
#: calls in which the array is not the first argument
OTHER_CALLS: dict[Any, tuple[Callable[[Any], tuple[Any, ...]], ...]] = {
    np.einsum: tuple(
        lambda x, text=text: (text, x)
        for text in ("i->i", "ij->ij", "ij->ji", "ii->i", "ii", "ij->j", "...->...", "i", "ijk->kij")
    ),
    np.where: (lambda x: (x > 0, x, x), lambda x: (True, x, 0.0)),
    np.select: (lambda x: ([x > 0], [x], 0.0), lambda x: ([x > 0], [x])),
    np.choose: (lambda x: (np.zeros(np.shape(x), int), [x, x]),),
    np.compress: (lambda x: (np.ones(len(x), bool), x),),
    np.extract: (lambda x: (x > -1, x),),
    np.piecewise: (),
}  # fmt: skip
#: of several arrays, each of which may come back
MANY = (
    lambda x: ((x,),),
    lambda x: ((x, x),),
    lambda x: ([x],),
    lambda x: (x, x),
    lambda x: (x, x, x),
)
#: written by hand elsewhere, or no function of arrays at all
EFFECTS = {"print", "open", "input", "warn", "save", "savetxt", "load", "loadtxt"}

Entry = tuple[str, Callable[..., Any], Callable[..., Any]]


def _entries() -> Iterator[Entry]:
    for function, build in FUNCTIONS.items():
        name = spelled_name(function)
        if name == "special.ellip_normal":  # SciPy prints an exception that it ignores for such arguments
            continue
        if name.rpartition(".")[2] not in EFFECTS and not name.startswith(("np.random", "math.")):
            yield name, function, build
    for name, build in METHODS.items():
        yield f"x.{name}()", _method(name), build
    for name, build in ATTRIBUTES.items():
        yield f"x.{name}", _attribute(name), build


def _method(name: str) -> Callable[..., Any]:
    return lambda x, *args, **kwargs: getattr(x, name)(*args, **kwargs)


def _attribute(name: str) -> Callable[..., Any]:
    return lambda x: getattr(x, name)


ENTRIES = list(_entries())


def _calls(function: Any, name: str, x: Any) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The arguments of a call, the arrays that may be shared among them."""
    if name.startswith("x.") and not name.endswith("()"):
        yield (x,), {}
        return
    for behind in BEHIND:
        yield (x, *behind), {}
    for keywords in KEYWORDS[1:]:
        yield (x,), keywords
    if name.startswith("x."):
        return
    for make in MANY:
        yield make(x), {}
        yield make(x), {"axis": 0}
    for make in OTHER_CALLS.get(function, ()):
        try:
            yield make(x), {}
        except (IndexError, TypeError, ValueError):
            continue


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _replaced(value: Any, change: Callable[[Any], Any]) -> Any:
    if _is_array(value):
        return change(value)
    if type(value) in (tuple, list):
        return type(value)(_replaced(v, change) for v in value)
    return value


def _arrays(value: Any) -> list[Any]:
    found: list[Any] = []
    _replaced(value, found.append)
    return found


def _flat(result: Any) -> list[Any]:
    if isinstance(result, (tuple, list)):
        return [leaf for item in result for leaf in _flat(item)]
    return [result]


def _traced(
    build: Callable[..., Any], args: Any, keywords: dict[str, Any], style: str
) -> tuple[list[Any], dict[Variable, Any], dict[Variable, Call]] | None:
    """The results of a builder, the arrays of its variables, what defined each variable; None where it refuses."""
    arrays: dict[Variable, Any] = {}

    def variable(array: Any) -> Variable:
        same = next((v for v, a in arrays.items() if a is array), None)
        if same is None:
            same = Variable(f"x{len(arrays)}", type_of(array))
            arrays[same] = array
        return same

    with Builder(style=style).active() as builder:
        try:
            result = build(*_replaced(args, variable), **keywords)
        except (ADError, ValueNeeded):
            return None
        made = {s.target: s for s in builder.statements if isinstance(s, Call)}
    if isinstance(result, Branch):
        result = list(iterate(result))
    return _flat(result), arrays, made


def _chain(leaf: Any, made: dict[Variable, Call]) -> tuple[Any, bool]:
    """Where the views of a result start, and whether each of them surely is one."""
    exact = True
    while leaf in made and is_view(made[leaf]):
        exact = exact and is_exact(made[leaf])
        leaf = made[leaf].args[0]
    return leaf, exact


def _wrong(entry: Entry, layout: str) -> list[str]:
    name, function, build = entry
    found: list[str] = []
    x = LAYOUTS[layout]
    for args, keywords in _calls(function, name, x):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                result = function(*args, **keywords)
        except Exception:  # there is no such call in NumPy
            continue
        traced = _traced(build, args, keywords, "numpy")
        if traced is None:
            continue
        results, arrays, made = traced
        told = _flat(result)
        if len(told) != len(results):
            continue
        for real, leaf in zip(told, results, strict=True):
            if not _is_array(real) or not real.size:  # without elements there is nothing to write
                continue
            if not (isinstance(leaf, Variable) and isinstance(leaf.type, Array)):
                continue
            start, exact = _chain(leaf, made)
            for variable, array in arrays.items():
                shares = np.shares_memory(real, array)
                call = f"{name} of {layout} with {args[1:]} {keywords}"
                if shares and start is not variable:
                    found.append(f"{call}: a view in NumPy, a copy in the trace")
                elif not shares and start is variable and exact and real.size:
                    found.append(f"{call}: a copy in NumPy, the same memory in the trace")
    return found


@pytest.mark.parametrize("entry", ENTRIES, ids=[name for name, _, _ in ENTRIES])
def test_memory_is_as_declared(entry: Entry) -> None:
    wrong = [text for layout in LAYOUTS for text in _wrong(entry, layout)]
    assert not wrong, "\n".join(itertools.islice(wrong, 12))


def _shared_operands(result: Any, operands: tuple[Any, ...]) -> list[int]:
    return [
        k
        for k, operand in enumerate(operands)
        if _is_array(operand)
        and any(_is_array(r) and np.shares_memory(r, operand) for r in _flat(result))
    ]


@pytest.mark.parametrize("name", names())
def test_a_row_that_is_fresh_makes_a_new_array(name: str) -> None:
    """What is written may overwrite a fresh array, so its spelling must not hand on an operand."""
    row = lookup(name)
    if row.memory == "update":
        return
    for case in cases(row):
        operands = tuple(np.array(o) if isinstance(o, list) else o for o in case.operands)
        if not any(map(_is_array, operands)):
            continue
        given = replace(case, operands=operands)
        text = row.spelling.array
        results = [row.function(*operands, **case.statics)]
        if text:
            results.append(spelled(row, text, given))
        handed_on = [0] if row.memory == "view" or text == "_0" else []
        for result in results:
            assert set(_shared_operands(result, operands)) <= set(handed_on), (case, text)
