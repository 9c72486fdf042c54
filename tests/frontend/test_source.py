"""The text found is that of the running code, or there is an error."""

from __future__ import annotations

import ast
import functools
import importlib.util
import math
import sys
import textwrap
import threading
import types
import warnings
import zipfile

import gast
import numpy as np
import pytest
from _pytest.assertion.rewrite import rewrite_asserts

from adcompiler.errors import SourceError, UnsupportedSyntaxError
from adcompiler.frontend.source import find_source
from adcompiler.frontend.statement_text import one_line


def load(path, name="loaded"):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def module(tmp_path):
    """Write a module, import it, give it back."""
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode

    def make(text, name="model"):
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return load(path, name)

    yield make
    sys.dont_write_bytecode = before


def body_of(function):
    tree = find_source(function).tree
    return gast.unparse(tree.body if isinstance(tree, gast.Lambda) else tree.body[-1])


MARGINS = '''
import sys

if sys.version_info < (3,):
    def f(x):
        return x
else:
    def f(x):
        return x + 1

try:
    import nothing_of_this_name
except ImportError:
    def g(x):
        """
text at the margin
        """
        s = """
more
text
"""
        return x + 2

h = (
    lambda x:
    x + 3
)
table = {
"a": lambda x: x + 4,
    "b": lambda x: x + 5,
}
def one(x): return x + 6
def k(x):
    y = x + 7
# a comment at the margin
    return y
'''


def passed_on(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def decorate(*_):
    return lambda function: function


@decorate(
    lambda x: x,
    1,
)
@decorate()
def decorated(x):
    return x * 3


class Model:
    def method(self, x):
        return self.__scale * x

    class Inner:
        def method(self, x):
            return self.__scale - x

    @property
    def scale(self):
        return 2.0

    @staticmethod
    def static(x):
        return x

    def with_super(self):
        return super().__hash__()


def outer(k):
    def inner(x):
        return k * x

    return inner, lambda x: x - k


def test_plain_and_nested():
    inner, lam = outer(2)
    assert body_of(inner) == "return k * x"
    assert body_of(lam) == "x - k"
    source = find_source(inner)
    assert source.name == "outer.<locals>.inner"
    assert source.label == "inner(x)"
    assert source.class_name is None


def test_decorators_count():
    source = find_source(decorated)
    assert body_of(decorated) == "return x * 3"
    assert len(source.tree.decorator_list) == 2
    assert source.header.line == source.tree.lineno
    assert source.lines[source.header.line - 1].startswith("def decorated")


def test_wrapped_function_is_found_itself():
    assert body_of(passed_on(decorated)) == "return function(*args)"


def test_classes():
    assert find_source(Model.method).class_name == "Model"
    assert find_source(Model.Inner.method).class_name == "Inner"
    assert body_of(Model.Inner.method) == "return self.__scale - x"
    assert body_of(Model.scale.fget) == "return 2.0"
    assert body_of(Model.static) == "return x"
    assert body_of(Model.with_super) == "return super().__hash__()"


def test_lambdas_on_one_line():
    first, second, third = (lambda x: x * x), (lambda x: x * x), (lambda x, y=1: x + y)
    texts = [find_source(f).tree.col_offset for f in (first, second, third)]
    assert texts == sorted(set(texts))
    assert body_of(third) == "x + y"
    curried = lambda x: lambda y: x * y  # noqa: E731
    assert body_of(curried) == "lambda y: x * y"
    assert body_of(curried(2.0)) == "x * y"


def test_lambda_inside_assert_statement():
    assert body_of(lambda x: x + 41) == "x + 41"
    assert all(body_of(f) == "x - k" for f in [outer(1)[1]])


def test_lambdas_in_comprehension_and_default():
    functions = [lambda x, k=k: x + k for k in range(3)]
    assert [body_of(f) for f in functions] == ["x + k"] * 3


def test_function_with_assert_is_accepted():
    def checked(x, *rest, scale=2.0):
        y = np.sin(x) * scale
        assert y > -3.0, f"too small: {y}"
        for r in rest:
            if r > 2:
                y = y + r / 2
        assert (z := y) is not None and math.isfinite(y)  # noqa: PT018, RUF018
        return y * x - z

    assert checked(2.0, 3.0) > 0
    assert any(name.startswith("@py") for name in checked.__code__.co_varnames)
    assert body_of(checked) == "return y * x - z"
    assert find_source(checked).label == "checked(x, *rest, scale)"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y * x", "x * y * 1"), ("y * x", "y + x"), ("y * x", "z * x"), ("/ 2", "/ 3"),
        ("np.sin", "np.cos"), ("y > -3", "y > 3"), ("scale=2.0", "scaling=2.0"),
    ],
)  # fmt: skip
def test_rewritten_function_edited_since(tmp_path, old, new):
    text = textwrap.dedent(
        """\
        import numpy as np

        def checked(x, *rest, scale=2.0):
            y = np.sin(x) * 2.0
            assert y is not None
            z = y > -3
            for r in rest:
                if r > 2:
                    y = y + r / 2
            return y * x
        """
    )
    path = tmp_path / "rewritten.py"
    path.write_text(text)
    tree = ast.parse(text)
    rewrite_asserts(tree, text.encode(), str(path))
    namespace = {}
    exec(compile(tree, str(path), "exec"), namespace)
    checked = namespace["checked"]
    assert checked(1.0, 3.0)
    assert body_of(checked) == "return y * x"
    path.write_text(text.replace(old, new) + "\n")
    with pytest.raises(SourceError):
        find_source(checked)


def test_edited_file(module):
    model = module("def f(x):\n    return x * x\n")
    assert body_of(model.f) == "return x * x"
    with open(model.__file__, "w") as file:
        file.write("def f(x):\n    return x * x * x\n")
    with pytest.raises(SourceError, match="not that of the running code") as caught:
        find_source(model.f)
    assert "model.py" in caught.value.fact
    assert "reload" in caught.value.write
    with open(model.__file__, "w") as file:
        file.write("def f(x:\n")
    with pytest.raises(SourceError, match="not that of the running code"):
        find_source(model.f)


@pytest.mark.parametrize(
    "edit",
    [
        ("1.0", "1"), ("1.0", "True"), ("-0.0", "0.0"), ("x * a", "a * x"),
        ("# nothing", "a = 2"), ("def f(x", "def f(x=1"), ("\n\n", "\n\n\n"),
    ],
)  # fmt: skip
def test_small_edits_are_seen(module, edit):
    text = "import math\n\ndef f(x):\n    a = 1.0 + x + -0.0\n    # nothing\n    return x * a\n"
    model = module(text)
    find_source(model.f)
    changed = text.replace(*edit)
    with open(model.__file__, "w") as file:
        file.write(changed)
    if edit[1] == "def f(x=1":  # a default is no part of the code: the running object has it
        find_source(model.f)
        return
    with pytest.raises(SourceError):
        find_source(model.f)


def test_edited_between_two_functions_of_one_file(module):
    model = module("def f(x):\n    return x\n\n\ndef g(x):\n    return x + x\n")
    find_source(model.f)
    with open(model.__file__, "a") as file:
        file.write("\nX = 1\n")
    assert body_of(model.g) == "return x + x"


def test_removed_file(module, tmp_path):
    model = module("def f(x):\n    return x * x\n")
    (tmp_path / "model.py").unlink()
    with pytest.raises(SourceError, match="not available"):
        find_source(model.f)


def test_no_source():
    namespace = {}
    exec("def f(x): return x * x", namespace)
    with pytest.raises(SourceError, match="not available"):
        find_source(namespace["f"])
    for function in (math.sin, np.sin, functools.partial(max), object()):
        with pytest.raises(SourceError, match="has no Python source"):
            find_source(function)
    with pytest.raises(SourceError, match="is a class"):
        find_source(Model)


def test_functions_that_are_none(module):
    model = module(
        """
        async def a(x):
            return x

        async def b(x):
            yield x

        def c(x):
            yield x
        """
    )
    kinds = {"a": "an async function", "b": "an async generator", "c": "a generator"}
    for name, kind in kinds.items():
        with pytest.raises(UnsupportedSyntaxError, match=f"is {kind}") as caught:
            find_source(getattr(model, name))
        assert "^^^" in str(caught.value)
        assert f"in {name}(x)" in str(caught.value)


def test_zip(tmp_path, monkeypatch):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("zipped_model.py", "X = 1\ndef f(x):\n    return x * 7\n")
    monkeypatch.syspath_prepend(str(path))
    import zipped_model

    assert body_of(zipped_model.f) == "return x * 7"
    del sys.modules["zipped_model"]


def test_lazy_text_of_a_cell():
    import linecache

    name, text = "<cell 1>", "def cell(x):\n    return x ** 2\n"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace = {}
    exec(compile(text, name, "single"), namespace)
    assert body_of(namespace["cell"]) == "return x ** 2"
    del linecache.cache[name]


def test_doctest_functions_after_each_other():
    """
    >>> def f(x):
    ...     return x + 1
    >>> g = lambda x: x + 2
    >>> body_of(f), body_of(g)
    ('return x + 1', 'x + 2')
    """


def test_future_flags(module):
    model = module(
        """
        from __future__ import annotations

        class A:
            def f(self, x: Unknown[int]) -> Missing:
                y: Other = x
                return y
        """
    )
    assert body_of(model.A.f) == "return y"


def test_margins(module):
    """Text at the left margin inside a function, else branches, conditional definitions."""
    model = module(MARGINS)
    assert body_of(model.f) == "return x + 1"
    assert body_of(model.g) == "return x + 2"
    assert body_of(model.h) == "x + 3"
    assert body_of(model.table["a"]) == "x + 4"
    assert body_of(model.table["b"]) == "x + 5"
    assert body_of(model.one) == "return x + 6"
    assert body_of(model.k) == "return y"


def test_imported_names(module):
    """Python compiles a call of a method of an imported name in another way."""
    model = module(
        """
        import math as m
        from os import path
        import sys
        if sys:
            import numpy.linalg as la

        class T:
            def twice(self, x):
                return x + x

        t = T()
        def f(x):
            return m.sin(x) + la.norm(x) + t.twice(x)

        def g(x):
            return m.sin(x) + la.norm(x) + t.twice(x) + path.isdir("x")

        class A:
            def h(self, x):
                return [m.sin(x) for x in (m.cos(x), t.twice(x))]
        """
    )
    assert body_of(model.f) == "return m.sin(x) + la.norm(x) + t.twice(x)"
    assert "path.isdir" in body_of(model.g)
    assert "t.twice" in body_of(model.A.h)


def test_warm_and_traced_code():
    def hot(x):
        return x.real + x * x

    for _ in range(500):
        hot(2.0)
    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    hot(2.0)
    sys.settrace(before)
    assert body_of(hot) == "return x.real + x * x"


def test_code_replaced_since():
    def f(x):
        return x

    f.__code__ = f.__code__.replace(co_consts=(None, 3))
    with pytest.raises(SourceError):
        find_source(f)


def test_origins(module):
    model = module(
        """
        def f(x, ß):
            ä = "ö"; y = x * ß   # a product
            z = (y
                 + x)
            if (x >
                    y):
                z = -x
            elif z[1:2]: pass
            return z
        """
    )
    source = find_source(model.f)
    assign, broken, branch, _ = source.tree.body[1:]
    product = source.origin_of(assign.value.right, assign)
    line = source.lines[product.line - 1]
    assert line[product.column : product.end_column] == "ß"
    assert product.text == "y = x * ß"
    assert product.function == "f(x, ß)"
    assert source.origin_of(broken.value, broken).text == "z = (y + x)"
    assert source.origin_of(branch, branch).text == "if (x > y):"
    assert source.origin_of(branch.orelse[0], branch.orelse[0]).text == "elif z[1:2]:"
    assert source.origin_of(branch.body[0].value).text == "-x"
    whole = source.origin_of(assign, assign)
    assert source.origin_of(assign.value.op, assign).column == whole.column
    assert product.statement == whole.statement != (0, 0, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y  =  f( x )", "y  =  f( x )"),
        ("y = f(\n    a,  # first\n    b,\n)", "y = f(a, b)"),
        ("y = (\n    x,\n)", "y = (x,)"),
        ("y = [\n  (1, 2,),\n  3\n][\n 0]", "y = [(1, 2,), 3][0]"),
        ("y = a + \\\n    b", "y = a + b"),
        ('y = f("a  b",\n      """c\nd""")', 'y = f("a  b", """c\\nd""")'),
        ("y = (x\n     .sum()\n     .T)", "y = (x.sum().T)"),
        ('y = g(f"{{a}} {b!r:>{w}}",\n  1)', 'y = g(f"{{a}} {b!r:>{w}}", 1)'),
        ("if f(lambda: 1)[1:2] > 0: y = 1", "if f(lambda: 1)[1:2] > 0:"),
        ("if (lambda: {1: 2})() and \\\n   y:  # why\n    y = 1", "if (lambda: {1: 2})() and y:"),
        ("if lambda x: x: y = 2", "if lambda x: x:"),
        ("def f(a: int,\n      b=1) -> int:\n    return 1", "def f(a: int, b=1) -> int:"),
        ("@d\ndef f(x): return 1", "def f(x):"),
    ],
)
def test_one_line(text, expected):
    statement = gast.parse(text).body[0]
    assert one_line(statement, text.splitlines(keepends=True)) == expected


def test_warnings_of_the_text_are_not_repeated(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = module('def f(x):\n    "a \\d"\n    return x is 1\n')
    filters = list(warnings.filters)
    assert body_of(model.f) == "return x is 1"
    assert warnings.filters == filters


def test_threads(module):
    functions = [f"def f{i}(x):\n    return x + {i}\n" for i in range(20)]
    model = module("\n".join(functions))
    found = {}

    def look(i):
        found[i] = body_of(getattr(model, f"f{i}"))

    threads = [threading.Thread(target=look, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: f"return x + {i}" for i in range(20)}


def test_instruction_positions_missing():
    """Without columns (python -X no_debug_ranges) two lambdas on one line cannot be told apart."""
    pair = [lambda x: x * 2, lambda x: x * 2]
    bare = types.FunctionType(pair[0].__code__.replace(co_linetable=b""), globals())
    with pytest.raises(SourceError):
        find_source(bare)
