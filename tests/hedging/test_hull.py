"""Hull, Options, Futures, and Other Derivatives, table 19.2: weekly hedging of 100,000 short calls that end in the money."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from gex.hedging.sizing import linear_contracts
from gex.rounding import whole_contracts
from tests.books import Line, risk_of

WEEKS = 20


def short_calls(spot: float, week: int, terms: dict[str, float]) -> float:
    """Delta of one call, by the book: −1,000 contracts of 100."""
    days = (WEEKS - week) / 52.0 * 365.0
    rate = terms["r_cont"]
    # `risk_of` rounds expiries to nanoseconds: nothing next to three digits.
    lines = [Line(terms["K"], 1, -1000.0, days)]
    risk = risk_of(lines, spot=spot, vol=terms["sigma"], rate=rate, multiplier=100.0)
    return -risk.totals().delta / 100_000.0


def hedge(
    rows: list[dict[str, str]], terms: dict[str, float], *, rounds: bool
) -> tuple[list[float], list[float], float]:
    """(deltas, cumulative cost with interest by week, net cost after the strike is received)."""
    deltas, costs, held, cost = [], [], 0.0, 0.0
    for week in range(WEEKS):
        spot = float(rows[week]["stock_price"])
        delta = short_calls(spot, week, terms)
        deltas.append(delta)
        wanted = linear_contracts((round(delta, 3) if rounds else delta) * 100_000.0, 1.0)
        wanted = float(whole_contracts(wanted)) if rounds else wanted
        cost += (wanted - held) * spot
        held = wanted
        costs.append(cost)
        weekly = terms["r_cont"] / 52.0
        cost *= 1.0 + weekly if rounds else np.exp(weekly)
    cost += (100_000.0 - held) * terms["final"]
    return deltas, costs, cost - 100_000.0 * terms["K"]


@pytest.mark.real_data
def test_table_19_2_of_hull(real_data: Path) -> None:
    """Deltas to their three printed digits; net cost 263,305 (printed 263,300), unrounded 263,242 (hedging.md §9)."""
    folder = real_data / "hull_delta_hedging"
    with (folder / "table_19_2_itm.csv").open() as file:
        rows = list(csv.DictReader(file))
    params = json.loads((folder / "params.json").read_text())
    terms = {name: float(params[name]) for name in ("K", "r_cont", "sigma")} | {"final": 57.25}
    deltas, costs, net = hedge(rows, terms, rounds=True)
    assert len(rows) == WEEKS + 1
    for week, row in enumerate(rows[:WEEKS]):
        assert deltas[week] == pytest.approx(float(row["delta"]), abs=0.0005 + 1e-9), week
    printed, interest, held = 0.0, 0.0, 0.0
    for week, row in enumerate(rows[:WEEKS]):
        # The table adds what it prints, thousands to one digit; one tie in week 11 rounds the other way.
        wanted = whole_contracts(round(deltas[week], 3) * 100_000.0)
        bought = round((wanted - held) * float(row["stock_price"]) / 1000.0, 1)
        printed, held = round(printed + interest + bought, 1), wanted
        interest = round(printed * terms["r_cont"] / 52.0, 1)
        assert printed == pytest.approx(float(row["cumulative_cost_incl_interest_000"]), abs=0.1 + 1e-9), week
        assert costs[week] / 1000.0 == pytest.approx(printed, abs=0.2), week
    assert net == pytest.approx(263_305.0, abs=0.5)
    assert net == pytest.approx(params["table_19_2"]["net_cost"], abs=50.0)
    assert hedge(rows, terms, rounds=False)[2] == pytest.approx(263_242.0, abs=0.5)


@pytest.mark.real_data
def test_the_portfolio_of_hulls_example_sells_14_900_shares(real_data: Path) -> None:
    params = json.loads((real_data / "hull_delta_hedging" / "params.json").read_text())
    example = params["portfolio_delta_example"]
    delta = sum(size * each for size, each in example["legs"])
    assert delta == pytest.approx(example["portfolio_delta"], abs=1e-9)
    assert whole_contracts(linear_contracts(-delta, 1.0)) == 14_900


def test_a_call_worth_240_000_costs_about_that_to_hedge() -> None:
    """49, 50, 20 weeks, 20 %, 5 %: 100,000 calls are worth 240,000 (Hull prints the nearest thousand)."""
    risk = risk_of([Line(50.0, 1, 100_000.0, 20.0 / 52.0 * 365.0)], spot=49.0, vol=0.2, rate=0.05)
    assert risk.totals().value == pytest.approx(240_000.0, abs=500.0)
    assert round(float(np.round(risk.totals().delta / 100_000.0, 3)), 3) == 0.522
