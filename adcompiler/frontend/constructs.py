"""The rows of the fence: every construct of Python's grammar, accepted or with a way out.

`docs/supported-python.md` is made from this table, and so are the errors.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCEPTED, REFUSED, PART = "accepted", "refused", "part"


@dataclass(frozen=True)
class Row:
    """One kind of construct.

    `constructs` are gast class names, ``"SubscriptStore"`` one in that context.  A row without
    `write` is accepted; `part` marks what occurs only inside other constructs, which speak for it.
    `planned`: not supported *yet*.
    """

    constructs: tuple[str, ...]
    title: str
    example: str = ""
    why: str = ""
    write: str = ""
    planned: bool = False
    part: bool = False

    @property
    def status(self) -> str:
        return PART if self.part else REFUSED if self.write else ACCEPTED

    @property
    def subject(self) -> str:
        """The construct in a sentence: "a `for` loop"."""
        title = self.title
        if title.startswith(("assignment", "this")):
            return title
        return f"{'an' if title.startswith(('`a', 'a', 'f-')) else 'a'} {title}"


def _accept(names: str, title: str, example: str, remark: str = "") -> Row:
    return Row(tuple(names.split()), title, example, why=remark)


def _part(names: str, title: str) -> Row:
    return Row(tuple(names.split()), title, part=True)


def _later(names: str, title: str, why: str, write: str) -> Row:
    return Row(tuple(names.split()), title, why=why, write=write, planned=True)


def _refuse(names: str, title: str, why: str, write: str) -> Row:
    return Row(tuple(names.split()), title, why=why, write=write)


_ASYNC = "there is no single result while the function waits."

TABLE: tuple[Row, ...] = (
    _accept("Assign", "assignment", "y = x * x", "also chained: `a = b = x`"),
    _accept(
        "AugAssign",
        "augmented assignment",
        "y += x",
        "arrays and lists change in place, as in Python",
    ),
    _accept("AnnAssign", "annotated assignment", "y: float = x * x", "the annotation is not read"),
    _accept(
        "Tuple List",
        "tuple, list",
        "a, b = x, [x, 2.0]",
        "as a value and as a target; a list may grow in a loop of unknown length, with elements of one kind",
    ),
    _accept(
        "Starred",
        "star",
        "a, *rest = xs",
        "of an array `rest` is a list that grows; `f(*x)` compiles the program for the length of x",
    ),
    _accept("NamedExpr", "assignment expression", "(y := x * x) + y"),
    _accept("Name", "name", "x", "local, of an enclosing function, global or builtin"),
    _accept(
        "Constant",
        "constant",
        "2.0",
        "None, too, for what a loop or a branch fills later: `best = None`, then `if best is None or y < best`",
    ),
    _accept("Return", "return", "return y", "also of nested tuples, lists and dicts, and early"),
    _accept(
        "Expr",
        "expression statement",
        'print("at", x)',
        "a docstring or a call; what prints, logs or writes runs once, in the forward sweep",
    ),
    _accept("Pass", "pass", "pass"),
    _accept("If", "`if` statement", "if x > 0.0: y = x", "branches on numbers or on known values"),
    _accept("IfExp", "conditional expression", "x if x > 0.0 else 0.0"),
    _accept("BoolOp And Or", "`and`, `or`", "x > 0.0 and x < 1.0"),
    _accept(
        "BinOp Add Sub Mult Div FloorDiv Mod Pow MatMult LShift RShift BitOr BitXor BitAnd",
        "binary operator",
        "x ** 2 @ w",
    ),
    _accept("UnaryOp UAdd USub Not Invert", "unary operator", "-x"),
    _accept(
        "Compare Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn",
        "comparison",
        "0.0 < x <= 1.0",
        "`in` on known values, `is` on these and on what the run makes None or a value",
    ),
    _accept(
        "Call keyword",
        "call",
        "f(x, *xs, scale=2.0, **options)",
        "of what has a rule or a source; as a statement of its own also of what has neither; recursion, entered where "
        "its depth follows from ints or the structure of containers, a loop where it ends in `return f(…)`, else a "
        "function of the program (of numbers, arrays and containers of a fixed structure; without effects)",
    ),
    _accept("Attribute", "attribute", "x.shape"),
    _accept("Subscript Slice", "reading an element or a slice", "x[..., 1:, None]"),
    _accept("Dict", "dict", '{"w": w, "b": b}'),
    _accept("Set", "set", 'mode in {"mean", "sum"}', "of constants"),
    _accept("Lambda", "lambda", "lambda t: t * x"),
    _accept("FunctionDef arguments", "function inside the function", "def inner(t): return t * x"),
    _accept("Import ImportFrom alias", "import", "import numpy as np"),
    _accept(
        "For",
        "`for` loop",
        "for i in range(n): y = y * x",
        "over ranges, arrays, containers, `zip`, `enumerate`, `reversed`; with `break`, `continue`, "
        "`return` and `else`",
    ),
    _accept(
        "Match",
        "`match` statement",
        'match kind:\n    case "cubic": y = x**3',
        "patterns of numbers, strings, sequences, dicts and classes; captures, guards, `|`",
    ),
    _accept(
        "Raise",
        "`raise` statement",
        'raise ValueError("x is negative")',
        "of a class that is known",
    ),
    _accept("Assert", "`assert` statement", "assert x > 0.0", "kept in the generated program"),
    _accept("Delete", "`del` statement", "del y", "of names, items of lists and dicts"),
    _accept(
        "With",
        "`with` statement",
        'with np.errstate(divide="ignore"): y = np.log(x)',
        "np.errstate with constant settings, which hold in both sweeps; classes with `__enter__` and `__exit__`, "
        "contextlib.contextmanager, suppress, closing and nullcontext; files; locks and warnings are refused",
    ),
    _accept(
        "Try",
        "`try` statement",
        "try:\n    y = math.log(x)\nexcept ValueError:\n    y = 0.0",
        "what raises is asked before it is done: `raise`, `assert`, division, `math`, indices, `cholesky`, `inv`, "
        "`solve`; not in a loop inside the `try`, nor where a statement changes something before it raises",
    ),
    _accept("While", "`while` loop", "while abs(r) > tol: r = r * x", "as the `for` loop"),
    _part("Break Continue", "`break`, `continue`"),
    _accept(
        "ListComp GeneratorExp",
        "list comprehension, generator expression",
        "[f(v) for v in (a, b)]",
        "over containers, ranges and arrays (a list that grows); a generator over an array in `sum`, `any`, `all`, "
        "`max`, `min`, "
        "`math.prod`, `functools.reduce`",
    ),
    _accept("DictComp", "dict comprehension", "{k: 2.0 * v for k, v in d.items()}"),
    _refuse(
        "SetComp", "set comprehension", "the elements of a set have no order.", "a tuple or a list"
    ),
    _part("comprehension", "clause of a comprehension"),
    _accept(
        "SubscriptStore",
        "assignment to an element",
        "x[1:, i] = v",
        "of arrays (elements, slices, masks; through views too), lists and dicts",
    ),
    _accept(
        "AttributeStore",
        "assignment to an attribute",
        "self.x = v",
        "of objects, properties too; not where the class has its own `__setattr__` or a descriptor",
    ),
    _refuse(
        "TryStar",
        "`try` statement with `except*`",
        "which statement raises is only known in the run.",
        "a test before the operation: y = f(x) if x > 0.0 else 0.0, or the `try` around the call",
    ),
    _part(
        "match_case MatchValue MatchSingleton MatchSequence MatchMapping MatchClass MatchStar"
        " MatchAs MatchOr",
        "pattern",
    ),
    _part("withitem ExceptHandler", "clause of `with` or `try`"),
    _accept("JoinedStr", "f-string", 'print(f"{x:.3f}")', "a text is shown, never computed with"),
    _later(
        "TemplateStr",
        "template string",
        "what becomes of its fields is not known.",
        "an f-string",
    ),
    _part("FormattedValue Interpolation", "field of an f-string"),
    _refuse(
        "Global",
        "`global` statement",
        "a derivative has no effect on the module.",
        "return the value and assign it outside: COUNT = f(x)",
    ),
    _accept(
        "Nonlocal",
        "`nonlocal` statement",
        "nonlocal total",
        "of a variable of a function that is entered; not of one around the differentiated function",
    ),
    _refuse(
        "ClassDef",
        "class inside the function",
        "a class made anew at each call has no fixed attributes.",
        "the class at the top of the module",
    ),
    _accept(
        "Yield YieldFrom",
        "`yield`",
        "yield x",
        "in a function that is called; its values are collected when it is called, so it must end, and change nothing "
        "around it",
    ),
    _refuse("Await", "`await`", _ASYNC, "an ordinary function, called from the async code"),
    _refuse(
        "AsyncFunctionDef",
        "async function",
        _ASYNC,
        "an ordinary `def`, called from the async code",
    ),
    _refuse(
        "AsyncFor AsyncWith",
        "`async for`, `async with`",
        _ASYNC,
        "the numeric part in an ordinary `def`, called from the async code",
    ),
    _refuse(
        "TypeAlias", "type alias", "types have no derivative.", "the alias at the top of the module"
    ),
    _part("TypeVar ParamSpec TypeVarTuple", "type parameter"),
    _refuse(
        "Exec Print Repr",
        "construct of Python 2",
        "no Python that runs adcompiler has it.",
        "the function of the same name",
    ),
    _part("Load Store Del AugLoad AugStore Param", "context of a name"),
)
