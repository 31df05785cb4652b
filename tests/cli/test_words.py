"""What the command says in words is said of everything that there is, and its numbers read as people read them."""

from gex_cli.assumptions import _FORWARD_WORDS, POSITIONING_WORDS, assumption_lines, reject_lines
from gex_cli.risk_tables import unpriced_lines
from gex_cli.vols_tables import _SOURCES
from gexapi.v1 import common_pb2, risk_pb2

from gex.positioning import POSITIONINGS


def test_every_positioning_that_needs_no_more_data_has_words_and_is_in_the_help(gex):
    assert POSITIONINGS.keys() <= POSITIONING_WORDS.keys()
    text = gex("exposure", "--help").out.replace("│", " ")
    flat = "".join(text.split())
    for name in POSITIONINGS:
        assert name in flat, name


def test_every_source_of_a_forward_has_words():
    assert set(common_pb2.ForwardSource.values()) == _FORWARD_WORDS.keys() == _SOURCES.keys()


def test_rejects_name_reason_count_and_share_of_open_interest():
    rejects = [
        common_pb2.RejectCount(reason="expired", count=2, open_interest=25.0, drops_row=True),
        common_pb2.RejectCount(reason="crossed", count=1, drops_row=False),
    ]
    assert reject_lines(rejects, 100.0) == [
        "rows dropped: expired 2 (25.00 % of open interest)",
        "quotes not used (contract still counts): crossed 1",
    ]
    assert reject_lines([], 100.0) == []


def test_a_rate_that_was_given_is_said():
    provenance = common_pb2.Provenance(discount_source="rate", clock="act_365", vol_source="surface")
    assert "rates: 5 % a year, as given" in assumption_lines(provenance, [], 0.05)
    assert "rates: one rate" in assumption_lines(provenance, [])


def test_sources_greeks_are_said_to_be_theirs():
    provenance = common_pb2.Provenance(greeks_source=common_pb2.GREEKS_SOURCE_SOURCE)
    assert any("as printed in the source" in line for line in assumption_lines(provenance, []))


def test_a_contract_that_the_chain_does_not_list_is_named_with_where_to_look():
    unknown = risk_pb2.UnpricedPosition(reason="unknown_expiry", message="-10 SPXW 2023-10-20 4500 C: unknown expiry")
    lines = unpriced_lines([unknown])
    assert lines[0] == "not priced: -10 SPXW 2023-10-20 4500 C: unknown expiry (unknown_expiry)"
    assert "gex vols FILE" in lines[1]
    assert unpriced_lines([]) == []
    assert len(unpriced_lines([risk_pb2.UnpricedPosition(reason="no_forward")])) == 1


def test_forwards_that_not_all_quotes_allow_are_told():
    parity = common_pb2.FORWARD_SOURCE_PARITY
    states = [common_pb2.ExpiryState(forward_source=parity, box_is_empty=empty) for empty in (True, False, True)]
    [told] = [line for line in assumption_lines(common_pb2.Provenance(), states) if line.startswith("forwards")]
    assert told.startswith("forwards: put-call parity (3 of 3 expiries); 2 that not all quotes near the money allow")
    [quiet] = [line for line in assumption_lines(common_pb2.Provenance(), states[1:2]) if line.startswith("forwards")]
    assert quiet == "forwards: put-call parity (1 of 1 expiries)"
