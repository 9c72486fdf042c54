"""zip, enumerate, reversed, iter, next and itertools."""

from __future__ import annotations

import itertools
from itertools import accumulate, chain, combinations, islice, product, repeat

import numpy as np

from tests.programs.arrays import V
from tests.programs.corpus import example


@example(0.7)
def zips(x):
    return sum(a * b for a, b in zip([x, 2.0], (x, x * x), strict=True)) + sum(
        a * b * c for a, b, c in zip((x, 1.0), (2.0, x), (x, x, x))
    )


@example(V)
def zip_of_arrays(v):
    s = 0.0
    for a, b in zip(v, v * v, strict=True):
        s += a * b
    for a, b in zip(v[1:], v):
        s = s * 0.5 + a * b
    return s


@example(V)
def enumerates(v):
    s = sum(k * w for k, w in enumerate([v[0], v[1]], start=1))
    for k, a in enumerate(v, 2):
        s = s * 0.5 + k * a
    return s


@example(0.7)
def reverses(x):
    s = x
    for v in reversed([x, 2.0, x * x]):
        s = s * v + 1
    for k in reversed(range(3)):
        s += k * x
    for k, v in enumerate(reversed((x, 3.0))):
        s += k * v * x
    return s


@example(V)
def reverses_of_arrays(v):
    s = 0.0
    for a in reversed(v):
        s = s * 0.5 + a
    return s + sum(a * a for a in reversed(v))


@example(1.3)
def iterator_by_hand(x):
    items = iter([x, 2.0, x * x])
    first = next(items)
    chosen = next(v for v in [1, 2, 3] if v > 1)
    return first * next(items) + sum(items) * chosen + next(iter(()), x)


@example(1.3)
def products(x):
    return sum(a * b * x for a, b in product([1, 2], [x, x * x])) + sum(
        a * b for a, b in product((1, x), repeat=2)
    )


@example(1.3)
def chains(x):
    return sum(chain([x, 2.0], (x * x,))) + sum(chain.from_iterable([[x], [x * x, 1]]))


@example(1.3)
def running_totals(x):
    *_, last = accumulate([x, 2.0, x * x], lambda a, b: a * b + x)
    return sum(accumulate([x, 2.0, x * x])) + sum(accumulate([x, x], initial=2 * x)) * last


@example(1.3)
def slices_of_iterators(x):
    return sum(islice([x, 2.0, x * x], 2)) + sum(islice((v * x for v in (1, 2, 3)), 1, None))


@example(1.3)
def repeats(x):
    return sum(repeat(x, 3)) + sum(a * b for a, b in zip([1, 2], repeat(x))) + sum(
        k * v for k, v in zip(itertools.count(1), [x, x * x])
    )


@example(1.3)
def groups(x):
    items = [x, 2.0, x * x]
    pairs = sum(a * b for a, b in combinations(items, 2)) + sum(a * b for a, b in itertools.pairwise(items))
    return pairs + sum(a * a * b for a, b in itertools.permutations(items, 2))


@example(1.3)
def other_iterators(x):
    longest = sum(a * b for a, b in itertools.zip_longest([x, 2.0, x * x], [1, 2], fillvalue=x))
    known = sum(itertools.takewhile(lambda k: k < 3, [1, 2, 5])) + sum(itertools.dropwhile(lambda k: k < 3, [1, 5]))
    return longest + known * x + sum(itertools.starmap(lambda a, b: a * b * x, [(1, 2), (3, x)])) + sum(
        itertools.compress([x, 1.0], [1, 0])
    )


@example(0.4, 0.7, 1.1)
def distances_of_all_pairs(x, y, z):
    return sum((a - b) ** 2 / (1.0 + abs(i - j)) for (i, a), (j, b) in combinations(enumerate((x, y, z)), 2))


@example(1.3, 2.1)
def a_list_that_is_written_while_it_is_read(x, y):
    xs, s = [x, y, x * y], 0.0
    for i, v in enumerate(xs):
        if i < 2:
            xs[i + 1] = xs[i + 1] + v * v
    for v in reversed(xs):
        xs[0] = xs[0] + v
        s = s + v
    return s * xs[0]


@example(1.3, 2.1)
def an_array_that_is_written_while_it_is_read(x, y):
    a, b, s = np.array([x, y, 2.0]), np.array([1.0, 2.0, 3.0]), 0.0
    for i, v in enumerate(a):
        s += v * b[i]
        if i < 2:
            a[i + 1] = a[i + 1] * v
    return s


@example(1.3, 2.1)
def an_array_that_is_written_before_its_iterators_are_read(x, y):
    a = np.array([x, y, 2.0])
    pairs, squares = zip(a, [1.0, 2.0, 3.0]), (t * t for t in a)
    a[1] = a[0] * 5.0
    s = 0.0
    for p, q in pairs:
        s += p * q
    a[2] = x * y
    return s + sum(squares)


@example(1.3, 2.1)
def a_dict_that_is_written_while_it_is_read(x, y):
    d, s = {"a": x, "b": y}, 0.0
    entries = d.values()
    for _, v in d.items():
        d["b"] = d["b"] * 2.0
        s += v
    return s + d["b"] + sum(entries)
