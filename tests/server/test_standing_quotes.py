"""Quotes of which the others stand: few lines on the wire, and the kept chain is the one that would have been sent whole."""

import random

import numpy as np
import pytest
from gex_server.answers.exposure import compute_exposure
from gex_server.errors import FieldError, NotBuiltError
from gex_server.store import Snapshot, published_after
from gex_server.wire.chain import chain_from_proto, chain_to_proto
from gex_server.wire.updates import changed
from gexapi.v1 import chain_pb2, exposure_pb2

from tests.server.asking import as_sent
from tests.server.requests import chain_message
from tests.server.test_updates import lines, update

AT = np.datetime64("2030-01-01T00:00:00", "ns")
MOVING = ("bid", "ask", "last", "volume", "source_vol", "source_delta", "source_gamma")


def begun(message: chain_pb2.Chain) -> Snapshot:
    return published_after(None, chain_from_proto(message), AT)


def whole(snapshot: Snapshot) -> chain_pb2.Chain:
    chain = chain_pb2.Chain()
    chain_to_proto(snapshot.parsed, chain, spot_as_of=snapshot.spot_as_of, quote_spot=snapshot.quote_spot)
    return chain


def later_chain(before: chain_pb2.Chain, rows: list[int], draw: random.Random) -> chain_pb2.Chain:
    """A second later at another spot: some rows quoted anew, the others as they stood."""
    after = chain_pb2.Chain()
    after.CopyFrom(before)
    after.as_of.seconds += 1
    after.spot = before.spot * (1.0 + draw.uniform(-0.002, 0.002))
    for row in rows:
        move = 1.0 + draw.uniform(0.0, 0.01)
        for name in MOVING:
            if getattr(after, name):
                getattr(after, name)[row] *= move
        if after.quoted_at:
            after.quoted_at[row] = after.as_of.ToNanoseconds()
    return after


def standing(sequence: int, after: chain_pb2.Chain, rows: list[int]) -> chain_pb2.StreamUpdatesRequest:
    """The update that makes a chain of the one before."""
    message = update(after, sequence, later=0, quotes=lines(after, rows))
    for name in (*MOVING, "quoted_at"):
        if getattr(after, name):
            getattr(message.quotes, name).extend(getattr(after, name)[row] for row in rows)
    message.quotes.spot, message.quotes.others_stand = after.spot, True
    return message


@pytest.mark.parametrize("kind", ["index", "crypto"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_kept_chain_is_byte_for_byte_the_one_sent_whole(kind: str, seed: int) -> None:
    draw, message = random.Random(seed), chain_message(kind=kind)
    for name in ("source_vol", "source_delta", "source_gamma"):
        if not getattr(message, name):
            getattr(message, name).extend([0.2] * len(message.strike))
    message.quoted_at[:] = [message.as_of.ToNanoseconds()] * len(message.strike)
    message = whole(begun(message))
    snapshot = begun(message)
    for step in range(1, 9):
        if draw.random() < 0.3:  # a tick between
            tick = update(message, 100 + step, later=0, spot={"spot": message.spot * 1.0005})
            snapshot = changed(snapshot, tick, AT).snapshot or snapshot
        rows = sorted(draw.sample(range(len(message.strike)), draw.choice([0, 1, 30, 200])))
        message = later_chain(message, rows, draw)
        found = changed(snapshot, standing(step, message, rows), AT)
        assert found.snapshot is not None
        assert found.refusals.is_empty
        snapshot = found.snapshot
        assert whole(snapshot).SerializeToString(deterministic=True) == message.SerializeToString(deterministic=True)
        assert (snapshot.quote_spot, snapshot.spot_as_of) == (None, None)
    asked = [compute_exposure(exposure_pb2.ComputeExposureRequest(chain=chain)) for chain in (whole(snapshot), message)]
    assert as_sent(asked[0]) == as_sent(asked[1])


def test_without_a_word_of_the_others_they_are_of_the_spot_that_they_came_with() -> None:
    message = chain_message()
    spot = message.spot * 1.01
    quotes = lines(message, [5, 6]) | {"bid": [1.0, 2.0], "ask": [2.0, 3.0], "spot": spot}
    snapshot = changed(begun(message), update(message, 1, quotes=quotes), AT).snapshot
    assert snapshot is not None
    assert (snapshot.parsed.quotes.spot, snapshot.spot_as_of) == (spot, None)
    assert snapshot.quote_spot is not None
    assert set(snapshot.quote_spot[[5, 6]]) == {spot}
    assert set(np.delete(snapshot.quote_spot, [5, 6])) == {message.spot}


def test_a_line_that_cannot_be_used_leaves_its_quote_at_its_own_spot() -> None:
    message = chain_message()
    row = next(i for i in range(200, 400) if message.bid[i] > 0.0)
    quotes = lines(message, [row, 6]) | {"bid": [-1.0, 2.0], "ask": [2.0, 3.0], "spot": 1.01 * message.spot}
    quotes["others_stand"] = True
    found = changed(begun(message), update(message, 1, quotes=quotes), AT)
    assert found.snapshot is not None
    assert found.snapshot.quote_spot is not None
    assert np.flatnonzero(found.snapshot.quote_spot != found.snapshot.parsed.quotes.spot).tolist() == [row]
    assert found.snapshot.parsed.quotes.bid[row] == message.bid[row]


def test_a_tick_that_is_newer_than_the_quotes_stays_the_spot() -> None:
    message = chain_message()
    ticked = changed(begun(message), update(message, 1, later=9, spot={"spot": 1.02 * message.spot}), AT).snapshot
    quotes = {"spot": 1.01 * message.spot, "others_stand": True}
    snapshot = changed(ticked, update(message, 2, later=5, quotes=quotes), AT).snapshot
    assert snapshot is not None
    assert snapshot.parsed.quotes.spot == 1.02 * message.spot
    assert snapshot.quote_spot is not None
    assert set(snapshot.quote_spot) == {1.01 * message.spot}


def test_no_line_is_an_update_only_where_the_others_stand() -> None:
    message = chain_message()
    moved = changed(begun(message), update(message, 1, quotes={"others_stand": True}), AT).snapshot
    assert moved is not None
    assert whole(moved).as_of.seconds == message.as_of.seconds + 1
    assert changed(begun(message), update(message, 1, quotes={}), AT).snapshot is None


@pytest.mark.parametrize(
    ("what", "error", "text"),
    [
        ({"spot": -1.0}, FieldError, "positive price"),
        ({"spot": float("nan")}, FieldError, "positive price"),
        ({"bid_size": [1.0]}, NotBuiltError, "keeps sizes"),
    ],
)
def test_what_makes_no_sense_is_refused(what: dict[str, object], error: type[Exception], text: str) -> None:
    message = chain_message()
    quotes = lines(message, [5]) | {"bid": [1.0], "ask": [2.0]} | what
    with pytest.raises(error, match=text):
        changed(begun(message), update(message, 1, quotes=quotes), AT)
