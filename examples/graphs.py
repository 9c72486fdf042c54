"""Computational graphs, drawn: values forward, gradients backward.

The nodes are the rows of the evaluation trace, the edges the labels that their operations read.
Two graphs: 10 · ([3 3] · [2; 2]) = 120, and f(x, y, z) = (x + y) z at (−2, 5, −4), whose value is
−12 and whose gradient is (−4, −4, 3).  An addition hands the gradient on as it is; a multiplication
switches: each factor gets the gradient times the other one.

With matplotlib the graphs are drawn as SVG:

    python examples/graphs.py [FOLDER]
"""

import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import adcompiler as ad


def scaled_product(m1, m2):
    return 10 * (m1 @ m2)


def f(x, y, z):
    return (x + y) * z


M1, M2 = np.array([[3.0, 3.0]]), np.array([[2.0], [2.0]])
POINT = (-2.0, 5.0, -4.0)
LABEL = re.compile("v[₋₀-₉]+")


def text(value):
    """A number or a small matrix in one line."""
    rows = np.atleast_2d(value)
    inside = "; ".join(" ".join(f"{entry:g}" for entry in row) for row in rows)
    return inside if rows.size == 1 else f"[{inside}]"


@dataclass
class Node:
    """One variable of the trace; `parents` are the nodes it is computed from."""

    label: str
    operation: str
    value: object
    gradient: object
    parents: list = field(default_factory=list)
    children: list = field(default_factory=list)

    @property
    def depth(self):
        """The longest way from an input."""
        return 1 + max((parent.depth for parent in self.parents), default=-1)

    def name(self):
        """An input is named by itself, an operation by its sign and its constant."""
        return LABEL.sub("", self.operation).strip().replace("·", "×")


class Graph:
    """The graph of `function` at a point."""

    def __init__(self, function, *point):
        trace = ad.trace(function, *point)
        self.name = trace.name
        self.nodes = {}
        for row in (*trace.inputs, *trace.rows):
            node = Node(row.label, row.operation, row.value, row.adjoint)
            for label in LABEL.findall(row.operation):
                node.parents.append(self.nodes[label])
                self.nodes[label].children.append(node)
            self.nodes[row.label] = node

    def edges_backward(self):
        """The edges in the order in which gradients pass them."""
        for node in reversed(self.nodes.values()):
            for parent in node.parents:
                yield node, parent

    def places(self):
        """The place of each node: depth to the right, nodes of one depth below each other."""
        columns = {}
        for node in self.nodes.values():
            # an input stands just before its first use
            depth = node.depth if node.parents else min(c.depth for c in node.children) - 1
            columns.setdefault(depth, []).append(node)
        return {
            node.label: (2.4 * depth, 1.4 * ((len(column) - 1) / 2 - row))
            for depth, column in columns.items()
            for row, node in enumerate(column)
        }

    def __str__(self):
        lines = [f"{self.name}"]
        for node in self.nodes.values():
            reads = ", ".join(parent.label for parent in node.parents)
            lines.append(
                f"  {node.label:<4} {node.name():<5} {'from ' + reads if reads else 'input':<14}"
                f" value {text(node.value):<8} gradient {text(node.gradient)}"
            )
        return "\n".join(lines)


def draw(graph, folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    places = graph.places()
    figure, axes = plt.subplots(figsize=(8.0, 3.6), layout="constrained")
    for node in graph.nodes.values():
        x, y = places[node.label]
        for parent in node.parents:
            axes.annotate(
                "",
                (x, y),
                places[parent.label],
                arrowprops={"arrowstyle": "->", "shrinkA": 18, "shrinkB": 18},
            )
        axes.scatter(x, y, s=1000, c="w", edgecolors="k")
        axes.text(x, y, node.name(), ha="center", va="center", size=12)
        axes.text(x, y + 0.45, text(node.value), ha="center", color="tab:green")
        axes.text(x, y - 0.6, text(node.gradient), ha="center", color="tab:red")
    axes.set_title(f"{graph.name}: values above, gradients below")
    axes.set_xlim(-0.9, max(x for x, _ in places.values()) + 0.9)
    axes.set_ylim(
        min(y for _, y in places.values()) - 1.0, max(y for _, y in places.values()) + 1.0
    )
    axes.set_axis_off()
    path = Path(folder) / f"graph_{graph.name}.svg"
    figure.savefig(path)
    plt.close(figure)
    return path


def main() -> None:
    matrices, switch = Graph(scaled_product, M1, M2), Graph(f, *POINT)
    print(matrices, "\n")
    print(switch, "\n")
    print("backward, edge by edge:")
    for node, parent in switch.edges_backward():
        print(
            f"  through {node.name()} to {parent.label}: {text(node.gradient):>4} becomes {text(parent.gradient)}"
        )
    print("\n" + ad.grad(f, argnums=("x", "y", "z")).source(*POINT))
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    try:
        print("drawn:", draw(matrices, folder), draw(switch, folder))
    except ImportError as missing:
        print("not drawn:", missing)


if __name__ == "__main__":
    main()
