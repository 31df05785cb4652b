"""Elementary functions without branches or tables, so that a loop over them fills the vector unit.

numba has had no vector mathematics library since 0.62; `math.exp`, `math.log` and `math.erfc` are calls, one number at a
time. These are polynomials in `fma` (coefficients.py), a few ulps from the exact value, and LLVM packs them as they are.
"""

import math

from gex.kernels.bits import bits_float, float_bits, fma, polynomial_and_slope, polynomial_by_squares
from gex.kernels.coefficients import ERFCX_RIGHT, ERFCX_WIDE, EXP_TAIL, LOG_TAIL
from gex.kernels.compiling import inlined

SQRT_HALF = math.sqrt(0.5)
INVERSE_SQRT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)
_LOG2_E = 1.0 / math.log(2.0)
_LN2 = math.log(2.0)
_LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")  # ln 2 with 11 trailing zero bits: k·_LN2_HIGH is exact
_LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")  # ln 2 − _LN2_HIGH
_ROUNDER = 1.5 * 2.0**52  # adding it leaves the nearest integer in the low bits
_ROUNDER_BITS = 0x4338000000000000
_HALF_EXPONENT = 1 << 51


@inlined
def exp(x):
    """e^x within 1 ulp for x ≤ 709; exactly 0 below −708; NaN stays NaN."""
    bounded = -708.0 if x < -708.0 else x
    shifted = fma(bounded, _LOG2_E, _ROUNDER)
    power = shifted - _ROUNDER
    r = fma(-power, _LN2_LOW, fma(-power, _LN2_HIGH, bounded))
    mantissa = 1.0 + fma(r * r, polynomial_by_squares(r, EXP_TAIL), r)
    value = bits_float(float_bits(mantissa) + (float_bits(shifted) << 52))
    return 0.0 if x < -708.0 else value


@inlined
def log_ratio(a, b):
    """ln(a/b) for positive normal a and b, to 3e-16 *relative* at any a/b, however near 1.

    `math.log(a / b)` has an absolute error of 1e-16 from the rounding of the quotient: at a/b = 1 + 1e-6 ten digits
    remain. Here b is scaled by a power of two into [2a/3, 3a/2], where a − b′ is exact. Outside the domain it
    returns garbage, not NaN.
    """
    power = (float_bits(a) - float_bits(b) + _HALF_EXPONENT) >> 52
    near = bits_float(float_bits(b) + (power << 52))
    z = (a - near) / (a + near)
    return _log_from_parts(power, z)


@inlined
def log(a):
    """ln a for positive normal a, to 3e-16 relative also next to 1."""
    return log_ratio(a, 1.0)


@inlined
def _log_from_parts(power, z):
    """power·ln2 + 2·atanh z, |z| ≤ 1/5."""
    square = z * z
    shift = bits_float(power + _ROUNDER_BITS) - _ROUNDER
    return fma(shift, _LN2, fma(z * square, polynomial_by_squares(square, LOG_TAIL), 2.0 * z))


@inlined
def erfcx(a):
    """e^(a²)·erfc(a) for a ≥ 0, to 7e-16 relative."""
    w = 1.0 / (a + 3.5)
    return w * polynomial_by_squares(fma(-7.0, w, 1.0), ERFCX_RIGHT)


@inlined
def erfcx_pair(a, width):
    """(E(a), E(a + width), E(a) − E(a + width)) of E = erfcx, for a ≥ −1, width ≥ 0, each to 2e-15 relative.

    The difference is taken inside the polynomial, so it has no cancellation however small `width` is.
    """
    first = a + 4.0
    second = first + width
    reciprocal = 1.0 / (first * second)
    w1 = second * reciprocal
    w2 = first * reciprocal
    q1 = fma(-6.0, w1, 1.0)
    q2 = fma(-6.0, w2, 1.0)
    value, slope = polynomial_and_slope(q1, q2, ERFCX_WIDE)
    difference = width * reciprocal * fma(-6.0 * w2, slope, value)
    return w1 * value, w2 * fma(q2 - q1, slope, value), difference
