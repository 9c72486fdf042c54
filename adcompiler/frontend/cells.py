"""`nonlocal`: the variable of a function that the functions inside it assign, too.

Such a variable lives in a cell, an object that is made where its function is entered; all functions that see the name
read and write the attribute of that object.  So a branch or a loop treats it as any attribute that it assigns, and the
order of the writes is that of the calls, which are followed one by one::

    def f(x):                               def f(x):
        total = 0.0                             cell.total = 0.0
        def add(v):                             def add(v):
            nonlocal total                          cell.total += v
            total += v                          add(x)
        add(x)                                  return cell.total
        return total
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import gast

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.assigned import assigned_names
from adcompiler.frontend.bound import Cell, Undefined
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.source import FunctionSource
from adcompiler.frontend.walrus import walrus_names
from adcompiler.ir.structure import Branch

_FUNCTIONS = (gast.FunctionDef, gast.Lambda)
_COMPREHENSIONS = (gast.ListComp, gast.GeneratorExp, gast.DictComp, gast.SetComp)


class Box(gast.stmt):  # type: ignore[misc]
    """The beginning of a function: its cells are made; a parameter goes into its own."""

    _fields = ()


def make_cells(frame: Frame, node: Any) -> None:
    """The meaning of `Box`."""
    for name in node.names:
        empty = Undefined("no statement has given it one by then")
        frame.scope[_place(name)] = Branch("object", (name,), (frame.scope.get(name, empty),), Cell)


def refuse_outside(frame: Frame, node: Any) -> None:
    """`nonlocal` of a variable that lives outside of what is differentiated."""
    raise UnsupportedSyntaxError(
        f"`{node.names[0]}` of a function around the differentiated one is assigned (`nonlocal`).",
        why="a derivative changes nothing outside the function, and the next call would see the change.",
        write=f"{node.names[0]} as a parameter, and return its new value",
    )


def with_cells(node: Any, source: FunctionSource) -> Any:
    """The definition of a function with its `nonlocal` variables in cells; the same one where it has none."""
    if not any(
        isinstance(inner, gast.Nonlocal) or _binds_around(inner) for inner in gast.walk(node)
    ):
        return node
    node = copy.deepcopy(node)
    boxed = _boxed(node)
    node.body = _with_box(_Renaming(frozenset(boxed), source).block(node.body), boxed)
    return node


def _place(name: str) -> str:
    """Where a frame keeps the cell: no name of the user's."""
    return f"cell of {name}"


def _with_box(body: list[Any], boxed: list[str]) -> list[Any]:
    if not boxed:
        return body
    box = gast.copy_location(Box(), body[0])
    box.names = boxed
    return [box, *body]


def _inner(nodes: list[Any]) -> list[Any]:
    """The functions that stand in a piece of program, but not inside one another."""
    found: list[Any] = []
    work = list(nodes)
    while work:
        node = work.pop()
        if isinstance(node, _FUNCTIONS):
            found.append(node)
            work += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        else:
            work += gast.iter_child_nodes(node)
    return found


def _body(function: Any) -> list[Any]:
    return function.body if isinstance(function.body, list) else [function.body]


def _parameters(function: Any) -> set[str]:
    a = function.args
    several = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
    return {p.id for p in several if p is not None}


def _declared(function: Any) -> set[str]:
    """The names that a function itself declares `nonlocal`."""
    work, found = list(_body(function)), set()
    while work:
        node = work.pop()
        if isinstance(node, gast.Nonlocal):
            found.update(node.names)
        if not isinstance(node, _FUNCTIONS):
            work += gast.iter_child_nodes(node)
    return found


def _own(function: Any) -> set[str]:
    """The names that are local in a function."""
    bound = assigned_names(function.body) if isinstance(function.body, list) else set()
    return (bound | _parameters(function)) - _declared(function)


def _asked(function: Any) -> set[str]:
    """The names that a function, or one inside it, assigns in a function around it."""
    found = _declared(function)
    for inner in _inner(_body(function)):
        found |= _asked(inner) - _own(inner)
    return found


def _boxed(function: Any) -> list[str]:
    """The local names of a function that those inside it assign, or a comprehension by `:=`."""
    asked = {name for inner in _inner(_body(function)) for name in _asked(inner)}
    if isinstance(function.body, list):
        asked |= _bound_around(function)
    return sorted(asked & _own(function))


def _binds_around(node: Any) -> bool:
    """True for a comprehension that binds a name of the function around it (PEP 572)."""
    return isinstance(node, _COMPREHENSIONS) and bool(walrus_names(node))


def _bound_around(function: Any) -> set[str]:
    """The names that comprehensions in a function bind in it.

    One that runs as a loop carries no names of the function, but what is in its cells.
    """
    found: set[str] = set()
    work = list(function.body)
    while work:
        node = work.pop()
        if _binds_around(node):
            found |= walrus_names(node)
        if not isinstance(node, _FUNCTIONS):
            work += gast.iter_child_nodes(node)
    return found


class _Renaming(gast.NodeTransformer):  # type: ignore[misc]
    """Puts the cell's attribute in the place of each name that lives in one; `cells` are the names seen here."""

    def __init__(self, cells: frozenset[str], source: FunctionSource) -> None:
        self.cells = cells
        self.source = source

    def block(self, statements: list[Any]) -> list[Any]:
        found: list[Any] = []
        for statement in statements:
            new = self.visit(statement)
            found += new if isinstance(new, list) else [new]
        return found

    def visit(self, node: Any) -> Any:
        rule = _RULES.get(type(node).__name__)
        return self.generic_visit(node) if rule is None else rule(self, node)

    def _inside(self, hidden: set[str], boxed: Iterable[str] = ()) -> _Renaming:
        return _Renaming(self.cells - hidden | frozenset(boxed), self.source)

    def name(self, node: Any) -> Any:
        if node.id not in self.cells:
            return node
        owner = gast.copy_location(gast.Name(_place(node.id), gast.Load(), None, None), node)
        return gast.copy_location(gast.Attribute(owner, node.id, node.ctx), node)

    def nonlocals(self, node: Any) -> Any:
        outside = [name for name in node.names if name not in self.cells]
        if not outside:
            return gast.copy_location(gast.Pass(), node)
        return gast.copy_location(gast.Nonlocal(outside), node)

    def definition(self, node: Any) -> Any:
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        self._function(node)
        if node.name not in self.cells:
            return node
        target = self.name(gast.copy_location(gast.Name(node.name, gast.Store(), None, None), node))
        value = gast.copy_location(gast.Name(node.name, gast.Load(), None, None), node)
        return [node, gast.copy_location(gast.Assign([target], value, None), node)]

    def lambda_(self, node: Any) -> Any:
        self._function(node)
        return node

    def _function(self, node: Any) -> None:
        arguments = node.args
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]
        boxed = _boxed(node)
        inside = self._inside(_own(node), boxed)
        if isinstance(node.body, list):
            node.body = _with_box(inside.block(node.body), boxed)
        elif any(map(_binds_around, gast.walk(node.body))):
            raise UnsupportedSyntaxError(
                "a comprehension in a `lambda` binds a name by `:=`.",
                why="the name belongs to the `lambda`, whose names live in no cells here.",
                write="a `def` in the place of the `lambda`",
                origin=self.source.origin_of(node, node),
            )
        else:
            node.body = inside.visit(node.body)

    def generic_visit(self, node: Any) -> Any:
        if isinstance(node, _COMPREHENSIONS):
            return self._comprehension(node)
        for field in ("name", "asname", "rest"):
            if getattr(node, field, None) in self.cells:
                raise self._refused(node, getattr(node, field))
        return super().generic_visit(node)

    def _comprehension(self, node: Any) -> Any:
        targets = [clause.target for clause in node.generators]
        own = {n.id for target in targets for n in gast.walk(target) if isinstance(n, gast.Name)}
        first = self.visit(node.generators[0].iter)
        inside = self._inside(own)
        found = gast.NodeTransformer.generic_visit(inside, node)
        found.generators[0].iter = first
        return found

    def _refused(self, node: Any, name: str) -> UnsupportedSyntaxError:
        return UnsupportedSyntaxError(
            f"`{name}`, which an inner function assigns (`nonlocal`), is bound by a pattern or an import.",
            why="only assignments, loops and `:=` bind such a variable here.",
            write=f"another name there, and {name} = … behind it",
            origin=self.source.origin_of(node, node),
        )


_RULES = {
    "Name": _Renaming.name,
    "Nonlocal": _Renaming.nonlocals,
    "FunctionDef": _Renaming.definition,
    "Lambda": _Renaming.lambda_,
}
