"""Contracts without optionality."""

import numpy as np
import pytest

from gex.errors import InputError
from gex.portfolio.linear import LinearKind, LinearPositions


def one(
    kind: LinearKind, *, price: float, multiplier: float = 1.0, time: float = np.inf, spot: float = 100.0
) -> LinearPositions:
    return LinearPositions(
        spot=spot,
        symbol=("X",),
        kind=[kind],
        contracts=[2.0],
        multiplier=[multiplier],
        price=[price],
        time_to_expiry=[time],
    )


def test_a_future_moves_by_its_carry() -> None:
    """ES three months out at 3 %: β = 1.007528, 50.3764 units a contract (hedging.md §3)."""
    future = one(LinearKind.INDEX_FUTURE, price=100.0 * np.exp(0.03 * 0.25), multiplier=50.0, time=0.25)
    assert future.growth()[0] == pytest.approx(1.007528, abs=5e-7)
    assert future.units_per_contract()[0] == pytest.approx(50.3764, abs=5e-5)
    assert future.growth(0.125)[0] == pytest.approx(np.exp(0.03 * 0.125))
    assert future.delta(elapsed=0.25)[0] == 0.0  # settled


def test_a_linear_perpetual_has_a_delta_of_one_whatever_its_basis() -> None:
    assert one(LinearKind.LINEAR, price=102.0).delta([90.0, 110.0])[:, 0].tolist() == [2.0, 2.0]


def test_an_inverse_contract_holds_its_notional_over_its_own_price() -> None:
    """N/F: with the index instead, a basis of 2 % leaves 2 % unhedged (hedging.md §3)."""
    perpetual = one(LinearKind.INVERSE, price=61_200.0, multiplier=10.0, spot=60_000.0)
    assert perpetual.delta()[0] == pytest.approx(20.0 / 61_200.0)
    assert perpetual.delta([66_000.0])[0, 0] == pytest.approx(20.0 / 67_320.0)


def test_rows_keep_their_names() -> None:
    future = one(LinearKind.SPOT, price=100.0)
    assert future.where(np.array([False])).symbol == ()
    with pytest.raises(InputError, match="expected 1 names, got 0"):
        LinearPositions(spot=1.0, kind=[4], contracts=[1.0], multiplier=[1.0], price=[1.0])
