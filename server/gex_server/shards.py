"""One process a shard: started, watched, restarted when it dies, and replaced one at a time without a failed call.

    gex serve --shards 4           shards on the ports after --port; SIGHUP replaces them, SIGTERM drains them

Which shard keeps an underlying is `gex_client.shards.shard_of`: a front (HAProxy, Envoy) or the client itself sends a call
there by the metadata entry that names the underlying. A shard that dies is started again with what it had written down.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from gex.errors import InputError
from gex_server.logs import configure_logs
from gex_server.notify import Supervisor
from gex_server.peers import socket_of
from gex_server.settings import Settings
from gex_server.settings_sources import LoadedSettings

log = structlog.get_logger("gex_server")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds before a process that died is started again
LONG_LIFE = 60.0  # seconds after which a death counts as the first again
START_SECONDS = 300.0  # a first start compiles every kernel
HAND_OVER_SECONDS = 60.0
LONGEST_LINE = 1 << 24  # bytes of a log entry


class ShardGoneError(Exception):
    """A shard's process ended while something was expected of it."""


@dataclass(eq=False)
class Process:
    """One server process of a shard."""

    shard: int
    generation: int
    socket: Path
    child: asyncio.subprocess.Process
    said: dict[str, asyncio.Event] = field(default_factory=dict)  # by event of its log
    reading: "asyncio.Task[None] | None" = None

    def tell(self, order: str) -> None:
        """Give an order; nothing happens where the process is gone."""
        if self.child.stdin is not None and not self.child.stdin.is_closing():
            self.child.stdin.write(order.encode() + b"\n")

    async def says(self, event: str, seconds: float) -> None:
        """Wait until its log says `event`; ShardGoneError where it ends, TimeoutError where it takes too long."""
        saying = asyncio.ensure_future(self.said.setdefault(event, asyncio.Event()).wait())
        ending = asyncio.ensure_future(self.child.wait())
        try:
            async with asyncio.timeout(seconds):
                await asyncio.wait({saying, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not saying.done() and ending.done():
                raise ShardGoneError(f"shard {self.shard}: the process ended with {ending.result()} before {event!r}")
        finally:
            saying.cancel()
            ending.cancel()

    def forget(self, event: str) -> None:
        """What was said of `event` so far no longer counts."""
        self.said.pop(event, None)


class Shards:
    """The shards of one machine, `ports[i]` that of shard i."""

    def __init__(self, settings: Settings, ports: Sequence[int], environment: dict[str, str], folder: Path) -> None:
        self._settings = settings
        self._ports = tuple(ports)
        self._environment = environment
        self._folder = folder
        self._current: list[Process | None] = [None] * len(self._ports)
        self._generation = 0
        self._changing = [asyncio.Lock() for _ in self._ports]  # one hand at a time on each shard
        self._replacing = asyncio.Lock()
        self._ending = asyncio.Event()

    async def run(self) -> int:
        """Serve with every shard until SIGTERM or SIGINT; 0 once all have drained, 1 where one could not start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        replacing: set[asyncio.Task[None]] = set()

        def replace() -> None:
            task = loop.create_task(self.replace_all())
            replacing.add(task)
            task.add_done_callback(replacing.discard)

        loop.add_signal_handler(signal.SIGHUP, replace)
        try:
            self._current = list(await asyncio.gather(*(self._started(shard) for shard in range(len(self._ports)))))
        except (ShardGoneError, TimeoutError) as error:
            log.error("cannot start", reason=str(error) or "a shard took too long")
            await self._stop_all()
            return 1
        log.info("all shards serve", ports=list(self._ports))
        Supervisor().tell("READY=1")
        keepers = [loop.create_task(self._keep(shard)) for shard in range(len(self._ports))]
        await self._ending.wait()
        for task in (*keepers, *replacing):
            task.cancel()
        await self._stop_all()
        return 0

    async def replace_all(self) -> None:
        """Put a new process in the place of each, one after the other; callers notice nothing."""
        async with self._replacing:
            for shard in range(len(self._ports)):
                async with self._changing[shard]:
                    await self._replace(shard)
            log.info("all shards replaced", generation=self._generation)

    async def _keep(self, shard: int) -> None:
        """Start the shard again whenever its process ends without being told to."""
        pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
        began = loop.time()
        while True:
            process = self._current[shard]
            if process is not None:
                code = await process.child.wait()
            async with self._changing[shard]:
                if process is not self._current[shard]:
                    continue  # it was replaced
                if process is not None:
                    log.error("shard died", shard=shard, code=code, again_in_seconds=pause)
                self._current[shard] = None
                if loop.time() - began > LONG_LIFE:
                    pause = FIRST_PAUSE
                await asyncio.sleep(pause)
                began = loop.time()
                pause = min(2.0 * pause, LONGEST_PAUSE)
                try:
                    self._current[shard] = await self._started(shard)
                except (ShardGoneError, TimeoutError) as error:
                    log.error("shard did not start", shard=shard, reason=str(error), again_in_seconds=pause)

    async def _replace(self, shard: int) -> None:
        old = self._current[shard]
        if old is None or old.child.returncode is not None:
            return  # the keeper starts it
        try:
            new = await self._spawned(shard)
        except (ShardGoneError, TimeoutError) as error:
            log.error("shard stays as it is", shard=shard, reason=str(error) or "the new process took too long")
            return
        old.forget("handed over")
        old.tell("hand over")
        try:
            await old.says("handed over", HAND_OVER_SECONDS)
            new.tell("serve")
            await new.says("serving", HAND_OVER_SECONDS)
        except (ShardGoneError, TimeoutError) as error:
            log.error("shard stays as it is", shard=shard, reason=str(error) or "the new process took too long")
            old.tell("stay")
            await self._stopped(new)
            return
        self._current[shard] = new
        self._point(shard, new)
        old.tell(f"hand on unix:{new.socket}")
        await self._waited(old, self._settings.grace_seconds + 5.0)

    async def _started(self, shard: int) -> Process:
        """A process that serves."""
        process = await self._spawned(shard)
        process.tell("serve")
        try:
            await process.says("serving", HAND_OVER_SECONDS)
        except (ShardGoneError, TimeoutError):
            await self._stopped(process)
            raise
        self._point(shard, process)
        return process

    def _point(self, shard: int, process: Process) -> None:
        """Have the other shards find this process."""
        name = socket_of(self._folder, shard)
        new = name.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.symlink_to(process.socket)
        new.replace(name)

    async def _spawned(self, shard: int) -> Process:
        """A process that is warm and waits for the order to serve."""
        self._generation += 1
        socket = self._folder / f"shard-{shard}.{self._generation}.sock"
        own = {
            "GEX_PORT": str(self._ports[shard]),
            "GEX_SOCKET": str(socket),
            "GEX_SUPERVISED": "true",
            "GEX_SHARD": str(shard),
            "GEX_SHARD_COUNT": str(len(self._ports)),
            "GEX_SHARD_FOLDER": str(self._folder),
        }
        if self._settings.state_folder is not None:
            own["GEX_STATE_FOLDER"] = str(self._settings.state_folder / f"shard-{shard}")
        if self._settings.metrics_port:
            own["GEX_METRICS_PORT"] = str(self._settings.metrics_port + 1 + shard)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gex_server.main",
            env=self._environment | own,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            start_new_session=True,  # a Ctrl-C in the terminal reaches the supervisor alone, which then drains them
        )
        process = Process(shard, self._generation, socket, child)
        process.reading = asyncio.get_running_loop().create_task(_follow(process))
        try:
            await process.says("warm", START_SECONDS)
        except (ShardGoneError, TimeoutError):
            await self._stopped(process)
            raise
        return process

    async def _stop_all(self) -> None:
        await asyncio.gather(*(self._stopped(process) for process in self._current if process is not None))

    async def _stopped(self, process: Process) -> None:
        """Drain a process; killed where it does not end in time."""
        if process.child.returncode is None:
            process.child.terminate()
        await self._waited(process, self._settings.drain_delay_seconds + self._settings.grace_seconds + 5.0)

    async def _waited(self, process: Process, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await process.child.wait()
        except TimeoutError:
            log.error("killed", shard=process.shard, reason=f"it did not end within {seconds:.0f} s")
            process.child.kill()
            await process.child.wait()
        if process.reading is not None:
            await process.reading
        process.socket.unlink(missing_ok=True)


async def _follow(process: Process) -> None:
    """Pass on the log of a process, each entry with the number of its shard."""
    assert process.child.stderr is not None
    async for raw in process.child.stderr:
        line = raw.decode("utf-8", "replace").rstrip()
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if isinstance(entry, dict):
            line = json.dumps(entry | {"shard": process.shard, "generation": process.generation})
            process.said.setdefault(str(entry.get("event")), asyncio.Event()).set()
        print(line, file=sys.stderr, flush=True)


def run_shards(loaded: LoadedSettings, count: int) -> int:
    """Serve with `count` shards on the ports after `port`; the exit code of the process.

    Each has the settings of this process, an equal share of its cores, and the port after its own for metrics.
    """
    settings = loaded.settings
    if not settings.port:
        raise InputError("port: expected one to count the shards' ports from, got 0")
    environment = dict(os.environ) | {f"GEX_{name.upper()}": str(value) for name, value in loaded.arguments.items()}
    if loaded.source["cores"] == "default":
        environment["GEX_CORES"] = str(max(1, settings.cores // count))
    configure_logs(settings.log_level)
    ports = [settings.port + 1 + shard for shard in range(count)]
    with tempfile.TemporaryDirectory(prefix="gex-") as folder:
        return asyncio.run(Shards(settings, ports, environment, Path(folder)).run())
