"""A disk in memory that dies, fills up or loses what was not synced, at any step one likes."""

from pathlib import Path


class KilledError(BaseException):
    """The process is dead: no handler of errors may see it."""


class MemoryFile:
    def __init__(self, disk: "FailingDisk", name: str) -> None:
        self._disk, self.name = disk, name
        self.is_open = True
        disk.files.append(self)

    @property
    def size(self) -> int:
        return len(self._disk.content[self.name])

    def write(self, data: bytes) -> None:
        assert self.is_open
        room = self._disk.room_for(data)
        if room < len(data):
            self._disk.content[self.name] += data[:room]
            raise OSError(28, "No space left on device")
        kept = self._disk.step(len(data))
        self._disk.content[self.name] += data[:kept]
        self._disk.die_if_killed()

    def sync(self) -> None:
        assert self.is_open
        self._disk.step(0)
        self._disk.die_if_killed()
        self._disk.synced[self.name] = len(self._disk.content[self.name])

    def cut(self, size: int) -> None:
        assert self.is_open
        self._disk.content[self.name] = self._disk.content[self.name][:size]

    def close(self) -> None:
        self.is_open = False


class FailingDisk:
    """`die_at`: the step (write, sync, rename, remove, each one) at which the process dies; a write may be half done."""

    folder = Path("in-memory")

    def __init__(self, *, die_at: int | None = None, half: float = 0.5, capacity: int | None = None) -> None:
        self.content: dict[str, bytes] = {}
        self.synced: dict[str, int] = {}
        self.files: list[MemoryFile] = []
        self.steps, self.die_at, self.half, self.capacity = 0, die_at, half, capacity
        self.is_killed = False

    def step(self, size: int) -> int:
        """How much of a write of `size` is done before the process dies."""
        if self.is_killed:
            raise KilledError
        self.steps += 1
        if self.die_at is not None and self.steps >= self.die_at:
            self.is_killed = True
            return int(size * self.half)
        return size

    def die_if_killed(self) -> None:
        if self.is_killed:
            raise KilledError

    def room_for(self, data: bytes) -> int:
        if self.capacity is None:
            return len(data)
        return max(0, min(len(data), self.capacity - sum(map(len, self.content.values()))))

    def lock(self) -> bool:
        return True

    def unlock(self) -> None:
        pass

    def names(self) -> list[str]:
        return sorted(self.content)

    def read(self, name: str) -> bytes:
        return self.content[name]

    def create(self, name: str) -> MemoryFile:
        self.step(0)
        self.die_if_killed()
        self.content[name] = b""
        self.synced[name] = 0
        return MemoryFile(self, name)

    def append(self, name: str) -> MemoryFile:
        return MemoryFile(self, name)

    def rename(self, old: str, new: str) -> None:
        if self.step(2) < 2 and self.half < 1.0:  # it either happened or it did not
            raise KilledError
        self.content[new] = self.content.pop(old)
        self.synced[new] = self.synced.pop(old)
        for file in self.files:
            if file.name == old:
                file.name = new
        self.die_if_killed()

    def remove(self, name: str) -> None:
        self.step(0)
        self.die_if_killed()
        del self.content[name]

    def sync_names(self) -> None:
        self.step(0)
        self.die_if_killed()

    def after_death(self, *, is_machine: bool = False) -> "FailingDisk":
        """What the next process finds; where the machine died, nothing that was not synced."""
        disk = FailingDisk()
        for name, content in self.content.items():
            disk.content[name] = content[: self.synced[name]] if is_machine else content
            disk.synced[name] = len(disk.content[name])
        return disk
