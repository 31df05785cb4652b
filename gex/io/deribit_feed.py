"""The protocol of Deribit's websocket, without a socket: messages in, updates and replies out.

JSON-RPC 2.0 as in Deribit's API v2 (read 2026-11): `public/subscribe` to channels; a book channel opens with a snapshot and
goes on with changes that name the change before them; trades of an instrument are numbered one by one; the server asks for
a sign of life with a `test_request` heartbeat. A break in either numbering is seen here: a book is subscribed to again, a
missing trade is counted.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gex.calendar import instant
from gex.errors import SourceError

HEARTBEAT_SECONDS = 10  # the least the exchange allows
_TOO_MANY_REQUESTS = 10028
_CHANNELS_PER_REQUEST = 500


@dataclass(frozen=True, kw_only=True)
class QuoteUpdate:
    """The best bid and ask of one instrument; None where a side is empty."""

    instrument: str
    time: np.datetime64
    bid: float | None
    ask: float | None
    bid_size: float
    ask_size: float
    mark_price: float | None = None
    mark_vol: float | None = None  # decimal
    delta: float | None = None  # as the exchange prints them, see `gex.io.deribit.DeribitMarks`
    gamma: float | None = None
    underlying_price: float | None = None
    index_price: float | None = None
    open_interest: float | None = None


@dataclass(frozen=True, kw_only=True)
class TradeUpdate:
    """One trade; `record` is as the exchange sent it, for `gex.io.deribit_trades`."""

    instrument: str
    time: np.datetime64
    sequence: int
    record: dict[str, Any] = field(repr=False)


FeedUpdate = QuoteUpdate | TradeUpdate


@dataclass
class FeedCounts:
    """What went through a feed since it was made."""

    messages: int = 0
    quotes: int = 0
    trades: int = 0
    duplicates: int = 0  # trades seen before
    missing_trades: int = 0  # numbers that never came
    book_gaps: int = 0  # changes whose predecessor is missing; each is followed by a new snapshot
    refused: int = 0  # requests the exchange answered with an error
    unreadable: int = 0  # messages that are none


@dataclass(frozen=True, kw_only=True)
class FeedStep:
    """What one message led to."""

    updates: tuple[FeedUpdate, ...] = ()
    replies: tuple[str, ...] = ()  # to be sent, in order
    wait_seconds: float = 0.0  # before the replies: the exchange asked for fewer requests


@dataclass
class _Book:
    change_id: int | None = None  # None: waiting for a snapshot
    bids: dict[float, float] = field(default_factory=dict)
    asks: dict[float, float] = field(default_factory=dict)


class DeribitFeed:
    """One connection's worth of protocol, kept across reconnects: `opened` on each new connection, `received` per message.

    Bounded memory: one book per subscribed book channel and one number per instrument that traded. Not for several
    threads.
    """

    def __init__(self, channels: Iterable[str], *, heartbeat_seconds: int = HEARTBEAT_SECONDS) -> None:
        self.channels = tuple(dict.fromkeys(channels))
        if not self.channels:
            raise SourceError("channels: expected at least one to subscribe to")
        self.heartbeat_seconds = heartbeat_seconds
        self.counts = FeedCounts()
        self._books: dict[str, _Book] = {}
        self._last_trade: dict[str, int] = {}
        self._next_id = 0
        self._pending: dict[int, dict[str, Any]] = {}

    def opened(self) -> tuple[str, ...]:
        """What to send on a fresh connection. Books are forgotten, the numbers of trades are not: what was missed counts."""
        self._books.clear()
        self._pending.clear()
        requests = [self._request("public/set_heartbeat", {"interval": self.heartbeat_seconds})]
        for start in range(0, len(self.channels), _CHANNELS_PER_REQUEST):
            part = list(self.channels[start : start + _CHANNELS_PER_REQUEST])
            requests.append(self._request("public/subscribe", {"channels": part}))
        return tuple(requests)

    @property
    def silence_allowed_seconds(self) -> float:
        """After so long without a message the connection is dead: two heartbeats and a half."""
        return 2.5 * self.heartbeat_seconds

    def received(self, message: bytes | str) -> FeedStep:
        """The updates in one message, and the replies it asks for. A message that is none is counted, never raised."""
        self.counts.messages += 1
        try:
            parsed = json.loads(message)
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            self.counts.unreadable += 1
            return FeedStep()
        if parsed.get("method") == "heartbeat":
            is_request = _mapping(parsed.get("params")).get("type") == "test_request"
            return FeedStep(replies=(self._request("public/test", {}),) if is_request else ())
        if parsed.get("method") == "subscription":
            return self._notified(_mapping(parsed.get("params")))
        return self._answered(parsed)

    def _request(self, method: str, params: dict[str, Any]) -> str:
        self._next_id += 1
        request = {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params}
        self._pending[self._next_id] = request
        return json.dumps(request)

    def _answered(self, answer: dict[str, Any]) -> FeedStep:
        """An answer to a request: one refused for haste is sent again, other errors are counted."""
        identity = answer.get("id")
        request = self._pending.pop(identity, None) if isinstance(identity, int) else None
        error = _mapping(answer.get("error"))
        if not error:
            return FeedStep()
        self.counts.refused += 1
        if error.get("code") == _TOO_MANY_REQUESTS and request is not None:
            wait = _number(_mapping(error.get("data")).get("wait"))
            again = self._request(request["method"], request["params"])
            return FeedStep(replies=(again,), wait_seconds=1.0 if wait is None else min(max(wait, 0.0), 60.0))
        return FeedStep()

    def _notified(self, params: dict[str, Any]) -> FeedStep:
        channel, data = params.get("channel"), params.get("data")
        if not isinstance(channel, str):
            self.counts.unreadable += 1
            return FeedStep()
        kind = channel.partition(".")[0]
        if kind == "trades" and isinstance(data, list):
            return self._traded(data)
        if kind in {"ticker", "quote"} and isinstance(data, dict):
            return self._quoted(data)
        if kind == "book" and isinstance(data, dict):
            return self._booked(channel, data)
        self.counts.unreadable += 1
        return FeedStep()

    def _traded(self, records: list[Any]) -> FeedStep:
        updates = []
        for record in records:
            trade = _mapping(record)
            name, sequence = trade.get("instrument_name"), trade.get("trade_seq")
            time = _moment(trade.get("timestamp"))
            if not isinstance(name, str) or type(sequence) is not int or time is None:
                self.counts.unreadable += 1
                continue
            last = self._last_trade.get(name)
            if last is not None and sequence <= last:
                self.counts.duplicates += 1
                continue
            if last is not None:
                self.counts.missing_trades += sequence - last - 1
            self._last_trade[name] = sequence
            self.counts.trades += 1
            updates.append(TradeUpdate(instrument=name, time=time, sequence=sequence, record=trade))
        return FeedStep(updates=tuple(updates))

    def _quoted(self, data: dict[str, Any]) -> FeedStep:
        name, time = data.get("instrument_name"), _moment(data.get("timestamp"))
        if not isinstance(name, str) or time is None:
            self.counts.unreadable += 1
            return FeedStep()
        percent, greeks = _number(data.get("mark_iv")), _mapping(data.get("greeks"))
        self.counts.quotes += 1
        update = QuoteUpdate(
            instrument=name,
            time=time,
            bid=_price(data.get("best_bid_price")),
            ask=_price(data.get("best_ask_price")),
            bid_size=_number(data.get("best_bid_amount")) or 0.0,
            ask_size=_number(data.get("best_ask_amount")) or 0.0,
            mark_price=_number(data.get("mark_price")),
            mark_vol=None if percent is None or percent <= 0.0 else percent / 100.0,
            delta=_number(greeks.get("delta")),
            gamma=_number(greeks.get("gamma")),
            underlying_price=_price(data.get("underlying_price")),
            index_price=_price(data.get("index_price")),
            open_interest=_number(data.get("open_interest")),
        )
        return FeedStep(updates=(update,))

    def _booked(self, channel: str, data: dict[str, Any]) -> FeedStep:
        name, change_id = data.get("instrument_name"), data.get("change_id")
        time = _moment(data.get("timestamp"))
        if not isinstance(name, str) or type(change_id) is not int or time is None:
            self.counts.unreadable += 1
            return FeedStep()
        book = self._books.setdefault(channel, _Book())
        if data.get("type") == "snapshot":
            book.bids.clear()
            book.asks.clear()
        elif book.change_id is None:
            return FeedStep()  # still waiting for the snapshot that was asked for
        elif data.get("prev_change_id") != book.change_id:
            return self._snapshot_again(channel, book)
        if not (_applied(book.bids, data.get("bids")) and _applied(book.asks, data.get("asks"))):
            self.counts.unreadable += 1
            return self._snapshot_again(channel, book)
        book.change_id = change_id
        bid, ask = max(book.bids, default=None), min(book.asks, default=None)
        self.counts.quotes += 1
        update = QuoteUpdate(
            instrument=name,
            time=time,
            bid=bid,
            ask=ask,
            bid_size=0.0 if bid is None else book.bids[bid],
            ask_size=0.0 if ask is None else book.asks[ask],
        )
        return FeedStep(updates=(update,))

    def _snapshot_again(self, channel: str, book: _Book) -> FeedStep:
        """Leave the channel and join it again: the exchange opens it with a snapshot."""
        self.counts.book_gaps += 1
        book.change_id = None
        leave = self._request("public/unsubscribe", {"channels": [channel]})
        return FeedStep(replies=(leave, self._request("public/subscribe", {"channels": [channel]})))


def _applied(side: dict[float, float], changes: object) -> bool:
    """Apply [action, price, amount] to one side of a book; False where one of them is none."""
    for change in changes if isinstance(changes, list) else [None]:
        if not (isinstance(change, list) and len(change) == 3):
            return False
        action, price, amount = change[0], _number(change[1]), _number(change[2])
        if price is None or amount is None or action not in {"new", "change", "delete"}:
            return False
        if action == "delete":
            side.pop(price, None)
        else:
            side[price] = amount
    return True


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if np.isfinite(number) else None


def _price(value: object) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0.0 else None


def _moment(value: object) -> np.datetime64 | None:
    number = _number(value)
    if number is None or not 0.0 < number < 4.1e12:
        return None
    return instant(np.datetime64(int(number), "ms"))
