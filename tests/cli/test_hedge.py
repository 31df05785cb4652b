import dataclasses

import numpy as np
import pytest
from gex_cli.hedge_request import INSTRUMENT_FIELDS, POLICY_FIELDS, write_instrument, write_policy
from gex_cli.hedge_tables import BOUND_WORDS, REASON_WORDS, decision
from gex_server.wire.hedge import BOUND_BY, instrument_from_proto, policy_from_proto
from gexapi.v1 import hedge_pb2

from gex.hedging.answer import Reason
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import AccountUnit, BandRule, CapConfidence, HedgePolicy
from gex.portfolio.linear import LinearKind

INSTANT = np.datetime64("2024-09-20T13:30:00", "ns")
# Written in ways of their own, below.
INSTRUMENT_REST = {"symbol", "kind", "multiplier", "expires_at", "quoted_at", "in_flight"}
POLICY_REST = {
    "rule",
    "cap_confidence",
    "thresholds",
    "threshold_targets",
    "skew_stickiness",
    "account_unit",
    "event_at",
    "event_gap_sd",
}


def hedge(gex, sample_file, book_file, instruments_file, *options):
    return gex("hedge", sample_file, "--positions", book_file, "--instruments", instruments_file, *options)


def test_the_hedge_of_short_calls_buys_whole_futures_into_the_band(gex, sample_file, book_file, instruments_file):
    plan = hedge(gex, sample_file, book_file, instruments_file, "--json").answer
    assert plan["action"] == "trade"
    assert {order["instrument"] for order in plan["orders"]} <= {"ES", "MES"}
    for order in plan["orders"]:
        assert order["contracts"] == int(order["contracts"]) > 0
    bought = sum(order["units"] for order in plan["orders"])
    assert plan["mishedge"] + bought == pytest.approx(plan["residual_delta"], abs=1e-6)
    assert plan["band"]["lower"] <= plan["residual_delta"] <= plan["band"]["upper"]
    assert {"trigger", "target", "bound_by"} <= plan["band"].keys()
    assert plan["trigger_prices"]
    assert plan["reasons"]
    assert plan["costs"]["total"] > 0.0


def test_a_server_gives_the_same_hedge(gex, sample_file, book_file, instruments_file, address):
    here = hedge(gex, sample_file, book_file, instruments_file, "--json")
    there = hedge(gex, sample_file, book_file, instruments_file, "--json", "--server", address)
    assert here.out == there.out


def test_people_read_orders_band_triggers_costs_and_reasons(gex, sample_file, book_file, instruments_file):
    ran = hedge(gex, sample_file, book_file, instruments_file)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    for words in (
        "BUY ",
        "because the mishedge is outside the no-trade band",
        "Orders (amounts in USD)",
        "no-trade band",
        "the cap on delta",
        "Spot prices at which the repriced book crosses the band",
        "Ask again by",
        "Expected cost",
        "Assumed",
    ):
        assert words in ran.out, words


def test_a_hedge_held_already_leaves_nothing_to_do(gex, sample_file, book_file, instruments_file, tmp_path):
    plan = hedge(gex, sample_file, book_file, instruments_file, "--json").answer
    held = tmp_path / "held.toml"
    text = instruments_file.read_text()
    for order in plan["orders"]:
        name = f'name = "{order["instrument"]}"'
        text = text.replace(name, f"{name}\nposition = {order['contracts']:.0f}")
    held.write_text(text)
    ran = hedge(gex, sample_file, book_file, held)
    assert "DO NOTHING NOW" in ran.out
    assert "because the mishedge is inside the no-trade band" in ran.out
    assert hedge(gex, sample_file, book_file, held, "--json").answer["orders"] == []


def test_a_future_in_the_book_counts_like_one_that_is_held(gex, sample_file, book_file, instruments_file, tmp_path):
    book = tmp_path / "book.csv"
    book.write_text(
        "symbol,root,expiry,strike,right,contracts\n"
        + "".join(f",{line}\n" for line in book_file.read_text().splitlines()[1:])
        + "ES,,,,,3\n"
    )
    without = hedge(gex, sample_file, book_file, instruments_file, "--json").answer
    with_three = hedge(gex, sample_file, book, instruments_file, "--json").answer
    per_contract = next(one["units_per_contract"] for one in without["instruments"] if one["instrument"] == "ES")
    assert with_three["book_delta"] - without["book_delta"] == pytest.approx(3.0 * per_contract, rel=1e-9)


def test_a_position_that_is_not_listed_is_named(gex, sample_file, instruments_file, book_file, tmp_path):
    book = tmp_path / "book.csv"
    book.write_text(book_file.read_text() + "SPXW,2031-01-03,5400,C,5\n")
    ran = hedge(gex, sample_file, book, instruments_file)
    assert ran.code == 0
    assert "not priced: " in ran.out
    assert "unknown_expiry" in ran.out


def test_a_book_over_two_chains_is_hedged_by_underlying(gex, sample_file, book_file, instruments_file, tmp_path):
    other = tmp_path / "ndx.csv"
    other.write_text(sample_file.read_text().replace("SPXW", "NDXP").replace("SPX", "NDX"))
    book, terms = tmp_path / "book.csv", tmp_path / "terms.toml"
    line = book_file.read_text().splitlines()[1]
    book.write_text(book_file.read_text() + line.replace("SPXW", "NDXP") + "\n")
    text = instruments_file.read_text().split("[policy]")[0]
    more = text.replace('"ES"', '"NQ"\nunderlying = "NDX"').replace('"MES"', '"MNQ"\nunderlying = "NDX"')
    terms.write_text(text + more + "[policy]\nrisk_aversion = 1e-6\n")
    plan = hedge(gex, sample_file, book, terms, "--chain", other, "--json").answer
    assert [one["underlying"] for one in plan["hedges"]] == ["SPX", "NDX"]
    contracts = {order["instrument"]: order["contracts"] for order in plan["orders"]}
    assert contracts["NQ"] == contracts["ES"]  # one sample under two names
    ran = hedge(gex, sample_file, book, terms, "--chain", other)
    assert "By underlying, its units" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    drawn = hedge(gex, sample_file, book, terms, "--chain", other, "--png", tmp_path / "hedge.png")
    assert (drawn.code, drawn.err.count("\n")) == (2, 1)
    assert "one underlying" in drawn.err


@pytest.mark.real_data
def test_ten_short_calls_on_a_real_chain_are_hedged_with_es_and_mes(gex, real_data, tmp_path):
    (tmp_path / "book.csv").write_text("symbol,contracts\nSPXW230929C04510000,-10\n")
    (tmp_path / "es.toml").write_text(
        '[[instrument]]\nname = "ES"\nkind = "index_future"\nmultiplier = 50\nexpiry = 2023-12-15\nhalf_spread_bps = 0.25\n'
        '[[instrument]]\nname = "MES"\nkind = "index_future"\nmultiplier = 5\nexpiry = 2023-12-15\nhalf_spread_bps = 0.25\n'
        "[policy]\ndelta_cap = 150\n"
    )
    chain = real_data / "cboe_csv" / "spx_20230914.csv.gz"
    plan = hedge(gex, chain, tmp_path / "book.csv", tmp_path / "es.toml", "--json").answer
    assert plan["book_delta"] == pytest.approx(-540.5, abs=5.0)  # ten hundreds of a delta of 0.54
    assert plan["action"] == "trade"
    assert abs(plan["residual_delta"]) <= 150.0
    below, above = plan["trigger_prices"]
    assert below < plan["spot"] < above


def test_every_term_of_an_instrument_reaches_the_planner():
    assert set(INSTRUMENT_FIELDS) | INSTRUMENT_REST == {field.name for field in dataclasses.fields(HedgeInstrument)}
    whole = {"lot", "position", "minimum_position", "maximum_position", "maximum_order"}
    values = {name: 2 if name in whole else 0.5 for name in INSTRUMENT_FIELDS}
    for kind in LinearKind:
        instrument = HedgeInstrument(
            symbol="X", kind=kind, multiplier=50.0, expires_at=INSTANT, quoted_at=INSTANT, in_flight=-3, **values
        )
        message = hedge_pb2.HedgeInstrument()
        write_instrument(instrument, "SPX", message)
        assert instrument_from_proto(message, "instrument") == instrument


def test_what_an_instrument_does_not_say_stays_unsaid():
    instrument = HedgeInstrument(symbol="ETF", kind=LinearKind.SPOT, multiplier=1.0)
    message = hedge_pb2.HedgeInstrument()
    write_instrument(instrument, "SPY", message)
    assert instrument_from_proto(message, "instrument") == instrument
    assert not message.HasField("bid")


def test_every_rule_of_a_policy_reaches_the_planner():
    assert set(POLICY_FIELDS) | POLICY_REST == {field.name for field in dataclasses.fields(HedgePolicy)}
    values = dict.fromkeys(POLICY_FIELDS, 0.5)
    values |= {
        "cap_confidence": CapConfidence.P95,
        "max_clip": 4,
        "scan_high": 1.3,
        "coverage": 1.5,
        "allow_overhedge": True,
        "carry_tilt": True,
    }
    policies = [
        HedgePolicy(),
        HedgePolicy(thresholds=(-80.0, 90.0), threshold_targets=(-10.0, 20.0)),
        HedgePolicy(skew_stickiness=0.0, account_unit=AccountUnit.USD, event_at=INSTANT, event_gap_sd=0.02),
        *[HedgePolicy(rule=rule, **values) for rule in BandRule if rule is not BandRule.FIXED],
    ]
    for policy in policies:
        message = hedge_pb2.HedgePolicy()
        write_policy(policy, message)
        assert policy_from_proto(message, "policy") == policy


def test_every_reason_and_binding_has_words():
    assert {reason.value for reason in Reason} <= REASON_WORDS.keys()
    assert set(BOUND_BY.values()) == BOUND_WORDS.keys()


def test_the_decision_is_one_line():
    plan = hedge_pb2.PlanHedgeResponse(action="trade")
    plan.orders.add(instrument="ES", contracts=-12)
    plan.orders.add(instrument="MES", contracts=3)
    assert decision(plan) == "SELL 12 ES, BUY 3 MES"
    assert decision(hedge_pb2.PlanHedgeResponse(action="hold")).startswith("HOLD")
    assert decision(hedge_pb2.PlanHedgeResponse(action="no_trade")) == "DO NOTHING NOW"
