"""Losses from one principle: the parameters under which what was seen is most likely.

* A die with a dollar sign on some faces, thrown ten times: with the sign on one face, P(1) = 0.3230 and
  P(2) = 0.2907.  After two signs in ten throws, Newton's method on the generated derivatives of the
  log-likelihood finds p = 0.2, and the second derivative there gives the error of that estimate.
* Two classes: the negative log-likelihood of Bernoulli variables is the binary cross-entropy.
* More classes: that of a softmax is the categorical cross-entropy; its gradient is p − y.
* A Gaussian of fixed width: the squared error, up to a constant; of free width: the spread is learnt too.

    python examples/maximum_likelihood.py [FOLDER]
"""

import math
import sys
import tempfile
from pathlib import Path

import numpy as np

import adcompiler as ad

THROWS, SEEN = 10, 2


def probability(k, p, n=THROWS):
    """Of k signs in n throws."""
    return math.comb(n, k) * p**k * (1.0 - p) ** (n - k)


def log_likelihood(p, k=SEEN, n=THROWS):
    return math.log(math.comb(n, k)) + k * math.log(p) + (n - k) * math.log(1.0 - p)


slope = ad.grad(log_likelihood)
curvature = ad.grad(slope)


def most_likely(p=0.4, tolerance=1e-14):
    """Newton's method on the slope; also how often it stepped."""
    steps = 0
    while abs(slope(p)) > tolerance and steps < 50:
        p -= slope(p) / curvature(p)
        steps += 1
    return p, steps


def binary_cross_entropy(p1, y):
    """Of the probabilities of class 1, each example by itself, as the likelihood is a product."""
    total = 0.0
    for p, seen in zip(p1, y, strict=True):
        if seen == 1:
            total += math.log(p)
        else:
            total += math.log(1.0 - p)
    return -total / len(y)


def likelihood(p1, y):
    product = 1.0
    for p, seen in zip(p1, y, strict=True):
        product *= p if seen == 1 else 1.0 - p
    return product


def cross_entropy_of_logits(z, y):
    """Bernoulli with p = sigmoid(z), in the form that never overflows."""
    return np.mean(np.logaddexp(0.0, z) - y * z)


def log_softmax(z):
    z = z - np.max(z, axis=1, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))


def categorical_cross_entropy(z, one_hot):
    return -np.sum(one_hot * log_softmax(z)) / len(z)


def gaussian(mean, log_spread, y):
    """The negative log-likelihood of y, each with its own mean, all with one spread."""
    z = (y - mean) / np.exp(log_spread)
    return np.mean(0.5 * z**2 + log_spread + 0.5 * math.log(2.0 * math.pi))


def draw(folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    p = np.linspace(0.01, 0.9, 200)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.5), layout="constrained")
    left.stem(range(THROWS + 1), [probability(k, 1 / 6) for k in range(THROWS + 1)])
    left.set_xlabel("signs in ten throws")
    left.set_ylabel("probability")
    right.plot(p, [log_likelihood(q) for q in p], label="log-likelihood of two signs")
    right.plot(p, [slope(q) / 20.0 for q in p], label="its slope / 20")
    right.axvline(most_likely()[0], color="k", linestyle="--")
    right.axhline(0.0, color="k", linewidth=0.5)
    right.set_ylim(-10.0, 5.0)
    right.set_xlabel("p")
    right.legend()
    path = Path(folder) / "maximum_likelihood.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def main() -> None:
    print(
        "one sign on the die: " + ", ".join(f"P({k}) = {probability(k, 1 / 6):.4f}" for k in (1, 2))
    )
    chances = [probability(SEEN, faces / 6) for faces in range(7)]
    print("two signs in ten throws, with a sign on 0 to 6 faces:")
    print("  " + "  ".join(f"{chance:.4f}" for chance in chances))
    print(f"  most likely: {int(np.argmax(chances))} face")
    p, steps = most_likely()
    print(f"any p: {p:.12f} after {steps} Newton steps, ± {1.0 / math.sqrt(-curvature(p)):.4f}\n")
    print(slope.source(0.4))
    print(curvature.source(0.4))

    p1, y = [0.1, 0.3, 0.4, 0.8, 0.6], [0, 0, 0, 1, 1]
    print("five examples, the last two of class 1:")
    print(f"  likelihood {likelihood(p1, y):.6f}, cross-entropy {binary_cross_entropy(p1, y):.6f}")
    print(f"  −log(likelihood) / 5 = {-math.log(likelihood(p1, y)) / 5:.6f}")
    by_p = ad.grad(binary_cross_entropy)(p1, y)
    print("  gradient by p:", ", ".join(f"{slope_:.4f}" for slope_ in by_p))

    z = np.random.default_rng(0).normal(size=(4, 3))
    one_hot = np.eye(3)[[0, 2, 1, 1]]
    by_z = ad.grad(categorical_cross_entropy)(z, one_hot)
    by_hand = (np.exp(log_softmax(z)) - one_hot) / len(z)
    print(f"softmax: difference of the gradient to p − y: {np.max(np.abs(by_z - by_hand)):.0e}\n")
    print(ad.grad(categorical_cross_entropy).source(z, one_hot))

    observed = np.array([1.2, 0.7, 1.9, 1.4])
    by_mean, by_spread = ad.grad(gaussian, argnums=(0, 1))(np.ones(4), 0.0, observed)
    print("Gaussian: gradient by the means:", by_mean, " (mean − y) / n:", (1.0 - observed) / 4)
    print(f"          by the log of the spread: {by_spread:.6f}")
    try:
        print("drawn:", draw(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()))
    except ImportError as missing:
        print("not drawn:", missing)


if __name__ == "__main__":
    main()
