"""A book of 10,000 positions: its Greeks beside those of the peers, its scenarios and its hedge, in one run.

pytest benchmarks/test_portfolio.py --benchmark-enable --benchmark-group-by=group --benchmark-columns=min,median,rounds

Wanted on one core: all Greeks of all positions in 1 ms, a grid of 21 × 11 × 5 in 250 ms (150 hoped for), a plan with all
triggers in 10 ms. py_vollib_vectorized cannot be installed beside today's numba: book_report.py times it in an environment
of its own, in the same run (11 ms for five Greeks of 10,000). vollib and QuantLib answer contract by contract and are given
a tenth of the book.
"""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.peers.greeks import fast_vollib, py_vollib_vectorized, quantlib, vollib
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.kernels.compiling import warm
from gex.portfolio.explain import explain_profit
from gex.portfolio.linear import LinearKind
from gex.portfolio.risk import portfolio_risk
from gex.portfolio.scenarios import scenario_grid
from tests.books import AS_OF
from tests.mixed_book import mixed_book
from tests.wide_book import wide_positions, wide_surface

COUNT = 10_000
ES = HedgeInstrument(
    symbol="ES",
    kind=LinearKind.INDEX_FUTURE,
    multiplier=50.0,
    expires_at=AS_OF + np.timedelta64(91, "D"),
    half_spread_bps=0.25,
    fee_per_contract=1.2,
)
MES = replace(ES, symbol="MES", multiplier=5.0, fee_per_contract=0.4)
POLICIES = {
    "risk aversion": HedgePolicy(risk_aversion=1e-6),
    "delta cap": HedgePolicy(delta_cap=20_000.0),
    "never left": HedgePolicy(thresholds=(-1e6, 1e6)),
    "moving smile": HedgePolicy(risk_aversion=1e-6, skew_stickiness=0.5),
    "moving smile, never left": HedgePolicy(thresholds=(-1e6, 1e6), skew_stickiness=0.5),
}


@pytest.fixture(scope="module")
def surface():
    warm()
    return wide_surface()


@pytest.fixture(scope="module")
def positions(surface):
    return wide_positions(surface, COUNT)


@pytest.fixture(scope="module")
def risk(positions, surface):
    return portfolio_risk(positions, surface)


@pytest.mark.benchmark(group="greeks of 10,000 positions")
def test_all_greeks(benchmark, positions, surface):
    """Twelve Greeks of every row, surface and forwards looked up, totals."""
    found = benchmark(lambda: portfolio_risk(positions, surface).totals())
    assert np.isfinite(found.color)


@pytest.mark.benchmark(group="greeks of 10,000 positions")
@pytest.mark.parametrize("make", [vollib, quantlib, fast_vollib, py_vollib_vectorized])
def test_greeks_of_peers(benchmark, risk, make):
    """The contracts' own columns, volatility given; a tenth of the book where they go row by row."""
    try:
        peer = make()[0]
    except ImportError as error:
        pytest.skip(str(error))
    count = COUNT if make in (fast_vollib, py_vollib_vectorized) else COUNT // 10
    terms = risk.terms
    columns = (terms.forward, risk.positions.strike, terms.time_to_expiry, risk.vol, risk.positions.right)
    benchmark.extra_info["rows"] = count
    benchmark.extra_info["peer"] = peer.name
    benchmark.pedantic(peer.answer, args=[column[:count] for column in columns], rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="scenarios 21 x 11 x 5 of 10,000 positions")
@pytest.mark.parametrize("stickiness", [1.0, 0.5])
def test_grid(benchmark, risk, stickiness):
    axes = (np.linspace(-0.2, 0.2, 21), np.linspace(-0.1, 0.1, 11), np.array([0.0, 1.0, 2.0, 5.0, 10.0]) / 365.0)
    table = benchmark(lambda: scenario_grid(risk, *axes, skew_stickiness=stickiness))
    assert len(table) == 1155


@pytest.mark.benchmark(group="plan of 10,000 positions with all triggers")
@pytest.mark.parametrize("name", list(POLICIES))
def test_plan(benchmark, risk, name):
    """From a fresh book: merging equal contracts is part of it."""
    policy = POLICIES[name]

    def plan():
        return plan_hedge(replace(risk, repricer=replace(risk.repricer)), [ES, MES], policy)

    assert benchmark(plan).band is not None


@pytest.mark.benchmark(group="plan of an American book with all triggers")
@pytest.mark.parametrize("name", ["SPY", "ES"])
def test_american_plan(benchmark, name):
    """1,500 and 1,000 positions: 933 and 713 contracts, priced at some 40 spots and a few times and volatilities."""
    risk = mixed_book()[name].risk
    unit = HedgeInstrument(symbol="X", kind=LinearKind.LINEAR, multiplier=1.0, half_spread_bps=1.0)
    policy = POLICIES["risk aversion"]
    benchmark.pedantic(lambda: plan_hedge(replace(risk, repricer=replace(risk.repricer)), [unit], policy), rounds=5)


@pytest.mark.benchmark(group="explaining 10,000 positions")
def test_explain(benchmark, risk):
    moved = replace(risk.surface, knot_vol=risk.surface.knot_vol + 0.01)
    after = portfolio_risk(risk.positions, moved)
    assert benchmark(lambda: explain_profit(risk, after)).residual_share < 0.1


@pytest.mark.benchmark(group="greeks of a mixed book")
@pytest.mark.parametrize("name", ["SPX", "SPY", "ES", "BTC"])
def test_mixed(benchmark, name):
    """SPY and ES are American: their contracts are merged, each costs some 30 µs."""
    part = mixed_book()[name].risk
    benchmark.extra_info["rows"] = len(part)
    benchmark.pedantic(portfolio_risk, args=(part.positions, part.surface), rounds=5, warmup_rounds=1)
