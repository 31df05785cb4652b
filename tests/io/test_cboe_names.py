"""Cboe's tables of before 2020 say the same as those of today."""

import pytest

from gex.calendar import instant
from gex.io.cboe_names import occ_name
from gex.io.detect import parse_chain
from gex.quotes import RejectReason

TITLE = "SPX (S&P 500 INDEX),2684.79,+2.17,\r\nDec 28 2017 @ 11:12 ET,\r\n"
LONG_NAMES = (
    TITLE
    + """Calls,Last Sale,Net,Bid,Ask,Vol,Open Int,Puts,Last Sale,Net,Bid,Ask,Vol,Open Int,
17 Dec 2685.00 (SPXW1729L2685),6.9,0.0,6.70,7.00,120,2673,17 Dec 2685.00 (SPXW1729X2685),5.05,0.0,5.00,5.30,9,1091,
17 Dec 2685.00 (SPXW1729L2685-E),0,0.0,6.60,7.10,0,2673,17 Dec 2685.00 (SPXW1729X2685-E),0,0.0,4.90,5.30,0,1091,
18 Jan 2687.50 (SPX1819A2687.5),29.1,0.0,28.90,29.40,5,81,18 Jan 2687.50 (SPX1819M2687.5),25.2,0.0,25.00,25.50,0,0,
"""
)
SYMBOLS = """QQQ (INVESCO QQQ TRUST, SERIES 1),172.08,+0.89,
Jun 29 2018 @ 16:45 ET,Bid,172.11,Ask,172.12,Size,15x8,Vol,911904,
Expiration Date,Calls,Last Sale,Net,Bid,Ask,Vol,Open Int,Strike,Puts,Last Sale,Net,Bid,Ask,Vol,Open Int,
07/20/2018,QQQ180720C00172000,2.9,0,2.90,2.95,1,900,172,QQQ180720P00172000,2.4,0,2.40,2.45,3,700,
"""


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("18 Dec 100.00 (SPX1821L100)", "SPX181221C00100000"),
        ("18 Dec 2450.00 (SPX1821X2450-E)", "SPX181221P02450000"),
        ("13 Jan 1,455.00 (SPXW1304A1455-E)", "SPXW130104C01455000"),
        ("14 Mar 37.50 (AMD11422O37.5-8)", "AMD1140322P00037500"),  # the adjusted class
        ("19 Jan 100.00 (SPX1821L100)", "19 Jan 100.00 (SPX1821L100)"),  # two years
        ("SPX181221C00100000", "SPX181221C00100000"),
    ],
)
def test_a_long_name_says_the_contract(name, symbol):
    assert occ_name(name.encode()) == symbol.encode()


def test_a_table_of_long_names_is_read_once_a_contract():
    chain = parse_chain(LONG_NAMES.encode())
    quotes = chain.quotes
    assert (quotes.underlying, quotes.spot, quotes.as_of) == ("SPX", 2684.79, instant("2017-12-28T15:57"))
    assert [(e.root, str(e.date)) for e in quotes.expiries] == [("SPXW", "2017-12-29"), ("SPX", "2018-01-19")]
    assert quotes.strike.tolist() == [2685.0, 2685.0, 2687.5, 2687.5]
    assert quotes.bid.tolist() == [6.7, 5.0, 28.9, 25.0]  # the best of all, not that of one exchange
    assert quotes.open_interest.tolist() == [2673, 1091, 81, 0]
    assert chain.rejects.counts() == {RejectReason.DUPLICATE: 2}


def test_a_title_without_last_and_a_date_without_date_are_read():
    quotes = parse_chain(SYMBOLS.encode()).quotes
    quoted = SYMBOLS.replace("QQQ (INVESCO QQQ TRUST, SERIES 1)", '"QQQ (INVESCO QQQ TRUST, SERIES 1)"')
    assert parse_chain(quoted.encode()).quotes.spot == 172.08
    assert (quotes.spot, quotes.as_of) == (172.08, instant("2018-06-29T20:15"))
    assert quotes.right.tolist() == [1, -1]
