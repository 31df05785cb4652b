"""What time and the market do to the state before anything is decided: marks, regimes, breaker, equity, shadow."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gex.hedging.engine.breaker import judged, kept
from gex.hedging.engine.config import EngineConfig, Indicator
from gex.hedging.engine.groups import CrossReading, PricedBook
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.regimes import observed, rule_of, with_verdict
from gex.hedging.engine.state import BookMark, EngineState, RegimeState, Samples, account_of, with_account

_HOUR = 3600.0


def nanoseconds(at: np.datetime64) -> int:
    """Since 1970."""
    return int(at.astype("datetime64[ns]").astype(np.int64))


def with_earlier_spots(state: EngineState, as_of: np.datetime64) -> EngineState:
    """The state whose realised volatility ends with the spots of decisions before `as_of`.

    The spot of now is not in it, so that the same inputs twice come to the same.
    """
    realised = dict(state.realised)
    for mark in state.marks:
        if mark.at is not None and mark.at < as_of:
            realised[mark.underlying] = state.realised_vol(mark.underlying).after(mark.spot, mark.at)
    return replace(state, realised=tuple(realised.items()))


def marked(state: EngineState, books: Mapping[str, PricedBook], inputs: EngineInputs) -> EngineState:
    """Profit of book and hedge since the last reading in the ledger, equity's highest, and the override's shadow.

    The book's profit is the change of its value where that is given, else Δ·dS + ½Γ·dS². The hedge's is of its accounts,
    coin at the spot of now.
    """
    ledger, marks = state.ledger, {mark.underlying: mark for mark in state.marks}
    known = {account.symbol for account in state.accounts}
    for priced in (p for book in books.values() for p in book.priced if p.instrument.symbol not in known):
        state = with_account(state, account_of(priced.instrument))
    book_change = hedge_change = 0.0
    new_marks, override, accounts = [], state.override, list(state.accounts)
    for name, book in books.items():
        reading, before = book.reading, marks.get(name)
        price = {p.instrument.symbol: p.price for p in book.priced}
        profit = 0.0
        for place, account in enumerate(accounts):
            if account.symbol in price:
                accounts[place] = replace(account, mark=price[account.symbol])
                value = account.value(price[account.symbol])
                profit += value * reading.spot if account.is_inverse else value
        if before is not None:
            move = reading.spot - before.spot
            if reading.value is not None and before.value is not None:
                book_change += reading.value - before.value
            else:
                book_change += before.delta * move + 0.5 * before.gamma * move * move
            hedge_change += profit - before.hedge_profit
            if override is not None:
                shadow = dict(override.shadow_units).get(name, before.hedge_units)
                override = replace(override, profit=override.profit + (before.hedge_units - shadow) * move)
        confirmed = book.hedge_units - book.in_flight_units
        new_marks.append(
            BookMark(
                underlying=name,
                spot=reading.spot,
                delta=reading.delta,
                gamma=reading.gamma,
                vol=reading.vol,
                value=reading.value,
                hedge_units=confirmed,
                hedge_profit=profit,
                at=inputs.as_of,
            )
        )
    seconds = 0.0
    if state.last_as_of is not None:
        seconds = float((inputs.as_of - state.last_as_of) / np.timedelta64(1, "ns")) * 1e-9
    day = int(inputs.as_of.astype("datetime64[D]").astype(np.int64))
    first = ledger.first_value
    if first is None:
        first = math.fsum(abs(book.reading.delta) * book.reading.spot for book in books.values())
    ledger = replace(
        ledger,
        day=max(day, ledger.day),
        cost_today=ledger.cost_today if day <= ledger.day else 0.0,
        book_profit=ledger.book_profit + book_change,
        hedge_profit=ledger.hedge_profit + hedge_change,
        book_squares=ledger.book_squares + book_change**2,
        total_squares=ledger.total_squares + (book_change + hedge_change) ** 2,
        elapsed=ledger.elapsed + seconds,
        first_value=first,
    )
    equity, opening, highest = inputs.equity, state.opening_equity, state.highest_equity
    if equity is not None:
        opening = equity if opening is None else opening
        highest = equity if highest is None else max(highest, equity)
    others = tuple(mark for mark in state.marks if mark.underlying not in books)
    return replace(
        state,
        accounts=tuple(accounts),
        ledger=ledger,
        marks=(*others, *new_marks),
        override=override,
        opening_equity=opening,
        highest_equity=highest,
        order_times=kept(state.order_times, nanoseconds(inputs.as_of), _HOUR),
        last_as_of=inputs.as_of,
    )


def adapted_state(
    state: EngineState,
    books: Mapping[str, PricedBook],
    crosses: Sequence[CrossReading],
    inputs: EngineInputs,
    config: EngineConfig,
) -> tuple[EngineState, bool]:
    """The state after regimes and breaker were judged, and whether the breaker closed just now."""
    now, table = inputs.as_of, config.regimes
    regimes = {regime.indicator: regime for regime in state.regimes}
    samples = {one.indicator: one for one in state.samples}
    switched = []
    first = next(iter(books.values()))
    for indicator, value in (
        (Indicator.VOLATILITY, _volatility(first)),
        (Indicator.LIQUIDITY, _round_trip(first, config)),
    ):
        regime, sample, has_switched = observed(
            regimes.get(indicator, RegimeState(indicator=indicator)),
            samples.get(indicator, Samples(indicator=indicator)),
            value,
            now,
            rule_of(table, indicator),
        )
        regimes[indicator], samples[indicator] = regime, sample
        if has_switched:
            switched.append(indicator)
    if crosses:
        worst = min(crosses, key=lambda one: one.correlation_low - one.break_even)
        regime, has_switched = with_verdict(
            regimes.get(Indicator.CORRELATION, RegimeState(indicator=Indicator.CORRELATION)),
            not worst.is_used,
            worst.correlation_low,
            worst.break_even,
            0.05,
            now,
        )
        has_begun = Indicator.CORRELATION in regimes
        regimes[Indicator.CORRELATION] = regime
        if has_switched and has_begun:
            switched.append(Indicator.CORRELATION)
    breaker, closed = judged(
        state.breaker,
        now,
        config.breaker,
        switched=switched,
        cost_today=state.ledger.cost_today,
        budget=config.cost_budget_per_day,
        resets=inputs.resets_breaker,
    )
    used = tuple((one.hedged, one.hedge) for one in crosses if one.is_used)
    left = {(a, b): at for a, b, at in state.uncrossed_at}
    left.update({pair: nanoseconds(now) for pair in state.crossed if pair not in used})
    order = [Indicator.VOLATILITY, Indicator.LIQUIDITY, Indicator.CORRELATION]
    return (
        replace(
            state,
            regimes=tuple(regimes[i] for i in order if i in regimes),
            samples=tuple(samples[i] for i in order if i in samples),
            breaker=breaker,
            crossed=used,
            uncrossed_at=tuple((a, b, at) for (a, b), at in left.items()),
        ),
        closed,
    )


def _volatility(book: PricedBook) -> float | None:
    """Realised of a day over that of a month, else over implied."""
    short, long, implied = book.reading.realised_vol_short, book.reading.realised_vol_long, book.reading.vol
    reference = long if long is not None else implied
    return None if short is None or not reference > 0.0 else short / reference


def _round_trip(book: PricedBook, config: EngineConfig) -> float | None:
    """Basis points that buying and selling one's own clip costs on the cheapest instrument."""
    policy = config.policy_of(book.reading.underlying)
    costs = []
    for priced in book.priced:
        clip = policy.max_clip or priced.instrument.lot
        units = clip * priced.units_per_contract
        curve = priced.curve(vol=book.reading.vol, impact_prefactor=policy.impact_prefactor)
        costs.append(2.0 * curve.cost(units) / (units * book.reading.spot) * 1e4)
    return min(costs, default=None)
