"""Layers that pass an error tensor, with hand-written formulas beside generated adjoints.

A network stacks layers; each has `forward(x)` and `backward(error)`, where the error tensor E is the
gradient of the loss with respect to the output of the layer.  The batch is the outermost axis and the bias is
the last row of the weights (the deep-learning exercises of the Pattern Recognition Lab, FAU Erlangen):

    fully connected   Y' = X' W'        E'ₙ₋₁ = E'ₙ W'ᵀ       W' ← W' − η X'ᵀ E'ₙ
    ReLU              max(0, x)         0 where x ≤ 0, else e
    softmax           e^x / Σ e^x       ŷ (E − Σ E ŷ)
    cross-entropy     −Σ ln(ŷ + ε)      −y / ŷ

Each layer's author writes `compute`; `Layer` makes the rest from its pullback.  The subclasses `…ByHand` have the
formulas of the table instead.  Both networks agree to rounding in every step of the training, but for the
cross-entropy: −y/ŷ leaves out the ε of its own loss, which shows where ŷ is not much larger than ε.
A third way is to differentiate the network whole, as the loop over its layers that it is.
"""

from itertools import pairwise

import numpy as np

import adcompiler as ad

EPSILON = np.finfo(float).eps


def with_ones(x):
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def cross_entropy(prediction, label):
    return np.sum(-np.log(prediction[label == 1] + EPSILON))


class Sgd:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def updated(self, weights, gradient):
        return weights - self.learning_rate * gradient


class Layer:
    """`forward` keeps the generated pullback, `backward` runs it and updates the weights, if there are any."""

    weights = optimizer = None

    def forward(self, x):
        operands = (x,) if self.weights is None else (x, self.weights)
        y, self.pullback = ad.vjp(self.compute, *operands)
        return y

    def backward(self, error):
        error, *gradients = self.pullback(error)
        for gradient in gradients:
            self.weights = self.optimizer.updated(self.weights, gradient)
        return error


class FullyConnected(Layer):
    def __init__(self, inputs, outputs, random):
        bound = 1 / np.sqrt(inputs)
        self.weights = random.uniform(-bound, bound, size=(inputs + 1, outputs))

    def compute(self, x, weights):
        return with_ones(x) @ weights


class Relu(Layer):
    def compute(self, x):
        return np.maximum(0.0, x)


class Softmax(Layer):
    def compute(self, x):
        return softmax(x)


class CrossEntropy:
    def compute(self, prediction, label):
        return cross_entropy(prediction, label)

    def forward(self, prediction, label):
        loss, self.pullback = ad.vjp(lambda prediction: self.compute(prediction, label), prediction)
        return loss

    def backward(self, label):
        (error,) = self.pullback(1.0)
        return error


# The formulas of the lecture.


class FullyConnectedByHand(FullyConnected):
    def forward(self, x):
        self.x = with_ones(x)
        return self.x @ self.weights

    def backward(self, error):
        below = error @ self.weights[:-1].T
        self.weights = self.optimizer.updated(self.weights, self.x.T @ error)
        return below


class ReluByHand(Relu):
    def forward(self, x):
        self.x = x
        return self.compute(x)

    def backward(self, error):
        return np.where(self.x <= 0, 0.0, error)


class SoftmaxByHand(Softmax):
    def forward(self, x):
        self.y = self.compute(x)
        return self.y

    def backward(self, error):
        return self.y * (error - np.sum(error * self.y, axis=1, keepdims=True))


class CrossEntropyByHand(CrossEntropy):
    def forward(self, prediction, label):
        self.prediction = prediction
        return self.compute(prediction, label)

    def backward(self, label):
        return -label / self.prediction


class Network:
    """A list of layers, one source of data, one loss; it stores the losses."""

    def __init__(self, optimizer, loss_layer):
        self.optimizer = optimizer
        self.loss_layer = loss_layer
        self.layers = []
        self.losses = []

    def append(self, layer):
        layer.optimizer = self.optimizer
        self.layers.append(layer)

    def forward(self, x, label):
        for layer in self.layers:
            x = layer.forward(x)
        return self.loss_layer.forward(x, label)

    def backward(self, label):
        error = self.loss_layer.backward(label)
        for layer in reversed(self.layers):
            error = layer.backward(error)

    def train(self, x, label, epochs, batch):
        for _ in range(epochs):
            for start in range(0, len(x), batch):
                chosen = slice(start, start + batch)
                self.losses.append(self.forward(x[chosen], label[chosen]))
                self.backward(label[chosen])

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x


def stack(by_hand, sizes, seed=0, learning_rate=0.01):
    random = np.random.default_rng(seed)
    linear, relu, softmax, loss = (
        (FullyConnectedByHand, ReluByHand, SoftmaxByHand, CrossEntropyByHand)
        if by_hand
        else (FullyConnected, Relu, Softmax, CrossEntropy)
    )
    network = Network(Sgd(learning_rate), loss())
    for inputs, outputs in pairwise(sizes[:-1]):
        network.append(linear(inputs, outputs, random))
        network.append(relu())
    network.append(linear(sizes[-2], sizes[-1], random))
    network.append(softmax())
    return network


def whole(network, weights, x, label):
    """The loss of the stacked network with other weights."""
    remaining = list(weights)
    for layer in network.layers:
        x = layer.compute(x) if layer.weights is None else layer.compute(x, remaining.pop(0))
    return network.loss_layer.compute(x, label)


whole_gradient = ad.grad(whole, argnums="weights")


def data_set():
    """The digits of scikit-learn, or blobs of points where it is missing."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        random = np.random.default_rng(3)
        label = random.integers(0, 10, 1797)
        return random.normal(size=(10, 64))[label] + random.normal(size=(1797, 64)), np.eye(10)[
            label
        ]
    x, label = load_digits(return_X_y=True)
    return x / 16, np.eye(10)[label]


def main() -> None:
    x, label = data_set()
    networks = [stack(by_hand, (64, 32, 10)) for by_hand in (False, True)]
    for network in networks:
        network.train(x[:1200], label[:1200], epochs=10, batch=50)
    generated, by_hand = (np.array(network.losses) for network in networks)
    hits = np.mean(networks[0].predict(x[1200:]).argmax(1) == label[1200:].argmax(1))
    print(
        f"loss {generated[0]:.3f} → {generated[-1]:.3f} in {len(generated)} steps, right {hits:.1%} of the test set"
    )
    print(
        f"generated against hand-written, largest difference of a loss: {np.max(np.abs(generated - by_hand)):.1e}"
    )

    network = networks[0]
    weights = [layer.weights for layer in network.layers if layer.weights is not None]
    gradient = whole_gradient(network, weights, x[:50], label[:50])
    network.optimizer = Sgd(1.0)
    for layer in network.layers:
        layer.optimizer = network.optimizer
    network.forward(x[:50], label[:50])
    network.backward(label[:50])
    steps = [w - layer.weights for w, layer in zip(weights, network.layers[::2], strict=True)]
    apart = max(np.max(np.abs(g - s)) for g, s in zip(gradient, steps, strict=True))
    print(f"the network differentiated whole, against layer by layer: {apart:.1e}")

    print("\nThe error tensor of the cross-entropy, with and without the ε of the loss:")
    for p in (0.5, 1e-3, 1e-12, 1e-15, 1e-16):
        prediction, one = np.array([[p, 1 - p]]), np.array([[1.0, 0.0]])
        errors = []
        for layer in (CrossEntropy(), CrossEntropyByHand()):
            layer.forward(prediction, one)
            errors.append(layer.backward(one)[0, 0])
        print(
            "  ŷ = {:7.0e}   generated {:.9e}   −y/ŷ {:.9e}   apart {:.1e}".format(
                p, *errors, abs(errors[0] / errors[1] - 1)
            )
        )

    print("\nBackward steps that nobody wrote:\n")
    network.forward(x[:50], label[:50])
    for layer in (*network.layers[1:], network.loss_layer):
        print(f"# {type(layer).__name__}\n{layer.pullback.source()}")
    print("# the whole network\n" + whole_gradient.source(network, weights, x[:50], label[:50]))


if __name__ == "__main__":
    main()
