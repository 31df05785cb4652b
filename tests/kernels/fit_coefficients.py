"""Fit the polynomials of `gex/kernels/coefficients.py` in 50-digit arithmetic and print that file.

    python tests/kernels/fit_coefficients.py > gex/kernels/coefficients.py

Each fit: values at Chebyshev nodes, Chebyshev coefficients, the least degree whose dropped coefficients sum to less than
the tolerance, conversion to monomials in 50 digits, one rounding to float64 at the very end.
"""

from collections.abc import Callable
from typing import Any

import mpmath as mp

DIGITS = 50
NODE_COUNT = 48


def chebyshev(function: Callable[[Any], Any], lower: Any, upper: Any) -> list[Any]:
    """Chebyshev coefficients of `function` on [lower, upper] from its values at the nodes of degree NODE_COUNT."""
    n = NODE_COUNT
    nodes = [mp.cos(mp.pi * (j + mp.mpf(1) / 2) / n) for j in range(n)]
    values = [function((upper + lower) / 2 + (upper - lower) / 2 * q) for q in nodes]
    coefficients = [
        2 * mp.fsum(values[j] * mp.cos(mp.pi * k * (j + mp.mpf(1) / 2) / n) for j in range(n)) / n for k in range(n)
    ]
    coefficients[0] /= 2
    return coefficients


def truncated(coefficients: list[Any], tolerance: Any) -> list[Any]:
    """The shortest head whose dropped tail sums to less than `tolerance` in absolute terms."""
    degree = len(coefficients) - 1
    dropped = abs(coefficients[degree])
    while dropped < tolerance:
        degree -= 1
        dropped += abs(coefficients[degree])
    return coefficients[: degree + 1]


def monomials(coefficients: list[Any], lower: Any, upper: Any) -> list[float]:
    """Powers-of-x coefficients on [lower, upper], each rounded once to float64."""
    scale = 2 / (mp.mpf(upper) - mp.mpf(lower))
    shift = -(mp.mpf(upper) + mp.mpf(lower)) / (mp.mpf(upper) - mp.mpf(lower))
    linear = [shift, scale]  # the variable of Chebyshev, as a polynomial of x

    def times_linear(poly: list[Any]) -> list[Any]:
        out = [mp.mpf(0)] * (len(poly) + 1)
        for k, value in enumerate(poly):
            out[k] += value * linear[0]
            out[k + 1] += value * linear[1]
        return out

    previous, current = [mp.mpf(1)], list(linear)
    total = [mp.mpf(0)] * len(coefficients)
    total[0] += coefficients[0]
    for k, coefficient in enumerate(coefficients[1:], start=1):
        for power, value in enumerate(current):
            total[power] += coefficient * value
        if k + 1 < len(coefficients):
            following = [2 * value for value in times_linear(current)]
            for power, value in enumerate(previous):
                following[power] -= value
            previous, current = current, following
    return [float(value) for value in total]


def erfcx(a: Any) -> Any:
    """e^(a²)·erfc(a), by the asymptotic series past 60 where the factors leave the range."""
    if a > 60:
        total = term = mp.mpf(1)
        for k in range(1, 40):
            term *= -(2 * k - 1) / (2 * a * a)
            total += term
        return total / (a * mp.sqrt(mp.pi))
    return mp.exp(a * a) * mp.erfc(a)


def erfcx_fit(start: Any, kappa: Any, tolerance: str) -> list[float]:
    """P with erfcx(a) = w·P(1 − 2κw), w = 1/(a + start + κ), for a ≥ −start."""
    start, kappa = mp.mpf(start), mp.mpf(kappa)

    def scaled(q: Any) -> Any:
        a = kappa * (1 + q) / (1 - q) - start
        return (a + start + kappa) * erfcx(a)

    full = chebyshev(scaled, mp.mpf(-1), mp.mpf(1))
    return monomials(truncated(full, mp.mpf(tolerance) / mp.sqrt(mp.pi)), -1, 1)


def exp_fit(tolerance: str) -> list[float]:
    """P with e^r = 1 + r + r²·P(r) for |r| ≤ ln2/2 (a hair beyond, for the rounding of the reduction)."""
    bound = mp.log(2) / 2 * mp.mpf("1.0001")

    def tail(r: Any) -> Any:
        return mp.fsum(r**k / mp.factorial(k + 2) for k in range(40))

    return monomials(truncated(chebyshev(tail, -bound, bound), mp.mpf(tolerance)), -bound, bound)


def log_fit(square_bound: str, tolerance: str) -> list[float]:
    """P with 2·atanh z = 2z + z³·P(z²) for 0 ≤ z² ≤ square_bound."""
    bound = mp.mpf(square_bound)

    def tail(square: Any) -> Any:
        return mp.fsum(2 * square**k / (2 * k + 3) for k in range(120))

    return monomials(truncated(chebyshev(tail, mp.mpf(0), bound), mp.mpf(tolerance)), 0, bound)


def fitted() -> dict[str, list[float]]:
    """All polynomials by name."""
    with mp.workdps(DIGITS):
        return {
            "ERFCX_WIDE": erfcx_fit(1, 3, "1e-16"),
            "ERFCX_RIGHT": erfcx_fit(0, "3.5", "1e-16"),
            "ERFCX_RIGHT_ROUGH": erfcx_fit(0, "3.5", "1e-10"),
            "EXP_TAIL": exp_fit("2e-16"),
            "LOG_TAIL": log_fit("0.0401", "1e-15"),
        }


MEANINGS = {
    "ERFCX_WIDE": "erfcx(a) = w·P(1 − 6w), w = 1/(a + 4), a ≥ −1; error 1e-16",
    "ERFCX_RIGHT": "erfcx(a) = w·P(1 − 7w), w = 1/(a + 3.5), a ≥ 0; error 1e-16",
    "ERFCX_RIGHT_ROUGH": "the same to 1e-10",
    "EXP_TAIL": "e^r = 1 + r + r²·P(r), |r| ≤ ln2/2",
    "LOG_TAIL": "2·atanh z = 2z + z³·P(z²), z² ≤ 0.04: logarithm of a ratio in [2/3, 3/2]",
}


def module_text() -> str:
    """The text of gex/kernels/coefficients.py."""
    lines = [
        '"""Coefficients of the polynomials of the kernels, lowest power first. Written by a program: do not edit.',
        "",
        "`python tests/kernels/fit_coefficients.py` prints this file; a test runs it again and compares.",
        '"""',
    ]
    for name, values in fitted().items():
        lines += ["", f"# {MEANINGS[name]}", f"{name} = ("]
        lines += [f"    {value!r}," for value in values]
        lines += [")"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(module_text(), end="")
