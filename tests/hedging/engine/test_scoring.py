"""Triggers are scored by what the market did after them: by hand, without evidence in noise, with it where there is some."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.errors import InputError
from gex.hedging.engine.config import Mode
from gex.hedging.engine.journal import Entry, Outcome, opened_standing, taken
from gex.hedging.engine.scoring import TriggerScore, trigger_scores
from gex.hedging.engine.state import opening_state
from tests.hedging.engine.worlds import START, book, config, inputs, later

HOUR = 3600.0


def log(rows: list[tuple[float, float, float, str]]) -> list[Entry]:
    """A log of (seconds, spot, delta, trigger) of advice: the mishedge is always the delta."""
    outcome: Outcome = opened_standing("h", config(mode=Mode.ADVISORY), opening_state(), START)
    entries = [outcome.entry]
    for seconds, spot, delta, trigger in rows:
        world = replace(inputs(later(book(delta, spot=spot), seconds)), trigger=trigger)
        outcome = taken(outcome.standing, world, world.as_of)
        entries.append(outcome.entry)
    return entries


def score(entries: list[Entry], name: str, **terms: float) -> TriggerScore:
    return next(one for one in trigger_scores(entries, **terms) if one.trigger == name)


def test_a_trade_is_worth_what_the_risk_it_removed_would_have_cost() -> None:
    """5.3 → 2.24 units at γ = 1e-6; spot moves by 1,000 within the hour: ½·1e-6·(5.3² − 2.24²)·1e6 = 11.54 less 91.80.

    The control, an hour later, is followed by a move of 500: a quarter of the risk, the same cost.
    """
    rows = [
        (0.0, 60_000.0, 5.3, "price_move(0.02)"),
        (HOUR, 61_000.0, 5.3, "tick"),
        (2 * HOUR, 61_500.0, 5.3, "tick"),
    ]
    found = score(log(rows), "price_move(0.02)", horizon=HOUR)
    removed = 0.5e-6 * (5.3**2 - 2.24**2)
    cost = 3.06 * 60_000.0 * 5e-4
    assert (found.evaluation_count, found.trade_count, found.scored_count, found.paid_count) == (1, 1, 1, 0)
    assert found.cost == pytest.approx(cost)
    assert found.later_value == pytest.approx(removed * 1e6 - cost, abs=1e-6)
    assert found.control_value == pytest.approx(removed * 0.25e6 - cost, abs=1e-6)
    assert math.isnan(found.difference_low), "one trade is no evidence"
    assert not found.is_worth_having


def test_what_does_not_trade_is_counted_and_not_valued() -> None:
    found = score(log([(0.0, 60_000.0, 0.1, "rsi(75) clock(60)"), (2 * HOUR, 61_000.0, 0.1, "tick")]), "rsi(75)")
    assert (found.evaluation_count, found.trade_count, found.cost) == (1, 0, 0.0)
    assert math.isnan(found.later_value)
    names = {one.trigger for one in trigger_scores(log([(0.0, 60_000.0, 0.1, "rsi(75) clock(60)")]))}
    assert names == {"rsi(75)", "clock(60)"}


def market(seed: int, factor: float) -> list[Entry]:
    """Twenty days of twelve looks; at random ones a trigger asks, after which the market moves `factor` times as much."""
    random, spot, rows, storm = np.random.default_rng(seed), 60_000.0, [], 0
    for i in range(240):
        asks = random.random() < 0.08
        rows.append((2.0 * HOUR * i, spot, float(random.choice([-8.0, 8.0])), "price_move(0.02)" if asks else "tick"))
        storm = 2 if asks else storm - 1
        spot *= math.exp(float(random.normal(0.0, 0.004)) * (factor if storm > 0 else 1.0))
    return log(rows)


def test_a_trigger_after_which_nothing_differs_is_not_worth_having() -> None:
    """Of six markets without evidence a 95 % interval lies above zero in a seventh of one."""
    found = [score(market(seed, 1.0), "price_move(0.02)", horizon=4 * HOUR) for seed in range(6)]
    assert all(one.scored_count > 5 for one in found)
    assert sum(one.is_worth_having for one in found) <= 1
    assert sum(one.difference_low < 0.0 < one.difference_high for one in found) > 3


def test_a_trigger_before_storms_is_worth_having() -> None:
    found = score(market(1, 4.0), "price_move(0.02)", horizon=4 * HOUR)
    assert found.is_worth_having
    assert found.later_value > found.control_value


def test_trades_of_one_storm_are_one_observation() -> None:
    """Ten trades within one horizon, and as many controls: nothing can be said of two values, however many trades."""
    rows = [(60.0 * i, 60_000.0 + 100.0 * (-1) ** i, 8.0 * (-1) ** i, "price_move(0.02)") for i in range(10)]
    rows += [(24 * HOUR * 2 + 60.0 * i, 60_000.0, 0.0, "tick") for i in range(10)]
    rows += [(24 * HOUR * 4 + 60.0 * i, 60_500.0, 0.0, "tick") for i in range(10)]
    found = score(log(rows), "price_move(0.02)")
    assert found.scored_count > 3
    assert math.isnan(found.difference_low)


def test_holds_and_empty_logs_are_no_evaluations_and_bad_terms_are_refused() -> None:
    assert trigger_scores([]) == ()
    assert trigger_scores(log([(0.0, math.nan, 5.0, "tick")])) == ()
    with pytest.raises(InputError, match="positive horizon"):
        trigger_scores([], horizon=0.0)
