"""Implied volatilities, Greeks and American prices of ours and of every peer: nanoseconds beside accuracy.

    python -m benchmarks.whole.kernel_rows        one line of JSON

Accuracy is against fifty digits (implied volatility, well-posed rows), against the closed form in fifty digits (delta) and
against QuantLib's high-precision scheme (American).
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import errors, ours
from benchmarks.book import Options, book, frozen, hard_set
from benchmarks.peers import american as american_peers
from benchmarks.peers import available
from benchmarks.peers.environments import LIGHT, absence, interpreter
from benchmarks.timing import nanoseconds, pinned
from benchmarks.whole.processes import PartFailedError, part
from gex.american import american_values
from gex.greeks import forward_greeks
from gex.kernels import american_greeks, black
from gex.kernels import implied as implied_kernels
from gex.kernels.compiling import warm
from tests import naive_black

ROWS = 20_000
AMERICAN_ROWS = 200
CHECKED = 300
HARD_EACH = 200  # of eleven families; KERNELS.md has a thousand of each


def elsewhere(columns: dict[str, np.ndarray]) -> tuple[list[dict[str, Any]], list[str]]:
    """What the peers say in this environment and in those of their own."""
    found: list[dict[str, Any]] = []
    absent: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "columns.npz")
        np.savez(path, **columns)
        places = [("this one", sys.executable), *((name, interpreter(name)) for name in LIGHT)]
        for name, python in places:
            if python is None:
                absent.append(f"environment {name}: {absence(name)}")
                continue
            try:
                said = part("benchmarks.whole.elsewhere", str(path), python=python)
            except PartFailedError as error:
                absent.append(f"environment {name}: {error}")
                continue
            known = {one["name"] + one["kind"] for one in found}
            found += [one for one in said["found"] if one["name"] + one["kind"] not in known]
    return found, absent


def main() -> None:
    pinned()
    warm()
    options = book(ROWS)
    n = len(options)
    columns = {
        "price": options.price,
        "forward": options.forward,
        "strike": options.strike,
        "time": options.time_to_expiry,
        "vol": options.vol,
        "sign": options.sign,
    }
    ones, vol, status = frozen(np.ones(n)), np.empty(n), np.empty(n, np.int8)
    rows = (options.price, options.forward, options.strike, options.time_to_expiry, options.sign, ones)
    cold = nanoseconds(lambda: implied_kernels.implied_vols(*rows, vol, status), n)
    cold_vol = vol.copy()
    last = frozen(options.vol * (1.0 + 3e-4 * np.random.default_rng(0).uniform(-1.0, 1.0, n)))
    warm_time = nanoseconds(lambda: implied_kernels.implied_vols_from(*rows, last, vol, status), n)
    few, out = 4_096, np.empty((13, 4_096))
    short = [frozen(c[:few]) for c in (options.forward, options.strike, options.time_to_expiry, options.vol)]
    greeks = nanoseconds(lambda: black.black_greeks(*short, frozen(options.sign[:few]), frozen(np.ones(few)), out), few)
    one = [frozen(c[:1]) for c in rows]
    single = nanoseconds(lambda: implied_kernels.implied_vols(*one, vol[:1], status[:1]), 1)
    well = options.attainable < 1e-14

    def error(values: np.ndarray) -> dict[str, Any]:
        miss, failed = errors(options.take(np.arange(len(values))), values)
        good = well[: len(values)] & np.isfinite(miss)
        return {
            "worst": float(miss[good].max()) if good.any() else None,
            "failures": int(failed.sum()),
            "rows": len(values),
        }

    exact = forward_greeks(
        options.forward,
        options.strike,
        options.time_to_expiry,
        options.vol,
        options.sign,
        np.exp(-0.03 * options.time_to_expiry),
    ).delta

    def delta_error(name: str, values: np.ndarray) -> dict[str, Any]:
        wanted = exact[: len(values)]
        if name.startswith("QuantLib"):
            wanted = wanted * 0.97 * np.exp(0.03 * options.time_to_expiry[: len(values)])
        miss = np.abs(values - wanted)
        return {"worst": float(np.nanmax(miss)), "failures": int((~np.isfinite(miss)).sum()), "rows": len(values)}

    said, absent = elsewhere(columns)
    table = [
        {"kind": "implied vol", "name": "gex, cold", "nanoseconds": cold, **error(cold_vol)},
        {"kind": "implied vol", "name": "gex, warm, moves ≤ 0.03 %", "nanoseconds": warm_time, **error(vol.copy())},
        {"kind": "implied vol", "name": "gex, one option a call", "nanoseconds": single},
        {
            "kind": "Greeks",
            "name": "gex, 13 numbers",
            "nanoseconds": greeks,
            "worst": checked(options, exact),
            "failures": 0,
            "rows": CHECKED,
        },
    ]
    for one_peer in said:
        values = np.array(one_peer.pop("values"), float)
        judged = error(values) if one_peer["kind"] == "implied vol" else delta_error(one_peer["name"], values)
        table.append(one_peer | judged)
    print(json.dumps({"rows": table + american(absent), "hard": hard(), "absent": absent}))


def hard() -> dict[str, float]:
    """Failures on the hard set, and the largest error over what the last bit of price or result allows."""
    options = hard_set(HARD_EACH)
    error, failed = errors(options, ours(options))
    ratio = error / np.maximum(2.0**-53, options.attainable)
    return {"rows": len(options), "failures": int(failed.sum()), "worst_over_attainable": float(np.nanmax(ratio))}


def checked(options: Options, delta: np.ndarray) -> float:
    """The largest error of our deltas against fifty digits."""
    columns = (options.forward, options.strike, options.time_to_expiry, options.vol)
    worst = 0.0
    for i in range(CHECKED):
        at = [float(c[i]) for c in columns]
        exact = naive_black.forward_greeks(*at, int(options.sign[i]), float(np.exp(-0.03 * at[2])))
        worst = max(worst, abs(float(exact["delta"][0]) - float(delta[i])))
    return worst


def american(absent: list[str]) -> list[dict[str, Any]]:
    """Prices of random options, strike 100, 10 days to 3 years; errors against the first peer's."""
    random = np.random.default_rng(1)
    count = AMERICAN_ROWS
    days = random.integers(10, 1096, count)
    spot, vol = random.uniform(70.0, 140.0, count), random.uniform(0.1, 0.6, count)
    rate, carry = random.uniform(0.0, 0.1, count), random.uniform(0.0, 0.1, count)
    sign = np.where(random.random(count) < 0.5, 1, -1).astype(np.int8)
    rows = [frozen(c) for c in (spot, np.full(count, 100.0), days / 365.0, vol, rate, carry)]
    out = np.empty((4, count))
    scheme = american_greeks.SCHEME
    ours = nanoseconds(lambda: american_greeks.american_prices(*rows, frozen(sign), scheme, out), count, 9)
    prices = american_values(spot, 100.0, days / 365.0, vol, sign, rate, carry).price
    peers, missing = available(*american_peers.MAKERS)
    absent += [f"American, {line}" for line in missing]
    table: list[dict[str, Any]] = [
        {"kind": "American", "name": "gex, price, delta, gamma, theta", "nanoseconds": ours, "rows": count}
    ]
    truth = None
    for peer in peers:
        some = 40 if "high precision" in peer.name else 100
        part_ = [c[:some] for c in (spot, days, vol, rate, carry, sign)]
        value = nanoseconds(lambda peer=peer, part_=part_: peer.answer(*part_), some, 3)
        found = peer.answer(spot, days, vol, rate, carry, sign) if truth is None else peer.answer(*part_)
        if truth is None:
            truth = found
            table[0] |= {
                "worst": float(np.abs(prices - truth).max()),
                "rms": float(np.sqrt(np.mean((prices - truth) ** 2))),
            }
        miss = found - truth[: len(found)]
        row = {"kind": "American", "name": peer.name, "nanoseconds": value, "rows": len(found)}
        table.append(row | {"worst": float(np.abs(miss).max()), "rms": float(np.sqrt(np.mean(miss**2)))})
    return table


if __name__ == "__main__":
    main()
