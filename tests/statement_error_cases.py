"""What is refused of `nonlocal`, `try`, `with`, generators and their kin, each with a golden message.

Each program is a text of its own, so that a new one does not move the lines of the others.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

import adcompiler as ad

HEAD = """\
import math
import numpy as np
import adcompiler as ad


"""
Case = Callable[[Any], object]
V = np.array([1.0, -2.0, 3.0])
CASES: dict[str, tuple[str, Any]] = {}


def case(name: str, text: str, at: Any = 2.0) -> None:
    """The function `name` of the text is differentiated at this argument."""
    CASES[name] = HEAD + textwrap.dedent(text).lstrip("\n"), at


def run(name: str, module: Any) -> object:
    return ad.grad(getattr(module, name))(CASES[name][1])


case(
    "nonlocal_around",
    """
    def counter():
        calls = 0

        def nonlocal_around(x):
            nonlocal calls
            calls += 1
            return x * calls

        return nonlocal_around


    nonlocal_around = counter()
    """,
)
case(
    "nonlocal_walrus",
    """
    def nonlocal_walrus(x):
        total = x

        def add():
            nonlocal total
            return (total := total * x)

        return add() * total
    """,
)
case(
    "nonlocal_under_grad",
    """
    def nonlocal_under_grad(x):
        total = x

        def square(t):
            nonlocal total
            total = t * t
            return total

        return ad.grad(square)(x) * total
    """,
)
case("reshape_of_an_argument", """
    def reshape_of_an_argument(x):
        x.reshape(3, 1)[0] = 2.0
        return np.sum(x * x)
    """, V)  # fmt: skip
case("reshape_of_a_transpose", """
    def reshape_of_a_transpose(x):
        a = np.zeros((3, 3)).T
        a.ravel()[0] = x[0]
        return np.sum(a * x)
    """, V)  # fmt: skip
