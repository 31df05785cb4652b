"""The certified surface on the whole way of the data: the same answers, but for wings that no quote reaches."""

import numpy as np
import pytest

from gex.errors import NumericalError
from gex.pipeline import ChainSettings, analyse, dealer_exposure
from gex.sample import sample_chain
from gex.surface.broken_line import SmileSource
from gex.surface.protocol import SurfaceModel

LINE = ChainSettings(surface=SurfaceModel.BROKEN_LINE)


def test_the_sample_has_the_same_exposure_on_either_surface() -> None:
    parsed = sample_chain(option_count=4000).parsed
    (line,) = dealer_exposure(analyse(parsed, LINE))
    (certified,) = dealer_exposure(analyse(parsed))
    # The sum nets calls against puts, so its error is held against what is netted.
    netted = abs(line.totals.call_gamma_exposure) + abs(line.totals.put_gamma_exposure)
    assert abs(certified.totals.gamma_exposure - line.totals.gamma_exposure) < 0.002 * netted
    assert [f.price for f in certified.profile.flips] == pytest.approx([f.price for f in line.profile.flips], rel=2e-3)


@pytest.mark.parametrize("model", SurfaceModel)
def test_every_model_says_which_it_is_and_what_it_proves(model: SurfaceModel) -> None:
    surface = analyse(sample_chain(option_count=1000).parsed, ChainSettings(surface=model)).surface
    priced = surface.source != SmileSource.NONE
    assert surface.model is model
    assert surface.is_certified[priced].all() == (model is not SurfaceModel.BROKEN_LINE)
    assert all(
        (rung in ("", "none")) != certified for rung, certified in zip(surface.rungs, surface.is_certified, strict=True)
    )
    live = np.flatnonzero(priced)
    k = np.linspace(-0.2, 0.2, len(live))
    time = surface.forwards.time_to_expiry[live]
    np.testing.assert_allclose(surface.vol(live, k) ** 2 * time, surface.total_variance(live, k), rtol=1e-12)


def test_a_chain_without_a_proof_is_refused_where_one_is_required() -> None:
    parsed = sample_chain(option_count=400).parsed
    assert analyse(parsed, ChainSettings(require_certified=True)).surface.is_certified.any()
    settings = ChainSettings(surface=SurfaceModel.BROKEN_LINE, require_certified=True)
    with pytest.raises(NumericalError, match=r"every slice certified, got \d+ of the broken_line surface"):
        analyse(parsed, settings)
