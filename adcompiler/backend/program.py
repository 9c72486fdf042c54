"""The product: the text of one generated function and what it imports."""

from __future__ import annotations

from dataclasses import dataclass

from adcompiler.backend.imports import Import


@dataclass(frozen=True)
class Program:
    """`text` is a whole module that runs when pasted into a file; `name` is the function in it."""

    text: str
    name: str
    imports: tuple[Import, ...]
