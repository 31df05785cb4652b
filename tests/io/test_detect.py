import gzip

import pytest

from gex.calendar import instant
from gex.errors import InputError, SourceError
from gex.io.detect import parse_chain, read_chain
from tests.io.cboe_samples import table


def test_a_packed_file_says_the_same_as_the_plain_one(tmp_path):
    (tmp_path / "chain.csv").write_text(table())
    (tmp_path / "chain.csv.gz").write_bytes(gzip.compress(table().encode()))
    plain, packed = (read_chain(tmp_path / name).quotes for name in ("chain.csv", "chain.csv.gz"))
    assert plain.strike.tolist() == packed.strike.tolist()
    assert plain.source == packed.source == "cboe_csv"


@pytest.mark.parametrize("source", ["auto", "cboe", "cboe_csv"])
def test_a_source_may_be_named_by_itself_its_family_or_not_at_all(source):
    assert parse_chain(table(), source).quotes.source == "cboe_csv"


def test_a_mapping_of_columns_means_a_plain_table(tmp_path):
    (tmp_path / "mine.csv").write_text("K,cp,when,b,a\n4500,C,2022-02-18,1,2\n")
    names = {"strike": "K", "right": "cp", "expiry": "when", "bid": "b", "ask": "a"}
    as_of = instant("2022-02-04T21:15")
    quotes = read_chain(tmp_path / "mine.csv", as_of=as_of, underlying="SPX", columns=names, spot=4500.5).quotes
    assert (quotes.strike.tolist(), quotes.bid.tolist(), quotes.spot) == ([4500.0], [1.0], 4500.5)
    with pytest.raises(InputError, match="only with a plain table, got them with cboe_csv"):
        parse_chain(table(), spot=4500.5)


def test_an_unknown_source_is_an_input_error():
    with pytest.raises(InputError, match=r"source: expected one of auto, cboe"):
        parse_chain(table(), "bloomberg")


def test_errors_begin_with_the_name_of_the_file(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(table().encode())[:-20])
    (tmp_path / "noise.csv.gz").write_bytes(b"\x1f\x8bnoise")
    for name, message in [
        ("empty.csv", "the file is empty"),
        ("cut.csv.gz", "not a whole gzip file"),
        ("noise.csv.gz", "not a whole gzip file"),
        ("missing.csv", "cannot be read: No such file"),
    ]:
        with pytest.raises(SourceError, match=f"^{name}: .*{message}"):
            read_chain(tmp_path / name)
