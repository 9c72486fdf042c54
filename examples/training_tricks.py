"""What makes training work: mini-batches, clipping, initialisation, early stopping, L2 regularisation.

A network of two layers tells benign from malignant tumours (the breast cancer data of scikit-learn).
The model is one function; each trick is an argument of the training, switched on by itself and its
effect measured.  Clipping stands where it acts, in the model: `ad.with_cotangent` hands the weights on
as they are and cuts what comes back for them.  The generated programs with and without it are shown.

Needs scikit-learn.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_breast_cancer

import adcompiler as ad


@dataclass
class Network:
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: float

    def __call__(self, x):
        h = np.maximum(0.0, x @ self.w1 + self.b1)
        return h @ self.w2 + self.b2

    def step(self, gradient, rate):
        self.w1 -= rate * gradient.w1
        self.b1 -= rate * gradient.b1
        self.w2 -= rate * gradient.w2
        self.b2 -= rate * gradient.b2

    def copy(self):
        return Network(self.w1.copy(), self.b1.copy(), self.w2.copy(), self.b2)


def initialised(inputs, hidden, how="he", seed=0):
    """Zeros leave all units equal for ever; large weights saturate; He's keep the variance."""
    random = np.random.default_rng(seed)
    w1, w2 = random.normal(size=(inputs, hidden)), random.normal(size=hidden)
    if how == "zeros":
        w1, w2 = 0.0 * w1, 0.0 * w2
    elif how == "large":
        w1, w2 = 3.0 * w1, 3.0 * w2
    else:
        w1, w2 = w1 * np.sqrt(2.0 / inputs), w2 * np.sqrt(1.0 / hidden)
    return Network(w1, np.zeros(hidden), w2, 0.0)


def cross_entropy(net, x, y):
    z = net(x)
    return np.mean(np.logaddexp(0.0, z) - y * z)


def loss(net, x, y, decay=0.0, limit=None):
    """The cross-entropy, with a penalty on large weights; `limit` cuts each part of the gradient."""
    w1, w2 = net.w1, net.w2
    if limit is not None:
        w1 = ad.with_cotangent(w1, lambda bar: np.clip(bar, -limit, limit))
        w2 = ad.with_cotangent(w2, lambda bar: np.clip(bar, -limit, limit))
    net = Network(w1, net.b1, w2, net.b2)
    return cross_entropy(net, x, y) + decay * (np.sum(w1**2) + np.sum(w2**2))


gradient = ad.grad(loss)


def data(seed=0):
    """Standardised, in parts for training, for stopping and for the test."""
    x, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order], y[order].astype(float)
    x = (x - x[:300].mean(axis=0)) / x[:300].std(axis=0)
    return (x[:300], y[:300]), (x[300:430], y[300:430]), (x[430:], y[430:])


def batches(x, y, size, random):
    order = random.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def train(
    part, held_out, epochs=30, rate=0.1, hidden=16, how="he", batch=32, patience=None, **tricks
):
    """The network, and for each epoch the loss on its own data and on the data held out.

    With `patience` it stops when the loss on the data held out was not lowered for so many epochs,
    and returns to the best network.
    """
    (x, y), random = part, np.random.default_rng(1)
    net = initialised(x.shape[1], hidden, how)
    best, history = net.copy(), []
    for _ in range(epochs):
        for some_x, some_y in batches(x, y, batch, random):
            net.step(gradient(net, some_x, some_y, **tricks), rate)
        history.append((cross_entropy(net, x, y), cross_entropy(net, *held_out)))
        if history[-1][1] <= min(value for _, value in history):
            best = net.copy()
        elif (
            patience is not None
            and len(history) - 1 - np.argmin([v for _, v in history]) >= patience
        ):
            break
    return (net if patience is None else best), history


def right(net, x, y):
    return np.mean((net(x) > 0.0) == (y > 0.5))


def with_an_outlier(part, size=1000.0):
    """One point mislabelled and far out, as in a data set that nobody has looked through."""
    x, y = part[0].copy(), part[1].copy()
    x[0] *= size / np.linalg.norm(x[0])
    y[0] = 1.0 - y[0]
    return x, y


def size_of(net):
    return np.sqrt(np.sum(net.w1**2) + np.sum(net.w2**2))


def main() -> None:
    part, held_out, test = data()
    print(f"{len(part[0])} points to train, {len(held_out[0])} held out, {len(test[0])} to test\n")

    print("mini-batches (30 epochs each)")
    for batch in (300, 32, 1):
        net, history = train(part, held_out, batch=batch, rate=0.1 if batch > 1 else 0.01)
        steps = -(-len(part[0]) // batch) * len(history)
        print(
            f"  of {batch:3d}: {steps:5d} steps, loss {history[-1][0]:.4f}, right {right(net, *test):.1%}"
        )

    print("clipping, with a wild point in the data")
    wild = with_an_outlier(part)
    for limit in (None, 0.05):
        net, history = train(wild, held_out, limit=limit)
        print(
            f"  {f'at {limit}' if limit else 'none':<8}: loss on the data held out "
            f"{history[-1][1]:.4g}, right {right(net, *test):.1%}"
        )

    print("initialisation")
    for how in ("zeros", "large", "he"):
        net, history = train(part, held_out, how=how, epochs=5)
        alike = "all units alike" if np.ptp(net.w1, axis=1).max() == 0.0 else "units differ"
        print(f"  {how:<6}: loss {history[-1][0]:.4f} after 5 epochs, {alike}")

    print("early stopping")
    few = (part[0][:60], part[1][:60])
    for patience in (None, 10):
        net, history = train(few, held_out, epochs=300, rate=0.3, patience=patience)
        print(
            f"  {'none' if patience is None else f'patience {patience}':<11}: {len(history):3d} epochs, loss "
            f"{cross_entropy(net, *few):.4f}, on the data held out {cross_entropy(net, *held_out):.4f}"
        )

    print("L2 regularisation")
    for decay in (0.0, 0.001, 0.01):
        net, history = train(few, held_out, epochs=300, rate=0.1, decay=decay)
        print(
            f"  {decay:5}: size of the weights {size_of(net):5.2f}, loss {history[-1][0]:.4f}, "
            f"on the data held out {history[-1][1]:.4f}"
        )

    net, (x, y) = initialised(30, 16), part
    print("\n--- without tricks\n\n" + gradient.source(net, x, y))
    print("--- with clipping and a penalty\n\n" + gradient.source(net, x, y, 0.01, 0.05))


if __name__ == "__main__":
    main()
