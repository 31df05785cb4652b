"""Any table with one row per option: CSV, Parquet or a frame, by the names of its columns."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from gex.errors import InputError, SourceError, SymbolError
from gex.io.chain import Listing, SourceRows, chain_from_rows, main_underlying
from gex.io.occ_columns import split_occ_symbols
from gex.io.tables import Table, read_table
from gex.quotes import Cleaned, RejectReason
from gex.roots import contract_spec, listed_spec
from gex.symbols import OptionSymbol, parse_symbol

# What a column may be called where the caller names none: our name first. Compared without case, spaces and underscores.
_ALIASES: dict[str, tuple[str, ...]] = {
    "symbol": ("symbol", "option_symbol", "contract_symbol", "contract", "contract_id", "instrument_name", "option"),
    "root": ("root", "option_root"),
    "expiry": ("expiry", "expiration", "expiration_date", "expiry_date", "expire_date"),
    "strike": ("strike", "strike_price"),
    "right": ("right", "option_type", "type", "call_put", "cp", "cp_flag", "put_call"),
    "bid": ("bid", "bid_price", "best_bid"),
    "ask": ("ask", "ask_price", "best_ask", "offer"),
    "last": ("last", "last_price"),
    "volume": ("volume",),
    "open_interest": ("open_interest", "oi"),
    "quoted_at": ("quoted_at", "timestamp", "quote_time", "quote_datetime"),
    "source_vol": ("source_vol", "implied_volatility", "implied_vol", "iv"),
    "source_delta": ("source_delta", "delta"),
    "source_gamma": ("source_gamma", "gamma"),
    "spot": ("spot", "underlying_price", "index_price"),
}
_NEW_YORK = ZoneInfo("America/New_York")
_TERMS = {"expiry", "strike", "right"}
_NEW_YORK_TIMES = frozenset({"quotedatetime"})  # Cboe DataShop's, written in New York time without saying so
_LOOKED_AT = 100  # rows that tell whether a column holds symbols
_RIGHTS = {"c": 1, "call": 1, "calls": 1, "1": 1, "p": -1, "put": -1, "puts": -1, "-1": -1}
_NUMBERS = ("bid", "ask", "last", "volume", "open_interest", "source_vol", "source_delta", "source_gamma")


def parse_chain(
    payload: bytes | str | pd.DataFrame,
    as_of: np.datetime64 | None = None,
    *,
    underlying: str | None = None,
    columns: Mapping[str, str] | None = None,
    root: str | None = None,
    spot: float | None = None,
    source: str = "columns",
) -> Cleaned:
    """The chain in a table with one row per option, and what was refused. Row i is line i below the names.

    `columns` says what a column is called: {"strike": "K", "right": "cp"}; what it leaves out is found by our own name
    or a usual one. A contract is named by `symbol` (OCC or Deribit), or by `expiry` (a date), `strike` and `right` (c,
    call, 1, p, put, −1) with a column `root` or the argument `root`; a column `symbol` beside all of these that holds the
    root alone is the root. Vols are decimal. `as_of` None: the latest `quoted_at` (UTC unless it says its zone; a
    `quote_datetime`, Cboe DataShop's, New York's); `spot` None: the median of its column.
    """
    table = read_table(payload)
    places = _places(table, columns or {})
    rows = _rows(table, places, root if root is not None else underlying)
    contract = main_underlying(rows)
    if as_of is None:
        known = rows.quoted_at[~np.isnat(rows.quoted_at)]
        if not len(known):
            raise SourceError("quoted_at: no column says when the quotes were made: say for which instant (as_of)")
        as_of = known.max()
    if spot is None and "spot" in places:
        prices = table.numbers(places["spot"])[0]
        prices = prices[(prices > 0.0) & (prices < np.inf)]
        spot = float(np.median(prices)) if len(prices) else None
    return chain_from_rows(
        rows,
        underlying=contract.underlying if underlying is None else underlying,
        as_of=as_of,
        spot=spot,
        source=source,
    )


def _places(table: Table, given: Mapping[str, str]) -> dict[str, str]:
    """The table's own names by ours."""
    unknown = set(given) - set(_ALIASES)
    if unknown:
        raise InputError(f"columns: expected some of {', '.join(_ALIASES)}, got {', '.join(sorted(unknown))}")
    for field, name in given.items():
        if name not in table.columns:
            raise SourceError(f"line 1: expected a column {name!r} for {field}, got {', '.join(table.columns)[:200]}")
    by_plain_name = {_plain(name): name for name in reversed(table.columns)}
    places = dict(given)
    for field, aliases in _ALIASES.items():
        named = [by_plain_name[_plain(alias)] for alias in aliases if _plain(alias) in by_plain_name]
        if field == "symbol" and field not in given and len(named) > 1:
            named.sort(key=lambda name: not _holds_symbols(table, name))
        if named:
            places.setdefault(field, named[0])
    is_named = "symbol" in places and ("symbol" in given or _holds_symbols(table, places["symbol"]))
    if not is_named and {"symbol", *_TERMS} <= set(places):  # the ticker alone, beside the terms of the contract
        places.setdefault("root", places.pop("symbol"))
    if "symbol" not in places and not set(places) >= _TERMS:
        raise SourceError(
            "line 1: expected a column symbol, or expiry, strike and right, got "
            f"{', '.join(table.columns)[:200] or 'none'}"
        )
    return places


def _holds_symbols(table: Table, name: str) -> bool:
    """True where one of the first texts of a column names a contract."""
    for text in table.texts(name)[:_LOOKED_AT]:
        try:
            parse_symbol(text)
        except SymbolError:
            continue
        return True
    return False


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace(" ", "")


def _rows(table: Table, places: dict[str, str], root: str | None) -> SourceRows:
    named = _by_symbol(table, places) if "symbol" in places else _by_terms(table, places, root)
    listings, listing, strike, right, status = named
    fields: dict[str, npt.NDArray[np.float64]] = {}
    for field in _NUMBERS:
        if field not in places:
            continue
        fields[field], unreadable = table.numbers(places[field])
        if field == "open_interest":
            status[unreadable & (status == 0)] = RejectReason.BAD_OPEN_INTEREST
        elif field in {"bid", "ask"}:
            status[unreadable & (status == 0)] = RejectReason.BAD_PRICE
    quoted_at = np.full(table.row_count, "NaT", "datetime64[ns]")
    if "quoted_at" in places:
        zone = _NEW_YORK if _plain(places["quoted_at"]) in _NEW_YORK_TIMES else dt.UTC
        quoted_at = table.instants(places["quoted_at"], zone)
    return SourceRows(
        listings=tuple(listings),
        row=np.arange(table.row_count),
        listing=listing,
        strike=strike,
        right=right,
        status=status,
        quoted_at=quoted_at,
        **fields,
    )


_Named = tuple[
    dict[Listing, int],
    npt.NDArray[np.int32],
    npt.NDArray[np.float64],
    npt.NDArray[np.int8],
    npt.NDArray[np.int16],
]


def _blank(count: int) -> _Named:
    return (
        {},
        np.full(count, -1, np.int32),
        np.full(count, np.nan),
        np.zeros(count, np.int8),
        np.full(count, RejectReason.MALFORMED, np.int16),
    )


def _by_symbol(table: Table, places: dict[str, str]) -> _Named:
    texts = table.texts(places["symbol"])
    if not any("-" in text for text in texts):
        occ = split_occ_symbols(texts)
        numbered = {listing: code for code, listing in enumerate(occ.listings)}
        return numbered, occ.listing, occ.strike, occ.right, occ.status
    listings, listing, strike, right, status = named = _blank(table.row_count)
    for row, text in enumerate(texts):
        try:
            symbol: OptionSymbol = parse_symbol(text)
            spec = contract_spec(symbol.root) if "-" in text else listed_spec(symbol.root)
        except SymbolError:
            continue
        listing[row] = listings.setdefault((spec, symbol.date), len(listings))
        strike[row], right[row], status[row] = symbol.strike, symbol.right, 0
    return named


def _by_terms(table: Table, places: dict[str, str], root: str | None) -> _Named:
    listings, listing, strike, right, status = named = _blank(table.row_count)
    if "root" not in places and root is None:
        raise SourceError("line 1: expected a column root or symbol, or the name of the root (root)")
    roots = table.texts(places["root"]) if "root" in places else [root or ""] * table.row_count
    dates = table.dates(places["expiry"])
    strike[:], bad_strike = table.numbers(places["strike"])
    right[:] = [_RIGHTS.get(text.casefold(), 0) for text in table.texts(places["right"])]
    codes: dict[tuple[str, dt.date], int | None] = {}
    for row, key in enumerate(zip(roots, dates, strict=True)):
        name, date = key
        if date is None:
            status[row] = RejectReason.UNKNOWN_EXPIRY
            continue
        if (name, date) not in codes:
            try:
                codes[name, date] = listings.setdefault((contract_spec(name.lstrip("^$")), date), len(listings))
            except SymbolError:
                codes[name, date] = None
        code = codes[name, date]
        if code is not None:
            listing[row], status[row] = code, 0
    status[bad_strike & (status == 0)] = RejectReason.BAD_STRIKE
    return named
