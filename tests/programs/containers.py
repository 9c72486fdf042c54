"""Dicts, tuples, lists, named tuples and dataclasses as arguments and results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tests.programs.arrays import U, V
from tests.programs.corpus import example
from tests.programs.linear_algebra import W, X


class Layer(NamedTuple):
    weight: Any
    bias: Any

    def apply(self, x):
        return x @ self.weight + self.bias


@dataclass
class Oscillator:
    mass: float
    stiffness: float
    name: str = "spring"

    @property
    def frequency(self):
        return np.sqrt(self.stiffness / self.mass)

    def energy(self, position, speed):
        return 0.5 * self.mass * speed**2 + 0.5 * self.stiffness * position**2


@dataclass(frozen=True)
class Network:
    first: Layer
    scale: float


PARAMETERS = {"w": W, "b": np.array([0.1, -0.2]), "steps": 3, "kind": "tanh"}


@example(PARAMETERS, X)
def dict_parameters(params, x):
    return np.sum(np.tanh(x @ params["w"] + params["b"]) ** 2)


@example({"layers": [{"w": W, "b": np.zeros(2)}, {"w": W.T, "b": np.ones(3)}]}, X)
def nested_dict(params, x):
    first, second = params["layers"]
    hidden = np.tanh(x @ first["w"] + first["b"])
    return np.mean((hidden @ second["w"] + second["b"]) ** 2)


@example((1.5, V))
def tuple_argument(pair):
    scale, x = pair
    return scale * np.sum(x**2)


@example([0.5, 1.5, 2.5])
def list_argument(xs):
    return xs[0] * xs[1] + xs[-1] ** 2 + sum(xs) + len(xs)


@example(Layer(W, np.array([0.1, -0.2])), X)
def named_tuple(layer, x):
    return np.sum(layer.apply(x) ** 2) + layer.weight[0, 0] * layer[1][0]


@example(Oscillator(1.2, 3.4), 0.3, -0.8)
def data_class(oscillator, position, speed):
    return oscillator.energy(position, speed) + oscillator.frequency


@example(Network(Layer(W, np.array([0.3, 0.4])), 1.5), X)
def nested_classes(network, x):
    return network.scale * np.sum(network.first.apply(x) ** 2)


@example(V, 1.5)
def dict_result(x, c):
    return {"sum": c * x.sum(), "parts": (x * c, [c, c**2])}


@example(1.5, 2.5)
def several_results(a, b):
    return a * b, a / b, (a - b) ** 2


@example(1.5, 2.5)
def named_result(a, b):
    return Layer(weight=a * b, bias=a + b)


@example(0.5, 1.5)
def local_containers(a, b):
    table = {"a": a, "b": [b, a * b]}
    everything = {**table, "c": b**2}
    first, (second, third) = table["a"], table["b"]
    items = [first, second, *table["b"]]
    return items[1] * third + everything["c"] + items[-1] + len(items)


@example(0.5, 1.5)
def tuple_arithmetic(a, b):
    pair = (a, b) + (a * b,)
    repeated = [a] * 3
    return sum(pair) * repeated[2] + sum(repeated[1:])


@example({"w": 2.0, "b": -0.5}, 1.25)
def dict_methods(params, x):
    w, b = params.values()
    return w * x + b + params.get("missing", 1.0) * x + sum(dict(params).values())


@example([Layer(W, np.array([0.1, 0.2])), Layer(W.T, np.array([0.1, 0.2, 0.3]))], X)
def list_of_layers(layers, x):
    return np.tanh(layers[1].apply(np.tanh(layers[0].apply(x)))).sum()


@example((U, (V, 2.0)))
def deep_tuple(t):
    u, (x, c) = t
    return np.sum(u) * c + np.sum(x**2) * c
