"""One hedge over several venues and contracts: fees and depth decide where, funding and basis decide what."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Decision
from gex.hedging.engine.state import opening_state
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import START, book, config, filled, inputs, later, perpetual

CAPPED = config(policy=HedgePolicy(risk_aversion=1e-6, delta_cap=4.0))


def traded(decision: Decision) -> dict[str, int]:
    return {order.symbol: order.contracts for order in decision.orders}


def test_the_cheapest_venue_takes_it_all_where_it_can() -> None:
    dear, cheap = perpetual("DEAR", bps=6.0), perpetual("CHEAP", bps=4.0)
    found = traded(decide(inputs(book(9.0, instruments=(dear, cheap))), CAPPED, opening_state())[0])
    assert set(found) == {"CHEAP"}


def test_what_is_deeper_than_one_venue_goes_to_the_next_cheapest() -> None:
    """Beyond the cap 6,760 contracts: 2,000 where it is cheapest, 3,000 where it is next, the rest at the dearest."""
    venues = tuple(
        perpetual(name, bps=bps, depth=depth)
        for name, bps, depth in (("A", 6.0, None), ("B", 4.0, 2_000.0), ("C", 5.0, 3_000.0))
    )
    decision, _ = decide(inputs(book(9.0, instruments=venues)), CAPPED, opening_state())
    found = traded(decision)
    assert (found["B"], found["C"]) == (-2_000, -3_000)
    assert sum(found.values()) == round((decision.groups[0].residual_delta - 9.0) / 0.001)
    assert abs(decision.groups[0].residual_delta) <= 4.0


def test_impact_spreads_an_order_until_the_margins_are_equal() -> None:
    """Equal venues with impact share equally; four times the volume takes four times as much (x³ᐟ²/√ADV)."""
    equal = tuple(perpetual(name, average_daily_volume=1e6) for name in "AB")
    found = traded(decide(inputs(book(9.0, instruments=equal)), CAPPED, opening_state())[0])
    assert abs(found["A"] - found["B"]) <= 2 * abs(sum(found.values())) // 64 + 1
    unequal = (equal[0], replace(equal[1], average_daily_volume=4e6))
    found = traded(decide(inputs(book(9.0, instruments=unequal)), CAPPED, opening_state())[0])
    assert found["B"] / found["A"] == pytest.approx(4.0, rel=0.15)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.floats(1.0, 20.0), st.sampled_from([500.0, 2_000.0, 20_000.0]), st.sampled_from([1e5, 1e6, None])),
             min_size=2, max_size=3),
)  # fmt: skip
def test_no_exchange_of_parts_between_venues_is_cheaper(terms: list[tuple[float, float, float | None]]) -> None:
    """Against every exchange of one part between two venues: what was dealt out costs no more (to a part of 1/64)."""
    venues = tuple(
        perpetual(f"V{i}", bps=bps, depth=depth, average_daily_volume=volume)
        for i, (bps, depth, volume) in enumerate(terms)
    )
    if sum(depth for _, depth, _ in terms) < 9_000:
        return
    decision, _ = decide(inputs(book(9.0, instruments=venues)), CAPPED, opening_state())
    found = {venue.symbol: traded(decision).get(venue.symbol, 0) for venue in venues}
    part = max(abs(sum(found.values())) // 64, 1)

    def cost(symbol: str, n: int) -> float:
        terms_of = next(v for v in venues if v.symbol == symbol)
        units = abs(n) * 0.001
        rate = (
            60_000.0 * ((terms_of.ask or 0.0) - (terms_of.bid or 0.0)) / 2.0 / 60_000.0
            + 60_000.0 * terms_of.fee_bps * 1e-4
        )
        impact = 0.0
        if terms_of.average_daily_volume is not None:
            impact = 0.6 / math.sqrt(365.0) * 60_000.0 / math.sqrt(terms_of.average_daily_volume * 0.001)
        return rate * units + impact * units**1.5

    for one, other in itertools.permutations(venues, 2):
        if abs(found[one.symbol]) >= part and abs(found[other.symbol]) + part <= (other.depth or math.inf):
            now = cost(one.symbol, found[one.symbol]) + cost(other.symbol, found[other.symbol])
            moved = cost(one.symbol, found[one.symbol] + part) + cost(other.symbol, found[other.symbol] - part)
            assert moved >= now - 1e-6 * abs(now) - cost(other.symbol, 2 * part) * 0.05


def test_positions_on_all_venues_count_for_one_book() -> None:
    """Two venues that hedge one book are one hedge: what one holds the other does not send again."""
    venues = (perpetual("A", position=-3_000), perpetual("B", position=-2_300))
    decision, _ = decide(inputs(book(5.3, instruments=venues)), CAPPED, opening_state(venues))
    assert not decision.orders
    assert decision.groups[0].mishedge == pytest.approx(0.0)


# ── perpetual or dated ──

QUARTER = START + np.timedelta64(91, "D")


def pair(*, funding: float = 0.0, expected: float | None = None, basis: float = 0.0) -> tuple[HedgeInstrument, ...]:
    """A perpetual and a quarterly of one cost; the quarterly stands `basis` above spot."""
    perp = perpetual("PERP", funding_rate=funding, expected_funding_rate=expected)
    level = 60_000.0 * (1.0 + basis)
    dated = replace(perp, symbol="DATED", expires_at=QUARTER, bid=level - 15.0, ask=level + 15.0, funding_rate=0.0,
                    expected_funding_rate=None)  # fmt: skip
    return perp, dated


@pytest.mark.parametrize(
    ("delta", "terms", "chosen"),
    [
        (9.0, {"basis": 0.02}, "DATED"),  # a short earns the premium
        (-9.0, {"basis": 0.02}, "PERP"),  # a long pays it
        (9.0, {"basis": 0.02, "funding": 1e-3}, "PERP"),  # funding of 110 % a year pays the short more
        (9.0, {"basis": 0.02, "funding": -1e-3}, "DATED"),
        (-9.0, {"funding": 1e-3}, "DATED"),  # and a long must flee it
        (9.0, {"basis": 0.02, "funding": 1e-3, "expected": 0.0}, "DATED"),  # a spike that is not expected to last
    ],
)
def test_the_contract_is_chosen_by_funding_expected_and_basis(
    delta: float, terms: dict[str, float], chosen: str
) -> None:
    world = inputs(book(delta, instruments=pair(**terms)))
    assert set(traded(decide(world, config(), opening_state())[0])) == {chosen}


def test_no_trade_is_made_to_earn_funding_alone() -> None:
    """A neutral book stays flat whatever the perpetual pays: carry moves the choice, not the size."""
    for rate in (-0.01, 0.01):
        state = opening_state()
        for i in range(3):
            decision, state = decide(
                inputs(later(book(0.0, instruments=pair(funding=rate, basis=0.05)), 60.0 * i)), config(), state
            )
            assert not decision.orders
            state = filled(state)
