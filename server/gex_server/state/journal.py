"""The journal: every change is appended by a thread of its own before it is acknowledged, in the order of the changes.

An append log and no database: a change is a message of some hundred bytes that is there already, appending it is one
write, and reading the log again runs the code that runs on live updates. A state written whole begins a file; it grows by
changes until it is long, then the next generation is written beside it while changes go to the old one, and takes its
place by one rename. Whatever moment a server dies at, one complete generation is there.

A disk that refuses (full, say) does not stop the server: it goes on from memory, says so in every acknowledgement, cuts
what was half written, and tries to write the whole state anew until that succeeds.
"""

import asyncio
import contextlib
import enum
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from gex_server.state.disk import Disk, LogFile
from gex_server.state.generations import Generations
from gex_server.state.records import Kind, Record, framed

log = structlog.get_logger("gex_server")

MEBIBYTE = 1 << 20
FIRST_RETRY = 0.5  # seconds after which a disk that refused is tried again
LONGEST_RETRY = 15.0
MOST_COLLECTED = 256 * MEBIBYTE  # of changes while a state is written whole, before that is given up
SMALL_REST = 64 * 1024  # bytes of changes that may hold up the others while generations change places


class Durability(enum.StrEnum):
    """Where a change is safe."""

    MEMORY = "memory"  # nowhere: lost when the server dies
    WRITTEN = "written"  # with the operating system: survives the death of the server
    SYNCED = "synced"  # on the device: survives the death of the machine


@dataclass(frozen=True, kw_only=True)
class JournalHealth:
    """How the journal does."""

    is_kept: bool  # False where no folder was named: nothing outlives the server
    failure: str = ""  # why the disk refuses; empty where it does not
    failed_seconds: float = 0.0
    waiting_count: int = 0  # changes not written yet
    generation: int = 0
    size: int = 0  # bytes of the file

    @property
    def is_well(self) -> bool:
        """True where everything acknowledged is as safe as was promised."""
        return not self.failure


Whole = Callable[[], Iterable[tuple[Kind, bytes]]]
"""Catches the state as it is now; its records are made as they are asked for, in another thread."""
Receipt = asyncio.Future[Durability]


@dataclass
class _Waiting:
    """A change to be written, or a mark in the order of changes."""

    record: bytes
    receipt: Receipt | None = None
    mark: int = 0  # the state was caught here for the n-th time: changes from here on are not in it


class Journal:
    """Changes to disk. `append` belongs to the event loop's thread, and so does the call of `whole`."""

    def __init__(
        self,
        disk: Disk,
        *,
        durability: Durability,
        sync_seconds: float,
        compact_mebibytes: float,
        whole: Whole,
    ) -> None:
        self._generations = Generations(disk)
        self._durability, self._whole = durability, whole
        self._sync_seconds, self._compact_bytes = sync_seconds, int(compact_mebibytes * MEBIBYTE)
        self._changed = threading.Condition()  # guards what follows
        self._queue: list[_Waiting] = []
        self._in_work = 0
        self._failure, self._failed_at, self._retry = "", 0.0, FIRST_RETRY
        self._is_compacting = False
        self._mark = 0
        self._prepared: LogFile | None = None  # the next generation, to be put in place by the writing thread
        self._closing = False
        self._collected: list[bytes] | None = None  # of the writing thread: changes since the mark
        self._collected_size = 0
        self._marked = 0
        self._thread = threading.Thread(target=self._write, name="gex-journal", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None

    def read(self) -> list[Record]:
        """What was written before, of the newest complete generation."""
        return self._generations.read()

    def start(self, *, anew: bool = False) -> None:
        """Begin to write, from the state as it is now; inside the event loop. `anew`: whatever was read."""
        self._loop = asyncio.get_running_loop()
        if anew or self._generations.file is None:
            file = self._generations.prepared(self._whole())
            self._generations.switch(file, file.size, b"")
        self._thread.start()
        self.append(Kind.START, b"")

    def append(self, kind: Kind, payload: bytes) -> Receipt:
        """Write a change; the result is where it is safe, once it is."""
        receipt = self._receipt()
        with self._changed:
            if self._failure:
                receipt.set_result(Durability.MEMORY)
            if not self._failure or self._is_compacting:
                self._queue.append(_Waiting(framed(kind, payload), receipt))
                self._changed.notify_all()
        return receipt

    def barrier(self) -> Receipt:
        """Done once everything appended so far is."""
        receipt = self._receipt()
        with self._changed:
            if self._failure:
                receipt.set_result(Durability.MEMORY)
            elif not self._queue and not self._in_work:
                receipt.set_result(self._durability)
            else:
                self._queue.append(_Waiting(b"", receipt))
                self._changed.notify_all()
        return receipt

    def health(self) -> JournalHealth:
        """How it does."""
        with self._changed:
            return JournalHealth(
                is_kept=True,
                failure=self._failure,
                failed_seconds=time.monotonic() - self._failed_at if self._failure else 0.0,
                waiting_count=len(self._queue) + self._in_work,
                generation=self._generations.number,
                size=self._generations.size,
            )

    def close(self) -> None:
        """Write what waits and the sign of an orderly end; blocks until it is there."""
        with self._changed:
            if not self._failure:
                self._queue.append(_Waiting(framed(Kind.END, b"")))
            else:
                log.error("state: the server ends while the disk refuses", reason=self._failure)
            self._closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(60.0)
        self._generations.close()

    def _receipt(self) -> Receipt:
        assert self._loop is not None
        return self._loop.create_future()

    def _write(self) -> None:
        """The thread: take what waits, write it at once, tell those who wait; look after the disk in between."""
        unsynced: float | None = None  # since when something is written and not synced
        while True:
            with self._changed:
                self._changed.wait_for(self._is_called, self._pause(unsynced))
                batch, self._queue = self._queue, []
                self._in_work = len(batch)
                is_failed, is_last = bool(self._failure), self._closing
            try:
                if self._take(batch, is_failed=is_failed) and unsynced is None:
                    unsynced = time.monotonic()
                is_due = unsynced is not None and time.monotonic() - unsynced >= self._sync_seconds
                if unsynced is not None and (self._durability is Durability.SYNCED or is_due or is_last):
                    self._generations.sync()
                    unsynced = None
            except OSError as error:
                unsynced = None
                self._fail(error)
            self._tell(batch)
            if is_last:
                return
            self._switch_if_prepared()
            self._look_after()

    def _is_called(self) -> bool:
        return bool(self._queue) or self._closing or self._prepared is not None

    def _pause(self, unsynced: float | None) -> float | None:
        """Seconds until something is to be done without being told."""
        if self._failure:
            return max(self._failed_at + self._retry - time.monotonic(), 0.05)
        if unsynced is not None:
            return max(unsynced + self._sync_seconds - time.monotonic(), 0.0)
        return None

    def _take(self, batch: list[_Waiting], *, is_failed: bool) -> bool:
        """Write a batch, and collect what comes behind the mark; True where something was written."""
        for waiting in batch:
            if waiting.mark:
                self._collected, self._collected_size, self._marked = [], 0, waiting.mark
            elif self._collected is not None:
                self._collected.append(waiting.record)
                self._collected_size += len(waiting.record)
        data = b"".join(waiting.record for waiting in batch)
        if data and not is_failed:
            self._generations.append(data)
        return bool(data) and not is_failed

    def _tell(self, batch: list[_Waiting]) -> None:
        with self._changed:
            self._in_work = 0
            reached = Durability.MEMORY if self._failure else self._durability
        receipts = [waiting.receipt for waiting in batch if waiting.receipt is not None]
        if receipts and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: no one waits any more
                self._loop.call_soon_threadsafe(_resolve, receipts, reached)

    def _fail(self, error: OSError) -> None:
        """Go on from memory; the next whole state is the way back."""
        with self._changed:
            if not self._failure:
                log.error("state: the disk refuses, changes are kept in memory only", reason=str(error))
                self._retry = FIRST_RETRY
            self._failure, self._failed_at = str(error) or type(error).__name__, time.monotonic()

    def _look_after(self) -> None:
        """Ask for the whole state where the file is long, or where the disk refused a while ago."""
        if self._collected is not None and self._collected_size > MOST_COLLECTED:
            self._give_up("more changes came meanwhile than can be collected")
        with self._changed:
            if self._is_compacting or self._closing or self._loop is None:
                return
            grown = self._generations.size - self._generations.whole_size
            is_long = not self._failure and grown > max(self._compact_bytes, 2 * self._generations.whole_size)
            is_due = bool(self._failure) and time.monotonic() >= self._failed_at + self._retry
            if not (is_long or is_due):
                return
            self._is_compacting = True
        try:
            self._loop.call_soon_threadsafe(self._compact)
        except RuntimeError:  # the loop is closed
            self._is_compacting = False

    def _compact(self) -> None:
        """On the loop's thread: catch the state now; changes from here on are collected for it."""
        state = self._whole()
        with self._changed:
            self._mark += 1
            self._queue.append(_Waiting(b"", mark=self._mark))
            self._changed.notify_all()
        threading.Thread(target=self._prepare, args=(state,), name="gex-whole-state", daemon=True).start()

    def _prepare(self, state: Iterable[tuple[Kind, bytes]]) -> None:
        """A thread for as long as it takes: the next generation, without the changes since."""
        try:
            file = self._generations.prepared(state)
        except Exception as error:
            if not isinstance(error, OSError):
                log.error("state: the whole state cannot be written", exc_info=error)
            self._give_up(str(error))
            return
        with self._changed:
            self._prepared = file
            self._changed.notify_all()

    def _switch_if_prepared(self) -> None:
        """On the writing thread, between two batches: the changes since into the next generation, and into its place."""
        with self._changed:
            if self._marked < self._mark:  # its changes are not yet told from those before
                return
            file, self._prepared = self._prepared, None
        if file is None:
            return
        whole_size = file.size
        try:
            if self._collected is None:
                raise OSError("more changes came meanwhile than can be collected")
            self._generations.switch(file, whole_size, b"".join(self._collected))
        except OSError as error:
            if self._generations.file is not file:
                file.close()
            self._give_up(str(error))
            return
        with self._changed:
            if self._failure:
                log.info("state: the disk takes changes again", generation=self._generations.number)
            self._failure, self._is_compacting, self._collected = "", False, None

    def _give_up(self, reason: str) -> None:
        """Stay with the generation that is there; another attempt follows."""
        with self._changed:
            self._is_compacting = False
            self._failed_at = time.monotonic()
            self._retry = min(2.0 * self._retry, LONGEST_RETRY)
            log.warning("state: writing it whole failed", reason=reason, retry_seconds=self._retry)
            self._changed.notify_all()


def _resolve(receipts: list[Receipt], reached: Durability) -> None:
    for receipt in receipts:
        if not receipt.done():
            receipt.set_result(reached)
