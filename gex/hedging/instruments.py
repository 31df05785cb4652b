"""What may be traded: terms and market of each instrument, and what follows from them at one spot."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gex.calendar import YEAR
from gex.errors import InputError
from gex.hedging.costs import CostCurve, CostLines, basis_cost, funding_cost, impact_coefficient
from gex.hedging.liquidation import implied_wallet, inverse_liquidation, linear_liquidation
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
    maker_fee_bps: float | None = None  # of an order that rests, negative for a rebate; None: fee_bps
    fee_per_contract: float = 0.0
    half_spread_bps: float = 0.0  # where bid and ask are absent
    ticket: float = 0.0  # currency an order
    funding_rate: float = 0.0  # per funding_interval; positive: longs pay
    expected_funding_rate: float | None = None  # over the holding time; None: funding_rate
    funding_sd: float | None = None  # of the rate a period round what is expected; None: not known
    funding_interval: float = 28_800.0  # seconds
    carry_rate: float | None = None  # r − q of the underlying to the expiry, per year; None: implied by price and spot
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


def with_stated_liquidation(instrument: HedgeInstrument, liquidation_price: float) -> HedgeInstrument:
    """The instrument with the wallet behind the liquidation price that its venue states for the confirmed position.

    The venue's number wins over a wallet that was given: positions that grow or shrink from here on are counted from it.
    Maintenance margin counts as 0 where it is not known. Without a price of its own the position counts as entered at the
    price now. InputError without a position, without any price, or for a price on the wrong side.
    """
    name, size = f"instrument {instrument.symbol}.liquidation_price", instrument.position * instrument.multiplier
    entry = instrument.entry_price if instrument.entry_price is not None else instrument.price
    if entry is None and instrument.bid is not None and instrument.ask is not None:
        entry = 0.5 * (instrument.bid + instrument.ask)
    if not instrument.position or instrument.kind is LinearKind.SPOT:
        raise InputError(f"{name}: there is no position that could be liquidated")
    if entry is None or not (math.isfinite(entry) and entry > 0.0):
        raise InputError(f"{name}: expected the position's entry_price beside it, a price, or bid and ask")
    if not (math.isfinite(liquidation_price) and liquidation_price > 0.0):
        raise InputError(f"{name}: expected a positive price, got {liquidation_price}")
    margin = instrument.maintenance_margin or 0.0
    is_inverse = instrument.kind is LinearKind.INVERSE
    wallet = implied_wallet(size, entry, liquidation_price, margin, is_inverse=is_inverse)
    return replace(instrument, wallet=wallet, maintenance_margin=margin, entry_price=entry)


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
            carry_rate=np.array([math.nan if self.instrument.carry_rate is None else self.instrument.carry_rate]),
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

        Funding for perpetuals, at the rate that is expected where one is stated. Basis for dated contracts; that of an
        index future is measured from the chain's own forward, because the options of the book are priced off the same
        carry.
        """
        instrument, notional = self.instrument, contracts * self.notional
        rate = instrument.funding_rate
        if instrument.expected_funding_rate is not None:
            rate = instrument.expected_funding_rate
        funding = funding_cost(notional, rate, horizon * _SECONDS_PER_YEAR, instrument.funding_interval)
        basis = roll = 0.0
        if math.isfinite(self.time_to_expiry):
            reference = self.fair_price if instrument.kind is LinearKind.INDEX_FUTURE else self.spot
            basis = basis_cost(notional, self.price, reference, horizon, self.time_to_expiry)
            if horizon > self.time_to_expiry:
                roll = abs(notional) * instrument.roll_bps * 1e-4
        borrow = max(-notional, 0.0) * instrument.borrow_rate * horizon
        return CostLines(funding=funding, basis=basis, roll=roll, borrow=borrow)

    def carry_sd(self, contracts: float, horizon: float) -> float:
        """Standard deviation of the funding of `contracts` over `horizon` years, currency; 0 where none is stated.

        |N|·s·H/interval: a rate that is off stays off, so that it grows with time and not with its root. 60 contracts of
        10,000 at s = 0.01 % per 8 h, one day: 180.
        """
        instrument = self.instrument
        if not instrument.funding_sd:
            return 0.0
        return abs(
            funding_cost(
                contracts * self.notional,
                instrument.funding_sd,
                horizon * _SECONDS_PER_YEAR,
                instrument.funding_interval,
            )
        )

    def resting_lines(self, contracts: float, *, ticket: float = 0.0) -> CostLines:
        """What an order costs that rests and is met: the maker's fee and the ticket, no spread and no impact, currency."""
        instrument, size = self.instrument, abs(contracts)
        bps = instrument.fee_bps if instrument.maker_fee_bps is None else instrument.maker_fee_bps
        fee = size * (instrument.fee_per_contract + self.notional * bps * 1e-4)
        return CostLines(fee=fee, ticket=max(instrument.ticket, ticket) if size else 0.0)

    def resting_cost(self, contracts: float, *, ticket: float = 0.0) -> float | None:
        """Their sum, currency; None where no maker's fee is known."""
        return None if self.instrument.maker_fee_bps is None else self.resting_lines(contracts, ticket=ticket).trading


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
        instrument.expected_funding_rate or 0.0,
        instrument.funding_sd or 0.0,
        instrument.maker_fee_bps or 0.0,
        instrument.carry_rate or 0.0,
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
    fair = spot
    if math.isfinite(time):
        growth = float(carry.growth(np.array(time))) if instrument.carry_rate is None else None
        fair = spot * (math.exp((instrument.carry_rate or 0.0) * time) if growth is None else growth)
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
