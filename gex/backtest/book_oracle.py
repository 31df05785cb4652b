"""The dynamic programme for a recorded book: the best policy of a seller who knows the first chain and the model alone.

It is what can be computed of an optimum before the market moves. Spot is a martingale of the book's own volatility; nothing
recorded after the first instant enters but the clock.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from gex.backtest.held_options import HeldOptions
from gex.backtest.oracle import quadratures
from gex.backtest.recording import Recording
from gex.calendar import YEAR
from gex.columns import Bools, Floats, frozen
from gex.errors import InputError
from gex.kernels.oracle import expected_log, trade_optimally
from gex.portfolio.linear import LinearKind

OPTIMUM_LOW, OPTIMUM_HIGH = "optimum_low", "optimum_high"  # signals: the no-trade set of the hedge, units
_ABSCISSAE = 11
_INSTANT = 1e-9  # years, 30 ms: what two ways of reckoning one instant may differ by


@dataclass(frozen=True, kw_only=True)
class BookOracleSettings:
    """The grids: nodes of ln S over ± `reach` sd of the whole span, steps of the hedge over what the book can need."""

    node_count: int = 401
    hedge_count: int = 301
    reach: float = 6.0


@dataclass(frozen=True, eq=False, kw_only=True)
class BookOptimum:
    """The no-trade set at (instant, node) of ln(price/first price); units of underlying at the price of the node."""

    log_price: Floats
    first_price: float
    lower: Floats
    upper: Floats
    delta: Floats  # of the book in the model, net of premium where settled in coin
    certainty_cost: float  # (1/γ) log E exp(−γ·profit) from no hedge, closed at the end; currency


def book_optimum(
    recording: Recording, risk_aversion: float, settings: BookOracleSettings | None = None
) -> BookOptimum | str:
    """The optimal policy under exponential utility and the first instant's proportional cost; a str says why there is none.

    Every later look is a chance to trade; the hedge left at the last one is closed at full cost, the options left are
    worth what Black says at their first volatility. Lots, tickets and the limits of depth are not in it.
    """
    options = recording.options
    if options is None:
        return "the book's options are not recorded one by one"
    if not options.is_alive[0].all() or not np.isfinite(options.vol[0]).all():
        return "an option of the book has no volatility at the first instant"
    if recording.terms.ticket > 0.0:
        return "a ticket is not proportional"
    if recording.terms.average_daily_volume is not None:
        return "impact is not proportional"
    if not 0.0 < risk_aversion < math.inf:
        raise InputError(f"risk_aversion: expected a positive number, got {risk_aversion}")
    grid = settings or BookOracleSettings()
    is_inverse = recording.terms.kind is LinearKind.INVERSE
    price = float(recording.price[0])
    gross = float(np.abs(options.units).sum())
    aversion, cost = risk_aversion * gross * price, recording.cost_rate(0)
    elapsed = (recording.time - recording.time[0]) / YEAR
    vol = float(recording.vol[0])
    span = vol * math.sqrt(float(elapsed[-1]))
    log_price = frozen(np.linspace(-grid.reach * span, grid.reach * span, grid.node_count | 1))
    low, high = _range(options, span if is_inverse else 0.0)
    hedge = frozen(np.linspace(low, high, grid.hedge_count))
    smooth, kinked = quadratures(_ABSCISSAE)
    spot = np.exp(log_price)
    closing = aversion * cost * np.abs(hedge)[None] * (np.ones_like(spot) if is_inverse else spot)[:, None]
    worth = _worth(options, price, gross, spot, float(elapsed[-1])).value
    value = closing - aversion * worth[:, None]
    count = len(elapsed) - 1
    expected, spare = np.empty_like(value), np.empty_like(value)
    lower, upper = np.empty((count + 1, len(spot))), np.empty((count + 1, len(spot)))
    delta = np.zeros_like(lower)
    lower[-1] = upper[-1] = 0.0
    for step in range(count - 1, -1, -1):
        now, then = float(elapsed[step]), float(elapsed[step + 1])
        ended = (options.years[0] > now + _INSTANT) & (options.years[0] <= then + _INSTANT)
        if ended.any() and step + 1 < count:  # what they pay is not in the worth of those that live on
            value = value - aversion * _worth(options, price, gross, spot, then, only=ended).value[:, None]
        book = _worth(options, price, gross, spot, now)
        premium = book.value / spot if options.is_coin_settled else np.zeros_like(spot)
        delta[step] = book.delta - premium
        beside = -premium * (spot if is_inverse else 1.0)
        stdev = vol * math.sqrt(then - now)
        rule = kinked if ended.any() else smooth
        expected_log(
            value,
            log_price,
            hedge,
            frozen(beside),
            *rule,
            -0.5 * stdev * stdev,
            stdev,
            aversion,
            bool(ended.any()),
            is_inverse,
            expected,
        )
        trade_optimally(expected, log_price, hedge, cost, aversion, is_inverse, spare, lower[step], upper[step])
        value, spare = spare, value
    at_start = _worth(options, price, gross, np.ones(1), 0.0).value
    certainty = float(np.interp(0.0, hedge, value[len(spot) // 2])) / aversion + float(at_start[0])
    scale = gross / spot if is_inverse else np.full_like(spot, gross)
    return BookOptimum(
        log_price=log_price,
        first_price=price,
        lower=lower * scale,
        upper=upper * scale,
        delta=delta * gross,
        certainty_cost=certainty * gross * price,
    )


def with_optimum(
    recording: Recording, risk_aversion: float, settings: BookOracleSettings | None = None
) -> tuple[Recording, str]:
    """The recording with the optimum's no-trade set as signals, or as it was and why there is none.

    The set is laid round the delta of each instant as it lies round the model's own: volatilities that were quoted since
    the first instant move both.
    """
    found = book_optimum(recording, risk_aversion, settings)
    if isinstance(found, str):
        return recording, found
    place = np.log(recording.price / found.first_price)
    for name, table in ((OPTIMUM_LOW, found.lower), (OPTIMUM_HIGH, found.upper)):
        away = table + found.delta
        line = np.array([np.interp(x, found.log_price, row) for x, row in zip(place, away, strict=True)])
        recording = recording.with_signal(name, line - recording.delta)
    return recording, ""


def _range(options: HeldOptions, span: float) -> tuple[float, float]:
    """Least and greatest hedge the book can need, as a share of its gross units; three sd of price for inverse hedges."""
    share = options.units / np.abs(options.units).sum()
    factor = math.exp(3.0 * span) * float(np.nanmax(options.delta_factor[0]))
    most = float(np.maximum(-share * options.sign, 0.0).sum()) * factor
    least = float(np.minimum(-share * options.sign, 0.0).sum()) * factor
    pad = 0.05 * (most - least)
    return least - pad, most + pad


class _Book(NamedTuple):
    value: Floats  # at each node, share of gross · first price
    delta: Floats  # share of gross


def _worth(
    options: HeldOptions, price: float, gross: float, spot: Floats, elapsed: float, *, only: Bools | None = None
) -> _Book:
    """The book at each node: Black at the first volatilities. Options past their expiry are not in it.

    `only` keeps those it names, at what they pay.
    """
    left = options.years[0] - elapsed
    chosen = left >= -_INSTANT if only is None else only
    forward = options.forward[0][chosen] / price * spot[:, None]
    strike, sign = options.strike[chosen] / price, options.sign[chosen]
    stdev = options.vol[0][chosen] * np.sqrt(np.maximum(left[chosen], 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.log(forward / strike) / stdev + 0.5 * stdev
        value = sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - stdev)))
    is_live = stdev > 0.0
    value = options.discount[0][chosen] * np.where(is_live, value, np.maximum(sign * (forward - strike), 0.0))
    delta = options.delta_factor[0][chosen] * sign * np.where(is_live, ndtr(sign * d1), sign * (forward - strike) > 0.0)
    share = options.units[chosen] / gross
    return _Book(value @ share, delta @ share)
