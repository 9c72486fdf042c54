"""Which names are read after a loop: only what is read there has to be carried out of it.

A backward walk over the statements of one function, loops to their fixpoint (Aho, Lam, Sethi & Ullman 2006,
section 9.2.5).  A name that an inner function reads is live everywhere: it is looked up when that function is called.

>>> import gast
>>> body = gast.parse('''
... for i in range(n):
...     y = x * i
...     z = y
... x = z
... ''').body
>>> mark_loops(body)
>>> sorted(live_after(body[0]))
['z']
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gast

from adcompiler.frontend.assigned import assigned_names

Names = frozenset[str]
_NONE: Names = frozenset()
_INNER = (gast.FunctionDef, gast.Lambda)


def mark_loops(statements: Sequence[Any]) -> None:
    """Note at every loop of a function's body which names are read after it."""
    inner = [n for s in statements for n in gast.walk(s) if isinstance(n, _INNER)]
    always = frozenset(name for node in inner for name in _free(node))
    _before(statements, always, _Targets(_NONE, _NONE, always))


def live_after(loop: Any) -> Names:
    """The names that may be read after a loop before they are bound again."""
    found: Names = getattr(loop, "live_after", _NONE)
    return found


class _Targets:
    """What is live where `break` and `continue` lead to, and what always is."""

    def __init__(self, broken: Names, continued: Names, always: Names) -> None:
        self.broken = broken
        self.continued = continued
        self.always = always


def _before(statements: Sequence[Any], live: Names, targets: _Targets) -> Names:
    """The names that are live before the statements, where `live` are after them."""
    for statement in reversed(statements):
        live = _statement(statement, live, targets) | targets.always
    return live


def _statement(node: Any, live: Names, targets: _Targets) -> Names:
    kind = type(node).__name__
    if kind == "Return":
        return _read(node)
    if kind == "Break":
        return targets.broken
    if kind == "Continue":
        return targets.continued
    if kind == "If":
        then, orelse = (_before(arm, live, targets) for arm in (node.body, node.orelse))
        return _read(node.test) | then | orelse
    if kind in ("For", "While"):
        return _loop(node, live, targets)
    if kind in ("Assign", "AnnAssign"):
        bound = getattr(node, "targets", None) or [node.target]
        names = frozenset(t.id for t in bound if isinstance(t, gast.Name))
        return (live - names if node.value is not None else live) | _read(node)
    if kind == "AugAssign":
        return live | _read(node) | _stored(node.target)
    if kind == "FunctionDef":
        return (live - {node.name}) | _read(node)
    return live | _read(node)


def _loop(node: Any, live: Names, targets: _Targets) -> Names:
    after = _before(node.orelse, live, targets)
    test = _read(node.test) if isinstance(node, gast.While) else _NONE
    bound = _stored(node.target) if isinstance(node, gast.For) else _NONE
    node.live_after = after | live
    head = after | test
    while True:
        inner = _Targets(live, head, targets.always)
        grown = head | (_before(node.body, head, inner) - bound)
        if grown == head:
            break
        head = grown
    return head | (_read(node.iter) if isinstance(node, gast.For) else _NONE)


def _read(node: Any) -> Names:
    return frozenset(
        n.id
        for n in gast.walk(node)
        if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Store)
    )


def _free(function: Any) -> Names:
    """What a function reads of the names around it (one inside it is asked by itself)."""
    own = frozenset(
        n.id for n in gast.walk(function.args) if isinstance(getattr(n, "ctx", None), gast.Param)
    )
    if isinstance(function.body, list):
        own |= assigned_names(function.body)
    return _read(function) - own


def _stored(node: Any) -> Names:
    return frozenset(
        n.id for n in gast.walk(node) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Store)
    )
