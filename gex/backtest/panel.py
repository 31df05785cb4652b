"""Recorded options side by side: (instant, contract) of marks and Greeks, gaps left as gaps; and the books made of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gex.backtest.held_options import HeldOptions
from gex.backtest.recording import HedgeTerms, Recording
from gex.columns import Bools, Floats, Instants, Ints
from gex.errors import InputError


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """Marks and Greeks of every contract that was ever listed; NaN where it was not quoted at an instant.

    `mark` is currency a unit (coin where `is_coin_settled`). Contracts that vanish stay, with NaN from then on.
    """

    underlying: str
    contracts: tuple[str, ...]
    expiry: Instants  # of each contract
    strike: Floats
    sign: Floats  # +1 call, −1 put
    time: Instants
    spot: Floats  # of each instant
    bid: Floats  # of the hedge
    ask: Floats
    mark: Floats  # (instant, contract)
    delta: Floats  # Black–Scholes, units a unit
    gamma: Floats
    vol: Floats
    is_coin_settled: bool = False
    forward: Floats | None = None  # (instant, contract); with the two below the book can be revalued
    discount: Floats | None = None
    delta_factor: Floats | None = None  # what `delta` is beside ±N(±d1)

    def scrambled_after(self, row: int, seed: int) -> "Panel":
        """The same panel to `row`; after it marks are drawn anew and half of the contracts vanish at random."""
        draw = np.random.default_rng(seed)
        changed = {}
        gone = draw.random(len(self.contracts)) < 0.5
        for name in ("mark", "delta", "gamma", "vol", "forward"):
            if getattr(self, name) is None:
                continue
            new = getattr(self, name).copy()
            later = new[row + 1 :]
            later[...] = np.where(np.isnan(later), 1.0, later) * np.exp(0.3 * draw.standard_normal(later.shape))
            later[:, gone] = np.nan
            changed[name] = new
        return replace(self, **changed)


def near_the_money(
    panel: Panel, row: int, *, low: float = 0.25, high: float = 0.75, least_days: float = 14.0, most_days: float = 60.0
) -> Ints:
    """Contracts whose |Δ| and days to expiry at `row` lie in the ranges; nothing later is looked at."""
    days = (panel.expiry - panel.time[row]) / np.timedelta64(1, "D")
    size = np.abs(panel.delta[row])
    ok = (size >= low) & (size <= high) & (days >= least_days) & (days <= most_days) & np.isfinite(panel.mark[row])
    return np.flatnonzero(ok).astype(np.int64)


def held_book(
    panel: Panel,
    chosen: Sequence[int] | Ints,
    units: float,
    terms: HedgeTerms,
    *,
    name: str,
    start: int = 0,
    stop: int | None = None,
    blocks: Ints | None = None,
) -> Recording:
    """The recording of a book of `units` of each chosen contract from `start` on.

    A contract without a mark keeps its last one, delta and gamma with it, until it is quoted again; past its expiry it is
    worth what it pays on the spot of the first instant after it (its own settlement price is not recorded).
    """
    columns = np.asarray(chosen, np.int64)
    if not len(columns):
        raise InputError(f"book {name}: expected at least one contract")
    end = len(panel.time) if stop is None else stop
    time, spot = panel.time[start:end], panel.spot[start:end]
    alive = panel.expiry[columns][None] > time[:, None]
    filled = {
        key: _carried_forward(getattr(panel, key)[start:end][:, columns]) for key in ("mark", "delta", "gamma", "vol")
    }
    payoff = np.maximum(panel.sign[columns] * (spot[:, None] - panel.strike[columns]), 0.0)
    if panel.is_coin_settled:
        payoff = payoff / spot[:, None]
    for column in range(len(columns)):
        after = np.flatnonzero(~alive[:, column])
        if len(after):
            filled["mark"][after, column] = payoff[after[0], column]
    mid = 0.5 * (panel.bid + panel.ask)[start:end]
    price = mid if panel.is_coin_settled else np.ones(len(time))
    change = np.vstack([np.zeros((1, len(columns))), np.diff(filled["mark"], axis=0)])
    delta = np.where(alive, filled["delta"], 0.0)
    if panel.is_coin_settled:
        delta = delta - np.where(alive, filled["mark"], 0.0)  # net of premium: Δ − V/S
    gamma = np.where(alive, filled["gamma"], 0.0)
    years = np.where(alive, (panel.expiry[columns][None] - time[:, None]) / np.timedelta64(1, "D") / 365.0, np.nan)
    weight = np.abs(gamma) + 1e-300 * alive
    with np.errstate(invalid="ignore"):
        vol = np.nansum(weight * filled["vol"], axis=1) / weight.sum(axis=1)
        left = np.nansum(weight * np.nan_to_num(years), axis=1) / weight.sum(axis=1)
    return Recording(
        name=name,
        underlying=panel.underlying,
        terms=terms,
        is_coin_settled=panel.is_coin_settled,
        time=time,
        block=np.arange(len(time)) if blocks is None else blocks[start:end],
        spot=spot,
        bid=panel.bid[start:end],
        ask=panel.ask[start:end],
        book_profit=units * change.sum(axis=1) * price,
        book_value=units * filled["mark"].sum(axis=1) * price,
        delta=units * delta.sum(axis=1),
        gamma=units * gamma.sum(axis=1),
        vol=np.where(np.isfinite(vol) & (vol > 0.0), vol, 0.5),
        time_to_expiry=np.where(np.isfinite(left) & (left > 0.0), left, math.inf),
        options=_options(panel, columns, start, end, units, filled["vol"], years, alive),
    )


def _options(
    panel: Panel, columns: Ints, start: int, end: int, units: float, vol: Floats, years: Floats, alive: Bools
) -> HeldOptions | None:
    """The chosen contracts as they can be revalued; None where the panel has no forwards."""
    if panel.forward is None or panel.discount is None or panel.delta_factor is None:
        return None
    tables = [_carried_forward(t[start:end][:, columns]) for t in (panel.forward, panel.discount, panel.delta_factor)]
    return HeldOptions(
        units=np.full(len(columns), units),
        sign=panel.sign[columns],
        strike=panel.strike[columns],
        forward=tables[0],
        vol=vol,
        years=years,
        discount=tables[1],
        delta_factor=tables[2],
        is_alive=alive,
        is_coin_settled=panel.is_coin_settled,
    )


def _carried_forward(values: Floats) -> Floats:
    """Each column with its last known value where one is missing."""
    known = np.where(np.isfinite(values), np.arange(len(values))[:, None], 0)
    np.maximum.accumulate(known, axis=0, out=known)
    out: Floats = np.take_along_axis(values, known, axis=0)
    return out
