"""Open-interest histories, futures prices and funding."""

import datetime as dt
import json

import numpy as np
import pytest

from gex.calendar import instant
from gex.errors import SourceError
from gex.io.detect import read_bytes
from gex.io.futures_prices import parse_funding, parse_prices
from gex.io.open_interest import open_interest_changes, parse_history

HISTORY = {
    "ticker": "QQQ",
    "closes": {"31-12": 500.0, "4-1": 505.0},
    "days": {
        "31-12": {
            "2025-12-31": {"500.0": {"call_oi": 9, "put_oi": 9}},
            "2026-01-16": {"500.0": {"call_oi": 10, "put_oi": 20}},
        },
        "4-1": {"2026-01-16": {"500.0": {"call_oi": 14, "put_oi": 5}, "510.0": {"call_oi": 7, "put_oi": None}}},
    },
}  # fmt: skip


def test_days_get_the_year_nearest_to_their_first_expiry():
    history = parse_history(json.dumps(HISTORY))
    assert history.close == ((dt.date(2025, 12, 31), 500.0), (dt.date(2026, 1, 4), 505.0))
    assert history.open_interest.tolist()[:4] == [9, 9, 10, 20]
    assert np.isnan(history.open_interest[-1])


def test_changes_are_what_opened_less_what_closed_without_the_expired():
    history = parse_history(json.dumps(HISTORY))
    changes = open_interest_changes(history, instant("2025-12-31"), instant("2026-01-04"))
    contracts = list(zip(changes.strike.tolist(), changes.right.tolist(), changes.change.tolist(), strict=True))
    assert contracts[:3] == [(500.0, 1, 4.0), (500.0, -1, -15.0), (510.0, 1, 7.0)]
    with pytest.raises(SourceError, match="day: expected one of 2025-12-31, 2026-01-04, got 2026-01-05"):
        open_interest_changes(history, instant("2025-12-31"), instant("2026-01-05"))


@pytest.mark.real_data
def test_changes_of_consecutive_days_add_up_to_the_change_over_all(real_data):
    history = parse_history(read_bytes(real_data / "occ_oi_history_202608" / "QQQ_history.json.gz"))
    assert len(history) == 137_668
    assert [str(day)[:10] for day in history.days[[0, -1]]] == ["2026-08-10", "2026-08-24"]
    last = history.days[-1]
    total: dict[tuple, float] = {}
    for before, after in zip(history.days[:-1], history.days[1:], strict=True):
        changes = open_interest_changes(history, before, after)
        for row in range(len(changes)):
            key = (changes.expiry[row], changes.strike[row], int(changes.right[row]))
            total[key] = total.get(key, 0.0) + changes.change[row]
    overall = open_interest_changes(history, history.days[0], last)
    for row in range(len(overall)):
        key = (overall.expiry[row], overall.strike[row], int(overall.right[row]))
        assert total[key] == overall.change[row]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ticker": 3}, "ticker: expected"),
        ({"days": {}}, "days: expected open interest of at least one day"),
        ({"days": {"40-13": HISTORY["days"]["4-1"]}}, "days: expected day-month, got '40-13'"),
        ({"days": {"4-1": {"soon": {}}}}, "4-1: expected an expiry date, got 'soon'"),
        ({"days": {"4-1": {"2026-01-16": {"x": {}}}}}, "4-1: expected a strike, got 'x'"),
        ({"days": {"4-1": {"2026-01-16": {"5": {"call_oi": -1}}}}}, "call_oi: expected a number of contracts, got -1"),
    ],
)
def test_a_history_that_cannot_be_read_names_the_place(change, message):
    with pytest.raises(SourceError, match=message):
        parse_history(json.dumps(HISTORY | change))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "count", "instruments"),
    [("perpetual_futures_prices", 202, 2), ("term_futures_marks", 1532, 22)],
)
def test_futures_prices_beside_the_books_are_read(real_data, name, count, instruments):
    prices = parse_prices(read_bytes(real_data / "deribit_books_6h" / f"{name}.csv.gz"))
    assert (len(prices), len(prices.instruments)) == (count, instruments)
    assert (np.diff(prices.time) >= np.timedelta64(0)).all()
    first = prices.of(prices.instruments[0])
    assert len(first) > 0
    assert (np.diff(first.time) > np.timedelta64(0)).all()


def test_a_price_that_is_none_names_its_line():
    table = (
        "instrument_name,timestamp,mark_price\nBTC-PERPETUAL,2026-01-05T04:00:00+00:00,1\nBTC-PERPETUAL,2026-01-05,0\n"
    )
    with pytest.raises(SourceError, match="line 3: expected an instrument, a time and a positive price"):
        parse_prices(table)
    with pytest.raises(SourceError, match="line 1: expected a column perp_futures_mark_price or"):
        parse_prices("instrument_name,timestamp\nBTC-PERPETUAL,2026-01-05\n")
    with pytest.raises(SourceError, match="instrument: expected one of BTC-PERPETUAL"):
        parse_prices(table.rsplit("BTC", 1)[0]).of("ETH-PERPETUAL")


@pytest.mark.real_data
def test_funding_prints_are_read_in_order(real_data):
    rates = parse_funding(read_bytes(real_data / "binance_funding" / "btcusd_funding_202012.csv"))
    assert len(rates) == 12
    assert rates.time[0] == instant("2020-12-29")
    assert rates.rate[:2].tolist() == [0.00020030, 0.00046053]
    assert rates.rate[-1] == -0.00002983


@pytest.mark.parametrize(
    "line", ["", "hello", "20201229 00:00:00,much", "20201329 00:00:00,0.1", "20201229 00:00:00,2"]
)
def test_a_line_that_is_no_funding_names_itself(line):
    with pytest.raises(SourceError, match="line 1: expected a time"):
        parse_funding(line + "\n")
