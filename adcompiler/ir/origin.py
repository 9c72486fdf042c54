"""Where a statement comes from: one statement of the user's program."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Origin:
    """A statement's place, and its own text in one line (it becomes the comment above its adjoint).

    `line` and `column` are those of the expression at hand, for errors; `statement` identifies the
    user's statement (its first line and the function it stands in), for grouping and comments.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    function: str
    statement: tuple[int, int, str] = (0, 0, "")
    text: str = ""
    #: settings of ``np.errstate`` that hold here, as (name, value) pairs
    errstate: tuple[tuple[str, str], ...] = ()

    def at(self, line: int, column: int, end_line: int, end_column: int) -> Origin:
        return replace(self, line=line, column=column, end_line=end_line, end_column=end_column)


NOWHERE = Origin("<adcompiler>", 0, 0, 0, 0, "")
