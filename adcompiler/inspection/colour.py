"""Python source in colour for a terminal, by the tokens of the standard library.

>>> highlight("x = 1.0  # one").replace(chr(27), "^")
'x = ^[36m1.0^[0m  ^[2m# one^[0m'
"""

from __future__ import annotations

import io
import keyword
import os
import tokenize
from typing import TextIO

RESET = "\x1b[0m"
KEYWORD, STRING, NUMBER, COMMENT, NAME = "\x1b[35m", "\x1b[32m", "\x1b[36m", "\x1b[2m", "\x1b[1;34m"


def wants_colour(choice: str, stream: TextIO) -> bool:
    """`choice` is auto, always or never; auto means a terminal, unless NO_COLOR is set (no-color.org)."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def highlight(source: str) -> str:
    """The same text with colours; text that is no Python stays as it is."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    lines = source.splitlines(keepends=True)
    pieces: list[str] = []
    row, column = 1, 0
    after_def = False
    for token in tokens:
        colour = _colour(token, after_def)
        if token.type == tokenize.NAME:
            after_def = token.string in ("def", "class")
        if not colour:
            continue
        pieces.append(_between(lines, (row, column), token.start))
        pieces += [
            f"{colour}{part}{RESET}{end}" if part else end for part, end in _parts(token.string)
        ]
        row, column = token.end
    pieces.append(_between(lines, (row, column), (len(lines) + 1, 0)))
    return "".join(pieces)


def _colour(token: tokenize.TokenInfo, after_def: bool) -> str:
    if token.type == tokenize.NAME:
        if keyword.iskeyword(token.string):
            return KEYWORD
        return NAME if after_def else ""
    kind = tokenize.tok_name[token.type]
    if kind == "STRING" or kind.startswith("FSTRING"):
        return STRING
    return {tokenize.NUMBER: NUMBER, tokenize.COMMENT: COMMENT}.get(token.type, "")


def _parts(text: str) -> list[tuple[str, str]]:
    """Lines with their ends: a colour ends with its line, for pagers."""
    return [
        (line.rstrip("\n"), "\n" * line.endswith("\n")) for line in text.splitlines(keepends=True)
    ]


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (row, column), (last, stop) = start, end
    if row > len(lines):
        return ""
    if row == last:
        return lines[row - 1][column:stop]
    inner = "".join(lines[row : last - 1])
    tail = lines[last - 1][:stop] if last <= len(lines) else ""
    return lines[row - 1][column:] + inner + tail
