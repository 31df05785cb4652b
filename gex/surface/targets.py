"""What the slices of a surface are fitted to: total variances of bids, middles and asks out of the money."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats, Ints
from gex.forward import ForwardCurve
from gex.implied import VolStatus
from gex.kernels.target_rows import PRINTED, QUOTED, choose, classify, order_rows, variances
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
    age_seconds: Floats | None = None  # per slice: median age of its quotes, NaN where no quote says its time

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
            age_seconds=None if self.age_seconds is None else self.age_seconds[index],
        )


def filtered_quotes(quotes: Quotes, vols: QuoteVols) -> Bools:
    """The rows that make the smile: out of the money, bid of at least one tick, ask of at most four bids, both with a
    volatility. The gate of every figure about the share inside bid and ask.
    """
    tick = quotes.expiry_terms.tick[quotes.expiry]
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
    count, rows = len(slices), len(quotes)
    rank = np.full(len(forwards), -1, np.int64)
    rank[slices] = np.arange(count)
    slice_of = rank[quotes.expiry]
    tick = quotes.expiry_terms.tick
    kind, kinds = np.empty(rows, np.int8), np.zeros((count, PRINTED + 1), np.int64)
    is_ok = vols.status == VolStatus.OK
    classify(
        slice_of, vols.is_out_of_the_money, is_ok, quotes.bid, quotes.ask, vols.bid_vol, vols.mid_vol, vols.ask_vol,
        quotes.source_vol, tick[quotes.expiry], WIDEST, kind, kinds,
    )  # fmt: skip
    quoted_count, printed_count = kinds[:, QUOTED], kinds[:, PRINTED]
    prefers_prints = printed_count > quoted_count
    start = _starts(kinds[:, 1:].sum(axis=1))
    row = np.empty(int(start[-1]), np.int64)
    order_rows(slice_of, quotes.strike, kind, start, row)
    kept = np.empty(len(row), np.bool_)
    choose(kind, quotes.right, start, row, ZERO_BIDS, prefers_prints, kept)
    start = _starts(np.add.reduceat(np.append(kept, False), start[:-1]) * (np.diff(start) > 0)) if count else start
    row = row[kept]

    inverse = quotes.expiry_terms.is_inverse
    tick_price = tick * np.where(inverse, forwards.forward, 1.0 / forwards.discount_factor)
    k, low, middle, high, weight = np.empty((5, len(row)))
    money, age = np.empty((2, count))
    variances(
        kind, start, row, quotes.expiry, quotes.strike, vols.bid_vol, vols.ask_vol, quotes.source_vol, _age_seconds(quotes),
        forwards.forward, forwards.time_to_expiry, tick_price, PRINT_HALF_WIDTH, AGE_SECONDS, SPREAD_FLOOR,
        k, low, middle, high, weight, money, age,
    )  # fmt: skip
    return SurfaceTargets(
        expiry=slices,
        start=start,
        log_moneyness=k,
        low=low,
        middle=middle,
        high=high,
        weight=weight,
        row=row,
        money=money,
        source=((quoted_count > 0) * SmileSource.QUOTES + prefers_prints * SmileSource.PRINTED).astype(np.int8),
        age_seconds=age,
    )


def _starts(lengths: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _age_seconds(quotes: Quotes) -> Floats:
    """NaN where the source says no time."""
    age = (quotes.as_of - quotes.quoted_at) / np.timedelta64(1, "s")
    return np.maximum(age, 0.0)
