"""Containers that a branch or a loop chooses: what is right is computed, what only the run knows is refused.

Each program is checked against differences at points on both sides of its conditions; none may give a wrong value.
"""

from __future__ import annotations

import itertools

import pytest

import adcompiler as ad

POINTS = ((2.0, 0.1), (2.0, 0.3), (0.5, 0.1))


class Box:
    def __init__(self, s):
        self.s = s


def rebound_in_one_arm(x, y):
    d = [x, 0.3]
    e = d
    if y < 0.2:
        d = [x, y]
    d[1] += 1.0
    return e[1] * x + d[1]


def other_name_changes(x, y):
    d = [x, 0.3]
    e = d
    if y < 0.2:
        d = [x, y]
    e[1] += 1.0
    return d[1] * x


def changed_or_replaced(x, y):
    d = [x, 0.3]
    if y < 0.2:
        d[1] += 0.3
    else:
        d = [x, y]
    return d[1] * x


def choice_changes(x, y):
    a = [x, 0.3]
    b = [y, x]
    d = a if y < 0.2 else b
    d[0] *= 2.0
    return a[0] * b[0] + d[0]


def origin_of_a_choice_changes(x, y):
    a = [x, 0.3]
    b = [y, x]
    d = a if y < 0.2 else b
    a[0] *= 2.0
    return d[0] * x


def object_chosen(x, y):
    a = Box(x)
    b = Box(y)
    d = a if y < 0.2 else b
    d.s *= 2.0
    return a.s * b.s + d.s


def origin_object_changes(x, y):
    a = Box(x)
    b = Box(y)
    d = a if y < 0.2 else b
    a.s *= 2.0
    return d.s * x


def inner_list_chosen(x, y):
    d = {"p": [x, y], "q": 1.0}
    e = d["p"]
    if y < 0.2:
        d = {"p": [y, y], "q": x}
    d["p"][0] += 2.0
    return e[0] * x + d["p"][0]


def swapped_in_a_loop(x, y):
    d = [x, y]
    e = [y, x]
    for k in range(3):
        d, e = e, d
        d[0] += x * k
    return d[0] * e[0] + e[1]


def replaced_in_a_while(x, y):
    d = [x, y]
    e = d
    k = 0
    while k < 3 and y < 5:
        d[0] += 1.0
        if y < 0.2:
            d = [x * 2, y]
        k += 1
    return d[0] * x + e[0]


def swapped_in_a_while(x, y):
    d = [x, y]
    e = [y, x]
    k = 0
    while k < 3 and y < 5:
        d, e = e, d
        d[0] += x * k
        k += 1
    return d[0] * e[0] + e[1]


def best_is_the_current_one(x, y):
    best = [x, y]
    cur = [x, y]
    k = 0
    while k < 3 and y < 5:
        cur[0] += y
        if cur[0] > 0.1:
            best = cur
        k += 1
    cur[0] += 1.0
    return best[0] * x


def beside_a_raise(x, y):
    d = [x, 0.3]
    e = d
    if y > 5:
        raise ValueError
    if y < 0.2:
        d = [x, y]
    d[1] += 1
    return e[1] * x


def dict_changed_or_replaced(x, y):
    d = {"a": x, "b": 0.3}
    if y < 0.2:
        d["b"] += 0.3
        d["a"] *= x
    else:
        d = {k: e * 0.9 for k, e in d.items()}
    return d["b"] * x + d["a"]


def object_changed_or_replaced(x, y):
    o = Box(x)
    if y < 0.2:
        o.s += 1.0
    else:
        o = Box(y)
    return o.s * x


def row_changed_in_an_arm(x, y):
    d = [[x, y], [y, x]]
    r = d[0]
    if y < 0.2:
        r[0] += 1.0
        t = d[0]
    else:
        t = [x, x]
    return t[0] * x + d[0][0]


def appended_or_replaced(x, y):
    d = [x, y]
    if y < 0.2:
        d.append(x * y)
        d[0] = 3 * x
    else:
        d = [x, x, y * 3]
    return d[0] * x + d[2]


def nested_arms(x, y):
    d = [x, y]
    if y < 0.2:
        d[0] = 3 * x
        if x > 1:
            d[1] = x * x
        else:
            d = [x, 2 * x]
    else:
        d = [x, x]
    return d[0] * x + d[1]


def chosen_through_a_call(x, y):
    d = [x, y]

    def get():
        return d

    z = get() if y < 0.2 else [y, y]
    d[0] += 1
    return z[0] * x


def replaced_in_a_known_loop(x, y):
    d = [x, y]
    e = d
    for _k in range(4):
        if y < 0.2:
            d = [x * 2, y]
        d[0] += 1.0
    return d[0] * x + e[0]


def old_name_of_a_carried_list(x, y):
    a = [x]
    b = a
    k = 0
    while k < 3 and y < 5:
        k += 1
        a = [a[0] + y]
        b[0] += 1.0
    return a[0] * x + b[0]


def old_name_of_a_carried_object(x, y):
    a = Box(x)
    b = a
    k = 0
    while k < 3 and y < 5:
        k += 1
        a.s += y
        a = Box(a.s + y)
    return a.s * x + b.s


def one_list_appended_again(x, y):
    cur = [x, 1.0]
    ys = []
    k = 0
    while k < 3 and y < 5:
        cur[0] += 1.0
        ys.append(cur)
        k += 1
    return ys[0][0] * x


def element_of_a_growing_list(x, y):
    ys = []
    k = 0
    while k < 3 and y < 5:
        ys.append([x * k, y])
        k += 1
    e = ys[1]
    e[0] += 2 * x
    return ys[1][0] * x


def item_of_an_element(x, y):
    ys = []
    k = 0
    while k < 3 and y < 5:
        ys.append([x * k, y])
        k += 1
    ys[1][0] += 2 * x
    return ys[1][0] * x


def first_of_a_growing_list(x, y):
    p = [x, y]
    ys = [p]
    k = 0
    while k < 3 and y < 5:
        ys.append([x * k, y])
        k += 1
    p[0] += 2 * x
    return ys[0][0] * x


def best_so_far(x, y):
    best = None
    cur = [x, y]
    for _k in range(4):
        cur = [cur[0] + y, cur[1] * 0.5]
        if best is None or cur[0] > best[0]:
            best = cur
    return best[0] * x + best[1]


def best_in_a_while(x, y):
    best = [x, y]
    cur = [x, y]
    k = 0
    while k < 4 and x < 50:
        cur = [cur[0] + y, cur[1] * 0.5]
        if cur[0] > best[0]:
            best = cur
        k += 1
    return best[0] * x + best[1]


def best_of_copies(x, y):
    best = [x, y]
    cur = [x, y]
    k = 0
    while k < 4 and x < 50:
        cur = list(cur)
        cur[0] += y
        if cur[0] > best[0]:
            best = cur
        k += 1
    return best[0] * x + best[1]


def copy_of_the_best(x, y):
    best = [x, y]
    cur = [x, y]
    k = 0
    while k < 4 and x < 50:
        cur[0] += y
        if cur[0] > best[0]:
            best = list(cur)
        k += 1
    return best[0] * x + best[1]


def double_buffer(x, y):
    old = [x, y]
    new = [0.0, 0.0]
    k = 0
    while k < 4 and x < 50:
        new[0] = old[0] * 0.9 + y
        new[1] = old[1] * x
        old, new = new, old
        k += 1
    return old[0] * x + old[1]


def state_dict(x, y):
    state = {"u": x, "v": y}
    for _k in range(5):
        new = dict(state)
        new["u"] += y * 0.1
        if new["u"] > 2.2:
            state = new
        else:
            state["v"] *= 1.1
    return state["u"] * state["v"]


def one_of_two_objects(x, y):
    objs = [Box(x), Box(y)]
    o = objs[0]
    if y > 0.2:
        o = objs[1]
    o.s *= 3.0
    return o.s * x


def objects_swapped(x, y):
    a = Box(x)
    b = Box(y)
    t = 0.0
    for _k in range(3):
        a, b = b, a
        a.s += 0.5 * x
        t += a.s * b.s
    return t


def objects_swapped_in_a_while(x, y):
    a = Box(x)
    b = Box(y)
    t = 0.0
    k = 0
    while k < 3 and x < 10:
        a, b = b, a
        a.s += 0.5 * x
        t += a.s * b.s
        k += 1
    return t


def filled_in_both_arms(x, y):
    d = {}
    if y < 0.2:
        d["a"] = x
    else:
        d["a"] = y
    return d["a"] * x


def list_or_its_copy(x, y):
    d = [x, y]
    t = d if y < 0.2 else list(d)
    t[0] *= 2
    return t[0] * x


def another_list_from_then_on(x, y):
    d = [x, y]
    t = [y, y]
    for k in range(3):
        if k == 1:
            t = d
        t[0] += x
    return t[0] * x + d[0]


def another_list_in_a_while(x, y):
    d = [x, y]
    t = [y, y]
    k = 0
    while k < 3 and x < 10:
        if k == 1:
            t = d
        t[0] += x
        k += 1
    return t[0] * x


def changed_by_a_helper(x, y):
    tot = [0.0]

    def add(box, v):
        box[0] += v

    box = tot
    if y < 0.2:
        box = [x]
    add(box, y)
    return box[0] * x


def row_of_a_table(x, y):
    mats = [[x, y], [y, x]]
    row = mats[0]
    if y < 0.2:
        row = mats[1]
    s = 0.0
    for v in row:
        s += v * v
    mats[0][0] = 5.0
    return s + mats[0][0] * x


def indexed_by_a_comparison(x, y):
    a = [x, 0.3]
    b = [y, x]
    d = (a, b)[x > y]
    d[0] *= 3.0
    return a[0] * b[0]


def origin_of_an_indexed_one(x, y):
    a = [x, 0.3]
    b = [y, x]
    d = (a, b)[x > y]
    b[0] *= 3.0
    return d[0] * b[0]


def object_by_number(x, y):
    boxes = [Box(x), Box(y)]
    boxes[int(x > y)].s *= 3.0
    return boxes[0].s * boxes[1].s


def found_by_a_while(x, y):
    rows = [[x], [y]]
    i = 0
    while rows[i][0] > 0.2:
        i += 1
    rows[i][0] = 5.0 * x
    return rows[0][0] * rows[1][0]


def lists_in_order(x, y):
    a = [x, 0.3]
    b = [y, x]
    c = sorted((a, b), key=lambda row: row[0])
    c[0][0] *= 3.0
    return a[0] * b[0]


def sorted_where_they_stand(x, y):
    a = [x, 0.3]
    b = [y, x]
    rows = [a, b]
    rows.sort(key=lambda row: row[0])
    rows[0][0] *= 3.0
    return a[0] * b[0]


def longer_inside_a_list(x, y):
    a = [x, 0.3]
    rows = [a, [1.0, y]]
    d = a if y < 0.2 else [y]
    d.append(x)
    return sum(map(len, rows)) * x


def next_of_a_list(x, y):
    a = [x, 0.3]
    rows = [a, [1.0, y]]
    d = a if y < 0.2 else [y]
    d.append(x)
    return len(next(iter(rows))) * x


def rows_joined(x, y):
    a = [x, 0.3]
    rows = [a, [1.0, y]]
    d = a if y < 0.2 else [y]
    d.append(x)
    return len([*rows[1:], *itertools.chain(*rows)]) * x


def table_by_rows(x, y, n=3):
    grid = [[0.0] * 3 for _ in range(3)]
    for i in range(n):
        for j in range(3):
            row = grid[i]
            row[j] += x * i + y * j
            if j:
                grid[i][j] += row[j - 1]
    return sum(sum(r) for r in grid) * grid[2][1]


def kept_in_an_endless_loop(x, y):
    d = [x, y]
    z, e = x, d
    while True:
        if z > 4.0:
            break
        e[0] *= 1.1
        z, e = z + x, e
    return e[0] * z * d[0]


def handed_on_by_recursion(x, y):
    def climb(z, e):
        if z > 4.0:
            return e[0] * z
        e[0] *= 1.1
        return climb(z + x, e)

    d = [x, y]
    return climb(x, d) * d[0]


RIGHT = (
    old_name_of_a_carried_list,
    changed_or_replaced,
    swapped_in_a_loop,
    swapped_in_a_while,
    dict_changed_or_replaced,
    object_changed_or_replaced,
    row_changed_in_an_arm,
    appended_or_replaced,
    nested_arms,
    best_so_far,
    best_in_a_while,
    best_of_copies,
    copy_of_the_best,
    double_buffer,
    state_dict,
    one_of_two_objects,
    objects_swapped,
    objects_swapped_in_a_while,
    filled_in_both_arms,
    list_or_its_copy,
    changed_by_a_helper,
    row_of_a_table,
    table_by_rows,
)
REFUSED = (
    rebound_in_one_arm,
    other_name_changes,
    choice_changes,
    origin_of_a_choice_changes,
    object_chosen,
    origin_object_changes,
    inner_list_chosen,
    replaced_in_a_while,
    best_is_the_current_one,
    beside_a_raise,
    chosen_through_a_call,
    replaced_in_a_known_loop,
    old_name_of_a_carried_object,
    one_list_appended_again,
    element_of_a_growing_list,
    item_of_an_element,
    first_of_a_growing_list,
    another_list_from_then_on,
    another_list_in_a_while,
    indexed_by_a_comparison,
    origin_of_an_indexed_one,
    object_by_number,
    found_by_a_while,
    lists_in_order,
    sorted_where_they_stand,
    longer_inside_a_list,
    next_of_a_list,
    rows_joined,
    kept_in_an_endless_loop,
    handed_on_by_recursion,
)


def slope(f, x, y, h=1e-6):
    return (f(x + h, y) - f(x - h, y)) / (2 * h), (f(x, y + h) - f(x, y - h)) / (2 * h)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", RIGHT, ids=lambda f: f.__name__)
def test_chosen_containers(f, mode):
    for at in POINTS:
        value, found = ad.value_and_grad(f, argnums=(0, 1), mode=mode)(*at)
        assert value == pytest.approx(f(*at), rel=1e-13)
        assert found == pytest.approx(slope(f, *at), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_only_the_run_knows(f):
    with pytest.raises(ad.errors.ADError) as refusal:
        ad.grad(f)(2.0, 0.1)
    assert refusal.value.write
    assert refusal.value.origin is not None
