import numpy as np
import pytest

from gex.kernels import american, american_greeks, dividend_greeks
from gex.kernels.american_greeks import SCHEME

ORACLE = american.make_scheme(20, 64, 128)


def columns(*values):
    arrays = [np.ascontiguousarray(a, np.float64) for a in np.broadcast_arrays(*values)]
    for array in arrays:
        array.flags.writeable = False
    return arrays


def greeks(spot, strike, time, vol, rate, carry_yield, sign, scheme=SCHEME):
    rows = columns(*np.atleast_1d(spot, strike, time, vol, rate, carry_yield))
    out = np.empty((13, rows[0].size))
    signs = np.full(rows[0].size, sign, np.int8)
    signs.flags.writeable = False
    american_greeks.american_greeks(*rows, signs, 0, scheme, out)
    return out


def boundary_tile(time, vol, rate, carry_yield, scheme=SCHEME, sweeps=6):
    """ln(B/X) at the nodes, latest first, of one put."""
    tile = np.empty((american.TILE_ROWS, american.LANES))
    tile[[american.SPOT, american.STRIKE], 0] = 100.0
    tile[[american.TIME, american.VOL, american.RATE, american.YIELD], 0] = time, vol, rate, carry_yield
    node_count, inner_count = scheme[0].size, scheme[1].size
    squares = np.empty((4 * node_count + 1, american.LANES))
    growth = np.empty((2, node_count * inner_count, american.LANES))
    american.solve_boundary(1, tile, scheme, sweeps, False, squares, growth)
    return -np.sqrt(squares[: node_count + 1, 0])


def test_interpolation_is_exact_for_polynomials_of_its_degree_and_at_the_nodes():
    at = np.linspace(-1.0, 1.0, 31)
    matrix = american.interpolation_matrix(at, 6)
    node = np.cos(np.pi * np.arange(7) / 6)
    for power in range(7):
        np.testing.assert_allclose(matrix @ node**power, at**power, atol=1e-14)
    np.testing.assert_allclose(american.interpolation_matrix(node, 6), np.eye(7), atol=1e-15)


HARD = [  # time, vol, rate, yield: where plain sweeps of the fixed point diverge, and where they do not
    (2.2756, 0.108, 0.0942, 0.0083),
    (2.6489, 0.1034, 0.0787, 0.0013),
    (3.0, 0.1, 0.1, 0.0),
    (3.0, 0.05, 0.1, 0.0),
    (1.0, 0.3, 0.06, 0.02),
    (1.0, 0.2, 0.03, 0.07),
    (0.05, 0.1, 0.1, 0.0),
    (1.0, 0.25, 0.05, -0.03),
    (0.5, 0.4, 0.001, 0.08),
    (10.0, 0.6, 0.02, 0.02),
    (0.003, 0.9, 0.05, 0.0),
]


@pytest.mark.parametrize(("time", "vol", "rate", "carry_yield"), HARD)
def test_the_boundary_settles_in_six_sweeps_where_forty_put_it(time, vol, rate, carry_yield):
    found = boundary_tile(time, vol, rate, carry_yield)
    settled = boundary_tile(time, vol, rate, carry_yield, sweeps=40)
    # of the width √(σ²T) that the boundary lives on; more sweeps are made while a lane still moves by 2e-4
    assert np.max(np.abs(found - settled)) < 1e-3 * vol * np.sqrt(time)


@pytest.mark.parametrize(("time", "vol", "rate", "carry_yield"), HARD)
def test_the_boundary_falls_with_time_from_its_limit_at_expiry(time, vol, rate, carry_yield):
    found = boundary_tile(time, vol, rate, carry_yield)
    assert found[-1] == 0.0
    # latest first; where the boundary has long been flat the polynomial wiggles by a thousandth of its width
    assert np.all(np.diff(found) > -1e-3 * vol * np.sqrt(time))


@pytest.mark.parametrize(("time", "vol", "rate", "carry_yield"), HARD)
def test_value_and_slope_meet_the_payoff_at_the_boundary(time, vol, rate, carry_yield):
    level = boundary_tile(time, vol, rate, carry_yield, scheme=ORACLE, sweeps=40)[0] + float(
        american.log_limit.py_func(rate, carry_yield) if carry_yield <= rate else np.log(rate / carry_yield)
    )
    spot = 100.0 * np.exp(level) * 1.0001
    row = greeks(spot, 100.0, time, vol, rate, carry_yield, -1, ORACLE)[:, 0]
    # at 5 % volatility and 10 % interest for three years the kernel of the integral is too narrow for its nodes
    assert row[0] == pytest.approx(100.0 - spot, abs=5e-3 if vol < 0.08 else 2e-4)
    assert row[1] == pytest.approx(-1.0, abs=2e-2)


def test_the_default_scheme_is_good_to_the_error_it_claims():
    random = np.random.default_rng(3)
    n = 200
    rows = columns(
        random.uniform(80.0, 120.0, n), 100.0, random.uniform(0.05, 3.0, n), random.uniform(0.1, 0.6, n),
        random.uniform(0.005, 0.1, n), random.uniform(0.0, 0.1, n),
    )  # fmt: skip
    signs = np.where(np.arange(n) % 2 == 0, 1, -1).astype(np.int8)
    found, exact = np.empty((4, n)), np.empty((4, n))
    american_greeks.american_prices(*rows, signs, SCHEME, found)
    american_greeks.american_prices(*rows, signs, ORACLE, exact)
    error = found[0] - exact[0]
    assert np.sqrt(np.mean(error**2)) < 4e-5
    assert np.max(np.abs(error)) < 5e-4


@pytest.mark.parametrize("sign", [1, -1])
def test_finite_differences_and_the_boundary_agree_on_all_thirteen(sign):
    terms = (104.0, 100.0, 0.8, 0.3, 0.05, 0.03)
    by_boundary = greeks(*terms, sign)[:, 0]
    rows = [*columns(*np.atleast_1d(*terms)), np.array([sign], np.int8)]
    nothing = np.empty(0)
    nothing.flags.writeable = False
    by_grid = dividend_greeks.dividend_greeks(rows, nothing, nothing, False)[:, 0]
    names = ("price", "delta", "gamma", "vega", "theta", "rho", "vanna", "charm", "volga", "speed", "zomma", "color")
    loose = {"volga": 2e-2, "speed": 5e-3, "color": 5e-3, "charm": 5e-3, "zomma": 2e-3}
    for name, one, other in zip(names, by_boundary, by_grid, strict=False):
        # two methods with nothing in common but the model; third derivatives of a grid lose digits
        assert one == pytest.approx(other, rel=loose.get(name, 1e-3), abs=1e-6), name
