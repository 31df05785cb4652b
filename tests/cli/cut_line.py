"""A line to a server that can be cut: TCP through a port of this machine, every connection broken on command."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class CutLine:
    """Passes bytes both ways; `cut` breaks every connection, new ones are let through."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = host, int(port)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self.address = ""
        self.cuts = self.connections = 0

    def cut(self) -> None:
        """Break all connections; also from another thread."""
        done = threading.Event()

        def work() -> None:
            for writer in self._writers:
                writer.transport.abort()
            self.cuts += 1
            done.set()

        self._loop.call_soon_threadsafe(work)
        assert done.wait(10.0)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        other_reader, other_writer = await asyncio.open_connection(*self._target)
        both = {writer, other_writer}
        self._writers |= both

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(1 << 16):
                    target.write(data)
                    await target.drain()
            for one in both:
                one.transport.abort()

        await asyncio.gather(pump(reader, other_writer), pump(other_reader, writer))
        self._writers -= both


@contextmanager
def cut_line(target: str) -> Iterator[CutLine]:
    """Serve in a thread of its own."""
    line, started, ended = CutLine(target), threading.Event(), asyncio.Event()

    async def main() -> None:
        async with await asyncio.start_server(line._handle, "127.0.0.1", 0) as server:
            line.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            started.set()
            await ended.wait()
            for writer in line._writers:
                writer.transport.abort()

    def work() -> None:
        with contextlib.closing(line._loop):
            line._loop.run_until_complete(main())

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(10.0)
    try:
        yield line
    finally:
        line._loop.call_soon_threadsafe(ended.set)
        thread.join(10.0)
