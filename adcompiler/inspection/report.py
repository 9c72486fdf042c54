"""How numbers, tables and pages look: plain aligned text, HTML for notebooks, ASCII where it must be.

>>> print(number(-0.9589242746631385), number(10.0), number(2.5e-7), number(True))
−0.959 10 2.5e−07 True
>>> print(text_table([("v₋₁", "x", "2"), ("v₁₀", "log(v₋₁)", "0.693")], ("", "operation", "value")))
     operation  value
v₋₁  x              2
v₁₀  log(v₋₁)   0.693
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

MINUS = "\N{MINUS SIGN}"
#: arrays of more numbers are described, not shown
SHOWN = 6


def number(value: Any) -> str:
    """Three decimals without trailing zeros; what that would hide is shown with three digits."""
    if isinstance(value, (bool, np.bool_)) or value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, np.ndarray) and value.ndim:
        return _array(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(number, value)) + "]"
    if isinstance(value, np.ndarray):
        value = value.item()
    if isinstance(value, (complex, np.complexfloating)):
        return f"{value:.3g}".replace("-", MINUS)
    if isinstance(value, (int, np.integer)):
        return str(value).replace("-", MINUS)
    if not isinstance(value, (float, np.floating)):
        return type(value).__name__
    size = abs(float(value))
    plain = not size or 0.01 <= size < 1e7  # neither inf nor nan
    text = f"{value:.3f}".rstrip("0").rstrip(".") if plain else f"{value:.3g}"
    return text.replace("-", MINUS)


def _array(value: np.ndarray[Any, Any]) -> str:
    if value.size <= SHOWN:
        return (
            "[" + " ".join(number(item) for item in value) + "]"
            if value.size
            else f"empty{value.shape}"
        )
    shape = "×".join(map(str, value.shape))
    if value.dtype.kind not in "fiu":
        return f"{shape} {value.dtype}"
    low, high = float(value.min()), float(value.max())
    return (
        f"{shape}, all {number(low)}" if low == high else f"{shape}, {number(low)} … {number(high)}"
    )


def width(text: str) -> int:
    """Columns on a terminal: combining marks take none."""
    return sum(not unicodedata.combining(c) for c in text)


def text_table(
    rows: Sequence[Sequence[str]], heads: Sequence[str], left: int = 2, rules: Iterable[int] = ()
) -> str:
    """Aligned columns, the first `left` ones flush left, the others flush right where all are short."""
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(width(line[k]) for line in lines) for k in range(len(heads))]
    printed = []
    for line in lines:
        cells = []
        for k, cell in enumerate(line):
            pad = " " * (widths[k] - width(cell))
            cells.append(cell + pad if k < left else pad + cell)
        printed.append("  ".join(cells).rstrip())
    return "\n".join(printed)


def html_table(rows: Sequence[Sequence[str]], heads: Sequence[str], left: int = 2) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        inner = "".join(
            f'<{tag} style="text-align: {"left" if k < left else "right"}">{html.escape(cell)}</{tag}>'
            for k, cell in enumerate(cells)
        )
        return f"<tr>{inner}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><thead>{line(heads, 'th')}</thead><tbody>{body}</tbody></table>"


def html_code(source: str) -> str:
    return f"<pre>{html.escape(source)}</pre>"


_PLAIN = {
    "v\u0307": "dv",
    "v\u0304": "vbar",
    MINUS: "-",
    "·": "*",
    "→": "->",
    "…": "..",
    "×": "x",
    "∂": "d",
    "₋": "-",
    "≠": "!=",
    "µ": "u",
    **{chr(ord("₀") + k): str(k) for k in range(10)},
}


def plain(text: str) -> str:
    """The same text in ASCII, for terminals that know nothing else.

    >>> plain("v̄₋₁ = −0.284 → 1.716")
    'vbar-1 = -0.284 -> 1.716'
    """
    for symbol, replacement in _PLAIN.items():
        text = text.replace(symbol, replacement)
    return text.encode("ascii", "backslashreplace").decode()
