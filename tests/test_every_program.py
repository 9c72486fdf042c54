"""Every program of the corpus in every mode, each under one setting chosen by hash.

The full matrix of settings is a run of its own: ``python -m tests.programs.modes``.
"""

from __future__ import annotations

import pytest

from tests.programs.corpus import PROGRAMS, Program
from tests.programs.modes import CHECKS, SETTINGS, by_hash, run

CELLS = [
    pytest.param(program, mode, SETTINGS[by_hash(f"{program.name} {k} {mode}", len(SETTINGS))],
                 id=f"{program.name}-{k}-{mode}")
    for k, program in enumerate(PROGRAMS)
    for mode in CHECKS
]  # fmt: skip


@pytest.mark.parametrize(("program", "mode", "setting"), CELLS)
def test_program(program: Program, mode: str, setting: str) -> None:
    run(program, mode, setting)


def test_the_corpus_is_large_enough() -> None:
    assert len({program.name for program in PROGRAMS}) >= 400
