"""Tangents among the arguments of a program: each has the structure, dtype and shape of its primal.

A tangent whose rank, dtype and axes of length 1 are those of its primal gets the primal's abstract value, so the
compiler sees equal lengths; that they are equal is tested by the entry.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.interface import chosen_names
from adcompiler.ir.structure import Branch, Structure, accessors, from_value, leaves, paths
from adcompiler.ir.types import Array
from adcompiler.options import Request
from adcompiler.runtime.shapes import SEED_SHAPE


def like_primals(
    request: Request, signature: inspect.Signature, arguments: dict[str, Structure]
) -> dict[str, Structure]:
    """The abstract arguments, tangents being like their primals where they can be."""
    found = dict(arguments)
    if request.kind in ("tangent", "hessian_product"):
        names = [name for name in signature.parameters if name not in request.seeds]
        for seed, primal in zip(request.seeds, chosen_names(request.argnums, names), strict=True):
            found[seed] = _like(arguments[primal], arguments[seed])
    elif request.kind in ("jvp", "hvp", "directional"):
        (seed,) = request.seeds
        names = [name for name in signature.parameters if name != seed]
        primals = [arguments[name] for name in chosen_names(request.argnums, names)]
        given = arguments[seed]
        if isinstance(given, Branch) and len(given.children) <= len(primals):
            pairs = zip(primals, given.children, strict=False)
            found[seed] = given.rebuilt(tuple(_like(p, t) for p, t in pairs))
    return found


def _like(primal: Structure, tangent: Structure) -> Structure:
    if (
        isinstance(primal, Branch)
        and isinstance(tangent, Branch)
        and primal.form[:2] == tangent.form[:2]
    ):
        pairs = zip(primal.children, tangent.children, strict=True)
        return tangent.rebuilt(tuple(_like(p, t) for p, t in pairs))
    if isinstance(primal, Array) and isinstance(tangent, Array) and primal.dtype == tangent.dtype:
        ones = [[length.is_one for length in array.shape] for array in (primal, tangent)]
        return primal if ones[0] == ones[1] else tangent
    return tangent


def alike(request: Request, arguments: Mapping[str, Structure]) -> list[tuple[str, str]]:
    """Pairs of expressions, tangent and primal, whose shapes must be equal."""
    read = {
        leaf: text
        for name, s in arguments.items()
        if name not in request.seeds
        for leaf, text in _read(name, s)
    }
    return [
        (text, read[leaf])
        for seed in request.seeds
        if seed in arguments
        for leaf, text in _read(seed, arguments[seed])
        if leaf in read and leaf.shape
    ]


def _read(name: str, structure: Structure) -> Iterator[tuple[Array, str]]:
    """The arrays in an argument, and how they are read."""
    steps = (
        [accessors(p, structure) for p in paths(structure)]
        if isinstance(structure, Branch)
        else [()]
    )
    for leaf, step in zip(leaves(structure), steps, strict=True):
        if isinstance(leaf, Array):
            yield leaf, name + "".join(step)


def check_shapes(pairs: list[tuple[str, str]], values: Mapping[str, Any]) -> None:
    """Refuse a tangent whose shape is not that of its primal."""
    found = {
        text: leaf
        for name, value in values.items()
        for text, leaf in _values(name, from_value(value))
    }
    for tangent, primal in pairs:
        if np.shape(found[tangent]) != np.shape(found[primal]):
            raise ArgumentError(
                f"`{tangent}` has shape {np.shape(found[tangent])}, and `{primal}` has shape "
                f"{np.shape(found[primal])}.",
                why="a tangent has the structure, shape and dtype of what it belongs to.",
                write=f"np.ones_like({primal}), or another array of its shape",
            )


def _values(name: str, structure: Structure) -> Iterator[tuple[str, Any]]:
    steps = (
        [accessors(p, structure) for p in paths(structure)]
        if isinstance(structure, Branch)
        else [()]
    )
    for leaf, step in zip(leaves(structure), steps, strict=True):
        yield name + "".join(step), leaf


def naming_bad_seeds(call: Callable[..., Any]) -> Callable[..., Any]:
    """`call`, where a seed whose shape the program itself found wrong is an `ArgumentError`."""

    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except ValueError as error:
            if not str(error).startswith(SEED_SHAPE):
                raise
            raise ArgumentError(
                f"{error}.",
                why="a tangent or cotangent has the shape of what it belongs to.",
                write="np.ones_like(x), or another array of that shape",
            ) from None

    return checked
