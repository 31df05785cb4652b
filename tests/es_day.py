"""A day of ES futures and their options minute by minute: markets to hedge in, and a replay with real bids and asks.

Decisions of a minute fill in the next, at the far side of its book. Marks are mids.
"""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gex.columns import Floats
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.io import lean
from gex.pipeline import analyse
from gex.portfolio.linear import LinearKind
from gex.portfolio.positions import Positions
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from gex.quotes import Cleaned, Rejects

DAY = np.datetime64("2020-01-06T00:00:00", "ns")
FUTURE_SETTLES = np.datetime64("2020-03-20T13:30:00", "ns")
FEE = 1.18  # currency a contract: exchange and clearing, as CME listed them for members of the public in 2020
_FILE = re.compile(r"\d{8}_es_minute_quote_american_(call|put)_(\d+)_\d{8}\.csv\Z")


@dataclass(frozen=True)
class EsDay:
    """Bids and asks at the end of each minute; the last ones known, NaN before the first."""

    minute: npt.NDArray[np.datetime64]
    strike: Floats
    right: npt.NDArray[np.int8]
    bid: Floats  # (minute, option)
    ask: Floats
    future_bid: Floats
    future_ask: Floats
    template: Cleaned

    def risk(self, at: int, contracts: Floats) -> PortfolioRisk:
        """The book `contracts` (one per option) in the market of a minute."""
        quotes = self.template.quotes
        order = {(k, r): i for i, (k, r) in enumerate(zip(self.strike.tolist(), self.right.tolist(), strict=True))}
        place = [order[key] for key in zip(quotes.strike.tolist(), quotes.right.tolist(), strict=True)]
        chain = replace(
            quotes,
            as_of=self.minute[at],
            bid=self.bid[at][place],
            ask=self.ask[at][place],
            quoted_at=np.full(len(quotes), self.minute[at]),
        )
        analysis = analyse(Cleaned(quotes=chain, rejects=Rejects.empty(), row_count=len(chain)))
        held = np.flatnonzero(contracts)
        positions = Positions(
            expiries=quotes.expiries,
            row=held,
            expiry=np.zeros(len(held), np.int32),
            strike=self.strike[held],
            right=self.right[held],
            contracts=contracts[held],
        )
        return portfolio_risk(positions, analysis.surface)


def es_day(folder: Path) -> EsDay:
    """The quotes of 2020-01-06."""
    options = (folder / "lean_zip" / "futureoption__cme__minute__es__202003__20200106_quote_american.zip").read_bytes()
    futures = lean.parse_future_quotes(
        (folder / "lean_zip" / "future__cme__minute__es__20200106_quote.zip").read_bytes()
    )
    count = 24 * 60
    strikes, rights, bids, asks = [], [], [], []
    with zipfile.ZipFile(io.BytesIO(options)) as archive:
        for name in sorted(archive.namelist()):
            match = _FILE.match(name)
            assert match is not None, name
            rows = np.array(
                [[float(cell or "nan") for cell in line.split(",")] for line in archive.read(name).decode().split()]
            )
            place = (rows[:, 0] / 60_000.0).astype(int)
            strikes.append(float(match[2]) / 10_000.0)
            rights.append(1 if match[1] == "call" else -1)
            bids.append(_filled(place, rows[:, 4], count))
            asks.append(_filled(place, rows[:, 9], count))
    mine = futures.contract == futures.contracts.index("202003")
    place = ((futures.time[mine] - DAY) / np.timedelta64(1, "m")).astype(int) - 1
    return EsDay(
        minute=DAY + (np.arange(count) + 1) * np.timedelta64(60_000_000_000, "ns"),
        strike=np.array(strikes),
        right=np.array(rights, np.int8),
        bid=np.array(bids).T,
        ask=np.array(asks).T,
        future_bid=_filled(place, futures.bid[mine], count),
        future_ask=_filled(place, futures.ask[mine], count),
        template=lean.parse_chain(options),
    )


def _filled(place: npt.NDArray[np.int64], value: Floats, count: int) -> Floats:
    out = np.full(count, np.nan)
    out[place] = value
    known = np.where(np.isfinite(out), np.arange(count), -1)
    last = np.maximum.accumulate(known)
    return np.where(last >= 0, out[np.maximum(last, 0)], np.nan)


@dataclass(frozen=True)
class Replay:
    """One hedged day: profit by minute of the options alone and with the hedge, currency."""

    option_profit: Floats
    hedged_profit: Floats  # futures at mids and the cost of trading them included
    position: npt.NDArray[np.int64]
    orders: int
    contracts_traded: int
    cost: float  # spread and fees, currency


Decide = Callable[[PortfolioRisk, HedgeInstrument], int]


def planned(policy: HedgePolicy) -> Decide:
    """Contracts that `plan_hedge` trades now."""

    def decide(risk: PortfolioRisk, future: HedgeInstrument) -> int:
        return sum(order.contracts for order in plan_hedge(risk, [future], policy).orders)

    return decide


def replay(day: EsDay, contracts: Floats, decide: Decide, first: int, last: int) -> Replay:
    """The minutes first … last: decide at each, fill at the next."""
    mid = 0.5 * (day.future_bid + day.future_ask)
    worth = 50.0 * (0.5 * (day.bid + day.ask))[:, contracts != 0.0] @ contracts[contracts != 0.0]
    position, cost, traded, orders = 0, 0.0, 0, 0
    hedged, held = [], []
    pending = 0
    for t in range(first, last + 1):
        if t > first:
            profit = worth[t] - worth[t - 1] + 50.0 * position * (mid[t] - mid[t - 1])
            paid = abs(pending) * (50.0 * 0.5 * (day.future_ask[t] - day.future_bid[t]) + FEE)
            cost, traded, orders = cost + paid, traded + abs(pending), orders + (pending != 0)
            position += pending
            hedged.append(profit - paid)
        future = HedgeInstrument(
            symbol="ESH0",
            kind=LinearKind.INDEX_FUTURE,
            multiplier=50.0,
            expires_at=FUTURE_SETTLES,
            bid=day.future_bid[t],
            ask=day.future_ask[t],
            fee_per_contract=FEE,
            position=position,
        )
        pending = decide(day.risk(t, contracts), future) if t < last else 0
        held.append(position)
    return Replay(
        option_profit=np.diff(worth[first : last + 1]),
        hedged_profit=np.array(hedged),
        position=np.array(held),
        orders=orders,
        contracts_traded=traded,
        cost=cost,
    )


def minute_of(hour: int, minute: int = 0) -> int:
    """Index of the bar that ends at this time of the day, UTC."""
    return int(dt.timedelta(hours=hour, minutes=minute).total_seconds()) // 60 - 1
