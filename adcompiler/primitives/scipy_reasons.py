"""What of SciPy has no rule, and why: the hand-written part of the verdicts on it (see `reasons`)."""

from __future__ import annotations

from adcompiler.primitives.reasons import NOT_NUMBERS, NOT_YET, REFUSED, Group

_OUTSIDE = "the call outside of the differentiated function, its result as an argument"

SPECIAL = (
    Group(
        NOT_NUMBERS,
        "it is about the library: its set-up, its error states, its tests.",
        "the call around that of the derivative",
        "errstate geterr seterr test",
    ),
    Group(
        REFUSED,
        "its results are objects with methods, which the compiler does not follow.",
        "special.eval_legendre(n, x) and its like, which take the order and the point",
        "c_roots",
    ),
    Group(
        NOT_YET,
        "it is not built.",
        _OUTSIDE,
        "agm ai_zeros airy airye assoc_laguerre assoc_legendre_p assoc_legendre_p_all bdtr bdtrc bdtri "
        "bdtrik bdtrin bei bei_zeros beip beip_zeros ber ber_zeros bernoulli berp berp_zeros besselpoly "
        "betainc betaincc betainccinv betaincinv bi_zeros boxcox boxcox1p btdtria btdtrib cg_roots chdtr "
        "chdtrc chdtri chdtriv chebyc chebys chebyt chebyu chndtr chndtridf chndtrinc chndtrix comb "
        "cosdg cotdg dawsn diric ellip_harm ellip_harm_2 ellip_normal ellipe ellipeinc ellipj ellipk "
        "ellipkinc ellipkm1 elliprc elliprd elliprf elliprg elliprj entr erf erf_zeros erfc erfcinv "
        "erfcx erfi erfinv euler eval_chebyc eval_chebys eval_chebyt eval_chebyu eval_gegenbauer "
        "eval_genlaguerre eval_hermite eval_hermitenorm eval_jacobi eval_laguerre eval_legendre "
        "eval_sh_chebyt eval_sh_chebyu eval_sh_jacobi eval_sh_legendre exp1 expi expn exprel factorial "
        "factorial2 factorialk fdtr fdtrc fdtri fdtridfd fresnel fresnel_zeros fresnelc_zeros "
        "fresnels_zeros gammainc gammaincc gammainccinv gammaincinv gdtr gdtrc gdtria gdtrib gdtrix "
        "gegenbauer genlaguerre h1vp h2vp h_roots hankel1 hankel1e hankel2 hankel2e he_roots hermite "
        "hermitenorm huber hyp0f1 hyp1f1 hyp2f1 hyperu i0 i0e i1 i1e inv_boxcox inv_boxcox1p it2i0k0 "
        "it2j0y0 it2struve0 itairy iti0k0 itj0y0 itmodstruve0 itstruve0 iv ive ivp j0 j1 j_roots jacobi "
        "jn jn_zeros jnjnp_zeros jnp_zeros jnyn_zeros js_roots jv jve jvp k0 k0e k1 k1e kei kei_zeros "
        "keip keip_zeros kelvin kelvin_zeros ker ker_zeros kerp kerp_zeros kl_div kn kolmogi kolmogorov "
        "kv kve kvp l_roots la_roots laguerre lambertw legendre legendre_p legendre_p_all lmbda log_ndtr "
        "log_softmax log_wright_bessel logsumexp lpmv lqmn lqn mathieu_a mathieu_b mathieu_cem "
        "mathieu_even_coef mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2 "
        "mathieu_odd_coef mathieu_sem modfresnelm modfresnelp modstruve multigammaln nbdtr nbdtrc nbdtri "
        "nbdtrik nbdtrin ncfdtr ncfdtri ncfdtridfd ncfdtridfn ncfdtrinc nctdtr nctdtridf nctdtrinc "
        "nctdtrit ndtr ndtri ndtri_exp nrdtrimn nrdtrisd obl_ang1 obl_ang1_cv obl_cv obl_cv_seq obl_rad1 "
        "obl_rad1_cv obl_rad2 obl_rad2_cv owens_t p_roots pbdn_seq pbdv pbdv_seq pbvv pbvv_seq pbwa pdtr "
        "pdtrc pdtri pdtrik perm powm1 pro_ang1 pro_ang1_cv pro_cv pro_cv_seq pro_rad1 pro_rad1_cv "
        "pro_rad2 pro_rad2_cv ps_roots pseudo_huber radian rel_entr riccati_jn riccati_yn roots_chebyc "
        "roots_chebys roots_chebyt roots_chebyu roots_gegenbauer roots_genlaguerre roots_hermite "
        "roots_hermitenorm roots_jacobi roots_laguerre roots_legendre roots_sh_chebyt roots_sh_chebyu "
        "roots_sh_jacobi roots_sh_legendre round s_roots sh_chebyt sh_chebyu sh_jacobi sh_legendre "
        "shichi sici sindg smirnov smirnovi softmax softplus spence sph_harm_y sph_harm_y_all "
        "sph_legendre_p sph_legendre_p_all spherical_in spherical_jn spherical_kn spherical_yn stdtr "
        "stdtridf stdtrit stirling2 struve t_roots tandg tklmbda ts_roots u_roots us_roots voigt_profile "
        "wofz wright_bessel wrightomega xlog1py xlogy y0 y0_zeros y1 y1_zeros y1p_zeros yn yn_zeros "
        "ynp_zeros yv yve yvp zeta zetac ",
    ),
)

#: the hand-written groups of each module of SciPy that has rules
SCIPY_REASONS: dict[str, tuple[Group, ...]] = {"scipy.special": SPECIAL}
