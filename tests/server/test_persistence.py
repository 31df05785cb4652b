"""Kept state across real deaths of real servers: kill -9 under load, a restart in order, a disk that fills."""

import contextlib
import resource
import sys

import grpc
import pytest
from gexapi.v1 import chain_pb2, chain_pb2_grpc

from tests.server.asking import ageless
from tests.server.requests import book_message, chain_message
from tests.server.running import RunningServer
from tests.server.test_kept_flow import book_update
from tests.server.test_updates import lines, outcome, update

SECONDS = 60.0


def sent(chains, *messages):
    return list(chains.StreamUpdates(iter(messages), timeout=SECONDS))


def publish(chains, chain):
    return chains.PublishChain(chain_pb2.PublishChainRequest(chain=chain), timeout=SECONDS)


def kept(chains, name):
    return chains.GetChain(chain_pb2.GetChainRequest(underlying=name), timeout=SECONDS)


@contextlib.contextmanager
def server(folder, **settings):
    """A server that is killed in the end, where it was not ended before: nobody waits for its kernels to be warm."""
    with RunningServer(state_folder=folder / "kept", drain_delay_seconds=0, grace_seconds=1, **settings) as running:
        yield running
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def test_everything_kept_is_there_after_a_restart(tmp_path):
    chain = chain_message(options=200)
    trade = lines(chain, [0, 1]) | {"contract_count": [3.0, 4.0], "customer_side": [1, -1], "trade_id": ["a", "b"]}
    with server(tmp_path) as running, running.channel() as channel:
        chains = chain_pb2_grpc.ChainServiceStub(channel)
        assert publish(chains, chain).durability == "written"
        answers = sent(
            chains,
            update(chain, 1, spot={"spot": chain.spot * 1.01}),
            update(chain, 2, trades=trade),
            update(chain, 3, book=book_update(book_message(chain), "desk-1")),
        )
        assert {answer.durability for answer in answers} == {"written"}
        before = ageless(kept(chains, "SPX")), chains.GetInventory(chain_pb2.GetInventoryRequest(underlying="SPX"))
        book = chains.GetBook(chain_pb2.GetBookRequest(book="desk-1"))
        running.terminate()
        assert running.exit_code() == 0
    with server(tmp_path) as running, running.channel() as channel:
        chains = chain_pb2_grpc.ChainServiceStub(channel)
        after = ageless(kept(chains, "SPX")), chains.GetInventory(chain_pb2.GetInventoryRequest(underlying="SPX"))
        assert after == before
        assert chains.GetBook(chain_pb2.GetBookRequest(book="desk-1")) == book
        again = sent(chains, update(chain, 2, trades=trade), update(chain, 4, trades=trade))
        assert [(answer.reason, len(answer.rejected_rows.row)) for answer in again] == [
            ("duplicate", 0),
            ("bad_rows", 2),
        ]
        assert running.event("state")["ended_in_order"] is True


def test_what_was_acknowledged_before_a_kill_is_there_and_what_was_not_can_be_sent_again(tmp_path):
    chain = chain_message(options=200)
    acknowledged = 0
    for _ in range(2):  # two lives that end by kill -9 while updates stream in, then one that looks
        with server(tmp_path, state_compact_mebibytes=0.01) as running, running.channel() as channel:
            chains = chain_pb2_grpc.ChainServiceStub(channel)
            running.event("listening")
            if not acknowledged:
                publish(chains, chain)
            first = acknowledged + 1
            messages = (
                update(chain, n, later=n, open_interest=lines(chain, [n % 5]) | {"open_interest": [float(n)]})
                for n in range(first, first + 100_000)
            )
            with contextlib.suppress(grpc.RpcError):
                for answer in chains.StreamUpdates(messages, timeout=SECONDS):
                    assert answer.is_applied or answer.reason == "duplicate"  # applied, not told before the kill
                    acknowledged = answer.sequence
                    if acknowledged == first + 200:
                        running.process.kill()
            running.process.wait()
    with server(tmp_path) as running, running.channel() as channel:
        chains = chain_pb2_grpc.ChainServiceStub(channel)
        assert running.event("state")["ended_in_order"] is False
        now = kept(chains, "SPX")
        last = max(now.chain.open_interest[:5])
        assert last >= acknowledged
        newest = {int(last) - i for i in range(5)}
        assert {int(count) for count in now.chain.open_interest[:5]} == newest, (
            "every one before the last is there, too"
        )
        (answer,) = sent(chains, update(chain, int(last) + 1, later=int(last) + 1, spot={"spot": 1.0}))
        assert outcome([answer])[0][2:] == (True, "")
        assert answer.revision > 2 << 20, "after two kills no revision is used again"


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs limits of another process (Linux)")
def test_a_server_whose_disk_is_full_goes_on_says_so_and_recovers(tmp_path):
    chain = chain_message(options=200)
    with server(tmp_path) as running, running.channel() as channel:
        chains = chain_pb2_grpc.ChainServiceStub(channel)
        publish(chains, chain)
        pid, limit = running.process.pid, resource.RLIMIT_FSIZE
        unlimited = resource.prlimit(pid, limit)
        resource.prlimit(pid, limit, (64, unlimited[1]))
        (answer,) = sent(chains, update(chain, 1, spot={"spot": 2.0}))
        assert (answer.is_applied, answer.durability) == (True, "memory")
        assert kept(chains, "SPX").chain.spot == 2.0
        assert "refuses" in running.event("state: the disk refuses, changes are kept in memory only")["event"]
        resource.prlimit(pid, limit, unlimited)
        running.event("state: the disk takes changes again")
        (answer,) = sent(chains, update(chain, 2, later=2, spot={"spot": 3.0}))
        assert answer.durability == "written"
        running.process.kill()
        running.process.wait()
    with server(tmp_path) as running, running.channel() as channel:
        chains = chain_pb2_grpc.ChainServiceStub(channel)
        assert kept(chains, "SPX").chain.spot == 3.0
        assert [one.reason for one in sent(chains, update(chain, 1, spot={"spot": 2.0}))] == ["duplicate"]


def test_a_second_server_on_the_same_state_does_not_start(tmp_path):
    with server(tmp_path) as running:
        running.event("listening")
        with server(tmp_path) as second:
            assert second.exit_code() == 1
            assert "another server" in second.event("cannot read the state")["reason"]


if sys.platform != "linux":
    pytestmark = pytest.mark.skip(reason="signals and limits as on Linux")
