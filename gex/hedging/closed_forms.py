"""Published rules for hedging under costs, each as its paper has it.

λ (`cost_per_unit` = λS) is one way; γ is absolute risk aversion per unit of currency; times are years of 365 days.
"""

import math
from itertools import pairwise

# −ζ(½)/√(2π): how far a discretely watched diffusion overshoots, in units of its sd between two looks
# (Broadie, Glasserman & Kou, Mathematical Finance 7, 1997).
OVERSHOOT = 0.5825971579390106


# Overshoot that 95 % of the crossings stay below at detection, in the same units; simulated (hedging reference §5).
OVERSHOOT_95 = 1.58


def whalley_wilmott_edge(cost_per_unit: float, gamma: float, risk_aversion: float) -> float:
    """(3λSΓ²/2γ)^{1/3}: half-width, in units, of the band at whose edge one stops trading.

    Whalley & Wilmott (1997), Mathematical Finance 7; their discounting e^{−rτ/3} is left to the caller. The coefficient
    3/2 belongs to trading to the *edge*. λS = 30, Γ = 5e-4, γ = 1e-6: 2.2407024.
    """
    return float((1.5 * cost_per_unit * gamma * gamma / risk_aversion) ** (1.0 / 3.0))


def whalley_wilmott_target(cost_per_unit: float, gamma: float, risk_aversion: float) -> float:
    """(6λSΓ²/γ)^{1/3}: half-width where every trade goes back to the target. λS = 30, Γ = 5e-4, γ = 1e-6: 3.5568933."""
    return float((6.0 * cost_per_unit * gamma * gamma / risk_aversion) ** (1.0 / 3.0))


def ticket_band(ticket: float, gamma: float, risk_aversion: float) -> float:
    """(12k0Γ²/γ)^{1/4}: half-width for a fixed cost an order alone, trading to the target. k0 = 20: 2.7831576."""
    return float((12.0 * ticket * gamma * gamma / risk_aversion) ** 0.25)


def poll_shift(mishedge_vol: float, interval: float) -> float:
    """0.5826·v√Δt: how much earlier a trigger must stand that is looked at only every `interval` years.

    v = 18 units/√year and 60 s: 0.014465 units.
    """
    return OVERSHOOT * mishedge_vol * math.sqrt(interval)


def zakamouline_band(
    *,
    spot: float,
    gamma: float,
    vol: float,
    time_to_expiry: float,
    cost_rate: float,
    risk_aversion: float,
    rate: float = 0.0,
) -> tuple[float, float, float]:
    """H0, H1 and K of Zakamouline (2006): half-width H0 + H1 units around the delta at σ²(1 ± |K|).

    Coefficients as in public code after Sinclair, *Volatility Trading*. The centre takes σ²(1 − K) for a short option
    (K < 0: vol up) and σ²(1 + K) for a long one. λ = 5e-4, Γ = 0.02, S = 5000, τ = 0.25, σ = 0.2, γ = 1:
    1e-5, 0.0209436911, −0.1394545722. H0 grows without bound as τ → 0: the caller clips.
    """
    discounted = math.exp(-rate * time_to_expiry) / vol
    size = abs(gamma)
    fixed = cost_rate / (risk_aversion * spot * vol * vol * time_to_expiry)
    width = 1.12 * cost_rate**0.31 * time_to_expiry**0.05 * discounted**0.25 * math.sqrt(size / risk_aversion)
    shift = (
        -4.76
        * cost_rate**0.78
        * time_to_expiry**-0.02
        * discounted**0.25
        * (risk_aversion * spot * spot * size) ** 0.15
    )
    return fixed, width, shift


def leland_vol(vol: float, round_trip_cost: float, interval: float, *, is_long: bool) -> float:
    """σ√(1 ± Le), Le = √(2/π)·k/(σ√δt): + for a short option; NaN where a long one has Le ≥ 1.

    Leland (1985), Journal of Finance 40. k is the *round trip* cost, twice λ. k = 0.01, σ = 0.25, δt = 0.01: 0.287136
    short, 0.206284 long.
    """
    number = math.sqrt(2.0 / math.pi) * round_trip_cost / (vol * math.sqrt(interval))
    variance = 1.0 - number if is_long else 1.0 + number
    return vol * math.sqrt(variance) if variance > 0.0 else math.nan


_OVERSHOOT_TAIL = ((0.0, 1.0), (0.5, 0.46), (1.0, 0.18), (1.5, 0.061), (2.0, 0.017))


def overshoot_probability(distance: float) -> float:
    """P(overshoot at detection > distance·v√Δt): 0.46 / 0.18 / 0.061 / 0.017 at 0.5 / 1 / 1.5 / 2.

    Log-linear between the simulated points, and at the last slope beyond.
    """
    for (low, upper), (high, lower) in pairwise(_OVERSHOOT_TAIL):
        if distance <= high or high == _OVERSHOOT_TAIL[-1][0]:
            slope = math.log(lower / upper) / (high - low)
            return upper * math.exp(slope * (distance - low))
    raise AssertionError("the table has at least two points")
