"""The cheapest set of edges that parts a network: maximal flow by Dinic's method.

>>> network = Network()
>>> a, b = network.node(), network.node()
>>> network.edge(network.source, a, INFINITE)
>>> network.edge(a, b, 20)
>>> network.edge(b, network.sink, 10)
>>> sorted(network.source_side()) == [network.source, a, b]          # the cut is the edge of cost 10
True

Dinic 1970, "Algorithm for solution of a problem of maximum flow in networks with power estimation".  Nothing here is
recursive: a path may be as long as a program.
"""

from __future__ import annotations

from collections import deque

#: more than any sum of costs
INFINITE = 10**15


class Network:
    """Nodes are numbers; an edge and its reverse stand side by side, as `k` and ``k ^ 1``."""

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._left: list[int] = []
        self._edges: list[list[int]] = []
        self.source = self.node()
        self.sink = self.node()

    def node(self) -> int:
        self._edges.append([])
        return len(self._edges) - 1

    def edge(self, start: int, end: int, cost: int) -> None:
        for a, b, capacity in ((start, end, cost), (end, start, 0)):
            self._edges[a].append(len(self._ends))
            self._ends.append(b)
            self._left.append(capacity)

    def source_side(self) -> set[int]:
        """The nodes on the source's side of the cheapest cut; among equals, of that nearest to the sink."""
        while True:
            level = self._levels()
            if level[self.sink] < 0:
                return set(range(len(self._edges))) - self._before_the_sink()
            self._block(level)

    def _before_the_sink(self) -> set[int]:
        """The nodes from which something can still flow to the sink."""
        found = {self.sink}
        waiting = [self.sink]
        while waiting:
            for edge in self._edges[waiting.pop()]:
                start = self._ends[edge]
                if self._left[edge ^ 1] and start not in found:
                    found.add(start)
                    waiting.append(start)
        return found

    def _levels(self) -> list[int]:
        level = [-1] * len(self._edges)
        level[self.source] = 0
        waiting = deque([self.source])
        while waiting:
            node = waiting.popleft()
            for edge in self._edges[node]:
                end = self._ends[edge]
                if self._left[edge] and level[end] < 0:
                    level[end] = level[node] + 1
                    waiting.append(end)
        return level

    def _block(self, level: list[int]) -> None:
        """Saturate every shortest path."""
        position = [0] * len(self._edges)
        path: list[int] = []
        node = self.source
        while True:
            if node == self.sink:
                node = self._augment(path)
                continue
            edges = self._edges[node]
            while position[node] < len(edges):
                edge = edges[position[node]]
                if self._left[edge] and level[self._ends[edge]] == level[node] + 1:
                    break
                position[node] += 1
            if position[node] < len(edges):
                path.append(edges[position[node]])
                node = self._ends[path[-1]]
            elif path:
                node = self._ends[path.pop() ^ 1]
                position[node] += 1
            else:
                return

    def _augment(self, path: list[int]) -> int:
        """Send what the path can take, and go back to where it is full."""
        flow = min(self._left[edge] for edge in path)
        for edge in path:
            self._left[edge] -= flow
            self._left[edge ^ 1] += flow
        full = next(k for k, edge in enumerate(path) if not self._left[edge])
        start = self._ends[path[full] ^ 1]
        del path[full:]
        return start
