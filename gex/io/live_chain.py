"""The current chain of a coin: a listing of all its options, kept up to date by the updates of a feed."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from gex.errors import SourceError, SymbolError
from gex.io.deribit import chain_from_records, deribit_records
from gex.io.deribit_feed import FeedUpdate, QuoteUpdate
from gex.quotes import Cleaned
from gex.roots import deribit_spec
from gex.symbols import parse_deribit

_TIMES = ("timestamp", "creation_timestamp")


class LiveChain:
    """One record per listed option of one underlying, the newest values that are known of it.

    Made of a listing (`public/get_book_summary_by_currency`), changed by `apply`, renewed by `relist` when options come
    and go. Bounded memory: one record per listed option, replaced as a whole, so a list of records is a state that
    later updates leave as it is. Not for several threads.
    """

    def __init__(self, underlying: str, listing: bytes | str) -> None:
        self.underlying = underlying
        self.change_count = 0  # grows with everything that changes the chain
        self._records: dict[str, dict[str, Any]] = {}
        self._index: tuple[float, float] = (-np.inf, np.nan)  # time in ms and the newest price of the index
        self.relist(listing)

    @property
    def instruments(self) -> tuple[str, ...]:
        """Names of the listed options, in the order of the listing."""
        return tuple(self._records)

    def relist(self, listing: bytes | str) -> bool:
        """Take a new listing: options that left it are forgotten, newer values of the others stay. True: options changed."""
        before = set(self._records)
        records: dict[str, dict[str, Any]] = {}
        for record in deribit_records(listing):
            name = record.get("instrument_name")
            if not isinstance(name, str) or not self._is_ours(name):
                continue
            kept = self._records.get(name)
            records[name] = record if kept is None or _milliseconds(record) > _milliseconds(kept) else kept
            self._see_index(_milliseconds(record), record.get("index_price", record.get("estimated_delivery_price")))
        if not records:
            raise SourceError(f"listing: expected options of {self.underlying}, found none")
        self._records = records
        self.change_count += 1
        return before != set(records)

    def apply(self, updates: Iterable[FeedUpdate]) -> int:
        """Take updates; how many of them changed the chain. One older than what is known of its option changes nothing."""
        changed = 0
        for update in updates:
            milliseconds = int(update.time.astype("datetime64[ms]").astype(np.int64))
            if isinstance(update, QuoteUpdate) and update.index_price is not None:
                self._see_index(milliseconds, update.index_price)
            record = self._records.get(update.instrument)
            if record is None or milliseconds < _milliseconds(record):
                continue
            self._records[update.instrument] = record | _changes(update) | {"timestamp": milliseconds}
            changed += 1
        self.change_count += changed
        return changed

    def records(self) -> list[dict[str, Any]]:
        """The records as they are now, each beside the newest price of the index."""
        index = self._index[1]
        if not np.isfinite(index):
            return list(self._records.values())
        return [record | {"index_price": index} for record in self._records.values()]

    def chain(self) -> Cleaned:
        """The chain as of the newest record."""
        return chain_from_records(self.records(), underlying=self.underlying)

    def _is_ours(self, name: str) -> bool:
        try:
            return deribit_spec(parse_deribit(name).root).underlying == self.underlying
        except SymbolError:
            return False

    def _see_index(self, milliseconds: float, price: object) -> None:
        if isinstance(price, (int, float)) and 0.0 < price < np.inf and milliseconds >= self._index[0]:
            self._index = (milliseconds, float(price))


def _changes(update: FeedUpdate) -> dict[str, Any]:
    """The fields of a record that an update names; a side that is empty is named too."""
    if not isinstance(update, QuoteUpdate):
        price = update.record.get("price")
        return {} if price is None else {"last": price, "last_price": price}
    changes: dict[str, Any] = {
        "bid_price": update.bid,
        "best_bid_price": update.bid,
        "ask_price": update.ask,
        "best_ask_price": update.ask,
        "mark_price": update.mark_price,
        "mark_iv": None if update.mark_vol is None else 100.0 * update.mark_vol,
        "underlying_price": update.underlying_price,
        "open_interest": update.open_interest,
        "greeks": None if update.mark_vol is None else {"delta": update.delta, "gamma": update.gamma},
    }
    sides = ("bid_price", "best_bid_price", "ask_price", "best_ask_price")
    return {name: value for name, value in changes.items() if value is not None or name in sides}


def _milliseconds(record: dict[str, Any]) -> float:
    value = next((record[name] for name in _TIMES if record.get(name) not in (None, "")), None)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else -np.inf
