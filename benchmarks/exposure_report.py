"""Dealer exposure of real chains, and what each assumption does to one flip: `python -m benchmarks.exposure_report FOLDER`.

Writes benchmarks/EXPOSURE.md and docs/flip.md. FOLDER holds cboe_csv/, cboe_json/ and deribit_books_6h/.
"""

import dataclasses
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.exposure_speed import speed_lines
from benchmarks.sign_coverage import coverage_lines
from gex.exposure.account import AccountUnit
from gex.exposure.dynamics import STICKY_MONEYNESS, STICKY_STRIKE, SURFACE_IMPLIED, SmileDynamics
from gex.exposure.exercise_effect import exercise_effects
from gex.exposure.flow import MarketMove, dealer_flows
from gex.exposure.instrument import hedge_of, instrument_exposure
from gex.exposure.lines import ExposureLines, GammaKind
from gex.exposure.map import leg_units
from gex.exposure.profile import exposure_profiles
from gex.exposure.spot_check import implied_spot
from gex.exposure.spread import flips_by_dynamics, positioning_spread
from gex.io.detect import read_chain
from gex.pipeline import Analysis, ChainSettings, ExposureSettings, analyse, dealer_exposure
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CALLS_SHORT_PUTS_LONG,
    OI_CUSTOMERS_LONG_ALL,
    SignError,
    UncertainPositioning,
)
from gex.surface.protocol import SurfaceModel

BILLION = 1e9
NEXT_DAY = dt.date(2022, 2, 5)  # of the chain that the flip is explained on
CONVENTIONS = (OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL)
MODELS = tuple(UncertainPositioning(model, SignError(0.2)) for model in CONVENTIONS)
CHAINS = (  # file, hedge instrument
    ("cboe_csv/spx_20220205.csv.gz", "ES"),
    ("cboe_csv/spx_20230914.csv.gz", "ES"),
    ("cboe_csv/ndx_20220205.csv.gz", "NQ"),
    ("cboe_csv/ndx_20230510.csv.gz", "NQ"),
    ("cboe_csv/rut_20221212.csv.gz", "RTY"),
    ("cboe_json/rut_quotedata_20230921.json.gz", "RTY"),
    ("cboe_csv/spy_20230914.csv.gz", "ES"),
    ("deribit_books_6h/dev_calm/deribit_options_snapshot_20260115T153452Z.csv.gz", "BTC-PERPETUAL"),
    ("deribit_books_6h/dev_calm/deribit_options_snapshot_20260115T153452Z.csv.gz", "ETH-PERPETUAL"),
)


def roots(analysis: Analysis, dynamics: SmileDynamics, kind: GammaKind = GammaKind.BLACK) -> list[float]:
    """The flips of calls + puts − on this analysis."""
    quotes = analysis.cleaned.quotes
    call, put = leg_units(quotes, analysis.pairs, [CONVENTIONS[0].dealer_contracts(quotes)])
    lines = ExposureLines.of(analysis.pairs, analysis.surface)
    ratio = dynamics.skew_stickiness_on(analysis.surface)
    (profile,) = exposure_profiles(lines, call + put, skew_stickiness=ratio, gamma_kind=kind)
    return [flip.price for flip in profile.flips]


def told(prices: list[float]) -> str:
    """The flips of a profile in words."""
    return ", ".join(f"{price:,.1f}" for price in prices) or "none"


EXPOSURE_HEAD = """# Dealer exposure of real chains

`python -m benchmarks.exposure_report FOLDER` makes this page and [docs/flip.md](../docs/flip.md) out of the recorded
chains in FOLDER.

Conventions: gamma in billions of the chain's currency of delta per 1 % move, Σ w·M·Γ·S²·0.01, + where dealers own it;
years of 365 days to the settlement instant; forwards by put-call parity with one discount curve; volatilities of the
certified surface, one for call and put of a strike. *Net* is what the assumption gives; ± behind its mean is one
standard deviation where every line's sign is wrong with probability 0.2, in brackets where all errors of one expiry ×
right go together. *Flips* are all roots of the repriced profile between 0.8 and 1.2 of spot: R = 1 keeps the volatility
of a strike, R = 0 that of a moneyness; ± as before by the delta method at the root. *Walls* are gross and
side-restricted (calls at or above spot, puts at or below). *Contracts* are what dealers trade, + buy: per 1 % up to
first order, and after a full reprice of +1 % and of −1 %, at a future's price equal to spot. Positionings: C+P− own
calls and owe puts, C−P+ the other way round, C−P− owe everything.
"""
SHORT = {"oi_calls_long_puts_short": "C+P−", "oi_calls_short_puts_long": "C−P+", "oi_customers_long_all": "C−P−"}


def chain_lines(folder: Path, name: str, symbol: str) -> Iterator[str]:
    """The table of one chain."""
    underlying = symbol.split("-")[0] if "PERPETUAL" in symbol else None
    analysis = analyse(read_chain(folder / name, underlying=underlying))
    quotes, spot = analysis.cleaned.quotes, analysis.forwards.spot
    books = dealer_exposure(analysis, ExposureSettings(positionings=MODELS))
    instrument = hedge_of(quotes.underlying, symbol, price=spot)
    lines = ExposureLines.of(analysis.pairs, analysis.surface)
    legs = leg_units(quotes, analysis.pairs, [book.contracts for book in books])
    is_inverse = instrument.is_inverse
    flows = dealer_flows(
        lines,
        *legs,
        (MarketMove(spot_move=0.01), MarketMove(spot_move=-0.01)),
        instrument=instrument,
        is_inverse=is_inverse,
        account=AccountUnit.COIN if is_inverse else AccountUnit.CURRENCY,
    )
    moved = flips_by_dynamics(lines, legs[0] + legs[1], dynamics=(STICKY_MONEYNESS,))
    yield f"\n## {quotes.underlying}, {str(quotes.as_of)[:16].replace('T', ' ')} UTC, spot {spot:,.2f}\n"
    yield f"{Path(name).name}: {len(quotes):,} options, {np.nansum(quotes.open_interest):,.0f} contracts open."
    own = implied_spot(analysis.forwards)
    if own is not None and own.doubts(spot):
        yield f"**The printed spot is not of the quotes' instant**: they imply {own.spot:,.2f} ± {own.tolerance:.2f}."
    yield (
        "\n| | net | mean ± sd [together] | P(long) | flips, R = 1 | flips, R = 0 | walls | net/gross | "
        f"{symbol} per 1 % | +1 % | −1 % |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for book, (up, down), (still,) in zip(books, flows, moved, strict=True):
        bar, wall, flip = book.gamma_exposure_uncertainty, book.headline_walls, book.gamma_flip_uncertainty
        held = instrument_exposure(instrument, book.totals.gamma_exposure, spot, quotes.as_of)
        assert bar is not None
        assert up.quantity is not None
        assert down.quantity is not None
        error = "" if flip is None else f" ± {flip.standard_deviation:,.1f} [{flip.standard_deviation_correlated:,.1f}]"
        yield (
            f"| {SHORT[book.positioning]} | {book.totals.gamma_exposure / BILLION:+.4f} "
            f"| {bar.mean / BILLION:+.4f} ± {bar.standard_deviation / BILLION:.4f} "
            f"[{bar.standard_deviation_correlated / BILLION:.4f}] | {bar.probability_positive:.3f} "
            f"| {told([one.price for one in book.profile.flips])}{error} | {told([one.price for one in still.flips])} "
            f"| {wall.call_wall:,.10g}; {wall.put_wall:,.10g} | {book.totals.conditioning:.3f} "
            f"| {-held.contracts_per_percent:+,.1f} | {up.quantity.whole:+,} | {down.quantity.whole:+,} |"
        )
    spread = positioning_spread(books)
    assert spread is not None
    yield (
        f"\nOver the three: {spread.minimum_gamma_exposure / BILLION:+.4f} to "
        f"{spread.maximum_gamma_exposure / BILLION:+.4f} bn, signs {'agree' if spread.sign_agrees else 'disagree'}; "
        f"lines without a price: {books[0].totals.unpriced_count}."
    )
    effects = exercise_effects(quotes, analysis.surface, [books[0].contracts])
    if effects is not None and effects[0].row_count:
        effect, flip = effects[0], books[0].gamma_flip
        moved_by = "" if flip is None else f", moves the flip by {effect.flip_shift(flip.slope):+.2f}"
        yield (
            f"\nOptions that may be exercised early are summed with European Greeks at their volatility. Exercise adds "
            f"{effect.gamma_exposure / BILLION:+.4f} bn to C+P−{moved_by} and "
            f"{effect.delta_exposure / BILLION:+.4f} bn to its delta "
            f"({effect.row_count:,} options, {effect.unanswered_count} without an answer)."
        )


FLIP_HEAD = """# What moves a gamma flip

Vendors publish one number, and differ by hundreds of points. On one chain, everything else held, this is how far each
choice moves the flip. The chain: SPX as of Friday 2022-02-04 21:15 UTC, spot 4,500.53, 20,514 options, 13.5 million
contracts open. The answer to begin with: dealers own the calls and owe the puts, ACT/365 to the settlement instant,
parity forwards, both roots (SPX settles at the open, SPXW at the close), volatilities stay with their strikes (R = 1).

`python -m benchmarks.exposure_report FOLDER` makes this page.
"""
FLIP_TAIL = """
## How to read it

- **Who owns what decides whether there is a flip at all.** Mirrored signs have the same root with the other slope (below
  it dealers are then long, not short); customers long everything has none, whatever the rest.
- **Which gamma is summed** moves it most of all: `total` is the second derivative along the dynamic, what a hedge that
  follows the smile trades, so vanna of the skew is part of it. At R = 1 both are one. How the smile moves alone (black
  gamma at R = 0, 1, 2) shifts it by less than ten points: with R = 0 an option keeps the volatility of its moneyness, so
  that below spot its volatility is lower than with R = 1, and its gamma narrower.
- **Which expiries and roots count** comes next: a vendor that counts the next week only, or one root only, draws the
  level of another book. None is wrong; without a name they cannot be compared.
- **Forwards** matter where carry is left out altogether: F = S misplaces every strike by the carry to its expiry. A rate of
  zero beside parity forwards is harmless. **Clocks** matter by what they make of a weekend.
- **The error bar is wider than all of these** once signs err in clusters: if the sides of a whole expiry can be wrong
  together, the bracketed figure is what is known of the flip. A level to a tenth of a point is a statement about
  arithmetic.
"""


def flip_lines(folder: Path) -> Iterator[str]:
    """How far clock, forward, roots, dynamics and positioning each move the flip of SPX on 2022-02-04."""
    parsed = read_chain(folder / CHAINS[0][0])
    base = analyse(parsed)
    start = roots(base, STICKY_STRIKE)
    yield "| choice | flips | moved by |\n|---|---|---|"
    yield f"| to begin with | {told(start)} | |"

    def row(label: str, prices: list[float]) -> str:
        nearest = min(prices, key=lambda price: abs(price - start[0]), default=None)
        return f"| {label} | {told(prices)} | {'' if nearest is None else f'{nearest - start[0]:+.1f}'} |"

    time = base.forwards.time_to_expiry
    days = np.array([max(np.busday_count("2022-02-05", str(e.date)), 1) for e in parsed.quotes.expiries]) / 262.0
    row_vols = ExposureLines.of(base.pairs, base.surface).vol
    yield row(
        "clock: a day later, the same volatilities",
        line_roots(base, time_to_expiry=np.maximum(time - 1 / 365, 0.0), vol=row_vols),
    )
    yield row(
        "clock: business days / 262 with the volatilities of ACT/365",
        line_roots(base, time_to_expiry=np.where(time > 0, days, 0.0), vol=row_vols),
    )
    yield row("forward: no discounting (rate 0)", roots(analyse(parsed, ChainSettings(rate=0.0)), STICKY_STRIKE))
    yield row(
        "forward: spot itself, r = q = 0", line_roots(base, forward=np.where(time > 0, base.forwards.spot, np.nan))
    )
    for root in ("SPX", "SPXW"):
        keep = np.array([e.root == root for e in parsed.quotes.expiries])[parsed.quotes.expiry]
        part = analyse(dataclasses.replace(parsed, quotes=parsed.quotes.where(keep)))
        yield row(f"roots: {root} only", roots(part, STICKY_STRIKE))
    quotes = base.cleaned.quotes
    for span in (7, 30):
        near = np.array([(e.date - NEXT_DAY).days for e in quotes.expiries])[quotes.expiry] <= span
        part = dataclasses.replace(quotes, open_interest=np.where(near, quotes.open_interest, 0.0))
        cleaned = dataclasses.replace(base.cleaned, quotes=part)
        yield row(
            f"expiries: the next {span} days only", roots(dataclasses.replace(base, cleaned=cleaned), STICKY_STRIKE)
        )
    broken = analyse(parsed, ChainSettings(surface=SurfaceModel.BROKEN_LINE))
    yield row("volatilities: straight lines between quotes, flat beyond", roots(broken, STICKY_STRIKE))
    two = SmileDynamics(name="skew_stickiness", skew_stickiness=2.0)
    named = (
        ("R = 0, moneyness keeps its volatility", STICKY_MONEYNESS),
        ("R = 2", two),
        ("R by expiry, implied", SURFACE_IMPLIED),
    )
    for label, dynamics in named:
        for kind in GammaKind:
            yield row(f"dynamics: {label}; {kind.value} gamma", roots(base, dynamics, kind))
    for book in dealer_exposure(base, ExposureSettings(positionings=MODELS)):
        bar = book.gamma_flip_uncertainty
        error = "" if bar is None else f", ± {bar.standard_deviation:.1f} [{bar.standard_deviation_correlated:.1f}]"
        yield row(f"positioning: {book.positioning}{error}", [flip.price for flip in book.profile.flips])


def line_roots(analysis: Analysis, **columns: np.ndarray) -> list[float]:
    """The flips of calls + puts − with some terms replaced: per expiry, or per line (`vol`)."""
    quotes = analysis.cleaned.quotes
    call, put = leg_units(quotes, analysis.pairs, [CONVENTIONS[0].dealer_contracts(quotes)])
    lines = ExposureLines.of(analysis.pairs, analysis.surface)
    per_line = {name: own if len(own) == len(lines) else own[lines.expiry] for name, own in columns.items()}
    (profile,) = exposure_profiles(dataclasses.replace(lines, **per_line), call + put)
    return [flip.price for flip in profile.flips]


def main() -> None:
    folder, home = Path(sys.argv[1]), Path(__file__).parent.parent
    page = [EXPOSURE_HEAD]
    for name, symbol in CHAINS:
        page += chain_lines(folder, name, symbol)
    page += ["", *coverage_lines(), "", *speed_lines()]
    (home / "benchmarks" / "EXPOSURE.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    page = [FLIP_HEAD, *flip_lines(folder), FLIP_TAIL]
    (home / "docs" / "flip.md").write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main()
