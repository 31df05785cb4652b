"""Which books are hedged together: each underlying with its own instruments, or through another while that pays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gex.calendar import YEAR
from gex.hedging.cross import CrossVerdict, cross_hedge
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.inputs import BookReading, EngineInputs
from gex.hedging.engine.state import EngineState
from gex.hedging.instruments import InstrumentFault, PricedInstrument, priced_instrument
from gex.hedging.policy import DEFAULT_RISK_AVERSION, AccountUnit
from gex.portfolio.carry import Carry

_SECONDS_PER_YEAR = 365.0 * 86_400.0
_FLAT = Carry(np.zeros(1), np.zeros(1), np.zeros(1))


@dataclass(frozen=True, eq=False, kw_only=True)
class PricedBook:
    """One underlying with its instruments at their prices, positions and orders in flight those of the state."""

    reading: BookReading
    priced: tuple[PricedInstrument, ...]
    faults: tuple[tuple[str, InstrumentFault], ...]

    @property
    def hedge_units(self) -> float:
        """Held, everything in flight counted as filled."""
        return math.fsum(p.instrument.held * p.units_per_contract for p in self.priced)

    @property
    def in_flight_units(self) -> float:
        """Units in flight, signed."""
        return math.fsum(p.instrument.in_flight * p.units_per_contract for p in self.priced)


@dataclass(frozen=True, kw_only=True)
class CrossReading:
    """How one book stands to the instruments of another."""

    hedged: str
    hedge: str
    beta: float  # of log returns
    correlation_low: float
    break_even: float
    is_used: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Group:
    """Books that share their hedge: the one with the instruments first, with the β of each to it."""

    book: PricedBook
    members: tuple[tuple[PricedBook, float], ...]  # (book, units of the first that one unit moves with)

    def delta(self, coverage: float) -> float:
        """r·Δ of all members and what is held for them, in units of the first."""
        return math.fsum(ratio * (coverage * one.reading.delta + one.hedge_units) for one, ratio in self.members)

    @property
    def book_delta(self) -> float:
        """Of the members' books, units of the first."""
        return math.fsum(ratio * one.reading.delta for one, ratio in self.members)

    @property
    def gamma(self) -> float:
        """Units of the first per its currency: Σ (βSᵢ/S)²·Γᵢ."""
        return math.fsum(ratio * ratio * one.reading.gamma for one, ratio in self.members)

    @property
    def hedge_units(self) -> float:
        """Held, in flight counted, units of the first."""
        return math.fsum(ratio * one.hedge_units for one, ratio in self.members)

    @property
    def in_flight_units(self) -> float:
        """In flight, units of the first."""
        return math.fsum(ratio * one.in_flight_units for one, ratio in self.members)


def priced_book(reading: BookReading, inputs: EngineInputs, config: EngineConfig, state: EngineState) -> PricedBook:
    """The instruments of one book at their prices, or with the faults for which nothing can be decided."""
    policy = config.policy_of(reading.underlying)
    growth = dict(reading.growth)
    priced, faults = [], []
    for instrument in reading.instruments:
        held = replace(
            instrument,
            position=state.position(instrument.symbol),
            in_flight=state.in_flight(instrument.symbol),
            entry_price=getattr(state.account(instrument.symbol), "entry_price", None),
        )
        found = priced_instrument(
            held,
            spot=reading.spot,
            carry=_carry(instrument.expires_at, growth.get(instrument.symbol), inputs.as_of),
            as_of=inputs.as_of,
            max_age=policy.max_age,
        )
        if isinstance(found, PricedInstrument):
            priced.append(found)
        else:
            faults.append((instrument.symbol, found))
    return PricedBook(reading=_with_realised(reading, state), priced=tuple(priced), faults=tuple(faults))


def _with_realised(reading: BookReading, state: EngineState) -> BookReading:
    """The reading with the realised volatility of the spots that earlier decisions saw, where it says none itself."""
    if reading.realised_vol_short is not None and reading.realised_vol_long is not None:
        return reading
    seen = state.realised_vol(reading.underlying)
    short, long = reading.realised_vol_short, reading.realised_vol_long
    if seen.short is None and seen.long is None:
        return reading
    return replace(
        reading,
        realised_vol_short=seen.short if short is None else short,
        realised_vol_long=seen.long if long is None else long,
    )


def grouped(
    books: Mapping[str, PricedBook], inputs: EngineInputs, config: EngineConfig, state: EngineState, *, frozen: bool
) -> tuple[tuple[Group, ...], tuple[CrossReading, ...]]:
    """The hedge groups in the order of the books, and how the cross hedges were judged.

    A book without instruments of its own is hedged through another while the low end of |ρ| beats break-even; one that has
    them, where that is also cheaper than its own hedge with the risk it leaves. `frozen`: no cross hedge is begun.
    """
    crosses: dict[str, CrossReading] = {}
    readings = []
    for name, book in books.items():
        candidates = [
            found
            for row in inputs.correlations
            if row.hedged == name and row.hedge in books and row.hedge != name
            for found in [_judged(book, books[row.hedge], row.value, row.count, config, state, inputs, frozen=frozen)]
            if found is not None
        ]
        readings.extend(candidates)
        used = [one for one in candidates if one.is_used]
        if used:
            crosses[name] = max(used, key=lambda one: one.correlation_low)
    # A book that hedges others is hedged itself: chains of cross hedges would add their errors.
    targets = {one.hedge for one in crosses.values()}
    crosses = {name: one for name, one in crosses.items() if name not in targets}
    readings = [replace(one, is_used=crosses.get(one.hedged) is one) for one in readings]
    groups = []
    for name, book in books.items():
        if name in crosses:
            continue
        members = [(book, 1.0)]
        for other, one in crosses.items():
            if one.hedge == name:
                members.append((books[other], one.beta * books[other].reading.spot / book.reading.spot))
        groups.append(Group(book=book, members=tuple(members)))
    return tuple(groups), tuple(readings)


def coin_equity(reading: BookReading, inputs: EngineInputs, config: EngineConfig, *, is_first: bool) -> float:
    """Coins of the account that count as delta: those of the first book where it is neutral in USD."""
    is_usd = config.policy_of(reading.underlying).account_unit is AccountUnit.USD
    return inputs.equity_coin if is_first and is_usd else 0.0


def _judged(
    hedged: PricedBook,
    hedge: PricedBook,
    correlation: float,
    count: int,
    config: EngineConfig,
    state: EngineState,
    inputs: EngineInputs,
    *,
    frozen: bool,
) -> CrossReading | None:
    if not hedge.priced or count < 4 or not -1.0 < correlation < 1.0:
        return None
    policy = config.policy_of(hedged.reading.underlying)
    mishedge = policy.coverage * hedged.reading.delta + hedged.hedge_units
    exposure, other = hedged.reading, hedge.reading
    sd = abs(mishedge) * exposure.spot * exposure.vol
    if not (math.isfinite(sd) and other.vol > 0.0):
        return None
    aversion = policy.risk_aversion or DEFAULT_RISK_AVERSION
    horizon = config.cross_horizon / _SECONDS_PER_YEAR
    rate = min(p.curve(vol=other.vol).proportional for p in hedge.priced)
    units = abs(correlation) * sd / (other.spot * other.vol)
    pair = (exposure.underlying, other.underlying)
    is_held = pair in state.crossed
    found = cross_hedge(
        correlation,
        count,
        exposure_vol=exposure.vol,
        hedge_vol=other.vol,
        cost=units * rate,
        sd=sd if sd > 0.0 else 1e-300,
        risk_aversion=aversion,
        horizon=horizon,
        is_held=is_held,
    )
    is_used = found.verdict is CrossVerdict.ENTER or (found.verdict is CrossVerdict.KEEP and is_held)
    if is_used and not is_held and (frozen or _left_lately(pair, config, state, inputs)):
        is_used = False
    if is_used and hedged.priced:  # its own contracts leave no residual, but may cost more
        own = min(p.curve(vol=exposure.vol).proportional for p in hedged.priced) * abs(mishedge)
        left = 0.5 * aversion * (1.0 - found.correlation_low**2) * sd * sd * horizon
        is_used = units * rate + left < own
    return CrossReading(
        hedged=pair[0],
        hedge=pair[1],
        beta=found.beta,
        correlation_low=found.correlation_low,
        break_even=found.break_even,
        is_used=is_used,
    )


def _left_lately(pair: tuple[str, str], config: EngineConfig, state: EngineState, inputs: EngineInputs) -> bool:
    dwell = config.regimes.correlation.dwell
    now = int(inputs.as_of.astype("datetime64[ns]").astype(np.int64))
    return any((a, b) == pair and now - at < dwell * 1e9 for a, b, at in state.uncrossed_at)


def _carry(expires_at: np.datetime64 | None, growth: float | None, as_of: np.datetime64) -> Carry:
    if expires_at is None or growth is None or not growth > 0.0:
        return _FLAT
    time = float((expires_at - as_of) / YEAR)
    return Carry(np.array([0.0, time]), np.array([0.0, math.log(growth)]), np.zeros(2)) if time > 0.0 else _FLAT
