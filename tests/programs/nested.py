"""Derivatives inside differentiated functions."""

from __future__ import annotations

import numpy as np

import adcompiler as ad
from tests.programs.arrays import V
from tests.programs.corpus import example


def energy(q):
    return 0.5 * np.sum(q**2) + 0.1 * np.sum(q) ** 4


force = ad.grad(energy)


@ad.grad
def slope(x):
    return x**4


@example(1.3)
def confusion(x):
    return x * ad.grad(lambda y: x + y)(1.0)


@example(1.3)
def confusion_of_products(x):
    return x * ad.grad(lambda y: x * y * y)(2.0 * x)


@example(1.3)
def made_outside(x):
    return slope(x) * x


@example(V)
def force_inside(q):
    return np.sum(force(q) ** 2)


@example(1.3, 0.7)
def two_levels(x, y):
    inner = ad.grad(lambda a: a**3 * y)
    return inner(x) + ad.grad(inner)(x) * y


@example(0.7)
def newton_step(x):
    f = lambda t: t**3 - 2.0
    return x - f(x) / ad.grad(f)(x)


@example(V)
def gradient_norm(x):
    value, gradient = ad.value_and_grad(lambda t: np.sum(np.sin(t) * t))(x)
    return value + np.sqrt(np.sum(gradient**2))


@example(V)
def jvp_inside(x):
    value, dot = ad.jvp(lambda t: np.sin(t) * t, (x,), (x * x,))
    return np.sum(value * dot)


@example(V)
def vjp_inside(x):
    value, pullback = ad.vjp(lambda t: t**3, x)
    (bar,) = pullback(value)
    return bar.sum()


@example(V)
def hessian_trace(x):
    return np.trace(ad.hessian(lambda t: np.sum(t**4))(x))


@example(V)
def jacobian_inside(x):
    return np.sum(ad.jacrev(lambda t: np.sin(t) * t[0])(x) * ad.jacfwd(lambda t: t * t)(x))


@example(V)
def hvp_inside(x):
    return np.sum(ad.hvp(lambda t: np.sum(t**4), (x,), (x,)) * x)


@example(1.1, 0.4)
def inner_argnums(x, y):
    gx, gy = ad.grad(lambda a, b: a**2 * b**3, argnums=(0, 1))(x, y)
    return gx * gy


@example(1.1)
def derivative_in_branch(x):
    f = lambda t: t**3
    return ad.grad(f)(x) if x > 0 else f(x)


@example({"w": 1.5, "b": 0.5})
def inner_containers(params):
    g = ad.grad(lambda p: p["w"] ** 3 * p["b"])(params)
    return g["w"] * g["b"]
