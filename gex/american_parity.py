"""Put–call parity of American options: on what European options would cost at the same volatilities.

A forward needs European prices, early exercise needs the forward: they are found in turn. One pass takes the shares of
early exercise at the forwards of the last, turns both mids of every pair into European ones, and shifts the quoted
interval of C − P by the difference. The error of a forward shrinks by 0.07–0.15 a pass, so that the first passes may be
coarse: what a coarse grid misses, a tenth of the premium, the fine one that the last passes are made on puts right. A chain
without dividends needs no grid (`gex.early_exercise`), so that its second pass may be the last.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.american import CashDividends
from gex.columns import Bools, Floats, frozen
from gex.discount import PLAUSIBLE_RATE, SHORTEST, WORST_STANDARD_ERROR, DiscountCurve, zero_rates
from gex.dividends import CarryFit, carry_of, held_borrow, implied_borrow, with_amounts
from gex.early_exercise import Carry, node_shares
from gex.kernels.american_pairs import kept_pairs, lay_pass, read_pass, shown_rate_gap
from gex.kernels.early_exercise import COARSE, FINE
from gex.parity import ParityForwards, ParityPairs, allowed_forwards, shown_discount_factors

PASS_CAP = 8
COARSE_PASSES = 2  # at least; more while the rate is looked for
FINE_PASSES = 3  # at least, where the rate does not settle
SETTLED = 0.1  # half widths of the box, or standard errors: a forward that moves less is found
NODE_COUNT = 12  # of the table of a pass
DEEPEST = 2.5  # deviations in the money; a forward is made of pairs within 1.5


FIRST_RATE = 0.04  # where the search for the rate begins
LEAST_RATE = -0.02
RATE_SETTLED = 1e-4
COARSE_RATE_SETTLED = 1e-3
RELAXATION = 0.6  # what is shown less what is put in falls by 0.3–0.8 where the rate rises by one
LEAST_SLOPE, MOST_SLOPE = 0.3, 1.0  # of that fall as two passes show it
LEAST_MOVE = 3e-4  # of the rate, between two passes that show the slope
LEVER = 0.4  # of the chains looked at SPY 0.35, AMD 0.43, QQQ 0.8
LEAST_RATE_ERROR = 2e-4  # no slope is better than two basis points

_LOW = float(np.arcsinh(-DEEPEST))
_SPACING = -2.0 * _LOW / (NODE_COUNT - 1)
_DEPTH = frozen(np.sinh(_LOW + _SPACING * np.arange(NODE_COUNT)))
_OWN_VOL = frozen(np.ones(1))


@dataclass(frozen=True, kw_only=True)
class ImpliedRate:
    """One rate for all terms that American pairs imply; `standard_error` is infinite, and the rate 0, where none do."""

    rate: float  # per year
    standard_error: float

    @property
    def curve(self) -> DiscountCurve:
        """This rate for every term."""
        return DiscountCurve(
            is_implied=True,
            time=np.array([1.0]),
            zero_rate=np.array([self.rate]),
            standard_error=np.array([self.standard_error]),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class AmericanForwards:
    """Forwards of a chain whose American pairs were made European, and the carry they go with."""

    pairs: ParityPairs  # what is left of them, C − P shifted by the early exercise
    allowed: ParityForwards
    discount_factor: Floats  # per expiry: as given, or at the implied rate
    implied_rate: ImpliedRate | None  # where none was given
    borrow: Floats  # per expiry, per year: with the dividends of `fit` it makes the forward
    fit: CarryFit  # dividends, given or implied, and the borrow of all terms
    pass_count: int


def american_forwards(
    pairs: ParityPairs,
    american: Bools,
    spot: float,
    time: Floats,
    tick: Floats,
    *,
    discount_factor: Floats | None,
    dividends: CashDividends | None,
    ex_times: Floats,
) -> AmericanForwards:
    """Forwards of every expiry; European ones go through unchanged.

    `american` and `tick` are per expiry. Without `discount_factor` one rate for all terms is implied: that at which the
    pairs, made European at it, show it themselves. Without `dividends` they are implied by the forwards, with a first
    ex-date among `ex_times` (years; none: no dividend is looked for). Pairs with a leg within a tick of its exercise value,
    quoted or by the model, are left out, calls the day before an ex-date among them: their volatility is not defined.
    """
    raw = _worth_holding(pairs, american & (time > 0.0), spot, tick)
    found: ImpliedRate | None = None
    is_looking = discount_factor is None
    if discount_factor is None:
        found = ImpliedRate(rate=FIRST_RATE, standard_error=np.inf)
        discount_factor = np.exp(-FIRST_RATE * time)
    time, tick, is_american = frozen(time), frozen(tick), american.view()
    is_american.flags.writeable = False
    book = _Book.of(raw)
    allowed = allowed_forwards(raw, discount_factor)
    open_expiry = american & np.isfinite(allowed.forward) & (time > 0.0)
    fit, now, count, is_fine = CarryFit.nothing(), raw, 0, False
    earlier: _Shown | None = None
    rate = zero_rates(discount_factor, time)
    while open_expiry.any() and count < PASS_CAP:
        count += 1
        ladder, error = np.where(american, allowed.forward, np.nan), allowed.standard_error
        if dividends is not None:
            fit = carry_of(spot, time, ladder, error, rate, dividends=dividends)
        elif count <= 2 or len(fit.dividends) == 0:
            fit = carry_of(spot, time, ladder, error, rate, ex_times=ex_times)
        else:
            fit = with_amounts(spot, time, ladder, error, rate, fit.dividends.time)
        own = implied_borrow(spot, ladder, fit.dividends, rate, time)
        borrow = held_borrow(fit.borrow, spot, own, error, time)
        forward = np.where(open_expiry, ladder, np.nan)
        escrowed = forward * np.exp(-(rate - borrow) * time)
        carry = Carry(frozen(escrowed), frozen(rate), frozen(borrow), time, fit.dividends)
        on_grid = book.renew(forward, carry, frozen(discount_factor), spot, tick, FINE if is_fine else COARSE)
        is_fine |= count > 1 and not on_grid  # boundaries are fine from the first, carry once the pairs are European
        now = book.pairs(raw)
        settled = True
        if found is not None and is_looking:
            last_rate = found.rate
            found, earlier = _next_rate(now, found.rate, is_american, time, earlier)
            settled = abs(found.rate - last_rate) < (RATE_SETTLED if is_fine else COARSE_RATE_SETTLED)
            discount_factor = np.exp(-found.rate * time)
            rate = zero_rates(discount_factor, time)
        last, allowed = allowed, allowed_forwards(now, discount_factor)
        doubt = np.maximum(np.maximum(0.5 * (allowed.upper - allowed.lower), allowed.standard_error), 1e-5 * spot)
        moved = np.abs(allowed.forward - last.forward) > SETTLED * doubt
        if is_fine and settled:
            is_looking = False
            open_expiry &= moved
        is_fine |= (count >= COARSE_PASSES and settled) or count >= PASS_CAP - FINE_PASSES
    return AmericanForwards(
        pairs=now,
        allowed=allowed,
        discount_factor=discount_factor,
        implied_rate=found,
        borrow=implied_borrow(spot, allowed.forward, fit.dividends, rate, time),
        fit=fit,
        pass_count=count,
    )


@dataclass(frozen=True)
class _Shown:
    """What the pairs showed less what was put in, and the slope that the steps so far have shown."""

    rate: float
    gap: float
    slope: float


def _next_rate(
    pairs: ParityPairs, rate: float, american: Bools, time: Floats, earlier: _Shown | None
) -> tuple[ImpliedRate, _Shown | None]:
    """A step towards the rate at which what the pairs show is what they were made European with, and what it rests on.

    What they show moves by 0.2 to 0.7 of what is put in, so that the plain iteration converges but slowly: from the second
    pass on the step is the secant's. An error of what is shown is an error of the rate 1/LEVER times as large.
    """
    shown = shown_discount_factors(pairs)
    limits = (SHORTEST, WORST_STANDARD_ERROR, PLAUSIBLE_RATE, LEAST_RATE_ERROR)
    mean, error = shown_rate_gap(shown.discount_factor, shown.standard_error, rate, time, american, *limits)
    if not np.isfinite(error):
        return ImpliedRate(rate=0.0, standard_error=np.inf), None
    slope = RELAXATION if earlier is None else earlier.slope
    if earlier is not None and abs(rate - earlier.rate) > LEAST_MOVE:
        slope = min(max((earlier.gap - mean) / (rate - earlier.rate), LEAST_SLOPE), MOST_SLOPE)
    step = min(max(mean / slope, -0.02), 0.02)
    following = min(max(rate + step, LEAST_RATE), PLAUSIBLE_RATE)
    return ImpliedRate(rate=following, standard_error=error / LEVER), _Shown(rate, mean, slope)


def _worth_holding(pairs: ParityPairs, american: Bools, spot: float, tick: Floats) -> ParityPairs:
    """Without American pairs of which a leg costs no more than a tick above its exercise value."""
    least = tick[pairs.expiry]
    held = (pairs.call_mid - np.maximum(spot - pairs.strike, 0.0) > least) & (
        pairs.put_mid - np.maximum(pairs.strike - spot, 0.0) > least
    )
    return pairs.kept(held | ~american[pairs.expiry])


@dataclass(frozen=True, eq=False)
class _Book:
    """Every raw pair, its shares of early exercise, and whether it is used; a pass renews them in place."""

    start: npt.NDArray[np.int64]
    strike: Floats
    call_mid: Floats
    put_mid: Floats
    share: npt.NDArray[np.float64]  # [call or put, row]
    is_kept: Bools

    @classmethod
    def of(cls, raw: ParityPairs) -> "_Book":
        """Before the first pass: no early exercise, all in use."""
        rows = len(raw)
        mids = frozen(raw.call_mid), frozen(raw.put_mid)
        return cls(raw.start, raw.strike, *mids, np.zeros((2, rows)), np.ones(rows, np.bool_))

    def renew(
        self, forward: Floats, carry: Carry, discount_factor: Floats, spot: float, tick: Floats, grid: tuple[int, int]
    ) -> bool:
        """The shares of those expiries that there is a forward for; True where any of them needed `grid`."""
        expiries = len(forward)
        forward = frozen(np.where(np.isfinite(carry.borrow) & (carry.spot > 0.0), forward, np.nan))
        rows = (self.start, self.strike, self.call_mid, self.put_mid)
        vol, stdev = np.empty(len(self.strike)), np.empty(expiries)
        strike, node_vol = np.empty((2, expiries, 2, NODE_COUNT))
        lay_pass(*rows, self.share, forward, carry.time, discount_factor, _DEPTH, vol, stdev, strike, node_vol)
        wanted = np.broadcast_to((stdev > 0.0)[:, None, None], strike.shape)
        strike.flags.writeable = node_vol.flags.writeable = False
        table = np.zeros((expiries, 2, NODE_COUNT, 3))  # at one volatility each: no slope in it
        table[..., :1], on_grid = node_shares(carry, strike, node_vol, _OWN_VOL, wanted, grid)
        table.flags.writeable = False
        read_pass(
            *rows, frozen(vol), forward, frozen(stdev), _LOW, _SPACING, node_vol, table, discount_factor, spot, tick,
            self.share, self.is_kept,
        )  # fmt: skip
        return on_grid

    def pairs(self, raw: ParityPairs) -> ParityPairs:
        """The pairs in use, with European C − P."""
        start, kept = np.empty(len(self.start), np.int64), np.empty((4, len(self.strike)))
        rows = (self.start, self.strike, raw.half_width, raw.straddle, self.call_mid, self.put_mid)
        kept_pairs(*rows, self.share, self.is_kept, start, kept)
        kept = kept[:, : start[-1]]
        start.flags.writeable = kept.flags.writeable = False
        names = ("strike", "call_less_put", "half_width", "straddle")
        columns = dict(zip(names, kept, strict=True))
        return ParityPairs(start=start, is_inverse=raw.is_inverse, **columns)
