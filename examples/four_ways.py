"""Four ways to a derivative: by hand, by differences, by symbols, by compiling.

One function, ln x1 + x1 x2 − sin x2 at (2, 5), differentiated in all four ways, with the error and the
cost of each.  Differences lose digits on both sides of the best step: the formula is cut off above it,
the numbers are rounded below it.  Symbols are exact, but a program with a loop has to be written out
first, and the formula swells.  Compiling is exact too, and the program keeps its size.

Needs SymPy.  With matplotlib the error against the step is drawn:

    python examples/four_ways.py [FOLDER]
"""

import math
import sys
import tempfile
import timeit
from pathlib import Path

import numpy as np
import sympy

import adcompiler as ad

POINT = (2.0, 5.0)
STEPS = [10.0**-k for k in range(1, 16)]


def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def by_hand(x1, x2):
    return 1.0 / x1 + x2, x1 - math.cos(x2)


def by_differences(x1, x2, h=6e-6, central=True):
    """Differences from both sides, with an error of h² (and rounding / h), or from one, with h."""
    if central:
        return (
            (f(x1 + h, x2) - f(x1 - h, x2)) / (2.0 * h),
            (f(x1, x2 + h) - f(x1, x2 - h)) / (2.0 * h),
        )
    here = f(x1, x2)
    return (f(x1 + h, x2) - here) / h, (f(x1, x2 + h) - here) / h


def by_symbols():
    """The formula of the gradient, and a function that evaluates it."""
    x1, x2 = sympy.symbols("x1 x2")
    y = sympy.log(x1) + x1 * x2 - sympy.sin(x2)
    formula = (sympy.diff(y, x1), sympy.diff(y, x2))
    return formula, sympy.lambdify((x1, x2), formula, "math")


by_compiler = ad.grad(f, argnums=(0, 1))


def error(gradient):
    """The largest difference to the gradient by hand."""
    return max(abs(g - e) for g, e in zip(gradient, by_hand(*POINT), strict=True))


def errors_by_step():
    """For each step: the error of differences from one side and from both."""
    return [
        (h, error(by_differences(*POINT, h, central=False)), error(by_differences(*POINT, h)))
        for h in STEPS
    ]


def microseconds(gradient, calls=5000):
    return min(timeit.repeat(lambda: gradient(*POINT), number=calls, repeat=3)) / calls * 1e6


def logistic_map(x, steps):
    """The standard example of swell: a loop whose formula, written out, more than doubles with each step."""
    for _ in range(steps):
        x = 4.0 * x * (1.0 - x)
    return x


def swell(most=8):
    """For each number of steps: operations of the symbolic derivative, lines of the compiled one."""
    x = sympy.Symbol("x")
    slope = ad.grad(logistic_map)
    rows = []
    for steps in range(1, most + 1):
        symbolic = sympy.diff(logistic_map(x, steps), x)
        compiled = slope.source(0.2, steps)
        exact = float(symbolic.subs(x, sympy.Rational(1, 5)))
        rows.append((steps, sympy.count_ops(symbolic), len(compiled.splitlines()), exact))
        assert math.isclose(slope(0.2, steps), exact, rel_tol=1e-12)
    return rows


def draw(folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = np.array(errors_by_step())
    figure, axes = plt.subplots(figsize=(6.0, 4.0), layout="constrained")
    axes.loglog(rows[:, 0], rows[:, 1], "o-", label="difference from one side")
    axes.loglog(rows[:, 0], rows[:, 2], "s-", label="difference from both sides")
    axes.axhline(np.finfo(float).eps, color="k", linestyle="--", label="rounding of a float")
    axes.set_xlabel("step h")
    axes.set_ylabel("error of the gradient")
    axes.legend()
    path = Path(folder) / "four_ways.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def main() -> None:
    formula, symbolic = by_symbols()
    print(f"{'way':<14} {'df/dx1':>18} {'df/dx2':>18} {'error':>8} {'µs a call':>10}")
    for way, gradient in (
        ("by hand", by_hand),
        ("differences", by_differences),
        ("symbols", symbolic),
        ("compiled", by_compiler),
    ):
        by_x1, by_x2 = gradient(*POINT)
        print(
            f"{way:<14} {by_x1:18.14f} {by_x2:18.14f} {error((by_x1, by_x2)):8.0e} {microseconds(gradient):10.2f}"
        )

    print(f"\n{'step':>6} {'one side':>10} {'both sides':>11}")
    for h, one_side, both_sides in errors_by_step():
        print(f"{h:6.0e} {one_side:10.1e} {both_sides:11.1e}")

    print("\nsymbols:", formula)
    print("compiled:\n")
    print(by_compiler.source(*POINT))

    print("the logistic map x = 4 x (1 − x), repeated:\n")
    print(
        f"{'steps':>5} {'operations (symbols)':>21} {'lines (compiled)':>17} {'slope at 0.2':>13}"
    )
    for steps, operations, lines, slope in swell():
        print(f"{steps:5d} {operations:21d} {lines:17d} {slope:13.4f}")
    print("\n" + ad.grad(logistic_map).source(0.2, 8))

    try:
        print("drawn:", draw(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()))
    except ImportError as missing:
        print("not drawn:", missing)


if __name__ == "__main__":
    main()
