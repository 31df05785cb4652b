"""Comparisons on recorded markets: common paths, paired intervals, the arithmetic of cost and risk."""

import numpy as np
import pytest

from gex.backtest.comparison import compare, cost_ratio_at_risk
from gex.backtest.standard import REFERENCE, clock_strategy, risk_aversion_of, standard_strategies
from gex.errors import InputError
from tests.backtest.recordings import random_recording


def test_every_standard_strategy_is_compared_and_the_reference_with_itself_is_nothing() -> None:
    one = random_recording(60)
    gamma = risk_aversion_of(1.0, 100.0)
    assert gamma == 1.0
    strategies = standard_strategies(risk_aversion=gamma, gross_units=1.0, poll=3600.0)
    found = compare((one,), strategies, reference=REFERENCE, risk_aversion=gamma)
    assert len(found.results) == len(strategies) == 11
    same = found.result(REFERENCE)
    assert same.score_gap.value == same.score_gap.low == same.score_gap.high == 0.0
    assert same.risk_ratio.value == 1.0
    naked, clock = found.result("unhedged"), found.result("clock, every 1")
    assert naked.cost == 0.0
    assert naked.tracking_sd > same.tracking_sd > clock.tracking_sd
    assert clock.cost > same.cost > 0.0
    assert found.best.score == min(r.score for r in found.results)


def test_lines_sum_to_the_cost_and_the_curve_ends_at_the_profit() -> None:
    one = random_recording(60, funding=np.full(60, 1e-5))
    strategies = standard_strategies(risk_aversion=1.0, gross_units=1.0, poll=3600.0)
    for result in compare((one, one), strategies, reference=REFERENCE, risk_aversion=1.0).results:
        assert sum(result.cost_lines.values()) == pytest.approx(result.cost)
        assert result.curve[-1] == pytest.approx(result.net_profit)


def test_the_ratio_of_costs_at_equal_risk_is_found_with_its_interval() -> None:
    """Two frontiers cost = c/sd with c = 1 and 0.5: ratio 2 whatever the risk."""
    draw = np.random.default_rng(4)
    sd = np.array([0.5, 1.0, 2.0])
    noise = 1.0 + 0.1 * draw.standard_normal((60, 1))
    first = np.stack([noise / sd, np.repeat(sd[None] ** 2, 60, axis=0)], axis=2)
    second = first * np.array([0.5, 1.0])
    found = cost_ratio_at_risk(first, second, 0.8)
    assert found.value == pytest.approx(2.0)
    assert found.low == pytest.approx(2.0)
    assert np.isnan(cost_ratio_at_risk(first, second, 5.0).value)


def test_a_reference_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="different names"):
        compare((random_recording(20),), (clock_strategy(1),), reference=REFERENCE, risk_aversion=1.0)
