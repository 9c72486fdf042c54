"""Classes: inheritance, super(), properties, operators and protocols by their own Python source."""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass

from tests.programs.corpus import example


class Spring:
    scale = 2.0

    def __init__(self, stiffness):
        self.stiffness = stiffness
        self.__damping = 1.5

    def force(self, x):
        return self.stiffness * x

    def energy(self, x):
        return self.force(x) ** 2 * self.scale

    @property
    def compliance(self):
        return 1.0 / self.stiffness

    @staticmethod
    def shape(x):
        return x * x

    @classmethod
    def scaled(cls, x):
        return x * cls.scale

    def damped(self, x):
        return self.__damping * self.__private(x)

    def __private(self, x):
        return math.exp(-x)


class Hardening(Spring):
    scale = 3.0

    def __init__(self, stiffness, cubic):
        super().__init__(stiffness)
        self.cubic = cubic

    def force(self, x):
        return super().force(x) + self.cubic * x**3

    @property
    def compliance(self):
        return super().compliance * 3

    @classmethod
    def scaled(cls, x):
        return super().scaled(x) + cls.scale * x

    @staticmethod
    def shape(x):
        return Spring.shape(x) + 1


class Doubled(Hardening):
    def force(self, x):
        return super(Doubled, self).force(x) * 2 + Spring.force(self, x)  # noqa: UP008 - the point


class Offset:
    def force(self, x):
        return super().force(x) + 1


class Mixed(Offset, Hardening):
    pass


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self, r): ...

    def twice(self, r):
        return 2 * self.area(r)


class Circle(Shape):
    def area(self, r):
        return math.pi * r**2


class Quantity:
    """Operators by their own source."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return self.x + other.x

    def __mul__(self, k):
        return self.x * k

    __rmul__ = __mul__

    def __neg__(self):
        return -self.x

    def __radd__(self, other):
        return other + self.x

    def __rsub__(self, other):
        return other * self.x

    def __sub__(self, other):
        return NotImplemented

    def __truediv__(self, k):
        return self.x / k

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __pow__(self, k):
        return self.x**k

    def __abs__(self):
        return abs(self.x)

    def __getitem__(self, i):
        return self.x * (i + 1)

    def __len__(self):
        return 2

    def __iter__(self):
        return iter((self.x, self.y))

    def __call__(self, t):
        return self.x * t

    def __lt__(self, other):
        return self.x < other.x

    def __eq__(self, other):
        return self.x == other.x

    __hash__ = None

    def __bool__(self):
        return self.x > 0

    def __contains__(self, k):
        return k == 3

    def __float__(self):
        return self.x


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        result = 0.0
        for c in self.coefficients:
            result = result * x + c
        return result


class Network:
    def __init__(self):
        self.layers = [Polynomial([1.0, 2.0]), Polynomial((0.5, 1.0, -0.3))]
        self.activation = math.tanh

    def forward(self, x):
        for layer in self.layers:
            x = self.activation(layer(x))
        return x


@dataclass
class Point:
    a: float
    b: float
    unit_length = 3.0

    def __add__(self, other):
        return Point(self.a + other.a, self.b + other.b)

    def __mul__(self, k):
        return Point(self.a * k, self.b * k)

    def __rmul__(self, k):
        return self * k

    def __neg__(self):
        return Point(-self.a, -self.b)

    def __getitem__(self, i):
        return (self.a, self.b)[i]

    def __iter__(self):
        return iter((self.a, self.b))

    def __len__(self):
        return 2

    def dot(self, other):
        return self.a * other.a + self.b * other.b

    @property
    def norm(self):
        return math.sqrt(self.dot(self))

    @classmethod
    def on_axis(cls, x):
        return cls(x, 1.0)


class Weighted(Point):
    def dot(self, other):
        return super().dot(other) * 2


SPRING, HARD, TWICE, MIXED = Spring(1.5), Hardening(1.5, 0.3), Doubled(1.1, 0.4), Mixed(1.5, 0.2)
CIRCLE, NETWORK = Circle(), Network()
U, W = Quantity(1.5, 0.5), Quantity(0.5, 2.0)
SPRINGS = [SPRING, HARD]
BY_NAME = {"soft": SPRING}


@example(0.7)
def inherited(x):
    return SPRING.energy(x) + HARD.energy(x) + CIRCLE.twice(x)


@example(0.7)
def through_super(x):
    return TWICE.energy(x) + MIXED.force(x)


@example(0.7)
def properties(x):
    return SPRING.compliance * x + HARD.compliance * x * x


@example(0.7)
def static_and_class_methods(x):
    return SPRING.shape(x) + HARD.shape(x) + HARD.scaled(x) + Hardening.scaled(x) * Spring.scaled(x)


@example(0.7)
def private_names(x):
    return SPRING.damped(x) + HARD.damped(x * x)


@example(0.7)
def class_attributes(x):
    known = isinstance(HARD, Spring) and not isinstance(SPRING, Hardening)
    return (SPRING.scale * x + Hardening.scale * x * x + type(HARD).scale * x) * (2.0 if known else 1.0)


@example(0.7)
def operators(x):
    return (U + W) * x + U * x + x * U + (-U) * x + (x + U) + (x - W) + U @ W * x + U**x + abs(U) * x + U / x


@example(0.7)
def protocols(x):
    a, b = U
    total = sum(v * x for v in U) + a * x + b + U[1] * x + len(U) * x + sum([*U]) * x
    for v in U:
        total = total * v
    return total + U(x) + float(W) * x


@example(0.7)
def object_comparisons(x):
    first = x * 2 if W < U and U > W and not U == W and U != W else x  # noqa: SIM201 - the point
    return first + (x * x if U else x) + (3 * x if 3 in U and 4 not in U else x)


@example(0.7)
def value_classes(x):
    d = Point(x, 2.0) + Point(x * x, 1.0) * x + x * Point(1.0, x)
    p, q = d
    return d.dot(-d) + d[0] + d.norm + len(d) * x + p * q + Point.on_axis(x).a + d.unit_length * x


@example(Point(1.0, 2.0))
def value_class_as_argument(d):
    return (d * 3.0 + d).norm + Weighted(d.a, d.b).dot(d)


@example(0.7)
def layers(x):
    return NETWORK.forward(x) + Polynomial.__call__(NETWORK.layers[0], x)


@example(0.7)
def objects_in_containers(x):
    return sum(s.force(x) for s in SPRINGS) + BY_NAME["soft"].energy(x) + sum(s.force(x) for s in (HARD, TWICE))


@example(0.7)
def methods_as_values(x):
    f, g = HARD.force, Spring.force
    return f(x) + g(HARD, x * x)


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __add__(self, other):
        return Pair(self.a + other.a, self.b + other.b)

    def __mul__(self, k):
        return Pair(self.a * k, self.b * k)

    __rmul__ = __mul__

    def __iadd__(self, other):
        self.a = self.a + 2.0 * other.a
        return self

    def __getitem__(self, i):
        return (self.a, self.b)[i]

    def __len__(self):
        return 2

    def __iter__(self):
        return iter((self.a, self.b))

    def __call__(self, x):
        return self.a * x + self.b

    def __neg__(self):
        return Pair(-self.a, -self.b)

    def __lt__(self, other):
        return self.a < other.a

    @property
    def norm(self):
        return math.sqrt(self.a**2 + self.b**2)

    @classmethod
    def made(cls, x):
        return cls(x, 2.0 * x)


class Heavy(Pair):
    def __init__(self, a, b, weight):
        super().__init__(a, b)
        self.weight = weight
        self.__count = weight * 2.0

    def __add__(self, other):
        found = super().__add__(other)
        return Heavy(found.a, found.b, self.weight)

    def counted(self):
        self.__count += self.a
        return self.__count

    @property
    def norm(self):
        return super().norm * self.weight


@example(1.3, 2.1)
def operators_of_objects_made_inside(x, y):
    v = Pair(x, y) + Pair(1.0, 2.0) * 3.0
    w = 2.0 * v
    s = w[0] * w[1] + len(w) * w(x) + v.norm + Pair.made(x).norm
    for q in w:
        s = s + q * q
    a, b = -v
    return s + a * b + sum(v) + max([Pair(x, y), Pair(y, x)]).b


@example(1.3, 2.1)
def inheritance_of_objects_made_inside(x, y):
    w = Heavy(x, y, 3.0) + Pair(1.0, 1.0)
    w += Pair(x * x, y)
    return w.counted() + w.norm + w[0] * w.weight + w.counted() * x
