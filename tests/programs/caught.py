"""`try` with handlers: what raises is caught, and the derivative goes on from there."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])
M = np.array([[1.0, 0.3, -0.2], [0.5, 2.0, 0.1], [0.2, -0.4, 1.5]])


@example(1.3, 0.5)
def try_zero_division(x, y):
    try:
        r = x / y
    except ZeroDivisionError:
        r = 0.0
    return r * x


@example(1.3, 0.0, argnums=(0,))
def try_zero_division_caught(x, y):
    try:
        r = x / y
    except ZeroDivisionError:
        r = x * x
    return r * x


@example(M)
def try_cholesky(m):
    s = m @ m.T + np.eye(3)
    try:
        L = np.linalg.cholesky(s)
    except np.linalg.LinAlgError:
        L = np.linalg.cholesky(s + 1e-3 * np.eye(3))
    return np.sum(np.log(np.diag(L)))


@example(M)
def try_cholesky_fails(m):
    s = m - 5 * np.eye(3)
    s = s + s.T
    try:
        L = np.linalg.cholesky(s)
        return np.sum(np.log(np.diag(L)))
    except np.linalg.LinAlgError:
        return np.sum(m**3)


@example(1.3)
def try_raise_inside(x):
    try:
        if x > 1.0:
            raise ValueError("too big")
        y = x * x
    except ValueError:
        y = 3.0 * x
    return y * x


@example(-1.3)
def try_math_domain(x):
    try:
        y = math.log(x)
    except ValueError:
        y = -x
    return y * x


@example(V)
def try_index_error(x):
    total = 0.0
    k = 0
    while True:
        try:
            total += x[k] ** 2
        except IndexError:
            break
        k += 1
    return total


@example(1.3)
def try_key_error(x):
    d = {"a": x}
    try:
        y = d["b"]
    except KeyError:
        y = d["a"] * 2
    return y * x


def checked_log(v):
    if v <= 0:
        raise ValueError(f"negative {v}")
    return math.log(v)


@example(V)
def try_helper_raises(x):
    t = 0.0
    for v in x:
        try:
            t += checked_log(v)
        except ValueError:
            t += v
    return t


@example(750.0)
def try_overflow(x):
    try:
        y = math.exp(x)
    except OverflowError:
        y = 2.0 * x
    return y


@example(1.3)
def try_else_finally(x):
    y = 0.0
    try:
        z = math.sqrt(x)
    except ValueError:
        z = 0.0
    else:
        y = z * z * z
    finally:
        y = y + x
    return y + z


@example(V)
def try_attribute_error(x):
    try:
        n = x.shape[0]
    except AttributeError:
        n = 1
    return np.sum(x) / n


@example(V)
def try_import(x):
    try:
        import nonexistent_module_xyz as nm

        f = nm.sin
    except ImportError:
        f = np.sin
    return np.sum(f(x))


@example(V)
def return_in_try_in_loop(x):
    for k in range(4):
        try:
            return math.sqrt(x[3 - k] - 0.5) * x[k]
        except ValueError:
            continue
    return 0.0


@example(V)
def return_in_handler_in_loop(x):
    t = 0.0
    for v in x:
        try:
            t += math.log(v)
        except ValueError:
            return t * v
    return t


@example(V)
def break_in_handler(x):
    t = 1.0
    for v in x:
        try:
            r = math.sqrt(v)
        except ValueError:
            t = t * v
            break
        t = t + r
    return t


@example(1.3, 0.0)
def two_handlers(x, y):
    try:
        a = math.log(x)
        b = a / (y * 0.0)
    except ValueError:
        a, b = x, 1.0
    except ZeroDivisionError:
        b = a * x
    return a * b


@example(-1.3, 0.5)
def two_handlers_first(x, y):
    try:
        a = math.log(x) / y
    except ValueError:
        a = x * x
    except ZeroDivisionError:
        a = x
    return a * x


@example(1.3, 0.5)
def tuple_of_classes(x, y):
    try:
        a = math.log(x) / y + math.sqrt(y)
    except (ValueError, ZeroDivisionError):
        a = x * x
    return a * x


@example(1.3)
def nested_tries(x):
    try:
        try:
            a = math.log(x - 2.0)
        except ZeroDivisionError:
            a = 1.0
        b = a * 2
    except ValueError:
        b = x**3
    return b


def safe_div(a, b):
    try:
        return a / b
    except ZeroDivisionError:
        return 0.0


@example(V)
def helper_with_try(x):
    a = [float(v) for v in (x[0], x[1], x[2])]
    return safe_div(a[0], a[1]) + safe_div(a[1], 0.0) * a[2] + safe_div(a[2], a[0])


@example(1.3)
def finally_with_handler(x):
    log = []

    def f(v):
        try:
            return math.log(v)
        except ValueError:
            return v * v
        finally:
            log.append(v)

    y = f(x) + f(-x)
    return y * log[1] * len(log)


@example(1.3)
def finally_with_return_in_loop(x):
    n = 0.0
    for k in range(3):
        try:
            if k == 1:
                return n * x
            n += x
        finally:
            n += 1.0
    return n


def check_positive(v, name):
    if v <= 0:
        raise ValueError(f"{name} must be positive, got {v}")
    return v


@example(-0.4, 1.3)
def validated(x, y):
    try:
        a = y
        a = check_positive(y, "y")
        b = check_positive(x, "x")
        r = a * b
    except ValueError:
        r = a - x
    return r * y


class NotConvergedError(Exception):
    pass


def newton(a, x, n):
    for _ in range(n):
        x = x - (x * x - a) / (2 * x)
    if abs(x * x - a) > 1e-6:
        raise NotConvergedError("too few steps")
    return x


@example(2.3)
def own_exception(a):
    try:
        r = newton(a, 10.0, 2)
    except NotConvergedError:
        r = newton(a, 2.0, 6)
    return r * a


@example(M)
def jitter_loop(m):
    s = m @ m.T - 0.3 * np.eye(3)
    jitter = 0.0
    for k in range(6):
        try:
            L = np.linalg.cholesky(s + jitter * np.eye(3))
            break
        except np.linalg.LinAlgError:
            jitter = 10.0 * jitter + 0.05
    return np.sum(np.log(np.diag(L)))


@example(M)
def inverse_or_pinv(m):
    try:
        a = np.linalg.inv(m)
    except np.linalg.LinAlgError:
        a = np.linalg.pinv(m)
    return np.sum(a * a)


@example(M)
def solve_singular(m):
    s = np.outer(m[0], m[0]) * 0.0
    b = m[1]
    try:
        y = np.linalg.solve(s, b)
    except np.linalg.LinAlgError:
        y = b * 2.0
    return np.sum(y * m[2])


@example(V)
def element_assignment(x):
    out = np.zeros(4)
    for k in range(4):
        try:
            out[k] = math.sqrt(x[k])
        except ValueError:
            out[k] = -(x[k] ** 2)
    return np.sum(out * x)


@example(V)
def list_lookup(x):
    names = {"a": x[0], "b": x[1]}
    t = 0.0
    for key in ("a", "c", "b"):
        try:
            t += names[key] ** 2
        except KeyError:
            t += 1.0
    return t


@example(V)
def list_index(x):
    a = [x[0], x[1]]
    t = 0.0
    for k in range(3):
        try:
            t += a[k] * 2
        except IndexError:
            t *= x[2]
    return t


@example(1.3)
def duck_typing(x):
    def value(v):
        try:
            return v["w"] * 2
        except TypeError:
            return v

    return value({"w": x}) * value(x)


@example(1.3)
def attribute_or_float(x):
    try:
        n = x.shape[0]
    except AttributeError:
        n = 3
    return x * n


@example(1.3)
def power_overflow(x):
    try:
        y = (x * 1e200) ** 2
    except OverflowError:
        y = x * 5.0
    return y


@example(1.3)
def retry(x):
    step = 8.0
    y = x
    while step > 1e-3:
        try:
            z = math.sqrt(y - step)
        except ValueError:
            step = step / 2
            continue
        y = y - step * 0.1 * z
        if y < 0.5:
            break
        step = step * 0.9
    return y * x


@example(1.3)
def try_else_return(x):
    try:
        y = math.log(x)
    except ValueError:
        return x
    else:
        return y * x


@example(1.3)
def raise_in_if(x):
    y = 0.0
    try:
        if x > 2.0:
            raise ValueError
        if x > 1.0:
            raise KeyError("k")
        y = x
    except KeyError:
        y = x * x
    except ValueError:
        y = 1.0
    return y


@example(1.3)
def assert_caught(x):
    try:
        assert x < 1.0, "too big"
        y = x
    except AssertionError:
        y = 2.0 * x * x
    return y


@example(1.3)
def bare_except(x):
    try:
        y = x * x + 2.0
    except BaseException:
        y = 0.0
    return y


@example(V)
def except_exception(x):
    try:
        y = np.sum(x * x) / 2.0
    except Exception:
        y = 0.0
    return y


@example(800.0, 0.2)
def no_int_of_infinity(x, y):
    try:
        k = int(x * 1e308 * 10.0)
    except (OverflowError, ValueError):
        k = 2
    try:
        m = round(y / (x - x))
    except ZeroDivisionError:
        m = 3
    try:
        n = math.floor(x * 1e308 * 10.0)
    except OverflowError:
        n = 5
    return y * x * k * m * n
