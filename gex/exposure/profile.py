"""The exposure profile: what the dealers' gamma would be at other spots."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from gex.columns import Columns, Floats, Ints, column, frozen
from gex.exposure.flips import (
    CUBIC_ERROR,
    LOBE_WIDTH,
    MATERIAL,
    NODE_STEP,
    ExposureAt,
    GammaFlip,
    SpotRange,
    enclosing,
    gamma_flips,
    is_narrow,
    shown_levels,
    within,
)
from gex.exposure.lines import ExposureLines, GammaKind, SkewStickiness, is_sticky_strike
from gex.kernels.levels import roots_of_books
from gex.kernels.narrow_lobes import narrow_nodes


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureProfile(Columns):
    """Gamma exposure over spot of one book, repriced line by line, with all its roots in the range.

    The smile moves with skew-stickiness ratio `skew_stickiness` (1: the volatility of each strike stays; NaN: one ratio an
    expiry). The row at the spot of the chain holds the map's total. `flips` are exact roots, not interpolations of the rows.
    """

    skew_stickiness: float
    flips: tuple[GammaFlip, ...]
    gamma_kind: GammaKind = GammaKind.BLACK
    clamp_count: int = (
        0  # rows at which a certified smile has moved as far as its proof allows, and rides with spot beyond
    )

    spot: Floats = column(np.float64)  # levels, ascending
    gamma_exposure_per_percent: Floats = column(np.float64)  # currency per 1 % move, at that spot
    slope: Floats = column(np.float64)  # currency per 1 % per point
    gamma_standard_deviation: Floats = column(np.float64, fill=np.nan)  # under sign error; NaN where none was stated

    def with_deviation(self, standard_deviation: Floats) -> "ExposureProfile":
        """The profile with the width of its band at every row, currency per 1 %."""
        return dataclasses.replace(self, gamma_standard_deviation=standard_deviation)


def exposure_profiles(
    lines: ExposureLines,
    weight: Floats,
    *,
    skew_stickiness: SkewStickiness = 1.0,
    gamma_kind: GammaKind = GammaKind.BLACK,
    span: SpotRange | None = None,
) -> tuple[ExposureProfile, ...]:
    """One profile per row of `weight` (book_count, line_count; signed contracts × multiplier), on the same levels."""
    span = span or SpotRange()
    shown = shown_levels(lines.spot, span)
    base = np.union1d(enclosing(lines.spot * span.low, lines.spot * span.high), shown)
    narrow = narrow_levels(lines, weight, span)
    level = np.union1d(base, narrow) if len(narrow) else base
    every = with_gross(weight)
    if is_sticky_strike(skew_stickiness) or len(level) == len(base):
        exposure, slope = lines.gamma_exposure(level, every, skew_stickiness=skew_stickiness, gamma_kind=gamma_kind)
    else:
        exposure, slope = _searched(lines, every, base, level, skew_stickiness, gamma_kind)

    def at(x: Floats, book: Ints) -> tuple[Floats, Floats]:
        return lines.gamma_exposure_of(x, book, every, skew_stickiness=skew_stickiness, gamma_kind=gamma_kind)

    flips = found_flips(lines, level, exposure, slope, every, at, is_fixed=is_sticky_strike(skew_stickiness))
    row = np.searchsorted(level, shown)
    here = np.searchsorted(level, lines.spot)  # bit for bit what `gamma_exposure_of` gives, whatever else is asked for
    exposure[:, here], slope[:, here] = at(np.full(len(every), lines.spot), np.arange(len(every)))
    scalar = float(skew_stickiness) if np.ndim(skew_stickiness) == 0 else float("nan")
    return tuple(
        ExposureProfile(
            skew_stickiness=scalar,
            gamma_kind=gamma_kind,
            clamp_count=0 if is_sticky_strike(skew_stickiness) else lines.clamp_count(shown, skew_stickiness),
            flips=within(flips[book], lines.spot, span),
            spot=shown,
            gamma_exposure_per_percent=exposure[book][row],
            slope=slope[book][row],
        )
        for book in range(len(weight))
    )


def with_gross(weight: Floats) -> Floats:
    """The books and, last, one that is long the most that any of them holds of each line."""
    every = np.empty((len(weight) + 1, weight.shape[1]))
    every[:-1] = weight
    np.abs(weight).max(axis=0, initial=0.0, out=every[-1])
    return every


def search_levels(lines: ExposureLines, weight: Floats, span: SpotRange) -> Floats:
    """Where the exposure of any book must be known so that no root can hide, ascending."""
    base = enclosing(lines.spot * span.low, lines.spot * span.high)
    return np.union1d(base, narrow_levels(lines, weight, span))


def narrow_levels(lines: ExposureLines, weight: Floats, span: SpotRange) -> Floats:
    """The nodes to add where lobes narrower than four base steps would hide between the base nodes."""
    largest = frozen(np.abs(weight).max(axis=0, initial=0.0))
    ends = float(np.log(lines.spot * span.low)), float(np.log(lines.spot * span.high))
    room = 2048
    while True:
        node = np.empty(room)
        room = narrow_nodes(
            lines.spot, *ends, lines.start, *lines.terms, lines.vol, largest, 4.0 * NODE_STEP, MATERIAL, LOBE_WIDTH, node
        )  # fmt: skip
        if room <= len(node):
            return node[:room]


def _searched(
    lines: ExposureLines,
    weight: Floats,
    base: Floats,
    level: Floats,
    skew_stickiness: SkewStickiness,
    gamma_kind: GammaKind,
) -> tuple[Floats, Floats]:
    """Exposure and slope at `level`, exact at `base` and wherever the sign of a book is in doubt.

    A moving smile is costly, and at the nodes between only narrow lines need it: all others are cubics there, which miss by
    3e-5 of their lobes (`CUBIC_ERROR` is the doubt).
    """

    def repriced(part: ExposureLines, at: Floats, units: Floats) -> tuple[Floats, Floats]:
        return part.gamma_exposure(at, units, skew_stickiness=skew_stickiness, gamma_kind=gamma_kind)

    value, derivative = repriced(lines, base, weight)
    stdev = lines.vol * np.sqrt(lines.time_to_expiry)
    chosen = np.flatnonzero(is_narrow(stdev))
    narrow, own = lines.take(chosen), weight[:, chosen]
    near, near_slope = repriced(narrow, base, own)
    exposure, slope = repriced(narrow, level, own)
    rest = CubicHermiteSpline(base, value - near, derivative - near_slope, axis=1)
    exposure += rest(level)
    slope += rest.derivative()(level)
    known = np.searchsorted(level, base)
    doubt = (np.abs(exposure[:-1]) < CUBIC_ERROR * exposure[-1]).any(axis=0)
    doubt[known] = False
    exposure[:, known], slope[:, known] = value, derivative
    asked = np.flatnonzero(doubt)
    if len(asked):
        exposure[:, asked], slope[:, asked] = repriced(lines, level[asked], weight)
    return exposure, slope


def found_flips(
    lines: ExposureLines,
    level: Floats,
    exposure: Floats,
    slope: Floats,
    weight: Floats,
    at: ExposureAt,
    *,
    is_fixed: bool,
    guess: Sequence[Floats] | None = None,
) -> tuple[tuple[GammaFlip, ...], ...]:
    """The roots of every book from what is known at `level`; the last row of `exposure` is gross.

    `guess` per book is where roots are thought to be: it saves steps and changes no root.
    """
    if not is_fixed:
        return gamma_flips(level, exposure[:-1], slope[:-1], exposure[-1], at)
    book_count, room = len(exposure) - 1, 16
    near = _guesses(guess, book_count)
    level, weight, exposure, slope = frozen(level), frozen(weight), frozen(exposure), frozen(slope)
    count = np.empty(book_count, np.int64)
    while True:
        out = np.empty((book_count, 4, room))
        roots_of_books(lines.spot, level, exposure, slope, near, lines.coefficients, weight, out, count)
        if count.min(initial=0) >= 0:
            break
        room *= 8
    return tuple(
        tuple(GammaFlip(*row) for row in own[:, :found].T.tolist())
        for own, found in zip(out, count.tolist(), strict=True)
    )


def _guesses(guess: Sequence[Floats] | None, book_count: int) -> Floats:
    """One row a book, NaN where there are no more."""
    near = np.full((book_count, max((len(own) for own in guess or ()), default=0)), np.nan)
    for book, own in enumerate(guess or ()):
        near[book, : len(own)] = own
    near.flags.writeable = False
    return near
