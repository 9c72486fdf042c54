"""What is not chosen contributes nothing, also behind products and in second derivatives of forward mode."""

from __future__ import annotations

import numpy as np
import pytest

import adcompiler as ad

POINT = np.array([0.7, -0.4, 1.3, 0.9])
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0])
BEHIND = {
    "itself": lambda s: s,
    "matrix times vector": lambda s: np.diag([1.0, 2.0, 3.0, 4.0])[:, :1] @ s[None, :],
    "vector times matrix": lambda s: s[:, None] @ np.ones((1, 2)),
    "einsum": lambda s: np.einsum("i,j->ij", s, np.ones(3)),
    "transposed by einsum": lambda s: np.einsum("ij->ji", s.reshape(2, 2)),
    "outer": lambda s: np.outer(np.ones(2), s),
    "tensordot": lambda s: np.tensordot(s, np.ones(2), axes=0),
    "diagonal": lambda s: np.diag(s),
    "triangle": lambda s: np.tril(np.outer(s, np.ones(4))),
    "turned": lambda s: np.rot90(s.reshape(2, 2)),
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_nan_from_what_a_product_left_out(behind):
    def f(x):
        y = behind(np.sqrt(x))
        return np.sum(np.where(np.isfinite(y), y, 0.0) ** 2)

    def along(x, mode):
        return np.sum(ad.grad(f, mode=mode)(x) * WEIGHTS)

    found = [ad.grad(f, mode=mode)(POINT) for mode in ("forward", "reverse")]
    assert np.all(np.isfinite(found[0]))
    assert np.allclose(found[0], found[1], rtol=1e-12)
    second = [
        ad.grad(lambda x, inner=inner: along(x, inner), mode=outer)(POINT)
        for inner in ("forward", "reverse")
        for outer in ("forward", "reverse")
    ]
    assert np.all(np.isfinite(second))
    assert np.allclose(second, second[0], rtol=1e-12)
