"""Contracts of the hedge instrument: published counts, rounding, pairs, shares, levels on its axis."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import InputError
from gex.exposure.instrument import (
    BasisMapping,
    ExposureInstrument,
    contract_quantity,
    instrument_exposure,
    listed_instrument,
    paired_contracts,
)
from gex.rounding import ContractRounding, whole_contracts
from tests.chains import AS_OF

SPX_FEB, SPOT = -19_156_144_000.0, 4500.5298  # exposure.md 8.5, gamma per 1 % of the file


def test_the_published_book_in_futures() -> None:
    """exposure.md 8.2: −85.3434664136 ES per 1 % to trade, 1.70686932827 per point."""
    es = ExposureInstrument(symbol="ES", multiplier=50.0, price=5016.67156811)
    found = instrument_exposure(es, 21_407_007.0740309, 5000.0, AS_OF)
    assert found.contracts_per_percent == pytest.approx(85.3434664136, rel=1e-10)
    assert found.contracts_per_point == pytest.approx(1.70686932827, rel=1e-10)


def test_a_dollar_figure_per_percent_is_not_divided_by_a_dollar_figure_per_point() -> None:
    """Trap 18: 8,512,840 contracts is 100 times too many."""
    found = instrument_exposure(listed_instrument("ES"), SPX_FEB, SPOT, AS_OF)
    assert found.contracts_per_percent == pytest.approx(-85_128.39, abs=0.01)
    assert found.contracts_per_point == pytest.approx(-1_891.52, abs=0.01)
    assert found.contracts_per_percent / found.contracts_per_point == pytest.approx(0.01 * SPOT, rel=1e-15)


def test_the_guide_of_2016_in_our_units() -> None:
    """SqueezeMetrics: 64521.235 thousand per point at SPX 1108.48 (8.6)."""
    per_percent = 64_521_235.0 * 0.01 * 1108.48
    assert per_percent == pytest.approx(715_204_985.728, abs=1e-3)
    found = instrument_exposure(listed_instrument("ES"), per_percent, 1108.48, AS_OF)
    assert found.contracts_per_percent == pytest.approx(12_904.247, abs=1e-3)


def test_normalised_by_the_volume_of_the_hedge_instrument() -> None:
    es = ExposureInstrument(symbol="ES", multiplier=50.0, average_daily_volume=1.8e6)
    found = instrument_exposure(es, SPX_FEB, SPOT, AS_OF)
    assert found.share_of_daily_volume_per_percent == pytest.approx(0.0473, abs=5e-5)
    assert found.imbalance == pytest.approx(SPX_FEB / (1.8e6 * 50 * SPOT), rel=1e-14)
    assert instrument_exposure(listed_instrument("ES"), SPX_FEB, SPOT, AS_OF).imbalance is None


def test_a_pair_leaves_less_than_half_a_micro() -> None:
    units = 85_128.394270 * 50.0
    es, mes, residual = paired_contracts(units, listed_instrument("ES"), listed_instrument("MES"), SPOT, 1.0)
    assert (es, mes) == (85_128, 4)
    assert residual / 50 == pytest.approx(-0.005730, abs=1e-6)
    assert residual * SPOT == pytest.approx(-1_289, abs=1)


@pytest.mark.parametrize(
    ("exact", "nearest", "toward_zero"),
    [(2.5, 3, 2), (-2.5, -3, -2), (0.49, 0, 0), (-0.5, -1, 0), (0.0, 0, 0), (1.999999, 2, 1)],
)
def test_halves_go_away_from_zero(exact: float, nearest: int, toward_zero: int) -> None:
    assert whole_contracts(exact) == nearest
    assert whole_contracts(exact, ContractRounding.TOWARD_ZERO) == toward_zero


@given(st.floats(-1e7, 1e7), st.sampled_from(["ES", "MES", "NQ", "BTC-PERPETUAL"]), st.sampled_from(ContractRounding))
def test_exact_is_whole_and_residual(units: float, symbol: str, rounding: ContractRounding) -> None:
    instrument = dataclasses.replace(listed_instrument(symbol), rounding=rounding)
    quantity = contract_quantity(instrument, units, 5000.0, 1.01)
    assert quantity.whole + quantity.residual == quantity.exact
    assert abs(quantity.residual) <= (0.5 if rounding is ContractRounding.NEAREST else 1.0)
    back = quantity.whole / instrument.contracts(1.0, 5000.0, 1.01) + quantity.residual_units
    assert back == pytest.approx(units, rel=1e-12, abs=1e-9)
    assert quantity.residual_currency == pytest.approx(quantity.residual_units * 5000.0)


def test_levels_move_by_the_basis_as_published() -> None:
    future = ExposureInstrument(symbol="ES", multiplier=50.0, price=5030.0)
    additive = ExposureInstrument(symbol="ES", price=5030.0, basis_mapping=BasisMapping.ADDITIVE)
    assert future.mapped(5200.0, 5000.0, AS_OF) == pytest.approx(5231.2, abs=1e-9)
    assert additive.mapped(5200.0, 5000.0, AS_OF) == 5230.0
    assert future.mapped(None, 5000.0, AS_OF) is None
    assert listed_instrument("ES").mapped(5200.0, 5000.0, AS_OF) is None


def test_a_future_of_another_instant_maps_no_level() -> None:
    stale = ExposureInstrument(symbol="ES", price=5030.0, quoted_at=AS_OF - np.timedelta64(15, "m"))
    assert stale.mapped(5200.0, 5000.0, AS_OF) is None


def test_growth_shrinks_to_settlement_and_perpetuals_keep_theirs() -> None:
    future = ExposureInstrument(symbol="ES", price=5100.0, settles_at=AS_OF + np.timedelta64(73, "D"))
    assert future.growth(5000.0, AS_OF) == pytest.approx(1.02, rel=1e-15)
    assert future.growth(5000.0, AS_OF, elapsed=0.1) == pytest.approx(math.sqrt(1.02), rel=1e-14)
    with pytest.raises(InputError, match="settles at"):
        future.growth(5000.0, AS_OF, elapsed=0.21)
    assert ExposureInstrument(symbol="P", contract_value=10.0, price=5100.0).growth(5000.0, AS_OF, 1.0) == 1.02


def test_sizes_that_are_no_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="multiplier: expected a positive number"):
        ExposureInstrument(symbol="ES", multiplier=0.0)
    with pytest.raises(InputError, match="expected one of ES"):
        listed_instrument("XYZ")
