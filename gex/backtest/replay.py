"""Recorded markets walked by `gex.hedging.engine.decide` itself: what it orders fills later, on the far side."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from gex.backtest.recording import History, Recording
from gex.columns import Columns, Floats, column
from gex.errors import InputError
from gex.hedging.costs import impact_coefficient
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Decision, EngineOrder
from gex.hedging.engine.fills import Fill, apply_fill
from gex.hedging.engine.inputs import BookReading, EngineInputs
from gex.hedging.engine.state import EngineState, opening_state
from gex.hedging.policy import HedgePolicy
from gex.portfolio.linear import LinearKind

_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """A rule on a recording: how the engine is set, when it looks, and what it sees of the past.

    `signal` may replace parts of the reading and `policy` the desk's wishes; both are given the history to the instant of
    the decision and nothing else.
    """

    name: str
    config: EngineConfig
    poll_rows: int = 1  # looks at every n-th instant
    latency_rows: int = 0  # instants from the decision to the fill
    signal: Callable[[History, BookReading], BookReading] | None = None
    policy: Callable[[History, HedgePolicy], HedgePolicy] | None = None  # what the desk wants at this instant
    closes_hedge: bool = True  # sells the hedge at the last instant, at full cost
    wants_realised_vol: bool = False  # readings of volatility for the regimes

    def __post_init__(self) -> None:
        if self.poll_rows < 1 or self.latency_rows < 0:
            raise InputError(f"strategy {self.name}: expected poll_rows of at least 1 and latency_rows of at least 0")


@dataclass(frozen=True, eq=False, kw_only=True)
class ReplayOutcome(Columns):
    """One row per interval between two instants; currency. The first row is of the first instant: its trades only."""

    strategy: str
    recording: str
    decisions: tuple[Decision, ...] = field(repr=False)

    block: Floats = column(np.float64)
    book_profit: Floats = column(np.float64)
    hedge_profit: Floats = column(np.float64)  # of the mid, before costs
    tracking: Floats = column(np.float64)  # mishedge × move of the hedge's price
    fee: Floats = column(np.float64)
    slippage: Floats = column(np.float64)  # half spread: fills against the mid of their instant
    ticket: Floats = column(np.float64)
    impact: Floats = column(np.float64)  # of the size of the order, by the square-root law; 0 where no volume is known
    funding: Floats = column(np.float64)
    contracts: Floats = column(np.float64)  # traded, unsigned
    position: Floats = column(np.float64)  # contracts after this instant's fills
    mishedge: Floats = column(np.float64)  # units, after this instant's fills

    @property
    def cost(self) -> Floats:
        """Fee, half spread, impact and ticket."""
        total: Floats = self.fee + self.slippage + self.impact + self.ticket
        return total

    @property
    def net_profit(self) -> Floats:
        """Book and hedge after costs and funding."""
        total: Floats = self.book_profit + self.hedge_profit - self.cost - self.funding
        return total

    @property
    def drawdown(self) -> float:
        """The largest fall of the cumulated net profit."""
        level = np.concatenate([[0.0], np.cumsum(self.net_profit)])
        return float((np.maximum.accumulate(level) - level).max())

    @property
    def order_count(self) -> int:
        """Instants at which something filled."""
        return int((self.contracts > 0.0).sum())


@dataclass(frozen=True)
class _Pending:
    order: EngineOrder
    due: int


def reading_at(recording: Recording, row: int, strategy: Strategy) -> BookReading:
    """What the engine is told at an instant: the row, and readings of the past."""
    history = History(recording, row)
    short = history.realised_vol(_DAY) if strategy.wants_realised_vol else None
    long = history.realised_vol(30.0 * _DAY) if strategy.wants_realised_vol else None
    reading = BookReading(
        underlying=recording.underlying,
        spot=float(recording.spot[row]),
        delta=float(recording.delta[row]),
        gamma=float(recording.gamma[row]),
        vol=float(recording.vol[row]),
        as_of=recording.time[row],
        time_to_expiry=float(recording.time_to_expiry[row]) or math.inf,
        value=float(recording.book_value[row]),
        is_coin_settled=recording.is_coin_settled,
        instruments=(recording.instrument(row),),
        realised_vol_short=short,
        realised_vol_long=long,
    )
    return reading if strategy.signal is None else strategy.signal(history, reading)


def config_at(recording: Recording, row: int, strategy: Strategy) -> EngineConfig:
    """The engine's configuration at an instant: the strategy's own, with the policy it names for it."""
    if strategy.policy is None:
        return strategy.config
    return replace(strategy.config, policy=strategy.policy(History(recording, row), strategy.config.policy))


def replay(recording: Recording, strategy: Strategy, *, stop: int | None = None) -> ReplayOutcome:
    """Walk a recording. At each instant the market moves, orders that are due fill, then the engine looks.

    Fills are at the far side of the instant at which they fill, never of the one they were decided on unless the latency is
    0; no more than the depth fills and the rest is refused. A closed market fills nothing and is not looked at: what is due
    waits for the next open instant. The hedge left at the end is sold at full cost where the strategy says so.
    """
    count = len(recording) if stop is None else stop
    price, multiplier = recording.price, recording.terms.multiplier
    is_inverse = recording.terms.kind is LinearKind.INVERSE
    lines = {name: np.zeros(count) for name in ReplayOutcome.column_names()}
    lines["block"] = recording.block[:count].astype(np.float64)
    lines["book_profit"] = recording.book_profit[:count].copy()
    state = opening_state((recording.instrument(0),))
    pending: list[_Pending] = []
    decisions: list[Decision] = []
    position = 0
    for row in range(count):
        now = float(price[row])
        if row > 0:
            before = float(price[row - 1])
            units = position * multiplier * (1.0 / before if is_inverse else 1.0)
            lines["hedge_profit"][row] = units * (now - before)
            lines["tracking"][row] = lines["mishedge"][row - 1] * (now - before)
            lines["funding"][row] = units * before * float(recording.funding[row])
        is_open = recording.can_trade[row] == 1.0
        is_last = row == len(recording) - 1
        if is_open:
            due = [one for one in pending if one.due <= row]
            pending = [one for one in pending if one.due > row]
            for one in due:
                state, filled = _fill(recording, row, one.order, state, lines)
                position += filled
        if is_open and not is_last and row % strategy.poll_rows == 0:
            reading = reading_at(recording, row, strategy)
            inputs = EngineInputs(as_of=recording.time[row], books=(reading,), trigger="poll")
            decision, state = decide(inputs, config_at(recording, row, strategy), state)
            decisions.append(decision)
            for order in decision.orders:
                if strategy.latency_rows == 0:
                    state, filled = _fill(recording, row, order, state, lines)
                    position += filled
                else:
                    pending.append(_Pending(order, row + strategy.latency_rows))
        if is_last and strategy.closes_hedge and position:
            _charge(recording, row, -position, lines)
            position = 0
        units = position * multiplier * (1.0 / now if is_inverse else 1.0)
        lines["position"][row] = position
        lines["mishedge"][row] = float(recording.delta[row]) + units
    return ReplayOutcome(strategy=strategy.name, recording=recording.name, decisions=tuple(decisions), **lines)


def _fill(
    recording: Recording, row: int, order: EngineOrder, state: EngineState, lines: dict[str, Floats]
) -> tuple[EngineState, int]:
    """The state after what the depth allows has filled, and how many contracts that was."""
    depth = recording.depth[row]
    most = abs(order.contracts) if math.isinf(depth) else min(abs(order.contracts), int(depth))
    filled = int(math.copysign(most, order.contracts)) if most else 0
    price = float(recording.ask[row] if order.contracts > 0 else recording.bid[row])
    fill = Fill(
        fill_id=f"{order.order_id}:{row}",
        order_id=order.order_id,
        symbol=order.symbol,
        contracts=filled,
        filled_at=recording.time[row],
        price=price if filled else None,
    )
    if filled:
        _charge(recording, row, filled, lines)
        state, _ = apply_fill(state, fill)
    if filled != order.contracts:
        rest = replace(fill, fill_id=fill.fill_id + ":rest", contracts=0, price=None, is_rejected=True)
        state, _ = apply_fill(state, rest, reject_pause=0.0)
    return state, filled


def _charge(recording: Recording, row: int, contracts: int, lines: dict[str, Floats]) -> None:
    terms, price = recording.terms, float(recording.price[row])
    notional = abs(contracts) * terms.multiplier * (1.0 if terms.kind is LinearKind.INVERSE else price)
    half = 0.5 * float(recording.ask[row] - recording.bid[row]) / price
    lines["fee"][row] += notional * terms.fee_bps * 1e-4 + abs(contracts) * terms.fee_per_contract
    lines["slippage"][row] += notional * half
    lines["ticket"][row] += terms.ticket
    if terms.average_daily_volume is not None:
        each = terms.multiplier * (1.0 / price if terms.kind is LinearKind.INVERSE else 1.0)
        volume = terms.average_daily_volume * each
        coefficient = impact_coefficient(float(recording.spot[row]), float(recording.vol[row]), volume)
        lines["impact"][row] += coefficient * (abs(contracts) * each) ** 1.5
    lines["contracts"][row] += abs(contracts)
