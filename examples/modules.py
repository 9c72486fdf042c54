"""Everything is a module: the parts of neural networks, each with its local gradient.

A module is an object with parameters that is called with its input.  None of the classes below has
a `backward`: the local gradients are generated from `__call__`, by the input and by the parameters,
and each is compared with the formula that textbooks print.  A module of modules is a module.
"""

from dataclasses import dataclass

import numpy as np

import adcompiler as ad


@dataclass
class Module:
    """Parameters are the fields; a gradient by a module is a module of gradients."""

    def __call__(self, x):
        raise NotImplementedError


@dataclass
class Linear(Module):
    w: np.ndarray

    def __call__(self, x):
        return self.w.T @ x


class ReLU(Module):
    def __call__(self, x):
        return np.maximum(0.0, x)


class Softplus(Module):
    def __call__(self, x):
        return np.logaddexp(0.0, x)


@dataclass
class NoisyReLU(Module):
    """The noise is given, so that a call can be repeated."""

    noise: np.ndarray

    def __call__(self, x):
        return np.maximum(0.0, x + self.noise)


class LeakyReLU(Module):
    def __call__(self, x):
        return np.where(x > 0.0, x, 0.01 * x)


@dataclass
class ParametricReLU(Module):
    beta: float

    def __call__(self, x):
        return np.where(x > 0.0, x, self.beta * x)


class Sigmoid(Module):
    def __call__(self, x):
        return 1.0 / (1.0 + np.exp(-x))


class Tanh(Module):
    """By a sigmoid that is stretched and shifted."""

    def __call__(self, x):
        return 2.0 * Sigmoid()(2.0 * x) - 1.0


class Softmax(Module):
    """Shifted by the maximum, so that no exponential overflows."""

    def __call__(self, x):
        e = np.exp(x - np.max(x))
        return e / np.sum(e)


class L1Norm(Module):
    def __call__(self, x):
        return x / np.sum(np.abs(x))


class L2Norm(Module):
    def __call__(self, x):
        return x / np.sqrt(np.sum(x * x))


@dataclass
class Dropout(Module):
    """Drops where `mask` is False, and makes up for it."""

    mask: np.ndarray
    keep: float

    def __call__(self, x):
        x = x.copy()
        x[~self.mask] = 0.0
        return x / self.keep


@dataclass
class EuclideanLoss(Module):
    y: np.ndarray

    def __call__(self, x):
        return 0.5 * np.sum((self.y - x) ** 2)


@dataclass
class CrossEntropy(Module):
    y: np.ndarray

    def __call__(self, x):
        return -np.sum(self.y * np.log(x))


@dataclass
class HingeLoss(Module):
    """Of a label of ±1 for each score."""

    y: np.ndarray

    def __call__(self, x):
        return np.sum(np.maximum(0.0, 1.0 - self.y * x))


@dataclass
class Chain(Module):
    """A module of modules."""

    parts: list

    def __call__(self, x):
        for part in self.parts:
            x = part(x)
        return x


X = np.array([0.4, -1.3, 2.1])
Y = np.array([0.0, 1.0, 0.0])
SIGNS = np.array([1.0, 1.0, -1.0])
W = np.array([[0.3, -0.2], [0.1, 0.7], [-0.5, 0.4]])
NOISE = np.array([-0.9, 0.2, 0.1])
MASK = np.array([True, False, True])
P = Softmax()(X)
S = Sigmoid()(X)

#: each module, its input, and ∂a/∂x as textbooks print it
ZOO = [
    (Linear(W), X, W.T),
    (ReLU(), X, np.diag(X > 0.0)),
    (Softplus(), X, np.diag(S)),
    (NoisyReLU(NOISE), X, np.diag(X + NOISE > 0.0)),
    (LeakyReLU(), X, np.diag(np.where(X > 0.0, 1.0, 0.01))),
    (ParametricReLU(0.25), X, np.diag(np.where(X > 0.0, 1.0, 0.25))),
    (Sigmoid(), X, np.diag(S * (1.0 - S))),
    (Tanh(), X, np.diag(1.0 - np.tanh(X) ** 2)),
    (Softmax(), X, np.diag(P) - np.outer(P, P)),
    (L1Norm(), X, (np.eye(3) - np.outer(X, np.sign(X)) / 3.8) / 3.8),
    (L2Norm(), X, (np.eye(3) - np.outer(X, X) / (X @ X)) / np.sqrt(X @ X)),
    (Dropout(MASK, 0.8), X, np.diag(MASK / 0.8)),
    (EuclideanLoss(Y), X, X - Y),
    (CrossEntropy(Y), P, -Y / P),
    (HingeLoss(SIGNS), X, np.where(SIGNS * X < 1.0, -SIGNS, 0.0)),
    (Chain([Softmax(), CrossEntropy(Y)]), X, P - Y),
]


def apply(module, x):
    return module(x)


def by_input(module, x):
    """∂a/∂x: a matrix, or a vector where the activation is one number."""
    return ad.jacobian(apply, argnums="x")(module, x)


def by_parameters(module, x):
    """∂a/∂w for each parameter, in a module of the same class."""
    return ad.jacobian(apply, argnums="module")(module, x)


def elementwise(module, x):
    """The diagonal of a Jacobian that has nothing beside it, in one sweep."""
    return ad.jvp(lambda x: module(x), (x,), (np.ones_like(x),))[1]


def is_diagonal(matrix):
    square = matrix.ndim == 2 and len(matrix) == matrix.shape[1]
    return square and not np.any(matrix - np.diag(np.diag(matrix)))


def name(module):
    if isinstance(module, Chain):
        return " → ".join(name(part) for part in module.parts)
    return type(module).__name__


def main() -> None:
    print(f"{'module':<24} {'activation':>24}  ∂a/∂x")
    for module, x, expected in ZOO:
        found = by_input(module, x)
        agrees = "agrees" if np.allclose(found, expected, rtol=1e-13, atol=1e-15) else "DIFFERS"
        shape = "×".join(map(str, found.shape))
        kind = ""
        if is_diagonal(found) and np.array_equal(np.diag(found), elementwise(module, x)):
            kind = ", diagonal: one sweep gives it"
        activation = np.array2string(np.asarray(module(x)), precision=4, suppress_small=True)
        print(f"{name(module):<24} {activation:>24}  {shape} {agrees}{kind}")

    print("\n∂a/∂β of the parametric ReLU:", by_parameters(ParametricReLU(0.25), X).beta)
    by_w = by_parameters(Linear(W), X).w
    print("∂a/∂w of the linear module:", by_w.shape, "of which ∂a₀/∂w:\n", by_w[0], sep=" ")
    print("\nthe full Jacobian of the softmax:\n", by_input(Softmax(), X), sep="")
    print("at 1000 and 1001:", Softmax()(np.array([1000.0, 1001.0])))

    combined = Chain([Softmax(), CrossEntropy(Y)])
    for module, x in ((Sigmoid(), 0.4), (combined, X)):
        print(f"\n--- {name(module)}\n")
        print(ad.grad(apply, argnums="x").source(module, x).rstrip())
    network = Chain([Linear(W), ParametricReLU(0.25), Linear(W[:2, :1]), Sigmoid()])

    def total(module, x):
        return np.sum(module(x))

    print(f"\n--- {name(network)}, by its parameters\n")
    gradient = ad.grad(total)
    print(gradient.source(network, X))
    print(gradient(network, X))


if __name__ == "__main__":
    main()
