"""Running the user's own function, where it says better what is wrong than its derivative can."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from adcompiler.errors import ADError
from adcompiler.ir.effects import acts
from adcompiler.ir.nodes import Function

#: what Python and NumPy raise where values or shapes do not fit
RAISED = (ArithmeticError, LookupError, TypeError, ValueError)


def run_primal(derivative: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Call the function with copies of its arguments (it may write into them), without those of its derivative."""
    bound = derivative.__signature__.bind(*args, **kwargs)
    for seed in derivative.request.seeds:
        bound.arguments.pop(seed, None)
    given, named = copy.deepcopy((bound.args, bound.kwargs))
    derivative.primal(*given, **named)


def raise_at_home(
    error: Exception,
    derivative: Any,
    program: Function,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    """Let the function raise itself what its derivative raised: at a line that its author wrote.

    (A program with effects is not run a second time.)
    """
    if isinstance(error, ADError) or acts(program):
        return
    try:
        run_primal(derivative, args, kwargs)
    except type(error) as own:
        if str(own) == str(error) or not isinstance(error, TypeError):
            raise own from None  # else they are arguments that cannot be copied
