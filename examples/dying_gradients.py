"""Where gradients die: the slopes of sigmoid and ReLU, and what is left of them after many layers.

At −10, 0 and 10 the sigmoid has the slopes 4.54e-5, 0.25 and 4.54e-5, the ReLU 0, 0 and 1.  What
comes back through a layer is multiplied by that slope, so that n sigmoids in a row leave at most
0.25ⁿ: a unit in saturation no longer learns, and neither does what stands before it.

With matplotlib the slopes are drawn:

    python examples/dying_gradients.py [FOLDER]
"""

import math
import sys
import tempfile
from pathlib import Path

import numpy as np

import adcompiler as ad


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def relu(x):
    return np.maximum(0.0, x)


ACTIVATIONS = (sigmoid, relu)
POINTS = (-10.0, 0.0, 10.0)


def slope(activation, x):
    """The derivative at each element of an array, in one forward sweep."""
    return ad.jvp(activation, (x,), (np.ones_like(x),))[1]


def stack(x, activation, layers):
    """`layers` units in a row, with weight 1 and without bias."""
    for _ in range(layers):
        x = activation(x)
    return x


def dead_share(activation, spread, count=10_000, limit=1e-3):
    """Of inputs spread normally: the share whose slope is below `limit`."""
    x = spread * np.random.default_rng(0).normal(size=count)
    return np.mean(slope(activation, x) < limit)


def draw(folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    x = np.linspace(-12.0, 12.0, 481)
    figure, axes = plt.subplots(1, 2, figsize=(9.0, 3.5), layout="constrained")
    for axis, activation in zip(axes, ACTIVATIONS, strict=True):
        by_x = slope(activation, x)
        axis.plot(x, activation(x), color="tab:green", label=activation.__name__)
        axis.plot(x, by_x, color="tab:red", label="its derivative")
        axis.fill_between(x, 0, 1, where=by_x < 0.01, alpha=0.15, label="below 0.01: gradients die")
        axis.set_ylim(-0.1, 1.9)
        axis.legend(loc="upper left")
    path = Path(folder) / "dying_gradients.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def main() -> None:
    print(
        f"{'x':>5}"
        + "".join(f" {activation.__name__ + ' slope':>14}" for activation in ACTIVATIONS)
    )
    for x in POINTS:
        print(
            f"{x:5.0f}" + "".join(f" {ad.grad(activation)(x):14.3g}" for activation in ACTIVATIONS)
        )
    print(f"\n{'layers':>6} {'sigmoid':>10} {'at most':>10} {'relu':>6}")
    for layers in (1, 2, 5, 10, 20):
        left, kept = (ad.grad(stack)(0.5, activation, layers) for activation in ACTIVATIONS)
        print(f"{layers:6d} {left:10.2e} {math.pow(0.25, layers):10.2e} {kept:6.1f}")
    print("\ninputs with a slope below 0.001:")
    for spread in (1.0, 5.0, 20.0):
        shares = ", ".join(f"{a.__name__} {dead_share(a, spread):.0%}" for a in ACTIVATIONS)
        print(f"  spread {spread:4.0f}: {shares}")
    for activation in ACTIVATIONS:
        print("\n" + ad.grad(activation).source(1.0).rstrip())
    print("\n" + ad.grad(stack).source(0.5, sigmoid, 10))
    try:
        print("drawn:", draw(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()))
    except ImportError as missing:
        print("not drawn:", missing)


if __name__ == "__main__":
    main()
