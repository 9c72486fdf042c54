"""Every construct has a row; what is refused is refused everywhere at once, with a way out."""

from __future__ import annotations

import ast
import copy
import pathlib
import pickle
import textwrap
import traceback

import gast
import pytest

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.fence import TABLE, as_markdown, check, row_of
from adcompiler.frontend.source import find_source

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "supported-python.md"
ROWS = {construct: row for row in TABLE for construct in row.constructs}
ACCEPTED_ROWS = [row for row in TABLE if row.status == "accepted"]
KINDS = (
    "stmt", "expr", "pattern", "operator", "boolop", "unaryop", "cmpop", "expr_context", "slice",
    "type_param", "excepthandler",
)  # fmt: skip
#: classes of `ast` that no parser makes any more, or abstract ones
DEAD = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis", "Index", "ExtSlice", *KINDS}


def inside(text):
    """Check a body as if it stood in a function."""
    lines = ["def f(x):\n", *("    " + line + "\n" for line in text.splitlines())]
    tree = gast.parse("".join(lines)).body[0]
    source = object.__new__(type(find_source(inside)))
    for name, value in {
        "tree": tree, "file": "model.py", "lines": tuple(lines), "label": "f(x)", "_texts": {},
    }.items():  # fmt: skip
        object.__setattr__(source, name, value)
    check(tree, source)


def test_every_class_of_the_grammar_has_a_row():
    names = set()
    for module in (ast, gast):
        bases = tuple(getattr(ast, kind) for kind in KINDS if hasattr(ast, kind))
        for name, cls in vars(module).items():
            if isinstance(cls, type) and issubclass(cls, bases) and name[0] != "_":
                names.add(name)
    names |= {"arguments", "keyword", "alias", "withitem", "comprehension", "match_case"}
    assert names - DEAD - set(ROWS) == set()
    assert {"For", "Try", "Match", "TypeAlias", "TemplateStr", "YieldFrom"} <= set(ROWS)


def test_no_construct_has_two_rows():
    constructs = [construct for row in TABLE for construct in row.constructs]
    assert len(constructs) == len(set(constructs))


def test_every_refusal_has_a_reason_and_a_way_out():
    for row in TABLE:
        if row.status == "refused":
            assert row.why.endswith("."), row.title
            assert len(row.write) > 8, row.title
        elif row.status == "accepted":
            gast.parse("def f(x):\n" + textwrap.indent(row.example, "    "))


@pytest.mark.parametrize("row", ACCEPTED_ROWS, ids=lambda row: row.title)
def test_accepted_examples_pass(row):
    inside(row.example)


REFUSED = {
    "SetComp": "y = {i for i in x}",
    "TryStar": "try:\n    pass\nexcept* x:\n    pass",
    "Global": "global y", "ClassDef": "class A: pass",
    "Await": "await x",
    "AsyncFunctionDef": "async def g(): pass", "AsyncFor": "async for i in x: pass",
    "AsyncWith": "async with x: pass",
}  # fmt: skip


@pytest.mark.parametrize("construct", REFUSED)
def test_refused(construct):
    with pytest.raises(UnsupportedSyntaxError) as caught:
        inside(REFUSED[construct])
    error = caught.value
    row = ROWS[construct]
    assert (error.why, error.write) == (row.why, row.write)
    assert ("yet" in error.fact) == row.planned
    assert not error.also
    assert "^" in str(error)


def test_all_refused_rows_are_tested():
    refused = {c for row in TABLE if row.status == "refused" for c in row.constructs}
    assert refused - set(REFUSED) <= {"TypeAlias", "TemplateStr", "Exec", "Print", "Repr"}


@pytest.mark.parametrize(
    "text",
    [
        "x[{i for i in x}] = 1", "x[{i for i in x}] += 1", "a, x[{i for i in x}] = x",
        "g = lambda t: {i for i in t}", "g = lambda t={i for i in x}: t", "y = [{i for i in x} for k in x]",
        "@[{i for i in x} for d in x]\ndef g(t): pass", "def g(t={i for i in x}): pass",
        "if x:\n    y = {i for i in x}",
        "for i in x:\n    y = {k for k in i}", "while x:\n    y = {i for i in x}",
        "y = x if {i for i in x} else 2", "g(*{i for i in x})", "g(k={i for i in x})", "y = x[{i for i in x}]",
        "y = x[{i for i in x}:]", "y: int = {i for i in x}",
        "*x[{i for i in x}], b = x", "{**{i for i in x}}",
    ],
)  # fmt: skip
def test_refused_wherever_it_stands(text):
    with pytest.raises(UnsupportedSyntaxError):
        inside(text)


def test_annotations_defaults_and_decorators_of_the_function_are_not_its_body():
    def decorate(_):
        return lambda function: function

    @decorate([i + 1 for i in range(3)])
    def f(x: {1}, y=f"{3}") -> {4}:
        z: {5} = x
        return z, y

    source = find_source(f)
    check(source.tree, source)
    check(find_source(lambda x, y=f"{1}": (x, y)).tree, source)


def test_unknown_node_is_refused():
    class Strange(gast.expr):
        _fields = ()

    assert row_of(Strange()).status == "refused"


def three_places(x):
    print({-i for i in x})
    if x:
        for _ in range(3):
            if x > 3:
                break
    y = {2 * v for v in x}
    return {-v for v in y}


def test_all_places_at_once():
    source = find_source(three_places)
    with pytest.raises(UnsupportedSyntaxError) as caught:
        check(source.tree, source)
    error = caught.value
    assert len(error.also) == 2
    text = str(error)
    assert text.index("print({-i") < text.index("y = {2 * v") < text.index("return {-v")
    assert [line.strip() for line in text.splitlines() if "^" in line] == [
        "^" * 15, "^" * 18, "^" * 15,
    ]  # fmt: skip
    assert text.count("docs/errors.md") == 1
    assert "`break`" not in text
    assert str(pickle.loads(pickle.dumps(error))) == str(copy.deepcopy(error)) == text
    # a traceback shows SyntaxErrors in its own way
    shown = "".join(traceback.format_exception(error))
    assert "Write: a tuple or a list" in shown


def test_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == as_markdown()
