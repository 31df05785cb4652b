"""What a server keeps: one immutable snapshot an underlying and one a book, replaced whole."""

import asyncio
import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from gexapi.v1 import chain_pb2

from gex.cleaning import clean
from gex.columns import Floats
from gex.errors import TooLargeError, UnknownUnderlyingError
from gex.listing import Listing
from gex.positioning import TradeInventory
from gex.quotes import Cleaned
from gex_server.errors import RevisionConflictError, UnknownBookError


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot:
    """One underlying at one revision. Columns that an update does not touch are the same arrays in the next one."""

    underlying: str
    revision: int  # from 1, more with every change
    published_at: np.datetime64  # the server's clock; datetime64[ns], UTC
    parsed: Cleaned  # as it was sent, with the updates in it: the newest spot, quotes and open interest
    quotes_revision: int = 0  # at which a quote last changed: what is fitted to quotes holds from then on
    rows_revision: int = 0  # at which a quote or an open interest last changed
    quote_spot: Floats | None = None  # per row the spot when it was quoted; None: all at that of `parsed`
    spot_as_of: np.datetime64 | None = None  # of a spot that came alone; None: the instant of the quotes
    open_interest_as_of: np.datetime64 | None = None  # None: the instant of the chain it came with
    trades_as_of: np.datetime64 | None = None  # of the newest trade that was sent; None: there was none
    inventory: TradeInventory = field(default_factory=TradeInventory.empty)
    trade_ids: tuple[frozenset[str], ...] = ()  # of the last trades, by which a repeated one is known

    @cached_property
    def cleaned(self) -> Cleaned:
        """The chain by the default rules."""
        return clean(self.parsed)

    @cached_property
    def listing(self) -> Listing:
        """Where the contracts of the chain stand."""
        return Listing.of(self.parsed.quotes)

    def as_of(self, kind: str) -> np.datetime64:
        """The instant of the kept values of one kind of update."""
        quoted: np.datetime64 = self.parsed.quotes.as_of
        own = {"spot": self.spot_as_of, "open_interest": self.open_interest_as_of}.get(kind)
        return quoted if own is None else own

    def having(self, **changes: object) -> "Snapshot":
        """The snapshot with these changes, knowing its listing where the rows are the same."""
        new = replace(self, **changes)  # type: ignore[arg-type]
        if "listing" in self.__dict__ and new.parsed.quotes.strike is self.parsed.quotes.strike:
            new.__dict__["listing"] = self.__dict__["listing"]
        if "cleaned" in self.__dict__ and new.parsed is self.parsed:
            new.__dict__["cleaned"] = self.__dict__["cleaned"]
        return new


@dataclass(frozen=True, eq=False, kw_only=True)
class KeptBook:
    """A book at one revision."""

    name: str
    revision: int
    as_of: np.datetime64
    book: chain_pb2.BookUpdate  # whole, with expiries of its own; never changed in place


T = TypeVar("T", Snapshot, KeptBook)


class Latest(Generic[T]):
    """The newest value by name. One writer at a time swaps a new one in; readers take no lock, and may wait for newer."""

    def __init__(self, *, limit: int, noun: str) -> None:
        self._limit, self._noun = limit, noun
        self._values: dict[str, T] = {}
        self._write = threading.Lock()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def keep(self, name: str, value: T, *, expected_revision: int | None = None) -> None:
        """Keep a value in place of the one before; a refusal leaves everything as it was."""
        with self._write:
            before = self._values.get(name)
            revision = before.revision if before else 0
            if expected_revision is not None and expected_revision != revision:
                raise RevisionConflictError(f"{name}: expected revision {expected_revision}, kept is {revision}")
            if before is None and len(self._values) >= self._limit:
                raise TooLargeError(f"{self._noun}: expected at most {self._limit}, {name!r} would be one more")
            self._values = {**self._values, name: value}
            waiting = self._waiting.pop(name, set())
        for future in waiting:
            future.get_loop().call_soon_threadsafe(_wake, future)

    def get(self, name: str) -> T | None:
        """What is kept under a name; None where nothing is."""
        return self._values.get(name)

    def values(self) -> tuple[T, ...]:
        """All that is kept, by name."""
        kept = self._values
        return tuple(kept[name] for name in sorted(kept))

    async def wait_newer(self, name: str, revision: int) -> T:
        """The latest value once its revision is above `revision`; those between are skipped."""
        while True:
            with self._write:
                kept = self._values.get(name)
                if kept is not None and kept.revision > revision:
                    return kept
                future = asyncio.get_running_loop().create_future()
                self._waiting.setdefault(name, set()).add(future)
            try:
                await future
            finally:
                with self._write:
                    others = self._waiting.get(name)
                    if others is not None:
                        others.discard(future)
                        if not others:
                            del self._waiting[name]


class MarketStore(Latest[Snapshot]):
    """Snapshots by underlying."""

    def __init__(self, *, limit: int = 10_000) -> None:
        super().__init__(limit=limit, noun="underlyings")

    def publish(
        self, parsed: Cleaned, *, published_at: np.datetime64, expected_revision: int | None = None
    ) -> Snapshot:
        """Keep a chain in place of the one of its underlying; what trades have left stays."""
        while True:
            snapshot = published_after(self.get(parsed.quotes.underlying), parsed, published_at)
            expected = snapshot.revision - 1 if expected_revision is None else expected_revision
            try:
                self.keep(snapshot.underlying, snapshot, expected_revision=expected)
            except RevisionConflictError:
                if expected_revision is not None:
                    raise
                continue  # another writer was faster: once more, after what it left
            return snapshot

    def snapshot(self, underlying: str) -> Snapshot:
        """What is kept of an underlying; UnknownUnderlyingError where nothing is."""
        kept = self.get(underlying)
        if kept is None:
            raise UnknownUnderlyingError(f"underlying: no chain is kept under the name {underlying!r}")
        return kept

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All that is kept, by name."""
        return self.values()


class BookStore(Latest[KeptBook]):
    """Books by name."""

    def __init__(self, *, limit: int = 10_000) -> None:
        super().__init__(limit=limit, noun="books")

    def book(self, name: str) -> KeptBook:
        """What is kept under a name; UnknownBookError where nothing is."""
        kept = self.get(name)
        if kept is None:
            raise UnknownBookError(f"book: no book is kept under the name {name!r}")
        return kept


def published_after(
    before: Snapshot | None,
    parsed: Cleaned,
    published_at: np.datetime64,
    *,
    spot_as_of: np.datetime64 | None = None,
    quote_spot: Floats | None = None,
) -> Snapshot:
    """The snapshot of a whole chain after what was kept; contracts that are settled leave the inventory."""
    quotes = parsed.quotes
    inventory = before.inventory if before else TradeInventory.empty()
    revision = before.revision + 1 if before else 1
    return Snapshot(
        underlying=quotes.underlying,
        revision=revision,
        quotes_revision=revision,
        rows_revision=revision,
        published_at=published_at,
        parsed=parsed,
        spot_as_of=spot_as_of,
        quote_spot=quote_spot,
        trades_as_of=before.trades_as_of if before else None,
        inventory=inventory.without_settled(quotes.as_of),
        trade_ids=before.trade_ids if before else (),
    )


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
