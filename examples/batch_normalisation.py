"""Batch normalisation: what goes into a sigmoid is brought to where the sigmoid has a slope.

The layer takes from each unit its mean over the batch, divides by its spread, then scales and shifts
with two learnt numbers; in use it takes running averages instead (Ioffe & Szegedy 2015).  The mean and
the spread depend on every point of the batch, so the gradient of one point goes through all:

    x̄ = γ / (N s) (N ȳ − Σ ȳ − x̂ Σ ȳ x̂)

The generated adjoint agrees with that formula.  A bias before the layer has the gradient 0, since the
mean takes it out again.

    python examples/batch_normalisation.py [FOLDER]
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import adcompiler as ad

EPSILON, MOMENTUM = 1e-5, 0.9


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


@dataclass
class BatchNorm:
    gamma: np.ndarray
    beta: np.ndarray
    running_mean: np.ndarray
    running_var: np.ndarray

    @classmethod
    def of(cls, units):
        return cls(np.ones(units), np.zeros(units), np.zeros(units), np.ones(units))

    def __call__(self, x, training=True):
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = MOMENTUM * self.running_mean + (1.0 - MOMENTUM) * mean
            self.running_var = MOMENTUM * self.running_var + (1.0 - MOMENTUM) * var
        else:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + EPSILON) + self.beta


@dataclass
class Network:
    """Two inputs, a hidden layer of sigmoids, with or without the normalisation, one output."""

    w1: np.ndarray
    b1: np.ndarray
    norm: BatchNorm
    w2: np.ndarray
    b2: np.ndarray

    def __call__(self, x, normalise, training=True):
        h = x @ self.w1 + self.b1
        if normalise:
            h = self.norm(h, training)
        return sigmoid(h) @ self.w2 + self.b2


def loss(net, x, y, normalise):
    """The cross-entropy; the averages that the layer kept go out beside it."""
    z = net(x, normalise)
    return np.mean(np.logaddexp(0.0, z) - y * z), (net.norm.running_mean, net.norm.running_var)


loss_and_gradient = ad.value_and_grad(loss, has_aux=True)


def adjoint_by_hand(norm, x, y_bar):
    """Of the input, the scale and the shift, as in the paper."""
    spread = np.sqrt(x.var(axis=0) + EPSILON)
    hat = (x - x.mean(axis=0)) / spread
    inner = len(x) * y_bar - y_bar.sum(axis=0) - hat * (y_bar * hat).sum(axis=0)
    return norm.gamma / (len(x) * spread) * inner, (y_bar * hat).sum(axis=0), y_bar.sum(axis=0)


def data(count=200, seed=0):
    """Two rings, far from the origin and of very different units."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % 2
    angle, radius = (
        random.uniform(0.0, 2.0 * np.pi, count),
        1.0 + y + 0.1 * random.normal(size=count),
    )
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return ring * np.array([10.0, 0.5]) + np.array([30.0, -2.0]), y.astype(float)


def network(hidden=16, seed=1):
    random = np.random.default_rng(seed)
    w1, w2 = random.normal(size=(2, hidden)), random.normal(size=hidden) / np.sqrt(hidden)
    return Network(w1, np.zeros(hidden), BatchNorm.of(hidden), w2, 0.0)


def train(x, y, normalise, steps=600, rate=4.0):
    net, losses = network(), []
    for _ in range(steps):
        (value, averages), by = loss_and_gradient(net, x, y, normalise)
        losses.append(value)
        net.w1 -= rate * by.w1
        net.b1 -= rate * by.b1
        net.w2 -= rate * by.w2
        net.b2 -= rate * by.b2
        net.norm.gamma -= rate * by.norm.gamma
        net.norm.beta -= rate * by.norm.beta
        net.norm.running_mean, net.norm.running_var = averages
    return net, losses


def saturated(h, limit=0.01):
    """The share of sigmoids with a slope below `limit`."""
    return np.mean(sigmoid(h) * (1.0 - sigmoid(h)) < limit)


def draw(plain, normal, folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9.0, 3.5), layout="constrained")
    x, _ = data()
    net = network()
    before = x @ net.w1
    axes[0].hist(before.ravel(), bins=60, density=True, alpha=0.6, label="before")
    axes[0].hist(net.norm(before).ravel(), bins=30, density=True, alpha=0.6, label="after")
    axes[0].set_xlabel("input of the sigmoids")
    axes[1].semilogy(plain, label="without")
    axes[1].semilogy(normal, label="with normalisation")
    axes[1].set_xlabel("step")
    axes[1].set_ylabel("loss")
    for axis in axes:
        axis.legend()
    path = Path(folder) / "batch_normalisation.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def main() -> None:
    x, y = data()
    net = network()
    before = x @ net.w1
    y_bar = np.random.default_rng(2).normal(size=before.shape)
    # the layer remembers its averages, so that it has to be an argument: nothing outside is written
    _, pullback = ad.vjp(lambda norm, x: norm(x), net.norm, before)
    norm_bar, x_bar = pullback(y_bar)
    for name, found, expected in zip(
        ("x", "gamma", "beta"),
        (x_bar, norm_bar.gamma, norm_bar.beta),
        adjoint_by_hand(net.norm, before, y_bar),
        strict=True,
    ):
        agrees = np.allclose(found, expected, rtol=1e-10, atol=1e-12)
        print(f"{name + '_bar':<10} {'agrees with the paper' if agrees else 'DIFFERS'}")
    _, by = loss_and_gradient(net, x, y, True)
    print(f"gradient of the bias before the layer: at most {np.max(np.abs(by.b1)):.0e}")
    print(
        f"saturated sigmoids: {saturated(before):.0%} before, {saturated(net.norm(before)):.0%} after"
    )

    for rate in (0.5, 4.0):
        (_, plain), (normal_net, normal) = (train(x, y, kind, rate=rate) for kind in (False, True))
        print(
            f"loss after {len(plain)} steps of {rate}: {plain[-1]:.3f} without, {normal[-1]:.3f} with"
        )
    right = np.mean((normal_net(x, True, training=False) > 0.0) == (y > 0.5))
    print(f"right in use, with the running averages: {right:.1%}\n")

    def layer(gamma, beta, x, y_bar):
        mean, var = x.mean(axis=0), x.var(axis=0)
        return np.sum(y_bar * (gamma * (x - mean) / np.sqrt(var + EPSILON) + beta))

    print(ad.grad(layer, argnums="x").source(net.norm.gamma, net.norm.beta, before, y_bar))
    try:
        folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
        print("drawn:", draw(plain, normal, folder))
    except ImportError as missing:
        print("not drawn:", missing)


if __name__ == "__main__":
    main()
