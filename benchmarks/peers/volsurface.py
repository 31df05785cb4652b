"""The same quotes through volsurface (PyPI): raw SVI slices and one SSVI surface; None where it is not installed."""

import importlib
import time
import warnings
from typing import Any

import numpy as np

from benchmarks.peers.surface import PeerFit
from gex.columns import Floats
from gex.surface.targets import SurfaceTargets

MISSING = "volsurface is not installed: pip install volsurface"
LEAST_QUOTES = 5  # five parameters a slice


def fits(targets: SurfaceTargets, years: Floats, *, is_surface: bool = True) -> tuple[PeerFit, ...] | None:
    """(SVI slices, and SSVI where there `is_surface`) on the middles of every slice with five quotes or more."""
    try:
        core = importlib.import_module("volsurface.core")
        models = importlib.import_module("volsurface.models")
    except ImportError:
        return None
    slices, quotes = [], []
    for j in range(len(targets.expiry)):
        here = slice(int(targets.start[j]), int(targets.start[j + 1]))
        known = np.isfinite(targets.middle[here])
        if known.sum() < LEAST_QUOTES:
            continue
        low, middle, high = (a[here][known] for a in (targets.low, targets.middle, targets.high))
        strikes = np.exp(targets.log_moneyness[here][known])
        time_to_expiry = float(years[j])
        slices.append(
            core.MarketSlice(
                strikes=strikes,
                ivs=np.sqrt(middle / time_to_expiry),
                expiry_years=time_to_expiry,
                forward=1.0,
                spot=1.0,
            )
        )
        quotes.append((np.log(strikes), low, middle, high, time_to_expiry))

    def svi() -> list[Any]:
        made = []
        for one in slices:
            model = models.RawSVI()
            model.fit(one)
            made.append(model)
        return made

    def ssvi() -> list[Any]:
        surface = models.SSVI()
        surface.fit_surface(slices)
        return [surface.slice_model(one.expiry_years) for one in slices]

    return (_timed(svi, quotes), _timed(ssvi, quotes)) if is_surface else (_timed(svi, quotes),)


def _timed(fit: Any, quotes: list[Any]) -> PeerFit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = time.perf_counter()
        models = fit()
        seconds = time.perf_counter() - begin
    errors, inside = [], []
    for model, (k, low, middle, high, years) in zip(models, quotes, strict=True):
        w = model.total_variance(k)
        errors.append(1e4 * (np.sqrt(w / years) - np.sqrt(middle / years)))
        inside.append((w >= low) & (w <= high))
    return PeerFit(seconds, np.concatenate(errors), np.concatenate(inside).astype(float))
