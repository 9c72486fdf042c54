"""The standard library as it is used in passing: containers, copies, enums, sorting, statistics, itertools."""

from __future__ import annotations

import copy
import enum
import functools
import itertools
import math
import operator
import statistics
from collections import OrderedDict, defaultdict, deque
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tests.programs.corpus import example

V = np.array([0.7, -0.3, 1.2, 0.4])
M = np.array([[1.0, 0.3, -0.2], [0.5, 2.0, 0.1], [0.2, -0.4, 1.5]])


class Box:
    def __init__(self, v):
        self.v = v
        self.items = [v, v * 2]

    def me(self):
        return self


def getbox(b):
    return b


@functools.singledispatch
def area(s):
    raise NotImplementedError


@dataclass
class Circle:
    r: float


@dataclass
class Square:
    a: float


@area.register
def _(s: Circle):
    return math.pi * s.r**2


@area.register(Square)
def _(s):
    return s.a**2


class Poly:
    def __init__(self, a):
        self.a = a

    @functools.cached_property
    def square(self):
        return self.a * self.a

    @property
    def double(self):
        return self._d if hasattr(self, "_d") else self.a * 2

    @double.setter
    def double(self, v):
        self._d = v
        self.a = v / 2

    @classmethod
    def of(cls, t):
        return cls(t * 3)

    @staticmethod
    def helper(t):
        return t * t

    total = 3.0


@functools.total_ordering
class Num:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


class P2(NamedTuple):
    x: float
    y: float = 2.0

    def norm(self):
        return math.hypot(self.x, self.y)

    @property
    def sq(self):
        return self.x**2 + self.y**2

    def __add__(self, o):
        return P2(self.x + o.x, self.y + o.y)


class Mode(enum.Enum):
    LIN = 1
    SQ = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


@example(V)
def slice_object(x):
    s = slice(1, 3)
    return np.sum(x[s] ** 2)


@example(V, 1)
def slice_object_int(x, k):
    s = slice(k, k + 2)
    a = x.copy()
    a[s] = 2.0 * x[s]
    return np.sum(a**2)


@example(V)
def slice_in_loop(x):
    t = 0.0
    for s in (slice(0, 2), slice(2, 4), slice(None, None, 2)):
        t += np.prod(x[s])
    return t


@example(V)
def slice_runtime(x):
    t = 0.0
    for k in range(3):
        s = slice(k, k + 2)
        t += np.prod(x[s])
    return t


@example(V)
def zip_list_array(x):
    w = [1.0, 2.0, 3.0, 4.0]
    return sum(a * b for a, b in zip(w, x))


@example(V)
def zip_list_array_loop(x):
    t = 0.0
    for a, b in zip([1.0, 2.0, 3.0, 4.0], x):
        t += a * b * b
    return t


@example(V)
def zip_array_names(x):
    t = 0.0
    for name, b in zip(("a", "b", "c", "d"), x):
        t += b * b if name != "b" else b
    return t


@example(V)
def star_everywhere(x):
    a, *b = x[0], x[1], x[2]
    c = [*b, a, *(t * 2 for t in b)]
    u = {"u": a}
    d = {**u, "v": c[0]}
    _, *mid, last = c
    return math.hypot(*b) + sum([*mid]) * last + d["v"]


@example(V)
def chained_assign(x):
    a = np.zeros(3)
    b = [0.0, 0.0]
    a[0] = b[1] = t = x[0] * x[1]
    a[1] = a[2] = x[2]
    return np.sum(a**2) + b[1] * t


@example(V)
def del_list(x):
    a = [x[0], x[1], x[2] * x[3]]
    del a[1]
    del a[-1]
    return a[0] ** 2


@example(V)
def del_slice(x):
    a = [x[0], x[1], x[2] * x[3], x[0] * 3]
    del a[1:3]
    return a[0] * a[1]


@example(1.3)
def aug_attr_call(x):
    b = Box(x)
    getbox(b).v += x * x
    b.me().v *= 2.0
    getbox(b).items[1] += b.v
    return b.v + b.items[1]


@example(1.3)
def lambda_defaults(x):
    fs = [lambda t, k=k: t**k for k in range(3)]
    g = lambda a, *, scale=2.0, **kw: a * scale + kw.get("b", 0.0)
    return sum(f(x) for f in fs) + g(x, scale=x, b=x * 3)


@example(1.3)
def lambda_star(x):
    g = lambda *a, k=1.0: sum(a) * k
    return g(x, x * x, 2.0, k=x)


@example(M)
def star_subscript(m):
    i = (1, 2)
    a = m[*i]
    return a * m[i] + m[(0, slice(None))].sum()


@example(1.3, -0.4)
def sorted_key(x, y):
    s = sorted([(x, y), (y, x * y)], key=lambda p: p[0])
    return s[0][1] * s[1][0] ** 2


@example(V)
def sorted_key_abs(x):
    s = sorted(x, key=abs)
    return s[0] * 3 + s[-1] ** 2


@example(V)
def sorted_reverse(x):
    a = sorted(x, reverse=True)
    return a[0] * a[1]


@example(V)
def max_key(x):
    return max(x, key=lambda v: -v * v) + min(x, key=abs) ** 2


@example(1.3)
def single_dispatch(x):
    return area(Circle(x)) + area(Square(2 * x))


@example(1.3)
def cached_property(x):
    p = Poly(x)
    return p.square * p.square + p.square


@example(1.3)
def property_setter(x):
    p = Poly(x)
    p.double = x * x
    return p.a * p.double


@example(1.3)
def class_static(x):
    p = Poly.of(x)
    return Poly.helper(p.a) * p.total + p.helper(x) * Poly.total


@example(1.3, 0.4)
def total_ordering(x, y):
    a, b = Num(x), Num(y)
    c = a if a >= b else b
    return c.v**2 + (a > b) * x


@example(1.3, 0.4)
def max_of_objects(x, y):
    return max(Num(x), Num(y)).v ** 2


@example(1.3)
def namedtuple_methods(x):
    p = P2(x) + P2(1.0, x)
    q = p._replace(y=x * x)
    return p.norm() + q.sq + p._asdict()["x"] * q[1]


@example(1.3)
def enum_dispatch(x):
    m = Mode.SQ
    t = 0.0
    for m in Mode:
        if m is Mode.SQ:
            t += x**2
        else:
            t += x
    return t * Level.HIGH + Mode("2" and 2).value


@example(1.3)
def enum_match(x):
    m = Mode.LIN
    match m:
        case Mode.LIN:
            return x * 2
        case Mode.SQ:
            return x * x


@example(1.3)
def slots(x):
    s = Slotted(x, 2.0)
    s.a *= x
    return s.a * s.b


@example(1.3)
def item_getter(x):
    get = operator.itemgetter("a", "b")
    a, b = get({"a": x, "b": x * 2})
    return a * b + operator.itemgetter(1)([x, x * x])


@example(V)
def itertools_more(x):
    t = 0.0
    for a, b in itertools.zip_longest([x[0], x[1]], [x[2]], fillvalue=1.0):
        t += a * b
    t += sum(itertools.starmap(lambda a, b: a**b, [(2.0, x[0]), (3.0, x[1])]))
    for v in itertools.takewhile(lambda k: k < 3, range(10)):
        t += x[v]
    for v in itertools.compress([x[0], x[1], x[2]], [1, 0, 1]):
        t += v
    for v in itertools.chain.from_iterable([[x[0]], [x[1], x[2]]]):
        t += v**2
    a, b = itertools.tee([x[0], x[1]])
    for u, v in zip(a, b):
        t += u * v
    for k, g in itertools.groupby([("a", x[0]), ("a", x[1]), ("b", x[2])], key=lambda p: p[0]):
        t += math.prod(v for _, v in g)
    for ch in (
        itertools.batched([x[0], x[1], x[2]], 2)
        if hasattr(itertools, "batched")
        else [(x[0], x[1]), (x[2],)]
    ):
        t += sum(ch) ** 2
    for v in itertools.dropwhile(lambda k: k < 2, range(4)):
        t += x[v]
    for a, b in itertools.combinations_with_replacement([x[0], x[1]], 2):
        t += a * b
    for v in itertools.filterfalse(lambda k: k % 2, range(4)):
        t += x[v] ** 2
    return t


@example(V)
def statistics_mean(x):
    a = [float(x[0]), float(x[1]), float(x[2])]
    return statistics.mean(a) * statistics.fmean(a) + statistics.variance(a) + statistics.stdev(a)


@example(V)
def statistics_median(x):
    return statistics.median([x[0], x[1], x[2]]) ** 2


@example(V)
def copy_copy(x):
    a = [x, {"k": x * 2}]
    b = copy.deepcopy(a)
    b[1]["k"][0] = 5.0
    c = copy.copy(a)
    c[0] = 3.0
    return np.sum(a[1]["k"] * b[1]["k"]) + np.sum(a[0])


@example(1.3)
def copy_object(x):
    b = Box(x)
    c = copy.copy(b)
    c.v = x * 3
    d = copy.deepcopy(b)
    d.items[0] = 0.5 * x
    return b.v * c.v + b.items[0] * d.items[0]


@example(1.3)
def type_dispatch(x):
    def f(v):
        if isinstance(v, (list, tuple)):
            return sum(f(u) for u in v)
        if isinstance(v, dict):
            return sum(f(u) for u in v.values())
        if type(v) is int:
            return 0.0
        return v * v

    return f([x, 2, (x * x, {"a": x})])


@example(V)
def walrus_comp(x):
    a = [y * y for v in x if (y := v * 2) > 0]
    return sum(a)


@example(V)
def walrus_comp_known(x):
    a = [(y := x[k] * 2) * y for k in range(3)]
    return sum(a) * y


@example(1.3)
def default_dict(x):
    d = defaultdict(float)
    for k in range(4):
        d[k % 2] += x * k
    return d[0] * d[1]


@example(1.3)
def default_dict_list(x):
    d = defaultdict(list)
    for k in range(4):
        d[k % 2].append(x * k)
    return sum(d[0]) * sum(d[1])


@example(1.3)
def deque_use(x):
    q = deque([x, 2.0], maxlen=3)
    q.append(x * x)
    q.append(x**3)
    a = q.popleft()
    return a * q[-1]


@example(1.3)
def ordered(x):
    d = OrderedDict(a=x)
    d["b"] = x * 2
    return sum(d.values())


@example(1.3)
def dataclass_replace(x):
    c = Circle(x)
    d = replace(c, r=x * x)
    return asdict(d)["r"] * astuple(c)[0]


@example(V)
def vars_getattr(x):
    b = Box(x[0])
    name = "w"
    setattr(b, name, x[1])
    return getattr(b, name) * b.v + getattr(b, "zz", x[2])


@example(V)
def np_vectorize(x):
    f = np.vectorize(lambda v: v * v if v > 0 else -v)
    return np.sum(f(x))


@example(1.3)
def dict_methods(x):
    d = {"a": x}
    d.setdefault("b", x * 2)
    d |= {"c": x * 3}
    e = d | {"a": 5.0}
    _, v = d.popitem()
    return d.pop("b") * v + e["a"] * d.get("a") + len(d)


@example(V)
def window_mean(x):
    w = deque([0.0] * 3, maxlen=3)
    t = 0.0
    for v in x:
        w.append(v)
        t = t + (sum(w) / 3) ** 2
    return t


@example(V)
def window_rebound(x):
    w = deque([1.0, 2.0], maxlen=2)
    for k in range(4):
        w.append(x[k])
        if k == 2:
            w = copy.copy(w)
    return w[0] * w[1] * len(w)


@example(V)
def window_in_branch(x):
    a = deque([1.0, 2.0], maxlen=2)
    b = deque([x[0], x[1]], maxlen=2)
    c = a if x[0] > 0 else b
    c.append(x[2])
    c.append(x[3])
    return c[0] * c[1] * len(c)


@example(V)
def queue_bfs(x):
    children = {0: (1, 2), 1: (3,), 2: (), 3: ()}
    q = deque([0])
    total, depth = 0.0, 1.0
    while q:
        n = q.popleft()
        total += x[n] * depth
        depth *= 1.5
        q.extend(children[n])
    return total


@example(V)
def rotate_left(x):
    d = deque(x[k] for k in range(4))
    d.rotate(1)
    d.appendleft(d[0] * 2)
    return sum(v * (k + 1) for k, v in enumerate(d))


@example(1.3)
def groups_by_name(x):
    g = defaultdict(list)
    for name, v in [("a", x), ("b", x * x), ("a", 2.0)]:
        g[name].append(v)
    return sum(math.prod(vs) for vs in g.values())


@example(1.3)
def nested_defaults(x):
    d = defaultdict(lambda: defaultdict(float))
    d["u"]["v"] += x
    d["u"]["w"] += x * d["u"]["v"]
    return sum(d["u"].values()) + d["z"]["z"]


@example(V)
def pair_energy(x):
    return sum(1.0 / (a - b) ** 2 for a, b in itertools.combinations(x, 2))


@example(M)
def nbody_potential(p):
    e = 0.0
    for i, j in itertools.combinations(range(len(p)), 2):
        e -= 1.0 / np.linalg.norm(p[i] - p[j])
    return e


@example(V)
def squares_of_pairs(x):
    t = 0.0
    for i, j in itertools.combinations_with_replacement(range(len(x)), 2):
        t += x[i] * x[j]
    return t


@example(V)
def sorted_then_weighted(x):
    s = sorted(x, key=lambda v: -v * v)
    return sum(v * (k + 1) for k, v in enumerate(s))


@example(V)
def list_sort(x):
    a = [v * v for v in x]
    a.sort(reverse=True)
    return a[0] + 2.0 * a[1]


@example(1.3, 0.4)
def sort_points(x, y):
    pts = [(x, y), (y, x), (x * y, 1.0)]
    pts.sort(key=lambda p: p[0])
    area = 0.0
    for (a, b), (c, d) in zip(pts, pts[1:]):
        area += (c - a) * (b + d) / 2
    return area


@example(V)
def median_of_array(x):
    return statistics.median(x) * statistics.pstdev(x)


@dataclass
class Layer:
    w: float
    b: float = 0.0
    name: str = "l"
    tags: list = field(default_factory=list)


@example(1.3)
def dataclass_roundtrip(x):
    a = Layer(x, x * x)
    b = replace(a, b=3.0 * x)
    d = asdict(b)
    _, bb, *_ = astuple(a)
    c = copy.deepcopy(a)
    c.w *= 2.0
    return a.w * b.b + d["w"] * bb * c.w


class Net:
    def __init__(self, layers):
        self.layers = layers

    def __call__(self, t):
        for l in self.layers:
            t = math.tanh(l.w * t + l.b)
        return t


@example(1.3, 0.4)
def deep_copied_net(w, t):
    net = Net([Layer(w), Layer(w * w)])
    other = copy.deepcopy(net)
    other.layers[0].w = 3.0
    shared = copy.copy(net)
    shared.layers[1].b = 0.5 * w
    return net(t) * other(t) * shared(t)


@example(M)
def vectorised(m):
    f = np.vectorize(lambda v, k: v * k if v > 0 else math.sin(v))
    return np.sum(f(m, 2.0) * m)


class Kind(enum.Enum):
    A = "a"
    B = "b"

    @property
    def weight(self):
        return 2.0 if self is Kind.A else 3.0


class Dim(enum.IntEnum):
    X = 0
    Y = 1


@example(V)
def enum_index(x):
    return x[Dim.X] * x[Dim.Y] * Kind.B.weight + {Kind.A: x[2]}[Kind("a")] * Kind["B"].weight


@example(V)
def enum_loop(x):
    return sum(x[d] * (d + 1) ** 2 for d in Dim)


@example(V)
def star_rest(x):
    first, second, *rest = x
    return first * second + sum(r * r for r in rest)


@example(V)
def star_middle(x):
    first, *mid, last = x
    return first * last + sum(mid)


@example(V)
def nested_comprehension_array(x):
    K = np.array([[math.exp(-((a - b) ** 2)) for a in x] for b in x])
    return np.sum(K * np.outer(x, x))


@example(V)
def nested_comprehension_index(x):
    n = len(x)
    A = np.array([[x[i] * x[j] if i < j else 1.0 * (i == j) for j in range(n)] for i in range(n)])
    return np.sum(A @ x)


@example(1.3)
def bool_is(x):
    big = x > 1.0
    return x * x if big is True else x


@example(V)
def bool_match(x):
    t = 0.0
    for v in x:
        match v > 0:
            case True:
                t += v * v
            case _:
                t -= v
    return t


@example(1.3)
def match_python_bool(x):
    match x > 1.0:
        case True:
            y = x * x
        case _:
            y = x
    return y


@example(1.3)
def setattr_loop(x):
    n = Net([])
    for k in range(3):
        setattr(n, f"w{k}", x * (k + 1))
    return sum(getattr(n, f"w{k}") ** 2 for k in range(3)) + sum(
        v for k, v in vars(n).items() if k != "layers"
    )


@example(1.3)
def dict_merge(x):
    a = {"u": x, "v": 2.0}
    b = a | {"v": x * x}
    a |= {"w": b["v"] * 3}
    _, w = a.popitem()
    return b["u"] * b["v"] * w + len(a)
