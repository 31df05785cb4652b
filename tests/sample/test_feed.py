"""The sample written as a Cboe quote table, read back by the reader of real ones."""

import numpy as np
import pytest

from gex.errors import InputError
from gex.io.cboe_csv import parse_chain
from gex.quotes import RejectReason
from gex.sample import sample_chain, sample_csv

WHAT_A_TABLE_HOLDS = (
    "row", "strike", "right", "bid", "ask", "last", "volume", "open_interest",
    "source_vol", "source_delta", "source_gamma", "settles_at",
)  # fmt: skip


@pytest.mark.parametrize("option_count", [60, 3_000])
def test_the_reader_of_real_tables_gives_the_same_chain_back(option_count):
    sample = sample_chain(option_count=option_count)
    parsed = parse_chain(sample_csv(sample))
    live = sample.quotes.where(sample.truth.reject != RejectReason.EXPIRED)
    for name in WHAT_A_TABLE_HOLDS:
        np.testing.assert_array_equal(getattr(parsed.quotes, name), getattr(live, name), err_msg=name)
    assert (parsed.quotes.as_of, parsed.quotes.spot) == (sample.quotes.as_of, sample.quotes.spot)
    assert parsed.row_count == len(sample.quotes)


def test_the_rows_the_reader_refuses_are_the_expired_ones():
    sample = sample_chain(option_count=400)
    rejects = parse_chain(sample_csv(sample)).rejects
    expired = np.flatnonzero(sample.truth.reject == RejectReason.EXPIRED)
    np.testing.assert_array_equal(rejects.row, expired)
    assert set(rejects.reason.tolist()) == {RejectReason.EXPIRED}
    np.testing.assert_array_equal(rejects.open_interest, sample.quotes.open_interest[expired])


@pytest.mark.parametrize(
    ("as_of", "date_line"),
    [
        ("2024-06-12T20:15", '"Date: June 12, 2024 at 4:30 PM EDT",'),  # the end of quoting, 16:15 in New York
        ("2024-12-12T15:00", '"Date: December 12, 2024 at 10:15 AM EST",'),
        ("2024-07-03T16:55", '"Date: July 3, 2024 at 1:10 PM EDT",'),
    ],
)
def test_the_date_line_says_when_a_file_of_these_quotes_is_downloaded(as_of, date_line):
    text = sample_csv(sample_chain(option_count=60, as_of=np.datetime64(as_of)))
    assert text.splitlines()[2].startswith(date_line)
    assert parse_chain(text).quotes.as_of == np.datetime64(as_of)


def test_an_instant_outside_quoting_hours_is_refused_for_no_download_shows_it():
    with pytest.raises(InputError, match="as_of on a whole minute of quoting hours, got 2025-03-09T21:15"):  # a Sunday
        sample_csv(sample_chain(option_count=60, as_of=np.datetime64("2025-03-09T21:15")))


def test_a_second_that_the_date_line_cannot_say_is_refused():
    with pytest.raises(InputError, match="whole minute"):
        sample_csv(sample_chain(option_count=60, as_of=np.datetime64("2024-06-12T14:30:01")))


def test_coin_options_have_no_cboe_table():
    with pytest.raises(InputError, match="expected an index sample, got crypto"):
        sample_csv(sample_chain(kind="crypto", option_count=60))
