import codecs
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.calendar import instant
from gex.errors import GexError, SourceError
from gex.io.cboe_csv import parse_chain
from gex.io.detect import read_chain
from gex.quotes import Quotes, RejectReason
from tests.io.cboe_samples import COLUMNS, LINES, table

# ../reference/exposure.md 8.5: lines, open interest of calls and puts, bn USD per 1 % of calls, puts and net from the
# printed gamma with calls counted + and puts −; every row of the file, expired ones too (their printed gamma is 0).
GOLDEN = {
    "spx_20220205": ("2022-02-04T21:15", 10_257, 4_732_547, 8_815_739, 62.879722, 82.035865, -19.156144),
    "ndx_20220205": ("2022-02-04T21:15", 9_193, 47_794, 58_672, 2.073366, 2.198969, -0.125603),
    "spx_20221212": ("2022-12-12T21:15", 9_578, 7_009_311, 12_260_313, 83.689083, 84.764240, -1.075157),
}
OTHERS = {
    "ndx_20230417": ("2023-04-17T20:15", "NDX"),
    "rut_20221212": ("2022-12-12T21:15", "RUT"),
    "spx_20230414": ("2023-04-14T20:15", "SPX"),
    "spx_20230506": ("2023-05-05T20:15", "SPX"),  # Saturday
    "spx_20230520": ("2023-05-19T20:15", "SPX"),
    "spx_20231209_dec_only": ("2023-12-08T21:15", "SPX"),  # the date line is Russian
    "spy_20250501_0828": ("2025-04-30T20:15", "SPY"),  # before the open
    "spy_20250502": ("2025-05-02T20:15", "SPY"),
    "qqq_20230924": ("2023-09-22T20:15", "QQQ"),
    "tsla_20230820": ("2023-08-18T20:00", "TSLA"),
    "xsp_20230914": ("2023-09-14T20:15", "XSP"),
}


def contracts(quotes: Quotes) -> list[tuple[str, str, float, int]]:
    return [
        (quotes.expiries[expiry].root, str(quotes.expiries[expiry].date), strike, right)
        for expiry, strike, right in zip(
            quotes.expiry.tolist(), quotes.strike.tolist(), quotes.right.tolist(), strict=True
        )
    ]


def assert_same(left: Quotes, right: Quotes) -> None:
    assert contracts(left) == contracts(right)
    for name, values in left.columns().items():
        np.testing.assert_array_equal(values, right.columns()[name], err_msg=name)


@pytest.mark.real_data
@pytest.mark.parametrize("name", GOLDEN)
def test_the_gamma_a_file_prints_adds_up_to_the_published_sums(real_data: Path, name: str) -> None:
    as_of, lines, call_interest, put_interest, calls, puts, net = GOLDEN[name]
    chain = read_chain(real_data / "cboe_csv" / f"{name}.csv.gz")
    quotes, rejects = chain.quotes, chain.rejects
    assert quotes.as_of == instant(as_of)
    assert chain.row_count == 2 * lines == len(quotes) + len(rejects)
    for side, interest in ((0, call_interest), (1, put_interest)):
        kept = quotes.open_interest[quotes.row % 2 == side].sum()
        assert kept + rejects.open_interest[rejects.row % 2 == side].sum() == interest
    exposure = quotes.source_gamma * quotes.open_interest * 100.0 * quotes.spot**2 * 0.01 / 1e9
    assert exposure[quotes.right > 0].sum() == pytest.approx(calls, abs=5e-7)  # the six decimals printed
    assert exposure[quotes.right < 0].sum() == pytest.approx(puts, abs=5e-7)
    assert (exposure * quotes.right).sum() == pytest.approx(net, abs=1e-6)


@pytest.mark.real_data
@pytest.mark.parametrize("name", OTHERS)
def test_every_form_of_header_gives_the_end_of_the_session_it_shows(real_data: Path, name: str) -> None:
    as_of, underlying = OTHERS[name]
    quotes = read_chain(real_data / "cboe_csv" / f"{name}.csv.gz").quotes
    assert (quotes.as_of, quotes.underlying) == (instant(as_of), underlying)
    assert quotes.spot is not None


@pytest.mark.real_data
def test_no_row_of_any_file_is_lost_and_all_that_is_refused_is_expired_or_adjusted(real_data: Path) -> None:
    for path in sorted((real_data / "cboe_csv").glob("*.csv.gz")):
        chain = read_chain(path)
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        assert chain.row_count == 2 * (len(lines) - 4), path
        assert len(chain.quotes) + len(chain.rejects) == chain.row_count, path
        assert set(chain.rejects.counts()) <= {RejectReason.EXPIRED, RejectReason.ADJUSTED}, path


@pytest.mark.real_data
def test_expired_rows_stay_in_the_feed_after_the_close_and_are_counted(real_data: Path) -> None:
    chain = read_chain(real_data / "cboe_csv" / "spx_20221212.csv.gz")
    assert chain.rejects.counts() == {RejectReason.EXPIRED: 2 * 143}
    assert chain.rejects.open_interest.sum() == 366_145


@pytest.mark.real_data
def test_the_adjusted_class_is_refused_from_the_standard_chain_and_read_by_name(real_data: Path) -> None:
    path = real_data / "cboe_csv" / "amd_20230820.csv.gz"
    standard, adjusted = read_chain(path), read_chain(path, underlying="AMD1")
    assert standard.quotes.underlying == "AMD"
    assert {expiry.root for expiry in standard.quotes.expiries} == {"AMD"}
    assert {expiry.root for expiry in adjusted.quotes.expiries} == {"AMD1"}
    assert standard.rejects.counts()[RejectReason.ADJUSTED] == len(adjusted.quotes) == 80
    assert standard.row_count == adjusted.row_count


@pytest.mark.real_data
def test_am_and_pm_options_of_one_third_friday_are_two_expiries(real_data: Path) -> None:
    quotes = read_chain(real_data / "cboe_csv" / "spx_20220205.csv.gz").quotes
    third_friday = {expiry.root: expiry.settles_at for expiry in quotes.expiries if str(expiry.date) == "2022-02-18"}
    assert third_friday == {"SPX": instant("2022-02-18T14:30"), "SPXW": instant("2022-02-18T21:00")}
    for root in third_friday:
        index = [expiry.root == root and str(expiry.date) == "2022-02-18" for expiry in quotes.expiries]
        assert np.isin(quotes.expiry, np.flatnonzero(index)).sum() == 2 * 404


@pytest.mark.real_data
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_truncated_file_gives_rows_of_the_whole_file_or_an_error(real_data: Path, data: st.DataObject) -> None:
    payload = gzip.decompress((real_data / "cboe_csv" / "tsla_20230820.csv.gz").read_bytes())
    whole = parse_chain(payload).quotes
    cut = data.draw(st.integers(0, len(payload) - 1))
    try:
        part = parse_chain(payload[:cut]).quotes
    except SourceError:
        return
    assert_same(part, whole.where(np.isin(whole.row, part.row)))


@pytest.mark.real_data
def test_a_table_that_was_not_renewed_since_an_earlier_session_holds_for_that_session(real_data: Path) -> None:
    # Downloaded on 2025-05-08 at 16:57 with SPY at 565.79, but it quotes the options of 05-07 and puts the money at 561.4,
    # where SPY stood at the close of the 7th.
    chain = read_chain(real_data / "cboe_csv" / "spy_20250508.csv.gz")
    assert chain.quotes.as_of == instant("2025-05-07T20:15")
    assert chain.quotes.spot is None
    assert str(chain.quotes.expiries[0].date) == "2025-05-08"
    quotes = chain.quotes.where(chain.quotes.expiry == 0)
    mid = 0.5 * (quotes.bid + quotes.ask)
    at = quotes.strike == 561.0
    assert 561.0 + mid[at & (quotes.right > 0)] - mid[at & (quotes.right < 0)] == pytest.approx(561.49, abs=0.01)


def test_a_stray_row_of_an_old_expiry_does_not_move_the_clock() -> None:
    stray = LINES[0].replace("220218", "220201").replace("Fri Feb 18 2022", "Tue Feb 01 2022")
    chain = parse_chain(table(lines=[stray, *LINES]))
    assert chain.quotes.as_of == instant("2022-02-04T21:15")
    assert chain.rejects.counts() == {RejectReason.EXPIRED: 2}


def test_a_table_is_read_column_by_column() -> None:
    chain = parse_chain(table())
    quotes = chain.quotes
    assert (quotes.underlying, quotes.spot, quotes.as_of) == ("SPX", 4500.5298, instant("2022-02-04T21:15"))
    assert contracts(quotes) == [
        (root, "2022-02-18", strike, right)
        for root, strike in (("SPX", 4500.0), ("SPXW", 4500.0), ("SPXW", 5200.0))
        for right in (1, -1)
    ]
    nan = np.nan
    np.testing.assert_array_equal(quotes.bid, [79.9, 78.1, 81.1, 79.7, nan, 698.2])
    np.testing.assert_array_equal(quotes.ask, [81.2, 79.4, 82.6, 81.0, 0.05, 702.1])
    np.testing.assert_array_equal(quotes.last, [80.5, 79.0, 82.0, 80.0, nan, nan])
    np.testing.assert_array_equal(quotes.volume, [120, 80, 20, 10, 0, 0])
    np.testing.assert_array_equal(quotes.open_interest, [1500, 2500, 700, 900, 3, 0])
    np.testing.assert_array_equal(quotes.source_vol, [0.2101, 0.2133, 0.2088, 0.2107, nan, 0.02])
    np.testing.assert_array_equal(quotes.source_delta, [0.51, -0.49, 0.5122, -0.4878, 0.0, -1.0])
    np.testing.assert_array_equal(quotes.source_gamma, [0.0021, 0.0021, 0.002, 0.002, 0.0, 0.0])
    assert chain.row_count == 6
    assert not len(chain.rejects)


quoted = "\n".join(",".join(f'"{field}"' for field in line.split(",")) for line in LINES)
semicolons = table().replace(",", ";").replace("5; 2022; 8", "5, 2022, 8")
german = "\n".join(
    ";".join(field.replace(".", ",") if field.replace(".", "").replace("-", "").isdigit() else field for field in line)
    for line in (line.split(",") for line in LINES)
)
german = table(lines=[german]).replace(COLUMNS, COLUMNS.replace(",", ";")).replace("4500.5298", "4500,5298")
grouped = table(lines=[LINES[0].replace(",1500,4500.00,", ',"1,500","4,500.00",'), *LINES[1:]], last="4,500.5298")
FORMS = {
    "crlf": table(end="\r\n").encode(),
    "utf-8 mark": codecs.BOM_UTF8 + table().encode(),
    "utf-16": table().encode("utf-16"),
    "utf-16 without a mark": table().encode("utf-16-le"),
    "utf-16 big end first": codecs.BOM_UTF16_BE + table().encode("utf-16-be"),
    "every field quoted": table(lines=[quoted]).encode(),
    "semicolons": semicolons.encode(),
    "semicolons and decimal commas": german.encode(),
    "commas that group digits": grouped.encode(),
    "a comma at the end of each line": table().replace("\n", ",\n").encode(),
    "a comma at the end of each row only": table(lines=[line + "," for line in LINES]).encode(),
    "no empty first line": table().lstrip("\n").encode(),
    "blank lines": table(lines=[LINES[0], "", *LINES[1:], ""]).encode(),
    "old names": table(columns=COLUMNS.replace("Volume", "Vol").replace("Open Interest", "Open Int")).encode(),
    "spaces after commas in the names": table(columns=COLUMNS.replace(",", ", ")).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_table_says_the_same(form: str) -> None:
    chain = parse_chain(FORMS[form])
    assert_same(chain.quotes, parse_chain(table()).quotes)
    assert chain.quotes.spot == 4500.5298
    assert not len(chain.rejects)


@pytest.mark.parametrize(
    ("date", "quoted_date"),
    [
        ("Date: February 5 2022, 8:09 PM EST", True),
        ("Date: February 5, 2022 at 8:09 PM EST", True),
        ("Date: 5 February 2022, 20:09 UTC\u22125", False),
        ("Date: 5 February 2022,8:09 PM EST", False),
        ("Date: 5 февраля 2022 г. в 20:09 GMT-5", False),
        ("Date: 5. Februar 2022 um 20:09 GMT-5", False),
        ("Date: 5 février 2022 à 20:09 UTC\u22125", False),
        ("Date: 5 de febrero de 2022, 20:09 GMT-5", False),
        ("Date: 5 lutego 2022 20:09 GMT-5", False),
        ("Date: 2022年2月5日 GMT-5 下午8:09", False),
        ("Date: 2022년 2월 5일 오후 8:09 GMT-5", False),
        ("Date: 2/5/2022, 8:09 PM", True),
        ("Date: 2022-02-05 20:09", False),
    ],
)
def test_the_date_line_is_read_in_every_language(date: str, quoted_date: bool) -> None:
    assert parse_chain(table(date=date, quoted_date=quoted_date)).quotes.as_of == instant("2022-02-04T21:15")


@pytest.mark.parametrize(("month", "as_of"), [("10", "2022-10-14T20:15"), ("11", "2022-11-14T21:15")])
def test_a_month_of_two_languages_is_the_one_before_the_first_expiry(month: str, as_of: str) -> None:
    # "listopada" is October in Croatian and November in Polish.
    lines = [line.replace("220218", f"22{month}18") for line in LINES]
    lines = [line.replace("Fri Feb 18 2022", f"2022-{month}-18") for line in lines]
    quotes = parse_chain(table(lines=lines, date="Date: 14 listopada 2022 17:00", quoted_date=False)).quotes
    assert quotes.as_of == instant(as_of)


def test_as_of_given_is_as_of() -> None:
    quotes = parse_chain(table(date="Date: no one knows"), instant("2022-02-04T20:00")).quotes
    assert quotes.as_of == instant("2022-02-04T20:00")


def test_a_row_that_cannot_be_used_is_refused_for_its_reason() -> None:
    good = LINES[0]
    cases = {
        good.replace("SPX220218C04500000", "SPX22021BC04500000"): {0: RejectReason.MALFORMED},
        good.replace("SPX220218C04500000", "XYZW220218C04500000"): {0: RejectReason.OTHER_UNDERLYING},
        good.replace("SPX220218C04500000", "SPX220230C04500000"): {0: RejectReason.UNKNOWN_EXPIRY},
        good.replace("SPX220218C04500000", "SPX220318C04500000"): {0: RejectReason.UNKNOWN_EXPIRY},  # not the line's
        good.replace("SPX220218C04500000", "SPX220218C04550000"): {0: RejectReason.BAD_STRIKE},  # not the line's
        good.replace(",4500.00,", ",-4500.00,"): {0: RejectReason.BAD_STRIKE, 1: RejectReason.BAD_STRIKE},
        good.replace("SPX220218C04500000", "SPX220218P04500000"): {0: RejectReason.UNKNOWN_RIGHT},
        good.replace("SPX220218C04500000", "SPX220218X04500000"): {0: RejectReason.UNKNOWN_RIGHT},
        good.replace(",1500,", ",-1,"): {0: RejectReason.BAD_OPEN_INTEREST},
        good.replace(",1500,", ",many,"): {0: RejectReason.BAD_OPEN_INTEREST},
        good.replace(",79.9,", ",-79.9,"): {0: RejectReason.BAD_PRICE},
        good.replace(",79.9,", ",inf,"): {0: RejectReason.BAD_PRICE},
        good.replace(",79.4,", ",?,"): {1: RejectReason.BAD_PRICE},
        good.replace("SPX220218C04500000", "AMD1220218C04500000"): {0: RejectReason.ADJUSTED},
        "Fri Feb 18 2022,SPX220218C04500000,80.5": {0: RejectReason.MALFORMED, 1: RejectReason.MALFORMED},
        LINES[1]: {0: RejectReason.DUPLICATE, 1: RejectReason.DUPLICATE},
    }
    for line, expected in cases.items():
        chain = parse_chain(table(lines=[LINES[1], LINES[2], line]))
        assert {int(row) - 4: reason for row, reason in zip(chain.rejects.row, chain.rejects.reason, strict=True)} == (
            expected
        ), line
        dropped = sum(reason.drops_row for reason in expected.values())
        assert chain.row_count == 6 == len(chain.quotes) + dropped, line


def test_a_refused_price_leaves_its_contract_and_open_interest() -> None:
    quotes = parse_chain(table(lines=[LINES[0].replace(",79.9,", ",-79.9,")])).quotes
    assert np.isnan(quotes.bid[0])
    assert np.isnan(quotes.ask[0])
    assert quotes.open_interest[0] == 1500


def test_expired_rows_are_refused_with_their_open_interest() -> None:
    chain = parse_chain(table(), instant("2022-02-18T14:30"))  # the open of the third Friday: SPX is settled
    assert chain.rejects.counts() == {RejectReason.EXPIRED: 2}
    assert chain.rejects.open_interest.sum() == 4000
    assert {expiry.root for expiry in chain.quotes.expiries} == {"SPXW"}


def test_a_strike_with_one_side_is_one_row() -> None:
    only_call = LINES[0].split("SPX220218P")[0] + ",,,,,,,,,"
    chain = parse_chain(table(lines=[only_call, LINES[1]]))
    assert chain.row_count == 3
    assert chain.quotes.row.tolist() == [0, 2, 3]


def test_a_last_line_without_its_end_keeps_the_call_and_refuses_the_put() -> None:
    # Cut inside the open interest "2500", which would else read as 25.
    chain = parse_chain(table(lines=LINES[:1]).rstrip("\n")[:-2])
    assert chain.rejects.row.tolist() == [1]
    assert chain.rejects.reason.tolist() == [RejectReason.MALFORMED]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("", "line 1: expected the column names"),
        ("hello\nworld\n", "line 2: expected the column names"),
        (table(lines=[]), "line 5: expected a line per strike"),
        (table(date="Date: some day"), "line 3: a date that cannot be read: say for which instant"),
        (table().replace("Date:", "Day:"), "no date line: say for which instant"),
        (table(columns=COLUMNS.replace("Bid", "Offer")), "line 4: expected a column Bid beside Calls"),
        (table(lines=["a,b", "c"]), "no option could be read in 4 rows"),
    ],
)
def test_a_payload_that_is_no_chain_is_an_error_that_names_place_and_reason(payload: str, message: str) -> None:
    with pytest.raises(SourceError, match=message.replace("(", r"\(")):
        parse_chain(payload)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400), st.integers(0, 200))
def test_random_bytes_never_leave_anything_but_a_chain_or_a_gex_error(noise: bytes, start: int, length: int) -> None:
    payload = table().encode()
    start = min(start, len(payload))
    for candidate in (noise, payload[:start] + noise + payload[start + length :]):
        try:
            chain = parse_chain(candidate)
        except GexError:
            continue
        assert chain.row_count == len(chain.quotes) + sum(reason < 100 for reason in chain.rejects.reason.tolist())
        assert (chain.quotes.strike > 0).all()
        assert not (chain.quotes.open_interest < 0).any()


def swapped(text: str, first: int, second: int, *, names: bool) -> str:
    """The table with two columns exchanged, with their names or without."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        fields = line.split(",")
        if len(fields) == 22 and (names or number > 3):
            fields[first], fields[second] = fields[second], fields[first]
            lines[number] = ",".join(fields)
    return "\n".join(lines)


@pytest.mark.parametrize(("first", "second"), [(4, 5), (6, 10), (13, 16), (0, 11), (2, 9)])
def test_columns_exchanged_with_their_names_say_the_same(first: int, second: int) -> None:
    assert_same(parse_chain(swapped(table(), first, second, names=True)).quotes, parse_chain(table()).quotes)


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (1, 12, {RejectReason.UNKNOWN_RIGHT: 6}),  # calls under "Puts" and puts under "Calls"
        (10, 11, {RejectReason.BAD_STRIKE: 6}),  # open interest under "Strike"
        (5, 11, {RejectReason.BAD_STRIKE: 6}),  # asks under "Strike"
        (1, 11, {RejectReason.MALFORMED: 3, RejectReason.BAD_STRIKE: 3}),  # symbols under "Strike"
        (0, 1, {RejectReason.MALFORMED: 3}),  # dates under "Calls": the puts are as they were
        (5, 12, {RejectReason.MALFORMED: 3, RejectReason.BAD_PRICE: 3}),  # put symbols under "Ask"
    ],
)
def test_columns_exchanged_under_the_wrong_names_are_refused(
    first: int, second: int, refused: dict[RejectReason, int]
) -> None:
    chain = parse_chain(swapped(table(), first, second, names=False), instant("2022-02-04T21:15"))
    assert chain.rejects.counts() == refused


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(22)))
def test_columns_in_any_order_with_their_names_leave_a_chain_or_an_error(order: list[int]) -> None:
    lines = table().split("\n")
    shuffled = [
        ",".join(line.split(",")[place] for place in order) if line.count(",") == 21 else line for line in lines
    ]
    try:
        chain = parse_chain("\n".join(shuffled))
    except SourceError as error:
        assert str(error).startswith("line 4: expected each of Bid, Ask")  # noqa: PT017 - either is right
        return
    assert_same(chain.quotes, parse_chain(table()).quotes)


def test_fields_may_be_shuffled_within_their_side() -> None:
    order = [0, 1, *range(10, 1, -1), 11, 12, *range(21, 12, -1)]
    lines = [
        ",".join(line.split(",")[place] for place in order) if line.count(",") == 21 else line
        for line in table().split("\n")
    ]
    assert_same(parse_chain("\n".join(lines)).quotes, parse_chain(table()).quotes)
