import datetime as dt

import numpy as np
import pytest
from gex_client import Book, ColumnError, InputError
from gex_client.messages import message_from, nanoseconds
from gex_server.wire.book import books_from_proto
from gexapi.v1 import exposure_pb2, hedge_pb2, risk_pb2


def test_nested_values_fill_nested_messages():
    message = message_from(
        exposure_pb2.ExposureSettings,
        {
            "positionings": [{"model": "inventory", "inventory": {"strike": [5000.0], "right": ["call"]}}],
            "greeks_source": "source",
            "omit_map": True,
            "analysis": {"rate": np.float64(0.05), "spot": None},
        },
    )
    assert message.positionings[0].inventory.strike == [5000.0]
    assert message.positionings[0].inventory.right == [1]
    assert message.greeks_source == 2
    assert message.analysis.rate == 0.05
    assert not message.analysis.HasField("spot")


def test_instants_dates_and_maps_are_understood():
    instrument = message_from(
        hedge_pb2.HedgeInstrument, {"settlement": dt.datetime(2024, 6, 21, 13, 30, tzinfo=dt.UTC)}
    )
    assert instrument.settlement.seconds == 1_718_976_600
    policy = message_from(hedge_pb2.HedgePolicy, {"coverage_by_regime": {"high_vol": 0.7}})
    assert dict(policy.coverage_by_regime) == {"high_vol": 0.7}
    book = message_from(risk_pb2.Book, {"expiries": [{"expiry": dt.date(2024, 6, 21)}]})
    assert book.expiries[0].expiry == "2024-06-21"


def test_a_message_is_taken_as_it_is():
    message = hedge_pb2.HedgePolicy(delta_cap=1.0)
    assert message_from(hedge_pb2.HedgePolicy, message) is message


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"profile_lo": 0.9}, "settings.profile_lo: no such field"),
        ({"analysis": {"rates": 0.05}}, "settings.analysis.rates: no such field"),
        ({"positionings": [{"model": "a"}, {"modle": "b"}]}, r"settings.positionings\[1\].modle"),
        ({"profile_low": "low"}, "settings.profile_low"),
        ({"positionings": "oi_calls_long_puts_short"}, "settings.positionings: expected a sequence"),
        ({"greeks_source": "mine"}, "settings.greeks_source: expected one of computed, source, got 'mine'"),
        ({"analysis": 0.05}, "settings.analysis: expected a mapping"),
        ({"profile_node_count": -1}, "settings.profile_node_count"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(values, words):
    with pytest.raises(InputError, match=words):
        message_from(exposure_pb2.ExposureSettings, values, "settings")


def test_nanoseconds_are_exact():
    assert nanoseconds(np.datetime64("2024-03-01T21:00:00.000000001", "ns")) == 1_709_326_800_000_000_001
    assert nanoseconds("2024-03-01T16:00:00-05:00") == 1_709_326_800_000_000_000


def test_a_book_is_read_by_the_server_as_it_was_written():
    book = Book(
        underlying="SPX",
        options={
            "expiry": ["2024-06-21", "2024-03-15"],
            "root": ["SPX", "SPXW"],
            "strike": [5100.0, 5000.0],
            "right": ["P", "C"],
            "contract_count": [3, -10],
        },
        linear=({"symbol": "ESM4", "underlying": "SPX", "kind": "future", "contract_count": 2, "multiplier": 50.0},),
    )
    (read,) = books_from_proto(book.to_proto())
    assert read.underlying == "SPX"
    assert [line.label for line in read.options] == ["SPX 2024-06-21 5100 P", "SPXW 2024-03-15 5000 C"]
    assert [line.contracts for line in read.options] == [3.0, -10.0]
    assert [position.symbol for position in read.linear] == ["ESM4"]


def test_a_book_without_its_columns_is_refused_by_name():
    with pytest.raises(ColumnError, match="contract_count: expected a column, got none"):
        Book(options={"expiry": ["2024-06-21"], "strike": [1.0], "right": ["C"]}).to_proto()
    with pytest.raises(ColumnError, match="contracts: no such column"):
        Book(options={"contracts": [1.0]}).to_proto()
