"""Functions of `scipy.linalg` without a rule: they are refused by name, with the reason of `scipy_reasons`.

Without that the compiler would follow their Python source into LAPACK.
"""

from __future__ import annotations

from typing import Any, NoReturn

from scipy import linalg

from adcompiler.errors import NoDerivativeError
from adcompiler.primitives.reasons import NOT_NUMBERS, NOT_YET, REFUSED, Group
from adcompiler.primitives.scipy_reasons import LINALG


def _refusal(name: str, group: Group) -> Any:
    def call(*_: Any, **__: Any) -> NoReturn:
        raise NoDerivativeError(
            f"`linalg.{name}` has no derivative rule.", why=group.why, write=group.write
        )

    return call


FUNCTIONS: dict[Any, Any] = {
    getattr(linalg, name): _refusal(name, group)
    for group in LINALG
    if group.kind in (REFUSED, NOT_YET, NOT_NUMBERS)
    for name in group.names.split()
    if hasattr(linalg, name) and not isinstance(getattr(linalg, name), type)
}
