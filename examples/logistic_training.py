"""One neuron with one input, trained by gradient descent: f(x) = 1 / (1 + exp(-(w0 + w1 x))).

A hundred steps of 0.01 along the gradient of the negative log-likelihood.  The derivative of each
probability leads to the closed form ∂L/∂w = Σ (f(x) − y) (1, x), which the generated program is
compared with.  What makes such training work on real data is in training_tricks.py.
"""

import numpy as np

import adcompiler as ad

STEPS, RATE = 100, 0.01


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def predictions(weights, inputs):
    return sigmoid(inputs @ weights)


def negative_log_likelihood(weights, inputs, targets):
    """−Σ log p, where p is the probability that the model gives to what was seen."""
    likely = predictions(weights, inputs)
    likelihood = likely * targets + (1.0 - likely) * (1.0 - targets)
    return -np.sum(np.log(likelihood))


gradient = ad.grad(negative_log_likelihood)


def gradient_by_hand(weights, inputs, targets):
    return inputs.T @ (predictions(weights, inputs) - targets)


def data(count=40, seed=4):
    """Hours of study and whether the examination was passed; the first column is for w0."""
    random = np.random.default_rng(seed)
    hours = random.uniform(0.0, 6.0, size=count)
    passed = random.uniform(size=count) < sigmoid(1.5 * (hours - 3.0))
    return np.stack([np.ones(count), hours], axis=1), passed.astype(float)


def train(inputs, targets, steps=STEPS, rate=RATE):
    weights = np.zeros(inputs.shape[1])
    losses = [negative_log_likelihood(weights, inputs, targets)]
    for _ in range(steps):
        weights -= rate * gradient(weights, inputs, targets)
        losses.append(negative_log_likelihood(weights, inputs, targets))
    return weights, losses


def main() -> None:
    inputs, targets = data()
    weights, losses = train(inputs, targets)
    print(f"initial loss: {losses[0]:.6f}")
    print(f"final loss:   {losses[-1]:.6f}  after {STEPS} steps of {RATE}")
    print(f"f(x) = sigmoid({weights[0]:.4f} + {weights[1]:.4f} x)")
    right = np.mean((predictions(weights, inputs) > 0.5) == (targets > 0.5))
    print(f"right: {right:.1%}")
    difference = gradient(weights, inputs, targets) - gradient_by_hand(weights, inputs, targets)
    print(f"difference to the gradient by hand: {np.max(np.abs(difference)):.0e}\n")
    print(gradient.source(weights, inputs, targets))


if __name__ == "__main__":
    main()
