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
        y = math.gamma(x)
    except ValueError:
        y = 0.0
    return y


def two_violations(x):
    if {k for k in (x, 1.0)}:
        y = {a for a in (x, 2.0)}
    return x


def generator(x):
    yield x * x


async def coroutine(x):
    return x * x


def element_write(x):
    y = np.zeros(3, dtype=int)
    y[0] = x[0]
    return y.sum() * x


def attribute_write(x):
    MODEL.rate = x
    return x


def fstring(x):
    name = f"{x}"
    return float(name)


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
    return np.frompyfunc(math.sin, 1, 1)(x)


def no_rule_builtin(x):
    return float.fromhex(hex(x))


def no_rule_bits(x):
    return np.real_if_close(x * 1j).real.sum()


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
    x += np.ones((2, 1))
    return x.sum()


def write_to_view(x):
    y = x[:, None] * 2
    z = y.reshape(3)
    z += 1.0
    return y.sum()


def write_to_shared(x):
    y = x * 2
    z = y if x[0] > 0.0 else x
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
    return 1.0 + recursion(x / 2)


def string_arithmetic(x):
    return "a" + x


def dict_method(x):
    d = {"a": x}
    d.fromkeys("b")
    return x


def value_needed(x):
    n = int(x)
    return np.sum(np.ones((2, 3)), axis=n) * x


def uses_set(x, s):
    return x * sum(s)


def makes_object(x):
    return Table(x)["rate"]


class Table(dict):
    def __init__(self, rate):
        self["rate"] = rate


class Model:
    def __init__(self, rate):
        self.rate = rate


MODEL = Model(1.0)
WEIGHTS = np.ones(3)


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
        y[k] = x
    return y.sum()


def list_appended_in_loop(x):
    found = []
    for v in x:
        found.append(v * v)
        found.append(x)
    return found[0]


def list_grows_in_loop(x):
    found = []
    y = x
    while y < 100.0:
        found = found + [y]
        y = y * y
    return found


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
        WEIGHTS[k] = x[k]
    return x.sum()


def rows_written_in_loop(x):
    y = x * 1.0
    for row in np.broadcast_to(y, (3, 3)):
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
    z = x * 3
    for k in range(3):
        z = y
    z *= 2.0
    return y.sum()


def range_of_float(x):
    s = 0.0
    for k in range(x):
        s = s + x
    return s


def zip_of_list_and_array(x):
    from itertools import cycle
    for a, b in zip(cycle("ab"), x):
        x = x + a * b
    return x.sum()


def loop_over_number(x):
    s = 0.0
    for v in x:
        s = s + v
    return s


shortest = lambda x: x * undefined_in_lambda  # noqa


def active_distribution(x):
    rng = np.random.default_rng(1)
    return rng.normal(x, 1.0)


def text_is_compared(x):
    return x if f"{x:.2f}" == "1.00" else 2.0 * x


def text_method_gives_number(x):
    return x * str(x).count("1")


def text_decides(x):
    if str(x):
        return x
    return 2.0 * x


def shuffled(x):
    rng = np.random.default_rng(1)
    rng.shuffle(x)
    return x[0]


def effect_decides_while(x):
    while np.random.random() < 0.5:
        x = x * 2.0
    return x


def distribution_of_a_list(x):
    return x * np.random.normal([0.0, 1.0])


def chosen_rows(x):
    return x * np.random.choice(np.ones((2, 2)))


SEEN = []
SCALE = 2.0


def _remember(x):
    SEEN.append(x)


def reads_beside_callback(x):
    _remember(x)
    return x * SCALE


def pullback_with_effects(x):
    import adcompiler as ad

    def noisy(t):
        print(t)
        return t * t

    value, back = ad.vjp(noisy, x)
    return back(value)[0]


def other_context(x):
    with np.printoptions(precision=3):
        y = x * x
    return y


def settings_of_the_run(x, how):
    with np.errstate(divide=how if x > 0 else "warn"):
        y = x * x
    return y


def handler_of_unknown_class(x):
    try:
        y = x * x
    except x:
        y = 0.0
    return y


def return_in_try_in_loop(x):
    try:
        for k in range(3):
            x = math.sqrt(x)
            if x > 3:
                return x
    except ValueError:
        pass
    return x


def raised_object(x):
    error = x
    if x < 0:
        raise error
    return x


def raised_from(x):
    if x < 0:
        raise ValueError("negative") from x
    return x


def raised_again(x):
    if x < 0:
        raise
    return x


def always_raises(x):
    raise ValueError(f"not {x}")


def deleted(x):
    y = x * x
    del y
    return y


def element_deleted(x):
    model = Model(x)
    del model.rate
    return x


def class_pattern(x):
    match x:
        case math(): y = x
        case _: y = 2 * x
    return y


def too_many_patterns(x):
    match x:
        case float(a, b): y = a
        case _: y = 2 * x
    return y


def kind_changes_in_while(x):
    y = "nothing"
    while x < 10.0:
        y = x * 2
        x = y
    return y


def shape_known_in_the_loop_only(x):
    s = 0.0
    for v in range(len(x)):
        s = s + x[x > v][1:]
    return s.sum()


def one_alternative_or_the_other(x):
    match (x, 1.0):
        case (0.0, y) | (y, 1.0): z = y
        case _: z = 2 * x
    return z
import adcompiler as ad


@ad.custom_vjp
def halved(x, y):
    return 0.5 * x * y


def halved_forward(x, y):
    return halved(x, y), (x, y)


def one_cotangent(residuals, bar):
    x, y = residuals
    return 0.5 * bar * y


def wide_cotangent(residuals, bar):
    x, y = residuals
    return 0.5 * np.array([bar, bar]), None


def no_cotangents(residuals, bar):
    x, y = residuals


def no_residuals(x, y):
    return halved(x, y)


def other_value(x, y):
    return (x, y), (x, y)


def calls_halved(x):
    y = x + 1.0
    return halved(x, y)


@ad.custom_jvp
def slope(x):
    return {"y": x * x}


def slope_of_number(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return slope(x), x_dot


def slope_squared(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return slope(x), {"y": x_dot * x_dot}


def calls_slope(x):
    return slope(x)["y"] + x


def clipped_wrongly(x):
    h = ad.with_cotangent((x, x * x), lambda bars: bars[0])
    return h[0] * h[1]


def hypot_partial(z, x):
    return x / z


hypot = ad.primitive(np.hypot, partials=hypot_partial)


def calls_hypot(x):
    return hypot(x, 2.0)


def around_the_rule(w):
    return through(lambda v: v * w, 2.0)


through = ad.custom_vjp(lambda function, x: function(x), nondiff_argnums=(0,))
through.defvjp(lambda function, x: (x, x), lambda function, x, bar: (bar,))


def _double(a):
    kept = {k for k in range(2)}
    a *= len(kept)


def helper_that_writes(x):
    a = x.copy()
    _double(a)
    return np.sum(a * a)
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


def with_rule(name: str, *rules: str) -> Case:
    """The gradient of a function that calls one with these rules."""

    def run(m: Any) -> Any:
        given = [getattr(m, rule) for rule in rules]
        m.slope.defjvp(*given) if len(given) == 1 else m.halved.defvjp(*given)
        return ad.grad(getattr(m, name))(2.0)

    return run


CASES: dict[str, Case] = {
    "settings_of_the_run": at("settings_of_the_run", 2.0, "ignore", argnums=0),
    **{name: at(name, 2.0) for name in (
        "other_context", "handler_of_unknown_class", "return_in_try_in_loop", "raised_object", "raised_from",
        "raised_again", "always_raises", "deleted", "element_deleted",
        "class_pattern", "too_many_patterns", "one_alternative_or_the_other",
        "try_statement", "two_violations", "generator", "coroutine", "fstring", "with_global",
        "set_display", "tuple_result", "no_return", "object_result", "no_rule",
        "no_rule_builtin", "wrong_call", "fixed_lengths", "inner_lengths", "missing_field", "bad_unpacking",
        "undefined_name", "read_before", "different_arms", "recursion", "string_arithmetic",
        "list_grows_in_loop",
        "kind_changes_in_while", "structure_changes_in_loop", "range_of_float", "loop_over_number",
        "dict_method", "value_needed", "makes_object", "inner_grad", "shortest",
        "active_distribution", "text_is_compared", "text_method_gives_number", "text_decides",
        "effect_decides_while", "distribution_of_a_list", "chosen_rows", "pullback_with_effects",
        "reads_beside_callback",
    )},
    **{name: at(name, V) for name in (
        "element_write", "vector_result", "integer_result", "no_rule_bits", "unknown_method",
        "shuffled", "wrong_numpy_call", "too_many_indices", "write_to_argument", "write_to_view", "write_to_shared",
        "element_written_in_loop", "list_appended_in_loop", "shape_known_in_the_loop_only", "rank_changes_in_loop",
        "rows_written_in_loop", "shared_after_an_iteration", "shared_before_the_loop",
        "argument_written_in_loop", "zip_of_list_and_array",
        "arms_of_two_ranks", "truth_of_array", "helper_that_writes",
    )},
    "attribute_write": at("attribute_write", 2.0),
    "uses_set": at("uses_set", 2.0, {1.0}),
    "missing_key": at("missing_key", {"b": 1.0}),
    "integer_array": at("square", np.array([1, 2])),
    "bool_argument": at("square", True),
    "string_argument": at("square", "text"),
    "none_argument": at("square", None),
    "object_array": at("square", np.array([None, 1.0])),
    "string_array": at("square", np.array(["a"])),
    "complex_result": at("square", 1j),
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
    "custom_rule_missing": at("calls_halved", 2.0),
    "custom_results_missing": with_rule("calls_halved", "halved_forward", "one_cotangent"),
    "custom_returns_nothing": with_rule("calls_halved", "halved_forward", "no_cotangents"),
    "custom_cotangent_shape": with_rule("calls_halved", "halved_forward", "wide_cotangent"),
    "custom_no_residuals": with_rule("calls_halved", "no_residuals", "one_cotangent"),
    "custom_other_value": with_rule("calls_halved", "other_value", "one_cotangent"),
    "custom_tangent_structure": with_rule("calls_slope", "slope_of_number"),
    "custom_not_linear": with_rule("calls_slope", "slope_squared"),
    "custom_other_way": at("around_the_rule", 2.0),
    "custom_rule_is_no_function": lambda m: m.slope.defjvp(3.0),
    "custom_nondiff_argnums": lambda m: ad.custom_jvp(m.takes_two, nondiff_argnums=(2,)),
    "custom_of_no_function": lambda m: ad.custom_vjp(3.0),
    "surgery_structure": at("clipped_wrongly", 2.0),
    "primitive_partials_missing": at("calls_hypot", 2.0),
    "primitive_incomplete": lambda m: ad.primitive(np.hypot, jvp=m.hypot_partial),
}
