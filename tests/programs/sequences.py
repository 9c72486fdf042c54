"""Models of sequences: recurrent cells, filters, hidden states, alignments, attention."""

from __future__ import annotations

import math

import numpy as np

from tests.programs.corpus import example

RNG = np.random.default_rng(7)
SERIES = np.array([0.3, 0.8, -0.2, 0.5, 1.1])


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def cell_parameters(inputs, hidden):
    return {
        "W": RNG.normal(size=(4 * hidden, inputs)) * 0.5,
        "U": RNG.normal(size=(4 * hidden, hidden)) * 0.5,
        "b": RNG.normal(size=4 * hidden) * 0.1,
    }


class LSTM:
    """A long short-term memory cell that keeps its state."""

    def __init__(self, params, hidden):
        self.params = params
        self.hidden = hidden
        self.reset()

    def reset(self):
        self.h = np.zeros(self.hidden)
        self.c = np.zeros(self.hidden)

    def step(self, x):
        n = self.hidden
        z = self.params["W"] @ x + self.params["U"] @ self.h + self.params["b"]
        i, f, o = sigmoid(z[:n]), sigmoid(z[n : 2 * n]), sigmoid(z[2 * n : 3 * n])
        g = np.tanh(z[3 * n :])
        self.c = f * self.c + i * g
        self.h = o * np.tanh(self.c)
        return self.h


@example(cell_parameters(2, 3), RNG.normal(size=(4, 2)), RNG.normal(size=3))
def lstm_loss(params, xs, target):
    cell = LSTM(params, 3)
    loss = 0.0
    for x in xs:
        h = cell.step(x)
        loss += np.sum((h - target) ** 2)
    return loss / len(xs)


@example(
    RNG.normal(size=(3, 3)) * 0.4,
    RNG.normal(size=(3, 3)) * 0.4,
    RNG.normal(size=(3, 3)) * 0.4,
    RNG.normal(size=(4, 3)),
)
def gated_recurrent_unit(wz, wr, wh, xs):
    h = np.zeros(3)
    for t in range(xs.shape[0]):
        z = sigmoid(wz @ (xs[t] + h))
        r = sigmoid(wr @ (xs[t] + h))
        candidate = np.tanh(wh @ (xs[t] + r * h))
        h = (1.0 - z) * h + z * candidate
    return np.sum(h)


@example(RNG.normal(size=(3, 3)) * 0.5, RNG.normal(size=(3, 2)), RNG.normal(size=(4, 2)))
def states_in_an_array(w, u, xs):
    hs = np.zeros((len(xs) + 1, 3))
    for t, x in enumerate(xs):
        hs[t + 1] = np.tanh(w @ hs[t] + u @ x)
    return np.mean(hs[1:] ** 2)


@example(SERIES, 0.3, 0.5)
def kalman_filter_log_likelihood(ys, q, r):
    mean, variance = 0.0, 1.0
    loglik = 0.0
    for y in ys:
        # predict
        variance = variance + q
        # update
        innovation = y - mean
        s = variance + r
        gain = variance / s
        mean += gain * innovation
        variance *= 1.0 - gain
        loglik -= 0.5 * (math.log(2.0 * math.pi * s) + innovation**2 / s)
    return loglik


@example(
    np.array([[1.0, 0.1], [0.0, 0.9]]),
    np.array([[0.02, 0.0], [0.01, 0.03]]),
    0.4,
    RNG.normal(size=4),
)
def kalman_filter_with_matrices(F, L, r, ys):
    Q = L @ L.T
    H = np.array([[1.0, 0.0]])
    m, P = np.zeros(2), np.eye(2)
    total = 0.0
    for k in range(len(ys)):
        m = F @ m
        P = F @ P @ F.T + Q
        S = H @ P @ H.T + r
        K = P @ H.T @ np.linalg.inv(S)
        v = ys[k] - H @ m
        m = m + K @ v
        P = (np.eye(2) - K @ H) @ P
        total += -0.5 * (np.log(np.linalg.det(2.0 * np.pi * S)) + v @ np.linalg.solve(S, v))
    return total


class KalmanTracker:
    """Position and speed from noisy positions."""

    def __init__(self, q, r, dt=0.1):
        self.F = np.array([[1.0, dt], [0.0, 1.0]])
        self.Q = q * np.eye(2)
        self.r = r
        self.x = np.zeros(2)
        self.P = np.eye(2)

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q

    def update(self, z):
        s = self.P[0, 0] + self.r
        k = self.P[:, 0] / s
        residual = z - self.x[0]
        self.x = self.x + k * residual
        self.P = self.P - np.outer(k, self.P[0])
        return residual


@example(0.05, 0.4, SERIES)
def tracker(q, r, zs):
    kf = KalmanTracker(q, r)
    residuals = []
    for i in range(4):
        kf.predict()
        residuals.append(kf.update(zs[i]))
    return sum(e * e for e in residuals) + kf.x[1]


@example(
    np.array([0.6, 0.4]),
    np.array([[0.7, 0.3], [0.4, 0.6]]),
    np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]]),
)
def hmm_forward(start, transition, emission):
    observations = [0, 1, 2, 1]
    alpha = start * emission[:, observations[0]]
    loglik = 0.0
    for o in observations[1:]:
        scale = alpha.sum()
        alpha /= scale
        loglik += np.log(scale)
        alpha = (alpha @ transition) * emission[:, o]
    return loglik + np.log(alpha.sum())


@example(RNG.normal(size=2), RNG.normal(size=(2, 2)), RNG.normal(size=(2, 3)))
def hmm_in_logs(start, transition, emission):
    n_states = len(start)
    obs = (2, 0, 1, 1, 0)
    log_alpha = np.zeros((len(obs), n_states))
    log_alpha[0] = start + emission[:, obs[0]]
    for t in range(1, len(obs)):
        for j in range(n_states):
            terms = log_alpha[t - 1] + transition[:, j]
            biggest = np.max(terms)
            log_alpha[t, j] = (
                biggest + np.log(np.sum(np.exp(terms - biggest))) + emission[j, obs[t]]
            )
    return np.logaddexp(log_alpha[-1, 0], log_alpha[-1, 1])


@example(RNG.normal(size=2), RNG.normal(size=(2, 2)), RNG.normal(size=(2, 3)))
def viterbi_score(start, transition, emission):
    best = start + emission[:, 0]
    for o in (2, 1, 1):
        scores = best[:, None] + transition
        best = scores.max(axis=0) + emission[:, o]
    return best.max()


def softmin(a, b, c, gamma):
    values = np.array([-a / gamma, -b / gamma, -c / gamma])
    top = values.max()
    return -gamma * (np.log(np.sum(np.exp(values - top))) + top)


@example(SERIES[:4], SERIES[::-1].copy(), 0.5)
def soft_dynamic_time_warping(x, y, gamma):
    n, m = len(x), len(y)
    R = np.full((n + 1, m + 1), 1e6)
    R[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            R[i, j] = cost + softmin(R[i - 1, j], R[i, j - 1], R[i - 1, j - 1], gamma)
    return R[n, m]


@example(1.2, 0.8, 1.5)
def soft_edit_distance(insert, delete, substitute):
    s, t = "cat", "cart"
    previous = [j * insert for j in range(len(t) + 1)]
    for i, a in enumerate(s):
        current = [(i + 1) * delete]
        for j, b in enumerate(t):
            match = previous[j] + (0.0 if a == b else substitute)
            options = (match, previous[j + 1] + delete, current[j] + insert)
            lowest = min(options)
            current.append(lowest - math.log(sum(math.exp(lowest - o) for o in options)))
        previous = current
    return previous[-1]


@example(RNG.normal(size=(3, 4)), RNG.normal(size=3), 0.7)
def needleman_wunsch(scores, bias, gap):
    n, m = scores.shape
    H = np.zeros((n + 1, m + 1))
    H[1:, 0] = -gap * np.arange(1, n + 1)
    H[0, 1:] = -gap * np.arange(1, m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            H[i, j] = max(
                H[i - 1, j - 1] + scores[i - 1, j - 1] + bias[i - 1],
                H[i - 1, j] - gap,
                H[i, j - 1] - gap,
            )
    return H[-1, -1]


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def layer_norm(x, gain, bias, eps=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True)
    return gain * (x - mu) / np.sqrt(var + eps) + bias


def attention(q, k, v, causal=True):
    scores = q @ k.T / math.sqrt(q.shape[-1])
    if causal:
        n = len(q)
        scores = np.where(np.tril(np.ones((n, n))) > 0, scores, -1e9)
    return softmax(scores) @ v


def gelu(x):
    return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))


WIDTH = 4
BLOCK = {
    "qkv": RNG.normal(size=(WIDTH, 3 * WIDTH)) * 0.4,
    "out": RNG.normal(size=(WIDTH, WIDTH)) * 0.4,
    "mlp": [RNG.normal(size=(WIDTH, 6)) * 0.4, RNG.normal(size=(6, WIDTH)) * 0.4],
    "gain": np.ones(WIDTH),
    "bias": np.zeros(WIDTH),
}


@example(BLOCK, RNG.normal(size=(3, WIDTH)))
def transformer_block(p, x):
    h = layer_norm(x, p["gain"], p["bias"])
    q, k, v = np.split(h @ p["qkv"], 3, axis=-1)
    heads = []
    size = WIDTH // 2
    for n in range(2):
        first, last = n * size, (n + 1) * size
        heads.append(attention(q[:, first:last], k[:, first:last], v[:, first:last]))
    x = x + np.concatenate(heads, axis=-1) @ p["out"]
    h = layer_norm(x, p["gain"], p["bias"])
    w1, w2 = p["mlp"]
    x = x + gelu(h @ w1) @ w2
    return np.mean(x**2)


@example(RNG.normal(size=(5, 3)) * 0.5, RNG.normal(size=(3, 5)) * 0.5)
def next_token_loss(embed, unembed):
    tokens = [0, 3, 1, 4, 2]
    x = embed[tokens[:-1]]
    logits = attention(x, x, x) @ unembed
    logits = logits - logits.max(axis=1, keepdims=True)
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -np.mean(logp[np.arange(4), tokens[1:]])


@example(SERIES, 0.4, 0.2)
def garch_likelihood(returns, alpha, beta):
    var = returns[0] ** 2 + 0.1
    ll = 0.0
    for r in returns[1:]:
        var = 0.1 + alpha * r * r + beta * var
        ll += -0.5 * (np.log(var) + r * r / var)
    return ll


@example(SERIES, 0.4, 0.3)
def holt_linear(ys, alpha, beta):
    level, trend = ys[0], ys[1] - ys[0]
    sse = 0.0
    for y in ys[2:]:
        forecast = level + trend
        error = y - forecast
        sse += error**2
        new_level = forecast + alpha * error
        trend = beta * (new_level - level) + (1 - beta) * trend
        level = new_level
    return sse


@example(RNG.normal(size=(3, 4)), RNG.normal(size=(3, 3)))
def crf_log_partition(unary, pairwise):
    alpha = unary[:, 0]
    for t in range(1, unary.shape[1]):
        m = alpha[:, None] + pairwise + unary[None, :, t]
        top = np.max(m, axis=0)
        alpha = top + np.log(np.exp(m - top).sum(axis=0))
    return np.log(np.sum(np.exp(alpha)))


@example(SERIES, np.array([0.5, -0.3]))
def iir_filter(signal, a):
    out = np.zeros(len(signal))
    for n in range(len(signal)):
        acc = signal[n]
        for k in range(len(a)):
            if n - k - 1 >= 0:
                acc -= a[k] * out[n - k - 1]
        out[n] = acc
    return np.sum(out**2)


@example(SERIES)
def exponential_average_of_a_class(xs):
    class_free = {"mean": 0.0, "n": 0}
    for x in xs:
        class_free["n"] += 1
        rate = 1.0 / class_free["n"]
        class_free["mean"] = (1.0 - rate) * class_free["mean"] + rate * x * x
    return class_free["mean"]
