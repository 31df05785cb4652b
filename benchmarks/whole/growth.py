"""How cost grows: every stage over sizes of chain, the surface over expiries, Greeks and hedge over positions.

    python -m benchmarks.whole.growth [SECONDS_A_STAGE]        one line of JSON

CPU milliseconds of one pinned core, the least of many runs. Growth is the cost of a row at
50,000 over that at 1,000, so 1 is linear and less means that a fixed part thins. The forward map of 5,000 contracts also
with its percentiles, in the sizes that the reference names.
"""

import json
import sys
from typing import Any

import numpy as np

from benchmarks.percentiles import timed
from benchmarks.stages import POLICY, POSITIONINGS, SIZES, analysed, book_of, hedge_instrument, sample_bytes, stages
from benchmarks.timing import least_milliseconds, pinned
from gex.exposure.forward_map import forward_maps, next_closes
from gex.exposure.lines import ExposureLines
from gex.exposure.map import leg_units
from gex.hedging.plan import plan_hedge
from gex.kernels.compiling import warm
from gex.portfolio.risk import portfolio_risk
from gex.sample import sample_chain
from gex.surface.fitting import fit_targets
from gex.surface.targets import surface_targets

POSITIONS = (100, 1_000, 10_000, 100_000)
EXPIRIES = (1, 2, 5, 10, 20, 40)


def by_size(seconds: float) -> dict[str, dict[int, float]]:
    """{stage: {size: milliseconds}}."""
    found: dict[str, dict[int, float]] = {}
    for size in SIZES:
        for stage in stages(sample_bytes(size)):
            found.setdefault(stage.name, {})[size] = least_milliseconds(stage.run, seconds)
    return found


def by_expiries(seconds: float) -> dict[int, float]:
    """Milliseconds of a cold fit of the first so many expiries of one chain, and the quotes they have."""
    from gex.pipeline import analyse

    analysis = analyse(sample_chain(option_count=20_000).parsed)
    targets = surface_targets(analysis.cleaned.quotes, analysis.vols, analysis.forwards)
    count = np.arange(len(targets.expiry))
    found = {}
    for wanted in (*EXPIRIES, len(count)):
        if wanted <= len(count):
            every = np.zeros(len(count), np.bool_)
            every[np.linspace(0, len(count) - 1, wanted).round().astype(int)] = True
            part = targets.only(every)
            found[wanted] = least_milliseconds(lambda part=part: fit_targets(part, analysis.forwards), seconds)
    return found


def by_positions(seconds: float) -> dict[str, dict[int, float]]:
    """Milliseconds of all Greeks of a book, and of its hedge with every trigger."""
    analysis = analysed(sample_bytes(20_000))
    instrument = hedge_instrument(analysis)
    found: dict[str, dict[int, float]] = {"book greeks": {}, "hedge with triggers": {}}
    for count in POSITIONS:
        book = book_of(analysis, count)
        found["book greeks"][count] = least_milliseconds(
            lambda book=book: portfolio_risk(book, analysis.surface), seconds
        )
        found["hedge with triggers"][count] = least_milliseconds(
            lambda book=book: plan_hedge(portfolio_risk(book, analysis.surface), [instrument], POLICY), seconds
        )
    return found


def forward_map() -> dict[str, dict[str, float]]:
    """Percentiles, milliseconds of CPU, of maps over spot and time of one book of 5,000 contracts."""
    analysis = analysed(sample_bytes(5_000))
    quotes = analysis.cleaned.quotes
    lines = ExposureLines.of(analysis.pairs, analysis.surface)
    call, put = leg_units(quotes, analysis.pairs, [POSITIONINGS[0].dealer_contracts(quotes)])
    found = {}
    for instants, spots in ((6, 160), (24, 161)):
        closes, level = next_closes(quotes.expiries, quotes.as_of, instants), np.linspace(0.9, 1.1, spots) * lines.spot
        times = timed(lambda closes=closes, level=level: forward_maps(lines, call, put, closes, spot=level), 60)
        found[f"{instants} × {spots}"] = {
            "p50": 1e3 * float(np.median(times.own)),
            "p99": 1e3 * float(np.quantile(times.own, 0.99)),
        }
    return found


def growth(times: dict[int, float]) -> float:
    """Cost of a row at 50,000 over that at 1,000."""
    return (times[50_000] / 50_000) / (times[1_000] / 1_000)


def main() -> None:
    pinned()
    warm()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.15
    sizes = by_size(seconds)
    said: dict[str, Any] = {
        "sizes": sizes,
        "growth": {name: growth(times) for name, times in sizes.items() if name not in ("book greeks", "hedge")},
        "expiries": by_expiries(seconds),
        "positions": by_positions(seconds),
        "forward_map": forward_map(),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
