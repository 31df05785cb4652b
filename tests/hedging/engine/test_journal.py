"""The log of a hedge: decided again bit for bit, and no change of it goes unseen."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.evaluation import rsi, value_area
from gex.hedging.engine.fills import Fill
from gex.hedging.engine.journal import Entry, FillEvent, Standing, opened_standing, resumed, taken
from gex.hedging.engine.replay import replay
from gex.hedging.engine.state import EngineState, opening_state
from gex.hedging.policy import HedgePolicy
from tests.hedging.engine.worlds import START, book, config, inputs, later


def log_of(steps: int, rules: EngineConfig) -> tuple[list[Entry], Standing]:
    """A random walk with partial fills, rejections and duplicates."""
    random = np.random.default_rng(7)
    outcome = opened_standing("h", rules, opening_state(), START)
    entries, standing = [outcome.entry], outcome.standing
    delta = 5.0
    for i in range(steps):
        delta += float(random.normal(0.0, 0.8))
        reading = later(book(delta), 60.0 * (i + 1))
        outcome = taken(standing, inputs(reading), reading.as_of, i + 1)
        entries.append(outcome.entry)
        standing = outcome.standing
        for order in standing.state.orders:
            part = order.remaining if random.random() < 0.5 else int(order.remaining / 2)
            fill = Fill(
                fill_id=f"{i}-{order.order_id}",
                order_id=order.order_id,
                symbol=order.symbol,
                contracts=part,
                filled_at=reading.as_of,
                price=order.reference_price + 3.0 if part else None,
                is_rejected=part == 0,
            )
            for _ in range(2):  # the venue says everything twice
                outcome = taken(standing, FillEvent(fill=fill), reading.as_of)
                entries.append(outcome.entry)
                standing = outcome.standing
    return entries, standing


def test_a_log_is_decided_again_bit_for_bit() -> None:
    entries, _ = log_of(200, config(policy=HedgePolicy(risk_aversion=1e-6, delta_cap=6.0)))
    found = replay(entries)
    assert found.is_identical, found.differences[:3]
    assert found.decisions == 200


def test_other_rules_show_where_they_would_have_decided_otherwise() -> None:
    rules = config()
    entries, _ = log_of(50, rules)
    found = replay(entries, config=replace(rules, policy=HedgePolicy(risk_aversion=1e-5)))
    assert found.differences
    assert all(one.field.startswith("decision") for one in found.differences)


def test_a_hedge_goes_on_from_what_its_log_says_has_changed() -> None:
    entries, standing = log_of(60, config())
    again = Standing(hedge="h", config=config(), state=EngineState())
    for entry in entries:
        again = resumed(again, entry)
    assert again.state == standing.state
    assert again.state_hash == standing.state_hash
    assert again.last_hash == standing.last_hash


@pytest.mark.parametrize(
    "field", ["event", "decision", "changes", "as_of", "input_hash", "state_after", "code_version"]
)
def test_a_changed_entry_breaks_the_chain(field: str) -> None:
    entries, _ = log_of(10, config())
    place = next(i for i, entry in enumerate(entries) if entry.decision is not None and i > 2)
    entry = entries[place]
    value = entry.as_of + 1 if field == "as_of" else getattr(entry, field) + " "
    forged = replace(entry, **{field: value})
    assert entry.sequence in replay([*entries[:place], forged, *entries[place + 1 :]]).broken
    resealed = forged.sealed()  # a forger who knows the hash must forge all that follows
    assert entries[place + 1].sequence in replay([*entries[:place], resealed, *entries[place + 1 :]]).broken


def test_a_lost_entry_is_named() -> None:
    entries, _ = log_of(10, config())
    found = replay([*entries[:4], *entries[5:]])
    assert found.missing == (5,)
    assert not found.is_identical


def test_an_entry_tells_what_it_knew_and_why() -> None:
    entries, _ = log_of(3, config())
    decision = json.loads(entries[1].decision or "{}")
    assert decision["reasons"]
    assert decision["number"] == 1
    assert json.loads(entries[1].event)["books"][0]["delta"] == pytest.approx(5.0, abs=3.0)


def test_rsi_is_wilders() -> None:
    closes = [44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61, 46.28, 46.28]
    assert rsi(closes) == pytest.approx(70.4641, abs=5e-5)  # hedging reference §12.10, printed digits
    assert rsi([float(i) for i in range(15)]) == 100.0
    assert rsi([*map(float, range(14)), 12.0]) == pytest.approx(92.8571, abs=5e-5)


def test_the_value_area_is_the_smallest_run_round_the_mode() -> None:
    assert value_area([(1.0, 1.0), (2.0, 5.0), (3.0, 3.0), (4.0, 1.0)]) == (2.0, 3.0)
    assert value_area([]) is None
