"""The way of the data, in one direction: the first file to read.

parsed chain ─ cleaning ─▶ Cleaned ─ forward ─▶ ForwardCurve ─ quote_vols ─▶ QuoteVols ─ surface ─▶ VolSurface
                                                                                                      │
PortfolioRisk ◀── greeks ◀────────────────────────────────────────────────────────────────────────────┤
     │                                                                                                ▼
hedging ─▶ HedgePlan                                 ExposureMap, profile, levels ◀── positioning ◀── lines
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gex.cleaning import CleaningRules, clean
from gex.columns import Floats
from gex.errors import InputError, NoForwardError, NoQuotesError, NumericalError
from gex.exposure.book import ExposureBook, exposure_books
from gex.exposure.flips import SpotRange
from gex.exposure.map import GreekSource, computed_greeks, printed_greeks
from gex.forward import CarryAssumptions, ForwardCurve, forward_curve
from gex.pairs import Pairs, pair_up
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT, DealerPositioning
from gex.quote_vols import QuoteVols, quote_vols
from gex.quotes import Cleaned, Quotes
from gex.surface.broken_line import SmileSource, fit_broken_line
from gex.surface.essvi_fitting import fit_essvi_surface
from gex.surface.fitting import fit_surface
from gex.surface.protocol import SourcedSurface, SurfaceModel

SURFACES: dict[SurfaceModel, Callable[[Quotes, QuoteVols, ForwardCurve], SourcedSurface]] = {
    SurfaceModel.CERTIFIED: fit_surface,
    SurfaceModel.ESSVI: fit_essvi_surface,
    SurfaceModel.BROKEN_LINE: fit_broken_line,
}


@dataclass(frozen=True, kw_only=True)
class ChainSettings:
    """How a chain becomes a surface. `rate`: continuous, per year, for every term; None: that of `carry`, or implied.

    `carry`: what else is known of rates and dividends; None: all of it is implied by the chain.

    `surface`: CERTIFIED is proven free of arbitrage and extrapolates as the smile does. ESSVI has three parameters an
    expiry. BROKEN_LINE follows every middle, proves nothing and is flat beyond the last bid, as published gamma levels
    assume: the flip of SPX on 2022-02-04 is 4586.2 on the first and 4587.2 on the last, because calls without a bid get
    the smile's volatility on the one and that of the last strike with a bid on the other.
    """

    rate: float | None = None
    carry: CarryAssumptions | None = None
    surface: SurfaceModel = SurfaceModel.CERTIFIED
    require_certified: bool = False  # raise where a slice that prices anything was not proven
    cleaning: CleaningRules = field(default_factory=CleaningRules)


@dataclass(frozen=True, eq=False, kw_only=True)
class Analysis:
    """One chain with everything that does not depend on positions.

    `quoted_spot`: where the spot is not that of the quotes (`gex.quoted_market`), per expiry the spot when they were taken.
    """

    settings: ChainSettings
    cleaned: Cleaned
    pairs: Pairs
    forwards: ForwardCurve
    vols: QuoteVols
    surface: SourcedSurface
    quoted_spot: Floats | None = None  # None: all at the spot of the forwards
    spot_as_of: np.datetime64 | None = None  # of a spot that came by itself; None: that of the quotes
    quoted_spread: Floats | None = None  # per expiry: ln of highest over lowest spot at which its quotes were taken


def analyse(parsed: Cleaned, settings: ChainSettings | None = None) -> Analysis:
    """Clean a chain and find its forwards, implied volatilities and surface.

    Raises NoQuotesError where no row survives cleaning, NoForwardError where nothing says what the spot is, and where
    `require_certified` asks for it NumericalError naming the expiries without a proof.
    """
    settings = settings or ChainSettings()
    cleaned = clean(parsed, settings.cleaning)
    reasons = ", ".join(f"{reason.label} {count}" for reason, count in cleaned.rejects.counts().items())
    if len(cleaned.quotes) == 0:
        raise NoQuotesError(f"analyse: none of {parsed.row_count} rows can be used ({reasons or 'the chain is empty'})")
    pairs = pair_up(cleaned.quotes)
    try:
        forwards = forward_curve(cleaned.quotes, pairs, rate=settings.rate, carry=settings.carry)
    except NoForwardError as error:
        raise NoForwardError(f"{error} ({reasons})" if reasons else str(error)) from error
    vols = quote_vols(cleaned.quotes, forwards)
    surface = SURFACES[settings.surface](cleaned.quotes, vols, forwards)
    if settings.require_certified:
        _refuse_unproven(surface)
    return Analysis(settings=settings, cleaned=cleaned, pairs=pairs, forwards=forwards, vols=vols, surface=surface)


def _refuse_unproven(surface: SourcedSurface) -> None:
    unproven = np.flatnonzero((surface.source != SmileSource.NONE) & ~surface.is_certified)
    if len(unproven):
        expiries = [surface.forwards.expiries[j] for j in unproven[:3]]
        names = ", ".join(f"{e.root} {e.date}" for e in expiries) + (", …" if len(unproven) > 3 else "")
        raise NumericalError(
            f"analyse: expected every slice certified, got {len(unproven)} of the {surface.model.value} surface without a "
            f"proof ({names})"
        )


@dataclass(frozen=True, kw_only=True)
class ExposureSettings:
    """Which dealer exposures are asked for. Every positioning is answered by a book of its own, never mixed.

    `skew_stickiness` R moves the smile along the profile: 1 keeps the volatility of each strike, 0 that of each
    moneyness.
    """

    positionings: tuple[DealerPositioning, ...] = (OI_CALLS_LONG_PUTS_SHORT,)
    greek_source: GreekSource = GreekSource.COMPUTED
    skew_stickiness: float = 1.0
    span: SpotRange = field(default_factory=SpotRange)


def dealer_exposure(analysis: Analysis, settings: ExposureSettings | None = None) -> tuple[ExposureBook, ...]:
    """Map, totals, profile, flips and walls of the dealers' book, one per positioning."""
    settings = settings or ExposureSettings()
    if not settings.positionings:
        raise InputError("dealer_exposure: expected at least one positioning, got none")
    quotes = analysis.cleaned.quotes
    computed = settings.greek_source is GreekSource.COMPUTED
    greeks = computed_greeks(quotes, analysis.surface) if computed else printed_greeks(quotes)
    return exposure_books(
        quotes,
        analysis.pairs,
        greeks,
        analysis.surface,
        settings.positionings,
        skew_stickiness=settings.skew_stickiness,
        span=settings.span,
    )
