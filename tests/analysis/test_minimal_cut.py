"""The cheapest cut, against all cuts of small networks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from adcompiler.analysis.minimal_cut import INFINITE, Network


@pytest.mark.parametrize("seed", range(60))
def test_no_cut_is_cheaper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = Network()
    nodes = [network.source, network.sink, *(network.node() for _ in range(6))]
    edges = []
    for _ in range(int(rng.integers(4, 20))):
        a, b = rng.choice(nodes, 2, replace=False)
        cost = INFINITE if rng.random() < 0.15 else int(rng.integers(0, 9))
        edges.append((int(a), int(b), cost))
        network.edge(int(a), int(b), cost)

    def price(side: set[int]) -> int:
        return sum(cost for a, b, cost in edges if a in side and b not in side)

    everything = [
        {network.source, *chosen}
        for size in range(7)
        for chosen in itertools.combinations(nodes[2:], size)
    ]
    cheapest = min(map(price, everything))
    if cheapest >= INFINITE:
        return
    found = network.source_side()
    assert network.source in found
    assert network.sink not in found
    assert price(found) == cheapest
    assert all(side <= found for side in everything if price(side) == cheapest)


def test_a_long_chain_needs_no_recursion() -> None:
    network = Network()
    nodes = [network.source, *(network.node() for _ in range(20_000)), network.sink]
    for k, (a, b) in enumerate(itertools.pairwise(nodes)):
        network.edge(a, b, 5 if k != 700 else 3)
    assert len(network.source_side()) == 701
