"""The band just before a gap: a catalyst declared ahead, or a market that closes while the underlying trades on."""

import math

from scipy.optimize import brentq

from gex.errors import InputError


def gap_severity(gamma: float, spot: float, gap_sd: float, trigger: float) -> float:
    """e = (ΓSσ_e/a)²: variance of the mishedge over the gap in units of the squared trigger; `gap_sd` is of the log move."""
    if not trigger > 0.0:
        raise InputError(f"trigger: expected a positive number of units, got {trigger}")
    return (gamma * spot * gap_sd / trigger) ** 2


def gap_band_factor(severity: float) -> float:
    """u: the band before the gap is a·u. Root of 1.5·e·u + E[g(u + √e·Z)] = 1.

    g(y) = 1.5y − 0.5y³ inside ±1 and ±1 outside is the marginal value of mishedge under proportional cost after the gap.
    e = 0.05 / 0.5 / 4: 0.8897 / 0.6183 / 0.1565. e = 0 leaves the band as it is.
    """
    if not severity >= 0.0:
        raise InputError(f"severity: expected at least 0, got {severity}")
    if severity == 0.0:
        return 1.0
    # At u = 1 the left side exceeds 1 for any e > 0 that doubles can see; below that the band does not move.
    if _excess(1.0, severity) <= 0.0:
        return 1.0
    return float(brentq(_excess, 0.0, 1.0, args=(severity,), xtol=1e-14))


def _excess(factor: float, severity: float) -> float:
    return 1.5 * severity * factor + _expected_slope(factor, math.sqrt(severity)) - 1.0


def _expected_slope(mean: float, sd: float) -> float:
    """E[g(Y)] for Y normal, from the moments of a normal cut off at ±1."""
    low, high = (-1.0 - mean) / sd, (1.0 - mean) / sd
    inside = _cdf(high) - _cdf(low)
    # Moments of Z on [low, high]: m0 = inside, m1, m2, m3 by parts.
    first = _pdf(low) - _pdf(high)
    second = inside + low * _pdf(low) - high * _pdf(high)
    third = 2.0 * first + low * low * _pdf(low) - high * high * _pdf(high)
    linear = mean * inside + sd * first
    cubic = mean**3 * inside + 3.0 * mean**2 * sd * first + 3.0 * mean * sd**2 * second + sd**3 * third
    return _cdf(-high) - _cdf(low) + 1.5 * linear - 0.5 * cubic


def _pdf(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def _cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))
