"""Trades and inventories of an update, as changes of the inventory that is kept of an underlying."""

from typing import Any

import numpy as np
from gexapi.v1 import chain_pb2

from gex.columns import Floats
from gex.contracts import Expiry
from gex.positioning import Prints, TradeInventory
from gex_server.store import Snapshot
from gex_server.wire.columns import Array, column, merge_columns
from gex_server.wire.contracts import expiry_to_proto
from gex_server.wire.instants import instants_from_column
from gex_server.wire.lines import NamedLines

ID_CHUNK = 1_024  # identities of trades are kept in chunks, so that remembering one copies few
ID_CHUNKS = 48


def traded(before: Snapshot, table: chain_pb2.TradeUpdate, lines: NamedLines, as_of: np.datetime64) -> dict[str, Any]:
    """The changes that trades make. A side that is not sent is told by the quotes before the trade: those sent along, else
    those kept. A trade in a contract that the chain does not list counts once it does.
    """
    count, refusals = column(table, "contract_count"), lines.refusals
    refusals.mark(~((count > 0.0) & (count < np.inf)), "bad_contract_count")
    side = _optional(table, "customer_side", 0, len(count))
    refusals.mark(np.abs(side) > 1, "bad_side")
    price = _optional(table, "price", np.nan, len(count))
    refusals.mark((price < 0.0) | np.isinf(price), "bad_price")
    ids = list(table.trade_id)
    if ids:
        refusals.mark(_repeated(ids, before.trade_ids, refusals.good), "duplicate")
    refusals.note(lines.row < 0, "unknown_contract")
    good = np.flatnonzero(refusals.good)
    newest = as_of
    if table.traded_at:
        traded_at = instants_from_column(column(table, "traded_at"), "trades.traded_at")
        time = np.where(np.isnat(traded_at), as_of, traded_at)
        good = good[np.argsort(time[good], kind="stable")]
        newest = time[good].max() if len(good) else as_of
    bid, ask = _quotes_before(before, table, lines)
    flags = _optional(table, "is_complex_leg", 0, len(count)) | _optional(table, "is_block", 0, len(count))
    prints = Prints(
        expiry=lines.expiry[good].astype(np.int32),
        strike=lines.strike[good],
        right=lines.right[good],
        contract_count=count[good],
        price=price[good],
        bid=bid[good],
        ask=ask[good],
        customer_side=side[good].astype(np.int8),
        is_excluded=flags[good].astype(np.bool_),
    )
    changes: dict[str, Any] = {"inventory": before.inventory.with_trades(lines.expiries, prints)}
    changes["trades_as_of"] = newest if before.trades_as_of is None else max(newest, before.trades_as_of)
    if ids:
        changes["trade_ids"] = _remembered(before.trade_ids, [ids[i] for i in good.tolist() if ids[i]])
    return changes


def started(
    before: Snapshot, table: chain_pb2.InventoryUpdate, lines: NamedLines, as_of: np.datetime64
) -> dict[str, Any]:
    """The changes that an inventory to begin from makes."""
    count = column(table, "contract_count")
    lines.refusals.mark(~np.isfinite(count), "bad_contract_count")
    lines.refusals.note(lines.row < 0, "unknown_contract")
    good = np.flatnonzero(lines.refusals.good)
    prints = Prints(
        expiry=lines.expiry[good].astype(np.int32),
        strike=lines.strike[good],
        right=lines.right[good],
        contract_count=np.abs(count[good]),
    )
    inventory = before.inventory.with_start(lines.expiries, prints, count[good])
    return {"inventory": inventory, "trades_as_of": as_of}


def inventory_to_proto(inventory: TradeInventory, target: chain_pb2.GetInventoryResponse) -> None:
    """Write an inventory, one entry a contract."""
    expiries_to_proto(inventory.expiries, target.expiries)
    target.has_start, target.trade_count = inventory.has_start, inventory.trade_count
    merge_columns(
        target,
        {
            "expiry_index": inventory.expiry,
            "strike": inventory.strike,
            "right": np.where(inventory.right > 0, 1, 2).astype(np.uint8),
            "starting_contract_count": inventory.start,
            "customer_net_quote_rule": inventory.quote_net,
            "customer_net_lee_ready": inventory.lee_net,
            "unsigned_quote_rule": inventory.quote_unsigned,
            "unsigned_lee_ready": inventory.lee_unsigned,
        },
    )


def expiries_to_proto(expiries: tuple[Expiry, ...], target: Any) -> None:
    """Append every term of these expiries to a repeated field."""
    for expiry in expiries:
        expiry_to_proto(expiry, target.add())


def _quotes_before(before: Snapshot, table: chain_pb2.TradeUpdate, lines: NamedLines) -> tuple[Floats, Floats]:
    """Bid and ask before each trade: as sent, else as kept, else NaN."""
    found = []
    for name in ("bid", "ask"):
        kept = getattr(before.parsed.quotes, name)
        at = np.where(lines.row >= 0, kept[lines.row], np.nan)
        sent = _optional(table, name, np.nan, len(at))
        found.append(np.where(np.isnan(sent), at, sent))
    return found[0], found[1]


def _repeated(ids: list[str], known: tuple[frozenset[str], ...], good: Array) -> Array:
    """True for each good row whose identity was seen before; an empty one is none."""
    seen: set[str] = set()
    repeated = np.zeros(len(ids), np.bool_)
    for i, name in enumerate(ids):
        if name and good[i]:
            repeated[i] = name in seen or any(name in chunk for chunk in known)
            seen.add(name)
    return repeated


def _remembered(known: tuple[frozenset[str], ...], new: list[str]) -> tuple[frozenset[str], ...]:
    """The identities with new ones; the oldest chunk is forgotten where there are too many."""
    if known and len(known[-1]) < ID_CHUNK:
        known, new = known[:-1], [*known[-1], *new]
    chunks = [frozenset(new[i : i + ID_CHUNK]) for i in range(0, len(new), ID_CHUNK)]
    return (*known, *chunks)[-ID_CHUNKS:]


def _optional(table: chain_pb2.TradeUpdate, name: str, fill: float, count: int) -> Array:
    """A column that may be left out: then every row has `fill`."""
    return column(table, name) if getattr(table, name) else np.full(count, fill)
