"""The entry calls the program exactly where its guards hold, and hands on what it was given."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
import threading
import types
from typing import Any, NamedTuple

import numpy as np
import pytest

from adcompiler.backend.entry import Guarded, Send, entry_text, make_entry
from adcompiler.frontend.abstraction import Known, ObjectLeaf, abstract, signature_key
from adcompiler.ir.lengths import Length
from adcompiler.ir.structure import sequence
from adcompiler.ir.types import FLOAT, Array


@dataclasses.dataclass
class Outside:
    key: tuple[Any, ...]
    expected: Any
    name: str = "outside"


class Point(NamedTuple):
    x: float
    y: Any


@dataclasses.dataclass
class Layer:
    weight: Any
    name: str = "first"


class Plain:
    def __init__(self, weight=2.0):
        self.weight = weight

    def method(self, x):
        return self.weight * x

    @property
    def broken(self):
        raise RuntimeError("not now")


def slow(*args, **kwargs):
    return "slow", args, kwargs


def program(*args, **kwargs):
    return "program", args, kwargs


def entry_for(value, active=False, run=None):
    """An entry of one parameter, for the abstraction of `value`; True where the program runs."""
    signature = inspect.signature(lambda x: None)
    structure = abstract(value, name="x", active=active)
    guarded = Guarded({"x": structure}, active=frozenset("x" if active else ""))
    return make_entry(signature, guarded, run or (lambda x: True), None, lambda x: False)


one = Plain()
SAMPLES = [
    1.0, 2.5, 1, 2, True, False, 1j, "a", "b", b"a", None, ..., math.nan, -0.0,
    np.float64(1.0), np.float64(2.0), np.float32(1.0), np.int64(1), np.longlong(1), np.bool_(True),
    np.ones(1), np.ones(2), np.ones(3), np.ones(0), np.array(1.0), np.ones((2, 1)),
    np.ones((1, 2)), np.ones((2, 2)), np.ones((3, 2), order="F"), np.ones(2, dtype="float32"),
    np.ones(2, dtype=int), (), (1.0,), (2.0,), [1.0], [1.0, 2.0], (1.0, 2.0), (1.0, 2), (True, 1.0),
    {"a": 1.0}, {"b": 1.0}, {"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, {1: 1.0}, {True: 1.0},
    {1.0: 1.0}, {"a": None}, {"a": "x"}, Point(1.0, np.ones(2)), Point(1.0, np.ones(3)),
    (1.0, np.ones(2)), Layer(np.ones(2)), Layer(np.ones(2), "second"), Layer(np.ones(1)),
    one, Layer, math.sin, math.cos, np.sin, float, int, range(3), range(4), slice(1), slice(True),
    slice(None, 1), np.dtype(float), np.dtype("float32"), [[1.0], [1.0]], [[1.0], [1]], [1.0] * 9,
    [2.0] * 9, [1.0] * 10, [1.0] * 8 + [1], [1] * 9, (1.0,) * 9, {str(k): 1.0 for k in range(9)},
    {str(k): k for k in range(9)}, one.method, Plain(1.0).method, len, [Known] * 9,
    [np.ones(2)] * 9, [None] * 9, {"a": [Point(1.0, Layer(one, "b"))]},
]  # fmt: skip


def test_guards_are_equality_of_signatures():
    keys = [signature_key(abstract(value, name="x", active=False)) for value in SAMPLES]
    for value, key in zip(SAMPLES, keys, strict=True):
        entry = entry_for(value)
        for _ in range(2):  # the second time, the last shape is remembered
            for other, other_key in zip(SAMPLES, keys, strict=True):
                assert entry(other) == (key == other_key), (value, other)


@pytest.mark.parametrize("known", [0.0, -0.0, 1.0, math.nan, 1, True, 1j, np.float64(1), "a", None])
def test_known_values(known):
    signature = inspect.signature(lambda x: None)
    guarded = Guarded({"x": Known(known)})
    entry = make_entry(signature, guarded, lambda x: True, None, lambda x: False)
    values = [0.0, -0.0, 1.0, math.nan, 1, True, 1j, np.float64(1), "a", None, np.ones(2)]
    for value in values:
        assert entry(value) == (type(value) is type(known) and repr(value) == repr(known))


def test_equal_dtypes_that_are_other_objects():
    odd = np.dtype(float, metadata={"unit": "m"})
    array = pickle.loads(pickle.dumps(np.ones(2)))
    assert entry_for(np.ones(2))(array)
    assert np.dtype(float) == odd
    assert entry_for(np.ones(2))(np.ones(3, dtype=odd))


def test_lengths_known_while_compiling():
    structure = Array(np.dtype(float), (Length.of(3), Length.symbol("n")))
    signature = inspect.signature(lambda x: None)
    entry = make_entry(signature, Guarded({"x": structure}), lambda x: True, None, lambda x: False)
    assert [entry(np.ones(shape)) for shape in [(3, 2), (3, 1), (2, 2), (3, 5), (3,), (3, 0)]] == [
        True, False, False, True, False, True,
    ]  # fmt: skip


def test_subclasses_go_the_slow_way():
    class Sub(np.ndarray):
        pass

    assert not entry_for(np.ones(2))(np.ones(2).view(Sub))
    assert not entry_for(np.ones(2))(np.ma.ones(2))
    assert not entry_for({"a": 1.0})(type("D", (dict,), {})(a=1.0))
    assert not entry_for(1.0)(np.float64(1.0))


def test_ints_are_taken_as_floats_where_active():
    given = []
    entry = entry_for(1.0, active=True, run=lambda x: given.append(x) or True)
    assert entry(3)
    assert entry(2.5)
    assert [type(value) for value in given] == [float, float]
    assert not entry(True)
    assert not entry(np.int64(3))
    assert not entry_for(1.0)(3)
    assert entry_for((1, 2.0), active=True)((3, 1.0))
    assert not entry_for((1.0, 2.0), active=True)((3, 1.0))


DEFAULT = [1.0]
KINDS = [
    lambda a, b: None,
    lambda a, /, b: None,
    lambda a, b, /: None,
    lambda a, /, b, *, c: None,
    lambda a, *, c, b=2.0: None,
    lambda a, *b: None,
    lambda a, *b, c: None,
    lambda a, /, *b, c=DEFAULT, **d: None,
    lambda a=1.0, b=DEFAULT: None,
    lambda **d: None,
    lambda: None,
    lambda *, c: None,
    lambda type, float, program, slow, default: None,
    lambda ndarray, dtype, hit, value, shape, fits, careful, again: None,
    lambda entry, x_bar=1.0: None,
]


@pytest.mark.parametrize("function", KINDS, ids=lambda f: str(inspect.signature(f)))
@pytest.mark.parametrize("leaf", [2.0, np.ones(2), (1.0, None)])
@pytest.mark.parametrize("careful", [None, lambda: None])
def test_every_kind_of_parameter(function, leaf, careful):
    signature = inspect.signature(function)
    arguments, given, keywords = {}, [], {}
    for p in signature.parameters.values():
        value: Any = leaf
        if p.kind is p.VAR_POSITIONAL:
            value = (leaf, leaf)
            given += value
        elif p.kind is p.VAR_KEYWORD:
            value = {"e": leaf, "f": leaf}
            keywords |= value
        elif p.default is not p.empty:
            value = p.default
        elif p.kind is p.KEYWORD_ONLY:
            keywords[p.name] = value
        else:
            given.append(value)
        arguments[p.name] = abstract(value, name=p.name, active=False)
    entry = make_entry(signature, Guarded(arguments), program, careful, slow)
    expected = signature.bind(*given, **keywords)
    expected.apply_defaults()
    called = entry(*given, **keywords)
    assert called[0] == "program"
    for kind, args, kwargs in (called, entry.unguarded(*given, **keywords)):
        assert kind == "program"
        found = signature.bind(*args, **kwargs)
        assert list(found.arguments) == [
            n for n, v in expected.arguments.items() if not (isinstance(v, tuple) and len(v) == 0)
        ]
        if isinstance(leaf, float):
            found.apply_defaults()
            assert found.arguments == expected.arguments
        for name, value in found.arguments.items():
            if signature.parameters[name].default is not inspect.Parameter.empty:
                assert value is signature.parameters[name].default
    parameters = inspect.signature(entry).parameters
    assert [(p.name, p.kind, p.default) for p in parameters.values()] == [
        (p.name, p.kind, p.default) for p in signature.parameters.values()
    ]
    if given:
        assert entry("other", *given[1:], **keywords)[0] == "slow"
        assert entry.unguarded("other", *given[1:], **keywords)[0] == "program"
    if keywords:
        name = next(iter(keywords))
        kind, args, kwargs = entry(*given, **{**keywords, name: "other"})
        assert kind == "slow"
        assert signature.bind(*args, **kwargs)


def test_wrong_calls_name_the_program():
    def f_grad(x, y):
        return x + y

    signature = inspect.signature(f_grad)
    entry = make_entry(signature, Guarded({"x": FLOAT, "y": FLOAT}), f_grad, None, slow)
    with pytest.raises(TypeError, match=r"f_grad\(\) missing 1 required positional argument: 'y'"):
        entry(1.0)


def test_every_parameter_needs_a_structure():
    with pytest.raises(ValueError, match="no structure"):
        entry_text(inspect.signature(lambda x, y: None), Guarded({"x": FLOAT}), careful=False)


DOMAIN = r"math domain|positive"


def test_careful():
    calls = []

    def fails(x):
        calls.append("fast")
        if x > 0.0:
            raise ZeroDivisionError("fast")
        if x < -1.0:
            raise KeyError("fast")
        return x

    def careful():
        calls.append("asked")
        return lambda x: calls.append("careful") or math.log(-x)

    signature = inspect.signature(fails)
    entry = make_entry(signature, Guarded({"x": FLOAT}), fails, careful, slow)
    assert entry(-1.0) == -1.0
    assert calls == ["fast"]
    with pytest.raises(ValueError, match=DOMAIN) as caught:
        entry(1.0)
    assert caught.value.__context__ is None
    assert calls == ["fast", "fast", "asked", "careful"]
    with pytest.raises(ValueError, match=DOMAIN):
        entry.unguarded(1.0)
    with pytest.raises(ValueError, match=DOMAIN):
        entry(2.0)
    assert calls.count("asked") == 2  # once by the entry, once by the way around its guards
    with pytest.raises(KeyError):
        entry(-2.0)
    nothing = make_entry(signature, Guarded({"x": FLOAT}), fails, lambda: None, slow)
    with pytest.raises(ZeroDivisionError, match="fast"):
        nothing(1.0)
    without = make_entry(signature, Guarded({"x": FLOAT}), fails, None, slow)
    with pytest.raises(ZeroDivisionError, match="fast"):
        without(1.0)


def outside(*pairs, sends=(), signature=None, arguments=None, run=program):
    guarded = Guarded(
        arguments or {"x": FLOAT},
        [Outside(key, abstract(value, name="v", active=False)) for key, value in pairs],
        sends=sends,
    )
    return make_entry(signature or inspect.signature(lambda x: None), guarded, run, None, slow)


def test_globals():
    space = {"SCALE": 2.0, "helper": math.sin}
    entry = outside((("global", space, "SCALE"), 1.0), (("global", space, "helper"), math.sin))
    assert entry(1.0)[0] == "program"
    space["SCALE"] = 5.0
    assert entry(1.0)[0] == "program"
    for name, value in (("SCALE", 5), ("SCALE", np.ones(2)), ("helper", math.cos)):
        before = space[name]
        space[name] = value
        assert entry(1.0)[0] == "slow"
        del space[name]
        assert entry(1.0)[0] == "slow"
        space[name] = before
        assert entry(1.0)[0] == "program"


def test_cells():
    cell = types.CellType(2.0)
    entry = outside((("cell", cell), 1.0))
    assert entry(1.0)[0] == "program"
    cell.cell_contents = "a"
    assert entry(1.0)[0] == "slow"
    del cell.cell_contents
    assert entry(1.0)[0] == "slow"


def test_attributes():
    model = Plain(np.ones(2))
    other = Plain(model)
    entry = outside(
        (("attribute", model, "weight"), np.ones(3)),
        (("attribute", other, "weight", ".weight"), np.ones(2)),
    )
    assert entry(1.0)[0] == "program"
    model.weight = np.ones(1)
    assert entry(1.0)[0] == "slow"
    del model.weight
    assert entry(1.0)[0] == "slow"
    assert outside((("attribute", model, "broken"), 1.0))(1.0)[0] == "slow"


def test_attributes_of_arguments():
    signature = inspect.signature(lambda self, x: None)
    arguments = {"self": ObjectLeaf(Plain), "x": FLOAT}
    entry = outside(
        (("argument", "self", "weight"), [1.0, None]),
        signature=signature, arguments=arguments,
    )  # fmt: skip
    assert entry(Plain([2.0, None]), 1.0)[0] == "program"
    assert entry(Plain([2, None]), 1.0)[0] == "slow"
    assert entry(object(), 1.0)[0] == "slow"
    nested = outside(
        (("argument", "self", ".weight", "weight"), 1.0), signature=signature, arguments=arguments
    )
    assert nested(Plain(Plain(2.0)), 1.0)[0] == "program"
    assert nested(Plain(2.0), 1.0)[0] == "slow"


def test_defaults_of_helpers():
    def helper(x, scale=2.0, *, shift=None):
        return x, scale, shift

    entry = outside((("default", helper, "scale"), 1.0), (("default", helper, "shift"), None))
    assert entry(1.0)[0] == "program"
    helper.__defaults__ = (3,)
    assert entry(1.0)[0] == "slow"
    helper.__defaults__ = None
    assert entry(1.0)[0] == "slow"
    helper.__defaults__ = (3.0,)
    helper.__kwdefaults__ = {"shift": 1.0}
    assert entry(1.0)[0] == "slow"


def test_unknown_places_are_refused():
    with pytest.raises(ValueError, match="nothing is known"):
        outside((("weather", "tomorrow"), 1.0))


def test_sent_values():
    space, target, cell = {"SCALE": 2.0}, {"SCALE": None}, types.CellType(3.0)
    writes = []

    class Watched(dict):
        def __setitem__(self, key, value):
            writes.append(value)
            super().__setitem__(key, value)

    target = Watched(SCALE=None)
    entry = outside(
        (("global", space, "SCALE"), 2.0), (("cell", cell), 3.0),
        sends=(
            Send(("global", space, "SCALE"), "SCALE", target), Send(("cell", cell), "factor"),
        ),
        signature=inspect.signature(lambda x, **more: None),
        arguments={"x": FLOAT, "more": abstract({}, name="more", active=False)},
    )  # fmt: skip
    assert entry(1.0) == ("program", (1.0,), {"factor": 3.0})
    assert entry(1.0)[0] == "program"
    assert writes == [2.0]
    space["SCALE"], cell.cell_contents = 7.0, 8.0
    assert entry(1.0) == ("program", (1.0,), {"factor": 8.0})
    assert writes == [2.0, 7.0]
    space["SCALE"] = 9.0
    assert entry.unguarded("any") == ("program", ("any",), {"factor": 8.0})
    assert writes == [2.0, 7.0, 9.0]
    space["SCALE"] = 9
    assert entry(1.0)[0] == "slow"
    assert writes == [2.0, 7.0, 9.0]


def test_what_is_sent_must_be_guarded():
    space = {"SCALE": 2.0}
    with pytest.raises(ValueError, match="nothing guards it"):
        outside(sends=[Send(("global", space, "SCALE"), "SCALE")])


def test_many_elements_make_a_short_guard():
    text, _ = entry_text(
        inspect.signature(lambda x: None),
        Guarded({"x": sequence("tuple", (FLOAT,) * 5000)}), careful=False,
    )  # fmt: skip
    assert len(text) < 300


def test_text_is_deterministic_and_careful_reads_well():
    signature = inspect.signature(lambda x, y: None)
    guarded = Guarded(
        {"x": abstract(np.ones((2, 1)), name="x", active=True), "y": FLOAT},
        [Outside(("global", {}, "SCALE"), FLOAT)], frozenset("xy"),
    )  # fmt: skip
    text, _ = entry_text(signature, guarded, careful=True)
    assert text == entry_text(signature, copy.copy(guarded), careful=True)[0]
    assert text.splitlines() == [
        "def entry(x, y):",
        "    if type(y) is int:",
        "        y = float(y)",
        "    try:",
        "        hit = type(x) is ndarray and (x.dtype is dtype or x.dtype == dtype)"
        " and (x.shape == shape or fits(x.shape)) and type(y) is float"
        " and type(globals['SCALE']) is float",
        "    except Exception:",
        "        hit = False",
        "    if hit:",
        "        try:",
        "            return program(x, y)",
        "        except (ArithmeticError, ValueError):",
        "            again = careful()",
        "            if again is None:",
        "                raise",
        "        return again(x, y)",
        "    return slow(x, y)",
    ]


def test_threads_with_different_shapes():
    entry = entry_for(np.ones((2, 2)), run=lambda x: x.shape)
    wrong = []

    def work(n):
        array = np.ones((n, n + 1))
        for _ in range(2000):
            if entry(array) != array.shape:
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in (2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
