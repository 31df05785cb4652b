"""eSSVI slices: total variance, its derivatives, and the slice nearest to given variances.

w(k) = (θ + ρψk + S)/2, S = √(ψ²k² + 2ρθψk + θ²), ψ = θφ (Hendriks and Martini 2019, without the division by θ).
"""

import math

from gex.kernels.compiling import FLOATS, FLOATS_OUT, inlined, kernel, warms

_STEPS = 60
_RHO_LIMIT = 0.995


@inlined
def essvi_variance(theta, rho, psi, k):
    """w at k. θ = 0.04, ρ = −0.3, ψ = 0.1: w(−0.5) = 0.063900549446403, w(0) = 0.04."""
    lever = psi * k
    return 0.5 * (theta + rho * lever + math.sqrt(lever * lever + theta * (2.0 * rho * lever + theta)))


@kernel
def essvi_derivatives(theta, rho, psi, k, out):
    """out[:, i] = (w, ∂w/∂k, ∂²w/∂k²) at k[i]; all columns of one length."""
    for i in range(k.shape[0]):
        lever = psi[i] * k[i]
        root = math.sqrt(lever * lever + theta[i] * (2.0 * rho[i] * lever + theta[i]))
        inner = psi[i] * (lever + rho[i] * theta[i])
        out[0, i] = 0.5 * (theta[i] + rho[i] * lever + root)
        out[1, i] = 0.5 * (rho[i] * psi[i] + inner / root)
        out[2, i] = 0.5 * psi[i] ** 2 * theta[i] ** 2 * (1.0 - rho[i] ** 2) / root**3


@kernel
def _misfit(theta, rho, psi, k, variance, weight):
    total = 0.0
    for i in range(k.shape[0]):
        miss = essvi_variance(theta, rho, psi, k[i]) - variance[i]
        total += weight[i] * miss * miss
    return total


@kernel
def essvi_fit(k, variance, weight, theta, rho, psi):
    """(θ, ρ, ψ, misfit Σ weight·(w − variance)²) near the best slice, by Levenberg–Marquardt from the given one.

    Steps are taken in ln θ, atanh ρ and ln ψ, so every iterate is a slice; it need not be free of arbitrage.
    """
    best = _misfit(theta, rho, psi, k, variance, weight)
    damping = 1e-3
    for _ in range(_STEPS):
        a00, a01, a02, a11, a12, a22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        b0, b1, b2 = 0.0, 0.0, 0.0
        for i in range(k.shape[0]):
            lever = psi * k[i]
            root = math.sqrt(lever * lever + theta * (2.0 * rho * lever + theta))
            miss = 0.5 * (theta + rho * lever + root) - variance[i]
            d0 = 0.5 * theta * (1.0 + (rho * lever + theta) / root)
            d1 = 0.5 * lever * (1.0 + theta / root) * (1.0 - rho * rho)
            d2 = 0.5 * lever * (rho + (lever + rho * theta) / root)
            u = weight[i]
            a00 += u * d0 * d0
            a01 += u * d0 * d1
            a02 += u * d0 * d2
            a11 += u * d1 * d1
            a12 += u * d1 * d2
            a22 += u * d2 * d2
            b0 += u * d0 * miss
            b1 += u * d1 * miss
            b2 += u * d2 * miss
        floor = 1e-9 * (a00 + a11 + a22) + 1e-300
        m0, m1, m2 = a00 * (1 + damping) + floor, a11 * (1 + damping) + floor, a22 * (1 + damping) + floor
        l00 = math.sqrt(m0)
        l10, l20 = a01 / l00, a02 / l00
        l11 = math.sqrt(max(m1 - l10 * l10, floor))
        l21 = (a12 - l10 * l20) / l11
        l22 = math.sqrt(max(m2 - l20 * l20 - l21 * l21, floor))
        y0 = b0 / l00
        y1 = (b1 - l10 * y0) / l11
        y2 = (b2 - l20 * y0 - l21 * y1) / l22
        x2 = y2 / l22
        x1 = (y1 - l21 * x2) / l11
        x0 = (y0 - l10 * x1 - l20 * x2) / l00
        longest = max(abs(x0), max(abs(x1), abs(x2)))
        if not longest > 1e-9:
            break
        scale = min(1.0, 1.0 / longest)
        new_theta = theta * math.exp(-scale * x0)
        new_rho = math.tanh(math.atanh(rho) - scale * x1)
        new_rho = min(max(new_rho, -_RHO_LIMIT), _RHO_LIMIT)
        new_psi = psi * math.exp(-scale * x2)
        trial = _misfit(new_theta, new_rho, new_psi, k, variance, weight)
        if trial < best:
            gain = best - trial
            theta, rho, psi, best = new_theta, new_rho, new_psi, trial
            damping = max(0.2 * damping, 1e-9)
            if gain <= 1e-10 * best:
                break
        else:
            damping *= 10.0
            if damping > 1e9:
                break
    return theta, rho, psi, best


@kernel
def essvi_starts(k, variance, weight, theta):
    """The best of three fits, from a put skew, a symmetric smile and a call skew, with the at-the-money level theta."""
    best_theta, best_rho, best_psi, best = theta, 0.0, 0.5 * math.sqrt(theta), math.inf
    for start in range(3):
        rho = (-0.6, 0.0, 0.5)[start]
        found_theta, found_rho, found_psi, misfit = essvi_fit(k, variance, weight, theta, rho, 0.9 * math.sqrt(theta))
        if misfit < best:
            best_theta, best_rho, best_psi, best = found_theta, found_rho, found_psi, misfit
    return best_theta, best_rho, best_psi, best


_FLOAT = FLOATS.dtype
warms(essvi_starts, FLOATS, FLOATS, FLOATS, _FLOAT)
warms(essvi_derivatives, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS_OUT.copy(ndim=2))
