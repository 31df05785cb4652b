"""Fills, partial fills and rejections: the only way in which positions, orders in flight and realised costs move."""

from dataclasses import dataclass, replace

import numpy as np

from gex.errors import InputError
from gex.hedging.costs import CostLines
from gex.hedging.engine.state import Account, EngineState, Ledger, OpenOrder, Reject, remembered, with_account
from gex.hedging.instruments import HedgeInstrument

_KEPT_SLIPPAGE = 64
_LONGEST_PAUSE = 3600.0  # seconds between two tries at a venue that refuses


@dataclass(frozen=True, kw_only=True)
class Fill:
    """What a venue says of an order: some of it filled, or the rest of it refused."""

    fill_id: str  # the venue's; a second fill of that name changes nothing
    order_id: str
    symbol: str
    contracts: int  # signed, filled now; 0 for a rejection
    filled_at: np.datetime64
    price: float | None = None  # currency per unit; None for a rejection
    fee: float | None = None  # currency; None: as expected
    is_rejected: bool = False  # what remains is refused


@dataclass(frozen=True, kw_only=True)
class FillReceipt:
    """What became of a fill."""

    is_applied: bool
    reason: str = ""  # "duplicate", "unknown_order", "overfill"; the latter two are applied and must be looked at
    position: int = 0
    in_flight: int = 0
    decision: int = 0  # that the order came from; 0 where it is not known
    costs: CostLines | None = None  # realised by this fill


def apply_fill(
    state: EngineState, fill: Fill, *, instrument: HedgeInstrument | None = None, reject_pause: float = 60.0
) -> tuple[EngineState, FillReceipt]:
    """The state after a fill moved it by the filled size only, and a receipt. Applied at most once by `fill_id`.

    A fill of an order that the engine does not know is booked too, because the position is real; `instrument` gives the
    terms where the engine never held it.
    """
    if fill.fill_id in state.fill_ids:
        return state, _receipt(state, fill, is_applied=False, reason="duplicate")
    if fill.contracts and not (fill.price is not None and fill.price > 0.0):
        raise InputError(f"fill {fill.fill_id}: expected a positive price, got {fill.price}")
    order = next((one for one in state.orders if one.order_id == fill.order_id), None)
    reason = ""
    if order is None:
        reason = "unknown_order"
    elif order.symbol != fill.symbol:
        raise InputError(f"fill {fill.fill_id}: order {fill.order_id} is of {order.symbol}, not of {fill.symbol}")
    elif fill.contracts * order.remaining < 0 or abs(fill.contracts) > abs(order.remaining):
        reason = "overfill"
    state = replace(state, fill_ids=remembered(state.fill_ids, fill.fill_id))
    costs = None
    if fill.contracts:
        state, costs = _booked(state, fill, order, instrument)
    if order is not None:
        left = order.remaining - fill.contracts
        is_done = fill.is_rejected or left == 0 or left * order.contracts < 0
        orders = tuple(
            replace(one, remaining=left) if one is order else one
            for one in state.orders
            if not (one is order and is_done)
        )
        state = replace(state, orders=orders)
    if fill.is_rejected:
        state = _refused(state, fill, reject_pause)
    elif fill.contracts:
        state = replace(state, rejects=tuple(one for one in state.rejects if one.symbol != fill.symbol))
    return state, _receipt(state, fill, is_applied=True, reason=reason, order=order, costs=costs)


def pay_funding(state: EngineState, amount: float) -> EngineState:
    """Funding as the venue printed it, currency, + paid."""
    return replace(
        state, ledger=replace(state.ledger, realised=state.ledger.realised + CostLines(funding=float(amount)))
    )


def _booked(
    state: EngineState, fill: Fill, order: OpenOrder | None, instrument: HedgeInstrument | None
) -> tuple[EngineState, CostLines]:
    account = state.account(fill.symbol)
    if account is None:
        if instrument is None:
            raise InputError(f"fill {fill.fill_id}: {fill.symbol} is no instrument of this hedge")
        account = Account(
            symbol=fill.symbol, is_inverse=instrument.kind.name == "INVERSE", multiplier=instrument.multiplier
        )
    price = float(fill.price or 0.0)
    reference = price if order is None else order.reference_price
    size = fill.contracts * account.multiplier
    if account.is_inverse:
        cash, reference_cash = size / price, size / reference
        slippage = size * (price / reference - 1.0)
        notional = abs(size)
    else:
        cash, reference_cash = -size * price, -size * reference
        slippage = size * (price - reference)
        notional = abs(size) * price
    share = 0.0 if order is None else abs(fill.contracts / order.contracts)
    is_first = order is not None and order.remaining == order.contracts
    expected = CostLines() if order is None else _scaled(order.expected, share, ticket=is_first)
    realised = CostLines(
        fee=expected.fee if fill.fee is None else fill.fee,
        half_spread=expected.half_spread,
        impact=slippage - expected.half_spread,
        ticket=expected.ticket,
    )
    account = replace(
        account,
        position=account.position + fill.contracts,
        entry_price=_entry(account, fill.contracts, price),
        cash=account.cash + cash,
        reference_cash=account.reference_cash + reference_cash,
    )
    breaker = state.breaker
    if order is not None:
        pair = (expected.trading, realised.trading)
        breaker = replace(breaker, slippage=(*breaker.slippage, pair)[-_KEPT_SLIPPAGE:])
    ledger = _charged(state.ledger, expected, realised, notional, fill.filled_at)
    return replace(with_account(state, account), ledger=ledger, breaker=breaker), realised


def _charged(ledger: Ledger, expected: CostLines, realised: CostLines, notional: float, at: np.datetime64) -> Ledger:
    day = int(at.astype("datetime64[D]").astype(np.int64))
    today = ledger.cost_today if day == ledger.day else 0.0
    if day < ledger.day:  # a late report of yesterday's fill is not today's cost
        day, today = ledger.day, ledger.cost_today - realised.trading
    return replace(
        ledger,
        expected=ledger.expected + expected,
        realised=ledger.realised + realised,
        fill_count=ledger.fill_count + 1,
        traded_notional=ledger.traded_notional + notional,
        day=day,
        cost_today=today + realised.trading,
    )


def _scaled(lines: CostLines, share: float, *, ticket: bool) -> CostLines:
    """The trading lines of a part of an order; the ticket is paid once."""
    return CostLines(
        fee=lines.fee * share,
        half_spread=lines.half_spread * share,
        impact=lines.impact * share,
        ticket=lines.ticket if ticket else 0.0,
    )


def _entry(account: Account, contracts: int, price: float) -> float | None:
    """Mean entry price of what is held after a fill: harmonic for inverse contracts, kept while a position shrinks."""
    before, after = account.position, account.position + contracts
    if after == 0:
        return None
    if before * after <= 0 or account.entry_price is None:
        return price
    if abs(after) <= abs(before):
        return account.entry_price
    if account.is_inverse:
        return after / (before / account.entry_price + contracts / price)
    return (before * account.entry_price + contracts * price) / after


def _refused(state: EngineState, fill: Fill, pause: float) -> EngineState:
    known = next((one for one in state.rejects if one.symbol == fill.symbol), None)
    count = 1 if known is None else known.count + 1
    wait = min(pause * 2.0 ** (count - 1), max(_LONGEST_PAUSE, pause))
    until = fill.filled_at + np.timedelta64(round(wait * 1e9), "ns")
    others = tuple(one for one in state.rejects if one.symbol != fill.symbol)
    ledger = replace(state.ledger, reject_count=state.ledger.reject_count + 1)
    return replace(state, rejects=(*others, Reject(symbol=fill.symbol, count=count, until=until)), ledger=ledger)


def _receipt(
    state: EngineState,
    fill: Fill,
    *,
    is_applied: bool,
    reason: str,
    order: OpenOrder | None = None,
    costs: CostLines | None = None,
) -> FillReceipt:
    return FillReceipt(
        is_applied=is_applied,
        reason=reason,
        position=state.position(fill.symbol),
        in_flight=state.in_flight(fill.symbol),
        decision=0 if order is None else order.decision,
        costs=costs,
    )
