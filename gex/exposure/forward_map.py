"""The forward map: the dealers' exposures over spot and time, every surviving line repriced at every node."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.calendar import instant, sessions
from gex.columns import Floats, Instants, frozen
from gex.contracts import Expiry
from gex.errors import InputError
from gex.exposure.dynamics import VolInTime
from gex.exposure.flips import SpotRange
from gex.exposure.lines import ExposureLines, SkewStickiness, is_sticky_strike
from gex.exposure.repricing import MovedLines, aged_vols, moved_lines
from gex.kernels.forward_map import QUANTITIES, line_states, state_curves, state_nodes
from gex.kernels.sampling import sampling_classes

SPOT_NODES = 161
MAP_SAMPLES = 3.5  # nodes a width of a lobe: polynomials between them are right to 4e-13 of it
_STDEV, _CARRIED, _YIELD = 1, 3, 4  # rows of the table of states
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False, kw_only=True)
class ForwardMap:
    """One book over instants (rows) and spots (columns): positions frozen, volatility by the named rules.

    A line counts until its own settlement instant, so AM and PM options of one day leave at different nodes.
    """

    skew_stickiness: float  # NaN: one ratio an expiry
    vol_in_time: VolInTime
    at: Instants  # (m,)
    spot: Floats  # (n,), ascending
    gamma_exposure_per_percent: Floats  # (m, n), currency per 1 %
    delta_exposure_units: Floats  # (m, n), units of underlying
    vanna_exposure: Floats  # (m, n), currency of delta per vol point
    charm_exposure: Floats  # (m, n), currency of delta per calendar day
    line_count: npt.NDArray[np.int64]  # (m,), lines alive

    def flow_units(self, delta_exposure_units: float) -> Floats:
        """Units that dealers must have traded by each node, + bought, who hold `delta_exposure_units` now.

        Minus the change of delta: what gamma, vanna along the dynamics and charm add up to, in full.
        """
        flow: Floats = delta_exposure_units - self.delta_exposure_units
        return flow


def forward_maps(
    lines: ExposureLines,
    call: Floats,
    put: Floats,
    at: Instants,
    *,
    spot: Floats | None = None,
    skew_stickiness: SkewStickiness = 1.0,
    vol_in_time: VolInTime = VolInTime.FIXED_VOL,
) -> tuple[ForwardMap, ...]:
    """One map per book; `call` and `put` (book_count, line_count) are signed contracts × multiplier, `at` instants.

    `spot` ascending; None: 161 nodes evenly spaced in ln S from 0.8 to 1.2 of today's.
    """
    if spot is None:
        spot = map_spots(lines.spot, SpotRange())
    at = np.asarray(at, "datetime64[ns]")
    if len(at) and at.min() < lines.forwards.as_of:
        raise InputError(f"forward map: expected instants from {lines.forwards.as_of} on, got {at.min()}")
    books = len(call)
    every = np.empty((len(at), QUANTITIES * books, len(spot)))
    alive = np.zeros(len(at), np.int64)
    weight, put = frozen(call + put), frozen(put)
    ratio, vol = lines.ratio(skew_stickiness), None
    for m, moment in enumerate(at):
        if is_sticky_strike(skew_stickiness):
            moved = moved_lines(lines, lines.spot, moment, vol_in_time=vol_in_time)
            every[m] = _over_spots(moved, weight, put, spot)
            alive[m] = np.count_nonzero(moved.is_alive)
            continue
        moved = moved_lines(lines, lines.spot, moment)
        if vol is None or vol_in_time is not VolInTime.FIXED_VOL:
            vol = aged_vols(lines, spot, moved.elapsed, moved.time_to_expiry, ratio, vol_in_time)
        every[m] = _with_own_vols(moved, vol, weight, put, spot)
        alive[m] = np.count_nonzero((moved.time_to_expiry > 0.0) & (moved.forward > 0.0) & (vol > 0.0).any(axis=1))
    scalar = float(skew_stickiness) if np.ndim(skew_stickiness) == 0 else float("nan")
    return tuple(
        ForwardMap(
            skew_stickiness=scalar,
            vol_in_time=vol_in_time,
            at=at,
            spot=spot,
            gamma_exposure_per_percent=every[:, QUANTITIES * b],
            delta_exposure_units=every[:, QUANTITIES * b + 1],
            vanna_exposure=every[:, QUANTITIES * b + 2],
            charm_exposure=every[:, QUANTITIES * b + 3],
            line_count=alive,
        )
        for b in range(books)
    )


def map_spots(spot: float, span: SpotRange) -> Floats:
    """The spots of a map, evenly spaced in ln S."""
    count = SPOT_NODES if span.node_count is None else span.node_count
    level: Floats = spot * np.exp(np.linspace(np.log(span.low), np.log(span.high), count))
    return level


def next_closes(expiries: Sequence[Expiry], as_of: np.datetime64, count: int) -> Instants:
    """The next `count` closes after `as_of` of the calendar that the expiries trade on; 08:00 UTC where none ever closes.

    From Friday 2022-02-04 21:15 UTC: Monday 2022-02-07 21:00, and so on; half days close at 18:00 UTC.
    """
    calendar = next((expiry.contract.calendar for expiry in expiries if expiry.contract.calendar is not None), None)
    if calendar is None:
        midnight = instant(as_of.astype("datetime64[D]"))
        first = midnight + np.timedelta64(8, "h")
        first = first if first > as_of else first + _DAY
        daily: Instants = first + np.arange(count) * _DAY
        return daily
    close = sessions(calendar).close
    first_row = int(np.searchsorted(close, np.array(as_of, "datetime64[ns]"), side="right"))
    return close[first_row : first_row + count]


def _over_spots(moved: MovedLines, weight: Floats, put: Floats, spot: Floats) -> Floats:
    """(4·books, spots): gamma, delta, vanna and charm, with volatilities that stay while spot goes over `spot`."""
    state = _states(moved)
    out = np.empty((QUANTITIES * len(weight), len(spot)))
    with np.errstate(divide="ignore"):
        inverse = np.where(state[_STDEV] > 0.0, 1.0 / state[_STDEV], 0.0)
    start, lines, step = sampling_classes(frozen(inverse), MAP_SAMPLES)
    state_curves(frozen(np.log(spot / moved.spot)), start, lines, step, state, weight, out)
    put_delta = put @ state[_CARRIED]
    put_charm = put @ (state[_CARRIED] * state[_YIELD]) / 365.0
    out[1::QUANTITIES] -= put_delta[:, np.newaxis]
    out[3::QUANTITIES] -= put_charm[:, np.newaxis]
    for k in (0, 2, 3):
        out[k::QUANTITIES] *= spot
    return out


def _with_own_vols(moved: MovedLines, vol: Floats, weight: Floats, put: Floats, spot: Floats) -> Floats:
    """The same with a volatility for every line at every spot, (line_count, spots)."""
    out = np.empty((QUANTITIES * len(weight), len(spot)))
    terms = (frozen(moved.forward), moved.strike, frozen(moved.time_to_expiry), frozen(moved.discount_factor))
    state_nodes(moved.spot, frozen(spot), *terms, frozen(vol), weight, put, out)
    for k in (0, 2, 3):
        out[k::QUANTITIES] *= spot
    return out


def _states(moved: MovedLines) -> Floats:
    state = np.empty((6, len(moved.strike)))
    line_states(
        frozen(moved.forward),
        moved.strike,
        frozen(moved.time_to_expiry),
        frozen(moved.discount_factor),
        frozen(moved.vol),
        moved.spot,
        state,
    )
    return frozen(state)
