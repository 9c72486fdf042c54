"""Functions with rules of their own: each rule is right, so that the oracles may judge it."""

from __future__ import annotations

import math

import numpy as np

import adcompiler as ad
from tests.programs.corpus import example

V = np.array([0.3, -0.8, 1.4])
A = np.array([[2.0, 0.3, 0.1], [0.2, 1.5, -0.4], [0.0, 0.3, 1.8]])


@ad.custom_jvp
def softplus(x):
    return np.log(1.0 + np.exp(x))


@softplus.defjvp
def softplus_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return softplus(x), x_dot * (1.0 - 1.0 / (1.0 + np.exp(x)))


@ad.custom_jvp
def weighted(x, y, scale=2.0):
    return scale * x * np.sin(y)


@weighted.defjvp
def weighted_jvp(primals, tangents):
    x, y, scale = primals
    x_dot, y_dot, scale_dot = tangents
    value = weighted(x, y, scale)
    return value, scale * x_dot * np.sin(y) + scale * x * np.cos(
        y
    ) * y_dot + scale_dot * x * np.sin(y)


@ad.custom_vjp
def product(x, y):
    return x * y, np.sin(y)


def product_forward(x, y):
    return product(x, y), (x, y, np.cos(y))


def product_backward(residuals, bars):
    x, y, slope = residuals
    xy_bar, sin_bar = bars
    return xy_bar * y, xy_bar * x + sin_bar * slope


product.defvjp(product_forward, product_backward)


@ad.custom_vjp
def layer(params, x):
    return {"out": np.tanh(params["w"] @ x + params["b"]), "norm": (x * x).sum()}


def layer_forward(params, x):
    value = layer(params, x)
    return value, (params["w"], x, value["out"])


def layer_backward(residuals, bars):
    w, x, out = residuals
    inner = bars["out"] * (1.0 - out * out)
    return {"w": np.outer(inner, x), "b": inner}, w.T @ inner + 2.0 * bars["norm"] * x


layer.defvjp(layer_forward, layer_backward)


@ad.custom_vjp
def square_root(a):
    """Newton's iteration, whose derivative is that of the equation y² = a."""
    y = a
    while abs(y * y - a) > 1e-14 * a:
        y = 0.5 * (y + a / y)
    return y


def square_root_forward(a):
    y = square_root(a)
    return y, y


def square_root_backward(y, y_bar):
    return (y_bar / (2.0 * y),)


square_root.defvjp(square_root_forward, square_root_backward)


def fixed_point_of(step, x, theta):
    for _ in range(60):
        x = step(x, theta)
    return x


fixed_point = ad.custom_vjp(fixed_point_of, nondiff_argnums=(0,))


def fixed_point_forward(step, x, theta):
    x = fixed_point(step, x, theta)
    return x, (x, theta)


def fixed_point_backward(step, residuals, x_bar):
    x, theta = residuals
    slope, theta_slope = ad.grad(step, argnums=(0, 1))(x, theta)
    return None, x_bar * theta_slope / (1.0 - slope)


fixed_point.defvjp(fixed_point_forward, fixed_point_backward)


@ad.custom_jvp
def power(x, n):
    return x**n


@power.defjvp
def power_jvp(primals, tangents):
    x, n = primals
    return power(x, n), n * x ** (n - 1) * tangents[0]


@ad.custom_jvp
def mean_square(x):
    total = 0.0
    for v in x:
        total = total + v * v
    return total / len(x)


@mean_square.defjvp
def mean_square_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    total = 0.0
    for k in range(len(x)):
        total = total + 2.0 * x[k] * x_dot[k]
    return mean_square(x), total / len(x)


erf = ad.primitive(math.erf, partials=lambda y, x: 2.0 / math.sqrt(math.pi) * math.exp(-x * x))
log1p = ad.primitive(np.log1p, partials=lambda y, x: 1.0 / (1.0 + x))
arctan2 = ad.primitive(
    np.arctan2,
    partials=(lambda z, y, x: x / (x * x + y * y), lambda z, y, x: -y / (x * x + y * y)),
)
solve = ad.primitive(
    np.linalg.solve,
    result=lambda a, b: b,
    jvp=lambda y, primals, tangents: solve(primals[0], tangents[1] - tangents[0] @ y),
    vjp=lambda y, primals, y_bar: solve_back(y, primals, y_bar),
)


def solve_back(y, primals, y_bar):
    b_bar = solve(primals[0].T, y_bar)
    return -np.outer(b_bar, y), b_bar


def as_is(bar):
    return bar


@example(0.4)
def scalar_jvp(x):
    return softplus(x) ** 2


@example(V)
def array_jvp(x):
    return softplus(x * x) * x


@example(0.4, 0.9)
def partly_active(x, y):
    return weighted(x * x, y) + weighted(x, 0.5) + weighted(y, x, scale=y)


@example(0.4, 0.9)
def two_results(x, y):
    a, b = product(x * y, x)
    return a * b + b


@example(0.4, 0.9)
def one_result_unused(x, y):
    _, b = product(x, y)
    return b * b


@example(V, 0.6)
def broadcast_beside(x, y):
    a, b = product(x, x * y)
    return (a * b).sum()


@example({"w": A, "b": V}, np.array([0.2, 0.5, -0.4]))
def containers(params, x):
    out = layer(params, x)
    again = layer(params, out["out"])
    return (again["out"] ** 2).sum() + out["norm"]


@example(0.7)
def iteration_inside(x):
    return square_root(x * x + 1.0) * x


@example(0.5, 0.8)
def function_argument(x, theta):
    return fixed_point(lambda v, t: 0.5 * math.cos(v * t), x, theta) ** 2


@example(1.3)
def integer_argument(x):
    return power(x, 3) + power(x * x, 2)


@example(V)
def loop_in_the_rule(x):
    return mean_square(np.sin(x)) ** 2


@example(0.4)
def in_a_loop(x):
    total = 0.0
    for k in range(3):
        x = softplus(x)
        a, b = product(x, 0.5 * k)
        total = total + a * b + a
    return total


@example(2.3)
def in_a_while_loop(x):
    while x > 1.0:
        x = square_root(x) * 0.9
    return softplus(x)


@example(0.4, 0.9)
def in_a_branch(x, y):
    if x < y:
        z, _ = product(x, y)
    else:
        z = softplus(x)
    return z * softplus(y)


def helper(x):
    return softplus(x) * x


@example(0.4)
def in_a_helper(x):
    return helper(helper(x))


@example(0.4)
def inner_gradient(x):
    return ad.grad(helper)(x) ** 2 + ad.grad(ad.grad(softplus))(x)


@example(V)
def inner_pullback(x):
    value, pullback = ad.vjp(softplus, x)
    (bar,) = pullback(value)
    return (bar * x).sum()


@example(V)
def inner_jacobian(x):
    return (ad.jacobian(softplus)(x) @ x).sum()


@example(V, 0.5)
def surgery_that_changes_nothing(x, c):
    h = ad.with_cotangent({"a": x * c, "b": x.sum()}, as_is)
    return (h["a"] ** 2).sum() * h["b"]


@example(0.5)
def surgery_in_a_loop(x):
    for _ in range(3):
        x = ad.with_cotangent(np.sin(x) + x, lambda bar: 1.0 * bar)
    return x


@example(0.3)
def primitive_of_a_number(x):
    return erf(x) * x + log1p(x)


@example(V, np.array([[0.5], [1.5]]))
def primitive_that_broadcasts(x, y):
    return (arctan2(x, y) ** 2).sum()


@example(0.3, V)
def primitive_of_number_and_array(x, y):
    return (arctan2(x, y) * log1p(y * y)).sum()


@example(A, V)
def general_primitive(a, b):
    return (solve(a, b * b) ** 3).sum()
