"""What early exercise adds to a book: American positions priced as such, now and wherever the book is repriced.

Options on a share or fund are exercised into it: rate and carry are those that forward and discount factor of the expiry
imply. Options on a future are exercised into the future that is their forward.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.american import american_greeks, american_values
from gex.columns import Bools, Columns, Floats, column
from gex.greeks import Greeks, forward_greeks

_HALF_RANGE = 0.6  # of ln(spot/spot now) that the table of deltas spans
_NODE_COUNT = 121
_TIME_NODES = 33
_VOL_NODES = 25
_LEAST_VOL, _LARGEST_SHIFT = 1e-3, 1.0
_SETTLED = 1.5e-17  # years


@dataclass(frozen=True, eq=False, kw_only=True)
class AmericanContracts(Columns):
    """One row per American contract of a book, equal ones merged; every number that its price needs."""

    spot: float  # of the market

    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into the surface's expiries
    units: Floats = column(np.float64)  # signed contracts × multiplier
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)
    forward: Floats = column(np.float64)
    time_to_expiry: Floats = column(np.float64)
    vol: Floats = column(np.float64)
    rate: Floats = column(np.float64)  # −ln D/T
    carry: Floats = column(np.float64)  # ln(F/S)/T
    is_future: Bools = column(np.bool_)  # exercised into the forward

    @cached_property
    def _table(self) -> tuple[Floats, Floats]:
        """(ln(x/S), Σ units·(American − European delta)) at the nodes."""
        node = np.linspace(-_HALF_RANGE, _HALF_RANGE, _NODE_COUNT)
        return node, self.excess(self.spot * np.exp(node))[1]

    @cached_property
    def _by_time(self) -> tuple[Floats, Floats]:
        elapsed = float(self.time_to_expiry.max()) * np.linspace(0.0, 1.0, _TIME_NODES) ** 2
        here = np.array([self.spot])
        return elapsed, np.array([self.excess(here, elapsed=t)[1][0] for t in elapsed.tolist()])

    @cached_property
    def _by_vol(self) -> tuple[Floats, Floats]:
        shift = np.linspace(_LEAST_VOL - float(self.vol.max()), _LARGEST_SHIFT, _VOL_NODES)
        shift = np.unique(np.append(shift, 0.0))
        here = np.array([self.spot])
        return shift, np.array([self.excess(here, vol_shift=x)[1][0] for x in shift.tolist()])

    def delta_excess(self, log_move: Floats) -> tuple[Floats, Floats]:
        """What early exercise adds to the delta at each log move, and its slope: straight lines between 121 nodes."""
        node, value = self._table
        slope = np.diff(value) / np.diff(node)
        cell = np.clip(np.searchsorted(node, log_move, side="right") - 1, 0, len(slope) - 1)
        inside = (log_move >= node[0]) & (log_move <= node[-1])
        return np.interp(log_move, node, value), np.where(inside, slope[cell], 0.0)

    def delta_excess_in_time(self, elapsed: Floats) -> Floats:
        """The same at the spot of now, `elapsed` years on; straight lines between nodes."""
        return np.interp(elapsed, *self._by_time)

    def delta_excess_in_vol(self, vol_shift: Floats) -> Floats:
        """The same at the spot of now after parallel shifts of volatility."""
        return np.interp(vol_shift, *self._by_vol)

    def excess(
        self, spots: Floats, *, elapsed: float = 0.0, vol_shift: Floats | float = 0.0
    ) -> tuple[Floats, Floats, Floats]:
        """Σ units·(American − European) value, delta and gamma at each spot; what has settled adds nothing.

        `vol_shift` is one number, or a table (spot, contract).
        """
        left = self.time_to_expiry - elapsed
        mine = np.flatnonzero(left > _SETTLED)
        if len(mine) == 0:
            return np.zeros(len(spots)), np.zeros(len(spots)), np.zeros(len(spots))
        shape = (len(spots), len(mine))

        def wide(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return np.broadcast_to(values, shape).ravel()

        growth = np.exp(self.carry * left)[mine]
        forward = (spots[:, np.newaxis] * growth).ravel()
        future = wide(self.is_future[mine])
        base = np.where(future, forward, np.repeat(spots, len(mine)))
        rate, carry = wide(self.rate[mine]), wide(self.carry[mine])
        strike, right, time = wide(self.strike[mine]), wide(self.right[mine]), wide(left[mine])
        shift = np.broadcast_to(vol_shift, (len(spots), len(self)))[:, mine].ravel()
        vol = np.maximum(wide(self.vol[mine]) + shift, _LEAST_VOL)
        american = american_values(base, strike, time, vol, right, rate, np.where(future, rate, rate - carry))
        european = forward_greeks(forward, strike, time, vol, right, np.exp(-rate * time))
        per_spot = wide(growth)
        to_spot = np.where(future, per_spot, 1.0)
        units = self.units[mine]
        parts = (
            american.price - european.price,
            american.delta * to_spot - european.delta * per_spot,
            american.gamma * to_spot**2 - european.gamma * per_spot**2,
        )
        # Where the boundary has no answer the European one stands.
        value, delta, gamma = (np.nan_to_num(part).reshape(shape) @ units for part in parts)
        return value, delta, gamma


def american_rows(contracts: AmericanContracts) -> Greeks:
    """Greeks to the spot of each contract, per unit; for options on futures the future moves with the spot, F = S·G."""
    spot, future = np.full(len(contracts), contracts.spot), contracts.is_future
    columns = {name: np.empty(len(contracts)) for name in Greeks.column_names()}
    for mine, price in ((~future, _on_spot), (future, _on_future)):
        if mine.any():
            row = price(contracts.where(mine), spot[mine])
            for name, values in row.items():
                columns[name][mine] = values
    return Greeks(**columns)


def _on_spot(c: AmericanContracts, spot: Floats) -> dict[str, Floats]:
    row = american_greeks(spot, c.strike, c.time_to_expiry, c.vol, c.right, c.rate, c.rate - c.carry)
    return {name: getattr(row, name) for name in Greeks.column_names()}


def _on_future(c: AmericanContracts, spot: Floats) -> dict[str, Floats]:
    row = american_greeks(c.forward, c.strike, c.time_to_expiry, c.vol, c.right, c.rate, c.rate, is_future=True)
    growth, carry = c.forward / spot, c.carry
    drift = carry * c.forward
    return {
        "price": row.price,
        "delta": growth * row.delta,
        "gamma": growth**2 * row.gamma,
        "vega": row.vega,
        "theta": row.theta - drift * row.delta,
        "rho": row.rho,  # the future held
        "vanna": growth * row.vanna,
        "charm": growth * (row.charm - carry * row.delta - drift * row.gamma),
        "volga": row.volga,
        "speed": growth**3 * row.speed,
        "zomma": growth**2 * row.zomma,
        "color": growth**2 * (row.color - 2.0 * carry * row.gamma - drift * row.speed),
        "ultima": row.ultima,
    }


def merged_contracts(contracts: AmericanContracts) -> tuple[AmericanContracts, npt.NDArray[np.intp]]:
    """Equal contracts once, their units summed, and for every row the contract it is."""
    key = np.column_stack(
        [contracts.time_to_expiry, contracts.strike, contracts.right, contracts.vol, contracts.forward]
    )
    _, first, code = np.unique(key, axis=0, return_index=True, return_inverse=True)
    code = np.ravel(code)
    merged = contracts.take(first)
    units = np.asarray(np.bincount(code, contracts.units, len(first)), np.float64)
    columns = {name: getattr(merged, name) for name in AmericanContracts.column_names() if name != "units"}
    return AmericanContracts(spot=contracts.spot, units=units, **columns), code
