"""The exposure profile: what the dealers' gamma would be at other spots."""

from dataclasses import dataclass

import numpy as np

from gex.columns import Columns, Floats, column
from gex.exposure.flips import GammaFlip, SpotRange, base_levels, gamma_flips, near_dated_levels
from gex.exposure.lines import ExposureLines


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureProfile(Columns):
    """Gamma exposure over spot of one book, repriced line by line, with all its roots in the range.

    The smile moves with skew-stickiness ratio `skew_stickiness` (1: the volatility of each strike stays). The row at the
    spot of the chain holds the map's total. `flips` are exact roots, not interpolations of the rows.
    """

    skew_stickiness: float
    flips: tuple[GammaFlip, ...]

    spot: Floats = column(np.float64)  # levels, ascending
    gamma_exposure_per_percent: Floats = column(np.float64)  # currency per 1 % move, at that spot
    slope: Floats = column(np.float64)  # currency per 1 % per point


def exposure_profiles(
    lines: ExposureLines, weight: Floats, *, skew_stickiness: float = 1.0, span: SpotRange | None = None
) -> tuple[ExposureProfile, ...]:
    """One profile per row of `weight` (book_count, line_count; signed contracts × multiplier), on the same levels."""
    span = span or SpotRange()
    shown = base_levels(lines.spot, span)
    level = np.unique(np.concatenate([shown, _near_dated(lines, weight, span)]))
    exposure, slope = lines.gamma_exposure(level, weight, skew_stickiness=skew_stickiness)
    row = np.searchsorted(level, shown)
    profiles = []
    for book in range(len(weight)):

        def at(x: Floats, own: Floats = weight[book : book + 1]) -> tuple[Floats, Floats]:
            value, derivative = lines.gamma_exposure(x, own, skew_stickiness=skew_stickiness)
            return value[0], derivative[0]

        profiles.append(
            ExposureProfile(
                skew_stickiness=skew_stickiness,
                flips=gamma_flips(level, exposure[book], slope[book], at),
                spot=shown,
                gamma_exposure_per_percent=exposure[book][row],
                slope=slope[book][row],
            )
        )
    return tuple(profiles)


def _near_dated(lines: ExposureLines, weight: Floats, span: SpotRange) -> Floats:
    """The extra levels that narrow lobes of any book need."""
    stdev = np.nan_to_num(lines.vol) * np.sqrt(lines.time_to_expiry)
    with np.errstate(divide="ignore", invalid="ignore"):
        # x²Γ peaks where d1 = v: at x = K·e^{v²/2}·S/F, with height 0.01·M·w·K·D/(v√2π)
        centre = lines.strike * lines.spot / lines.forward * np.exp(0.5 * stdev**2)
        peak = np.abs(weight).max(axis=0) * lines.strike * lines.discount_factor / stdev
    return near_dated_levels(lines.spot, span, lines.expiry, centre, stdev, np.where(stdev > 0.0, peak, 0.0))
