"""Yahoo's option tables: the frames of `yfinance` and CSV files made of them."""

import numpy as np
import pandas as pd

from gex.calendar import quote_instant
from gex.columns import Bools, Floats
from gex.errors import SourceError, SymbolError
from gex.io import named_columns
from gex.io.tables import Table, read_table
from gex.quotes import Cleaned
from gex.roots import listed_spec
from gex.symbols import parse_occ

_COLUMNS = {
    "symbol": "contractSymbol",
    "strike": "strike",
    "bid": "bid",
    "ask": "ask",
    "last": "lastPrice",
    "volume": "volume",
    "open_interest": "openInterest",
    "source_vol": "impliedVolatility",
    "spot": "underlyingPrice",
}
# Yahoo looks for a volatility by halving [0.00001, 1]: what is still a bare half, quarter, … of it was never found.
_LEAST_VOL = 1e-5
_MOST_HALVINGS = 20


def parse_chain(
    payload: bytes | str | pd.DataFrame, as_of: np.datetime64 | None = None, *, underlying: str | None = None
) -> Cleaned:
    """The chain of a Yahoo table with `contractSymbol`, and what was refused.

    `as_of` None: the latest trade in it (`lastTradeDate`, UTC), but not past the end of quoting; Yahoo's quotes carry no
    time of their own, so `quoted_at` stays empty. Its implied vols of 0.00001, 0.500005, 0.2500075, 0.1250088, … mark
    failed inversions, of all options while the market is closed, and are dropped; deep in the money they are unreliable
    anyway. Rows of a session's own expiry are live until it settles, whatever
    "days to expire" a script wrote beside them.
    """
    table = read_table(payload)
    if "contractSymbol" not in table.columns:
        raise SourceError(f"line 1: expected a column contractSymbol, got {', '.join(table.columns)[:200]}")
    frame = pd.DataFrame({name: values for name, values in table.columns.items() if name in _COLUMNS.values()})
    if "impliedVolatility" in table.columns:
        vol = table.numbers("impliedVolatility")[0]
        frame["impliedVolatility"] = np.where(_is_found(vol), vol, np.nan)
    if as_of is None:
        as_of = _as_of(table)
    present = {field: name for field, name in _COLUMNS.items() if name in frame.columns}
    return named_columns.parse_chain(frame, as_of, underlying=underlying, columns=present, source="yahoo")


def _is_found(vol: Floats) -> Bools:
    """True where a printed volatility is more than a bare halving of the interval it was looked for in."""
    with np.errstate(divide="ignore", invalid="ignore"):
        halvings = -np.log2((vol - _LEAST_VOL) / (1.0 - _LEAST_VOL))
        is_bare = (np.abs(halvings - np.round(halvings)) < 1e-7) & (halvings > -0.5) & (halvings < _MOST_HALVINGS)
    found: Bools = (vol > 10.0 * _LEAST_VOL) & ~is_bare
    return found


def _as_of(table: Table) -> np.datetime64:
    if "lastTradeDate" not in table.columns:
        raise SourceError("lastTradeDate: expected such a column, found none: say for which instant (as_of)")
    trades = table.instants("lastTradeDate")
    if np.isnat(trades).all():
        raise SourceError("lastTradeDate: expected a date and time, found none: say for which instant (as_of)")
    root = "SPY"
    for text in table.texts("contractSymbol"):
        try:
            root = parse_occ(text).root
            break
        except SymbolError:
            continue
    return quote_instant(listed_spec(root), trades[~np.isnat(trades)].max(), delay=np.timedelta64(0, "s"))
