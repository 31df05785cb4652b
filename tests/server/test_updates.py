"""Updates of kept chains over a stream: once each, in order, and nothing lost."""

import math
import random
import threading

import grpc
import numpy as np
import pytest
from gex_server.sequences import Client, Clients
from gex_server.store import published_after
from gex_server.wire.chain import chain_from_proto, chain_to_proto
from gex_server.wire.updates import BUILT, LATER, changed
from gexapi.v1 import chain_pb2, exposure_pb2, exposure_pb2_grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tests.server.requests import chain_message

SECONDS = 60.0


def begin(chains, name, **options):
    message = chain_message(underlying=name, **options)
    chains.PublishChain(chain_pb2.PublishChainRequest(chain=message), timeout=SECONDS)
    return message


def update(chain, sequence, /, *, client="feed", later=1, **what):
    message = chain_pb2.StreamUpdatesRequest(
        client_id=f"{client}-{chain.underlying}", sequence=sequence, underlying=chain.underlying, **what
    )
    message.as_of.CopyFrom(chain.as_of)
    message.as_of.seconds += later
    return message


def stream(chains, *messages):
    return list(chains.StreamUpdates(iter(messages), timeout=SECONDS))


def kept(chains, name):
    return chains.GetChain(chain_pb2.GetChainRequest(underlying=name), timeout=SECONDS)


def outcome(answers):
    return [(answer.sequence, answer.revision, answer.is_applied, answer.reason) for answer in answers]


def lines(chain, rows):
    return {name: [getattr(chain, name)[row] for row in rows] for name in ("expiry_index", "strike", "right")}


def test_every_kind_of_update_is_built_or_refused_with_its_reason():
    kinds = chain_pb2.StreamUpdatesRequest.DESCRIPTOR.oneofs_by_name["update"].fields
    assert {*BUILT, *LATER} == {field.name for field in kinds}


def test_spot_quotes_and_open_interest_land_in_the_kept_chain(chains):
    chain = begin(chains, "MOVED")
    rows = [5, 0]
    answers = stream(
        chains,
        update(chain, 1, spot={"spot": chain.spot * 1.01}),
        update(chain, 2, later=2, quotes=lines(chain, rows) | {"bid": [1.0, math.nan], "ask": [1.2, 0.05]}),
        update(chain, 3, later=3, open_interest=lines(chain, rows) | {"open_interest": [77.0, 0.0]}),
    )
    assert outcome(answers) == [(1, 2, True, ""), (2, 3, True, ""), (3, 4, True, "")]
    now = kept(chains, "MOVED")
    assert (now.revision, now.chain.spot) == (4, chain.spot * 1.01)
    assert now.chain.as_of.seconds == chain.as_of.seconds + 2, "open interest does not make quotes younger"
    assert now.chain.spot_as_of.seconds == chain.as_of.seconds + 1
    assert (now.chain.bid[5], now.chain.ask[5], now.chain.ask[0]) == (1.0, 1.2, 0.05)
    assert math.isnan(now.chain.bid[0])
    quoted = (chain.as_of.seconds + 2) * 10**9 + chain.as_of.nanos
    assert (now.chain.quoted_at[5], now.chain.quoted_at[0]) == (quoted, quoted)
    assert (now.chain.open_interest[5], now.chain.open_interest[0]) == (77.0, 0.0)
    untouched = np.delete(np.arange(len(chain.strike)), rows)
    for name in ("bid", "ask", "open_interest", "quoted_at"):
        before, after = (np.asarray(getattr(one, name))[untouched] for one in (chain, now.chain))
        np.testing.assert_array_equal(before, after, err_msg=name)


def test_the_exposure_after_updates_is_that_of_the_chain_sent_whole(chains, channel):
    chain = begin(chains, "WHOLE")
    stream(chains, update(chain, 1, spot={"spot": chain.spot * 0.99}))
    exposures = exposure_pb2_grpc.ExposureServiceStub(channel)
    after = exposures.GetExposure(exposure_pb2.GetExposureRequest(underlying="WHOLE"), timeout=SECONDS)
    sent = exposure_pb2.ComputeExposureRequest(chain=kept(chains, "WHOLE").chain)
    answer = exposures.ComputeExposure(sent, timeout=SECONDS)
    assert after.spot == chain.spot * 0.99
    assert [book.SerializeToString() for book in after.books] == [book.SerializeToString() for book in answer.books]


def test_a_duplicate_is_answered_and_not_applied_also_after_a_reconnect(chains):
    chain = begin(chains, "TWICE")
    first, second = update(chain, 1, spot={"spot": 100.0}), update(chain, 2, spot={"spot": 101.0})
    assert outcome(stream(chains, first, first, second)) == [
        (1, 2, True, ""),
        (1, 2, False, "duplicate"),
        (2, 3, True, ""),
    ]
    assert outcome(stream(chains, first, second)) == [(1, 3, False, "duplicate"), (2, 3, False, "duplicate")]
    assert kept(chains, "TWICE").chain.spot == 101.0


def test_a_message_behind_a_gap_waits_for_those_before_it_to_be_sent(chains):
    chain = begin(chains, "GAP")
    one, two, three = (update(chain, n, later=n, spot={"spot": 100.0 + n}) for n in (1, 2, 3))
    answers = stream(chains, one, three, two, three)
    assert [(answer.sequence, answer.reason) for answer in answers] == [(1, ""), (3, "out_of_order"), (2, ""), (3, "")]
    assert kept(chains, "GAP").chain.spot == 103.0


def test_values_of_an_earlier_instant_change_nothing(chains):
    chain = begin(chains, "LATE")
    quote = lines(chain, [0]) | {"bid": [0.5], "ask": [0.6]}
    answers = stream(
        chains,
        update(chain, 1, later=-1, spot={"spot": 1.0}),
        update(chain, 2, later=5, spot={"spot": 2.0}),
        update(chain, 3, later=4, spot={"spot": 3.0}),
        update(chain, 4, later=4, quotes=quote),  # a kind of its own: later than the quotes that are kept
        update(chain, 5, later=3, quotes=quote),
    )
    assert [(answer.is_applied, answer.reason) for answer in answers] == [
        (False, "older_than_kept"),
        (True, ""),
        (False, "older_than_kept"),
        (True, ""),
        (False, "older_than_kept"),
    ]
    assert kept(chains, "LATE").chain.spot == 2.0


def test_a_whole_chain_may_begin_an_underlying(chains):
    chain = chain_message(underlying="BORN")
    answers = stream(chains, update(chain, 9, later=0, chain=chain), update(chain, 10, spot={"spot": 5_000.0}))
    assert outcome(answers) == [(9, 1, True, ""), (10, 2, True, "")]
    assert kept(chains, "BORN").chain.spot == 5_000.0


def test_lines_that_the_chain_does_not_list_are_counted(chains):
    chain = begin(chains, "UNLISTED")
    table = lines(chain, [0, 1]) | {"bid": [1.0, 1.0], "ask": [1.1, 1.1]}
    table["strike"][1] = 0.123
    (answer,) = stream(chains, update(chain, 1, quotes=table))
    assert answer.is_applied
    assert [(one.reason, one.count) for one in answer.rejects] == [("unknown_contract", 1)]


@pytest.mark.parametrize(
    ("what", "code", "field"),
    [
        ({"spot": {"spot": -1.0}}, grpc.StatusCode.INVALID_ARGUMENT, "spot.spot"),
        ({}, grpc.StatusCode.INVALID_ARGUMENT, "update"),
        ({"futures": {}}, grpc.StatusCode.UNIMPLEMENTED, "futures"),
        ({"quotes": {"strike": [1.0]}}, grpc.StatusCode.INVALID_ARGUMENT, "quotes.expiry_index[0]"),
    ],
)
def test_an_update_that_makes_no_sense_ends_the_stream_and_takes_no_sequence(chains, what, code, field):
    name = f"REFUSED {field}"
    chain = begin(chains, name)
    with pytest.raises(grpc.RpcError) as caught:
        stream(chains, update(chain, 1, **what))
    violations = error_details_pb2.BadRequest()
    for detail in rpc_status.from_call(caught.value).details:
        detail.Unpack(violations)
    assert caught.value.code() is code
    assert [one.field for one in violations.field_violations] == [field]
    assert kept(chains, name).revision == 1
    assert outcome(stream(chains, update(chain, 1, spot={"spot": 10.0}))) == [(1, 2, True, "")]


def test_an_update_of_nothing_kept_is_not_found(chains):
    with pytest.raises(grpc.RpcError) as caught:
        stream(chains, update(chain_message(underlying="NOWHERE"), 1, spot={"spot": 1.0}))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_several_senders_of_one_underlying_lose_no_update(chains):
    chain = begin(chains, "SHARED", options=200)
    senders, each = 4, 25

    def send(sender):
        messages = [
            update(
                chain,
                n,
                client=f"sender{sender}",
                later=0,
                open_interest=lines(chain, [sender]) | {"open_interest": [float(n)]},
            )
            for n in range(1, each + 1)
        ]
        assert all(answer.is_applied for answer in stream(chains, *messages))

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = kept(chains, "SHARED")
    assert now.revision == 1 + senders * each
    assert list(now.chain.open_interest[:senders]) == [float(each)] * senders


def test_any_storm_of_duplicates_and_reorderings_ends_in_the_state_of_a_model(chains):
    chain = begin(chains, "STORM", options=200)
    messages = [
        update(chain, n, later=n, open_interest=lines(chain, [n % 7]) | {"open_interest": [float(n)]})
        for n in range(1, 31)
    ]
    generator, position, sent = random.Random(5), 0, 0
    while position < len(messages):  # a sender that goes back to what is not acknowledged, with noise in between
        burst = [messages[min(max(position + generator.randint(-3, 3), 0), 29)] for _ in range(4)] + [
            messages[position]
        ]
        for answer in stream(chains, *burst):
            sent += 1
            if answer.is_applied:
                position = max(position, answer.sequence)
    expected = {row: max(n for n in range(1, 31) if n % 7 == row) for row in range(7)}
    now = kept(chains, "STORM")
    assert now.revision == 31
    assert sent > 31
    assert [now.chain.open_interest[row] for row in range(7)] == [float(expected[row]) for row in range(7)]


def test_an_update_is_the_chain_with_new_columns_and_leaves_the_old_one_as_it_was():
    message = chain_message(options=200)
    now = np.datetime64("2026-01-02T03:04:05", "ns")
    before = published_after(None, chain_from_proto(message), now)
    request = update(message, 1, quotes=lines(message, [3]) | {"bid": [0.5], "ask": [0.6]})
    after = changed(before, request, now)
    again = chain_pb2.Chain()
    chain_to_proto(before.parsed, again)
    assert again.bid[3] == message.bid[3] or math.isnan(message.bid[3])
    assert after.snapshot is not None
    quotes = after.snapshot.parsed.quotes
    assert (quotes.bid[3], quotes.ask[3], after.refusals.is_empty, after.snapshot.revision) == (0.5, 0.6, True, 2)
    assert quotes.open_interest is before.parsed.quotes.open_interest, "what is not touched is not copied"


def test_a_client_is_refused_what_it_sent_and_what_lies_behind_a_gap():
    client = Client()
    assert [client.refusal(n) for n in (1, 2)] == ["", "out_of_order"]
    assert client.refusal(17, is_whole=True) == "", "a whole chain needs nothing of what came before"
    client.last = 17
    assert [client.refusal(n) for n in (1, 17, 18, 19)] == ["duplicate", "duplicate", "", "out_of_order"]


def test_the_client_not_heard_of_for_longest_is_forgotten():
    clients = Clients(size=2)
    for name in ("a", "b", "a", "c"):
        clients.client(name).last += 1
    assert (clients.client("a").last, clients.client("c").last, clients.client("b").last) == (2, 1, 0)


def test_bad_rows_are_told_with_their_reasons_and_the_good_ones_count(chains):
    chain = begin(chains, "ROWS")
    table = lines(chain, [0, 1, 2, 3, 4]) | {"bid": [1.0, -1.0, 1.0, 1.0, 1.0], "ask": [1.2] * 5}
    table["strike"][2], table["right"][3], table["expiry_index"][4] = math.nan, 0, 999
    (answer,) = stream(chains, update(chain, 1, quotes=table))
    assert (answer.is_applied, answer.revision) == (True, 2)
    assert {one.reason: one.count for one in answer.rejects} == {
        "bad_price": 1,
        "bad_strike": 1,
        "unknown_right": 1,
        "unknown_expiry": 1,
    }
    assert all(one.drops_row for one in answer.rejects)
    assert list(answer.rejected_rows.row) == [1, 2, 3, 4]
    assert list(answer.rejected_rows.reason) == ["bad_price", "bad_strike", "unknown_right", "unknown_expiry"]
    now = kept(chains, "ROWS").chain
    assert now.bid[0] == 1.0
    np.testing.assert_array_equal(now.bid[1:5], chain.bid[1:5])


def test_an_update_without_a_good_row_changes_nothing_and_takes_its_sequence(chains):
    chain = begin(chains, "NONE GOOD")
    bad = lines(chain, [0]) | {"open_interest": [-5.0]}
    answers = stream(chains, update(chain, 1, open_interest=bad), update(chain, 2, spot={"spot": 10.0}))
    assert outcome(answers) == [(1, 1, False, "bad_rows"), (2, 2, True, "")]
    assert [(one.reason, one.count, one.open_interest) for one in answers[0].rejects] == [
        ("bad_open_interest", 1, -5.0)
    ]


def test_columns_of_unequal_length_are_a_defect_of_the_sender(chains):
    chain = begin(chains, "UNEQUAL")
    with pytest.raises(grpc.RpcError) as caught:
        stream(chains, update(chain, 1, trades=lines(chain, [0, 1]) | {"contract_count": [1.0]}))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_answers_before_a_bad_message_arrive_before_the_stream_ends(chains):
    chain = begin(chains, "ANSWERED")
    good = [update(chain, n, later=n, spot={"spot": 100.0 + n}) for n in range(1, 21)]
    bad = update(chain, 21, later=21, spot={"spot": -1.0})
    answers = chains.StreamUpdates(iter([*good, bad]), timeout=SECONDS)
    assert [next(answers).sequence for _ in good] == list(range(1, 21))
    with pytest.raises(grpc.RpcError) as caught:
        next(answers)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_server_without_a_folder_says_that_it_keeps_in_memory(chains):
    chain = begin(chains, "MEMORY")
    (answer,) = stream(chains, update(chain, 1, spot={"spot": 10.0}))
    assert answer.durability == "memory"
