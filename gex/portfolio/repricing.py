"""The delta of a book at other spots, other times and other volatilities, by repricing every line."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gex.calendar import YEAR, instant
from gex.columns import Bools, Columns, Floats, column
from gex.errors import InputError
from gex.portfolio.american import AmericanContracts, merged_contracts
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearPositions
from gex.portfolio.smile_table import SmileTable
from gex.portfolio.steps import (
    LEAST_VOL,
    OptionLines,
    Steps,
    currency_steps,
    gross_coin_steps,
    merged_lines,
    net_coin_steps,
)
from gex.surface.protocol import VolSurface

SLOPE_STEP = 1e-5  # in log-moneyness, of the central difference for the surface's slope
_BLOCK = 500_000  # spots × rows that are held at a time where the smile moves


@dataclass(frozen=True, eq=False, kw_only=True)
class BookRepricer(Columns):
    """The priced options of a book, ready to be repriced; linear contracts beside.

    Forwards move in proportion to spot, F = F0·x/S, and roll down their carry as time passes. The smile moves by
    σ_R(K; F′) = σ0(ln(K/F0) + (R − 1)·ln(x/S)): R = 1 keeps the volatility of each strike, R = 0 that of each moneyness;
    over time each option keeps its volatility. With R ≠ 1 deltas follow the smile: Δ = Δ_BS + (vega/S)(R − 1)∂σ/∂k.
    Early exercise adds the difference of American and European deltas at sticky strikes (`AmericanContracts`).
    """

    surface: VolSurface
    carry: Carry
    linear: LinearPositions

    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into the surface's expiries
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)
    units: Floats = column(np.float64)  # signed contracts × multiplier
    forward: Floats = column(np.float64)
    discount_factor: Floats = column(np.float64)
    time_to_expiry: Floats = column(np.float64)  # years
    vol: Floats = column(np.float64)  # at the spot of the surface
    is_inverse: Bools = column(np.bool_)
    is_american: Bools = column(np.bool_, fill=False)
    is_future: Bools = column(np.bool_, fill=False)  # exercised into the future that is the forward

    @property
    def spot(self) -> float:
        """Where the book stands."""
        return self.surface.forwards.spot

    def delta(
        self,
        spots: npt.ArrayLike,
        *,
        as_of: np.datetime64 | None = None,
        vol_shift: float = 0.0,
        skew_stickiness: float = 1.0,
    ) -> Floats:
        """Delta of options and linear contracts at each spot, units of underlying; coin-settled ones net of premium."""
        elapsed = self.elapsed(as_of)
        delta, _ = self.options(spots, elapsed=elapsed, vol_shift=vol_shift, skew_stickiness=skew_stickiness)
        return delta + self.linear.total_delta(np.atleast_1d(np.asarray(spots, np.float64)), elapsed)

    def coin_profit(
        self,
        spots: npt.ArrayLike,
        *,
        as_of: np.datetime64 | None = None,
        vol_shift: float = 0.0,
        skew_stickiness: float = 1.0,
    ) -> Floats:
        """Coins that what is paid in coin gains from now to each spot: options and inverse contracts."""
        elapsed = self.elapsed(as_of)
        _, after = self.options(spots, elapsed=elapsed, vol_shift=vol_shift, skew_stickiness=skew_stickiness)
        _, now = self.options([self.spot], skew_stickiness=skew_stickiness)
        profit: Floats = (
            after - now[0] + inverse_profit(self.linear, np.atleast_1d(np.asarray(spots, np.float64)), elapsed)
        )
        return profit

    def elapsed(self, as_of: np.datetime64 | None) -> float:
        """Years from the instant of the surface to `as_of`; InputError where that lies before it."""
        if as_of is None:
            return 0.0
        years = float((instant(as_of) - self.surface.forwards.as_of) / YEAR)
        if not years >= 0.0:
            raise InputError(f"as_of: expected at or after {self.surface.forwards.as_of}, got {as_of}")
        return years

    @cached_property
    def currency(self) -> Steps:
        """The steps of delta of what is paid in currency."""
        return currency_steps(self._lines(~self.is_inverse), self.spot)

    @cached_property
    def coin(self) -> tuple[Steps, Steps]:
        """The steps of what is paid in coin: net delta times spot, and value in coin before the strike is paid."""
        lines = self._lines(self.is_inverse)
        return net_coin_steps(lines, self.spot), gross_coin_steps(lines)

    @cached_property
    def american(self) -> AmericanContracts | None:
        """The American contracts, merged; None where there is none."""
        if not self.is_american.any():
            return None
        rows = self.where(self.is_american)
        contracts, _ = merged_contracts(
            AmericanContracts(
                spot=self.spot,
                expiry=rows.expiry,
                units=rows.units,
                strike=rows.strike,
                right=rows.right,
                forward=rows.forward,
                time_to_expiry=rows.time_to_expiry,
                vol=rows.vol,
                rate=-np.log(rows.discount_factor) / rows.time_to_expiry,
                carry=np.log(rows.forward / self.spot) / rows.time_to_expiry,
                is_future=rows.is_future,
            )
        )
        return contracts

    @cached_property
    def coins_now(self) -> float:
        """Coins that the coin-settled options are worth where the book stands."""
        return float(self.options([self.spot])[1][0])

    def options(
        self, spots: npt.ArrayLike, *, elapsed: float = 0.0, vol_shift: float = 0.0, skew_stickiness: float = 1.0
    ) -> tuple[Floats, Floats]:
        """Delta (units) of all options and value in coin of the coin-settled ones, `elapsed` years on, at each spot."""
        level = np.atleast_1d(np.asarray(spots, np.float64))
        move = np.log(level / self.spot)
        if skew_stickiness == 1.0 and elapsed == 0.0 and vol_shift == 0.0:
            delta, coins, _, _ = self.options_at(move)
            return delta, coins
        if skew_stickiness != 1.0:
            is_here = len(level) == 1 and level[0] == self.spot and elapsed == 0.0 and vol_shift == 0.0
            if is_here and skew_stickiness in self._here:
                return self._here[skew_stickiness]
            delta, coins = self._options_on_smile(level, move, elapsed, vol_shift, skew_stickiness)
            if is_here and self.american is None:
                self._here[skew_stickiness] = delta, coins
        else:
            delta, coins = self._in_state(level, move, elapsed, vol_shift)
        if self.american is not None:
            if elapsed == 0.0 and vol_shift == 0.0:
                delta = delta + self.american.delta_excess(move)[0]
            else:
                delta = delta + self.american.excess(level, elapsed=elapsed, vol_shift=vol_shift)[1]
        return delta, coins

    def _in_state(self, level: Floats, move: Floats, elapsed: float, vol_shift: float) -> tuple[Floats, Floats]:
        growth, discount = self.rolled(elapsed)
        passed, shift = np.full(len(level), elapsed), np.full(len(level), vol_shift)
        return self._in_states(level, move, growth, discount, passed, shift)

    def options_along(self, log_move: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Delta and coins at many ascending log moves of spot, sticky strike, now: (delta, coins, their two slopes).

        Slopes are derivatives to the log move. To 1e-14 of the sum of all steps; `options` is exact.
        """
        return self._with_american(log_move, self._summed(self.spot * np.exp(log_move), lambda s: s.along(log_move)))

    def options_at(self, log_move: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """As `options_along` at few moves in any order, every line at every one."""
        return self._with_american(log_move, self._summed(self.spot * np.exp(log_move), lambda s: s.at(log_move)))

    def _with_american(
        self, log_move: Floats, sums: tuple[Floats, Floats, Floats, Floats]
    ) -> tuple[Floats, Floats, Floats, Floats]:
        if self.american is None:
            return sums
        delta, coins, slope, coin_slope = sums
        excess, change = self.american.delta_excess(log_move)
        return delta + excess, coins, slope + change, coin_slope

    def options_near(self, log_move: Floats, skew_stickiness: float) -> tuple[Floats, Floats]:
        """Delta and coins at many ascending moves where the smile moves, by a table of it: where to look, not the answer."""
        level, stick = self.spot * np.exp(log_move), skew_stickiness - 1.0
        delta, coins = np.zeros(len(level)), np.zeros(len(level))
        reach = abs(stick) * float(np.abs(log_move).max(initial=0.0))

        def near(steps: Steps) -> Floats:
            return steps.near(log_move, SmileTable.of(self.surface, steps.lines, reach), stick)

        if not self.is_inverse.all():
            delta = near(self.currency)
        if self.is_inverse.any():
            net_steps, gross_steps = self.coin
            net = near(net_steps) / level
            delta, coins = delta + net, near(gross_steps) - net
        if self.american is not None:
            delta = delta + self.american.delta_excess(log_move)[0]
        return delta, coins

    def options_in_time(self, elapsed: Floats, skew_stickiness: float = 1.0) -> tuple[Floats, Floats]:
        """Delta and coins, spot and volatilities fixed, `elapsed` years on; settled options are gone."""
        level = np.full(len(elapsed), self.spot)
        growth, discount = self.rolled(elapsed)
        still = np.zeros(len(elapsed))
        delta, coins = self._in_states(level, still, growth, discount, elapsed, still, skew_stickiness)
        if self.american is not None:
            delta = delta + self.american.delta_excess_in_time(elapsed)
        return delta, coins

    def swings(self, start: Floats, settles: Floats, skew_stickiness: float = 1.0) -> tuple[Floats, Floats]:
        """Rise and fall (2, i) of delta, and of coins, that what expires at settles[i] can make from start[i] years on."""
        if self.american is not None:  # not known: what early exercise adds runs out as well
            nothing = np.full((2, len(settles)), np.inf)
            return nothing, nothing
        delta, coins = np.zeros((2, len(settles))), np.zeros((2, len(settles)))
        begin, discount = self.rolled(start)
        end, last_discount = self.rolled(settles)
        moves = -np.log(np.broadcast_to(begin, len(start))), -np.log(np.broadcast_to(end, len(start)))

        def placed(steps: Steps, slope: Floats | None) -> Floats:
            """The swings of its lines in the order of `settles`."""
            times = steps.lines.times
            place = np.searchsorted(settles, times)
            own = steps.swings(start[place], (moves[0][place], moves[1][place]), slope)
            out = np.zeros((2, len(settles)))
            out[:, place] = own
            return out

        if not self.is_inverse.all():
            most = np.maximum(1.0 / (begin * discount), 1.0 / (end * last_discount))
            delta = delta + most * placed(self.currency, self._slope_here(self.currency.lines, skew_stickiness))
        if self.is_inverse.any():
            net_steps, gross_steps = self.coin
            per_spot = np.maximum(begin, end) / self.spot
            net = per_spot * placed(net_steps, self._slope_here(net_steps.lines, skew_stickiness))
            delta = delta + net
            coins = coins + placed(gross_steps, None) + net[::-1]
        return delta, coins

    def options_in_vol(self, vol_shift: Floats, skew_stickiness: float = 1.0) -> tuple[Floats, Floats]:
        """Delta and coins after parallel shifts of volatility, spot fixed."""
        level, zero = np.full(len(vol_shift), self.spot), np.zeros(len(vol_shift))
        delta, coins = self._in_states(level, zero, 1.0, 1.0, zero, vol_shift, skew_stickiness)
        if self.american is not None:
            delta = delta + self.american.delta_excess_in_vol(vol_shift)
        return delta, coins

    def _lines(self, mine: Bools) -> OptionLines:
        rows = self if bool(mine.all()) else self.where(mine)
        return merged_lines(
            rows.expiry,
            rows.strike,
            rows.right,
            rows.units,
            rows.forward,
            rows.discount_factor,
            rows.time_to_expiry,
            rows.vol,
        )

    def rolled(self, elapsed: Floats | float) -> tuple[Floats | float, Floats | float]:
        """F(t)/S and D(t) of the carry that has passed: later forwards and discount factors are divided by them."""
        if np.ndim(elapsed) == 0 and elapsed == 0.0:
            return 1.0, 1.0
        return self.carry.growth(np.asarray(elapsed)), self.carry.discount(np.asarray(elapsed))

    def _summed(
        self, level: Floats, sums: Callable[[Steps], tuple[Floats, Floats]]
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """(delta, coins, slopes of both) of the book as it is, from the sums of its steps."""
        zeros = np.zeros(len(level))
        delta, slope, coins, coin_slope = zeros, zeros, zeros, zeros
        if not self.is_inverse.all():
            delta, slope = sums(self.currency)
        if self.is_inverse.any():
            net_steps, gross_steps = self.coin
            (net, net_slope), (gross, _) = sums(net_steps), sums(gross_steps)
            net = net / level
            delta, slope = delta + net, slope + net_slope / level - net
            coins, coin_slope = gross - net, net  # x·d(P/F)/dx = Δ − P/F
        return delta, coins, slope, coin_slope

    def _in_states(
        self,
        level: Floats,
        move: Floats,
        growth: Floats | float,
        discount: Floats | float,
        elapsed: Floats,
        vol_shift: Floats,
        skew_stickiness: float = 1.0,
    ) -> tuple[Floats, Floats]:
        delta, coins = np.zeros(len(level)), np.zeros(len(level))
        forward_move = move - np.log(growth)
        if not self.is_inverse.all():
            slope = self._slope_here(self.currency.lines, skew_stickiness)
            delta = self.currency.in_states(forward_move, vol_shift, elapsed, slope) / (growth * discount)
        if self.is_inverse.any():
            net_steps, gross_steps = self.coin
            per_spot = growth / level
            net = net_steps.in_states(forward_move, vol_shift, elapsed) * per_spot
            coins = gross_steps.in_states(forward_move, vol_shift, elapsed) - net
            slope = self._slope_here(net_steps.lines, skew_stickiness)
            if slope is not None:
                net = net_steps.in_states(forward_move, vol_shift, elapsed, slope) * per_spot
            delta = delta + net
        return delta, coins

    def _slope_here(self, lines: OptionLines, skew_stickiness: float) -> Floats | None:
        """∂σ/∂ln(spot) of every line where spot is now; None at sticky strikes. It does not depend on time or shifts."""
        if skew_stickiness == 1.0 or len(lines) == 0:
            return None
        is_coin = self.is_inverse.any() and lines is self.coin[0].lines
        key = (bool(is_coin), skew_stickiness)
        if key not in self._slopes:
            self._slopes[key] = self._smile(lines, np.zeros(1), 0.0, skew_stickiness)[1][0]
        return self._slopes[key]

    @cached_property
    def _here(self) -> dict[float, tuple[Floats, Floats]]:
        """`options` where the book stands, by stickiness: a plan asks for it again and again."""
        return {}

    @cached_property
    def _slopes(self) -> dict[tuple[bool, float], Floats]:
        return {}

    def _options_on_smile(
        self, level: Floats, move: Floats, elapsed: float, vol_shift: float, skew_stickiness: float
    ) -> tuple[Floats, Floats]:
        """Where the smile moves with spot: volatilities from the surface, line by line and spot by spot."""
        delta, coins = np.zeros(len(level)), np.zeros(len(level))
        growth, discount = self.rolled(elapsed)
        forward_move = move - np.log(growth)

        def sums(steps: Steps, *, with_slope: bool = True) -> Floats:
            out = np.empty(len(level))
            rows = max(1, _BLOCK // max(len(steps.lines), 1))
            for start in range(0, len(level), rows):
                part = slice(start, start + rows)
                vol, slope = self._smile(steps.lines, move[part], vol_shift, skew_stickiness)
                slope = slope if with_slope else np.zeros_like(slope)
                out[part] = steps.with_vols(forward_move[part], elapsed, vol, slope)
            return out

        if not self.is_inverse.all():
            delta = sums(self.currency) / (growth * discount)
        if self.is_inverse.any():
            net_steps, gross_steps = self.coin
            per_spot = growth / level
            delta = delta + sums(net_steps) * per_spot
            coins = sums(gross_steps, with_slope=False) - sums(net_steps, with_slope=False) * per_spot
        return delta, coins

    def _smile(
        self, lines: OptionLines, log_move: Floats, vol_shift: float, skew_stickiness: float
    ) -> tuple[Floats, Floats]:
        """Volatility and ∂σ/∂ln(spot) of every line at each move: (move, line)."""
        stick = skew_stickiness - 1.0
        log_moneyness = stick * log_move[:, np.newaxis] - lines.log_moneyness
        vol = np.maximum(self.surface.vol(lines.expiry, log_moneyness) + vol_shift, LEAST_VOL)
        rise = self.surface.vol(lines.expiry, log_moneyness + SLOPE_STEP)
        rise = rise - self.surface.vol(lines.expiry, log_moneyness - SLOPE_STEP)
        return vol, stick * rise / (2.0 * SLOPE_STEP)


def inverse_profit(linear: LinearPositions, spots: Floats, elapsed: Floats | float) -> Floats:
    """Coins that inverse contracts gain from now to each spot: N·(1/F0 − 1/F)."""
    mine = linear.is_inverse
    if not mine.any():
        return np.zeros(np.shape(spots))
    held = linear.where(mine)
    # A contract that has settled keeps the profit of its last growth, 1: the future ends at spot.
    growth = np.where(held.growth(elapsed) > 0.0, held.growth(elapsed), 1.0)
    future = np.asarray(spots)[..., np.newaxis] * growth
    profit: Floats = (held.contracts * held.multiplier * (1.0 / held.price - 1.0 / future)).sum(axis=-1)
    return profit
