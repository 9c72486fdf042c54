"""NumPy's structural functions under the user's signatures: value, type, tangent and adjoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adcompiler.errors import ADError
from adcompiler.ir.builder import Builder
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.index import IndexPattern
from adcompiler.ir.nodes import Function, Parameter
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import leaves, sequence
from adcompiler.ir.types import Array, PythonScalar, dtype_of, is_inexact, shape_of
from adcompiler.ir.values import Atom, Variable, as_atom
from adcompiler.primitives.catalogue import ATTRIBUTES, FUNCTIONS, METHODS
from adcompiler.primitives.statics import ValueNeeded
from tests.primitives.rule_cases import length_value, symbolic_type
from tests.primitives.rule_programs import (
    adjoint_of,
    difference,
    direction_like,
    run,
    sound,
    tangent_of,
)

Program = Callable[..., Any]


class Module:
    """`np` for both worlds: on arrays it is NumPy, on atoms it is the catalogue."""

    def __init__(self, inside: Any = np) -> None:
        self._inside = inside

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inside, name)
        if type(found).__name__ == "module":
            return Module(found)

        def call(*args: Any, **kwargs: Any) -> Any:
            return (FUNCTIONS[found] if _holds_atom([*args, *kwargs.values()]) else found)(
                *args, **kwargs
            )

        return call


def _holds_atom(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_atom(item) for item in value)
    return isinstance(value, Atom)


np_ = Module()


def method(x: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return (
        METHODS[name](x, *args, **kwargs)
        if isinstance(x, Atom)
        else getattr(x, name)(*args, **kwargs)
    )


def attribute(x: Any, name: str) -> Any:
    return ATTRIBUTES[name](x) if isinstance(x, Atom) else getattr(x, name)


def item(x: Any, *entries: Any) -> Any:
    pattern = IndexPattern(entries, len(entries) != 1)
    return lookup("getitem")(x, index=pattern) if isinstance(x, Atom) else x[pattern.fill(())]


def traced(program: Program, values: tuple[Any, ...]) -> tuple[Function, dict[str, int]]:
    names: dict[str, int] = {}
    inputs = [Variable(f"x{i}", symbolic_type(v, f"x{i}", names)) for i, v in enumerate(values)]
    with Builder(style="numpy").active() as builder:
        result = as_atom(program(*inputs))
    parameters = tuple(Parameter(v.name or "", v) for v in inputs)
    return sound(Function("f", parameters, builder.block(), sequence("tuple", (result,)))), names


def check(program: Program, *values: Any) -> Function:
    """Value and type are NumPy's; tangent and adjoint agree with differences and each other."""
    function, names = traced(program, values)
    expected = program(*values)
    (found,) = evaluate(function, list(values))
    assert np.allclose(found, expected)
    assert np.shape(found) == np.shape(expected)
    (leaf,) = leaves(function.result)
    assert dtype_of(leaf.type) == np.asarray(expected).dtype
    assert (
        isinstance(found, np.ndarray)
        == isinstance(leaf.type, Array)
        == isinstance(expected, np.ndarray)
    )
    for length, real in zip(shape_of(leaf.type), np.shape(expected), strict=True):
        assert length_value(length, names) in (None, real)
    active = [i for i, v in enumerate(function.inputs) if is_inexact(v.type)]
    if not is_inexact(leaf.type) or not function.body.statements:
        return function
    rng = np.random.default_rng(5)
    direction = [direction_like(values[i], rng) for i in active]
    tangent, adjoint = tangent_of(function, active), adjoint_of(function, active)
    (y_dot,) = run(tangent, [*values, *direction])
    (slope,) = difference(function, values, active, direction)
    single = "float32" in str(leaf.type) + "".join(str(v.type) for v in function.inputs)
    assert np.allclose(y_dot, slope, atol=2e-3 if single else 1e-8)
    y_bar = direction_like(np.asarray(expected)[()], rng)
    bars = run(adjoint, [*values, y_bar])
    right = sum(np.sum(b * d) for b, d in zip(bars, direction, strict=True))
    assert np.isclose(np.sum(y_bar * y_dot), right, rtol=1e-4 if single else 1e-12)
    for i, bar in zip(active, bars, strict=True):
        assert np.shape(bar) == np.shape(values[i])
        assert np.asarray(bar).dtype == np.asarray(values[i]).dtype
    return function


def calls(function: Function) -> list[str]:
    return [s.primitive.name for s in function.body.statements]  # type: ignore[attr-defined]


X = np.array([0.5, -1.5, 2.5, 4.0])
M = np.array([[1.0, -2.0, 3.0], [0.5, 5.0, -6.5]])
SQUARE = np.array([[1.0, 2.0], [-3.0, 4.5]])
BOX = np.arange(24.0).reshape(2, 3, 4) - 7.5
COLUMN = np.array([[0.5], [1.5]])

ONE = [
    (lambda x: np_.sum(x), M),
    (lambda x: np_.sum(x, 0), M),
    (lambda x: np_.sum(x, axis=-1, keepdims=True), M),
    (lambda x: np_.sum(x, axis=(0, 2)), BOX),
    (lambda x: np_.sum(x), 2.0),
    (lambda x: np_.sum(x, axis=0), np.float64(2.0)),
    (lambda x: np_.sum(x), np.array(2.0)),
    (lambda x: np_.sum(x, dtype=np.float32), X),
    (lambda x: method(x, "sum", 1), M),
    (lambda x: method(x, "mean", axis=0), M),
    (lambda x: np_.mean(x, axis=(0, 1)), BOX),
    (lambda x: method(x, "max"), M),
    (lambda x: method(x, "min", axis=1), M),
    (lambda x: np_.max(x, axis=0, keepdims=True), M),
    (lambda x: np_.ptp(x), X),
    (lambda x: np_.cumsum(x), M),
    (lambda x: np_.cumsum(x, axis=1), M),
    (lambda x: np_.var(x), M),
    (lambda x: np_.std(x, axis=0, ddof=1), M),
    (lambda x: method(x, "std"), X),
    (lambda x: method(x, "reshape", -1), M),
    (lambda x: method(x, "reshape", 3, 2), M),
    (lambda x: method(x, "reshape", (3, -1)), M),
    (lambda x: np_.reshape(x, (attribute(x, "shape")[1], -1)), M),
    (lambda x: np_.reshape(x, attribute(x, "size")), M),
    (lambda x: np_.reshape(x, ()), np.array([2.0])),
    (lambda x: np_.reshape(x, (1, 1)), 2.0),
    (lambda x: np_.ravel(x), M),
    (lambda x: np_.ravel(x), 2.0),
    (lambda x: method(x, "flatten"), M),
    (lambda x: attribute(x, "T"), M),
    (lambda x: attribute(x, "T"), X),
    (lambda x: attribute(x, "T"), BOX),
    (lambda x: np_.transpose(x, (1, 0, 2)), BOX),
    (lambda x: method(x, "transpose", 2, 0, 1), BOX),
    (lambda x: np_.swapaxes(x, 0, -1), BOX),
    (lambda x: np_.moveaxis(x, 0, -1), BOX),
    (lambda x: np_.moveaxis(x, (0, 1), (2, 0)), BOX),
    (lambda x: np_.squeeze(x), COLUMN),
    (lambda x: method(x, "squeeze", -1), COLUMN),
    (lambda x: np_.squeeze(x), np.array([[2.0]])),
    (lambda x: np_.expand_dims(x, (0, 2)), X),
    (lambda x: np_.broadcast_to(x, (3, 4)), X),
    (lambda x: np_.broadcast_to(x, attribute(x, "shape")), X),
    (lambda x: np_.broadcast_to(x, (2, 3)), 2.0),
    (lambda x: np_.flip(x), M),
    (lambda x: np_.flip(x, 1), M),
    (lambda x: np_.flipud(x), M),
    (lambda x: np_.atleast_1d(x), 2.0),
    (lambda x: np_.atleast_2d(x), X),
    (lambda x: np_.array([x, 2.0, x]), 1.5),
    (lambda x: np_.array([[x, 0.0], [1.0, x]]), 1.5),
    (lambda x: np_.array([x, x]), X),
    (lambda x: np_.array([[x, x], [x, x]]), X),
    (lambda x: np_.array([x, 1]), np.float32(2.0)),
    (lambda x: np_.array(x), X),
    (lambda x: np_.array(x), 2.0),
    (lambda x: np_.array(x, dtype=np.float32), X),
    (lambda x: np_.asarray(x), X),
    (lambda x: np_.array(x, ndmin=2), X),
    (lambda x: method(x, "copy"), X),
    (lambda x: method(x, "astype", np.float32), X),
    (lambda x: method(x, "astype", int), X),
    (lambda x: method(x, "astype", float), X),
    (lambda x: np_.full((2, 3), x), 1.5),
    (lambda x: np_.full(3, x), 1.5),
    (lambda x: np_.full((2, 4), x), X),
    (lambda x: np_.full_like(x, item(x, 0)), X),
    (lambda x: np_.zeros_like(x), X),
    (lambda x: np_.linspace(x, 2.0, 5), 1.5),
    (lambda x: np_.linspace(0.0, x, 4, endpoint=False), 1.5),
    (lambda x: np_.vstack([x, x]), X),
    (lambda x: np_.hstack([x, x]), X),
    (lambda x: np_.hstack([x, x]), M),
    (lambda x: np_.column_stack([x, x]), X),
    (lambda x: np_.concatenate([x, x], axis=None), M),
    (lambda x: np_.stack([x, x], axis=-1), M),
    (lambda x: np_.linalg.norm(x), M),
    (lambda x: np_.linalg.norm(x, axis=0), M),
    (lambda x: np_.linalg.norm(x, 1), X),
    (lambda x: np_.linalg.norm(x, ord=np.inf), X),
    (lambda x: np_.trace(x), SQUARE),
    (lambda x: np_.diagonal(x), SQUARE),
    (lambda x: np_.diag(x), X),
    (lambda x: np_.diag(x), SQUARE),
    (lambda x: np_.inner(x, x), X),
    (lambda x: np_.vdot(x, x), M),
    (lambda x: np_.outer(x, x), X),
    (lambda x: np_.outer(x, x), SQUARE),
    (lambda x: np_.dot(x, x), X),
    (lambda x: np_.dot(x, 3.0), X),
    (lambda x: np_.dot(x, x), 2.0),
    (lambda x: np_.dot(x, attribute(x, "T")), M),
    (lambda x: np_.prod([x, 2.0, x]), 1.5),
    (lambda x: np_.sort(x), X),
    (lambda x: np_.argmax(x), X),
    (lambda x: np_.any(x, axis=0), M),
    (lambda x: np_.argsort(x, axis=0), M),
    (lambda x: item(x, 0), X),
    (lambda x: item(x), np.array(2.0)),
    (lambda x: item(x), X),
    (lambda x: item(x, None), np.array(2.0)),
    (lambda x: item(x, Ellipsis), np.array(2.0)),
    (lambda x: np_.sum(x, axis=1), np.zeros((0, 3))),
    (lambda x: np_.sum(x, axis=0), np.zeros((0, 3))),
    (lambda x: np_.concatenate([x, x]), np.zeros((0, 3))),
    (lambda x: np_.matmul(x, attribute(x, "T")), np.zeros((2, 0))),
    (lambda x: item(x, Ellipsis, 0), BOX),
]


@pytest.mark.parametrize("case", range(len(ONE)))
def test_function_of_one_array(case: int) -> None:
    program, value = ONE[case]
    check(program, value)
    if np.asarray(value).dtype == float and isinstance(value, np.ndarray):
        narrow = value.astype(np.float32)
        function, _ = traced(program, (narrow,))
        (found,) = evaluate(function, [narrow])
        assert np.asarray(found).dtype == np.asarray(program(narrow)).dtype
        (leaf,) = leaves(function.result)
        assert dtype_of(leaf.type) == np.asarray(found).dtype


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (BOX, np.ones((4, 2))),
        (BOX, X),
        (X, np.ones((3, 4, 2))),
        (BOX, BOX.transpose(0, 2, 1)),
        (M, BOX[:, :, :2]),
        (BOX, np.ones((5, 4, 2))),
        (M, X[:3]),
        (X[:2], M),
    ],
)
@pytest.mark.parametrize("name", ["dot", "matmul"])
def test_products(name: str, a: Any, b: Any) -> None:
    try:
        getattr(np, name)(a, b)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011
            evaluate(traced(lambda x, y: getattr(np_, name)(x, y), (a, b))[0], [a, b])
        return
    check(lambda x, y: getattr(np_, name)(x, y), a, b)


def test_inner_contracts_the_last_axes() -> None:
    check(lambda x, y: np_.inner(x, y), BOX, np.ones((5, 4)))
    check(lambda x, y: np_.inner(x, y), M, np.ones((5, 3)))


@pytest.mark.parametrize(
    ("program", "values"),
    [
        (lambda n: np_.zeros(n), (3,)),
        (lambda n: np_.ones((n, 2), dtype=int), (3,)),
        (lambda n: np_.zeros((n, n)), (3,)),
        (lambda n: np_.arange(n), (3,)),
        (lambda n: np_.arange(1, n), (3,)),
        (lambda n: np_.arange(n, 0, -1), (3,)),
        (lambda n: np_.eye(n), (3,)),
        (lambda n: np_.eye(n, 2, k=1), (3,)),
        (lambda n: np_.linspace(0.0, 1.0, n), (3,)),
        (lambda x, n: np_.full((n, 2), x), (1.5, 3)),
        (lambda x, n: np_.full(n, x), (np.float32(1.5), 3)),
        (lambda x, n: np_.reshape(x, (n, -1)), (M, 3)),
        (lambda x, n: np_.broadcast_to(x, (n, 4)), (X, 3)),
        (lambda x, y: np_.concatenate([x, y]), (X, X[:2])),
        (lambda x, y: np_.concatenate([x, y], axis=1), (M, SQUARE)),
        (lambda x, y: np_.array([x, y]), (1.5, 2)),
        (lambda x, y: np_.array([x, y]), (np.float32(1.5), 2.5)),
        (lambda x, h: np_.arange(x, 2.0, h), (0.5, 0.4)),
        (lambda x: np_.sum(x), (np.array([True, False]),)),
        (lambda x: np_.sum(x, axis=0), (np.array([[1, 2]], dtype=np.uint8),)),
        (lambda x: np_.mean(x), (np.array([1, 2]),)),
        (lambda x: np_.var(x), (np.array([1, 2]),)),
        (lambda x: np_.cumsum(x), (np.array([True, True]),)),
        (lambda x: np_.linalg.norm(x), (np.array([3, 4]),)),
    ],
)
def test_creation_joining_and_integers(program: Program, values: tuple[Any, ...]) -> None:
    check(program, *values)


def test_known_lengths_are_numbers_and_others_are_read() -> None:
    x = Variable("x", symbolic_type(COLUMN, "x", {}))
    with Builder(style="numpy").active() as builder:
        rows, columns = ATTRIBUTES["shape"](x)
        assert columns == 1
        assert isinstance(rows.type, PythonScalar)
        assert str(rows.type.length) == "x.shape[0]"
        assert ATTRIBUTES["ndim"](x) == 2
        assert FUNCTIONS[np.shape](x)[1] == 1
        filled = FUNCTIONS[np.zeros]((rows, columns))
    assert filled.type == Array(np.dtype(float), x.type.shape)  # type: ignore[attr-defined]
    assert [s.primitive.name for s in builder.statements] == ["dim", "dim", "zeros"]  # type: ignore[attr-defined]


def test_lengths_survive_concatenation_and_its_adjoint() -> None:
    """The slices of a concatenation have the lengths of its parts: nothing is left to the run."""
    function, _ = traced(lambda x, y: np_.concatenate([x, y]), (X, X[:2]))
    adjoint = adjoint_of(function, [0, 1])
    assert "sum_to_shape" not in calls(adjoint)
    assert "broadcast_like" not in calls(adjoint)


def test_matrix_products_need_no_runtime_checks() -> None:
    for a, b in ((M, X[:3]), (M, M.T), (X[:2], M)):
        function, _ = traced(lambda x, y: np_.matmul(x, y), (a, b))
        assert "sum_to_shape" not in calls(adjoint_of(function, [0, 1]))


def test_ties_of_a_maximum_share_equally() -> None:
    function, _ = traced(lambda x: np_.max(x), (X,))
    tied = np.array([2.0, 1.0, 2.0, 0.0])
    (bar,) = run(adjoint_of(function, [0]), [tied, 3.0])
    assert bar.tolist() == [1.5, 0.0, 1.5, 0.0]


def test_an_infinite_cotangent_reaches_only_the_maximum() -> None:
    """The others get zero, not 0 · inf."""
    function, _ = traced(lambda x: np_.max(x), (X,))
    (bar,) = run(adjoint_of(function, [0]), [X, np.inf])
    assert bar.tolist() == [0.0, 0.0, 0.0, np.inf]


@pytest.mark.parametrize("program", [lambda x: np_.linalg.norm(x), lambda x: np_.std(x)])
def test_the_kink_of_a_norm_has_derivative_zero(program: Program) -> None:
    function, _ = traced(program, (X,))
    zeros = np.zeros(4)
    (bar,) = run(adjoint_of(function, [0]), [zeros, 1.0])
    (dot,) = run(tangent_of(function, [0]), [zeros, X])
    assert bar.tolist() == [0.0] * 4
    assert dot == 0.0


def test_the_last_of_repeated_writes_stays() -> None:
    index = IndexPattern((lookup_operand(),), False)
    places = np.array([1, 1, 0, 1])

    def program(a: Any, v: Any, k: Any) -> Any:
        if isinstance(a, Atom):
            return lookup("setitem")(a, v, k, index=index)
        result = a.copy()
        result[k] = v
        return result

    check(program, np.zeros(3), X, places)
    function, _ = traced(program, (np.zeros(3), X, places))
    _, v_bar = run(
        adjoint_of(function, [0, 1]), [np.zeros(3), X, places, np.array([10.0, 20.0, 30.0])]
    )
    assert v_bar.tolist() == [0.0, 0.0, 10.0, 20.0]


def lookup_operand() -> Any:
    from adcompiler.ir.index import Operand

    return Operand(0)


REFUSED = [
    lambda x: np_.sum(x, axis=2),
    lambda x: np_.sum(x, axis=(0, 0)),
    lambda x: np_.sum(x, out=x),
    lambda x: np_.transpose(x, (0, 0)),
    lambda x: np_.reshape(x, (-1, -1)),
    lambda x: np_.reshape(x, (2.0, 3)),
    lambda x: np_.reshape(x, -2),
    lambda x: np_.squeeze(x, axis=0),
    lambda x: np_.concatenate([x, 1.0]),
    lambda x: np_.stack([x, np_.sum(x)]),
    lambda x: np_.matmul(x, 2.0),
    lambda x: np_.outer(x, x, out=x),
    lambda x: np_.linalg.norm(x, ord="other"),
    lambda x: np_.array([[x, x], [x]]),
    lambda x: np_.full((2,), item(x, 0, 0), dtype=int),
    lambda x: item(x, 0, 0, 0),
    lambda x: np_.max(np_.full((0, 3), item(x, 0, 0))),
    lambda x: np_.ravel(x, order="K"),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_what_cannot_be_is_refused(case: int) -> None:
    with pytest.raises(ADError):
        traced(REFUSED[case], (M,))


def test_a_float_is_not_cut_to_an_integer_silently() -> None:
    index = IndexPattern((0,), False)
    with pytest.raises(ADError, match="cut"):
        traced(lambda a, v: lookup("setitem")(a, v, index=index), (np.zeros(3, dtype=int), 1.5))


def test_an_axis_must_be_known() -> None:
    with pytest.raises(ValueNeeded):
        traced(lambda x, axis: np_.sum(x, axis), (M, 1))
