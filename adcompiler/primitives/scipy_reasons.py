"""What of SciPy has no rule, and why: the hand-written part of the verdicts on it (see `reasons`)."""

from __future__ import annotations

from adcompiler.primitives.reasons import FOLLOWED, NOT_NUMBERS, NOT_YET, REFUSED, Group

_HELD = "it of arguments that do not depend on what is differentiated"

SPECIAL = (
    Group(
        NOT_NUMBERS,
        "it is about the library: its error states, its tests.",
        "the call around that of the derivative",
        "errstate geterr seterr test",
    ),
    Group(
        REFUSED,
        "its result is an object with methods, which the compiler does not follow.",
        "special.eval_legendre(n, x) and its like, which take the degree and the point",
        "chebyc chebys chebyt chebyu gegenbauer genlaguerre hermite hermitenorm jacobi laguerre "
        "legendre sh_chebyt sh_chebyu sh_jacobi sh_legendre",
    ),
    Group(
        REFUSED,
        "its result has an axis more, for derivatives that SciPy takes itself.",
        "special.eval_legendre(n, x), special.lpmv(m, n, x) or special.sph_harm_y(n, m, theta, phi)",
        "assoc_legendre_p assoc_legendre_p_all legendre_p legendre_p_all sph_harm_y_all sph_legendre_p "
        "sph_legendre_p_all",
    ),
    Group(
        REFUSED,
        "it gives the functions of all orders up to one, and their slopes.",
        "the function of one order, such as special.spherical_jn(n, x) or special.pbdv(v, x)",
        "lmbda lqmn lqn mathieu_even_coef mathieu_odd_coef obl_cv_seq pbdn_seq pbdv_seq pbvv_seq "
        "pro_cv_seq riccati_jn riccati_yn",
    ),
    Group(
        REFUSED,
        "its results are of several kinds.",
        "special.jn_zeros(n, nt) and special.jnp_zeros(n, nt)",
        "jnjnp_zeros",
    ),
    Group(
        REFUSED,
        "it is a function of whole numbers.",
        "special.factorial(n), or special.gamma(n + 1)",
        "factorialk",
    ),
    Group(
        REFUSED,
        "SciPy has no function for its derivative.",
        "the value outside of the differentiated function, as an argument",
        "ellip_harm ellip_harm_2 ellip_normal",
    ),
    Group(
        REFUSED,
        "it runs, but no closed form of its derivative is known that SciPy has functions for.",
        _HELD,
        "chndtridf elliprj kolmogi kolmogorov mathieu_a mathieu_b ncfdtr ncfdtri ncfdtridfd ncfdtridfn "
        "ncfdtrinc nctdtr nctdtridf nctdtrinc nctdtrit obl_cv pro_cv smirnov smirnovi zetac",
    ),
    Group(
        REFUSED,
        "it runs, but SciPy's values are too far from solutions of the equation that says its derivative.",
        _HELD,
        "obl_ang1_cv obl_rad1_cv obl_rad2 obl_rad2_cv pro_ang1_cv pro_rad1_cv pro_rad2 pro_rad2_cv",
    ),
    Group(
        REFUSED,
        "it runs, but its nodes and weights have no derivative with respect to the parameters of the rule.",
        _HELD,
        "cg_roots j_roots js_roots la_roots roots_gegenbauer roots_genlaguerre roots_jacobi "
        "roots_sh_jacobi",
    ),
)

LINALG = (
    Group(
        FOLLOWED,
        "its Python source is followed.",
        "the call as it is",
        "companion convolution_matrix dft hadamard helmert hilbert invhilbert invpascal pascal",
    ),
    Group(
        NOT_NUMBERS,
        "it is about the library: its tests, its warnings, the routines of BLAS and LAPACK.",
        "the call outside of the differentiated function",
        "LinAlgWarning find_best_blas_type get_blas_funcs get_lapack_funcs test",
    ),
    Group(
        REFUSED,
        "the vectors that complete a basis are not determined by the matrix.",
        "the projector on the space: np.eye(n) - linalg.pinv(a) @ a",
        "null_space orth",
    ),
    Group(
        REFUSED,
        "its factors are not determined where eigenvalues coincide or change their order.",
        "linalg.eig(a), linalg.expm(a), or the equation that the form is to solve",
        "cdf2rdf cossin ordqz qz rsf2csf schur",
    ),
    Group(
        REFUSED,
        "it chooses powers of two by the sizes of the elements: a step.",
        "the matrix itself",
        "matrix_balance",
    ),
    Group(
        REFUSED,
        "it calls a Python function of numbers for a matrix.",
        "linalg.expm, logm, sqrtm, cosm, or a sum over eigenvalues",
        "funm",
    ),
    Group(
        REFUSED,
        "it draws random numbers, or looks for a sparse matrix.",
        "s @ a with a matrix drawn outside",
        "clarkson_woodruff_transform",
    ),
    Group(
        NOT_YET,
        "it estimates a number by steps.",
        "a norm of linalg.expm_frechet(a, e, compute_expm=False)",
        "expm_cond",
    ),
    Group(
        NOT_YET,
        "factors that are updated, or of other forms, are not built.",
        "linalg.qr(a), linalg.lu(a), linalg.cholesky(a) of the whole matrix",
        "hessenberg ldl qr_delete qr_insert qr_multiply qr_update rq",
    ),
    Group(
        NOT_YET,
        "band matrices of this kind are not built.",
        "linalg.solve_banded, or linalg.eigh of the whole matrix",
        "cho_solve_banded cholesky_banded eig_banded eigh_tridiagonal eigvals_banded "
        "eigvalsh_tridiagonal",
    ),
    Group(
        NOT_YET,
        "it is not built.",
        "the same with np.linalg.svd, or a loop",
        "fiedler_companion solve_circulant solveh_banded subspace_angles",
    ),
)

#: the hand-written groups of each module of SciPy that has rules
SCIPY_REASONS: dict[str, tuple[Group, ...]] = {
    "scipy.special": SPECIAL,
    "scipy.linalg": LINALG,
}
