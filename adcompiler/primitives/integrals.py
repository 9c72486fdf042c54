"""Integrals over samples: the trapezoidal rule, and interpolation between samples."""
