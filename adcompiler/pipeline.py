"""The compiler on one page: the only place that knows the order of the stages.

source → lower (with the derivatives asked for appended) → optimise → spell → load
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adcompiler.backend.emit import generate
from adcompiler.backend.entry import Send
from adcompiler.backend.load import load, refresh
from adcompiler.backend.program import Program
from adcompiler.frontend.capture import Dependency, Key
from adcompiler.frontend.lower import Lowered, lower
from adcompiler.ir.definitions import change_definitions, definitions_of, name_definitions
from adcompiler.ir.effects import acts
from adcompiler.ir.lengths import Length, assumptions
from adcompiler.ir.nodes import Call, Function, Parameter
from adcompiler.ir.structure import Branch, leaves
from adcompiler.ir.text import to_text
from adcompiler.ir.verify import verify
from adcompiler.optimize.absent_terms import with_absent_terms
from adcompiler.optimize.dead_code import eliminate_dead_code
from adcompiler.optimize.newest_version import read_newest_shapes
from adcompiler.optimize.schedule import optimize
from adcompiler.options import Request
from adcompiler.transform.custom import dissolve
from adcompiler.transform.programs import derive
from adcompiler.transform.split import split
from adcompiler.transform.tapes import settle_tapes
from adcompiler.transform.transpose import install_cleaner, refuse_stand_ins

install_cleaner(eliminate_dead_code)

#: a folder: every stage and every generated module is written there
DUMP = "ADCOMPILER_DUMP"
#: set: the invariants of the trace are checked after every pass
VERIFY = "ADCOMPILER_VERIFY"


@dataclass
class Stages:
    """Every stage of one compilation as text, in order."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, text: str) -> None:
        if not self.found or self.found[-1][1] != text:
            self.found.append((name, text))

    def __str__(self) -> str:
        return "\n".join(f"--- {name}\n{text}" for name, text in self.found)


@dataclass
class Compiled:
    """One variant of one program: its trace, its text, the function it became.

    `careful` is the same program in the user's own spelling, compiled when it is first needed.
    """

    function: Function
    program: Program
    dependencies: tuple[Dependency, ...]
    stages: Stages
    call: Callable[..., Any]
    globals_: dict[str, Any]
    equalities: tuple[frozenset[Length], ...] = ()
    written: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.program.text

    def careful(self) -> Callable[..., Any] | None:
        """The careful spelling, or None where it would be the same text, and where effects would happen again."""
        if acts(self.function):
            return None
        careful = generate(self.function, careful=True)
        if careful.text == self.program.text:
            return None
        function = load(careful, self.globals_)

        def fresh(*args: Any, **kwargs: Any) -> Any:
            refresh(function, careful, self.globals_)
            return function(*args, **kwargs)

        return fresh if any(entry.kind == "data" for entry in careful.imports) else function


def sends(compiled: Compiled) -> list[Send]:
    """What the entry hands to the program: globals in its namespace, closure variables as keywords."""
    found: list[Send] = []
    namespace = compiled.call.__globals__
    data = {
        (entry.module, entry.name): entry.alias
        for entry in compiled.program.imports
        if entry.kind == "data"
    }
    cells = {c.reference[1] for c in compiled.function.captures if c.reference[0] == "cell"}
    for dependency in compiled.dependencies:
        place = dependency.reference
        if len(place) == 3 and place[0] == "global" and place[1:] in data:
            found.append(Send(dependency.key, data[place[1:]], namespace))
        elif len(place) == 2 and place[0] == "cell" and place[1] in cells:
            found.append(Send(dependency.key, place[1]))
    return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector: a trace is many small objects that live until the end, and no rubbish.

    (Python's collector looks at all of them again and again, a third of the time of a large program.)
    """
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def trace_of(
    target: Any, parameters: tuple[Parameter, ...], name: str, fixed: Collection[Key] = ()
) -> Lowered:
    """The primal trace alone."""
    return lower(target, parameters, derive, name, fixed=fixed)


@dataclass(frozen=True)
class Built:
    """An optimised trace, what it reads from outside, and what must hold for it to be right.

    Those are lengths that must be equal, and arguments that it writes, which must share memory with no other.
    """

    function: Function
    dependencies: tuple[Dependency, ...]
    stages: Stages
    equalities: tuple[frozenset[Length], ...]
    written: tuple[str, ...] = ()


@uncollected()
def build(
    request: Request | None,
    target: Any,
    parameters: tuple[Parameter, ...],
    name: str,
    fixed: Collection[Key] = (),
) -> Built:
    """Source → optimised trace of the program that `request` names (None: the function itself).

    `fixed` tells which ints that are read from outside are known by their values.
    """
    stages = Stages()
    with assumptions() as made:
        lowered = lower(target, parameters, derive, name, request, fixed)
    lowered = replace(
        lowered, function=settle_tapes(lowered.function, lambda f: optimize(dissolve(f)))
    )
    name_definitions(lowered.function)
    _check(lowered.function, "lower")
    stages.add("trace", to_text(lowered.function))
    lowered = replace(lowered, function=dissolve(lowered.function))
    change_definitions(lowered.function, dissolve)

    def observe(pass_name: str, function: Function) -> None:
        _check(function, pass_name)
        stages.add(pass_name, to_text(function))

    function = optimize(lowered.function, observe if _observing() else None)
    change_definitions(function, optimize)
    for every in (function, *(d.lowered for d in definitions_of(function))):
        refuse_stand_ins(every)
    stages.add("optimised", to_text(function))
    unchecked = _unchecked(made, function)
    return Built(function, lowered.dependencies, stages, unchecked, lowered.written)


def _unchecked(made: list[frozenset[Length]], function: Function) -> tuple[frozenset[Length], ...]:
    """What was assumed of lengths and no statement of the program checks any more.

    `np.sum(x * y)` raises where the lengths differ; its gradient has no product left that would.
    """
    if not made:
        return ()
    with assumptions() as live:
        for statement in function.body.statements:
            if isinstance(statement, Call):
                statement.primitive.infer(statement.args, statement.statics)
    return tuple(dict.fromkeys(pair for pair in made if pair not in set(live)))


@uncollected()
def finish(built: Built, note: tuple[str, ...], globals_: dict[str, Any]) -> Compiled:
    """Optimised trace → text → function."""
    function = replace(with_absent_terms(read_newest_shapes(built.function)), note=note)
    change_definitions(function, lambda f: with_absent_terms(read_newest_shapes(f)))
    # nothing that acts on the world runs twice, so there is no second spelling to turn to
    program = generate(function, careful=acts(function))
    built.stages.add("source", program.text)
    call = load(program, globals_)
    _dump(function.name, built.stages)
    return Compiled(
        function,
        program,
        built.dependencies,
        built.stages,
        call,
        globals_,
        built.equalities,
        built.written,
    )


def split_program(function: Function) -> tuple[Function, Function]:
    """A program as two: the first returns what the second reads (the reverse sweep, or the pushforward)."""
    parts = []
    for stage, part in zip(("first", "second"), split(function), strict=True):
        name_definitions(part)
        _check(part, f"split ({stage})")
        part = optimize(part)
        _check(part, f"optimize ({stage})")
        parts.append(part)
    return parts[0], parts[1]


def _observing() -> bool:
    return bool(os.environ.get(VERIFY) or os.environ.get(DUMP))


def _check(function: Function, stage: str) -> None:
    if os.environ.get(VERIFY):
        violations = verify(_closed(function))
        if violations:
            raise AssertionError(
                f"after {stage}: " + "; ".join(violations) + "\n" + to_text(function)
            )


def _closed(function: Function) -> Function:
    """Before it is split, an adjoint returns the seeds that it reads: they become a parameter of the pullback."""
    inputs, result = set(function.inputs), function.result
    if not (
        function.name.endswith(("_vjp", "_linearize"))
        and isinstance(result, Branch)
        and len(result.children) == 3
    ):
        return function
    seeds = result.children[2]
    if any(seed in inputs for seed in leaves(seeds)):
        return function
    return replace(function, parameters=(*function.parameters, Parameter("seeds", seeds)))


def _dump(name: str, stages: Stages) -> None:
    """Write every stage to the folder that the environment names, each file whole or not at all."""
    folder = os.environ.get(DUMP)
    if not folder:
        return
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(p.name[:3]) for p in path.iterdir() if p.name[:3].isdigit()), default=0)
    for k, (stage, text) in enumerate(stages.found):
        suffix = ".py" if stage == "source" else ".txt"
        file = path / f"{number:03d}_{name}_{k:02d}_{stage.replace(' ', '_')}{suffix}"
        partial = file.with_suffix(".partial")
        partial.write_text(text)
        partial.replace(file)
