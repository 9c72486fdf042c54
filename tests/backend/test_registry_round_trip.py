"""Every row of the registry, written as text and run, gives what `evaluate` gives."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import adcompiler.primitives.catalogue  # noqa: F401 - fills the registry with all rows
from adcompiler.backend.emit import generate
from adcompiler.backend.load import load
from adcompiler.ir.builder import Builder
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import PRIMAL, REVERSE, Function, Parameter
from adcompiler.ir.primitive import Primitive, registry
from adcompiler.ir.structure import sequence
from adcompiler.ir.values import Variable
from tests.primitives.rule_cases import Case, cases


def one_call(case: Case, style: str, role: str) -> Function:
    """One call, and its result used once more, so that it is folded and also stands alone."""
    variables = [Variable(f"x{i}", t) for i, t in enumerate(case.types)]
    with Builder(role=role, style=style).active() as builder:
        y = builder.apply(case.primitive, *variables, **case.statics)
    parameters = tuple(Parameter(f"x{i}", v) for i, v in enumerate(variables))
    return Function("f", parameters, builder.block(), sequence("tuple", (y,)))


def copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("primitive", list(registry().values()), ids=lambda p: p.name)
@pytest.mark.parametrize("careful", [False, True], ids=["fast", "careful"])
def test_text_agrees_with_evaluate(primitive: Primitive, careful: bool) -> None:
    for case in cases(primitive):
        for style, role in (("", REVERSE), ("numpy", PRIMAL), ("python", PRIMAL)):
            function = one_call(case, style, role)
            program = generate(function, careful=careful)
            compiled = load(program, {})
            arguments = [copied(o) for o in case.operands]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                (expected,) = evaluate(function, [copied(o) for o in case.operands])
                (found,) = compiled(*arguments)
            assert np.shape(found) == np.shape(expected), f"{case}\n{program.text}"
            if isinstance(expected, np.ndarray):
                assert found.dtype == expected.dtype, f"{case}\n{program.text}"
            single = np.asarray(expected).dtype in (np.float32, np.complex64)
            tolerance = 1e-6 if single else 4e-16
            np.testing.assert_allclose(
                found, expected, rtol=tolerance, atol=tolerance, err_msg=program.text
            )
            for given, now in zip(case.operands, arguments, strict=True):
                np.testing.assert_array_equal(now, given, err_msg="an argument was written")
