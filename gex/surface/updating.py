"""A surface that moves on between full fits: with the spot, with time, and with the quotes of single expiries."""

import dataclasses
from collections.abc import Iterable

import numpy as np

from gex.columns import Floats
from gex.errors import InputError
from gex.forward import ForwardCurve
from gex.kernels.slice_fit import greville
from gex.kernels.slice_touch import touch_slice
from gex.kernels.sweep import ROWS, new_scratch
from gex.quote_vols import QuoteVols
from gex.quotes import Quotes
from gex.surface.certified import CertifiedSurface, Rung
from gex.surface.fitting import fit_targets, slice_keys
from gex.surface.targets import surface_targets


def moved(surface: CertifiedSurface, forwards: ForwardCurve) -> CertifiedSurface:
    """The surface at new forwards, its shape in log-moneyness kept, and at a later time, its variance decayed.

    w_j becomes w_j·(time left)/(time left at the fit), at most 1 times and less for shorter expiries, which leaves both
    proofs standing: g is concave in the factor and ≥ 0 at 0, and the factor does not fall with expiry. Nothing is fitted.
    """
    if forwards.expiries != surface.forwards.expiries:
        raise InputError("moved: expected forwards of the same expiries as the surface's")
    before = surface.forwards.time_to_expiry
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(before > 0.0, forwards.time_to_expiry / before, 1.0)
    if not (factor <= 1.0).all():
        raise InputError(
            "moved: expected a later time than the surface's; variance cannot be scaled up without a proof"
        )
    if (factor == 1.0).all():
        return _with(surface, forwards=forwards)
    alive = factor > 0.0
    factor = np.where(alive, factor, 1.0)
    rows = np.repeat(factor, np.diff(surface.start))
    kept = np.repeat(alive, np.diff(surface.start))
    states = dataclasses.replace(
        surface.states,
        left_slope=surface.states.left_slope * np.where(alive, factor, np.nan),
        right_slope=surface.states.right_slope * np.where(alive, factor, np.nan),
        is_certified=surface.states.is_certified & alive,
        rung=np.where(alive, surface.states.rung, Rung.NONE).astype(np.int8),
    )
    lengths = np.where(alive, np.diff(surface.start), 0)
    return CertifiedSurface(
        forwards=forwards,
        start=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        knot=surface.knot[kept],
        coefficient=(surface.coefficient * rows[:, np.newaxis])[kept],
        states=states,
        source=surface.source,
        targets=surface.targets,
        anchors=surface.anchors,
    )


def _with(surface: CertifiedSurface, **changes: object) -> CertifiedSurface:
    """As `dataclasses.replace`, keeping the lookup tables, which depend on knots and coefficients only."""
    new = dataclasses.replace(surface, **changes)  # type: ignore[arg-type]
    if "_tables" in surface.__dict__:
        new.__dict__["_tables"] = surface.__dict__["_tables"]
    return new


class SurfaceUpdater:
    """Keeps the last published surface and moves it on; every surface it hands out is immutable and certified.

    `touch` costs tens of microseconds an expiry and moves three numbers; `refit` fits all over again from where the last
    fit stood.
    """

    def __init__(self, surface: CertifiedSurface) -> None:
        self.surface = surface
        self._scratch = new_scratch()

    def refit(self, quotes: Quotes, vols: QuoteVols, forwards: ForwardCurve) -> CertifiedSurface:
        """A full warm refit."""
        self.surface = fit_targets(surface_targets(quotes, vols, forwards), forwards, previous=self.surface)
        return self.surface

    def touch(self, quotes: Quotes, vols: QuoteVols, forwards: ForwardCurve, expiries: Iterable[int]) -> list[float]:
        """Move level, skew and curvature of single expiries to their new quotes; per expiry the share of the move that
        the certificates of the slice and of both its pairs allow (0: none, a refit of the pair is due).
        """
        anchors = self.surface.anchors
        if anchors is None:
            raise InputError("touch: the surface has no fitted expiry to start from")
        keys = {key: i for i, key in enumerate(anchors.key)}
        padded = anchors.padded.copy()
        coefficient, knot = self.surface.coefficient.copy(), self.surface.knot
        left_slope, right_slope = self.surface.states.left_slope.copy(), self.surface.states.right_slope.copy()
        gap = self.surface.states.calendar_gap.copy()
        order = np.argsort(forwards.time_to_expiry, kind="stable")
        order = order[np.diff(self.surface.start)[order] > 0]
        place = {int(e): i for i, e in enumerate(order)}
        wanted = list(expiries)
        chosen = np.isin(quotes.expiry, wanted)
        targets = surface_targets(quotes.where(chosen), vols.where(chosen), forwards)
        slice_of = {int(e): i for i, e in enumerate(targets.expiry)}
        shares = []
        for expiry in wanted:
            i = keys.get(slice_keys(forwards, np.array([expiry]))[0])
            here = slice(int(self.surface.start[expiry]), int(self.surface.start[expiry + 1]))
            fitted = i is not None and expiry in slice_of and self.surface.states.rung[expiry] in _TOUCHABLE
            if not fitted or i is None:
                shares.append(0.0)
                continue
            at = place[expiry]
            rows = [order[at - 1] if at else expiry, order[at + 1] if at + 1 < len(order) else expiry]
            neighbours = []
            for j in rows:
                there = slice(int(self.surface.start[j]), int(self.surface.start[j + 1]))
                high = there.stop - there.start - 1
                neighbours.append((knot[there], coefficient[there], 0, high, float(left_slope[j])))
            own_knots = slice(int(anchors.knot_start[i]), int(anchors.knot_start[i + 1]))
            first = own_knots.start + 2 * i
            c = padded[first : first + own_knots.stop - own_knots.start + 2]
            t = slice(int(targets.start[slice_of[expiry]]), int(targets.start[slice_of[expiry] + 1]))
            abscissa, new = np.empty(len(c)), np.empty(len(c))
            greville(anchors.knot[own_knots], abscissa)
            out_knot, out = np.empty(ROWS), np.empty((ROWS, 4))
            share, left, new_gap = touch_slice(
                float(anchors.theta[i]), anchors.knot[own_knots], anchors.table[own_knots], abscissa, c,
                targets.log_moneyness[t], targets.middle[t], targets.weight[t],
                neighbours[0], at > 0, neighbours[1], at + 1 < len(order), out_knot, out, new, self._scratch,
            )  # fmt: skip
            shares.append(float(share))
            if share > 0.0:
                count = here.stop - here.start
                padded[first : first + len(c)] = new
                coefficient[here] = out[:count]
                left_slope[expiry], right_slope[expiry], gap[expiry] = left, out[count - 1, 1], new_gap
        self.surface = dataclasses.replace(
            self.surface,
            forwards=forwards,
            coefficient=coefficient,
            states=dataclasses.replace(
                self.surface.states, left_slope=left_slope, right_slope=right_slope, calendar_gap=gap
            ),
            anchors=dataclasses.replace(anchors, padded=padded),
        )
        return shares


_TOUCHABLE = (Rung.FITTED, Rung.CUT, Rung.COLD_REFIT, Rung.SPARSE)


def level_of(surface: CertifiedSurface) -> Floats:
    """Total variance at the money of every expiry; NaN where it has no slice."""
    count = len(surface.forwards)
    return surface.total_variance(np.arange(count), np.zeros(count))
