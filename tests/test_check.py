"""check_grads accepts what is right and says what is wrong."""

import math

import numpy as np
import pytest

import adcompiler as ad


def ln_sin(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def model(x, p, n=2):
    return np.sin(x) * p["w"] ** n, x[0]


class Disc:
    k = 2.0

    def area(self, r):
        return self.k * r**3


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (ln_sin, (2.0, 5.0)),
        (model, (np.array([1.0, 2.0, 3.0]), {"w": 2.0, "k": 3})),
        (model, (np.array([1.0, 2.0, 3.0]), {"w": 2.0, "k": 3}, 3)),
        (model, (np.array([1.0, 2.0], dtype=np.float32), {"w": np.float32(2.0)})),
        (lambda x: math.log(x), (1e-3,)),
        (lambda x: x * 1e6 + 1e6, (1e3,)),
        (lambda x: 3.0, (2.0,)),
        (lambda x, mask: x[mask].sum(), (np.array([1.0, 2.0]), np.array([True, False]))),
        (lambda x: x * x if x > 0.0 else -x, (-2.0,)),
        (Disc().area, (1.5,)),
        (ad.grad(Disc().area), (1.5,)),
        (ad.grad(ln_sin), (2.0, 5.0)),
    ],
)
@pytest.mark.parametrize("modes", [("fwd", "rev"), ("fwd",), "rev"])
def test_right(f, args, modes):
    ad.check_grads(f, args, modes=modes)


def test_third_order():
    ad.check_grads(ln_sin, (2.0, 5.0), order=3)


def hidden(x, y):
    return ad.stop_gradient(x) * x * y


@pytest.mark.parametrize("modes", ["fwd", "rev"])
@pytest.mark.parametrize("x", [1.5, np.array([1.5, 2.0])])
def test_wrong(modes, x):
    with pytest.raises(AssertionError) as caught:
        ad.check_grads(hidden, (x, 2.0), modes=modes)
    text = str(caught.value)
    assert "input `x`: expected" in text
    assert "input `y`" not in text
    assert "found" in text
    assert f"def hidden_{'tangent' if modes == 'fwd' else 'adjoint'}(" in text


def test_second_order_is_looked_at():
    def half(x):
        return ad.grad(lambda z: ad.stop_gradient(z) * z)(x)

    ad.check_grads(lambda x: x * x, (1.5,))
    with pytest.raises(AssertionError, match="half"):
        ad.check_grads(half, (1.5,), order=1)


def test_argnums_leaves_the_others_alone():
    ad.check_grads(hidden, (1.5, 2.0), argnums="y", order=1)


@pytest.mark.parametrize(
    ("args", "options", "fact"),
    [
        (2.0, {}, "given as a tuple"), ((1.0, 2.0), {"modes": "both"}, "modes"), ((1.0, 2.0), {"order": 0}, "order"),
        ((1.0,), {}, "do not fit"), ((1, 2), {}, "no argument has a derivative"),
        ((1.0, 2.0), {"argnums": "z"}, "argnums"),
    ],
)
def test_bad_input(args, options, fact):
    with pytest.raises(ad.ArgumentError, match=fact):
        ad.check_grads(ln_sin, args, **options)


def test_a_point_at_the_edge_of_the_domain():
    with pytest.raises((ad.ArgumentError, ValueError)):
        ad.check_grads(lambda x: math.log(x), (-1.0,))
