"""What the slices of a surface are fitted to: total variances of bids, middles and asks out of the money."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats, Ints
from gex.contracts import Payoff
from gex.forward import ForwardCurve
from gex.implied import VolStatus
from gex.kernels.slice_figures import slice_spreads_and_money
from gex.quote_vols import QuoteVols
from gex.quotes import Quotes
from gex.surface.broken_line import SmileSource

WIDEST = 4.0  # an ask above so many bids says nothing about the middle
ZERO_BIDS = 2  # asks without bids bound the smile until this many in a row, outward from the money
SPREAD_FLOOR = 0.1  # of the slice's median spread
PRINT_HALF_WIDTH = 0.05  # of a printed volatility: how far it is believed
AGE_SECONDS = 300.0  # a quote's weight falls by e in this time
DENSE = 8  # two-sided quotes from which an expiry is fitted by itself


@dataclass(frozen=True, eq=False, kw_only=True)
class SurfaceTargets:
    """Targets in the order of the slices (by time to settlement), ascending in log-moneyness within each.

    Total variances w = σ²T. `low` is 0 and `middle` NaN where there is no bid; `weight` is in 1/w², divided by the
    number of targets of the slice. `row` is the quote a target comes from.
    """

    expiry: Ints  # of each slice, index into forwards.expiries
    start: Ints  # (slice_count + 1,)
    log_moneyness: Floats
    low: Floats
    middle: Floats
    high: Floats
    weight: Floats
    row: Ints
    money: Floats  # per slice: total variance at the money that the targets show, NaN where they show none
    source: npt.NDArray[np.int8]  # SmileSource per slice

    def two_sided_count(self) -> Ints:
        """Per slice, the targets with a middle."""
        has_middle = np.concatenate([[0], np.cumsum(np.isfinite(self.middle))])
        counts: Ints = has_middle[self.start[1:]] - has_middle[self.start[:-1]]
        return counts

    def only(self, kept: Bools) -> "SurfaceTargets":
        """The targets of some of the slices."""
        index = np.flatnonzero(kept)
        lengths = np.diff(self.start)[index]
        rows = np.repeat(kept, np.diff(self.start))
        return SurfaceTargets(
            expiry=self.expiry[index],
            start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            log_moneyness=self.log_moneyness[rows],
            low=self.low[rows],
            middle=self.middle[rows],
            high=self.high[rows],
            weight=self.weight[rows],
            row=self.row[rows],
            money=self.money[index],
            source=self.source[index],
        )


def filtered_quotes(quotes: Quotes, vols: QuoteVols) -> Bools:
    """The rows that make the smile: out of the money, bid of at least one tick, ask of at most four bids, both with a
    volatility. The gate of every figure about the share inside bid and ask.
    """
    tick = np.array([e.contract.ticks[0][1] for e in quotes.expiries])[quotes.expiry]
    sound = vols.is_out_of_the_money & (vols.status == VolStatus.OK)
    sound &= (vols.bid_vol > 0.0) & (vols.mid_vol > 0.0) & np.isfinite(vols.ask_vol)
    sound &= (quotes.bid >= tick * (1.0 - 1e-9)) & (quotes.ask <= WIDEST * quotes.bid)
    return np.asarray(sound, np.bool_)


def surface_targets(quotes: Quotes, vols: QuoteVols, forwards: ForwardCurve) -> SurfaceTargets:
    """The targets of every expiry that can be priced; an expiry without any keeps an empty slice.

    Two-sided quotes by `filtered_quotes`; asks without bids as upper bounds; printed volatilities only at strikes
    without any quote, in expiries where they outnumber the quotes.
    """
    priceable = np.isfinite(forwards.forward) & (forwards.time_to_expiry > 0.0)
    slices = np.flatnonzero(priceable)
    slices = slices[np.argsort(forwards.time_to_expiry[slices], kind="stable")]
    rank = np.full(len(forwards), -1, np.int64)
    rank[slices] = np.arange(len(slices))
    slice_of_row = rank[quotes.expiry]
    usable = slice_of_row >= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.log(quotes.strike / forwards.forward[quotes.expiry])

    quoted = filtered_quotes(quotes, vols) & usable
    bounding = _bounding_asks(quotes, vols, k, slice_of_row, usable)
    printed = usable & vols.is_out_of_the_money & np.isnan(quotes.bid) & np.isnan(quotes.ask)
    printed &= (quotes.source_vol > 0.0) & np.isfinite(quotes.source_vol)
    count = len(slices)
    quoted_count = np.bincount(slice_of_row[quoted], minlength=count)
    printed_count = np.bincount(slice_of_row[printed], minlength=count)
    printed &= (printed_count > quoted_count)[slice_of_row]
    printed_count = np.where(printed_count > quoted_count, printed_count, 0)

    used = np.flatnonzero(quoted | bounding | printed)
    used = used[np.lexsort((k[used], slice_of_row[used]))]
    piece, is_print, is_bound = slice_of_row[used], printed[used], bounding[used]
    time = forwards.time_to_expiry[quotes.expiry[used]]
    print_vol = quotes.source_vol[used]
    bid_vol = np.where(is_print, print_vol * (1.0 - PRINT_HALF_WIDTH), np.where(is_bound, 0.0, vols.bid_vol[used]))
    ask_vol = np.where(is_print, print_vol * (1.0 + PRINT_HALF_WIDTH), vols.ask_vol[used])
    low, high = bid_vol**2 * time, ask_vol**2 * time
    middle = np.where(is_bound, np.nan, (0.5 * (bid_vol + ask_vol)) ** 2 * time)
    start = np.searchsorted(piece, np.arange(count + 1)).astype(np.int64)
    spread = _weighting_spread(quotes, forwards, used, k[used], 0.5 * (bid_vol + ask_vol), high - low, is_print)
    money = np.empty(count)
    slice_spreads_and_money(start, k[used], middle, spread, SPREAD_FLOOR, money)
    age = _age_seconds(quotes)[used]
    weight = np.exp(-age / AGE_SECONDS) / (spread**2 * np.maximum(np.diff(start), 1)[piece])
    quotes_here = (quoted_count > 0) * SmileSource.QUOTES
    return SurfaceTargets(
        expiry=slices,
        start=start,
        log_moneyness=k[used],
        low=low,
        middle=middle,
        high=high,
        weight=weight,
        row=used,
        money=money,
        source=(quotes_here + (printed_count > 0) * SmileSource.PRINTED).astype(np.int8),
    )


def _bounding_asks(quotes: Quotes, vols: QuoteVols, k: Floats, slice_of_row: Ints, usable: Bools) -> Bools:
    """Asks out of the money without a bid, from the money outward until the second in a row."""
    candidate = usable & vols.is_out_of_the_money
    no_bid = candidate & ~(quotes.bid > 0.0) & (vols.ask_vol > 0.0)
    if not no_bid.any():
        return no_bid
    index = np.flatnonzero(candidate & (no_bid | (quotes.bid > 0.0)))
    side = np.sign(quotes.right[index])
    order = index[np.lexsort((np.abs(k[index]), side, slice_of_row[index]))]
    key = slice_of_row[order] * 2 + (quotes.right[order] > 0)
    zero = no_bid[order]
    twice = zero.copy()
    twice[1:] &= zero[:-1] & (key[1:] == key[:-1])
    twice[0] = False
    stopped = np.concatenate([[0], np.cumsum(twice)])
    first = np.searchsorted(key, key)
    kept = zero & (stopped[1:] - stopped[first] < ZERO_BIDS) & (stopped[:-1] - stopped[first] < 1)
    mask = np.zeros(len(no_bid), np.bool_)
    mask[order[kept]] = True
    return mask


def _weighting_spread(
    quotes: Quotes, forwards: ForwardCurve, used: Ints, k: Floats, vol: Floats, spread: Floats, is_print: Bools
) -> Floats:
    """Spread in w, at least what one tick of price is worth in w (w moves by 2√w per unit of √w, vega by F n(d₊))."""
    expiry = quotes.expiry[used]
    time, forward = forwards.time_to_expiry[expiry], forwards.forward[expiry]
    root = np.maximum(vol, 1e-6) * np.sqrt(time)
    tick = np.array([e.contract.ticks[0][1] for e in quotes.expiries])[expiry]
    inverse = np.array([e.contract.payoff is Payoff.INVERSE for e in quotes.expiries], np.bool_)[expiry]
    tick = tick * np.where(inverse, forward, 1.0 / forwards.discount_factor[expiry])
    vega = forward * np.exp(-0.5 * (-k / root + 0.5 * root) ** 2) / np.sqrt(2.0 * np.pi)
    worth = np.minimum(2.0 * root * tick / np.maximum(vega, 1e-300), np.maximum(root**2, spread))
    return np.where(is_print, spread, np.maximum(spread, worth))


def _age_seconds(quotes: Quotes) -> Floats:
    age = (quotes.as_of - quotes.quoted_at) / np.timedelta64(1, "s")
    return np.where(np.isnan(age), 0.0, np.maximum(age, 0.0))
