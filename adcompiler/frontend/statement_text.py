"""A user's statement in one line: what stands as a comment above its adjoint.

A statement on one line keeps its text to the letter.  Of an `if` or a `def` only the header counts.

>>> import gast
>>> text = 'y = f(\\n    a,  # first\\n    b,\\n)\\n'
>>> one_line(gast.parse(text).body[0], text.splitlines(keepends=True))
'y = f(a, b)'
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import gast

_LAYOUT = {
    tokenize.ENCODING, tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE,
    tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip
_FSTRING_START = {getattr(tokenize, f"{kind}STRING_START", None) for kind in "FT"}
_FSTRING_END = {getattr(tokenize, f"{kind}STRING_END", None) for kind in "FT"}
_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")


def one_line(statement: gast.AST, lines: Sequence[str]) -> str:
    """The text of a gast statement or expression, without comments and line breaks."""
    statement = getattr(statement, "stands_for", statement)
    body: Any = getattr(statement, "body", None)
    compound = isinstance(body, list) and bool(body)
    first = statement.lineno
    last = max(first, body[0].lineno) if compound else statement.end_lineno
    segment = [lines[number - 1].encode() for number in range(first, last + 1)]
    if not compound:
        segment[-1] = segment[-1][: statement.end_col_offset]
    segment[0] = segment[0][statement.col_offset :]
    text = b"".join(segment).decode()
    if compound:
        return _header(text)
    return text if first == last else _joined(_tokens(f"({text})"))[1:-1]


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Tokens one by one (the text may end inside a statement); an f-string is one token."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = text.splitlines(keepends=True)
    for token in tokens:
        if token.type not in _FSTRING_START:
            yield token
            continue
        start, depth = token.start, 1
        while depth:  # since 3.12 an f-string comes in pieces, which do not spell `{{`
            token = next(tokens)
            depth += (token.type in _FSTRING_START) - (token.type in _FSTRING_END)
        (first, column), (last, end) = start, token.end
        pieces = lines[first - 1 : last]
        pieces[-1] = pieces[-1][:end]
        pieces[0] = pieces[0][column:]
        yield tokenize.TokenInfo(tokenize.STRING, "".join(pieces), start, token.end, token.line)


def _header(text: str) -> str:
    """Up to the colon that ends the header, at bracket depth 0."""
    depth, lambdas = 0, 0
    tokens: list[tokenize.TokenInfo] = []
    for token in _tokens(text):
        if token.type == tokenize.OP:
            depth += (token.string in _OPEN) - (token.string in _CLOSE)
        if depth == 0:
            lambdas += token.string == "lambda"
            if token.string == ":" and token.type == tokenize.OP:
                if not lambdas:
                    return _joined([*tokens, token])
                lambdas -= 1
        tokens.append(token)
    return _joined(tokens)


def _joined(tokens: Iterable[tokenize.TokenInfo]) -> str:
    """Tokens of one line keep their distance; a line break becomes a space, nothing at brackets."""
    text = ""
    previous: tokenize.TokenInfo | None = None
    commas = [0]
    for token in tokens:
        if token.type in _LAYOUT:
            continue
        broken = previous is not None and previous.end[0] != token.start[0]
        if previous is None:
            gap = ""
        elif broken:
            gap = "" if previous.string in _OPEN or token.string in (*_CLOSE, ",", ".") else " "
            if token.string in _CLOSE and previous.string == "," and commas[-1] > 1:
                text = text[:-1]  # a trailing comma; that of `(x,)` makes the tuple
        else:
            gap = " " * (token.start[1] - previous.end[1])
        string = token.string
        if token.type == tokenize.OP:
            if string in _OPEN:
                commas.append(0)
            elif string in _CLOSE and len(commas) > 1:
                commas.pop()
            elif string == ",":
                commas[-1] += 1
        elif token.type == tokenize.STRING and "\n" in string:
            string = string.replace("\\\n", "").replace("\n", "\\n")
        text += gap + string
        previous = token
    return text
