"""A feed that sends what changed leaves the server with the chain that would have been sent whole, byte for byte."""

import asyncio
import json
import random
from typing import Any

import pytest
from gex_cli.chain_session import ChainSession, Publication
from gex_cli.feeding import LiveFeed
from gex_client import Chain, Client, GexError
from gex_client.aio import AsyncClient
from gex_server.wire.chain import chain_from_proto, chain_to_proto
from gexapi.v1 import chain_pb2

from gex.io.live_chain import LiveChain
from tests.cli.cut_line import cut_line
from tests.cli.exchange import Exchange, running
from tests.client.conftest import renamed
from tests.io.live_records import FORWARD, LISTED_AT, coin_price, listing, ticker
from tests.server.asking import as_sent
from tests.server.requests import chain_message
from tests.server.running import RunningServer

STEPS = 60
SECONDS = 60.0


def recorded(seed: int) -> list[dict[str, Any]]:
    """Tickers of random options at a moving index: quotes, marks, Greeks and open interest as an exchange sends them."""
    draw, index, found = random.Random(seed), FORWARD, []
    names = [str(record["instrument_name"]) for record in listing()]
    for step in range(1, STEPS + 1):
        name = draw.choice(names)
        _, date, strike, right = name.split("-")
        index *= 1.0 + draw.uniform(-0.0005, 0.0005)
        vol = 0.5 + draw.uniform(-0.02, 0.02)
        bid = round(coin_price(int(strike), right, vol, (24.9 if date == "30JAN26" else 80.9) / 365.0), 4)
        marks = {"mark_iv": 100.0 * vol, "greeks": {"delta": draw.uniform(-1, 1), "gamma": 1e-5}, "index_price": index}
        interest = {"open_interest": 100.0 + step} if step % 3 == 0 else {}
        found.append(ticker(name, 100 * step, bid or None, bid + 0.001, **marks, **interest))
    return found


def plan(messages: list[dict[str, Any]], cut: Any) -> list[list[Any]]:
    """Three connections of the exchange; the line to the server is cut in the midst of each."""
    parts: list[list[Any]] = []
    for start in range(0, STEPS, 20):
        steps: list[Any] = []
        for place, message in enumerate(messages[start : start + 20]):
            steps += [message, 0.005, *([cut] if place in (6, 13) else [])]
        parts.append([*steps, *(["cut"] if start + 20 < STEPS else [])])
    return parts


async def fed(exchange: Exchange, address: str, *, whole: bool) -> tuple[LiveFeed, list[Publication], list[str]]:
    """Run a feed until the last ticker of the exchange is in the server."""
    lines: list[str] = []
    feed = LiveFeed(
        live=LiveChain("BTC", json.dumps(exchange.listing)),
        url=exchange.host.replace("http", "ws") + "/ws/api/v2",
        tell=lines.append,
        listing=lambda: json.dumps(exchange.listing).encode(),
        whole=whole,
    )
    sent: list[Publication] = []
    async with AsyncClient(address) as client:
        work = asyncio.create_task(
            feed.run(client, interval=0.01, relist_seconds=1e5, count=None, published=sent.append)
        )
        async with asyncio.timeout(SECONDS):
            while not sent or sent[-1].chain.as_of.ToMilliseconds() < LISTED_AT + 100 * STEPS:
                assert not work.done(), work
                await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    return feed, sent, lines


@pytest.mark.parametrize("whole", [False, True])
async def test_a_recorded_sequence_ends_in_the_same_bytes_however_it_is_sent(whole: bool) -> None:
    with (
        RunningServer() as server,
        cut_line(str(server.event("listening")["address"])) as line,
        running(Exchange(listing=listing(), plans=plan(recorded(7), line.cut))) as exchange,
    ):
        server.event("serving")
        feed, sent, lines = await fed(exchange, line.address, whole=whole)
        with Client(str(server.event("listening")["address"]), timeout=SECONDS) as client:
            kept, exposure = client.chain("BTC").chain.to_proto(), client.exposure("BTC")
            last = client.exposure(Chain.from_proto(sent[-1].chain))
    assert line.cuts == 6
    expected = chain_pb2.Chain()
    chain_to_proto(feed.live.chain(), expected)
    assert kept.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True)
    assert as_sent(exposure.proto) == as_sent(last.proto)
    changes = [one for one in sent if one.kinds != ("chain",)]
    if whole:
        assert not changes
        return
    assert sent[0].kinds == ("chain",)
    assert len(changes) > 0.5 * len(sent), lines
    assert any("open_interest" in one.kinds for one in changes)
    assert sum(one.rows_sent for one in changes) < 4 * STEPS, "44 rows each would be more"


def minute(chain: chain_pb2.Chain, minutes: int, spot: float) -> chain_pb2.Chain:
    later = chain_pb2.Chain()
    later.CopyFrom(chain)
    later.as_of.seconds += 60 * minutes
    later.spot, later.bid[5] = spot, float(minutes)
    return later


@pytest.fixture(scope="module")
def server() -> Any:
    with RunningServer() as running_server:
        running_server.event("serving")
        yield running_server


def start(name: str) -> chain_pb2.Chain:
    message, found = renamed(Chain.from_proto(chain_message()), name).to_proto(), chain_pb2.Chain()
    chain_to_proto(chain_from_proto(message), found)
    return found


async def test_a_chain_that_someone_else_has_replaced_is_sent_whole_again(server: RunningServer) -> None:
    lines: list[str] = []
    async with AsyncClient(str(server.event("listening")["address"]), timeout=SECONDS) as client:
        way, first = ChainSession(client, "OTHERS", whole=False, tell=lines.append), start("OTHERS")
        for minutes, expected in ((0, ("chain",)), (1, ("spot", "quotes")), (2, ("spot", "quotes"))):
            told = await way.publish(minute(first, minutes, first.spot + minutes))
            assert (told.kinds, told.revision) == (expected, minutes + 1)
        await client.publish_chain(first)
        told = await way.publish(minute(first, 3, first.spot + 3.0))
        assert (told.kinds, told.revision) == (("chain",), 6)
        assert lines == [
            "update: the server keeps revision 5, not 4: someone else has changed it; sending the whole chain"
        ]
        assert (await client.chain("OTHERS")).chain.to_proto() == minute(first, 3, first.spot + 3.0)
        assert (await way.publish(minute(first, 4, first.spot))).kinds == ("spot", "quotes")
        await client.publish_chain(minute(first, 90, first.spot))
        told = await way.publish(minute(first, 5, first.spot))
        assert told.kinds == ("chain",)
        assert lines[-1] == "update: older than kept; sending the whole chain"
        await way.close()


async def test_a_server_that_has_lost_the_chain_gets_it_whole() -> None:
    lines: list[str] = []
    first = start("LOST")
    with RunningServer() as server:
        address = str(server.event("listening")["address"])
        server.event("serving")
        client = AsyncClient(address, timeout=SECONDS)
        way = ChainSession(client, "LOST", whole=False, tell=lines.append)
        await way.publish(first)
        assert (await way.publish(minute(first, 1, first.spot))).kinds == ("quotes",)
        server.process.kill()
        server.process.wait(SECONDS)
    with RunningServer(port=address.rpartition(":")[2]) as again:
        again.event("serving")
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    told = await way.publish(minute(first, 2, first.spot))
                    break
                except GexError as error:  # it may still connect
                    lines.append(f"later: {error}")
                    await asyncio.sleep(0.1)
        assert (told.kinds, told.revision) == (("chain",), 1)
        assert (await way.publish(minute(first, 3, first.spot))).revision == 2
        await way.close()
        await client.close()
