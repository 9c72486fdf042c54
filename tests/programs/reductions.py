"""Reductions, norms, likelihoods."""

from __future__ import annotations

import numpy as np

from tests.programs.arrays import M, U, V
from tests.programs.corpus import example


@example(M)
def sum_axis(a):
    return np.sum(a, axis=0) ** 2


@example(M)
def mean_axis_method(a):
    return a.mean(axis=1).sum() + a.sum(axis=-1)[0]


@example(M)
def keepdims(a):
    centred = a - a.mean(axis=1, keepdims=True)
    return np.sum(centred**2)


@example(M)
def sum_of_two_axes(a):
    return np.sum(a, axis=(0, 1)) ** 2


@example(M)
def frobenius(a):
    return np.sqrt(np.sum(a**2)) + np.linalg.norm(a)


@example(M)
def row_norms(a):
    return np.sqrt(np.sum(a**2, axis=1)).sum()


@example(V)
def log_sum_exp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


@example(V)
def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


@example(V)
def cross_entropy(x):
    e = np.exp(x)
    p = e / np.sum(e)
    return -np.log(p[1])


@example(V, 0.3, 1.4)
def gaussian_log_likelihood(data, mean, spread):
    z = (data - mean) / spread
    return -0.5 * np.sum(z**2) - data.size * np.log(spread)


@example(V)
def maximum_and_minimum(x):
    return x.max() * x.min() + np.max(x * 2)


@example(M)
def maximum_of_rows(a):
    return a.max(axis=1).sum() * a.min()


@example(np.array([0.5, 1.5, 2.5]))
def product(x):
    return np.prod([x[0], x[1], x[2]])


@example(V)
def built_in_sum(x):
    return sum(x) + sum([x[0], x[1] ** 2, 3.0])


@example(V)
def cumulative(x):
    return np.cumsum(x)[-1] * x[0]


@example(V)
def standardised(x):
    return (x - np.mean(x)) / np.std(x)


@example(M, U)
def weighted_mean(a, w):
    return (w @ a / w.sum()).sum()


@example(V)
def any_and_all(x):
    return x.sum() if (x > 2).any() and np.all(x < 9) else x[0]
