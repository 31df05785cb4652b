"""How far apart answers are that differ in one assumption only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats
from gex.exposure.book import ExposureBook
from gex.exposure.dynamics import STICKY_MONEYNESS, STICKY_STRIKE, SmileDynamics
from gex.exposure.flips import GammaFlip, SpotRange
from gex.exposure.lines import ExposureLines, GammaKind
from gex.exposure.profile import exposure_profiles

FLIP_DYNAMICS = (STICKY_MONEYNESS, STICKY_STRIKE, SmileDynamics(name="skew_stickiness", skew_stickiness=2.0))


@dataclass(frozen=True, kw_only=True)
class PositioningSpread:
    """Over the books of one answer; flips None where no book has one."""

    minimum_gamma_exposure: float  # currency per 1 %
    maximum_gamma_exposure: float
    sign_agrees: bool  # all books have one sign
    minimum_gamma_flip: float | None
    maximum_gamma_flip: float | None


def positioning_spread(books: Sequence[ExposureBook]) -> PositioningSpread | None:
    """Of two books or more; None for fewer."""
    if len(books) < 2:
        return None
    net = [book.totals.gamma_exposure for book in books]
    flips = [book.gamma_flip.price for book in books if book.gamma_flip is not None]
    return PositioningSpread(
        minimum_gamma_exposure=min(net),
        maximum_gamma_exposure=max(net),
        sign_agrees=min(net) > 0.0 or max(net) < 0.0,
        minimum_gamma_flip=min(flips, default=None),
        maximum_gamma_flip=max(flips, default=None),
    )


@dataclass(frozen=True, kw_only=True)
class DynamicsFlips:
    """The flips of one book under one smile dynamic."""

    dynamics: SmileDynamics
    gamma_kind: GammaKind
    flips: tuple[GammaFlip, ...]
    gamma_exposure: float  # at spot, currency per 1 %


def flips_by_dynamics(
    lines: ExposureLines,
    weight: Floats,
    *,
    dynamics: Sequence[SmileDynamics] = FLIP_DYNAMICS,
    gamma_kind: GammaKind = GammaKind.BLACK,
    span: SpotRange | None = None,
) -> tuple[tuple[DynamicsFlips, ...], ...]:
    """Per book of `weight` (book_count, line_count), its flips under each dynamic: what the rule of the smile decides."""
    table: list[list[DynamicsFlips]] = [[] for _ in weight]
    for rule in dynamics:
        ratio = rule.skew_stickiness_on(lines.surface)
        profiles = exposure_profiles(lines, weight, skew_stickiness=ratio, gamma_kind=gamma_kind, span=span)
        for own, profile in zip(table, profiles, strict=True):
            here = int(np.searchsorted(profile.spot, lines.spot))
            own.append(
                DynamicsFlips(
                    dynamics=rule,
                    gamma_kind=gamma_kind,
                    flips=profile.flips,
                    gamma_exposure=float(profile.gamma_exposure_per_percent[here]),
                )
            )
    return tuple(tuple(own) for own in table)
