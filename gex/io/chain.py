"""The end of every reader: rows as a source had them become a chain, with a reason for each row that does not.

A reader fills `SourceRows`; what it could not read itself carries its reason in `status`. Nothing is judged here by its
price level (crossed, stale, below intrinsic): that is cleaning's work and needs a forward.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.calendar import settlement_instant
from gex.columns import Bools, Columns, Floats, Instants, Ints, column
from gex.contracts import ContractSpec, Expiry
from gex.errors import InputError, SourceError
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects

Listing = tuple[ContractSpec, dt.date]
_FEW_KEYS = 1 << 22


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceRows(Columns):
    """One row per option as a source lists it; `listings` are its distinct (class, expiry date)."""

    listings: tuple[Listing, ...]

    row: Ints = column(np.int64)  # position in the source
    listing: npt.NDArray[np.int32] = column(np.int32)  # index into `listings`, −1 where class or date is unreadable
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)  # +1 call, −1 put, 0 unreadable
    status: npt.NDArray[np.int16] = column(np.int16, fill=0)  # RejectReason the reader found, 0 for none
    bid: Floats = column(np.float64, fill=np.nan)  # 0: no bid
    ask: Floats = column(np.float64, fill=np.nan)  # 0: no ask
    last: Floats = column(np.float64, fill=np.nan)  # 0: never traded
    volume: Floats = column(np.float64, fill=np.nan)
    open_interest: Floats = column(np.float64, fill=np.nan)
    quoted_at: Instants = column(np.datetime64, fill=np.datetime64("NaT", "ns"))
    source_vol: Floats = column(np.float64, fill=np.nan)  # decimal; 0 or below: none
    source_delta: Floats = column(np.float64, fill=np.nan)
    source_gamma: Floats = column(np.float64, fill=np.nan)


def main_underlying(rows: SourceRows) -> ContractSpec:
    """The class that names the chain: of the underlying with most rows, standard classes before adjusted ones."""
    counts = np.bincount(rows.listing[rows.listing >= 0], minlength=len(rows.listings))
    weight: Counter[tuple[bool, str]] = Counter()
    for (contract, _), count in zip(rows.listings, counts.tolist(), strict=True):
        weight[not contract.adjusted, contract.underlying] += count
    if not weight:
        raise SourceError(f"no option could be read in {len(rows)} rows")
    (_, name), _ = max(weight.items(), key=lambda item: (item[0][0] and item[1] > 0, item[1]))
    candidates = [contract for contract, _ in rows.listings if contract.underlying == name]
    return next((contract for contract in candidates if contract.root == name), candidates[0])


def chain_from_rows(
    rows: SourceRows,
    *,
    underlying: str,
    as_of: np.datetime64,
    spot: float | None,
    source: str,
    open_interest_date: np.datetime64 | None = None,
) -> Cleaned:
    """The chain of `underlying` at `as_of`, and a reject for every row or price of `rows` that is not in it.

    Bid, ask, last and source_vol of 0 become NaN. Rows of another underlying are refused, as ADJUSTED where their class
    is an adjusted one and as MALFORMED otherwise; they can be read by naming that underlying.
    """
    settles_at, foreign = _listing_facts(rows.listings, underlying)
    status = _row_status(rows, settles_at, foreign, as_of)
    kept = status == 0
    _refuse_duplicates(rows, kept, status)

    index = np.flatnonzero(status == 0)
    bad_price = (rows.status == RejectReason.BAD_PRICE) | ~_is_price(rows.bid) | ~_is_price(rows.ask)
    bad_price &= status == 0
    used, expiry = np.unique(rows.listing[index], return_inverse=True)
    order = sorted(
        range(len(used)), key=lambda code: (settles_at[used[code]].astype(np.int64), rows.listings[used[code]][0].root)
    )
    rank = np.empty(len(used), np.int32)
    rank[order] = np.arange(len(used), dtype=np.int32)
    expiries = tuple(
        Expiry(
            contract=rows.listings[used[code]][0],
            date=rows.listings[used[code]][1],
            settles_at=settles_at[used[code]],
        )
        for code in order
    )
    quotes = Quotes(
        underlying=underlying,
        as_of=as_of,
        spot=spot,
        expiries=expiries,
        source=source,
        open_interest_date=open_interest_date,
        row=rows.row[index],
        expiry=rank[expiry],
        strike=rows.strike[index],
        right=rows.right[index],
        bid=_positive(rows.bid, bad_price)[index],
        ask=_positive(rows.ask, bad_price)[index],
        last=_positive(rows.last)[index],
        volume=np.where(_is_price(rows.volume), rows.volume, np.nan)[index],
        open_interest=rows.open_interest[index],
        quoted_at=rows.quoted_at[index],
        source_vol=_positive(rows.source_vol)[index],
        source_delta=np.where(np.isfinite(rows.source_delta), rows.source_delta, np.nan)[index],
        source_gamma=np.where(np.isfinite(rows.source_gamma), rows.source_gamma, np.nan)[index],
    )
    status[bad_price] = RejectReason.BAD_PRICE
    refused = np.flatnonzero(status)
    rejects = Rejects(row=rows.row[refused], reason=status[refused], open_interest=rows.open_interest[refused])
    return Cleaned(quotes=quotes, rejects=rejects, row_count=len(rows))


def joined_rows(parts: list[SourceRows]) -> SourceRows:
    """The rows of all `parts`, their listings merged, in order of `row`."""
    listings: dict[Listing, int] = {}
    codes = []
    for part in parts:
        merged = np.array([listings.setdefault(listing, len(listings)) for listing in part.listings] + [-1], np.int32)
        codes.append(merged[part.listing])
    columns = {name: np.concatenate([part.columns()[name] for part in parts]) for name in SourceRows.column_names()}
    columns["listing"] = np.concatenate(codes)
    joined = SourceRows(listings=tuple(listings), **columns)
    return joined.take(np.argsort(joined.row, kind="stable"))


def _listing_facts(listings: tuple[Listing, ...], underlying: str) -> tuple[Instants, npt.NDArray[np.int16]]:
    """Settlement instant (NaT outside the calendar) and the reason to refuse, 0 for none, of every listing."""
    settles_at = np.full(len(listings), "NaT", dtype="datetime64[ns]")
    foreign = np.zeros(len(listings), np.int16)
    for code, (contract, date) in enumerate(listings):
        try:
            settles_at[code] = settlement_instant(contract, date)
        except InputError:
            foreign[code] = RejectReason.UNKNOWN_EXPIRY
        if contract.underlying != underlying:
            foreign[code] = RejectReason.ADJUSTED if contract.adjusted else RejectReason.OTHER_UNDERLYING
    return settles_at, foreign


def _row_status(
    rows: SourceRows, settles_at: Instants, foreign: npt.NDArray[np.int16], as_of: np.datetime64
) -> npt.NDArray[np.int16]:
    """The first reason that takes each row out, in the order of what is known about it; 0 for none."""
    known = rows.listing >= 0
    # One listing past the end stands for the unknown one: index −1 finds it.
    foreign = np.append(foreign, np.int16(RejectReason.UNKNOWN_EXPIRY))
    expired = np.append(settles_at <= as_of, False)
    status: npt.NDArray[np.int16] = np.where(rows.status < RejectReason.BAD_PRICE, rows.status, 0).astype(np.int16)
    _mark(status, RejectReason.MALFORMED, ~known)
    open_status = status == 0
    status[open_status] = foreign[rows.listing[open_status]]
    _mark(status, RejectReason.UNKNOWN_RIGHT, np.abs(rows.right) != 1)
    _mark(status, RejectReason.BAD_STRIKE, ~((rows.strike > 0.0) & (rows.strike < np.inf)))
    _mark(status, RejectReason.EXPIRED, expired[rows.listing])
    _mark(status, RejectReason.BAD_OPEN_INTEREST, ~_is_price(rows.open_interest))
    return status


def _mark(status: npt.NDArray[np.int16], reason: RejectReason, rows: Bools) -> None:
    status[rows & (status == 0)] = reason


def _refuse_duplicates(rows: SourceRows, kept: Bools, status: npt.NDArray[np.int16]) -> None:
    """Mark every kept row whose contract a kept row before it already named."""
    index = np.flatnonzero(kept)
    strikes, strike = np.unique(rows.strike[index], return_inverse=True)
    key = (rows.listing[index].astype(np.int64) * len(strikes) + strike) * 2 + (rows.right[index] > 0)
    key_count = len(rows.listings) * len(strikes) * 2
    if key_count <= _FEW_KEYS and (not len(key) or np.bincount(key).max() == 1):
        return
    first = np.zeros(len(index), bool)
    first[np.unique(key, return_index=True)[1]] = True
    status[index[~first]] = RejectReason.DUPLICATE


def _is_price(value: Floats) -> Bools:
    """True for what can stand in a price or count column: NaN (missing), zero or positive and finite."""
    refused: Bools = (value < 0.0) | (value == np.inf)
    return ~refused


def _positive(value: Floats, refused: Bools | None = None) -> Floats:
    """`value` where it is positive, finite and not refused, NaN elsewhere."""
    usable = (value > 0.0) & (value < np.inf)
    if refused is not None:
        usable &= ~refused
    return np.where(usable, value, np.nan)
