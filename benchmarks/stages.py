"""The stages of a chain's way, each ready to be timed alone: what `test_stages`, the report and the guard measure.

Every stage gets what the stage before it made, so that a figure is of that stage and of nothing else. `COLD` means that
nothing of an earlier chain is used. The book to hedge is a thousand positions drawn from the chain's own contracts.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gex.cleaning import clean
from gex.exposure.flips import SpotRange
from gex.exposure.forward_map import forward_maps, next_closes
from gex.exposure.lines import ExposureLines
from gex.exposure.map import computed_greeks, leg_units
from gex.forward import forward_curve
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.io.cboe_csv import parse_chain
from gex.pairs import pair_up
from gex.pipeline import Analysis, ChainSettings, ExposureSettings, dealer_exposure
from gex.portfolio.linear import LinearKind
from gex.portfolio.positions import Positions
from gex.portfolio.risk import portfolio_risk
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL
from gex.quote_vols import quote_vols
from gex.sample import sample_chain, sample_csv
from gex.surface.fitting import fit_surface

POSITIONINGS = (OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL)
SIZES = (100, 1_000, 5_000, 20_000, 50_000)  # options of a chain
NODES = 400
POSITION_COUNT = 1_000
POLICY = HedgePolicy(risk_aversion=1e-6)
ASKED = ExposureSettings(positionings=POSITIONINGS, span=SpotRange(node_count=NODES))


@dataclass(frozen=True)
class Stage:
    """One step and what it is given."""

    name: str
    run: Callable[[], object]
    rows: int  # options, nodes × options or positions: what a figure is divided by


def sample_bytes(option_count: int) -> bytes:
    """The embedded sample written as a Cboe CSV."""
    return sample_csv(sample_chain(option_count=option_count)).encode()


def analysed(raw: bytes) -> Analysis:
    """All before the exposures, stage by stage, from the bytes of a Cboe CSV."""
    cleaned = clean(parse_chain(raw))
    quotes = cleaned.quotes
    pairs = pair_up(quotes)
    forwards = forward_curve(quotes, pairs)
    vols = quote_vols(quotes, forwards)
    surface = fit_surface(quotes, vols, forwards)
    return Analysis(
        settings=ChainSettings(), cleaned=cleaned, pairs=pairs, forwards=forwards, vols=vols, surface=surface
    )


def book_of(analysis: Analysis, count: int = POSITION_COUNT, seed: int = 12) -> Positions:
    """`count` positions in contracts of the chain, long and short."""
    random = np.random.default_rng(seed)
    quotes = analysis.cleaned.quotes
    row = random.integers(0, len(quotes), count)
    return Positions(
        expiries=quotes.expiries,
        row=np.arange(count),
        expiry=quotes.expiry[row],
        strike=quotes.strike[row],
        right=quotes.right[row],
        contracts=np.round(random.normal(0.0, 20.0, count)),
    )


def hedge_instrument(analysis: Analysis) -> HedgeInstrument:
    """An index future of multiplier 50 that outlives the quarter."""
    return HedgeInstrument(
        symbol="ES",
        kind=LinearKind.INDEX_FUTURE,
        multiplier=50.0,
        expires_at=analysis.cleaned.quotes.as_of + np.timedelta64(91, "D"),
        half_spread_bps=0.25,
        fee_per_contract=1.2,
    )


def stages(raw: bytes) -> list[Stage]:
    """Every stage on the chain in `raw`, in the order of the way of the data."""
    analysis = analysed(raw)
    parsed = parse_chain(raw)
    quotes, pairs, forwards, vols = analysis.cleaned.quotes, analysis.pairs, analysis.forwards, analysis.vols
    surface = analysis.surface
    lines = ExposureLines.of(pairs, surface)
    call, put = leg_units(quotes, pairs, [model.dealer_contracts(quotes) for model in POSITIONINGS])
    weight = call + put
    level = lines.spot * np.exp(np.linspace(np.log(0.8), np.log(1.2), NODES))
    closes = next_closes(quotes.expiries, quotes.as_of, 24)
    positions, instrument = book_of(analysis), hedge_instrument(analysis)
    risk = portfolio_risk(positions, surface)
    count = len(quotes)
    return [
        Stage("parse", lambda: parse_chain(raw), count),
        Stage("clean", lambda: clean(parsed), count),
        Stage("forward", lambda: forward_curve(quotes, pair_up(quotes)), count),
        Stage("vols", lambda: quote_vols(quotes, forwards), count),
        Stage("surface", lambda: fit_surface(quotes, vols, forwards), count),
        Stage("greeks", lambda: computed_greeks(quotes, surface), count),
        Stage("exposure", lambda: dealer_exposure(analysis, ASKED), count),
        Stage("profile", lambda: lines.gamma_exposure(level, weight), count),
        Stage("forward map", lambda: forward_maps(lines, call[:1], put[:1], closes), count),
        Stage("book greeks", lambda: portfolio_risk(positions, surface), POSITION_COUNT),
        Stage(
            "hedge",
            lambda: plan_hedge(replace(risk, repricer=replace(risk.repricer)), [instrument], POLICY),
            POSITION_COUNT,
        ),
    ]
