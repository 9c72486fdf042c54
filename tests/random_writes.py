"""Random programs that write in place, as text: arrays, views, lists, dicts, objects, helpers, ways out of loops.

A seed gives a program. Names stand for a number, a vector of four, a 3×4 matrix, a list of numbers, a dict or an
object; every value stays bounded, since what is written goes through bounded functions.
"""

from __future__ import annotations

import random
from collections.abc import Callable

HEAD = '''\
import math

import numpy as np


class Box:
    """A number and a vector that change."""

    scale = 0.5

    def __init__(self, s, v):
        self.s = s
        self.v = v
        self.count = 0

    def step(self, t):
        self.s = math.sin(self.s + t)
        self.v[self.count % 4] += 0.25 * t
        self.count += 1
        return self.s * self.scale

    def damp(self):
        self.v *= self.scale
        return self

    @property
    def total(self):
        return self.s + self.v.sum()


def shift(a, t):
    a[1:] = a[:-1].copy()
    a[0] = math.tanh(t)


def first_above(a, t):
    for k in range(len(a)):
        if a[k] > t:
            return 0.5 * a[k] + 0.1 * k
    return math.sin(t)


def scaled(a, t=0.5, *, offset=0.1):
    b = a * t
    b[0] -= offset
    return b


def accumulate(a, into, key="a"):
    for e in a:
        into[key] += 0.2 * e
    return into[key]


def power(t, n):
    return 1.0 if n == 0 else t * power(t, n - 1)


'''
_NUMBER = (
    "math.sin({n})",
    "math.tanh({n} - {n})",
    "0.5 * {n} + 0.3",
    "{n} * {n} * 0.4",
    "{n} / (2.0 + {n} * {n})",
    "max({n}, {n}) * 0.9",
    "abs({n}) * 0.7",
    "({n} if {c} else 0.6 * {n})",
    "{v}[{i}]",
    "{v}[{i}] * {n}",
    "{v}.sum() * 0.2",
    "np.dot({v}, {v}) * 0.1",
    "{m}[{j}, {i}]",
    "{m}[{j}].sum() * 0.3",
    "{m}[:, {i}].mean()",
    "{l}[0]",
    "{l}[-1] * 0.8",
    "sum({l}) * 0.2",
    "len({l}) * 0.1",
    "{d}[{key}]",
    "{o}.s",
    "{o}.total * 0.2",
    "{o}.step({n})",
    "first_above({v}, {n})",
    "accumulate({v}, {d})",
    "power({n}, 3) * 0.3",
    "g({n})",
    "sum(e * {n} for e in {v}) * 0.2",
    "min(e for e in {l})",
    "np.max({v}) * 0.5",
    "1.0",
)
_VECTOR = (
    "{v} * {n}",
    "np.sin({v})",
    "np.tanh({v} + {n})",
    "{v}[::-1] * 0.7",
    "{v}.copy()",
    "{m}[{j}] * 0.5",
    "np.where({v} > 0.21, {v}, {n})",
    "scaled({v}, {n})",
    "scaled({v}, offset={n})",
    "{m}.sum(axis=0) * 0.3",
    "np.concatenate([{v}[2:], {v}[:2]])",
    "np.array([{n}, {n}, 0.3, {n}])",
    "{m}[{j}].copy()",
    "np.array([0.5 * e + {n} for e in {v}])",
    "np.cumsum({v}) * 0.3",
    "np.sort({v})",
)
_FRESH = (
    "np.zeros(4)",
    "np.ones(4)",
    "np.full(4, {n})",
    "np.zeros_like({v})",
    "np.empty(4)",
    "{v} + 0.1",
)
_VIEW = (
    "{v}",
    "{v}[:]",
    "{m}[{j}]",
    "{v}[::-1]",
    "{m}.T[:, {j}]",
    "{m}.ravel()[:4]",
    "{o}.v",
    "{v}.reshape(4)",
)
_WRITE = (
    "{v}[{i}] = {x}",
    "{v}[{i}] = {x}",
    "{v}[{i}] += 0.4 * {x}",
    "{v}[{i}] *= {x}",
    "{v}[{i}] = {v}[{i}] * {x}",
    "{v}[1:3] = {v}[:2] * {x}",
    "{v}[::2] += 0.3 * {x}",
    "{v}[:] = np.sin({v})",
    "{v}[1:] = {x}",
    "{v}[...] = {x}",
    "{v}[{v} > 0.31] = {x}",
    "{v}[{v} < 0.17] *= 0.6",
    "{v}[[0, 2]] = {x}",
    "{v}[np.array([3, 1])] += {v}[:2] * 0.5",
    "{v}[{i}], {v}[{i}] = {v}[{i}], {x}",
    "{v} += 0.3 * {x}",
    "{v} *= 0.8",
    "{v} -= 0.2 * {v}[::-1]",
    "{v} += {w} * 0.4",
    "np.sin({v}, out={v})",
    "np.multiply({v}, 0.5, out={v})",
    "np.add.at({v}, [0, 0, 2], 0.3 * {x})",
    "{v}.fill({x})",
    "np.copyto({v}, {w})",
    "{v}.sort()",
    "shift({v}, {x})",
    "{m}[{j}] = {w}",
    "{m}[:, {i}] = {x}",
    "{m}[{j}, {i}] += 0.3 * {x}",
    "{m}[{j}, {i}] = {x}",
    "{m}[{j}] *= 0.7",
    "{m}[1:, ::2] -= 0.2 * {x}",
    "{m}[{m} > 0.52] = {x}",
    "{m} *= 0.9",
    "np.fill_diagonal({m}, {x})",
    "{m}[{j}][{i}] = {x}",
    "{m}.T[{i}] += 0.2 * {x}",
    "{m}[[0, 1], [2, 3]] = {x}",
    "{v}[{i}:] += {x} * 0.1",
)
#: seldom inside branches and loops, where no list may change its length
_LONGER = (
    "{l}.append({x})",
    "{l}.insert(1, {x})",
    "{l}.extend([{x}, 0.2])",
    "{l}[1:2] = [{x}, 0.4]",
    "{s} = {l}.pop()",
    "{l} += [{x}]",
    "{l} = sorted({l})",
    "{d}.setdefault('c', {x})",
    "{l} = list(map(g, {l}))",
)
_CONTAINER = (
    "{l}[0] = {x}",
    "{l}[-1] += 0.3 * {x}",
    "{l}.reverse()",
    "{l} = [0.5 * e for e in {l}]",
    "{l}[0], {l}[1] = {l}[1], {x}",
    "{d}[{key}] = {x}",
    "{d}[{key}] += 0.3 * {x}",
    "{d}.update(a={x}, b=0.4)",
    "{d}['v'][{i}] = {x}",
    "{d}['v'] = {w}",
    "{d} = {{k: e * 0.9 for k, e in {d}.items()}}",
    "{o}.s = {x}",
    "{o}.s += 0.2 * {x}",
    "{o}.v[{i}] = {x}",
    "{o}.v = {w}",
    "{o}.v *= 0.8",
    "{o}.damp().step({x})",
    "{o}.count += 1",
    "{o} = Box({x}, {w}.copy())",
    "rows = [{v}, {w}]\nrows[0][{i}] = {x}",
    "pair = ({x}, {v})\n{s} = pair[0]\npair[1][{i}] *= 0.5",
)


class Writer:
    """Builds the lines of one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.fresh = 0
        self.counters: list[str] = []
        self.names = {
            "n": ["x", "y", "s"],
            "v": ["v", "p"],
            "m": ["m"],
            "l": ["q"],
            "d": ["d"],
            "o": ["o"],
        }

    def choose(self, *options: str) -> str:
        return self.random.choice(options)

    def fill(self, text: str, depth: int = 2) -> str:
        """The template with a name or an expression in each place."""
        fields: dict[str, Callable[[], str]] = {
            "n": lambda: self.choose(*self.names["n"]),
            "x": lambda: self.number(depth),
            "s": lambda: self.choose("s", "x", "y"),
            "w": lambda: self.choose(*self.names["v"]),
            "c": self.condition,
            "i": self.index,
            "j": lambda: self.choose("0", "1", "2", "-1", *(f"{c} % 3" for c in self.counters)),
            "key": lambda: self.choose("'a'", "'b'"),
        }
        for key, choice in fields.items():
            while f"{{{key}}}" in text:
                text = text.replace(f"{{{key}}}", choice(), 1)
        names = {key: self.choose(*options) for key, options in self.names.items() if key != "n"}
        for key, name in names.items():
            text = text.replace(f"{{{key}}}", name)
        return text.replace("{{", "{").replace("}}", "}")

    def index(self) -> str:
        return self.choose("0", "1", "2", "3", "-1", "-2", *(f"{c} % 4" for c in self.counters * 3))

    def number(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.25:
            return self.choose(*self.names["n"])
        return self.fill(self.choose(*_NUMBER), depth - 1)

    def condition(self) -> str:
        name = self.choose(*self.names["n"])
        plain = f"{name} {self.choose('<', '>')} {self.choose('0.1731', '0.4377', '-0.2319')}"
        if self.counters and self.random.random() < 0.4:
            return f"{self.choose(*self.counters)} % 2 == {self.choose('0', '1')}"
        return plain

    def add(self, indent: str, text: str) -> None:
        self.lines += [indent + line for line in text.split("\n")]

    def block(self, indent: str, depth: int, in_loop: bool) -> None:
        before = len(self.lines)
        for _ in range(self.random.randint(1, 4)):
            self.statement(indent, depth, in_loop)
        if len(self.lines) == before:
            self.add(indent, "pass")

    def statement(self, indent: str, depth: int, in_loop: bool) -> None:
        kind = self.random.randint(0, 19)
        if kind <= 2:
            self.add(
                indent,
                f"{self.choose('s', 'x', 'y')} {self.choose('=', '=', '+=', '*=')} {self.number()}",
            )
        elif kind <= 7:
            self.add(indent, self.fill(self.choose(*_WRITE)))
        elif kind <= 10:
            longer = indent == "    " or self.random.random() < 0.1
            self.add(indent, self.fill(self.choose(*_CONTAINER, *(_LONGER if longer else ()))))
        elif kind == 11:
            target = self.choose("p", "v", "p", "u")
            table = self.random.choice([_VECTOR, _VECTOR, _VIEW, _FRESH])
            text = self.choose(*table)
            value = self.fill(text)
            if text == "np.empty(4)":
                # what is written is computed before: it may read the name
                self.add(indent, f"filling = {self.number()}")
                value += f"\n{target}[:] = filling"
            self.add(indent, f"{target} = {value}")
            if target == "u" and indent == "    " and "u" not in self.names["v"]:
                self.names["v"].append("u")
        elif kind == 12:
            self.add(indent, self.fill("s, x = x, {x}\nv, p = v * 1.0, v.copy()"))
        elif kind == 13 and indent == "    ":
            self.add(
                indent,
                self.choose(
                    "g = lambda t: t * 0.5 + s",
                    "g = lambda t, k=x: math.sin(t) * k",
                    "g = math.cos",
                ),
            )
        elif kind <= 15 and depth:
            self.add(indent, f"if {self.condition()}:")
            self.block(indent + "    ", depth - 1, in_loop)
            if self.random.random() < 0.5:
                self.add(indent, "else:")
                self.block(indent + "    ", depth - 1, in_loop)
        elif kind <= 17 and depth:
            self.loop(indent, depth)
        elif kind == 18 and depth:
            self.add(indent, "try:")
            self.block(indent + "    ", depth - 1, in_loop)
            self.add(indent, "finally:")
            self.add(
                indent + "    ",
                self.fill(
                    self.choose("s = {x}", "{v}[{i}] = {x}", "{o}.s *= 0.9", "{d}[{key}] += 0.1")
                ),
            )
        elif in_loop:
            self.add(indent, f"if {self.condition()}:")
            if self.random.random() < 0.4:
                self.add(
                    indent + "    ",
                    self.fill(self.choose("s = {x}", "{v}[{i}] = {x}", "{d}[{key}] = {x}")),
                )
            self.add(
                indent + "    ",
                self.choose("break", "continue", "continue", f"return {self.number()} + s"),
            )
        elif self.random.random() < 0.4:
            self.add(indent, f"if {self.condition()}:")
            self.add(indent + "    ", f"return {self.number()} + np.sum(v * p)")
        else:
            self.add(indent, f"s = {self.number()}")

    def loop(self, indent: str, depth: int) -> None:
        self.fresh += 1
        counter = f"k{self.fresh}"
        element = self.random.random()
        if element < 0.2:
            name = f"e{self.fresh}"
            head = self.choose(
                f"for {name} in {{v}}.copy():",
                f"for {name} in {{l}}[:]:",
                f"for {name}, {counter} in zip({{v}} * 1.0, range(3)):",
                f"for {counter}, {name} in enumerate({{v}}.copy()):",
            )
            self.add(indent, self.fill(head))
            self.names["n"].append(name)
            if counter in head:
                self.counters.append(counter)
            self.block(indent + "    ", depth - 1, True)
            self.names["n"].remove(name)
            if counter in self.counters:
                self.counters.remove(counter)
            return
        if element < 0.4:
            test = self.choose(
                "abs(s) < 0.9",
                "g(s) < 0.9",
                "g(x) > g(y) - 0.8 * g(s)",
                "first_above(v, s) < 0.5 + g(x)",
            )
            self.add(indent, f"{counter} = 0\nwhile {counter} < 4 and {test}:")
            self.add(indent + "    ", f"{counter} += 1")
        else:
            head = self.choose(
                "range(3)",
                "range(1, 6, 2)",
                "range(4, 0, -1)",
                "range(n)",
                "reversed(range(n))",
                "range(len(v))",
                "range(0)",
            )
            self.add(indent, f"for {counter} in {head}:")
        self.counters.append(counter)
        self.block(indent + "    ", depth - 1, True)
        self.counters.remove(counter)


def program(seed: int) -> str:
    """The text of a module with one function `f(x, y, v, m, n)` that returns a number."""
    writer = Writer(seed)
    start = [
        "s = 0.25",
        "q = [x, 0.5, y]",
        "d = {'a': x, 'b': 0.3}",
        "o = Box(y, np.array([x, 0.2, y, 0.4]))",
        "g = math.sin",
        writer.choose(
            "p = v * 0.5", "p = np.ones(4)", "p = v.copy()", "p = m[1]", "p = v", "p = np.zeros(4)"
        ),
    ]
    if writer.random.random() < 0.5:
        start[2] = "d = {'a': x, 'b': 0.3, 'v': v * 0.7}"
    for line in start:
        writer.add("    ", line)
    writer.block("    ", 3, False)
    writer.block("    ", 3, False)
    body = "\n".join(writer.lines)
    end = "    return s * x + y + np.sum(v * p) + np.sum(m * m) + sum(q) * 0.3 + d['a'] * d['b'] + o.total"
    return f"{HEAD}def f(x, y, v, m, n):\n{body}\n{end}\n"
