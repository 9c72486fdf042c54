"""Whether an operation raises: asked before it is done, where the program catches what it raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def fails(error: type[BaseException], function: Callable[..., Any], *operands: Any) -> bool:
    """True where ``function(*operands)`` raises `error`; every other exception passes.

    >>> import numpy as np
    >>> fails(np.linalg.LinAlgError, np.linalg.cholesky, -np.eye(2))
    True
    """
    try:
        function(*operands)
    except error:
        return True
    return False
