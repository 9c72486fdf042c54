"""Products of matrices, small networks, quadratic forms."""

from __future__ import annotations

import numpy as np

from tests.programs.arrays import M, U, V
from tests.programs.corpus import example

X = np.array([[0.2, -0.5, 0.7], [1.2, 0.4, -0.3]])
W = np.array([[0.3, -0.8], [0.5, 0.9], [-1.1, 0.2]])
S = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.8]])


@example(V)
def dot_self(x):
    return np.dot(x, x) + x @ x


@example(M, V)
def matrix_vector(a, x):
    return np.sum(np.tanh(a @ x) ** 2)


@example(U, M)
def vector_matrix(u, a):
    return u @ a


@example(X, W)
def matrix_matrix(x, w):
    return np.sum((x @ w) ** 2) + np.matmul(x, w)[0, 1] + np.dot(x, w)[1, 0]


@example(S, U)
def quadratic_form(s, u):
    return 0.5 * u @ s @ u - u.sum()


@example(S, U)
def rayleigh_quotient(s, u):
    return (u @ (s @ u)) / (u @ u)


@example(U, V)
def outer(u, x):
    return np.sum(np.outer(u, x) ** 2)


@example(X, W, np.array([0.1, -0.2]))
def dense_layer(x, w, b):
    return np.mean(np.maximum(x @ w + b, 0.0) ** 2)


@example(X, W, np.array([0.1, -0.2]), np.array([[0.7], [-0.4]]), np.array([0.3, 1.1]))
def two_layers(x, w1, b1, w2, y):
    hidden = np.tanh(x @ w1 + b1)
    return np.mean(((hidden @ w2)[:, 0] - y) ** 2)


@example(np.stack([X, X * 2]), W)
def batched_product(x, w):
    return np.sum(np.sin(x @ w))


@example(W, np.array([[0, 1], [1, 0]]), argnums=(0,))
def logistic_regression(w, labels):
    scores = X @ w
    return np.mean(np.log1p(np.exp(-scores * (2 * labels - 1)))) + 0.01 * np.sum(w**2)


@example(M)
def gram(a):
    return np.trace(a @ a.T) + np.sum(a.T.dot(a))


@example(U, np.array([0.4, -1.0, 0.2]))
def cosine_similarity(a, b):
    return a.dot(b) / (np.linalg.norm(a) * np.linalg.norm(b))


@example(X)
def attention(x):
    scores = x @ x.T / np.sqrt(x.shape[1])
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.sum((e / e.sum(axis=1, keepdims=True)) @ x)


@example(X)
def layer_norm(x):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-3)
