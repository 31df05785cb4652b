"""What a decision knows of the world at one instant: books, instruments, markets. Everything it may use is here."""

import math
from dataclasses import dataclass, field

import numpy as np

from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.repricing import BookRepricer


@dataclass(frozen=True, kw_only=True)
class InputInstants:
    """Of when that is what a reading rests on; None where it is not known. No decision but an age limit looks at it."""

    revision: int = 0  # of the kept chain; 0 where the chain came along
    quotes: np.datetime64 | None = None  # of the options: forwards and volatilities stand on them
    spot: np.datetime64 | None = None  # of the newest tick, else of the chain
    open_interest: np.datetime64 | None = None
    book: np.datetime64 | None = None  # since when its positions are these


@dataclass(frozen=True, kw_only=True)
class BookReading:
    """One underlying: the Greeks of its book without hedges, and what may be traded. NaN is a bad number: the engine holds.

    Positions and orders in flight of `instruments` are those of the engine's state; what stands in them here is what the
    hedge is opened with. `growth` is F/S of the chain's own forward to each dated instrument's expiry, by symbol.
    """

    underlying: str
    spot: float
    delta: float  # units of underlying; coin-settled positions net of premium
    gamma: float  # units per currency
    vol: float  # for risk, decimal per √year
    as_of: np.datetime64  # of the chain or the tick behind the Greeks
    time_to_expiry: float = math.inf  # years, of the gamma
    delta_range: float = math.inf  # units over which gamma may be taken as constant
    value: float | None = None  # of the book without hedges, currency
    is_coin_settled: bool = False
    is_priced: bool = True  # False: no position could be priced
    instruments: tuple[HedgeInstrument, ...] = ()
    growth: tuple[tuple[str, float], ...] = ()
    realised_vol_short: float | None = (
        None  # EWMA of a day, ending before as_of; None: of the spots of earlier decisions
    )
    realised_vol_long: float | None = None  # of 30 days, likewise
    volume: float | None = None  # traded since the reading before, units; for the value area
    imbalance: float | None = None  # (bid − ask)/(bid + ask) of resting sizes; asks for an evaluation at most
    instants: InputInstants | None = None
    repricer: BookRepricer | None = field(
        default=None, compare=False, repr=False
    )  # for triggers; decide never calls it

    @property
    def market_as_of(self) -> np.datetime64:
        """The instant of the spot behind the Greeks: what an age limit is measured from."""
        known = None if self.instants is None else self.instants.spot
        return self.as_of if known is None else known


@dataclass(frozen=True, kw_only=True)
class CorrelationReading:
    """Of the log returns of two underlyings: that of the book, and that of the instruments to hedge it with."""

    hedged: str
    hedge: str
    value: float
    count: int  # observations behind it


@dataclass(frozen=True, kw_only=True)
class DealerReading:
    """Where the dealers' book turns: a scenario on volatility and cost at a trigger, never a forecast."""

    gamma_usd_per_percent: float  # of all dealers at spot; negative: they trade with the move
    flip: float | None = None  # spot at which it changes sign; None: none in range
    depth: float | None = None  # currency resting within 1 %


@dataclass(frozen=True, kw_only=True)
class CascadeReading:
    """What a liquidation cascade would feed on; None is not known."""

    open_interest: float | None = None  # currency, within reach of a jump
    depth: float | None = None  # currency resting within 1 %
    funding_percentile: float | None = None  # of the present rate in its own history, 0 to 1
    leverage: float | None = None  # of the market's positions


@dataclass(frozen=True, kw_only=True)
class EngineInputs:
    """Everything at one instant. The first book is the one the account is in."""

    as_of: np.datetime64
    books: tuple[BookReading, ...]
    trigger: str = "tick"  # what asked for the evaluation
    correlations: tuple[CorrelationReading, ...] = ()
    equity: float | None = None  # of the account, marked to market, currency
    equity_coin: float = 0.0  # the same in coin, for AccountUnit.USD
    confirmed: tuple[tuple[str, int], ...] | None = None  # positions as the venue states them; None: not asked
    dealer: DealerReading | None = None
    cascade: CascadeReading | None = None
    resets_breaker: bool = False  # someone says: go on
