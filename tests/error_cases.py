"""Every kind of bad input, with the call that meets it: each has a golden message.

The functions of `PROGRAM` are written to a file of their own, so that messages have lines that stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import adcompiler as ad

PROGRAM = '''\
"""Functions that cannot be differentiated."""
import functools
import math
import numpy as np


def try_statement(x):
    y = x * x
    try:
        y = math.sqrt(x)
    except ValueError:
        y = 0.0
    return y


def two_violations(x):
    with open("file"):
        y = {a for a in (x, 2.0)}
    return x


def generator(x):
    yield x * x


async def coroutine(x):
    return x * x


def element_write(x):
    y = x * 2
    y[0] = 1.0
    return y.sum()


def attribute_write(x, model):
    model.rate = x
    return x


def fstring(x):
    name = f"{x}"
    return x


def with_global(x):
    global COUNT
    COUNT = x
    return x


def set_display(x):
    return sum({x, 2.0})


def raises(x):
    if x < 0:
        raise ValueError("negative")
    return math.sqrt(x)


def asserts(x):
    assert x > 0
    return x


def vector_result(x):
    return x * 2


def tuple_result(x):
    return x, x


def no_return(x):
    y = x * x


def integer_result(x):
    return len(x)


def object_result(x):
    return math


def no_rule(x):
    return np.random.normal(x)


def no_rule_builtin(x):
    return float.fromhex(hex(x))


def no_rule_bits(x):
    return np.fft.fft(x).real.sum()


def unknown_method(x):
    return x.nonsense()


def wrong_call(x):
    return square(x, 2, 3)


def square(x):
    return x * x


def wrong_numpy_call(x):
    return np.sum(x, axes=1)


def fixed_lengths(x):
    return np.sum(np.ones(3) * np.ones(2) * x)


def inner_lengths(x):
    return np.ones((2, 3)) @ np.ones((2, 3)) * x


def too_many_indices(x):
    return x[0, 0, 0]


def missing_key(params):
    return params["w"]


def missing_field(x):
    pair = (x, x)
    return pair[2]


def bad_unpacking(x):
    a, b = (x, x, x)
    return a


def write_to_argument(x):
    x += 1.0
    return x.sum()


def write_to_view(x):
    y = x * 2
    z = y[1:]
    z += 1.0
    return y.sum()


def write_to_shared(x):
    y = x * 2
    z = y
    z *= 2.0
    return y.sum()


def undefined_name(x):
    return x * missing


def read_before(x):
    y = z * x
    z = 2.0
    return y


def one_arm(x):
    if x > 0:
        y = x
    return y


def different_arms(x):
    y = (x, x) if x > 0 else x
    return x


def arms_of_two_ranks(x):
    y = x if x.sum() > 0 else x.sum()
    return y.sum()


def truth_of_array(x):
    return x.sum() if x > 0 else 0.0


def recursion(x):
    return x if x < 1 else 1.0 + recursion(x / 2)


def string_arithmetic(x):
    return "a" + x


def dict_method(x):
    d = {"a": x}
    d.update(b=x)
    return d["a"]


def value_needed(x):
    n = int(x)
    return np.sum(np.ones((2, 3)), axis=n) * x


def uses_set(x, s):
    return x * sum(s)


def makes_object(x):
    return Model(x).rate


class Model:
    def __init__(self, rate):
        self.rate = rate


def inner_grad(x):
    import adcompiler as ad
    return ad.grad(lambda t: t * np.ones(2))(x)


def takes_two(x, y):
    return x * y


def takes_dict(params):
    return params["w"] * params["b"]


def cached_stale(x):
    return x


def return_in_loop(x):
    for k in range(5):
        x = x * 2
        if x > 3:
            return x
    return x


def loop_else_with_break(x):
    for k in range(5):
        x = x * 2
        if x > 3:
            break
    else:
        x = 0.0
    return x


def while_binds_a_name(x):
    while (y := x * 0.5) > 1:
        x = y
    return x


def element_written_in_loop(x):
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[k] ** 2
    return y.sum()


def list_appended_in_loop(x):
    found = []
    for v in x:
        found.append(v * v)
    return sum(found)


def list_grows_in_loop(x):
    found = []
    for k in range(3):
        found = [*found, x * k]
    return sum(found)


def type_changes_in_loop(x):
    y = None
    for k in range(3):
        y = x * k
    return y


def scalar_becomes_array(x):
    s = 0.0
    for v in range(len(x)):
        s = s + x * v
    return s.sum()


def structure_changes_in_loop(x):
    state = (x, 1.0)
    for k in range(3):
        state = (state, k)
    return x


def rank_changes_in_loop(x):
    y = x
    for k in range(len(x)):
        y = np.outer(y, y)
    return y.sum()


def unbound_after_loop(x):
    for v in x:
        last = v * v
    return last


def argument_written_in_loop(x):
    for k in range(3):
        x *= 2.0
    return x.sum()


def rows_written_in_loop(x):
    y = x * 1.0
    for row in np.stack([y, y]):
        row *= 2.0
    return y.sum()


def shared_after_an_iteration(x):
    y = x * 1.0
    z = x * 0.0
    s = 0.0
    for k in range(3):
        y += x
        s = s + np.sum(z)
        z = y
    return s


def shared_before_the_loop(x):
    y = x * 2
    z = y
    for k in range(3):
        z *= 2.0
    return y.sum()


def range_of_float(x):
    s = 0.0
    for k in range(x):
        s = s + x
    return s


def zip_of_list_and_array(x):
    s = 0.0
    for a, b in zip([1.0, 2.0], x):
        s = s + a * b
    return s


def loop_over_number(x):
    s = 0.0
    for v in x:
        s = s + v
    return s


shortest = lambda x: x * undefined_in_lambda  # noqa
'''

V = np.array([1.0, 2.0, 3.0])
Case = Callable[[Any], Any]


def at(name: str, *args: Any, transform: Any = ad.grad, **options: Any) -> Case:
    """The gradient (or another derivative) of the function `name`, called with `args`."""
    return lambda m: transform(getattr(m, name), **options)(*args)


def from_text(m: Any) -> Any:
    namespace: dict[str, Any] = {}
    exec("def f(x): return x * x", namespace)
    return ad.grad(namespace["f"])(2.0)


CASES: dict[str, Case] = {
    **{name: at(name, 2.0) for name in (
        "try_statement", "two_violations", "generator", "coroutine", "fstring", "with_global",
        "set_display", "raises", "asserts", "tuple_result", "no_return", "object_result", "no_rule",
        "no_rule_builtin", "wrong_call", "fixed_lengths", "inner_lengths", "missing_field", "bad_unpacking",
        "undefined_name", "read_before", "one_arm", "different_arms", "recursion", "string_arithmetic",
        "return_in_loop", "loop_else_with_break", "while_binds_a_name", "list_grows_in_loop",
        "type_changes_in_loop", "structure_changes_in_loop", "range_of_float", "loop_over_number",
        "dict_method", "value_needed", "makes_object", "inner_grad", "shortest",
    )},
    **{name: at(name, V) for name in (
        "element_write", "vector_result", "integer_result", "no_rule_bits", "unknown_method",
        "wrong_numpy_call", "too_many_indices", "write_to_argument", "write_to_view", "write_to_shared",
        "element_written_in_loop", "list_appended_in_loop", "scalar_becomes_array", "rank_changes_in_loop",
        "unbound_after_loop", "rows_written_in_loop", "shared_after_an_iteration", "shared_before_the_loop",
        "argument_written_in_loop", "zip_of_list_and_array",
        "arms_of_two_ranks", "truth_of_array",
    )},
    "attribute_write": lambda m: ad.grad(m.attribute_write)(2.0, m.Model(1.0)),
    "uses_set": at("uses_set", 2.0, {1.0}),
    "missing_key": at("missing_key", {"b": 1.0}),
    "integer_array": at("square", np.array([1, 2])),
    "bool_argument": at("square", True),
    "string_argument": at("square", "text"),
    "none_argument": at("square", None),
    "object_array": at("square", np.array([None, 1.0])),
    "string_array": at("square", np.array(["a"])),
    "complex_argument": at("square", 1j),
    "masked_array": at("square", np.ma.masked_array([1.0], [True])),
    "matrix": lambda m: ad.grad(m.square)(np.zeros((2, 2)).view(type("Special", (np.ndarray,), {}))),
    "ints_in_dict": at("takes_dict", {"w": 1, "b": 2}),
    "dict_subclass": lambda m: ad.grad(m.takes_dict)(__import__("collections").OrderedDict(w=1.0, b=2.0)),
    "decimal": lambda m: ad.grad(m.square)(__import__("decimal").Decimal("2")),
    "from_exec": from_text,
    "not_callable": lambda m: ad.grad(3.0),
    "builtin_function": lambda m: ad.grad(int.bit_length)(3.0),
    "class": lambda m: ad.grad(m.Model)(3.0),
    "argnums_out_of_range": lambda m: ad.grad(m.takes_two, argnums=2),
    "argnums_unknown_name": lambda m: ad.grad(m.takes_two, argnums="z"),
    "argnums_of_wrong_type": lambda m: ad.grad(m.takes_two, argnums=1.0),
    "argnums_empty": lambda m: ad.grad(m.takes_two, argnums=()),
    "mode_unknown": lambda m: ad.grad(m.takes_two, mode="sideways"),
    "too_few_arguments": at("takes_two", 1.0),
    "too_many_arguments": at("takes_two", 1.0, 2.0, 3.0),
    "unknown_keyword": lambda m: ad.grad(m.takes_two)(1.0, z=2.0),
    "tangent_is_no_tuple": lambda m: ad.jvp(m.square, (2.0,), 1.0),
    "tangent_count": lambda m: ad.jvp(m.takes_two, (2.0, 3.0), (1.0,)),
    "tangent_shape": lambda m: ad.jvp(m.square, (V,), (np.ones(2),)),
    "tangent_rank": lambda m: ad.jvp(m.square, (V,), (np.ones((3, 1)),)),
    "tangent_dtype": lambda m: ad.jvp(m.square, (V,), (np.ones(3, np.float32),)),
    "tangent_structure": lambda m: ad.jvp(m.takes_dict, ({"w": 1.0, "b": 2.0},), ((1.0, 1.0),)),
    "tangent_missing_key": lambda m: ad.jvp(m.takes_dict, ({"w": 1.0, "b": 2.0},), ({"w": 1.0},)),
    "primal_count": lambda m: ad.jvp(m.takes_two, (2.0,), (1.0,)),
    "cotangent_shape": lambda m: ad.vjp(m.square, V)[1](np.ones(2)),
    "cotangent_dtype": lambda m: ad.vjp(m.square, V)[1](np.ones(3, np.float32)),
    "cotangent_structure": lambda m: ad.vjp(m.tuple_result, 2.0)[1](1.0),
    "cotangent_of_strings": lambda m: ad.vjp(m.square, 2.0)[1]("1.0"),
    "cotangent_none": lambda m: ad.vjp(m.square, 2.0)[1](None),
    "adjoint_seed_missing": lambda m: ad.adjoint(m.vector_result)(V),
    "adjoint_seed_shape": lambda m: ad.adjoint(m.square)(V, np.ones(2)),
    "has_aux_without_aux": at("square", 2.0, has_aux=True),
    "hessian_of_a_vector": at("vector_result", V, transform=ad.hessian),
    "jacobian_of_integers": at("integer_result", V, transform=ad.jacobian),
    "jvp_of_a_string": lambda m: ad.jvp(m.square, ("a",), (1.0,)),
    "vjp_of_nothing": lambda m: ad.vjp(m.square),
}
