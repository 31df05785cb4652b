"""The sweep over the fitted expiries of a chain, and the ladder for a slice that cannot be certified."""

import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from gex.columns import Bools, Floats, Ints
from gex.kernels.anchoring import anchor
from gex.kernels.essvi import essvi_variance
from gex.kernels.slice_figures import shares_inside
from gex.kernels.slice_fit import basis_row
from gex.kernels.spline import publish
from gex.kernels.sweep import (
    COLD_REFIT,
    CUT,
    CUTS,
    KEPT,
    KNOTS,
    LEAST_WING,
    LIFTED,
    LIFTS,
    ROWS,
    certify,
    fit_sweep,
    lift,
    new_scratch,
)
from gex.surface.certified import Anchors, Rung
from gex.surface.essvi_chain import essvi_chain
from gex.surface.rows import SliceRows, flat_rows
from gex.surface.targets import DENSE, SurfaceTargets

SHAPE_TOLERANCE = 0.1  # of y: how strictly a sparse expiry is held to its eSSVI shape
HELD_TOLERANCE = 0.003  # of y: a slice without quotes is held to its last certified values
BLENDS = (0.05, 0.15, 0.3, 0.5, 0.75, 1.0)
HALVINGS = 4


class Sweep:
    """The working arrays of one fit. Mutable, and private to the fit that made it."""

    def __init__(
        self,
        targets: SurfaceTargets,
        theta: Floats,
        is_doubled: Bools,
        anchors: Anchors | None = None,
        held: Sequence[SliceRows | None] = (),
    ) -> None:
        count = len(theta)
        self.targets, self.is_doubled = targets, is_doubled
        self.is_warm = np.zeros(count, np.bool_)
        if anchors is None:
            self.theta = np.array(theta)
            self.knot_start = np.zeros(count + 1, np.int64)
            knot, table = np.empty(count * KNOTS), np.empty((count * KNOTS, 4, 4))
            used = anchor(
                self.theta, targets.start, targets.log_moneyness, is_doubled, self.knot_start, knot, table, np.zeros(2)
            )
            self.knot, self.table = knot[:used], table[:used]
            self.padded = np.zeros(used + 2 * count)
            self.kept = (
                np.empty((count, KEPT)),
                np.zeros(count, np.int64),
                np.empty(count),
                np.empty((count, CUTS)),
                np.zeros(count, np.int64),
            )
        else:
            self.theta, self.knot_start, self.knot, self.table = (
                np.array(anchors.theta),
                np.array(anchors.knot_start),
                np.array(anchors.knot),
                np.array(anchors.table),
            )
            self.padded = np.array(anchors.padded)
            multipliers, counts, penalties, cuts, cut_counts = anchors.kept
            self.kept = (multipliers.copy(), counts.copy(), penalties.copy(), cuts.copy(), cut_counts.copy())
            self.is_warm[:] = True
        self.rows_knot, self.rows = np.zeros((count, ROWS)), np.zeros((count, ROWS, 4))
        self.row_count = np.zeros(count, np.int64)
        self.left_slope, self.violation, self.gap = np.zeros(count), np.zeros(count), np.zeros(count)
        self.flags, self.passes = np.zeros(count, np.int64), np.zeros(count, np.int64)
        self.rung = np.full(count, Rung.FITTED, np.int8)
        self.blend = np.full(count, np.nan)
        self.prior, self.prior_weight = np.zeros(len(self.knot)), np.zeros(len(self.knot))
        self._scratch: Any = new_scratch()
        self.is_held = np.array([bool(held) and held[j] is not None for j in range(count)], np.bool_)
        self.is_sparse = (targets.two_sided_count() < DENSE) & ~self.is_held
        for j in np.flatnonzero(self.is_held):
            self._hold_to(int(j), held[int(j)])
        if self.is_sparse.any():
            self._hold_to_essvi()

    def run(self) -> None:
        """Fit every slice; afterwards each is certified, whatever its quotes."""
        count = len(self.theta)
        j = self._fit(0, count)
        while j < count:
            self._descend(j)
            j = self._fit(j + 1, count)
        self._settle_rungs()

    def run_essvi(self) -> None:
        """The spline projection of an eSSVI surface through all slices, lifted where projecting opened a gap."""
        for j in range(len(self.theta)):
            if not self._try(j, target := self._essvi_coefficients(j), target, 1.0):
                self._replace(j, self.rows_of(j - 1) if j else flat_rows(float(self.theta[0])))
                self.rung[j], self.gap[j] = (Rung.CARRIED, 0.0) if j else (Rung.FLAT, np.inf)
                continue
            self.rung[j], self.blend[j] = Rung.ESSVI, 1.0
        self.violation[:] = np.nan

    def refit(self, j: int) -> bool:
        """Fit one slice again above the one before; True where it is certified. Its pair with the next is not looked at."""
        return self._fit(j, j + 1) > j

    def _fit(self, first: int, stop: int) -> int:
        """The first slice from `first` on that could not be certified, or `stop`."""
        t = self.targets
        done = fit_sweep(
                first, stop, 0, self.theta, self.knot_start, self.knot, self.table,
                t.start, t.log_moneyness, t.low, t.middle, t.high, t.weight, self.prior, self.prior_weight,
                self.is_warm, self.kept, self.padded, self.rows_knot, self.rows, self.row_count, self.left_slope,
                self.flags, self.passes, self.violation, self.gap,
            )  # fmt: skip
        return int(done)

    def _settle_rungs(self) -> None:
        descended = self.rung != Rung.FITTED  # by the ladder, which says where to
        rung = np.full(len(self.rung), Rung.FITTED, np.int8)
        if self.flags.any():
            rung[self.flags & CUT > 0] = Rung.CUT
            rung[self.flags & COLD_REFIT > 0] = Rung.COLD_REFIT
        rung[self.is_sparse] = Rung.SPARSE
        rung[self.is_held] = Rung.DECAYED
        self.rung = np.where(descended, self.rung, rung)

    @property
    def needed_lift(self) -> Bools:
        """Per slice: raised after the fit."""
        return self.flags & LIFTED > 0

    def rows_of(self, j: int) -> SliceRows:
        """Slice j as published."""
        count = int(self.row_count[j])
        return SliceRows(self.rows_knot[j, :count].copy(), self.rows[j, :count].copy(), float(self.left_slope[j]))

    def anchors(self, key: tuple[tuple[str, np.datetime64], ...]) -> Anchors:
        """What the next fit of the same expiries starts from."""
        return Anchors(
            key=key,
            theta=self.theta,
            knot_start=self.knot_start,
            knot=self.knot,
            table=self.table,
            padded=self.padded,
            is_doubled=self.is_doubled,
            kept=self.kept,
        )

    @cached_property
    def essvi(self) -> tuple[Floats, Floats, Floats]:
        """(θ, ρ, ψ) of the eSSVI slices through the targets."""
        return essvi_chain(self.targets, self.theta)

    def _hold_to_essvi(self) -> None:
        theta, rho, psi = self.essvi
        for j in np.flatnonzero(self.is_sparse):
            here = slice(int(self.knot_start[j]), int(self.knot_start[j + 1]))
            z = self.knot[here]
            level = self.theta[j] / theta[j]  # its own level, the neighbours' shape
            k = np.sqrt(theta[j]) * z
            self.prior[here] = [essvi_variance(theta[j], rho[j], psi[j], x) * level / self.theta[j] for x in k]
            self.prior_weight[here] = 1.0 / (len(z) * SHAPE_TOLERANCE**2)

    def _hold_to(self, j: int, rows: SliceRows | None) -> None:
        """Want the values of another slice, at the knots, in place of quotes."""
        if rows is None:
            return
        here = slice(int(self.knot_start[j]), int(self.knot_start[j + 1]))
        k = np.sqrt(self.theta[j]) * self.knot[here]
        self.prior[here] = rows_variance(rows, k) / self.theta[j]
        self.prior_weight[here] = 1.0 / (len(k) * HELD_TOLERANCE**2 * self.prior[here] ** 2)

    def _coefficients(self, j: int) -> Floats:
        first = int(self.knot_start[j]) + 2 * j
        return self.padded[first : first + int(self.knot_start[j + 1] - self.knot_start[j]) + 2]

    def _descend(self, j: int) -> None:
        """Down the ladder: the least blend with eSSVI that is certified, all of eSSVI, the slice before, one volatility."""
        fitted = self._coefficients(j).copy()
        target = self._essvi_coefficients(j)
        if not np.isfinite(fitted).all():
            fitted = target.copy()
        below = 0.0
        for share in BLENDS:
            if not self._try(j, fitted, target, share):
                below = share
                continue
            high = share
            for _ in range(HALVINGS):
                middle = 0.5 * (below + high)
                below, high = (below, middle) if self._try(j, fitted, target, middle) else (middle, high)
            self._try(j, fitted, target, high)
            self.rung[j], self.blend[j] = (Rung.ESSVI if high == 1.0 else Rung.BLENDED), high
            return
        self._coefficients(j)[:] = target
        self._replace(j, self.rows_of(j - 1) if j else flat_rows(float(self.theta[0])))
        self.rung[j] = Rung.CARRIED if j else Rung.FLAT
        self.gap[j] = 0.0 if j else np.inf

    def _try(self, j: int, fitted: Floats, target: Floats, share: float) -> bool:
        """Publish the blend as slice j, lifted over the slice before where needed; True where it is certified."""
        here = slice(int(self.knot_start[j]), int(self.knot_start[j + 1]))
        knot, table = self.knot[here], self.table[here]
        c = self._coefficients(j)
        c[:] = (1.0 - share) * fitted + share * target
        has_earlier = j > 0
        before = max(j - 1, 0)
        high = int(self.row_count[before]) - 1 if has_earlier else 0
        earlier = (self.rows_knot[before], self.rows[before], 0, high, self.left_slope[before])
        least = (self.left_slope[before], self.rows[before, high, 1]) if has_earlier else (LEAST_WING, LEAST_WING)
        last = len(knot) - 1
        self.row_count[j] = len(knot)
        for step in range(LIFTS + 1):
            left, _ = publish(self.theta[j], knot, table, c, *least, self.rows_knot[j], self.rows[j])
            self.left_slope[j] = left
            if step == LIFTS or not has_earlier:
                break
            if not lift(self.theta[j], knot, c, self.rows_knot[j], self.rows[j], last, left, earlier, self._scratch):
                break
        proven, gap = certify(self.rows_knot[j], self.rows[j], last, left, earlier, has_earlier, self._scratch)
        self.gap[j] = gap
        return bool(proven)

    def _essvi_coefficients(self, j: int) -> Floats:
        """The spline nearest to eSSVI slice j in relative least squares, on the frozen knots."""
        theta, rho, psi = (float(values[j]) for values in self.essvi)
        here = slice(int(self.knot_start[j]), int(self.knot_start[j + 1]))
        knot, table = self.knot[here], self.table[here]
        z = np.unique(np.concatenate([np.linspace(a, b, 7) for a, b in itertools.pairwise(knot)]))
        matrix = np.zeros((len(z), len(knot) + 2))
        row = np.empty(4)
        value = np.empty(len(z))
        for i, at in enumerate(z):
            s = basis_row(knot, table, at, row)
            value[i] = essvi_variance(theta, rho, psi, np.sqrt(self.theta[j]) * at) / self.theta[j]
            matrix[i, s : s + 4] = row / value[i]
        free = matrix[:, 1:-1]
        solved = np.linalg.lstsq(free, np.ones(len(z)), rcond=None)[0]
        return np.concatenate([[0.0], solved, [0.0]])

    def _replace(self, j: int, rows: SliceRows) -> None:
        count = len(rows.knot)
        self.rows_knot[j, :count], self.rows[j, :count] = rows.knot, rows.coefficient
        self.row_count[j], self.left_slope[j] = count, rows.left_slope


def share_inside(sweep: Sweep) -> tuple[Floats, Ints]:
    """Per slice: the share of its two-sided targets between bid and ask, and how many there are."""
    t = sweep.targets
    share, count = np.empty(len(sweep.theta)), np.empty(len(sweep.theta), np.int64)
    shares_inside(
        t.start, t.log_moneyness, t.low, t.middle, t.high,
        sweep.rows_knot, sweep.rows, sweep.row_count, sweep.left_slope, share, count,
    )  # fmt: skip
    return share, count


def rows_variance(rows: SliceRows, k: Floats) -> Floats:
    """w of a slice at many log-moneynesses."""
    row = np.searchsorted(rows.knot, k, side="right") - 1
    c = rows.coefficient[np.maximum(row, 0)]
    u = k - rows.knot[np.maximum(row, 0)]
    w = c[:, 0] + u * (c[:, 1] + u * (c[:, 2] + u * c[:, 3]))
    return np.where(row < 0, rows.coefficient[0, 0] - rows.left_slope * u, w)
