"""The head of a generated function: its parameters, what is read from them at the top, its
captures.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass, field

from adcompiler.backend.identifiers import identifier_from
from adcompiler.backend.imports import Imports
from adcompiler.backend.literals import Literals
from adcompiler.backend.names import Names
from adcompiler.errors import UnsupportedValueError
from adcompiler.ir.nodes import Function, Parameter
from adcompiler.ir.structure import Branch, Path, accessors, paths
from adcompiler.ir.values import Variable

_KIND = inspect._ParameterKind


@dataclass
class Head:
    """Which identifiers are given (`fixed`), wished for (`preferred`) or in use (`taken`)."""

    fixed: dict[Variable, str] = field(default_factory=dict)
    preferred: dict[Variable, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    reads: list[tuple[Variable, str]] = field(default_factory=list)


def read_head(function: Function, imports: Imports) -> Head:
    head = Head()
    for parameter in function.parameters:
        if isinstance(parameter.structure, Variable):
            head.fixed[parameter.structure] = parameter.name
            continue
        head.taken.append(parameter.name)
        for variable, path in _leaves(parameter):
            parts = accessors(path, parameter.structure)
            head.reads.append((variable, parameter.name + "".join(parts)))
            if variable.name is None or not variable.name.isidentifier():
                head.preferred[variable] = _stem(parameter.name, parts)
    for capture in function.captures:
        form, *rest = capture.reference
        if form == "cell":
            name, attributes = rest[0], rest[1:]
        elif form == "global":
            name, attributes = imports.data(rest[0], rest[1]), rest[2:]
        elif form == "argument":
            name, attributes = rest[0], rest[1:]
        else:
            raise UnsupportedValueError(f"a captured value is of the unknown form {form!r}.")
        if attributes:
            head.reads.append((capture.variable, name + "".join(map(_step, attributes))))
            if capture.variable.name is None or not capture.variable.name.isidentifier():
                head.preferred[capture.variable] = identifier_from(attributes[-1])
            head.taken.append(name)
        else:
            head.fixed[capture.variable] = name
            if form == "global":
                # assigning to it would make it a local of the function
                head.taken.append(name)
    return head


def _step(step: str) -> str:
    return step if step.startswith((".", "[")) else f".{step}"


def _leaves(parameter: Parameter) -> list[tuple[Variable, Path]]:
    found: list[tuple[Variable, Path]] = []
    for path in paths(parameter.structure):
        leaf = parameter.structure
        for position in path:
            leaf = leaf.children[position]
        if isinstance(leaf, Variable):
            found.append((leaf, path))
    return found


def _stem(name: str, parts: tuple[str, ...]) -> str:
    """`W1` for ``params["W1"]``, `pair_0` for ``pair[0]``."""
    last = parts[-1].strip(".[]'\"")
    return last if last.isidentifier() else identifier_from(name + "".join(parts))


def arguments(function: Function, literals: Literals) -> ast.arguments:
    """The parameter list; a closure cell is a keyword-only parameter."""
    found = ast.arguments([], [], None, [], [], None, [])
    for parameter in function.parameters:
        default = None if parameter.default is None else literals.value(parameter.default.value)
        argument = ast.arg(parameter.name)
        kind = _KIND(parameter.kind)
        if kind is _KIND.VAR_POSITIONAL:
            found.vararg = argument
        elif kind is _KIND.VAR_KEYWORD:
            found.kwarg = argument
        elif kind is _KIND.KEYWORD_ONLY:
            found.kwonlyargs.append(argument)
            found.kw_defaults.append(default)
        else:
            (found.posonlyargs if kind is _KIND.POSITIONAL_ONLY else found.args).append(argument)
            if default is not None:
                found.defaults.append(default)
    cells = dict.fromkeys(c.reference[1] for c in function.captures if c.reference[0] == "cell")
    for name in cells:
        found.kwonlyargs.append(ast.arg(name))
        found.kw_defaults.append(None)
    return found


def unpacking(function: Function, head: Head, names: Names, used: set[Variable]) -> list[ast.stmt]:
    """``W1 = params["W1"]`` for each leaf that is used; ``a, b = pair`` where all of a flat tuple
    are.
    """
    statements: list[ast.stmt] = []
    done: set[Variable] = set()
    for parameter in function.parameters:
        structure = parameter.structure
        if (
            not isinstance(structure, Branch)
            or structure.kind != "tuple"
            or len(structure.children) < 2
        ):
            continue
        children = [c for c in structure.children if isinstance(c, Variable) and c in used]
        if len(children) == len(structure.children):
            targets: list[ast.expr] = [ast.Name(names(c), ast.Store()) for c in children]
            value = ast.Name(parameter.name, ast.Load())
            statements.append(ast.Assign([ast.Tuple(targets, ast.Store())], value))
            done.update(children)
    for variable, expression in head.reads:
        if variable in used and variable not in done:
            read = ast.parse(expression, mode="eval").body
            statements.append(ast.Assign([ast.Name(names(variable), ast.Store())], read))
    return statements
