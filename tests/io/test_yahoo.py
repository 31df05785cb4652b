import numpy as np
import pandas as pd
import pytest

from gex.calendar import instant
from gex.errors import SourceError
from gex.io.detect import read_chain
from gex.io.yahoo import parse_chain

CSV = (
    "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,volume,openInterest,impliedVolatility,underlyingPrice\n"
    "SPY260211C00690000,2026-02-11 16:19:32+00:00,690.0,3.1,3.0,3.2,100,2000,0.15,692.3\n"
    "SPY260213P00690000,2026-02-11 16:10:00+00:00,690.0,2.1,2.0,2.2,,1500,0.00001,692.3\n"
)


def test_a_table_holds_for_its_latest_trade():
    quotes = parse_chain(CSV).quotes
    assert (quotes.underlying, quotes.spot, quotes.as_of) == ("SPY", 692.3, instant("2026-02-11T16:19:32"))
    np.testing.assert_array_equal(quotes.volume, [100, np.nan])
    np.testing.assert_array_equal(quotes.source_vol, [0.15, np.nan])  # 0.00001 is a failed inversion
    assert np.isnat(quotes.quoted_at).all()


def test_volatilities_of_a_closed_market_are_none():
    """Public files of nights and weekends: bid and ask 0, and nothing but halvings of [0.00001, 1] for volatilities."""
    bare = [1e-5 * (1 - 2.0**-n) + 2.0**-n for n in range(12)]
    assert bare[1:4] == pytest.approx([0.500005, 0.2500075, 0.12500875], rel=1e-12)
    found = [0.13, 0.25, 0.500015, 0.1875, 1.2812, 2.691409521484375]
    lines = [
        f"SPY260213C{700_000 + 1000 * i:08d},2026-02-11 16:10:00+00:00,{700 + i},2.1,0,0,,1500,{vol!r},692.3"
        for i, vol in enumerate([*bare, *found])
    ]
    quotes = parse_chain(CSV.partition("\n")[0] + "\n" + "\n".join(lines)).quotes
    assert np.isnan(quotes.source_vol[: len(bare)]).all()
    assert quotes.source_vol[len(bare) :].tolist() == found


def test_a_trade_after_hours_does_not_move_the_end_of_quoting():
    late = CSV.replace("2026-02-11 16:19:32", "2026-02-11 23:00:00")
    chain = parse_chain(late)
    assert chain.quotes.as_of == instant("2026-02-11T21:15")
    assert chain.quotes.row.tolist() == [1]  # the option of the day has settled at 16:00


def test_the_frames_of_yfinance_are_read_as_they_are():
    frame = pd.DataFrame(
        {
            "contractSymbol": ["SPY260213C00690000"],
            "lastTradeDate": pd.to_datetime(["2026-02-11 16:19:32"], utc=True),
            "strike": [690.0],
            "bid": [3.0],
            "ask": [3.2],
            "openInterest": [np.nan],
        }
    )
    quotes = parse_chain(frame).quotes
    assert quotes.as_of == instant("2026-02-11T16:19:32")
    assert quotes.spot is None
    assert np.isnan(quotes.open_interest).all()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("number", "as_of", "rows", "expiry_count"),
    [(1, "2026-02-11T16:19:32", 8778, 31), (2, "2026-02-12T15:10:02", 9177, 34), (3, "2026-02-12T17:59:03", 9177, 34),
     (4, "2026-02-13T15:50:31", 8973, 33)],
)  # fmt: skip
def test_options_of_the_day_are_live_until_they_settle(real_data, number, as_of, rows, expiry_count):
    # The files say "-1 days to expire" of the day's own expiry, a difference of dates: it had hours to live.
    chain = read_chain(real_data / "yfinance_202602" / f"SPY_options_{number}.csv.gz")
    assert chain.quotes.as_of == instant(as_of)
    assert (chain.row_count, len(chain.quotes), len(chain.rejects)) == (rows, rows, 0)
    assert len(chain.quotes.expiries) == expiry_count
    assert str(chain.quotes.expiries[0].date) == as_of[:10]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("a,b\n1,2\n", "expected a column contractSymbol"),
        (CSV.replace("lastTradeDate", "when"), "lastTradeDate: expected such a column"),
        (CSV.replace("2026-02-11 16", "never"), "lastTradeDate: expected a date and time"),
    ],
)
def test_a_table_that_is_no_chain_is_an_error_that_names_place_and_reason(payload, message):
    with pytest.raises(SourceError, match=message):
        parse_chain(payload)
