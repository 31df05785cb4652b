"""Times and quality of the surface on one chain, beside QuantLib and volsurface: `python -m benchmarks.surface_report`.

Takes a chain file as argument, or uses the embedded sample; a folder gives a row a chain (`benchmarks.surface_table`), and
`event` the W of a mixture before an event, with an SVI slice through the same quotes. One core; run it on an idle machine.
"""

import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.event_smile import mixture_before_an_event
from benchmarks.peers import volsurface
from benchmarks.peers.surface import PeerFit, andreasen_huge, svi_slices
from benchmarks.surface_table import table
from gex.io.detect import read_chain
from gex.kernels.slice_fit import greville
from gex.kernels.slice_touch import touch_slice
from gex.kernels.sweep import ROWS, new_scratch
from gex.pipeline import Analysis, analyse
from gex.sample import sample_chain
from gex.surface.certified import CertifiedSurface
from gex.surface.fitting import fit_surface, fit_targets
from gex.surface.quality import quote_errors
from gex.surface.sweeping import Sweep
from gex.surface.targets import SurfaceTargets, surface_targets

REFITS = 1000
ANDREASEN_HUGE_EXPIRIES = 10


def _percentiles(seconds: list[float], unit: float) -> str:
    p50, p99, worst = np.percentile(seconds, [50, 99, 100]) * unit
    return f"p50 {p50:8.2f}  p99 {p99:8.2f}  worst {worst:8.2f}"


def _timed(call: Callable[[], object], count: int) -> list[float]:
    seconds = []
    for _ in range(count):
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return seconds


def _perturbed(targets: SurfaceTargets, random: np.random.Generator) -> SurfaceTargets:
    """Quote noise of a tenth of the spread, a common level of 0.4 %."""
    spread = targets.high - targets.low
    noise = 0.1 * random.normal(size=len(spread)) * np.where(targets.low > 0, spread, 0.0)
    level = 1.0 + 0.004 * random.normal()
    return dataclasses.replace(
        targets,
        low=np.maximum((targets.low + noise) * level, 0.0),
        middle=(targets.middle + noise) * level,
        high=(targets.high + noise) * level,
        money=targets.money * level,
    )


def report(analysis: Analysis) -> None:
    """Print the table."""
    quotes, vols, forwards = analysis.cleaned.quotes, analysis.vols, analysis.forwards
    surface = fit_surface(quotes, vols, forwards)
    targets = surface_targets(quotes, vols, forwards)
    years = forwards.time_to_expiry[targets.expiry]
    _, error, inside, _ = quote_errors(surface, targets)
    print(f"{len(targets.expiry)} expiries, {len(error)} two-sided quotes out of the money")
    print(f"certified {int(surface.is_certified.sum())}; inside {inside.mean():.2%}; {_quality(error)}")

    random = np.random.default_rng(0)
    variants = [_perturbed(targets, random) for _ in range(50)]
    print(
        "targets from quotes       ms  ", _percentiles(_timed(lambda: surface_targets(quotes, vols, forwards), 50), 1e3)
    )
    print("full fit, cold            ms  ", _percentiles(_timed(lambda: fit_targets(targets, forwards), 50), 1e3))
    step = iter(range(10**9))
    failed = 0

    def warm() -> None:
        nonlocal failed
        made = fit_targets(variants[next(step) % 50], forwards, previous=surface)
        failed += int((~made.is_certified[targets.expiry]).sum())

    print("full refit, warm          ms  ", _percentiles(_timed(warm, REFITS), 1e3), f" uncertified {failed}")
    _slices(surface, targets)
    _queries(surface)
    svi = svi_slices(targets, years)
    _peer("QuantLib SVI slices", svi)
    huge = andreasen_huge(targets, years, expiries=ANDREASEN_HUGE_EXPIRIES)
    _peer("QuantLib Andreasen–Huge", huge, f" (first {ANDREASEN_HUGE_EXPIRIES} days)")
    other = volsurface.fits(targets, years)
    if other is None:
        print(volsurface.MISSING)
    else:
        _peer("volsurface SVI slices", other[0])
        _peer("volsurface SSVI", other[1])


def _peer(name: str, fit: PeerFit, note: str = "") -> None:
    inside = f"inside {fit.inside.mean():.2%}; {_quality(fit.error_bp)}"
    print(f"{name:25s} ms   {1e3 * fit.seconds:8.0f}  {inside}{note}")


def event() -> None:
    """The smile of an equal mixture of two lognormals, 4 % up or down, seven days ahead: W-shaped at the money."""
    targets, forwards = mixture_before_an_event()
    surface = fit_targets(targets, forwards)
    _, error, inside, _ = quote_errors(surface, targets)
    print(f"W before an event: {len(error)} quotes, certified {bool(surface.is_certified.all())}")
    print(f"ours                             inside {inside.mean():.2%}; {_quality(error)}")
    _peer("QuantLib SVI slice", svi_slices(targets, forwards.time_to_expiry))
    other = volsurface.fits(targets, forwards.time_to_expiry, is_surface=False)
    if other is None:
        print(volsurface.MISSING)
    else:
        _peer("volsurface SVI slice", other[0])


def _quality(error: np.ndarray) -> str:
    known = error[np.isfinite(error)]
    return f"median {np.median(np.abs(known)):.2f} bp, RMSE {np.sqrt(np.mean(known**2)):.1f} bp, {len(known)} priced"


def _slices(surface: CertifiedSurface, targets: SurfaceTargets) -> None:
    """One slice refitted in full, and one touched, certificates of slice and pairs included."""
    anchors = surface.anchors
    if anchors is None:
        return
    sweep = Sweep(targets, targets.money, anchors.is_doubled, anchors)
    sweep.run()
    count = len(targets.expiry)
    seconds: list[float] = []
    for j in range(1, count - 1):
        seconds += _timed(lambda j=j: sweep.refit(j), 20)  # type: ignore[misc]
    print("one slice refitted        µs  ", _percentiles(seconds, 1e6))
    scratch = new_scratch()
    seconds = []
    for j in range(1, count - 1):
        own = slice(int(anchors.knot_start[j]), int(anchors.knot_start[j + 1]))
        c = anchors.padded[own.start + 2 * j : own.stop + 2 * j + 2]
        at, new = np.empty(len(c)), np.empty(len(c))
        greville(anchors.knot[own], at)
        t = slice(int(targets.start[j]), int(targets.start[j + 1]))
        before, after = (
            (sweep.rows_knot[i], sweep.rows[i], 0, int(sweep.row_count[i]) - 1, float(sweep.left_slope[i]))
            for i in (j - 1, j + 1)
        )
        arguments = (
            float(anchors.theta[j]), anchors.knot[own], anchors.table[own], at, c, targets.log_moneyness[t],
            targets.middle[t], targets.weight[t], before, True, after, True, np.empty(ROWS), np.empty((ROWS, 4)), new,
            scratch,
        )  # fmt: skip
        touch_slice(*arguments)
        seconds += _timed(lambda a=arguments: touch_slice(*a), 20)  # type: ignore[misc]
    print("one slice touched         µs  ", _percentiles(seconds, 1e6))


def _queries(surface: CertifiedSurface) -> None:
    random = np.random.default_rng(1)
    count = 1_000_000
    live = np.flatnonzero(np.diff(surface.start) > 0)
    expiry, k = random.choice(live, count), random.uniform(-0.4, 0.2, count)
    ordered = np.sort(expiry)
    for name, call in (
        ("w, random", lambda: surface.total_variance(expiry, k)),
        ("w, by expiry", lambda: surface.total_variance(ordered, k)),
        ("vol, by expiry", lambda: surface.vol(ordered, k)),
        ("w, w′, w″, by expiry", lambda: surface.variance_derivatives(ordered, k)),
    ):
        print(f"query {name:20s} ns/pt {_percentiles(_timed(call, 15), 1e9 / count)}")


if __name__ == "__main__":
    if sys.argv[1:] == ["event"]:
        event()
    elif len(sys.argv) > 1 and Path(sys.argv[1]).is_dir():
        table(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    elif len(sys.argv) > 1:
        report(analyse(read_chain(Path(sys.argv[1]))))
    else:
        report(analyse(sample_chain(option_count=16_000).parsed))
