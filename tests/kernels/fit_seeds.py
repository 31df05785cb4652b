"""Fit the first guess of implied volatility, `gex/kernels/seed_coefficients.py`, and print that file.

    python tests/kernels/fit_seeds.py > gex/kernels/seed_coefficients.py

Both fits minimise the largest relative error of s by least squares with weights that grow where the error is large.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import erfcx

Floats = npt.NDArray[np.float64]
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
ROUNDS = 200


def log_bachelier(h: Floats) -> Floats:
    """ln(φ(h) − h·N(−h)), without cancellation: the integral of the tail, by its continued expansion past h = 15."""
    with np.errstate(divide="ignore"):
        near = np.log(1.0 / ROOT_TWO_PI - 0.5 * h * erfcx(h / math.sqrt(2.0)))
        u = 1.0 / np.maximum(h, 1.0) ** 2
        far = np.log(u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * 945.0))))) - math.log(ROOT_TWO_PI)
    return np.where(h < 15.0, near, far) - 0.5 * h * h


def log_black(h: Floats, t: Floats) -> Floats:
    """ln b of the normalised Black price at h = y/s, t = s/2."""
    root = math.sqrt(0.5)
    a = (h - t) * root
    difference = erfcx(a) - erfcx(a + 2.0 * t * root)
    # for small t the difference cancels: integrate its derivative over the interval by 20 Gauss points instead
    node, weight = np.polynomial.legendre.leggauss(20)
    at = a[..., None] + (node + 1.0) * (t * root)[..., None]
    slope = 2.0 / math.sqrt(math.pi) - 2.0 * at * erfcx(at)
    small = np.sum(slope * weight, axis=-1) * t * root
    return np.log(0.5 * np.where(t < 0.3, small, difference)) - 0.5 * (h * h + t * t)


def fit_rational(x: Floats, target: Floats, numerator: int, denominator: int) -> tuple[Floats, Floats]:
    """Coefficients of P/Q (Q(0) = 1), least largest relative error, by linearised reweighted least squares."""
    weight = np.ones_like(x)
    previous = np.ones_like(x)
    best = (math.inf, np.zeros(numerator + 1), np.zeros(denominator + 1))
    powers = np.vander(x, max(numerator, denominator) + 1, increasing=True)
    for _ in range(ROUNDS):
        rows = np.hstack([powers[:, : numerator + 1] / target[:, None], -powers[:, 1 : denominator + 1]])
        scale = weight / previous
        scales = np.linalg.norm(rows * scale[:, None], axis=0)
        solution = np.linalg.lstsq(rows * scale[:, None] / scales, scale, rcond=1e-15)[0] / scales
        p, q = solution[: numerator + 1], np.concatenate([[1.0], solution[numerator + 1 :]])
        previous = powers[:, : denominator + 1] @ q
        error = np.abs(powers[:, : numerator + 1] @ p / previous / target - 1.0)
        if error.max() < best[0]:
            best = (float(error.max()), p, q)
        weight = weight * (0.5 + error / error.max()) ** 0.3
        weight /= weight.max()
    return best[1], best[2]


def fit_products(v: Floats, w: Floats, target: Floats, size: Floats, degrees: tuple[int, int]) -> Floats:
    """Coefficients c[k, l] of Σ c·v^k·w^l with the least largest |size·(fit − target)|, fitted as Chebyshev products."""
    v_domain, w_domain = (float(v.min()), float(v.max())), (0.0, float(w.max()))
    basis_v = np.polynomial.chebyshev.chebvander(
        2.0 * (v - v_domain[0]) / (v_domain[1] - v_domain[0]) - 1.0, degrees[0]
    )
    basis_w = np.polynomial.chebyshev.chebvander(2.0 * w / w_domain[1] - 1.0, degrees[1])
    rows = (basis_v[:, :, None] * basis_w[:, None, :]).reshape(v.size, -1) * size[:, None]
    wanted = target * size
    weight = np.ones_like(v)
    best = (math.inf, np.zeros(rows.shape[1]))
    for _ in range(ROUNDS):
        solution = np.linalg.lstsq(rows * weight[:, None], wanted * weight, rcond=1e-15)[0]
        error = np.abs(rows @ solution - wanted)
        if error.max() < best[0]:
            best = (float(error.max()), solution)
        weight = weight * (0.5 + error / error.max()) ** 0.3
        weight /= weight.max()
    products = best[1].reshape(degrees[0] + 1, degrees[1] + 1)
    by_w = np.array([_monomials(row, w_domain) for row in products])
    return np.array([_monomials(column, v_domain) for column in by_w.T]).T


def _monomials(chebyshev: Floats, domain: tuple[float, float]) -> Floats:
    found = np.polynomial.Chebyshev(chebyshev, domain=domain).convert(kind=np.polynomial.Polynomial).coef
    return np.concatenate([found, np.zeros(chebyshev.size - found.size)])


def seed_variable(log_ratio: Floats) -> Floats:
    """v = 1/√(1 + ln(1 + e^log_ratio)), log_ratio = ln(0.39894228·y/β)."""
    return np.asarray(1.0 / np.sqrt(1.0 + np.logaddexp(0.0, log_ratio)))


def fitted() -> dict[str, Floats]:
    """The coefficients by name."""
    h = np.concatenate([[0.0], np.geomspace(1e-7, 37.2, 3000), np.linspace(0.0, 37.2, 1500)[1:]])
    h.sort()
    log_f = log_bachelier(h)
    with np.errstate(divide="ignore"):
        v = seed_variable(np.log(0.39894228 * h) - log_f)
    p, q = fit_rational(v, 1.0 / (h + np.exp(log_f)), 6, 5)

    hs = np.concatenate([[0.0], np.geomspace(1e-3, 36.0, 120), np.linspace(0.05, 2.0, 60), np.linspace(2.0, 36.0, 60)])
    ts = np.concatenate([np.geomspace(1e-2, 0.1, 8), np.linspace(0.12, 1.5, 50)])
    h_grid, t_grid = (axis.ravel() for axis in np.meshgrid(hs, ts))
    h_grid = np.concatenate([h_grid, np.maximum(ts - 1.45, 0.0)])  # the edge t − h = 1.45 itself
    t_grid = np.concatenate([t_grid, ts])
    log_b = log_black(h_grid, t_grid)
    keep = (t_grid - h_grid <= 1.4501) & (log_b > -700.0)
    h_grid, t_grid, log_b = h_grid[keep], t_grid[keep], log_b[keep]
    s, y = 2.0 * t_grid, 2.0 * h_grid * t_grid
    with np.errstate(divide="ignore"):
        v = seed_variable(np.log(0.39894228 * y) - log_b)
    first = (y + np.exp(log_b)) * np.polyval(p[::-1], v) / np.polyval(q[::-1], v)
    m = 0.25 * first * first
    corrections = fit_products(v, m / (1.0 + m), (s / first - 1.0) / m, m * first / s, (9, 6))
    return {"RATE_ABOVE": p, "RATE_BELOW": q, "CORRECTIONS": corrections.T}


def module_text() -> str:
    """The text of gex/kernels/seed_coefficients.py."""
    found = fitted()
    lines = [
        '"""Coefficients of the first guess of implied volatility, lowest power first. Written by a program: do not edit.',
        "",
        "`python tests/kernels/fit_seeds.py` prints this file; a test runs it again and compares the guesses.",
        '"""',
    ]
    for name, meaning in (
        ("RATE_ABOVE", "s₀ = (y + β)·P(v)/Q(v), exact for t → 0 to 1.4e-5: P"),
        ("RATE_BELOW", "Q"),
    ):
        lines += ["", f"# {meaning}", f"{name} = ("]
        lines += [f"    {value!r}," for value in found[name].tolist()] + [")"]
    lines += ["", "# s = s₀·(1 + m·Σ c[l][k]·w^l·v^k), m = s₀²/4, w = m/(1 + m)", "CORRECTIONS = ("]
    for row in found["CORRECTIONS"].tolist():
        lines += ["    ("] + [f"        {value!r}," for value in row] + ["    ),"]
    lines += [")"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(module_text(), end="")
