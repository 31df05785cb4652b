"""The script that a user would glue from pandas, numpy, scipy and py_vollib_vectorized: same bytes, same answers.

    PYTHON glued.py CHAIN.csv.gz AS_OF RUNS        in the environment of requirements/vectorized.txt; one line of JSON

From the bytes of a Cboe file: rows, forwards by parity, implied volatilities, a smile an expiry (a smoothing spline, or SVI
by least squares), gamma and delta of every option, dealer gamma of three sign conventions by strike and expiry, a profile
of 400 spots, its zeros, walls, and the futures that a book of a thousand positions needs. No checks, no error bars, nothing
proven: what it costs in quality stands beside its time.
"""

import gzip
import io
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import UnivariateSpline
from scipy.optimize import least_squares
from scipy.special import ndtr

RATE = 0.0525
NODES = 400
FIELDS = ["Bid", "Ask", "IV", "Open Interest"]
CONVENTIONS = ((1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))  # of calls and puts


def read(raw: bytes) -> tuple[pd.DataFrame, float]:
    """One row an option, and the spot of the header."""
    text = raw.decode()
    lines = text.splitlines()
    head = next(i for i, line in enumerate(lines) if "Calls" in line and "Puts" in line)
    spot = float(next(line for line in lines if "Last:" in line).split("Last:")[1].split(",")[0].replace('"', ""))
    frame = pd.read_csv(io.StringIO(text), skiprows=head)
    calls = frame[["Calls", *FIELDS]].set_axis(["Symbol", *FIELDS], axis=1)
    puts = frame[["Puts", *[f"{name}.1" for name in FIELDS]]].set_axis(["Symbol", *FIELDS], axis=1)
    both = pd.concat([calls.assign(Sign=1.0), puts.assign(Sign=-1.0)], ignore_index=True)
    parts = both["Symbol"].str.extract(r"^([A-Z0-9]+?)(\d{6})([CP])(\d{8})$")
    both["Root"], both["Strike"] = parts[0], parts[3].astype(float) / 1e3
    date = pd.to_datetime(parts[1], format="%y%m%d")
    hour = np.where(both["Root"].isin(["SPX", "NDX", "RUT"]), 13.5, 20.0)
    both["Settles"] = date + pd.to_timedelta(hour, unit="h")
    return both, spot


def chain(raw: bytes, as_of: np.datetime64) -> tuple[pd.DataFrame, float]:
    """The rows that live, with their time in years and the number of their expiry."""
    both, spot = read(raw)
    both["T"] = (both["Settles"] - as_of).dt.total_seconds() / (365.0 * 86_400.0)
    both = both[both["T"] > 0.0].copy()
    both["Expiry"] = both.groupby(["Settles", "Root"], sort=True).ngroup()
    return both, spot


def forwards(both: pd.DataFrame, spot: float) -> np.ndarray:
    """Of each expiry: the median of K + (C − P)·e^(rT) over the nine strikes where call and put cost nearly the same."""
    both["Mid"] = 0.5 * (both["Bid"] + both["Ask"])
    live = both[(both["Bid"] > 0.0) & (both["Ask"] > 0.0)]
    calls = live[live["Sign"] > 0].set_index(["Expiry", "Strike"])
    puts = live[live["Sign"] < 0].set_index(["Expiry", "Strike"])
    pairs = calls.join(puts[["Mid"]], rsuffix="_put", how="inner").reset_index()
    pairs["Gap"] = pairs["Mid"] - pairs["Mid_put"]
    pairs["Forward"] = pairs["Strike"] + pairs["Gap"] * np.exp(RATE * pairs["T"])
    near = pairs.assign(Size=pairs["Gap"].abs()).sort_values("Size").groupby("Expiry").head(9)
    found = np.full(int(both["Expiry"].max()) + 1, np.nan)
    medians = near.groupby("Expiry")["Forward"].median()
    found[medians.index] = medians.to_numpy()
    years = both.groupby("Expiry")["T"].first().to_numpy()
    return np.where(np.isfinite(found), found, spot * np.exp(RATE * years))


def spline(k: np.ndarray, w: np.ndarray, width: np.ndarray):
    """scipy's smoothing spline of total variance, weighted by the spread."""
    if len(k) < 5:
        return lambda x: np.full(len(x), w.mean())
    return UnivariateSpline(k, w, w=1.0 / width, s=0.1 * len(k), k=3, ext=3)


def svi(k: np.ndarray, w: np.ndarray, width: np.ndarray):
    """Raw SVI, five parameters, by scipy's least squares."""
    if len(k) < 6:
        return lambda x: np.full(len(x), w.mean())

    def curve(p, x):
        shifted = x - p[3]
        return p[0] + abs(p[1]) * (np.tanh(p[2]) * shifted + np.sqrt(shifted * shifted + p[4] * p[4]))

    money = max(float(np.interp(0.0, k, w)), 1e-8)
    scale = np.sqrt(money)
    start = [0.5 * money, 0.5 * scale, -0.5, 0.0, scale]
    fit = least_squares(
        lambda p: (curve(p, k) - w) / width, start, method="lm", x_scale=np.abs(start) + 1e-3, max_nfev=200
    )
    return lambda x: curve(fit.x, x)


def run(raw: bytes, as_of: np.datetime64, smile, book_rows: np.ndarray, book_size: np.ndarray) -> dict:
    """Everything, and the seconds to the end of parsing and to the end."""
    from py_vollib_vectorized import vectorized_implied_volatility_black

    began, began_cpu = time.perf_counter(), time.process_time()
    both, spot = chain(raw, as_of)
    parsed = time.perf_counter()
    forward = forwards(both, spot)
    expiry, strike, sign = both["Expiry"].to_numpy(), both["Strike"].to_numpy(), both["Sign"].to_numpy()
    years, bid, ask = both["T"].to_numpy(), both["Bid"].to_numpy(), both["Ask"].to_numpy()
    at = forward[expiry]
    outside = (sign * (strike - at) >= 0.0) & (bid >= 0.05) & (ask <= 4.0 * bid)
    rows = np.flatnonzero(outside)
    flag = np.where(sign[rows] > 0, "c", "p")
    grown = np.exp(RATE * years[rows])
    vols = [
        vectorized_implied_volatility_black(
            price[rows] * grown, at[rows], strike[rows], 0.0, years[rows], flag, return_as="numpy", on_error="ignore"
        )
        for price in (bid, 0.5 * (bid + ask), ask)
    ]
    k = np.log(strike / at)
    vol, fits = np.full(len(strike), np.nan), {}
    for j in range(len(forward)):
        mine = np.flatnonzero(expiry[rows] == j)
        t = years[expiry == j][0]
        good = mine[np.isfinite(vols[1][mine]) & (vols[1][mine] > 0.0)]
        if len(good) == 0:
            continue
        order = good[np.argsort(k[rows[good]])]
        x, first = np.unique(k[rows[order]], return_index=True)
        order = order[first]
        w = vols[1][order] ** 2 * t
        half = np.nan_to_num(0.5 * (vols[2][order] ** 2 - vols[0][order] ** 2) * t, nan=w.mean())
        fits[j] = (smile(x, w, np.maximum(half, 1e-7)), x, t)
        here = expiry == j
        vol[here] = np.sqrt(np.maximum(fits[j][0](np.clip(k[here], x[0], x[-1])), 1e-10) / t)
    stdev = vol * np.sqrt(years)
    d1 = -k / stdev + 0.5 * stdev
    ratio = at / spot
    gamma = np.exp(-RATE * years) * ratio * np.exp(-0.5 * d1 * d1) / np.sqrt(2.0 * np.pi) / (spot * stdev)
    delta = np.exp(-RATE * years) * ratio * np.where(sign > 0, ndtr(d1), ndtr(d1) - 1.0)
    interest = np.nan_to_num(both["Open Interest"].to_numpy(float))
    size = np.stack([np.where(sign > 0, c, p) * interest for c, p in CONVENTIONS]) * 100.0
    exposure = size * np.nan_to_num(gamma) * spot**2 * 0.01
    frame = pd.DataFrame({"Expiry": expiry, "Strike": strike, **{str(i): e for i, e in enumerate(exposure)}})
    grid = frame.groupby(["Strike", "Expiry"]).sum()
    by_strike = grid.groupby("Strike").sum()
    walls = [(by_strike[str(i)].idxmax(), by_strike[str(i)].idxmin()) for i in range(3)]
    nodes = spot * np.exp(np.linspace(np.log(0.8), np.log(1.2), NODES))
    known = np.flatnonzero(np.isfinite(vol) & (interest > 0.0))
    profile = np.zeros((3, NODES))
    base, width = np.log(ratio[known] * spot / strike[known]) - np.log(spot), stdev[known]
    weight = size[:, known] * (np.exp(-RATE * years[known]) * ratio[known] / (np.sqrt(2.0 * np.pi) * width))
    for i, node in enumerate(nodes):
        moved = (base + np.log(node)) / width + 0.5 * width
        profile[:, i] = weight @ np.exp(-0.5 * moved * moved) * node * 0.01
    flips = []
    for line in profile:
        at_sign = np.flatnonzero(np.diff(np.sign(line)) != 0)
        flips.append([float(np.interp(0.0, sorted(line[i : i + 2]), nodes[i : i + 2])) for i in at_sign])
    held = book_rows % len(delta)
    futures = -round(float(np.nansum(delta[held] * book_size)) * 100.0 / 50.0)
    ended, cpu = time.perf_counter(), time.process_time() - began_cpu
    quality = judged(fits, vols, k, rows, expiry)
    return {
        "seconds": ended - began,
        "cpu_seconds": cpu,
        "parsed": parsed - began,
        "futures": futures,
        "flips": flips[0][:3],
        "walls": [float(w) for w in walls[0]],
        **quality,
    }


def judged(fits: dict, vols: list, k: np.ndarray, rows: np.ndarray, expiry: np.ndarray) -> dict:
    """Share of quotes inside bid and ask, median error in basis points, slices and pairs with arbitrage on a fine grid."""
    inside, error, dirty, crossed, last = [], [], 0, 0, None
    for j, (fit, x, t) in sorted(fits.items(), key=lambda one: one[1][2]):
        mine = np.flatnonzero(expiry[rows] == j)
        v = np.sqrt(np.maximum(fit(k[rows[mine]]), 1e-10) / t)
        inside += list((v >= vols[0][mine]) & (v <= vols[2][mine]))
        error += list(1e4 * np.abs(v - vols[1][mine]))
        if len(x) < 5:
            continue
        grid = np.linspace(x[0], x[-1], 801)
        w = np.maximum(fit(grid), 1e-12)
        step = grid[1] - grid[0]
        first, second = np.gradient(w, step), np.gradient(np.gradient(w, step), step)
        density = (1.0 - 0.5 * grid * first / w) ** 2 - 0.25 * first**2 * (1.0 / w + 0.25) + 0.5 * second
        dirty += bool((density[3:-3] < -1e-6).any())
        if last is not None:
            both = np.linspace(max(x[0], last[1][0]), min(x[-1], last[1][-1]), 801)
            crossed += bool((fit(both) < last[0](both) * (1.0 - 1e-6)).any())
        last = (fit, x)
    return {
        "inside": float(np.mean(inside)),
        "median_bp": float(np.nanmedian(error)),
        "slices": len(fits),
        "slices_with_arbitrage": dirty,
        "pairs_with_arbitrage": crossed,
    }


def main() -> None:
    warnings.simplefilter("ignore")
    packed = Path(sys.argv[1]).read_bytes()
    raw = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    as_of, runs = np.datetime64(sys.argv[2]), int(sys.argv[3])
    random = np.random.default_rng(12)
    book = random.integers(0, 10**6, 1_000), np.round(random.normal(0.0, 20.0, 1_000))
    answer = {}
    for name, smile in (("spline", spline), ("SVI", svi)):
        seen = []
        for _ in range(runs + 1):
            np.seterr(all="ignore")
            seen.append(run(raw, as_of, smile, *book))
        kept = sorted(seen[1:], key=lambda one: one["cpu_seconds"])
        answer[name] = {**kept[len(kept) // 2], "least": kept[0]["seconds"]}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
