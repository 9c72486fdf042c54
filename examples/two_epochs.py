"""Backpropagation step by step: what is stored, what is computed again, and what shape it has.

A network of two sigmoid layers, 15 → 10 → 5, with the squared error: a¹ = σ(w¹ᵀ x), a² = σ(w²ᵀ a¹),
L = ½ ‖y − a²‖².  In each epoch the forward sweep stores the activations a¹ and a², with the exponentials
e that led to them, and the reverse sweep reads them: σ′ = a (1 − a) is a / (1 + e) · e there, so that
nothing is computed twice.  After the step the weights are others, and all of it is computed again.
The evaluation trace shows this for one number in each layer, at epoch t and at epoch t + 1.
"""

from dataclasses import dataclass

import numpy as np

import adcompiler as ad

SIZES = (15, 10, 5)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@dataclass
class Network:
    w1: np.ndarray
    w2: np.ndarray

    def __call__(self, x):
        a1 = sigmoid(self.w1.T @ x)
        return sigmoid(self.w2.T @ a1)

    def step(self, gradient, rate):
        self.w1 = self.w1 - rate * gradient.w1
        self.w2 = self.w2 - rate * gradient.w2


def loss(network, x, y):
    return 0.5 * np.sum((y - network(x)) ** 2)


def scalar_loss(w1, w2, x, y):
    """The same with one number in each layer."""
    a1 = sigmoid(w1 * x)
    a2 = sigmoid(w2 * a1)
    return 0.5 * (y - a2) ** 2


def network(sizes=SIZES, seed=0):
    random = np.random.default_rng(seed)
    first, hidden, last = sizes
    return Network(random.normal(size=(first, hidden)), random.normal(size=(hidden, last)))


def data(sizes=SIZES, seed=1):
    random = np.random.default_rng(seed)
    return random.normal(size=sizes[0]), random.uniform(size=sizes[-1])


@dataclass
class Activations:
    """What the forward sweep stores for each layer."""

    a1: np.ndarray
    a2: np.ndarray


def forward(network, x):
    a1 = sigmoid(network.w1.T @ x)
    return Activations(a1, sigmoid(network.w2.T @ a1))


def backward_by_hand(network, x, y, a):
    """The recursion: ∂L/∂a² first, then each layer from the one behind it."""
    by_a2 = -(y - a.a2)
    by_z2 = by_a2 * a.a2 * (1.0 - a.a2)
    by_a1 = network.w2 @ by_z2
    by_z1 = by_a1 * a.a1 * (1.0 - a.a1)
    return {
        "∂L/∂a²": by_a2,
        "∂L/∂w²": np.outer(a.a1, by_z2),
        "∂L/∂a¹": by_a1,
        "∂L/∂w¹": np.outer(x, by_z1),
    }


def by_layers(network, x, y):
    """The same four, each generated: ∂L/∂a from the part of the network behind a."""
    a = forward(network, x)
    by_w = ad.grad(loss)(network, x, y)

    def behind_a1(a1):
        return 0.5 * np.sum((y - sigmoid(network.w2.T @ a1)) ** 2)

    return {
        "∂L/∂a²": ad.grad(lambda a2: 0.5 * np.sum((y - a2) ** 2))(a.a2),
        "∂L/∂w²": by_w.w2,
        "∂L/∂a¹": ad.grad(behind_a1)(a.a1),
        "∂L/∂w¹": by_w.w1,
    }


def size(array):
    return f"{len(array)}×{array.shape[1] if array.ndim > 1 else 1}"


def main() -> None:
    net, (x, y) = network(), data()
    a = forward(net, x)
    print("dimensions, forward:")
    for name, value in (("x", x), ("w¹", net.w1), ("a¹", a.a1), ("w²", net.w2), ("a²", a.a2)):
        print(f"  {name:<7} {size(value)}")
    print("backward, each of the shape of what it belongs to:")
    by_hand = backward_by_hand(net, x, y, a)
    for name, found in by_layers(net, x, y).items():
        agrees = np.allclose(found, by_hand[name], rtol=1e-12, atol=1e-15)
        print(
            f"  {name:<7} {size(found):<6} {'agrees with the recursion' if agrees else 'DIFFERS'}"
        )

    print("\nthe adjoint: above “reverse sweep” what is stored, below it what is read\n")
    print(ad.adjoint(loss, argnums="network").source(net, x, y))

    print("epoch by epoch, steps of 0.5:")
    gradient = ad.value_and_grad(loss)
    for epoch in ("t", "t + 1"):
        value, by = gradient(net, x, y)
        a = forward(net, x)
        print(f"epoch {epoch}:")
        print(f"  forward:  a¹ = {a.a1[:3].round(4)}…  a² = {a.a2[:3].round(4)}…  L = {value:.6f}")
        print(
            f"  backward: ‖∂L/∂w²‖ = {np.linalg.norm(by.w2):.6f}  ‖∂L/∂w¹‖ = {np.linalg.norm(by.w1):.6f}"
        )
        net.step(by, 0.5)
    print(f"then:       L = {loss(net, x, y):.6f}")

    w1, w2 = 0.4, -0.7
    for epoch in ("t", "t + 1"):
        print(f"\none number in each layer, at epoch {epoch}:\n")
        print(ad.trace(scalar_loss, w1, w2, 1.5, 1.0, argnums=("w1", "w2")))
        by_w1, by_w2 = ad.grad(scalar_loss, argnums=("w1", "w2"))(w1, w2, 1.5, 1.0)
        w1, w2 = w1 - 0.5 * by_w1, w2 - 0.5 * by_w2


if __name__ == "__main__":
    main()
