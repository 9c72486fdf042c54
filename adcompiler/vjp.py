"""Value and pullback: one forward sweep, a reverse sweep as often as it is called."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adcompiler.derivative import Derivative, Variant, derivative_of
from adcompiler.errors import ArgumentError
from adcompiler.frontend.abstraction import ObjectLeaf
from adcompiler.frontend.capture import Key
from adcompiler.frontend.parameters import shown
from adcompiler.interface import describe
from adcompiler.ir.structure import Branch, Structure, from_value, leaves
from adcompiler.ir.types import Array
from adcompiler.ir.values import Constant
from adcompiler.options import Request
from adcompiler.pipeline import Built, Compiled, Stages, build, finish, split_adjoint


@dataclass(eq=False)
class Pair(Variant):
    """The two programs of one signature; `result` is the abstract result, which a cotangent must fit."""

    pullback: Compiled
    result: Structure


class Pullback:
    """The reverse sweep of one point: ``pullback(cotangent) -> (x_bar, …)``, one entry for each primal."""

    def __init__(
        self, program: VjpProgram, pair: Pair, form: Structure, recorded: tuple[Any, ...]
    ) -> None:
        self._program = program
        self._pair = pair
        self._form = form
        self._recorded = recorded
        self.primal = program.primal
        self.__name__, self.__qualname__ = program.__name__, program.__qualname__
        self.__doc__, self.__module__ = program.__doc__, program.__module__

    def __reduce__(self) -> Any:
        """A pullback pickles when its function does; the program is compiled anew for the same signature."""
        if any(
            isinstance(leaf, ObjectLeaf)
            for s in self._pair.arguments.values()
            for leaf in leaves(s)
        ):
            raise pickle.PicklingError(
                f"{self!r} cannot be pickled: it reads an object of the caller's."
            )
        return _restored, (self._program, self._pair.arguments, self._form, self._recorded)

    def __deepcopy__(self, memo: dict[int, Any]) -> Pullback:
        return Pullback(self._program, self._pair, self._form, copy.deepcopy(self._recorded, memo))

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        _check(self._pair.result, self._form, cotangent)
        compiled = self._pair.pullback
        try:
            return compiled.call(self._recorded, cotangent)  # type: ignore[no-any-return]
        except (ArithmeticError, ValueError):
            careful = compiled.careful()
            if careful is None:
                raise
            return careful(self._recorded, cotangent)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<pullback of {self.__name__}>"

    def source(self, *example: Any, **kwargs: Any) -> str:
        """The generated reverse sweep; with example arguments, both sweeps for those."""
        if example or kwargs:
            return self._program.source(*example, **kwargs)
        return self._pair.pullback.text

    def stages(self, *example: Any, **kwargs: Any) -> Stages:
        """Every stage of the compilation as text (with example arguments, of the forward sweep for those)."""
        if example or kwargs:
            return self._program.stages(*example, **kwargs)
        return self._pair.pullback.stages

    def clear_cache(self) -> None:
        """Forget the compiled programs of `vjp` for this function (this pullback keeps its own)."""
        self._program.clear_cache()


class VjpProgram(Derivative):
    """Calls give ``(value, pullback)``; `source` shows both programs."""

    def source(self, *example: Any, **kwargs: Any) -> str:
        pair = self._variant_for(example, kwargs)
        assert isinstance(pair, Pair)
        return f"{pair.compiled.text}\n\n{pair.pullback.text}"

    def _built(
        self,
        arguments: dict[str, Structure],
        parameters: Any,
        stem: str,
        number: int,
        fixed: Collection[Key],
    ) -> Pair:
        built = build(self.request, self.primal, parameters, f"{stem}_vjp", fixed)
        forward, reverse = split_adjoint(built.function)
        note = describe(self.request, stem, shown(self.primal, self.__signature__))
        compiled = finish(replace(built, function=forward), ("Forward sweep.", *note), self._home())
        pullback = replace(reverse, owns_results=True)
        back = finish(Built(pullback, (), Stages(), ()), ("Reverse sweep.", *note), self._home())
        result: Any = built.function.result
        return Pair(arguments, compiled, number, back, result.children[0])

    def pair_for(self, arguments: dict[str, Structure]) -> Pair:
        """The programs for abstract arguments that were compiled for in another process."""
        with self._lock:
            found = self._find_for(arguments, dict.fromkeys(arguments))
            assert isinstance(found, Pair)
            return found

    def _program_of(self, variant: Variant) -> Callable[..., Any]:
        assert isinstance(variant, Pair)
        return _with_pullback(self, variant, variant.compiled.call)

    def _careful_of(self, variant: Variant) -> Callable[..., Any] | None:
        assert isinstance(variant, Pair)
        careful = variant.compiled.careful()
        return None if careful is None else _with_pullback(self, variant, careful)


def _with_pullback(
    program: VjpProgram, pair: Pair, forward: Callable[..., Any]
) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> tuple[Any, Pullback]:
        value, recorded = forward(*args, **kwargs)
        return value, Pullback(program, pair, from_value(value), recorded)

    return run


def _restored(
    program: VjpProgram, arguments: dict[str, Structure], form: Structure, recorded: tuple[Any, ...]
) -> Pullback:
    return Pullback(program, program.pair_for(arguments), form, recorded)


def vjp_program(primal: Callable[..., Any], count: int) -> Any:
    """The program behind `vjp` for `count` primals."""
    return derivative_of(Request("vjp", tuple(range(count))), primal, VjpProgram)


def _check(expected: Structure, value: Structure, cotangent: Any) -> None:
    """A cotangent has the structure, shape and dtype of the value."""

    def refuse(fact: str) -> ArgumentError:
        return ArgumentError(
            f"the cotangent does not fit: {fact}.",
            why="a cotangent has the structure, shape and dtype of the value (None for leaves without derivative).",
            write="pullback(np.ones_like(value))",
        )

    def visit(like: Structure, found: Structure) -> None:
        if isinstance(like, Branch) != isinstance(found, Branch) or (
            isinstance(like, Branch) and like.form[:2] != found.form[:2]
        ):
            raise refuse("its containers are not those of the value")
        if isinstance(like, Branch):
            for a, b in zip(like.children, found.children, strict=True):
                visit(a, b)
            return
        if isinstance(like, (str, type(None))):
            return
        if found is None:
            if np.asarray(like).dtype.kind in "fc":
                raise refuse("a number of the value got None")
            return
        if np.shape(found) != np.shape(like):
            raise refuse(f"its shape is {np.shape(found)}, that of the value {np.shape(like)}")
        kind = np.asarray(found).dtype
        if type(found) not in (int, float, bool) and kind.kind not in "fc":
            raise refuse(f"it is an array of {kind}")

    visit(value, from_value(cotangent))
    kinds = [leaf.type for leaf in leaves(expected) if not isinstance(leaf, Constant)]
    for leaf, found in zip(
        kinds, [x for x in leaves(from_value(cotangent)) if x is not None], strict=False
    ):
        if isinstance(leaf, Array) and isinstance(found, np.ndarray) and found.dtype != leaf.dtype:
            raise refuse(f"its dtype is {found.dtype}, that of the value {leaf.dtype}")
