"""Random straight-line functions with branches, as text: what people write, put together by chance.

A name stands for a number, a vector of three or a 2×3 matrix, and the text is well-formed by construction.
"""

from __future__ import annotations

from hypothesis import strategies as st

NUMBER, VECTOR, MATRIX = "number", "vector", "matrix"
ARGUMENTS = {"x": NUMBER, "y": NUMBER, "v": VECTOR, "m": MATRIX}
_SMOOTH = ("np.sin({})", "np.cos({})", "np.tanh({})", "np.exp(-({})**2)", "np.sqrt(1 + ({})**2)",
           "np.log(2 + np.cos({}))")
_MATH = ("math.sin({})", "math.atan({})", "math.exp(math.sin({}))", "math.hypot({}, 1.0)", "math.tanh({})")
_KINKED = ("abs({})", "np.abs({})", "np.maximum({}, 0.1)", "np.minimum({}, 0.4)", "np.clip({}, -0.8, 0.9)")
_BINARY = ("{} + {}", "{} - {}", "{} * {}", "{} / (1.5 + np.sin({}))", "{} * 0.5 - {}")
_TO_NUMBER = {
    VECTOR: ("np.sum({})", "{}.mean()", "{}[0]", "{}[-1]", "np.dot({0}, {0})", "np.max({})", "sum({})",
             "{}[[0, 0, 2]].sum()"),
    MATRIX: ("np.sum({})", "{}.sum()", "{}[1, 2]", "np.mean({})", "({0} @ {0}.T)[0, 1]", "np.linalg.norm({})"),
}  # fmt: skip
_TO_VECTOR = {
    NUMBER: ("np.array([{0}, {0} * 2, 1.0])", "{} * np.ones(3)", "np.full(3, 0.5) * {}"),
    VECTOR: (
        "{}[::-1]", "np.concatenate([{0}[1:], {0}[:1]])", "np.where({0} > 0.2, {0}, 0.3 * {0})",
        "np.cumsum({})", "np.outer({0}, {0})[1]", "({} * 2.0)[np.array([2, 1, 1])]",
    ),
    MATRIX: ("{}[0]", "{}.sum(axis=0)", "{}.mean(axis=0)", "{}.T[:, 1]", "{}.reshape(-1)[::2]", "{}.max(axis=0)"),
}  # fmt: skip
_TO_MATRIX = {
    NUMBER: ("np.ones((2, 3)) * {}",),
    VECTOR: ("np.stack([{0}, {0} * 2])", "{}[None, :] * np.ones((2, 1))", "np.broadcast_to({}, (2, 3))"),
    MATRIX: ("{}[::-1]", "{}.T.reshape(2, 3)", "{0} - {0}.mean(axis=1, keepdims=True)", "{}[:, [2, 0, 1]]"),
}  # fmt: skip
_CONVERSIONS = {NUMBER: _TO_NUMBER, VECTOR: _TO_VECTOR, MATRIX: _TO_MATRIX}


@st.composite
def functions(draw: st.DrawFn) -> str:
    """The text of a module with one function `f(x, y, v, m)` that returns a number."""
    kinds = dict(ARGUMENTS)
    lines: list[str] = []

    def names(kind: str) -> list[str]:
        return [name for name, found in kinds.items() if found == kind]

    def expression(kind: str, depth: int) -> str:
        choice = draw(st.integers(0, 7 if depth else 0))
        if choice <= 1:
            return draw(st.sampled_from(names(kind)))
        if choice == 2:
            table = _MATH if kind == NUMBER and draw(st.booleans()) else _SMOOTH
            return draw(st.sampled_from(table)).format(expression(kind, depth - 1))
        if choice == 3:
            return draw(st.sampled_from(_KINKED)).format(expression(kind, depth - 1))
        if choice in (4, 5):
            text = draw(st.sampled_from(_BINARY))
            other = draw(st.sampled_from([NUMBER, kind] if kind != NUMBER else [NUMBER]))
            left, right = expression(kind, depth - 1), expression(other, depth - 1)
            return "(" + text.format(left, f"({right})") + ")"
        if choice == 6:
            return f"({expression(kind, depth - 1)} if {condition()} else {expression(kind, depth - 1)})"
        sources = [source for source in _CONVERSIONS[kind] if names(source)]
        source = draw(st.sampled_from(sources))
        return draw(st.sampled_from(_CONVERSIONS[kind][source])).format(draw(st.sampled_from(names(source))))

    def condition() -> str:
        left, right = draw(st.sampled_from(names(NUMBER))), draw(st.sampled_from([*names(NUMBER), "0.3"]))
        operator = draw(st.sampled_from(["<", ">", "<=", ">="]))
        tail = draw(st.sampled_from(["", "", f" and {left} > -2.0", f" or {left} < -3.0"]))
        return f"{left} {operator} {right}{tail}"

    def new_name(kind: str) -> str:
        if draw(st.integers(0, 3)) == 0:
            return draw(st.sampled_from(names(kind)))
        return f"{kind[0]}{len(lines)}"

    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from([NUMBER, VECTOR, MATRIX]))
        form = draw(st.integers(0, 5))
        name = new_name(kind)
        if form <= 2:
            lines.append(f"{name} = {expression(kind, 3)}")
        elif form == 3:
            fresh = f"t{len(lines)}"
            lines += [f"{fresh} = {expression(kind, 2)} * 1.5", f"{fresh} += {expression(kind, 1)}"]
            name = fresh
        elif form == 4:
            other = f"u{len(lines)}"
            lines.append(f"{name}, {other} = {expression(kind, 2)}, {expression(NUMBER, 2)}")
            kinds[other] = NUMBER
        else:
            lines += [
                f"if {condition()}:", f"    {name} = {expression(kind, 2)}",
                "else:", f"    {name} = {expression(kind, 2)}",
            ]  # fmt: skip
        kinds[name] = kind
    terms = [f"np.sum({draw(st.sampled_from(sorted(kinds)))})" for _ in range(draw(st.integers(1, 3)))]
    lines.append(f"return {' + '.join(terms)} + {expression(NUMBER, 2)}")
    body = "".join(f"    {line}\n" for line in lines)
    return f"import math\nimport numpy as np\n\n\ndef f(x, y, v, m):\n{body}"
