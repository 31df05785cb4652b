"""A surface after its forwards moved while every strike kept its volatility."""

import dataclasses
from typing import overload

import numpy as np

from gex.columns import Bools, Floats
from gex.forward import ForwardCurve
from gex.surface.broken_line import BrokenLineSurface
from gex.surface.certified import Anchors, CertifiedSurface
from gex.surface.protocol import SourcedSurface
from gex.surface.rows import Certifier, SliceRows
from gex.surface.targets import SurfaceTargets


@overload
def slid(surface: CertifiedSurface, forwards: ForwardCurve, shift: Floats) -> CertifiedSurface: ...
@overload
def slid(surface: SourcedSurface, forwards: ForwardCurve, shift: Floats) -> SourcedSurface: ...
def slid(surface: SourcedSurface, forwards: ForwardCurve, shift: Floats) -> SourcedSurface:
    """The surface at `forwards` that have risen by e^`shift` (one an expiry): w′(k) = w(k + shift), T unchanged.

    With k = ln(K/F) and F′ = F·e^shift the volatility of every strike is what it was. Such a smile no longer stands where it
    was proven, so every slice is proven again: one that fails keeps its numbers and is no longer called certified. A forward
    of 100 that rises to 101 takes the volatility at the money, k = 0, from k = ln 1.01 = 0.00995.
    """
    if isinstance(surface, BrokenLineSurface):
        knot = surface.knot - np.repeat(shift, np.diff(surface.start))
        return dataclasses.replace(surface, forwards=forwards, knot=knot)
    assert isinstance(surface, CertifiedSurface)
    moved = dataclasses.replace(
        surface,
        forwards=forwards,
        knot=surface.knot - np.repeat(shift, np.diff(surface.start)),
        targets=None if surface.targets is None else _slid_targets(surface.targets, shift),
        anchors=None if surface.anchors is None else _slid_anchors(surface, surface.anchors, shift),
        parameters=None,  # a slid eSSVI slice is none
    )
    states = dataclasses.replace(surface.states, is_certified=surface.states.is_certified & _is_proven(moved))
    return dataclasses.replace(moved, states=states)


def _slid_targets(targets: SurfaceTargets, shift: Floats) -> SurfaceTargets:
    own = np.repeat(shift[targets.expiry], np.diff(targets.start))
    return dataclasses.replace(targets, log_moneyness=targets.log_moneyness - own)


def _slid_anchors(surface: CertifiedSurface, anchors: Anchors, shift: Floats) -> Anchors:
    """Knots are in k/√θ there."""
    forwards = surface.forwards
    place = {(e.root, e.settles_at): j for j, e in enumerate(forwards.expiries)}
    own = np.array([shift[place[key]] for key in anchors.key], np.float64) / np.sqrt(anchors.theta)
    return dataclasses.replace(anchors, knot=anchors.knot - np.repeat(own, np.diff(anchors.knot_start)))


def _is_proven(surface: CertifiedSurface) -> Bools:
    """Per expiry: True where the slice, and its pair with the one before it in time, pass the certificate."""
    certifier, before = Certifier(), None
    proven = np.zeros(len(surface.forwards), np.bool_)
    alive = np.flatnonzero(np.diff(surface.start) > 0)
    for j in alive[np.argsort(surface.forwards.time_to_expiry[alive], kind="stable")].tolist():
        rows = SliceRows(*surface.slice_rows(j))
        proven[j], _ = certifier.check(rows, before)
        before = rows
    return proven
