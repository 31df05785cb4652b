"""One dealer book: everything that follows from one positioning, side by side with its name."""

from dataclasses import dataclass

import numpy as np

from gex.exposure.flips import GammaFlip, SpotRange
from gex.exposure.levels import WallMode, Walls, absolute_gamma_strike, walls
from gex.exposure.lines import ExposureLines, dealer_weight
from gex.exposure.map import ExposureMap, ExposureTotals, RowGreeks, exposure_map, totals
from gex.exposure.profile import ExposureProfile, exposure_profiles
from gex.pairs import Pairs
from gex.positioning import DealerPositioning
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureBook:
    """The dealers' exposures under one positioning.

    `walls` holds every mode: gross and net, side-restricted and not. `missing_open_interest_count` rows name no open
    interest and count as none open. The profile always reprices on the surface, also where `cells` sums printed Greeks.
    """

    positioning: str
    cells: ExposureMap
    totals: ExposureTotals
    profile: ExposureProfile
    walls: tuple[Walls, ...]
    absolute_gamma_strike: float | None
    missing_open_interest_count: int

    @property
    def gamma_flip(self) -> GammaFlip | None:
        """The root nearest to spot in log distance; None where there is none."""
        spot = self.cells.spot
        return min(self.profile.flips, key=lambda flip: abs(np.log(flip.price / spot)), default=None)

    @property
    def no_flip_reason(self) -> str | None:
        """Why there is no flip: "empty_book" or "no_sign_change"; None where there is one."""
        if self.profile.flips:
            return None
        return "no_sign_change" if np.any(self.profile.gamma_exposure_per_percent != 0.0) else "empty_book"

    @property
    def headline_walls(self) -> Walls:
        """Gross and side-restricted: the walls that a chart can draw."""
        return next(w for w in self.walls if w.mode is WallMode.GROSS and w.is_side_restricted)


def exposure_books(
    quotes: Quotes,
    pairs: Pairs,
    greeks: RowGreeks,
    surface: VolSurface,
    positionings: tuple[DealerPositioning, ...],
    *,
    skew_stickiness: float = 1.0,
    span: SpotRange | None = None,
) -> tuple[ExposureBook, ...]:
    """A book per positioning; all share one repricing of the chain."""
    lines = ExposureLines.of(pairs, surface)
    weight = dealer_weight(quotes, pairs, positionings)
    profiles = exposure_profiles(lines, weight, skew_stickiness=skew_stickiness, span=span)
    books = []
    for positioning, profile in zip(positionings, profiles, strict=True):
        cells = exposure_map(quotes, pairs, greeks, surface.forwards, positioning)
        books.append(
            ExposureBook(
                positioning=positioning.name,
                cells=cells,
                totals=totals(cells),
                profile=profile,
                walls=tuple(
                    walls(cells, mode, is_side_restricted=restricted)
                    for mode in WallMode
                    for restricted in (True, False)
                ),
                absolute_gamma_strike=absolute_gamma_strike(cells),
                missing_open_interest_count=int(np.count_nonzero(np.isnan(quotes.open_interest))),
            )
        )
    return tuple(books)
