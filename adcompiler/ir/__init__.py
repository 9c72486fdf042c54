"""The intermediate representation: a pure, typed primitive trace.

Every stage of the compiler hands a :class:`~adcompiler.ir.nodes.Function` to the next one, and
nothing else.  `nodes` holds the grammar on one page.
"""
