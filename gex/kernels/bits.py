"""What the vector unit can do in one instruction and Python has no word for: fma, bit casts, polynomials by fma.

Polynomials are evaluated at compile time of the kernel into a straight chain of `fma`, so that neither a loop nor a
table stands in the way of vectorisation, and the result does not depend on fast-math flags.
"""

# ruff: noqa: ARG001 - numba calls with a fixed list of arguments

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def fma(typing_context, a, b, c):
    """a·b + c with one rounding."""

    def generate(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@intrinsic
def float_bits(typing_context, value):
    """The 64 bits of a float64 as an int64."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def bits_float(typing_context, bits):
    """The float64 whose 64 bits are those of an int64."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def polynomial(typing_context, x, coefficients):
    """Σ coefficients[k]·x^k, by Horner's rule; `coefficients` is a tuple of floats known when the kernel is compiled."""

    def generate(context, builder, signature, arguments):
        argument, table = arguments
        count = len(signature.args[1])
        value = builder.extract_value(table, count - 1)
        for k in range(count - 2, -1, -1):
            value = builder.fma(value, argument, builder.extract_value(table, k))
        return value

    return types.float64(types.float64, coefficients), generate


@intrinsic
def polynomial_by_squares(typing_context, x, coefficients):
    """The same sum from its even and odd halves, A(x²) + x·B(x²): half the latency, one more multiplication."""

    def generate(context, builder, signature, arguments):
        argument, table = arguments
        square = builder.fmul(argument, argument)
        even = _chain(builder, square, table, range(0, len(signature.args[1]), 2))
        odd = _chain(builder, square, table, range(1, len(signature.args[1]), 2))
        return builder.fma(odd, argument, even)

    return types.float64(types.float64, coefficients), generate


@intrinsic
def polynomial_and_slope(typing_context, x1, x2, coefficients):
    """(P(x1), (P(x1) − P(x2))/(x1 − x2)): the value and the divided difference, which has no cancellation at x1 ≈ x2.

    With P = A(x²) + x·B(x²) the difference is B(x1²) + (x1 + x2)·(A′ + x2·B′), primes for divided differences in x²: two
    independent chains of half the length.
    """

    def generate(context, builder, signature, arguments):
        first, second, table = arguments
        count = len(signature.args[2])
        square1, square2 = builder.fmul(first, first), builder.fmul(second, second)
        even, even_slope = _chain_and_slope(builder, square1, square2, table, range(0, count, 2))
        odd, odd_slope = _chain_and_slope(builder, square1, square2, table, range(1, count, 2))
        value = builder.fma(odd, first, even)
        slope = builder.fma(builder.fadd(first, second), builder.fma(second, odd_slope, even_slope), odd)
        return context.make_tuple(builder, signature.return_type, [value, slope])

    return types.UniTuple(types.float64, 2)(types.float64, types.float64, coefficients), generate


@intrinsic
def polynomial_of_two(typing_context, x, y, coefficients):
    """Σ coefficients[k][l]·x^k·y^l, for a tuple of tuples."""

    def generate(context, builder, signature, arguments):
        first, second, table = arguments
        square = builder.fmul(second, second)
        rows = []
        for k, row in enumerate(signature.args[2]):
            inner = builder.extract_value(table, k)
            odd = _chain(builder, square, inner, range(1, len(row), 2))
            rows.append(builder.fma(odd, second, _chain(builder, square, inner, range(0, len(row), 2))))
        value = rows[-1]
        for row in reversed(rows[:-1]):
            value = builder.fma(value, first, row)
        return value

    return types.float64(types.float64, types.float64, coefficients), generate


def _chain(builder, argument, table, order):
    indices = list(order)
    value = builder.extract_value(table, indices[-1])
    for k in reversed(indices[:-1]):
        value = builder.fma(value, argument, builder.extract_value(table, k))
    return value


def _chain_and_slope(builder, first, second, table, order):
    indices = list(order)
    value = builder.extract_value(table, indices[-1])
    slope = ir.Constant(ir.DoubleType(), 0.0)
    for k in reversed(indices[:-1]):
        slope = builder.fma(slope, second, value)
        value = builder.fma(value, first, builder.extract_value(table, k))
    return value, slope
