"""Recorded chains as panels: the venue's marks, the surface's Greeks, and nothing of a later chain in an earlier row."""

from pathlib import Path

import numpy as np
import pytest

from gex.backtest.chain_panel import deribit_panel
from gex.backtest.comparison import compare
from gex.backtest.deribit_books import read_deribit_books
from gex.backtest.guards import check_no_look_ahead, check_no_survivorship
from gex.backtest.index_minutes import call_on_minutes, read_index_minutes
from gex.backtest.panel import held_book, near_the_money
from gex.backtest.recorded import RecordedMarket
from gex.backtest.recording import HedgeTerms
from gex.backtest.standard import REFERENCE, risk_aversion_of, standard_strategies
from gex.portfolio.linear import LinearKind


@pytest.mark.real_data
def test_a_recorded_crash_is_hedged_without_look_ahead(real_data: Path, tmp_path: Path) -> None:
    """Eight books of June 2026: hedging with the perpetual removes most of the risk of short calls."""
    folder = real_data / "deribit_books_6h" / "dev_crash"
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted(folder.iterdir())[:8]:
        (few / path.name).symlink_to(path)
    market = read_deribit_books(few, "BTC")
    panel, missing = deribit_panel(market, hedge="BTC-PERPETUAL", half_spread_bps=0.5)
    assert missing == 8  # no perpetual is recorded in June: the index stands for it
    shorter, _ = deribit_panel(
        RecordedMarket(underlying="BTC", instants=market.instants[:5]), hedge="BTC-PERPETUAL", half_spread_bps=0.5
    )
    np.testing.assert_array_equal(shorter.mark, panel.mark[:5, : shorter.mark.shape[1]])
    check_no_survivorship(near_the_money, panel, (0, 3))
    chosen = near_the_money(panel, 0)
    calls = chosen[panel.sign[chosen] > 0]
    assert len(calls) > 5
    terms = HedgeTerms(symbol="BTC-PERPETUAL", kind=LinearKind.INVERSE, multiplier=10.0, fee_bps=5.0)
    book = held_book(panel, calls, -10.0 / len(calls), terms, name="crash")
    gamma = risk_aversion_of(10.0, float(book.spot[0]))
    strategies = standard_strategies(risk_aversion=gamma, gross_units=10.0, poll=21_600.0)
    check_no_look_ahead(lambda recording: strategies[-2], book, (2, 5))
    found = compare((book,), strategies, reference=REFERENCE, risk_aversion=gamma)
    assert found.result(REFERENCE).tracking_sd < 0.5 * found.result("unhedged").tracking_sd


@pytest.mark.real_data
def test_spx_minutes_lose_their_zero_prices(real_data: Path) -> None:
    """09:30 prints 0 on 60 of 61 days; 390 or 391 minutes remain of each whole day."""
    minutes = read_index_minutes(real_data / "spx_minute_2024q1" / "spx_minute_level_data_jan_mar_2024.csv.gz")
    assert len(np.unique(minutes.day)) == 61
    assert minutes.level.min() > 4600.0
    found = call_on_minutes(
        minutes, start_day=0, day_count=9, vol=0.11, units=-1000.0, terms=HedgeTerms(symbol="MES", multiplier=5.0),
        half_spread_bps=1.0,
    )  # fmt: skip
    assert len(found) > 260
    assert np.isfinite(found.delta).all()
