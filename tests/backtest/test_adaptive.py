"""The engine of production on a recorded market: same decide, same log, nothing of the future."""

import pytest

from gex.backtest.adaptive import AdaptiveRun, RecordedTerms, option_book, run_hedge
from gex.backtest.deribit_books import deribit_market
from gex.errors import InputError
from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.replay import replay
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import BandRule, HedgePolicy
from gex.portfolio.linear import LinearKind
from tests.backtest.recorded_books import tape

SPOTS = [60_000.0, 61_500.0, 59_000.0, 57_000.0, 58_000.0, 60_500.0]
PERPETUAL = RecordedTerms(
    instrument=HedgeInstrument(
        symbol="BTC-PERPETUAL", kind=LinearKind.INVERSE, multiplier=10.0, fee_bps=5.0, half_spread_bps=0.5
    )
)
CLOCK = HedgePolicy(rule=BandRule.CLOCK, clock_interval=3_600.0)


def run(policy: HedgePolicy, spots: list[float] = SPOTS) -> AdaptiveRun:
    market = deribit_market(tape(spots), "BTC")
    positions = option_book_of(market)
    return run_hedge(market, positions, EngineConfig(policy=policy, mode=Mode.LIVE), [PERPETUAL])


def option_book_of(market):  # type: ignore[no-untyped-def]
    first = market.instants[0]
    return option_book(first, contracts=-1.0, shortest=20.0, longest=60.0, nearest=0.0)


def test_the_log_of_a_replay_is_decided_again_bit_for_bit_and_costs_are_those_of_the_fills() -> None:
    found = run(CLOCK)
    assert replay(found.entries).is_identical
    assert found.order_count == len(found.decisions)
    lines = found.summary.realised
    notional = sum(abs(order.notional) for decision in found.decisions for order in decision.orders)
    assert lines.fee == pytest.approx(notional * 5e-4, rel=1e-3)
    assert lines.half_spread == pytest.approx(notional * 0.5e-4, rel=1e-3)
    assert found.tracking_sd_per_day < 0.01 * found.unhedged_delta_sd_per_day  # whole contracts of 10 USD


def test_a_wide_band_trades_less_and_tracks_worse_than_the_clock() -> None:
    clock, band = run(CLOCK), run(HedgePolicy(thresholds=(-4.0, 4.0)))
    assert band.order_count < clock.order_count
    assert band.tracking_sd_per_day > clock.tracking_sd_per_day


def test_what_comes_later_changes_no_decision_before() -> None:
    one, other = run(CLOCK), run(CLOCK, [*SPOTS[:4], 90_000.0, 30_000.0])
    assert one.decisions[:4] == other.decisions[:4]
    assert one.decisions[4] != other.decisions[4]


def test_a_book_without_options_near_the_money_is_refused() -> None:
    market = deribit_market(tape(SPOTS[:1]), "BTC")
    with pytest.raises(InputError, match="no quoted option of 200 to 300 days"):
        option_book(market.instants[0], contracts=1.0, shortest=200.0, longest=300.0)
