"""Several watches on one stream: added, ended and failing one by one while the others go on."""

import queue

import grpc
import pytest
from gexapi.v1 import chain_pb2, chain_pb2_grpc, risk_pb2, watch_pb2, watch_pb2_grpc

from tests.server.local import LocalServer
from tests.server.requests import book_message, chain_message
from tests.server.test_kept_flow import book_update
from tests.server.test_updates import update

SECONDS = 60.0


@pytest.fixture(scope="module")
def server():
    with LocalServer(heartbeat_seconds=30.0, max_watches=4) as running:
        yield running


@pytest.fixture
def channel(server):
    with server.channel() as opened:
        yield opened


class Watches:
    """A stream that is written to as a test goes."""

    def __init__(self, channel):
        self._requests = queue.SimpleQueue()
        self.answers = watch_pb2_grpc.WatchServiceStub(channel).Watch(iter(self._requests.get, None), timeout=SECONDS)

    def send(self, **request):
        self._requests.put(watch_pb2.WatchRequest(**request))

    def no_more(self):
        self._requests.put(None)

    def next(self):
        return next(self.answers)

    def until(self, watch_id, event):
        """The next message of a watch that carries `event`."""
        for answer in self.answers:
            body = getattr(answer, answer.WhichOneof("event"))
            kind = body.WhichOneof("event") if answer.WhichOneof("event") != "end" else "end"
            if (answer.watch_id, kind) == (watch_id, event):
                return body
        raise AssertionError("the stream ended")


def publish(channel, name, seed=7):
    chain = chain_message(underlying=name, options=200, seed=seed)
    chain_pb2_grpc.ChainServiceStub(channel).PublishChain(chain_pb2.PublishChainRequest(chain=chain), timeout=SECONDS)
    return chain


def test_exposures_and_risks_share_a_stream_and_each_follows_its_own_market(channel):
    first, second = publish(channel, "ONE"), publish(channel, "TWO")
    watches = Watches(channel)
    watches.send(exposure={"watch_id": "a", "underlying": "ONE"})
    assert watches.until("a", "exposure").revision == 1
    watches.send(risk={"watch_id": "b", "watch": {"book": book_message(second)}})
    assert watches.until("b", "risk").risk.markets[0].underlying == "TWO"
    publish(channel, "ONE", seed=8)
    assert watches.until("a", "exposure").revision == 2
    publish(channel, "TWO", seed=8)
    assert watches.until("b", "risk").risk.markets[0].revision == 2
    watches.answers.cancel()
    assert first.underlying == "ONE"


def test_a_watch_that_is_ended_says_so_and_the_stream_ends_with_the_last_one(channel):
    publish(channel, "THREE")
    watches = Watches(channel)
    for watch_id in ("a", "b"):
        watches.send(exposure={"watch_id": watch_id, "underlying": "THREE"})
    watches.until("b", "exposure")
    watches.send(cancel="a")
    assert watches.until("a", "end").reason == "CANCELLED"
    watches.send(cancel="a")  # twice does no harm
    publish(channel, "THREE", seed=8)
    assert watches.until("b", "exposure").revision == 2
    watches.send(cancel="b")
    watches.no_more()
    assert watches.until("b", "end").reason == "CANCELLED"
    assert list(watches.answers) == []
    assert watches.answers.code() is grpc.StatusCode.OK


def test_a_watch_that_cannot_be_answered_ends_with_its_reason_and_the_others_go_on(channel):
    publish(channel, "FOUR")
    watches = Watches(channel)
    watches.send(exposure={"watch_id": "good", "underlying": "FOUR"})
    watches.until("good", "exposure")
    watches.send(exposure={"watch_id": "bad", "underlying": "FOUR", "settings": {"positionings": [{"model": "none"}]}})
    end = watches.until("bad", "end")
    assert "positionings" in end.message
    watches.send(risk={"watch_id": "empty", "watch": {}})
    assert "book" in watches.until("empty", "end").message
    publish(channel, "FOUR", seed=8)
    assert watches.until("good", "exposure").revision == 2
    watches.answers.cancel()


def test_silence_has_heartbeats_of_every_watch_at_the_pace_that_was_asked_for_last(channel):
    watches = Watches(channel)
    watches.send(exposure={"watch_id": "a", "underlying": "NOTHING"})
    watches.send(risk={"watch_id": "b", "watch": {"book_name": "nothing"}})
    watches.send(heartbeat_seconds=0.05)
    assert watches.until("a", "heartbeat").heartbeat.at.seconds > 0
    assert watches.until("b", "heartbeat").heartbeat.at.seconds > 0
    watches.answers.cancel()


def test_a_heartbeat_says_how_old_each_kind_of_what_is_watched_is(channel):
    chain = publish(channel, "AGED")
    message = update(chain, 1, spot={"spot": chain.spot}, later=3_600)
    (answer,) = chain_pb2_grpc.ChainServiceStub(channel).StreamUpdates(iter([message]), timeout=SECONDS)
    assert answer.is_applied
    watches = Watches(channel)
    watches.send(exposure={"watch_id": "a", "underlying": "AGED"}, heartbeat_seconds=0.2)
    watches.until("a", "exposure")
    beat = watches.until("a", "heartbeat").heartbeat
    age = beat.at.seconds + beat.at.nanos / 1e9 - chain.as_of.seconds - chain.as_of.nanos / 1e9
    assert beat.staleness.quotes_age_seconds == pytest.approx(age, abs=1e-3)
    assert beat.staleness.spot_age_seconds == pytest.approx(age - 3_600.0, abs=1e-3)
    assert beat.staleness.open_interest_age_seconds == pytest.approx(age, abs=1e-3)
    assert not beat.staleness.HasField("trades_age_seconds")
    watches.send(exposure={"watch_id": "none", "underlying": "NEVER"})
    assert not watches.until("none", "heartbeat").heartbeat.HasField("staleness")
    watches.answers.cancel()


@pytest.mark.parametrize(
    ("requests", "field"),
    [
        ([{"exposure": {"watch_id": "a", "underlying": "X"}}] * 2, "exposure.watch_id"),
        ([{"exposure": {"watch_id": str(i), "underlying": "X"}} for i in range(5)], "at most 4"),
        ([{"heartbeat_seconds": 0.0}], "heartbeat_seconds"),
        ([{}], "request"),
    ],
    ids=["a name twice", "too many", "a flood of heartbeats", "nothing"],
)
def test_a_request_that_cannot_be_taken_ends_the_stream(channel, requests, field):
    watches = Watches(channel)
    for request in requests:
        watches.send(**request)
    with pytest.raises(grpc.RpcError) as raised:
        list(watches.answers)
    assert field in raised.value.details()
    assert raised.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED)


def test_a_kept_book_is_watched_by_its_name_and_its_changes_are_answered(channel):
    chain = publish(channel, "BOOKED")
    chains = chain_pb2_grpc.ChainServiceStub(channel)
    watches = Watches(channel)
    watches.send(risk={"watch_id": "desk", "watch": {"book_name": "desk-7"}})

    def keep(sequence, contracts):
        book = book_update(book_message(chain, contracts=contracts), "desk-7")
        message = update(chain, sequence, book=book)
        message.client_id, message.as_of.seconds = "watched-book", message.as_of.seconds + sequence
        (answer,) = chains.StreamUpdates(iter([message]), timeout=SECONDS)
        assert answer.is_applied, answer

    keep(1, -10.0)
    first = watches.until("desk", "risk")
    assert (first.book_revision, first.risk.book_revision) == (1, 1)
    keep(2, -20.0)
    second = watches.until("desk", "risk")
    assert second.book_revision == 2
    assert second.risk.totals[0].delta == pytest.approx(2.0 * first.risk.totals[0].delta, rel=1e-12)
    publish(channel, "BOOKED", seed=8)
    third = watches.until("desk", "risk")
    assert (third.book_revision, third.risk.markets[0].revision) == (2, 2)
    watches.answers.cancel()


def test_watches_end_when_the_server_goes_down():
    with LocalServer() as server, server.channel() as channel:
        publish(channel, "LAST")
        watches = Watches(channel)
        watches.send(exposure={"watch_id": "a", "underlying": "LAST"})
        watches.until("a", "exposure")
        watches.no_more()
        server.on_loop(server.parts.runtime.admission.turn_away)
        with pytest.raises(grpc.RpcError) as raised:
            list(watches.answers)
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_watch_of_a_kept_book_cannot_bring_one(channel):
    book = book_message(chain_message(options=100))
    watches = Watches(channel)
    watches.send(risk={"watch_id": "a", "watch": risk_pb2.WatchRiskRequest(book=book, book_name="x")})
    assert "both" in watches.until("a", "end").message
    watches.answers.cancel()
