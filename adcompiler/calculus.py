"""Derivatives of higher order and along directions: `derivative`, `directional`, `laplacian`, `linearize`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adcompiler.api import ArgNums, Function, along, inside, made, normal_argnums
from adcompiler.errors import ArgumentError
from adcompiler.linearize import Pushforward, linearize_program
from adcompiler.options import Request


def derivative(
    f: Function | int | None = None,
    n: int = 1,
    argnums: int | str = 0,
    holomorphic: bool = False,
) -> Any:
    """The n-th derivative of a function of one number, as a function of the same arguments.

    A call, or a decorator with or without arguments.  The function may have further arguments and return anything
    made of floats; `argnums` is the number that varies.  One sweep carries all orders up to `n`, at a cost that
    grows with n².

    >>> import math
    >>> derivative(math.sin, 3)(0.0)
    -1.0
    >>> @derivative(n=2)
    ... def height(t, g=9.81):
    ...     return 20.0 * t - 0.5 * g * t**2
    >>> height(1.0)
    -9.81
    """
    if isinstance(f, int):
        raise ArgumentError(
            f"derivative is given the number {f} where a function stands.",
            why="the function is the first argument.",
            write=f"ad.derivative(f, {f}), or the decorator @ad.derivative(n={f})",
        )
    if isinstance(argnums, (tuple, list)):
        raise ArgumentError(
            f"an n-th derivative is asked for with respect to the arguments {argnums!r}.",
            why="it is one with respect to one number.",
            write=f"argnums={argnums[0] if argnums else 0!r}; ad.directional, ad.hessian for several arguments",
        )
    return made("derivative", f, argnums, "forward", holomorphic=holomorphic, order=_order(n))


def laplacian(f: Function | None = None, argnums: ArgNums = 0) -> Any:
    """The sum of the second derivatives of a scalar function with respect to each number of the chosen arguments.

    A call, or a decorator with or without arguments.

    >>> laplacian(lambda x, y: x**2 * y**3, argnums=(0, 1))(2.0, 1.0)
    26.0
    """
    return made("laplacian", f, argnums, "forward")


def directional(
    f: Function,
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    order: int = 1,
    argnums: ArgNums | None = None,
) -> Any:
    """The derivative of order `order` along a direction: dⁿ/dtⁿ f(x + t ẋ) at t = 0.

    `primals` are all arguments, `tangents` one for each of them, or for each that `argnums` chooses.

    >>> import numpy as np
    >>> directional(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),), order=2)
    np.float64(6.0)
    """
    return along("directional", f, primals, tangents, argnums, order=_order(order))


def linearize(f: Function | None = None, *primals: Any, argnums: ArgNums | None = None) -> Any:
    """Value and pushforward: what does not depend on the direction runs now, the rest as often as it is called.

    ``linearize(f, *primals)`` gives the pair at once; ``linearize(f)`` is a function of the primals that does, and with
    `source` shows both programs.  The pushforward takes one tangent for each argument, or for each that `argnums`
    chooses.

    >>> value, pushforward = linearize(lambda x, y: x * y, 2.0, 5.0)
    >>> value, pushforward(1.0, 0.0), pushforward(1.0, 1.0)
    (10.0, 5.0, 7.0)
    """
    if f is None:
        return lambda function: linearize(function, argnums=argnums)
    argnums = normal_argnums(argnums)
    if not primals:
        return linearize_program(f, argnums)
    return linearize_program(f, argnums, len(primals))(*primals)


def _order(n: Any) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ArgumentError(
            f"a derivative of order {n!r} is asked for.",
            why="derivatives are counted from the first.",
            write="n=1, n=2, …",
        )
    return n


def _derivative_inside(*args: Any, **options: Any) -> tuple[Request, bool]:
    given = dict(zip(("n", "argnums", "holomorphic"), args, strict=False)) | options
    return Request(
        "derivative",
        normal_argnums(given.get("argnums", 0)),
        "forward",
        holomorphic=bool(given.get("holomorphic", False)),
        order=_order(given.get("n", 1)),
    ), False


def _directional_inside(*args: Any, **options: Any) -> tuple[Request, bool]:
    argnums = normal_argnums(options.get("argnums"))
    if isinstance(argnums, (int, str)):
        argnums = (argnums,)  # tangents come as a tuple
    return Request("directional", argnums, order=_order(options.get("order", 1))), True


def _linearize_inside(*args: Any, **options: Any) -> tuple[Request, bool]:
    return Request("value_and_pushforward", normal_argnums(options.get("argnums"))), bool(args)


_INSIDE: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
    (derivative, _derivative_inside),
    (laplacian, inside("laplacian", False, "forward")),
    (directional, _directional_inside),
    (linearize, _linearize_inside),
)
for _function, _request in _INSIDE:
    vars(_function)["__adcompiler_request__"] = _request

__all__ = ["Pushforward", "derivative", "directional", "laplacian", "linearize"]
