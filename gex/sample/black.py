"""Prices and Greeks of a sample chain, from its true volatilities.

Written apart from `gex.kernels` and on libm's `erfc` only, so that the truth of a sample does not rest on the code that
is tested with it.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gex.columns import Floats


class BlackValues(NamedTuple):
    """Undiscounted Black (1976) values per unit of underlying, a row an option."""

    price: Floats
    delta: Floats  # to the forward: N(d1) for a call, N(d1) − 1 for a put
    gamma: Floats  # to the forward
    vega: Floats  # per 1.00 of vol


def black_values(
    *, forward: Floats, strike: Floats, time_to_expiry: Floats, vol: Floats, right: npt.NDArray[np.int8]
) -> BlackValues:
    """Black (1976) of each row; NaN where the vol is.

    The out-of-the-money side is computed and the other follows by parity, so that a deep in-the-money price keeps its
    time value. Forward 100, strike 100, one year, vol 0.2: a call is 7.965567455.
    """
    stdev = vol * np.sqrt(time_to_expiry)
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.log(forward / strike) / stdev + 0.5 * stdev
        d2 = d1 - stdev
        density = np.exp(-0.5 * d1**2) / math.sqrt(2.0 * math.pi)
        gamma = density / (forward * stdev)
    outside = np.where(strike >= forward, 1.0, -1.0)  # the right that is out of the money
    tail1, tail2 = _normal_cdf(outside * d1), _normal_cdf(outside * d2)
    outside_price = outside * (forward * tail1 - strike * tail2)
    intrinsic = np.maximum(right * (forward - strike), 0.0)
    call_delta = np.where(outside > 0, tail1, 1.0 - tail1)
    return BlackValues(
        price=intrinsic + np.maximum(outside_price, 0.0),
        delta=call_delta - np.where(right < 0, 1.0, 0.0),
        gamma=gamma,
        vega=forward * density * np.sqrt(time_to_expiry),
    )


def _normal_cdf(x: Floats) -> Floats:
    return 0.5 * np.fromiter(map(math.erfc, (x * -math.sqrt(0.5)).tolist()), np.float64, count=len(x))
