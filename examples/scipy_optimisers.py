"""SciPy's optimisers and solvers on generated derivatives: our functions are handed over as they are.

* `minimize` takes value and gradient of one program (`jac=True`), a Hessian (`hess=`), or its product with a vector
  (`hessp=`): Rosenbrock's valley, and a hanging net of which no Hessian is ever formed.
* `least_squares` and `curve_fit` take the Jacobian of the residuals: two decays below a background are found again.
* `root` takes that of a system, `root_scalar` the first and second derivative: Kepler's equation.
* `solve_ivp` takes that of the right-hand side: Robertson's reactions, whose rates differ by nine orders of magnitude.

Needs SciPy (python3 -m pip install '.[scipy]').

    python examples/scipy_optimisers.py
"""

import math

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import curve_fit, least_squares, minimize, root, root_scalar

import adcompiler as ad

# ---- minima -------------------------------------------------------------------------------------


def valley(x, steepness=100.0):
    """Rosenbrock's function: the minimum is 0 where all x are 1."""
    return np.sum(steepness * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


START = np.array([1.3, 0.7, 0.8, 1.9, 1.2])


def down_the_valley():
    """Each method with the derivatives it can use: method → result."""
    both, hessian, product = ad.value_and_grad(valley), ad.hessian(valley), ad.hvp(valley)
    return {
        "Nelder-Mead (none)": minimize(
            valley, START, method="Nelder-Mead", options={"maxfev": 5000}
        ),
        "BFGS (gradient)": minimize(both, START, jac=True, method="BFGS"),
        "trust-exact (Hessian)": minimize(
            both, START, jac=True, hess=hessian, method="trust-exact"
        ),
        "Newton-CG (product)": minimize(both, START, jac=True, hessp=product, method="Newton-CG"),
    }


def net_energy(height, rim):
    """A soap film over a square frame: its area, for heights inside and on the rim of a grid."""
    size = len(rim)
    z = rim.copy()
    z[1:-1, 1:-1] = height.reshape(size - 2, size - 2)
    along, across = np.diff(z, axis=0) * (size - 1), np.diff(z, axis=1) * (size - 1)
    mean_along = 0.5 * (along[:, 1:] ** 2 + along[:, :-1] ** 2)
    mean_across = 0.5 * (across[1:] ** 2 + across[:-1] ** 2)
    return np.sum(np.sqrt(1.0 + mean_along + mean_across)) / (size - 1) ** 2


def soap_film(size=22):
    """The film between curved wires, near Scherk's minimal surface ln(cos x / cos y): result, and its error."""
    x = np.linspace(-1.0, 1.0, size)
    scherk = np.log(np.cos(x[:, None]) / np.cos(x))
    scale = 2.0  # the grid is 1 wide, the surface 2: heights shrink as lengths do
    rim = scherk / scale
    rim[1:-1, 1:-1] = 0.0
    flat = np.zeros((size - 2) ** 2)
    found = minimize(
        ad.value_and_grad(net_energy), flat, args=(rim,), jac=True, hessp=ad.hvp(net_energy),
        method="trust-ncg", options={"gtol": 1e-8},
    )  # fmt: skip
    inside = scherk[1:-1, 1:-1].ravel() / scale
    return found, float(np.max(np.abs(found.x - inside)))


# ---- fits ---------------------------------------------------------------------------------------

TRUE = np.array([2.0, 1.3, 0.7, 0.2, 0.5])
TIMES = np.linspace(0.0, 8.0, 60)


def two_decays(t, a, fast, b, slow, background):
    return a * np.exp(-fast * t) + b * np.exp(-slow * t) + background


def misfit(p, t, seen):
    a, fast, b, slow, background = p
    return two_decays(t, a, fast, b, slow, background) - seen


def fitted():
    """The parameters found again from exact data, with the Jacobian: `least_squares` and `curve_fit`."""
    seen = two_decays(TIMES, *TRUE)
    guess = np.array([1.0, 2.0, 1.0, 0.1, 0.0])
    squares = least_squares(misfit, guess, jac=ad.jacobian(misfit), args=(TIMES, seen))
    columns = ad.jacobian(two_decays, argnums=(1, 2, 3, 4, 5))
    curve, _ = curve_fit(
        two_decays, TIMES, seen, guess, jac=lambda t, *p: np.stack(columns(t, *p), axis=1)
    )
    return squares, curve


# ---- roots --------------------------------------------------------------------------------------


def system(x, coupling):
    return np.array(
        [x[0] + coupling * (x[0] - x[1]) ** 3 - 1.0, coupling * (x[1] - x[0]) ** 3 + x[1]]
    )


def solved():
    return root(system, np.zeros(2), args=(0.5,), jac=ad.jacobian(system))


def kepler(anomaly, eccentricity, mean):
    """Zero where the mean anomaly belongs to this eccentric anomaly."""
    return anomaly - eccentricity * math.sin(anomaly) - mean


def orbit(eccentricity=0.9, mean=0.3):
    """Halley's method, with the first and the second derivative."""
    return root_scalar(
        kepler, args=(eccentricity, mean), x0=1.0, method="halley",
        fprime=ad.derivative(kepler), fprime2=ad.derivative(kepler, 2),
    )  # fmt: skip


# ---- stiff equations ----------------------------------------------------------------------------


def robertson(t, y):
    slow, fast, medium = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return np.array([medium - slow, slow - medium - fast, fast])


def reactions(end=40.0):
    """The concentrations at `end`, by an implicit method with the Jacobian of the rates."""
    return solve_ivp(
        robertson, (0.0, end), [1.0, 0.0, 0.0], method="Radau", rtol=1e-8, atol=1e-10,
        jac=ad.jacobian(robertson, argnums="y"),
    )  # fmt: skip


def main():
    print("Rosenbrock's valley")
    for name, found in down_the_valley().items():
        print(f"  {name:24}{found.nfev:5} values, f = {found.fun:.1e}")
    film, error = soap_film()
    print(
        f"Soap film: {len(film.x)} heights in {film.nit} steps, {film.nhev} products with the Hessian"
    )
    print(f"  largest distance from Scherk's surface {error:.1e}")
    squares, curve = fitted()
    print(f"Two decays: {np.array2string(squares.x, precision=6)} after {squares.nfev} values")
    print(f"  curve_fit gives {np.array2string(curve, precision=6)}")
    found = solved()
    print(
        f"System: x = {np.array2string(found.x, precision=7)} after {found.nfev} values, {found.njev} Jacobian"
    )
    where = orbit()
    print(f"Kepler: eccentric anomaly {where.root:.12f} after {where.iterations} steps")
    rates = reactions()
    print(f"Robertson at t = 40: {np.array2string(rates.y[:, -1], precision=6)}")
    print(f"  {rates.nfev} values, {rates.njev} Jacobians")
    print()
    print(ad.jacobian(robertson, argnums="y").source(0.0, np.ones(3)))


if __name__ == "__main__":
    main()
