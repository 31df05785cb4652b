"""What early exercise adds to a book: American positions priced as such, now and wherever the book is repriced.

Options on a share or fund are exercised into it: rate and carry are those that forward and discount factor of the expiry
imply. Options on a future are exercised into the future that is their forward.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

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
_FAR = 6.0  # deviations: a boundary that far away is reached once in 10⁹


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
    def _table(self) -> "LazyCurve":
        """Σ units·(American − European delta) over ln(x/S)."""
        node = np.linspace(-_HALF_RANGE, _HALF_RANGE, _NODE_COUNT)
        return LazyCurve(node, lambda y: self.excess(self.spot * np.exp(y))[1])

    @cached_property
    def _by_time(self) -> "LazyCurve":
        elapsed = float(self.time_to_expiry.max()) * np.linspace(0.0, 1.0, _TIME_NODES) ** 2
        here = np.array([self.spot])
        return LazyCurve(elapsed, lambda t: np.array([self.excess(here, elapsed=x)[1][0] for x in t.tolist()]))

    @cached_property
    def _by_vol(self) -> "LazyCurve":
        shift = np.linspace(_LEAST_VOL - float(self.vol.max()), _LARGEST_SHIFT, _VOL_NODES)
        shift = np.unique(np.append(shift, 0.0))

        def shifted(shifts: Floats) -> Floats:
            wide = np.broadcast_to(shifts[:, np.newaxis], (len(shifts), len(self)))
            return self.excess(np.full(len(shifts), self.spot), vol_shift=wide)[1]

        return LazyCurve(shift, shifted)

    def delta_excess(self, log_move: Floats) -> tuple[Floats, Floats]:
        """What early exercise adds to the delta at each log move, and its slope: straight lines between 121 nodes."""
        return self._table.at(log_move), self._table.slope(log_move)

    def delta_excess_in_time(self, elapsed: Floats) -> Floats:
        """The same at the spot of now, `elapsed` years on; straight lines between nodes."""
        return self._by_time.at(elapsed)

    def delta_excess_in_vol(self, vol_shift: Floats) -> Floats:
        """The same at the spot of now after parallel shifts of volatility."""
        return self._by_vol.at(vol_shift)

    def may_be_exercised(self, base: Floats, time: Floats, vol: Floats, rate: Floats, dividend: Floats) -> Bools:
        """False where early exercise is worth nothing: (spot, contract).

        No call is exercised before expiry where q ≤ 0 ≤ r, no put where r ≤ 0 ≤ q. Elsewhere the boundary of a call is at
        or above K·max(1, r/q), that of a put at or below K·min(1, r/q): more than six deviations away it is not reached.
        """
        call = self.right > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            never = np.where(call, (dividend <= 0.0) & (rate >= 0.0), (rate <= 0.0) & (dividend >= 0.0))
            ratio = np.where((rate > 0.0) & (dividend > 0.0), np.log(rate / dividend), 0.0)
            boundary = np.log(self.strike) + np.where(call, np.maximum(ratio, 0.0), np.minimum(ratio, 0.0))
            away = np.where(call, boundary - np.log(base), np.log(base) - boundary)
        reach = _FAR * vol * np.sqrt(time) + np.abs(rate - dividend) * time
        is_plain = (rate >= 0.0) & (dividend >= 0.0)  # where rates are negative the boundaries lie elsewhere
        return np.asarray(~never & ((away <= reach) | ~is_plain), np.bool_)

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
        rows = self.take(mine)
        time, growth = left[mine], np.exp(self.carry * left)[mine]
        forward = spots[:, np.newaxis] * growth
        base = np.where(rows.is_future, forward, spots[:, np.newaxis])
        shift = np.broadcast_to(vol_shift, (len(spots), len(self)))[:, mine]
        vol = np.maximum(rows.vol + shift, _LEAST_VOL)
        dividend = np.where(rows.is_future, rows.rate, rows.rate - rows.carry)
        at = np.nonzero(rows.may_be_exercised(base, time, vol, rows.rate, dividend))
        which = at[1]
        strike, right, rate, years = rows.strike[which], rows.right[which], rows.rate[which], time[which]
        american = american_values(base[at], strike, years, vol[at], right, rate, dividend[which])
        european = forward_greeks(forward[at], strike, years, vol[at], right, np.exp(-rate * years))
        per_spot = growth[which]
        to_spot = np.where(rows.is_future[which], per_spot, 1.0)
        parts = (
            american.price - european.price,
            american.delta * to_spot - european.delta * per_spot,
            american.gamma * to_spot**2 - european.gamma * per_spot**2,
        )
        units = rows.units[which]
        # Where the boundary has no answer the European one stands.
        value, delta, gamma = (
            np.asarray(np.bincount(at[0], np.nan_to_num(part) * units, len(spots)), np.float64) for part in parts
        )
        return value, delta, gamma


class LazyCurve:
    """A curve of straight lines between nodes that are computed when they are first needed."""

    def __init__(self, node: Floats, compute: Callable[[Floats], Floats]) -> None:
        self.node, self._compute = node, compute
        self._value = np.full(len(node), np.nan)

    def at(self, x: Floats) -> Floats:
        """Values; beyond the ends that of the end."""
        self._know(x)
        return np.asarray(np.interp(x, self.node, self._value), np.float64)

    def slope(self, x: Floats) -> Floats:
        """Of the line at x, 0 beyond the ends."""
        self._know(x)
        cell = np.clip(np.searchsorted(self.node, x, side="right") - 1, 0, len(self.node) - 2)
        inside = (x >= self.node[0]) & (x <= self.node[-1])
        rise = (self._value[cell + 1] - self._value[cell]) / (self.node[cell + 1] - self.node[cell])
        return np.where(inside, rise, 0.0)

    def _know(self, x: Floats) -> None:
        """Every node from the one below the least x to the one above the largest; others stay unknown."""
        if len(x) == 0:
            return
        first = max(int(np.searchsorted(self.node, x.min(), side="right")) - 1, 0)
        last = min(int(np.searchsorted(self.node, x.max(), side="left")) + 1, len(self.node) - 1)
        missing = first + np.flatnonzero(np.isnan(self._value[first : last + 1]))
        if len(missing):
            self._value[missing] = self._compute(self.node[missing])


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
