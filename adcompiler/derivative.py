"""Derivative objects: what `grad(f)` returns.

An object holds one compiled variant for each abstract signature it was called with.  Its entry function has the
parameters of the program, tests the guards of the variant used last and calls it; everything else happens here,
once for each signature.
"""

from __future__ import annotations

import copy
import inspect
import logging
import pickle
import sys
import threading
import types
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adcompiler.arguments import (
    Assumed,
    as_parameter,
    home_of,
    key_of,
    place_of,
    specialised,
    whole_number,
)
from adcompiler.at_home import RAISED, raise_at_home, run_primal
from adcompiler.backend.entry import Entry, Guarded, make_entry
from adcompiler.errors import ADError, ArgumentError, ShapeError
from adcompiler.families import adopted, donate
from adcompiler.frontend.abstraction import abstract
from adcompiler.frontend.capture import Dependency, Key, identity_of
from adcompiler.frontend.parameters import behind_self, shown
from adcompiler.interface import active_names, describe, program_signature
from adcompiler.ir.effects import acts
from adcompiler.ir.structure import Structure
from adcompiler.options import Request
from adcompiler.overlap import Pair, apart, check_apart, defaults_apart
from adcompiler.pipeline import Compiled, Stages, build, finish, sends
from adcompiler.primitives.custom import CustomFunction
from adcompiler.primitives.statics import ValueNeeded
from adcompiler.seeds import alike, check_shapes, like_primals, naming_bad_seeds

log = logging.getLogger("adcompiler")

#: a function with more variants than this is probably called with ever new signatures
MANY_VARIANTS = 32
SUFFIX = {
    "grad": "grad",
    "value_and_grad": "value_and_grad",
    "adjoint": "adjoint",
    "tangent": "tangent",
    "jacobian": "jacobian",
    "hessian": "hessian",
    "hvp": "hvp",
    "hessian_product": "hvp",
    "jvp": "jvp",
    "pullback": "pullback",
    "derivative": "derivative",
    "directional": "directional",
    "laplacian": "laplacian",
}


@dataclass(eq=False)
class Variant:
    """A compiled program and the abstract arguments it was compiled for; `entry` is made at its first call."""

    arguments: dict[str, Structure]
    compiled: Compiled
    number: int
    entry: Entry | None = field(default=None, init=False)


class Derivative:
    """The derivative of `primal` that `request` names; called like the function itself.

    Made by `grad`, `value_and_grad`, `jacobian`, `hessian`, `tangent`, `adjoint` …

    >>> import adcompiler as ad
    >>> df = ad.grad(lambda x: x * x)
    >>> df(3.0)
    6.0
    >>> df
    <grad of <lambda>(x) with respect to 0, reverse mode>
    """

    # a call finds the entry in this slot, with no Python function between
    __slots__ = ("__call__", "__dict__", "__weakref__")
    __adcompiler_derivative__ = True

    def __init__(self, request: Request, primal: Callable[..., Any]) -> None:
        self.request = request
        self.primal = primal
        self.__name__ = getattr(primal, "__name__", type(primal).__name__)
        self.__qualname__ = getattr(primal, "__qualname__", self.__name__)
        self.__doc__ = primal.__doc__
        self.__module__ = getattr(primal, "__module__", None) or "adcompiler"
        self.__signature__ = program_signature(request, primal)
        self._lock = threading.RLock()
        self.clear_cache()

    def clear_cache(self) -> None:
        """Forget all compiled variants; the next call compiles anew."""
        self._variants: dict[Any, Variant] = {}
        self._needed: dict[Any, tuple[str, int]] = {}
        self._fixed: dict[Any, dict[Key, Dependency]] = {}
        self._last: Variant | None = None
        self._enter(self._slow)

    def _enter(self, entry: Callable[..., Any]) -> None:
        """From here on a call runs `entry`."""
        object.__setattr__(self, "__call__", entry)

    if TYPE_CHECKING:

        def __call__(self, /, *args: Any, **kwargs: Any) -> Any: ...

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else BoundDerivative(self.for_method(), instance)

    def for_method(self) -> Derivative:
        """The derivative as a method: `argnums` counts without `self`."""
        argnums = self.request.argnums
        if argnums is None:
            return self
        primals = self.request.primals
        request = replace(
            self.request,
            argnums=behind_self(argnums),
            primals=None if primals is None else 1 + primals,
        )
        shifted: Derivative = derivative_of(request, self.primal, type(self))
        return shifted

    def __repr__(self) -> str:
        signature = ", ".join(shown(self.primal, self.__signature__).parameters)
        argnums = self.request.argnums
        chosen = "" if argnums is None else f" with respect to {argnums}"
        mode = (
            f", {self.request.mode} mode"
            if self.request.kind in ("grad", "value_and_grad", "jacobian")
            else ""
        )
        return f"<{self.request.kind} of {self.__name__}({signature}){chosen}{mode}>"

    def __reduce__(self) -> Any:
        module = sys.modules.get(self.__module__)
        found: Any = module
        for part in self.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is self:
            return self.__qualname__
        try:
            pickle.dumps(self.primal)
        except Exception as error:
            raise pickle.PicklingError(
                f"{self!r} cannot be pickled, because its function cannot: {error}. "
                "A function pickles when it is defined at the top level of a module under its own name."
            ) from error
        return type(self), (self.request, self.primal)

    def __copy__(self) -> Derivative:
        return Derivative(self.request, self.primal)

    def __deepcopy__(self, memo: dict[int, Any]) -> Derivative:
        return Derivative(self.request, copy.deepcopy(self.primal, memo))

    def source(self, *example: Any, **kwargs: Any) -> str:
        """The generated program as text.

        With example arguments, the variant for them; else the one used last; else for the annotated types,
        floats where there are none.
        """
        return self._variant_for(example, kwargs).compiled.text

    def stages(self, *example: Any, **kwargs: Any) -> Stages:
        """Every stage of the compilation as text (print it), for the variant that `source` shows."""
        return self._variant_for(example, kwargs).compiled.stages

    def program(self, *example: Any, **kwargs: Any) -> Callable[..., Any]:
        """The generated function itself, without guards: the variant that `source` shows."""
        return self._variant_for(example, kwargs).compiled.call

    def _variant_for(self, example: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Variant:
        with self._lock:
            if example or kwargs:
                return self._find(self._bind(example, kwargs))
            if self._last is not None:
                return self._last
            assumed: dict[str, Any] = {}
            for name, parameter in self.__signature__.parameters.items():
                assumed[name] = Assumed(name, parameter)
            return self._find(assumed)

    def _slow(self, /, *args: Any, **kwargs: Any) -> Any:
        """The way of a call whose guards did not hold: find or compile its variant, make its entry, run it."""
        try:
            with self._lock:
                variant = self._find(self._bind(args, kwargs))
                entry = variant.entry = variant.entry or self._entry_of(variant)
                checks = "check_shape(" in variant.compiled.text
                self._enter(naming_bad_seeds(entry) if checks else entry)
                if entry.unequal(*args, **kwargs):
                    self._explain(variant, args, kwargs)
        except ADError as error:
            # the place in the user's program is in the message; our own frames would only hide it
            raise error.with_traceback(None) from None
        run = naming_bad_seeds(entry.unguarded) if checks else entry.unguarded
        try:
            return run(*args, **kwargs)
        except RAISED as error:
            raise_at_home(error, self, variant.compiled.function, args, kwargs)
            raise

    def _explain(self, variant: Variant, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Raise what is wrong where lengths differ that the program takes to be equal.

        That is NumPy's own error, at the user's line; a branch not taken may do without equal lengths.
        """
        values = self._bind(args, kwargs)
        check_apart(self._apart(variant), values, variant.compiled.dependencies)
        check_shapes(alike(self.request, variant.arguments), values)
        run_primal(self, args, kwargs)
        if acts(variant.compiled.function):
            raise ShapeError(
                f"`{self.__name__}` has effects, and a branch that was not taken needs other lengths.",
                why="it has just run, to find out; running the program would repeat its effects.",
                write="arrays with which both branches could be computed",
            )

    def _bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            bound = self.__signature__.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(
                f"the arguments do not fit `{self.__name__}`: {error}.",
                why=f"its parameters are {self.__signature__}.",
                write=f"{self.__name__}{self.__signature__}",
            ) from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def _find(self, values: dict[str, Any]) -> Variant:
        return self._find_for(self._abstract(values), values)

    def _find_for(self, arguments: dict[str, Structure], values: dict[str, Any]) -> Variant:
        while True:
            key = key_of(arguments)
            if key in self._needed:  # this signature was specialised on a value before
                arguments = specialised(arguments, values, self._needed[key])
                continue
            fixed = self._fixed.get(key, {})
            place = (key, tuple(whole_number(outside, values) for outside in fixed.values()))
            variant = self._variants.get(place)
            if variant is not None and all(d.holds(values) for d in variant.compiled.dependencies):
                self._last = variant
                return variant
            shared = type(self) is Derivative and not fixed
            known = adopted(self.primal, (self.request, place), values) if shared else None
            if known is not None:
                self._last = Variant(arguments, known, len(self._variants) + 1)
                self._variants[place] = self._last
                return self._last
            try:
                variant = self._compile(arguments, values, variant is not None, frozenset(fixed))
            except ValueNeeded as needed:
                if needed.key is not None and identity_of(needed.key) not in fixed:
                    outside = Dependency(needed.key, needed.variable.name or "", None)
                    self._fixed[key] = {**fixed, identity_of(needed.key): outside}
                else:
                    self._needed[key] = place_of(needed, arguments, values)
                continue
            self._variants[place] = self._last = variant
            if shared:
                donate(self.primal, (self.request, place), variant.compiled)
            if len(self._variants) == MANY_VARIANTS:
                warnings.warn(
                    f"{self!r} was compiled for {MANY_VARIANTS} different signatures. If an int or a string differs "
                    "at every call, pass it as a float or an array.",
                    RuntimeWarning,
                    stacklevel=4,
                )
            return variant

    def _abstract(self, values: dict[str, Any]) -> dict[str, Structure]:
        chosen = active_names(self.request, self.__signature__)
        found: dict[str, Structure] = {}
        for name, value in values.items():
            if isinstance(value, Assumed):
                found[name] = value.structure
            else:
                found[name] = abstract(value, name=name, active=name in chosen)
        return like_primals(self.request, self.__signature__, found)

    def _compile(
        self,
        arguments: dict[str, Structure],
        values: dict[str, Any],
        stale: bool,
        fixed: Collection[Key],
    ) -> Variant:
        number = len(self._variants) + 1
        if self._variants:
            reason = "something it reads has changed" if stale else "a new signature"
            log.info(
                "recompiling %r: %s (%s)",
                self,
                reason,
                ", ".join(f"{n}: {s}" for n, s in arguments.items()),
            )
        own = shown(self.primal, self.__signature__).parameters
        parameters = tuple(
            as_parameter(self.__signature__.parameters[name], structure, values[name])
            for name, structure in arguments.items()
            if name in own or structure.children
        )
        stem = self.__name__ if self.__name__.isidentifier() else "f"
        return self._built(arguments, parameters, stem, number, fixed)

    def _built(
        self,
        arguments: dict[str, Structure],
        parameters: Any,
        stem: str,
        number: int,
        fixed: Collection[Key],
    ) -> Variant:
        name = f"{stem}_{SUFFIX[self.request.kind]}"
        built = build(self.request, self.primal, parameters, name, fixed)
        built = replace(built, function=replace(built.function, owns_results=True))
        note = describe(self.request, stem, shown(self.primal, self.__signature__))
        return Variant(arguments, finish(built, note, self._home()), number)

    def _home(self) -> dict[str, Any]:
        return home_of(self.primal)

    def _program_of(self, variant: Variant) -> Callable[..., Any]:
        return variant.compiled.call

    def _careful_of(self, variant: Variant) -> Callable[..., Any] | None:
        return variant.compiled.careful()

    def _apart(self, variant: Variant) -> list[Pair]:
        """What must be different things; seeds and tangents are read by nobody but the derivative itself."""
        compiled = variant.compiled
        seeds = self.request.seeds
        arguments = {k: v for k, v in variant.arguments.items() if k not in seeds}
        return [
            *apart(arguments, compiled.written, compiled.dependencies),
            *defaults_apart(self.primal, compiled.written),
        ]

    def _entry_of(self, variant: Variant) -> Entry:
        active = active_names(self.request, self.__signature__)
        compiled = variant.compiled
        return make_entry(
            self.__signature__,
            Guarded(
                variant.arguments,
                compiled.dependencies,
                active,
                sends(compiled),
                compiled.equalities,
                alike(self.request, variant.arguments),
                self._apart(variant),
            ),
            self._program_of(variant),
            lambda: self._careful_of(variant),
            self._slow,
        )


class BoundDerivative:
    """The derivative of a method with its object given."""

    def __init__(self, derivative: Derivative, instance: object) -> None:
        self.derivative = derivative
        self.__self__ = instance
        self.__name__, self.__qualname__ = derivative.__name__, derivative.__qualname__
        self.__doc__, self.__module__ = derivative.__doc__, derivative.__module__
        parameters = list(derivative.__signature__.parameters.values())[1:]
        self.__signature__ = inspect.Signature(parameters)

    @property
    def primal(self) -> Callable[..., Any]:
        return types.MethodType(self.derivative.primal, self.__self__)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.derivative(self.__self__, *args, **kwargs)

    def __repr__(self) -> str:
        return f"<bound {self.derivative!r} of {self.__self__!r}>"

    def source(self, *example: Any, **kwargs: Any) -> str:
        """As `Derivative.source`."""
        return self.derivative.source(*self._with_self(example, kwargs), **kwargs)

    def stages(self, *example: Any, **kwargs: Any) -> Stages:
        """As `Derivative.stages`."""
        return self.derivative.stages(*self._with_self(example, kwargs), **kwargs)

    def clear_cache(self) -> None:
        """As `Derivative.clear_cache`."""
        self.derivative.clear_cache()

    def _with_self(self, example: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        return (self.__self__, *example) if example or kwargs else ()


_CACHE = "__adcompiler_derivatives__"


def derivative_of(
    request: Request, primal: Callable[..., Any], cls: type[Derivative] = Derivative
) -> Any:
    """The derivative object, made once for each function and request, so that `grad(f)(x)` compiles once.

    It is kept on the function itself and goes with it.
    """
    if isinstance(primal, types.MethodType):
        whole = derivative_of(request, primal.__func__, cls)
        return BoundDerivative(whole.for_method(), primal.__self__)
    if isinstance(primal, BoundDerivative):
        whole = derivative_of(request, primal.derivative, cls)
        return BoundDerivative(whole.for_method(), primal.__self__)
    method = inspect.getattr_static(type(primal), "__call__", None)
    own = isinstance(primal, (Derivative, CustomFunction))
    if isinstance(method, types.FunctionType) and not own:
        return derivative_of(request, types.MethodType(method, primal), cls)  # a callable object
    kept = getattr(primal, "__dict__", None)
    if not isinstance(kept, dict) or isinstance(primal, type):
        return cls(request, primal)
    table = kept.setdefault(_CACHE, {})
    if (request, cls) not in table:
        table[request, cls] = cls(request, primal)
    return table[request, cls]
