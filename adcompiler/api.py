"""What users call: each a few lines over `derivative` (names and conventions of JAX where they exist)."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from adcompiler.derivative import derivative_of
from adcompiler.errors import ArgumentError, SourceError
from adcompiler.frontend.fence import check
from adcompiler.frontend.parameters import behind_self, own_signature, required_of
from adcompiler.frontend.source import find_source
from adcompiler.interface import chosen_names, seeds_of
from adcompiler.options import Request
from adcompiler.primitives.custom import custom_jvp, custom_vjp, primitive, with_cotangent
from adcompiler.primitives.inert import stop_gradient
from adcompiler.vjp import Pullback, vjp_program

Function = Callable[..., Any]
ArgNums = int | str | tuple[int | str, ...]


def grad(
    f: Function | None = None,
    argnums: ArgNums = 0,
    mode: str = "reverse",
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Any:
    """The gradient of a scalar function, as a function of the same arguments.

    A call, or a decorator with or without arguments.  `argnums` (positions or parameter names) chooses the
    arguments: one gives a bare result, a tuple gives a tuple.  A derivative has the structure, shape and dtype of
    its argument.  With `has_aux` the function returns ``(value, aux)`` and the derivative ``(gradient, aux)``.
    With respect to a complex z = x + iy it is ∂L/∂x - i ∂L/∂y; with `holomorphic` the function takes complex numbers
    to a complex number, and the result is its complex derivative.

    Raises `ResultError` where the result is not one floating-point number, `ArgumentError` where an argument has no
    derivative, and the other classes of `adcompiler.errors` for what cannot be differentiated.

    >>> import numpy as np
    >>> @grad(argnums=(0, 1))
    ... def f(x1, x2):
    ...     return np.log(x1) + x1 * x2 - np.sin(x2)
    >>> f(2.0, 5.0)
    (5.5, 1.7163378145367738)
    """
    return made("grad", f, argnums, mode, has_aux, holomorphic)


def value_and_grad(
    f: Function | None = None,
    argnums: ArgNums = 0,
    mode: str = "reverse",
    has_aux: bool = False,
    holomorphic: bool = False,
) -> Any:
    """Value and gradient in one program: ``(value, gradient)``, or ``((value, aux), gradient)``.

    >>> value_and_grad(lambda x: x ** 3)(2.0)
    (8.0, 12.0)
    """
    return made("value_and_grad", f, argnums, mode, has_aux, holomorphic)


def jacobian(
    f: Function | None = None,
    argnums: ArgNums = 0,
    mode: str = "auto",
    holomorphic: bool = False,
) -> Any:
    """The Jacobian, of shape ``out.shape + in.shape`` for each pair of output and argument.

    All directions run in one sweep.  `mode` "auto" takes forward mode where there are no more inputs than outputs.

    >>> import numpy as np
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return made("jacobian", f, argnums, mode, holomorphic=holomorphic)


def jacfwd(f: Function | None = None, argnums: ArgNums = 0, holomorphic: bool = False) -> Any:
    """`jacobian` in forward mode.

    >>> jacfwd(lambda x: (x, x * x))(3.0)
    (1.0, 6.0)
    """
    return made("jacobian", f, argnums, "forward", holomorphic=holomorphic)


def jacrev(f: Function | None = None, argnums: ArgNums = 0, holomorphic: bool = False) -> Any:
    """`jacobian` in reverse mode.

    >>> jacrev(lambda x: (x, x * x))(3.0)
    (1.0, 6.0)
    """
    return made("jacobian", f, argnums, "reverse", holomorphic=holomorphic)


def hessian(f: Function | None = None, argnums: ArgNums = 0, holomorphic: bool = False) -> Any:
    """The second derivatives of a scalar function (forward over reverse, one sweep).

    >>> hessian(lambda x: x ** 3)(2.0)
    12.0
    """
    return made("hessian", f, argnums, "forward", holomorphic=holomorphic)


def tangent(f: Function | None = None, argnums: ArgNums | None = None) -> Any:
    """The tangent program itself: ``f_tangent(x, x_dot) -> (y, y_dot)``.

    `argnums` None means every argument with a derivative.  The tangents stand behind the arguments, in their order.

    >>> tangent(lambda x, y: x * y)(2.0, 5.0, 1.0, 0.0)
    (10.0, 5.0)
    """
    return made("tangent", f, argnums, "forward")


def adjoint(f: Function | None = None, argnums: ArgNums | None = None) -> Any:
    """The adjoint program itself: ``f_adjoint(x, f_bar=1.0) -> (y, x_bar)``.

    `argnums` None means every argument with a derivative.  The seed may be left out only for a scalar result.

    >>> def f(x, y):
    ...     return x * y
    >>> adjoint(f)(2.0, 5.0)
    (10.0, 5.0, 2.0)
    >>> adjoint(f)(2.0, 5.0, f_bar=10.0)
    (10.0, 50.0, 20.0)
    """
    return made("adjoint", f, argnums, "reverse")


def jvp(
    f: Function,
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    argnums: ArgNums | None = None,
) -> tuple[Any, Any]:
    """Value and directional derivative: ``(f(*primals), J·tangents)``.

    There is one tangent for each primal, or for each that `argnums` chooses.

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 1.0))
    (10.0, 7.0)
    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0,), argnums=1)
    (10.0, 2.0)
    """
    value, tangent = along("jvp", f, primals, tangents, argnums)
    return value, tangent


def hvp(
    f: Function | None = None,
    primals: tuple[Any, ...] | None = None,
    tangents: tuple[Any, ...] | None = None,
    argnums: ArgNums | None = None,
) -> Any:
    """Hessian times vector, by forward over reverse; a tuple where there are several primals.

    There is one tangent for each primal, or for each that `argnums` chooses.  With a function alone it gives the
    program ``f_hvp(x, x_dot, …)``, the tangent behind the argument that `argnums` chooses (the first): what SciPy
    takes as `hessp`.

    >>> hvp(lambda x: x ** 3, (2.0,), (1.0,))
    12.0
    >>> hvp(lambda x, k: k * x ** 3)(2.0, 1.0, 10.0)
    120.0
    """
    if primals is not None and tangents is not None and f is not None:
        return along("hvp", f, primals, tangents, argnums)
    if primals is not None or tangents is not None:
        raise ArgumentError(
            "hvp is given primals without tangents, or tangents without primals.",
            why="the product is that of the Hessian at the primals with the tangents.",
            write="hvp(f, (x,), (x_dot,)), or hvp(f)(x, x_dot)",
        )
    argnums = 0 if argnums is None else argnums
    if isinstance(argnums, (tuple, list)):
        raise ArgumentError(
            f"the program of hvp is asked for with respect to the arguments {argnums!r}.",
            why="it has one tangent, behind the one argument that varies.",
            write="hvp(f, (x, y), (x_dot, y_dot)) for several arguments",
        )
    return made("hessian_product", f, argnums, "forward")


def vjp(f: Function, *primals: Any, argnums: ArgNums | None = None) -> tuple[Any, Pullback]:
    """Value and pullback: the forward sweep runs now and keeps what the pullback reads.

    The pullback may be called many times; it returns a tuple, one entry for each primal.  With `argnums` it returns
    the cotangents of these alone: one gives a bare result, a tuple a tuple.

    >>> value, pullback = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> value, pullback(1.0), pullback(10.0)
    (10.0, (5.0, 2.0), (50.0, 20.0))
    >>> vjp(lambda x, y: x * y, 2.0, 5.0, argnums=1)[1](1.0)
    2.0
    """
    value, pullback = vjp_program(f, len(primals), normal_argnums(argnums))(*primals)
    return value, pullback


def made(
    kind: str,
    f: Function | None,
    argnums: Any,
    mode: str,
    has_aux: bool = False,
    holomorphic: bool = False,
    order: int = 1,
) -> Any:
    """The derivative object, or the decorator that makes it."""
    modes = ("reverse", "forward", "auto") if kind == "jacobian" else ("reverse", "forward")
    if mode not in modes:
        raise ArgumentError(
            f"the mode {mode!r} does not exist.",
            why="there are forward and reverse mode.",
            write=" or ".join(f'mode="{m}"' for m in modes),
        )
    argnums = normal_argnums(argnums)
    if f is None:
        return lambda function: made(kind, function, argnums, mode, has_aux, holomorphic, order)
    if not callable(f):
        raise ArgumentError(
            f"{f!r} is differentiated, which is no function.",
            why="only functions have derivatives.",
            write=f"{kind}(f)(x)",
        )
    target = f.__func__ if isinstance(f, types.MethodType) else f
    _refuse_at_once(target)
    if argnums is None:
        argnums = required_of(target)
    else:
        if target is f:
            chosen_names(argnums, list(own_signature(target, argnums).parameters))
        else:
            names = list(own_signature(target, behind_self(argnums)).parameters)
            chosen_names(argnums, names[1:])
    seeds = seeds_of(kind, argnums, target)
    return derivative_of(Request(kind, argnums, mode, has_aux, seeds, bool(holomorphic), order), f)


def _refuse_at_once(target: Any) -> None:
    """Constructs that are refused whatever they touch are reported when the function is decorated.

    A missing source is reported at the first call: a rule, or another decorator, may make do without it.
    """
    if not isinstance(target, types.FunctionType):
        return
    try:
        source = find_source(target)
    except SourceError:
        return
    check(source.tree, source)


def normal_argnums(argnums: Any) -> Any:
    if isinstance(argnums, list):
        argnums = tuple(argnums)
    items = argnums if isinstance(argnums, tuple) else (argnums,)
    valid = argnums is None or all(
        isinstance(item, (int, str)) and not isinstance(item, bool) for item in items
    )
    if not valid or argnums == ():
        raise ArgumentError(
            f"argnums {argnums!r} is not understood.",
            why="arguments are chosen by position or by name.",
            write='argnums=0, argnums="x" or argnums=(0, 1)',
        )
    return argnums


def along(
    kind: str,
    f: Function,
    primals: Any,
    tangents: Any,
    argnums: Any,
    order: int = 1,
) -> Any:
    """`jvp`, `hvp` …: the function's arguments, and the tangents as one tuple behind them."""
    for value, what in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(value, (tuple, list)):
            raise ArgumentError(
                f"the {what} of {kind} are a {type(value).__name__}.",
                why="they are given as a tuple, one entry for each argument.",
                write=f"{kind}(f, (x,), (x_dot,))",
            )
    argnums = normal_argnums(argnums)
    chosen = tuple(range(len(primals))) if argnums is None else argnums
    chosen = chosen if isinstance(chosen, tuple) else (chosen,)
    if len(chosen) != len(tangents):
        given = "primals" if argnums is None else "chosen arguments"
        raise ArgumentError(
            f"{kind} got {len(chosen)} {given} and {len(tangents)} tangents.",
            why="each primal has one tangent."
            if argnums is None
            else "each of them has one tangent.",
            write=f"{kind}(f, (x, y), (x_dot, y_dot))"
            if argnums is None
            else f"{kind}(f, (x, y), (y_dot,), argnums=1)",
        )
    request = Request(
        kind, chosen, "forward", seeds=("tangents",), order=order, primals=len(primals)
    )
    return derivative_of(request, f)(*primals, tuple(tangents))


def inside(kind: str, immediate: bool, mode: str = "reverse") -> Callable[..., Any]:
    """What the frontend does with this function where it meets it inside a program."""

    def request(*args: Any, **options: Any) -> tuple[Request, bool]:
        if kind == "hvp" and not args and "primals" not in options:
            return Request("hessian_product", normal_argnums(options.get("argnums", 0))), False
        if immediate:
            fourth = args[2] if kind != "vjp" and len(args) > 2 else None
            argnums = normal_argnums(options.get("argnums", fourth))
            if kind != "vjp" and isinstance(argnums, (int, str)):
                argnums = (argnums,)  # tangents come as a tuple
            return Request(kind, argnums), True
        names = ("argnums", "mode", "has_aux")
        given = dict(zip(names, args, strict=False)) | options
        argnums = normal_argnums(
            given.get("argnums", None if kind in ("tangent", "adjoint") else 0)
        )
        seeds = ("f_bar",) if kind == "adjoint" else ()
        return Request(
            kind,
            argnums,
            given.get("mode", mode),
            given.get("has_aux", False),
            seeds,
            bool(given.get("holomorphic", False)),
        ), False

    return request


for _function, _kind, _immediate, _mode in (
    (grad, "grad", False, "reverse"),
    (value_and_grad, "value_and_grad", False, "reverse"),
    (jacobian, "jacobian", False, "auto"),
    (jacfwd, "jacobian", False, "forward"),
    (jacrev, "jacobian", False, "reverse"),
    (hessian, "hessian", False, "forward"),
    (tangent, "tangent", False, "forward"),
    (adjoint, "adjoint", False, "reverse"),
    (jvp, "jvp", True, "forward"),
    (hvp, "hvp", True, "forward"),
    (vjp, "vjp", True, "reverse"),
):
    vars(_function)["__adcompiler_request__"] = inside(_kind, _immediate, _mode)

__all__ = [
    "Pullback",
    "adjoint",
    "custom_jvp",
    "custom_vjp",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "primitive",
    "stop_gradient",
    "tangent",
    "value_and_grad",
    "vjp",
    "with_cotangent",
]
