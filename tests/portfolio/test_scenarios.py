"""Grids and shocks, against a book valued option by option at the moved market."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.contracts import Payoff
from gex.errors import InputError
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.risk import portfolio_risk
from gex.portfolio.scenarios import scenario_grid
from gex.portfolio.shocks import CRASH, DEPTH_COLLAPSE, EXPIRY_PIN, SHOCKS, Depth, Shock, shock_named, shocked
from tests import naive_hedging as naive
from tests.books import Line, risk_of
from tests.wide_book import wide_risk

BOOK = [Line(95.0, 1, 3.0, 10.0), Line(105.0, -1, -4.0, 10.0), Line(100.0, 1, -2.0, 60.0), Line(90.0, -1, 5.0, 60.0)]
LEVEL, SLOPE, BEND, RATE = 0.5, -0.1, 0.3, 0.03


def worth(line: Line, spot: float, elapsed: float, vol: float) -> float:
    """Currency; forwards grow at the rate, nothing is paid on the way."""
    left = line.days / 365.0 - elapsed
    if left <= 0.0:
        return line.contracts * max(line.right * (spot - line.strike), 0.0)
    forward = spot * np.exp(RATE * left)
    price = naive.black_price(forward, line.strike, left, vol, line.right)
    return float(line.contracts * np.exp(-RATE * left) * price)


def smile(line: Line, spot: float, stickiness: float) -> float:
    """σ_R(K; F′) of hedging.md §2."""
    u = np.log(line.strike / (100.0 * np.exp(RATE * line.days / 365.0))) + (stickiness - 1.0) * np.log(spot / 100.0)
    return float(LEVEL + SLOPE * u + BEND * u * u)


@settings(deadline=None, max_examples=60)
@given(st.floats(-0.3, 0.3), st.floats(-0.1, 0.2), st.floats(0.0, 0.2), st.sampled_from([0.0, 1.0, 1.7]))
def test_profit_is_that_of_every_option_revalued(move: float, shift: float, elapsed: float, stickiness: float) -> None:
    """Elapsed times reach past the first expiry, 10 days: what has settled is worth its payoff."""
    risk = risk_of(BOOK, slope=SLOPE, bend=BEND, rate=RATE)
    table = scenario_grid(risk, [move], [shift], [elapsed], skew_stickiness=stickiness)
    spot = 100.0 * (1.0 + move)
    after = sum(worth(line, spot, elapsed, smile(line, spot, stickiness) + shift) for line in BOOK)
    before = sum(worth(line, 100.0, 0.0, smile(line, 100.0, 1.0)) for line in BOOK)
    assert table.profit[0] == pytest.approx(after - before, abs=1e-10)


def test_the_grid_runs_over_spots_then_volatilities_then_times() -> None:
    table = scenario_grid(risk_of(BOOK), [-0.1, 0.0, 0.1], [0.0, 0.05], [0.0, 0.01])
    assert table.spot_move.tolist() == [-0.1, 0.0, 0.1] * 4
    assert table.vol_shift.tolist() == [0.0] * 3 + [0.05] * 3 + [0.0] * 3 + [0.05] * 3
    assert table.elapsed.tolist() == [0.0] * 6 + [0.01] * 6
    assert table.profit[1] == pytest.approx(0.0, abs=1e-12)


def test_where_nothing_moves_the_greeks_are_the_totals() -> None:
    for payoff in (Payoff.LINEAR, Payoff.INVERSE):
        risk = risk_of(BOOK, slope=SLOPE, rate=RATE, payoff=payoff)
        table, totals = scenario_grid(risk), risk.totals()
        for name in ("delta", "net_delta", "gamma", "vega"):
            assert getattr(table, name)[0] == pytest.approx(getattr(totals, name), rel=1e-12)
        assert table.gamma_per_percent[0] == pytest.approx(totals.gamma_per_percent)
        assert table.vega_per_vol_point[0] == pytest.approx(totals.vega_per_vol_point)


def test_greeks_after_a_move_are_differences_of_profits() -> None:
    risk = risk_of(BOOK, rate=RATE)
    move, step = 0.07, 1e-4
    table = scenario_grid(risk, [move - step, move, move + step], [0.02], [0.005])
    low, middle, high = table.profit
    assert table.delta[1] == pytest.approx((high - low) / (2.0 * step * 100.0), abs=1e-6)
    assert table.gamma[1] == pytest.approx((high - 2.0 * middle + low) / (step * 100.0) ** 2, abs=1e-5)
    bumped = scenario_grid(risk, [move], [0.02 - step, 0.02 + step], [0.005]).profit
    assert table.vega[1] == pytest.approx((bumped[1] - bumped[0]) / (2.0 * step), abs=1e-6)


def test_coin_options_gain_in_coin_and_in_currency() -> None:
    """hedging.md §12.1: 100 coin calls at ±10 %: −3.8633 and +5.2099 coins."""
    risk = risk_of([Line(60_000.0, 1, 100.0)], spot=60_000.0, vol=0.6, payoff=Payoff.INVERSE)
    table = scenario_grid(risk, [-0.1, 0.0, 0.1])
    assert table.coin_profit == pytest.approx([-3.8633, 0.0, 5.2099], abs=6e-5)
    coins = 6.85394072 + table.coin_profit
    assert table.profit == pytest.approx(coins * table.spot_after - 6.85394072 * 60_000.0, abs=1e-3)  # eight digits


def test_contracts_without_optionality_gain_along_their_carry() -> None:
    linear = LinearPositions(
        spot=100.0,
        symbol=("ETF", "FUT", "PERP", "INV"),
        kind=[LinearKind.SPOT, LinearKind.INDEX_FUTURE, LinearKind.LINEAR, LinearKind.INVERSE],
        contracts=[7.0, -2.0, 3.0, 5.0],
        multiplier=[1.0, 5.0, 1.0, 10.0],
        price=[100.0, 101.0, 100.2, 100.0],
        time_to_expiry=[np.inf, 0.25, np.inf, np.inf],
    )
    risk = risk_of([Line(100.0, 1, 0.0)], linear=linear)
    table = scenario_grid(risk, [0.1, -0.1], elapsed=[0.0, 0.25])
    half_way = 7.0 * 10.0 - 10.0 * (110.0 * 1.01 - 101.0) + 3.0 * 10.0 + 50.0 * (1.0 / 100.0 - 1.0 / 110.0) * 110.0
    assert table.profit[0] == pytest.approx(half_way, abs=1e-12)
    settled = 7.0 * 10.0 - 10.0 * (110.0 - 101.0) + 3.0 * 10.0 + 50.0 * (1.0 / 100.0 - 1.0 / 110.0) * 110.0
    assert table.profit[2] == pytest.approx(settled, abs=1e-12)


def test_a_crash_steepens_the_smile_and_lifts_the_short_end_most() -> None:
    """By hand: −20 %, +20 points at 30 days times √(30/T) up to 3, −0.10 on ∂σ/∂k."""
    lines = [Line(80.0, -1, 2.0, 30.0), Line(80.0, -1, 2.0, 120.0), Line(80.0, -1, 2.0, 1.0)]
    table = shocked(risk_of(lines, vol=0.4), [CRASH])
    naive_after = 0.0
    for line, scale in zip(lines, (1.0, 0.5, 3.0), strict=True):
        vol = 0.4 + 0.20 * scale - 0.10 * np.log(line.strike / 80.0)
        naive_after += 2.0 * naive.black_price(80.0, 80.0, line.days / 365.0, vol, -1)
    before = sum(2.0 * naive.black_price(100.0, 80.0, line.days / 365.0, 0.4, -1) for line in lines)
    assert table.profit[0] == pytest.approx(naive_after - before, abs=1e-10)
    steeper = shocked(risk_of(lines, vol=0.4), [replace(CRASH, skew_shift=-0.5, spot_move=-0.1)])
    flat = shocked(risk_of(lines, vol=0.4), [replace(CRASH, skew_shift=0.0, spot_move=-0.1)])
    assert steeper.profit[0] > flat.profit[0]  # puts below the forward gain from a steeper smile


def test_a_collapse_of_depth_makes_the_same_delta_dearer_to_trade() -> None:
    risk, depth = risk_of(BOOK), Depth(cost_per_unit=0.02, impact=0.001)
    calm = shocked(risk, [replace(DEPTH_COLLAPSE, depth_divisor=1.0)], depth=depth)
    collapsed = shocked(risk, [DEPTH_COLLAPSE], depth=depth)
    size = abs(calm.net_delta[0])
    assert collapsed.profit[0] == calm.profit[0]
    assert calm.liquidation_cost[0] == pytest.approx(0.02 * size + 0.001 * size**1.5)
    assert collapsed.liquidation_cost[0] == pytest.approx(0.2 * size + np.sqrt(10.0) * 0.001 * size**1.5)
    assert np.isnan(shocked(risk, [DEPTH_COLLAPSE]).liquidation_cost[0])


def test_a_pin_stands_on_the_strike_that_most_is_held_of() -> None:
    lines = [
        Line(99.0, 1, 3.0, 2.0),
        Line(101.0, -1, -40.0, 2.0),
        Line(102.0, 1, 9.0, 2.0),
        Line(100.0, 1, 500.0, 30.0),
    ]
    table = shocked(risk_of(lines), [EXPIRY_PIN])
    assert table.spot_after[0] == pytest.approx(101.0, rel=1e-15)
    assert table.elapsed[0] == pytest.approx(2.0 / 365.0 - 1.0 / (365.0 * 1440.0), rel=1e-12)
    assert abs(table.gamma[0]) > 15.0 * abs(scenario_grid(risk_of(lines)).gamma[0])
    unreachable = shocked(risk_of([Line(50.0, -1, 9.0, 2.0), Line(300.0, 1, 1.0, 2.0)], vol=0.1), [EXPIRY_PIN])
    assert unreachable.spot_after[0] == pytest.approx(50.0)


def test_shocks_have_names() -> None:
    assert [shock_named(shock.name) for shock in SHOCKS] == list(SHOCKS)
    assert shocked(risk_of(BOOK)).name == ("crash", "weekend_gap", "depth_collapse", "expiry_pin")
    with pytest.raises(InputError, match="expected one of crash"):
        shock_named("meteor")
    with pytest.raises(InputError, match="a move above -1"):
        shocked(risk_of(BOOK), [Shock(name="more than all", spot_move=-1.0)])


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (([-1.0], [0.0], [0.0]), "spot_moves: expected moves above -1"),
        (([0.0], [np.nan], [0.0]), "vol_shifts: expected a list of finite"),
        (([0.0], [0.0], [-0.1]), "elapsed: expected years"),
        (([], [0.0], [0.0]), "spot_moves: expected a list"),
    ],
)
def test_moves_that_cannot_be_are_refused(axes: tuple[list[float], ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        scenario_grid(risk_of(BOOK), *axes)


def test_a_wide_book_gains_what_its_halves_gain() -> None:
    risk = wide_risk(600)
    odd = np.arange(600) % 2 == 1
    axes = ([-0.2, -0.01, 0.1], [-0.03, 0.0, 0.2], [0.0, 0.02])
    whole = scenario_grid(risk, *axes).profit
    halves = [
        scenario_grid(portfolio_risk(risk.positions.where(mine), risk.surface), *axes).profit for mine in (odd, ~odd)
    ]
    gross = np.abs(risk.repricer.units).sum() * risk.spot
    assert whole == pytest.approx(halves[0] + halves[1], abs=1e-14 * gross)
