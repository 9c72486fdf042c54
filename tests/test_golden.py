"""Every stage of small programs as text: form, never numbers.

``pytest --update-golden`` writes the files anew; read them before you commit them.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import adcompiler as ad
from tests.golden_programs import CASES

ROOT = Path(__file__).parent.parent


def stages(name: str) -> str:
    function, arguments, argnums = CASES[name]
    reverse = ad.value_and_grad(function, argnums=argnums)
    derivative = reverse.stages(*arguments)
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    tangents = [arguments[k] for k in chosen]
    forward = ad.tangent(function, argnums=argnums)
    parts = [
        ("program", inspect.getsource(function)),
        *derivative.found,
        ("tangent", forward.source(*arguments, *tangents)),
    ]
    return "\n".join(f"--- {stage}\n{text.rstrip()}\n" for stage, text in parts)


@pytest.mark.parametrize("name", CASES)
def test_stages(name: str, golden: Any) -> None:
    golden(f"stages/{name}.txt", stages(name))


def test_same_bytes_whatever_the_hash_seed() -> None:
    program = (
        "from tests.test_golden import stages\n"
        "from tests.golden_programs import CASES\n"
        "print([stages(name) for name in CASES])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(outputs) == 1
    assert "def ln_sin_value_and_grad" in outputs.pop()
