"""Times and quality of the surface on one chain, beside QuantLib and volsurface: `python -m benchmarks.surface_report`.

Takes a chain file as argument, or uses the embedded sample; `event` is the W of a mixture before an event, with an SVI slice
through the same quotes. A row for each chain of a folder: `benchmarks.surface_table`. Times are CPU times of the measuring
thread, with those on the wall beside them: on a machine busy with other things the wall says more of those.
"""

import dataclasses
import sys
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.event_smile import mixture_before_an_event
from benchmarks.peers import volsurface
from benchmarks.peers.surface import PeerFit, andreasen_huge, svi_slices
from benchmarks.percentiles import HEAD, Times, joined, timed
from gex.forward import ForwardCurve
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
VARIANTS = 50
POINTS = 1_000_000
LEAST_QUOTES = 8
PEER_SLICES = 8  # of the chain, spread over its terms: the peers need a second or more for each


def perturbed(targets: SurfaceTargets, random: np.random.Generator) -> SurfaceTargets:
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
    _, error, inside, _ = quote_errors(surface, targets)
    print(f"{quotes.underlying} {len(targets.expiry)} expiries, {len(error)} two-sided quotes out of the money")
    print(f"certified {int(surface.is_certified.sum())}; inside {inside.mean():.2%}; {_quality(error)}")
    print(HEAD)
    random = np.random.default_rng(0)
    variants = [perturbed(targets, random) for _ in range(VARIANTS)]
    _row("targets from quotes", "ms", timed(lambda: surface_targets(quotes, vols, forwards), 100))
    _row("full fit, cold", "ms", timed(lambda: fit_targets(targets, forwards), 100))
    step = iter(range(10**9))
    failed = 0

    def warm() -> None:
        nonlocal failed
        made = fit_targets(variants[next(step) % VARIANTS], forwards, previous=surface)
        failed += int((~made.is_certified[targets.expiry]).sum())

    _row("full refit, warm", "ms", timed(warm, REFITS), f" uncertified {failed}")
    of_slices = slice_times(surface, targets)
    if of_slices is not None:
        _row("one slice refitted", "µs", of_slices[0])
        _row("one slice touched", "µs", of_slices[1])
    _queries(surface)
    _peers(targets, forwards)


def _peers(targets: SurfaceTargets, forwards: ForwardCurve) -> None:
    """Ours and the peers' on the same quotes of some slices, for which all are timed once, cold, on the wall."""
    dense = np.flatnonzero(targets.two_sided_count() >= LEAST_QUOTES)
    picked = np.unique(np.linspace(0, len(dense) - 1, min(PEER_SLICES, len(dense))).round().astype(int))
    some = targets.only(np.isin(np.arange(len(targets.expiry)), dense[picked]))
    years = forwards.time_to_expiry[some.expiry]
    print(f"the same {len(some.expiry)} slices through all, cold, wall:")
    times = timed(lambda: fit_targets(some, forwards), 20)
    _, error, inside, _ = quote_errors(fit_targets(some, forwards), some)
    _peer("ours, certified", PeerFit(float(np.median(times.wall)), error, inside))
    _peer("QuantLib SVI slices", svi_slices(some, years))
    _peer("QuantLib Andreasen–Huge", andreasen_huge(some, years, expiries=len(years)))
    other = volsurface.fits(some, years)
    if other is None:
        print(volsurface.MISSING)
    else:
        _peer("volsurface SVI slices", other[0])
        _peer("volsurface SSVI", other[1])


def _row(name: str, unit: str, times: Times, note: str = "") -> None:
    print(f"{name:26s} {unit:6s} {times.row({'ms': 1e3, 'µs': 1e6}.get(unit, 1e9 / POINTS))}{note}")


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


def slice_times(surface: CertifiedSurface, targets: SurfaceTargets) -> tuple[Times, Times] | None:
    """(One slice refitted in full, one touched), certificates of slice and pairs included; None without a fit of its own."""
    anchors = surface.anchors
    if anchors is None:
        return None
    sweep = Sweep(targets, targets.money, anchors.is_doubled, anchors)
    sweep.run()
    count = len(targets.expiry)
    inner = range(1, count - 1)
    refits = joined([timed(partial(sweep.refit, j), 20) for j in inner])
    scratch = new_scratch()
    parts = []
    for j in inner:
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
        parts.append(timed(partial(touch_slice, *arguments), 20))
    return refits, joined(parts)


def _queries(surface: CertifiedSurface) -> None:
    random = np.random.default_rng(1)
    live = np.flatnonzero(np.diff(surface.start) > 0)
    expiry, k = random.choice(live, POINTS), random.uniform(-0.4, 0.2, POINTS)
    ordered = np.sort(expiry)
    for name, call in (
        ("w, random", lambda: surface.total_variance(expiry, k)),
        ("w, by expiry", lambda: surface.total_variance(ordered, k)),
        ("vol, by expiry", lambda: surface.vol(ordered, k)),
        ("w, w′, w″, by expiry", lambda: surface.variance_derivatives(ordered, k)),
    ):
        _row(f"query {name}", "ns/pt", timed(call, 25))


if __name__ == "__main__":
    if sys.argv[1:] == ["event"]:
        event()
    elif len(sys.argv) > 1:
        report(analyse(read_chain(Path(sys.argv[1]))))
    else:
        report(analyse(sample_chain(option_count=16_000).parsed))
