"""Carry between spot and forward: cash dividends and borrow, given by the caller or implied by a ladder of forwards.

Escrowed dividends: the spot less the present value of those before expiry, S* = S − Σ D_i e^(−(r − b)t_i), grows at r − b,
so F = S*·e^((r − b)T) = S·e^((r − b)T) − Σ D_i e^((r − b)(T − t_i)). `borrow` b is what lending the underlying earns; where
no dividends are known it is the dividend yield as well.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from gex.american import CashDividends
from gex.columns import Floats, frozen
from gex.kernels.carry import carry_fit, first_date_losses, held_borrows, implied_borrows

QUARTER = 91.0 / 365.0  # years between the dividends of one underlying: thirteen weeks
LARGEST_YEARLY_YIELD = 0.2  # dividends a year over spot; more is no dividend but a broken spot
SPOT_DOUBT = 4e-4  # standard deviation of ln of a spot that is not of the same instant as the quotes
LEAST_ERROR = 3e-5  # of a forward, relative
BORROW_NOISE = 5e-4  # per year: how far the borrow of one term may stray from that of the others
BORROW_SPREAD = 1e-2  # per year: standard deviation of the borrow of one term about that of all
AMOUNT_DRIFT = 0.1  # standard deviation of ln of one dividend over the one before
ACCEPTED_GAIN = 20.0  # in χ², over its scatter: SPY and QQQ show 27 to 50, what is no dividend at most 13
_NO_DIVIDENDS = CashDividends(time=np.empty(0), amount=np.empty(0))


@dataclass(frozen=True, kw_only=True)
class CarryFit:
    """Dividends and one borrow for all terms that explain a ladder of forwards, with standard errors.

    `spot_offset` is what the quotes say the spot is, less the spot given: the two are not always of one instant.
    """

    dividends: CashDividends
    amount_error: Floats  # currency, one per dividend
    borrow: float  # per year
    borrow_error: float
    spot_offset: float  # currency

    @classmethod
    def nothing(cls) -> "CarryFit":
        """Where no forward says anything: no dividends, no borrow, both unknown."""
        return cls(dividends=no_dividends(), amount_error=np.empty(0), borrow=0.0, borrow_error=np.inf, spot_offset=0.0)


def present_value(dividends: CashDividends | None, growth: Floats | float, time: Floats, *, power: int = 0) -> Floats:
    """Σ D_i·t_i^power·e^(−growth·t_i) of the dividends before each `time` (years), in currency.

    2.00 in half a year at 5 % is worth 1.9506 to an expiry in a year and nothing to one in three months.
    """
    if dividends is None or len(dividends) == 0:
        return np.zeros_like(time)
    when = dividends.time
    counts = (when[None, :] > 0.0) & (when[None, :] < time[:, None])
    term = dividends.amount * when**power * np.exp(-np.broadcast_to(growth, time.shape)[:, None] * when)
    return np.asarray(np.where(counts, term, 0.0).sum(axis=1))


def escrowed_spot(spot: float, dividends: CashDividends | None, rate: Floats, borrow: Floats, time: Floats) -> Floats:
    """S*, the spot less the present value of the dividends before each expiry; never below a tenth of the spot."""
    return np.maximum(spot - present_value(dividends, rate - borrow, time), 0.1 * spot)


def carried_forward(spot: float, dividends: CashDividends | None, rate: Floats, borrow: Floats, time: Floats) -> Floats:
    """F = S*·e^((r − b)T), currency. S 100, r 5 %, b 2 %, 0.25 at 0.12 and at 0.37, T ½: 101.007463."""
    return escrowed_spot(spot, dividends, rate, borrow, time) * np.exp((rate - borrow) * time)


def implied_borrow(spot: float, forward: Floats, dividends: CashDividends | None, rate: Floats, time: Floats) -> Floats:
    """The borrow (per year) that makes each forward its carried one; NaN where there is no forward or no time."""
    paid = dividends if dividends is not None else no_dividends()
    out = np.empty(len(time))
    implied_borrows(spot, frozen(forward), frozen(rate), frozen(time), paid.time, paid.amount, out)
    return out


def carry_of(
    spot: float,
    time: Floats,
    forward: Floats,
    error: Floats,
    rate: Floats,
    *,
    dividends: CashDividends | None = None,
    ex_times: Floats | None = None,
    interval: float = QUARTER,
) -> CarryFit:
    """Dividends and borrow behind a ladder of forwards (one row per expiry, NaN where there is none).

    S − F·e^(−rT) is a staircase: it jumps by the present value of a dividend between the expiries on both sides of the
    ex-date and rises by the borrow between the jumps. With `dividends` only the borrow is found. Otherwise `ex_times` are
    the instants (years) at which the first dividend may go ex; the others follow by `interval`, amounts drifting by
    AMOUNT_DRIFT from one to the next. Where several first dates explain the ladder equally well (no expiry between them)
    it is the middle one; where dividends do not explain it clearly better than borrow alone there are none.
    """
    known = np.flatnonzero(np.isfinite(forward) & (time > 0.0) & np.isfinite(error))
    ladder = _Ladder.of(spot, *(c[known] for c in (time, forward, error, rate)))
    if len(known) == 0:
        nothing = CarryFit.nothing()
        return nothing if dividends is None else dataclasses.replace(nothing, dividends=dividends)
    if dividends is not None:
        paid = present_value(dividends, ladder.rate, ladder.time)
        return _amounts(dataclasses.replace(ladder, step=ladder.step - paid), np.empty(0), dividends)
    when = _first_date(ladder, ex_times, interval) if ex_times is not None and len(known) >= 4 else None
    last = float(ladder.time.max())
    return _amounts(ladder, _dates(when, last, interval) if when is not None else np.empty(0))


def with_amounts(spot: float, time: Floats, forward: Floats, error: Floats, rate: Floats, when: Floats) -> CarryFit:
    """As `carry_of`, for ex-dates that are known and amounts that are not."""
    known = np.flatnonzero(np.isfinite(forward) & (time > 0.0) & np.isfinite(error))
    return _amounts(_Ladder.of(spot, *(c[known] for c in (time, forward, error, rate))), when)


@dataclass(frozen=True)
class _Ladder:
    """What the fits see: S − F·e^(−rT), and how far each of them may be off."""

    spot: float
    time: Floats
    rate: Floats
    step: Floats
    doubt: Floats

    @classmethod
    def of(cls, spot: float, time: Floats, forward: Floats, error: Floats, rate: Floats) -> "_Ladder":
        discount = np.exp(-rate * time)
        doubt = np.sqrt((error * discount) ** 2 + (LEAST_ERROR * spot) ** 2 + (BORROW_NOISE * spot * time) ** 2)
        return cls(spot, time, rate, spot - forward * discount, doubt)


def _first_date(ladder: _Ladder, ex_times: Floats, interval: float) -> float | None:
    """The first ex-date that explains the ladder best, or None where borrow alone does."""
    first = ex_times[(ex_times > 0.0) & (ex_times <= interval)]
    if len(first) == 0:
        return None
    scores = np.empty(len(first))
    columns = (frozen(c) for c in (ladder.time, ladder.rate, ladder.step, ladder.doubt))
    without = first_date_losses(
        frozen(first), interval, ladder.spot, SPOT_DOUBT * ladder.spot, LARGEST_YEARLY_YIELD, *columns, scores
    )
    freedom = max(len(ladder.time) - 3, 1)
    if not without - scores.min() > ACCEPTED_GAIN * max(1.0, scores.min() / freedom):
        return None
    best = np.flatnonzero(scores == scores.min())
    return float(first[best[len(best) // 2]])


def _dates(first: float, last: float, interval: float) -> Floats:
    """Ex-dates from the first until the last expiry."""
    count = max(int(np.ceil((last - first) / interval)), 0)
    return np.asarray(first + interval * np.arange(count), np.float64)


def _amounts(ladder: _Ladder, when: Floats, given: CashDividends | None = None) -> CarryFit:
    """Borrow, and every dividend by itself, held to its neighbours."""
    found, spread = np.empty((2, 2 + len(when)))
    columns = (frozen(c) for c in (ladder.time, ladder.rate, ladder.step, ladder.doubt, when))
    carry_fit(ladder.spot, SPOT_DOUBT * ladder.spot, AMOUNT_DRIFT, *columns, found, spread)
    if given is None:
        given = CashDividends(time=when, amount=np.maximum(found[2:], 0.0)) if len(when) else no_dividends()
        error = spread[2:]
    else:
        error = np.zeros(len(given))
    return CarryFit(
        dividends=given,
        amount_error=error,
        borrow=float(found[1]),
        borrow_error=float(spread[1]),
        spot_offset=float(found[0]),
    )


def held_borrow(common: float, spot: float, borrow: Floats, error: Floats, time: Floats) -> Floats:
    """The borrow of each term, drawn to that of all terms by what its own forward leaves open.

    Over days an error of a tick in forward or spot is a borrow of several percent a year, which would make early exercise
    worth something it is not. `common` is that of all terms, `error` is that of the forwards, currency.
    """
    out = np.empty(len(time))
    held_borrows(common, spot, SPOT_DOUBT, BORROW_SPREAD, frozen(borrow), frozen(error), frozen(time), out)
    return out


def no_dividends() -> CashDividends:
    """An underlying that pays none."""
    return _NO_DIVIDENDS
