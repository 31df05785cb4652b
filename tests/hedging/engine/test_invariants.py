"""What must always hold, over random ticks, fills, partial fills, rejections, restarts, overrides and clocks."""

import collections

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hedging.engine.random_hedge import RandomHedge


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_every_invariant_holds_over_random_histories(seed: int) -> None:
    hedge = RandomHedge(seed)
    for step in range(150):
        try:
            hedge.step()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, step {step}: {error}") from error
    hedge.finish()


def test_the_random_histories_reach_what_they_are_for() -> None:
    """A check that never sees a breach, a crash or a doubled report shows nothing."""
    counts: collections.Counter[str] = collections.Counter()
    for seed in range(8):
        hedge = RandomHedge(seed)
        for _ in range(250):
            hedge.step()
        counts += hedge.counts
    wanted = (
        "fills", "partial fills", "rejections", "doubled reports", "restarts", "crashes", "overrides", "configurations",
        "beyond the cap", "cap restored", "ledgers to the cent", "hold", "trade",
    )  # fmt: skip
    assert [name for name in wanted if counts[name] < 3] == []


def test_a_venue_that_disagrees_by_a_millionth_would_be_seen() -> None:
    hedge = RandomHedge(1)

    def run() -> None:
        for _ in range(500):
            hedge.step()
            for flows in hedge.venue.cash.values():
                flows[-1] *= 1.0 + 1e-6

    with pytest.raises(AssertionError):
        run()
