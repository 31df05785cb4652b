"""The plainest surface: straight lines through the quoted out-of-the-money mids of each expiry."""

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats, Ints
from gex.forward import ForwardCurve
from gex.implied import VolStatus
from gex.kernels.smile import broken_line
from gex.quote_vols import QuoteVols
from gex.quotes import Quotes
from gex.surface.protocol import SurfaceModel


class SmileSource(enum.IntEnum):
    """What the volatilities of an expiry come from."""

    NONE = 0  # nothing: its options cannot be priced
    QUOTES = 1  # mids of its own out-of-the-money quotes
    PRINTED = 2  # no usable quote: the volatilities that the source prints for its out-of-the-money options
    MIXED = 3  # quotes at some strikes, printed volatilities at those without any quote
    INFERRED = 4  # nothing of its own that can be used: between other expiries, or carried on from an earlier surface


@dataclass(frozen=True, eq=False, kw_only=True)
class BrokenLineSurface:
    """One volatility per (expiry, log-moneyness), call and put alike; linear between knots, flat beyond the outermost.

    It follows every quote and proves nothing: not certified free of arbitrage, and nothing between expiries.
    """

    forwards: ForwardCurve
    start: Ints  # (expiry_count + 1,): expiry j has the knots start[j] to start[j + 1]
    knot: Floats  # log-moneyness, ascending within an expiry
    knot_vol: Floats
    source: npt.NDArray[np.int8]  # SmileSource, one per expiry

    @property
    def model(self) -> SurfaceModel:
        """BROKEN_LINE."""
        return SurfaceModel.BROKEN_LINE

    @property
    def is_certified(self) -> Bools:
        """False for every expiry: a broken line has kinks that no certificate admits."""
        return np.zeros(len(self.forwards), np.bool_)

    @property
    def rungs(self) -> tuple[str, ...]:
        """Empty for every expiry: nothing is proven."""
        return ("",) * len(self.forwards)

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """Black volatility at ln(strike/forward), decimal per √year; arrays broadcast, NaN where there is no slice."""
        piece, x = np.broadcast_arrays(np.asarray(expiry, np.int64), np.asarray(log_moneyness, np.float64))
        out = np.empty(x.size)
        broken_line(self.start, self.knot, self.knot_vol, np.ravel(piece), np.ravel(x), out)
        return out.reshape(x.shape)

    def total_variance(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """w = vol² · time_to_expiry; NaN where the expiry has no slice."""
        w: Floats = self.vol(expiry, log_moneyness) ** 2 * self.forwards.time_to_expiry[expiry]
        return w

    def slice_rows(self, expiry: int) -> tuple[Floats, Floats, float]:
        """(knots, coefficients, left slope 0): w = (a + bu)²T from each knot to the next, constant outside."""
        here = slice(int(self.start[expiry]), int(self.start[expiry + 1]))
        knot, vol, time = self.knot[here], self.knot_vol[here], float(self.forwards.time_to_expiry[expiry])
        coefficient = np.zeros((len(knot), 4))
        coefficient[:, 0] = vol**2 * time
        if len(knot) > 1:
            width = np.diff(knot)
            slope = np.divide(np.diff(vol), width, out=np.zeros(len(width)), where=width > 0.0)
            coefficient[:-1, 1] = 2.0 * vol[:-1] * slope * time
            coefficient[:-1, 2] = slope**2 * time
        return knot, coefficient, 0.0


def line_derivatives(
    surface: BrokenLineSurface, expiry: npt.NDArray[np.integer], log_moneyness: Floats
) -> tuple[Floats, Floats, Floats]:
    """(σ, ∂σ/∂k, ∂²σ/∂k²) to the right of each point, columns of one length: the second is 0, or is not there at a knot."""
    vol = surface.vol(expiry, log_moneyness)
    slope = np.zeros(len(vol))
    for j in np.unique(expiry):
        here = slice(int(surface.start[j]), int(surface.start[j + 1]))
        knot, mine = surface.knot[here], expiry == j
        if len(knot) < 2:
            continue
        width = np.diff(knot)
        of_piece = np.divide(np.diff(surface.knot_vol[here]), width, out=np.zeros(len(width)), where=width > 0.0)
        of_piece = np.concatenate([[0.0], of_piece, [0.0]])
        slope[mine] = of_piece[np.searchsorted(knot, log_moneyness[mine], side="right")]
    return vol, slope + 0.0 * vol, 0.0 * vol


def fit_broken_line(quotes: Quotes, vols: QuoteVols, forwards: ForwardCurve) -> BrokenLineSurface:
    """The surface through the mid volatilities of the out-of-the-money quotes with a bid.

    At a strike without any quote the volatility that the source prints for its out-of-the-money option stands in, and
    `source` says so. In-the-money prints are often failed inversions (0.02 and the like) and are never used, nor is a
    print beside an ask without a bid: the option is worth too little to tell.
    """
    priceable = np.isfinite(forwards.forward) & (forwards.time_to_expiry > 0.0)
    candidate = vols.is_out_of_the_money & priceable[quotes.expiry]
    quoted = candidate & (vols.status == VolStatus.OK) & np.isfinite(vols.mid_vol)
    printed = candidate & (quotes.source_vol > 0.0) & np.isnan(quotes.bid) & np.isnan(quotes.ask)
    used = quoted | printed
    vol = np.where(quoted, vols.mid_vol, quotes.source_vol)[used]
    expiry = quotes.expiry[used].astype(np.int64)
    log_moneyness = np.log(quotes.strike[used] / forwards.forward[expiry])
    order = np.lexsort((log_moneyness, expiry))
    count = len(quotes.expiries)
    has_quotes = np.bincount(quotes.expiry[quoted], minlength=count) > 0
    has_prints = np.bincount(quotes.expiry[printed], minlength=count) > 0
    return BrokenLineSurface(
        forwards=forwards,
        start=np.searchsorted(expiry[order], np.arange(count + 1)).astype(np.int64),
        knot=log_moneyness[order],
        knot_vol=vol[order],
        source=(has_quotes * SmileSource.QUOTES + has_prints * SmileSource.PRINTED).astype(np.int8),
    )
