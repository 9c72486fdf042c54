"""The passes, in order, until nothing changes.

>>> from adcompiler.ir.builder import Builder
>>> from adcompiler.ir.nodes import REVERSE, Function, Parameter
>>> from adcompiler.ir.text import to_text
>>> from adcompiler.ir.types import FLOAT
>>> from adcompiler.ir.values import Variable
>>> from adcompiler.primitives.arithmetic import add, multiply
>>> x, y_bar = Variable("x", FLOAT), Variable("y_bar", FLOAT)
>>> with Builder(style="python").active() as builder:
...     y = multiply(x, x)
>>> builder.style, builder.role = "", REVERSE
>>> with builder.active():
...     x_bar = add(multiply(y_bar, x), multiply(y_bar, x))
>>> f = Function("f", (Parameter("x", x), Parameter("y_bar", y_bar)), builder.block(), x_bar)
>>> f = optimize(f, lambda name, function: print("after", name))
after eliminate_dead_code
after merge_common_subexpressions
after simplify
>>> print(to_text(f))
f(x: float, y_bar: float)
    v1: float = multiply(y_bar, x)
    v2: float = multiply(2.0, v1)
    return v2
"""

from __future__ import annotations

from collections.abc import Callable

from adcompiler.ir.nodes import Function
from adcompiler.optimize.common_subexpressions import merge_common_subexpressions
from adcompiler.optimize.copy_propagation import propagate_copies
from adcompiler.optimize.dead_code import eliminate_dead_code
from adcompiler.optimize.joint_results import join_results
from adcompiler.optimize.simplify import simplify

Pass = Callable[[Function], Function]
Observer = Callable[[str, Function], None]

PASSES: tuple[Pass, ...] = (
    join_results,
    eliminate_dead_code,
    propagate_copies,
    merge_common_subexpressions,
    simplify,
)

#: a rule may open the way for another one; three rounds suffice in practice and bound the time
ROUNDS = 3


def optimize(function: Function, observer: Observer | None = None) -> Function:
    """Run all passes until none changes anything; `observer` sees each stage that differs."""
    idle = 0
    for step in range(ROUNDS * len(PASSES) + 1):
        run = PASSES[step % len(PASSES)]
        changed = run(function)
        if changed is function:
            idle += 1
            if idle == len(PASSES):
                break
            continue
        function, idle = changed, 0
        if observer is not None:
            observer(run.__name__, function)
    return function
