"""Higher derivatives along a direction: every statement is followed by its derivatives of orders 1 to n.

With u(t) = u + t u̇ each variable is a function of t, and its derivatives follow from those of its operands.  Products
take Leibniz' rule, quotients its solution for the quotient; for every other row, y' is what its pushforward writes,
and the (k+1)-th derivative of y the k-th of these statements (Griewank & Walther 2008, section 13.2: the coefficients
of y' = φ'(u) u' come one by one).  So cost grows with n², not 2ⁿ, and one row serves all orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

from adcompiler.errors import ADError, NoDerivativeError
from adcompiler.ir.builder import Builder, current
from adcompiler.ir.definitions import called_in
from adcompiler.ir.nodes import TANGENT, Block, Call, Custom, For, Function, If, Parameter, While
from adcompiler.ir.structure import leaves, sequence
from adcompiler.ir.types import is_inexact
from adcompiler.ir.values import Atom, Constant, Variable, as_atom
from adcompiler.ir.walk import Copier, read_through, substitute, targets_of
from adcompiler.primitives.accumulation import fit_tangent
from adcompiler.primitives.kinds import Over, add, scaled
from adcompiler.transform.custom import refuse_others, with_residuals
from adcompiler.transform.tangent import (
    Tangents,
    push,
    push_branch,
    tangent_of_call,
    without_unread,
)
from adcompiler.transform.tangent_loops import push_loop
from adcompiler.transform.transpose import adopt, tangents_of
from adcompiler.transform.variables import name_after

#: rules inside rules; each is one order further down
DEEP = 50


def push_orders(
    function: Function,
    args: Sequence[Atom],
    directions: Sequence[Sequence[Atom | None]],
    order: int,
) -> tuple[list[Atom], list[list[list[Atom | None]]]]:
    """Append the function; return its results and, for each direction, their derivatives of orders 1 to `order`."""
    if any(called_in(function.body)):
        return _one_order_after_the_other(function, args, directions, order)
    inputs = function.inputs
    function = without_unread(function)
    copier = Copier(dict(zip(inputs, args, strict=True)), current().role)
    found = [_Curve(order) for _ in directions]
    for curve, direction in zip(found, directions, strict=True):
        for variable, tangent in zip(args, direction, strict=True):
            if tangent is not None and isinstance(variable, Variable):
                curve.orders[0][variable] = tangent
    _Sweep(found).block(function.body, copier, [d for c in found for d in c.orders])
    results = [
        copier.atom(leaf) if isinstance(leaf, Atom) else leaf for leaf in leaves(function.result)
    ]
    return results, [
        [[curve.get(atom, k) for atom in results] for k in range(1, order + 1)] for curve in found
    ]


def _one_order_after_the_other(
    function: Function,
    args: Sequence[Atom],
    directions: Sequence[Sequence[Atom | None]],
    order: int,
) -> tuple[list[Atom], list[list[list[Atom | None]]]]:
    """The tangent of the tangent …: for a recursion, whose definition has a tangent and no curve."""
    found: list[list[list[Atom | None]]] = []
    results: list[Atom] = []
    for direction in directions:
        whole = function
        for k in range(1, order + 1):
            inputs = list(args) if k == order else [Variable(v.name, v.type) for v in whole.inputs]
            with current().nested() as inner:
                every, (dots,) = push(whole, inputs, [direction])
            if k == order:
                break
            whole = Function(
                function.name,
                (Parameter("inputs", sequence("tuple", tuple(inputs))),),
                inner.block(),
                sequence(
                    "tuple",
                    (
                        *every,
                        *(
                            Constant.of(0.0) if d is None else d
                            for d in dots[-len(leaves(function.result)) :]
                        ),
                    ),
                ),
            )
        current().adopt(inner.statements)
        count = len(leaves(function.result))
        results = every[:count]
        made = [*every[count:], *dots[-count:]]
        found.append([made[k * count : (k + 1) * count] for k in range(order)])
    return results, found


class _Sweep:
    """The walk through the blocks, for all directions together."""

    def __init__(self, curves: list[_Curve]) -> None:
        self.curves = curves
        self.marks = [_mark(k) for curve in curves for k in range(1, curve.order + 1)]
        self.inside_rules = 0
        for curve in curves:
            curve.sweep = self

    def block(self, block: Block, copier: Copier, tangents: list[Tangents]) -> None:
        """Append the block; `tangents` are the derivatives of all orders of the first direction, then the next."""
        outside = self.curves
        count = len(tangents) // max(len(outside), 1)
        self.curves = [
            curve.inside(tangents[k * count : (k + 1) * count]) for k, curve in enumerate(outside)
        ]
        builder = current()
        for original in block.statements:
            if isinstance(original, (If, For, While)):
                self._compound(builder, original, copier)
                continue
            statement = copier.statement(original)
            if isinstance(statement, Custom):
                statement = self._rule(builder, statement)
            else:
                assert isinstance(statement, Call)
                builder.add(statement)
                for curve in self.curves:
                    curve.follow(statement)
            for curve in self.curves:
                curve.define(targets_of(statement))
        self.curves = outside

    def _compound(self, builder: Builder, s: If | For | While, copier: Copier) -> None:
        tangents = [d for curve in self.curves for d in curve.orders]
        if isinstance(s, If):
            push_branch(builder, s, copier, tangents, self.block, self.marks)
        else:
            push_loop(builder, s, copier, tangents, self.block, self.marks)
        for curve in self.curves:
            curve.settle(targets_of(builder.statements[-1]))

    def _rule(self, builder: Builder, statement: Custom) -> Custom:
        """Append a call of a function with a rule, its forward function in its place where it varies."""
        if any(curve.varies(a) for curve in self.curves for a in statement.operands):
            statement = self.with_residuals(builder, statement)
        self._stand(builder, statement)
        return statement

    def _stand(self, builder: Builder, statement: Custom) -> None:
        builder.add(statement)
        for curve in self.curves:
            curve.rules.update((target, statement) for target in statement.targets)

    def with_residuals(self, builder: Builder, statement: Custom) -> Custom:
        """What the user's forward function leaves for his backward one is followed like the rest."""
        first = len(builder.statements)
        try:
            changed = with_residuals(statement)
        except ADError as error:
            raise error.at(statement.origin) from error.__cause__
        own = self.take(builder, first)
        return read_through(changed, own.atom)

    def take(self, builder: Builder, first: int) -> Copier:
        """Follow the statements from `first` on, which a rule wrote; the result tells what compound ones became."""
        written = builder.statements[first:]
        del builder.statements[first:]
        own = Copier({}, None)
        self.inside_rules += 1
        if self.inside_rules > DEEP:
            raise NoDerivativeError(
                "a custom rule applies its own function in a loop.",
                why="each derivative of the rule needs the rule again, inside the loop.",
                write="ad.grad(ad.grad(f)), or the rule without the loop",
                origin=builder.origin,
            )
        for s in written:
            if isinstance(s, (If, For, While)):
                self._compound(builder, s, own)
                continue
            s = substitute(s, own.atom)
            if isinstance(s, Custom):
                self._stand(builder, s)
                continue
            assert isinstance(s, Call)
            builder.adopt([s])
            for curve in self.curves:
                curve.follow(s)
        self.inside_rules -= 1
        return own


class _Curve:
    """The derivatives of every variable along one direction, made when they are asked for.

    `orders[k - 1]` maps a variable to its k-th derivative; `rows` are the calls whose derivatives can be made;
    `roots` says of a derivative without a statement of its own (a seed, what a loop carries) whose and which it is.
    Of such a one fewer derivatives are made: `depths` tells how many orders a variable lacks.
    """

    def __init__(self, order: int) -> None:
        self.order = order
        self.orders: list[Tangents] = [{} for _ in range(order)]
        self.rows: dict[Variable, Call] = {}
        self.rules: dict[Variable, Custom] = {}
        self.sweep: _Sweep
        self.zeros: set[tuple[Variable, int]] = set()
        self.roots: dict[Variable, tuple[Variable, int]] = {}
        self.known: dict[Any, Variable] = {}
        self.depths: dict[Variable, int] = {}

    def inside(self, orders: list[Tangents]) -> _Curve:
        """The same within a block: what is made there stays there."""
        found = _Curve(self.order)
        found.orders, found.sweep, found.rules = orders, self.sweep, dict(self.rules)
        found.rows, found.zeros = dict(self.rows), set(self.zeros)
        found.roots, found.known = dict(self.roots), dict(self.known)
        found.depths = dict(self.depths)
        found.settle([v for order in orders for v in order])
        return found

    def settle(self, variables: Sequence[Variable]) -> None:
        """Note whose derivatives the derivatives of these variables are."""
        for variable in variables:
            for k, tangents in enumerate(self.orders, start=1):
                dot = tangents.get(variable)
                if isinstance(dot, Variable) and dot not in self.rows:
                    self.roots.setdefault(dot, (variable, k))

    def follow(self, call: Call) -> None:
        """Take in a call that stands in the block."""
        self.rows[call.target] = call
        self.depths[call.target] = max(map(self.depth, call.args), default=0)
        self.known.setdefault(_key(call), call.target)

    def depth(self, atom: Atom) -> int:
        if not isinstance(atom, Variable):
            return 0
        if atom in self.roots:
            variable, before = self.roots[atom]
            return before + self.depths.get(variable, 0)
        return self.depths.get(atom, 0)

    def define(self, targets: Sequence[Variable]) -> None:
        """Append all derivatives of what a statement of the function gives."""
        for target in targets:
            for k in range(1, self.order + 1):
                dot = self.get(target, k)
                if dot is not None:
                    name_after(dot, target, _mark(k))

    def varies(self, atom: Atom) -> bool:
        return self.get(atom, 1) is not None

    def get(self, atom: Atom, k: int) -> Atom | None:
        """The k-th derivative, None for a structural zero (and above the order: nobody reads it)."""
        if k == 0:
            return atom
        if not isinstance(atom, Variable) or k > self.order or (atom, k) in self.zeros:
            return None
        found = self.orders[k - 1].get(atom)
        if found is None:
            if atom in self.roots:
                variable, before = self.roots[atom]
                found = self.get(variable, before + k)
            elif k > 1 and atom in self.rules:
                first = self.get(atom, 1)
                found = None if first is None else self.get(first, k - 1)
            elif atom in self.rules:
                self._by_rule(self.rules[atom])
                found = self.orders[0].get(atom)
            elif atom in self.rows:
                found = self._derivative(self.rows[atom], k)
            if found is None:
                self.zeros.add((atom, k))
            else:
                self.orders[k - 1][atom] = found
        return found

    def _derivative(self, call: Call, k: int) -> Atom | None:
        if call.primitive.verdict == "inert" or not is_inexact(call.target.type):
            return None
        rule = _rule_of(call)
        if rule is None and k > 1:
            first = self.get(call.target, 1)
            return None if first is None else self.get(first, k - 1)
        given = [[self.get(a, j) for a in call.args] for j in range(1, k + 1)]
        if rule is not None:
            for j in range(1, k):
                self.get(call.target, j)
        builder = current()
        with builder.nested() as inner:
            inner.origin, inner.role, inner.style = call.origin, TANGENT, ""
            found = tangent_of_call(inner, call, given[0]) if rule is None else rule(self, call, k)
        before = len(builder.statements)
        found = self._taken_in(builder, inner, found, k + self.depth(call.target))
        if rule is not None and any(found in targets_of(s) for s in builder.statements[before:]):
            assert isinstance(found, Variable)
            # its next derivative is the next one of the product, not that of the sum that stands here
            self.roots.setdefault(found, (call.target, k))
        return found

    def _by_rule(self, statement: Custom) -> None:
        """First derivatives as the user's rule writes them."""
        builder = current()
        dots = [self.get(a, 1) for a in statement.operands]
        if all(dot is None for dot in dots):
            return
        before = builder.origin, builder.role
        builder.origin, builder.role = statement.origin, TANGENT
        try:
            refuse_others(statement, {v for v in _variables(statement.others) if self.varies(v)})
            statement = self.sweep.with_residuals(builder, statement)
            first = len(builder.statements)
            with builder.nested() as inner:
                found = tangents_of(inner, statement, dots)
            adopt(builder, inner, statement, found)
            own = self.sweep.take(builder, first)
        except ADError as error:
            raise error.at(statement.origin) from error.__cause__
        finally:
            builder.origin, builder.role = before
        for target, dot in zip(statement.targets, found, strict=True):
            if dot is not None:
                self.orders[0][target] = own.atom(dot)

    def _taken_in(
        self, builder: Builder, inner: Builder, found: Atom | None, depth: int
    ) -> Atom | None:
        """Append what a rule wrote, save for what stands there already and has as many derivatives."""
        same: dict[Variable, Atom] = {}

        def read(atom: Atom) -> Atom:
            return same.get(atom, atom) if isinstance(atom, Variable) else atom

        for statement in inner.statements:
            call = substitute(statement, read)
            assert isinstance(call, Call)
            key = _key(call)
            known = self.known.get(key)
            same_type = known is not None and known.type == call.target.type
            if known is not None and same_type and self.depth(known) <= depth:
                same[call.target] = known
                continue
            self.known[key] = call.target
            self.rows[call.target] = call
            self.depths[call.target] = max(map(self.depth, call.args), default=0)
            builder.adopt([call])
        return None if found is None else read(found)


def _variables(atoms: Sequence[Atom]) -> list[Variable]:
    return [a for a in atoms if isinstance(a, Variable)]


def _mark(k: int) -> str:
    """x_dot, x_dot2, x_dot3 …"""
    return "dot" if k == 1 else f"dot{k}"


def _key(call: Call) -> Any:
    """Equal for calls that give the same."""
    args = tuple(
        (type(a.value), repr(a.value)) if isinstance(a, Constant) else a for a in call.args
    )
    return call.primitive, args, repr(sorted(call.statics.items(), key=lambda item: item[0]))


def _rule_of(call: Call) -> Any:
    """The rule for all orders, of the rows that have one."""
    if call.primitive.kind == "bilinear" or call.primitive.name == "multiply":
        return _product
    return _quotient if call.primitive.name == "divide" else None


def _product(curve: _Curve, call: Call, k: int) -> Atom | None:
    """Leibniz: (a b)⁽ᵏ⁾ = Σ C(k, j) a⁽ʲ⁾ b⁽ᵏ⁻ʲ⁾."""
    a, b = call.args
    total: Atom | None = None
    square = a is b and call.primitive.name == "multiply"
    for j in range(k, -1, -1):
        if square and 2 * j < k:
            break
        left, right = curve.get(a, j), curve.get(b, k - j)
        if left is None or right is None:
            continue
        if call.primitive.name != "multiply":
            term: Atom | None = current().apply(call.primitive, left, right, **call.statics)
        else:
            term = scaled(left, right) if j else scaled(right, left)
        times = comb(k, j) * (2 if square and 2 * j > k else 1)
        assert term is not None
        total = add(total, term if times == 1 else as_atom(float(times) * term))
    return None if total is None else fit_tangent(call.target, total)


def _quotient(curve: _Curve, call: Call, k: int) -> Atom | None:
    """From a = y b: y⁽ᵏ⁾ = (a⁽ᵏ⁾ - Σ C(k, j) b⁽ʲ⁾ y⁽ᵏ⁻ʲ⁾) / b, j from 1."""
    a, b = call.args
    total = curve.get(a, k)
    for j in range(1, k + 1):
        left, right = curve.get(b, j), curve.get(call.target, k - j)
        if left is None or right is None:
            continue
        term = scaled(left, right)
        assert term is not None
        times = comb(k, j)
        term = term if times == 1 else as_atom(float(times) * term)
        total = as_atom(-term) if total is None else as_atom(total - term)
    if total is None:
        return None
    found = scaled(total, Over(1.0, b))
    return None if found is None else fit_tangent(call.target, found)
