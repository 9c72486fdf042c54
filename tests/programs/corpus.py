"""The corpus: small natural programs with example arguments, each registered where it stands."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Program:
    """A function, the arguments it is tried on, the positions that are differentiated."""

    function: Function
    args: tuple[Any, ...]
    argnums: tuple[int, ...]

    def plain(self, *args: Any) -> Any:
        """The function itself, on copies: it may write into its arguments."""
        return self.function(*copy.deepcopy(args))

    @property
    def name(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"


PROGRAMS: list[Program] = []


def example(*args: Any, argnums: tuple[int, ...] | None = None) -> Callable[[Function], Function]:
    """Register the function below with example arguments; all of them are differentiated by default."""

    def register(function: Function) -> Function:
        chosen = tuple(range(len(args))) if argnums is None else argnums
        PROGRAMS.append(Program(function, args, chosen))
        return function

    return register
