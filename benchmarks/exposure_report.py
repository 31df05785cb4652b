"""Dealer exposure of real chains, and what each assumption does to one flip: `python -m benchmarks.exposure_report FOLDER`.

FOLDER holds cboe_csv/, cboe_json/ and deribit_books_6h/. Figures are in billions of currency per 1 % and in contracts of
the hedge instrument at its spot; ± is one standard deviation for signs wrong with probability 0.2, errors independent and,
in brackets, fully correlated inside each expiry × right.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np

from gex.exposure.dynamics import STICKY_MONEYNESS, STICKY_STRIKE, SURFACE_IMPLIED, SmileDynamics
from gex.exposure.flow import MarketMove, dealer_flows
from gex.exposure.instrument import instrument_exposure, listed_instrument
from gex.exposure.lines import ExposureLines, GammaKind
from gex.exposure.map import leg_units
from gex.exposure.profile import exposure_profiles
from gex.exposure.spread import positioning_spread
from gex.io.detect import read_chain
from gex.pipeline import Analysis, ChainSettings, ExposureSettings, analyse, dealer_exposure
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CALLS_SHORT_PUTS_LONG,
    OI_CUSTOMERS_LONG_ALL,
    SignError,
    UncertainPositioning,
)

BILLION = 1e9
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
    return ", ".join(f"{price:,.1f}" for price in prices) or "none"


def show(folder: Path, name: str, symbol: str) -> None:
    underlying = symbol.split("-")[0] if "PERPETUAL" in symbol else None
    analysis = analyse(read_chain(folder / name, underlying=underlying))
    quotes, spot = analysis.cleaned.quotes, analysis.forwards.spot
    books = dealer_exposure(analysis, ExposureSettings(positionings=MODELS))
    instrument = listed_instrument(symbol, price=spot)
    if underlying is None and quotes.underlying in {"SPY", "XSP"}:
        instrument = dataclasses.replace(instrument, multiplier=instrument.multiplier * 10.0)  # a tenth of the index
    lines = ExposureLines.of(analysis.pairs, analysis.surface)
    legs = leg_units(quotes, analysis.pairs, [book.contracts for book in books])
    flows = dealer_flows(lines, *legs, (MarketMove(spot_move=0.01), MarketMove(spot_move=-0.01)), instrument=instrument)
    print(
        f"\n{Path(name).name}  {quotes.underlying}  spot {spot:,.2f}  as of {str(quotes.as_of)[:16]}  {len(quotes)} rows"
    )
    print(f"  flips, vol of a strike stays (R = 1): {told(roots(analysis, STICKY_STRIKE))};", end=" ")
    print(f"of a moneyness (R = 0): {told(roots(analysis, STICKY_MONEYNESS))}")
    for book, (up, down) in zip(books, flows, strict=True):
        bar, wall = book.gamma_exposure_uncertainty, book.headline_walls
        held = instrument_exposure(instrument, book.totals.gamma_exposure, spot, quotes.as_of)
        assert bar is not None
        assert up.quantity is not None
        assert down.quantity is not None
        flip = book.gamma_flip_uncertainty
        print(
            f"  {book.positioning:27s} {book.totals.gamma_exposure / BILLION:+10.4f} bn "
            f"→ {bar.mean / BILLION:+.4f} ± {bar.standard_deviation / BILLION:.4f} "
            f"[{bar.standard_deviation_correlated / BILLION:.4f}]  P(long) {bar.probability_positive:.3f}  "
            f"flip {'none' if flip is None else f'{flip.mean:,.1f} ± {flip.standard_deviation:.1f}'}"
        )
        print(
            f"    walls {wall.call_wall} / {wall.put_wall}   conditioning {book.totals.conditioning:.3f}   "
            f"{symbol} per 1 %: {-held.contracts_per_percent:+,.1f} first order, reprice "
            f"+1 % {up.quantity.whole:+,}, −1 % {down.quantity.whole:+,}   "
            f"unpriced {book.totals.unpriced_count} lines"
        )
    spread = positioning_spread(books)
    assert spread is not None
    print(
        f"  spread {spread.minimum_gamma_exposure / BILLION:+.4f} … {spread.maximum_gamma_exposure / BILLION:+.4f} bn, "
        f"signs {'agree' if spread.sign_agrees else 'disagree'}"
    )


def explain(folder: Path) -> None:
    """How far clock, forward, roots, dynamics and positioning each move one flip: SPX of 2022-02-04."""
    parsed = read_chain(folder / CHAINS[0][0])
    base = analyse(parsed)
    start = roots(base, STICKY_STRIKE)
    print(f"\nWhat moves the flip of SPX on 2022-02-04 (calls +, puts −): {told(start)} to begin with")

    def row(label: str, prices: list[float]) -> None:
        print(f"  {label:58s} {told(prices):>22s}  {prices[0] - start[0]:+8.1f}" if prices else f"  {label:58s} none")

    def on(**changes: object) -> Analysis:
        forwards = dataclasses.replace(base.forwards, **changes)
        return dataclasses.replace(
            base, forwards=forwards, surface=dataclasses.replace(base.surface, forwards=forwards)
        )

    time = base.forwards.time_to_expiry
    days = np.array([max(np.busday_count("2022-02-05", str(e.date)), 1) for e in parsed.quotes.expiries]) / 262.0
    row(
        "clock: business days/262 for the same volatilities",
        roots(on(time_to_expiry=np.where(time > 0, days, 0.0)), STICKY_STRIKE),
    )
    row("clock: a day later", roots(on(time_to_expiry=np.maximum(time - 1 / 365, 0.0)), STICKY_STRIKE))
    row("forward: D = 1 (rate 0), parity", roots(analyse(parsed, ChainSettings(rate=0.0)), STICKY_STRIKE))
    row("forward: the spot itself", roots(on(forward=np.where(time > 0, base.forwards.spot, np.nan)), STICKY_STRIKE))
    row("dynamics: moneyness keeps its volatility (R = 0)", roots(base, STICKY_MONEYNESS))
    row("dynamics: R = 2", roots(base, SmileDynamics(name="skew_stickiness", skew_stickiness=2.0)))
    row("dynamics: R implied by the term structure of skew", roots(base, SURFACE_IMPLIED))
    for root in ("SPX", "SPXW"):
        keep = np.array([e.root == root for e in parsed.quotes.expiries])[parsed.quotes.expiry]
        part = analyse(dataclasses.replace(parsed, quotes=parsed.quotes.where(keep)))
        row(f"roots: {root} only", roots(part, STICKY_STRIKE))
    quotes = base.cleaned.quotes
    near = np.array([(e.date.toordinal() - 738190) for e in quotes.expiries])[quotes.expiry] <= 30
    month = dataclasses.replace(
        base,
        pairs=base.pairs,
        cleaned=dataclasses.replace(
            base.cleaned, quotes=dataclasses.replace(quotes, open_interest=np.where(near, quotes.open_interest, 0.0))
        ),
    )
    row("expiries: the next 30 days only", roots(month, STICKY_STRIKE))
    books = dealer_exposure(base, ExposureSettings(positionings=MODELS))
    for book in books:
        bar = book.gamma_flip_uncertainty
        label = f"positioning: {book.positioning}"
        row(
            label
            + ("" if bar is None else f", ± {bar.standard_deviation:.1f} [{bar.standard_deviation_correlated:.1f}]"),
            [flip.price for flip in book.profile.flips],
        )


def main() -> None:
    folder = Path(sys.argv[1])
    for name, symbol in CHAINS:
        show(folder, name, symbol)
    explain(folder)


if __name__ == "__main__":
    main()
