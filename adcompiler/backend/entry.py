"""The entry of a derivative: a generated function with the user's own parameters.

It tests the guards of the variant used last and calls its compiled program; every other call goes
to `slow`.  The guards are plain source, about 10 ns for a float and 70 ns for an array (whose last
shape is remembered: one comparison covers rank and lengths), where a key built from the arguments
and looked up in a table costs 600 ns.

>>> import inspect
>>> from adcompiler.ir.types import FLOAT
>>> def program(x, y=2.0):
...     return x * y
>>> guarded = Guarded({"x": FLOAT, "y": FLOAT}, active=frozenset({"x"}))
>>> print(entry_text(inspect.signature(program), guarded, careful=False)[0])
def entry(x, y=default):
    if type(x) is int:
        x = float(x)
    if type(x) is float and type(y) is float:
        return program(x, y)
    return slow(x, y)
>>> entry = make_entry(inspect.signature(program), guarded, program, None, lambda *args: args)
>>> entry(3.0), entry(3), entry("a")
(6.0, 6.0, ('a', 2.0))
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, cast

import numpy as np

from adcompiler.backend.guards import Names, conditions
from adcompiler.ir.lengths import Length
from adcompiler.ir.structure import Structure
from adcompiler.ir.types import FLOAT

Key = tuple[Any, ...]
#: what stands outside (None for an argument), and the text behind it
Place = tuple[Key | None, str]
Careful = Callable[[], Callable[..., Any] | None]
_STARS: dict[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


class Outside(Protocol):
    """Something read from outside the arguments, and what must hold of it.

    `key` says where: ``("global", namespace, name)``, ``("cell", cell)``, ``("default", function,
    parameter)``, ``("attribute", object, name)`` or ``("argument", parameter, attribute, …)``.
    """

    @property
    def name(self) -> str: ...
    @property
    def key(self) -> Key: ...
    @property
    def expected(self) -> Structure: ...


@dataclass(frozen=True, eq=False)
class Send:
    """A value from outside that the program is given: as keyword `name`, or in a `namespace`.

    A namespace is only written when it holds another object.
    """

    key: Key
    name: str
    namespace: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Guarded:
    """What a variant relies on.

    `arguments` has a structure for each parameter of the signature; in the `active` ones an int is
    taken as a float where the variant is one for a float.  `alike` pairs expressions of arrays whose shapes
    must be equal, `equalities` lengths; `apart` pairs places that must share no memory, or be two objects.
    """

    arguments: Mapping[str, Structure]
    outside: Sequence[Outside] = ()
    active: frozenset[str] = frozenset()
    sends: Sequence[Send] = ()
    equalities: Sequence[frozenset[Length]] = ()
    alike: Sequence[tuple[str, str]] = ()
    apart: Sequence[tuple[bool, Place, Place]] = ()


class Entry(Protocol):
    """`unguarded` makes the same call without testing the guards.

    `unequal` tells whether lengths differ that the program takes to be equal.
    """

    unguarded: Callable[..., Any]
    unequal: Callable[..., bool]

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


def make_entry(
    signature: inspect.Signature,
    guarded: Guarded,
    program: Callable[..., Any],
    careful: Careful | None,
    slow: Callable[..., Any],
) -> Entry:
    """The entry function of one variant.

    It calls ``program(…)`` where the guards hold and ``slow(…)`` otherwise, both with all arguments
    by position (keyword-only ones by keyword, defaults filled in).  `careful` is asked for another
    program when `program` raises ArithmeticError or ValueError; without one the exception passes.
    """
    name = getattr(program, "__name__", "")
    name = name if name.isidentifier() else "entry"
    made = []
    for guard in (True, False):
        text, names = entry_text(signature, guarded, careful is not None, name, guard)
        namespace = names.namespace
        for role, value in (
            ("program", program), ("slow", slow), ("careful", careful and cache(careful)),
        ):  # fmt: skip
            if role in names.roles:
                namespace[names.roles[role]] = value
        exec(compile(text, f"<adcompiler entry of {name}>", "exec", dont_inherit=True), namespace)
        made.append(namespace[name])
    entry, unguarded = made
    entry.unguarded = unguarded
    entry.unequal = _unequal(signature, guarded)
    return cast(Entry, entry)


def _unequal(signature: inspect.Signature, guarded: Guarded) -> Callable[..., bool]:
    names = Names(set(signature.parameters))
    tests = _equalities(signature, guarded, names)
    if not tests:
        return lambda *args, **kwargs: False
    text = f"def unequal({_header(signature, names)}):\n    return not ({' and '.join(tests)})"
    exec(compile(text, "<adcompiler lengths>", "exec", dont_inherit=True), names.namespace)
    return cast(Callable[..., bool], names.namespace["unequal"])


def _equalities(signature: inspect.Signature, guarded: Guarded, names: Names) -> list[str]:
    """Tests, over the arguments and what is read from outside, that lengths are equal."""
    roots = {parameter: parameter for parameter in signature.parameters}
    for outside in guarded.outside:
        roots.setdefault(outside.name, _read(outside.key, names))
    groups: list[list[str]] = []
    for pair in guarded.equalities:
        texts = [_length(length, roots) for length in pair]
        known = sorted((t for t in texts if t is not None), key=lambda t: (len(t), t))
        if len(known) < 2:
            continue
        # a == b and b == c is a == b == c: each length is read once
        joined = [group for group in groups if not set(known).isdisjoint(group)]
        merged = list(dict.fromkeys([*(t for group in joined for t in group), *known]))
        groups = [*(group for group in groups if group not in joined), merged]
    shapes = [f"{a}.shape == {b}.shape" for a, b in guarded.alike]

    def read(place: Place) -> str:
        key, text = place
        return text if key is None else _read(key, names) + text

    shares = [
        f"not {names.bind('may_share_memory', np.may_share_memory)}({read(a)}, {read(b)})"
        if is_array
        else f"{read(a)} is not {read(b)}"
        for is_array, a, b in guarded.apart
    ]
    return [" == ".join(group) for group in groups] + shapes + shares


def _reading_shapes_once(tests: list[str], signature: inspect.Signature, names: Names) -> list[str]:
    """The tests, where a shape that an equality reads again is kept from the test of that array."""
    equalities = " ".join(test for test in tests if ".shape[" in test)
    for parameter in signature.parameters:
        read, first = f"{parameter}.shape[", f"({parameter}.shape == "
        if re.search(rf"(?<![\w.]){re.escape(read)}", equalities) is None:
            continue
        position = next((k for k, test in enumerate(tests) if test.startswith(first)), None)
        if position is None:
            continue
        kept = names.local(f"{parameter}_shape")
        tests[position] = tests[position].replace(first, f"(({kept} := {parameter}.shape) == ", 1)
        tests = [
            test if k <= position else re.sub(rf"(?<![\w.]){re.escape(read)}", f"{kept}[", test)
            for k, test in enumerate(tests)
        ]
    return tests


def _length(length: Length, roots: Mapping[str, str]) -> str | None:
    """The expression of a length, or None where it is not one of the arguments alone."""
    terms = []
    for symbols, coefficient in length.terms:
        factors = [str(coefficient)] if coefficient != 1 or not symbols else []
        for symbol in symbols:
            root = re.split(r"[.\[]", symbol.name, maxsplit=1)[0]
            if symbol.serial or root not in roots:
                return None
            factors.append(roots[root] + symbol.name[len(root) :])
        terms.append("*".join(factors))
    return " + ".join(terms) or "0"


def entry_text(
    signature: inspect.Signature,
    guarded: Guarded,
    careful: bool,
    name: str = "entry",
    guard: bool = True,
) -> tuple[str, Names]:
    """The source of the entry and the objects it names; `Names.roles` tells the open ones."""
    parameters = signature.parameters
    missing = [parameter for parameter in parameters if parameter not in guarded.arguments]
    if missing:
        raise ValueError(f"no structure for the parameters {missing}")
    names = Names({*parameters, name})
    lines = [f"def {name}({_header(signature, names)}):"]
    for parameter in parameters:
        if parameter in guarded.active and guarded.arguments[parameter] == FLOAT:
            lines += [
                f"    if {names.call(type, parameter)} is {names.cls(int)}:",
                f"        {parameter} = {names.call(float, parameter)}",
            ]
    sent = {_identity(send.key): names.local(send.name) for send in guarded.sends}
    tests = _guards(signature, guarded, sent, names) if guard else []
    inner = "        " if tests else "    "
    lines += tests
    if not guard:
        for send in guarded.sends:
            lines.append(f"    {sent[_identity(send.key)]} = {_read(send.key, names)}")
    arguments = _arguments(signature)
    given = list(arguments)
    for send in guarded.sends:
        value = sent[_identity(send.key)]
        if send.namespace is None:
            given.append(f"{send.name}={value}")
        else:
            place = f"{names.bind('sent', send.namespace)}[{send.name!r}]"
            lines += [f"{inner}if {place} is not {value}:", f"{inner}    {place} = {value}"]
    lines += [inner + line for line in _run(_ordered(given), careful, names)]
    if tests:
        lines.append(f"    return {names.role('slow')}({', '.join(arguments)})")
    return "\n".join(lines), names


def _header(signature: inspect.Signature, names: Names) -> str:
    """The parameters, with their kinds and their very default objects."""
    parts: list[str] = []
    before: Any = None
    for parameter in signature.parameters.values():
        kind = parameter.kind
        if before is parameter.POSITIONAL_ONLY and kind is not before:
            parts.append("/")
        if kind is parameter.KEYWORD_ONLY and before not in (kind, parameter.VAR_POSITIONAL):
            parts.append("*")
        stars = _STARS.get(kind, "")
        default = ""
        if parameter.default is not parameter.empty:
            default = "=" + names.bind("default", parameter.default)
        parts.append(stars + parameter.name + default)
        before = kind
    if before is inspect.Parameter.POSITIONAL_ONLY:
        parts.append("/")
    return ", ".join(parts)


def _arguments(signature: inspect.Signature) -> list[str]:
    """How the parameters are handed on."""
    return [
        f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else _STARS.get(p.kind, "") + p.name
        for p in signature.parameters.values()
    ]


def _ordered(arguments: list[str]) -> str:
    return ", ".join(sorted(arguments, key=lambda text: text.startswith("**")))


def _guards(
    signature: inspect.Signature, guarded: Guarded, sent: dict[Key, str], names: Names
) -> list[str]:
    """The line `if …:` that tests everything (nothing where there is nothing to test)."""
    tests: list[str] = []
    for parameter in signature.parameters:
        tests += conditions(parameter, guarded.arguments[parameter], names)
    found: set[Key] = set()
    for outside in guarded.outside:
        key = _identity(outside.key)
        local = sent.get(key) if key not in found else None
        found.add(key)
        tests += conditions(_read(outside.key, names), outside.expected, names, local)
    tests = _reading_shapes_once(
        [*tests, *_equalities(signature, guarded, names)], signature, names
    )
    unread = [send for send in guarded.sends if _identity(send.key) not in found]
    if unread:
        raise ValueError(f"{unread[0].name!r} is sent to the program, but nothing guards it")
    if not tests:
        return []
    if not guarded.outside:
        return [f"    if {' and '.join(tests)}:"]
    # what stood outside may be gone (a deleted global or attribute): the slow way tells
    hit = names.local("hit")
    return [
        "    try:",
        f"        {hit} = {' and '.join(tests)}",
        f"    except {names.cls(Exception)}:",
        f"        {hit} = False",
        f"    if {hit}:",
    ]


def _run(arguments: str, careful: bool, names: Names) -> list[str]:
    program = names.role("program")
    if not careful:
        return [f"return {program}({arguments})"]
    again = names.local("again")
    errors = f"({names.cls(ArithmeticError)}, {names.cls(ValueError)})"
    # the second call stands outside the handler: its own error is no consequence of the first
    return [
        "try:",
        f"    return {program}({arguments})",
        f"except {errors}:",
        f"    {again} = {names.role('careful')}()",
        f"    if {again} is None:",
        "        raise",
        f"return {again}({arguments})",
    ]


def _read(key: Key, names: Names) -> str:
    """The expression that reads something outside."""
    kind, *rest = key
    if kind == "global":
        namespace, name, *steps = rest
        return f"{names.bind('globals', namespace)}[{name!r}]" + "".join(map(_step, steps))
    if kind == "has":
        return f"{names.bind('hasattr', hasattr)}({_read(tuple(rest[1:]), names)}, {rest[0]!r})"
    if kind == "own":
        return f"({rest[0]!r} in {_read(tuple(rest[1:]), names)}.__dict__)"
    if kind == "cell":
        return f"{names.bind('cell', rest[0])}.cell_contents" + "".join(map(_step, rest[1:]))
    if kind == "attribute":
        owner, *steps = rest
        return names.bind("owner", owner) + "".join(_step(step) for step in steps)
    if kind == "argument":
        parameter, *steps = rest
        return str(parameter) + "".join(_step(step) for step in steps)
    if kind == "default":
        function, parameter, *steps = rest
        behind = "".join(map(_step, steps))
        code = function.__code__
        positional = code.co_varnames[: code.co_argcount]
        owner = names.bind("function", function)
        if parameter not in positional:
            return f"{owner}.__kwdefaults__[{parameter!r}]" + behind
        return f"{owner}.__defaults__[{positional.index(parameter) - len(positional)}]" + behind
    raise ValueError(f"nothing is known of {kind!r} outside a program")


def _step(step: str) -> str:
    return step if step.startswith((".", "[")) else f".{step}"


def _identity(key: Key) -> Key:
    """Keys hold namespaces and cells, which are told apart by identity."""
    return tuple(part if isinstance(part, str) else id(part) for part in key)
