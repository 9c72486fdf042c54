"""The longer programs: a wave in a basin, a truss, a Kalman filter."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def example(monkeypatch):
    """Loads an example as a module that generated code can import from."""

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


def richardson(f, h):
    """df(t)/dt at 0 by central differences, extrapolated once."""
    wide, narrow = (f(h) - f(-h)) / (2 * h), (f(h / 2) - f(-h / 2)) / h
    return (4 * narrow - wide) / 3


def test_the_wave_has_the_adjoint_that_is_written_by_hand(example):
    water = example("shallow_water")
    basin, gauges, truth, observed = water.experiment(nx=14, ny=12, steps=25)
    start = 0.3 * truth + 0.01 * np.random.default_rng(0).normal(size=truth.shape)
    before = start.copy()
    value, slope = water.misfit_and_gradient(start, basin, gauges, observed)
    assert value == water.misfit(start, basin, gauges, observed)
    by_hand = water.gradient_by_hand(start, basin, gauges, observed)
    np.testing.assert_allclose(slope, by_hand, rtol=1e-11, atol=1e-14)
    np.testing.assert_array_equal(start, before)
    tangent = ad.grad(water.misfit, mode="forward")(start, basin, gauges, observed)
    np.testing.assert_allclose(tangent, by_hand, rtol=1e-11, atol=1e-14)


def test_the_start_of_the_wave_is_found(example):
    water = example("shallow_water")
    basin, gauges, truth, observed = water.experiment()
    found, values = water.assimilate(np.zeros_like(truth), basin, gauges, observed)
    assert values[0] == pytest.approx(9.3348, abs=1e-4)
    assert values[-1] < 1e-3 * values[0]
    assert np.sqrt(np.mean((found - truth) ** 2) / np.mean(truth**2)) < 0.01


def test_the_curvature_of_the_misfit_along_a_direction(example):
    water = example("shallow_water")
    basin, gauges, truth, observed = water.experiment(nx=8, ny=7, steps=8)
    random = np.random.default_rng(1)
    along = random.normal(size=truth.shape)

    def misfit(start):
        return water.misfit(start, basin, gauges, observed)

    curved = ad.hvp(misfit, (0.1 * truth,), (along,))
    expected = richardson(
        lambda t: water.misfit_and_gradient(0.1 * truth + t * along, basin, gauges, observed)[1],
        1e-3,
    )
    np.testing.assert_allclose(curved, expected, rtol=1e-7, atol=1e-9)


def test_the_truss_has_the_closed_form_for_its_areas(example):
    model = example("truss")
    joints, truss = model.cantilever()
    areas = np.random.default_rng(2).uniform(0.5e-4, 2e-4, size=len(truss.bars))
    by_joints, by_areas = model.slopes(joints, areas, truss)
    by_hand = model.slope_by_hand(joints, areas, truss)
    np.testing.assert_allclose(by_areas, by_hand, rtol=1e-9, atol=1e-10 * np.abs(by_hand).max())
    along = np.random.default_rng(3).normal(size=joints.shape)
    expected = richardson(lambda t: model.compliance(joints + t * along, areas, truss), 1e-4)
    assert np.sum(by_joints * along) == pytest.approx(expected, rel=1e-8)


def test_the_truss_gets_stiffer_with_the_same_volume(example):
    model = example("truss")
    joints, truss = model.cantilever()
    areas = np.full(len(truss.bars), 1e-4)
    best, values = model.optimise(joints, areas, truss)
    assert values[0] == pytest.approx(684.0097, abs=1e-4)
    assert values[-1] == pytest.approx(353.0160, abs=1e-3)
    assert np.all(np.diff(values) < 1e-6)
    assert model.volume(joints, best, truss) == pytest.approx(model.volume(joints, areas, truss))
    # fully stressed: all bars that are left do the same work for their volume
    strain = -model.slope_by_hand(joints, best, truss)
    _, price = model.volume_slopes(joints, best, truss)
    used = best > 1e-6
    np.testing.assert_allclose((strain / price)[used], (strain / price)[used][0], rtol=1e-2)


def test_the_filter_agrees_with_one_large_gaussian(example):
    model = example("kalman")
    track, sizes = model.journey(count=30), np.array([-0.8, 0.4])
    value = model.log_likelihood(sizes, track, 1.0)
    assert value == pytest.approx(model.log_density(sizes, track, 1.0), rel=1e-11)
    slope = model.slope(sizes, track, 1.0)
    for k in range(2):
        unit = np.eye(2)[k]
        expected = richardson(lambda t, u=unit: model.log_density(sizes + t * u, track, 1.0), 1e-2)
        # the large covariance matrix leaves about eleven digits of the density
        assert slope[k] == pytest.approx(expected, rel=5e-8)
        tangent = ad.grad(model.log_likelihood, mode="forward")(sizes, track, 1.0)
        assert slope[k] == pytest.approx(tangent[k], rel=1e-11)
    curvature = model.curvature(sizes, track, 1.0)
    np.testing.assert_allclose(curvature, curvature.T, rtol=1e-9)
    expected = richardson(lambda t: model.slope(sizes + t * np.eye(2)[0], track, 1.0), 1e-3)
    np.testing.assert_allclose(curvature[0], expected, rtol=1e-6)


def test_the_noise_of_the_ship_is_found(example):
    model = example("kalman")
    track = model.journey()
    found = model.fit(np.zeros(2), track, 1.0)
    assert np.exp(found) == pytest.approx([0.291, 1.971], abs=1e-3)
    assert np.max(np.abs(model.slope(found, track, 1.0))) < 1e-9
    assert np.all(np.linalg.eigvalsh(model.curvature(found, track, 1.0)) < 0.0)
