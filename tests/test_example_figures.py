"""The figures of the texts that the examples follow, asserted one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

import adcompiler as ad
from tests.test_examples import EXTRA, example

MODES = ("forward", "reverse")


def test_ln_sin_has_the_trace_of_the_textbook():
    trace = ad.trace(example("ln_sin").f, 2.0, 5.0)
    rows = [*trace.inputs, *trace.rows]
    assert [row.label for row in rows] == ["v₋₁", "v₀", "v₁", "v₂", "v₃", "v₄", "v₅"]
    values = [2.0, 5.0, 0.693, 10.0, -0.959, 10.693, 11.652]
    assert [round(float(row.value), 3) for row in rows] == values
    by_x1, by_x2 = zip(*([float(t) for t in row.tangents] for row in rows), strict=True)
    assert by_x1 == (1.0, 0.0, 0.5, 5.0, 0.0, 5.5, 5.5)
    assert round(by_x2[-1], 3) == 1.716
    adjoints = {row.label: [round(float(a), 3) for a in row.adjoints] for row in rows}
    assert adjoints == {
        "v₅": [1.0], "v₄": [1.0], "v₃": [-1.0], "v₁": [1.0], "v₂": [1.0], "v₀": [-0.284, 1.716], "v₋₁": [5.0, 5.5],
    }  # fmt: skip


def test_four_ways_agree_as_far_as_they_can():
    pytest.importorskip("sympy", reason=EXTRA)
    ways = example("four_ways")
    assert ways.error(ways.by_compiler(*ways.POINT)) < 1e-15
    assert ways.error(ways.by_symbols()[1](*ways.POINT)) < 1e-15
    one_side, both_sides = np.array(ways.errors_by_step())[:, 1:].T
    # the best step is near the square root, or the third root, of the rounding
    assert ways.STEPS[np.argmin(one_side)] in (1e-7, 1e-8, 1e-9)
    assert ways.STEPS[np.argmin(both_sides)] in (1e-5, 1e-6)
    assert min(both_sides) < 1e-9 < min(one_side)
    assert one_side[-1] > 0.1
    # the error is cut in proportion to h, and to h²
    assert one_side[1] / one_side[0] == pytest.approx(0.1, rel=0.1)
    assert both_sides[1] / both_sides[0] == pytest.approx(0.01, rel=0.1)
    operations, lines = list(zip(*ways.swell(), strict=True))[1:3]
    assert operations[-1] > 2 * operations[-2] > 4 * operations[-3]
    assert len(set(lines)) == 1


def test_the_neuron_learns():
    model = example("logistic_training")
    inputs, targets = model.data()
    weights, losses = model.train(inputs, targets)
    assert len(losses) == 101
    assert losses[0] == pytest.approx(40 * math.log(2.0), rel=1e-12)
    assert losses[-1] == pytest.approx(13.715683, abs=1e-6)
    for mode in MODES:
        gradient = ad.grad(model.negative_log_likelihood, mode=mode)(weights, inputs, targets)
        expected = model.gradient_by_hand(weights, inputs, targets)
        np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-12)


def test_each_trick_does_what_it_is_for():
    pytest.importorskip("sklearn", reason=EXTRA)
    tricks = example("training_tricks")
    part, held_out, test = tricks.data()
    net = tricks.initialised(30, 16)
    plain, cut = tricks.gradient(net, *part), tricks.gradient(net, *part, 0.0, 0.01)
    np.testing.assert_array_equal(cut.w1, np.clip(plain.w1, -0.01, 0.01))
    np.testing.assert_array_equal(cut.w2, np.clip(plain.w2, -0.01, 0.01))
    np.testing.assert_array_equal(cut.b1, plain.b1)
    assert np.any(cut.w1 != plain.w1)
    decayed = tricks.gradient(net, *part, 0.1)
    np.testing.assert_allclose(decayed.w2, plain.w2 + 0.2 * net.w2, rtol=1e-12)
    trained, history = tricks.train(part, held_out)
    assert history[-1][0] < 0.1
    assert tricks.right(trained, *test) > 0.93
    few = (part[0][:60], part[1][:60])
    _, for_ever = tricks.train(few, held_out, epochs=150, rate=0.3)
    best, stopped = tricks.train(few, held_out, epochs=150, rate=0.3, patience=10)
    assert len(stopped) < len(for_ever) == 150
    assert tricks.cross_entropy(best, *held_out) == min(value for _, value in stopped)
    zeros, _ = tricks.train(part, held_out, how="zeros", epochs=2)
    assert np.ptp(zeros.w1, axis=1).max() == 0.0


def test_graphs():
    graphs = example("graphs")
    switch = graphs.Graph(graphs.f, *graphs.POINT).nodes
    assert [node.gradient for node in switch.values()] == [-4.0, -4.0, 3.0, -4.0, 1.0]
    assert [node.value for node in switch.values()] == [-2.0, 5.0, -4.0, 3.0, -12.0]
    product = list(graphs.Graph(graphs.scaled_product, graphs.M1, graphs.M2).nodes.values())
    assert [graphs.text(node.value) for node in product] == ["[3 3]", "[2; 2]", "12", "120"]
    assert [graphs.text(node.gradient) for node in product] == ["[20 20]", "[30; 30]", "10", "1"]
    assert [parent.name() for parent in product[2].parents] == ["m1", "m2"]


def test_where_gradients_die():
    dying = example("dying_gradients")
    for mode in MODES:
        slopes = [[ad.grad(f, mode=mode)(x) for x in dying.POINTS] for f in dying.ACTIVATIONS]
        assert [f"{slope:.3g}" for slope in slopes[0]] == ["4.54e-05", "0.25", "4.54e-05"]
        assert slopes[1] == [0.0, 0.0, 1.0]
    for layers in (1, 5, 20):
        assert 0.0 < ad.grad(dying.stack)(0.5, dying.sigmoid, layers) < 0.25**layers


def test_the_gradient_goes_around_the_blocks():
    nets = example("residual_network")
    x, target = nets.inputs()
    plain, residual = (nets.norms(nets.network(kind), x, target) for kind in (False, True))
    assert len(plain) == len(residual) == 152
    assert plain[0] < 1e-50 * plain[-1]
    assert 0.1 < residual[0] / residual[-1] < 10.0
    assert residual.max() < 100.0 * residual.min()
    small = nets.network(True, layers=6, width=5)
    x, target = nets.inputs(width=5)
    gradients = [ad.grad(nets.loss, mode=mode)(small, x, target).weights for mode in MODES]
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-10, atol=1e-12)
    step = np.zeros_like(small.weights)
    step[3, 1, 2] = 1e-6
    ends = [
        nets.loss(nets.Network(small.weights + k * step, small.biases, True), x, target)
        for k in (1, -1)
    ]
    assert gradients[1][3, 1, 2] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


def test_batch_normalisation_has_the_adjoint_of_the_paper():
    norms = example("batch_normalisation")
    x, y = norms.data(40)
    net = norms.network(4)
    x_in = x @ net.w1
    y_bar = np.random.default_rng(5).normal(size=x_in.shape)
    value, pullback = ad.vjp(lambda norm, x: norm(x), net.norm, x_in)
    norm_bar, x_bar = pullback(y_bar)
    found = (x_bar, norm_bar.gamma, norm_bar.beta)
    for bar, expected in zip(found, norms.adjoint_by_hand(net.norm, x_in, y_bar), strict=True):
        np.testing.assert_allclose(bar, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(value.mean(axis=0), 0.0, atol=1e-13)
    np.testing.assert_allclose(value.std(axis=0), 1.0, rtol=1e-3)
    # the derivative left the layer's memory as it was; running it plainly moves it
    assert not net.norm.running_mean.any()
    (_, averages), by = norms.loss_and_gradient(net, x, y, True)
    assert not net.norm.running_mean.any()
    np.testing.assert_allclose(by.b1, 0.0, atol=1e-15)
    net.norm(x_in)
    np.testing.assert_allclose(averages[0], net.norm.running_mean, rtol=1e-14)
    assert norms.saturated(x_in) > 0.5 > norms.saturated(value)


def test_the_most_likely_die():
    most = example("maximum_likelihood")
    assert f"{most.probability(1, 1 / 6):.4f} {most.probability(2, 1 / 6):.4f}" == "0.3230 0.2907"
    p, steps = most.most_likely()
    assert p == pytest.approx(0.2, rel=1e-14)
    assert steps < 10
    # the information is n / (p (1 − p))
    assert most.curvature(p) == pytest.approx(-10.0 / (0.2 * 0.8), rel=1e-12)
    y, z = np.array([0.0, 1.0, 1.0]), np.array([0.3, -0.8, 2.0])
    sigmoid = 1.0 / (1.0 + np.exp(-z))
    binary = most.binary_cross_entropy(list(sigmoid), list(y))
    assert most.cross_entropy_of_logits(z, y) == pytest.approx(binary, rel=1e-14)
    for mode in MODES:
        by_z = ad.grad(most.cross_entropy_of_logits, mode=mode)(z, y)
        np.testing.assert_allclose(by_z, (sigmoid - y) / 3, rtol=1e-13)
        by_p = ad.grad(most.binary_cross_entropy, mode=mode)(list(sigmoid), list(y))
        np.testing.assert_allclose(
            by_p, (sigmoid - y) / (sigmoid * (1.0 - sigmoid)) / 3, rtol=1e-13
        )


def test_every_module_has_its_local_gradient():
    modules = example("modules")
    for module, x, expected in modules.ZOO:
        for mode in MODES:
            found = ad.jacobian(modules.apply, argnums="x", mode=mode)(module, x)
            np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(modules.Tanh()(modules.X), np.tanh(modules.X), rtol=1e-14)
    softmax = modules.by_input(modules.Softmax(), modules.X)
    assert not modules.is_diagonal(softmax)
    np.testing.assert_allclose(softmax.sum(axis=0), 0.0, atol=1e-16)
    by_beta = modules.by_parameters(modules.ParametricReLU(0.25), modules.X).beta
    np.testing.assert_array_equal(by_beta, [0.0, -1.3, 0.0])


def test_the_dimensions_of_backpropagation():
    epochs = example("two_epochs")
    net, (x, y) = epochs.network(), epochs.data()
    found = epochs.by_layers(net, x, y)
    by_hand = epochs.backward_by_hand(net, x, y, epochs.forward(net, x))
    for name, part in found.items():
        np.testing.assert_allclose(part, by_hand[name], rtol=1e-12, atol=1e-15)
    assert found["∂L/∂a¹"].shape == (10,)
    assert found["∂L/∂w¹"].shape == (15, 10)
    before = epochs.loss(net, x, y)
    net.step(ad.grad(epochs.loss)(net, x, y), 0.5)
    assert epochs.loss(net, x, y) < before
