"""Lists whose length only the run knows: what they are made of, and how one list becomes such a list.

A list of the program is a `Branch` of kind ``list`` as long as its elements are known one by one.  Where a loop or a
branch changes its length it becomes one of kind ``growing``: its only child is the structure of one element, with a
variable of type `List` for each leaf (so a list of pairs is two lists).  It stays the same `Branch`: every name,
container and object that leads to it sees the change, and `Memory` takes it back with the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.errors import UnsupportedSyntaxError
from adcompiler.frontend.bound import Bound, Undefined, describe
from adcompiler.frontend.joined_types import is_unknown, join_scalars
from adcompiler.frontend.memory import Content, Memory, content_of
from adcompiler.frontend.stacked import LengthNeeded
from adcompiler.ir.builder import current
from adcompiler.ir.lengths import unknown
from adcompiler.ir.primitive import Primitive
from adcompiler.ir.structure import Branch, Structure, leaves, transform
from adcompiler.ir.types import INT, Array, List, PythonScalar, Type, dtype_of, is_number, is_scalar
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.lists import append, item, length, make_list

KIND = "growing"
KEYS = ("elements",)


def is_growing(bound: Bound) -> bool:
    return isinstance(bound, Branch) and bound.kind == KIND


def parts(branch: Branch) -> list[Variable]:
    """The lists of which it is made: one for each leaf of an element."""
    return leaves(branch.children[0])


def count(branch: Branch) -> Atom:
    """``len(ys)``."""
    return current().apply(length, parts(branch)[0])


def element(memory: Memory, branch: Branch, index: Any) -> Bound:
    """``ys[index]``, which is not written: the list would see it."""
    found = transform(lambda part: current().apply(item, part, index), branch.children[0])
    memory.hold(leaves(found))
    memory.either.take(branch, found)
    return found


def refused(what: str, write: str = "np.array(…) of the list, or a loop over it") -> LengthNeeded:
    """Where the elements would have to be known one by one."""
    return LengthNeeded(
        what, why="how many elements it has would only be known at run time.", write=write
    )


# ---- what the elements are --------------------------------------------------------------------------


def form_of(items: Sequence[Bound]) -> Structure:
    """The structure of the elements, with types as leaves."""
    found = [transform(_type_of, one) for one in items]
    form = found[0]
    for other in found[1:]:
        form = joined(form, other)
    return form


def form_within(branch: Branch) -> Structure | None:
    """The same of the elements that a list has; None for an empty one."""
    if is_growing(branch):
        return transform(lambda part: part.type.element, branch.children[0])
    return form_of(branch.children) if branch.children else None


def element_form(bound: Bound) -> Structure | None:
    """The form of the elements where the value is a list that could grow; None for anything else."""
    if not isinstance(bound, Branch) or bound.kind not in ("list", KIND):
        return None
    if any(isinstance(leaf, Undefined) for leaf in leaves(bound)):
        return None
    return form_within(bound)


def joined(a: Structure, b: Structure) -> Structure:
    """What elements of both forms have in common."""
    if isinstance(a, Branch) and isinstance(b, Branch) and a.form == b.form:
        pairs = zip(a.children, b.children, strict=True)
        return a.rebuilt(tuple(joined(x, y) for x, y in pairs))
    if isinstance(a, Branch) or isinstance(b, Branch):
        raise _different(a, b)
    return joined_type(a, b)


def joined_type(a: Type, b: Type) -> Type:
    if a == b:
        return a
    if isinstance(a, Array) and isinstance(b, Array) and a.rank == b.rank and a.dtype == b.dtype:
        pairs = zip(a.shape, b.shape, strict=True)
        return Array(
            a.dtype,
            tuple(
                m if m == n or is_unknown(m) else unknown("length of an element", m, k)
                for k, (m, n) in enumerate(pairs)
            ),
        )
    if is_scalar(a) and is_scalar(b):
        return join_scalars(a, b)
    raise _different(a, b)


def _different(a: Any, b: Any) -> UnsupportedSyntaxError:
    first, second = (describe(x) if isinstance(x, Branch) else f"a {x}" for x in (a, b))
    return UnsupportedSyntaxError(
        f"a list that grows holds {first} and {second}.",
        why="which element is of which kind would only be known at run time.",
        write="a list for each kind of element: numbers, or arrays of one dtype and number of axes",
    )


def _type_of(leaf: Bound) -> Type:
    if isinstance(leaf, Atom) and is_number(leaf.type):
        plain_int = isinstance(leaf.type, PythonScalar) and leaf.type.kind == "int"
        return INT if plain_int else leaf.type
    raise UnsupportedSyntaxError(
        f"a list that grows holds {describe(leaf)}.",
        why="its elements are numbers and arrays, or tuples of them.",
        write="numbers or arrays in the list, and what is known while compiling outside of it",
    )


# ---- changes ------------------------------------------------------------------------------------------


def leaf_as(value: Bound, wanted: Type) -> Atom:
    """An int literal in a list of floats is a float."""
    if not isinstance(value, Constant):
        assert isinstance(value, Atom)
        return value
    if type(value.value) in (int, bool) and dtype_of(wanted).kind == "f":
        return Constant.of(float(value.value))
    assert isinstance(value, Atom)
    return value


def change(memory: Memory, branch: Branch, row: Primitive, value: Bound, *operands: Any) -> None:
    """``row(part, leaf, *operands)`` for each part of the list; arrays in `value` are the list's from now on."""
    structure = branch.children[0]
    form = joined(transform(lambda part: part.type.element, structure), transform(_type_of, value))
    memory.hold(leaves(value))
    memory.either.hold(branch, [value])
    now = [memory.now(v) for v in leaves(value)]
    put(
        memory,
        branch,
        [
            current().apply(
                row, part, leaf_as(leaf, kind), *operands, target=Variable(None, List(kind))
            )
            for part, leaf, kind in zip(parts(branch), now, leaves(form), strict=True)
        ],
    )


def appended(memory: Memory, branch: Branch, value: Bound) -> Branch:
    """A list with one element more, for the program the same list."""
    longer = Branch(branch.kind, branch.keys, branch.children)
    memory.either.hold_those_of(longer, branch)
    change(memory, longer, append, value)
    return longer


def put(memory: Memory, branch: Branch, new: Sequence[Atom]) -> None:
    """The list has these parts from now on."""
    names = [part.name for part in parts(branch)]
    for name, part in zip(names, new, strict=True):
        if isinstance(part, Variable) and part.name is None and name:
            part.rename(name)
    given = iter(new)
    structure = transform(lambda _: next(given), branch.children[0])
    memory.change(branch, KEYS, (structure,), KIND)


def content(items: Sequence[Bound], form: Structure, name: str | None) -> Content:
    """What a list of these elements holds once it is one that grows."""
    rows = [leaves(one) for one in items]
    wanted = leaves(form)
    builder = current()
    before, builder.style = builder.style, ""
    made = [
        make_list([leaf_as(row[k], kind) for row in rows], kind) for k, kind in enumerate(wanted)
    ]
    builder.style = before
    given = iter(made)
    found = Branch(KIND, KEYS, (transform(lambda _: next(given), form),))
    if name:
        give_name(found, name)
    return content_of(found)


def give_name(branch: Branch, name: str) -> None:
    """The parts of a list are called after it."""
    made = parts(branch)
    for k, part in enumerate(made):
        if part.name is None and not part.mark:
            part.rename(name if len(made) == 1 else f"{name}_{k}")


def grow(memory: Memory, branch: Branch, form: Structure | None, name: str | None) -> None:
    """From here on the list is one whose length only the run knows; `form` is that of what it will hold, too."""
    own = form_within(branch)
    together = own if form is None else form if own is None else joined(own, form)
    if together is None:
        raise refused("an empty list grows.", "a first element in the list, before the loop")
    items = [memory.present(child) for child in branch.children]
    for one in items:
        memory.hold(leaves(one))
    kind, keys, children = content(items, together, name)
    memory.either.hold(branch, items)
    memory.replace(branch, keys, children, kind)


def refuse_growing(result: Structure) -> None:
    """A result has a structure that is known while compiling."""
    if is_growing(result):
        raise refused("the function returns a list that grows.", "return np.array(…) of the list")
    for child in result.children if isinstance(result, Branch) else ():
        refuse_growing(child)
