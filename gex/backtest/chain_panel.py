"""Analysed chains of one underlying, instant by instant, as a panel of marks and Greeks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.backtest.panel import Panel
from gex.backtest.recorded import RecordedMarket
from gex.columns import Floats
from gex.errors import InputError
from gex.greeks import forward_greeks, spot_greeks
from gex.pipeline import Analysis
from gex.quotes import Quotes

Key = tuple[str, np.datetime64, float, int]  # root, settlement, strike, ±1


@dataclass(frozen=True, eq=False, kw_only=True)
class PanelRow:
    """One instant: the analysed chain, what each option is marked at, and the hedge's bid and ask."""

    analysis: Analysis
    spot: float
    bid: float
    ask: float
    marks: dict[Key, float]  # currency a unit, coin where the book is settled in coin


def chain_panel(rows: Sequence[PanelRow], *, underlying: str, on_forward: bool, is_coin_settled: bool = False) -> Panel:
    """Every option of every chain with its mark, delta, gamma and volatility on that instant's surface.

    `on_forward`: delta per unit of the option's own forward (options on futures, and coin options, whose hedge is a
    future); else per unit of spot. American options have the Greeks of European ones on their own smile.
    """
    if not rows:
        raise InputError(f"panel {underlying}: expected at least one instant")
    found = [_greeks(row.analysis, on_forward=on_forward) for row in rows]
    places: dict[Key, int] = {}
    for row in rows:
        for key in row.marks:
            places.setdefault(key, len(places))
    shape = (len(rows), len(places))
    mark, delta, gamma, vol, forward, discount, factor = (np.full(shape, np.nan) for _ in range(7))
    for line, (row, greeks) in enumerate(zip(rows, found, strict=True)):
        for key, value in row.marks.items():
            place = places[key]
            known = greeks.get(key)
            if known is None or not np.isfinite(value):
                continue
            mark[line, place] = value
            delta[line, place], gamma[line, place], vol[line, place] = known[:3]
            forward[line, place], discount[line, place], factor[line, place] = known[3:]
    keys = list(places)
    return Panel(
        underlying=underlying,
        contracts=tuple(
            f"{root} {str(expiry)[:10]} {strike:g} {'C' if sign > 0 else 'P'}" for root, expiry, strike, sign in keys
        ),
        expiry=np.array([key[1] for key in keys], "datetime64[ns]"),
        strike=np.array([key[2] for key in keys]),
        sign=np.array([float(key[3]) for key in keys]),
        time=np.array([row.analysis.cleaned.quotes.as_of for row in rows], "datetime64[ns]"),
        spot=np.array([row.spot for row in rows]),
        bid=np.array([row.bid for row in rows]),
        ask=np.array([row.ask for row in rows]),
        mark=mark,
        delta=delta,
        gamma=gamma,
        vol=vol,
        is_coin_settled=is_coin_settled,
        forward=forward,
        discount=discount,
        delta_factor=factor,
    )


def option_keys(quotes: Quotes) -> list[Key]:
    """The key of each row."""
    return [
        (quotes.expiries[e].root, quotes.expiries[e].settles_at, k, int(r))
        for e, k, r in zip(quotes.expiry.tolist(), quotes.strike.tolist(), quotes.right.tolist(), strict=True)
    ]


def mid_marks(quotes: Quotes) -> dict[Key, float]:
    """Middle of bid and ask where both are quoted, else the last price; options without either have no mark."""
    mid = 0.5 * (quotes.bid + quotes.ask)
    value = np.where(np.isfinite(mid), mid, quotes.last)
    return {key: v for key, v in zip(option_keys(quotes), value.tolist(), strict=True) if np.isfinite(v)}


def deribit_panel(market: RecordedMarket, *, hedge: str, half_spread_bps: float) -> tuple[Panel, int]:
    """A coin's recorded books as a panel hedged with the future `hedge`; and at how many instants its price was missing.

    Where it is missing its last premium over the index is kept. Marks are the venue's own.
    """
    rows, premium, missing = [], 1.0, 0
    for one in market:
        future = one.future(hedge)
        if future is None or not future.is_observed:
            missing += 1
            price = one.spot * premium
        else:
            price, premium = future.price, future.price / one.spot
        quotes = one.analysis.cleaned.quotes
        settles = {(e.root, e.date): e.settles_at for e in quotes.expiries}
        marks = {
            (root, settles[root, date], strike, sign): mark
            for (root, date, strike, sign), mark in one.marks.items()
            if (root, date) in settles
        }
        half = half_spread_bps * 1e-4
        rows.append(
            PanelRow(
                analysis=one.analysis, spot=one.spot, bid=price * (1.0 - half), ask=price * (1.0 + half), marks=marks
            )
        )
    return chain_panel(rows, underlying=market.underlying, on_forward=True, is_coin_settled=True), missing


def _greeks(analysis: Analysis, *, on_forward: bool) -> dict[Key, tuple[float, ...]]:
    """(delta, gamma, vol, forward, discount factor, factor of delta) of every option of a chain on its surface."""
    quotes, surface = analysis.cleaned.quotes, analysis.surface
    forwards = surface.forwards
    forward = forwards.forward[quotes.expiry]
    vol: Floats = surface.vol(quotes.expiry, np.log(quotes.strike / forward))
    time = forwards.time_to_expiry[quotes.expiry]
    discount = forwards.discount_factor[quotes.expiry]
    if on_forward:
        factor = np.ones(len(quotes))
        found = forward_greeks(forward, quotes.strike, time, vol, quotes.right)
    else:
        spot = np.full(len(quotes), forwards.spot)
        factor = discount * forward / spot
        found = spot_greeks(spot, forward, quotes.strike, time, vol, quotes.right, discount)
    lines = (found.delta, found.gamma, vol, forward, discount, factor)
    values = zip(*(line.tolist() for line in lines), strict=True)
    return {key: row for key, row in zip(option_keys(quotes), values, strict=True) if all(np.isfinite(row))}
