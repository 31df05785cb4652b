"""One slot a kind of event, for readers of any pace."""

import asyncio

from gex_web.feeds import EXPOSURE, event_stream
from gex_web.slots import Slots


class HeldFeed:
    """A feed that is only its slots."""

    def __init__(self) -> None:
        self.slots = Slots()


async def taken(stream, count: int) -> list[bytes]:
    return [await anext(stream) for _ in range(count)]


async def test_a_reader_that_was_away_gets_the_newest_of_each_kind_and_nothing_between() -> None:
    feed = HeldFeed()
    for number in range(10_000):
        feed.slots.put(EXPOSURE, b"%d" % number)
    feed.slots.put("link", b"live")
    stream = event_stream(feed, "", 60.0)  # type: ignore[arg-type]
    first = await taken(stream, 3)
    assert first[0].startswith(b"retry:")
    assert first[1:] == [b"event: exposure\ndata: 9999\n\n", b"event: link\ndata: live\n\n"]
    feed.slots.put(EXPOSURE, b"10000")
    feed.slots.put(EXPOSURE, b"10001")
    assert await taken(stream, 1) == [b"event: exposure\ndata: 10001\n\n"]


async def test_what_waited_behind_a_slow_write_is_looked_at_again() -> None:
    feed = HeldFeed()
    feed.slots.put("link", b"live")
    feed.slots.put(EXPOSURE, b"old")
    stream = event_stream(feed, "", 60.0)  # type: ignore[arg-type]
    await taken(stream, 2)  # the reader is busy with "link"
    feed.slots.put(EXPOSURE, b"new")
    assert await taken(stream, 1) == [b"event: exposure\ndata: new\n\n"]


async def test_a_reader_that_comes_back_is_not_sent_the_map_it_has() -> None:
    feed = HeldFeed()
    feed.slots.put("link", b"live")
    feed.slots.put(EXPOSURE, b"map", "7-abc")
    stream = event_stream(feed, "7-abc", 60.0)  # type: ignore[arg-type]
    assert (await taken(stream, 2))[1] == b"event: link\ndata: live\n\n"
    feed.slots.put(EXPOSURE, b"newer", "8-abc")
    assert await taken(stream, 1) == [b"event: exposure\nid: 8-abc\ndata: newer\n\n"]
    other = event_stream(feed, "of another life", 60.0)  # type: ignore[arg-type]
    assert (await taken(other, 3))[2].endswith(b"data: newer\n\n")


async def test_silence_brings_a_beat_and_the_end_ends_every_reader() -> None:
    feed = HeldFeed()
    stream = event_stream(feed, "", 0.01)  # type: ignore[arg-type]
    assert b"event: beat" in (await taken(stream, 2))[1]
    waiting = [asyncio.create_task(anext(event_stream(feed, "", 60.0), b"")) for _ in range(3)]  # type: ignore[arg-type]
    assert all(one.startswith(b"retry") for one in await asyncio.gather(*waiting))
    feed.slots.close()
    assert [event async for event in stream] == []
