"""Put–call parity of American options: on what European options would cost at the same volatilities.

A forward needs European prices, early exercise needs the forward: they are found in turn. One pass takes the shares of
early exercise at the forwards of the last, turns both mids of every pair into European ones, and shifts the quoted
interval of C − P by the difference. The error of a forward shrinks by 0.07–0.15 a pass, so that the first passes may be
coarse: what a coarse grid misses, a tenth of the premium, the fine one that the last passes are made on puts right.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from gex.american import CashDividends
from gex.columns import Bools, Floats
from gex.discount import PLAUSIBLE_RATE, SHORTEST, WORST_STANDARD_ERROR, DiscountCurve, zero_rates
from gex.dividends import CarryFit, carry_of, held_borrow, implied_borrow, with_amounts
from gex.early_exercise import Smiles, Terms, share_table, terms_of
from gex.implied import implied_vol
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
    state = _Shifts(share=np.zeros((2, len(raw))), is_kept=np.ones(len(raw), np.bool_))
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
        terms = terms_of(time, np.where(open_expiry, ladder, np.nan), rate, borrow, fit.dividends)
        state = _shifts(raw, state, terms, discount_factor, spot, tick, FINE if is_fine else COARSE)
        now = _shifted(raw, state)
        settled = True
        if found is not None and is_looking:
            last_rate = found.rate
            found, earlier = _next_rate(now, found.rate, american, time, earlier)
            settled = abs(found.rate - last_rate) < (RATE_SETTLED if is_fine else COARSE_RATE_SETTLED)
            discount_factor = np.exp(-found.rate * time)
            rate = zero_rates(discount_factor, time)
        last, allowed = allowed, allowed_forwards(now, discount_factor)
        doubt = np.maximum(np.maximum(0.5 * (allowed.upper - allowed.lower), allowed.standard_error), 1e-5 * spot)
        with np.errstate(invalid="ignore"):
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
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = -np.log(shown.discount_factor) / time - rate
        error = np.hypot(shown.standard_error / (shown.discount_factor * time), LEAST_RATE_ERROR)
    known = american & (time > SHORTEST) & (error < WORST_STANDARD_ERROR) & (np.abs(gap + rate) < PLAUSIBLE_RATE)
    if not known.any():
        return ImpliedRate(rate=0.0, standard_error=np.inf), None
    gap, error = gap[known], error[known]
    middle = np.median(gap)
    weight = np.minimum(1.0, 2.0 * error / np.maximum(np.abs(gap - middle), 1e-12)) / error**2
    mean = float((weight * gap).sum() / weight.sum())
    scatter = float((weight * (gap - mean) ** 2).sum() / max(len(gap) - 1, 1))
    spread = np.sqrt(max(scatter, 1.0) / weight.sum()) / LEVER
    slope = RELAXATION if earlier is None else earlier.slope
    if earlier is not None and abs(rate - earlier.rate) > LEAST_MOVE:
        slope = min(max((earlier.gap - mean) / (rate - earlier.rate), LEAST_SLOPE), MOST_SLOPE)
    step = min(max(mean / slope, -0.02), 0.02)
    following = min(max(rate + step, LEAST_RATE), PLAUSIBLE_RATE)
    return ImpliedRate(rate=following, standard_error=float(spread)), _Shown(rate, mean, slope)


@dataclass(frozen=True, eq=False)
class _Shifts:
    """Of every raw pair: the shares of early exercise of call and put, and whether it is used."""

    share: Floats  # [call or put, row]
    is_kept: Bools


def _worth_holding(pairs: ParityPairs, american: Bools, spot: float, tick: Floats) -> ParityPairs:
    """Without American pairs of which a leg costs no more than a tick above its exercise value."""
    least = tick[pairs.expiry]
    held = (pairs.call_mid - np.maximum(spot - pairs.strike, 0.0) > least) & (
        pairs.put_mid - np.maximum(pairs.strike - spot, 0.0) > least
    )
    return pairs.kept(held | ~american[pairs.expiry])


def _shifted(raw: ParityPairs, state: _Shifts) -> ParityPairs:
    """The pairs in use, with European C − P."""
    call_less_put = raw.call_mid / (1.0 + state.share[0]) - raw.put_mid / (1.0 + state.share[1])
    return dataclasses.replace(raw, call_less_put=call_less_put).kept(state.is_kept)


def _shifts(
    raw: ParityPairs,
    state: _Shifts,
    terms: Terms,
    discount_factor: Floats,
    spot: float,
    tick: Floats,
    grid: tuple[int, int],
) -> _Shifts:
    """`state` with the rows of those expiries renewed that `terms` has a forward for."""
    rows = np.flatnonzero(terms.can_be_priced[raw.expiry])
    expiry, strike = raw.expiry[rows], raw.strike[rows]
    forward, time = terms.forward[expiry], terms.time[expiry]
    price = np.stack([raw.call_mid[rows], raw.put_mid[rows]])
    is_call = strike >= forward  # the leg out of the money says the volatility of both
    outside = np.where(is_call, *(price / (1.0 + state.share[:, rows])))
    vol = implied_vol(outside, forward, strike, time, np.where(is_call, 1, -1), discount_factor[expiry]).vol
    good = np.isfinite(vol) & (vol > 0.0)
    smile = Smiles.of(terms, expiry[good], strike[good], vol[good])
    table = share_table(terms, smile, NODE_COUNT, DEEPEST, (1.0,), shallowest=-DEEPEST, grid=grid)
    found = np.zeros((2, len(rows)))
    for side, sign in enumerate((1, -1)):
        found[side] = np.nan_to_num(table.at(expiry, strike, np.full(len(rows), sign, np.int8), vol))
    share, is_kept = state.share.copy(), state.is_kept.copy()
    share[:, rows] = found
    parity = discount_factor[expiry] * (forward - strike)
    european = price / (1.0 + found)
    inside = np.where(  # what the model says the leg in the money is worth above its exercise value
        is_call,
        (european[0] - parity) * (1.0 + found[1]) - (strike - spot),
        (european[1] + parity) * (1.0 + found[0]) - (spot - strike),
    )
    is_kept[rows] = good & ((inside > tick[expiry]) | ((strike >= forward) == (strike <= spot)))
    return _Shifts(share, is_kept)
