"""`if`, conditional expressions, `and`, `or`, early returns."""

from __future__ import annotations

import numpy as np

from tests.programs.arrays import V
from tests.programs.corpus import example


@example(-0.7)
@example(0.7)
def absolute(x):
    return x if x > 0 else -x


@example(0.7, 1.2)
@example(1.7, 0.2)
def nested_ternary(x, y):
    return x * y if x > y else (y**2 if y > 1.0 else x + y)


@example(0.7)
@example(-0.7)
def if_statement(x):
    if x > 0:
        y = x * x
        z = y + 1.0
    else:
        y = -x
        z = 2.0
    return y * z


@example(0.5)
@example(1.5)
@example(2.5)
def early_return(x):
    if x < 1.0:
        return x**2
    y = np.log(x)
    if x < 2.0:
        return y * x
    return y - x


@example(0.5)
def if_without_else(x):
    y = x
    if x > 0:
        y = y * 3.0
    if x > 1:
        y = 0.0
    return y * x


@example(0.4)
@example(1.4)
@example(3.4)
def elif_chain(x):
    if x < 1:
        y = x
    elif x < 2:
        y = x**2
    elif x < 3:
        y = x**3
    else:
        y = 4 * x
    return y * y


@example(0.4, 0.6)
def boolean_operators(x, y):
    if x > 0 and y > 0 or x * y < -1:
        return x / y
    return 0.0


@example(0.5)
def chained_comparison(x):
    return x**2 if 0.0 < x <= 1.0 else x


@example(V, True, argnums=(0,))
@example(V, False, argnums=(0,))
def flag(x, training):
    return x.sum() if training else (x * 2).sum()


@example(V, "l2", argnums=(0,))
@example(V, "l1", argnums=(0,))
def chosen_by_string(x, kind):
    if kind == "l1":
        return np.abs(x).sum()
    return np.sum(x**2)


@example(1.5, None, argnums=(0,))
@example(1.5, 2.5)
def optional(x, scale):
    if scale is None:
        scale = 3.0
    return x * scale


@example(V)
def branch_on_array_value(x):
    if x[0] > 0:
        y = x * 2
    else:
        y = x - 1
    return np.sum(y * x)


@example(V)
def array_or_scalar_loss(x):
    r = np.sum(x**2)
    return r if r < 1.0 else 2 * np.sqrt(r) - 1.0


@example(0.8)
def branch_in_helper(x):
    def relu(t):
        return t if t > 0 else 0.0

    return relu(x) * relu(x - 1.0) + relu(3 * x)


@example(1.0, 2.0)
def arm_uses_outer(x, y):
    z = x * y
    w = (z * x if z > 1 else z + x) * z
    return w + z


@example(0.3)
def short_circuit(x):
    return (x > 1 and 1 / x) or x * 5.0


@example(0.9, 1.8)
def several_from_branch(x, y):
    a, b = (x, y) if x < y else (y, x)
    return a / b


@example(0.5)
def constant_arm(x):
    return 1.0 if x > 2 else x


@example(0.5)
def integer_arm(x):
    y = 0
    if x > 0:
        y = x
    return y * 2


@example(V)
def isinstance_test(x):
    return x.sum() if isinstance(x, np.ndarray) and x.ndim == 1 else x


@example(4.0)
def domain_guarded(x):
    return np.sqrt(x) if x > 0 else 0.0


@example(-4.0)
def domain_guarded_else(x):
    return np.sqrt(x) if x > 0 else 0.0 * x


@example(2.0, 3, (0, 3), argnums=(0,))
def one_of_several(x, k, chosen):
    y = x * 2.0 if k in chosen else x
    if k not in (2, 5) and k in [1, 3, 4]:
        y = y * x
    return y


@example(2.0, 6, argnums=(0,))
def some_steps_of_a_loop(x, n):
    total = 0.0
    for i in range(n):
        if i in (1, 3):
            total += x**2 * i
        elif i not in (0, n - 1):
            total += x
    return total


@example(np.array([[0.3, -1.2, 2.1], [0.8, 0.4, 1.1]]), 1, argnums=(0,))
def the_other_axes(x, axis):
    rest = [k for k in range(x.ndim) if k != axis]
    beside = [k for k in range(x.ndim) if k not in (axis,)]
    return np.transpose(x, [axis, *rest])[0] * np.transpose(x, [axis, *beside])[1] ** 2


@example(np.array([[0.3, -1.2], [0.8, 0.4]]), ([1], [0]), argnums=(0,))
def neither_of_two(x, axes):
    first, second = list(axes[0]), list(axes[1])
    rest = [k for k in range(3) if k not in first and k not in second]
    return np.sum(x * x) * rest[0]
