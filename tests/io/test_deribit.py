import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from gex.calendar import instant, time_to_expiry
from gex.cleaning import clean
from gex.errors import GexError, SourceError
from gex.forward import forward_curve
from gex.io.deribit import parse_chain, parse_marks
from gex.io.detect import read_bytes, read_chain
from gex.pairs import pair_up
from gex.quotes import RejectReason

TICKER = {
    "instrument_name": "BTC-25SEP20-9000-P",
    "timestamp": 1590103197805,
    "underlying_price": 9184.06,
    "index_price": 9093.87,
    "mark_price": 0.18949455,
    "mark_iv": 86.77,
    "interest_rate": 0.0,
    "open_interest": 337.1,
    "best_bid_price": 0.187,
    "best_ask_price": 0.1925,
    "last_price": 0.2105,
    "stats": {"volume": 8.5},
    "greeks": {"vega": 20.64043, "theta": -7.08643, "rho": -18.23812, "gamma": 8e-05, "delta": -0.38403},
}
SUMMARY = {
    "instrument_name": "BTC-25SEP20-9000-C",
    "creation_timestamp": 1590103197000,
    "underlying_price": 9184.06,
    "estimated_delivery_price": 9093.87,
    "mark_price": 0.2095,
    "bid_price": None,
    "ask_price": 0.21,
    "open_interest": 12.0,
    "volume": 3.0,
    "last": 0.2,
}


def test_a_ticker_and_a_book_summary_find_their_columns():
    chain = parse_chain(json.dumps({"jsonrpc": "2.0", "result": [TICKER, SUMMARY]}))
    quotes = chain.quotes
    assert (quotes.underlying, quotes.spot) == ("BTC", 9093.87)
    assert quotes.as_of == instant("2020-05-21T23:19:57.805")
    assert [expiry.settles_at for expiry in quotes.expiries] == [instant("2020-09-25T08:00")]
    np.testing.assert_array_equal(quotes.right, [-1, 1])
    np.testing.assert_array_equal(quotes.bid, [0.187, np.nan])
    np.testing.assert_array_equal(quotes.ask, [0.1925, 0.21])
    np.testing.assert_array_equal(quotes.last, [0.2105, 0.2])
    np.testing.assert_array_equal(quotes.volume, [8.5, 3.0])
    np.testing.assert_array_equal(quotes.open_interest, [337.1, 12.0])
    np.testing.assert_allclose(quotes.source_vol, [0.8677, np.nan], rtol=1e-15)
    np.testing.assert_array_equal(quotes.source_delta, [-0.38403, np.nan])
    np.testing.assert_array_equal(quotes.source_gamma, [8e-05, np.nan])


def test_one_ticker_alone_is_a_chain_too():
    assert len(parse_chain(json.dumps(TICKER)).quotes) == 1


def test_open_interest_of_linear_classes_is_counted_in_contracts():
    record = TICKER | {"instrument_name": "SOL_USDC-25SEP20-20-P", "open_interest": 50.0}
    assert parse_chain(json.dumps([record])).quotes.open_interest.tolist() == [5.0]  # 10 SOL a contract


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("path", "underlying", "as_of", "count", "expiry_count"),
    [
        ("deribit_ticker_20200521/options_data.csv.gz", "BTC", "2020-05-21T23:22:35.277", 142, 3),
        ("deribit_book_summary_eth_20240108/deribit_options_eth.csv.gz", "ETH", "2024-01-08T11:19:41.429", 684, 11),
    ],
)
def test_csv_files_of_the_api_are_read(real_data, path, underlying, as_of, count, expiry_count):
    chain = read_chain(real_data / path)
    assert (chain.quotes.underlying, chain.quotes.as_of) == (underlying, instant(as_of))
    assert (len(chain.quotes), len(chain.quotes.expiries), len(chain.rejects)) == (count, expiry_count, 0)


@pytest.mark.real_data
def test_a_book_of_two_coins_is_two_chains(real_data):
    path = sorted((real_data / "deribit_books_6h" / "dev_calm").glob("*.gz"))[0]
    chains = {coin: read_chain(path, underlying=coin) for coin in ("BTC", "ETH")}
    assert {coin: len(chain.quotes) for coin, chain in chains.items()} == {"BTC": 650, "ETH": 696}
    assert chains["BTC"].rejects.counts() == {RejectReason.OTHER_UNDERLYING: 696}
    assert chains["BTC"].quotes.spot == pytest.approx(92_785, abs=50)
    assert chains["ETH"].quotes.spot == pytest.approx(3_175, abs=5)
    assert read_chain(path).quotes.underlying == "ETH"  # the one with more options


def black(forward, strike, stdev, right):
    d1 = np.log(forward / strike) / stdev + stdev / 2
    return right * (forward * ndtr(right * d1) - strike * ndtr(right * (d1 - stdev)))


def mark_errors(path, coin):
    """|Black − mark| in coin of every option of a book, on the published forward where there is one; three columns: of
    options with a published forward, of the others on the parity of quotes, and of the others on the parity of marks.
    """
    quotes, marks = clean(read_chain(path, underlying=coin)).quotes, parse_marks(read_bytes(path))
    pairs = pair_up(quotes)
    mark, vol = marks.mark_price[quotes.row], marks.mark_vol[quotes.row]
    stdev = vol * np.sqrt(time_to_expiry(quotes.as_of, quotes.settles_at))
    named = np.isfinite(marks.underlying_price[quotes.row])
    by_marks = pairs.strike / (1.0 - (pairs.of_call(mark) - pairs.of_put(mark)))
    median = np.array([np.nanmedian(by_marks[pairs.expiry == code]) for code in range(len(quotes.expiries))])

    def error(forward):
        return np.abs(black(forward, quotes.strike, stdev, quotes.right) / forward - mark)

    quoted = error(forward_curve(quotes, pairs).forward[quotes.expiry])
    return error(marks.underlying_price[quotes.row])[named], quoted[~named], error(median[quotes.expiry])[~named]


@pytest.mark.real_data
@pytest.mark.parametrize("regime", ["dev_calm", "dev_crash"])
def test_marks_are_black_prices_to_two_hundred_thousandths_of_a_coin(real_data, regime):
    paths = sorted((real_data / "deribit_books_6h" / regime).glob("*.gz"))[::6]
    errors = [mark_errors(path, coin) for path in paths for coin in ("BTC", "ETH")]
    named, by_quotes, by_marks = (np.concatenate(column) for column in zip(*errors, strict=True))
    assert np.median(named) < 2e-5  # vols are printed to 0.01 points
    assert np.median(np.concatenate([named, by_quotes])) < 2e-5
    assert (regime == "dev_crash") == (len(by_quotes) > 0)  # "SYN." underlyings came in May 2026
    if len(by_quotes):
        assert np.median(by_marks) < 1e-5
        # Quotes are wider than marks: the reference measured 1.5e-4 of the forward, and half of that on a price.
        assert np.median(by_quotes) < 7.5e-5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"instrument_name": "BTC-PERPETUAL"}, RejectReason.MALFORMED),
        ({"instrument_name": 7}, RejectReason.MALFORMED),
        ({"instrument_name": "DOGE-25SEP20-9000-P"}, RejectReason.MALFORMED),
        ({"instrument_name": "ETH-25SEP20-200-P"}, RejectReason.OTHER_UNDERLYING),
        ({"instrument_name": "BTC-22MAY19-9000-P"}, RejectReason.EXPIRED),
        ({"open_interest": -1}, RejectReason.BAD_OPEN_INTEREST),
        ({"open_interest": "x"}, RejectReason.BAD_OPEN_INTEREST),
        ({"best_ask_price": -0.1}, RejectReason.BAD_PRICE),
        ({"best_bid_price": "x"}, RejectReason.BAD_PRICE),
    ],
)
def test_a_record_that_cannot_be_used_is_refused_for_its_reason(change, reason):
    chain = parse_chain(json.dumps([SUMMARY, TICKER | change, SUMMARY | {"instrument_name": "BTC-25SEP20-9500-C"}]))
    assert chain.rejects.counts() == {reason: 1}
    assert chain.rejects.row.tolist() == [1]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "line 1: expected the names"),
        ("a,b\n1,2\n", "line 1: expected a column instrument_name"),
        ("[1, 2]", "instrument_name: expected one in each of 2 records"),
        ('{"result": 3}', "instrument_name: expected one in each of 1 records"),
        ('[{"instrument_name": "BTC-PERPETUAL"}]', "no option could be read in 1 rows"),
        (json.dumps([{"instrument_name": "BTC-25SEP20-9000-P"}]), "timestamp: expected one"),
        ('"instrument_name', "line 1: not comma-separated values"),
    ],
)
def test_a_payload_that_is_no_book_is_an_error_that_names_place_and_reason(payload, message):
    with pytest.raises(SourceError, match=message):
        parse_chain(payload)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([*TICKER, *SUMMARY]),
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2),
)
def test_any_value_in_any_field_leaves_a_chain_or_a_gex_error(field, value):
    payload = json.dumps([TICKER | {field: value}, SUMMARY | {field: value}])
    for parse in (parse_chain, parse_marks):
        try:
            parse(payload)
        except GexError:
            continue
