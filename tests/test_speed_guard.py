"""The guard's verdict: a planted fifth is found, noise alone is not, whichever way it leans in single pairs."""

import math

import numpy as np
import pytest

from benchmarks.compare import HERE, LIMIT, NEEDED, PAIRS, TimedTree, error_rates, least, needed, verdicts
from benchmarks.guard import rates
from benchmarks.timing import least_milliseconds

STAGES = {"parse": 12.0, "surface": 3.0, "exposure": 7.0, "forward map": 45.0}


def pairs(factor: float, seed: int, deviation: float = 0.04, count: int = PAIRS) -> list[tuple[dict, dict]]:
    """Pairs of processes, the surface `factor` times as slow on the second side; ratios stray by `deviation`."""
    random = np.random.default_rng(seed)

    def side(slow: float) -> dict[str, float]:
        strays = np.exp(random.normal(0.0, deviation / math.sqrt(2.0), len(STAGES)))
        return {
            name: value * stray * (slow if name == "surface" else 1.0)
            for (name, value), stray in zip(STAGES.items(), strays, strict=True)
        }

    return [(side(1.0), side(factor)) for _ in range(count)]


@pytest.mark.parametrize("seed", range(20))
def test_a_stage_a_fifth_slower_is_found_and_no_other(seed):
    assert [one.stage for one in verdicts(pairs(1.2, seed)) if one.is_slower] == ["surface"]


@pytest.mark.parametrize("seed", range(20))
def test_an_unchanged_commit_passes(seed):
    assert not any(one.is_slower for one in verdicts(pairs(1.0, seed)))


def test_the_rule_errs_as_often_as_it_says():
    deviation, count = 0.09, 20_000
    random = np.random.default_rng(3)
    unchanged = np.exp(random.normal(0.0, deviation, (count, PAIRS)))
    alarm, miss = error_rates(deviation, 0.2)
    alarms = ((unchanged > LIMIT).sum(axis=1) >= NEEDED).mean()
    misses = ((1.2 * unchanged > LIMIT).sum(axis=1) < NEEDED).mean()
    for seen, said in ((alarms, alarm), (misses, miss)):
        assert seen == pytest.approx(said, abs=4.0 * math.sqrt(said / count))
    assert error_rates(0.04, 0.2) == (pytest.approx(2.7e-8, rel=0.1), pytest.approx(2.1e-3, rel=0.1))


def test_the_rates_of_a_try_are_those_of_how_far_its_ratios_stray():
    found = rates([verdicts(pairs(1.0, seed, deviation=0.05)) for seed in range(200)], PAIRS)
    assert found["deviation"] == pytest.approx(0.05, rel=0.05)
    assert found["worst_deviation"] == pytest.approx(0.05, rel=0.1)
    assert found["miss"] == pytest.approx(error_rates(found["worst_deviation"], 0.2)[1])
    assert found["false_alarm"] == pytest.approx(len(STAGES) * error_rates(0.05, 0.2)[0], rel=1.0)


def test_one_disturbed_pair_of_five_does_not_make_a_stage_slower():
    seen = pairs(1.0, 1)
    seen[0][1]["parse"] *= 3.0
    (parse,) = [one for one in verdicts(seen) if one.stage == "parse"]
    assert not parse.is_slower
    assert max(parse.ratios) > 2.0 > LIMIT > parse.ratio


def test_fewer_pairs_need_the_same_share():
    assert [needed(count) for count in (1, 2, 5, 10)] == [1, 2, 4, 8]


def test_a_stage_that_one_side_lacks_is_not_judged():
    seen = pairs(1.0, 2)
    for base, _ in seen:
        del base["exposure"]
    assert "exposure" not in [one.stage for one in verdicts(seen)]


def test_a_figure_of_a_process_is_the_least_of_its_rounds():
    assert least([{"parse": 3.0, "clean": 1.0}, {"parse": 2.0, "clean": 5.0}]) == {"parse": 2.0, "clean": 1.0}


def test_what_is_too_short_for_the_clock_is_repeated():
    calls = 0

    def work() -> None:
        nonlocal calls
        calls += 1

    assert least_milliseconds(work, 0.0, once=1e-3) > 0.0
    assert calls == 200  # a fifth of a millisecond


def test_a_tree_is_timed_a_round_at_a_time_as_told():
    with TimedTree(HERE, [100], 0.0) as tree:
        tree.wait()
        first, second = tree.round(), tree.round()
    assert set(first) == set(second)
    assert {"parse, 100", "surface, 100", "hedge, 100"} <= set(first)
    assert all(milliseconds > 0.0 for milliseconds in first.values())


def test_a_tree_whose_code_is_not_its_own_is_refused(tmp_path):
    with TimedTree(tmp_path, [100], 0.0) as tree, pytest.raises(RuntimeError, match="ended with code"):
        tree.wait()
