"""Volatilities and Greeks of whole chains against those that Cboe prints beside its quotes."""

import numpy as np
import pytest

from gex.exposure.map import computed_greeks
from gex.io.detect import read_chain
from gex.pipeline import analyse


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["spx_20230417", "spx_20230914", "spx_20231209_dec_only"])
def test_out_of_the_money_legs_agree_with_cboe_in_vol_delta_and_gamma(real_data, name):
    # Cboe prints vol, delta and gamma to four digits and computes them with a clock, a rate and a dividend of its own;
    # the median over thousands of legs leaves those choices and no error of ours.
    analysis = analyse(read_chain(real_data / "cboe_csv" / f"{name}.csv.gz"))
    quotes, forwards = analysis.cleaned.quotes, analysis.forwards
    greeks = computed_greeks(quotes, analysis.surface)
    vol = analysis.surface.vol(quotes.expiry, np.log(quotes.strike / forwards.forward[quotes.expiry]))
    out_of_the_money = quotes.right * (quotes.strike - forwards.forward[quotes.expiry]) > 0.0
    near = np.abs(quotes.strike / forwards.spot - 1.0) <= 0.15
    legs = out_of_the_money & near & (quotes.source_vol > 0.0) & (quotes.source_gamma > 0.0)
    assert legs.sum() > 1_500
    assert np.isfinite(vol[legs]).all()

    def median_difference(ours, printed):
        return float(np.median(np.abs(ours - printed)[legs]))

    assert median_difference(vol, quotes.source_vol) <= 0.002
    assert median_difference(greeks.delta, quotes.source_delta) <= 0.003
    assert median_difference(greeks.gamma, quotes.source_gamma) <= 5e-5  # half a unit of the fourth digit it prints
