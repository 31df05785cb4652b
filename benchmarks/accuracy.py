"""Errors of ours and of peers against fifty digits: the wide book, the hard set, thirteen Greeks, American options.

    python -m benchmarks.accuracy              everything (about three minutes)
    python -m benchmarks.accuracy --small      a tenth of it

A failure is an answer that is not finite, or wrong by more than 1e-6 and by more than 1,000 × what the last bit of the
price allows. "Well posed" is a row whose price determines its volatility to 1e-14.
"""

import argparse
import sys
from collections.abc import Callable

import mpmath as mp
import numpy as np

from benchmarks.book import FAMILIES, Options, book, draw_book, hard_set
from benchmarks.peers import Peer, american, available, implied
from gex.american import american_greeks, american_values
from gex.greeks import Greeks, forward_greeks
from gex.implied import implied_vol
from tests import naive_black


def errors(options: Options, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(relative errors, failures)."""
    with np.errstate(invalid="ignore"):
        error = np.abs(found / options.truth - 1.0)
        failed = ~np.isfinite(error) | ((error > 1e-6) & (error > 1000.0 * options.attainable))
    return error, failed


def ours(options: Options) -> np.ndarray:
    return implied_vol(options.price, options.forward, options.strike, options.time_to_expiry, options.sign).vol


def warm(options: Options) -> np.ndarray:
    start = options.vol * (1.0 + 0.01 * np.random.default_rng(0).standard_normal(len(options)))
    return implied_vol(
        options.price, options.forward, options.strike, options.time_to_expiry, options.sign, previous_vol=start
    ).vol


def asked(peer: Peer) -> Callable[[Options], np.ndarray]:
    return lambda o: np.asarray(peer.answer(o.price, o.forward, o.strike, o.time_to_expiry, o.sign), float)


def report_implied(count: int, each: int) -> None:
    wide, hard = book(count), hard_set(each)
    peers, absent = available(*implied.MAKERS)
    print(f"\nImplied volatility: book of {len(wide):,}, hard set of {len(hard):,} in {len(FAMILIES)} families")
    print(f"{'':36}{'well-posed max':>15}{'99.9 %':>10}{'median':>10}{'failures: book':>16}{'hard':>7}{'of':>8}")
    solvers = [("gex, cold", ours, len(wide)), ("gex, warm from 1 % off", warm, len(wide))]
    solvers += [(peer.name, asked(peer), peer.largest) for peer in peers]
    for name, solve, largest in solvers:
        part = wide.take(np.arange(min(len(wide), largest)))
        spread = hard.take(np.arange(0, len(hard), max(1, len(hard) // largest)))
        error, failed = errors(part, solve(part))
        well = (part.attainable < 1e-14) & np.isfinite(error)
        _, hard_failed = errors(spread, solve(spread))
        print(
            f"{name:36}{error[well].max():15.1e}{np.quantile(error[well], 0.999):10.1e}{np.median(error[well]):10.1e}"
            f"{failed.sum():16d}{hard_failed.sum():7d}{len(spread):8d}"
        )
    for line in absent:
        print(line)
    print("\nHard set, gex cold, by family (error over what the last bit of price or result allows)")
    error, failed = errors(hard, ours(hard))
    for family, name in enumerate(FAMILIES):
        rows = hard.family == family
        ratio = error[rows] / np.maximum(2.0**-53, hard.attainable[rows])
        print(f"  {name:28}{rows.sum():6d} rows   max {np.nanmax(ratio):6.1f} ×   failures {failed[rows].sum()}")


def report_greeks(count: int) -> None:
    forward, strike, time, vol, sign = draw_book(count, seed=7)
    discount = np.exp(-0.03 * time)
    found = forward_greeks(forward, strike, time, vol, sign, discount)
    worst = dict.fromkeys(Greeks.column_names(), (0.0, 0.0))
    for i in range(count):
        exact = naive_black.forward_greeks(forward[i], strike[i], time[i], vol[i], int(sign[i]), discount[i])
        for name, (value, scale) in exact.items():
            miss = abs(mp.mpf(getattr(found, name)[i]) - value)
            scaled, plain = float(miss / scale), float(miss / abs(value))
            worst[name] = (max(worst[name][0], scaled), max(worst[name][1], plain))
    print(
        f"\nThirteen Greeks on {count:,} options of the book: largest error over the sum of absolute terms, and relative"
    )
    for name, (scaled, plain) in worst.items():
        print(f"  {name:8}{scaled:10.1e}{plain:10.1e}")


def report_american(count: int) -> None:
    random = np.random.default_rng(1)
    spot, vol = random.uniform(70.0, 140.0, count), random.uniform(0.1, 0.6, count)
    days = random.integers(10, 1096, count)
    rate, carry_yield = random.uniform(0.0, 0.1, count), random.uniform(0.0, 0.1, count)
    sign = np.where(random.random(count) < 0.5, 1, -1).astype(np.int8)
    peers, absent = available(*american.MAKERS)
    for line in absent:
        print(line)
    if not peers:
        return
    terms = (spot, days, vol, rate, carry_yield, sign)
    exact = peers[0].answer(*terms)
    print(f"\nAmerican options, {count:,} random ones (strike 100, 10 days to 3 years), against {peers[0].name}")
    found = american_values(spot, 100.0, days / 365.0, vol, sign, rate, carry_yield).price
    for name, prices in [("gex", found)] + [(peer.name, peer.answer(*terms)) for peer in peers[1:]]:
        miss = prices - exact
        print(f"  {name:40} RMSE {np.sqrt(np.mean(miss**2)):.1e}   max {np.abs(miss).max():.1e}")
    few = slice(0, max(count // 10, 50))
    part = [column[few] for column in terms]
    row = american_greeks(part[0], 100.0, part[1] / 365.0, part[2], part[5], part[3], part[4])

    def bumped(position: int, size: float) -> np.ndarray:
        up, down = ([c + s * size if k == position else c for k, c in enumerate(part)] for s in (1.0, -1.0))
        return (peers[0].answer(*up) - peers[0].answer(*down)) / (2.0 * size)

    held = exact[few] > np.maximum(part[5] * (part[0] - 100.0), 0.0) + 1e-3
    base = exact[few]
    up, down = (peers[0].answer(*[c + s if k == 0 else c for k, c in enumerate(part)]) for s in (0.25, -0.25))
    gamma = (up - 2.0 * base + down) / 0.25**2
    for name, mine, other in (
        ("delta", row.delta, bumped(0, 0.05)),
        ("gamma", row.gamma, gamma),
        ("vega", row.vega, bumped(2, 1e-3)),
        ("rho", row.rho, bumped(3, 1e-4)),
    ):
        miss = (mine - other)[held]
        size = np.sqrt(np.mean(other[held] ** 2))
        print(f"  {name:6} against bumped prices: RMSE {np.sqrt(np.mean(miss**2)) / size:.1e} of its size")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true", help="a tenth of the rows")
    scale = 10 if parser.parse_args(arguments).small else 1
    report_implied(100_000 // scale, 1_000 // scale)
    report_greeks(4_000 // scale)
    report_american(2_000 // scale)


if __name__ == "__main__":
    main(sys.argv[1:])
