"""Size × implementation: implied volatility and Greeks, ours and peers'.

pytest benchmarks/test_kernels.py --benchmark-enable --benchmark-group-by=group --benchmark-columns=median,rounds
"""

import numpy as np
import pytest

from benchmarks.book import draw_book, frozen
from benchmarks.peers import available, greeks, implied
from gex.greeks import forward_greeks
from gex.kernels import black
from gex.kernels import implied as implied_kernels

SIZES = (1, 8, 100, 1_000, 4_096, 20_000, 50_000, 100_000)


def columns(count):
    forward, strike, time, vol, sign = (frozen(c) for c in draw_book(count))
    ones = frozen(np.ones(count))
    price = frozen(forward_greeks(forward, strike, time, vol, sign).price)
    return forward, strike, time, vol, sign, ones, price


def implied_peers():
    found, absent = available(*implied.MAKERS)
    return [pytest.param(peer, id=peer.name) for peer in found] + [
        pytest.param(None, id=line, marks=pytest.mark.skip(reason=line)) for line in absent
    ]


def greek_peers():
    found, absent = available(*greeks.MAKERS)
    return [pytest.param(peer, id=peer.name) for peer in found] + [
        pytest.param(None, id=line, marks=pytest.mark.skip(reason=line)) for line in absent
    ]


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("start", ["cold", "still", "moved 1e-4", "moved 1e-2"])
def test_implied_vol_kernel(benchmark, count, start):
    forward, strike, time, vol, sign, ones, price = columns(count)
    found, status = np.empty(count), np.empty(count, np.int8)
    benchmark.group = f"implied vol, {count:,} options"
    if start == "cold":
        benchmark(implied_kernels.implied_vols, price, forward, strike, time, sign, ones, found, status)
    else:
        size = {"still": 0.0, "moved 1e-4": 1e-4, "moved 1e-2": 1e-2}[start]
        last = frozen(vol * (1.0 + size * np.random.default_rng(0).uniform(-1.0, 1.0, count)))
        benchmark(implied_kernels.implied_vols_from, price, forward, strike, time, sign, ones, last, found, status)
    assert not status.any()


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("peer", implied_peers())
def test_implied_vol_peer(benchmark, count, peer):
    if count > peer.largest:
        pytest.skip(f"{peer.name} is given at most {peer.largest:,} rows")
    forward, strike, time, _, sign, _, price = columns(count)
    benchmark.group = f"implied vol, {count:,} options"
    benchmark(peer.answer, price, forward, strike, time, sign)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("kind", ["forward", "spot", "inverse"])
def test_greeks_kernel(benchmark, count, kind):
    forward, strike, time, vol, sign, ones, _ = columns(count)
    out = np.empty((13, count))
    benchmark.group = f"Greeks, {count:,} options"
    if kind == "spot":
        spot = frozen(forward * np.exp(-0.01 * time))
        benchmark(black.spot_greeks, spot, forward, strike, time, vol, sign, ones, out)
    else:
        kernel = black.black_greeks if kind == "forward" else black.inverse_greeks
        benchmark(kernel, forward, strike, time, vol, sign, ones, out)
    assert np.isfinite(out).all()


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("peer", greek_peers())
def test_greeks_peer(benchmark, count, peer):
    if count > peer.largest:
        pytest.skip(f"{peer.name} is given at most {peer.largest:,} rows")
    forward, strike, time, vol, sign, _, _ = columns(count)
    benchmark.group = f"Greeks, {count:,} options"
    benchmark(peer.answer, forward, strike, time, vol, sign)
