"""Value and pushforward: one sweep for the function, and a linear function of tangents for its derivative."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from adcompiler.derivative import derivative_of
from adcompiler.errors import ArgumentError
from adcompiler.frontend.capture import Key
from adcompiler.frontend.parameters import own_signature
from adcompiler.interface import chosen_names
from adcompiler.ir.structure import Branch, from_value, sequence
from adcompiler.options import Request
from adcompiler.pipeline import Built, build
from adcompiler.transform.transpose import StandInError
from adcompiler.vjp import LinearMap, Pair, PairProgram, check_fits


class Pushforward(LinearMap):
    """The tangents at one point: ``pushforward(x_dot, …) -> y_dot``, a linear function of the direction."""

    _kind = "pushforward"

    def __call__(self, *tangents: Any) -> Any:
        assert isinstance(self._form, Branch)
        assert isinstance(self._program, LinearizeProgram)
        if len(tangents) != len(self._form.children):
            raise ArgumentError(
                f"the pushforward of `{self.__name__}` got {len(tangents)} tangents.",
                why=f"there are {len(self._form.children)} arguments, and each has one.",
                write=f"pushforward({', '.join(f'{name}_dot' for name in self._program.chosen)})",
            )
        check_fits(self._form, tangents, "tangent", "argument")
        return self._at(tangents)


class LinearizeProgram(PairProgram):
    """Calls give ``(value, pushforward)``; `source` shows both programs."""

    titles = ("Value, and what its tangents read.", "Tangents.")

    def joined(self, pair: Pair, first: Callable[..., Any]) -> Callable[..., Any]:
        names, signature = self.chosen, self.__signature__

        def run(*args: Any, **kwargs: Any) -> tuple[Any, Pushforward]:
            # closure variables come as keywords of their own
            own = {key: value for key, value in kwargs.items() if key in signature.parameters}
            bound = signature.bind(*args, **own)
            bound.apply_defaults()
            given = tuple(from_value(bound.arguments[name]) for name in names)
            form = sequence("tuple", given)
            value, recorded = first(*args, **kwargs)
            return value, Pushforward(self, pair, form, recorded)

        return run

    def build(self, parameters: Any, name: str, fixed: Collection[Key]) -> Built:
        try:
            return build(self.request, self.primal, parameters, name, fixed)
        except StandInError:
            # a loop whose reverse cannot be transposed runs again in the pushforward
            again = replace(self.request, kind="linearize_again")
            return build(again, self.primal, parameters, name, fixed)

    @property
    def chosen(self) -> list[str]:
        """The arguments that have tangents."""
        return chosen_names(self.request.argnums, list(self.__signature__.parameters))


def linearize_program(primal: Callable[..., Any], argnums: Any, count: int | None = None) -> Any:
    """The program behind `linearize`, for `count` primals where they are given with it."""
    chosen = argnums if isinstance(argnums, (tuple, type(None))) else (argnums,)
    if count is not None and chosen is None:
        chosen = tuple(range(count))
    if isinstance(primal, types.MethodType) and chosen is None:
        chosen = tuple(own_signature(primal).parameters)  # all but the object
    return derivative_of(
        Request("linearize", chosen, "forward", primals=count), primal, LinearizeProgram
    )
