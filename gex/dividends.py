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
from gex.kernels.carry import first_date_losses, huber_fit, implied_borrows

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
        paid = _paid(ladder, dividends.time) @ dividends.amount
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


def _paid(ladder: _Ladder, when: Floats) -> Floats:
    """[expiry, dividend]: present value of 1 paid at each ex-date before the expiry."""
    return np.where(when[None, :] < ladder.time[:, None], np.exp(-ladder.rate[:, None] * when[None, :]), 0.0)


def _design(ladder: _Ladder, when: Floats) -> Floats:
    """Columns: spot offset (it lowers S − F·e^(−rT) where the true spot is higher), borrow, one per dividend."""
    return np.column_stack([-np.ones_like(ladder.time), ladder.spot * ladder.time, _paid(ladder, when)])


def _fit(design: Floats, ladder: _Ladder, drift: float | None = None) -> tuple[Floats, float]:
    """(parameters, loss) of Huber-weighted least squares. The spot offset is held to nought by SPOT_DOUBT; with `drift`
    (currency) the parameters from the third on are held to their neighbours.
    """
    rows, errors = _held(design.shape[1], ladder.spot, drift)
    matrix = np.vstack([design / ladder.doubt[:, None], rows / errors[:, None]])
    target = np.append(ladder.step / ladder.doubt, np.zeros(len(errors)))
    found = np.empty(design.shape[1])
    return found, huber_fit(frozen(matrix), frozen(target), len(ladder.step), found)


def _held(count: int, spot: float, drift: float | None) -> tuple[Floats, Floats]:
    """(rows, errors) of what is known beforehand, as observations of nought."""
    chain = max(count - 3, 0) if drift is not None else 0
    rows = np.zeros((1 + chain, count))
    rows[0, 0] = 1.0
    for i in range(chain):
        rows[1 + i, 2 + i], rows[1 + i, 3 + i] = -1.0, 1.0
    return rows, np.append(SPOT_DOUBT * spot, np.full(chain, drift if drift is not None else 1.0))


def _amounts(ladder: _Ladder, when: Floats, given: CashDividends | None = None) -> CarryFit:
    """Borrow, and every dividend by itself, held to its neighbours."""
    design = _design(ladder, when)
    drift = None
    if len(when):
        together = np.column_stack([design[:, :2], design[:, 2:].sum(axis=1)])
        drift = AMOUNT_DRIFT * max(float(_fit(together, ladder)[0][2]), 1e-6 * ladder.spot)
    found, _ = _fit(design, ladder, drift)
    rows, errors = _held(design.shape[1], ladder.spot, drift)
    information = np.vstack([design / ladder.doubt[:, None], rows / errors[:, None]])
    scatter = float(np.mean(((ladder.step - design @ found) / ladder.doubt) ** 2))
    spread = np.sqrt(np.diag(np.linalg.pinv(information.T @ information)) * max(1.0, scatter))
    implied = CashDividends(time=when, amount=np.maximum(found[2:], 0.0))
    return CarryFit(
        dividends=given if given is not None else implied,
        amount_error=spread[2:] if given is None else np.zeros(len(given)),
        borrow=float(found[1]),
        borrow_error=float(spread[1]),
        spot_offset=float(found[0]),
    )


def held_borrow(common: float, spot: float, borrow: Floats, error: Floats, time: Floats) -> Floats:
    """The borrow of each term, drawn to that of all terms by what its own forward leaves open.

    Over days an error of a tick in forward or spot is a borrow of several percent a year, which would make early exercise
    worth something it is not. `common` is that of all terms, `error` is that of the forwards, currency.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        own = ((error / spot) ** 2 + SPOT_DOUBT**2) / time**2
    share = BORROW_SPREAD**2 / (BORROW_SPREAD**2 + np.where(np.isfinite(own), own, np.inf))
    return np.where(np.isfinite(borrow), common + share * (borrow - common), common)


def no_dividends() -> CashDividends:
    """An underlying that pays none."""
    return _NO_DIVIDENDS
