"""Columns of OCC symbols, parsed all at once: the vectorised twin of `gex.symbols.parse_occ`."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.columns import Floats
from gex.errors import SymbolError
from gex.io.chain import Listing
from gex.quotes import RejectReason
from gex.roots import listed_spec

_TAIL = 15  # yymmdd, C or P, 8 digits of strike
_ROOT = 6
_DIGIT_PLACES = np.array([0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14])
_STRIKE_PLACES = 10.0 ** np.arange(4, -4, -1)


@dataclass(frozen=True)
class OccColumns:
    """What a column of symbols says, row by row, and why a row says nothing (`status`, a RejectReason or 0)."""

    listings: tuple[Listing, ...]
    listing: npt.NDArray[np.int32]
    right: npt.NDArray[np.int8]
    strike: Floats
    status: npt.NDArray[np.int16]


def split_occ_symbols(symbols: list[str]) -> OccColumns:
    """The contracts of OCC symbols, padded or not."""
    # Latin-1 keeps one byte a character; what it cannot hold becomes "?", which no symbol contains.
    encoded = [symbol.encode("latin-1", "replace") for symbol in symbols]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(symbol) for symbol in encoded], out=offsets[1:])
    return split_occ_bytes(np.frombuffer(b"".join(encoded), np.uint8), offsets)


def split_occ_bytes(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.integer[Any]]) -> OccColumns:
    """The contracts of OCC symbols that lie one behind the other in `data`, symbol i from offsets[i] on."""
    start, end = offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64)
    length = end - start
    fits = (length > _TAIL) & (length <= _TAIL + _ROOT)
    if not data.size:
        data = np.zeros(1, np.uint8)
    tail_start = np.where(fits, end - _TAIL, 0)
    tail = data[np.minimum(tail_start[:, None] + np.arange(_TAIL), data.size - 1)]
    digits = tail[:, _DIGIT_PLACES] - np.uint8(ord("0"))  # wraps around to more than 9 for anything else
    fits &= (digits <= 9).all(axis=1)

    letter = tail[:, 6]
    right = np.where(letter == ord("C"), 1, np.where(letter == ord("P"), -1, 0)).astype(np.int8)
    strike = digits[:, 6:] @ _STRIKE_PLACES
    strike = np.round(strike * 1000.0) / 1000.0  # 0.1 + 0.02 is not 0.12: back to the nearest float
    key = _listing_keys(data, start, tail_start, digits)
    listings, listing, listing_status = _listings(key, fits)

    status = listing_status.copy()
    status[(right == 0) & (status == 0)] = RejectReason.UNKNOWN_RIGHT
    status[(strike <= 0.0) & (status == 0)] = RejectReason.BAD_STRIKE
    status[~fits] = RejectReason.MALFORMED
    return OccColumns(listings=listings, listing=listing, right=right, strike=strike, status=status)


def _listing_keys(
    data: npt.NDArray[np.uint8],
    start: npt.NDArray[np.int64],
    tail_start: npt.NDArray[np.int64],
    digits: npt.NDArray[np.uint8],
) -> npt.NDArray[np.uint64]:
    """Root and date of every symbol in one number: six bytes of root, then 7, 4 and 5 bits of year, month and day.

    Months and days past their bits are cut to the largest value, which no calendar has either.
    """
    pairs = digits[:, :6].astype(np.uint64)
    year = pairs[:, 0] * 10 + pairs[:, 1]
    month = np.minimum(pairs[:, 2] * 10 + pairs[:, 3], 15)
    day = np.minimum(pairs[:, 4] * 10 + pairs[:, 5], 31)
    # Day 0 and a day cut to 31 in a short month both fail in datetime.date; 32 to 39 must not become a valid 31st.
    day = np.where(pairs[:, 4] * 10 + pairs[:, 5] > 31, 0, day)
    key = np.zeros(len(start), np.uint64)
    for place in range(_ROOT, 0, -1):
        at = tail_start - place
        byte = np.where(at >= start, data[np.maximum(at, 0)], 0).astype(np.uint64)
        key = key * 256 + byte
    packed: npt.NDArray[np.uint64] = (key << 16) | (year << 9) | (month << 5) | day
    return packed


def _listings(
    key: npt.NDArray[np.uint64], fits: npt.NDArray[np.bool_]
) -> tuple[tuple[Listing, ...], npt.NDArray[np.int32], npt.NDArray[np.int16]]:
    """The distinct listings; of every row the index into them, −1 where there is none, and then the reason."""
    key = np.where(fits, key, 0)
    # A chain comes sorted by expiry: compare neighbours first and sort only the heads of the runs.
    heads = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if key.size else np.empty(0, np.int64)
    distinct, code = np.unique(key[heads], return_inverse=True)
    found = [_listing(packed) for packed in distinct.tolist()]
    listings = tuple(listing for listing in found if not isinstance(listing, RejectReason))
    good = np.array([not isinstance(listing, RejectReason) for listing in found], bool)
    index = np.where(good, np.cumsum(good) - 1, -1).astype(np.int32)
    reason = np.array([listing if isinstance(listing, RejectReason) else 0 for listing in found], np.int16)
    run_length = np.diff(np.append(heads, key.size))
    return listings, np.repeat(index[code], run_length), np.repeat(reason[code], run_length)


def _listing(packed: int) -> Listing | RejectReason:
    root = (packed >> 16).to_bytes(_ROOT, "big").lstrip(b"\0").decode("latin-1").rstrip(" ")
    try:
        contract = listed_spec(root)
    except SymbolError:
        return RejectReason.MALFORMED
    try:
        return contract, dt.date(2000 + (packed >> 9 & 127), packed >> 5 & 15, packed & 31)
    except ValueError:
        return RejectReason.UNKNOWN_EXPIRY
