"""The guard's verdict: a planted fifth is found, noise alone is not, whichever way it leans in single rounds."""

import numpy as np
import pytest

from benchmarks.compare import LIMIT, ROUNDS, verdicts


def rounds(factor: float, seed: int, noise: float = 0.06, count: int = ROUNDS) -> list[tuple[dict, dict]]:
    """Stages of 1 to 50 ms, one of them `factor` times as slow on the second side; each figure off by up to `noise`."""
    random = np.random.default_rng(seed)

    def side(slow: float) -> dict[str, float]:
        times = {"parse": 12.0, "surface": 3.0 * slow, "exposure": 7.0, "forward map": 45.0}
        return {name: value * (1.0 + noise * random.random()) for name, value in times.items()}

    return [(side(1.0), side(factor)) for _ in range(count)]


@pytest.mark.parametrize("seed", range(20))
def test_a_stage_a_fifth_slower_is_found_and_no_other(seed):
    assert [one.stage for one in verdicts(rounds(1.2, seed)) if one.is_slower] == ["surface"]


@pytest.mark.parametrize("seed", range(20))
def test_an_unchanged_commit_passes(seed):
    assert not any(one.is_slower for one in verdicts(rounds(1.0, seed)))


def test_three_disturbed_rounds_of_eight_do_not_make_a_stage_slower():
    seen = rounds(1.0, 1)
    for _, head in seen[:3]:
        head["parse"] *= 3.0
    (parse,) = [one for one in verdicts(seen) if one.stage == "parse"]
    assert not parse.is_slower
    assert parse.most > 2.0 > LIMIT > parse.ratio


def test_a_stage_that_one_side_lacks_is_not_judged():
    seen = rounds(1.0, 2)
    for base, _ in seen:
        del base["exposure"]
    assert "exposure" not in [one.stage for one in verdicts(seen)]
