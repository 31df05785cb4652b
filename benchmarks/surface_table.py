"""A row a chain of a folder, in Markdown: certified, inside, errors, time, rungs, and what the quotes themselves are worth.

`python -m benchmarks.surface_table FOLDER [--every N] [--dense] > benchmarks/SURFACE.md`: of Deribit snapshots, of which
there may be many, every N-th; `--dense` looks at each surface again by arithmetic of its own (`benchmarks.dense_check`).
"""

import argparse
import datetime as dt
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.dense_check import dense_figures
from benchmarks.percentiles import timed
from gex.contracts import Exercise, Payoff
from gex.errors import GexError
from gex.io.detect import read_chain
from gex.pipeline import Analysis, analyse
from gex.quotes import Cleaned
from gex.surface.broken_line import SmileSource
from gex.surface.certified import CertifiedSurface, Rung
from gex.surface.fitting import fit_surface
from gex.surface.quality import quote_errors
from gex.surface.static_arbitrage import ArbitrageKind, static_arbitrage
from gex.surface.targets import SurfaceTargets

REPEATS = 5
BOOKS = "deribit_options_snapshot"  # holds two coins
COLUMNS = (
    "chain", "of", "kind", "expiries", "certified", "quotes", "inside %", "median bp", "RMSE bp", "chi", "tick bp",
    "at odds %", "fit ms", "rungs",
)  # fmt: skip
LEGEND = """\
*Quotes*: two-sided, out of the money, filtered (`gex.surface.targets.filtered_quotes`). *Inside*: share of them between
whose bid and ask the surface runs. *Median, RMSE*: of the error against the middle, in 0.0001 of volatility; *chi*: root
mean square of the error in half-spreads. *Tick*: what one tick of price is worth in volatility, the median over the quotes:
middles are rounded to half of it, and no smooth curve comes nearer to them than about a quarter. *At odds*: quotes with
which a vertical spread or butterfly of neighbours, bought at the ask and sold at the bid, pays for sure: they were taken at
different times, and no surface without arbitrage runs inside all of them. *Printed*: the file has volatilities and no
quotes; inside is then within 5 % of them. *Fit*: CPU milliseconds of one thread, targets to certificate, cold, the best of
five. *Density, mass, calendar* (`benchmarks.dense_check`, 10⁵ points a slice, wings to 20 standard deviations beyond the
knots, 80-bit arithmetic, no kernel): the lowest density, the largest |∫ − 1|, the lowest (w − w of the expiry before)/w."""


def chains(folder: Path, every: int) -> Iterator[tuple[str, Cleaned]]:
    """Every file of the folder that is a chain, by name."""
    files = sorted([*folder.rglob("*.gz"), *folder.rglob("*.zip")])
    books = [path for path in files if path.name.startswith(BOOKS)]
    skipped = set(books) - set(books[::every])
    for path in files:
        if path in skipped:
            continue
        for underlying in ("BTC", "ETH") if path.name.startswith(BOOKS) else (None,):
            try:
                yield path.name.split(".")[0].replace(BOOKS, "deribit"), read_chain(path, underlying=underlying)
            except GexError:
                continue


def table(folder: Path, every: int, *, is_dense: bool = False) -> None:
    """Print the rows, and sums over all."""
    names = (*COLUMNS, "density ≥", "mass error", "calendar ≥") if is_dense else COLUMNS
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    proven = total = free = surfaces = 0
    for name, chain in chains(folder, every):
        try:
            analysis = analyse(chain)
        except GexError as error:
            print(f"| {name} | no surface: {error} |")
            continue
        quotes, vols, forwards = analysis.cleaned.quotes, analysis.vols, analysis.forwards
        times = timed(partial(fit_surface, quotes, vols, forwards), REPEATS)
        surface = fit_surface(quotes, vols, forwards)
        live = surface.states.rung != Rung.NONE
        certified = int(surface.is_certified[live].sum())
        proven, total, surfaces = proven + certified, total + int(live.sum()), surfaces + 1
        rungs = Counter(Rung(rung).name.lower() for rung in surface.states.rung[live])
        words = ", ".join(f"{count} {rung}" for rung, count in rungs.most_common())
        cells = [
            name,
            quotes.underlying,
            _kind(analysis),
            str(live.sum()),
            str(certified),
            *_quality(analysis, surface),
        ]
        cells += [f"{1e3 * times.own.min():.2f}", words]
        if is_dense:
            dense = dense_figures(surface)
            free += dense.is_free
            cells += [f"{dense.least_density:.1g}", f"{dense.mass_error:.0e}", f"{dense.least_step:.1e}"]
        print("| " + " | ".join(cells) + " |", flush=True)
    print(f"\n{proven} of {total} slices, each with its pair with the expiry before, certified.")
    if is_dense:
        print(f"{free} of {surfaces} surfaces free of arbitrage in the dense check too.")


def _kind(analysis: Analysis) -> str:
    contracts = [expiry.contract for expiry in analysis.cleaned.quotes.expiries]
    coin = any(one.payoff is Payoff.INVERSE for one in contracts)
    style = "American" if any(one.exercise is Exercise.AMERICAN for one in contracts) else "European"
    source = analysis.surface.source
    printed = (source & SmileSource.PRINTED > 0).sum() > (source & SmileSource.QUOTES > 0).sum()
    return ("coin" if coin else style) + (", printed" if printed else "")


def _quality(analysis: Analysis, surface: CertifiedSurface) -> list[str]:
    targets = surface.targets
    assert targets is not None
    _, error, inside, half_spreads = quote_errors(surface, targets)
    if len(error) == 0:
        return ["0", *[""] * 6]
    median, rmse = np.median(np.abs(error)), np.sqrt(np.mean(error**2))
    chi = np.sqrt(np.mean(half_spreads**2))
    return [
        str(len(error)), f"{100.0 * inside.mean():.2f}", f"{median:.2f}", f"{rmse:.1f}", f"{chi:.2f}",
        f"{_tick_bp(analysis, targets):.1f}", f"{100.0 * _share_at_odds(analysis, targets):.1f}",
    ]  # fmt: skip


def _tick_bp(analysis: Analysis, targets: SurfaceTargets) -> float:
    """Median over the two-sided targets of what one tick of price is in volatility: (ask vol − bid vol)·tick/spread."""
    quotes, row = analysis.cleaned.quotes, targets.row[np.isfinite(targets.middle)]
    ticks = np.array([expiry.contract.ticks[0][1] for expiry in quotes.expiries])[quotes.expiry[row]]
    spread = quotes.ask[row] - quotes.bid[row]
    vol = analysis.vols.ask_vol[row] - analysis.vols.bid_vol[row]
    known = (spread > 0.0) & np.isfinite(vol)
    return float(np.median(1e4 * vol[known] * ticks[known] / spread[known])) if known.any() else float("nan")


def _share_at_odds(analysis: Analysis, targets: SurfaceTargets) -> float:
    """Share of the two-sided targets that are part of a sure gain among neighbours of one expiry; true for American too."""
    wanted = set(targets.row[np.isfinite(targets.middle)].tolist())
    kinds = (ArbitrageKind.VERTICAL, ArbitrageKind.BUTTERFLY)
    found = static_arbitrage(analysis.cleaned.quotes, analysis.forwards)
    return len(wanted & {row for one in found if one.kind in kinds for row in one.rows}) / len(wanted)


def _machine() -> str:
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return f"{model}, Python {platform.python_version()}, numpy {np.__version__}"


def _commit() -> str:
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def main(arguments: list[str]) -> None:
    """Print the document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.surface_table", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--dense", action="store_true")
    asked = parser.parse_args(arguments)
    print("# The surface on real chains\n")
    print(f"`python -m benchmarks.surface_table {' '.join(['FOLDER', *arguments[1:]])}` on")
    print(f"{dt.datetime.now(dt.UTC):%d %B %Y}, commit {_commit()}; {_machine()}.\n")
    print(LEGEND + "\n")
    table(asked.folder, asked.every, is_dense=asked.dense)


if __name__ == "__main__":
    main(sys.argv[1:])
