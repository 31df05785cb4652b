"""Chains one after the other - recorded in files, or asked for again and again - into a server, as updates of a session.

Of each only what moved is sent: the spot, quotes, open interest; the whole chain where anything else did. Every update is
applied once and in order, however often the connection or the server breaks in between.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gex_client import Chain, UpdateSession
from gex_client.updates import Update
from gex_server.wire.chain import chain_to_proto
from gexapi.v1 import chain_pb2

from gex.errors import InputError
from gex.quotes import Cleaned
from gex_cli.downloads import download
from gex_cli.failing import one_line

ANSWERED = 60.0  # seconds that a server may take for one chain


@dataclass(frozen=True)
class Step:
    """One chain on its way: where it came from, and the message."""

    name: str
    chain: chain_pb2.Chain


@dataclass(frozen=True)
class Sent:
    """What was sent of one chain, and what became of it."""

    name: str
    chain: Chain
    kinds: tuple[str, ...]  # "chain", or of "spot", "quotes", "open_interest"; () where nothing had moved
    updates: tuple[Update, ...]
    seconds: float


def recorded(path: Path, source: str, tell: Callable[[str], None]) -> Iterator[Step]:
    """The chains of a folder by their instants, those of several underlyings apart in time only; what is none is told."""
    from gex.io.detect import read_chain

    steps: list[tuple[np.datetime64, str, Path]] = []
    files = sorted(inside for inside in path.rglob("*") if inside.is_file()) if path.is_dir() else [path]
    for file in files:
        try:
            steps.append((read_chain(file, source=source).quotes.as_of, file.name, file))
        except InputError as error:
            if len(files) == 1:
                raise
            tell(f"{file.name}: no chain: {one_line(error)}")
    if not steps:
        raise InputError(f"{path}: expected at least one chain, found none in {len(files)} files")
    for _, name, file in sorted(steps):
        yield Step(name, _message(read_chain(file, source=source)))


def polled(
    source: str, underlying: str, *, every_seconds: float, host: str | None, tell: Callable[[str], None]
) -> Iterator[Step]:
    """The chain of a source, asked for again and again; one that cannot be had is told, and asked for again."""
    from gex.errors import SourceError
    from gex.io.fetching import fetch_chain

    is_first = True
    while True:
        began = time.monotonic()
        try:
            yield Step(underlying, _message(fetch_chain(source, underlying, download, host=host).chain))
        except SourceError as error:
            if is_first:
                raise
            tell(f"{source}: {one_line(error)}; asking again in {every_seconds:g} s")
        is_first = False
        time.sleep(max(0.0, began + every_seconds - time.monotonic()))


def moved(before: chain_pb2.Chain | None, after: chain_pb2.Chain) -> tuple[str, ...]:
    """What has to be sent so that a server that keeps `before` keeps `after`; () where they are the same."""
    if before is None:
        return ("chain",)
    if before == after:
        return ()
    kinds = []
    if before.spot != after.spot:
        kinds.append("spot")
    if _differs(before, after, "bid", "ask", "quoted_at") or before.as_of != after.as_of:
        kinds.append("quotes")
    if _differs(before, after, "open_interest"):
        kinds.append("open_interest")
    rest = [_without(chain, "spot", "as_of", "bid", "ask", "quoted_at", "open_interest") for chain in (before, after)]
    return tuple(kinds) if rest[0] == rest[1] and before.HasField("spot") == after.HasField("spot") else ("chain",)


def send(session: UpdateSession, before: chain_pb2.Chain | None, step: Step) -> Sent:
    """Send what has moved, wait until it is answered, and say what became of it."""
    began, chain = time.monotonic(), Chain.from_proto(step.chain)
    kinds = moved(before, step.chain)
    futures: list[Future[Update]] = []
    for kind in kinds:
        if kind == "chain":
            futures.append(session.chain(step.chain))
        elif kind == "spot":
            futures.append(session.spot(step.chain.spot, as_of=chain.as_of))
        elif kind == "quotes":  # every line, also those that stand: they are known to hold at the new spot
            columns = _lines(chain) | {"bid": chain.bid, "ask": chain.ask, "quoted_at": chain.quoted_at}
            futures.append(session.quotes(columns, as_of=chain.as_of))
        else:
            columns = _lines(chain) | {"open_interest": chain.open_interest}
            futures.append(session.open_interest(columns, as_of=chain.as_of))
    updates = tuple(one.result(ANSWERED) for one in futures)
    return Sent(step.name, chain, kinds, updates, time.monotonic() - began)


def _message(cleaned: Cleaned) -> chain_pb2.Chain:
    message = chain_pb2.Chain()
    chain_to_proto(cleaned, message)
    return message


def _lines(chain: Chain) -> dict[str, Any]:
    terms = chain.to_proto().expiries
    dates = np.array([one.expiry for one in terms], "datetime64[D]")
    roots = np.array([one.root for one in terms], np.str_)
    index = chain.expiry_index
    return {"expiry": dates[index], "root": roots[index], "strike": chain.strike, "right": chain.right}


def _differs(before: chain_pb2.Chain, after: chain_pb2.Chain, *names: str) -> bool:
    return any(
        np.asarray(getattr(before, name)).tobytes() != np.asarray(getattr(after, name)).tobytes() for name in names
    )


def _without(chain: chain_pb2.Chain, *names: str) -> bytes:
    rest = chain_pb2.Chain()
    rest.CopyFrom(chain)
    for name in names:
        rest.ClearField(name)
    return rest.SerializeToString(deterministic=True)
