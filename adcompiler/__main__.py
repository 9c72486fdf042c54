"""The command line: ``adcompiler trace|source|grad|compare|check FILE.py:FUNCTION ARG…``."""

from __future__ import annotations

import argparse
import ast
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

import adcompiler
from adcompiler.api import adjoint, tangent, value_and_grad
from adcompiler.check import check_grads
from adcompiler.errors import ADError
from adcompiler.inspection.colour import highlight, wants_colour
from adcompiler.inspection.compare import compare
from adcompiler.inspection.programs import Programs
from adcompiler.inspection.report import plain
from adcompiler.inspection.subject import subject_of
from adcompiler.inspection.table import trace
from adcompiler.inspection.target import load_function, place_arguments

_PACKAGE = Path(__file__).parent
_LIBRARY = Path(os.__file__).parent
#: parts of the package in which the user's own arithmetic runs: what fails there is his
_HIS = (_PACKAGE / "runtime", _PACKAGE / "primitives", _PACKAGE / "ir" / "evaluate.py")

_DESCRIPTION = """\
Differentiates a Python function as it stands and shows how.

  trace    the evaluation trace: values, forward tangents, reverse adjoints
  source   the generated program (--mode reverse: the adjoint, forward: the tangent)
  grad     value and gradient
  compare  forward and reverse mode side by side
  check    the generated derivatives against differences"""
_EXAMPLES = """\
examples:
  adcompiler compare examples/ln_sin.py:f 2 5
  adcompiler grad model.py:loss "[[1, 2], [3, 4]]" 0.5 --argnums 0
  adcompiler source mypackage.model:loss --mode forward

Arguments are Python literals; nested lists are arrays.  An int that is differentiated is a float."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 for bad input, 2 for a wrong command line."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    if not words:
        parser.print_help()
        return 0
    options = parser.parse_intermixed_args([_guarded(word) for word in words])
    _check_options(parser, options)
    try:
        text = _COMMANDS[options.command](options)
    except ADError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except BaseException as error:
        return _fail(_described(error, options))
    return _print(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "adcompiler",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"adcompiler {adcompiler.__version__}"
    )
    parser.add_argument("command", choices=tuple(_COMMANDS), help="what to show")
    parser.add_argument("target", metavar="FILE.py:FUNCTION", help="or MODULE:FUNCTION")
    parser.add_argument(
        "args", nargs="*", metavar="ARG", help="the function's arguments, as Python literals"
    )
    parser.add_argument("--mode", choices=("forward", "reverse"), help="one mode only")
    parser.add_argument(
        "--argnums", metavar="0,1", help="positions or names (default: all numbers)"
    )
    parser.add_argument("--timing", action="store_true", help="compare: measure the sweeps too")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    return parser


def _guarded(word: str) -> str:
    """A negative number, or ``-inf``, is an argument and no option."""
    if not word.startswith("-") or word.startswith("--"):
        return word
    try:
        ast.literal_eval(word)
    except (ValueError, SyntaxError):
        return f" {word}" if word.lower() in ("-inf", "-nan") else word
    return f" {word}"


def _check_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.timing and options.command != "compare":
        parser.error("--timing belongs to the command compare")
    if options.mode and options.command == "compare":
        parser.error("compare shows both modes; --mode belongs to the other commands")


def _trace(options: argparse.Namespace) -> str:
    function, args, names = _subject(options)
    return trace(function, *args, argnums=names or None).text(options.mode)


def _compare(options: argparse.Namespace) -> str:
    function, args, names = _subject(options)
    found = compare(function, *args, argnums=names or None, timing=options.timing)
    return found.text(_coloured(options))


def _source(options: argparse.Namespace) -> str:
    function, args, names = _subject(options)
    if options.args:
        programs = Programs(subject_of(function, args, names or None))
        text = programs.sources[0 if options.mode == "forward" else 1]
    else:
        transform = tangent if options.mode == "forward" else adjoint
        text = transform(function, names or None).source()
    return _coloured(options)(text)


def _grad(options: argparse.Namespace) -> str:
    function, args, names = _subject(options)
    derivative = value_and_grad(function, names or 0, mode=options.mode or "reverse")
    value, gradient = derivative(*args)
    name = getattr(function, "__name__", "f")
    lines = [f"{name} = {_plain_number(value)}"]
    pairs = zip(names, gradient, strict=True) if names else ((0, gradient),)
    lines += [f"d{name}/d{key} = {_plain_number(bar)}" for key, bar in pairs]
    return "\n".join(lines)


def _check(options: argparse.Namespace) -> str:
    function, args, names = _subject(options)
    modes = {"forward": ("fwd",), "reverse": ("rev",)}.get(options.mode, ("fwd", "rev"))
    try:
        check_grads(function, args, modes=modes, argnums=names or None)
    except AssertionError as error:
        raise _WrongError(str(error)) from None
    what = {"forward": "forward mode agrees", "reverse": "reverse mode agrees"}
    agrees = what.get(options.mode, "forward and reverse mode agree")
    return (
        f"{getattr(function, '__name__', 'f')}: {agrees} with differences, first and second order"
    )


class _WrongError(ADError):
    """A derivative that differs from differences; its text is its own."""

    def __str__(self) -> str:
        return self.fact


_COMMANDS: dict[str, Callable[[argparse.Namespace], str]] = {
    "trace": _trace,
    "source": _source,
    "grad": _grad,
    "compare": _compare,
    "check": _check,
}


def _subject(
    options: argparse.Namespace,
) -> tuple[Callable[..., Any], tuple[Any, ...], tuple[str, ...]]:
    function = load_function(options.target)
    args, names = place_arguments(function, options.args, options.argnums)
    return function, args, names


def _plain_number(value: Any) -> str:
    return repr(value.item()) if hasattr(value, "dtype") and not value.shape else str(value)


def _coloured(options: argparse.Namespace) -> Callable[[str], str]:
    return highlight if wants_colour(options.color, sys.stdout) else str


def _described(error: BaseException, options: argparse.Namespace) -> str:
    """An exception of the user's program in one line, with its place; one of ours as what it is."""
    if isinstance(error, (ArithmeticError, ValueError)) and not _own_frames(error):
        error = _as_written(error, options)
    if isinstance(error, SystemExit):
        return f"the file ended the program while it was imported (SystemExit: {error.code})"
    name = type(error).__name__
    if isinstance(error, SyntaxError):
        return f"{name}: {error.msg} ({Path(error.filename or '?').name}, line {error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    innermost = Path(frames[-1].filename) if frames else Path()
    ours = _PACKAGE in innermost.parents
    if ours and not any(part == innermost or part in innermost.parents for part in _HIS):
        return f"{name}: {error}\nThis is a bug in adcompiler ({innermost.name}, line {frames[-1].lineno})."
    own = _own_frames(error)
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return f"{name}: {error}{place}"


def _own_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """The frames that stand in files of the user: not here, not in the standard library or what is installed."""
    return [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.exists(frame.filename)
        and not {_PACKAGE, _LIBRARY} & set(Path(frame.filename).parents)
    ]


def _as_written(error: BaseException, options: argparse.Namespace) -> BaseException:
    """The same exception from the function itself, which tells the line."""
    try:
        function, args, _ = _subject(options)
        function(*args)
    except type(error) as own:
        return own
    except Exception:
        return error
    return error


def _fail(message: str, code: int = 1) -> int:
    _write(sys.stderr, message)
    return code


def _print(text: str) -> int:
    try:
        _write(sys.stdout, text)
        sys.stdout.flush()
    except (
        BrokenPipeError
    ):  # the reader had enough; point the stream elsewhere for the exit's flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _write(stream: TextIO, text: str) -> None:
    """Print; in ASCII where the stream's encoding has no sign for what is in the text."""
    text = text.rstrip("\n") + "\n"
    try:
        text.encode(stream.encoding or "utf-8", stream.errors or "strict")
    except UnicodeEncodeError:
        text = plain(text)
    stream.write(text)


if __name__ == "__main__":
    sys.exit(main())
