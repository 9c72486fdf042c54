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
from adcompiler.options import Request
from adcompiler.pipeline import Built, Compiled, Stages, build, finish, split_program


@dataclass(eq=False)
class Pair(Variant):
    """The two programs of one signature."""

    second: Compiled


class LinearMap:
    """The second program of a pair at one point: it reads what the first one left."""

    _kind = ""

    def __init__(
        self, program: PairProgram, pair: Pair, form: Structure, recorded: tuple[Any, ...]
    ) -> None:
        self._program = program
        self._pair = pair
        self._form = form
        self._recorded = recorded
        self.primal = program.primal
        self.__name__, self.__qualname__ = program.__name__, program.__qualname__
        self.__doc__, self.__module__ = program.__doc__, program.__module__

    def __reduce__(self) -> Any:
        """It pickles when its function does; the program is compiled anew for the same signature."""
        if any(
            isinstance(leaf, ObjectLeaf)
            for s in self._pair.arguments.values()
            for leaf in leaves(s)
        ):
            raise pickle.PicklingError(
                f"{self!r} cannot be pickled: it reads an object of the caller's."
            )
        return _restored, (
            type(self),
            self._program,
            self._pair.arguments,
            self._form,
            self._recorded,
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> LinearMap:
        recorded = copy.deepcopy(self._recorded, memo)
        return type(self)(self._program, self._pair, self._form, recorded)

    def _at(self, seed: Any) -> Any:
        """What the second program makes of a seed that was checked."""
        compiled = self._pair.second
        try:
            return compiled.call(self._recorded, seed)
        except (ArithmeticError, ValueError):
            careful = compiled.careful()
            if careful is None:
                raise
            return careful(self._recorded, seed)

    def __repr__(self) -> str:
        return f"<{self._kind} of {self.__name__}>"

    def source(self, *example: Any, **kwargs: Any) -> str:
        """The generated program that a call runs; with example arguments, both programs for those."""
        if example or kwargs:
            return self._program.source(*example, **kwargs)
        return self._pair.second.text

    def stages(self, *example: Any, **kwargs: Any) -> Stages:
        """Every stage of the compilation as text (with example arguments, of the first program for those)."""
        if example or kwargs:
            return self._program.stages(*example, **kwargs)
        return self._pair.second.stages

    def clear_cache(self) -> None:
        """Forget the compiled programs of this function (this object keeps its own)."""
        self._program.clear_cache()


class Pullback(LinearMap):
    """The reverse sweep of one point: ``pullback(cotangent) -> (x_bar, …)``, one entry for each primal."""

    _kind = "pullback"

    def __call__(self, cotangent: Any) -> Any:
        check_fits(self._form, cotangent, "cotangent", "value")
        return self._at(cotangent)


class PairProgram(Derivative):
    """A program in two: calls give a value and a `LinearMap`; `source` shows both."""

    #: how the two are called in their docstrings
    titles = ("", "")

    def source(self, *example: Any, **kwargs: Any) -> str:
        pair = self._variant_for(example, kwargs)
        assert isinstance(pair, Pair)
        return f"{pair.compiled.text}\n\n{pair.second.text}"

    def _built(
        self,
        arguments: dict[str, Structure],
        parameters: Any,
        stem: str,
        number: int,
        fixed: Collection[Key],
    ) -> Pair:
        built = self.build(parameters, f"{stem}_{self.request.kind}", fixed)
        first, second = split_program(built.function)
        note = describe(self.request, stem, shown(self.primal, self.__signature__))
        compiled = finish(replace(built, function=first), (self.titles[0], *note), self._home())
        owning = Built(replace(second, owns_results=True), (), Stages(), ())
        finished = finish(owning, (self.titles[1], *note), self._home())
        return Pair(arguments, compiled, number, finished)

    def pair_for(self, arguments: dict[str, Structure]) -> Pair:
        """The programs for abstract arguments that were compiled for in another process."""
        with self._lock:
            found = self._find_for(arguments, dict.fromkeys(arguments))
            assert isinstance(found, Pair)
            return found

    def _program_of(self, variant: Variant) -> Callable[..., Any]:
        assert isinstance(variant, Pair)
        return self.joined(variant, variant.compiled.call)

    def _careful_of(self, variant: Variant) -> Callable[..., Any] | None:
        assert isinstance(variant, Pair)
        careful = variant.compiled.careful()
        return None if careful is None else self.joined(variant, careful)

    def build(self, parameters: Any, name: str, fixed: Collection[Key]) -> Built:
        """The whole program, before it is parted."""
        return build(self.request, self.primal, parameters, name, fixed)

    def joined(self, pair: Pair, first: Callable[..., Any]) -> Callable[..., Any]:
        """The first program, giving the second one as a function."""
        raise NotImplementedError


class VjpProgram(PairProgram):
    """Calls give ``(value, pullback)``; `source` shows both programs."""

    titles = ("Forward sweep.", "Reverse sweep.")

    def joined(self, pair: Pair, first: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> tuple[Any, Pullback]:
            value, recorded = first(*args, **kwargs)
            return value, Pullback(self, pair, from_value(value), recorded)

        return run


def _restored(
    cls: type[LinearMap],
    program: PairProgram,
    arguments: dict[str, Structure],
    form: Structure,
    recorded: tuple[Any, ...],
) -> LinearMap:
    return cls(program, program.pair_for(arguments), form, recorded)


def vjp_program(primal: Callable[..., Any], count: int, argnums: Any = None) -> Any:
    """The program behind `vjp` for `count` primals."""
    chosen = tuple(range(count)) if argnums is None else argnums
    return derivative_of(Request("vjp", chosen, primals=count), primal, VjpProgram)


def check_fits(value: Structure, seed: Any, what: str, like: str) -> None:
    """A cotangent (or tangent) has the structure, shape and dtype of the value (or primal)."""

    def refuse(fact: str) -> ArgumentError:
        return ArgumentError(
            f"the {what} does not fit: {fact}.",
            why=f"a {what} has the structure, shape and dtype of the {like} (None for leaves without derivative).",
            write=f"np.ones_like({'value' if like == 'value' else 'x'}), or another {what} of its form",
        )

    def visit(primal: Structure, found: Structure) -> None:
        if isinstance(primal, Branch) != isinstance(found, Branch) or (
            isinstance(primal, Branch) and primal.form[:2] != found.form[:2]
        ):
            raise refuse(f"its containers are not those of the {like}")
        if isinstance(primal, Branch):
            for a, b in zip(primal.children, found.children, strict=True):
                visit(a, b)
            return
        if isinstance(primal, (str, type(None))):
            return
        if found is None:
            if np.asarray(primal).dtype.kind in "fc":
                raise refuse(f"a number of the {like} got None")
            return
        if np.shape(found) != np.shape(primal):
            raise refuse(f"its shape is {np.shape(found)}, that of the {like} {np.shape(primal)}")
        kind = np.asarray(found).dtype
        if type(found) not in (int, float, bool) and kind.kind not in "fc":
            raise refuse(f"it is an array of {kind}")
        if (
            isinstance(primal, np.ndarray)
            and isinstance(found, np.ndarray)
            and kind != primal.dtype
        ):
            raise refuse(f"its dtype is {kind}, that of the {like} {primal.dtype}")

    visit(value, from_value(seed))
