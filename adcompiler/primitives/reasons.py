"""What has no rule, and why: the hand-written part of the verdicts.

A name stands here once for its module.  Where a rule is added later, the rule wins (`verdicts`); a
function that is missing because it is not built yet says so.  `{name}` is the function's own name.
"""

from __future__ import annotations

from dataclasses import dataclass

DIFFERENTIABLE = "differentiable"
INERT = "inert"
FOLLOWED = "followed"
NOT_NUMBERS = "not a function of numbers"
SAMPLING = "sampling"
NOT_YET = "not yet"
REFUSED = "refused"


@dataclass(frozen=True)
class Group:
    """Names with one verdict: why there is no derivative, and what to write instead."""

    kind: str
    why: str
    write: str
    names: str


_OUTSIDE = "the call outside of the differentiated function, its result as an argument"
_TEXT = Group(
    NOT_NUMBERS,
    "it reads or makes text.",
    "the text outside of the differentiated function",
    "",
)


def _text(names: str) -> Group:
    return Group(NOT_NUMBERS, _TEXT.why, _TEXT.write, names)


#: their answers are positions: the rows with a derivative that they apply work on indices only
POSITIONS = (
    "argsort",
    "argpartition",
    "diag_indices",
    "diag_indices_from",
    "histogram",
    "indices",
    "ix_",
    "searchsorted",
)

#: they hand on their argument, and apply no row
IDENTITIES = ("conj", "conjugate", "real")

NUMPY = (
    Group(
        FOLLOWED,
        "the function it calls is followed.",
        "",
        "apply_along_axis apply_over_axes fromfunction piecewise vectorize",
    ),
    Group(
        FOLLOWED,
        "it is followed as a few statements of NumPy, with the derivative of each.",
        "",
        "asarray_chkfinite bartlett blackman copyto fill_diagonal fromiter hamming hanning histogram2d kaiser "
        "ndenumerate ndindex place poly poly1d polyadd polydiv polyfit polymul polysub put put_along_axis putmask",
    ),
    _text(
        "array2string array_repr array_str base_repr binary_repr format_float_positional "
        "format_float_scientific printoptions get_printoptions set_printoptions typename "
        "datetime_as_string datetime_data info"
    ),
    Group(
        NOT_NUMBERS,
        "it is about the library: its set-up, its error states, its tests.",
        "the call around that of the derivative",
        "get_include show_config show_runtime test getbufsize setbufsize geterr seterr geterrcall "
        "seterrcall errstate",
    ),
    Group(
        NOT_NUMBERS,
        "it reads, writes or maps files and foreign memory.",
        _OUTSIDE,
        "fromfile fromregex fromstring frombuffer from_dlpack genfromtxt load loadtxt save "
        "savetxt savez savez_compressed memmap",
    ),
    Group(
        NOT_NUMBERS,
        "it is about types.",
        "the dtype itself, such as x.dtype or np.float32",
        "min_scalar_type",
    ),
    Group(
        NOT_NUMBERS,
        "it is a class of arrays or numbers for isinstance(), not a function.",
        "np.array(...) or np.zeros(...)",
        "generic number inexact floating integer signedinteger unsignedinteger complexfloating "
        "flexible character ufunc ndarray",
    ),
    Group(
        NOT_NUMBERS,
        "its values are dates, texts, objects or records.",
        "arrays of floats",
        "busday_count busday_offset is_busday busdaycalendar isnat datetime64 timedelta64 bytes_ str_ "
        "void object_ record recarray",
    ),
    Group(
        NOT_NUMBERS,
        "it is about shapes or memory.",
        "x.shape, x.ndim, or the loop `for i in range(n)`",
        "may_share_memory shares_memory isfortran require iterable broadcast broadcast_shapes flatiter",
    ),
    Group(
        REFUSED,
        "the order of its steps follows the memory of the array, and what it hands out are parts of that.",
        "for v in x.flat, or for i, j in np.ndindex(x.shape)",
        "nditer nested_iters",
    ),
    Group(
        REFUSED,
        "matrices change what `*` and `**` mean.",
        "np.array and @",
        "matrix asmatrix bmat",
    ),
    Group(
        REFUSED,
        "what it makes are arrays of Python objects, which no rule computes with.",
        "np.vectorize(f, otypes=[float])",
        "frompyfunc",
    ),
    Group(
        REFUSED,
        "it tries a function out on an array of ones, to see which elements that keeps.",
        "np.tril_indices, np.triu_indices, or np.nonzero of a mask",
        "mask_indices",
    ),
    Group(
        REFUSED,
        "it returns a named tuple of arrays, some of them of integers.",
        "np.unique(x, return_index=True, return_inverse=True, return_counts=True)",
        "unique_all unique_counts unique_inverse unique_values",
    ),
    Group(
        REFUSED,
        "how many axes the result has is the length of an axis of the sample.",
        "np.histogram2d(x, y, bins), or np.add.at on the numbers of the bins",
        "histogramdd",
    ),
    Group(
        NOT_NUMBERS,
        "it is a plan of a computation, not its result.",
        "np.einsum(…, optimize=True)",
        "einsum_path",
    ),
    Group(
        REFUSED,
        "whether its result is real depends on the values.",
        "x.real where the imaginary part is nothing but rounding",
        "real_if_close",
    ),
    Group(
        REFUSED,
        "complex numbers have no order.",
        "the same with x.real, or np.abs(x)",
        "sort_complex",
    ),
    Group(
        NOT_NUMBERS,
        "it works on the bits of integers.",
        _OUTSIDE,
        "bitwise_count packbits unpackbits",
    ),
    Group(REFUSED, "NumPy has removed it.", "np.vstack", "row_stack"),
)

LINALG = (Group(NOT_NUMBERS, "it runs the library's tests.", "the call outside", "test"),)

FFT: tuple[Group, ...] = (
    Group(NOT_NUMBERS, "it runs the library's tests.", "the call outside", "test"),
)

RANDOM = (
    Group(
        SAMPLING,
        "random numbers are constants of a derivative, and have none with respect to their parameters.",
        "the sample drawn outside, as an argument: mean + sigma * normals",
        "beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric "
        "laplace logistic lognormal logseries multinomial multivariate_normal negative_binomial "
        "noncentral_chisquare noncentral_f normal pareto permutation poisson power rand randint randn "
        "random random_integers random_sample ranf rayleigh sample shuffle standard_cauchy "
        "standard_exponential standard_gamma standard_normal standard_t triangular uniform vonmises "
        "wald weibull zipf bytes",
    ),
    Group(
        NOT_NUMBERS,
        "it makes or sets a generator.",
        "the generator made outside, and what it draws as an argument",
        "BitGenerator Generator MT19937 PCG64 PCG64DXSM Philox RandomState SFC64 SeedSequence "
        "default_rng get_bit_generator get_state seed set_bit_generator set_state test",
    ),
)

MATH: tuple[Group, ...] = (
    Group(
        DIFFERENTIABLE,
        "newer versions of Python have it.",
        "math.fsum, x * y + z",
        "fma sumprod",
    ),
)

CMATH: tuple[Group, ...] = (Group(FOLLOWED, "its own definition is followed.", "", "isclose"),)

OPERATOR = (
    Group(
        REFUSED,
        "it changes or searches a container by a function.",
        "the statement itself: del x[i], x.index(v), len(x)",
        "countOf delitem indexOf length_hint",
    ),
    Group(
        FOLLOWED,
        "it means what the operator does, for objects and containers too.",
        "",
        "attrgetter call concat contains getitem iadd iand iconcat ifloordiv ilshift imatmul imod imul index inv ior "
        "ipow irshift is_ is_none is_not is_not_none isub itemgetter itruediv ixor matmul methodcaller setitem",
    ),
)

BUILTINS = (
    Group(
        FOLLOWED,
        "the compiler knows its meaning for numbers, arrays and containers.",
        "",
        "all any callable dict enumerate filter frozenset getattr hasattr isinstance issubclass iter len list map "
        "next range reversed set slice sorted sum super tuple type zip",
    ),
    _text("ascii bin chr format hex oct ord repr str bytes bytearray memoryview"),
    Group(
        NOT_NUMBERS,
        "it talks to the outside world.",
        "the call outside of the differentiated function",
        "breakpoint copyright credits exit help input license open print quit",
    ),
    Group(
        REFUSED,
        "it shows a namespace that may change.",
        "the names themselves",
        "dir globals locals vars",
    ),
    Group(
        REFUSED,
        "it runs a text that is no part of the source.",
        "the expression itself",
        "compile eval exec",
    ),
    Group(
        REFUSED,
        "it is another number in every run.",
        "`is` for objects, == for values",
        "hash id",
    ),
    Group(
        REFUSED,
        "the name of the attribute may be computed.",
        "obj.name = value",
        "delattr setattr",
    ),
    Group(
        NOT_NUMBERS,
        "it makes asynchronous iterators, classes or their parts.",
        "plain functions and loops",
        "aiter anext classmethod object property staticmethod",
    ),
)

ARRAY = (
    Group(
        FOLLOWED,
        "what it writes into the array is followed.",
        "",
        "fill partition put sort",
    ),
    Group(
        REFUSED,
        "the array would have another number of elements from then on, for every name that it has.",
        "np.resize(x, shape), or np.concatenate",
        "resize",
    ),
    Group(REFUSED, "NumPy has removed it.", "x[i] = v", "itemset"),
    Group(
        REFUSED,
        "it shows how the array lies in memory.",
        "the array itself, x.copy(), x.reshape(-1)",
        "base byteswap ctypes data device flags getfield setfield setflags strides to_device view",
    ),
    Group(
        NOT_NUMBERS,
        "it writes bytes.",
        _OUTSIDE,
        "dump dumps tobytes tofile",
    ),
)

#: the hand-written groups of each module; "array" stands for methods and attributes of arrays
REASONS: dict[str, tuple[Group, ...]] = {
    "numpy": NUMPY,
    "numpy.linalg": LINALG,
    "numpy.fft": FFT,
    "numpy.random": RANDOM,
    "math": MATH,
    "cmath": CMATH,
    "operator": OPERATOR,
    "builtins": BUILTINS,
    "array": ARRAY,
}
