"""Signed trades: who took the initiative, and what that adds to the inventory of dealers.

Where a venue says the direction (Deribit: the taker's), it is taken; elsewhere a trade is signed by the quotes around it
(Lee and Ready, Journal of Finance 46, 1991): above the mid a buy, below it a sell, at the mid the tick rule.
"""

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, Instants, column
from gex.contracts import Expiry


class SignSource(enum.IntEnum):
    """How the side of a trade is known."""

    NONE = 0  # it is not: the trade counts on neither side
    VENUE = 1  # the venue says it
    QUOTE = 2  # away from the mid of the quotes before it
    TICK = 3  # at the mid or without quotes: by the last price change


@dataclass(frozen=True, eq=False, kw_only=True)
class Trades(Columns):
    """One row per trade of an option, in order of time. `side` is the taker's: +1 bought, −1 sold, 0 unknown."""

    underlying: str
    expiries: tuple[Expiry, ...]

    time: Instants = column(np.datetime64)
    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into `expiries`
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)  # +1 call, −1 put
    price: Floats = column(np.float64)  # currency of the contract, per unit
    contracts: Floats = column(np.float64)  # positive
    side: npt.NDArray[np.int8] = column(np.int8, fill=0)
    sign_source: npt.NDArray[np.int8] = column(np.int8, fill=0)  # SignSource
    is_block: Bools = column(np.bool_, fill=False)  # agreed off the book
    is_combo: Bools = column(np.bool_, fill=False)  # a leg of a package: its own side says little


@dataclass(frozen=True, eq=False, kw_only=True)
class Signs(Columns):
    """The taker's side of each trade and how it is known."""

    side: npt.NDArray[np.int8] = column(np.int8)
    source: npt.NDArray[np.int8] = column(np.int8)  # SignSource


@dataclass(frozen=True, eq=False, kw_only=True)
class CustomerFlow(Columns):
    """What takers bought less what they sold, per contract; the dealers' inventory moved by its negative."""

    expiries: tuple[Expiry, ...]

    expiry: npt.NDArray[np.int32] = column(np.int32)
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)
    net_contracts: Floats = column(np.float64)  # bought − sold
    signed_contracts: Floats = column(np.float64)  # bought + sold
    unsigned_contracts: Floats = column(np.float64)  # of trades left out or without a side


def quote_signs(price: Floats, bid: Floats, ask: Floats) -> npt.NDArray[np.int8]:
    """+1 above the mid of the quotes before the trade, −1 below, 0 at the mid or where there is none.

    A missing bid or ask leaves no mid, but a price at or above the ask is a buy and one at or below the bid a sell.
    2.00 bid, 2.20 asked: 2.15 is a buy, 2.05 a sell, 2.10 neither.
    """
    mid = 0.5 * (bid + ask)
    # Mids of decimal prices carry a rounding error: a hundred-millionth of the price is no distance from them.
    slack = 1e-8 * np.abs(mid)
    crossed = bid > ask
    buy = (price > mid + slack) | (price >= ask)
    sell = (price < mid - slack) | (price <= bid)
    return np.where(crossed | (buy & sell), 0, buy.astype(np.int8) - sell.astype(np.int8)).astype(np.int8)


def tick_signs(price: Floats, contract: npt.NDArray[np.integer]) -> npt.NDArray[np.int8]:
    """+1 where the last different price of the same contract was lower, −1 where it was higher, 0 before any change.

    `contract` numbers the contracts; rows are in order of time. Prices 2.0, 2.1, 2.1, 2.0 of one contract: 0, +1, +1, −1.
    """
    side = np.zeros(len(price), np.int8)
    last: dict[int, tuple[float, int]] = {}
    for row, (code, value) in enumerate(zip(contract.tolist(), price.tolist(), strict=True)):
        if not np.isfinite(value):
            continue
        before = last.get(code)
        if before is None:
            sign = 0
        elif value != before[0]:
            sign = 1 if value > before[0] else -1
        else:
            sign = before[1]
        side[row] = sign
        last[code] = (value, sign)
    return side


def signed_trades(
    price: Floats,
    bid: Floats,
    ask: Floats,
    contract: npt.NDArray[np.integer],
    *,
    venue_side: npt.NDArray[np.int8] | None = None,
) -> Signs:
    """The taker's side of each trade: the venue's where it is known, else Lee and Ready's rule.

    `bid` and `ask` are the quotes that stood before each trade, NaN where there were none; rows in order of time.
    """
    by_quote, by_tick = quote_signs(price, bid, ask), tick_signs(price, contract)
    known = np.zeros(len(price), np.int8) if venue_side is None else venue_side
    side = np.where(known != 0, known, np.where(by_quote != 0, by_quote, by_tick)).astype(np.int8)
    source = np.select(
        [known != 0, by_quote != 0, by_tick != 0],
        [SignSource.VENUE, SignSource.QUOTE, SignSource.TICK],
        default=SignSource.NONE,
    ).astype(np.int8)
    return Signs(side=side, source=source)


def quotes_before(
    trade_time: Instants,
    trade_contract: npt.NDArray[np.integer],
    quote_time: Instants,
    quote_contract: npt.NDArray[np.integer],
    *,
    lag: np.timedelta64 | None = None,
) -> npt.NDArray[np.int64]:
    """The row of the last quote of the same contract before each trade (by at least `lag`), −1 where there is none.

    Lee and Ready used five seconds of lag for the tapes of 1988; none is needed where both carry exchange time. A quote
    of the very instant of the trade may be its consequence and does not count.
    """
    limit = trade_time - (np.timedelta64(0, "ns") if lag is None else lag)
    found = np.full(len(trade_time), -1, np.int64)
    for code in np.unique(trade_contract).tolist():
        quotes = np.flatnonzero(quote_contract == code)
        quotes = quotes[np.argsort(quote_time[quotes], kind="stable")]
        trades = np.flatnonzero(trade_contract == code)
        place = np.searchsorted(quote_time[quotes], limit[trades], side="left") - 1
        found[trades[place >= 0]] = quotes[place[place >= 0]]
    return found


def customer_flow(trades: Trades, *, count_blocks: bool = True, count_combos: bool = False) -> CustomerFlow:
    """Bought less sold by takers, per contract, ordered by expiry, strike, call before put.

    Legs of combos are left out by default: the taker of a spread buys one leg and sells the other whatever the leg's own
    tape says. What is left out is in `unsigned_contracts`: nothing is lost silently.
    """
    signed = (trades.side != 0) & (count_blocks | ~trades.is_block) & (count_combos | ~trades.is_combo)
    key = np.stack([trades.expiry.astype(np.float64), trades.strike, -trades.right.astype(np.float64)], axis=1)
    contracts, code = np.unique(key, axis=0, return_inverse=True)
    code = code.reshape(-1)

    def total(weight: Floats) -> Floats:
        return np.bincount(code, weights=weight, minlength=len(contracts)).astype(np.float64)

    counted = np.where(signed, trades.contracts, 0.0)
    return CustomerFlow(
        expiries=trades.expiries,
        expiry=contracts[:, 0].astype(np.int32),
        strike=contracts[:, 1],
        right=(-contracts[:, 2]).astype(np.int8),
        net_contracts=total(counted * trades.side),
        signed_contracts=total(counted),
        unsigned_contracts=total(trades.contracts - counted),
    )
