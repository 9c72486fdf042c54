"""Every public callable of NumPy has a verdict, and the verdict is what the tables say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

import adcompiler as ad
from adcompiler.errors import NoDerivativeError
from adcompiler.frontend.builtin_functions import BUILTINS
from adcompiler.frontend.in_place import FUNCTIONS_IN_PLACE
from adcompiler.frontend.numpy_in_python import IN_PYTHON
from adcompiler.primitives.catalogue import ATTRIBUTES, FUNCTIONS, METHODS, spelled_name
from adcompiler.primitives.reasons import (
    DIFFERENTIABLE,
    FOLLOWED,
    IDENTITIES,
    INERT,
    NOT_YET,
    POSITIONS,
    REASONS,
    REFUSED,
)
from adcompiler.primitives.verdicts import ARRAY, KINDS, of_object, public, rows, verdict
from tests import numpy_page

ROOT = Path(__file__).parents[1]


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])


def newest() -> tuple[int, ...]:
    """The newest NumPy of which every callable must have a verdict."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return version(settings["tool"]["adcompiler"]["newest-numpy"])


@pytest.mark.parametrize("module", REASONS)
def test_everything_public_has_a_verdict(module):
    missing = []
    for name in public(module):
        try:
            assert verdict(module, name).kind in KINDS
        except KeyError:
            missing.append(name)
    if version(np.__version__) > newest():  # reported, not failed: the next release is another task
        print(f"{module} {np.__version__} has callables without a verdict: {missing}")
        return
    assert missing == [], "give them a verdict in adcompiler/primitives/reasons.py"


@pytest.mark.parametrize("module", REASONS)
def test_a_name_has_one_hand_written_verdict(module):
    written = [name for group in REASONS[module] for name in group.names.split()]
    assert len(written) == len(set(written))
    for group in REASONS[module]:
        assert group.kind in KINDS
        assert group.why.endswith(".")
        assert group.write or group.kind == FOLLOWED, group.names


@pytest.mark.parametrize("module", [m for m in REASONS if m != ARRAY])
def test_differentiable_means_a_differentiable_row(module):
    space = vars(__import__(module, fromlist=["_"]))
    for name in public(module):
        found = verdict(module, name)
        try:
            meaning = FUNCTIONS.get(space[name])
        except TypeError:
            meaning = None
        assert (meaning is not None) or found.kind not in (DIFFERENTIABLE, INERT), name
        if meaning is None or found.kind == NOT_YET:  # a builder that only refuses
            continue
        kinds = {row.verdict for row in rows(meaning)}
        if found.kind == DIFFERENTIABLE and name not in IDENTITIES:
            assert "differentiable" in kinds, name
        elif found.kind == INERT and name not in POSITIONS and not isinstance(space[name], type):
            assert "differentiable" not in kinds, name


def test_methods_and_attributes_are_in_the_tables():
    for name in [*METHODS, *ATTRIBUTES]:
        assert verdict(ARRAY, name).kind in (DIFFERENTIABLE, INERT, REFUSED)


def test_what_the_frontend_follows_is_said():
    written = {**FUNCTIONS_IN_PLACE, **IN_PYTHON}
    for function in [*BUILTINS, *written]:
        found = of_object(function)  # None: functools and itertools have no verdicts
        assert function in FUNCTIONS or found is None or found.kind == FOLLOWED, spelled_name(
            function
        )


#: one argument of every inert function gives no derivative, of every differentiable one it does
SLOPES = {
    DIFFERENTIABLE: ["sin", "tile", "sort", "take", "pad", "tril", "trim_zeros", "rot90", "append"],
    INERT: ["argsort", "flatnonzero", "floor", "zeros_like", "searchsorted", "sign", "int64"],
}


@pytest.mark.parametrize("kind", SLOPES)
def test_samples_of_the_verdicts(kind):
    for name in SLOPES[kind]:
        assert verdict("numpy", name).kind == kind, name


def test_the_error_says_what_the_verdict_says():
    def f(x):
        return np.linalg.matrix_power(np.frompyfunc(abs, 1, 1)(x), 2).sum()

    with pytest.raises(NoDerivativeError) as caught:
        ad.grad(f)(np.ones((2, 2)))
    found = verdict("numpy", "frompyfunc")
    assert caught.value.why == found.why
    assert caught.value.write == found.write


def test_the_error_for_a_method_says_what_the_verdict_says():
    def f(x):
        return x.view()[0]

    with pytest.raises(NoDerivativeError) as caught:
        ad.grad(f)(np.ones(2))
    assert caught.value.why == verdict(ARRAY, "view").why


def test_elements_of_an_intersection_have_no_derivative():
    def f(x):
        return np.intersect1d(x, x)[0]

    with pytest.raises(NoDerivativeError):
        ad.grad(f)(np.ones(2))
    assert verdict("numpy", "intersect1d").kind == REFUSED
    assert NOT_YET in KINDS


def test_the_page_is_up_to_date():
    assert numpy_page.PAGE.read_text(encoding="utf-8") == numpy_page.page(), (
        "write it anew: python -m tests.numpy_page"
    )
