"""Chains fed one after the other leave the server with what the last of them sent whole would leave."""

import json

import numpy as np
import pytest
from gex_cli.chain_delta import delta
from gex_cli.chain_feed import Step, send
from gex_client import Chain, Client
from gexapi.v1 import chain_pb2

from gex.sample import sample_chain, sample_csv
from tests.server.asking import as_sent
from tests.server.requests import chain_message


def changed(chain: chain_pb2.Chain, **changes: object) -> chain_pb2.Chain:
    """The same chain a minute later, with other values in some fields."""
    later = chain_pb2.Chain()
    later.CopyFrom(chain)
    later.as_of.seconds += 60
    for name, value in changes.items():
        if isinstance(value, float):
            setattr(later, name, value)
        else:
            later.ClearField(name)
            getattr(later, name).extend(value)
    later.quoted_at[:] = [later.as_of.seconds * 1_000_000_000] * len(later.strike)
    return later


@pytest.fixture(scope="module")
def first() -> chain_pb2.Chain:
    message = chain_message(underlying="FED", options=400)
    message.quoted_at[:] = [message.as_of.seconds * 1_000_000_000] * len(message.strike)
    return message


def kinds(before, after):
    found = delta(before, after)
    return ("chain",) if found is None else found.kinds


def test_only_what_moved_is_sent(first):
    assert kinds(None, first) == ("chain",)
    assert kinds(first, first) == ()
    assert kinds(first, changed(first)) == ("quotes",)
    assert kinds(first, changed(first, spot=5440.0)) == ("spot", "quotes")
    interest = np.asarray(first.open_interest) + 1.0
    assert kinds(first, changed(first, spot=5440.0, open_interest=interest)) == ("spot", "quotes", "open_interest")
    assert kinds(first, changed(first, volume=np.asarray(first.volume) + 1.0)) == ("quotes",)
    fewer = changed(first)
    for name in ("strike", "expiry_index", "right", "bid", "ask", "quoted_at"):
        del getattr(fewer, name)[-1:]
    assert kinds(first, fewer) == ("chain",)
    refused = changed(first)
    refused.source_rejects.row.append(3)
    assert kinds(first, refused) == ("chain",)
    late = changed(first)
    late.spot_as_of.seconds = late.as_of.seconds + 1
    assert kinds(first, late) == ("chain",), "of two instants"
    unknown = interest.copy()
    unknown[3] = np.nan
    assert kinds(first, changed(first, open_interest=unknown)) == ("chain",)


def test_rows_that_stand_are_not_named(first):
    bid = np.asarray(first.bid).copy()
    rows = np.flatnonzero(bid > 0.0)[[10, 20]]
    bid[rows] *= 1.01
    after = chain_pb2.Chain()
    after.CopyFrom(first)
    after.as_of.seconds += 1
    after.bid[:] = bid
    found = delta(first, after)
    assert (found.quoted.tolist(), found.opened.tolist(), found.has_spot) == (rows.tolist(), [], False)


def test_a_chain_that_came_in_parts_answers_as_one_that_came_whole(first, address):
    """Spot, quotes and open interest a minute later, in two updates: the exposure is that of the later chain."""
    spot = first.spot + 8.0
    bid, ask = np.asarray(first.bid) * 1.01, np.asarray(first.ask) * 1.01
    second = changed(first, spot=spot, bid=bid, ask=ask, open_interest=np.asarray(first.open_interest) + 3.0)
    with Client(address, timeout=60.0) as client:
        with client.stream_updates("FED") as session:
            sent = send(session, None, Step("first", first))
            assert (sent.kinds, sent.updates[0].is_applied) == (("chain",), True)
            parts = send(session, first, Step("second", second))
        assert parts.kinds == ("spot", "quotes", "open_interest")
        assert [one.is_applied for one in parts.updates] == [True] * 2, "quotes bring their spot along"
        assert not [reject for one in parts.updates for reject in one.rejects]
        kept, whole = client.exposure("FED"), client.exposure(Chain.from_proto(second))
        assert kept.spot == whole.spot == spot
        assert as_sent(kept.proto) == as_sent(whole.proto)
        assert client.chain("FED").chain.to_proto() == second


def test_recorded_files_are_sent_in_the_order_of_their_instants_and_what_is_no_chain_is_told(gex, address, tmp_path):
    chain = sample_chain(option_count=400)
    (tmp_path / "b.csv").write_text(sample_csv(chain))
    (tmp_path / "a.txt").write_text("nothing to see\n")
    ran = gex("feed", "files", tmp_path, "--server", address, "--interval", "0.01", "--json")
    assert ran.code == 0, ran.err
    (line,) = ran.out.splitlines()
    said = json.loads(line)
    assert (said["name"], said["kinds"], said["is_applied"]) == ("b.csv", ["chain"], [True])
    assert "a.txt: no chain" in ran.err
    again = gex("feed", "files", tmp_path / "b.csv", "--server", address)
    assert (again.code, "revision" in again.out, " options  chain  memory" in again.out) == (0, True, True)


@pytest.mark.real_data
def test_recorded_days_of_a_real_chain_leave_the_newest(gex, address, real_data, tmp_path):
    for path in sorted((real_data / "cboe_csv").glob("spy_2025*.csv.gz")):
        (tmp_path / path.name).symlink_to(path)
    ran = gex("feed", "files", tmp_path, "--server", address, "--interval", "0.01")
    assert ran.code == 0, ran.err
    instants = [line.split()[0] for line in ran.out.splitlines()]
    assert len(instants) >= 4
    assert instants == sorted(instants)
    with Client(address) as client:
        kept = client.chain("SPY").chain
    assert str(np.datetime64(kept.as_of, "s")) == instants[-1].removesuffix("Z")
