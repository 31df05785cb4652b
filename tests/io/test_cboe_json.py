import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.calendar import instant
from gex.errors import GexError, SourceError
from gex.io.cboe_json import parse_chain
from gex.io.detect import read_chain
from gex.quotes import RejectReason

OPTION = {
    "option": "RUT231020C01800000",
    "bid": 40.1,
    "ask": 41.3,
    "iv": 0.1712,
    "open_interest": 220.0,
    "volume": 12.0,
    "delta": 0.53,
    "gamma": 0.0041,
    "last_trade_price": 40.5,
}
PUT = OPTION | {"option": "RUT231020P01800000", "bid": 0.0, "delta": -0.47, "iv": 0.0, "last_trade_price": 0.0}
ANSWER = {
    "timestamp": "2023-09-21 03:17:42",
    "data": {"options": [OPTION, PUT], "current_price": 1806.1193, "last_trade_time": "2023-09-20T16:15:04"},
    "symbol": "_RUT",
}


def answer(*options: object, **changes: object) -> str:
    changed = copy.deepcopy(ANSWER)
    changed["data"]["options"] = list(options) if options else changed["data"]["options"]
    return json.dumps(changed | changes)


@pytest.mark.real_data
def test_the_answer_holds_for_its_last_session_and_loses_no_row(real_data):
    chain = read_chain(real_data / "cboe_json" / "rut_quotedata_20230921.json.gz")
    quotes = chain.quotes
    assert (quotes.underlying, quotes.spot, quotes.as_of) == ("RUT", 1806.1193, instant("2023-09-20T20:15"))
    assert chain.row_count == 6680
    assert chain.rejects.counts() == {RejectReason.EXPIRED: 338}
    assert len(quotes) == 6680 - 338
    # The whole file sums to −1.270000617626 bn USD per 1 %; −0.016863581180 of it are rows that settled at 16:00.
    exposure = (quotes.source_gamma * quotes.open_interest * quotes.right).sum() * quotes.spot**2 / 1e9
    assert exposure == pytest.approx(-1.270000617626113 + 0.016863581179783642, abs=1e-12)


def test_every_field_finds_its_column():
    quotes = parse_chain(answer()).quotes
    assert quotes.row.tolist() == [0, 1]
    assert quotes.right.tolist() == [1, -1]
    assert quotes.strike.tolist() == [1800.0, 1800.0]
    np.testing.assert_array_equal(quotes.bid, [40.1, np.nan])
    np.testing.assert_array_equal(quotes.ask, [41.3, 41.3])
    np.testing.assert_array_equal(quotes.last, [40.5, np.nan])
    np.testing.assert_array_equal(quotes.volume, [12, 12])
    np.testing.assert_array_equal(quotes.open_interest, [220, 220])
    np.testing.assert_array_equal(quotes.source_vol, [0.1712, np.nan])
    np.testing.assert_array_equal(quotes.source_delta, [0.53, -0.47])
    np.testing.assert_array_equal(quotes.source_gamma, [0.0041, 0.0041])


@pytest.mark.parametrize(
    ("timestamp", "last_trade_time", "as_of"),
    [
        ("2023-09-21 03:17:42", "2023-09-20T16:15:04", "2023-09-20T20:15"),
        ("2023-09-20 15:00:00", "2023-09-20T10:44:58", "2023-09-20T14:45"),  # in session, UTC less the delay
        ("2023-09-20 15:00:00", None, "2023-09-20T14:45"),
        (None, "2023-09-20T19:58:00", "2023-09-20T20:15"),  # traded after hours: quoting had ended
    ],
)
def test_the_instant_is_that_of_the_quotes(timestamp, last_trade_time, as_of):
    data = ANSWER["data"] | {"last_trade_time": last_trade_time}
    assert parse_chain(answer(timestamp=timestamp, data=data)).quotes.as_of == instant(as_of)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"option": "RUT"}, RejectReason.MALFORMED),
        ({"option": None}, RejectReason.MALFORMED),
        ({"option": "RUT231320C01800000"}, RejectReason.UNKNOWN_EXPIRY),
        ({"option": "RUT231020X01800000"}, RejectReason.UNKNOWN_RIGHT),
        ({"option": "RUT231020C00000000"}, RejectReason.BAD_STRIKE),
        ({"option": "RUTW230920C01800000"}, RejectReason.EXPIRED),
        ({"option": "RUT1231020C01800000"}, RejectReason.ADJUSTED),
        ({"open_interest": -1.0}, RejectReason.BAD_OPEN_INTEREST),
        ({"open_interest": "many"}, RejectReason.BAD_OPEN_INTEREST),
        ({"open_interest": True}, RejectReason.BAD_OPEN_INTEREST),
        ({"bid": -1.0}, RejectReason.BAD_PRICE),
        ({"ask": [1]}, RejectReason.BAD_PRICE),
        ({"ask": 10**400}, RejectReason.BAD_PRICE),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_for_its_reason(change, reason):
    chain = parse_chain(answer(OPTION | change, PUT))
    assert chain.rejects.counts() == {reason: 1}
    assert chain.rejects.row.tolist() == [0]
    assert chain.row_count == 2


def test_numbers_sent_as_text_are_numbers():
    chain = parse_chain(answer(OPTION | {"bid": "40.1", "open_interest": "1,220"}))
    assert chain.quotes.bid.tolist() == [40.1]
    assert chain.quotes.open_interest.tolist() == [1220]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ('{"data": ', "line 1, column 10: not JSON"),
        ("[]", "expected a JSON object, got a list"),
        ("{}", "data: expected an object, got nothing"),
        ('{"data": {"options": 3}}', "options: expected a list, got a number"),
        ('{"data": {"options": []}}', "no option could be read in 0 rows"),
        (answer(timestamp="soon", data=ANSWER["data"] | {"last_trade_time": None}), "timestamp: expected"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_payload_that_is_no_chain_is_an_error_that_names_place_and_reason(payload, message):
    with pytest.raises(SourceError, match=message):
        parse_chain(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*OPTION, "other"]), json_values, st.sampled_from([*ANSWER["data"], "other"]), json_values)
def test_any_value_in_any_place_leaves_a_chain_or_a_gex_error(field, value, place, other):
    data = ANSWER["data"] | {"options": [OPTION | {field: value}, PUT]}
    for payload in (answer(data=data), answer(data=data | {place: other})):
        try:
            chain = parse_chain(payload)
        except GexError:
            continue
        assert chain.row_count == len(chain.quotes) + sum(reason < 100 for reason in chain.rejects.reason.tolist())
