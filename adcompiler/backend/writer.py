"""From `ast` to text: the only place that sees astor.

Comments and blank lines are marker statements, replaced after printing. Every text is parsed
back and compared with the tree it came from; where astor cannot print a tree, or prints it
wrongly, `ast.unparse` does.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from types import ModuleType

with warnings.catch_warnings():
    # astor names the removed classes ast.Num, ast.Str … while it is imported
    warnings.filterwarnings("ignore", r"ast\.\w+ is deprecated", DeprecationWarning)
    try:
        import astor
        from astor.source_repr import split_lines
    except AttributeError:  # a Python on which those classes are gone
        astor = None

#: what linters accept unless told otherwise
WIDTH = 88
_MARK = "__adcompiler_comment_{}__"
_MARKED = re.compile(r"^( *)__adcompiler_comment_(\d+)__$", re.MULTILINE)


class Writer:
    """Collects the comments of one text; `wrapped` says that a line was too long for it.

    >>> writer = Writer()
    >>> tree = ast.parse("x = 1 + (2)")
    >>> print(writer.text([writer.comment("two"), writer.comment(""), *tree.body]), end="")
    # two
    <BLANKLINE>
    x = 1 + 2
    """

    def __init__(self) -> None:
        self._comments: list[str] = []
        self.wrapped = False

    def comment(self, text: str) -> ast.stmt:
        """A statement that becomes a comment (a blank line, where `text` is empty)."""
        self._comments.append(" ".join(text.split()))
        return ast.Expr(ast.Name(_MARK.format(len(self._comments) - 1), ast.Load()))

    def text(self, statements: list[ast.stmt]) -> str:
        tree = ast.Module(statements, [])
        wanted = _without_comments(tree)
        for printer in (self._with_astor, _with_unparse):
            text = self._printed(printer, tree)
            if text is not None and _reads_as(text, wanted):
                return text
        raise AssertionError("a generated program does not read back as it was built")

    def _printed(self, printer: Callable[[ast.Module], str | None], tree: ast.Module) -> str | None:
        text = printer(tree)
        if text is None:
            return None
        text = _MARKED.sub(self._comment_line, text)
        return text.strip("\n") + "\n"

    def _with_astor(self, tree: ast.Module) -> str | None:
        module: ModuleType | None = astor
        if module is None:
            return None
        try:
            with warnings.catch_warnings():
                # astor reads the texts of an f-string under their old names
                warnings.filterwarnings(
                    "ignore", r"(Attribute s|ast\.\w+) is deprecated", DeprecationWarning
                )
                return str(module.to_source(tree, pretty_string=_string, pretty_source=self._lines))
        except (AttributeError, AssertionError, TypeError, ValueError):
            return None  # a node that astor does not know

    def _lines(self, source: list[str]) -> str:
        """astor's wrapping, at our width and not at its own (comments are not in the text yet)."""
        text = "".join(source)
        self.wrapped = any(len(line) > WIDTH for line in text.split("\n"))
        return "".join(split_lines(source, maxline=WIDTH)) if self.wrapped else text

    def _comment_line(self, found: re.Match[str]) -> str:
        comment = self._comments[int(found[2])]
        return f"{found[1]}# {comment}" if comment else ""


def _reads_as(text: str, wanted: ast.Module) -> bool:
    try:
        return _same(ast.parse(text), wanted)
    except SyntaxError:
        return False


def _same(a: object, b: object) -> bool:
    """Equality of two trees, places in the text apart; `ast.dump` of both takes three times as long."""
    waiting = [(a, b)]
    while waiting:
        a, b = waiting.pop()
        if a.__class__ is not b.__class__:
            return False
        if isinstance(a, ast.AST):
            waiting += [(_field(a, f), _field(b, f)) for f in a._fields]
        elif isinstance(a, list):
            assert isinstance(b, list)
            if len(a) != len(b):
                return False
            waiting += zip(a, b, strict=True)
        elif a != b or (isinstance(a, (float, complex)) and repr(a) != repr(b)):
            return False
    return True


def _field(node: object, name: str) -> object:
    """A field of a node; one that is not there is as good as an empty one."""
    found = getattr(node, name, None)
    return None if found == [] else found


def _with_unparse(tree: ast.Module) -> str:
    text = ast.unparse(ast.fix_missing_locations(tree))
    # unparse puts one blank line where the style guides want two
    return re.sub(r"\n+(?=def |@)", "\n\n\n", text)


def _string(
    value: str, embedded: int, line: str, unicode_literals: bool = False, min_trip: int = 20
) -> str:
    """Double quotes; three of them for a docstring."""
    if not line.strip() and '"""' not in value and "\\" not in value and not value.endswith('"'):
        return f'"""{value}"""'
    text = repr(value)
    if text[0] == "'" and '"' not in text:
        text = f'"{text[1:-1]}"'
    return text


def _without_comments(tree: ast.Module) -> ast.Module:
    """The tree without marker statements; the nodes that hold none are shared."""

    def block(statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for s in statements:
            if (
                isinstance(s, ast.Expr)
                and isinstance(s.value, ast.Name)
                and s.value.id.startswith("__adcompiler_")
            ):
                continue
            if isinstance(s, (ast.If, ast.For, ast.While, ast.With, ast.FunctionDef)):
                fields = dict(ast.iter_fields(s))
                fields["body"] = block(s.body)
                if "orelse" in fields:
                    fields["orelse"] = block(fields["orelse"])
                s = type(s)(**fields)
            found.append(s)
        return found

    return ast.Module(block(tree.body), [])
