"""The few things that a journal does with a folder; tests put a disk that fails in its place."""

import os
from pathlib import Path


class LogFile:
    """A file that is written at its end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def write(self, data: bytes) -> None:
        """Append all of `data`; an OSError may leave a part of it behind."""
        view = memoryview(data)
        while len(view):
            written = os.write(self._descriptor, view)
            self.size += written
            view = view[written:]

    def sync(self) -> None:
        """Return once the data is on the device."""
        os.fsync(self._descriptor)

    def cut(self, size: int) -> None:
        """Forget everything from `size` on."""
        os.ftruncate(self._descriptor, size)
        self.size = size

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


class Disk:
    """One folder, of one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    def lock(self) -> bool:
        """Make the folder where there is none and take it for this process; False where another one has it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            import fcntl
        except ImportError:  # no advisory locks on this system
            return True
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.unlock()
            return False
        return True

    def unlock(self) -> None:
        """Let the folder go."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def names(self) -> list[str]:
        """The names of the files in it."""
        return sorted(path.name for path in self.folder.iterdir())

    def read(self, name: str) -> bytes:
        """The whole of a file."""
        return (self.folder / name).read_bytes()

    def create(self, name: str) -> LogFile:
        """A new, empty file; one of that name is gone."""
        return LogFile(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600))

    def append(self, name: str) -> LogFile:
        """A file that is there, to be written on."""
        return LogFile(os.open(self.folder / name, os.O_WRONLY | os.O_APPEND))

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, at once."""
        (self.folder / old).rename(self.folder / new)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.folder / name).unlink()

    def sync_names(self) -> None:
        """Return once the names are on the device."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
