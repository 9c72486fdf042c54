"""Calls: primitives, methods, builtins, user functions, classes, derivatives."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.errors import (
    ADError,
    ArgumentError,
    NoDerivativeError,
    ShapeError,
    UnsupportedValueError,
)
from adcompiler.frontend import growing_methods
from adcompiler.frontend.bound import (
    Bound,
    BoundMethod,
    Builtin,
    Closure,
    Differentiated,
    Instance,
    describe,
    lift,
    plain,
)
from adcompiler.frontend.branches import branch, going_on
from adcompiler.frontend.builtin_functions import BUILTINS
from adcompiler.frontend.custom import call_custom, surgery
from adcompiler.frontend.effects import kept_call, unread_call
from adcompiler.frontend.followed import in_python
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.function_choice import FunctionChoice
from adcompiler.frontend.generators import close_read
from adcompiler.frontend.in_place import FUNCTIONS_IN_PLACE, with_out
from adcompiler.frontend.math_results import as_float
from adcompiler.frontend.objects import by_operator, make_super, method_of, refuse_own_access
from adcompiler.frontend.optional import is_optional
from adcompiler.frontend.optional_arguments import with_none
from adcompiler.frontend.settled import settled
from adcompiler.frontend.special_calls import IN_PLAIN_PYTHON, SPECIAL, special_call
from adcompiler.frontend.streams import Stream
from adcompiler.frontend.ufunc_calls import has_keywords, with_keywords
from adcompiler.frontend.ufunc_places import AT_PLACES
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.structure import Branch, leaves
from adcompiler.ir.types import Array, NumpyScalar, is_number
from adcompiler.ir.values import Atom, Constant
from adcompiler.primitives.catalogue import FUNCTIONS, OPERATORS, find, not_known
from adcompiler.primitives.custom import CustomFunction
from adcompiler.primitives.verdicts import of_object


def call(frame: Frame, callee: Bound, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
    """`callee(*args, **kwargs)`; what may be None is handed on to functions that are entered, and shown."""
    if any(map(is_optional, (*args, *kwargs.values()))):
        found = with_none(frame, callee, args, kwargs)
        if found is not None:
            return found
    if isinstance(callee, (Builtin, Constant)):  # a function of the user's looks up its names
        for given in (*args, *kwargs.values()):
            settled(given, "an argument")
    if isinstance(callee, Builtin):
        if callee.lowered:
            return callee.apply(*args, **kwargs)
        return apply_row(frame, callee.apply, args, kwargs, f".{callee.name}", callee.style)
    if isinstance(callee, BoundMethod):
        return call(frame, callee.function, [*callee.args, *args], {**callee.kwargs, **kwargs})
    if isinstance(callee, Closure):
        return frame.inline(callee, args, kwargs)
    if isinstance(callee, FunctionChoice):
        chosen = callee

        def arm(function: Bound) -> Callable[[], Bound]:
            return lambda: call(frame, function, list(args), dict(kwargs))

        return going_on(branch(frame, chosen.condition, arm(chosen.then), arm(chosen.orelse)))
    if isinstance(callee, Differentiated):
        return frame.differentiate(callee, args, kwargs)
    method = method_of(frame, callee, "__call__")
    if method is not None:
        return call(frame, method, args, kwargs)
    if isinstance(callee, Constant):
        return _call_object(frame, callee.value, args, kwargs)
    raise UnsupportedValueError(
        f"{describe(callee)} is called.",
        why="it is no function that adcompiler knows.",
        write="a function, a method or a callable object",
    )


def call_operator(frame: Frame, sign: str, *operands: Bound) -> Bound:
    """A Python operator between numbers; objects use their own methods."""
    if len(operands) == 2:
        found = by_operator(frame, sign, *operands)
        if found is not None:
            return found
    if sign == "MatMult":
        return apply_row(frame, FUNCTIONS[np.matmul], list(operands), {}, "@", "python")
    primitive = OPERATORS.get(sign)
    if primitive is None:
        raise NoDerivativeError(
            f"the operator {sign} has no derivative rule.",
            why="it works on the bits of integers.",
            write="arithmetic operators",
        )
    # beside an array with axes NumPy takes a list as an array, whatever the order
    whole = any(isinstance(b, Atom) and isinstance(b.type, Array) and b.type.rank for b in operands)
    for bound in operands:
        if isinstance(bound, Branch) and sign in ("Add", "Mult") and not whole:
            raise UnsupportedValueError(
                f"the operator {sign} combines {' and '.join(map(describe, operands))}.",
                why="Python would build or refuse a container here, or NumPy would turn it into an array.",
                write="np.array(…) around the container, where numbers are meant",
            )
    return apply_row(frame, primitive, list(operands), {}, sign, "python")


def apply_row(
    frame: Frame,
    row: Callable[..., Any],
    args: list[Bound],
    kwargs: dict[str, Bound],
    name: str,
    style: str,
) -> Bound:
    """Call a catalogue function on plain values; its statements carry the user's spelling."""
    builder = current()
    before, builder.style = builder.style, style
    args, kwargs = _out_named(row, args, kwargs)
    if "out" in kwargs and isinstance(kwargs["out"], Constant) and kwargs["out"].value is None:
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
    present = frame.program.memory.present
    try:
        if "out" in kwargs:
            return with_out(frame, name, row, args, kwargs)
        plain_args = [plain(present(arg)) for arg in args]
        if isinstance(row, Primitive):
            plain_args = [_as_array(arg) for arg in plain_args]
        result = row(*plain_args, **{key: plain(present(value)) for key, value in kwargs.items()})
        frame.program.memory.layout.made(row, args, kwargs, result)
    except ADError as error:
        if not error.write and not isinstance(error, ShapeError):
            error.write = (
                f"`{name}` with the arguments that NumPy documents, as far as they are supported"
            )
        raise
    except (TypeError, AttributeError) as error:
        raise ArgumentError(
            f"`{name}` does not take these arguments: {error}.",
            why="got "
            + ", ".join(
                [describe(a) for a in args] + [f"{k}={describe(v)}" for k, v in kwargs.items()]
            )
            + ".",
            write=f"the arguments of `{name}` as NumPy documents them",
        ) from error
    finally:
        builder.style = before
    return lift(result)


def _out_named(
    row: Callable[..., Any], args: list[Bound], kwargs: dict[str, Bound]
) -> tuple[list[Bound], dict[str, Bound]]:
    """``np.sum(x, 0, None, y)``: an array to write into is meant by its place, too."""
    order: tuple[str, ...] = getattr(row, "parameters", ())
    if "out" not in order[: len(args)]:
        return args, kwargs
    place = order.index("out")
    return args[:place], {**dict(zip(order[place:], args[place:], strict=False)), **kwargs}


def _as_array(value: Any) -> Any:
    """NumPy turns a nested list given as an operand into an array."""
    if isinstance(value, (list, tuple)):
        return FUNCTIONS[np.array](list(value))
    return value


def _style_of(function: Any) -> str:
    """How the user spelled it: with NumPy or with Python (math, operator, builtins)."""
    if isinstance(function, np.ufunc) or isinstance(getattr(function, "__self__", None), np.ufunc):
        return "numpy"
    module = getattr(function, "__module__", None) or ""
    return "numpy" if module.split(".")[0] in ("numpy", "scipy") else "python"


def _is_of_math(function: Any) -> bool:
    return getattr(function, "__module__", None) == "math"


def _call_object(frame: Frame, function: Any, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
    if isinstance(function, CustomFunction):
        return call_custom(frame, function, args, kwargs)
    if getattr(function, "__adcompiler_surgery__", False):
        return surgery(frame, *args, **kwargs)
    if _hashable(function):
        kept = kept_call(frame, function, args, kwargs)
        if kept is not None:
            return kept
        if function is super:
            return make_super(frame, *args)
        if function in BUILTINS:
            return _call_builtin(frame, function, BUILTINS[function], args, kwargs)
        if function in SPECIAL:
            return _call_builtin(frame, function, SPECIAL[function], args, kwargs)
        special = special_call(frame, function, args, kwargs)
        if special is not None:
            return special
        function = IN_PLAIN_PYTHON.get(function, function)
        if function in FUNCTIONS_IN_PLACE:
            return FUNCTIONS_IN_PLACE[function](frame, *args, **kwargs)
        if function in AT_PLACES:
            return AT_PLACES[function](frame, *args, **kwargs)
        joins = growing_methods.function_of(function, args, kwargs)
        if joins is not None:
            return joins(frame, *args, **kwargs)
        followed = in_python(function, args, kwargs)
        if followed is not None:
            return call(frame, followed, args, kwargs)
        row = find(function)
        if row is not None and has_keywords(function, args, kwargs):
            return with_keywords(frame, function, row, args, kwargs)
        if row is not None:
            name = getattr(function, "__name__", str(function))
            found = apply_row(frame, row, args, kwargs, name, _style_of(function))
            return as_float(found) if _is_of_math(function) else found
    derivative = getattr(function, "__adcompiler_request__", None)
    if derivative is not None:
        return derivative_value(frame, derivative, args, kwargs)
    if getattr(type(function), "__adcompiler_derivative__", False):
        target = Differentiated(function.request, Constant.of(function.primal))
        return frame.differentiate(target, args, kwargs)
    if isinstance(function, functools.partial):
        return _call_partial(frame, function, args, kwargs)
    if type(function) in (operator.itemgetter, operator.attrgetter, operator.methodcaller):
        maker, given, *_ = function.__reduce__()
        if isinstance(maker, functools.partial):  # a methodcaller with keywords
            given, named = (*maker.args, *given), maker.keywords
            made = call(
                frame,
                Constant.of(type(function)),
                [*map(lift, given)],
                {k: lift(v) for k, v in named.items()},
            )
        else:
            made = call(frame, Constant.of(maker), [*map(lift, given)], {})
        return call(frame, made, args, kwargs)
    if isinstance(function, types.MethodType):
        return call(
            frame, Constant.of(function.__func__), [_owner(function.__self__), *args], kwargs
        )
    if isinstance(function, types.FunctionType):
        kwargs.pop("__property__", None)
        return frame.inline(function, args, kwargs)
    if isinstance(function, functools._lru_cache_wrapper):
        return call(frame, Constant.of(function.__wrapped__), args, kwargs)
    if isinstance(function, type) and of_object(function) is None:
        return _construct(frame, function, args, kwargs)
    kept = unread_call(frame, function, args, kwargs)
    if kept is not None:
        return kept
    raise not_known(function)


def _call_builtin(
    frame: Frame,
    function: Any,
    meaning: Callable[..., Bound],
    args: list[Bound],
    kwargs: dict[str, Bound],
) -> Bound:
    try:
        inspect.signature(meaning).bind(frame, *args, **kwargs)
    except TypeError as error:
        raise ArgumentError(
            f"`{function.__name__}` does not take these arguments: {error}.",
            why="Python would raise TypeError here, or this form is not followed.",
            write=f"the arguments of `{function.__name__}` as Python documents them",
        ) from None
    now = frame.program.memory.now
    named = {key: now(value) for key, value in kwargs.items()}
    found = lift(meaning(frame, *map(now, args), **named))
    if frame.program.generators and not isinstance(found, Stream):
        close_read(frame.program)
    return found


def _call_partial(
    frame: Frame, function: functools.partial[Any], args: list[Bound], kwargs: dict[str, Bound]
) -> Bound:
    """What a partial holds is read, and guarded, like any other data from outside."""
    captures = frame.program.captures
    given = captures.read(("attribute", function, "args"), ("cell", "args"), function.args, "args")
    named = captures.read(
        ("attribute", function, "keywords"), ("cell", "keywords"), function.keywords, "keywords"
    )
    keywords = dict(zip(named.keys, named.children, strict=True))
    return call(frame, Constant.of(function.func), [*given.children, *args], {**keywords, **kwargs})


def _owner(value: Any) -> Bound:
    """The object of a bound method that is met as a value."""
    return (
        Constant.of(value)
        if isinstance(value, (type, types.ModuleType))
        else Instance(value, (), ("attribute", value))
    )


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _construct(frame: Frame, cls: type, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
    """Containers with a fixed structure: NamedTuple, dataclass, and Python's own."""
    fields_of_tuple = getattr(cls, "_fields", None)
    if fields_of_tuple is not None and issubclass(cls, tuple):
        defaults = {k: lift(v) for k, v in getattr(cls, "_field_defaults", {}).items()}
        return _filled("namedtuple", cls, tuple(fields_of_tuple), defaults, args, kwargs)
    if dataclasses.is_dataclass(cls) and not _has_own_init(cls):
        fields = [field for field in dataclasses.fields(cls) if field.init]
        refuse_own_access(cls)
        defaults = {f.name: lift(f.default) for f in fields if f.default is not dataclasses.MISSING}
        given = {*(f.name for f in fields[: len(args)]), *kwargs}
        for f in fields:
            if f.default_factory is not dataclasses.MISSING and f.name not in given:
                defaults[f.name] = call(frame, Constant.of(f.default_factory), [], {})
        made = _filled("dataclass", cls, tuple(f.name for f in fields), defaults, args, kwargs)
        after = inspect.getattr_static(cls, "__post_init__", None)
        if isinstance(after, types.FunctionType):
            call(frame, Constant.of(after), [made], {})
        return made
    return make_object(frame, cls, args, kwargs)


def _has_own_init(cls: type) -> bool:
    """True where the user wrote `__init__` himself (a dataclass that is told not to make one)."""
    return not cls.__dataclass_params__.init  # type: ignore[attr-defined]


def make_object(frame: Frame, cls: type, args: list[Bound], kwargs: dict[str, Bound]) -> Bound:
    """An instance of a user's class, made inside the program: its attributes are followed one by one."""
    plain_class = (
        type(cls) is type
        and inspect.getattr_static(cls, "__new__") is inspect.getattr_static(object, "__new__")
        and not issubclass(
            cls, (int, float, str, list, dict, tuple, set, BaseException, np.ndarray)
        )
    )
    start = inspect.getattr_static(cls, "__init__", None)
    if not plain_class or not (start is object.__init__ or isinstance(start, types.FunctionType)):
        raise NoDerivativeError(
            f"the class `{cls.__name__}` is called inside the function.",
            why="a class is followed where it is plain Python: no metaclass, no own `__new__`, no builtin base.",
            write="a plain class, a NamedTuple or a dataclass, or make the object outside",
        )
    refuse_own_access(cls)
    made = Branch("object", (), (), cls)
    if isinstance(start, types.FunctionType):
        call(frame, Constant.of(start), [made, *args], kwargs)
    elif args or kwargs:
        raise ArgumentError(
            f"`{cls.__name__}` takes no arguments.",
            why="Python would raise TypeError here.",
            write=f"{cls.__name__}()",
        )
    return made


def _filled(
    kind: str,
    cls: type,
    names: tuple[str, ...],
    defaults: dict[str, Bound],
    args: list[Bound],
    kwargs: dict[str, Bound],
) -> Branch:
    given = dict(zip(names, args, strict=False)) | kwargs
    missing = [name for name in names if name not in given and name not in defaults]
    if missing or len(args) > len(names) or set(kwargs) - set(names):
        raise ArgumentError(
            f"`{cls.__name__}` is called with the wrong arguments.",
            why=f"it has the fields {', '.join(names)}.",
            write=f"{cls.__name__}({', '.join(names)})",
        )
    return Branch(kind, names, tuple(given.get(name, defaults.get(name)) for name in names), cls)


def derivative_value(
    frame: Frame, request: Callable[..., Any], args: list[Bound], kwargs: dict[str, Bound]
) -> Bound:
    """`grad(g)`, `jvp(g, primals, tangents)` … met inside a program."""
    options = {key: plain(value) for key, value in kwargs.items()}
    if not args:
        raise ArgumentError(
            "a derivative is asked for without a function.",
            why="the first argument is the function.",
            write="grad(f)(x)",
        )
    made, immediate = request(*map(_option, args[1:]), **options)
    target = Differentiated(made, args[0], tuple(args[1:]) if immediate else ())
    if not immediate:
        return target
    return frame.differentiate(target, [], {})


def _option(bound: Bound) -> Any:
    return plain(bound) if all(isinstance(leaf, Constant) for leaf in leaves(bound)) else bound


def is_array(bound: Bound) -> bool:
    return (
        isinstance(bound, Atom)
        and isinstance(bound.type, (Array, NumpyScalar))
        and is_number(bound.type)
    )
