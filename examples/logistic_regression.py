"""Logistic regression with its parameters in a dict, trained by gradient descent.

The loss is the mean negative log-likelihood in its stable form, with a ridge penalty; the gradient
comes back as a dict of the same form.  It is compared with the closed form (y_hat - y) x, and the
curvature, taken as Hessian times vector, with Xᵀ diag(y_hat (1 - y_hat)) X.
"""

import numpy as np

import adcompiler as ad

RIDGE = 0.01


def loss(params, x, y):
    z = x @ params["w"] + params["b"]
    likelihood = np.mean(np.logaddexp(0.0, z) - y * z)
    return likelihood + 0.5 * RIDGE * np.sum(params["w"] ** 2)


loss_and_gradient = ad.value_and_grad(loss)


def gradient_by_hand(params, x, y):
    error = 1.0 / (1.0 + np.exp(-(x @ params["w"] + params["b"]))) - y
    return {"w": x.T @ error / len(y) + RIDGE * params["w"], "b": np.mean(error)}


def data(count=200, seed=0):
    """Two overlapping clouds of points."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % 2
    return random.normal(size=(count, 2)) + np.outer(2.0 * y - 1.0, [1.0, 0.5]), y.astype(float)


def train(x, y, steps=100, rate=0.5):
    params = {"w": np.zeros(x.shape[1]), "b": 0.0}
    losses = []
    for _ in range(steps):
        value, gradient = loss_and_gradient(params, x, y)
        losses.append(value)
        params = {key: params[key] - rate * gradient[key] for key in params}
    return params, losses


def main() -> None:
    x, y = data()
    params, losses = train(x, y)
    print(f"loss: {losses[0]:.6f} at the start, {losses[-1]:.6f} after {len(losses)} steps")
    print("w =", params["w"], " b =", params["b"])
    hits = np.mean((x @ params["w"] + params["b"] > 0.0) == (y > 0.5))
    print(f"right: {hits:.1%}")
    start = {"w": np.array([0.3, -0.7]), "b": 0.1}
    _, gradient = loss_and_gradient(start, x, y)
    by_hand = gradient_by_hand(start, x, y)
    print(
        "difference to the closed form:",
        max(np.max(np.abs(gradient[k] - by_hand[k])) for k in gradient),
    )
    direction = np.array([1.0, 2.0])
    curved = ad.hvp(lambda w: loss({"w": w, "b": 0.1}, x, y), (start["w"],), (direction,))
    weight = 1.0 / (2.0 + 2.0 * np.cosh(x @ start["w"] + 0.1))
    expected = x.T @ (weight * (x @ direction)) / len(y) + RIDGE * direction
    print("Hessian times vector:", curved, "difference:", np.max(np.abs(curved - expected)))
    print("\n" + loss_and_gradient.source(params, x, y))


if __name__ == "__main__":
    main()
