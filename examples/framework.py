"""A deep-learning framework in a page, whose backward steps are all generated.

A graph has three kinds of nodes: `Input`, `Parameter` and `CompNode`.  `Forward` computes the values,
`Backward` sends gradients to the parents, `UpdateParameters` takes a step (the educational framework
of D. McAllester, TTI Chicago, in the form A. Geiger's lectures give it).  There each node comes with a `backward`
derived by hand.  Here the author of a node writes `forward` and nothing else.

Everything is vectorised: the first axis of each value counts the points of a batch.  The gradient over a
data set is the sum over its points; `Backward` starts from 1/n, so it is the mean that is minimised.
"""

import numpy as np

import adcompiler as ad

comp_nodes, parameters = [], []


def clear_graph():
    comp_nodes.clear()
    parameters.clear()


class Input:
    """Data: it has a value, and wants no gradient."""

    def __init__(self, value=None):
        self.value = value

    def addgrad(self, delta):
        pass


class Parameter:
    def __init__(self, value):
        self.value = np.array(value, dtype=float)
        parameters.append(self)

    def addgrad(self, delta):
        self.grad += delta

    def update(self, learning_rate):
        self.value -= learning_rate * self.grad


class CompNode:
    """A node computes `forward` of the values of its parents.  Its `backward` is the generated pullback."""

    def __init__(self, *parents):
        self.parents = parents
        comp_nodes.append(self)

    def addgrad(self, delta):
        self.grad += delta

    def run(self):
        values = [parent.value for parent in self.parents]
        self.value, self.backward = ad.vjp(self.forward, *values)

    def send(self):
        for parent, delta in zip(self.parents, self.backward(self.grad), strict=True):
            parent.addgrad(delta)


def Forward():
    for node in comp_nodes:
        node.run()


def Backward(loss):
    for node in comp_nodes + parameters:
        node.grad = np.zeros_like(node.value)
    loss.grad = np.full(loss.value.shape, 1.0 / len(loss.value))
    for node in reversed(comp_nodes):
        node.send()


def UpdateParameters(learning_rate):
    for parameter in parameters:
        parameter.update(learning_rate)


# The nodes.  Nobody derived anything here.


class Affine(CompNode):
    def forward(self, x, weights, bias):
        return x @ weights + bias


class Sigmoid(CompNode):
    def forward(self, x):
        bounded = np.maximum(-10, np.minimum(10, x))
        return 1 / (1 + np.exp(-bounded))


class Softmax(CompNode):
    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


class SquaredError(CompNode):
    def forward(self, prediction, y):
        z = prediction - y
        return z**2


class BinaryCrossEntropy(CompNode):
    def forward(self, p, y):
        return -y * np.log(p) - (1 - y) * np.log(1 - p)


class CrossEntropy(CompNode):
    """The labels are one-hot: minus the logarithm of the probability that the right class got."""

    def forward(self, p, y):
        return -np.sum(y * np.log(p), axis=1)


def affine(x, n_in, n_out, random):
    """The parameters of an affine node are drawn here, so that a network reads as in the lecture."""
    weights = Parameter(random.normal(size=(n_in, n_out)) / np.sqrt(n_in))
    return Affine(x, weights, Parameter(np.zeros(n_out)))


def train(loss, steps, learning_rate):
    """Gradient descent; the mean loss before each step."""
    losses = []
    for _ in range(steps):
        Forward()
        losses.append(np.mean(loss.value))
        Backward(loss)
        UpdateParameters(learning_rate)
    return losses


def train_sgd(x, y, loss, data, labels, epochs, batch, learning_rate, random):
    """Stochastic gradient descent: the inputs get one batch after the other, in a new order each epoch."""
    losses = []
    for _ in range(epochs):
        order, total = random.permutation(len(data)), 0.0
        for start in range(0, len(data), batch):
            chosen = order[start : start + batch]
            x.value, y.value = data[chosen], labels[chosen]
            Forward()
            Backward(loss)
            UpdateParameters(learning_rate)
            total += np.sum(loss.value)
        losses.append(total / len(data))
    x.value, y.value = data, labels
    Forward()
    return losses


def linear_regression():
    """ŷ = w₀ + w₁ x on points of a line: it is found."""
    clear_graph()
    x = Input(np.linspace(-1, 1, 21)[:, None])
    y = Input(2 + 3 * x.value)
    weights, bias = Parameter([[0.0]]), Parameter([0.0])
    loss = SquaredError(Affine(x, weights, bias), y)
    losses = train(loss, 200, 0.3)
    return float(bias.value[0]), float(weights.value[0, 0]), losses


def logistic_regression(data, labels):
    """Malignant or benign.  The generated gradient is compared with the formula Σ (ŷ − y) x, which knows
    nothing of the clipping in the sigmoid: with all points, and with those that are not clipped."""
    clear_graph()
    x, y = Input((data - data.mean(0)) / data.std(0)), Input(labels[:, None].astype(float))
    weights, bias = Parameter(np.zeros((data.shape[1], 1))), Parameter([0.0])
    u = Affine(x, weights, bias)
    p = Sigmoid(u)
    loss = BinaryCrossEntropy(p, y)
    losses = train(loss, 200, 0.5)
    Forward()
    Backward(loss)
    hits = np.mean((p.value > 0.5) == (y.value > 0.5))
    inside = np.abs(u.value) < 10
    apart = []
    for counted in (np.ones_like(inside), inside):
        by_hand = x.value.T @ (counted * (p.value - y.value)) / len(data)
        apart.append(np.max(np.abs(weights.grad - by_hand)))
    return losses, hits, np.sum(~inside), apart


def perceptron(data, labels, hidden, epochs, batch, learning_rate, seed=0):
    """Two layers, with sigmoid and softmax, trained on two thirds of the data; tested on the rest."""
    clear_graph()
    random = np.random.default_rng(seed)
    order = random.permutation(len(data))
    data, labels = data[order], labels[order]
    one_hot = np.eye(labels.max() + 1)[labels]
    x, y = Input(), Input()
    h = Sigmoid(affine(x, data.shape[1], hidden, random))
    p = Softmax(affine(h, hidden, one_hot.shape[1], random))
    loss = CrossEntropy(p, y)
    n = len(data) * 2 // 3
    losses = train_sgd(x, y, loss, data[:n], one_hot[:n], epochs, batch, learning_rate, random)
    x.value, y.value = data[n:], one_hot[n:]
    Forward()
    return losses, np.mean(np.argmax(p.value, axis=1) == labels[n:])


def points_one_by_one():
    """The gradient over a data set is the sum over its points; how far the two are apart."""
    random = np.random.default_rng(1)
    data, labels = random.normal(size=(12, 3)), np.eye(2)[random.integers(0, 2, 12)]
    clear_graph()
    x, y = Input(data), Input(labels)
    loss = CrossEntropy(Softmax(affine(x, 3, 2, random)), y)
    weights, bias = parameters
    Forward()
    Backward(loss)
    whole = len(data) * weights.grad, len(data) * bias.grad
    summed = np.zeros((3, 2)), np.zeros(2)
    for k in range(len(data)):
        x.value, y.value = data[k : k + 1], labels[k : k + 1]
        Forward()
        Backward(loss)
        summed[0][...] += weights.grad
        summed[1][...] += bias.grad
    return max(np.max(np.abs(a - b)) for a, b in zip(whole, summed, strict=True))


def clipped_sigmoid(x):
    """Generated slope of the `Sigmoid` node, and what σ (1 − σ) says."""
    value, backward = ad.vjp(Sigmoid().forward, x)
    return backward(np.ones_like(x))[0], value * (1 - value)


def main() -> None:
    bias, weight, losses = linear_regression()
    print(
        f"linear regression: y = {bias:.4f} + {weight:.4f} x, loss {losses[0]:.4f} → {losses[-1]:.1e}"
    )
    print("gradient of all points against the sum over points:", f"{points_one_by_one():.1e}")

    x = np.array([-12.0, -9.0, 0.0, 9.0, 12.0])
    generated, formula = clipped_sigmoid(x)
    print("\nThe sigmoid node clips its input at ±10.  Its derivative there is 0; the formula")
    print("σ (1 − σ) of the lecture's backward step leaves the clipping out:")
    for row in zip(x, generated, formula, strict=True):
        print("  x = {:5.1f}   generated {:.3e}   σ (1 − σ) {:.3e}".format(*row))

    try:
        from sklearn import datasets
    except ImportError:
        print("\n(The data sets need scikit-learn: pip install 'adcompiler[examples]'.)")
    else:
        losses, hits, clipped, apart = logistic_regression(
            *datasets.load_breast_cancer(return_X_y=True)
        )
        print(
            f"\nbreast cancer, logistic regression: loss {losses[0]:.4f} → {losses[-1]:.4f}, right {hits:.1%}"
        )
        print(
            f"  gradient against Σ (ŷ − y) x: {apart[0]:.1e}; without the {clipped} clipped points {apart[1]:.1e}"
        )
        data, labels = datasets.load_iris(return_X_y=True)
        losses, hits = perceptron((data - data.mean(0)) / data.std(0), labels, 8, 60, 10, 0.5)
        print(
            f"iris, two layers: loss {losses[0]:.4f} → {losses[-1]:.4f}, right {hits:.1%} of the test set"
        )
        data, labels = datasets.load_digits(return_X_y=True)
        losses, hits = perceptron(data / 16, labels, 32, 30, 32, 0.5)
        print(
            f"digits, two layers: loss {losses[0]:.4f} → {losses[-1]:.4f}, right {hits:.1%} of the test set"
        )

    points = np.random.default_rng(0).normal(size=(30, 4))
    perceptron(points, np.arange(30) % 3, 8, 1, 10, 0.5)
    print("\nBackward steps that nobody wrote:\n")
    for node in comp_nodes:
        print(f"# {type(node).__name__}\n{node.backward.source()}")


if __name__ == "__main__":
    main()
