"""Complex numbers: iterations, spectra, filters, quantum states, oscillators."""

from __future__ import annotations

import cmath

import numpy as np

from tests.programs.arrays import V
from tests.programs.corpus import example

Z = np.array([0.4 + 0.3j, -0.8 + 0.5j, 0.2 - 0.9j])
SIGNAL = np.array([0.3, 1.2, -0.7, 0.5, 0.9, -0.1, 0.4])
PHASES = np.array([0.1, 0.9, 2.1, -0.6])
HALF = np.array([[0.0 + 0.0j, 1.0 + 0.0j], [1.0 + 0.0j, 0.0 + 0.0j]])


@example(-0.4 + 0.55j)
def mandelbrot_magnitude(c):
    z = 0j
    for _ in range(6):
        z = z * z + c
    return abs(z)


@example(0.2 + 0.1j, 0.35 + 0.2j)
def escape(z, c):
    n = 0
    while abs(z) < 2.0 and n < 8:
        z = z * z + c
        n += 1
    return abs(z) ** 2 + n


@example(SIGNAL, 0.2)
def low_pass_loss(x, cutoff):
    spectrum = np.fft.rfft(x)
    frequency = np.fft.rfftfreq(len(x))
    spectrum = spectrum / (1.0 + (frequency / cutoff) ** 2)
    smooth = np.fft.irfft(spectrum, n=len(x))
    return np.sum((smooth - x) ** 2) + np.sum(np.abs(spectrum) ** 4)


@example(SIGNAL, V)
def convolution_by_fft(x, kernel):
    n = len(x) + len(kernel) - 1
    y = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(kernel, n), n)
    return np.sum(y**3)


@example(Z)
def spectrum_of_complex_signal(z):
    s = np.fft.fftshift(np.fft.fft(z, n=5, norm="ortho"))
    return np.sum(np.abs(s) ** 2 * np.arange(5.0)) + np.angle(s[1])


@example(np.outer(SIGNAL[:4], SIGNAL[:3]))
def image_filter(image):
    spectrum = np.fft.rfft2(image)
    spectrum = spectrum * np.exp(-np.abs(np.fft.fftfreq(4))[:, None])
    return np.sum(np.fft.irfft2(spectrum, s=(4, 3)) ** 4)


@example(0.7, 0.4, np.array([1.0 + 0.0j, 0.0 + 0.5j]))
def two_level_evolution(energy, coupling, state):
    h = energy * np.array([[0.5, 0.0], [0.0, -0.5]]) + coupling * HALF
    dt = 0.1
    forward = np.eye(2) - 0.5j * dt * h
    backward = np.eye(2) + 0.5j * dt * h
    for _ in range(4):
        state = np.linalg.solve(backward, forward @ state)
    return np.abs(state[1]) ** 2 + np.vdot(state, h @ state).real


@example(1.3, 0.4, 2.0)
def transfer_function(resistance, capacitance, frequency):
    s = 1j * frequency
    gain = 1.0 / (1.0 + s * resistance * capacitance)
    return 20.0 * np.log10(abs(gain)) + cmath.phase(gain)


@example(np.array([1.0, -0.4, 0.2]), np.array([1.0, 0.5]), 0.8)
def digital_filter(a, b, omega):
    z = np.exp(1j * omega)
    numerator, denominator = 0j, 0j
    for c in b:
        numerator = numerator * z + c
    for c in a:
        denominator = denominator * z + c
    return abs(numerator / denominator)


@example(PHASES, 0.7)
def kuramoto(theta, coupling):
    for _ in range(3):
        order = np.mean(np.exp(1j * theta))
        theta = theta + 0.1 * coupling * (order * np.exp(-1j * theta)).imag
    return abs(np.mean(np.exp(1j * theta))) ** 2


@example(Z, 1.5)
def writes_into_complex_array(z, a):
    w = np.zeros(4, dtype=complex)
    w[0] = a
    for i in range(3):
        w[i + 1] = w[i] * z[i] + 1j * a
    w[1:3] *= np.conj(w[2:4])
    return np.sum(w.real * w.imag) + np.linalg.norm(w)


@example(0.3 - 0.7j, np.complex128(1.1 + 0.2j))
def scalars(z, w):
    if z.real > 0.0:
        u = cmath.sqrt(z) * np.exp(w) + complex(z.imag, w.real)
    else:
        u = z.conjugate()
    r, phi = cmath.polar(u)
    return r * phi + (u**2 / w).imag + abs(cmath.rect(r, phi) - w)


@example(np.array([[1.0 + 0.5j, 0.2j], [0.3 + 0.0j, 2.0 - 1.0j]]), Z[:2])
def complex_matrices(a, b):
    x = np.linalg.inv(a) @ b
    return abs(np.linalg.det(a)) + np.linalg.norm(a @ a.conj().T) + np.var(x) + np.std(b)


@example({"gain": 1.5, "poles": Z, "name": "filter"})
def poles_of_a_container(p):
    k = np.where(np.abs(p["poles"]) > 0.6, p["poles"], np.conj(p["poles"]))
    return p["gain"] * np.prod(1.0 - k).real
