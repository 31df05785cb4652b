"""Recorded markets: what was known at each instant, and nothing of later ones."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pytest

from gex.backtest.deribit_books import deribit_market, read_deribit_books
from gex.backtest.recorded import RecordedMarket
from gex.contracts import Right
from gex.errors import GexError, InputError
from gex.io.futures_prices import parse_prices
from tests.backtest.recorded_books import book, perpetual_prices, tape


def test_a_tape_is_a_market_in_order_of_time_whatever_the_order_of_the_files() -> None:
    payloads = tape([60_000.0, 60_600.0, 59_500.0])
    market = deribit_market(reversed(payloads), "BTC")
    assert market.spots.tolist() == [60_000.0, 60_600.0, 59_500.0]
    assert (np.diff(market.times) == np.timedelta64(6, "h")).all()
    assert market.days == 0.5


def test_marks_and_dated_futures_are_those_of_the_book() -> None:
    start = dt.datetime(2026, 1, 5, 4, tzinfo=dt.UTC)
    (one,) = deribit_market([book(start, 60_000.0, carry=0.1)], "BTC")
    time = (25 * 86_400 + 4 * 3_600) / (365.0 * 86_400.0)
    dated = one.future("BTC-30JAN26")
    assert dated is not None
    assert dated.price == pytest.approx(60_000.0 * math.exp(0.1 * time), abs=0.005)  # printed to the cent
    assert dated.expires_at == np.datetime64("2026-01-30T08", "ns")
    call, put = (one.mark("BTC", dt.date(2026, 1, 30), 60_000.0, right) for right in (Right.CALL, Right.PUT))
    assert call is not None
    assert put is not None
    assert call - put == pytest.approx(1.0 - 60_000.0 / dated.price, abs=2e-6)  # parity in coin, six digits printed
    assert one.mark("BTC", dt.date(2026, 1, 30), 61_234.0, Right.CALL) is None


def test_a_perpetual_without_a_price_of_its_own_says_that_the_index_stands_for_it() -> None:
    payloads = tape([60_000.0, 60_600.0])
    times = [np.datetime64("2026-01-05T04:00:30")]
    prices = parse_prices(perpetual_prices(times, [60_010.0]))
    first, second = deribit_market(payloads, "BTC", prices=[prices])
    assert (first.futures[0].price, first.futures[0].is_observed) == (60_010.0, True)
    assert (second.futures[0].price, second.futures[0].is_observed) == (60_600.0, False)


def test_realised_volatility_is_of_returns_that_ended_before() -> None:
    spots = [60_000.0 * math.exp(0.01 * (i % 2)) for i in range(8)]
    market = deribit_market(tape(spots), "BTC")
    assert market.realised_vol(7, span=86_400.0 * 3) == pytest.approx(0.01 * math.sqrt(4 * 365), rel=1e-6)
    assert market.realised_vol(3, span=86_400.0 * 3) is None  # two returns are too few
    other = deribit_market(tape([*spots[:7], 90_000.0]), "BTC")
    assert other.realised_vol(7, span=86_400.0 * 3) == market.realised_vol(7, span=86_400.0 * 3)


def test_nothing_of_a_later_book_is_in_an_earlier_instant() -> None:
    spots = [60_000.0, 60_600.0, 59_500.0]
    market, scrambled = (deribit_market(tape([*spots[:2], last]), "BTC") for last in (59_500.0, 40_000.0))
    known = market.until(market.times[1])
    assert len(known) == 2
    for one, other in zip(known, scrambled.until(scrambled.times[1]), strict=True):
        assert one.marks == other.marks
        assert one.futures == other.futures
        assert one.analysis.forwards.forward.tolist() == other.analysis.forwards.forward.tolist()


def test_a_book_of_another_coin_is_left_out_and_no_book_at_all_is_refused() -> None:
    start = dt.datetime(2026, 1, 5, 4, tzinfo=dt.UTC)
    ether = book(start, 60_000.0, coin="ETH")
    bitcoin = book(start + dt.timedelta(hours=6), 60_000.0)
    assert len(deribit_market([ether, bitcoin], "BTC")) == 1
    with pytest.raises(InputError, match="market BTC: expected at least one instant"):
        deribit_market([ether], "BTC")
    one = deribit_market([bitcoin], "BTC").instants
    with pytest.raises(InputError, match="expected rising instants"):
        RecordedMarket(underlying="BTC", instants=(*one, *one))


def test_a_folder_without_books_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GexError, match="found no file"):
        read_deribit_books(tmp_path, "BTC")


@pytest.mark.real_data
def test_the_crash_of_june_2026_is_a_market_of_27_instants(real_data: Path) -> None:
    market = read_deribit_books(real_data / "deribit_books_6h" / "dev_crash", "BTC")
    assert len(market) == 27
    assert market.spots[[0, -1]].tolist() == [72_634.15, 63_202.42]  # as the files print them
    assert market.spots.min() < 60_600.0
    assert not any(one.futures[0].is_observed for one in market)  # the perpetual's prices end in January
    assert all(len(one.futures) > 6 for one in market)
