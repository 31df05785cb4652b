"""A hedge whose process is killed with SIGKILL at every point of a decision's life, one after another.

Run as a program: `python -m tests.server.crash_points FOLDER SEED [EVERY]`. It prints one line of JSON: points, and what the
log came to after a kill at each. Each life is a forked process; what a client was told is in a file, as a client would
keep it.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from gex_server.audit import AuditStore
from gex_server.services.hedge_session import answered, filled
from gex_server.services.runtime import Runtime
from gex_server.settings import Settings
from gexapi.v1 import hedge_pb2

from gex.hedging.engine.replay import replay
from gex.sample import sample_chain
from tests.server.hedge_messages import HEDGE, configuration

STEPS = 6


class Life:
    """Counts the points that a process passes, and kills it at one of them."""

    def __init__(self, kill_at: int | None) -> None:
        self.kill_at, self.passed = kill_at, 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def messages(seed: int) -> list[hedge_pb2.HedgeSessionRequest]:
    """Configuration, then ticks and evaluations; fills are made of what the client was told."""
    random = np.random.default_rng(seed)
    start = int(sample_chain().quotes.as_of.astype("datetime64[s]").astype(int)) + 60
    spot = float(sample_chain().quotes.spot or 0.0)
    found = []
    for i in range(1, STEPS + 1):
        request = hedge_pb2.HedgeSessionRequest(hedge=HEDGE, sequence=i)
        request.as_of.seconds = start + 60 * i
        if i == 1:
            request.configuration.CopyFrom(configuration())
        else:
            spot *= 1.0 + float(random.normal(0.0, 0.004))
            request.tick.spot["SPX"] = spot
            request.tick.quotes.add(symbol="MES", bid=spot - 0.25, ask=spot + 0.25)
        found.append(request)
    return found


async def lived(folder: Path, seed: int, life: Life) -> None:
    """One process from its start: the client goes on with what it has not been answered."""
    runtime = Runtime.of(Settings(state_folder=folder, cores=1))
    watch_database(runtime.audit, life)
    told = Told(folder / "told.jsonl")
    hedge = runtime.hedges.hedge(HEDGE, runtime.audit)
    life.point()  # the log is read
    for request in messages(seed):
        sequence = request.sequence
        if sequence not in told.answers:
            response = await answered(runtime, hedge, request, None, {})
            assert not response.HasField("failure"), response.failure.message
            life.point()  # written, not told
            orders = [(o.order_id, o.contracts, o.expected_price) for o in response.decision.plan.orders]
            told.add({"sequence": sequence, "decision": response.decision.decision_id, "orders": orders})
            life.point()  # told
        for place, (order_id, contracts, price) in enumerate(told.answers[sequence]["orders"]):
            # The venue fills in two parts; a client that is not sure reports again.
            half = int(contracts / 2)
            for part, size in enumerate(n for n in (half, contracts - half) if n):
                fill = hedge_pb2.Fill(
                    fill_id=f"{sequence}-{place}-{part}",
                    order_id=order_id,
                    instrument="MES",
                    contracts=size,
                    price=price,
                )
                fill.filled_at.CopyFrom(request.as_of)
                if fill.fill_id not in told.fills:
                    filled(hedge, fill, runtime.now(), None)
                    life.point()  # the fill is written, the venue's client does not know
                    told.add({"fill": fill.fill_id})
                    life.point()
    runtime.audit.close()


class Told:
    """What the client knows; a line is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[int, dict[str, Any]] = {}
        self.fills: set[str] = set()
        for line in path.read_text().splitlines() if path.exists() else []:
            self._take(json.loads(line))

    def add(self, row: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")
        self._take(row)

    def _take(self, row: dict[str, Any]) -> None:
        if "fill" in row:
            self.fills.add(row["fill"])
        else:
            self.answers[row["sequence"]] = row


def watch_database(audit: AuditStore, life: Life) -> None:
    """A point before and after every statement, and before every commit."""
    engine = audit._engine
    for name in ("before_cursor_execute", "after_cursor_execute"):
        sa.event.listen(engine, name, lambda *_: life.point())
    sa.event.listen(engine, "commit", lambda *_: life.point())


def forked(work: Callable[[], None]) -> int:
    """The wait status of a process that did it."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            print(f"child: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def told_and_logged(folder: Path) -> dict[str, Any]:
    """What came of a history: the chain's hashes, whether it decides again, what the client was told."""
    with AuditStore(f"sqlite:///{folder / 'audit.db'}") as audit:
        entries = [one.entry for one in audit.entries(HEDGE)]
    told = Told(folder / "told.jsonl")
    orders = [order[0] for answer in told.answers.values() for order in answer["orders"]]
    return {
        "hashes": [entry.hash for entry in entries],
        "decisions": [answer["decision"] for answer in told.answers.values() if answer["decision"]],
        "orders": orders,
        "fills": sorted(told.fills),
        "is_identical": replay(entries).is_identical,
    }


def main(folder: Path, seed: int, every: int = 1) -> None:
    """The history without a kill, then one with a kill at each point, each brought to its end by a second life."""
    whole, warm = folder / "whole", folder / "warm"
    for one in (whole, warm):
        one.mkdir(parents=True)
    asyncio.run(lived(warm, seed, Life(None)))  # kernels are loaded once, not in each life
    counted = folder / "points"

    def count() -> None:
        life = Life(None)
        asyncio.run(lived(whole, seed, life))
        counted.write_text(str(life.passed))

    assert forked(count) == 0
    points = int(counted.read_text())
    wanted, bad, killed = told_and_logged(whole), [], 0
    for place in range(1, points + 1, every):
        here = folder / f"p{place}"
        here.mkdir()
        status = forked(lambda here=here, place=place: asyncio.run(lived(here, seed, Life(place))))  # type: ignore[misc]
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if forked(lambda here=here: asyncio.run(lived(here, seed, Life(None)))) != 0:  # type: ignore[misc]
            bad.append((place, "the second life failed"))
        elif (found := told_and_logged(here)) != wanted:
            bad.append((place, str({name: found[name] for name in found if found[name] != wanted[name]})[:300]))
    result = {
        "points": len(range(1, points + 1, every)),
        "killed": killed,
        "bad": bad,
        "entries": len(wanted["hashes"]),
        **wanted,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(argument) for argument in sys.argv[2:]))
