"""The command line, as a process of its own and in this one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import adcompiler
from adcompiler.__main__ import main

PROGRAMS = '''\
import math
import numpy as np
import adcompiler as ad

SCALE = 3.0

@ad.grad(argnums=(0, 1))
def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)

def loss(w, xs, kind="tanh"):
    return SCALE * np.sum(np.tanh(w * xs) ** 2) if kind == "tanh" else w

def inverse(x):
    return 1.0 / x

def log(x):
    return math.log(x)

def pick(x, index):
    return x[index].sum()

def product(x):
    return (np.ones((2, 3)) @ x).sum()

def generated(x):
    yield x

def half(x):
    return ad.stop_gradient(x) * x

class Disc:
    def __init__(self):
        self.k = 2.0

    def area(self, r):
        return self.k * r * r

disc = Disc()
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "model.py").write_text(PROGRAMS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if getattr(sys.modules[name], "__file__", "") and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def run(folder, *words, **environment):
    root = str(Path(adcompiler.__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-m", "adcompiler", *words], cwd=folder, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


TRACE = """\
f(x1, x2) = 11.652

variable  operation   value  v̇ (∂x1)  v̇ (∂x2)               v̄
v₋₁       x1              2        1        0         5 → 5.5
v₀        x2              5        0        1  −0.284 → 1.716
v₁        log(v₋₁)    0.693      0.5        0               1
v₂        v₋₁ · v₀       10        5        2               1
v₃        sin(v₀)    −0.959        0    0.284              −1
v₄        v₁ + v₂    10.693      5.5        2               1
v₅        v₄ − v₃    11.652      5.5    1.716               1
f         v₅         11.652      5.5    1.716               1
"""


def test_trace_in_a_process(folder):
    assert run(folder, "trace", "model.py:f", "2", "5") == (0, TRACE, "")


def test_compare_in_a_process_from_another_folder(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    code, out, err = run(elsewhere, "compare", str(folder / "model.py") + ":f", "2", "5", "--timing")
    assert (code, err) == (0, "")
    assert TRACE in out
    for part in ("def f_tangent(x1, x2, x1_dot, x2_dot):", "def f_adjoint(x1, x2, f_bar=1.0):",
                 "5.5", "1.71633781454", "sweeps needed", "time of all sweeps"):
        assert part in out


def test_a_terminal_without_unicode(folder):
    code, out, err = run(folder, "trace", "model.py:f", "2", "5", PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert "-0.284 -> 1.716" in out


def test_a_pipe_gets_plain_text_and_a_closed_one_no_traceback(folder):
    code, out, _ = run(folder, "source", "model.py:f", "2", "5")
    assert code == 0
    assert "\x1b" not in out
    compile(out, "source", "exec")
    root = str(Path(adcompiler.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "adcompiler", "source", "model.py:f"], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root},
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def here(capsys, *words):
    code = main(words)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def test_grad(folder, capsys):
    expected = "f = 11.652071455223084\ndf/dx1 = 5.5\ndf/dx2 = 1.7163378145367738\n"
    assert here(capsys, "grad", "model.py:f", "2", "5") == (0, expected, "")
    assert here(capsys, "grad", "model:f", "2", "5", "--mode", "forward") == (0, expected, "")
    _, out, _ = here(capsys, "grad", "model.py:f", "--argnums", "x2", "2", "5")
    assert out.splitlines()[1:] == ["df/dx2 = 1.7163378145367738"]


@pytest.mark.parametrize("x", ["-2", "-2e-1", "-.5", "-inf"])
def test_negative_numbers(folder, capsys, x):
    code, out, _ = here(capsys, "grad", "model.py:disc.area", x)
    assert code == 0
    assert out.splitlines()[1] == f"darea/dr = {4.0 * float(x)}"


def test_arrays_and_strings(folder, capsys):
    code, out, err = here(capsys, "grad", "model.py:loss", "2", "[[1, 2], [3, 4]]", "'tanh'", "--argnums", "0")
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 2
    assert here(capsys, "grad", "model.py:pick", "[1, 2, 3]", "[0, 2]", "--argnums", "x")[1].endswith("[1. 0. 1.]\n")


def test_source(folder, capsys):
    assert "def f_adjoint(" in here(capsys, "source", "model.py:f", "2", "5")[1]
    assert "def f_tangent(" in here(capsys, "source", "model.py:f", "--mode", "forward")[1]
    out = here(capsys, "source", "model.py:loss", "2", "[1]")[1]
    assert 'def loss_adjoint(w, xs, kind="tanh"' in out.replace("'", '"')
    assert "\x1b[35mdef\x1b[0m" in here(capsys, "source", "model.py:f", "--color", "always")[1]


def test_check(folder, capsys):
    assert here(capsys, "check", "model.py:f", "2", "5")[0] == 0
    code, out, err = here(capsys, "check", "model.py:half", "2")
    assert (code, out) == (1, "")
    assert "expected" in err
    assert "def half_tangent" in err


BAD = [
    (("grad", "model.py:nothing", "1"), "there is no function `nothing`"),
    (("grad", "model.py:invers", "1"), "Write: model.py:inverse"),
    (("grad", "model.py", "1"), "names no function"),
    (("grad", "model.py:SCALE", "1"), "is no function"),
    (("grad", "missing.py:f", "1"), "missing.py is no file"),
    (("grad", "missing:f", "1"), "there is no module `missing`"),
    (("grad", ".:f", "1"), "names no module"),
    (("grad", "model.py:inverse", "x"), "no Python literal"),
    (("grad", "model.py:inverse", "[1, [2]]"), "do not make an array"),
    (("grad", "model.py:inverse"), "missing a required argument"),
    (("trace", "model.py:inverse", "1", "2"), "do not fit `inverse`"),
    (("grad", "model.py:inverse", "1", "--argnums", "y"), "names no argument"),
    (("grad", "model.py:inverse", "1", "--argnums", ","), "chooses nothing"),
    (("grad", "model.py:generated", "1"), "model.py:26, in generated(x)"),
    (("trace", "model.py:inverse", "0"), "ZeroDivisionError: float division by zero (model.py, line 15)"),
    (("grad", "model.py:inverse", "0"), "ZeroDivisionError: float division by zero (model.py, line 15)"),
    (("compare", "model.py:log", "-1"), "(model.py, line 18)"),
    (("grad", "model.py:product", "[1, 2]"), "(model.py, line 24)"),
    (("grad", "syntax.py:f", "1"), "(syntax.py, line 2)"),
    (("grad", "imports.py:f", "1"), "ModuleNotFoundError: No module named 'no_such_module' (imports.py, line 1)"),
    (("grad", "leaves.py:f", "1"), "SystemExit: 3"),
]


@pytest.mark.parametrize(("words", "text"), BAD)
def test_bad_input(folder, capsys, words, text):
    (folder / "syntax.py").write_text("def f(x):\n    return (\n")
    (folder / "imports.py").write_text("import no_such_module\n")
    (folder / "leaves.py").write_text("raise SystemExit(3)\n")
    code, out, err = here(capsys, *words)
    assert (code, out) == (1, "")
    assert text in err


@pytest.mark.parametrize(
    "words",
    [("nothing", "model.py:f"), ("grad", "model.py:f", "2", "--timing"), ("compare", "m.py:f", "--mode", "forward"),
     ("grad", "model.py:f", "--no-such-option")],
)
def test_wrong_command_line(capsys, words):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_help_and_version(capsys):
    assert main([]) == 0
    assert "compare" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.strip() == f"adcompiler {adcompiler.__version__}"


def test_a_file_named_like_a_module(folder, capsys):
    (folder / "json.py").write_text("def f(x):\n    return x * x\n")
    import json

    assert here(capsys, "grad", "json.py:f", "3")[1] == "f = 9.0\ndf/dx = 6.0\n"
    assert sys.modules["json"] is json
