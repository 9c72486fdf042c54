"""Random programs that print and draw numbers inside nested loops and branches.

Each generated program shows what the function shows, in its order, and moves the generator as far; gradients agree with
differences, second derivatives with differences of gradients.  More: ``python -m tests.test_random_effects 2000``.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adcompiler as ad

_DRAWS = ("rng.normal()", "rng.uniform(0.5, 1.5)", "rng.random()", "rng.normal(size=2)[0]")


class _Writer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.count = 0

    def value(self, names: list[str]) -> str:
        a, b = self.random.choice(names), self.random.choice(names)
        form = self.random.choice(
            [
                *("{a} * 0.5 + {d}", "np.sin({a} * {d})", "{a} + 0.1 * {b} * {d}"),
                *("np.tanh({a}) * {b}", "np.sin({d} * {a} + {e}) - {d}"),
                *("({d} if {e} > 0.5 else {a}) * {d}", "{a} * ({d} > 0.4 and {e} > 0.3)"),
            ]
        )
        draws = {"d": self.random.choice(_DRAWS), "e": self.random.choice(_DRAWS)}
        return form.format(a=a, b=b, **draws)

    def block(self, names: list[str], indent: str, depth: int, in_loop: bool) -> None:
        names = list(names)
        for _ in range(self.random.randint(1, 4)):
            kind = self.random.choice(
                ["set", "set", "print", "draw", "if", "for", "while", "leave"]
            )
            if kind == "set":
                name = self.random.choice(["s", "u", "x"])
                self.lines.append(f"{indent}{name} = {self.value(names)}")
            elif kind == "print":
                self.count += 1
                shown = self.random.choice(names)
                self.lines.append(f'{indent}print("p{self.count}", f"{{{shown}:.9e}}")')
            elif kind == "draw":
                self.count += 1
                name = f"e{self.count}"
                self.lines.append(f"{indent}{name} = {self.random.choice(_DRAWS)}")
                names.append(name)
            elif kind == "leave" and in_loop:
                self.lines.append(f"{indent}if {self.random.choice(_DRAWS)} > 0.9:")
                self.lines.append(f"{indent}    {self.random.choice(['break', 'continue'])}")
            elif depth and kind == "if":
                test = self.random.choice([*_DRAWS, *names])
                self.lines.append(f"{indent}if {test} > 0.45:")
                self.block(names, indent + "    ", depth - 1, in_loop)
                self.lines.append(f"{indent}else:")
                self.block(names, indent + "    ", depth - 1, in_loop)
            elif depth and kind == "for":
                self.count += 1
                self.lines.append(
                    f"{indent}for k{self.count} in range({self.random.randint(0, 3)}):"
                )
                self.block(names, indent + "    ", depth - 1, True)
            elif depth and kind == "while":
                self.count += 1
                counter = f"n{self.count}"
                self.lines.append(f"{indent}{counter} = 0")
                self.lines.append(f"{indent}while {counter} < {self.random.randint(1, 3)}:")
                self.lines.append(f"{indent}    {counter} += 1")
                self.block(names, indent + "    ", depth - 1, True)
        if not self.lines[-1].startswith(indent):
            self.lines.append(f"{indent}pass")
        elif self.lines[-1].endswith(":"):
            self.lines.append(f"{indent}    pass")


def program(seed: int) -> tuple[Callable[..., Any], str]:
    writer = _Writer(seed)
    writer.lines = ["def f(x, rng):", "    s = x * 0.7", "    u = np.cos(x)"]
    writer.block(["s", "u", "x"], "    ", 3, False)
    writer.block(["s", "u", "x"], "    ", 3, False)
    writer.lines.append("    return s * u + x")
    text = "\n".join(writer.lines) + "\n"
    file = f"<random effects {seed}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(text, file, "exec"), namespace)
    return namespace["f"], text


def run(call: Callable[..., Any], x: float) -> tuple[Any, str, Any]:
    rng = np.random.default_rng(17)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        value = call(x, rng)
    return value, out.getvalue(), rng.bit_generator.state


def check(seed: int) -> None:
    f, text = program(seed)
    x, h = 0.83, 1e-6
    value, printed, state = run(f, x)
    near = [run(f, x + step) for step in (-h, h)]
    gradient = ad.grad(f, argnums=0)
    for derivative in (gradient, ad.grad(f, argnums=0, mode="forward")):
        found, shown, moved = run(derivative, x)
        source = f"{text}\n{derivative.source()}"
        assert (shown, moved) == (printed, state), source
        if all(moved == other[2] for other in near):  # the same way through the program
            expected = (near[1][0] - near[0][0]) / (2 * h)
            assert found == pytest.approx(expected, rel=1e-5, abs=1e-6), source
    found, shown, moved = run(ad.value_and_grad(f, argnums=0), x)
    assert (shown, moved) == (printed, state), text
    assert found[0] == pytest.approx(value, rel=1e-13), text
    hessian = ad.hessian(f, argnums=0)
    second, shown, moved = run(hessian, x)
    assert (shown, moved) == (printed, state), f"{text}\n{hessian.source()}"
    if all(moved == other[2] for other in near):
        slopes = [run(gradient, x + step)[0] for step in (-h, h)]
        expected = (slopes[1] - slopes[0]) / (2 * h)
        assert second == pytest.approx(expected, rel=1e-4, abs=1e-5), text


# 251: a draw that nobody reads ends a loop; 256: `break` in one arm, one name for test and exit;
# 5055: a join of two kinds of bool
@pytest.mark.parametrize("seed", [*range(15), 251, 256, 5055])
def test_random_effects(seed, monkeypatch):
    monkeypatch.setenv("ADCOMPILER_VERIFY", "1")
    check(seed)


def main(count: int) -> int:
    failed = 0
    for seed in range(count):
        try:
            check(seed)
        except ad.errors.UnsupportedSyntaxError as error:
            print(seed, error.fact)
        except Exception as error:
            failed += 1
            print(seed, type(error).__name__, str(error)[:200])
    print(f"{failed} of {count} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
