"""Why 152 layers train: the gradient in each layer of a plain and of a residual network.

Both have the same weights, in 76 blocks of two layers.  A residual block adds its input to what it
computes, x + F(x), so that its Jacobian is I + F′ and the gradient has a way around every block
(He et al. 2015).  In the plain network it is multiplied by 152 matrices and dies on the way.

The norms are those of the gradient of the loss with respect to what goes into each layer's ReLU,
which is the gradient of its bias.  With matplotlib they are drawn:

    python examples/residual_network.py [FOLDER]
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import adcompiler as ad

LAYERS, WIDTH = 152, 24


def relu(x):
    return np.maximum(0.0, x)


@dataclass
class Network:
    """All layers have one width, so that their weights are one array, and their biases another."""

    weights: np.ndarray
    biases: np.ndarray
    residual: bool

    def __call__(self, x):
        for layer in range(0, len(self.weights), 2):
            h = relu(self.weights[layer] @ x + self.biases[layer])
            h = self.weights[layer + 1] @ h + self.biases[layer + 1]
            if self.residual:
                h += x
            x = relu(h)
        return x


def network(residual, layers=LAYERS, width=WIDTH, seed=0):
    """Random weights that make the signal smaller in each layer."""
    random = np.random.default_rng(seed)
    weights = 0.6 * random.normal(size=(layers, width, width)) / np.sqrt(width)
    return Network(weights, np.zeros((layers, width)), residual)


def loss(net, x, target):
    return 0.5 * np.sum((net(x) - target) ** 2)


gradient = ad.grad(loss)


def inputs(width=WIDTH, seed=1):
    """A picture that went through a ReLU, and a target."""
    x, target = np.abs(np.random.default_rng(seed).normal(size=(2, width)))
    return x, target


def norms(net, x, target):
    """The gradient norm in each layer."""
    return np.linalg.norm(gradient(net, x, target).biases, axis=1)


def draw(plain, residual, folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.0, 4.0), layout="constrained")
    layers = np.arange(1, len(plain) + 1)
    axes.semilogy(layers, residual, label="residual")
    axes.semilogy(layers, plain, label="plain")
    axes.set_xlabel("layer")
    axes.set_ylabel("norm of the gradient")
    axes.legend()
    path = Path(folder) / "residual_network.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def main() -> None:
    x, target = inputs()
    plain, residual = (norms(network(kind), x, target) for kind in (False, True))
    print(f"{'layer':>5} {'plain':>10} {'residual':>10}")
    for layer in (1, 2, 25, 50, 75, 100, 125, 151, 152):
        print(f"{layer:5d} {plain[layer - 1]:10.2e} {residual[layer - 1]:10.2e}")
    print(f"\nfirst layer to last, plain:    {plain[0] / plain[-1]:.0e}")
    print(f"first layer to last, residual: {residual[0] / residual[-1]:.2f}\n")
    print(gradient.source(network(True), x, target))
    try:
        folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
        print("drawn:", draw(plain, residual, folder))
    except ImportError as missing:
        print("not drawn:", missing)


if __name__ == "__main__":
    main()
