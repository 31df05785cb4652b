"""A server on a core of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.server.running import RunningServer


def cores() -> list[int]:
    """The cores that this process may run on; one where the system does not say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


@contextmanager
def on_cores(chosen: list[int]) -> Iterator[None]:
    """Run what is inside, and processes started inside, on these cores; then go back to the ones before."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def pinned_server(**settings: object) -> Iterator[RunningServer]:
    """A warm server on the first core, with this process on the last; on one core they share it."""
    available = cores()
    with on_cores(available[:1]):
        server = RunningServer(**settings)
    with server, on_cores(available[-1:]):
        server.event("serving")
        yield server
