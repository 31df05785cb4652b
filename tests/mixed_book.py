"""A desk's book of 10,000 positions: SPX, American SPY, ES options with ES, BTC options paid in coin, an ETH perpetual."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from gex.contracts import ContractSpec, Expiry
from gex.portfolio.aggregation import BookPart
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import Positions
from gex.portfolio.risk import portfolio_risk
from gex.roots import contract_spec
from tests.books import AS_OF, surface_of


@dataclass(frozen=True)
class Market:
    """One underlying: `count` positions at strikes `tick` apart within two and a half deviations."""

    root: str
    spot: float
    vol: float
    rate: float
    dividend: float
    days: tuple[int, ...]
    tick: float
    count: int


MARKETS = {
    "SPX": Market("SPXW", 5000.0, 0.16, 0.05, 0.014, (1, 3, 7, 14, 30, 60, 91, 182, 365, 730), 5.0, 4500),
    "SPY": Market("SPY", 500.0, 0.16, 0.05, 0.014, (2, 7, 14, 30, 60, 91, 182, 365), 1.0, 1500),
    "ES": Market("ES", 5010.0, 0.16, 0.05, 0.014, (14, 105, 196, 287), 10.0, 1000),
    "BTC": Market("BTC", 60_000.0, 0.6, 0.06, 0.0, (1, 2, 7, 14, 28, 56, 119, 210, 301), 1000.0, 2990),
}
ETH_SPOT = 3000.0


def mixed_book(seed: int = 20240301) -> dict[str, BookPart]:
    """The parts by underlying; 10,000 positions in all."""
    random = np.random.default_rng(seed)
    parts = {name: _part(name, market, random) for name, market in MARKETS.items()}
    surface = surface_of((), spot=ETH_SPOT, vol=0.7)
    perpetual = _linear(ETH_SPOT, "ETH-PERPETUAL", LinearKind.INVERSE, random.normal(0.0, 50_000.0, 5).round(), 1.0)
    nothing = np.empty(0)
    positions = Positions(
        expiries=(), linear=perpetual, row=nothing, expiry=nothing, strike=nothing, right=nothing, contracts=nothing
    )
    parts["ETH"] = BookPart(underlying="ETH", risk=portfolio_risk(positions, surface))
    return parts


def position_count(parts: dict[str, BookPart]) -> int:
    """Options and contracts without optionality."""
    return sum(len(part.risk) + len(part.risk.linear) for part in parts.values())


def _part(name: str, market: Market, random: np.random.Generator) -> BookPart:
    contract = contract_spec(market.root)
    expiries = tuple(_expiry(contract, days) for days in market.days)
    surface = surface_of(
        expiries, spot=market.spot, vol=market.vol, slope=-0.08, bend=0.15, rate=market.rate, dividend=market.dividend
    )
    expiry = random.integers(0, len(expiries), market.count)
    forwards = surface.forwards
    deviation = market.vol * np.sqrt(forwards.time_to_expiry[expiry])
    strike = forwards.forward[expiry] * np.exp(deviation * random.uniform(-2.5, 2.0, market.count))
    linear = None
    if name == "ES":
        future = surface.forwards.forward[1]
        linear = _linear(
            market.spot, "ESM4", LinearKind.INDEX_FUTURE, np.array([-12.0, 30.0, -7.0, 4.0, 1.0]), 50.0, future
        )
    positions = Positions(
        expiries=expiries,
        linear=linear,
        row=np.arange(market.count),
        expiry=expiry.astype(np.int32),
        strike=market.tick * np.round(strike / market.tick),
        right=np.where(random.random(market.count) < 0.5, 1, -1).astype(np.int8),
        contracts=np.round(random.normal(0.0, 10.0, market.count)),
    )
    account = tuple(random.choice(["desk-1", "desk-2"], market.count).tolist())
    return BookPart(underlying=name, risk=portfolio_risk(positions, surface), account=account)


def _expiry(contract: ContractSpec, days: int) -> Expiry:
    settles_at = AS_OF + np.timedelta64(days * 86_400 * 10**9, "ns")
    return Expiry(contract=contract, date=dt.date(2024, 3, 1) + dt.timedelta(days=days), settles_at=settles_at)


def _linear(
    spot: float, symbol: str, kind: LinearKind, contracts: np.ndarray, size: float, price: float | None = None
) -> LinearPositions:
    count = len(contracts)
    return LinearPositions(
        spot=spot,
        symbol=tuple(f"{symbol}#{i}" for i in range(count)),
        kind=np.full(count, kind),
        contracts=contracts,
        multiplier=np.full(count, size),
        price=np.full(count, spot if price is None else price),
        time_to_expiry=np.full(count, np.inf if price is None else 105.0 / 365.0),
    )
