"""Trades and positions over a stream: the inventory of the dealers and the books that requests can name."""

import math

import grpc
import numpy as np
import pytest
from gexapi.v1 import chain_pb2, exposure_pb2, risk_pb2

from tests.server.requests import book_message, chain_message
from tests.server.test_updates import begin, lines, outcome, stream, update

SECONDS = 60.0


def inventory(chains, name):
    return chains.GetInventory(chain_pb2.GetInventoryRequest(underlying=name), timeout=SECONDS)


def exposure(exposures, name, **positioning):
    settings = exposure_pb2.ExposureSettings(positionings=[positioning])
    request = exposure_pb2.GetExposureRequest(underlying=name, settings=settings)
    return exposures.GetExposure(request, timeout=SECONDS).books[0]


def quoted_rows(chain, count):
    """Rows near the money with both quotes."""
    rows = [row for row in range(len(chain.strike)) if chain.bid[row] > 0.0 and chain.ask[row] > chain.bid[row]]
    return sorted(rows, key=lambda row: abs(chain.strike[row] - chain.spot))[:count]


def test_trades_leave_the_inventory_of_their_sides(chains):
    chain = begin(chains, "TRADED")
    rows = quoted_rows(chain, 3)
    bid, ask = ([getattr(chain, name)[row] for row in rows] for name in ("bid", "ask"))
    table = lines(chain, [rows[0], rows[0], rows[1], rows[2]]) | {
        "contract_count": [10.0, 4.0, 5.0, 7.0],
        "customer_side": [1, -1, 0, 0],
        "price": [ask[0], bid[0], ask[1], 0.5 * (bid[2] + ask[2])],  # the third at the ask, the fourth at the mid
    }
    (answer,) = stream(chains, update(chain, 1, trades=table))
    assert (answer.is_applied, list(answer.rejects)) == (True, [])
    kept = inventory(chains, "TRADED")
    assert list(kept.customer_net_quote_rule) == [6.0, 5.0, 0.0]
    assert list(kept.unsigned_quote_rule) == [0.0, 0.0, 7.0]
    assert (kept.trade_count, kept.has_start) == (4, False)
    assert list(kept.strike) == [chain.strike[row] for row in rows]


def test_exposure_of_kept_trades_is_that_of_the_trades_sent_along(chains, exposures):
    chain = begin(chains, "FLOW")
    rows = quoted_rows(chain, 6)
    table = lines(chain, rows) | {
        "contract_count": [10.0, 20.0, 30.0, 5.0, 1.0, 2.0],
        "price": [chain.ask[row] for row in rows[:3]] + [chain.bid[row] for row in rows[3:]],
        "bid": [chain.bid[row] for row in rows],
        "ask": [chain.ask[row] for row in rows],
    }
    stream(chains, update(chain, 1, trades={name: values[:3] for name, values in table.items()}))
    stream(chains, update(chain, 2, trades={name: values[3:] for name, values in table.items()}))
    for model in ("signed_trades_quote_rule", "signed_trades_lee_ready"):
        kept = exposure(exposures, "FLOW", model=model, trades={}, sign_error_probability=0.2)
        sent = exposure(exposures, "FLOW", model=model, trades={"trades": table}, sign_error_probability=0.2)
        assert kept.gamma_exposure_per_percent != 0.0
        assert kept.SerializeToString() == sent.SerializeToString(), model
        assert kept.gamma_exposure_uncertainty.standard_deviation > 0.0
        assert kept.censored_row_count > 0, "nothing is known before the first trade"


def test_an_inventory_to_begin_from_takes_the_place_of_the_trades_before_it(chains, exposures):
    chain = begin(chains, "BEGUN")
    (row,) = quoted_rows(chain, 1)
    one = lines(chain, [row])
    answers = stream(
        chains,
        update(chain, 1, trades=one | {"contract_count": [50.0], "customer_side": [1]}),
        update(chain, 2, inventory=one | {"contract_count": [-30.0]}),
        update(chain, 3, trades=one | {"contract_count": [12.0], "customer_side": [-1]}),
    )
    assert all(answer.is_applied for answer in answers)
    kept = inventory(chains, "BEGUN")
    assert (list(kept.starting_contract_count), list(kept.customer_net_lee_ready)) == ([-30.0], [-12.0])
    assert kept.has_start
    dealers = {"expiry_index": one["expiry_index"], "strike": one["strike"], "right": one["right"]}
    given = exposure(exposures, "BEGUN", model="inventory", inventory=dealers | {"contract_count": [-18.0]})
    book = exposure(exposures, "BEGUN", model="signed_trades_lee_ready", trades={})
    assert book.gamma_exposure_per_percent == pytest.approx(given.gamma_exposure_per_percent, rel=1e-12)
    assert book.censored_row_count == 0


def test_a_trade_of_one_identity_counts_once(chains):
    chain = begin(chains, "ONCE")
    table = lines(chain, [0, 1, 0]) | {"contract_count": [1.0] * 3, "customer_side": [1] * 3}
    (first,) = stream(chains, update(chain, 1, trades=table | {"trade_id": ["a", "b", "a"]}))
    assert [(one.reason, one.count) for one in first.rejects] == [("duplicate", 1)]
    (second,) = stream(chains, update(chain, 2, trades=table | {"trade_id": ["b", "", "c"]}))
    assert list(second.rejected_rows.row) == [0]
    assert inventory(chains, "ONCE").trade_count == 4


def test_trades_are_never_too_late_and_bad_ones_are_told(chains):
    chain = begin(chains, "LATE TRADES")
    table = lines(chain, [0, 1, 2, 3]) | {
        "contract_count": [1.0, -1.0, math.inf, 1.0],
        "customer_side": [1, 1, 1, 5],
    }
    answers = stream(chains, update(chain, 1, later=9, spot={"spot": 5.0}), update(chain, 2, later=-99, trades=table))
    assert answers[1].is_applied
    assert list(answers[1].rejected_rows.reason) == ["bad_contract_count", "bad_contract_count", "bad_side"]


def test_a_trade_in_a_contract_that_is_listed_later_counts_from_then_on(chains, exposures):
    chain = begin(chains, "LISTED LATER")
    (row,) = quoted_rows(chain, 1)
    shorter = chain_pb2.Chain()
    shorter.CopyFrom(chain)
    for field in shorter.DESCRIPTOR.fields:
        if field.is_repeated and field.message_type is None and len(getattr(shorter, field.name)) == len(chain.strike):
            del getattr(shorter, field.name)[row]
    chains.PublishChain(chain_pb2.PublishChainRequest(chain=shorter), timeout=SECONDS)
    trade = lines(chain, [row]) | {"contract_count": [10.0], "customer_side": [1]}
    (answer,) = stream(chains, update(chain, 1, trades=trade))
    assert [(one.reason, one.drops_row) for one in answer.rejects] == [("unknown_contract", False)]
    before = exposure(exposures, "LISTED LATER", model="signed_trades_lee_ready", trades={})
    assert (before.gamma_exposure_per_percent, before.unpriced_contract_count) == (0.0, 10.0)
    chains.PublishChain(chain_pb2.PublishChainRequest(chain=chain), timeout=SECONDS)
    after = exposure(exposures, "LISTED LATER", model="signed_trades_lee_ready", trades={})
    assert after.gamma_exposure_per_percent < 0.0


def book_update(book, name, **more):
    own = book.options
    return {
        "book": name,
        "expiries": book.expiries,
        "expiry_index": own.expiry_index,
        "strike": own.strike,
        "right": own.right,
        "contract_count": own.contract_count,
    } | more


def test_a_kept_book_is_valued_by_its_name(chains, risks):
    chain = begin(chains, "BOOKED")
    book = book_message(chain)
    future = {"symbol": "ESX", "underlying": "BOOKED", "kind": "future", "contract_count": 2.0, "multiplier": 50.0}
    (answer,) = stream(chains, update(chain, 1, book=book_update(book, "desk-1", linear=[future])))
    assert (answer.is_applied, answer.revision) == (True, 1)
    named = risks.ComputeRisk(risk_pb2.ComputeRiskRequest(book_name="desk-1"), timeout=SECONDS)
    book.linear.add(**future)
    sent = risks.ComputeRisk(risk_pb2.ComputeRiskRequest(book=book), timeout=SECONDS)
    assert named.book_revision == 1
    assert named.totals[0] == sent.totals[0]


def test_fills_add_to_a_book_and_what_comes_to_nothing_is_gone(chains):
    chain = begin(chains, "FILLED")
    book = book_message(chain)
    whole = book_update(book, "fills", entry_price=[10.0, 10.0, 10.0, 10.0])
    fill = book_update(book, "fills", contract_count=[-10.0, 10.0, 4.0, 25.0], entry_price=[13.0] * 4, adds=True)
    answers = stream(chains, update(chain, 1, book=whole), update(chain, 2, book=fill))
    assert outcome(answers) == [(1, 1, True, ""), (2, 2, True, "")]
    kept = chains.GetBook(chain_pb2.GetBookRequest(book="fills"), timeout=SECONDS)
    assert kept.revision == 2
    # −10 − 10 at the mean of both prices; −10 + 10 is gone; −10 + 4 keeps its price; −10 + 25 has changed sides
    assert list(kept.book.contract_count) == [-20.0, -6.0, 15.0]
    np.testing.assert_allclose(kept.book.entry_price, [11.5, 10.0, 13.0], rtol=1e-15)
    duplicate = stream(chains, update(chain, 2, book=fill))
    assert outcome(duplicate) == [(2, 2, False, "duplicate")]


def test_a_book_with_a_bad_row_is_refused_whole(chains):
    chain = begin(chains, "HALF BOOK")
    book = book_message(chain)
    bad = book_update(book, "half", contract_count=[1.0, math.nan, 1.0, 1.0])
    answers = stream(chains, update(chain, 1, book=book_update(book, "half")), update(chain, 2, book=bad))
    assert outcome(answers) == [(1, 1, True, ""), (2, 1, False, "bad_rows")]
    assert list(answers[1].rejected_rows.row) == [1]
    kept = chains.GetBook(chain_pb2.GetBookRequest(book="half"), timeout=SECONDS)
    assert list(kept.book.contract_count) == [-10.0] * 4


def test_accounts_keep_their_positions_apart(chains):
    chain = begin(chains, "ACCOUNTS")
    book = book_message(chain)
    first = book_update(book, "two", accounts=["a", "b"], account_index=[0, 0, 1, 1])
    fill = book_update(book, "two", accounts=["b"], account_index=[0] * 4, adds=True)
    stream(chains, update(chain, 1, book=first), update(chain, 2, book=fill))
    kept = chains.GetBook(chain_pb2.GetBookRequest(book="two"), timeout=SECONDS).book
    held = [(kept.accounts[a], count) for a, count in zip(kept.account_index, kept.contract_count, strict=True)]
    assert sorted(held) == [("a", -10.0), ("a", -10.0), ("b", -20.0), ("b", -20.0), ("b", -10.0), ("b", -10.0)]


def test_a_book_that_is_not_kept_is_not_found(chains, risks):
    for ask in (
        lambda: chains.GetBook(chain_pb2.GetBookRequest(book="nobody"), timeout=SECONDS),
        lambda: risks.ComputeRisk(risk_pb2.ComputeRiskRequest(book_name="nobody"), timeout=SECONDS),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            ask()
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_request_names_a_book_or_sends_one(chains, risks):
    chain = begin(chains, "BOTH")
    stream(chains, update(chain, 1, book=book_update(book_message(chain), "both")))
    with pytest.raises(grpc.RpcError) as caught:
        risks.ComputeRisk(risk_pb2.ComputeRiskRequest(book=book_message(chain), book_name="both"), timeout=SECONDS)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_an_update_of_a_book_takes_its_expiries_from_the_kept_chain(chains):
    chain = chain_message(underlying="OWN EXPIRIES")
    chains.PublishChain(chain_pb2.PublishChainRequest(chain=chain), timeout=SECONDS)
    table = lines(chain, [0, 5]) | {"book": "own", "contract_count": [1.0, 2.0]}
    stream(chains, update(chain, 1, book=table))
    kept = chains.GetBook(chain_pb2.GetBookRequest(book="own"), timeout=SECONDS).book
    assert [kept.expiries[i].expiry for i in kept.expiry_index] == [
        chain.expiries[chain.expiry_index[row]].expiry for row in (0, 5)
    ]
