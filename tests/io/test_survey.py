import gzip

import numpy as np
import pytest

from gex.quotes import RejectReason
from tests.io.survey import chains, line

# Lines of each folder's files below their headers, counted with zcat; every option row is one row of a chain.
ROWS = {
    "cboe_csv": 272_026 + 1_738,  # both classes of AMD are read from one file
    "cboe_json": 6_680,
    "deribit_ticker_20200521": 142,
    "deribit_book_summary_eth_20240108": 684,
    "yfinance_202602": 36_105,
    "lean_universes": 12_272,
    "lean_zip": 2_192 + 104,
}


@pytest.mark.real_data
@pytest.mark.slow
def test_every_file_is_read_and_no_row_is_lost(real_data):
    rows: dict[str, int] = {}
    for name, chain in chains(real_data):
        folder = name.split("/")[0]
        rows[folder] = rows.get(folder, 0) + chain.row_count
        dropped = sum(count for reason, count in chain.rejects.counts().items() if reason.drops_row)
        assert len(chain.quotes) + dropped == chain.row_count, name
        both = np.concatenate([chain.quotes.row, chain.rejects.row])
        assert len(np.unique(both)) == len(both) == chain.row_count, name
        expected = {RejectReason.EXPIRED, RejectReason.ADJUSTED, RejectReason.OTHER_UNDERLYING}
        assert set(chain.rejects.counts()) <= expected, name
        assert len(chain.quotes) > 0, name
        assert (chain.quotes.settles_at > chain.quotes.as_of).all(), name
        assert line(name, chain)
    books = sum(
        len(gzip.decompress(path.read_bytes()).splitlines()) - 1
        for path in (real_data / "deribit_books_6h").glob("dev_*/*.gz")
    )
    assert rows.pop("deribit_books_6h") == 2 * books  # each book is read for BTC and for ETH
    assert rows == ROWS
