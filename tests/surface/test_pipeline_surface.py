"""The certified surface on the whole way of the data: the same answers, but for wings that no quote reaches."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from gex.io.cboe_csv import parse_chain
from gex.pipeline import ChainSettings, ExposureSettings, analyse, dealer_exposure
from gex.sample import sample_chain
from gex.surface.protocol import SurfaceModel

CERTIFIED = ChainSettings(surface=SurfaceModel.CERTIFIED)


def test_the_sample_has_the_same_exposure_on_either_surface() -> None:
    parsed = sample_chain(option_count=4000).parsed
    (line,) = dealer_exposure(analyse(parsed))
    (certified,) = dealer_exposure(analyse(parsed, CERTIFIED))
    # The sum nets calls against puts, so its error is held against what is netted.
    netted = abs(line.totals.call_gamma_exposure) + abs(line.totals.put_gamma_exposure)
    assert abs(certified.totals.gamma_exposure - line.totals.gamma_exposure) < 0.002 * netted
    assert [f.price for f in certified.profile.flips] == pytest.approx([f.price for f in line.profile.flips], rel=2e-3)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "ratio", "flip"),
    [  # exposure.md 8.5: straight lines, flat beyond the last quote
        ("spx_20220205", 1.0, 4587.24),
        ("spx_20220205", 0.0, 4594.6),
        ("spx_20220205", 2.0, 4582.4),
        ("ndx_20220205", 1.0, 14815.67),
        ("ndx_20220205", 0.0, 14836.8),
        ("ndx_20220205", 2.0, 14800.5),
    ],
)
def test_the_flip_moves_by_two_points_at_most_where_the_wings_are_not_flat(
    real_data: Path, name: str, ratio: float, flip: float
) -> None:
    """Calls quoted 0 bid at 0.05 get the smile's volatility, not that of the last strike with a bid."""
    parsed = parse_chain(gzip.decompress((real_data / "cboe_csv" / f"{name}.csv.gz").read_bytes()))
    analysis = analyse(parsed, ChainSettings(rate=0.0, surface=SurfaceModel.CERTIFIED))
    (book,) = dealer_exposure(analysis, ExposureSettings(skew_stickiness=ratio))
    assert [f.price for f in book.profile.flips] == pytest.approx([flip], abs=2.2)
    assert np.asarray(analysis.surface.is_certified).all()
