"""Random programs with loops, as text: carried scalars and a vector, breaks, branches, nested loops.

Well-formed by construction; every value stays bounded, since each assignment goes through a bounded function.
"""

from __future__ import annotations

from hypothesis import strategies as st

_SCALAR = (
    "math.sin({})",
    "0.5 * {} + 0.3",
    "{} * {} * 0.4",
    "math.tanh({} - {})",
    "{} / (2.0 + {} * {})",
    "math.cos({}) * {}",
    "({} + {}) * 0.5",
)
_VECTOR = (
    "np.sin({v}) * {s}",
    "0.5 * {v} + {s}",
    "np.tanh({v} * {v})",
    "{v}[::-1] * 0.7",
    "np.cos({v} - {v})",
)
_READ = ("np.sum({v}) * 0.3", "{v}[1]", "{v}[-1] * {s}", "np.dot({v}, {v}) * 0.2")
_HEADS = (
    "range(3)",
    "range(1, 6, 2)",
    "range(4, 0, -1)",
    "range(n)",
    "reversed(range(n))",
    "range(n, -1, -2)",
    "range(0)",
    "range(1)",
)


@st.composite
def loop_programs(draw: st.DrawFn) -> str:
    """The text of a module with one function `f(x, y, v, n)` that returns a number."""
    lines: list[str] = []
    scalars, vectors = ["x", "y", "s"], ["v", "w"]
    counters: list[str] = []
    number = 0

    def scalar() -> str:
        return (
            draw(st.sampled_from([*scalars, *counters]))
            if counters
            else draw(st.sampled_from(scalars))
        )

    def value() -> str:
        if draw(st.integers(0, 4)) == 0:
            return draw(st.sampled_from(_READ)).format(v=draw(st.sampled_from(vectors)), s=scalar())
        text = draw(st.sampled_from(_SCALAR))
        return text.format(*(scalar() for _ in range(text.count("{}"))))

    def array() -> str:
        text = draw(st.sampled_from(_VECTOR))
        return text.format(v=draw(st.sampled_from(vectors)), s=scalar())

    def test() -> str:
        if counters and draw(st.booleans()):
            return f"{draw(st.sampled_from(counters))} % 2 == {draw(st.integers(0, 1))}"
        return f"{draw(st.sampled_from(['x', 'y', 's']))} > {draw(st.sampled_from(['0.1731', '0.4377', '-0.2319']))}"

    def block(indent: str, depth: int, in_loop: bool) -> None:
        nonlocal number
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.integers(0, 11))
            if kind <= 3:
                lines.append(f"{indent}{draw(st.sampled_from(['x', 'y', 's']))} = {value()}")
            elif kind == 4:
                lines.append(f"{indent}{draw(st.sampled_from(['v', 'w']))} = {array()}")
            elif kind == 5:
                lines.append(f"{indent}x, y = y, {value()}")
            elif kind == 6:
                lines.append(f"{indent}v, w = w, {array()}")
            elif kind == 7:
                lines.append(f"{indent}{draw(st.sampled_from(['s', 'x']))} += 0.3 * {value()}")
            elif kind == 8 and depth:
                lines.append(f"{indent}if {test()}:")
                block(indent + "    ", depth - 1, in_loop)
                if draw(st.booleans()):
                    lines.append(f"{indent}else:")
                    block(indent + "    ", depth - 1, in_loop)
            elif kind in (9, 10) and depth:
                number += 1
                mine = draw(st.sampled_from([f"k{number}", "k", "i", "count", "t"]))
                if mine in counters:
                    mine = f"k{number}"
                lines.append(f"{indent}for {mine} in {draw(st.sampled_from(_HEADS))}:")
                counters.append(mine)
                block(indent + "    ", depth - 1, True)
                counters.remove(mine)
            elif kind == 11 and in_loop and draw(st.booleans()):
                lines.append(f"{indent}stop = {test()}")
                lines.append(f"{indent}if stop:")
                lines.append(f"{indent}    {draw(st.sampled_from(['break', 'continue', 's = s * 0.7']))}")
            elif kind == 11 and in_loop:
                lines.append(f"{indent}if {test()}:")
                if draw(st.booleans()):
                    lines.append(f"{indent}    s = {value()}")
                lines.append(f"{indent}    {draw(st.sampled_from(['break', 'continue']))}")
            elif kind == 11 and depth:
                number += 1
                lines.append(f"{indent}j{number} = 0")
                lines.append(f"{indent}while j{number} < 4 and abs(s) < 0.9:")
                lines.append(f"{indent}    j{number} += 1")
                block(indent + "    ", depth - 1, True)
            else:
                lines.append(f"{indent}s = {value()}")

    lines += ["    s = 0.25", "    stop = False"]
    lines.append(
        draw(
            st.sampled_from(
                ["    w = v * 0.5", "    w = v", "    w = np.ones(3)", "    w = v.copy()"]
            )
        )
    )
    block("    ", 3, False)
    block("    ", 3, False)
    body = "\n".join(lines)
    return (
        "import math\nimport numpy as np\n\n\ndef f(x, y, v, n):\n"
        + body
        + "\n    return (s * x if stop else s) + x * y + np.sum(v * w)\n"
    )
