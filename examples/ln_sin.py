"""The standard example of the literature: y = ln x1 + x1 x2 - sin x2 at (2, 5).

Shows the gradient, the two generated programs, the evaluation trace and both modes side by side.
Its value is 11.652 and its gradient (5.5, 1.716) (Baydin et al. 2018, tables 2 and 3).
"""

import numpy as np

import adcompiler as ad


@ad.grad(argnums=(0, 1))
def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def main() -> None:
    print("gradient at (2, 5):", f(2.0, 5.0))
    print("\n--- gradient\n")
    print(f.source())
    print("--- tangent program\n")
    print(ad.tangent(f.primal).source())
    print("--- adjoint program\n")
    print(ad.adjoint(f.primal).source())
    print("--- evaluation trace\n")
    print(ad.trace(f, 2.0, 5.0))
    print("\n--- forward and reverse mode\n")
    print(ad.compare(f, 2.0, 5.0))


if __name__ == "__main__":
    main()
