"""Every row of the registry, against the function it stands for.

registry x samples x argument: value and type, tangent, adjoint, cotangent type, second and third
order, batch rule, edge points.  A rule is tested by existing; a row without samples fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adcompiler.ir.builder import Builder
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, lookup
from adcompiler.ir.types import Array, NumpyScalar, PythonScalar, dtype_of, is_number, shape_of
from adcompiler.ir.values import Constant, Variable
from adcompiler.primitives.samples import Domain
from tests.primitives.rule_cases import (
    SCALAR_ONLY,
    Case,
    cases,
    edge_cases,
    length_value,
    names,
)
from tests.primitives.rule_checks import assert_close, dot, explained, generator, tolerance
from tests.primitives.rule_programs import (
    adjoint_of,
    difference,
    direction_like,
    function_of,
    moved,
    primal_of,
    results_of,
    run,
    sound,
    tangent_of,
    wide,
)

ALL = names()
DIFFERENTIABLE = [name for name in ALL if lookup(name).verdict == "differentiable"]
INERT = [name for name in ALL if lookup(name).verdict == "inert"]
BATCHED = [name for name in ALL if lookup(name).batch is not None and name not in SCALAR_ONLY]
#: held constant on purpose: the value moves, the derivative is zero by the user's own wish
HELD = {"stop_gradient"}
#: linear in another operand than the first
LINEAR_IN = {
    "solve": [[1]],
    "cofactor_change": [[1]],
    "linalg_solve": [[1]],
    "solve_triangular": [[1]],
    "cho_solve": [[1]],
    "lu_solve": [[2]],
    "solve_banded": [[1]],
    "solve_toeplitz": [[2]],
    "solve_sylvester": [[2]],
    "solve_continuous_lyapunov": [[1]],
    "solve_discrete_lyapunov": [[1]],
}


@pytest.mark.parametrize("name", ALL)
def test_row_has_samples(name: str) -> None:
    assert lookup(name).samples, f"the row {name} has no samples, so nothing tests it"
    assert cases(lookup(name))


@pytest.mark.parametrize("name", ALL)
def test_row_is_consistent(name: str) -> None:
    row = lookup(name)
    assert row.verdict in ("differentiable", "inert", "opaque")
    assert (row.pushforward is not None) == (row.verdict == "differentiable")
    assert (row.pullback is not None) == (row.verdict == "differentiable")


@pytest.mark.parametrize("name", ALL)
def test_value_has_the_predicted_type(name: str) -> None:
    for case in cases(lookup(name)):
        primal = primal_of(case)
        with explained(case, primal):
            call = primal.body.statements[-1]
            assert isinstance(call, Call)
            (value,) = run(primal, case.operands)
            predicted = call.target.type
            assert is_number(predicted), predicted
            if isinstance(predicted, PythonScalar):
                assert np.ndim(value) == 0
                assert np.asarray(value).dtype == dtype_of(predicted), f"{predicted}, got {value!r}"
                continue
            assert isinstance(value, (np.generic, np.ndarray)), f"{predicted}, got {value!r}"
            assert value.dtype == dtype_of(predicted), f"{predicted}, got {value.dtype}"
            if isinstance(predicted, NumpyScalar):
                assert value.ndim == 0, f"{predicted}, got the shape {value.shape}"
                continue
            assert isinstance(value, np.ndarray), f"{predicted}, got {type(value).__name__}"
            assert value.ndim == predicted.rank, f"{predicted}, got the shape {value.shape}"
            for length, real in zip(predicted.shape, value.shape, strict=True):
                assert length_value(length, case.names) in (None, real), (
                    f"{predicted}, got {value.shape}"
                )
                assert not (length.cannot_be_one and real == 1), f"{length} is 1"


@pytest.mark.parametrize("name", INERT)
def test_inert_rows_are_flat(name: str) -> None:
    """Derivative zero is declared; that it is zero where the samples are is checked."""
    if name in HELD:
        return
    for case in cases(lookup(name)):
        primal = primal_of(case)
        with explained(case, primal):
            (value,) = run(primal, case.operands)
            if np.asarray(value).dtype.kind != "f" or not case.active or case.is_single:
                continue
            direction = [direction_like(case.operands[i], generator(name)) for i in case.active]
            (slope,) = difference(primal, case.operands, case.active, direction)
            assert not np.any(slope), f"the value moves with slope {slope.tolist()}"


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_tangent_agrees_with_differences(name: str) -> None:
    for case in cases(lookup(name)):
        rng = generator(name)
        primal = primal_of(case)
        tangent = tangent_of(primal, case.active)
        with explained(case, tangent):
            direction = [direction_like(case.operands[i], rng) for i in case.active]
            (y,) = run(primal, case.operands)
            (y_dot,) = run(tangent, [*case.operands, *direction])
            (expected,) = difference(primal, case.operands, case.active, direction)
            assert_close(y_dot, expected, tolerance(case, 1e-8), "tangent")
            if not isinstance(y_dot, (float, complex)):
                assert np.shape(y_dot) == np.shape(y)
                assert y_dot.dtype == np.asarray(y).dtype


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_tangent_agrees_with_complex_step(name: str) -> None:
    """Where NumPy knows the function on complex numbers, its derivative is known to rounding."""
    row = lookup(name)
    if not isinstance(row.function, np.ufunc) or row.function.types[-1] not in (
        "D->D",
        "DD->D",
        "OO->O",
        "O->O",
    ):
        return
    analytic = {t for t in row.function.types if t in ("D->D", "DD->D")}
    if not analytic or name in ("maximum", "minimum", "fmax", "fmin", "at_least", "at_most"):
        return
    if name == "expi":  # off the real line another branch, which is iπ away
        return
    for case in cases(row):
        if case.is_single or any(map(np.iscomplexobj, case.operands)):
            continue
        direction = [direction_like(case.operands[i], generator(name)) for i in case.active]
        tangent = tangent_of(primal_of(case), case.active)
        with explained(case, tangent):
            shifted = list(case.operands)
            for i, d in zip(case.active, direction, strict=True):
                shifted[i] = np.asarray(shifted[i]) + 1e-20j * np.asarray(d)
            expected = np.imag(row.function(*shifted)) / 1e-20
            (y_dot,) = run(tangent, [*case.operands, *direction])
            assert_close(y_dot, expected, 1e-13, "tangent")


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_adjoint_is_the_transposed_tangent(name: str) -> None:
    for case in cases(lookup(name)):
        rng = generator(name)
        primal = primal_of(case)
        tangent, adjoint = tangent_of(primal, case.active), adjoint_of(primal, case.active)
        with explained(case, adjoint):
            (y,) = run(primal, case.operands)
            y_bar = direction_like(y, rng)
            direction = [direction_like(case.operands[i], rng) for i in case.active]
            (y_dot,) = run(tangent, [*case.operands, *direction])
            x_bars = run(adjoint, [*case.operands, y_bar])
            y_dot = np.broadcast_to(y_dot, np.shape(y))
            right = sum(dot(b, d) for b, d in zip(x_bars, direction, strict=True))
            size = sum(dot(np.abs(b), np.abs(d)) for b, d in zip(x_bars, direction, strict=True))
            eps = 1e-5 if case.is_single else 1e-13
            left = dot(y_bar, y_dot)
            assert abs(left - right) <= eps * (1.0 + size), (
                f"<y_bar, y_dot> = {left}, <x_bar, x_dot> = {right}"
            )


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_cotangents_have_the_type_of_their_primals(name: str) -> None:
    for case in cases(lookup(name)):
        primal = primal_of(case)
        adjoint = adjoint_of(primal, case.active)
        with explained(case, adjoint):
            (y,) = run(primal, case.operands)
            x_bars = run(adjoint, [*case.operands, direction_like(y, generator(name))])
            for i, x_bar, atom in zip(case.active, x_bars, results_of(adjoint), strict=True):
                if isinstance(atom, Constant):
                    continue  # a structural zero: whoever returns it gives it its type
                x = np.asarray(case.operands[i])
                assert np.shape(x_bar) == x.shape, f"operand {i}: {np.shape(x_bar)} for {x.shape}"
                if isinstance(case.operands[i], complex) and isinstance(x_bar, float):
                    continue  # Python's numbers are weak; whoever returns it gives it its type
                assert np.asarray(x_bar).dtype == x.dtype, f"operand {i}: {np.asarray(x_bar).dtype}"


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_second_order(name: str) -> None:
    """Forward over reverse against differences; reverse over reverse against the former."""
    for case in cases(lookup(name)):
        if case.is_single:
            continue
        rng = generator(name)
        adjoint = adjoint_of(primal_of(case), case.active)
        tangent = tangent_of(adjoint, case.active)
        with explained(case, tangent):
            (y,) = run(primal_of(case), case.operands)
            operands = [*case.operands, direction_like(y, rng)]
            direction = [direction_like(case.operands[i], rng) for i in case.active]
            found = run(tangent, [*operands, *direction])
            expected = difference(adjoint, operands, case.active, direction)
            for have, want in zip(found, expected, strict=True):
                assert_close(have, want, 1e-7, "forward over reverse")
        twice = adjoint_of(adjoint, case.active)
        with explained(case, twice):
            weights = [
                direction_like(np.asarray(wide(case.operands[i])), rng)[()]
                for i in case.active
            ]
            bars = run(twice, [*operands, *weights])
            left = sum(
                dot(w, f) for w, f in zip(weights, np_broadcast(found, weights), strict=True)
            )
            right = sum(dot(b, d) for b, d in zip(bars, direction, strict=True))
            size = sum(dot(np.abs(b), np.abs(d)) for b, d in zip(bars, direction, strict=True))
            assert abs(left - right) <= 1e-12 * (1.0 + size), (
                f"reverse over reverse: {left} and {right}"
            )


def np_broadcast(values: Any, like: Any) -> list[Any]:
    return [np.broadcast_to(v, np.shape(w)) for v, w in zip(values, like, strict=True)]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_third_order(name: str) -> None:
    """The tangent of the tangent of the tangent, on the first small double precision samples."""
    small = [
        c
        for c in cases(lookup(name))
        if not c.is_single and all(np.size(o) < 4 for o in c.operands)
    ]
    for case in small[:3]:
        second = tangent_of(tangent_of(primal_of(case), case.active), case.active)
        third = tangent_of(second, case.active)
        with explained(case, third):
            rng = generator(name)
            one, two, three = (
                [direction_like(case.operands[i], rng) for i in case.active] for _ in range(3)
            )
            operands = [*case.operands, *one, *two]
            (expected,) = difference(second, operands, case.active, three)
            (found,) = run(third, [*operands, *three])
            assert_close(found, expected, 1e-6, "third order")


@pytest.mark.parametrize("name", BATCHED)
def test_batch_rule_stacks_single_results(name: str) -> None:
    row = lookup(name)
    linear_in = {"linear": [[0]], "bilinear": [[0], [1]]}.get(row.kind, LINEAR_IN.get(name))
    for case in cases(row):
        count = len(case.operands)
        default = [[i] for i in range(count)] + ([list(range(count))] if count > 1 else [])
        if row.kind != "elementwise":
            default = [[i] for i in case.active[:1]]
        for chosen in linear_in or default:
            _check_batch(row, case, [i in chosen for i in range(count)])


def _check_batch(row: Primitive, case: Case, flags: list[bool]) -> None:
    rng = generator(row.name)
    rows: list[list[Any]] = []
    for _ in range(2):
        rows.append(
            [_near(o, rng) if flag else o for o, flag in zip(case.operands, flags, strict=True)]
        )
    stacked = [
        np.stack([np.asarray(r[i]) for r in rows]) if flag else case.operands[i]
        for i, flag in enumerate(flags)
    ]
    call = primal_of(case).body.statements[-1]
    assert isinstance(call, Call)
    assert row.batch is not None
    inputs = []
    for i, (value, flag, type) in enumerate(zip(stacked, flags, case.types, strict=True)):
        if flag:
            type = Array(np.asarray(value).dtype, (Length.symbol("directions"), *shape_of(type)))
        inputs.append(Variable(f"x{i}", type))
    with Builder().active() as builder:
        result = row.batch(call, inputs, flags)
    batched = sound(function_of(row.name + "_batch", inputs, builder, [result]))
    with explained(case, batched):
        (found,) = run(batched, stacked)
        singles = [row.function(*r, **case.statics) for r in rows]
        expected = np.stack([np.asarray(s) for s in singles])
        assert np.shape(found) == expected.shape, (
            f"{flags}: shape {np.shape(found)} for {expected.shape}"
        )
        if expected.dtype.kind in "fc":
            assert_close(found, expected, tolerance(case, 1e-13), f"batch {flags}")
        else:
            assert np.array_equal(found, expected), f"batch {flags}: {found} and {expected}"


def _near(value: Any, rng: np.random.Generator) -> Any:
    """A value of the same kind nearby, still inside the domain of every function."""
    if np.asarray(value).dtype.kind not in "fc":
        return value
    moved_value = np.asarray(value) * (1.0 + 0.01 * rng.uniform(0.0, 1.0, np.shape(value)))
    return moved_value.astype(np.asarray(value).dtype)


@pytest.mark.parametrize("name", [n for n in ALL if isinstance(lookup(n).samples[0], Domain)])
def test_edge_points_give_numbers(name: str) -> None:
    """At the edges of its samples a rule neither raises nor gives nan (inf is NumPy's answer)."""
    row = lookup(name)
    for case in edge_cases(row):
        primal = primal_of(case)
        programs = [primal]
        if row.verdict == "differentiable":
            programs += [tangent_of(primal, case.active), adjoint_of(primal, case.active)]
        with explained(case, *programs), np.errstate(all="ignore"):
            (y,) = run(primal, case.operands)
            assert not np.isnan(y), "the value is nan"
            for program in programs[1:]:
                extra = len(program.inputs) - len(case.operands)
                for result in run(program, [*case.operands, *[1.0] * extra]):
                    assert not np.any(np.isnan(result)), f"the derivative is {result}"


def test_no_operand_is_written() -> None:
    """Rules are pure: what a program got is unchanged after it ran."""
    for name in DIFFERENTIABLE:
        for case in cases(lookup(name)):
            before = [np.array(o, copy=True) for o in case.operands]
            primal = primal_of(case)
            (y,) = run(primal, case.operands)
            run(
                adjoint_of(primal, case.active),
                [*case.operands, direction_like(y, generator(name))],
            )
            for now, then in zip(case.operands, before, strict=True):
                assert np.array_equal(now, then, equal_nan=True), f"{case} changed its operand"


def test_moving_the_operands_leaves_them_alone() -> None:
    x = np.array([1.0, 2.0])
    assert moved([x], [0], [np.array([1.0, 1.0])], 0.5)[0].tolist() == [1.5, 2.5]
    assert x.tolist() == [1.0, 2.0]
