"""A user's own rules: functions with derivatives that are given, not found.

Outside of a derivative the decorated functions are plain Python.  Inside, `frontend.custom` lowers function and rules.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from adcompiler.errors import ArgumentError
from adcompiler.ir.builder import current
from adcompiler.ir.nodes import Call
from adcompiler.ir.primitive import Primitive, Spelling
from adcompiler.ir.types import Array, Type, dtype_of, shape_of
from adcompiler.ir.values import Atom
from adcompiler.primitives.kinds import batch_elementwise
from adcompiler.primitives.shapes import like_operand
from adcompiler.runtime.rows import map_rows

_T = TypeVar("_T")
Rule = Callable[..., Any]

#: as `stop_gradient`, but of the compiler's: gone when the derivatives are made
held = Primitive(
    "held", lambda x: x, like_operand, Spelling("_0"), "inert", batch=batch_elementwise, kind="elementwise",
    memory="view",
)  # fmt: skip
#: what a linear map is transposed at; no value of it is ever needed
stand_in = Primitive(
    "stand_in", np.zeros_like, like_operand, Spelling("np.zeros_like(_0)"), shape_only=(0,),
    batch=batch_elementwise,
)  # fmt: skip


class CustomFunction:
    """What the decorators have in common: a call runs the function itself."""

    #: attributes that hold rules; a program that uses one is compiled again when it is set anew
    rules: tuple[str, ...] = ()
    #: how the rules are given, for errors
    given_by = ""

    def __init__(self, function: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        if not callable(function):
            raise ArgumentError(
                f"{function!r} is given a rule, which is no function.",
                why="rules belong to functions.",
                write=f"@ad.{type(self).__name__} above a def",
            )
        numbers = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        self.parameter_names = _positional(function)
        count = len(self.parameter_names)
        if not all(type(n) is int and -count <= n < count for n in numbers):
            raise ArgumentError(
                f"nondiff_argnums {nondiff_argnums!r} is not understood.",
                why=f"arguments are chosen by position; the function has {count}.",
                write="nondiff_argnums=(0,)",
            )
        functools.update_wrapper(self, function, updated=())
        try:
            self.__signature__ = inspect.signature(function)
        except (TypeError, ValueError):  # some functions of C do not tell
            self.__signature__ = inspect.Signature(
                [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY)]
            )
        self.function = function
        self.nondiff_argnums = tuple(sorted({n % count for n in numbers}))

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, '__qualname__', self.function)}>"

    def __reduce__(self) -> Any:
        return self.__qualname__  # type: ignore[attr-defined]


class custom_jvp(CustomFunction):  # noqa: N801 - a decorator, named as in JAX
    """A function with a rule for its tangents (forward mode); reverse mode is its transpose.

    ``f.defjvp(rule)`` gives the rule: ``rule(primals, tangents) -> (value, tangent)``, with tuples of what the
    arguments and their directions are.  The arguments of `nondiff_argnums` have no derivative and stand in front.  The
    rule is an ordinary function: compiled with the rest, and differentiated again for second derivatives.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> @ad.custom_jvp
    ... def log1pexp(x):
    ...     return np.log(1.0 + np.exp(x))
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return log1pexp(x), x_dot * (1.0 - 1.0 / (1.0 + np.exp(x)))
    >>> ad.grad(log1pexp)(0.0)
    0.5
    """

    rules = ("jvp",)
    given_by = "defjvp(rule)"

    def __init__(self, function: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        super().__init__(function, nondiff_argnums)
        self.jvp: Rule | None = None

    def defjvp(self, jvp: Rule) -> Rule:
        """Give the rule, or another one; returns it, so that it can stand as a decorator."""
        self.jvp = _function(jvp, "jvp")
        return jvp


class custom_vjp(CustomFunction):  # noqa: N801 - a decorator, named as in JAX
    """A function with a rule for its cotangents (reverse mode); forward mode is its transpose.

    ``f.defvjp(fwd, bwd)`` gives the rule.  ``fwd(*args) -> (value, residuals)`` runs in the place of the function
    where it is differentiated; ``bwd(residuals, value_bar) -> (x_bar, …)`` gives a tuple with one cotangent for each
    argument, None for one that is zero.  The arguments of `nondiff_argnums` have none; they stand in front of the
    residuals.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> @ad.custom_vjp
    ... def square(x):
    ...     return x * x
    >>> def forward(x):
    ...     return square(x), x
    >>> def backward(x, y_bar):
    ...     return (np.clip(2.0 * x * y_bar, -1.0, 1.0),)
    >>> square.defvjp(forward, backward)
    >>> ad.grad(square)(0.25), ad.grad(square)(5.0)
    (0.5, 1.0)
    """

    rules = ("fwd", "bwd")
    given_by = "defvjp(fwd, bwd)"

    def __init__(self, function: Callable[..., Any], nondiff_argnums: Sequence[int] = ()) -> None:
        super().__init__(function, nondiff_argnums)
        self.fwd: Rule | None = None
        self.bwd: Rule | None = None

    def defvjp(self, fwd: Rule, bwd: Rule) -> None:
        """Give the rule, or another one."""
        self.fwd, self.bwd = _function(fwd, "fwd"), _function(bwd, "bwd")


class primitive(CustomFunction):  # noqa: N801 - made like the decorators
    """A function without readable source (of a C extension, of SciPy) and its derivatives, in one row.

    *Elementwise*: `partials` are ∂y/∂xᵢ as functions of the result and the operands, one for each operand (None for
    one that is zero by declaration); where not all operands broadcast, `result` tells the form.

    *General*: `result` makes something with the shape and dtype of the result from the operands, and at least one
    mode is given: ``jvp(y, primals, tangents) -> y_dot`` or ``vjp(y, primals, y_bar) -> (x_bar, …)``; the other mode is
    the transpose.  The function must be pure: it is not run where its value is not needed.

    >>> import math
    >>> import numpy as np
    >>> import adcompiler as ad
    >>> erf = ad.primitive(math.erf, partials=lambda y, x: 2.0 / math.sqrt(math.pi) * np.exp(-x * x))
    >>> erf(0.0), ad.grad(erf)(0.0)
    (0.0, 1.1283791670955126)
    """

    rules = ("partials", "result", "jvp", "vjp")
    given_by = "primitive(f, jvp=…, vjp=…)"

    def __init__(
        self,
        function: Callable[..., Any],
        partials: Rule | Sequence[Rule | None] | None = None,
        *,
        result: Rule | None = None,
        jvp: Rule | None = None,
        vjp: Rule | None = None,
        nondiff_argnums: Sequence[int] = (),
    ) -> None:
        super().__init__(function, nondiff_argnums)
        general = jvp is not None or vjp is not None
        if (partials is None) != general or (general and result is None):
            raise ArgumentError(
                f"the rule of `{getattr(function, '__name__', function)}` is not complete.",
                why="an elementwise function has partials; any other has the result's form and a rule of its own.",
                write="ad.primitive(f, partials=lambda y, x: …) or ad.primitive(f, result=lambda x: x, vjp=…)",
            )
        several = tuple(partials) if isinstance(partials, (list, tuple)) else partials
        self.partials = several
        for rule in several if isinstance(several, tuple) else (several, result, jvp, vjp):
            if rule is not None:
                _function(rule, "of a primitive")
        self.result, self.jvp, self.vjp = result, jvp, vjp
        self.rows: dict[Any, Primitive] = {}

    def __reduce__(self) -> Any:
        return _restored, (
            self.function,
            {
                "partials": self.partials,
                "result": self.result,
                "jvp": self.jvp,
                "vjp": self.vjp,
                "nondiff_argnums": self.nondiff_argnums,
            },
        )

    def row(self, type: Type, operands: int) -> Primitive:
        """The opaque call with this type of result."""
        if (type, operands) not in self.rows:
            name = getattr(self.function, "__name__", "f")
            call = f"_function({', '.join(f'_{k}' for k in range(operands))})"
            rank, dtype = len(shape_of(type)), dtype_of(type).name
            known = isinstance(self.function, np.ufunc) or (self.result is None and not rank)
            self.rows[type, operands] = Primitive(
                name if name.isidentifier() else "f",
                self.function,
                lambda args, statics: type,
                Spelling(call if known else f"check_result({call}, {name!r}, {rank}, {dtype!r})"),
                batch=self._for_directions,
                defaults={"function": self.function},
            )
        return self.rows[type, operands]

    def _for_directions(self, call: Call, args: Sequence[Atom], flags: Sequence[bool]) -> Atom:
        """Row by row: what the function does with one more axis is not known."""
        count = next(shape_of(a.type)[0] for a, flag in zip(args, flags, strict=True) if flag)
        type = Array(dtype_of(call.target.type), (count, *shape_of(call.target.type)))
        key = type, tuple(flags)
        if key not in self.rows:
            function, batched = self.function, tuple(flags)
            names = ", ".join(f"_{k}" for k in range(len(args)))
            self.rows[key] = Primitive(
                f"{call.primitive.name}_rows",
                lambda *operands: map_rows(function, operands, batched),
                lambda args, statics: type,
                Spelling(f"map_rows(_function, ({names},), {batched!r})"),
                defaults={"function": function},
            )
        return current().apply(self.rows[key], *args)


def _restored(function: Callable[..., Any], rules: dict[str, Any]) -> primitive:
    return primitive(function, **rules)


def _function(rule: Any, name: str) -> Rule:
    if not callable(rule):
        raise ArgumentError(
            f"the rule {name} is {rule!r}, which is no function.",
            why="a rule is an ordinary function.",
            write=f"def {name}(…): …",
        )
    return rule  # type: ignore[no-any-return]


def _positional(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ["x"]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds]


def with_cotangent(value: _T, rule: Callable[[_T], _T]) -> _T:
    """The value itself; in a reverse sweep its cotangent passes through `rule`.

    `rule` takes the cotangent of `value` and returns what goes on in its place, with the same structure.  Run plainly,
    and in forward mode, this is the identity.

    >>> import numpy as np
    >>> import adcompiler as ad
    >>> def f(x):
    ...     h = ad.with_cotangent(x * x, lambda h_bar: np.clip(h_bar, -1.0, 1.0))
    ...     return 100.0 * h
    >>> f(3.0), ad.grad(f)(3.0)
    (900.0, 6.0)
    """
    return value


vars(with_cotangent)["__adcompiler_surgery__"] = True
