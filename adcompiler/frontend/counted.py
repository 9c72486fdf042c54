"""An iteration over positions, known or counted in the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from adcompiler.frontend.bound import Bound
from adcompiler.ir.builder import current
from adcompiler.ir.primitive import lookup
from adcompiler.ir.values import Atom, Constant


@dataclass(frozen=True)
class Counted:
    """An iteration over positions: `element` is the bound value at an index."""

    start: Atom
    stop: Atom
    step: Atom
    element: Callable[[Atom], Bound]
    backwards: bool = False
    over_range: bool = False
    of_array: bool = False  # reading the first element of none is an error

    @property
    def bounds(self) -> tuple[Atom, Atom, Atom]:
        return self.start, self.stop, self.step

    @property
    def length(self) -> int | None:
        """The number of iterations, where it is known."""
        taken = self.known
        return None if taken is None else len(taken)

    @property
    def known(self) -> range | None:
        if all(isinstance(b, Constant) for b in self.bounds):
            return range(*(b.value for b in self.bounds if isinstance(b, Constant)))
        return None


def forwards(steps: Counted) -> Counted:
    """A reversed iteration as one that counts down, so that its iterations can be numbered from the first."""
    if not steps.backwards:
        return steps
    start, stop, step = steps.start, steps.stop, steps.step
    taken = steps.known
    if taken is not None:
        down = taken[::-1]
        bounds: tuple[Atom, Atom, Atom] = (
            Constant.of(down.start),
            Constant.of(down.stop),
            Constant.of(down.step),
        )
    elif is_int(step, 1):
        bounds = (stop - 1, start - 1, Constant.of(-1))
    else:
        # the last of them: start + (⌈(stop − start) / step⌉ − 1) step
        whole = current().apply(lookup("floor_divide"), start - stop, step)
        bounds = (start - (whole + 1) * step, start - step, step * -1)
    return replace(steps, start=bounds[0], stop=bounds[1], step=bounds[2], backwards=False)


def is_int(atom: Atom, value: int) -> bool:
    return isinstance(atom, Constant) and atom.value == value
