"""What is refused of `nonlocal`, `try`, `with`, generators and their kin, each with a golden message.

Each program is a text of its own, so that a new one does not move the lines of the others.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

import adcompiler as ad

HEAD = """\
import math
import numpy as np
import adcompiler as ad


"""
Case = Callable[[Any], object]
V = np.array([1.0, -2.0, 3.0])
CASES: dict[str, tuple[str, Any]] = {}


def case(name: str, text: str, at: Any = 2.0) -> None:
    """The function `name` of the text is differentiated at this argument."""
    CASES[name] = HEAD + textwrap.dedent(text).lstrip("\n"), at


def run(name: str, module: Any) -> object:
    return ad.grad(getattr(module, name))(CASES[name][1])


case(
    "nonlocal_around",
    """
    def counter():
        calls = 0

        def nonlocal_around(x):
            nonlocal calls
            calls += 1
            return x * calls

        return nonlocal_around


    nonlocal_around = counter()
    """,
)
case(
    "walrus_in_a_lambda",
    """
    def walrus_in_a_lambda(x):
        powers = lambda n: [last := 1.0] + [last := last * x for k in range(n)]
        return sum(powers(4))
    """,
)
case(
    "nonlocal_under_grad",
    """
    def nonlocal_under_grad(x):
        total = x

        def square(t):
            nonlocal total
            total = t * t
            return total

        return ad.grad(square)(x) * total
    """,
)
case("reshape_of_an_argument", """
    def reshape_of_an_argument(x):
        x.reshape(3, 1)[0] = 2.0
        return np.sum(x * x)
    """, V)  # fmt: skip
case("reshape_of_a_transpose", """
    def reshape_of_a_transpose(x):
        a = np.zeros((3, 3)).T
        a.ravel()[0] = x[0]
        return np.sum(a * x)
    """, V)  # fmt: skip
case("change_before_it_raises", """
    def logged(done, x):
        done.append(x)
        return math.log(x)


    def change_before_it_raises(x):
        done = []
        try:
            y = logged(done, x)
        except ValueError:
            y = x
        return y * len(done)
    """)
case("exception_shown", """
    def exception_shown(x):
        try:
            y = math.log(x)
        except ValueError as e:
            print(e)
            y = x
        return y
    """)
case("errstate_raises", """
    def errstate_raises(x):
        with np.errstate(all="raise"):
            try:
                y = np.log(x)
            except FloatingPointError:
                y = x
        return y
    """)
case("exception_of_unknown_operation", """
    def exception_of_unknown_operation(x):
        try:
            y = np.linalg.eigvalsh(x).sum()
        except np.linalg.LinAlgError:
            y = np.sum(x)
        return y
    """, np.eye(2))  # fmt: skip
GENERATOR = """
    def doubled(a):
        for k in range(len(a)):
            yield a[k] * 2

"""
case("generator_of_what_changes", GENERATOR + """
    def generator_of_what_changes(x):
        a, t = x.copy(), 0.0
        for v in doubled(a):
            t += v
            a[2] = v
        return t
    """, V)  # fmt: skip
case("generator_that_prints", """
    def shown(x):
        for v in x:
            print(v)
            yield v


    def generator_that_prints(x):
        return sum(shown(x))
    """, V)  # fmt: skip
case("endless_generator", """
    def halves(x):
        while True:
            yield x
            x = x / 2


    def endless_generator(x):
        for v in halves(x):
            if v < 0.1:
                return v
    """)
case("generator_that_is_sent_to", """
    def echo(x):
        y = yield x
        yield y


    def generator_that_is_sent_to(x):
        return sum(echo(x))
    """)
case("generator_that_writes", """
    def filled(a):
        for k in range(len(a)):
            a[k] = k
            yield a[k]


    def generator_that_writes(x):
        return sum(filled(x))
    """, V)  # fmt: skip
SCOPE = """
    class Scope:
        def __enter__(self):
            return 2.0

        def __exit__(self, kind, value, trace):
            return kind is None

"""
case("exit_that_swallows", SCOPE + """
    def exit_that_swallows(x):
        with Scope() as k:
            y = k * x
        return y
    """)  # fmt: skip
case("raised_through_a_with", SCOPE.replace("return kind is None", "pass") + """
    def raised_through_a_with(x):
        try:
            with Scope() as k:
                y = k * math.log(x)
        except ValueError:
            y = x
        return y
    """)  # fmt: skip
case("raised_through_a_finally", """
    def logged(x, log):
        try:
            return math.log(x)
        finally:
            log.append(x)


    def raised_through_a_finally(x):
        log = []
        try:
            y = logged(x, log)
        except ValueError:
            y = x
        return y * len(log)
    """)
case("lock_as_context", """
    import threading

    LOCK = threading.Lock()


    def lock_as_context(x):
        with LOCK:
            return x * x
    """)
