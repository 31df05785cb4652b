"""The options of a book as steps of delta over spot: equal contracts merged, call and put of a strike together.

With u = D·G or K/G and N the normal distribution function, all options of one expiry and strike at one volatility have

    delta of what is paid in currency:      Σ D·G·[(c + p)·N(d1) − p]                   c, p: units of calls and of puts
    net delta of what is paid in coin:      (1/x)·Σ (K/G)·[(c + p)·N(d2) − p]           at the spot x, G = F/S
    value in coin of what is paid in coin:  Σ [(c + p)·N(d1) − p] − net delta

so that 10,000 positions are at most one exponential for each (expiry, strike).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from gex.columns import Columns, Floats, Ints, column, frozen
from gex.kernels.sampling import sampling_classes
from gex.kernels.smile_sums import bent_state_sums, smile_curve_sums
from gex.kernels.step_sums import curve_sums, moving_sums, point_sums, state_sums

if TYPE_CHECKING:
    from gex.portfolio.smile_table import SmileTable

LEAST_VOL = 1e-6  # a shift down stops here
_SAMPLES = 5.0  # nodes a width of a step: polynomials between them are exact to 1e-14 of it


@dataclass(frozen=True, eq=False, kw_only=True)
class OptionLines(Columns):
    """One row per (expiry, strike, volatility) of options that are all paid alike, by time, expiry and strike."""

    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into the surface's expiries
    strike: Floats = column(np.float64)
    call_units: Floats = column(np.float64)  # signed contracts × multiplier
    put_units: Floats = column(np.float64)
    forward: Floats = column(np.float64)
    discount_factor: Floats = column(np.float64)
    time_to_expiry: Floats = column(np.float64)
    vol: Floats = column(np.float64)

    @property
    def units(self) -> Floats:
        """Calls and puts together."""
        return self.call_units + self.put_units

    @cached_property
    def log_moneyness(self) -> Floats:
        """ln(F/K): above 0 where the call is in the money."""
        return frozen(np.log(self.forward / self.strike))

    @cached_property
    def start(self) -> Ints:
        """The lines of the e-th time are start[e] to start[e + 1]."""
        change = np.flatnonzero(np.diff(self.time_to_expiry)) + 1
        return _read_only(np.concatenate([[0], change, [len(self)]]) if len(self) else np.zeros(1, np.int64))

    @property
    def times(self) -> Floats:
        """The different times to expiry, ascending."""
        return self.time_to_expiry[self.start[:-1]]


def merged_lines(
    expiry: npt.NDArray[np.int32],
    strike: Floats,
    right: npt.NDArray[np.int8],
    units: Floats,
    forward: Floats,
    discount_factor: Floats,
    time_to_expiry: Floats,
    vol: Floats,
) -> OptionLines:
    """The lines of options given row by row; what differs in volatility is not merged."""
    order = _order(expiry, strike, time_to_expiry, vol)
    keys = (expiry[order], strike[order], vol[order])
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0) if len(order) else True
    line = np.cumsum(is_new) - 1
    first = order[is_new]
    held = units[order]
    calls = right[order] > 0
    return OptionLines(
        expiry=expiry[first],
        strike=strike[first],
        call_units=_sums(line, np.where(calls, held, 0.0), len(first)),
        put_units=_sums(line, np.where(calls, 0.0, held), len(first)),
        forward=forward[first],
        discount_factor=discount_factor[first],
        time_to_expiry=time_to_expiry[first],
        vol=vol[first],
    )


def _sums(line: npt.NDArray[np.intp], amount: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(line, amount, count), np.float64)


def _order(expiry: npt.NDArray[np.int32], strike: Floats, time_to_expiry: Floats, vol: Floats) -> npt.NDArray[np.intp]:
    """Rows by time, expiry and strike, and then by volatility: two quick sorts where a strike has one volatility."""
    known, first, code = np.unique(expiry, return_index=True, return_inverse=True)
    rank = np.empty(len(known), np.int16)
    rank[np.argsort(time_to_expiry[first], kind="stable")] = np.arange(len(known))
    if len(known) >= np.iinfo(np.int16).max:
        return np.lexsort((vol, strike, expiry, time_to_expiry))
    by_strike = np.argsort(strike)
    order: npt.NDArray[np.intp] = by_strike[np.argsort(rank[code[by_strike]], kind="stable")]
    same = (expiry[order[1:]] == expiry[order[:-1]]) & (strike[order[1:]] == strike[order[:-1]])
    if np.any(vol[order[1:]][same] != vol[order[:-1]][same]):
        return np.lexsort((vol, strike, expiry, time_to_expiry))
    return order


@dataclass(frozen=True, eq=False)
class Steps:
    """Σ amount·N(d) + base over lines, d = d1 (half = ½) or d2 (half = −½)."""

    lines: OptionLines
    amount: Floats
    base: Floats  # one a line
    half: float

    @cached_property
    def _at_spot(self) -> tuple[Floats, Floats]:
        """(centre, 1/v): d = centre + y/v after the log move y."""
        v = self.lines.vol * np.sqrt(self.lines.time_to_expiry)
        return frozen(self.lines.log_moneyness / v + self.half * v), frozen(1.0 / v)

    @cached_property
    def _classes(self) -> tuple[Ints, Ints, Floats]:
        """(start, lines, step): lines by how far apart their nodes may stand, as `curve_sums` takes them."""
        _, inverse = self._at_spot
        return sampling_classes(inverse, _SAMPLES)

    @cached_property
    def _base_by_time(self) -> Floats:
        return frozen(np.add.reduceat(self.base, self.lines.start[:-1]) if len(self.lines) else np.empty(0))

    def at(self, log_move: Floats) -> tuple[Floats, Floats]:
        """The sum at each log move of spot, and its derivative to it; volatilities as they are, no time passed."""
        out, slope = np.empty(len(log_move)), np.empty(len(log_move))
        point_sums(frozen(log_move), *self._at_spot, self.amount, out, slope)
        return out + self.base.sum(), slope

    def along(self, log_move: Floats) -> tuple[Floats, Floats]:
        """As `at` for many ascending moves, to 1e-14 of the sum of all amounts."""
        out, slope = np.empty((1, len(log_move))), np.empty((1, len(log_move)))
        curve_sums(frozen(log_move), *self._classes, *self._at_spot, self.amount, out, slope)
        return out[0] + self.base.sum(), slope[0]

    def in_states(
        self, log_move: Floats, vol_shift: Floats, elapsed: Floats, vol_slope: Floats | None = None
    ) -> Floats:
        """The sum in each state: log move of the forwards, parallel shift of volatility, years on.

        `vol_slope`, one a line, is what its volatility does to the log move of spot; None: nothing.
        """
        left = self.lines.times - elapsed[:, np.newaxis]
        # Half a nanosecond of years: a row is settled at its own instant, whatever the rounding of the subtraction.
        root_time = np.sqrt(np.where(left > 1.5e-17, left, 0.0))
        out = np.empty(len(log_move))
        state = (frozen(log_move), frozen(vol_shift), LEAST_VOL, frozen(root_time), self.lines.start)
        smile = (self.lines.log_moneyness, self.lines.vol)
        sums = (self.half, self.amount, self._base_by_time, out)
        if vol_slope is None:
            state_sums(*state, *smile, *sums)
        else:
            bent_state_sums(*state, *smile, frozen(vol_slope), *sums)
        return out

    def near(self, log_move: Floats, table: "SmileTable", stick: float) -> Floats:
        """The sum at ascending moves where the smile moves: σ(stick·y + ln K/F) by the table, to 1e-5 of what moves."""
        start, lines, step = self._classes
        out = np.empty(len(log_move))
        root_time = frozen(np.sqrt(self.lines.time_to_expiry))
        smile = (table.row, table.low, table.spacing, table.vol, table.slope, table.most_vol)
        smile_curve_sums(
            frozen(log_move), start, lines, frozen(2.0 * step), self.lines.log_moneyness, root_time, *smile, stick,
            self.half, self.amount, out,
        )  # fmt: skip
        return np.asarray(out + self.base.sum(), np.float64)

    def swings(self, start: Floats, log_move: tuple[Floats, Floats], vol_slope: Floats | None = None) -> Floats:
        """How far the lines of each time can raise and lower the sum, at most, from start[e] years on to their end.

        (2, times). `log_move` is that of the forwards at the beginning and at the end. On the way to 0 the width v takes
        d = m/v + half·v to ±∞, past an extreme of ±√(2|m|) at v = √(2|m|) where m and half have one sign.
        """
        if len(self.lines) == 0:
            return np.zeros((2, 0))
        size = np.diff(self.lines.start)
        m, amount = self.lines.log_moneyness, self.amount
        left = np.repeat(np.maximum(self.lines.times - start, 0.0), size)
        v = self.lines.vol * np.sqrt(left)
        here, there = m + np.repeat(log_move[0], size), m + np.repeat(log_move[1], size)
        with np.errstate(divide="ignore", invalid="ignore"):
            begins = ndtr(np.where(v > 0.0, here / v + self.half * v, 0.0))
        ends = np.where(there > 0.0, 1.0, np.where(there < 0.0, 0.0, 0.5))
        highest, lowest = np.maximum(begins, ends), np.minimum(begins, ends)
        turns = np.flatnonzero((there * self.half > 0.0) & (v * v > 2.0 * np.abs(there)))
        between = ndtr(np.copysign(np.sqrt(2.0 * np.abs(there[turns])), self.half))
        highest[turns], lowest[turns] = np.maximum(highest[turns], between), np.minimum(lowest[turns], between)
        up, down = highest - begins, begins - lowest
        if vol_slope is not None:  # φ(d)·√T·slope, there at the beginning and gone at the end
            bend = np.sqrt(2.0 / np.pi) * np.sqrt(left) * np.abs(vol_slope)
            up, down = up + bend, down + bend
        rises = np.where(amount > 0.0, amount * up, -amount * down)
        falls = np.where(amount > 0.0, amount * down, -amount * up)
        return np.array([np.add.reduceat(part, self.lines.start[:-1]) for part in (rises, falls)])

    def with_vols(self, log_move: Floats, elapsed: float, vol: Floats, vol_slope: Floats) -> Floats:
        """The sum with volatilities (moves, lines) of their own, and what their slope to the move adds to a delta."""
        left = self.lines.time_to_expiry - elapsed
        alive = left > 1.5e-17
        out = np.empty(len(log_move))
        moving_sums(
            frozen(log_move),
            frozen(np.sqrt(np.where(alive, left, 0.0))),
            self.lines.log_moneyness,
            frozen(vol),
            frozen(vol_slope),
            self.half,
            self.amount,
            out,
        )
        return np.asarray(out + self.base[alive].sum(), np.float64)


def currency_steps(lines: OptionLines, spot: float) -> Steps:
    """The delta of options paid in currency."""
    per_unit = lines.discount_factor * (lines.forward / spot)
    return Steps(lines, frozen(per_unit * lines.units), frozen(-per_unit * lines.put_units), 0.5)


def net_coin_steps(lines: OptionLines, spot: float) -> Steps:
    """The net delta, times spot, of options paid in coin."""
    per_unit = lines.strike / (lines.forward / spot)
    return Steps(lines, frozen(per_unit * lines.units), frozen(-per_unit * lines.put_units), -0.5)


def gross_coin_steps(lines: OptionLines) -> Steps:
    """What options paid in coin are worth in coin before their strike is paid."""
    return Steps(lines, frozen(lines.units), frozen(-lines.put_units), 0.5)


def _read_only(index: npt.ArrayLike) -> Ints:
    view = np.ascontiguousarray(index, np.int64).view()
    view.flags.writeable = False
    return view
