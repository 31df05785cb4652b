"""From quotes to a certified surface: sweep, ladder, expiries without quotes, and the proof over the whole."""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats, Ints
from gex.forward import ForwardCurve
from gex.kernels.spline import gather_slices
from gex.quote_vols import QuoteVols
from gex.quotes import Quotes
from gex.surface.broken_line import SmileSource
from gex.surface.certified import CertifiedSurface, Rung, SliceStates
from gex.surface.conflicts import conflicting_slices
from gex.surface.rows import Certifier, SliceRows, flat_rows, grown, mixed_rows
from gex.surface.sweeping import Sweep, share_inside
from gex.surface.targets import DENSE, SurfaceTargets, surface_targets

TROUBLE = 0.92  # of quotes inside: below, expiries are looked at together for quotes that contradict each other
POOR = 0.9  # below, an expiry gets twice as many knots near the money
MUCH_POORER = 0.7  # the same for a warm start, whose knots were chosen with care
WORTH_DOUBLING = 24  # two-sided quotes
ANCHOR_DRIFT = 0.25  # of ln θ: beyond, knots no longer suit the smile

Key = tuple[tuple[str, np.datetime64], ...]


def fit_surface(
    quotes: Quotes, vols: QuoteVols, forwards: ForwardCurve, *, previous: CertifiedSurface | None = None
) -> CertifiedSurface:
    """The surface of a cleaned chain: total variance splines through its bids and asks, proven free of arbitrage.

    Never raises for what the quotes say, and never publishes a slice without its proof. `previous`, an earlier surface
    of the same underlying, makes the fit start warm and stands in, decayed and marked stale, for expiries whose quotes
    are gone. An expiry without forward or without anything to infer its volatility from has no slice (Rung.NONE).
    """
    targets = surface_targets(quotes, vols, forwards)
    return fit_targets(targets, forwards, previous=previous)


def fit_targets(
    targets: SurfaceTargets, forwards: ForwardCurve, *, previous: CertifiedSurface | None = None
) -> CertifiedSurface:
    """As `fit_surface`, from targets that are already made."""
    held = _decayed(targets, forwards, previous)
    money = [one.total_variance(0.0) if one is not None else w for one, w in zip(held, targets.money, strict=True)]
    targets = dataclasses.replace(targets, money=np.array(money), age_seconds=_ages(targets, forwards, previous, held))
    own = np.isfinite(targets.money) & (targets.money > 0.0)
    suspect = np.zeros(len(own), np.bool_)
    sweep = None

    def swept(anchored: CertifiedSurface | None, is_doubled: Bools | None = None) -> Sweep:
        mine = [one for one, kept in zip(held, own, strict=True) if kept]
        return _swept(targets if own.all() else targets.only(own), forwards, anchored, mine, is_doubled)

    if own.any():
        sweep = swept(previous)
        share, count = share_inside(sweep)
        troubled = (share < TROUBLE) & (count >= DENSE)
        if troubled.any():
            found = conflicting_slices(sweep.targets, forwards, troubled)
            if found.any():
                suspect[np.flatnonzero(own)[found]] = True
                own &= ~suspect
                sweep = swept(previous)
                share, count = share_inside(sweep)
        poor = (share < (MUCH_POORER if sweep.is_warm.any() else POOR)) & (count >= WORTH_DOUBLING) & ~sweep.is_doubled
        if poor.any():
            sweep = _better(sweep, swept(None, sweep.is_doubled | poor))
    return published(targets, forwards, own, suspect, sweep)


def _better(first: Sweep, second: Sweep) -> Sweep:
    """The sweep that has more quotes inside."""
    inside = [float(np.nansum(share * count)) for share, count in (share_inside(first), share_inside(second))]
    return second if inside[1] > inside[0] else first


def slice_keys(forwards: ForwardCurve, expiry: Ints) -> Key:
    """(root, settlement instant) of expiries: what names a slice from one chain to the next."""
    return tuple((forwards.expiries[j].root, forwards.expiries[j].settles_at) for j in expiry)


def _swept(
    targets: SurfaceTargets,
    forwards: ForwardCurve,
    previous: CertifiedSurface | None,
    held: list[SliceRows | None],
    is_doubled: Bools | None,
) -> Sweep:
    anchors = previous.anchors if previous is not None else None
    if anchors is not None and (
        anchors.key != slice_keys(forwards, targets.expiry)
        or not (np.abs(np.log(targets.money / anchors.theta)) < ANCHOR_DRIFT).all()
    ):
        anchors = None
    if anchors is not None and is_doubled is None:
        is_doubled = anchors.is_doubled
    if is_doubled is None:
        is_doubled = np.zeros(len(targets.expiry), np.bool_)
    sweep = Sweep(targets, targets.money, is_doubled, anchors, held)
    sweep.run()
    return sweep


def published(
    targets: SurfaceTargets,
    forwards: ForwardCurve,
    own: Bools,
    suspect: Bools,
    sweep: Sweep | None,
) -> CertifiedSurface:
    """Every expiry's slice in order of time, those without a fit inferred, each proven against the one before."""
    count, total = len(targets.expiry), len(forwards)
    place = targets.expiry
    rung = np.full(count, Rung.NONE, np.int8)
    if sweep is not None:
        rung[own] = sweep.rung
    if sweep is not None and own.all():
        certified, gap = np.ones(count, np.bool_), sweep.gap  # the sweep has proven every slice and every pair
        alive = certified
        slopes = sweep.left_slope, sweep.rows[np.arange(count), sweep.row_count - 1, 1]
        start, knot, coefficient = _laid_out(sweep, place, total)
    else:
        rank = np.cumsum(own) - 1
        rows: list[SliceRows | None] = [sweep.rows_of(int(rank[j])) if sweep and own[j] else None for j in range(count)]
        _infer(rows, rung, place, forwards, own)
        certified, gap = _proven(rows, rung)
        alive = np.array([one is not None for one in rows], np.bool_)
        left = np.array([one.left_slope if one else np.nan for one in rows])
        slopes = left, np.array([one.right_slope if one else np.nan for one in rows])
        by_expiry: dict[int, SliceRows] = {int(e): one for e, one in zip(place, rows, strict=True) if one is not None}
        ordered = [by_expiry[j] for j in sorted(by_expiry)]
        start = _starts([len(by_expiry[j].knot) if j in by_expiry else 0 for j in range(total)])
        knot = np.concatenate([one.knot for one in ordered]) if ordered else np.empty(0)
        coefficient = np.concatenate([one.coefficient for one in ordered]) if ordered else np.empty((0, 4))

    states = _empty_states(total)
    states["rung"][place] = rung
    states["is_certified"][place] = certified
    states["is_suspect"][place] = suspect
    states["is_stale"][place] = rung == Rung.DECAYED
    if targets.age_seconds is not None:
        states["age_seconds"][place] = np.where(own, targets.age_seconds, np.nan)
    states["calendar_gap"][place] = gap
    states["left_slope"][place], states["right_slope"][place] = slopes
    if sweep is not None:
        fitted = place[own]
        states["needed_lift"][fitted] = sweep.needed_lift
        states["blend"][fitted] = sweep.blend
        states["violation"][fitted] = sweep.violation
        states["pass_count"][fitted] = sweep.passes
    for values in states.values():
        values.flags.writeable = False
    source = np.zeros(total, np.int8)
    quoted = own & (rung != Rung.DECAYED)
    source[place] = np.where(quoted, targets.source, np.where(alive, SmileSource.INFERRED, SmileSource.NONE))
    return CertifiedSurface(
        forwards=forwards,
        start=start,
        knot=knot,
        coefficient=coefficient,
        states=SliceStates(**states),
        source=source,
        targets=targets,
        anchors=sweep.anchors(slice_keys(forwards, targets.expiry[own])) if sweep is not None else None,
    )


def _laid_out(sweep: Sweep, place: Ints, total: int) -> tuple[Ints, Floats, Floats]:
    """(start, knot, coefficient) of the slices of a sweep, in the order of the expiries; slice j is that of place[j]."""
    slice_of, lengths = np.full(total, -1, np.int64), np.zeros(total, np.int64)
    slice_of[place] = np.arange(len(place))
    lengths[place] = sweep.row_count
    start = _starts(lengths)
    knot, coefficient = np.empty(start[-1]), np.empty((start[-1], 4))
    slice_of.flags.writeable = False
    gather_slices(slice_of, start, sweep.rows_knot, sweep.rows, knot, coefficient)
    return start, knot, coefficient


def _starts(lengths: npt.ArrayLike) -> Ints:
    start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    start.flags.writeable = False
    return start


def _empty_states(count: int) -> dict[str, Any]:
    flags = {name: np.zeros(count, np.bool_) for name in ("is_certified", "is_suspect", "is_stale", "needed_lift")}
    numbers = {
        name: np.full(count, np.nan)
        for name in ("blend", "violation", "calendar_gap", "left_slope", "right_slope", "age_seconds")
    }
    return {"rung": np.zeros(count, np.int8), "pass_count": np.zeros(count, np.int64), **flags, **numbers}


def _infer(
    rows: list[SliceRows | None],
    rung: npt.NDArray[np.int8],
    expiry: Ints,
    forwards: ForwardCurve,
    own: Bools,
) -> None:
    """Fill the slices without a fit: between their neighbours in time.

    Before the first fitted slice that is scaled down, which keeps it free of arbitrage; beyond the last it is raised by
    its own variance per time, as far as that can be proven.
    """
    time = forwards.time_to_expiry[expiry]
    fitted = np.flatnonzero(own)
    certifier = Certifier()
    for j in np.flatnonzero(~own):
        before = next((rows[i] for i in range(j - 1, -1, -1) if rows[i] is not None), None)
        after_at = next((int(i) for i in fitted if i > j), None)
        after = rows[after_at] if after_at is not None else None
        made = None
        if before is not None and after is not None and after_at is not None:
            before_at = max(i for i in range(j) if rows[i] is not None)
            share = (time[j] - time[before_at]) / max(time[after_at] - time[before_at], 1e-12)
            made = mixed_rows(before, after, float(share))
        elif after is not None and after_at is not None:
            made = after.scaled(float(time[j] / time[after_at]))
        elif before is not None:
            before_at = max(i for i in range(j) if rows[i] is not None)
            made = grown(certifier, before, float(time[j] / time[before_at]))
        if made is not None:
            rows[j], rung[j] = made, Rung.INTERPOLATED
        elif before is not None:
            rows[j], rung[j] = before, Rung.CARRIED


def _decayed(
    targets: SurfaceTargets, forwards: ForwardCurve, previous: CertifiedSurface | None
) -> list[SliceRows | None]:
    """Per slice without a middle of its own: that of the last surface, w·(time left)/(time left then); None where none."""
    if previous is None or np.isfinite(targets.money).all():
        return [None] * len(targets.expiry)
    known = {
        key: j
        for j, key in enumerate(slice_keys(previous.forwards, np.arange(len(previous.forwards))))
        if previous.states.is_certified[j]
    }
    out: list[SliceRows | None] = []
    for j, key, money in zip(targets.expiry, slice_keys(forwards, targets.expiry), targets.money, strict=True):
        at = known.get(key)
        if at is None or np.isfinite(money):
            out.append(None)
            continue
        factor = float(forwards.time_to_expiry[j] / previous.forwards.time_to_expiry[at])
        out.append(SliceRows(*previous.slice_rows(at)).scaled(factor) if 0.0 < factor <= 1.0 else None)
    return out


def _ages(
    targets: SurfaceTargets,
    forwards: ForwardCurve,
    previous: CertifiedSurface | None,
    held: list[SliceRows | None],
) -> Floats:
    """Per slice the age of what it rests on: its quotes, or for one held from the last surface those of then."""
    age = np.full(len(held), np.nan) if targets.age_seconds is None else np.array(targets.age_seconds)
    if previous is None or all(one is None for one in held):
        return age
    passed = float((forwards.as_of - previous.forwards.as_of) / np.timedelta64(1, "s"))
    known = dict(
        zip(slice_keys(previous.forwards, np.arange(len(previous.forwards))), previous.states.age_seconds, strict=True)
    )
    for j, key in enumerate(slice_keys(forwards, targets.expiry)):
        if held[j] is not None:
            age[j] = passed + np.nan_to_num(known[key])
    return age


def _proven(rows: list[SliceRows | None], rung: npt.NDArray[np.int8]) -> tuple[Bools, Floats]:
    """Certify every slice against the one before, replacing what fails by what cannot; (certified, calendar gap)."""
    certifier = Certifier()
    certified, gap = np.zeros(len(rows), np.bool_), np.full(len(rows), np.nan)
    before: SliceRows | None = None
    for j, one in enumerate(rows):
        if one is None:
            continue
        certified[j], gap[j] = certifier.check(one, before)
        if not certified[j]:
            replacement = before or flat_rows(max(one.total_variance(0.0), 1e-8))
            rung[j] = Rung.CARRIED if before is not None else Rung.FLAT
            rows[j] = replacement
            certified[j], gap[j] = certifier.check(replacement, before)
        before = rows[j]
    return certified, gap
