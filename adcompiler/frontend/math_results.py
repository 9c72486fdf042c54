"""What a function of `math` gives is a Python float, of an element of an array, too.

Beside a float32 that matters: ``a * math.sqrt(v[0])`` stays single precision, ``a * np.sqrt(v[0])`` does not (NEP 50).
"""

from __future__ import annotations

import numpy as np

from adcompiler.frontend.bound import Bound
from adcompiler.ir.builder import current
from adcompiler.ir.types import FLOAT, NumpyScalar, is_number, shape_of
from adcompiler.ir.values import Variable
from adcompiler.primitives.elements import as_python


def as_float(result: Bound) -> Bound:
    """The statement just made, with a Python float as its target; it is computed in double precision."""
    if not isinstance(result, Variable) or not isinstance(result.type, NumpyScalar):
        return result
    builder = current()
    call = builder.definition(result)
    if result.type.dtype.kind != "f" or call is None or any(shape_of(a.type) for a in call.args):
        return result
    if not builder.withdraw(call):
        return result
    narrow = result.type.dtype != np.dtype(float)
    args = [as_python(a) if narrow and is_number(a.type) else a for a in call.args]
    builder.style, style = call.style, builder.style
    found = builder.apply(
        call.primitive, *args, target=Variable(result.name, FLOAT), **call.statics
    )
    builder.style = style
    return found
