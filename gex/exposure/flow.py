"""Dealer flow: what dealers must trade when the market moves, fully repriced and attributed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.calendar import instant
from gex.columns import Floats
from gex.errors import InputError
from gex.exposure.account import AccountUnit, inverse_flow
from gex.exposure.dynamics import VolInTime
from gex.exposure.instrument import ContractQuantity, ExposureInstrument, contract_quantity
from gex.exposure.lines import ExposureLines, SkewStickiness
from gex.exposure.repricing import MovedLines, moved_lines, years_after


@dataclass(frozen=True, kw_only=True)
class MarketMove:
    """A move from the state of the chain. `spot_move` relative (0.01 is +1 %), `vol_points` parallel (1 is 0.01).

    Time passes by `seconds`, or to the instant `at`.
    """

    spot_move: float = 0.0
    vol_points: float = 0.0
    seconds: float = 0.0
    at: np.datetime64 | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if not self.spot_move > -1.0:
            raise InputError(f"MarketMove.spot_move: expected more than -1, got {self.spot_move}")
        if self.seconds < 0.0:
            raise InputError(f"MarketMove.seconds: expected 0 or more, got {self.seconds}")

    def instant(self, as_of: np.datetime64) -> np.datetime64 | None:
        """When the move is over; None: at once."""
        if self.at is not None:
            if self.at < as_of:
                raise InputError(f"MarketMove.at: expected an instant from {as_of} on, got {self.at}")
            return instant(self.at)
        return as_of + np.timedelta64(round(self.seconds * 1e9), "ns") if self.seconds > 0.0 else None


@dataclass(frozen=True, kw_only=True)
class DealerFlow:
    """What dealers of one book trade in a move, + buy: minus the change of their delta.

    `units` is the full reprice; `gamma_units`, `vanna_units` and `charm_units` are first order at the start and
    `residual_units` the rest: the first order alone may have the wrong sign. For coin-settled books units are those of the
    currency notional at the moved spot, and the parts follow the account unit.
    """

    move: MarketMove
    spot: float  # after the move
    units: float
    notional: float  # currency, at the moved spot
    gamma_units: float
    vanna_units: float
    charm_units: float
    residual_units: float
    quantity: ContractQuantity | None


def dealer_flows(
    lines: ExposureLines,
    call: Floats,
    put: Floats,
    moves: Sequence[MarketMove],
    *,
    skew_stickiness: SkewStickiness = 1.0,
    vol_in_time: VolInTime = VolInTime.FIXED_VOL,
    instrument: ExposureInstrument | None = None,
    account: AccountUnit = AccountUnit.CURRENCY,
    is_inverse: bool = False,
) -> tuple[tuple[DealerFlow, ...], ...]:
    """For each book the flow of every move; `call` and `put` (book_count, line_count) are signed contracts × multiplier.

    `is_inverse`: the options are paid in coin, and `account` says which hedge they need.
    """
    as_of = lines.forwards.as_of
    here = _sums(moved_lines(lines, lines.spot), call, put)
    flows: list[list[DealerFlow]] = [[] for _ in call]
    for move in moves:
        spot = lines.spot * (1.0 + move.spot_move)
        at = move.instant(as_of)
        elapsed = 0.0 if at is None else years_after(lines.forwards, at)
        there = _sums(
            moved_lines(
                lines,
                spot,
                at,
                skew_stickiness=skew_stickiness,
                vol_in_time=vol_in_time,
                vol_points=move.vol_points,
            ),
            call,
            put,
        )
        change = np.array([spot - lines.spot, 0.01 * move.vol_points, elapsed])
        if is_inverse:
            notional = inverse_flow(account, lines.spot, spot, here.delta, there.delta, here.value, there.value)
            units = notional / spot
            parts = -here.inverse_slopes(account, lines.spot) * change[:, np.newaxis] / spot
        else:
            units = here.delta - there.delta
            notional = units * spot
            parts = -here.slopes * change[:, np.newaxis]
        for b, own in enumerate(flows):
            quantity = None
            if instrument is not None:
                growth = instrument.growth(lines.spot, as_of, elapsed)
                quantity = contract_quantity(
                    instrument, float(units[b]), spot, growth, depth_percent=abs(100.0 * move.spot_move)
                )
            own.append(
                DealerFlow(
                    move=move,
                    spot=spot,
                    units=float(units[b]),
                    notional=float(notional[b]),
                    gamma_units=float(parts[0, b]),
                    vanna_units=float(parts[1, b]),
                    charm_units=float(parts[2, b]),
                    residual_units=float(units[b] - parts[:, b].sum()),
                    quantity=quantity,
                )
            )
    return tuple(tuple(own) for own in flows)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Sums:
    """Per book: delta (units), value (currency), their derivatives to spot, vol and time (3, books)."""

    delta: Floats
    value: Floats
    slopes: Floats  # of delta
    value_slopes: Floats

    def inverse_slopes(self, account: AccountUnit, spot: float) -> Floats:
        """Minus the derivatives of the wanted notional: of S·Δ − C, of S·Δ, or S·∂Δ where profit stays in coin."""
        delta_part = spot * self.slopes
        if account is AccountUnit.CURRENCY_KEPT_IN_COIN:
            return delta_part
        by_spot = np.zeros_like(self.slopes)
        by_spot[0] = self.delta
        whole = delta_part + by_spot
        return whole - self.value_slopes if account is AccountUnit.COIN else whole


def _sums(moved: MovedLines, call: Floats, put: Floats) -> _Sums:
    """Sums over the lines that are alive; a put is the call less the forward contract of its strike."""
    greeks = moved.call_greeks()
    alive, time = moved.is_alive, moved.time_to_expiry
    weight, puts = call + put, put
    carried = moved.carried
    discount = np.where(alive, moved.discount_factor, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        dividend_yield = np.where(alive, -np.log(carried) / time, 0.0)
        rate = np.where(alive, -np.log(discount) / time, 0.0)

    def total(of_call: Floats, less: Floats) -> Floats:
        summed: Floats = weight @ np.where(alive, of_call, 0.0) - puts @ less
        return summed

    nothing = np.zeros(len(time))
    forward_value = moved.spot * carried - moved.strike * discount
    forward_theta = moved.spot * carried * dividend_yield - moved.strike * discount * rate
    slopes = [
        total(greeks.gamma, nothing),
        total(greeks.vanna, nothing),
        total(greeks.charm, carried * dividend_yield),
    ]
    value_slopes = [
        total(greeks.delta, carried),
        total(greeks.vega, nothing),
        total(greeks.theta, forward_theta),
    ]
    return _Sums(
        delta=value_slopes[0],
        value=total(greeks.price, forward_value),
        slopes=np.array(slopes),
        value_slopes=np.array(value_slopes),
    )
