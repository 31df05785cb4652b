"""Sessions: every message counts once, in order, whatever happens to connections and servers in between."""

import asyncio
import signal
from pathlib import Path

import grpc
import numpy as np
import pytest
from gex_client import (
    Book,
    Chain,
    Client,
    ColumnError,
    DeadlineError,
    InputError,
    MissingDataError,
    OverloadedError,
    RevisionConflictError,
    UnavailableError,
    UnknownUnderlyingError,
)
from gex_client.aio import AsyncClient
from gex_client.hedge_messages import HedgeExchange
from gex_client.outbox import MOST_UNANSWERED
from gexapi.v1 import hedge_pb2
from grpc.aio import AioRpcError, Metadata

from tests.client.conftest import renamed
from tests.server.running import RunningServer

OPTION = {"expiry": ["2024-07-19"], "root": ["SPX"], "strike": [5400.0], "right": ["C"]}
AT = np.datetime64("2024-06-12T14:31:00", "ns")
MES = {"symbol": "MES", "underlying": "SPX", "kind": "linear", "multiplier": 5, "half_spread_bps": 0.5}
POLICY = {"delta_cap": 100.0, "mode": "live"}
SECONDS = 60.0


def after(seconds: int) -> np.datetime64:
    return AT + np.timedelta64(seconds, "s")


def short_calls() -> Book:
    return Book(underlying="SPX", options={**OPTION, "contract_count": [-10]})


@pytest.fixture
def folder(tmp_path: Path) -> dict[str, object]:
    return {"state_folder": tmp_path / "state", "audit_url": f"sqlite:///{tmp_path / 'audit.db'}"}


def started(folder: dict[str, object], port: int = 0) -> RunningServer:
    server = RunningServer(port=port, **folder)
    server.event("serving")
    return server


def address_of(server: RunningServer) -> str:
    return str(server.event("listening")["address"])


def kill(server: RunningServer) -> int:
    port = int(address_of(server).rpartition(":")[2])
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(SECONDS)
    return port


def test_what_was_sent_while_the_server_was_dead_is_applied_once_and_in_order(sample: Chain, folder):
    """Seven trades of one contract each: three before the kill, four into the void; the kept count is seven."""
    server = started(folder)
    with server, Client(address_of(server)) as gex:
        gex.publish_chain(sample)
        with gex.stream_updates("SPX") as updates:

            def trade(number: int):
                line = {**OPTION, "price": [120.0], "contract_count": [1.0], "customer_side": [1]}
                return updates.trades({**line, "trade_id": [str(number)]}, as_of=after(number))

            first = [trade(number).result(SECONDS) for number in range(3)]
            port = kill(server)
            sent = [trade(number) for number in range(3, 7)]
            spot = updates.spot(5450.0, as_of=after(10))
            assert not spot.done()
            with started(folder, port):
                assert [one.result(SECONDS).is_applied for one in sent] == [True] * 4
                assert spot.result(SECONDS).is_applied
                assert [one.sequence for one in first] == [1, 2, 3]
                assert [one.result().sequence for one in (*sent, spot)] == [4, 5, 6, 7, 8]
                inventory = gex.inventory("SPX", timeout=SECONDS)
                assert (inventory.trade_count, inventory.customer_net_quote_rule.tolist()) == (7, [7.0])
                assert inventory.columns()["expiry"].tolist() == [np.datetime64("2024-07-19").item()]
                assert gex.chain("SPX").chain.spot == 5450.0


def test_a_server_that_lost_everything_says_so_and_takes_the_session_up_with_a_whole_chain(sample: Chain):
    server = started({})
    with server, Client(address_of(server)) as gex, gex.stream_updates("SPX") as updates:
        assert updates.chain(sample).result(SECONDS).is_applied
        assert updates.spot(5440.0, as_of=after(0)).result(SECONDS).is_applied
        port = kill(server)
        lost = updates.spot(5441.0, as_of=after(1))
        with started({}, port):
            with pytest.raises(UnknownUnderlyingError, match="SPX"):
                lost.result(SECONDS)
            assert updates.chain(sample).result(SECONDS).is_applied
            assert updates.spot(5442.0, as_of=after(2)).result(SECONDS).is_applied
            assert gex.chain("SPX", timeout=SECONDS).chain.spot == 5442.0


def test_a_refused_message_is_told_and_those_after_it_are_applied(client: Client, sample: Chain):
    client.publish_chain(renamed(sample, "REFUSED"))
    with client.stream_updates("REFUSED") as updates:
        bad = updates.spot(-1.0, as_of=after(0))
        good = updates.spot(5445.0, as_of=after(1))
        with pytest.raises(InputError, match="spot"):
            bad.result(SECONDS)
        assert good.result(SECONDS).is_applied
        with pytest.raises(InputError, match="spot"):
            updates.flush(SECONDS)
        updates.flush(SECONDS)  # told once
        assert updates.unanswered_count == 0


def test_columns_that_do_not_fit_are_refused_before_they_are_sent(client: Client):
    with client.stream_updates("SPX") as updates:
        with pytest.raises(ColumnError, match="colour: no such column"):
            updates.quotes({**OPTION, "bid": [1.0], "ask": [2.0], "colour": ["red"]}, as_of=AT)
        with pytest.raises(ColumnError, match="ask: expected a column, got none"):
            updates.quotes({**OPTION, "bid": [1.0]}, as_of=AT)
        with pytest.raises(ColumnError, match="bid: expected 1 rows, got 2"):
            updates.quotes({**OPTION, "bid": [1.0, 2.0], "ask": [2.0]}, as_of=AT)
        assert updates.unanswered_count == 0


def test_every_kind_of_update_reaches_the_kept_chain(client: Client, sample: Chain):
    whole = renamed(sample, "KINDS")
    book = Book(name="kinds", underlying="KINDS", options={**OPTION, "contract_count": [-3.0]})
    with client.stream_updates("KINDS") as updates:
        sent = [
            updates.chain(whole),
            updates.spot(5440.0, as_of=after(1)),
            updates.open_interest({**OPTION, "open_interest": [77.0]}, as_of=after(1)),
            updates.inventory({**OPTION, "contract_count": [-5.0]}, as_of=after(1)),
            updates.positions(book, as_of=after(1)),
        ]
        updates.flush(SECONDS)
    assert [(one.result().is_applied, one.result().reason) for one in sent] == [(True, "")] * 5
    kept = client.kept_book("kinds")
    assert kept.book.options is not None
    assert kept.book.options["contract_count"].tolist() == [-3.0]
    assert kept.book.options["root"].tolist() == ["SPX"]


def test_a_session_waits_no_longer_than_it_is_told_where_nobody_answers():
    with Client("127.0.0.1:1") as gex:
        updates = gex.stream_updates("SPX")
        updates.spot(5440.0, as_of=AT)
        with pytest.raises(DeadlineError, match="1 of 1 messages"):
            updates.flush(0.05)
        for _ in range(MOST_UNANSWERED - 1):
            updates.spot(5440.0, as_of=AT)
        with pytest.raises(OverloadedError, match="wait for an answer"):
            updates.spot(5440.0, as_of=AT)
        updates.close(0.0)


def test_a_hedge_goes_on_after_its_server_was_killed_and_after_its_client_began_anew(sample: Chain, folder):
    server = started(folder)
    terms = {"book": short_calls(), "instruments": [MES], "chains": [sample], "policy": POLICY}
    with server, Client(address_of(server)) as gex:
        session = gex.hedge_session("desk", as_of=AT, timeout=SECONDS, **terms)
        first = session.tick({"SPX": 5440.0}, as_of=after(1)).result(SECONDS).decision
        assert first is not None
        assert first.plan.orders[0].contracts > 0.0
        port = kill(server)
        later = [session.evaluate(as_of=after(1 + n)) for n in range(1, 4)]
        with started(folder, port):
            decided = [one.result(SECONDS).decision for one in later]
            assert [one.decision_id for one in decided] == [2, 3, 4]
            assert [next(session).decision_id for _ in range(4)] == [1, 2, 3, 4]
            session.close()
            with gex.hedge_session("desk", as_of=after(60), timeout=SECONDS, **terms) as again:
                assert again.evaluate(as_of=after(61)).result(SECONDS).decision.decision_id == 5
            with gex.hedge_session("desk", timeout=SECONDS) as joined:
                fill = {"fill_id": "f1", "order_id": first.plan.orders[0].order_id, "instrument": "MES"}
                fill |= {"contracts": first.plan.orders[0].contracts, "price": 5440.0}
                taken = [joined.fill(fill, as_of=after(62)).result(SECONDS).acknowledgement for _ in range(2)]
                assert [one.is_applied for one in taken] == [True, False]
            listed = list(gex.decisions("desk", page_size=2))
            assert [one.decision_id for one in listed] == [1, 2, 3, 4, 5]
            assert listed[0].fills[0].contracts == fill["contracts"]
            assert [a.hash for a in listed[:-1]] == [b.previous_hash for b in listed[1:]] or listed[1].previous_hash


def test_a_hedge_that_nobody_opened_cannot_be_joined(client: Client):
    with pytest.raises(InputError, match="not opened"):
        client.hedge_session("nobody/knows")


def answer(sequence: int, last: int) -> hedge_pb2.HedgeSessionResponse:
    message = hedge_pb2.HedgeSessionResponse(sequence=sequence, last_sequence=last)
    message.acknowledgement.is_applied = True
    return message


def opened() -> HedgeExchange:
    from concurrent.futures import Future

    rules = HedgeExchange("desk", lambda decision: None, reconnect=True)
    rules.outbox.add(hedge_pb2.HedgeSessionRequest(), Future())
    assert rules.take(answer(1, 1)) is False
    rules.outbox.add(hedge_pb2.HedgeSessionRequest(), Future())
    return rules


def test_a_hedge_that_the_server_has_lost_is_not_opened_again_by_itself():
    rules = opened()
    assert rules.take(answer(2, 0)) is True
    assert isinstance(rules.ended, MissingDataError)
    assert rules.broke(rules.ended) is None


def test_two_senders_of_one_hedge_are_told_of_each_other():
    rules = opened()
    assert rules.take(answer(2, 9)) is True
    assert isinstance(rules.ended, RevisionConflictError)


def test_only_the_newest_decision_is_kept_where_that_is_asked_for(client: Client, sample: Chain):
    terms = {"book": short_calls(), "instruments": [MES], "chains": [sample], "policy": POLICY}
    with client.hedge_session("newest", as_of=AT, newest_only=True, timeout=SECONDS, **terms) as session:
        for second in range(1, 6):
            session.evaluate(as_of=after(second)).result(SECONDS)
        newest = session.next(SECONDS)
        assert newest is not None
        assert newest.decision_id == 5
        assert session.next(0.0) is None


def test_the_risk_of_a_kept_book_follows_the_book(client: Client, sample: Chain):
    chain = renamed(sample, "FOLLOWED")
    root = str(chain.to_proto().expiries[0].root)
    client.publish_chain(chain)
    row = int(np.flatnonzero((chain.expiry_index == len(chain.expiries) - 1) & (chain.right > 0))[0])
    terms = chain.to_proto().expiries[len(chain.expiries) - 1]
    options = {"expiry": [terms.expiry], "root": [terms.root or root], "strike": [chain.strike[row]], "right": ["C"]}

    def held(count: float) -> Book:
        return Book(name="followed", underlying="FOLLOWED", options={**options, "contract_count": [count]})

    with client.stream_updates("FOLLOWED") as updates:
        updates.positions(held(-10.0), as_of=AT).result(SECONDS)
        with client.watch_risk("followed") as watch:
            first = watch.next(SECONDS)
            updates.positions(held(-20.0), as_of=after(1)).result(SECONDS)
            second = watch.next(SECONDS)
    assert first is not None
    assert second is not None
    assert second.total.delta == pytest.approx(2.0 * first.total.delta, rel=1e-12)
    assert second.book_revision == first.book_revision + 1


def test_sessions_for_asyncio_end_as_those_in_threads_do(address: str, sample: Chain):
    async def main() -> None:
        async with AsyncClient(address) as gex:
            await gex.publish_chain(renamed(sample, "ASYNC"))
            async with gex.stream_updates("ASYNC") as updates:
                bad, good = updates.spot(-1.0, as_of=after(0)), updates.spot(5445.0, as_of=after(1))
                with pytest.raises(InputError, match="spot"):
                    await bad
                assert (await good).is_applied
                with pytest.raises(InputError, match="spot"):
                    await updates.flush(SECONDS)
            with pytest.raises(UnavailableError, match="closed"):
                updates.spot(1.0, as_of=AT)
            terms = {"book": short_calls(), "instruments": [MES], "chains": [sample], "policy": POLICY}
            session = await gex.hedge_session("async", as_of=AT, timeout=SECONDS, **terms)
            told = session.evaluate(as_of=after(1))
            assert (await anext(session)).decision_id == (await told).decision.decision_id == 1
            await session.close()
            with pytest.raises(StopAsyncIteration):
                await anext(session)
            assert [one.decision_id async for one in gex.decisions("async")] == [1]

    asyncio.run(main())


def test_both_clients_have_the_same_calls_with_the_same_arguments():
    import inspect

    def signatures(kind: type) -> dict[str, list[str]]:
        public = {name: one for name, one in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
        return {name: list(inspect.signature(one).parameters) for name, one in public.items()}

    ours, theirs = signatures(Client), signatures(AsyncClient)
    theirs.pop("stream")  # the raw stream of a watch, for gateways
    assert ours == theirs
    for kind in (Client, AsyncClient):
        for name in ours:
            documented = inspect.getdoc(getattr(kind, name)) or ""
            assert ">>> " in documented or name == "close", f"{kind.__name__}.{name} has no example"


class EndedWhileWritten:
    """A stream as grpc.aio leaves it when the server ended it under a write: the server's own status is lost."""

    def __aiter__(self):
        return self

    async def __anext__(self):
        raise AioRpcError(grpc.StatusCode.INTERNAL, Metadata(), Metadata(), details="Internal error from Core")

    def cancel(self):
        return True


def test_a_message_that_meets_an_ended_stream_is_sent_again(address: str, sample: Chain, monkeypatch):
    starts = []

    def starter(connection, method, routing):
        begin = real_starter(connection, method, routing)

        def started(requests):
            starts.append(method)
            return EndedWhileWritten() if len(starts) == 1 else begin(requests)

        return started

    async def main() -> None:
        async with AsyncClient(address) as gex:
            await gex.publish_chain(renamed(sample, "LATE"))
            async with gex.stream_updates("LATE") as updates:
                bad, good = updates.spot(-1.0, as_of=after(0)), updates.spot(5445.0, as_of=after(1))
                with pytest.raises(InputError, match="spot"):
                    await bad
                assert (await good).is_applied

    real_starter = AsyncClient._starter
    monkeypatch.setattr(AsyncClient, "_starter", starter)
    asyncio.run(main())
    assert len(starts) >= 3  # lost, refused, applied
