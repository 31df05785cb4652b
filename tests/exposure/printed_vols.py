"""Books on the volatilities that Cboe's files print, leg by leg: the conventions A, P and P1 of exposure.md §8.5."""

import dataclasses
import datetime as dt
import gzip
import zoneinfo
from pathlib import Path

import numpy as np

from gex.columns import Floats
from gex.contracts import Expiry, Settlement
from gex.exposure.flips import SpotRange
from gex.exposure.lines import ExposureLines
from gex.exposure.profile import exposure_profiles
from gex.io.cboe_csv import parse_chain
from gex.pipeline import Analysis, ChainSettings, analyse
from tests.chains import FlatSurface

BILLION = 1e9
HOUR = dt.timedelta(hours=1)
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def of(real_data: Path, name: str, **settings: float) -> Analysis:
    payload = (real_data / "cboe_csv" / f"{name}.csv.gz").read_bytes()
    return analyse(parse_chain(gzip.decompress(payload)), ChainSettings(**settings))


def lines_by_file(
    real_data: Path,
    name: str,
    *,
    clock: str,
    drop: float = 0.0,
    carry: tuple[float, float] = (0.0, 0.0),
    all_pm: bool = False,
) -> tuple[ExposureLines, Floats]:
    """Lines and their signed units, calls + and puts −, F = S·e^{(r − q)T}, on a clock: act_365, business, or saturday.

    `saturday` counts business days from the download, so that Monday has none and drops out. Every leg is a line of its
    own, because call and put of a strike print different volatilities.
    """
    analysis = of(real_data, name)
    quotes = analysis.cleaned.quotes
    spot = analysis.forwards.spot
    time = analysis.forwards.time_to_expiry
    if clock in ("business", "saturday"):
        from_date = np.datetime64(f"{name[-8:-4]}-{name[-4:-2]}-{name[-2:]}")  # of the header, the download
        least = 1 if clock == "business" else 0
        days = [max(np.busday_count(from_date, np.datetime64(str(e.date))), least) for e in quotes.expiries]
        time = np.where(time > 0.0, np.array(days) / 262.0, 0.0)
    else:
        time = np.where(time > 0.0, time + np.array([_wall_clock_hours(e) for e in quotes.expiries]) / 8760, 0.0)
    if all_pm:
        is_am = np.array([e.contract.settlement is Settlement.AM for e in quotes.expiries])
        time = np.where(is_am & (time > 0.0), time + 6.5 / 8760, time)
    rate, dividend = carry
    forward, discount = spot * np.exp((rate - dividend) * time), np.exp(-rate * time)
    vol = np.where(quotes.source_vol > drop, quotes.source_vol, np.nan)
    weight = np.nan_to_num(quotes.open_interest) * quotes.right * 100.0
    order = np.lexsort((quotes.right, quotes.strike, quotes.expiry))
    expiry = quotes.expiry[order].astype(np.int64)
    forwards = dataclasses.replace(
        analysis.forwards,
        time_to_expiry=time,
        forward=forward,
        discount_factor=discount,
    )
    lines = ExposureLines(
        surface=FlatSurface(forwards, np.full(len(time), 0.2)),
        start=np.searchsorted(expiry, np.arange(len(time) + 1)),
        expiry=expiry,
        strike=quotes.strike[order],
        forward=forward[expiry],
        discount_factor=discount[expiry],
        time_to_expiry=time[expiry],
        vol=vol[order],
    )
    signed: Floats = weight[order][np.newaxis]
    return lines, signed


def profile_by_file(
    real_data: Path,
    name: str,
    *,
    clock: str,
    drop: float = 0.0,
    carry: tuple[float, float] = (0.0, 0.0),
    all_pm: bool = False,
) -> tuple[list[float], float]:
    """Roots and G(S), billions, of `lines_by_file`."""
    lines, signed = lines_by_file(real_data, name, clock=clock, drop=drop, carry=carry, all_pm=all_pm)
    (profile,) = exposure_profiles(lines, signed, span=SpotRange())
    at_spot = profile.gamma_exposure_per_percent[profile.spot == lines.spot][0]
    return [flip.price for flip in profile.flips], float(at_spot) / BILLION


def _wall_clock_hours(expiry: Expiry) -> float:
    """The published A figures subtract wall clocks of New York: an hour too much for expiries in summer time."""
    return float(
        expiry.settles_at.astype("datetime64[s]").item().replace(tzinfo=dt.UTC).astimezone(NEW_YORK).dst() / HOUR
    )
