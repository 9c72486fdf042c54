"""Random functions that call themselves, and each other, until a number says that it is enough.

Gradients of both modes agree with differences, second derivatives in both orders with differences of gradients,
Jacobians with each other.  More: ``python -m tests.test_random_recursion 2000``.
"""

from __future__ import annotations

import linecache
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad

_NUMBERS = (
    "{a} * 0.5 + {b}", "math.sin({a})", "np.sin({a} * {b})", "math.tanh({a}) * {b}", "{a} * {b}", "{a} - 0.3 * {b}",
    "{a} / (1.5 + math.cos({b}))", "math.exp(-{a} * {a})", "max({a}, {b})", "abs({a})", "{a} if {a} > {b} else {b}",
    "np.sum(v * {a})", "v[0] * {a}", "v[-1]", "float(np.max(v)) * {a}", "np.dot(v, v) * {a}", "k * {a}",
)  # fmt: skip
_VECTORS = (
    "v * {a}", "v[::-1] * 0.9", "v + {a}", "np.sin(v)", "v * v * 0.5", "np.where(v > {a}, v, {a})", "v[:h]", "v[h:]",
    "v - np.mean(v)", "np.concatenate([v[h:], v[:h]])", "w", "w * {a}",
)  # fmt: skip


class _Writer:
    """One program: `f` and `g` of a depth `n`, a number `x`, a vector `v`; each returns a number and a vector."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.count = 0
        self.mutual = self.random.random() < 0.4
        self.closure = self.random.random() < 0.4
        self.pair = self.random.random() < 0.5

    def number(self, names: list[str]) -> str:
        a, b = self.random.choice(names), self.random.choice(names)
        return self.random.choice(_NUMBERS).format(a=a, b=b)

    def vector(self, names: list[str]) -> str:
        return self.random.choice(_VECTORS).format(a=self.random.choice(names))

    def call(self, names: list[str], indent: str) -> list[str]:
        """Statements that bind a new number, and perhaps `w`, by a recursive call."""
        self.count += 1
        name = f"r{self.count}"
        callee = self.random.choice(["f", "g"]) if self.mutual else "f"
        step = self.random.choice(["1.0", "1.0", "1.5", "0.7 + 0.5 * (x > 0.2)"])
        args = f"n - {step}, {self.number(names)}, {self.vector(names)}"
        names.append(name)
        if self.pair:
            return [f"{indent}{name}, w = {callee}({args})"]
        return [f"{indent}{name} = {callee}({args})"]

    def block(self, names: list[str], indent: str, depth: int, calls: int) -> None:
        self.lines.append(f"{indent}s = s * 0.9")
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.choice(["set", "set", "vector", "if", "for", "while", "call", "call", "write"])
            if kind == "set":
                self.lines.append(f"{indent}{self.random.choice(['s', 'x'])} = {self.number(names)}")
            elif kind == "vector":
                self.lines.append(f"{indent}w = {self.vector(names)}")
            elif kind == "write":
                self.lines.append(f"{indent}w = w.copy()")
                self.lines.append(f"{indent}w[0] = {self.number(names)}")
            elif kind == "call" and calls > 0:
                calls -= 1
                self.lines += self.call(names, indent)
            elif depth and kind == "if":
                a, b = self.random.choice(names), self.random.choice([*names, "0.3"])
                self.lines.append(f"{indent}if {a} > {b}:")
                self.block(list(names), indent + "    ", depth - 1, min(calls, 1))
                if self.random.random() < 0.6:
                    self.lines.append(f"{indent}else:")
                    self.block(list(names), indent + "    ", depth - 1, min(calls, 1))
                calls = 0
            elif depth and kind == "for":
                self.lines.append(f"{indent}for k in range({self.random.choice(['2', 'len(v) % 3'])}):")
                self.block(list(names), indent + "    ", depth - 1, min(calls, 1))
                self.lines.append(f"{indent}    s = 0.5 * s")
                calls = 0
            elif depth and kind == "while":
                self.lines += [f"{indent}j = 0.0", f"{indent}while j < 1.5 + 0.3 * s * (s < 1.0) * (s > -1.0):"]
                self.block(list(names), indent + "    ", depth - 1, 0)
                self.lines.append(f"{indent}    j = j + 1.0")

    def function(self, name: str, indent: str) -> None:
        inside = indent + "    "
        self.lines.append(f"{indent}def {name}(n, x, v):")
        self.lines += [f"{inside}s, k, h, w = 0.4, 1, len(v) // 2 + 1, v", f"{inside}if n < 1.0:"]
        base = self.number(["x", "s", *self.outer])
        ends = f"{base}, {self.vector(['x'])}" if self.pair else base
        self.lines.append(f"{inside}    return {ends}")
        names = ["x", "s", *self.outer]
        self.block(names, inside, 2, 2)
        self.lines += self.call(names, inside)
        total = " + ".join(f"0.5 * np.sin({name})" for name in names)
        self.lines.append(f"{inside}return {total}" + (f", {self.vector(names)}" if self.pair else ""))

    def program(self) -> str:
        self.outer = ["y"] if self.closure else []
        indent = "    " if self.closure else ""
        if self.closure:
            self.lines.append("def run(x, y, v):")
        self.function("f", indent)
        if self.mutual:
            self.function("g", indent)
        if not self.closure:
            self.lines.append("def run(x, y, v):")
        start = self.random.choice(["2.5", "2.0 + y", "3.0"])
        if self.pair:
            self.lines += [f"    r, w = f({start}, x * y, v)", "    return r + 0.1 * np.sum(w)"]
        else:
            self.lines.append(f"    return f({start}, x * y, v * 1.0) * y")
        return "\n".join(["import math", "import numpy as np", "", *self.lines]) + "\n"


def _loaded(text: str, name: str) -> Callable[..., Any]:
    filename = f"<{name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(text, filename, "exec"), namespace)
    found: Callable[..., Any] = namespace["run"]
    return found


def _difference(function: Callable[[np.ndarray], Any], at: np.ndarray, d: np.ndarray) -> Any:
    h = 1e-5
    wide = (function(at + h * d) - function(at - h * d)) / (2 * h)
    near = (function(at + h / 2 * d) - function(at - h / 2 * d)) / h
    return (4 * near - wide) / 3, abs(near - wide)


def check(seed: int) -> str:
    """What became of one program: "right", "refused" or "kink" (differences do not settle); else it raises."""
    text = _Writer(seed).program()
    run = _loaded(text, f"random_recursion_{seed}")
    numbers = np.random.default_rng(seed).normal(size=5) * 0.6 + 0.3

    def on_vector(z: np.ndarray) -> Any:
        return run(float(z[0]), float(z[1]), z[2:].copy())

    def gradient(mode: str) -> Callable[[np.ndarray], np.ndarray]:
        found = ad.grad(run, argnums=(0, 1, 2), mode=mode)
        return lambda z: np.array([*(b := found(float(z[0]), float(z[1]), z[2:].copy()))[:2], *b[2]])

    try:
        on_vector(numbers)
    except (ValueError, IndexError, ZeroDivisionError, OverflowError):
        return "raises"
    try:
        forward, reverse = gradient("forward")(numbers), gradient("reverse")(numbers)
    except (ad.UnsupportedSyntaxError, ad.UnsupportedValueError, ad.AliasError) as error:
        return f"refused: {str(error).splitlines()[4:6]}"
    np.testing.assert_allclose(forward, reverse, rtol=1e-9, atol=1e-11, err_msg=text)
    d = np.random.default_rng(seed + 1).normal(size=5)
    expected, error = _difference(on_vector, numbers, d)
    if error > 1e-4 * (1 + abs(expected)):
        return "kink"
    np.testing.assert_allclose(reverse @ d, expected, rtol=1e-5, atol=1e-6, err_msg=text)

    def of_x(z: np.ndarray) -> Any:
        return ad.grad(run)(float(z[0]), float(z[1]), z[2:].copy())

    slope, error = _difference(of_x, numbers, np.eye(5)[0])
    args = float(numbers[0]), float(numbers[1]), numbers[2:].copy()
    inner = {mode: ad.grad(run, mode=mode) for mode in ("forward", "reverse")}
    second = [ad.grad(f, mode=mode)(*args) for f in inner.values() for mode in inner]
    np.testing.assert_allclose(second, second[0], rtol=1e-8, atol=1e-9, err_msg=text)
    if error < 1e-4 * (1 + abs(slope)):
        np.testing.assert_allclose(second[0], slope, rtol=1e-4, atol=1e-5, err_msg=text)
    rows = [ad.jacobian(inner[mode], argnums=2, mode=other)(*args) for mode in inner for other in inner]
    for row in rows[1:]:
        np.testing.assert_allclose(row, rows[0], rtol=1e-8, atol=1e-9, err_msg=text)
    return "right"


@pytest.mark.parametrize("seed", range(40))
def test_random_recursion(seed: int) -> None:
    assert check(seed) in ("right", "kink", "raises") or check(seed).startswith("refused")


def main(count: int, first: int = 0) -> None:
    found: dict[str, int] = {}
    for seed in range(first, first + count):
        try:
            outcome = check(seed)
        except Exception as error:
            outcome = f"WRONG {type(error).__name__}"
            print(seed, outcome, str(error)[:300].replace("\n", " | "))
        found[outcome] = found.get(outcome, 0) + 1
    print(found)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
