"""The evaluation trace: the figures of the literature to every digit, branches, containers, captures."""

import math

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.inspection.report import number, plain
from adcompiler.inspection.table import Row


def ln_sin(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


WEIGHTS = np.array([[1.0, 2.0], [3.0, 4.0]])
SCALE = 3.0


def cells(rows, read):
    return {row.label: read(row) for row in rows}


@pytest.fixture
def table():
    return ad.trace(ln_sin, 2, 5)


def test_primal_trace(table):
    rows = (*table.inputs, *table.rows)
    assert cells(rows, lambda r: number(r.value)) == {
        "v₋₁": "2", "v₀": "5", "v₁": "0.693", "v₂": "10", "v₃": "−0.959", "v₄": "10.693", "v₅": "11.652",
    }
    assert cells(table.rows, lambda r: r.operation) == {
        "v₁": "log(v₋₁)", "v₂": "v₋₁ · v₀", "v₃": "sin(v₀)", "v₄": "v₁ + v₂", "v₅": "v₄ − v₃",
    }
    assert [row.operation for row in table.outputs] == ["v₅"]


def test_forward_trace(table):
    rows = (*table.inputs, *table.rows)
    assert table.directions == ("∂x1", "∂x2")
    assert cells(rows, lambda r: number(r.tangents[0])) == {
        "v₋₁": "1", "v₀": "0", "v₁": "0.5", "v₂": "5", "v₃": "0", "v₄": "5.5", "v₅": "5.5",
    }
    assert number(table["v₅"].tangents[1]) == "1.716"


def test_reverse_trace(table):
    assert list(map(str, table.reverse)) == [
        "v̄₅ = 1", "v̄₄ = 1", "v̄₃ = −1", "v̄₁ = 1", "v̄₂ = 1",
        "v̄₀ = −0.284", "v̄₋₁ = 5", "v̄₀ = 1.716", "v̄₋₁ = 5.5",
    ]
    assert [number(x) for x in table["v₀"].adjoints] == ["−0.284", "1.716"]
    assert [number(x) for x in table["v₋₁"].adjoints] == ["5", "5.5"]


def test_printed(table):
    lines = str(table).splitlines()
    assert lines[0] == "f(x1, x2) = 11.652".replace("f(", "ln_sin(")
    assert lines[2].split() == ["variable", "operation", "value", "v̇", "(∂x1)", "v̇", "(∂x2)", "v̄"]
    assert "−0.284 → 1.716" in lines[4]
    assert repr(table) == str(table)
    assert table._repr_html_().count("<tr>") == 9
    assert table.text("forward").splitlines()[2].endswith("(∂x2)")
    assert "∂" not in table.text("reverse")


def test_ascii(table):
    plain(str(table)).encode("ascii")


@pytest.mark.parametrize("wrap", [ad.grad, ad.value_and_grad, ad.adjoint, lambda f: ad.grad(ad.grad(f))])
def test_our_own_objects_are_unwrapped(wrap, table):
    assert str(ad.trace(wrap(ln_sin), 2.0, 5.0)) == str(table)


def branches(x):
    if x > 0.0:
        y = x * x
    else:
        y = -x
    return y + 1.0


@pytest.mark.parametrize(
    ("x", "taken", "operation", "slope"), [(3.0, "true", "v₀ · v₀", 6.0), (-3.0, "false", "−v₀", -1.0)]
)
def test_branches_are_marked(x, taken, operation, slope):
    table = ad.trace(branches, x)
    kinds = [row.operation.partition(": ")[2] or row.operation for row in table.rows]
    assert kinds == ["v₀ > 0.0", f"v₁ is {taken}", operation, "v₂ + 1.0"]
    assert table["v₃"].tangents == (slope,)
    assert table["v₀"].adjoint == slope
    assert table.rows[1] == Row("", table.rows[1].operation, line=table.rows[1].line)


def test_arrays_containers_and_captures():
    def model(params, x, kind):
        return SCALE * np.sum(WEIGHTS @ x * params["w"]) if kind == "linear" else x[0]

    x, params = np.array([1.0, 2.0]), {"w": 2.0, "n": 3, "name": "first"}
    table = ad.trace(model, params, x, "linear")
    gradient = ad.grad(model, argnums=(0, 1))(params, x, "linear")
    named = {row.operation: row for row in table.inputs}
    assert named["w"].adjoint == pytest.approx(gradient[0]["w"])
    np.testing.assert_allclose(named["x"].adjoint, gradient[1])
    assert named["n"].tangents == (None, None)
    assert named["n"].adjoint is None
    assert table.directions == ("∂w", "∂x")
    assert "SCALE" in table.rows[-1].operation
    assert table.value == model(params, x, "linear")


def test_reads_what_a_closure_and_a_method_read():
    class Disc:
        def __init__(self, k):
            self.k = k

        def area(self, r):
            return self.k * r * r

    factor = 4.0

    def scaled(x):
        return factor * x

    assert ad.trace(Disc(math.pi).area, 2.0)["v₀"].adjoint == pytest.approx(4 * math.pi)
    assert ad.trace(scaled, 2.0)["scaled"].tangents == (4.0,)


def test_direction():
    table = ad.trace(ln_sin, 2.0, 5.0, direction=(1.0, 2.0))
    assert table.directions == ("direction",)
    assert table["v₅"].tangents[0] == pytest.approx(5.5 + 2 * 1.7163378145367738)
    with pytest.raises(ad.ArgumentError, match="direction"):
        ad.trace(ln_sin, 2.0, 5.0, direction=(1.0,))
    with pytest.raises(ad.ArgumentError, match="direction"):
        ad.trace(ln_sin, 2.0, 5.0, direction=(np.ones(2), 1.0))


def test_argnums_and_ints():
    table = ad.trace(lambda x, n: x**n, 2.0, 3)
    assert table.directions == ("∂x",)
    assert ad.trace(lambda x, n: x**n, 2, 3).directions == ("∂x", "∂n")
    assert ad.trace(lambda x, n: x**n, 2.0, 3, argnums="n").directions == ("∂n",)
    assert ad.trace(lambda x, k=2.0: x * k, 2.0).directions == ("∂x",)


def test_several_results_and_a_result_that_is_an_input():
    table = ad.trace(lambda x: {"a": x, "b": (x * x, 3)}, 2.0)
    assert [(row.label, row.operation) for row in table.outputs] == [
        ("<lambda>['a']", "v₀"), ("<lambda>['b'][0]", "v₁"), ("<lambda>['b'][1]", "3"),
    ]
    assert table["v₀"].adjoints == (1.0, 5.0)


def test_shared_cotangents_stay():
    """The adjoint of y[0] goes to both operands of y = a + b."""
    def f(a, b):
        y = a + b
        w = y[0]
        z = (a * a).sum()
        return w + z

    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    found = ad.grad(f, argnums=(0, 1))(a, b)
    np.testing.assert_array_equal(found, [[3.0, 4.0], [1.0, 0.0]])
    table = ad.trace(f, a, b)
    np.testing.assert_array_equal([row.adjoint for row in table.inputs], found)


def test_what_raises_in_the_program_raises_here():
    with pytest.raises(ZeroDivisionError):
        ad.trace(lambda x: 1.0 / x, 0.0)
    with pytest.raises(ValueError, match="math domain"):
        ad.trace(lambda x: math.log(x), -1.0)
    assert ad.trace(lambda x: np.log(x), 0.0).value == -math.inf


def test_bad_input():
    with pytest.raises(ad.ArgumentError, match="no function"):
        ad.trace(3.0, 1.0)
    with pytest.raises(ad.ArgumentError, match="do not fit"):
        ad.trace(ln_sin, 2.0)
    with pytest.raises(ad.ArgumentError, match="no argument"):
        ad.trace(lambda s: len(s), "text")
    with pytest.raises(ad.ArgumentError, match="argnums"):
        ad.trace(ln_sin, 2.0, 5.0, argnums="x3")


def test_operations_are_spelled_as_in_numpy():
    def f(x):
        return np.sum(x.T, axis=0)[0] ** 2 + np.maximum(x[0, 1:], 0.0)[0] + np.concatenate([x, x])[-1, 0]

    table = ad.trace(f, np.array([[1.0, 2.0], [3.0, 4.0]]))
    operations = {row.operation for row in table.rows}
    assert {"v₀.T", "v₀[0, 1:]", "concatenate([v₀, v₀])"} <= operations
    assert any(text.startswith("sum(") and text.endswith(", axis=0)") for text in operations)
    assert any(text.startswith("maximum(") for text in operations)


def test_complex_numbers_are_refused():
    with pytest.raises(ad.ResultError, match="complex"):
        ad.trace(lambda x: x * 1j, 2.0)
    with pytest.raises(ad.ResultError, match="floating-point"):
        ad.check_grads(lambda x: int(x), (2.5,))
