"""Writes in place are seen through every name that reaches the memory, and through no other."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest

import adcompiler as ad


def view_before_a_write(x):
    y = x * 1.0
    tail = y[1:]
    y[1] = 5.0 * x[0]
    return np.sum(tail * tail)


def value_before_a_write(x):
    y = x * 1.0
    first = y[0]
    y[0] = 7.0
    return first * y[0]


def same_list_twice(x):
    a = [x[0]]
    pair = (a, a)
    pair[0][0] = x[1] * x[1]
    return pair[1][0] * x[2]


def rows_of_one_array(x):
    m = np.zeros((2, 3))
    for k, row in enumerate(m):
        row[:] = x * (k + 1.0)
        row[0] += row[1] * row[2]
    return np.sum(m * m)


def written_while_read(x):
    y = x.copy()
    y[1:] = y[:-1] * y[1:]
    y[::-1] += y
    return np.sum(y * y)


def through_two_views(x):
    y = x * 1.0
    middle = y[0:][1:]
    middle[0] = x[0] * x[2]
    middle[-1] *= 2.0
    return np.sum(y * y)


def reshaped_then_written(x):
    y = np.zeros(4)
    y[:3] = x
    m = y.reshape(2, 2)
    return np.sum(m * m)


def transposed_write(x):
    m = np.zeros((3, 2))
    t = m.T
    t[0] = x
    t[1, 2] = x[0] * x[1]
    m[0, 1] = 3.0 * x[2]
    return np.sum(t * t)


def new_axis_write(x):
    y = x * 1.0
    c = y[:, None]
    c[0, 0] = x[1] * x[1]
    return np.sum(y * x)


def array_in_a_dict(x):
    state = {"u": x * 1.0, "n": 0}
    for _ in range(3):
        state["u"][0] += state["u"][1] * 0.5
        state["n"] += 1
    return np.sum(state["u"] ** 2) * state["n"]


def closure_sees_writes(x):
    y = x * 1.0

    def total():
        return np.sum(y * y)

    before = total()
    y[0] = x[1] * x[2]
    return total() * before


def early_return_after_a_write(x):
    y = x * 1.0
    y[0] = y[1] * y[2]
    if y[0] > 100.0:
        y[1] = 0.0
        return np.sum(y)
    y[2] += y[0]
    return np.sum(y * y)


def swapped_in_a_branch(x):
    u, v = x * 1.0, x * 2.0
    if x[0] > 0.0:
        u, v = v, u
    return np.sum(u * u) + np.sum(v)


def fresh_in_both_arms(x):
    y = np.zeros(3) if x[0] > 0.0 else np.ones(3)
    y[0] = x[1]
    y += x
    return np.sum(y * y)


def written_in_one_arm_of_a_loop(x):
    y = x * 1.0
    hits = 0
    for k in range(3):
        if y[k] > 1.0:
            y[k] = y[k] * y[0]
            hits += 1
        else:
            y[0] += y[k]
    return np.sum(y) * hits


def broken_off(x):
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[k] * x[k]
        if y[k] > 1.5:
            break
        y[k] += 1.0
    return np.sum(y * x)


def inner_gradient_writes_its_own(x):
    def energy(u):
        u[0] = u[0] * u[1]
        return np.sum(u * u)

    g = ad.grad(energy)(x)
    g[0] = 2.0 * g[1]
    return np.sum(g * x)


def deleted_items(x):
    items = [x[0], x[1], x[2]]
    table = {"a": x[0], "b": x[1]}
    first = items.pop(0)
    table.pop("a")
    return first * items[0] + table["b"] * len(items)


PROGRAMS = [
    view_before_a_write, value_before_a_write, same_list_twice, rows_of_one_array, written_while_read,
    through_two_views, reshaped_then_written, transposed_write, new_axis_write, array_in_a_dict,
    closure_sees_writes, early_return_after_a_write, swapped_in_a_branch, fresh_in_both_arms,
    written_in_one_arm_of_a_loop, broken_off, inner_gradient_writes_its_own, deleted_items,
]  # fmt: skip
X = np.array([0.8, 1.3, 1.1])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_gradient(program):
    given = X.copy()
    value, reverse = ad.value_and_grad(program)(given)
    forward = ad.grad(program, mode="forward")(given)
    assert value == pytest.approx(program(X.copy()), rel=1e-14)
    assert np.array_equal(given, X)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12)
    h = 1e-6
    for k, e in enumerate(np.eye(3) * h):
        slope = (program(X + e) - program(X - e)) / (2 * h)
        assert reverse[k] == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_second_order(program):
    by_hand = np.array(
        [(ad.grad(program)(X + e) - ad.grad(program)(X - e)) / 2e-5 for e in np.eye(3) * 1e-5]
    )
    np.testing.assert_allclose(ad.hessian(program)(X), by_hand, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        ad.jacobian(ad.grad(program), mode="reverse")(X), by_hand, rtol=1e-5, atol=1e-6
    )


def _maybe_a_view(x):
    y = x[None] * 1.0
    z = y.reshape(3)
    z[0] = 2.0
    return y.sum()


def _owner_of_maybe_a_view(x):
    y = x[None] * 1.0
    z = y.reshape(3)
    y[0, 0] = 2.0
    return z.sum()


def _chosen_by_a_branch(x):
    y, z = x * 1.0, x * 2.0
    w = y if x[0] > 0.0 else z
    w[0] = 1.0
    return y.sum()


def _read_after_a_branch(x):
    y, z = x * 1.0, x * 2.0
    w = y if x[0] > 0.0 else z
    y[0] = 1.0
    return w.sum()


def _read_only(x):
    y = np.broadcast_to(x, (2, 3))
    y[0, 0] = 1.0
    return y.sum()


def _different_elements(x):
    items = [x[0]]
    if x[0] > 0.0:
        items.append(x[1])
    return items[0]


@pytest.mark.parametrize(
    "program",
    [_maybe_a_view, _owner_of_maybe_a_view, _chosen_by_a_branch, _read_after_a_branch, _read_only],
)
def test_what_cannot_be_decided_is_refused(program):
    with pytest.raises(ad.AliasError):
        ad.grad(program)(X)


def _shifts(u, v):
    u[1:] = v[:-1] * u[1:]
    return np.sum(u * v)


def test_arguments_that_overlap_are_refused():
    gradient = ad.grad(_shifts, argnums=(0, 1))
    u, v = X.copy(), X * 2.0
    first = gradient(u, v)
    with pytest.raises(ad.AliasError, match="shares memory with `v`"):
        gradient(u, u)
    with pytest.raises(ad.AliasError):
        gradient(u, u[::-1])
    np.testing.assert_array_equal(gradient(u, v)[0], first[0])
    assert np.array_equal(u, X)


def _in_a_container(p):
    p["w"][0] = p["b"][1] ** 2
    return np.sum(p["w"] * p["b"])


def test_overlap_inside_a_container_is_refused():
    gradient = ad.grad(_in_a_container)
    w = np.ones(3)
    gradient({"w": w, "b": w * 2.0})
    with pytest.raises(ad.AliasError, match="p\\['w'\\]"):
        gradient({"w": w, "b": w})


def test_a_list_of_another_length_in_one_arm():
    for x in (X, -X):
        np.testing.assert_array_equal(ad.grad(_different_elements)(x), [1.0, 0.0, 0.0])


def swapped_by_positions(x):
    m = np.outer(x, x * x)
    m[[0, 1]] = m[[1, 0]]
    m[[0, 0, 2], [1, 1, 0]] += x
    return np.sum(m * m * np.arange(9.0).reshape(3, 3))


def function_copies_method_does_not(x):
    y = x * 1.0
    a, b, c = np.conj(y), y.conj(), np.clip(y, None, None)
    y[0] = x[1] * x[2]
    a[1] = c[2] = 3.0 * x[0]
    return np.sum(a * b * c)


def held_argument_is_written_inside(x):
    w = x * 2.0

    def energy(u, v):
        v[0] = v[1] * u[0]
        return np.sum(u * u * v)

    slope = ad.grad(energy)(x, w)
    return np.sum(slope * w)


def positions_are_overwritten(x):
    places = np.arange(3)
    places[0] = 2
    places[1:] -= 1
    return np.sum(x[places] * x * x)


MORE = [
    swapped_by_positions, function_copies_method_does_not, held_argument_is_written_inside, positions_are_overwritten,
]  # fmt: skip


@pytest.mark.parametrize("program", MORE, ids=lambda p: p.__name__)
def test_gradients_of_more(program):
    test_gradient(program)
    test_second_order(program)


def _writes_what_it_holds(x, w):
    w[0] = x[0] * w[1]
    w *= w
    return np.sum(w * x)


def test_an_argument_that_is_held_may_be_written():
    w = np.array([1.8, 0.3, 1.7])
    reverse, forward = (
        ad.grad(_writes_what_it_holds, mode=mode)(X, w) for mode in ("reverse", "forward")
    )
    np.testing.assert_allclose(forward, reverse, rtol=1e-13)
    np.testing.assert_allclose(reverse, [3 * (X[0] * 0.3) ** 2, 0.09, 2.89], rtol=1e-12)
    assert np.array_equal(w, [1.8, 0.3, 1.7])


def _written_inside(x):
    y = x * 1.0

    def energy(u):
        y[0] = 5.0
        return np.sum(u * u * y)

    return np.sum(ad.grad(energy)(x) * y)


def _list_grows_inside(x):
    seen = []

    def energy(u):
        seen.append(1.0)
        return np.sum(u * u)

    return np.sum(ad.grad(energy)(x)) * len(seen)


def _same_array_twice_inside(x):
    y = x * 1.0

    def energy(u, v):
        u[0] = u[1] * 2.0
        return np.sum(u * v * v)

    return np.sum(ad.grad(energy)(y, y))


def _closure_reads_the_argument(x):
    y = x * 1.0

    def energy(u):
        u[0] = u[1] * 2.0
        return np.sum(u * y)

    return np.sum(ad.grad(energy)(y))


@pytest.mark.parametrize(
    "program",
    [_written_inside, _list_grows_inside, _same_array_twice_inside, _closure_reads_the_argument],
)
def test_an_inner_derivative_changes_nothing_outside(program):
    with pytest.raises(ad.AliasError):
        ad.grad(program)(X)
    with pytest.raises(ad.AliasError):
        program(X.copy())


SEEN = np.array([0.5, 1.5, 2.5])


def _reads_a_global(x):
    x[0] = 2.0 * x[1]
    return np.sum(x * SEEN)


class _Holder:
    def __init__(self, w):
        self.w = w


def _reads_an_attribute(x, o):
    x[0] = 2.0 * x[1]
    return np.sum(x * o.w)


def _writes_an_attribute(x, o):
    o.w[0] = 2.0 * x[1]
    return np.sum(x * o.w)


def _assigns_an_attribute(x, o, p):
    o.w = x * x
    return np.sum(x * p.w)


def _changes_a_list(x, items, others):
    items[0] = x[0]
    return others[0] * np.sum(x)


def _changes_its_default(x, seen=[]):  # noqa: B006 - that is what is tested
    seen.append(x[0])
    return np.sum(x) * seen[0]


def test_what_is_written_must_be_nothing_else_that_is_read():
    one, other, items = _Holder(X), _Holder(X * 2.0), [1.0]
    for program, same, apart in (
        (_reads_a_global, (SEEN,), (X,)),
        (_reads_an_attribute, (X, one), (X, other)),
        (_writes_an_attribute, (X, one), (X, other)),
        (_assigns_an_attribute, (X, one, one), (X, one, other)),
        (_changes_a_list, (X, items, items), (X, items, [1.0])),
        (_changes_its_default, (X,), (X, [])),
    ):
        gradient = ad.grad(program)
        gradient(*apart)
        with pytest.raises(ad.AliasError):
            gradient(*same)
        gradient(*apart)
        with pytest.raises(ad.AliasError):
            ad.grad(program)(*same)
    assert items == [1.0]
    assert np.array_equal(one.w, X)


class _State:
    def __init__(self):
        self.w, self.k = np.array([1.8, 0.3, 1.7]), 2.0


def _assigned_in_arms(x, o):
    if x[0] > 0.5:
        o.k = x[1]
    else:
        o.k = 3.0
    o.w[0] = o.k
    return np.sum(x * o.w) * o.k


def _assigned_in_one_arm(x, o):
    if x[0] > 0.5:
        o.k = x[1] * x[0]
    return np.sum(x * o.w) * o.k


def _assigned_in_a_loop(x, o):
    for i in range(3):
        o.k = o.k * x[i]
        o.w[i] += o.k
    return np.sum(x * o.w) * o.k


def _bound_anew_in_a_loop(x, o):
    for i in range(3):
        o.w = o.w * x[i]
    return np.sum(x * o.w) * o.k


def _assigned_inside(x, o):
    def energy(u, q):
        q.k = u[0] * q.k
        q.w[0] = u[1]
        return np.sum(u * q.w) * q.k

    o.k = 3.0 * x[1]
    return np.sum(ad.grad(energy)(x, o) * o.w) * o.k


@pytest.mark.parametrize(
    "program",
    [
        _assigned_in_arms,
        _assigned_in_one_arm,
        _assigned_in_a_loop,
        _bound_anew_in_a_loop,
        _assigned_inside,
    ],
)
@pytest.mark.parametrize("x", [X, X * 0.5], ids=["then", "else"])
def test_attributes_of_an_argument(program, x):
    given = _State()
    value, reverse = ad.value_and_grad(program)(x, given)
    assert value == pytest.approx(program(x.copy(), _State()), rel=1e-14)
    assert (given.k, *given.w) == (2.0, 1.8, 0.3, 1.7)
    np.testing.assert_allclose(ad.grad(program, mode="forward")(x, given), reverse, rtol=1e-12)
    for k, e in enumerate(np.eye(3) * 1e-6):
        slope = (program(x + e, _State()) - program(x - e, _State())) / 2e-6
        assert reverse[k] == pytest.approx(slope, rel=1e-6)


def _length(x, items, table):
    return len(items) * x[0]


def _iterated(x, items, table):
    total = 0.0
    for _ in items:
        total = total + x[0]
    return total


def _looked_up(x, items, table):
    return table.get("a", x[0])


def _contained(x, items, table):
    return x[0] if "a" in table else x[1]


def _spread(x, items, table):
    return (lambda *v: len(v))(*items) * x[0]


def _in_a_tuple(x, items, table):
    pair = (items, 2.0)
    return len(pair[0]) * x[0]


READERS = [_length, _iterated, _looked_up, _contained, _spread, _in_a_tuple]


@pytest.mark.parametrize("reader", READERS, ids=lambda f: f.__name__)
def test_a_container_that_an_arm_changes_is_not_read(reader):
    def program(x):
        items, table = [x[0]], {}
        if x[0] > 0.5:
            items.append(x[1])
            table["a"] = x[1]
        return reader(x, items, table)

    with pytest.raises(ad.ADError):
        ad.grad(program)(X)


def test_an_attribute_that_one_arm_assigns_is_not_read():
    class Thing:
        v = 1.0

    def found(x):
        thing = Thing()
        if x[0] > 0.5:
            thing.z = x[1]
        return x[0] if hasattr(thing, "z") else x[1]

    def unread(x):
        thing = Thing()
        if x[0] > 0.5:
            thing.z = x[1]
        return x[0] * thing.v

    with pytest.raises(ad.ADError):
        ad.grad(found)(X)
    np.testing.assert_array_equal(ad.grad(unread)(X), [1.0, 0.0, 0.0])


def test_a_seed_may_be_the_argument_that_is_written():
    def f(x):
        x[0] = 2.0 * x[1]
        return x * x

    value, slope = ad.jvp(f, (X,), (X,))
    np.testing.assert_allclose(slope, 2.0 * value, rtol=1e-14)
    assert np.array_equal(X, [0.8, 1.3, 1.1])
    np.testing.assert_array_equal(ad.adjoint(f)(X, X)[1], ad.adjoint(f)(X, X.copy())[1])


def test_a_list_that_a_loop_leaves_early():
    def f(x):
        items = []
        for k in range(3):
            items.append(x[k])
            if x[k] > 1.0:
                break
        return len(items) * x[1]

    gradient = ad.grad(f)(X)
    for k, e in enumerate(np.eye(3) * 1e-6):
        assert gradient[k] == pytest.approx((f(X + e) - f(X - e)) / 2e-6, rel=1e-6, abs=1e-8)


def _number_without_axes(x):
    y = np.zeros(())
    y[...] = x[0]
    y[()] += x[1]
    z = y[...]
    z *= x[2]
    return np.sum(y * y)


def test_an_array_without_axes_is_written():
    test_gradient(_number_without_axes)
    test_second_order(_number_without_axes)


def _table_by_the_index_of_a_comprehension(w):
    best = {0: 0.0}
    for k in range(1, 3):
        candidates = [best[j] + w[k] * w[j] for j in range(k)]
        best[k] = np.log(sum(np.exp(c) for c in candidates))
    return best[2]


def test_what_an_inner_index_asks_for_unrolls_the_loop_around():
    test_gradient(_table_by_the_index_of_a_comprehension)
    test_second_order(_table_by_the_index_of_a_comprehension)


class _Doubling:
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2.0)


class _Guessing:
    def __getattr__(self, name):
        return 3.0


class _Fixed:
    def __get__(self, owner, cls):
        return 5.0

    def __set__(self, owner, value):
        pass


class _Described:
    w = _Fixed()


class _Cached:
    @functools.cached_property
    def w(self):
        return 2.0


def _assigned_through_setattr(x, o):
    made = _Doubling()
    made.w = x[0]
    return made.w


def _assigned_to_an_argument(x, o):
    o.w = x[0]
    return o.w


def _read_through_getattr(x, o):
    made = _Guessing()
    return x[0] if hasattr(made, "other") else x[1]


def _assigned_to_a_descriptor(x, o):
    made = _Described()
    made.w = x[0]
    return made.w


def _read_through_a_cache(x, o):
    return o.w * x[0]


@pytest.mark.parametrize(
    ("program", "given"),
    [
        (_assigned_through_setattr, None),
        (_assigned_to_an_argument, _Doubling()),
        (_assigned_to_an_argument, _Described()),
        (_read_through_getattr, None),
        (_assigned_to_a_descriptor, None),
        (_read_through_a_cache, _Cached()),
    ],
)
def test_attributes_with_a_meaning_of_their_own_are_refused(program, given):
    """Followed as plain attributes, each of them would give another value than Python, without a word."""
    with pytest.raises(ad.UnsupportedValueError):
        ad.grad(program)(X, given)


@dataclasses.dataclass
class _WithFactory:
    k: float
    parts: list = dataclasses.field(default_factory=list)
    scale: float = dataclasses.field(default_factory=lambda: 3.0)


def _factories(x):
    a, b = _WithFactory(x[0]), _WithFactory(x[1], scale=2.0)
    a.parts.append(x[2])
    return (a.k * a.scale + b.k * b.scale) * (len(a.parts) - len(b.parts)) * a.parts[0]


def test_default_factories_are_called_where_a_field_is_missing():
    test_gradient(_factories)
