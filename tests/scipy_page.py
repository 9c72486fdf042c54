"""`docs/scipy.md`, made like `docs/numpy.md` from the verdicts.

Write it anew with ``python -m tests.scipy_page`` (SciPy must be there).
"""

from __future__ import annotations

from pathlib import Path

from adcompiler.primitives.scipy_reasons import SCIPY_REASONS
from tests import numpy_page

PAGE = Path(__file__).parents[1] / "docs" / "scipy.md"
HEAD = """\
# SciPy

adcompiler does not need SciPy. Where your program imports it (extra `scipy`), the functions below are differentiated as
you write them, and the generated program imports what it needs:

```python
from scipy.special import gammaln

def log_likelihood(a, x):
    return np.sum((a - 1.0) * np.log(x) - x - gammaln(a))

print(ad.grad(log_likelihood).source(2.0, np.ones(3)))     # … special.digamma(a) …
```

SciPy's rows are read when such a function is met for the first time; `import adcompiler` imports no SciPy.
This page is written by `python -m tests.scipy_page`; a test fails when the installed SciPy has a function without
a verdict.

| verdict | the function |
|---|---|
"""
CONVENTIONS = """
### Kinks, edges and limits of scipy.special

| function | what is taken |
|---|---|
| `xlogy`, `xlog1py`, `rel_entr`, `kl_div` | at 0 log 0 the derivative in the second 0 is 0 |
| `i0e`, `i1e`, `ive` | at 0, where exp(-abs(x)) has a kink, the mean of both slopes |
| `logsumexp` | where all terms are -inf, each has the weight 0 |
| `huber` | at abs(r) = delta both formulas agree |
| `bdtr`, `pdtr` and their kin | a count of events is cut to a whole number: it has the derivative 0 |
| `comb`, `perm`, `factorial`, `tklmbda` | where SciPy gives a constant (too few to choose from, beyond the ends), 0 |
| `gammainc`, `betainc`, `stdtr`, `fdtr`, `chdtr` … | in all arguments, the shapes too: by a quadrature of about 13 digits |
| `ellipkinc`, `ellipeinc`, `ellipj` | in both arguments, that in m by such a quadrature |
| `elliprf`, `elliprd`, `elliprg`, `elliprc`, `agm` | second derivatives are nan where two arguments are equal |
| `it2j0y0`, `it2i0k0`, `elliprc` | nan at points where their formulas are 0/0 |
| `digamma`, `gamma`, `loggamma`, `rgamma` | of complex numbers as far as SciPy has `digamma`: one order, none of `digamma` itself |
| `ive`, `jve`, `yve`, `airye` | real arguments only: of complex ones they are not holomorphic |
| `modfresnelp`, `modfresnelm` | for x < 0 the derivative of the integral, which SciPy's values are not |
| `itairy`, `obl_rad1`, `mathieu_…` | the derivative of the function; SciPy's own values may have six digits only |
"""


def arguments() -> list[str]:
    """The arguments in which a differentiable function of scipy.special has no derivative."""
    from adcompiler.primitives.scipy_special.rows import WITHOUT

    lines = ["", "### Arguments without a derivative", "", "| | in its |", "|---|---|"]
    for argument in sorted(set(WITHOUT.values())):
        names = sorted(name for name, found in WITHOUT.items() if found == argument)
        lines.append(f"| {', '.join(f'`{name}`' for name in names)} | {argument} |")
    return lines


ARGUMENTS = """
Asking for a derivative with respect to one of these is an error; numbers that do not depend on what is
differentiated may stand there, also fractions where SciPy takes them.
"""


def page() -> str:
    return numpy_page.page(HEAD, SCIPY_REASONS) + "\n".join(arguments()) + "\n" + ARGUMENTS + CONVENTIONS


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
