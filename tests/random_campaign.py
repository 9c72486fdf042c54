"""Many random programs in one run that goes on after a failure: ``python -m tests.random_campaign 20000``.

A program is counted once every oracle has agreed; programs that decide nothing (a kink or an overflow near the point)
are drawn again.  What fails is written out with its text.  An `ADError` is a refusal: counted apart, by its fact.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import UnsatisfiedAssumption

import adcompiler as ad
from tests import (
    random_writes,
    test_random_effects,
    test_random_loops,
    test_random_programs,
    test_random_writes,
)
from tests.random_functions import functions
from tests.random_loops import loop_programs

BATCH = 50
#: seconds after which a program is given up
LONGEST = 60
Check = Callable[[Any], None]


class Tally:
    """What has been tried so far, written to a file as it grows."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.agreed: collections.Counter[str] = collections.Counter()
        self.refused: collections.Counter[str] = collections.Counter()
        self.failed = 0

    def guarded(self, kind: str, check: Check, text: Callable[[Any], str]) -> Check:
        """`check`, whose failures are written down instead of raised."""

        def run(program: Any) -> None:
            signal.alarm(LONGEST)
            try:
                check(program)
            except UnsatisfiedAssumption:
                raise
            except ad.errors.ADError as error:
                self.refused[f"{kind}: {error.fact}"] += 1
                self.note(f"REFUSED {kind}\n{text(program)}\n{error}")
            except Exception:
                self.failed += 1
                self.note(f"FAILED {kind}\n{text(program)}\n{traceback.format_exc(limit=-8)}")
            else:
                self.agreed[kind] += 1
            finally:
                signal.alarm(0)

        return run

    def note(self, text: str) -> None:
        with open(f"{self.log}.found", "a") as file:
            file.write(f"{text}\n{'-' * 100}\n")

    def write(self, start: float) -> None:
        with open(self.log, "w") as file:
            counts = ", ".join(f"{kind} {count}" for kind, count in sorted(self.agreed.items()))
            refused = sum(self.refused.values())
            file.write(f"{sum(self.agreed.values())} agree ({counts})\n{self.failed} failed, {refused} refused\n")
            file.write(f"{time.monotonic() - start:.0f} s\n")
            for fact, count in self.refused.most_common(40):
                file.write(f"{count:6d} {fact}\n")


def from_strategy(strategy: Any) -> Callable[[Check, int], None]:
    """Runs `BATCH` programs that hypothesis draws, other ones for each seed."""

    def run(check: Check, number: int) -> None:
        options = settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        seed(number)(options(given(strategy)(check)))()

    return run


def from_seeds(check: Check, number: int) -> None:
    for k in range(BATCH):
        with contextlib.suppress(UnsatisfiedAssumption):
            check(number * BATCH + k)


#: what checks a program, what draws programs, and the text of a program
KINDS: dict[str, tuple[Check, Callable[[Check, int], None], Callable[[Any], str]]] = {
    "functions": (test_random_programs.check, from_strategy(functions()), str),
    "loops": (test_random_loops.check, from_strategy(loop_programs()), str),
    "effects": (
        test_random_effects.check,
        from_seeds,
        lambda number: test_random_effects.program(number)[1],
    ),
    "writes": (test_random_writes.check, from_seeds, random_writes.program),
}


def _too_long(number: int, frame: Any) -> None:
    raise TimeoutError(f"no result after {LONGEST} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--log", default="random_counts.txt")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    warnings.simplefilter("error")
    signal.signal(signal.SIGALRM, _too_long)
    tally, start, number = Tally(options.log), time.monotonic(), options.seed
    while sum(tally.agreed.values()) < options.count:
        for kind in options.kinds.split(","):
            check, run, text = KINDS[kind]
            with contextlib.redirect_stdout(io.StringIO()):
                run(tally.guarded(kind, check, text), number)
            tally.write(start)
        number += 1
    return tally.failed > 0


if __name__ == "__main__":
    sys.exit(main())
