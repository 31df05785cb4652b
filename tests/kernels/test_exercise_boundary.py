"""Shares of early exercise by one boundary an expiry: `american_values`, finite differences, and the limits."""

import numpy as np
import pytest

from gex.american import american_values
from gex.columns import Floats, frozen
from gex.greeks import forward_greeks
from gex.kernels.dividend_greeks import grid_values
from gex.kernels.exercise_boundary import MOST_NODES, SCHEME, SWEEPS, boundary_shares, node_weights, vol_nodes

SPOT = 100.0
DEPTH = np.sinh(np.linspace(np.arcsinh(-3.0), np.arcsinh(3.0), 16))  # deviations in the money
FACTORS = frozen(np.array([0.75, 1.0, 1.3]))


def premiums(time: float, rate: float, borrow: float, vol: float, sign: int) -> tuple[Floats, Floats, Floats]:
    """(strikes, volatilities, premiums) of one expiry and right, whose smile falls by half across its strikes."""
    forward = SPOT * np.exp((rate - borrow) * time)
    strike, node_vol = np.ones((2, 1, 2, len(DEPTH)))
    side = 0 if sign > 0 else 1
    strike[0, side] = forward * np.exp(-sign * DEPTH * vol * np.sqrt(time))
    node_vol[0, side] = vol * (1.0 + 0.3 * np.tanh(DEPTH))
    is_wanted = np.zeros(strike.shape, np.bool_)
    is_wanted[0, side] = True
    for array in (strike, node_vol, is_wanted):
        array.flags.writeable = False
    values = np.zeros((*strike.shape, len(FACTORS)))
    scalars = [frozen(np.array([x])) for x in (SPOT, rate, borrow, time)]
    boundary_shares(strike, node_vol, is_wanted, FACTORS, *scalars, SCHEME, SWEEPS, values)
    strikes = np.repeat(strike[0, side], len(FACTORS))
    vols = (node_vol[0, side][:, None] * FACTORS).ravel()
    european = forward_greeks(forward, strikes, time, vols, sign, np.exp(-rate * time)).price
    return strikes, vols, european * values[0, side].ravel()


TERMS = [(0.05, 0.03), (0.05, 0.0), (0.01, 0.06), (0.05, -0.02), (0.03, 0.03), (0.002, 0.04), (-0.01, 0.03)]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("rate", "borrow"), TERMS)
@pytest.mark.parametrize("time", [1 / 365, 0.1, 1.0])
@pytest.mark.parametrize("vol", [0.1, 0.6])
def test_premiums_are_those_of_the_boundary_of_each_option(
    sign: int, rate: float, borrow: float, time: float, vol: float
) -> None:
    """To 2e-5 of the spot, or of the strike where that is more; out of the money to 1 % of themselves."""
    if (rate if sign < 0 else borrow) <= 0.0:
        return
    strike, vols, found = premiums(time, rate, borrow, vol, sign)
    forward = SPOT * np.exp((rate - borrow) * time)
    european = forward_greeks(forward, strike, time, vols, sign, np.exp(-rate * time)).price
    exact = american_values(SPOT, strike, time, vols, sign, rate, borrow).price - european
    np.testing.assert_array_less(np.abs(found - exact), 2e-5 * np.maximum(SPOT, strike))
    outside = sign * (strike - forward) > 0.0
    np.testing.assert_allclose(found[outside], exact[outside], rtol=0.01, atol=2e-5)


def test_a_put_without_interest_on_a_growing_spot_is_that_of_finite_differences() -> None:
    """r = 0 > b is the limit of one boundary; `american_values` answers it on a grid."""
    strike, vols, found = premiums(0.5, 0.0, -0.04, 0.25, -1)
    n = len(strike)
    terms = (np.full(n, SPOT), strike, np.full(n, 0.5), vols, np.zeros(n), np.full(n, -0.04), np.full(n, -1, np.int8))
    nothing = frozen(np.empty(0))
    prices = [grid_values(terms, vols, nothing, nothing, is_american)[0] for is_american in (True, False)]
    np.testing.assert_allclose(found, prices[0] - prices[1], atol=1.5e-3)
    assert found.max() > 1.0


def test_the_weights_of_a_polynomial_give_it_back() -> None:
    weight, nodes = np.empty(MOST_NODES), vol_nodes()
    for count in range(2, MOST_NODES + 1):
        node = nodes[count, 0, :count]
        for at in (-0.97, 0.0, 0.3, node[0]):
            node_weights(at, nodes[count, :, :count], weight)
            assert weight[:count] @ node ** (count - 1) == pytest.approx(at ** (count - 1), abs=1e-12)
