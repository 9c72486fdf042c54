"""The text, the tree and the places of a function.

The text found is compiled and compared with the code that runs: a file edited since its import is
an error, never the derivative of other code.  The comparison includes the line table, so it also
picks the right one of two lambdas on one line.

>>> def square(x):
...     return x * x
>>> source = find_source(square)
>>> source.name, source.label, type(source.tree).__name__
('square', 'square(x)', 'FunctionDef')
>>> statement = source.tree.body[0]
>>> origin = source.origin_of(statement.value, statement)
>>> origin.line, origin.column, origin.text
(2, 11, 'return x * x')
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import gast

from adcompiler.errors import SourceError, UnsupportedSyntaxError
from adcompiler.frontend.rewritten import agrees, is_rewritten
from adcompiler.frontend.statement_text import one_line
from adcompiler.ir.origin import Origin

Code = types.CodeType
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Ancestors = tuple[ast.AST, ...]
Found = tuple[Definition, Ancestors]

_SEPARATE_FLAGS = (
    inspect.CO_GENERATOR | inspect.CO_COROUTINE
    | inspect.CO_ITERABLE_COROUTINE | inspect.CO_ASYNC_GENERATOR
)  # fmt: skip
_FUTURE_FLAGS = 0
for _name in __future__.all_feature_names:
    if _name != "nested_scopes":  # its flag now means "a nested function"
        _FUTURE_FLAGS |= getattr(__future__, _name).compiler_flag


@dataclass(frozen=True, eq=False)
class FunctionSource:
    """One function: `tree` is a gast ``FunctionDef`` or ``Lambda`` with the positions of the file.

    `name` is the qualified name, `label` how errors show it; `class_name` is the class whose name
    mangles private names (``self.__x``) in the body, or None.
    """

    function: types.FunctionType
    tree: gast.AST
    file: str
    lines: tuple[str, ...]
    name: str
    label: str
    class_name: str | None
    _texts: dict[int, tuple[gast.AST, str]] = field(default_factory=dict, repr=False)

    def origin_of(self, node: gast.AST, statement_node: gast.AST | None = None) -> Origin:
        """The place of `node`, and the text of the user's statement that it belongs to."""
        statement = node if statement_node is None else statement_node
        if getattr(node, "lineno", None) is None:  # operators and contexts have no place
            node = statement
        line, end_line = node.lineno, node.end_lineno
        return Origin(
            self.file,
            line,
            self._column(line, node.col_offset),
            end_line,
            self._column(end_line, node.end_col_offset),
            self.label,
            (statement.lineno, self._column(statement.lineno, statement.col_offset), self.label),
            self._text_of(statement),
        )

    @property
    def header(self) -> Origin:
        """The line of the definition."""
        end = len(self.lines[self.tree.lineno - 1].rstrip())
        line, column = self.tree.lineno, self._column(self.tree.lineno, self.tree.col_offset)
        return Origin(self.file, line, column, line, end, self.label)

    def _column(self, line: int, offset: int) -> int:
        """Trees count UTF-8 bytes, editors and carets count characters."""
        text = self.lines[line - 1]
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))

    def _text_of(self, statement: gast.AST) -> str:
        known = self._texts.get(id(statement))
        if known is None:  # the node is kept with its text, so that its id stays its own
            known = self._texts[id(statement)] = (statement, one_line(statement, self.lines))
        return known[1]


def find_source(function: Callable[..., Any], generators: bool = False) -> FunctionSource:
    """The source of a plain Python function, verified against the code that runs."""
    if not isinstance(function, types.FunctionType):
        raise _not_python(function)
    code = function.__code__
    file = code.co_filename
    linecache.checkcache(file)
    lines = linecache.getlines(file, function.__globals__)
    if not lines:
        raise SourceError(
            f"the source text of `{function.__qualname__}` is not available.",
            why=f"its code says it comes from {file}, where there is none: it was made by exec,"
            " typed at a plain prompt, or its file is gone.",
            write="put the function into a file (or a notebook cell) and import it from there.",
        )
    with _quiet:
        found = _find(function, lines)
    if found is None:
        raise SourceError(
            f"the text of `{function.__qualname__}` in {file} is not that of the running code.",
            why="the file was edited since it was imported (or a tool rewrote the function's"
            " bytecode), so this would be the derivative of other code.",
            write="import the module again: restart Python, or importlib.reload(module).",
        )
    node, ancestors = found
    classes = [above.name for above in ancestors if isinstance(above, ast.ClassDef)]
    tree = gast.ast_to_gast(node)
    source = FunctionSource(
        function=function,
        tree=tree,
        file=file,
        lines=tuple(lines),
        name=function.__qualname__,
        label=_label(code),
        class_name=classes[-1] if classes else None,
    )
    allowed = inspect.CO_GENERATOR if generators else 0
    if code.co_flags & _SEPARATE_FLAGS & ~allowed:
        raise _no_single_result(source)
    return source


class _Quiet:
    """No warnings: those of the user's text were shown when it was imported.

    Python's filters are shared by all threads, hence the lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._filters = warnings.catch_warnings()
        self._filters.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, *error: object) -> None:
        self._filters.__exit__(None, None, None)
        self._lock.release()


_quiet = _Quiet()


def _find(function: types.FunctionType, lines: list[str]) -> Found | None:
    """The definition whose code is that of `function`: in its own block of lines, else anywhere."""
    code = function.__code__
    block = _block(lines, code.co_firstlineno)
    if block is not None:
        imports = _imports(code, function.__globals__)
        for statement in block.body:
            candidates = list(_definitions(statement, code))
            for part in _parts(statement, candidates):
                found = _match(code, [*imports, part], candidates)
                if found is not None:
                    return found
    whole = _parse("".join(lines))
    if whole is None:
        return None
    return _match(code, whole.body, list(_definitions(whole, code)))


def _block(lines: list[str], line: int) -> ast.Module | None:
    """Only the lines from the last unindented one up to the next: parsing 5000 lines takes 50 ms.

    A guess, which the comparison of the code confirms or refutes.
    """
    if line > len(lines):
        return None
    start = line - 1
    while start and not _at_margin(lines[start]):
        start -= 1
    end = line
    for _ in range(4):  # decorators, a closing bracket or text at the margin inside a string
        while end < len(lines) and not _at_margin(lines[end]):
            end += 1
        tree = _parse("\n" * start + "".join(lines[start:end]))
        if tree is not None:
            return tree
        end += 1
    return None


def _imports(code: Code, namespace: dict[str, object]) -> list[ast.stmt]:
    """Imports of the modules in use: `np.sin(x)` is compiled another way if `np` is imported."""
    names = {name for inner in (code, *_nested(code)) for name in inner.co_names}
    modules = [name for name in names if isinstance(namespace.get(name), types.ModuleType)]
    aliases = [ast.alias(name="builtins", asname=name) for name in modules]
    first = ast.Import(names=aliases, lineno=1, col_offset=0)
    return [ast.fix_missing_locations(first)] if aliases else []


def _at_margin(line: str) -> bool:
    return line[:1] not in " \t\r\n\f#)]}"


@lru_cache(maxsize=32)
def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):  # a file under edit, or not the text of this function
        return None


def _definitions(top: ast.AST, code: Code) -> Iterator[Found]:
    """The functions with the name and the first line of `code` (that of a decorator counts)."""
    line = code.co_firstlineno
    stack: list[tuple[ast.AST, Ancestors]] = [(top, ())]
    while stack:
        node, above = stack.pop()
        first = getattr(node, "lineno", None)
        if first is not None:
            decorators = getattr(node, "decorator_list", None)
            if decorators:
                first = min(first, decorators[0].lineno)
            if not first <= line <= node.end_lineno:  # type: ignore[attr-defined]
                continue
            if (
                first == line
                and isinstance(node, Definition)
                and getattr(node, "name", "<lambda>") == code.co_name
            ):
                yield node, above
        inside = (*above, node)
        stack.extend((child, inside) for child in ast.iter_child_nodes(node))


def _parts(statement: ast.stmt, candidates: list[Found]) -> Iterator[ast.stmt]:
    """What to compile: a method needs only its classes around it, not the methods next to it."""
    if not candidates:
        return
    if len(candidates) == 1:
        node, above = candidates[0]
        if above and not isinstance(node, ast.Lambda):
            part: ast.stmt = node
            for outer in reversed(above):
                if not isinstance(outer, ast.ClassDef):
                    break
                fields = dict(ast.iter_fields(outer))
                fields |= {"bases": [], "keywords": [], "decorator_list": [], "body": [part]}
                part = ast.copy_location(ast.ClassDef(**fields), outer)
            else:
                yield part
    yield statement


def _match(code: Code, body: list[ast.stmt], candidates: list[Found]) -> Found | None:
    if not candidates:
        return None
    try:
        module = compile(
            ast.Module(body, []),
            code.co_filename,
            "exec",
            flags=code.co_flags & _FUTURE_FLAGS,
            dont_inherit=True,
        )
    except (SyntaxError, ValueError):
        return None
    inner = [other for other in _nested(module) if other.co_name == code.co_name]
    if code in inner:
        fitting = _by_position(code, candidates)
    elif is_rewritten(code):
        fitting = [
            (node, above)
            for node, above in _by_position(code, candidates)
            if any(agrees(other, code, node) for other in inner)
        ]
    else:
        return None
    return fitting[0] if len(fitting) == 1 else None


def _nested(code: Code) -> Iterator[Code]:
    for constant in code.co_consts:
        if isinstance(constant, Code):
            yield constant
            yield from _nested(constant)


def _by_position(code: Code, candidates: list[Found]) -> list[Found]:
    """Of several lambdas on one line, the innermost one around all instructions."""
    if len(candidates) < 2:
        return candidates
    places = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        # the entry of a function has no place
        if line and end_line and column is not None and end_column
    ]
    if not places:  # Python 3.12 gives `return constant` of a lambda no place: equal ones are one
        return [found for found in candidates if _is_constant_lambda(found[0], code)][:1]
    around: list[Found] = [
        (node, above)
        for node, above in candidates
        if isinstance(node, ast.Lambda)
        and all(_start(node.body) <= start and end <= _end(node.body) for start, end in places)
    ]
    return sorted(around, key=lambda found: _start(found[0]))[-1:]


def _is_constant_lambda(node: ast.AST, code: Code) -> bool:
    if not isinstance(node, ast.Lambda) or not isinstance(node.body, ast.Constant):
        return False
    names = tuple(a.arg for a in (*node.args.posonlyargs, *node.args.args))
    same = repr(node.body.value) == repr(code.co_consts[-1])
    return same and names == code.co_varnames[: code.co_argcount]


def _start(node: ast.expr | Definition) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr | Definition) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _label(code: Code) -> str:
    count = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[:count])
    extra = code.co_varnames[count:]
    if code.co_flags & 0x04:
        names.insert(code.co_argcount, "*" + extra[0])
        extra = extra[1:]
    if code.co_flags & 0x08:
        names.append("**" + extra[0])
    name = code.co_qualname.rsplit("<locals>.", 1)[-1]
    return f"{name}({', '.join(names)})"


def _not_python(function: object) -> SourceError:
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    if name is None:
        name = type(function).__qualname__
    if isinstance(function, type):
        return SourceError(
            f"`{name}` is a class, and only functions have a derivative.",
            why="adcompiler reads the source of a function.",
            write=f"a function that makes and uses the object, or lambda x: {name}(x).method()",
        )
    return SourceError(
        f"`{name}` has no Python source.",
        why=f"it is a {type(function).__name__}, not a function written in Python.",
        write=f"a Python function around it: lambda x: {name}(x)",
    )


def _no_single_result(source: FunctionSource) -> UnsupportedSyntaxError:
    flags = source.function.__code__.co_flags
    kind = "an async generator" if flags & inspect.CO_ASYNC_GENERATOR else "an async function"
    write = "an ordinary `def` for the numeric part, and call it from the async code."
    if flags & inspect.CO_GENERATOR:
        kind = "a generator"
        write = "a function that returns its result; collect several in a list or an array."
    return UnsupportedSyntaxError(
        f"`{source.name}` is {kind}.",
        why="calling it gives an object that computes later, not a number to differentiate.",
        write=write,
        origin=source.header,
    )
