"""Which results of a definition depend differentiably on which of its parameters.

A recursive function depends on itself: the relation is the least one that holds in every body, found by repeating
(Nielson, Nielson & Hankin, "Principles of program analysis", 1999, section 2.5: one summary for each function).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adcompiler.analysis.activity import carries, has_derivative
from adcompiler.analysis.dataflow import Carries, Graph, backward_graph, every_operand, reached
from adcompiler.ir.definitions import Definition, definition_of, definitions_of, parts_of
from adcompiler.ir.nodes import Call
from adcompiler.ir.structure import leaves
from adcompiler.ir.values import Variable
from adcompiler.ir.walk import all_statements

#: for each result, the positions of the parameters that it depends on
Summary = tuple[frozenset[int], ...]


def dependence(definition: Definition, *, any_way: bool = False) -> Summary:
    """The relation for one definition; `any_way` counts what is no derivative, too."""
    key = "dependence", any_way
    if key not in definition.facts:
        every = definitions_of(definition.lowered)
        if definition not in every:
            every.append(definition)
        _solve(every, any_way)
    found: Summary = definition.facts[key]
    return found


def depending(summary: Summary, wanted: Sequence[bool]) -> list[bool]:
    """Which results depend on the parameters that are `wanted`."""
    chosen = {k for k, want in enumerate(wanted) if want}
    return [not chosen.isdisjoint(sources) for sources in summary]


def mattering(summary: Summary, seeded: Iterable[bool]) -> set[int]:
    """The parameters on which the results that are `seeded` depend."""
    found: set[int] = set()
    for sources, seed in zip(summary, seeded, strict=True):
        if seed:
            found |= sources
    return found


def _solve(every: list[Definition], any_way: bool) -> None:
    known: dict[Definition, Summary] = {
        d: d.facts.get(("dependence", any_way), tuple(frozenset[int]() for _ in d.results))
        for d in every
    }
    graphs = {d: _graph(d, any_way) for d in every}
    changed = True
    while changed:
        changed = False
        for d in every:
            found = _summary(d, graphs[d], known, any_way)
            if found != known[d]:
                known[d], changed = found, True
    for d in every:
        d.facts["dependence", any_way] = known[d]


def _graph(d: Definition, any_way: bool) -> Graph:
    """The flow within a body, around its calls."""
    flows: Carries = every_operand if any_way else carries

    def within(call: Call, position: int) -> bool:
        return call.primitive.kind not in ("invoked", "part") and flows(call, position)

    return backward_graph(d.lowered.body, within, control=any_way)


def _summary(
    d: Definition, graph: Graph, known: dict[Definition, Summary], any_way: bool
) -> Summary:
    whole = {target: list(sources) for target, sources in graph.items()}
    statements = list(all_statements(d.lowered.body))
    parts = parts_of(statements)
    for s in statements:
        callee = definition_of(s)
        if callee is None or not isinstance(s, Call):
            continue
        for position, target in parts[s.target].items():
            sources = (s.args[k] for k in known[callee][position])
            whole.setdefault(target, []).extend(a for a in sources if isinstance(a, Variable))
    if not any_way:
        whole = {target: sources for target, sources in whole.items() if has_derivative(target)}
    places = {v: k for k, v in enumerate(d.lowered.inputs) if any_way or has_derivative(v)}
    found: list[frozenset[int]] = []
    for leaf in leaves(d.lowered.result):
        start = [leaf] if isinstance(leaf, Variable) and (any_way or has_derivative(leaf)) else []
        found.append(frozenset(places[v] for v in reached(whole, start) if v in places))
    return tuple(found)
