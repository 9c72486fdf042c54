"""Calls of NumPy in the forms that its documentation knows, each as a whole program.

Value, tangent, gradient and the Hessian along a direction, against the function itself and differences.  What has
no derivative here is refused with a way out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import ADError

TEXT = (Path(__file__).parent / "numpy_forms.txt").read_text()
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
ARGUMENTS: dict[str, Any] = {
    "x": np.array([1.3, 0.7, 2.1, 1.9]),
    "A": np.array([[1.1, 2.3, 0.6], [0.8, 1.7, 2.9], [3.1, 0.4, 1.6]]),
    "s": 0.7,
    "z": np.array([1.3 + 0.4j, 0.7 - 0.2j, 2.1 + 1.0j]),
}
HEAD = """
import cmath, functools, itertools, math, operator
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.polynomial import polynomial as P

w4 = np.array([0.3, 1.2, 0.5, 0.9])
"""
#: one number of whatever the program gives
TAIL = """
    if isinstance(found, (tuple, list)):
        return sum([np.sum(part * part * part) for part in found])
    if isinstance(found, np.ndarray) and found.dtype.kind == "c":
        return np.sum(np.real(found * np.conj(found)))
    return np.sum(found * found * 0.5)
"""
REFUSED = [
    "A | s = 0.0;; for v in np.nditer(A): s = s + v;; s",
    "x | np.frompyfunc(lambda t: t * t, 1, 1)(x)",
    "x | np.lib.stride_tricks.as_strided(x, (2, 2), (16, 8))",
    "x | np.vectorize(lambda t: t * t if t > 1.0 else 0)(x)",
    "x | np.vectorize(np.sum, signature='(n)->()')(x)",
    "x | np.power.reduce(x)",
    "x | np.arctan2.reduce(x)",
    "x | np.exp(x, where=x > 1.0)",
    "x | np.add(x, x, dtype=int)",
    "x | np.add(x, x, casting='perhaps')",
    "A | np.divide.reduce(A, axis=(0, 1))",
    "x | np.divide.reduce(x, where=x > 1.0)",
    "x | np.roots(x)",
    "x | np.r_['r', x, x]",
    "x | np.histogramdd(x)[0]",
    "x | np.intersect1d(x, w4)",
    "A | np.multiply.at(A, (0, [1, 2]), 2.0)",
]


def text_of(line: str, name: str) -> str:
    argument, _, body = line.partition("|")
    *before, value = body.split(";;")
    statements = [f"    {part.strip()}" for part in before] + [f"    found = {value.strip()}"]
    return f"def {name}({argument.strip()}):\n" + "\n".join(statements) + TAIL


def difference(f: Any, x: Any, d: Any) -> Any:
    """To fourth order in the step."""
    h = 1e-4
    near, far = f(x + h * d) - f(x - h * d), f(x + 2 * h * d) - f(x - 2 * h * d)
    return (8.0 * near - far) / (12.0 * h)


def direction(x: Any) -> Any:
    rng = np.random.default_rng(1)
    if isinstance(x, float):
        return 0.6
    d = rng.uniform(0.5, 1.0, x.shape)
    return d + 1j * rng.uniform(0.5, 1.0, x.shape) if x.dtype.kind == "c" else d


def close(found: Any, expected: Any, what: str, rtol: float = 1e-6) -> None:
    assert np.allclose(found, expected, rtol=rtol, atol=1e-7), f"{what}: {found} for {expected}"


@pytest.mark.parametrize("line", LINES)
def test_form(line: str, module: Any) -> None:
    f = module(HEAD + text_of(line, "f")).f
    x = ARGUMENTS[line.partition("|")[0].strip()]
    d, before = direction(x), np.copy(x)
    expected = difference(lambda v: f(np.copy(v)[()]), x, d)
    value, slope = ad.jvp(f, (x,), (d,))
    close(value, f(np.copy(x)[()]), "value", 1e-12)
    close(slope, expected, "tangent")
    gradient = ad.grad(f)(x)
    assert np.shape(gradient) == np.shape(x)
    close(np.sum(gradient * d).real, expected, "gradient")
    assert np.array_equal(x, before), "the argument was written"
    if np.iscomplexobj(x):
        return
    curved = difference(lambda v: np.sum(ad.grad(f)(v) * d), x, d)
    close(np.sum(ad.hvp(f, (x,), (d,)) * d), curved, "Hessian", 1e-5)


@pytest.mark.parametrize("line", REFUSED)
def test_refused_with_a_way_out(line: str, module: Any) -> None:
    f = module(HEAD + text_of(line, "f")).f
    x = ARGUMENTS[line.partition("|")[0].strip()]
    with pytest.raises(ADError) as caught:
        ad.grad(f)(x)
    assert caught.value.write
    assert caught.value.origin is not None
    assert "written_" in caught.value.origin.file  # at the user's line
