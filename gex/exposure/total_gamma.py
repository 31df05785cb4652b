"""Gamma along a smile dynamic: what a hedge that follows the smile trades."""

from typing import TYPE_CHECKING

import numpy as np

from gex.columns import Floats
from gex.exposure.dynamics import smile_derivatives
from gex.greeks import spot_greeks

if TYPE_CHECKING:
    from gex.exposure.lines import ExposureLines

CURVATURE_STEP = 2e-3  # in log-moneyness: a fifth of the spacing of strikes that a smile is fitted through
LEVEL_STEP = 1e-5  # relative, for the slope of the profile
_ROOT_TWO_PI = np.sqrt(2.0 * np.pi)


def total_gamma_curves(lines: "ExposureLines", level: Floats, weight: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """d²C/dS² along σ_R summed as gamma exposure per 1 %, and its slope, (book_count, level_count) each.

    gamma + 2·vanna·σ_S + volga·σ_S² + vega·σ_SS with σ_S = (R − 1)σ0′/S, σ_SS = ((R − 1)²σ0″ − (R − 1)σ0′)/S². The slope
    is a central difference of the exposure. A surface of straight lines has no σ0″ at its kinks: take a smooth one.
    """
    value = weight @ total_gamma(lines, level, ratio) * (0.01 * level * level)
    up, down = level * (1.0 + LEVEL_STEP), level * (1.0 - LEVEL_STEP)
    above = weight @ total_gamma(lines, up, ratio) * (0.01 * up * up)
    below = weight @ total_gamma(lines, down, ratio) * (0.01 * down * down)
    return value, (above - below) / (up - down)


def smile_delta(lines: "ExposureLines", level: Floats, ratio: Floats) -> Floats:
    """Call delta along the dynamic, Δ + vega·σ_S, per line and level; a put's is that less e^{−qT}."""
    out = np.empty((len(lines), len(level)))
    for n, x in enumerate(level.tolist()):
        forward = lines.forward * (x / lines.spot)
        vol, first, _, effective = _smile(lines, np.array([x]), ratio)
        greeks = spot_greeks(
            np.full(len(lines), x),
            forward,
            lines.strike,
            lines.time_to_expiry,
            vol[:, 0],
            np.ones(len(lines), np.int8),
            lines.discount_factor,
        )
        out[:, n] = greeks.delta + greeks.vega * (effective[:, 0] - 1.0) * first[:, 0] / x
    return out


def _smile(lines: "ExposureLines", level: Floats, ratio: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """σ0, σ0′ and σ0″ where each line is at each level, and the ratio there."""
    moneyness, effective = lines.moved_moneyness(level, ratio)
    return *smile_derivatives(lines.surface, lines.expiry[:, np.newaxis], moneyness, CURVATURE_STEP), effective


def total_gamma(lines: "ExposureLines", level: Floats, ratio: Floats) -> Floats:
    """Total gamma per unit of underlying, (line_count, level_count); 0 where a line cannot be priced."""
    vol, first, second, effective = _smile(lines, level, ratio)
    root = np.sqrt(lines.time_to_expiry)[:, np.newaxis]
    carried = (lines.forward / lines.spot)[:, np.newaxis]
    dividend_factor = lines.discount_factor[:, np.newaxis] * carried
    extra = effective - 1.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        stdev = vol * root
        d1 = np.log(carried * level / lines.strike[:, np.newaxis]) / stdev + 0.5 * stdev
        d2 = d1 - stdev
        density = dividend_factor * np.exp(-0.5 * d1 * d1) / _ROOT_TWO_PI
        vega = level * density * root
        by_spot = extra * first / level
        by_spot_twice = (extra * extra * second - extra * first) / (level * level)
        total: Floats = density / (level * stdev) - 2.0 * density * d2 / vol * by_spot
        total += vega * d1 * d2 / vol * by_spot**2 + vega * by_spot_twice
    total[~np.isfinite(total) | ~(stdev > 0.0)] = 0.0
    return total
