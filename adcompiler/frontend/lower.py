"""From a Python function to its primitive trace: abstract interpretation on the signature (DESIGN D1).

The arguments are abstract values; running the function's statements on them appends primitives to a block.
Calls of user functions are entered, so that the trace is one straight program with structured branches.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from adcompiler.errors import ADError, ArgumentError, UnsupportedValueError
from adcompiler.frontend.aliases import reachable
from adcompiler.frontend.apart import Given, refuse_overlap
from adcompiler.frontend.asked import array_of
from adcompiler.frontend.bound import (
    Bound,
    Differentiated,
    Instance,
    PathEnds,
    describe,
    lift,
)
from adcompiler.frontend.capture import Captures, Dependency, Key, is_whole, leaf_name
from adcompiler.frontend.frame import Frame, Program
from adcompiler.frontend.generators import refuse_left_open
from adcompiler.frontend.growing import refuse_growing
from adcompiler.frontend.meanings import interpreter
from adcompiler.frontend.naming import give_name
from adcompiler.frontend.optional import all_present
from adcompiler.frontend.parameters import STARRED
from adcompiler.frontend.signatures import (
    function_name,
    parameter_names,
    positional_count,
    positional_names,
)
from adcompiler.frontend.source import find_source
from adcompiler.frontend.stacked import LengthNeeded
from adcompiler.frontend.stars import ONE_BY_ONE, as_call, grouped, with_stars
from adcompiler.frontend.unread import refuse_stale_data
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.effects import acts
from adcompiler.ir.nodes import Call, Function, Parameter
from adcompiler.ir.origin import NOWHERE
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import (
    Branch,
    Structure,
    accessors,
    iterate,
    leaves,
    paths,
    refill,
    sequence,
    transform,
)
from adcompiler.ir.types import FLOAT, Array, PythonScalar, is_number
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.ir.walk import targets_of
from adcompiler.options import Request
from adcompiler.primitives.catalogue import find
from adcompiler.primitives.statics import ValueNeeded

Derive = Callable[[Request, Function, list[Structure], tuple[Bound, ...]], Structure]


@dataclass(frozen=True)
class Lowered:
    """The trace, what it read from outside, and which of its arguments it writes (``x``, ``p['w']``)."""

    function: Function
    dependencies: tuple[Dependency, ...]
    written: tuple[str, ...] = ()


def lower(
    target: Any,
    parameters: tuple[Parameter, ...],
    derive: Derive,
    name: str,
    request: Request | None = None,
    fixed: Collection[Key] = (),
) -> Lowered:
    """Lower `target(*parameters)`, or the derivative of it that `request` names.

    The parameters' structures have variables, constants and `Instance`s as leaves.  `derive` appends a derivative
    of a lowered function to the current block.  `fixed` tells which ints from outside are known by their values.
    """
    captures = Captures(fixed)
    program = Program(interpreter(lambda *a: _inner_derivative(derive, *a)), captures)
    _count_as_arguments(program, parameters)
    args, kwargs = as_call(_own(parameters))
    for parameter in parameters:
        if isinstance(parameter.structure, Constant):
            program.captures.arguments[parameter.name] = parameter.structure.value
    source = _outermost(target)
    frame = Frame(
        program, source, {}, function=_home(target), statement=getattr(source, "tree", None)
    )
    callee: Bound = Constant.of(target)
    starred = any(p.kind in STARRED for p in parameters) or find(target) is not None
    if request is not None and starred and request.kind not in ONE_BY_ONE:
        callee, args, kwargs = with_stars(frame, callee, parameters, request)
    with Builder().active() as builder:
        builder.watch = program.memory.watch
        try:
            if request is not None:
                result = _differentiate(
                    derive, frame, Differentiated(request, callee), args, kwargs
                )
            else:
                result = frame.call(callee, args, kwargs)
            refuse_growing(result)
            refuse_left_open(program)
        except PathEnds as end:
            raise _surely_raised(end) from None
        except ValueNeeded as needed:
            needed.key = captures.key_of(needed.variable)
            raise
        except LengthNeeded as error:
            asked = ValueNeeded(program.counts[0]) if program.counts else _asked_for(program, error)
            if asked is None:
                raise error.plain() from None

            asked.key = captures.key_of(asked.variable)
            raise asked from None
        except ADError as error:  # what is wrong with the function as a whole is shown at its head
            header = getattr(source, "header", None)
            raise error if header is None else error.at(header) from error.__cause__
    refuse_stale_data(program.captures)
    result = _checked_result(frame, result)
    if isinstance(result, Variable):
        give_name(result, name)
    function = Function(name, parameters, builder.block(), result, tuple(program.captures.captures))
    return Lowered(function, tuple(program.captures.dependencies), program.written)


def _count_as_arguments(program: Program, parameters: Iterable[Parameter]) -> None:
    every = (leaf for p in parameters for leaf in leaves(p.structure))
    program.outermost += [leaf for leaf in every if isinstance(leaf, Variable)]
    program.arguments.update(program.outermost)


def _asked_for(program: Program, error: LengthNeeded) -> ValueNeeded | None:
    """The argument whose length may be what is missing; None where no argument decides it."""
    unknown = [
        v
        for v in program.outermost
        if isinstance(v.type, Array) and any(n.constant is None for n in v.type.shape)
    ]
    array = array_of(unknown, error.lengths) if error.lengths else next(iter(unknown), None)
    return None if array is None else ValueNeeded(array, f"the length of `{array.name}`")


def _surely_raised(end: PathEnds) -> BaseException:
    """What the user's function raises for all arguments of these types."""
    if end.make is not None:
        return end.make()
    return UnsupportedValueError(
        f"the function raises {end.cls.__name__} for all arguments of these types.",
        why="there is no result that could be differentiated.",
        write="arguments for which it returns",
    )


class _NoSource:
    """Stands for the source of a callable that has none of its own (a ufunc, a partial)."""

    tree = None

    def origin_of(self, node: Any, statement: Any) -> Any:
        return NOWHERE


def _outermost(target: Any) -> Any:
    return find_source(target) if isinstance(target, types.FunctionType) else _NoSource()


def _home(target: Any) -> Any:
    return target if isinstance(target, types.FunctionType) else _outside_everything


def _outside_everything() -> None:
    """The home of calls that stand in no user function."""


def _own(parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """Containers of the function's own: it may change them, the parameters stay as they are declared."""
    return tuple(replace(p, structure=refill(p.structure, leaves(p.structure))) for p in parameters)


def _checked_result(frame: Frame, result: Bound) -> Structure:
    """A result is made of numbers, containers of them, and known leaves."""
    result = frame.program.memory.present(all_present(frame, result))
    result = _of_plain_containers(result)
    refuse_growing(result)
    for leaf in leaves(result):
        if not isinstance(leaf, Atom):
            raise ArgumentError(
                f"the function returns {describe(leaf)}.",
                why="a result is made of numbers, arrays and containers of them.",
                write="return numbers, or take this part out of the result",
                origin=frame.source.origin_of(frame.source.tree, frame.source.tree)
                if frame.source.tree
                else None,
            )
    return result


#: kinds whose primals and tangents are given as tuples
_ALONG = ("jvp", "hvp", "directional")


def _of_plain_containers(bound: Bound) -> Bound:
    """A result with lists and dicts in the places of a `deque` and a `defaultdict`."""
    if not isinstance(bound, Branch):
        return bound
    children = tuple(map(_of_plain_containers, bound.children))
    if bound.kind in ("list", "dict") and bound.cls is not None:
        return Branch(bound.kind, bound.keys, children)
    same = all(a is b for a, b in zip(children, bound.children, strict=True))
    return bound if same else bound.rebuilt(children)


def _differentiate(
    derive: Derive,
    frame: Frame,
    target: Differentiated,
    args: list[Bound],
    kwargs: dict[str, Bound],
) -> Bound:
    """Lower the function that is differentiated on fresh parameters, then append its derivative here."""
    request = target.request
    if request.kind == "vjp" and target.extra:
        return _value_and_pullback(frame, target)
    if request.kind == "value_and_pushforward":
        return _value_and_pushforward(frame, target, args)
    if request.kind in _ALONG and target.extra:
        primals = target.extra[0]
        if not (isinstance(primals, Branch) and primals.kind in ("tuple", "list")):
            raise ArgumentError(
                f"the primals of {request.kind} are {describe(primals)}.",
                why="they are given as a tuple, one entry for each argument.",
                write="(x,)",
            )
        args, extra = list(primals.children), target.extra[1:]
    elif request.kind in _ALONG:
        args, extra = args[:-1], (args[-1],)
    elif request.kind == "hessian_product":
        names = [name for name in parameter_names(target.function, len(args)) if name]
        behind = 1 + max(_active_positions(request, names))
        args, extra = [*args[:behind], *args[behind + 1 :]], (args[behind],)
    elif request.kind in ("pullback", "pushforward"):
        args, extra = list(target.extra), tuple(args)
    else:
        extra = target.extra
    present = frame.program.memory.present
    args = [present(arg) for arg in args]
    kwargs = {key: present(value) for key, value in kwargs.items()}
    args, kwargs, seeds = _split_own(request, args, kwargs, target)
    target, args, kwargs = grouped(frame, target, args, kwargs)
    parameters: list[Parameter] = []
    bound_args: list[Structure] = []
    names = parameter_names(target.function, len(args))
    every = [*zip(names, args, strict=False), *kwargs.items()]
    chosen = _active_positions(request, [name for name, _ in every])
    for position, (name, arg) in enumerate(every):
        as_float = request.argnums is not None and not isinstance(arg, Branch)
        own_variables = _fresh(name, arg, as_float and position in chosen)
        parameters.append(Parameter(name, own_variables))
        bound_args.append(arg)
    count = len(args)
    _count_as_arguments(frame.program, parameters)
    own = _own(tuple(parameters))
    given = Given(parameters, [p.structure for p in own])
    inner_args = [p.structure for p in own[:count]]
    inner_kwargs = {p.name: p.structure for p in own[count:]}
    memory = frame.program.memory
    before = memory.mark()
    for leaf in (leaf for p in parameters for leaf in leaves(p.structure)):
        if isinstance(leaf, Variable):
            memory.is_new(leaf)
    with current().nested() as inner:
        try:
            result = _checked_result(frame, frame.call(target.function, inner_args, inner_kwargs))
        except PathEnds as end:
            raise _surely_raised(end) from None
    if isinstance(result, Variable):
        give_name(result, function_name(target.function))
    frame.program.written = given.written(memory, frame.program.captures.captures)
    function = Function(function_name(target.function), tuple(parameters), inner.block(), result)
    refuse_overlap(frame.program.memory, parameters, bound_args, function.body)
    memory.versions, memory.stale = dict(before.versions), before.stale
    if request.kind in ("pullback", "pushforward") and acts(function):
        raise UnsupportedValueError(
            f"the {request.kind} of `{function.name}`, which has effects, is called inside a program.",
            why="the function would run again for each call of it, and its effects with it.",
            write="value_and_grad, or adjoint(f)(x, seed)"
            if request.kind == "pullback"
            else "tangent(f)(x, x_dot)",
        )
    return derive(request, function, bound_args, (*map(present, extra), *seeds))


def _inner_derivative(
    derive: Derive,
    frame: Frame,
    target: Differentiated,
    args: list[Bound],
    kwargs: dict[str, Bound],
) -> Bound:
    """A derivative inside the program; it shares no memory with what went in: a value that is an argument is copied."""
    first = len(current().statements)
    every = [*args, *kwargs.values(), *target.extra]
    objects = [leaf for arg in every for leaf in iterate(arg) if isinstance(leaf, Instance)]
    given = (leaf.reference[1] for leaf in objects if leaf.reference[:1] == ("argument",))
    with frame.program.enclosed(reachable(frame), given):
        found = _differentiate(derive, frame, target, args, kwargs)
    statements = current().statements[first:]
    made = {s.target: s for s in statements if isinstance(s, Call)}

    def own(leaf: Any) -> Any:
        if not isinstance(leaf, Variable) or not isinstance(leaf.type, Array):
            return leaf
        source: Any = leaf
        while source in made and made[source].primitive.memory != "fresh":
            source = made[source].args[0]
        fresh = source in made or any(source in targets_of(s) for s in statements)
        if not fresh and isinstance(source, Variable):
            return current().apply(lookup("copy"), leaf)
        frame.program.memory.is_new(leaf)
        return leaf

    return transform(own, found)


def _value_and_pullback(frame: Frame, target: Differentiated) -> Bound:
    """`vjp(f, *primals)` inside a program: the value, and a function from a cotangent to cotangents."""
    value = frame.call(target.function, list(target.extra), {})
    chosen = target.request.argnums
    chosen = tuple(range(len(target.extra))) if chosen is None else chosen
    return sequence("tuple", (value, replace(target, request=Request("pullback", chosen))))


def _value_and_pushforward(frame: Frame, target: Differentiated, args: list[Bound]) -> Bound:
    """`linearize(f, *primals)` and `linearize(f)(*primals)` inside a program: the value, and a function of tangents."""
    primals = tuple(target.extra) or tuple(args)
    value = frame.call(target.function, list(primals), {})
    chosen = target.request.argnums
    chosen = tuple(range(len(primals))) if chosen is None else chosen
    pushforward = replace(target, request=Request("pushforward", chosen), extra=primals)
    return sequence("tuple", (value, pushforward))


def _split_own(
    request: Request, args: list[Bound], kwargs: dict[str, Bound], target: Differentiated
) -> tuple[list[Bound], dict[str, Bound], tuple[Bound, ...]]:
    """Part the derivative program's own arguments (seeds) from those of the function."""
    if request.kind == "adjoint":
        seeds = [f"{function_name(target.function)}_bar"]
    elif request.kind == "tangent":
        names = positional_names(target.function)
        active = [names[k] for k in sorted(_active_positions(request, names))]
        seeds = list(request.seeds) or [f"{name}_dot" for name in active]
    else:
        return args, kwargs, ()
    if any(name in kwargs for name in request.seeds):
        seeds = list(request.seeds)  # the program of a program may have had to choose other names
    by_name = {name: kwargs[name] for name in seeds if name in kwargs}
    kwargs = {key: value for key, value in kwargs.items() if key not in by_name}
    count = positional_count(target.function, request.argnums)
    behind: list[Bound] = []
    if count is not None and 0 < len(args) - count <= len(seeds) - len(by_name):
        args, behind = args[:count], args[count:]
    given = iter(behind)
    own = [by_name[name] if name in by_name else next(given, None) for name in seeds]
    if request.kind == "tangent" and None in own:
        raise ArgumentError(
            f"the tangent program of `{function_name(target.function)}` is called without tangents.",
            why=f"its own parameters are {', '.join(seeds)}.",
            write="f_tangent(x, x_dot)",
        )
    return args, kwargs, tuple(seed for seed in own if seed is not None)


def _active_positions(request: Request, names: list[str]) -> set[int]:
    """Arguments in which a Python int stands for a float, because a derivative is asked for them."""
    if request.argnums is None:
        return set(range(len(names)))
    chosen = request.argnums if isinstance(request.argnums, tuple) else (request.argnums,)
    found = {names.index(item) for item in chosen if isinstance(item, str) and item in names}
    return found | {item % len(names) for item in chosen if isinstance(item, int) and names}


def _fresh(name: str, arg: Bound, as_float: bool) -> Structure:
    """New variables for the numbers of an argument; what is known stays known.

    Where `as_float` is false, ints stay ints (they may be needed as values).
    """
    steps = [accessors(path, arg) for path in paths(arg)] if isinstance(arg, Branch) else [()]
    fresh: list[Any] = []
    for leaf, step in zip(leaves(arg), steps, strict=True):
        integer = isinstance(leaf, Atom) and is_whole(leaf.type)
        if isinstance(leaf, Atom) and is_number(leaf.type) and (as_float or not integer):
            python_int = integer and isinstance(leaf.type, PythonScalar)
            fresh.append(Variable(leaf_name(name, step), FLOAT if python_int else leaf.type))
        else:
            fresh.append(leaf)
    return refill(arg, fresh)


__all__ = ["ADError", "Instance", "Lowered", "lift", "lower"]
