"""Early exercise in a book: values, Greeks and repricing against `gex.american` contract by contract."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from gex.american import american_greeks, american_values
from gex.contracts import Exercise, Expiry
from gex.greeks import forward_greeks
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from gex.portfolio.scenarios import scenario_grid
from gex.roots import contract_spec
from tests.books import AS_OF, Line, expiry_in, positions_of, surface_of

RATE, DIVIDEND, VOL = 0.05, 0.02, 0.3
LINES = [
    Line(110.0, -1, 3.0, 40.0),
    Line(90.0, 1, -4.0, 40.0),
    Line(120.0, -1, 2.0, 200.0),
    Line(110.0, -1, -1.0, 40.0),
]


def american_book(lines: list[Line] = LINES, exercise: Exercise = Exercise.AMERICAN) -> PortfolioRisk:
    expiries = tuple(expiry_in(days, exercise=exercise) for days in sorted({line.days for line in lines}))
    surface = surface_of(expiries, spot=100.0, vol=VOL, rate=RATE, dividend=DIVIDEND)
    return portfolio_risk(positions_of(lines, expiries), surface)


def priced(spot: float, elapsed: float = 0.0, vol: float = VOL) -> tuple[float, float]:
    value = delta = 0.0
    for line in LINES:
        row = american_values(spot, line.strike, line.days / 365.0 - elapsed, vol, line.right, RATE, DIVIDEND)
        value += line.contracts * row.price[0]
        delta += line.contracts * row.delta[0]
    return value, delta


def test_greeks_are_those_of_american_options() -> None:
    risk = american_book()
    assert not risk.is_approximate.any()
    for i, line in enumerate(LINES):
        row = american_greeks(100.0, line.strike, line.days / 365.0, VOL, line.right, RATE, DIVIDEND)
        for name in ("delta", "gamma", "vega", "theta", "rho", "vanna", "charm", "volga"):
            expected = line.contracts * getattr(row, name)[0]
            assert getattr(risk, name)[i] == pytest.approx(expected, rel=1e-6, abs=1e-9), name  # rates from forwards
        assert risk.value[i] == pytest.approx(line.contracts * row.price[0], rel=1e-9)


def test_a_put_worth_exercising_is_worth_more_than_a_european_one() -> None:
    american, european = american_book(), american_book(exercise=Exercise.EUROPEAN)
    assert american.price[2] > european.price[2] + 0.1
    assert american.price[1] == pytest.approx(european.price[1], abs=0.02)


def test_equal_contracts_are_priced_once() -> None:
    contracts = american_book().repricer.american
    assert contracts is not None
    assert len(contracts) == 3
    assert sorted(contracts.units.tolist()) == [-4.0, 2.0, 2.0]


def test_the_delta_elsewhere_is_that_of_the_american_book() -> None:
    risk = american_book()
    for spot in (75.0, 90.0, 100.0, 112.0, 140.0):
        assert risk.book_delta([spot])[0] == pytest.approx(priced(spot)[1], abs=0.01)  # straight lines between nodes
    at = AS_OF + np.timedelta64(10, "D")
    later = risk.book_delta([93.0], as_of=at, vol_shift=0.05)[0]
    assert later == pytest.approx(priced(93.0, 10.0 / 365.0, VOL + 0.05)[1], abs=1e-9)
    assert risk.repricer.options_in_time(np.array([10.0 / 365.0]))[0] == pytest.approx(
        priced(100.0, 10.0 / 365.0)[1], abs=0.02
    )
    assert risk.repricer.options_in_vol(np.array([0.07]))[0] == pytest.approx(
        priced(100.0, vol=VOL + 0.07)[1], abs=0.02
    )
    assert risk.totals().delta == pytest.approx(priced(100.0)[1], abs=1e-4)


def test_scenarios_reprice_early_exercise() -> None:
    table = scenario_grid(american_book(), [-0.2, 0.0, 0.15], [0.0, 0.1], [0.0, 5.0 / 365.0])
    before = priced(100.0)[0]
    for i in range(len(table)):
        value, delta = priced(table.spot_after[i], table.elapsed[i], VOL + table.vol_shift[i])
        assert table.profit[i] == pytest.approx(value - before, abs=2e-4)
        assert table.delta[i] == pytest.approx(delta, abs=1e-9)


def test_options_on_futures_live_on_their_own_future() -> None:
    """ES options at a carry of 3 %: the American Greeks of the future, brought to the spot by F/S."""
    contract = contract_spec("ES")
    settles_at = AS_OF + np.timedelta64(73, "D")
    expiry = Expiry(contract=contract, date=dt.date(2024, 5, 13), settles_at=settles_at)
    surface = surface_of((expiry,), spot=5000.0, vol=0.2, rate=0.05, dividend=0.02)
    positions = replace(positions_of([Line(5200.0, -1, -3.0)], (expiry,)))
    risk = portfolio_risk(positions, surface)
    future, growth = 5000.0 * np.exp(0.03 * 0.2), np.exp(0.03 * 0.2)
    row = american_greeks(future, 5200.0, 0.2, 0.2, -1, 0.05, 0.05, is_future=True)
    assert risk.delta[0] == pytest.approx(-150.0 * growth * row.delta[0], rel=1e-9)
    assert risk.gamma[0] == pytest.approx(-150.0 * growth**2 * row.gamma[0], rel=1e-9)
    assert risk.rho[0] == pytest.approx(-150.0 * row.rho[0], rel=1e-6)
    # Theta holds the spot, along which the future rolls down: one day on at the same carry.
    day = 1.0 / 365.0
    later = american_values(5000.0 * np.exp(0.03 * (0.2 - day)), 5200.0, 0.2 - day, 0.2, -1, 0.05, 0.05).price[0]
    assert risk.theta[0] * day == pytest.approx(-150.0 * (later - row.price[0]), rel=5e-3)


def test_european_options_on_futures_have_the_rho_that_holds_the_future() -> None:
    expiry = Expiry(contract=contract_spec("EW"), date=dt.date(2024, 5, 13), settles_at=AS_OF + np.timedelta64(73, "D"))
    surface = surface_of((expiry,), spot=5000.0, vol=0.2, rate=0.05, dividend=0.02)
    risk = portfolio_risk(positions_of([Line(5200.0, 1, 2.0)], (expiry,)), surface)
    assert risk.rho[0] == pytest.approx(-0.2 * risk.value[0], rel=1e-12)
    assert not risk.is_approximate.any()


@pytest.mark.parametrize("right", [1, -1])
def test_what_is_too_far_to_be_exercised_adds_nothing(right: int) -> None:
    """Left out where the boundary is six deviations away: there the full price is the European one."""
    lines = [Line(strike, right, 1.0, days) for strike in (60.0, 100.0, 160.0) for days in (5.0, 200.0)]
    contracts = american_book(lines).repricer.american
    assert contracts is not None
    spot = np.linspace(55.0, 170.0, 24)
    rows = contracts.take(np.repeat(np.arange(len(contracts)), len(spot)))
    base = np.tile(spot, len(contracts))
    time, vol = rows.time_to_expiry, rows.vol
    full = american_values(base, rows.strike, time, vol, rows.right, RATE, DIVIDEND)
    plain = forward_greeks(base * np.exp(rows.carry * time), rows.strike, time, vol, rows.right, np.exp(-RATE * time))
    skipped = ~rows.may_be_exercised(base, time, vol, rows.rate, rows.rate - rows.carry)
    assert skipped.any()
    assert not skipped.all()
    assert (full.price - plain.price)[skipped] == pytest.approx(0.0, abs=1e-6)
    assert (full.delta - plain.delta * np.exp(rows.carry * time))[skipped] == pytest.approx(0.0, abs=1e-6)
