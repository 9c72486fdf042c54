"""Programs with scipy.special: likelihoods, mixture models, waves, as people write them (only where SciPy is)."""

from __future__ import annotations

import numpy as np
import scipy.special
from scipy import special
from scipy import special as sc
from scipy.special import (
    digamma,
    expit,
    gammaln,
    i0,
    i0e,
    i1,
    i1e,
    j0,
    j1,
    jv,
    logsumexp,
    ndtr,
    xlogy,
)

from tests.programs.corpus import example

RNG = np.random.default_rng(11)
WAITS = RNG.gamma(2.5, 1.3, size=12)
COUNTS = RNG.poisson(3.0, size=10).astype(float)
ANGLES = RNG.vonmises(0.4, 2.0, size=9)
RETURNS = 0.02 + 0.4 * RNG.standard_t(4.0, size=11)
POINTS = np.concatenate([RNG.normal(-1.0, 0.6, 7), RNG.normal(2.0, 0.9, 6)])


# --- maximum likelihood ---------------------------------------------------------------------------


@example(2.1, 0.7, WAITS, argnums=(0, 1))
def gamma_log_likelihood(shape, rate, times):
    return np.sum(
        shape * np.log(rate) - gammaln(shape) + (shape - 1.0) * np.log(times) - rate * times
    )


@example(3.0, WAITS)
def gamma_shape_by_newton(shape, times):
    """ln a - ψ(a) = ln mean - mean ln, solved as Choi & Wette (1969) do."""
    s = np.log(np.mean(times)) - np.mean(np.log(times))
    for _ in range(4):
        slope = 1.0 / shape - scipy.special.polygamma(1, shape)
        shape = shape - (np.log(shape) - digamma(shape) - s) / slope
    return float(shape)


@example(2.2, 0.4, COUNTS, argnums=(0, 1))
def negative_binomial_regression(dispersion, intercept, counts):
    mean = np.exp(intercept + 0.1 * np.arange(len(counts)))
    total = 0.0
    for y, mu in zip(counts, mean):
        total += gammaln(y + dispersion) - gammaln(dispersion) - gammaln(y + 1.0)
        total += dispersion * np.log(dispersion / (dispersion + mu)) + y * np.log(
            mu / (dispersion + mu)
        )
    return total


@example(np.array([1.2, 0.8, 2.5]), np.array([[3.0, 0.0, 5.0], [1.0, 2.0, 2.0]]), argnums=(0,))
def dirichlet_multinomial(alpha, table):
    n = table.sum(axis=1)
    a0 = alpha.sum()
    per_row = gammaln(a0) - gammaln(n + a0) + np.sum(gammaln(table + alpha) - gammaln(alpha), axis=1)
    return per_row.sum()


@example(0.3, 1.7, ANGLES)
def von_mises_log_likelihood(mu, kappa, angles):
    return np.sum(kappa * (np.cos(angles - mu) - 1.0)) - len(angles) * np.log(
        2.0 * np.pi * i0e(kappa)
    )


@example(0.6)
def concentration_of_angles(resultant):
    """κ with I₁(κ) / I₀(κ) = R̄, by Newton's method."""
    kappa = resultant * (2.0 - resultant**2) / (1.0 - resultant**2)
    for _ in range(5):
        ratio = i1(kappa) / i0(kappa)
        kappa -= (ratio - resultant) / (1.0 - ratio**2 - ratio / kappa)
    return kappa


@example(0.05, 0.5, 3.5, RETURNS, argnums=(0, 1, 2))
def student_t_log_likelihood(location, scale, df, x):
    z = (x - location) / scale
    norm = sc.gammaln(0.5 * (df + 1)) - sc.gammaln(0.5 * df) - 0.5 * np.log(np.pi * df)
    return np.sum(norm - np.log(scale) - 0.5 * (df + 1) * np.log1p(z**2 / df))


@example(0.2, 0.9, np.array([0.3, 1.2, 2.0, 0.7]), np.array([True, False, True, True]), argnums=(0, 1))
def censored_weibull_and_tail(log_scale, shape, times, seen):
    z = (times * np.exp(-log_scale)) ** shape
    density = np.log(shape) - log_scale + (shape - 1.0) * (np.log(times) - log_scale) - z
    return np.where(seen, density, -z).sum() + sc.log_ndtr(shape) - sc.xlogy(0.0, shape)


@example(np.array([0.4, -0.9]), RNG.normal(size=(8, 2)), argnums=(0,))
def logistic_regression(w, features):
    labels = (np.arange(len(features)) % 3 == 0).astype(float)
    p = expit(features @ w)
    return -np.sum(xlogy(labels, p) + sc.xlog1py(1.0 - labels, -p)) + 0.5 * w @ w


@example(np.array([0.5, -0.2]), 0.8)
def probit_with_a_helper(w, offset):
    def link(z):
        return np.log(ndtr(z))

    return sum(link(v + offset) for v in w) + link(offset)


@example(2.0, 3.5, 0.35)
def beta_posterior_tail(a, b, threshold):
    return np.log(special.betainc(a, b, threshold)) - special.betaln(a, b)


@example(1.8, 2.6)
def gamma_quantile_range(shape, scale):
    low, high = special.gammaincinv(shape, 0.25), special.gammaincinv(shape, 0.75)
    return scale * (high - low)


# --- mixtures and chains --------------------------------------------------------------------------


@example(np.array([0.2, -0.1]), np.array([-0.8, 1.7]), np.array([0.1, -0.2]), POINTS, argnums=(0, 1, 2))
def mixture_log_likelihood(logits, means, log_sigmas, x):
    sigma = np.exp(log_sigmas)
    z = (x[:, None] - means) / sigma
    log_parts = sc.log_softmax(logits) - 0.5 * z**2 - np.log(sigma) - 0.5 * np.log(2.0 * np.pi)
    return logsumexp(log_parts, axis=1).sum()


@example(np.array([-0.8, 1.7]), np.array([0.1, -0.2]), POINTS, argnums=(0, 1))
def expected_log_likelihood_of_em(means, log_sigmas, x):
    """The E step of one round, then the objective that its M step maximises."""
    z = (x[:, None] - means) * np.exp(-log_sigmas)
    scores = -0.5 * z * z - log_sigmas
    weights = special.softmax(scores, axis=1)
    entropy = special.entr(weights).sum()
    return np.sum(weights * scores) + entropy


@example(np.array([[0.2, -0.4], [0.5, 0.1]]), np.array([[0.3, -1.0], [0.8, 0.4], [-0.2, 0.1]]))
def forward_algorithm_in_logarithms(transitions, emissions):
    log_a = transitions - logsumexp(transitions, axis=1, keepdims=True)
    alpha = emissions[0] - np.log(2.0)
    for t in range(1, len(emissions)):
        alpha = emissions[t] + logsumexp(alpha[:, None] + log_a, axis=0)
    return logsumexp(alpha)


@example(np.array([0.5, -0.3, 0.2]), np.array([0.2, 0.5, 0.3]))
def signed_sum_in_logarithms(a, weights):
    value, sign = logsumexp(a, b=weights * np.array([1.0, -0.4, 1.0]), return_sign=True)
    return value * sign + logsumexp(a, b=weights)


@example(np.array([0.4, 0.3, 0.3]), np.array([0.2, 0.5, 0.3]))
def divergences(p, q):
    mixed = 0.5 * (p + q)
    return 0.5 * np.sum(special.rel_entr(p, mixed)) + 0.5 * np.sum(special.kl_div(q, mixed))


# --- waves, fields, mechanics ---------------------------------------------------------------------


@example(1.3, 2.2)
def airy_disc(radius, wavelength):
    v = 2.0 * np.pi * radius / wavelength
    return (2.0 * j1(v) / v) ** 2 + 0.1 * j0(v)


@example(np.array([0.5, 1.5, 2.5]), 0.8)
def drum_mode(r, amplitude):
    total = 0.0
    for order in range(3):
        total = total + amplitude**order * np.sum(jv(order, r) * special.spherical_jn(order, r))
    return total


@example(np.array([0.4, 1.1]), 1.6)
def fin_of_a_cooler(radius, biot):
    """Temperature in an annular fin: modified Bessel functions of both kinds."""
    m = np.sqrt(2.0 * biot)
    upper = special.i0(m * radius) * special.k1(2.0 * m) + special.k0(m * radius) * special.i1(2.0 * m)
    return np.sum(upper / (special.i0(m) * special.k1(2.0 * m) + special.k0(m) * special.i1(2.0 * m)))


@example(0.9, 1.4)
def pendulum_of_any_amplitude(amplitude, length):
    m = np.sin(0.5 * amplitude) ** 2
    period = 4.0 * np.sqrt(length / 9.81) * special.ellipk(m)
    sn, _, dn, phase = special.ellipj(0.3 * period, m)
    return period + 2.0 * np.arcsin(np.sqrt(m) * sn) + 0.1 * dn * phase


@example(0.7, np.array([0.3, 0.9]))
def gauss_quadrature_inside(scale, centre):
    x, w = special.roots_legendre(5)
    total = 0.0
    for node, weight in zip(x, w):
        total += weight * np.exp(-(((node - centre) / scale) ** 2))
    return total.sum()


@example(0.6, 0.3, 1.1)
def voigt_line(shift, gauss, lorentz):
    return special.voigt_profile(0.4 - shift, gauss, lorentz) + special.wofz(shift).imag


@example(1.7, 0.4)
def diode_with_series_resistance(voltage, resistance):
    x = resistance * 0.3 * np.exp(voltage)
    return special.lambertw(x).real / resistance + special.wrightomega(voltage)


@example(0.8, 1.2, 2.0)
def quantum_well_and_tunnel(x, energy, field):
    ai, slope, bi, _ = special.airy(field * (x - energy))
    return ai**2 + slope * bi + special.eval_hermite(3, x) * np.exp(-(x**2))


@example(0.4, 1.3)
def ratio_of_bessel_functions(x, y):
    total = x
    while total < 3.0:
        total = total + i1e(y) / i0e(x + total)
    return total
