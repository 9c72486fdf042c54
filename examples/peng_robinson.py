"""The Peng-Robinson equation of state (1976), the workhorse of chemical engineering, for carbon dioxide.

    p = R T / (v - b) - a alpha(T) / (v² + 2 b v - b²)

The slopes of the pressure give the thermodynamics: the isothermal compressibility, the expansion
coefficient, and the departures of real from ideal heat capacities, which need second derivatives.
At the critical point of the model both ∂p/∂v and ∂²p/∂v² vanish.
"""

import math

import adcompiler as ad

R = 8.31446261815324  # J/(mol K)
#: critical temperature in K, critical pressure in Pa, acentric factor
CO2 = (304.13, 7.3773e6, 0.22394)


def pressure(temperature, volume, fluid=CO2):
    """The pressure in Pa of one mole in `volume` m³."""
    tc, pc, acentric = fluid
    a = 0.45723552892138 * R**2 * tc**2 / pc
    b = 0.07779607390389 * R * tc / pc
    kappa = 0.37464 + 1.54226 * acentric - 0.26992 * acentric**2
    alpha = (1 + kappa * (1 - math.sqrt(temperature / tc))) ** 2
    return R * temperature / (volume - b) - a * alpha / (volume**2 + 2 * b * volume - b**2)


slopes = ad.grad(pressure, argnums=("temperature", "volume"))
curvatures = ad.hessian(pressure, argnums=("temperature", "volume"))


def slopes_by_hand(temperature, volume, fluid=CO2):
    """What a textbook prints, to compare with."""
    tc, pc, acentric = fluid
    a = 0.45723552892138 * R**2 * tc**2 / pc
    b = 0.07779607390389 * R * tc / pc
    kappa = 0.37464 + 1.54226 * acentric - 0.26992 * acentric**2
    root = 1 + kappa * (1 - math.sqrt(temperature / tc))
    below = volume**2 + 2 * b * volume - b**2
    by_temperature = R / (volume - b) + a * root * kappa / math.sqrt(temperature * tc) / below
    by_volume = -R * temperature / (volume - b) ** 2 + a * root**2 * (2 * volume + 2 * b) / below**2
    return by_temperature, by_volume


def main() -> None:
    print(
        f"{'T/K':>6} {'v/(l/mol)':>10} {'p/bar':>9} {'expansion K⁻¹':>14} {'compress. bar⁻¹':>16} {'by hand':>9}"
    )
    for temperature, volume in ((300.0, 2.0e-2), (320.0, 1.0e-3), (350.0, 1.5e-4), (280.0, 5.0e-5)):
        p = pressure(temperature, volume)
        by_t, by_v = slopes(temperature, volume)
        hand = slopes_by_hand(temperature, volume)
        agree = max(abs(by_t / hand[0] - 1), abs(by_v / hand[1] - 1)) < 1e-13
        print(
            f"{temperature:6.1f} {volume * 1e3:10.3f} {p / 1e5:9.2f} {-by_t / by_v / volume:14.4e} "
            f"{-1e5 / (volume * by_v):16.4e} {'agrees' if agree else 'DIFFERS':>9}"
        )
    tc, pc, _ = CO2
    vc = 0.30740130869870 * R * tc / pc
    (_, _), (_, by_v_v) = curvatures(tc, vc)
    scale = pc / vc
    print(f"\nat the critical point: p / pc = {pressure(tc, vc) / pc:.12f}")
    print(
        f"  dp/dv   = {slopes(tc, vc)[1] / scale:.1e} pc/vc      d²p/dv² = {by_v_v / scale * vc:.1e} pc/vc²\n"
    )
    print(slopes.source())


if __name__ == "__main__":
    main()
