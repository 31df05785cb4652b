"""What the engine remembers between two decisions: small, frozen, and enough to go on after a crash."""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from gex.hedging.costs import CostLines
from gex.hedging.engine.config import Indicator
from gex.hedging.engine.realised import RealisedVol
from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.linear import LinearKind


@dataclass(frozen=True, kw_only=True)
class OpenOrder:
    """An order that was sent and is not done."""

    order_id: str
    decision: int
    symbol: str
    contracts: int  # as sent, signed
    remaining: int  # signed
    sent_at: np.datetime64
    reference_price: float  # mid at the decision
    expected: CostLines  # of the whole order, trading lines


@dataclass(frozen=True, kw_only=True)
class Account:
    """One instrument's position and what it has paid; money in the unit the contract settles in (coin where INVERSE)."""

    symbol: str
    is_inverse: bool
    multiplier: float
    position: int = 0
    entry_price: float | None = None  # mean of what is held
    cash: float = 0.0  # of fills at their prices
    reference_cash: float = 0.0  # of the same fills at the mids they were decided on
    mark: float | None = None  # last price seen

    def value(self, price: float) -> float:
        """Profit since the beginning at `price`, before fees and funding, settlement unit."""
        return self.cash + self._held(price)

    def _held(self, price: float) -> float:
        size = self.position * self.multiplier
        return -size / price if self.is_inverse else size * price


@dataclass(frozen=True, kw_only=True)
class RegimeState:
    """One indicator: whether it is stressed, since when, and on what evidence."""

    indicator: Indicator
    is_stressed: bool = False
    since: np.datetime64 | None = None
    value: float = math.nan
    enter: float = math.nan
    leave: float = math.nan
    sampled_at: np.datetime64 | None = None


@dataclass(frozen=True, kw_only=True)
class Samples:
    """The trailing readings of one indicator, oldest first: (nanoseconds, value)."""

    indicator: Indicator
    instants: tuple[int, ...] = ()
    values: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BreakerState:
    """Latched: open until `until` (or by hand), with what opened it."""

    causes: tuple[str, ...] = ()
    opened_at: np.datetime64 | None = None
    until: np.datetime64 | None = None
    openings: int = 0  # in a row
    held: tuple[Indicator, ...] = ()  # regimes that stay stressed while it is open
    switches: tuple[int, ...] = ()  # nanoseconds of regime switches within the window
    reversals: tuple[int, ...] = ()  # of reversals of the side traded
    slippage: tuple[tuple[float, float], ...] = ()  # (expected, realised) of the last orders that filled, currency
    forgiven: float = 0.0  # of today's cost, when someone reset it: the budget is spent anew from there

    @property
    def is_open(self) -> bool:
        """True while adaptation is held."""
        return bool(self.causes)


@dataclass(frozen=True, kw_only=True)
class LastTrade:
    """The last order of one hedge group."""

    underlying: str
    side: int  # +1 bought, −1 sold
    at: np.datetime64
    hold: float  # seconds within which it is not reversed; inf: a book that does not move by itself


@dataclass(frozen=True, kw_only=True)
class Override:
    """A person's word against the policy: FREEZE, or a target; always with name, reason and end."""

    kind: str  # "freeze" or "force_target"
    user: str
    reason: str
    expires_at: np.datetime64
    target_delta: float | None = None  # units of the first underlying
    stops_cap: bool = False  # a freeze that the cap obeys too


@dataclass(frozen=True, kw_only=True)
class OverrideState:
    """An override in force, and the shadow hedge that would have been held without it."""

    override: Override
    started_at: np.datetime64
    shadow_units: tuple[tuple[str, float], ...]  # hedge of the shadow by underlying
    shadow_cost: float = 0.0  # expected cost of what the shadow traded, currency
    actual_cost: float = 0.0  # expected cost of what was traded under the override
    profit: float = 0.0  # of the hedge held less that of the shadow, costs of both counted, currency


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What hedging has cost and what it has removed, currency, since the hedge was opened."""

    expected: CostLines = field(default_factory=CostLines)  # of the share of orders that filled
    realised: CostLines = field(default_factory=CostLines)
    fill_count: int = 0
    order_count: int = 0
    reject_count: int = 0
    traded_notional: float = 0.0
    day: int = 0  # days since 1970
    cost_today: float = 0.0  # trading, realised
    book_profit: float = 0.0  # of the book alone: "what if you had not hedged"
    hedge_profit: float = 0.0  # of the hedge before fees and funding
    book_squares: float = 0.0  # Σ of squared changes of the book's profit
    total_squares: float = 0.0  # Σ of squared changes of book and hedge
    elapsed: float = 0.0  # seconds over which they were counted
    first_value: float | None = None  # of the book's position when the hedge was opened: |Δ|·S


@dataclass(frozen=True, kw_only=True)
class BookMark:
    """The reading of one book before this one."""

    underlying: str
    spot: float
    delta: float
    gamma: float
    vol: float
    value: float | None
    hedge_units: float
    hedge_profit: float  # of its accounts, currency
    at: np.datetime64 | None = None


@dataclass(frozen=True, kw_only=True)
class Reject:
    """An instrument whose orders the venue refuses."""

    symbol: str
    count: int
    until: np.datetime64


@dataclass(frozen=True, kw_only=True)
class EngineState:
    """The engine between two decisions."""

    decision_count: int = 0
    last_as_of: np.datetime64 | None = None
    last_evaluation: np.datetime64 | None = None
    accounts: tuple[Account, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    fill_ids: tuple[str, ...] = ()  # the last ones, for duplicates
    regimes: tuple[RegimeState, ...] = ()
    samples: tuple[Samples, ...] = ()
    breaker: BreakerState = field(default_factory=BreakerState)
    last_trades: tuple[LastTrade, ...] = ()
    order_times: tuple[int, ...] = ()  # nanoseconds of the orders of the last hour
    override: OverrideState | None = None
    crossed: tuple[tuple[str, str], ...] = ()  # (hedged, hedged with) now
    uncrossed_at: tuple[tuple[str, str, int], ...] = ()  # when a cross hedge was last left, nanoseconds
    rejects: tuple[Reject, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    marks: tuple[BookMark, ...] = ()
    opening_equity: float | None = None
    highest_equity: float | None = None
    realised: tuple[tuple[str, RealisedVol], ...] = ()  # of the spots that decisions saw before the last, by underlying

    def account(self, symbol: str) -> Account | None:
        """The account of one instrument."""
        return next((account for account in self.accounts if account.symbol == symbol), None)

    def realised_vol(self, underlying: str) -> RealisedVol:
        """What the spots seen so far say of an underlying's volatility."""
        return next((found for name, found in self.realised if name == underlying), RealisedVol())

    def in_flight(self, symbol: str) -> int:
        """Signed contracts sent and not confirmed."""
        return sum(order.remaining for order in self.orders if order.symbol == symbol)

    def position(self, symbol: str) -> int:
        """Confirmed contracts."""
        account = self.account(symbol)
        return 0 if account is None else account.position


_KEPT_FILLS = 512


def opening_state(instruments: tuple[HedgeInstrument, ...] = ()) -> EngineState:
    """The state before the first decision; what the instruments hold is the opening position, bought at its entry price."""
    state = EngineState()
    for instrument in instruments:
        if instrument.position:
            state = with_account(state, opened(account_of(instrument), instrument))
    return state


def account_of(instrument: HedgeInstrument) -> Account:
    """An empty account."""
    return Account(
        symbol=instrument.symbol,
        is_inverse=instrument.kind is LinearKind.INVERSE,
        multiplier=instrument.multiplier,
    )


def opened(account: Account, instrument: HedgeInstrument) -> Account:
    """The account with the instrument's opening position: at its entry price where one is known, else at its price."""
    price = instrument.entry_price if instrument.entry_price is not None else instrument.price
    if price is None:
        price = 1.0 if instrument.bid is None or instrument.ask is None else 0.5 * (instrument.bid + instrument.ask)
    size = instrument.position * account.multiplier
    cash = size / price if account.is_inverse else -size * price
    return replace(account, position=instrument.position, entry_price=price, cash=cash, reference_cash=cash, mark=price)


def with_account(state: EngineState, account: Account) -> EngineState:
    """The state with this account instead of the one of its symbol."""
    others = tuple(one for one in state.accounts if one.symbol != account.symbol)
    return replace(state, accounts=tuple(sorted((*others, account), key=lambda one: one.symbol)))


def remembered(fill_ids: tuple[str, ...], fill_id: str) -> tuple[str, ...]:
    """The last fills, with this one."""
    return (*fill_ids, fill_id)[-_KEPT_FILLS:]
