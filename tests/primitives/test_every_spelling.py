"""Every template of every row, against the row's own function: on floats, and with NumPy."""

from __future__ import annotations

import ast
import importlib
import math
import random
from typing import Any

import numpy as np
import pytest

from adcompiler.backend.imports import runtime_functions
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.primitive import Primitive, lookup
from adcompiler.primitives.extras import installed
from adcompiler.primitives.samples import Domain
from tests.primitives.rule_cases import Case, cases, draw, names
from tests.primitives.rule_checks import assert_close, explained

ALL = names()
SPELLED = [n for n in ALL if lookup(n).spelling.scalar and isinstance(lookup(n).samples[0], Domain)]
#: the operand that is a number known while compiling, and no nan
CONSTANT_OPERAND = {"at_least": 1, "at_most": 1}


@pytest.mark.parametrize("name", SPELLED)
def test_scalar_spelling_agrees_with_numpy(name: str) -> None:
    """To 2 ulp, nan and order included; or it raises, and the call runs again as spelled."""
    row = lookup(name)
    code = compile(row.spelling.scalar, name, "eval")
    rng = random.Random(3)
    points = [
        tuple(draw(d, "float", i, len(row.samples), rng) for i, d in enumerate(row.samples))
        for _ in range(20)
    ]
    integer = any(d.integer for d in row.samples) and name != "where"
    strange = (
        ()
        if integer
        else (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, -1e-308, 1.0, 2.5, -3.5)
    )
    for i in range(len(row.samples)):
        values = [v for v in strange if not (CONSTANT_OPERAND.get(name) == i and math.isnan(v))]
        points += [(*points[0][:i], v, *points[0][i + 1 :]) for v in values]
        points += [(v,) * len(row.samples) for v in values]
    for point in points:
        if any(math.isnan(v) for i, v in enumerate(point) if CONSTANT_OPERAND.get(name) == i):
            continue
        try:
            found = eval(code, {"math": math, **{f"_{i}": v for i, v in enumerate(point)}})
        except (ArithmeticError, ValueError):
            continue
        with np.errstate(all="ignore"):
            expected = row.function(*point)
        kind = np.asarray(expected).dtype.kind
        assert np.asarray(found).dtype.kind == kind, f"{name}{point}: {found!r} for {expected!r}"
        same = found == expected or (kind == "f" and math.isnan(found) and math.isnan(expected))
        assert same or abs(found - expected) <= 2 * math.ulp(float(expected)), (
            f"{name}{point}: {found!r}, {expected!r}"
        )


@pytest.mark.parametrize("name", ALL)
def test_spelling_is_the_function(name: str) -> None:
    """The template, filled with the operands, computes what the row's function computes."""
    row = lookup(name)
    for case in cases(row):
        text = row.spelling.array
        plain = all(type(o) in (bool, int, float, np.float64) for o in case.operands)
        if plain and case.operands and not isinstance(row.samples[0], Domain):
            text = row.spelling.scalar or text
        if not text:
            continue
        with explained(case):
            found = spelled(row, text, case)
            expected = row.function(*case.operands, **case.statics)
            assert np.shape(found) == np.shape(expected), text
            assert np.asarray(found).dtype == np.asarray(expected).dtype, text
            assert_close(found, expected, 1e-15, text)


def spelled(row: Primitive, text: str, case: Case) -> Any:
    """The value of a template; statics that it does not mention become keywords."""
    tree = ast.parse(text, mode="eval")
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    fixed = 1 + max((int(n[1:]) for n in used if n[1:].isdigit()), default=-1)
    space: dict[str, Any] = {"np": np, "math": math, **runtime_functions(), "_args": case.operands}
    space |= {extra.spelled: importlib.import_module(extra.module) for extra in installed()}
    space |= {f"_{i}": value for i, value in enumerate(case.operands)}
    space["_rest"] = case.operands[fixed:]
    for key, value in {**row.defaults, **case.statics}.items():
        if isinstance(value, IndexPattern):
            value = value.fill(case.operands[fixed:])
        space[f"_{key}"] = np.dtype(value).type if key == "dtype" and value is not None else value
    unused = [
        k for k, v in case.statics.items() if f"_{k}" not in used and row.defaults.get(k, ...) != v
    ]
    if unused:
        called = tree.body.value if isinstance(tree.body, ast.Subscript) else tree.body
        assert isinstance(called, ast.Call), f"{text} takes no keyword {unused}"
        called.keywords += [ast.keyword(k, ast.Name(f"_{k}", ast.Load())) for k in unused]
        ast.fix_missing_locations(tree)
    return eval(compile(tree, row.name, "eval"), space)
