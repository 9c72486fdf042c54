"""What is asked of the compiler, as one frozen record: part of every cache key."""

from __future__ import annotations

from dataclasses import dataclass

#: kinds of programs that a `Request` can ask for
KINDS = (
    "grad", "value_and_grad", "adjoint", "tangent", "forward", "jacobian", "hessian", "hvp",
    "derivative", "directional", "laplacian", "linearize",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """One derivative program.

    `kind`: ``grad`` (derivatives only), ``value_and_grad``, ``adjoint`` (value and derivatives, the
    seed is a parameter), ``tangent`` (the seeds are parameters), ``forward`` (value and pullback data),
    ``jacobian``, ``hessian`` and ``hvp``, ``derivative`` and ``directional`` (of an `order`), ``laplacian``,
    ``linearize`` (value and pushforward data).  `argnums` are ints or parameter names; None means every
    argument that can have a derivative; an int or a name alone gives a bare result, a tuple a tuple.
    """

    kind: str
    argnums: int | str | tuple[int | str, ...] | None = None
    mode: str = "reverse"
    has_aux: bool = False
    #: names of the program's own parameters (tangents, or the cotangent of the result)
    seeds: tuple[str, ...] = ()
    #: the complex derivative of a complex result
    holomorphic: bool = False
    #: which derivative along the direction
    order: int = 1
    #: how many primals were given; None where the request counts no arguments
    primals: int | None = None

    def __str__(self) -> str:
        argnums = "" if self.argnums is None else f" with respect to {self.argnums}"
        return f"{self.kind}{argnums} ({self.mode})"
