"""The lines of a chain at another spot, another instant and another volatility: the state that maps and flows reprice in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.calendar import YEAR, instant
from gex.columns import Bools, Floats
from gex.exposure.dynamics import VolInTime
from gex.exposure.lines import ExposureLines, SkewStickiness
from gex.forward import ForwardCurve
from gex.greeks import Greeks, spot_greeks


@dataclass(frozen=True, eq=False, kw_only=True)
class MovedLines:
    """Terms of every line at spot `spot`, `elapsed` years after the chain; time 0 where a line has settled."""

    spot: float
    elapsed: float
    forward: Floats
    strike: Floats
    time_to_expiry: Floats
    discount_factor: Floats
    vol: Floats

    @property
    def is_alive(self) -> Bools:
        """True for the lines that have not settled and can be priced."""
        alive: Bools = (self.time_to_expiry > 0.0) & (self.vol > 0.0) & (self.forward > 0.0)
        return alive

    def call_greeks(self) -> Greeks:
        """Spot Greeks of a call of every line, NaN where it cannot be priced and 0 where it has settled."""
        return spot_greeks(
            np.full(len(self.strike), self.spot),
            self.forward,
            self.strike,
            self.time_to_expiry,
            self.vol,
            np.ones(len(self.strike), np.int8),
            self.discount_factor,
        )

    @property
    def carried(self) -> Floats:
        """e^{−qT} = D·F/S per line: what a call's delta exceeds a put's by; 0 where it has settled or has no price."""
        return np.where(self.is_alive, self.discount_factor * self.forward / self.spot, 0.0)


def years_after(forwards: ForwardCurve, at: np.datetime64) -> float:
    """Years from the instant of the forwards to `at`."""
    return float((instant(at) - forwards.as_of) / YEAR)


def moved_lines(
    lines: ExposureLines,
    spot: float,
    at: np.datetime64 | None = None,
    *,
    skew_stickiness: SkewStickiness = 1.0,
    vol_in_time: VolInTime = VolInTime.FIXED_VOL,
    vol_points: float = 0.0,
) -> MovedLines:
    """The lines when spot is `spot` at the instant `at` (None: now) and volatility has shifted by `vol_points` × 0.01.

    F′ = x·F0(T)/F0(t′), D′ = D0(T)/D0(t′), T′ = T − (t′ − t). A line drops out at its own settlement instant.
    """
    forwards = lines.forwards
    elapsed = 0.0 if at is None else years_after(forwards, at)
    time = time_left(lines, at)
    growth, discount = carry_to(forwards, elapsed)
    forward = lines.forward * (spot / (lines.spot * growth))
    vol = aged_vol(lines, spot, elapsed, time, skew_stickiness=skew_stickiness, vol_in_time=vol_in_time)
    return MovedLines(
        spot=spot,
        elapsed=elapsed,
        forward=forward,
        strike=lines.strike,
        time_to_expiry=time,
        discount_factor=lines.discount_factor / discount,
        vol=vol + 0.01 * vol_points,
    )


def time_left(lines: ExposureLines, at: np.datetime64 | None) -> Floats:
    """Years to settlement per line at the instant `at`, exactly 0 from the settlement instant on."""
    if at is None:
        return lines.time_to_expiry
    forwards = lines.forwards
    settles_at = np.array([expiry.settles_at for expiry in forwards.expiries], "datetime64[ns]")
    left = forwards.time_to_expiry - years_after(forwards, at)
    left = np.where(settles_at > at, np.maximum(left, 0.0), 0.0)
    by_line: Floats = left[lines.expiry]
    return by_line


def carry_to(forwards: ForwardCurve, elapsed: float) -> tuple[float, float]:
    """(F0(t′)/S, D0(t′)) at a time between expiries: logarithms linear in time, through 0 now, at the last rate beyond."""
    time = forwards.time_to_expiry
    to_spot = forwards.spot_discount_factor
    known = np.flatnonzero(np.isfinite(forwards.forward) & (time > 0.0) & (to_spot > 0.0))
    if elapsed == 0.0 or len(known) == 0:
        return 1.0, 1.0
    known = known[np.argsort(time[known], kind="stable")]
    knot = np.append(0.0, time[known])
    at = min(elapsed, float(knot[-1]))
    scale = elapsed / at
    growth = np.interp(at, knot, np.append(0.0, np.log(forwards.forward[known] / forwards.spot)))
    discount = np.interp(at, knot, np.append(0.0, np.log(to_spot[known])))
    return float(np.exp(scale * growth)), float(np.exp(scale * discount))


def aged_vol(
    lines: ExposureLines,
    spot: float,
    elapsed: float,
    time: Floats,
    *,
    skew_stickiness: SkewStickiness = 1.0,
    vol_in_time: VolInTime = VolInTime.FIXED_VOL,
) -> Floats:
    """Volatility of every line at `spot` with `time` years left, `elapsed` years after the chain.

    NaN where the surface does not say, also where forward variance would be negative (calendar arbitrage).
    """
    ratio = lines.ratio(skew_stickiness)
    is_still = spot == lines.spot or bool(np.all(ratio == 1.0))
    if is_still and (elapsed == 0.0 or vol_in_time is VolInTime.FIXED_VOL):
        return lines.vol
    level = np.array([lines.spot if is_still else spot])
    vol: Floats = aged_vols(lines, level, elapsed, time, ratio, vol_in_time)[:, 0]
    return vol


def aged_vols(
    lines: ExposureLines, level: Floats, elapsed: float, time: Floats, ratio: Floats, vol_in_time: VolInTime
) -> Floats:
    """As `aged_vol` at every spot `level`, (line_count, level_count); `ratio` per line."""
    moneyness = lines.moved_moneyness(level, ratio)[0]
    expiry = lines.expiry[:, np.newaxis]
    if elapsed == 0.0 or vol_in_time is VolInTime.FIXED_VOL:
        return lines.surface.vol(*np.broadcast_arrays(expiry, moneyness))
    with np.errstate(divide="ignore", invalid="ignore"):
        if vol_in_time is VolInTime.ROLLING_SURFACE:
            growth, _ = carry_to(lines.forwards, elapsed)
            variance = total_variance_at(lines, moneyness + np.log(growth), time)
        else:
            expiring = lines.surface.vol(*np.broadcast_arrays(expiry, moneyness))
            spent = total_variance_at(lines, moneyness, np.full(len(lines), elapsed))
            variance = expiring**2 * lines.time_to_expiry[:, np.newaxis] - spent
        left = time[:, np.newaxis]
        return np.where(left > 0.0, np.sqrt(variance / left), np.nan)


def total_variance_at(lines: ExposureLines, log_moneyness: Floats, time: Floats) -> Floats:
    """ω(k, t) of today's surface at any time: linear in time at fixed k between expiries, flat vol before and beyond.

    `time` per line, `log_moneyness` (line_count, level_count). Only expiries with a slice count; of those that settle
    together, the first.
    """
    forwards, surface = lines.forwards, lines.surface
    has_slice = np.isfinite(surface.vol(np.arange(len(forwards)), np.zeros(len(forwards))))
    known = np.flatnonzero(has_slice & (forwards.time_to_expiry > 0.0))
    if len(known) == 0:
        return np.full(log_moneyness.shape, np.nan)
    known = known[np.argsort(forwards.time_to_expiry[known], kind="stable")]
    knot = forwards.time_to_expiry[known]
    after = np.clip(np.searchsorted(knot, time), 0, len(known) - 1)
    is_outside = (time <= knot[0]) | (time >= knot[-1])
    edge = np.where(time <= knot[0], 0, len(known) - 1)
    right = np.where(is_outside, edge, after)
    left = np.where(is_outside, edge, np.maximum(after - 1, 0))
    before, late = knot[left], knot[right]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(is_outside, 0.0, (time - before) / (late - before))
        share = np.where(np.isfinite(share), share, 0.0)[:, np.newaxis]
        scale = np.where(is_outside, time / late, 1.0)[:, np.newaxis]

    def variance(slice_of_line: npt.NDArray[np.integer], knots: Floats) -> Floats:
        piece = np.broadcast_to(known[slice_of_line][:, np.newaxis], log_moneyness.shape)
        found: Floats = surface.vol(piece, log_moneyness) ** 2 * knots[:, np.newaxis]
        return found

    high = variance(right, late)
    low = high if is_outside.all() else variance(left, before)
    between: Floats = (low + share * (high - low)) * scale
    return between
