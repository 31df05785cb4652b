"""`gex feed` keeps a server's chain current through everything that an exchange and a network do."""

import asyncio
import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from gex_cli.feeding import LiveFeed, deribit_channels
from gex_client import Client
from gex_client.errors import InputError, UnavailableError
from gex_client.market import Published as View
from gexapi.v1 import chain_pb2

from gex.io.live_chain import LiveChain
from tests.cli.exchange import Exchange, running
from tests.io.deribit_messages import notification, trade
from tests.io.live_records import LISTED_AT, listing, ticker

NAME = "BTC-30JAN26-95000-C"
OTHER = "BTC-30JAN26-100000-P"
BOOK = f"book.{NAME}.100ms"


def book(data):
    return notification(BOOK, {"instrument_name": NAME, "timestamp": LISTED_AT + 10_000} | data)


SNAPSHOT = book({"type": "snapshot", "change_id": 1, "bids": [["new", 0.052, 5.0]], "asks": [["new", 0.053, 7.0]]})
GAP = book({"type": "change", "prev_change_id": 7, "change_id": 8, "bids": [["new", 0.0525, 1.0]], "asks": []})


def live_feed(exchange, **options):
    """A feed of whole chains: what it does with what changed is in test_chain_session."""
    lines = []
    payload = json.dumps(exchange.listing)
    feed = LiveFeed(
        live=LiveChain("BTC", payload),
        url=exchange.host.replace("http", "ws") + "/ws/api/v2",
        tell=lines.append,
        listing=lambda: json.dumps(exchange.listing).encode(),
        whole=True,
        **options,
    )
    return feed, lines


class Published:
    """A server that keeps what it is sent; slow, or away at first, where told so."""

    def __init__(self, *, seconds=0.0, away=0, error=None):
        self.chains, self.seconds, self.away, self.error = [], seconds, away, error

    async def publish_chain(self, chain, timeout):
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        if self.away:
            self.away -= 1
            raise UnavailableError("127.0.0.1:1: no server answered")
        self.chains.append(chain)
        return View(chain_pb2.PublishChainResponse(revision=len(self.chains)))


async def run_until(feed, client, condition, *, interval=0.01, relist_seconds=1e5, seconds=20.0):
    """Run the feed until the condition holds."""
    work = asyncio.create_task(
        feed.run(client, interval=interval, relist_seconds=relist_seconds, count=None, published=lambda _: None)
    )
    ends = time.monotonic() + seconds
    while not condition() and not work.done():
        assert time.monotonic() < ends, "it did not happen in time"
        await asyncio.sleep(0.005)
    work.cancel()
    try:
        await work
    except asyncio.CancelledError:
        return


def bids_of(chain, live):
    return dict(zip(live.instruments, chain.bid, strict=True))


def test_a_server_has_the_newest_quotes_after_cuts_gaps_duplicates_and_refusals(address):
    exchange = Exchange(
        listing=listing(),
        plans=[
            [ticker(NAME, 100, 0.05, 0.051), trade(1), trade(2), 0.1, "cut"],
            [trade(2), trade(5), GAP, {"method": "heartbeat", "params": {"type": "test_request"}}, 0.1, "cut"],
            [ticker(OTHER, 20_000, 0.0777, 0.0788), trade(6)],
        ],
        refuse_subscriptions=1,
        refuse_handshakes=1,
        snapshots={BOOK: SNAPSHOT},
    )
    command = [sys.executable, "-m", "gex_cli.main", "feed", "deribit", "BTC", "--server", address, "--books", "--json"]
    with (
        running(exchange),
        subprocess.Popen(
            [*command, "--interval", "0.05", "--host", exchange.host],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            seen = json.loads(line)
            if seen["as_of"] == "2026-01-05T10:11:47.000Z" and seen["trades"] == 4:
                break
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(30) == 130, said
    assert (seen["duplicates"], seen["missing_trades"], seen["book_gaps"]) == (1, 2, 1)
    assert (seen["connections"], seen["refused"], seen["unreadable"]) == (3, 1, 0)
    assert seen["failures"] == 3  # a handshake refused, two cuts
    assert exchange.test_answers == 1
    assert exchange.left == [[BOOK]]
    assert said.count("connecting again") == 3
    assert "HTTP 429" in said
    assert "Traceback" not in said
    with Client(address) as client:
        chain = client.chain("BTC").chain
        row = {name: list(LiveChain("BTC", json.dumps(listing())).instruments).index(name) for name in (NAME, OTHER)}
        assert (chain.bid[row[NAME]], chain.ask[row[NAME]]) == (0.052, 0.053)  # the book's, newer than the ticker's
        assert (chain.bid[row[OTHER]], chain.ask[row[OTHER]]) == (0.0777, 0.0788)
        assert client.exposure("BTC").books[0].map.strike.size > 0


def test_people_read_a_line_a_publication(gex, address):
    exchange = Exchange(listing=listing(), plans=[[ticker(NAME, 100 * n, 0.05, 0.051) for n in range(1, 4)]])
    with running(exchange):
        ran = gex(
            "feed", "deribit", "BTC", "--server", address, "--interval", "0.2", "--count", "2", "--host", exchange.host
        )
    assert ran.code == 0, ran.err
    first, second = ran.out.splitlines()
    assert first.startswith("2026-01-05T10:11:27.000Z  revision ")
    assert second.startswith("2026-01-05T10:11:27.300Z  revision ")
    assert "  44 of 44 options  chain  rows 44  " in first
    assert second.split("  ", 2)[2] == ("44 options  quotes  rows 1  updates 3  connections 1  gaps 0  trades lost 0")
    assert "feed: 44 options of BTC from ws://" in ran.err


def test_every_option_and_all_trades_are_subscribed_to():
    live = LiveChain("BTC", json.dumps(listing()))
    channels = deribit_channels(live, books=False)
    assert channels[0] == f"ticker.{live.instruments[0]}.100ms"
    assert channels[-1] == "trades.option.BTC.100ms"
    assert len(channels) == 45
    assert len(deribit_channels(live, books=True)) == 89


async def test_a_slow_server_gets_the_newest_chain_and_no_queue():
    count = 500
    exchange = Exchange(
        listing=listing(),
        plans=[[step for n in range(1, count + 1) for step in (ticker(NAME, n, n / 1e4, 0.2), 0.001)]],
    )
    with running(exchange):
        feed, _ = live_feed(exchange)
        client = Published(seconds=0.2)
        await run_until(feed, client, lambda: client.chains and client.chains[-1].as_of.nanos == count * 1_000_000)
    assert feed.report.updates == feed.report.applied == count
    assert len(client.chains) < 0.2 * count
    assert bids_of(client.chains[-1], feed.live)[NAME] == count / 1e4


async def test_a_chain_that_has_not_changed_is_not_published_again():
    exchange = Exchange(listing=listing(), plans=[[0.0]])
    with running(exchange):
        feed, _ = live_feed(exchange)
        client = Published()
        started = time.monotonic()
        await run_until(feed, client, lambda: time.monotonic() > started + 0.3)
    assert len(client.chains) == 1


async def test_a_server_that_is_away_is_waited_for_and_gets_the_newest_chain():
    exchange = Exchange(listing=listing(), plans=[[ticker(NAME, 100, 0.05, 0.051)]])
    with running(exchange):
        feed, lines = live_feed(exchange)
        client = Published(away=5)
        await run_until(feed, client, lambda: client.chains and bids_of(client.chains[-1], feed.live)[NAME] == 0.05)
    assert feed.report.failed_publications == 5
    assert sum("no server answered; trying on" in line for line in lines) == 1  # said once, not five times


async def test_a_server_that_refuses_the_chain_ends_the_feed():
    exchange = Exchange(listing=listing(), plans=[[0.0]])
    with running(exchange):
        feed, _ = live_feed(exchange)
        with pytest.raises(InputError, match="strike: no"):
            await run_until(feed, Published(error=InputError("chain.strike: no")), lambda: False)


async def test_new_options_are_subscribed_to_when_they_are_listed():
    new = "BTC-26JUN26-95000-C"
    exchange = Exchange(listing=listing(), plans=[[0.3, ticker(NAME, 100, 0.05, 0.051)], [ticker(new, 200, 0.1, 0.11)]])
    with running(exchange):
        feed, lines = live_feed(exchange)
        exchange.listing = listing(expiries={"30JAN26": 24.9, "26JUN26": 171.9})
        client = Published()
        await run_until(feed, client, lambda: feed.report.updates >= 2, relist_seconds=0.1)
    assert f"ticker.{new}.100ms" not in exchange.subscriptions[0]
    assert f"ticker.{new}.100ms" in exchange.subscriptions[-1]
    assert not any("27MAR26" in channel for channel in exchange.subscriptions[-1])
    assert feed.report.relistings >= 1
    assert any("44 options now; subscribing anew" in line for line in lines)
    assert not np.isnan(bids_of(feed.live.chain().quotes, feed.live)[new])


async def test_a_listing_that_cannot_be_had_leaves_the_one_before():
    exchange = Exchange(listing=listing(), plans=[[0.0]])
    with running(exchange):
        feed, lines = live_feed(exchange)
        exchange.listing = []
        await run_until(feed, Published(), lambda: lines, relist_seconds=0.01)
    assert "the one before stands" in lines[0]
    assert len(feed.live.instruments) == 44


def refused(ran, code, *words):
    assert (ran.code, ran.out) == (code, ""), ran.err
    assert ran.err.splitlines()[-1].startswith("gex: ")
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


def test_a_machine_without_network_gets_one_clear_line(gex):
    ran = gex("feed", "deribit", "BTC", "--host", "http://127.0.0.1:9")
    refused(ran, 2, "get_book_summary_by_currency", "cannot be reached", "refused")
    assert ran.err.count("\n") == 1


def test_a_server_that_is_not_there_is_told_at_once(gex):
    with running(Exchange(listing=listing(), plans=[[0.0]])) as exchange:
        ran = gex("feed", "deribit", "BTC", "--server", "127.0.0.1:1", "--host", exchange.host)
    refused(ran, 1, "127.0.0.1:1: no server answered")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bloomberg", "SPX"], "expected deribit, cboe, files"),
        (["files", "nowhere"], "no such file"),
        (["deribit", "btc"], "capital letters"),
        (["deribit", "BTC", "--interval", "0"], "--interval"),
        (["deribit", "BTC", "--relist", "nan"], "--relist"),
        (["cboe", "SPX", "--whole"], "--whole: goes with deribit"),
    ],
)
def test_what_has_no_feed_is_refused(gex, arguments, words):
    refused(gex("feed", *arguments), 2, words)
