"""What the compiler knows of an argument, and what it refuses to follow."""

from __future__ import annotations

import array
import collections
import dataclasses
import decimal
import enum
import functools
import math
import typing
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from adcompiler.errors import ADError, ArgumentError, UnsupportedValueError
from adcompiler.frontend.abstraction import (
    Known,
    ObjectLeaf,
    abstract,
    from_annotation,
    matches,
    signature_key,
)
from adcompiler.ir.lengths import ONE, Length
from adcompiler.ir.structure import Branch, leaves
from adcompiler.ir.types import BOOL, COMPLEX, FLOAT, Array, NumpyScalar, PythonScalar


class Point(NamedTuple):
    x: float
    y: np.ndarray


@dataclasses.dataclass
class Layer:
    weight: np.ndarray
    name: str = "first"
    cache: dict = dataclasses.field(default_factory=dict, init=False)


class Color(enum.Enum):
    RED = 1


class Plain:
    def __init__(self):
        self.weight = 2.0

    def method(self, x):
        return self.weight * x


class Caller(Plain):
    def __call__(self, x):
        return x


def of(value, active=False):
    return abstract(value, name="x", active=active)


def test_numbers():
    assert of(2.0) == FLOAT
    assert of(True) == BOOL
    assert of(2j) == COMPLEX
    assert of(3) == PythonScalar("int", Length.symbol("x", may_be_one=True))
    assert of(np.float64(1.0)) == NumpyScalar(np.dtype(float))
    assert of(np.float32(1.0)) == NumpyScalar(np.dtype("float32"))
    assert of(np.bool_(True)) == NumpyScalar(np.dtype(bool))


def test_arrays():
    a = np.ones((3, 1, 0))
    assert of(a) == Array(
        np.dtype(float), (Length.symbol("x.shape[0]"), ONE, Length.symbol("x.shape[2]"))
    )
    assert of(np.array(1.0)) == Array(np.dtype(float), ())
    assert of(np.ones((2, 3)).T) == of(np.ones((5, 7)))
    assert of(np.ones(2, dtype="float32")) != of(np.ones(2))
    assert of(np.ones(1)) != of(np.ones(2)) == of(np.ones(3))
    # each axis has its own symbol: equal lengths in one call mean nothing
    rows, columns = of(np.ones((2, 2))).shape
    assert rows != columns


def test_containers():
    value = {"p": Point(1.0, np.ones(2)), "l": [Layer(np.ones((2, 2))), (3, None)]}
    structure = of(value)
    assert [str(leaf) for leaf in leaves(structure)] == [
        "float", "float64[x['p'].y.shape[0]]",
        "float64[x['l'][0].weight.shape[0],x['l'][0].weight.shape[1]]", "'first'", "int", "None",
    ]  # fmt: skip
    assert structure.children[0].cls is Point
    assert structure.children[1].children[0].keys == ("weight", "name")
    assert of(()) == Branch("tuple", (), ())


def test_static_leaves():
    for value in (
        None, "tanh", b"b", ..., NotImplemented, float, Point, math, np, math.sin, np.sin, np.sum,
        len, leaves, Color.RED, np.dtype(float), slice(1, None), range(3), Plain().method,
        functools.partial(max, 1), functools.cache(len), [].append, str.upper, np.vectorize(abs),
        np.float64, list[int], int | str,
    ):  # fmt: skip
        leaf = of(value)
        assert isinstance(leaf, Known), value
        assert leaf.value is value
    assert of(Plain()) == ObjectLeaf(Plain)
    assert of(Caller()) == ObjectLeaf(Caller)


def test_own_derivatives_are_functions():
    cls = type("Derivative", (), {"__call__": lambda self: None, "__module__": "adcompiler.api"})
    assert isinstance(of(cls()), Known)


@pytest.mark.parametrize(
    ("value", "write"),
    [
        ({1.0}, "tuple(sorted(x))"),
        (frozenset(), "tuple(sorted(x))"),
        (collections.OrderedDict(a=1.0), "dict(x)"),
        (collections.defaultdict(float), "dict(x)"),
        (type("L", (list,), {})([1.0]), "tuple(x)"),
        (type("T", (tuple,), {})([1.0]), "tuple(x)"),
        (type("I", (int,), {})(1), "int(x)"),
        (type("F", (float,), {})(1), "float(x)"),
        (type("C", (complex,), {})(1), "complex(x)"),
        (type("S", (str,), {})("a"), "str(x)"),
        (decimal.Decimal(1), "float(x)"),
        (array.array("d", [1.0]), "np.asarray(x)"),
        (bytearray(b"a"), "np.asarray(x)"),
        (iter([1.0]), "tuple(x)"),
        ((v for v in [1.0]), "tuple(x)"),
        (zip([1.0], [2.0], strict=True), "tuple(x)"),
        ({"a": 1.0}.values(), "tuple(x)"),
        (np.ones(2).view(np.recarray), "np.asarray(x)"),
        (
            np.ma.masked_array([1.0], [True]),
            "x.filled(0.0), and the mask as an argument of its own",
        ),
        (np.array([1.0, None]), "x.astype(float)"),
        (np.array(["a"]), "a tuple of strings"),
        (np.array([b"a"]), "a tuple of bytes"),
        (np.zeros(2, dtype=[("a", float)]), "one array per field: x['field']"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "x.astype(float)"),
        (np.array([1], dtype="timedelta64[s]"), "x / np.timedelta64(1, 's')"),
        (np.str_("a"), "a tuple of strings"),
        (np.ones(2, dtype=np.dtype(float).newbyteorder()), "x.astype(x.dtype.newbyteorder('='))"),
        ({Color.RED: 1.0}, "keys that are strings or ints"),
        ({(1, math.nan): 1.0}, "keys that are strings or ints"),
        (slice(np.ones(2)), "the bounds as arguments: slice(x_start, x_stop)"),
    ],
)
def test_refused_values(value, write):
    with pytest.raises(UnsupportedValueError) as caught:
        of(value)
    assert caught.value.write == write
    assert caught.value.fact.startswith("`x`")
    assert caught.value.why
    with pytest.raises(UnsupportedValueError, match=r"^.*`x\['a'\]\[0\]`|`x\[0\]`"):
        of([value] if isinstance(value, dict) else {"a": [value]})


def test_cycles_and_shared_parts():
    a = [1.0]
    assert len(leaves(of([a, a]))) == 2
    a.append(a)
    with pytest.raises(UnsupportedValueError, match=r"`x\[1\]` contains itself"):
        of(a)


def test_active():
    assert of(3, active=True) == FLOAT
    assert of(2j, active=True) == COMPLEX
    assert of(np.float32(2), active=True) == NumpyScalar(np.dtype("float32"))
    mixed = of({"n": 3, "w": 1.0, "s": "a"}, active=True)
    assert [str(leaf) for leaf in leaves(mixed)] == ["int", "float", "'a'"]


@pytest.mark.parametrize(
    "value",
    [
        True, "a", None, np.sin, np.int64(3), np.bool_(True), [1, 2], (3,), {"a": "b"},
        np.array([1, 2]), np.array([True]), (1.0, np.array([1])), Plain(), np.zeros(0, dtype="u1"),
    ],
)  # fmt: skip
def test_no_derivative(value):
    with pytest.raises(ArgumentError) as caught:
        of(value, active=True)
    assert caught.value.write
    assert "`x" in caught.value.fact


SAMPLES = [
    1.0, 2.5, math.nan, 0.0, -0.0, 1, 2, True, False, 1j, 2j, "a", "b", b"a", None, ...,
    np.float64(1.0), np.float64(2.0), np.float32(1.0), np.int64(1), np.longlong(1), np.bool_(True),
    np.ones(1), np.ones(2), np.ones(3), np.ones(0), np.array(1.0), np.ones((2, 1)),
    np.ones((1, 2)), np.ones((2, 2)), np.ones((3, 2), order="F"), np.ones(2, dtype="float32"),
    np.ones(2, dtype=int), (), (1.0,), (2.0,), [1.0], [1.0, 2.0], (1.0, 2.0), (1.0, 2), (True, 1.0),
    {"a": 1.0}, {"b": 1.0}, {"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, {1: 1.0}, {True: 1.0},
    {1.0: 1.0}, {"a": None}, {"a": "x"}, Point(1.0, np.ones(2)), Point(1.0, np.ones(3)),
    (1.0, np.ones(2)), Layer(np.ones(2)), Layer(np.ones(2), "second"), Layer(np.ones(1)),
    Plain(), Caller(), math.sin, math.cos, np.sin, float, int, Color.RED, range(3), range(4),
    slice(1), slice(True), slice(None, 1), np.dtype(float), np.dtype("float32"), [[1.0], [1.0]],
    [[1.0], [1]], [1.0] * 9, [2.0] * 9, [1.0] * 10, [1.0] * 8 + [1], [1] * 9, (1.0,) * 9,
    {str(k): 1.0 for k in range(9)}, {str(k): k for k in range(9)}, "x" * 3, len, Plain.method,
]  # fmt: skip


def test_matches_is_equality_of_abstractions():
    for a in SAMPLES:
        for b in SAMPLES:
            same = signature_key(of(a)) == signature_key(of(b))
            assert matches(b, of(a)) == same, (a, b)
            if same:
                assert hash(signature_key(of(a))) == hash(signature_key(of(b)))


def test_known_values_of_numbers():
    for a in (1.0, 0.0, -0.0, math.nan, 1, True, 2, 1j, np.float32(1), np.float64(1), "a"):
        for b in (1.0, 0.0, -0.0, math.nan, 1, True, 2, 1j, np.float32(1), np.float64(1), "a"):
            same = type(a) is type(b) and repr(a) == repr(b)
            assert (Known(a) == Known(b)) == same
            assert matches(b, Known(a)) == same


def test_bound_methods_are_known_by_their_parts():
    one, other = Plain(), Plain()
    assert of(one.method) == of(one.method)
    assert of(one.method) != of(other.method)


def test_annotations():
    def show(annotation, **options):
        structure = from_annotation(annotation, "x", **options)
        return [str(leaf) for leaf in leaves(structure)]

    assert show(float) == show("float") == show(None) == show("Unknown") == show(str) == ["float"]
    assert show(int) == show("int") == ["int"]
    assert show(int, active=True) == show(bool, active=True) == ["float"]
    assert show(complex) == ["complex"]
    assert (
        show(np.ndarray)
        == show("np.ndarray")
        == show("npt.NDArray[float]")
        == ["float64[x.shape[0]]"]
    )
    assert show(npt.NDArray[np.float32]) == ["float32[x.shape[0]]"]
    assert show(npt.NDArray[np.floating]) == ["float64[x.shape[0]]"]
    assert show(np.float32) == ["np.float32"]
    assert show(np.floating) == show(np.int64) == ["float"]
    assert show(tuple[float, np.ndarray]) == ["float", "float64[x[1].shape[0]]"]
    assert show(tuple[float, ...]) == ["float"]
    assert show(typing.Annotated[complex, "volts"]) == ["complex"]
    assert show(Point) == ["float", "float64[x.y.shape[0]]"]
    assert show(Layer) == ["float64[x.weight.shape[0]]", "float"]


def test_errors_are_ours():
    for value in ({1.0}, np.array(["a"])):
        with pytest.raises(ADError):
            of(value)
