"""Python's power where its result stays real."""

from __future__ import annotations

from typing import Any


def real_power(base: Any, exponent: Any) -> Any:
    """``base ** exponent``; Python's complex result for a negative base is refused.

    >>> real_power(2.0, 0.5) == 2.0**0.5
    True
    >>> real_power(-1.0, 0.5)
    Traceback (most recent call last):
    ValueError: -1.0 ** 0.5 is complex, and the derivative was made for real numbers
    """
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError(
            f"{base!r} ** {exponent!r} is complex, and the derivative was made for real numbers"
        )
    return value
