"""Whole arrays: elementwise functions, broadcasting, shapes."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import example

V = np.array([0.3, -1.2, 2.1, 0.8])
M = np.array([[0.5, -0.4, 1.5, 0.9], [1.1, 0.2, -0.7, 0.6], [-1.3, 0.8, 0.1, 2.0]])
U = np.array([1.4, 0.6, -0.9])
SCALE = 1.5
OFFSET = np.array([0.1, 0.2, 0.3, 0.4])


@example(V)
def squares(x):
    return (x * x).sum()


@example(V)
def elementwise_vector(x):
    return np.sin(x) * np.exp(-x) + x**2


@example(M, V)
def matrix_plus_row(a, x):
    return np.sum((a + x) ** 2)


@example(M, U)
def matrix_times_column(a, u):
    return np.sum(a * u[:, None])


@example(V, U)
def outer_by_broadcasting(x, u):
    t = x[:, None] * u[None, :]
    return (t / (1 + t**2)).sum()


@example(1.3, V)
def scalar_times_vector(c, x):
    return np.sum(c * x) + c**2 * np.sum(x / c)


@example(np.array([[1.5]]), M)
def one_by_one(c, a):
    return np.sum(c * a) + (c**2).sum()


@example(np.array([0.4]), V)
def length_one_axis(c, x):
    return np.sum((c + x) ** 3)


@example(np.array([[0.3], [0.9], [-0.2]]), M)
def kept_axis(c, a):
    return np.sum(np.tanh(c * a))


@example(V)
def global_data(x):
    return SCALE * np.sum(x * OFFSET)


@example(M)
def transposed(a):
    return np.sum(a.T[1] * a[:, 0]) + (a.T @ a).trace()


@example(M)
def reshaped(a):
    return (a.reshape(-1)[::2] ** 2).sum() + a.reshape(4, 3)[1, 2] * a.ravel()[0]


@example(M)
def reshaped_by_shape(a):
    m, n = a.shape
    return np.sum(a.reshape(n, m)[0] ** 2) / (m * n)


@example(V)
def stacked(x):
    return np.sum(np.stack([x, x * 2, np.cos(x)], axis=1) ** 2)


@example(V, U)
def concatenated(x, u):
    joined = np.concatenate([x[1:], u, x[:2] * 2])
    return joined @ np.arange(len(joined))


@example(V)
def expanded(x):
    a = np.expand_dims(x, 0)
    b = x[np.newaxis, :, np.newaxis]
    return np.sum(a * np.squeeze(b, axis=2)) + np.sum(np.broadcast_to(x, (3, 4)) ** 2)


@example(V)
def where_both(x):
    return np.where(x > 0, x * x, -x).sum() + np.clip(x, -1.0, 1.0).sum()


@example(V)
def safe_logarithm(x):
    positive = x > 0
    return np.sum(np.where(positive, np.log(np.where(positive, x, 1.0)), 0.0))


@example(V)
def rectified(x):
    return np.maximum(x, 0).sum() + np.abs(x).sum() + np.minimum(x, 0.5).sum()


@example(V)
def in_place_temporary(x):
    y = x * 2.0
    y += 1.0
    y *= x
    return y.sum()


@example(V)
def gradient_of_means(x):
    return x.mean() * x.sum() - np.mean(x**2) + x.var() + np.std(x)


@example(np.array(1.7))
def zero_dimensional(x):
    return x * x + np.sin(x)


@example(V)
def made_from_numbers(x):
    return np.array([x[0], x[1] * x[2], 3.0]).sum() + np.array([[x[0], 1.0], [2.0, x[3]]])[1, 1]


@example(V)
def ones_and_zeros(x):
    n = len(x)
    return np.sum(np.ones(n) * x + np.zeros_like(x) + np.full(n, 2.0) * x**2 + np.linspace(0.0, 1.0, 4) * x)


@example(V)
def differences(x):
    return np.sum((x[1:] - x[:-1]) ** 2) + np.sum(x[::-1] * np.arange(4.0))


@example(M)
def axis_moved(a):
    return np.sum(a.transpose() ** 2 * np.arange(4.0)[:, None])


@example(np.ones((2, 3, 2)) * np.array([0.5, 1.5]))
def three_axes(a):
    return np.sum(a.transpose(2, 0, 1)[0] * a[..., 1] ** 2)


@example(V)
def vector_result_tuple(x):
    return x * 2, np.sin(x), x.sum()
