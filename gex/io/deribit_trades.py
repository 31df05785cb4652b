"""Deribit's option trades: `public/get_last_trades_by_currency` and its kin, with the taker's direction."""

from dataclasses import dataclass

import numpy as np

from gex.calendar import settlement_instant
from gex.contracts import Expiry
from gex.errors import SourceError, SymbolError
from gex.io.chain import Listing
from gex.io.deribit import deribit_records, record_times
from gex.io.records import number_column, text_column
from gex.quotes import RejectReason, Rejects
from gex.roots import deribit_spec
from gex.symbols import parse_deribit
from gex.trades import SignSource, Trades

_DIRECTIONS = {"buy": 1, "sell": -1}


@dataclass(frozen=True, kw_only=True)
class TradesRead:
    """The trades of a payload, and the rows that are none. `row_count` is what the payload held."""

    trades: Trades
    rejects: Rejects
    row_count: int


def parse_trades(payload: bytes | str, *, underlying: str | None = None) -> TradesRead:
    """The option trades of one coin in a JSON answer or a CSV, in order of time, each with its taker's side.

    A trade id that appears again is a DUPLICATE (pages of an answer overlap), a future's trade MALFORMED, another
    coin's OTHER_UNDERLYING, a price or amount that is not positive BAD_PRICE. `underlying` None: the coin traded most.
    """
    records = deribit_records(payload, under="trades")
    count = len(records)
    listings: dict[Listing, int] = {}
    code = np.full(count, -1, np.int64)
    strike, right = np.full(count, np.nan), np.zeros(count, np.int8)
    status = np.full(count, RejectReason.MALFORMED, np.int16)
    for row, name in enumerate(text_column(records, "instrument_name")):
        try:
            symbol = parse_deribit(name)
            key = (deribit_spec(symbol.root), symbol.date)
        except SymbolError:
            continue
        code[row] = listings.setdefault(key, len(listings))
        strike[row], right[row], status[row] = symbol.strike, symbol.right, 0
    if not listings:
        raise SourceError(f"no option trade could be read in {count} rows")
    contracts = list(listings)
    if underlying is None:
        weight = np.bincount(code[code >= 0], minlength=len(contracts))
        names = [contract.underlying for contract, _ in contracts]
        underlying = max(
            dict.fromkeys(names), key=lambda name: sum(w for n, w in zip(names, weight, strict=True) if n == name)
        )
    ours = np.array([contract.underlying == underlying for contract, _ in contracts] + [True])
    status[(status == 0) & ~ours[code]] = RejectReason.OTHER_UNDERLYING

    time = record_times(records)
    price, amount = number_column(records, "price")[0], number_column(records, "amount")[0]
    status[(status == 0) & np.isnat(time)] = RejectReason.MALFORMED
    sound = (price > 0.0) & (price < np.inf) & (amount > 0.0) & (amount < np.inf)
    status[(status == 0) & ~sound] = RejectReason.BAD_PRICE
    seen: set[str] = set()
    for row, trade in enumerate(records):
        identity = trade.get("trade_id")
        if status[row] or identity in (None, ""):
            continue
        if str(identity) in seen:
            status[row] = RejectReason.DUPLICATE
        seen.add(str(identity))

    kept = np.flatnonzero(status == 0)
    kept = kept[np.argsort(time[kept], kind="stable")]
    side = np.array([_DIRECTIONS.get(text, 0) for text in text_column(records, "direction")], np.int8)
    multiplier = np.array([contract.multiplier for contract, _ in contracts])
    used, expiry = np.unique(code[kept], return_inverse=True)
    trades = Trades(
        underlying=underlying,
        expiries=tuple(
            Expiry(contract=contract, date=date, settles_at=settlement_instant(contract, date))
            for contract, date in (contracts[place] for place in used.tolist())
        ),
        time=time[kept],
        expiry=expiry.astype(np.int32),
        strike=strike[kept],
        right=right[kept],
        price=price[kept],
        contracts=amount[kept] / multiplier[code[kept]],
        side=side[kept],
        sign_source=np.where(side[kept] != 0, SignSource.VENUE, SignSource.NONE).astype(np.int8),
        is_block=np.array([bool(record.get("block_trade_id")) for record in records], bool)[kept],
        is_combo=np.array([bool(record.get("combo_id") or record.get("combo_trade_id")) for record in records], bool)[
            kept
        ],
    )
    refused = np.flatnonzero(status)
    return TradesRead(trades=trades, rejects=Rejects(row=refused, reason=status[refused]), row_count=count)
