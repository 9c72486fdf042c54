"""Builtins and `itertools` that give an iterator, and `iter`, `next`."""

from __future__ import annotations

import builtins
import functools
import itertools
import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from adcompiler.errors import UnsupportedValueError
from adcompiler.frontend import growing_methods, plain_itertools
from adcompiler.frontend.bound import Bound, describe
from adcompiler.frontend.collecting import is_unknown
from adcompiler.frontend.conditions import as_condition
from adcompiler.frontend.counted import Counted
from adcompiler.frontend.folds import Filtered
from adcompiler.frontend.frame import Frame
from adcompiler.frontend.growing import is_growing
from adcompiler.frontend.iteration import (
    Endless,
    enumerated,
    following,
    from_zero,
    known_elements,
    read,
    zipped,
)
from adcompiler.frontend.streams import (
    Lazy,
    Stream,
    known_choice,
    mapped,
    one_by_one,
    unknown_length,
)
from adcompiler.ir.builder import current
from adcompiler.ir.index import IndexPattern, Operand
from adcompiler.ir.primitive import lookup
from adcompiler.ir.structure import Branch, sequence
from adcompiler.ir.types import shape_of
from adcompiler.ir.values import Atom, Constant, Variable
from adcompiler.primitives.catalogue import FUNCTIONS
from adcompiler.primitives.statics import static

ZERO, ONE, TWO, NOTHING = map(Constant.of, (0, 1, 2, None))
NO = Constant.of(False)
#: groups of more elements are counted, where that can be done
LONGEST_SPELLED_OUT = 1000


def _whole(bound: Bound, what: str) -> Any:
    """An int that must be known while compiling."""
    return static(bound, what)


def _parts(frame: Frame, many: tuple[Bound, ...]) -> list[Counted | Iterator[Bound]]:
    found: list[Counted | Iterator[Bound]] = []
    for bound in many:
        source = read(frame, bound)
        if isinstance(source, Lazy):
            elements = one_by_one(source, 0)
            if elements is None:
                raise unknown_length(frame, source)
            source = elements
        found.append(source)
    return found


def zip_of(frame: Frame, *many: Bound, strict: Bound = NO) -> Bound:
    if not many:
        return Stream("zip", iter(()))
    return Stream("zip", zipped(_parts(frame, many), bool(_whole(strict, "strict="))))


def _enumerate(frame: Frame, iterable: Bound, start: Bound = ZERO) -> Bound:
    (part,) = _parts(frame, (iterable,))
    if not isinstance(start, Atom):
        raise UnsupportedValueError(
            f"`enumerate` starts at {describe(start)}.",
            why="Python would raise TypeError here.",
            write="an int",
        )
    return Stream("enumerate", enumerated(part, start))


def _reversed(frame: Frame, sequence_: Bound, /) -> Bound:
    if isinstance(sequence_, Stream):
        raise UnsupportedValueError(
            f"`reversed` of {describe(sequence_)}.",
            why="Python would raise TypeError here: it needs a sequence.",
            write="reversed(tuple(…))",
        )
    if isinstance(sequence_, Branch) and sequence_.kind == "list":
        return Stream("reversed", following(frame, sequence_, backwards=True))
    source = read(frame, sequence_)
    if isinstance(source, Counted):
        return Stream("reversed", replace(source, backwards=not source.backwards))
    return Stream("reversed", reversed(list(source)))


def _map(frame: Frame, function: Bound, first: Bound, /, *more: Bound) -> Bound:
    if not more:
        source = read(frame, first)
        return Stream("map", mapped(source, lambda item: frame.call_with(function, item)))
    together = zipped(_parts(frame, (first, *more)), False)
    return Stream("map", mapped(together, lambda group: frame.call_with(function, *group.children)))


def _starmap(frame: Frame, function: Bound, groups: Bound, /) -> Bound:
    def spread(group: Bound) -> Bound:
        return frame.call_with(function, *known_elements(frame, group))

    return Stream("starmap", mapped(read(frame, groups), spread))


def _test(frame: Frame, function: Bound) -> Callable[[Bound], Atom]:
    plainly = isinstance(function, Constant) and function.value is None
    return lambda item: as_condition(frame, item if plainly else frame.call_with(function, item))


def _filter(frame: Frame, function: Bound, iterable: Bound, /) -> Bound:
    return Stream("filter", Filtered(frame, read(frame, iterable), _test(frame, function)))


def _filterfalse(frame: Frame, function: Bound, iterable: Bound, /) -> Bound:
    test = _test(frame, function)
    items = known_elements(frame, iterable)
    return Stream("filterfalse", (item for item in items if not known_choice(test(item))))


def _takewhile(frame: Frame, function: Bound, iterable: Bound, /) -> Bound:
    test = _test(frame, function)
    items = known_elements(frame, iterable)
    return Stream("takewhile", itertools.takewhile(lambda i: known_choice(test(i)), items))


def _dropwhile(frame: Frame, function: Bound, iterable: Bound, /) -> Bound:
    test = _test(frame, function)
    items = known_elements(frame, iterable)
    return Stream("dropwhile", itertools.dropwhile(lambda i: known_choice(test(i)), items))


def _compress(frame: Frame, data: Bound, selectors: Bound) -> Bound:
    chosen = known_elements(frame, selectors)
    pairs = zip(known_elements(frame, data), chosen, strict=False)
    return Stream("compress", (item for item, s in pairs if known_choice(as_condition(frame, s))))


def _iter(frame: Frame, iterable: Bound, /) -> Bound:
    if isinstance(iterable, Stream):
        return iterable
    return Stream("iterator", read(frame, iterable))


def _next(frame: Frame, iterator: Bound, /, *default: Bound) -> Bound:
    if not isinstance(iterator, Stream):
        raise UnsupportedValueError(
            f"`next` of {describe(iterator)}.",
            why="it is no iterator: Python would raise TypeError here, or change an object from outside.",
            write="next(iter(…)), or an index",
        )
    found = iterator.next()
    if found is not None:
        return found
    if default:
        return default[0]
    raise UnsupportedValueError(
        f"`next` of {describe(iterator)} that is at its end.",
        why="Python would raise StopIteration here.",
        write="a default: next(items, None)",
    )


def _groups(function: Callable[..., Any], name: str) -> Callable[..., Bound]:
    """Combinations of known elements, in the order of `itertools`."""

    def run(frame: Frame, iterable: Bound, r: Bound = NOTHING) -> Bound:
        source = read(frame, iterable)
        if isinstance(source, Counted) and one_by_one(source, LONGEST_SPELLED_OUT) is None:
            pairs = _counted_pairs(source, function, _whole(r, "the size of the groups"))
            if pairs is not None:
                return Stream(name, pairs)
        iterable = Stream(name, source)
        items = list(known_elements(frame, iterable))
        size = _whole(r, "the size of the groups")
        sizes = () if size is None and function is itertools.permutations else (size,)
        found = function(items, *sizes)
        return Stream(name, (sequence("tuple", group) for group in found))

    return run


def _counted_pairs(source: Counted, function: Any, size: Any) -> Counted | None:
    """Pairs of a range or an array of unknown length, one for each place of a triangle, in the order of `itertools`."""
    first = {itertools.combinations: 1, itertools.combinations_with_replacement: 0}.get(function)
    if size != 2 or first is None:
        return None
    counted = from_zero(source)
    rows = FUNCTIONS[np.triu_indices](counted.stop, first)
    pattern = IndexPattern((Operand(0),), False)
    count = FUNCTIONS[np.shape](rows[0])[0]

    def pair(index: Atom) -> Bound:
        places = (current().apply(lookup("getitem"), row, index, index=pattern) for row in rows)
        whole = (current().apply(lookup("to_int"), place) for place in places)
        return sequence("tuple", tuple(counted.element(place) for place in whole))

    return Counted(ZERO, count if isinstance(count, Atom) else Constant.of(count), ONE, pair)


def _product(frame: Frame, *many: Bound, repeat: Bound = ONE) -> Bound:
    pools = [list(known_elements(frame, bound)) for bound in many]
    groups = itertools.product(*pools, repeat=_whole(repeat, "repeat="))
    return Stream("product", (sequence("tuple", group) for group in groups))


def _pairwise(frame: Frame, iterable: Bound, /) -> Bound:
    pairs = itertools.pairwise(known_elements(frame, iterable))
    return Stream("pairwise", (sequence("tuple", pair) for pair in pairs))


def _batched(frame: Frame, iterable: Bound, n: Bound) -> Bound:
    items, size = list(known_elements(frame, iterable)), _whole(n, "the size of a batch")
    batches = (tuple(items[k : k + size]) for k in range(0, len(items), size))
    return Stream("batched", (sequence("tuple", batch) for batch in batches))


def _chain(frame: Frame, *many: Bound) -> Bound:
    return Stream("chain", _one_after_the_other(frame, iter(many)))


def _chain_from(frame: Frame, many: Bound, /) -> Bound:
    return Stream("chain", _one_after_the_other(frame, known_elements(frame, many)))


def _one_after_the_other(frame: Frame, many: Iterator[Bound]) -> Iterator[Bound]:
    for bound in many:
        yield from known_elements(frame, bound)


def _accumulate(
    frame: Frame, iterable: Bound, func: Bound = NOTHING, *, initial: Bound = NOTHING
) -> Bound:
    plainly = isinstance(func, Constant) and func.value is None
    function = Constant.of(operator.add) if plainly else func
    items = known_elements(frame, iterable)
    start = [] if isinstance(initial, Constant) and initial.value is None else [initial]
    totals = itertools.accumulate(
        itertools.chain(start, items), lambda total, item: frame.call_with(function, total, item)
    )
    return Stream("accumulate", totals)


def _islice(frame: Frame, iterable: Bound, /, *bounds: Bound) -> Bound:
    numbers = [_whole(bound, "a bound of islice") for bound in bounds]
    return Stream("islice", itertools.islice(known_elements(frame, iterable), *numbers))


def _repeat(frame: Frame, object: Bound, times: Bound = NOTHING) -> Bound:
    number = _whole(times, "the number of repetitions")
    endless = itertools.repeat(object)
    return Stream("repeat", iter(endless) if number is None else itertools.repeat(object, number))


def _count(frame: Frame, start: Bound = ZERO, step: Bound = ONE) -> Bound:
    first, by = _whole(start, "the start of count"), _whole(step, "the step of count")
    numbers = map(Constant.of, itertools.count(first, by))

    def at(index: Atom) -> Bound:
        if isinstance(index, Constant):
            return Constant.of(index.value * by + first)
        return index * by + first

    return Stream("count", Endless(numbers, at))


def _cycle(frame: Frame, iterable: Bound, /) -> Bound:
    items = list(known_elements(frame, iterable))

    def at(index: Atom) -> Bound:
        if isinstance(index, Constant):
            return items[index.value % len(items)]
        alike = growing_methods.if_alike(frame, sequence("list", tuple(items)))
        if alike is None:
            raise UnsupportedValueError(
                "`itertools.cycle` over elements of different kinds runs beside what only the run knows the length of.",
                why="which of them an iteration gets would only be known at run time.",
                write="numbers, or a loop over an index with a test of index % 2",
            )
        return growing_methods.subscript(
            frame, alike, frame.binary("Mod", index, Constant.of(len(items)))
        )

    return Stream("cycle", Endless(itertools.cycle(items), at))


def _tee(frame: Frame, iterable: Bound, n: Bound = TWO) -> Bound:
    items = list(known_elements(frame, iterable))
    copies = (Stream("iterator", iter(items)) for _ in range(_whole(n, "the number of iterators")))
    return sequence("tuple", tuple(copies))


def _zip_longest(frame: Frame, *many: Bound, fillvalue: Bound = NOTHING) -> Bound:
    parts = [known_elements(frame, bound) for bound in many]
    groups = itertools.zip_longest(*parts, fillvalue=fillvalue)
    return Stream("zip_longest", (sequence("tuple", group) for group in groups))


def _runs_long(bound: Bound) -> bool:
    """True for what only the run knows the length of."""
    if is_growing(bound):
        return True
    if isinstance(bound, Stream):
        return not bound.taken and is_unknown(bound.source)
    if isinstance(bound, Branch) and bound.kind == "range":
        return True
    shape = shape_of(bound.type) if isinstance(bound, Variable) else ()
    return bool(shape) and shape[0].constant is None


def _or_plain(name: str, meaning: Callable[..., Bound]) -> Callable[..., Bound]:
    """Known elements one by one; others by the generator of the same name."""
    plainly = Constant.of(getattr(plain_itertools, name))

    @functools.wraps(meaning)
    def run(frame: Frame, *args: Bound, **kwargs: Bound) -> Bound:
        if any(map(_runs_long, args)):
            found: Bound = frame.call(plainly, list(args), kwargs)
            return found
        return meaning(frame, *args, **kwargs)

    return run


#: function -> its meaning, a function of the frame and the bound arguments
ITERATORS: dict[Any, Callable[..., Any]] = {
    builtins.zip: zip_of,
    builtins.enumerate: _enumerate,
    builtins.reversed: _reversed,
    builtins.map: _map,
    builtins.filter: _filter,
    builtins.iter: _iter,
    builtins.next: _next,
    itertools.product: _product,
    itertools.combinations: _groups(itertools.combinations, "combinations"),
    itertools.permutations: _groups(itertools.permutations, "permutations"),
    itertools.combinations_with_replacement: _groups(
        itertools.combinations_with_replacement, "combinations_with_replacement"
    ),
    itertools.pairwise: _or_plain("pairwise", _pairwise),
    itertools.chain: _or_plain("chain", _chain),
    itertools.chain.from_iterable: _chain_from,
    itertools.accumulate: _or_plain("accumulate", _accumulate),
    itertools.islice: _or_plain("islice", _islice),
    itertools.repeat: _repeat,
    itertools.count: _count,
    itertools.cycle: _cycle,
    itertools.zip_longest: _zip_longest,
    itertools.tee: _tee,
    itertools.starmap: _starmap,
    itertools.takewhile: _or_plain("takewhile", _takewhile),
    itertools.dropwhile: _or_plain("dropwhile", _dropwhile),
    itertools.filterfalse: _or_plain("filterfalse", _filterfalse),
    itertools.compress: _compress,
}
if hasattr(itertools, "batched"):  # Python 3.12
    ITERATORS[itertools.batched] = _batched
