"""Several processes as one service: which keeps what, and how one is replaced or lost."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from gex_client import Client, GexError, InputError, ShardedClient, UnavailableError
from gex_client.routing import shard_of

from tests.server.asking import ageless
from tests.server.requests import book_message, chain_message, hedge_message
from tests.server.running import RunningServer, RunningShards, wait_until

SECONDS = 60.0
NAMES = ("SPX", "BTC")  # on different shards of two
MES = {"symbol": "MES", "kind": "linear", "multiplier": 5, "half_spread_bps": 0.5}
POLICY = {"risk_aversion": 1e-5, "mode": "live"}


@pytest.fixture(scope="module")
def shards():
    with RunningShards(2, cores=1, drain_delay_seconds=0.1) as running:
        running.event("all shards serve")
        yield running


@pytest.fixture(scope="module")
def chains():
    return {name: chain_message(underlying=name, options=400, seed=seed) for seed, name in enumerate(NAMES)}


@pytest.fixture
def client(shards, chains):
    with ShardedClient(shards.addresses, timeout=SECONDS) as opened:
        for chain in chains.values():
            opened.publish_chain(chain)
        yield opened


def test_each_underlying_is_kept_by_one_shard_and_listed_once(client):
    assert [shard_of(name, 2) for name in NAMES] == [1, 0]
    assert [kept.underlying for kept in client.underlyings()] == sorted(NAMES)
    for one in client.clients:  # whoever is asked says what all keep, and answers for all
        assert [kept.underlying for kept in one.underlyings()] == sorted(NAMES)
        for name in NAMES:
            assert ageless(one.exposure(name).proto) == ageless(client.exposure(name).proto)
            assert one.exposure(name).underlying == name


def test_whoever_is_asked_says_how_all_shards_do(client):
    for one in client.clients:
        processes = one.status().processes
        assert [(process.shard, process.is_serving, process.failure) for process in processes] == [
            (0, True, ""),
            (1, True, ""),
        ]
        assert len({process.process_id for process in processes}) == 2
        assert [process.underlying_count for process in processes] == [1, 1]


def test_a_watch_at_the_wrong_shard_is_refused_with_the_right_one(client):
    wrong = client.clients[1 - shard_of("SPX", 2)]
    with (
        pytest.raises(InputError, match="'SPX' is kept by shard 1 of 2, this is shard 0"),
        wrong.watch_exposure("SPX") as watch,
    ):
        next(watch)


def test_a_book_over_two_shards_is_answered_as_by_one_server(client, chains):
    book = book_message(chains["SPX"])
    other = book_message(chains["BTC"], contracts=3.0)
    shift = len(book.expiries)
    book.expiries.extend(other.expiries)
    book.options.expiry_index.extend(index + shift for index in other.options.expiry_index)
    for column in ("strike", "right", "contract_count"):
        getattr(book.options, column).extend(getattr(other.options, column))
    answer = client.risk(book).proto
    for one in client.clients:
        assert one.risk(book).proto.totals == answer.totals
    with RunningServer() as alone, Client(alone.event("listening")["address"], timeout=SECONDS) as single:
        alone.event("serving")
        for chain in chains.values():
            single.publish_chain(chain)
        expected = single.risk(book).proto
        hedge = single.call("PlanHedge", hedge_message(chains["SPX"], send=False))
    assert list(answer.totals) == list(expected.totals)
    assert client.client_of("SPX").call("PlanHedge", hedge_message(chains["SPX"], send=False)).orders == hedge.orders


def test_sessions_hedges_and_kept_books_are_found_on_whichever_shard(client, chains):
    """Everything that one server can be asked, asked of two: updates, fills, books, hedges, watches, status."""
    at = np.datetime64(chains["SPX"].as_of.ToNanoseconds(), "ns")
    for place, name in enumerate(NAMES):
        opened = {"book": book_message(chains[name]), "instruments": [MES | {"underlying": name}], "policy": POLICY}
        spot, hedge = chains[name].spot * 1.001, f"desk/{name}"
        with client.stream_updates(name) as updates:
            assert updates.spot(spot, as_of=at + 1_000_000_000).result(SECONDS).is_applied
            held = updates.positions(opened["book"], as_of=at, name=f"book-{name}").result(SECONDS)
        assert client.exposure(name).spot == spot
        assert client.kept_book(f"book-{name}").revision == held.revision
        assert client.inventory(name).trade_count == 0
        assert client.surface(name).is_certified
        total = client.risk(f"book-{name}").total
        assert total.delta == client.risk(opened["book"]).total.delta
        with client.watch_risk(f"book-{name}") as watch:
            assert watch.next(SECONDS).total.delta == total.delta
        with client.hedge_session(hedge, as_of=at, timeout=SECONDS, **opened) as session:
            session.evaluate(as_of=at + 2_000_000_000).result(SECONDS)
        with ShardedClient([one.address for one in client.clients], timeout=SECONDS) as other:  # knows nothing of it
            with other.hedge_session(hedge, timeout=SECONDS) as joined:
                told = joined.evaluate(as_of=at + 3_000_000_000).result(SECONDS)
            assert told.decision.decision_id == 2
            fill = {"fill_id": f"f{place}", "order_id": "x", "instrument": "MES", "contracts": 1, "price": spot}
            assert other.report_fill(hedge, fill | {"filled_at": at + 4_000_000_000}).position == 1
            assert [one.decision_id for one in other.decisions(hedge)] == [1, 2]
    status = client.status()
    assert [(one.shard, one.hedge_count, one.book_count) for one in status.processes] == [(0, 1, 1), (1, 1, 1)]
    assert status.is_well


def keep_calling(address, ending, outcomes):
    """Ask one question after the other until told to end, as a user of the client does.

    With its retries: gRPC itself answers CANCELLED where a call reaches a socket as it closes.
    """
    chain = chain_message(underlying="SPX", options=400)
    with Client(address, timeout=SECONDS) as client:
        while not ending.is_set():
            try:
                client.exposure(chain)
                outcomes.append("OK")
            except GexError as error:
                outcomes.append(f"{type(error).__name__}: {error}")
                time.sleep(0.01)


def test_processes_are_replaced_under_load_without_a_failed_call(shards, client):
    ending, outcomes = threading.Event(), [[] for _ in range(4)]
    threads = [
        threading.Thread(target=keep_calling, args=(shards.addresses[i % 2], ending, outcomes[i])) for i in range(4)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(len(one) >= 3 for one in outcomes), SECONDS)
    before = {entry["generation"] for entry in shards.events("serving")}
    shards.replace()
    counted = [len(one) for one in outcomes]
    wait_until(lambda: all(len(one) > count + 2 for one, count in zip(outcomes, counted, strict=True)), SECONDS)
    ending.set()
    for thread in threads:
        thread.join(SECONDS)
    assert {entry["generation"] for entry in shards.events("serving")} > before
    assert {said for one in outcomes for said in one} == {"OK"}


def test_a_process_that_dies_is_started_again(shards, client):
    serving = shards.events("serving")
    pids = {entry["generation"]: entry["pid"] for entry in shards.events("warm")}
    last = max((entry for entry in serving if entry["shard"] == 0), key=lambda entry: entry["generation"])
    os.kill(pids[last["generation"]], signal.SIGKILL)
    wait_until(lambda: len(shards.events("serving")) > len(serving), SECONDS)
    assert shards.events("shard died")[-1]["code"] == -signal.SIGKILL
    with Client(shards.addresses[0], timeout=SECONDS) as again:
        wait_until(again.is_serving, SECONDS)


def test_shards_end_with_their_supervisor_and_exit_0():
    with RunningShards(2, cores=1, drain_delay_seconds=0.0) as running:
        running.event("all shards serve")
        running.terminate()
        assert running.exit_code() == 0
        assert len(running.events("stopped")) == 2
        with Client(running.addresses[0], timeout=1.0) as gone, pytest.raises(UnavailableError):
            gone.underlyings()


def test_shards_do_not_outlive_a_supervisor_that_is_killed():
    with RunningShards(2, cores=1, drain_delay_seconds=0.0) as running:
        running.event("all shards serve")
        pids = [entry["pid"] for entry in running.events("warm")]
        running.process.kill()
        wait_until(lambda: not any(_lives(pid) for pid in pids), SECONDS)


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
