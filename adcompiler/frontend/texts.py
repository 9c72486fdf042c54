"""Texts made of numbers: f-strings, `str`, `format` and `%`.

A text is shown, never computed with: what would turn it back into a number is refused, since the digits have no
derivative.
"""

from __future__ import annotations

from typing import Any

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend.bound import Bound, Builtin
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.optional import value_of
from adcompiler.frontend.writing import Writing
from adcompiler.ir.structure import Branch
from adcompiler.ir.types import Opaque
from adcompiler.ir.values import Constant, Variable
from adcompiler.primitives.effects import TEXT, text

_CONVERSIONS = {ord("s"): "!s", ord("r"): "!r", ord("a"): "!a"}
#: methods of `str` that give a text again
METHODS = (
    *("capitalize", "center", "expandtabs", "format", "join", "ljust", "lower", "lstrip"),
    *("replace", "rjust", "rstrip", "strip", "swapcase", "title", "upper", "zfill"),
)


def is_text(bound: Bound) -> bool:
    """True for a text that is only known in the run."""
    return isinstance(bound, Variable) and bound.type == TEXT


def joined_string(frame: Frame, node: Any) -> Bound:
    """An f-string; one made of known values is known."""
    writing = Writing(frame)
    body = _parts(frame, node, writing)
    return _text(writing, f"f{_quoted(body)}")


def _text(writing: Writing, form: str) -> Bound:
    if all(isinstance(a, Constant) for a in writing.operands) and not writing.statics:
        values = [a.value for a in writing.operands if isinstance(a, Constant)]
        return Constant.of(text.function(*values, form=form, result=TEXT))
    return writing.call(text, form, TEXT)


def _parts(frame: Frame, node: Any, writing: Writing) -> str:
    found = ""
    for part in node.values:
        if type(part).__name__ == "Constant":
            found += str(part.value).replace("{", "{{").replace("}", "}}")
            continue
        bound = value_of(frame.handed_on(part.value))
        conversion = _CONVERSIONS.get(part.conversion, "")
        if isinstance(bound, Branch):  # its text first: no quotes inside of a field
            bound, conversion = converted(frame, "repr" if conversion else "str", [bound], {}), ""
        value = writing.put(bound)
        spec = part.format_spec
        shown = "" if spec is None else ":" + _parts(frame, spec, writing)
        found += "{" + value + conversion + shown + "}"
    return found


def _quoted(body: str) -> str:
    """The body as a literal: quotes and control characters escaped outside of its fields, which have none."""
    return '"' + repr(body + '"')[1:-2].replace('"', '\\"').replace("\\'", "'") + '"'


def combined(frame: Frame, operator: str, left: Bound, right: Bound) -> Bound:
    """`"…" % values`, `text + text`, `text * n` where one of them is only known in the run."""
    symbol = {"Add": "+", "Mod": "%", "Mult": "*"}.get(operator)
    texts = [
        is_text(b) or (isinstance(b, Constant) and isinstance(b.value, str)) for b in (left, right)
    ]
    if (
        symbol is None
        or (operator == "Add" and not all(texts))
        or (operator == "Mod" and not texts[0])
    ):
        raise UnsupportedValueError(
            f"a text is combined with a number by the operator {operator}.",
            why="Python would raise TypeError here.",
            write='f"{text}{number}" to show it, or the numbers alone to compute',
        )
    writing = Writing(frame)
    first, second = writing.put(left), writing.put(right)
    return _text(writing, f"{first} {symbol} {second}")


def converted(frame: Frame, name: str, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
    """`str(x)`, `repr(x)`, `format(x, spec)`, `np.array2string(x)`."""
    writing = Writing(frame)
    return _text(writing, f"{name}({writing.arguments(args, kwargs)})")


def method(frame: Frame, owner: Bound, name: str) -> Bound:
    """A method of a text."""
    if name not in METHODS:
        raise not_a_number(f"`.{name}` of a text is asked for")

    def apply(*args: Bound, **kwargs: Bound) -> Bound:
        writing = Writing(frame)
        first = writing.put(owner)
        return _text(writing, f"{first}.{name}({writing.arguments(list(args), kwargs)})")

    return Builtin(name, apply, lowered=True)


def not_a_number(fact: str) -> UnsupportedValueError:
    return UnsupportedValueError(
        f"{fact}, and its value is only known in the run.",
        why="a text is kept to be shown; the digits of a number have no derivative, so it cannot lead back to numbers.",
        write="the number itself instead of its text",
    )


def refuse_text(bound: Bound, what: str) -> None:
    """Refuse a text (or another object of the run) where a number or a decision is wanted."""
    if isinstance(bound, Variable) and isinstance(bound.type, Opaque):
        kind = "text" if bound.type == TEXT else bound.type.name
        raise not_a_number(f"{what} of a {kind} is asked for")
