"""The examples of machine learning: generated backward steps against the formulas of the lectures."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def data_sets():
    return pytest.importorskip(
        "sklearn.datasets", reason="the data sets come with scikit-learn (extra: examples)"
    )


@pytest.fixture
def framework():
    module = example("framework")
    module.clear_graph()
    return module


def test_linear_regression_finds_the_line(framework):
    bias, weight, losses = framework.linear_regression()
    assert (bias, weight) == pytest.approx((2.0, 3.0), abs=1e-12)
    assert losses[0] == pytest.approx(7.3)
    assert losses[-1] < 1e-25


def test_logistic_regression_has_the_slope_of_the_lecture(framework):
    """Σ (ŷ − y) x, but for the points that the sigmoid clips."""
    data, labels = data_sets().load_breast_cancer(return_X_y=True)
    losses, hits, clipped, (with_all, without_clipped) = framework.logistic_regression(data, labels)
    assert losses[0] == pytest.approx(np.log(2))
    assert losses[-1] == pytest.approx(0.0605, abs=1e-3)
    assert hits > 0.98
    assert clipped > 0
    assert 1e-7 < with_all < 1e-4
    assert without_clipped < 1e-15


def test_perceptrons_learn_iris_and_digits(framework):
    data, labels = data_sets().load_iris(return_X_y=True)
    data = (data - data.mean(0)) / data.std(0)
    losses, hits = framework.perceptron(data, labels, 8, 60, 10, 0.5)
    assert losses[-1] < 0.1 < 0.9 < losses[0]
    assert hits >= 0.94
    data, labels = data_sets().load_digits(return_X_y=True)
    losses, hits = framework.perceptron(data / 16, labels, 32, 30, 32, 0.5)
    assert losses[-1] < 0.12 < 2.0 < losses[0]
    assert hits > 0.96


def test_the_gradient_of_a_data_set_is_the_sum_over_its_points(framework):
    assert framework.points_one_by_one() < 1e-14


def test_a_clipped_sigmoid_has_slope_zero(framework):
    x = np.array([-12.0, -10.0, -3.0, 0.0, 3.0, 10.0, 12.0])
    generated, formula = framework.clipped_sigmoid(x)
    np.testing.assert_array_equal(generated[[0, 1, 5, 6]], 0.0)
    np.testing.assert_allclose(generated[2:5], formula[2:5], rtol=1e-14)
    assert formula[0] == pytest.approx(4.5395807735951673e-05)


@pytest.mark.parametrize("node", ["Affine", "Sigmoid", "Softmax", "CrossEntropy"])
def test_every_node_against_differences(framework, node):
    random = np.random.default_rng(5)
    operands = {
        "Affine": [random.normal(size=s) for s in ((4, 3), (3, 2), (2,))],
        "Sigmoid": [random.normal(size=(4, 3))],
        "Softmax": [random.normal(size=(4, 3))],
        "CrossEntropy": [random.uniform(0.1, 1.0, size=(4, 3)), np.eye(3)[[0, 2, 1, 1]]],
    }[node]
    ad.check_grads(getattr(framework, node)().forward, tuple(operands))


def test_generated_layers_train_as_the_hand_written():
    layers = example("layers")
    random = np.random.default_rng(2)
    x, label = random.normal(size=(30, 5)), np.eye(3)[random.integers(0, 3, 30)]
    networks = [layers.stack(by_hand, (5, 7, 4, 3), 6, 0.03) for by_hand in (False, True)]
    for network in networks:
        network.train(x, label, epochs=40, batch=10)
        assert len(network.losses) == 120
    assert networks[0].losses[-1] < 0.8 * networks[0].losses[0]
    np.testing.assert_allclose(*(network.losses for network in networks), rtol=1e-12)
    for generated, by_hand in zip(*(network.layers for network in networks), strict=True):
        if generated.weights is not None:
            np.testing.assert_allclose(generated.weights, by_hand.weights, rtol=1e-10, atol=1e-13)


def test_every_layer_passes_the_error_of_the_formulas():
    layers = example("layers")
    random = np.random.default_rng(7)
    x, error = random.normal(size=(6, 4)), random.normal(size=(6, 4))
    x[0, 0] = 0.0  # the kink
    for name in ("FullyConnected", "Relu", "Softmax"):
        made = []
        for suffix in ("", "ByHand"):
            cls = getattr(layers, name + suffix)
            layer = cls(4, 4, np.random.default_rng(8)) if name == "FullyConnected" else cls()
            layer.optimizer = layers.Sgd(0.1)
            layer.forward(x)
            made.append((layer.backward(error), layer.weights))
        (below, weights), (below_by_hand, weights_by_hand) = made
        np.testing.assert_allclose(below, below_by_hand, rtol=1e-13, atol=1e-15)
        if weights is not None:
            np.testing.assert_allclose(weights, weights_by_hand, rtol=1e-14)


def test_the_formula_of_the_cross_entropy_leaves_its_epsilon_out():
    layers = example("layers")
    for p, agree in ((0.5, True), (1e-3, True), (1e-15, False), (0.0, False)):
        prediction, one = np.array([[p, 1.0 - p]]), np.array([[1.0, 0.0]])
        layer = layers.CrossEntropy()
        layer.forward(prediction, one)
        generated = layer.backward(one)[0, 0]
        assert generated == -1.0 / (p + layers.EPSILON)
        if p:
            by_hand = layers.CrossEntropyByHand()
            by_hand.forward(prediction, one)
            assert (abs(generated / by_hand.backward(one)[0, 0] - 1.0) < 1e-12) == agree


def test_the_whole_network_has_the_gradient_of_its_layers():
    layers = example("layers")
    random = np.random.default_rng(9)
    x, label = random.normal(size=(8, 5)), np.eye(3)[random.integers(0, 3, 8)]
    network = layers.stack(False, (5, 6, 3), learning_rate=1.0)
    weighted = [layer for layer in network.layers if layer.weights is not None]
    weights = [layer.weights for layer in weighted]
    gradient = layers.whole_gradient(network, weights, x, label)
    assert network.forward(x, label) == layers.whole(network, weights, x, label)
    network.backward(label)
    for slope, before, layer in zip(gradient, weights, weighted, strict=True):
        np.testing.assert_allclose(slope, before - layer.weights, rtol=1e-9, atol=1e-13)
