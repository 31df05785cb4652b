"""The same quotes of the same slices through the certified surface and through every peer: time beside quality.

python -m benchmarks.whole.surface_rows [CHAIN]        one line of JSON
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import smoothing_spline, volsurface
from benchmarks.peers.environments import absence, site_packages
from benchmarks.peers.surface import PeerFit, andreasen_huge, svi_slices
from benchmarks.percentiles import timed
from benchmarks.surface_report import LEAST_QUOTES, POINTS, VARIANTS, perturbed, slice_times
from benchmarks.timing import pinned
from gex.io.detect import read_chain
from gex.kernels.compiling import warm
from gex.pipeline import analyse
from gex.sample import sample_chain
from gex.surface.fitting import fit_targets
from gex.surface.quality import quote_errors
from gex.surface.targets import surface_targets

SLICES = 4
REFITS = 300


def row(name: str, fit: PeerFit, note: str = "") -> dict[str, Any]:
    known = fit.error_bp[np.isfinite(fit.error_bp)]
    return {
        "name": name,
        "milliseconds": 1e3 * fit.seconds,
        "inside": float(np.nanmean(fit.inside)),
        "median_bp": float(np.median(np.abs(known))),
        "rmse_bp": float(np.sqrt(np.mean(known**2))),
        "note": note,
    }


def main() -> None:
    pinned()
    warm()
    folder = site_packages("current")
    if folder is not None:
        sys.path.append(str(folder))  # behind our own: only what we lack is taken from there
    parsed = (
        read_chain(Path(sys.argv[1])) if len(sys.argv) > 1 and sys.argv[1] else sample_chain(option_count=16_000).parsed
    )
    analysis = analyse(parsed)
    quotes, vols, forwards = analysis.cleaned.quotes, analysis.vols, analysis.forwards
    targets = surface_targets(quotes, vols, forwards)
    surface = fit_targets(targets, forwards)
    _, error, inside, _ = quote_errors(surface, targets)
    random = np.random.default_rng(0)
    variants = [perturbed(targets, random) for _ in range(VARIANTS)]
    step = iter(range(10**9))
    uncertified = 0

    def again() -> None:
        nonlocal uncertified
        made = fit_targets(variants[next(step) % VARIANTS], forwards, previous=surface)
        uncertified += int((~made.is_certified[targets.expiry]).sum())

    cold, warm_ = timed(lambda: fit_targets(targets, forwards), 40), timed(again, REFITS)
    live = np.flatnonzero(np.diff(surface.start) > 0)
    expiry, k = np.sort(random.choice(live, POINTS)), random.uniform(-0.4, 0.2, POINTS)
    query = timed(lambda: surface.total_variance(expiry, k), 9)
    derivatives = timed(lambda: surface.variance_derivatives(expiry, k), 9)
    of_slices = slice_times(surface, targets)
    whole = {
        "expiries": len(targets.expiry),
        "quotes": len(error),
        "certified": int(surface.is_certified[live].sum()),
        "inside": float(inside.mean()),
        "median_bp": float(np.median(np.abs(error))),
        "cold_ms": 1e3 * float(np.median(cold.own)),
        "warm_p50_ms": 1e3 * float(np.median(warm_.own)),
        "warm_p99_ms": 1e3 * float(np.quantile(warm_.own, 0.99)),
        "warm_uncertified": uncertified,
        "refits": REFITS,
        "touch_us": None if of_slices is None else 1e6 * float(np.median(of_slices[1].own)),
        "slice_refit_us": None if of_slices is None else 1e6 * float(np.median(of_slices[0].own)),
        "query_ns": 1e9 * float(np.median(query.own)) / POINTS,
        "query_with_derivatives_ns": 1e9 * float(np.median(derivatives.own)) / POINTS,
    }
    dense = np.flatnonzero(targets.two_sided_count() >= LEAST_QUOTES)
    picked = np.unique(np.linspace(0, len(dense) - 1, min(SLICES, len(dense))).round().astype(int))
    some = targets.only(np.isin(np.arange(len(targets.expiry)), dense[picked]))
    years = forwards.time_to_expiry[some.expiry]
    ours = fit_targets(some, forwards)
    times = timed(lambda: fit_targets(some, forwards), 20)
    _, error, inside, _ = quote_errors(ours, some)
    rows = [row("gex, certified", PeerFit(float(np.median(times.wall)), error, inside), "no arbitrage, proven")]
    spline, dirty = smoothing_spline.splines(some, years)
    rows.append(row("scipy smoothing spline", spline, f"negative density in {dirty} of {len(years)} slices"))
    absent = []
    try:
        rows.append(row("QuantLib SVI slices", svi_slices(some, years)))
        rows.append(
            row("QuantLib Andreasen–Huge", andreasen_huge(some, years, expiries=len(years)), "free on its grid")
        )
    except (ImportError, RuntimeError) as failed:
        absent.append(f"QuantLib: {failed}")
    other = volsurface.fits(some, years)
    if other is None:
        absent.append(f"volsurface: {absence('current')}")
    else:
        rows.append(row("volsurface SVI slices", other[0]))
        rows.append(row("volsurface SSVI", other[1], "free of arbitrage by its parameters"))
    print(json.dumps({"whole": whole, "slices": len(years), "rows": rows, "absent": absent}))


if __name__ == "__main__":
    main()
