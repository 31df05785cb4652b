"""The chains that a server keeps: one immutable snapshot an underlying, replaced whole."""

import asyncio
import threading
from dataclasses import dataclass

import numpy as np

from gex.errors import TooLargeError, UnknownUnderlyingError
from gex.quotes import Cleaned
from gex_server.errors import RevisionConflictError


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapshot:
    """One underlying at one revision."""

    underlying: str
    revision: int  # from 1, one more with every change
    published_at: np.datetime64  # the server's clock; datetime64[ns], UTC
    parsed: Cleaned  # as it was sent
    cleaned: Cleaned  # by the default rules


class MarketStore:
    """Snapshots by underlying. One writer at a time makes a new one and swaps it in; readers take no lock."""

    def __init__(self, *, limit: int = 10_000) -> None:
        self._limit = limit
        self._snapshots: dict[str, Snapshot] = {}
        self._write = threading.Lock()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def publish(
        self, parsed: Cleaned, cleaned: Cleaned, *, published_at: np.datetime64, expected_revision: int | None = None
    ) -> Snapshot:
        """Keep a chain in place of the one of its underlying; a refusal leaves everything as it was."""
        underlying = parsed.quotes.underlying
        with self._write:
            before = self._snapshots.get(underlying)
            revision = before.revision if before else 0
            if expected_revision is not None and expected_revision != revision:
                raise RevisionConflictError(f"{underlying}: expected revision {expected_revision}, kept is {revision}")
            if before is None and len(self._snapshots) >= self._limit:
                raise TooLargeError(f"underlyings: expected at most {self._limit}, {underlying!r} would be one more")
            snapshot = Snapshot(
                underlying=underlying,
                revision=revision + 1,
                published_at=published_at,
                parsed=parsed,
                cleaned=cleaned,
            )
            self._snapshots = {**self._snapshots, underlying: snapshot}
            waiting = self._waiting.pop(underlying, set())
        for future in waiting:
            future.get_loop().call_soon_threadsafe(_wake, future)
        return snapshot

    def snapshot(self, underlying: str) -> Snapshot:
        """What is kept of an underlying; UnknownUnderlyingError where nothing is."""
        try:
            return self._snapshots[underlying]
        except KeyError:
            raise UnknownUnderlyingError(f"underlying: no chain is kept under the name {underlying!r}") from None

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All that is kept, by name."""
        kept = self._snapshots
        return tuple(kept[name] for name in sorted(kept))

    async def wait_newer(self, underlying: str, revision: int) -> Snapshot:
        """The latest snapshot once its revision is above `revision`; those between are skipped."""
        while True:
            with self._write:
                kept = self._snapshots.get(underlying)
                if kept is not None and kept.revision > revision:
                    return kept
                future = asyncio.get_running_loop().create_future()
                self._waiting.setdefault(underlying, set()).add(future)
            try:
                await future
            finally:
                with self._write:
                    others = self._waiting.get(underlying)
                    if others is not None:
                        others.discard(future)
                        if not others:
                            del self._waiting[underlying]


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
