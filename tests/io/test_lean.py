import datetime as dt
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.calendar import instant
from gex.cleaning import clean
from gex.errors import GexError, SourceError
from gex.io import lean
from gex.io.detect import parse_chain as read_any
from gex.io.detect import read_bytes, read_chain
from gex.pairs import pair_up
from gex.quotes import RejectReason

UNIVERSE = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"
    ",,,749.5500,749.9900,748.5400,748.5400,11492,,,,,,,\n"
    "20151231,590,C,159.8,164.4,154.45,160.05,0,12,1.74,0.99,0.0001,0.02,-0.3,0.07\n"
    "20151231,590,P,0.05,0.05,0.05,0.05,3,100,0,0,0,0,0,0\n"
)
CLOSE = instant("2015-12-24T18:00")  # a half day


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


CALL = "20151224_goog_minute_quote_american_call_7500000_20151231.csv"
PUT = "20151224_goog_minute_quote_american_put_7500000_20151231.csv"
INTEREST = "20151224_goog_minute_openinterest_american_call_7500000_20151231.csv"
BARS = "34200000,41000,42000,40000,41500,7,43000,44000,42000,42500,9\n34260000,,,,,0,43000,43000,42500,42500,5\n"


def test_a_universe_has_the_close_of_its_underlying_for_spot():
    chain = lean.parse_universe(UNIVERSE, CLOSE, underlying="GOOG")
    quotes = chain.quotes
    assert (quotes.underlying, quotes.spot, chain.row_count) == ("GOOG", 748.54, 2)
    assert quotes.expiries[0].settles_at == instant("2015-12-31T21:00")
    np.testing.assert_array_equal(quotes.last, [160.05, 0.05])
    np.testing.assert_array_equal(quotes.open_interest, [12, 100])
    np.testing.assert_array_equal(quotes.source_vol, [1.74, np.nan])
    assert np.isnan(quotes.bid).all()


SYMBOL_UNIVERSE = """#symbol_id,symbol_value,open,high,low,close,volume,open_interest,\
implied_volatility,delta,gamma,vega,theta,rho
SPX 31,SPX,5488.5,5523.6,5451.1,5460.5,7199220000,,,,,,,
SPX Z3DLU7UBV6SU|SPX 31,SPX   260618C05400000,780.3,853.9,709.6,767.75,0,135,0.1638,0.6382,0.000289,26.57,-0.504,55.5
SPXW Z3DLU7UBV6SV|SPX 31,SPXW  260630P05400000,380.3,453.9,309.6,367.75,0,15,0.1638,-0.3618,0.000289,26.57,-0.504,55.5
"""


def test_a_universe_of_symbols_says_the_same():
    chain = read_any(SYMBOL_UNIVERSE.encode(), as_of=instant("2024-07-03T17:15"), underlying="SPX")
    quotes = chain.quotes
    assert (quotes.underlying, quotes.spot, chain.row_count) == ("SPX", 5460.5, 2)
    assert [(e.root, str(e.date)) for e in quotes.expiries] == [("SPX", "2026-06-18"), ("SPXW", "2026-06-30")]
    assert quotes.last.tolist() == [767.75, 367.75]
    assert quotes.open_interest.tolist() == [135, 15]
    assert quotes.source_vol.tolist() == [0.1638, 0.1638]
    assert not len(chain.rejects)


def test_a_universe_takes_session_and_underlying_from_its_name(tmp_path):
    (tmp_path / "goog_20151224.csv").write_text(UNIVERSE)
    (tmp_path / "universe.csv").write_text(UNIVERSE)
    quotes = read_chain(tmp_path / "goog_20151224.csv").quotes
    assert (quotes.underlying, quotes.as_of) == ("GOOG", CLOSE)
    with pytest.raises(SourceError, match=r"universe\.csv: .* names neither date nor underlying"):
        read_chain(tmp_path / "universe.csv")


def test_a_zip_of_minute_quotes_shows_the_last_bar_that_had_ended():
    payload = zipped(**{CALL: BARS, PUT: "", "readme.txt": "x"})
    interest = zipped(**{INTEREST: "23460000,77\n"})
    first = lean.parse_chain(payload, instant("2015-12-24T14:31"), open_interest=interest)
    assert first.quotes.bid.tolist()[0] == 4.15
    assert first.quotes.ask.tolist()[0] == 4.25
    assert first.quotes.quoted_at[0] == instant("2015-12-24T14:31")  # the bar of 09:30 New York ended at 09:31
    assert first.quotes.open_interest[0] == 77
    assert np.isnat(first.quotes.quoted_at[1])
    assert first.rejects.counts() == {RejectReason.MALFORMED: 1}  # the readme
    second = lean.parse_chain(payload).quotes
    assert second.as_of == instant("2015-12-24T14:32")
    assert np.isnan(second.bid[0])
    assert second.ask[0] == 4.25
    early = lean.parse_chain(payload, instant("2015-12-24T14:30:59")).quotes
    assert np.isnan(early.ask).all()


@pytest.mark.real_data
def test_the_share_options_of_a_half_day_end_at_its_close(real_data):
    folder = real_data / "lean_zip"
    names = (f"option__usa__minute__goog__20151224_{kind}_american.zip" for kind in ("quote", "openinterest"))
    quotes, interest = (read_bytes(folder / name) for name in names)
    chain = lean.parse_chain(quotes, open_interest=interest)
    assert chain.quotes.as_of == CLOSE
    assert chain.row_count == 2192
    assert chain.rejects.counts() == {RejectReason.EXPIRED: 176}
    assert np.nansum(chain.quotes.open_interest) == 158_638


@pytest.mark.real_data
def test_the_money_parity_of_es_options_is_the_mid_of_the_es_future(real_data):
    folder = real_data / "lean_zip"
    options = read_bytes(folder / "futureoption__cme__minute__es__202003__20200106_quote_american.zip")
    bars = lean.parse_future_quotes(read_bytes(folder / "future__cme__minute__es__20200106_quote.zip"))
    march = bars.where(bars.contract == bars.contracts.index("202003"))
    gaps = []
    for clock in ("14:31", "16:00", "18:00", "20:00", "20:59"):  # UTC: the New York session
        moment = instant(f"2020-01-06T{clock}")
        quotes = clean(lean.parse_chain(options, moment)).quotes
        assert quotes.expiries[0].contract.multiplier == 50.0
        row = np.searchsorted(march.time, moment, side="right") - 1
        future = 0.5 * (march.bid[row] + march.ask[row])
        pairs = pair_up(quotes)
        mid = 0.5 * (quotes.bid + quotes.ask)
        # C − P = D(F − K) with D = 0.9969 for 74 days at 1.55 %; American premium is nothing at the money.
        parity = pairs.strike + (pairs.of_call(mid) - pairs.of_put(mid)) / 0.9969
        nearest = np.argsort(np.where(np.isfinite(parity), np.abs(pairs.strike - future), np.inf))[:3]
        gaps.append(float(np.median(parity[nearest]) - future))
    assert np.abs(gaps).max() < 0.2  # the reference: about 0.1; quotes are half a point wide
    assert np.abs(np.median(gaps)) < 0.11


@pytest.mark.real_data
def test_bars_of_a_future_are_quoted_around_the_daily_break(real_data):
    bars = lean.parse_future_quotes(read_bytes(real_data / "lean_zip" / "future__cme__minute__es__20200106_quote.zip"))
    march = bars.where(bars.contract == 0)
    assert bars.contracts == ("202003", "202006", "202009", "202012", "202103")
    assert len(march) == 1367
    assert (march.bid < march.ask).all()
    # 16:00 to 17:00 Chicago there is no market: 22:00 to 23:00 UTC.
    during = (march.time > instant("2020-01-06T22:01")) & (march.time <= instant("2020-01-06T23:00"))
    assert not during.any()


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"", "not a whole zip file"),
        (b"PK\x03\x04 nothing", "not a whole zip file"),
        (zipped(**{CALL: BARS})[:-40], "not a whole zip file"),
        (zipped(**{"a.txt": "x"}), "expected files of minute quotes, a contract each, in the zip, found 1 others"),
        (zipped(**{CALL: "now,1,2\n"}), "line 1: expected milliseconds of the day, got 'now'"),
        (zipped(**{CALL: ""}), "hold no quote"),
    ],
)
def test_a_zip_that_is_no_chain_is_an_error_that_names_place_and_reason(payload, message):
    with pytest.raises(SourceError, match=message):
        lean.parse_chain(payload)


@pytest.mark.parametrize(
    ("text", "message"),
    [("1,2,3\n", "line 1: expected 11 fields, got 3"), (",".join("x" * 11) + "\n", "expected numbers"),
     (",".join(["99999999999", *"1" * 10]) + "\n", "expected milliseconds of a day")],
)  # fmt: skip
def test_a_future_that_cannot_be_read_names_its_line(text, message):
    with pytest.raises(SourceError, match=message):
        lean.parse_future_quotes(zipped(**{"20200106_es_minute_quote_202003.csv": text}))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 400), st.integers(0, 40))
def test_noise_leaves_a_chain_or_a_gex_error(noise, start, length):
    archive = zipped(**{CALL: BARS, PUT: BARS})
    for payload, parse in (
        (archive[:start] + noise + archive[start + length :], lean.parse_chain),
        (UNIVERSE.encode()[:start] + noise + UNIVERSE.encode()[start + length :], universe),
    ):
        try:
            parse(payload)
        except GexError:
            continue


def universe(payload):
    return lean.parse_universe(payload, lean.close_of(dt.date(2015, 12, 24), "GOOG"), underlying="GOOG")
