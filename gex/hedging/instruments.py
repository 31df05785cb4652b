"""What may be traded: terms and market of each instrument, and what follows from them at one spot."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gex.calendar import YEAR
from gex.errors import InputError
from gex.hedging.costs import CostCurve, CostLines, basis_cost, funding_cost, impact_coefficient
from gex.hedging.liquidation import inverse_liquidation, linear_liquidation
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind, LinearPositions

_SECONDS_PER_YEAR = 365.0 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class HedgeInstrument:
    """Terms, market and holding of one instrument; None is unknown, NaN is a bad number and makes the planner hold.

    Contracts are signed, + long. Rates are decimal. `multiplier` is units of underlying a contract (ES 50, MES 5), for
    INVERSE currency a contract (Deribit BTC 10).
    """

    symbol: str
    kind: LinearKind
    multiplier: float
    expires_at: np.datetime64 | None = None  # None for perpetuals and spot
    price: float | None = None  # of this contract, not of the index; None: the mid, else the chain's forward
    bid: float | None = None
    ask: float | None = None
    quoted_at: np.datetime64 | None = None
    tick: float | None = None
    depth: float | None = None  # contracts that may be sent at a time
    average_daily_volume: float | None = None  # contracts a day; None: no impact is charged
    lot: int = 1  # smallest step of quantity, contracts
    fee_bps: float = 0.0
    fee_per_contract: float = 0.0
    half_spread_bps: float = 0.0  # where bid and ask are absent
    ticket: float = 0.0  # currency an order
    funding_rate: float = 0.0  # per funding_interval; positive: longs pay
    funding_interval: float = 28_800.0  # seconds
    roll_bps: float = 0.0  # to go on past the expiry
    borrow_rate: float = 0.0  # per year, to sell the asset short
    margin: float | None = None  # initial margin a contract, currency
    maintenance_margin: float | None = None  # fraction of notional; with `wallet` it gives the liquidation price
    wallet: float | None = None  # behind the position alone: currency, coins where INVERSE
    entry_price: float | None = None  # of the position; None: the price now
    position: int = 0  # confirmed, contracts
    in_flight: int = 0  # sent and not confirmed, contracts
    minimum_position: int | None = None
    maximum_position: int | None = None
    maximum_order: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("multiplier", None), ("lot", None), ("funding_interval", None), ("ticket", 0.0)):
            value = getattr(self, name)
            if math.isnan(value):
                continue  # the planner names it and holds
            if not (value > 0.0 if least is None else value >= least) or math.isinf(value):
                raise InputError(f"instrument {self.symbol}.{name}: expected a positive number, got {value}")
        if self.kind in (LinearKind.INDEX_FUTURE,) and self.expires_at is None:
            raise InputError(f"instrument {self.symbol}.expiry: a future on an index needs it")

    @property
    def held(self) -> int:
        """Confirmed and in flight, contracts: what the hedge will be once everything sent has filled."""
        return self.position + self.in_flight


class InstrumentFault(enum.Enum):
    """Why nothing can be decided with an instrument as it stands."""

    BAD_NUMBER = "bad_number"
    CROSSED_QUOTE = "crossed_quote"
    STALE_QUOTE = "stale_quote"
    EXPIRED_INSTRUMENT = "expired_instrument"
    NO_PRICE = "no_price"


@dataclass(frozen=True, kw_only=True)
class PricedInstrument:
    """An instrument at one spot."""

    instrument: HedgeInstrument
    spot: float
    price: float  # currency per unit
    fair_price: float  # the chain's own forward to its expiry; spot for perpetuals
    time_to_expiry: float  # years; inf for perpetuals and spot

    def table(self, contracts: float) -> LinearPositions:
        """The instrument, held `contracts` times, as a table of one row."""
        return LinearPositions(
            spot=self.spot,
            symbol=(self.instrument.symbol,),
            kind=np.array([self.instrument.kind], np.int8),
            contracts=np.array([contracts]),
            multiplier=np.array([self.instrument.multiplier]),
            price=np.array([self.price]),
            time_to_expiry=np.array([self.time_to_expiry]),
            entry_price=np.array([self.price]),
        )

    @cached_property
    def units_per_contract(self) -> float:
        """m·∂F/∂S, or currency per contract / F for inverse ones: units of underlying."""
        return float(self.table(1.0).units_per_contract()[0])

    @property
    def lot_units(self) -> float:
        """Units of underlying of the smallest order."""
        return self.units_per_contract * self.instrument.lot

    @property
    def notional(self) -> float:
        """Currency notional of one contract."""
        is_inverse = self.instrument.kind is LinearKind.INVERSE
        return self.instrument.multiplier * (1.0 if is_inverse else self.price)

    def curve(
        self, *, vol: float, impact_prefactor: float = 1.0, ticket: float = 0.0, lot: float | None = None
    ) -> CostCurve:
        """Cost of an order in units of underlying; `lot` in units where a finer instrument takes the remainder."""
        instrument, units = self.instrument, self.units_per_contract
        fee = instrument.fee_per_contract + self.notional * instrument.fee_bps * 1e-4
        if instrument.bid is not None and instrument.ask is not None:
            half_spread = 0.5 * (instrument.ask - instrument.bid) / self.price * self.notional
        else:
            half_spread = self.notional * instrument.half_spread_bps * 1e-4
        volume = instrument.average_daily_volume
        impact = 0.0
        if volume is not None and math.isfinite(vol):
            impact = impact_coefficient(self.spot, vol, volume * units, prefactor=impact_prefactor)
        return CostCurve(
            fee=fee / units,
            half_spread=half_spread / units,
            impact=impact,
            ticket=max(instrument.ticket, ticket),
            lot=self.lot_units if lot is None else lot,
        )

    def liquidation_price(self, added: int = 0) -> float | None:
        """Price at which the position is liquidated after `added` contracts at the price now; None: never, or not known.

        Isolated margin (`gex.hedging.liquidation`); a position that grows has the mean entry price, one that shrinks
        keeps its own.
        """
        instrument = self.instrument
        if instrument.maintenance_margin is None or instrument.wallet is None or instrument.kind is LinearKind.SPOT:
            return None
        held, after = instrument.held, instrument.held + added
        if after == 0:
            return None
        entry = self.price if instrument.entry_price is None else instrument.entry_price
        is_inverse = instrument.kind is LinearKind.INVERSE
        wallet = instrument.wallet
        if held * after <= 0:
            kept = 0
        elif abs(after) < abs(held):
            kept = after
        else:
            kept = held
        # What is closed has its profit in the wallet.
        closed = (held - kept) * instrument.multiplier
        wallet += closed * (1.0 / entry - 1.0 / self.price if is_inverse else self.price - entry)
        opened = after - kept
        if is_inverse:
            mean = after / (kept / entry + opened / self.price)
            return inverse_liquidation(after * instrument.multiplier, mean, wallet, instrument.maintenance_margin)
        mean = (kept * entry + opened * self.price) / after
        return linear_liquidation(after * instrument.multiplier, mean, wallet, instrument.maintenance_margin)

    def carry(self, contracts: float, horizon: float) -> CostLines:
        """What holding `contracts` more for `horizon` years is expected to cost, spot unchanged.

        Funding for perpetuals. Basis for dated contracts; that of an index future is measured from the chain's own
        forward, because the options of the book are priced off the same carry.
        """
        instrument, notional = self.instrument, contracts * self.notional
        funding = funding_cost(
            notional, instrument.funding_rate, horizon * _SECONDS_PER_YEAR, instrument.funding_interval
        )
        basis = roll = 0.0
        if math.isfinite(self.time_to_expiry):
            reference = self.fair_price if instrument.kind is LinearKind.INDEX_FUTURE else self.spot
            basis = basis_cost(notional, self.price, reference, horizon, self.time_to_expiry)
            if horizon > self.time_to_expiry:
                roll = abs(notional) * instrument.roll_bps * 1e-4
        borrow = max(-notional, 0.0) * instrument.borrow_rate * horizon
        return CostLines(funding=funding, basis=basis, roll=roll, borrow=borrow)


def priced_instrument(
    instrument: HedgeInstrument,
    *,
    spot: float,
    carry: Carry,
    as_of: np.datetime64,
    max_age: float | None = None,
) -> PricedInstrument | InstrumentFault:
    """The instrument at `spot`, or the reason for which it cannot be trusted.

    Its price is the one given, else the mid of bid and ask, else the chain's forward to its expiry (spot for
    perpetuals and spot itself). `max_age` is in seconds.
    """
    known = [instrument.price, instrument.bid, instrument.ask]
    numbers = [value for value in known if value is not None]
    others = [
        instrument.multiplier,
        instrument.fee_bps,
        instrument.fee_per_contract,
        instrument.half_spread_bps,
        instrument.funding_rate,
        instrument.ticket,
        instrument.borrow_rate,
        instrument.roll_bps,
        instrument.margin or 0.0,
        instrument.maintenance_margin or 0.0,
        instrument.wallet or 0.0,
        instrument.entry_price or 0.0,
        instrument.average_daily_volume or 0.0,
    ]
    if not all(math.isfinite(v) and v > 0.0 for v in numbers) or not all(math.isfinite(v) for v in others):
        return InstrumentFault.BAD_NUMBER
    if instrument.bid is not None and instrument.ask is not None and instrument.bid > instrument.ask:
        return InstrumentFault.CROSSED_QUOTE
    if max_age is not None and instrument.quoted_at is not None:
        age = float((as_of - instrument.quoted_at) / np.timedelta64(1, "ns")) * 1e-9
        if not age <= max_age:
            return InstrumentFault.STALE_QUOTE
    time = math.inf
    if instrument.expires_at is not None:
        time = float((instrument.expires_at - as_of) / YEAR)
        if not time > 0.0:
            return InstrumentFault.EXPIRED_INSTRUMENT
    fair = spot if math.isinf(time) else spot * float(carry.growth(np.array(time)))
    price = instrument.price
    if price is None and instrument.bid is not None and instrument.ask is not None:
        price = 0.5 * (instrument.bid + instrument.ask)
    if price is None:
        price = fair
    if not (math.isfinite(price) and price > 0.0):
        return InstrumentFault.NO_PRICE
    return PricedInstrument(instrument=instrument, spot=spot, price=price, fair_price=fair, time_to_expiry=time)


def ladders(instruments: Sequence[PricedInstrument]) -> tuple[tuple[PricedInstrument, ...], ...]:
    """Instruments of one kind and expiry together, the longest contract first and at equal size the cheapest.

    ES and MES make one ladder: whole ES, and MES for the remainder. A perpetual and a quarterly make two.
    """
    groups: dict[tuple[LinearKind, object], list[PricedInstrument]] = {}
    for priced in instruments:
        expiry = priced.instrument.expires_at
        key = (
            priced.instrument.kind,
            None if expiry is None else int(expiry.astype("datetime64[ns]").astype(np.int64)),
        )
        groups.setdefault(key, []).append(priced)
    return tuple(
        tuple(sorted(group, key=lambda p: (-p.lot_units, p.curve(vol=math.nan).proportional)))
        for group in groups.values()
    )
