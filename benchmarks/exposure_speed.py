"""Times of dealer exposure on 20,000 options, CPU of one thread, with the numpy script beside them in the same run."""

import dataclasses
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.test_exposure import MODELS, levels, numpy_profile
from gex.exposure.flips import SpotRange
from gex.exposure.forward_map import forward_maps, next_closes
from gex.exposure.lines import ExposureLines
from gex.exposure.live import LiveExposure
from gex.exposure.map import leg_units
from gex.kernels.compiling import warm
from gex.pipeline import ChainSettings, ExposureSettings, analyse, dealer_exposure
from gex.sample import sample_chain
from gex.surface.protocol import SurfaceModel


def measured(work: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """(least CPU, median CPU, least wall) of `work` in ms."""
    work()
    cpu, wall = [], []
    for _ in range(rounds):
        wall_start, cpu_start = time.perf_counter(), time.thread_time()
        work()
        cpu.append(time.thread_time() - cpu_start)
        wall.append(time.perf_counter() - wall_start)
    return 1e3 * min(cpu), 1e3 * float(np.median(cpu)), 1e3 * min(wall)


def speed_lines() -> Iterator[str]:
    """A table of what the parts of an answer cost."""
    warm()
    parsed = sample_chain(option_count=20_000).parsed
    analysis = analyse(parsed)
    quotes = analysis.cleaned.quotes
    lines = ExposureLines.of(analysis.pairs, analysis.surface)
    call, put = leg_units(quotes, analysis.pairs, [model.dealer_contracts(quotes) for model in MODELS])
    weight = np.ascontiguousarray(call + put)
    settings = ExposureSettings(positionings=MODELS, span=SpotRange(node_count=400))
    fine = lines.spot * np.exp(np.linspace(np.log(0.8), np.log(1.2), 400))
    coarse = lines.spot * np.exp(np.linspace(np.log(0.8), np.log(1.2), 161))
    at = next_closes(quotes.expiries, quotes.as_of, 24)
    live = LiveExposure.of(quotes, analysis.pairs, analysis.surface, MODELS)
    row = np.array([np.argmin(np.abs(quotes.strike - live.spot) + 1e3 * (quotes.expiry != 20))])
    trade = np.full((len(MODELS), 1), -10.0)
    broken = analyse(parsed, ChainSettings(surface=SurfaceModel.BROKEN_LINE))
    follows = LiveExposure.of(broken.cleaned.quotes, broken.pairs, broken.surface, MODELS)
    vol = broken.surface.knot_vol.copy()
    vol[(broken.surface.start[20] + broken.surface.start[21]) // 2] *= 1.01
    refitted = dataclasses.replace(broken.surface, knot_vol=vol)
    yield "## Speed\n"
    yield f"{len(quotes):,} made options on {len(lines):,} lines, three books unless one is said. CPU of one thread in ms."
    yield "Other work used the two cores meanwhile: wall times tell of it.\n"
    yield "| | least | median | least wall | asked |\n|---|---|---|---|---|"
    rows: list[tuple[str, Callable[[], object], int, str]] = [
        ("map, totals, levels, profile of 400 nodes", lambda: dealer_exposure(analysis, settings), 15, "20 (10)"),
        ("profile of 400 nodes", lambda: lines.gamma_exposure(fine, weight), 30, ""),
        ("the same by numpy", lambda: numpy_profile(lines, weight, fine), 10, ""),
        ("profile of 161 nodes, one book", lambda: lines.gamma_exposure(coarse, weight[:1]), 30, ""),
        ("the same by numpy", lambda: numpy_profile(lines, weight[:1], coarse), 10, ""),
        ("forward map 161 × 24, one book", lambda: forward_maps(lines, call[:1], put[:1], at), 5, "100 (50)"),
        ("forward map 161 × 24", lambda: forward_maps(lines, call, put, at), 5, ""),
        ("a tick of spot to totals and levels", lambda: levels(live.at_spot(live.spot * 1.0003)), 200, "1"),
        ("a trade to totals, levels and profile", lambda: levels(live.with_contracts(row, trade)), 400, "0.2"),
        ("a quote, one volatility moved", lambda: levels(follows.with_surface(refitted, [20])), 400, "0.2"),
    ]
    for label, work, rounds, asked in rows:
        least, median, wall = measured(work, rounds)
        yield f"| {label} | {least:.3g} | {median:.3g} | {wall:.3g} | {asked} |"
