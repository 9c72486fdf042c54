"""Functions whose derivative is not known: those that run where nothing depends on it, and those that are refused."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from scipy import special

from adcompiler.errors import NoDerivativeError
from adcompiler.primitives.kinds import elementwise
from adcompiler.primitives.samples import Domain
from adcompiler.primitives.scipy_reasons import SPECIAL
from adcompiler.primitives.scipy_special.rows import ORDER, call_of, infer_ufunc, row

_P, _X = Domain(0.2, 0.8), Domain(1.2, 2.5)
_M, _N, _LEVEL = (
    Domain(0, 2, integer=True),
    Domain(2, 3, integer=True),
    Domain(3, 5, integer=True),
)
#: ufuncs, and where they are tried out
_OPAQUE: dict[str, tuple[Domain, ...]] = {
    "elliprj": (_X, _X, _X, _X),
    "kolmogorov": (_X,),
    "kolmogi": (_P,),
    "smirnov": (ORDER, _P),
    "smirnovi": (ORDER, _P),
    "chndtridf": (_X, _P, _X),
    "ncfdtr": (_X, _X, _X, _X),
    "ncfdtri": (_X, _X, _X, _P),
    "ncfdtridfd": (_X, _P, _X, _X),
    "ncfdtridfn": (_P, _X, _X, _X),
    "ncfdtrinc": (_X, _X, _P, _X),
    "nctdtr": (_X, _X, _X),
    "nctdtridf": (_P, _X, _X),
    "nctdtrinc": (_X, _P, _X),
    "nctdtrit": (_X, _X, _P),
}
_OPAQUE_PAIRS: dict[str, tuple[Domain, ...]] = {
    "pro_rad2": (_M, _N, ORDER, _X),
    "obl_rad2": (_M, _N, ORDER, _X),
    **{
        f"{name}_cv": (_M, _N, ORDER, _LEVEL, _P if name != "pro_rad1" else _X)
        for name in ("pro_ang1", "obl_ang1", "pro_rad1", "obl_rad1")
    },
    "pro_rad2_cv": (_M, _N, ORDER, _LEVEL, _X),
    "obl_rad2_cv": (Domain(0, 0, integer=True), _N, ORDER, _LEVEL, _X),
}


def _pair(name: str, domains: tuple[Domain, ...]) -> Callable[..., Any]:
    function = getattr(special, name)
    places = ", ".join(f"_{k}" for k in range(len(domains)))

    def result(number: int) -> Callable[..., Any]:
        return lambda *args: function(*args)[number]

    return call_of(
        [
            elementwise(
                f"{name}_{k}",
                result(k),
                array=f"special.{name}({places})[{k}]",
                infer=infer_ufunc(name, function),
                partials=None,
                samples=domains,
                verdict="opaque",
                results=2,
            )
            for k in range(2)
        ]
    )


def _refusal(name: str, why: str, write: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise NoDerivativeError(f"`special.{name}` has no derivative rule.", why=why, write=write)

    refuse.__name__ = name
    return refuse


def _refused() -> dict[Any, Any]:
    """Functions that are written in Python and would otherwise be followed into SciPy's own code."""
    found: dict[Any, Any] = {}
    for group in SPECIAL:
        for name in group.names.split():
            value = getattr(special, name, None)
            rule = name.startswith("roots_") or name.endswith("_roots")
            if value is None or rule or isinstance(value, (np.ufunc, type, types.ModuleType)):
                continue
            found[value] = _refusal(name, group.why, group.write)
    return found


FUNCTIONS: dict[Any, Any] = {
    **{
        getattr(special, name): row(name, None, *domains, verdict="opaque")
        for name, domains in _OPAQUE.items()
    },
    **{getattr(special, name): _pair(name, domains) for name, domains in _OPAQUE_PAIRS.items()},
    **_refused(),
}
