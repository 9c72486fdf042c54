"""What is refused of functions, iterators, recursion and classes, each with a golden message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import adcompiler as ad

PROGRAM = '''\
"""Functions, iterators, recursion and classes that are refused."""
import functools
import itertools
import math
import numpy as np


def iterator_read_twice(x):
    pairs = zip((x, 2.0), (3.0, x))
    return sum(a * b for a, b in pairs) + sum(a for a, b in pairs)


def iterator_read_in_a_loop(x):
    items = (v for v in (x, 2.0))
    s = 0.0
    for _ in range(int(x) + 3):
        s = s + sum(items)
    return s


def next_at_the_end(x):
    items = iter([x])
    return next(items) + next(items)


def next_of_a_list(x):
    return next([x, 2.0])


def next_of_an_array(x):
    return next(iter(x))


def filtered_list(x):
    return len([v for v in (x, 2.0) if v > 1.0]) * x


def strict_lengths(x):
    return sum(a * b for a, b in zip([x, 2.0], [x], strict=True))


def strict_arrays(x):
    return sum(a * b for a, b in zip(x, itertools.count(), strict=True))


def reversed_iterator(x):
    return sum(reversed(zip([x], [2.0])))


def sorted_array(x):
    return sorted(x[:, None])[0][0]


def sorted_pairs(x):
    return sorted([(x, "a"), (x * x, "b")])[0][0]


def sorted_ints_and_floats(x):
    return sorted([x, int(x)])[0]


def largest_of_nothing(x):
    return max([]) * x


def largest_over_a_range(x):
    return max(x * k for k in range(int(x)))


def reduce_of_nothing(x):
    return functools.reduce(lambda a, b: a + b, []) * x


def search_in_nested_loops(x):
    return x.sum() if any(a > b for a in x for b in x) else 0.0


def wrong_builtin_call(x):
    return sum(x, x, x)


def set_of_numbers(x):
    return len({x, 2.0}) * x


def text_of_a_number(x):
    return len(str(x)) * x


def sum_of_strings(x):
    return len(sum(["a", "b"], "")) * x


def uses_setattr(x):
    setattr(MODEL, "rate", x)
    return x


def uses_id(x):
    return id(x) * x


def uses_eval(x):
    return eval("x * x")


def halved(x):
    return x if x < 1 else halved(x / 2) * [print(x), x][1]


def without_end(x):
    return x * without_end(x)


def other_functions(f, x):
    return f(x) if x < 1 else other_functions(lambda t: f(t) * x, x / 2) * x


def another_function_in_each_call(x):
    return other_functions(lambda t: t, x)


def another_kind_in_each_call(x):
    return x if x < 1 else (another_kind_in_each_call(x / 2), x)


class Model:
    def __init__(self, rate):
        self.rate = rate

    def __getitem__(self, i):
        return self.rate * i

    def __sub__(self, other):
        return self.rate - other

    def __rmul__(self, k):
        return k * self.rate


class Endless(Model):
    def __iter__(self):
        return self


class Counting(Model):
    def __iter__(self):
        self.rate = yield self.rate

    def missing(self):
        return super().missing()


MODEL, ENDLESS, COUNTING = Model(2.0), Endless(2.0), Counting(2.0)


def operator_not_defined(x):
    return MODEL + x


def array_left_of_an_object(x):
    return (x * MODEL).sum()


def iterated_by_index(x):
    return sum(v * x for v in MODEL)


def own_iterator(x):
    return sum(v * x for v in ENDLESS)


def generator_method(x):
    return sum(v * x for v in COUNTING)


def nothing_behind_super(x):
    return COUNTING.missing() * x


def missing_attribute(x):
    return MODEL.speed * x


def objects_ordered(x):
    return x if MODEL < COUNTING else 2 * x


def list_grows_under_its_loop(x):
    xs = [x, 2.0]
    for v in xs:
        if len(xs) < 5:
            xs.append(v * v)
    return sum(xs)


def list_changes_under_its_loop_with_return(x):
    xs = [x, 2.0]
    for v in xs:
        if v > 5.0:
            return v
        xs[1] = v
    return sum(xs)


def tuples_ordered(x):
    return x if (x, 1.0) < (2.0, x) else 2 * x


def filled(x):
    found = []

    def go(t):
        found.append(t)
        return t if t < 1 else go(t / 2) * t

    return go(x) * len(found)


def written_by_its_calls(a, b, t):
    a[0] = b[0] * t
    return t if t < 1.0 else written_by_its_calls(a, b, t / 2) * a[0]


def writes_in_its_calls(x):
    a = np.array([x, x])
    return written_by_its_calls(a, a, x)


def longer(xs, x):
    return sum(xs) if x < 1 else longer([*xs, x], x / 2) * x


def another_length_in_each_call(x):
    return longer([x], x)


def drawn(xs, x):
    return x if x < 1 else drawn(xs, x / 2) * x


def an_iterator_in_each_call(x):
    return drawn(iter([1.0, 2.0]), x)


def inside_itself(x):
    import adcompiler as ad

    return x if x < 1 else ad.grad(lambda t: inside_itself(t / 2) * t)(x)
'''

Case = Callable[[Any], object]


def at(name: str, value: Any) -> Case:
    return lambda m: ad.grad(getattr(m, name))(value)


V = np.array([1.0, -2.0, 3.0])
ON_ARRAYS = (
    "next_of_an_array", "strict_arrays", "sorted_array", "search_in_nested_loops",
    "array_left_of_an_object", "wrong_builtin_call",
)  # fmt: skip
HELPERS = ("other_functions", "written_by_its_calls", "longer", "drawn")
NAMES = [line[4:].partition("(")[0] for line in PROGRAM.splitlines() if line.startswith("def ")]
CASES: dict[str, Case] = {
    name: at(name, V if name in ON_ARRAYS else 2.0) for name in NAMES if name not in HELPERS
}
