"""The files of a journal: one complete generation at any moment, the next one beside it while it is written."""

from collections.abc import Iterable

import structlog

from gex_server.state.disk import Disk, LogFile
from gex_server.state.records import Kind, Record, StateError, framed, header, records

log = structlog.get_logger("gex_server")


class Generations:
    """The folder of a journal. Not for several threads at once, except `prepared`, whose file nobody else knows."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.number = 0
        self.file: LogFile | None = None
        self.whole_size = 0  # bytes of the file up to the end of its whole state

    def read(self) -> list[Record]:
        """The records of the newest generation; its torn end is put aside and cut.

        Raises a StateError where the folder is another server's or of a newer format; then nothing was touched.
        """
        if not self._disk.lock():
            raise StateError(f"{self._disk.folder}: another server keeps its state there")
        names = self._disk.names()
        complete = [name for name in names if name.startswith("state-") and name.endswith(".log")]
        if not complete:
            self._remove(name for name in names if name.endswith(".new"))
            return []
        name = complete[-1]
        data = self._disk.read(name)
        found = list(records(data, name))
        self.number = int(name.removeprefix("state-").removesuffix(".log"))
        whole = next((record.end for record in found if record.kind == Kind.WHOLE), None)
        if whole is None:  # it was complete when it got its name: no torn end, but damage
            raise StateError(
                f"{self._disk.folder / name}: damaged within the state that it begins with; it was not touched"
            )
        end, self.whole_size = found[-1].end, whole
        self.file = self._disk.append(name)
        if end < len(data):
            self._put_aside(data[end:], f"{name}.cut-{end}")
            self.file.cut(end)
            log.error("state: the end of the journal was torn and is cut", file=name, at=end, bytes=len(data) - end)
        self._remove([*complete[:-1], *(other for other in names if other.endswith(".new"))])
        return found

    @property
    def size(self) -> int:
        """Bytes of the file that is written."""
        return self.file.size if self.file is not None else 0

    def append(self, data: bytes) -> None:
        """Write changes; where the disk refuses, what was half written is cut."""
        assert self.file is not None
        before = self.file.size
        try:
            self.file.write(data)
        except OSError:
            self._try_to_cut(before)
            raise

    def sync(self) -> None:
        """Return once everything is on the device."""
        if self.file is not None:
            self.file.sync()

    def prepared(self, state: Iterable[tuple[Kind, bytes]]) -> LogFile:
        """The next generation with a whole state in it, on the device; it takes its place by `switch`."""
        file = self._disk.create(f"{self._name(self.number + 1)}.new")
        try:
            file.write(header())
            for kind, payload in state:
                file.write(framed(kind, payload))
            file.write(framed(Kind.WHOLE, b""))
            file.sync()
        except BaseException:
            file.close()
            raise
        return file

    def switch(self, file: LogFile, whole_size: int, rest: bytes) -> None:
        """Complete a prepared generation by the changes since, and put it in the place of the one before."""
        if rest:
            file.write(rest)
        file.sync()
        name = self._name(self.number + 1)
        self._disk.rename(f"{name}.new", name)
        before, old = self.file, self._name(self.number)  # from here on the new one is what a start would read
        self.file, self.number, self.whole_size = file, self.number + 1, whole_size
        if before is not None:
            before.close()
        self._disk.sync_names()
        if before is not None:
            self._remove([old])

    def close(self) -> None:
        """Close the file and let the folder go."""
        if self.file is not None:
            self.file.close()
            self.file = None
        self._disk.unlock()

    @staticmethod
    def _name(number: int) -> str:
        return f"state-{number:08d}.log"

    def _remove(self, names: Iterable[str]) -> None:
        """Files that are not needed any more; one that stays does no harm and is tried again at the next start."""
        for name in names:
            try:
                self._disk.remove(name)
            except OSError as error:
                log.warning("state: an old file could not be removed", file=name, reason=str(error))

    def _try_to_cut(self, size: int) -> None:
        assert self.file is not None
        try:
            self.file.cut(size)
        except OSError as error:  # the next start cuts it
            log.warning("state: a half-written change could not be cut", reason=str(error))

    def _put_aside(self, data: bytes, name: str) -> None:
        """Keep what is cut, for people; a disk without room for it is no reason not to start."""
        try:
            file = self._disk.create(name)
            file.write(data)
            file.close()
        except OSError as error:
            log.warning("state: the torn end could not be put aside", file=name, reason=str(error))
