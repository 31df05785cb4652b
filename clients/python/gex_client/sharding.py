"""What several servers say together: lists and statuses joined, names looked for."""

from collections.abc import Sequence
from typing import Any

from gexapi.v1 import chain_pb2, status_pb2

from gex_client.errors import GexError
from gex_client.routing import shard_of


def joined_underlyings(answers: Sequence[Any]) -> chain_pb2.ListUnderlyingsResponse:
    """What all shards keep, by name.

    Shards that know each other answer for all: each name counts at the one that keeps it.
    """
    kept = [(i, one) for i, answer in enumerate(answers) for one in answer.underlyings]
    own: list[Any] = [one for i, one in kept if shard_of(one.underlying, len(answers)) == i]
    own.sort(key=lambda one: one.underlying)
    return chain_pb2.ListUnderlyingsResponse(underlyings=own)


def joined_status(answers: Sequence[Any]) -> status_pb2.GetStatusResponse:
    """How all shards do, by number; of one that raised a GexError, why.

    Shards that know each other answer for all: each process counts where it was asked itself. Servers that know nothing of
    each other call themselves shard 0 of 1; here they have the number of their address.
    """
    joined, count = status_pb2.GetStatusResponse(), len(answers)
    for i, answer in enumerate(answers):
        if isinstance(answer, GexError):
            joined.processes.add(shard=i, shard_count=count, failure=str(answer))
            continue
        knows_others = all(process.shard_count == count for process in answer.processes)
        for process in answer.processes:
            if knows_others and process.shard != i:
                continue
            told = joined.processes.add()
            told.CopyFrom(process)
            if not knows_others:
                told.shard, told.shard_count = i, count
    return joined


def underlyings_of_kept(book: chain_pb2.BookUpdate) -> tuple[str, ...]:
    """The underlyings of a kept book, none twice."""
    named = [expiry.underlying for expiry in book.expiries] + [leg.underlying for leg in book.linear]
    return tuple(dict.fromkeys(name for name in named if name))
