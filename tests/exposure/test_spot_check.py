"""The spot that quotes imply, and the spots that no carry explains."""

import dataclasses

import pytest

from gex.exposure.spot_check import implied_spot
from gex.forward import ForwardCurve
from gex.pipeline import analyse
from gex.sample import sample_chain

FORWARDS = analyse(sample_chain(option_count=1_000).parsed).forwards


def with_spot(spot: float) -> ForwardCurve:
    return dataclasses.replace(FORWARDS, spot=spot)


def test_a_spot_of_the_instant_of_the_quotes_is_not_doubted() -> None:
    implied = implied_spot(FORWARDS)
    assert implied is not None
    assert implied.spot == pytest.approx(FORWARDS.spot, abs=implied.tolerance)
    assert not implied.doubts(FORWARDS.spot)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_spot_is_doubted_from_the_tolerance_on(side: float) -> None:
    implied = implied_spot(FORWARDS)
    assert implied is not None
    assert not implied.doubts(implied.spot + side * 0.99 * implied.tolerance)
    assert implied.doubts(implied.spot + side * 1.01 * implied.tolerance)


def test_what_quotes_imply_does_not_depend_on_the_spot_that_was_printed() -> None:
    here, there = implied_spot(FORWARDS), implied_spot(with_spot(FORWARDS.spot * 1.02))
    assert here is not None
    assert there == here
    assert there.doubts(FORWARDS.spot * 1.02)


def test_a_spot_that_was_itself_implied_is_not_checked_against_itself() -> None:
    assert implied_spot(dataclasses.replace(FORWARDS, spot_is_implied=True)) is None
