"""How near a surface is to the quotes it was fitted to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gex.columns import Columns, Floats, Ints, column
from gex.surface.targets import SurfaceTargets

if TYPE_CHECKING:
    from gex.surface.certified import CertifiedSurface

ROUNDING = 1e-9  # of w: a quote touched is a quote met


@dataclass(frozen=True, eq=False, kw_only=True)
class FitQuality(Columns):
    """One row per expiry; errors against the middle, (σ_bid + σ_ask)/2, in basis points of volatility (0.0001)."""

    quote_count: Ints = column(np.int64)  # two-sided, out of the money, filtered
    share_inside: Floats = column(np.float64)  # of those, between bid and ask
    median_error_bp: Floats = column(np.float64)  # of |error|
    rmse_bp: Floats = column(np.float64)
    chi_square: Floats = column(np.float64)  # mean of ((w − w_mid)/half-spread)²

    @property
    def total_share_inside(self) -> float:
        """Over all quotes of the chain; NaN without quotes."""
        known = self.quote_count > 0
        total = int(self.quote_count.sum())
        return float((self.share_inside[known] * self.quote_count[known]).sum() / total) if total else float("nan")


def quote_errors(surface: "CertifiedSurface", targets: SurfaceTargets) -> tuple[Ints, Floats, Floats, Floats]:
    """(slice of each two-sided target, error in bp of vol, 1 where inside bid and ask, error in half-spreads)."""
    count = len(targets.expiry)
    piece = np.repeat(np.arange(count), np.diff(targets.start))
    two_sided = np.isfinite(targets.middle)
    piece = piece[two_sided]
    expiry = targets.expiry[piece]
    w = surface.total_variance(expiry, targets.log_moneyness[two_sided])
    low, middle, high = targets.low[two_sided], targets.middle[two_sided], targets.high[two_sided]
    time = surface.forwards.time_to_expiry[expiry]
    error = 1e4 * (np.sqrt(w / time) - np.sqrt(middle / time))
    inside = (w >= low * (1.0 - ROUNDING)) & (w <= high * (1.0 + ROUNDING))
    half = np.maximum(0.5 * (high - low), 1e-9 * middle)
    return piece, error, inside.astype(np.float64), (w - middle) / half


def fit_quality(surface: "CertifiedSurface", targets: SurfaceTargets | None) -> FitQuality:
    """The figures of every expiry; NaN where it has no two-sided quote."""
    count = len(surface.forwards)
    figures = np.full((4, count), np.nan)
    quote_count = np.zeros(count, np.int64)
    if targets is not None:
        piece, error, inside, half_spreads = quote_errors(surface, targets)
        for j, expiry in enumerate(targets.expiry):
            mine = piece == j
            quote_count[expiry] = mine.sum()
            if mine.any():
                figures[:, expiry] = (
                    inside[mine].mean(),
                    np.median(np.abs(error[mine])),
                    np.sqrt(np.mean(error[mine] ** 2)),
                    np.mean(half_spreads[mine] ** 2),
                )
    return FitQuality(
        quote_count=quote_count,
        share_inside=figures[0],
        median_error_bp=figures[1],
        rmse_bp=figures[2],
        chi_square=figures[3],
    )
