"""The look of generated code, and that it computes what the trace means."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import adcompiler.primitives.catalogue  # noqa: F401 - fills the registry with all rows
from adcompiler.backend.emit import generate
from adcompiler.backend.load import load
from adcompiler.ir.builder import Builder
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.lengths import Length
from adcompiler.ir.nodes import PRIMAL, REVERSE, TANGENT, Capture, Function, If, Parameter
from adcompiler.ir.origin import Origin
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import FLOAT, Array, NumpyScalar, Opaque
from adcompiler.ir.values import Atom, Constant, Variable, derivative_of

F32 = np.dtype(np.float32)
SCALE = 3.0


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any


def at(line: int, text: str = "") -> Origin:
    return Origin("f.py", line, 0, line, 9, "f", (line, 0, "f"), text)


def vector(name: str | None, dtype: Any = float) -> Variable:
    return Variable(name, Array(np.dtype(dtype), (Length.symbol("n"),)))


def apply(
    builder: Builder, name: str, *args: Any, target: Variable | None = None, **statics: Any
) -> Any:
    return builder.apply(lookup(name), *args, target=target, **statics)


def program(builder: Builder, inputs: list[Variable], result: Any, **facts: Any) -> Function:
    parameters = tuple(Parameter(v.name or "", v) for v in inputs)
    return Function(facts.pop("name", "f_grad"), parameters, builder.block(), result, **facts)


def body_of(function: Function, **how: Any) -> str:
    """The lines behind the signature."""
    text = generate(function, **how).text
    lines = text[text.index("def ") :].splitlines()[1:]
    return "\n".join(line[4:] for line in lines)


def ln_sin(with_value: bool) -> Function:
    x1, x2 = Variable("x1", FLOAT), Variable("x2", FLOAT)
    builder = Builder(at(2, "return np.log(x1) + x1 * x2 - np.sin(x2)"))
    with builder.active():
        builder.style = "numpy"
        logarithm, sine = apply(builder, "log", x1), apply(builder, "sin", x2)
        builder.style = "python"
        value = logarithm + x1 * x2 - sine
        if not with_value:
            builder.statements.clear()
        builder.style, builder.role = "", REVERSE
        x2_bar = apply(
            builder, "add", -apply(builder, "cos", x2), x1, target=derivative_of(x2, "bar")
        )
        x1_bar = apply(builder, "add", x2, 1.0 / x1, target=derivative_of(x1, "bar"))
    bars = (x1_bar, x2_bar)
    note = ("Gradient of f(x1, x2).", "Written by adcompiler: reverse mode.")
    return program(
        builder, [x1, x2], sequence("tuple", (value, *bars) if with_value else bars), note=note
    )


def test_the_example_of_the_design() -> None:
    assert (
        generate(ln_sin(True)).text
        == '''\
import math


def f_grad(x1, x2):
    """Gradient of f(x1, x2).

    Written by adcompiler: reverse mode.
    """
    # forward sweep
    f = math.log(x1) + x1 * x2 - math.sin(x2)
    # reverse sweep
    # return np.log(x1) + x1 * x2 - np.sin(x2)
    x2_bar = x1 - math.cos(x2)
    x1_bar = x2 + 1.0 / x1
    return f, x1_bar, x2_bar
'''
    )


def test_gradient_alone_has_no_forward_sweep() -> None:
    assert "forward sweep" not in generate(ln_sin(False)).text


def test_careful_keeps_the_users_spelling_and_never_raises() -> None:
    fallback = generate(ln_sin(True), careful=True)
    assert "f = np.log(x1) + x1 * x2 - np.sin(x2)" in fallback.text
    assert "np.divide(1.0, x1)" in fallback.text
    with np.errstate(all="ignore"):
        value, x1_bar, _ = load(fallback, {})(0.0, 1.0)
    assert value == -np.inf
    assert x1_bar == np.inf
    assert type(x1_bar) is float


def test_same_bytes_whatever_the_hash_seed() -> None:
    code = (
        "from tests.backend.test_emit import ln_sin\n"
        "from tests.backend.random_programs import Maker\n"
        "from adcompiler.backend.emit import generate\n"
        "print(generate(ln_sin(True)).text)\n"
        "for seed in range(12): print(generate(Maker(seed).function()).text)\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            text=True,
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_signs_move_into_sums() -> None:
    a, b, c = (Variable(name, FLOAT) for name in "abc")
    with Builder(role=REVERSE).active() as builder:
        one = (-b) * c
        total = a + one
        second = (-a) + total
        third = second - (-c) * 2.0
        fourth = third * -b
    assert (
        body_of(program(builder, [a, b, c], fourth)).splitlines()[-2]
        == "value = -(a - b * c - a + c * 2.0) * b"
    )


def test_the_users_own_signs_stay() -> None:
    a, b = Variable("a", FLOAT), Variable("b", FLOAT)
    with Builder(style="python").active() as builder:
        result = -a * b + b
    assert "value = -a * b + b" in body_of(program(builder, [a, b], result))


def test_no_sign_moves_through_unsigned_integers() -> None:
    x, w = vector("x", np.uint8), vector("w")
    with Builder().active() as builder:
        result = w - (-x) * w
    function = program(builder, [x, w], result)
    numbers = [np.array([1, 200], dtype=np.uint8), np.array([1.0, 2.0])]
    np.testing.assert_array_equal(
        load(generate(function), {})(*numbers), evaluate(function, numbers)
    )


def test_nothing_folds_across_statements_of_the_user() -> None:
    x = Variable("x", FLOAT)
    builder = Builder(at(1))
    with builder.active():
        y = x * 2.0
        builder.origin = at(2)
        z = y + 1.0
    assert body_of(program(builder, [x], z)) == "x_times_2 = x * 2.0\nf = x_times_2 + 1.0\nreturn f"


def test_a_tangent_comes_first_where_the_primal_overwrites_what_it_reads() -> None:
    x, x_dot = Variable("x", FLOAT), Variable("x_dot", FLOAT)
    builder = Builder(at(1, "x = x * x"))
    with builder.active():
        new = apply(builder, "multiply", x, x, target=Variable("x", FLOAT))
        builder.role = TANGENT
        new_dot = apply(builder, "multiply", 2.0 * x, x_dot, target=derivative_of(new, "dot"))
    function = program(builder, [x, x_dot], sequence("tuple", (new, new_dot)), name="f_tangent")
    assert body_of(function) == "x_dot = 2.0 * x * x_dot\nx = x * x\nreturn x, x_dot"


@pytest.mark.parametrize("name", ["np", "math", "float", "sum_to_shape", "x_bar", "t", "sin_x"])
def test_the_users_names_have_the_right_of_way(name: str) -> None:
    x, own = Variable("x", FLOAT), vector(name)
    with Builder(role=REVERSE).active() as builder:
        once = apply(builder, "sin", x)
        total = once * once
        spread = apply(builder, "sum", apply(builder, "exp", own))
        bar = apply(builder, "multiply", total, spread, target=derivative_of(x, "bar"))
        summed = apply(builder, "sum_to_shape", own, own)
        power = apply(builder, "power", x, 1.5)
    result = sequence("tuple", (bar, summed, power, apply(builder, "multiply", own, 2.0)))
    function = program(builder, [x, own], result)
    given = [0.5, np.array([1.0, 2.0])]
    found = load(generate(function), {})(*given)
    for one, other in zip(found, evaluate(function, given), strict=True):
        np.testing.assert_allclose(one, other)
    assert type(found[0]) is float


def test_widths_are_cut_at_a_sensible_place() -> None:
    names = [f"some_long_name_{i}" for i in range(12)]
    inputs = [Variable(name, FLOAT) for name in names]
    with Builder().active() as builder:
        total: Any = inputs[0]
        for v in inputs:
            total = total + v * v
    text = generate(program(builder, inputs, total)).text
    lines = [line for line in text.splitlines() if not line.startswith(("def", "     "))]
    assert max(map(len, lines)) <= 88


def test_a_sum_of_2000_terms_is_fast_and_no_deep_recursion() -> None:
    x = Variable("x", FLOAT)
    with Builder().active() as builder:
        total: Any = x
        for i in range(2000):
            total = total + x * float(i)
        nested: Any = x
        for _ in range(2000):
            nested = 1.0 / (1.0 + nested)
    function = program(builder, [x], sequence("tuple", (total, nested)))
    found = load(generate(function), {})(0.5)
    assert found == evaluate(function, [0.5])


def test_conditional_expression_and_statement() -> None:
    x = Variable("x", FLOAT)
    builder = Builder(at(1))
    with builder.active():
        condition = apply(builder, "greater", x, 0.0)
        with builder.nested() as then:
            first = x * 2.0
        with builder.nested() as orelse:
            second = -x
        y = Variable("y", FLOAT)
        builder.add(
            If((y,), condition, then.block((first,)), orelse.block((second,)), origin=at(1))
        )
        builder.origin = at(2)
        with builder.nested() as then:
            third = apply(then, "add", y, 1.0, target=Variable("y", FLOAT))
        z = Variable("y", FLOAT)
        builder.add(If((z,), condition, then.block((third,)), Builder().block((y,)), origin=at(2)))
    assert body_of(program(builder, [x], z)) == (
        "x_above_0 = x > 0.0\ny = x * 2.0 if x_above_0 else -x\nif x_above_0:\n    y += 1.0\nreturn y"
    )


def test_structured_parameters_and_results() -> None:
    w, b, p, q = (
        Variable(None, FLOAT),
        Variable("b", FLOAT),
        Variable("p", FLOAT),
        Variable("q", FLOAT),
    )
    unused = Variable(None, FLOAT)
    params = Branch(
        "dict", ("W1", "rest"), (w, Branch("dataclass", ("weight", "bias"), (unused, b), Layer))
    )
    with Builder().active() as builder:
        y = w * b + p * q
    result = Branch(
        "dict",
        ("y", "pair", "layer", "label"),
        (
            y,
            Branch("namedtuple", ("left", "right"), (p, q), Pair),
            Branch("dataclass", ("weight", "bias"), (w, Constant.of(None)), Layer),
            Constant.of("f"),
        ),
    )
    kinds = inspect.Parameter
    function = Function(
        "f",
        (
            Parameter("params", params, kinds.POSITIONAL_ONLY.value),
            Parameter("pair", sequence("tuple", (p, q)), kinds.VAR_POSITIONAL.value),
            Parameter("flag", Constant.of(True), kinds.KEYWORD_ONLY.value, Constant.of(True)),
        ),
        builder.block(),
        result,
    )
    produced = generate(function)
    assert 'W1 = params["W1"]' in produced.text
    assert "p, q = pair" in produced.text
    assert "weight = " not in produced.text
    compiled = load(produced, {})
    found = compiled({"W1": 2.0, "rest": Layer(0.0, 3.0)}, 4.0, 5.0)
    assert found == {"y": 26.0, "pair": Pair(4.0, 5.0), "layer": Layer(2.0, None), "label": "f"}
    assert str(inspect.signature(compiled)) == "(params, /, *pair, flag=True)"


def test_captures() -> None:
    scale, cell, attribute = Variable("SCALE", FLOAT), Variable("c", FLOAT), Variable(None, FLOAT)
    with Builder().active() as builder:
        y = scale * cell + attribute
    captures = (
        Capture(("global", __name__, "SCALE"), scale),
        Capture(("cell", "c"), cell),
        Capture(("argument", "layer", "bias"), attribute),
    )
    layer = Variable("layer", Opaque("Layer"))
    function = Function("f", (Parameter("layer", layer),), builder.block(), y, captures)
    produced = generate(function)
    assert f"from {__name__} import SCALE" in produced.text
    compiled = load(produced, {"__name__": __name__, "SCALE": 10.0})
    assert compiled(Layer(None, 1.0), c=2.0) == 21.0


def test_a_python_float_gets_a_python_float() -> None:
    x, v = Variable("x", FLOAT), vector("v")
    with Builder(role=REVERSE).active() as builder:
        x_bar = apply(
            builder, "sum", v, target=derivative_of(x, "bar", NumpyScalar(np.dtype(float)))
        )
    produced = generate(program(builder, [x, v], x_bar))
    assert "return float(x_bar)" in produced.text
    assert type(load(produced, {})(1.0, np.ones(2))) is float


def literals() -> list[Any]:
    return [
        np.inf,
        -np.inf,
        np.nan,
        -0.0,
        1e300,
        -2,
        True,
        None,
        "a\"b'c\\",
        2j,
        1 - 2j,
        complex(np.nan, 1.0),
        np.float32(0.1),
        np.float64(0.1),
        np.int64(-3),
        np.bool_(True),
        np.complex64(1 + 2j),
        (1, (2.0,)),
        [1, -2],
        np.array([1.0, 2.0], dtype=np.float32),
        np.array(3),
    ]


@pytest.mark.parametrize("value", literals(), ids=repr)
def test_literals_come_back(value: Any) -> None:
    produced = generate(
        Function("f", (), Builder().block(), sequence("tuple", (Constant.of(value),)))
    )
    (found,) = load(produced, {})()
    if isinstance(value, (np.float64, np.bool_)):
        value = value.item()  # among Python scalars a Python scalar stands for them
    assert repr(found) == repr(value)
    if isinstance(value, (np.ndarray, np.float32)):
        assert found.dtype == value.dtype


def test_a_negative_base_keeps_its_parentheses() -> None:
    x = Variable("x", FLOAT)
    with Builder(style="python").active() as builder:
        y = apply(builder, "power", Constant.of(-2.0), 2) + x
    assert load(generate(program(builder, [x], y)), {})(1.0) == 5.0


def test_a_wide_float64_constant_meets_float32() -> None:
    x = vector("x", np.float32)
    with Builder().active() as builder:
        y = x * Constant.of(np.float64(0.1))
    assert load(generate(program(builder, [x], y)), {})(np.ones(1, np.float32)).dtype == np.float64


def test_pasted_text_runs_alone_and_passes_a_linter(tmp_path: Path) -> None:
    x, w = vector("x"), Variable("w", FLOAT)
    with Builder(at(3, "y = np.sum(np.tanh(w * x))"), REVERSE).active() as builder:
        h = apply(builder, "tanh", w * x)
        bar = apply(builder, "sum_to_shape", h * (1.0 - h * h), x, target=derivative_of(x, "bar"))
        w_bar = apply(builder, "exp", w, target=derivative_of(w, "bar"))
    function = program(
        builder,
        [x, w],
        Branch("namedtuple", ("left", "right"), (bar, w_bar), Pair),
        note=("Gradient.", "Note."),
    )
    text = generate(function).text.replace(__name__, "pairs")
    (tmp_path / "pairs.py").write_text(
        "from collections import namedtuple\n\nPair = namedtuple('Pair', 'left right')\n"
    )
    (tmp_path / "pasted.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E,F,W",
        str(tmp_path / "pasted.py"),
    ]
    assert subprocess.run(command, check=False).returncode == 0
    code = "import numpy as np, pasted; print(pasted.f_grad(np.ones(2), 0.5).right)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert ran.stdout.startswith("1.648")
    assert ast.parse(text)


def test_augmented_assignment_only_where_the_user_or_the_compiler_accumulates() -> None:
    x = Variable("x", FLOAT)
    builder = Builder(at(1, "x += 2.0"), PRIMAL, "python")
    with builder.active():
        y = apply(builder, "add", x, 2.0, target=Variable("x", FLOAT))
        builder.origin = at(2, "x = x + 3.0")
        z: Atom = apply(builder, "add", y, 3.0, target=Variable("x", FLOAT))
    assert body_of(program(builder, [x], z)) == "x += 2.0\nx = x + 3.0\nreturn x"
