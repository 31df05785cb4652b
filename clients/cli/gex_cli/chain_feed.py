"""Chains one after the other - recorded in files, or asked for again and again - into a server, as updates of a session.

Of each only what moved is sent: the spot, quotes, open interest; the whole chain where anything else did. Every update is
applied once and in order, however often the connection or the server breaks in between.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gex_client import Chain, UpdateSession
from gex_client.updates import Update
from gex_server.wire.chain import chain_to_proto
from gexapi.v1 import chain_pb2

from gex.errors import InputError
from gex.quotes import Cleaned
from gex_cli.chain_delta import delta
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


def send(session: UpdateSession, before: chain_pb2.Chain | None, step: Step) -> Sent:
    """Send what has moved, wait until it is answered, and say what became of it."""
    began, found = time.monotonic(), delta(before, step.chain)
    futures: list[Future[Update]] = [session.chain(step.chain)] if found is None else found.send(session)
    updates = tuple(one.result(ANSWERED) for one in futures)
    kinds = ("chain",) if found is None else found.kinds
    return Sent(step.name, Chain.from_proto(step.chain), kinds, updates, time.monotonic() - began)


def _message(cleaned: Cleaned) -> chain_pb2.Chain:
    message = chain_pb2.Chain()
    chain_to_proto(cleaned, message)
    return message
