"""Programs that solve, factorise and contract: statistics, mechanics, networks."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import example

S = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.8]])
G = np.array([[1.5, 0.4, -0.3], [0.2, 2.0, 0.5], [-0.6, 0.1, 1.2]])
X = np.array([[0.2, -0.5, 0.7], [1.2, 0.4, -0.3], [0.5, 0.9, 0.1], [-0.8, 0.3, 1.1]])
Y = np.array([1.0, -0.5, 0.25, 0.75])
U = np.array([0.4, -1.0, 0.2])


@example(S, U)
def gaussian_log_density(covariance, x):
    _, logdet = np.linalg.slogdet(covariance)
    return -0.5 * (x @ np.linalg.solve(covariance, x) + logdet + x.size * np.log(2.0 * np.pi))


@example(S, U)
def gaussian_by_cholesky(covariance, x):
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, x)
    return -0.5 * np.sum(z**2) - np.sum(np.log(np.diag(factor)))


@example(X, Y, 0.3)
def ridge_loss(x, y, strength):
    weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)
    return np.mean((x @ weights - y) ** 2)


@example(X, Y)
def least_squares(x, y):
    weights, *_ = np.linalg.lstsq(x, y, rcond=None)
    return weights


@example(X, Y)
def least_squares_by_qr(x, y):
    q, r = np.linalg.qr(x)
    return np.linalg.solve(r, q.T @ y)


@example(X, Y)
def least_squares_by_pseudo_inverse(x, y):
    return np.linalg.pinv(x) @ y


@example(X)
def principal_component(x):
    centred = x - x.mean(axis=0)
    w, v = np.linalg.eigh(centred.T @ centred / (len(x) - 1))
    direction = v[:, -1]
    return w[-1] * direction * np.sign(direction[0])


@example(X)
def whitened(x):
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    return np.sum((u @ vt) ** 3) + np.sum(s)


@example(X)
def nuclear_norm(x):
    return np.linalg.norm(x, "nuc") + np.linalg.norm(x, 2) + 0.1 * np.linalg.norm(x)


@example(G)
def matrix_exponential(a):
    total, term = np.eye(3), np.eye(3)
    for k in range(1, 8):
        term = term @ a / k
        total = total + term
    return total


@example(G)
def eigenvalues_by_qr_steps(a):
    for _ in range(3):
        q, r = np.linalg.qr(a)
        a = r @ q
    return np.diag(a)


@example(G, U)
def power_iteration(a, v):
    for _ in range(4):
        v = np.linalg.matrix_power(a, 2) @ v
        v = v / np.linalg.norm(v)
    return v @ a @ v


@example(S, U)
def square_root_of_matrix(a, x):
    w, v = np.linalg.eigh(a)
    return (v * np.sqrt(w)) @ v.T @ x


@example(G)
def volume_and_condition(a):
    return np.linalg.det(a) + np.linalg.cond(a) + np.trace(np.linalg.inv(a))


@example(np.stack([S, S + np.eye(3), 2.0 * S]), X[:3])
def many_systems(matrices, right):
    x = np.linalg.solve(matrices, right[..., None])[..., 0]
    return np.sum(np.linalg.slogdet(matrices)[1] * np.einsum("bi,bi->b", x, right))


@example(np.stack([X, X[::-1] * 1.5]), np.stack([G, S]))
def attention_by_einsum(x, w):
    q = np.einsum("bsi,hij->bhsj", x, w)
    scores = np.einsum("bhsj,bhtj->bhst", q, q) / np.sqrt(3.0)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.einsum("bhst,bti->si", weights, x)


@example(G, S, U)
def bilinear_forms(a, b, x):
    return np.einsum("i,ij,jk,k", x, a, b, x) + np.einsum("ii", a) * np.einsum("ij,ij->", a, b)


@example(G, np.array([[0.5, -1.0], [2.0, 0.3]]))
def kronecker_system(a, b):
    k = np.kron(a, b)
    return np.linalg.solve(k, np.arange(1.0, 7.0)) @ np.ones(6)


@example(X[:3], X[1:])
def contractions(a, b):
    return np.tensordot(a, b, axes=([0, 1], [0, 1])) + np.sum(np.tensordot(a, b, axes=(1, 1)) ** 2)


@example(U, np.array([0.3, 0.7, -0.9]), np.array([1.0, 0.2, 0.4]))
def triple_product(a, b, c):
    return np.cross(a, b) @ c + np.linalg.norm(np.cross(a, np.cross(b, c)), 3)


@example(G, S, U)
def chain(a, b, x):
    return np.linalg.multi_dot([x, a, b, a, x])


@example(X)
def gram_volume(x):
    return np.sqrt(np.linalg.det(x.T @ x)) + np.sum(np.tril(x.T @ x, -1) ** 2)


@example(S)
def eigen_branch(a):
    w, v = np.linalg.eigh(a)
    if w[0] > 1.0:
        return w[0] * v[:, 0] ** 2
    return w[-1] * v[:, -1] ** 2
