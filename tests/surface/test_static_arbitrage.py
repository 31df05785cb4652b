"""Sure gains in raw quotes: none where there are none, each kind where it was planted, and the least repair."""

import csv
import dataclasses
import gzip
import io
import itertools
from pathlib import Path

import numpy as np
import pytest

from gex.contracts import Exercise
from gex.forward import ForwardCurve
from gex.greeks import forward_greeks
from gex.quote_vols import quote_vols
from gex.quotes import Quotes
from gex.surface.broken_line import SmileSource
from gex.surface.fitting import fit_surface, fit_targets
from gex.surface.static_arbitrage import ArbitrageKind, repairs, static_arbitrage
from gex.surface.targets import SurfaceTargets
from tests.chains import AS_OF, carried_forwards, expiry_after
from tests.surface.markets import assert_free_of_arbitrage


def clean_chain() -> tuple[Quotes, ForwardCurve]:
    """Two expiries at 20 % and 22 %, both legs at every strike."""
    forwards = carried_forwards(100.0, (expiry_after(30), expiry_after(60)))
    strike = np.tile(np.arange(80.0, 121.0, 2.5), 4)
    size = len(strike) // 4
    expiry, right = np.repeat([0, 0, 1, 1], size), np.repeat([1, -1, 1, -1], size)
    vol = np.where(expiry == 0, 0.20, 0.22)
    time = forwards.time_to_expiry[expiry]
    price = forward_greeks(100.0, strike, time, vol, right.astype(np.int8), 1.0).price
    quotes = Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=100.0,
        expiries=forwards.expiries,
        row=np.arange(len(strike)),
        expiry=expiry,
        strike=strike,
        right=right,
        bid=0.99 * price,
        ask=1.01 * price + 0.01,
    )
    return quotes, forwards


def raised(quotes: Quotes, row: int, factor: float) -> Quotes:
    scale = np.where(np.arange(len(quotes)) == row, factor, 1.0)
    return dataclasses.replace(quotes, bid=quotes.bid * scale, ask=quotes.ask * scale)


def test_quotes_of_one_surface_hold_no_sure_gain() -> None:
    quotes, forwards = clean_chain()
    assert static_arbitrage(quotes, forwards) == []
    surface = fit_surface(quotes, quote_vols(quotes, forwards), forwards)
    assert repairs(surface) == []


def test_a_call_far_too_dear_is_a_butterfly_a_vertical_and_against_parity() -> None:
    quotes, forwards = clean_chain()
    row = 11  # the 107.5 call of the first expiry
    found = static_arbitrage(raised(quotes, row, 6.0), forwards)
    kinds = {one.kind for one in found if row in one.rows}
    assert kinds == {ArbitrageKind.VERTICAL, ArbitrageKind.BUTTERFLY, ArbitrageKind.CALENDAR, ArbitrageKind.PARITY}
    (butterfly,) = [one for one in found if one.kind is ArbitrageKind.BUTTERFLY and one.rows[0] == row]
    bid, ask = 6.0 * quotes.bid[row], quotes.ask
    assert butterfly.gain == pytest.approx(bid - 0.5 * ask[row - 1] - 0.5 * ask[row + 1], rel=1e-12)


def test_what_may_be_exercised_early_is_not_held_to_parity_or_calendars() -> None:
    quotes, forwards = clean_chain()
    row = 11
    contract = dataclasses.replace(quotes.expiries[0].contract, exercise=Exercise.AMERICAN)
    expiries = tuple(dataclasses.replace(e, contract=contract) for e in quotes.expiries)
    found = static_arbitrage(dataclasses.replace(raised(quotes, row, 6.0), expiries=expiries), forwards)
    assert {one.kind for one in found if row in one.rows} == {ArbitrageKind.VERTICAL, ArbitrageKind.BUTTERFLY}


def test_a_short_expiry_dearer_than_a_long_one_is_a_calendar() -> None:
    quotes, forwards = clean_chain()
    scale = np.where(quotes.expiry == 0, 1.9, 1.0)
    found = static_arbitrage(dataclasses.replace(quotes, bid=quotes.bid * scale, ask=quotes.ask * scale), forwards)
    assert any(one.kind is ArbitrageKind.CALENDAR for one in found)


def test_the_repair_moves_only_what_the_surface_contradicts() -> None:
    quotes, forwards = clean_chain()
    bad = raised(quotes, 11, 3.0)
    surface = fit_surface(bad, quote_vols(bad, forwards), forwards)
    found = repairs(surface)
    (mine,) = [one for one in found if one.row == 11]
    assert mine.repaired_vol < mine.quoted_vol
    assert mine.repaired_vol == pytest.approx(0.2, abs=0.03)


@pytest.mark.real_data
def test_the_sample_of_arbitragerepair_comes_out_free_of_its_arbitrage(real_data: Path) -> None:
    """351 middles on 13 expiries with static arbitrage in them: a certified surface, and rows named for repair."""
    text = gzip.decompress((real_data / "arbitragerepair_sample" / "sample.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    column = {name: np.array([float(r[name]) for r in rows]) for name in ("expiry", "strike", "imp_vol", "forward")}
    times, expiry = np.unique(column["expiry"], return_inverse=True)
    forwards = carried_forwards(1.0, tuple(expiry_after(365 * t) for t in times))
    k = np.log(column["strike"] / column["forward"])
    order = np.lexsort((k, expiry))
    k, expiry, vol = k[order], expiry[order], column["imp_vol"][order]
    good = vol > 0
    k, expiry, vol = k[good], expiry[good], vol[good]
    w = vol**2 * times[expiry]
    start = np.searchsorted(expiry, np.arange(len(times) + 1))
    low, high = ((vol + x) ** 2 * times[expiry] for x in (-0.002, 0.002))
    counts = np.diff(start)
    targets = SurfaceTargets(
        expiry=np.arange(len(times)),
        start=start,
        log_moneyness=k,
        low=low,
        middle=w,
        high=high,
        weight=1.0 / ((high - low) ** 2 * np.repeat(counts, counts)),
        row=np.arange(len(k)),
        money=np.array([np.interp(0.0, k[a:b], w[a:b]) for a, b in itertools.pairwise(start)]),
        source=np.full(len(times), SmileSource.QUOTES, np.int8),
    )
    surface = fit_targets(targets, forwards)
    assert len(times) == 13
    assert surface.is_certified.all()
    assert_free_of_arbitrage(surface)
    assert 0 < len(repairs(surface)) < len(k)
