"""A row a chain of a folder: certified or not, share inside, errors, expiries, fit time, rungs.

`python -m benchmarks.surface_report FOLDER [EVERY]`; of Deribit snapshots, of which there may be many, every EVERY-th.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gex.errors import GexError
from gex.io.detect import read_chain
from gex.pipeline import analyse
from gex.quotes import Cleaned
from gex.surface.certified import CertifiedSurface, Rung
from gex.surface.fitting import fit_surface
from gex.surface.quality import quote_errors

REPEATS = 5
BOOKS = "deribit_options_snapshot"  # holds two coins


def chains(folder: Path, every: int) -> Iterator[tuple[str, Cleaned]]:
    """Every file of the folder that is a chain, by name."""
    books = [path for path in sorted(folder.rglob("*.gz")) if path.name.startswith(BOOKS)]
    skipped = set(books) - set(books[::every])
    for path in sorted(folder.rglob("*.gz")):
        if path in skipped:
            continue
        for underlying in ("BTC", "ETH") if path.name.startswith(BOOKS) else (None,):
            try:
                yield path.name.split(".")[0].replace(BOOKS, "deribit"), read_chain(path, underlying=underlying)
            except GexError:
                continue


def table(folder: Path, every: int) -> None:
    """Print the rows, and sums over all."""
    names = (
        "chain",
        "of",
        "expiries",
        "certified",
        "quotes",
        "inside %",
        "median bp",
        "RMSE bp",
        "chi",
        "fit ms",
        "rungs",
    )
    print("{:28s} {:5s} {:>8s} {:>9s} {:>7s} {:>8s} {:>9s} {:>8s} {:>6s} {:>7s}  {}".format(*names))
    proven = total = 0
    for name, chain in chains(folder, every):
        try:
            analysis = analyse(chain)
        except GexError as error:
            print(f"{name:28s} no surface: {error}")
            continue
        quotes, vols, forwards = analysis.cleaned.quotes, analysis.vols, analysis.forwards
        seconds = []
        for _ in range(REPEATS):
            begin = time.perf_counter()
            surface = fit_surface(quotes, vols, forwards)
            seconds.append(time.perf_counter() - begin)
        live = surface.states.rung != Rung.NONE
        certified = int(surface.is_certified[live].sum())
        proven, total = proven + certified, total + int(live.sum())
        rungs = Counter(Rung(rung).name.lower() for rung in surface.states.rung[live])
        words = " ".join(f"{count} {rung}" for rung, count in rungs.most_common())
        head = f"{name:28s} {quotes.underlying:5s} {live.sum():8d} {certified:9d}"
        print(f"{head} {_quality(surface)} {1e3 * min(seconds):7.2f}  {words}")
    print(
        f"{proven} of {total} slices, and their pairs with the expiry before, certified; fit: best of {REPEATS}, cold"
    )


def _quality(surface: CertifiedSurface) -> str:
    assert surface.targets is not None
    _, error, inside, half_spreads = quote_errors(surface, surface.targets)
    if len(error) == 0:
        return f"{0:7d} {'':8s} {'':9s} {'':8s} {'':6s}"
    median, rmse = np.median(np.abs(error)), np.sqrt(np.mean(error**2))
    chi = np.sqrt(np.mean(half_spreads**2))
    return f"{len(error):7d} {100.0 * inside.mean():8.2f} {median:9.2f} {rmse:8.1f} {chi:6.2f}"
