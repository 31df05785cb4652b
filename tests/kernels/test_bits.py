import math

from hypothesis import given
from hypothesis import strategies as st

from gex.kernels import bits
from gex.kernels.compiling import kernel

CUBIC = (1.0, -2.0, 0.5, 3.0)
QUARTIC = (1.0, -2.0, 0.5, 3.0, -0.25)
TABLE = ((1.0, 2.0, 3.0), (-1.0, 0.5, 0.25))


@kernel
def fma(a, b, c):
    return bits.fma(a, b, c)


@kernel
def through_bits(x):
    return bits.bits_float(bits.float_bits(x))


@kernel
def cubic(x):
    return bits.polynomial(x, CUBIC)


@kernel
def by_squares(x):
    return bits.polynomial_by_squares(x, QUARTIC)


@kernel
def with_slope(x1, x2):
    return bits.polynomial_and_slope(x1, x2, QUARTIC)


@kernel
def of_two(x, y):
    return bits.polynomial_of_two(x, y, TABLE)


def test_fma_rounds_once():
    a = 1.0 + 2.0**-30
    # a² = 1 + 2⁻²⁹ + 2⁻⁶⁰: the last term is lost by a product that is rounded before the sum
    assert fma(a, a, -(1.0 + 2.0**-29)) == 2.0**-60


@given(st.floats(allow_nan=False))
def test_bits_and_back_is_the_same_number(x):
    assert through_bits(x) == x
    assert math.copysign(1.0, through_bits(x)) == math.copysign(1.0, x)


@given(st.floats(-3.0, 3.0))
def test_polynomials_are_the_sums_that_they_say(x):
    assert math.isclose(cubic(x), sum(c * x**k for k, c in enumerate(CUBIC)), abs_tol=1e-13)
    assert math.isclose(by_squares(x), sum(c * x**k for k, c in enumerate(QUARTIC)), abs_tol=1e-13)


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
def test_polynomials_of_two_variables_are_the_sums_that_they_say(x, y):
    expected = sum(c * x**k * y**m for k, row in enumerate(TABLE) for m, c in enumerate(row))
    assert math.isclose(of_two(x, y), expected, abs_tol=1e-12)


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
def test_the_slope_is_the_divided_difference_also_where_the_points_meet(x1, x2):
    value, slope = with_slope(x1, x2)
    assert math.isclose(value, sum(c * x1**k for k, c in enumerate(QUARTIC)), abs_tol=1e-12)
    # (x1^k − x2^k)/(x1 − x2) written as a sum, which needs no division
    expected = sum(c * sum(x1**m * x2 ** (k - 1 - m) for m in range(k)) for k, c in enumerate(QUARTIC))
    assert math.isclose(slope, expected, abs_tol=1e-12)
