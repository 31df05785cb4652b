"""One dealer book: everything that follows from one positioning, side by side with its name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats
from gex.exposure.flips import GammaFlip, SpotRange
from gex.exposure.levels import StrikeIndex, WallMode, Walls, strike_at, strike_sums, wall_positions, walls_at
from gex.exposure.lines import ExposureLines, GammaKind, SkewStickiness
from gex.exposure.map import ExposureMap, ExposureTotals, RowGreeks, exposure_maps, gamma_error_terms, leg_units, totals
from gex.exposure.profile import ExposureProfile, exposure_profiles
from gex.exposure.uncertainty import (
    QUANTILES,
    ErrorWeights,
    Uncertainty,
    flip_uncertainty,
    profile_deviation,
    total_uncertainty,
)
from gex.pairs import Pairs
from gex.positioning import DealerPositioning, UncertainPositioning, with_forwards
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureBook:
    """The dealers' exposures under one positioning.

    `walls` holds every mode, side-restricted and not. `missing_open_interest_count` rows name no open interest and count as
    none open. The profile always reprices on the surface, also where `cells` sums printed Greeks. Error bars are None where
    the positioning states no sign error.
    """

    positioning: str
    cells: ExposureMap
    totals: ExposureTotals
    profile: ExposureProfile
    walls: tuple[Walls, ...]
    absolute_gamma_strike: float | None
    missing_open_interest_count: int
    contracts: Floats  # the dealer's signed contracts per row of the chain
    gamma_exposure_uncertainty: Uncertainty | None = None
    gamma_flip_uncertainty: Uncertainty | None = None

    @property
    def gamma_flip(self) -> GammaFlip | None:
        """The root nearest to spot in log distance; None where there is none."""
        return nearest_flip(self.profile.flips, self.cells.spot)

    @property
    def no_flip_reason(self) -> str | None:
        """Why there is no flip: "no_sign_change", "no_vols" or "empty_book"; None where there is one."""
        if self.profile.flips:
            return None
        if np.any(self.profile.gamma_exposure_per_percent != 0.0):
            return "no_sign_change"
        is_held = self.totals.unpriced_contract_count > 0.0 or self.totals.gross_gamma_exposure > 0.0
        return "no_vols" if is_held else "empty_book"

    @property
    def headline_walls(self) -> Walls:
        """Gross and side-restricted: the walls that a chart can draw."""
        return next(w for w in self.walls if w.mode is WallMode.GROSS and w.is_side_restricted)


def nearest_flip(flips: Sequence[GammaFlip], spot: float) -> GammaFlip | None:
    """The root nearest to spot in log distance; None where there is none."""
    return min(flips, key=lambda flip: abs(np.log(flip.price / spot)), default=None)


def exposure_books(
    quotes: Quotes,
    pairs: Pairs,
    greeks: RowGreeks,
    surface: VolSurface,
    positionings: tuple[DealerPositioning, ...],
    *,
    skew_stickiness: SkewStickiness = 1.0,
    gamma_kind: GammaKind = GammaKind.BLACK,
    span: SpotRange | None = None,
    quantiles: Sequence[float] = QUANTILES,
) -> tuple[ExposureBook, ...]:
    """A book per positioning; all share one repricing of the chain."""
    models = tuple(with_forwards(positioning, surface.forwards) for positioning in positionings)
    lines = ExposureLines.of(pairs, surface)
    contracts = [model.dealer_contracts(quotes) for model in models]
    call, put = leg_units(quotes, pairs, contracts)
    profiles = exposure_profiles(lines, call + put, skew_stickiness=skew_stickiness, gamma_kind=gamma_kind, span=span)
    maps = exposure_maps(quotes, pairs, greeks, surface.forwards, contracts, [model.name for model in models])
    index = StrikeIndex.of(pairs.strike)
    missing = int(np.count_nonzero(np.isnan(quotes.open_interest)))
    books = []
    for b, (model, own, profile, cells) in enumerate(zip(models, contracts, profiles, maps, strict=True)):
        sums = totals(cells)
        table = strike_sums(cells, index)
        position = wall_positions(table, cells.spot)
        total_bar = flip_bar = None
        if isinstance(model, UncertainPositioning):
            squared = model.squared_sizes(quotes)
            terms = gamma_error_terms(quotes, greeks, surface.forwards.spot, own, squared)
            total_bar = total_uncertainty(model.sign_error, sums.gamma_exposure, *terms, quantiles)
            weights = error_weights(quotes, pairs, call[b], put[b], squared)
            deviation = profile_deviation(
                lines,
                weights,
                model.sign_error,
                profile.spot,
                skew_stickiness=skew_stickiness,
                gamma_kind=gamma_kind,
            )
            profile = profile.with_deviation(deviation)
            flip = nearest_flip(profile.flips, cells.spot)
            if flip is not None:
                flip_bar = flip_uncertainty(
                    lines,
                    weights,
                    model.sign_error,
                    flip,
                    skew_stickiness=skew_stickiness,
                    gamma_kind=gamma_kind,
                    quantiles=quantiles,
                )
        books.append(
            ExposureBook(
                positioning=model.name,
                cells=cells,
                totals=sums,
                profile=profile,
                walls=walls_at(table, position),
                absolute_gamma_strike=strike_at(table, position[-1]),
                missing_open_interest_count=missing,
                contracts=own,
                gamma_exposure_uncertainty=total_bar,
                gamma_flip_uncertainty=flip_bar,
            )
        )
    return tuple(books)


def error_weights(quotes: Quotes, pairs: Pairs, call: Floats, put: Floats, squared_sizes: Floats) -> ErrorWeights:
    """What wrong signs cost per line, from `squared_sizes` per row (contracts squared)."""
    squared = squared_sizes * quotes.multiplier**2
    return ErrorWeights(call=call, put=put, squared=pairs.of_call(squared, 0.0) + pairs.of_put(squared, 0.0))
