"""The exchange's own Greeks come out of the clock, the forward and the vol that the readers give."""

import numpy as np
import pytest

from gex.calendar import time_to_expiry
from gex.greeks import forward_greeks
from gex.io.deribit import parse_marks
from gex.io.detect import read_bytes, read_chain

YEAR_MINUTES = 525_600.0
YEAR_SECONDS = 60.0 * YEAR_MINUTES


def deribit_greeks(forward, strike, time, vol, right, value):
    """Deribit's conventions, r = 0: delta without premium adjustment, vega and rho per point, theta over one day or what
    is left of it, and never more than the option's `value` in USD.
    """
    plain = forward_greeks(forward, strike, time, vol, right)
    per_day = plain.theta / 365.0 * np.minimum(time * 365.0, 1.0)
    return {
        "delta": plain.delta,
        "gamma": plain.gamma,
        "vega": plain.vega / 100.0,
        "rho": time * (forward * plain.delta - plain.price) / 100.0,  # ±K T N(±d2)
        "theta": np.maximum(per_day, -value),
    }


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["delta", "gamma", "vega", "rho", "theta"])
def test_the_printed_greeks_come_out_to_the_precision_they_are_printed_with(real_data, name):
    path = real_data / "deribit_ticker_20200521" / "options_data.csv.gz"
    quotes, marks = read_chain(path).quotes, parse_marks(read_bytes(path))
    exact = np.array([time_to_expiry(*pair) for pair in zip(marks.time, quotes.settles_at, strict=True)])
    right, forward, vol = quotes.right.astype(float), marks.underlying_price, marks.mark_vol
    value = marks.mark_price * forward

    def greek(time, forward=forward, vol=vol, value=value):
        return deribit_greeks(forward, quotes.strike, time, vol, right, value)[name]

    printed, excess = getattr(marks, name), np.full(len(quotes), np.inf)
    # The exchange counts time in whole minutes (found here: unrounded seconds miss vega by up to 20 times its print), as
    # of a moment up to half a second from the timestamp, so next to a half minute both neighbours are possible.
    for shift in (-0.5, 0.0, 0.5):
        time = np.round((exact + shift / YEAR_SECONDS) * YEAR_MINUTES) / YEAR_MINUTES
        computed = greek(time)
        # Printed: five decimals of the Greek, 0.01 points of vol, a cent of the forward, 1e-8 coin of the mark.
        lost = np.abs(greek(time, vol=vol + 5e-5) - computed) + np.abs(greek(time, forward=forward + 0.005) - computed)
        lost += np.abs(greek(time, value=(marks.mark_price + 5e-9) * forward) - computed)
        excess = np.minimum(excess, np.abs(computed - printed) / (5e-6 + lost))
    assert len(printed) == 142
    assert excess.max() < 1.1  # products of rounded numbers lose a little more than the sum of their parts
