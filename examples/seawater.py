"""Density of seawater: the international equation of state EOS-80 (UNESCO technical paper 44, 1983).

Oceanographers need its derivatives: the thermal expansion, the haline contraction and the
compressibility drive currents, mixing and sound.  The function is the standard's own sequence of
polynomials; the gradient is the program one would otherwise derive by hand, term by term.

    rho(salinity, temperature, pressure): practical salinity, °C (IPTS-68), bar -> kg/m³
"""

import adcompiler as ad


def density(s, t, p):
    # density of pure water at one atmosphere
    pure = 999.842594 + t * (
        6.793952e-2 + t * (-9.095290e-3 + t * (1.001685e-4 + t * (-1.120083e-6 + t * 6.536332e-9)))
    )
    # density of seawater at one atmosphere
    a = 8.24493e-1 + t * (-4.0899e-3 + t * (7.6438e-5 + t * (-8.2467e-7 + t * 5.3875e-9)))
    b = -5.72466e-3 + t * (1.0227e-4 - t * 1.6546e-6)
    surface = pure + a * s + b * s**1.5 + 4.8314e-4 * s**2
    # secant bulk modulus: how the water gives way to the pressure
    kw = 19652.21 + t * (148.4206 + t * (-2.327105 + t * (1.360477e-2 - t * 5.155288e-5)))
    aw = 3.239908 + t * (1.43713e-3 + t * (1.16092e-4 - t * 5.77905e-7))
    bw = 8.50935e-5 + t * (-6.12293e-6 + t * 5.2787e-8)
    k0 = (
        kw
        + s * (54.6746 + t * (-0.603459 + t * (1.09987e-2 - t * 6.1670e-5)))
        + s**1.5 * (7.944e-2 + t * (1.6483e-2 - t * 5.3009e-4))
    )
    a1 = aw + s * (2.2838e-3 + t * (-1.0981e-5 - t * 1.6078e-6)) + 1.91075e-4 * s**1.5
    b1 = bw + s * (-9.9348e-7 + t * (2.0816e-8 + t * 9.1697e-10))
    bulk = k0 + p * (a1 + p * b1)
    return surface / (1.0 - p / bulk)


density_and_slopes = ad.value_and_grad(density, argnums=("s", "t", "p"))

#: check values of the standard: (salinity, temperature, pressure in bar), density
CHECKS = [
    ((0.0, 5.0, 0.0), 999.96675),
    ((35.0, 5.0, 0.0), 1027.67547),
    ((35.0, 25.0, 1000.0), 1062.53817),
]


def main() -> None:
    for arguments, expected in CHECKS:
        print(f"rho{arguments} = {density(*arguments):.5f}   (standard: {expected:.5f})")
    print(
        f"\n{'S':>5} {'T':>5} {'p':>6} {'rho':>10} {'expansion':>12} {'contraction':>12} {'compress.':>12}"
    )
    for s, t, p in ((35.0, 0.0, 0.0), (35.0, 20.0, 0.0), (35.0, 2.0, 400.0), (10.0, 5.0, 0.0)):
        rho, (by_s, by_t, by_p) = density_and_slopes(s, t, p)
        print(
            f"{s:5.1f} {t:5.1f} {p:6.1f} {rho:10.4f} {-by_t / rho:12.4e} {by_s / rho:12.4e} {by_p / rho:12.4e}"
        )
    print("\n" + ad.grad(density, argnums="t").source())


if __name__ == "__main__":
    main()
