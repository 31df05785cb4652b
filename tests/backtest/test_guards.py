"""Planted errors: a backtest that knows its future, or counts survivors alone, is refused."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gex.backtest.guards import check_no_look_ahead, check_no_survivorship
from gex.backtest.panel import Panel, near_the_money
from gex.backtest.recording import History, Recording
from gex.backtest.replay import Strategy
from gex.errors import NumericalError
from gex.hedging.engine.inputs import BookReading
from tests.backtest.recordings import START, random_recording, strategy

ROWS = (12, 60, 120)


def honest_vol(recording: Recording) -> Strategy:
    """The volatility of the past alone."""

    def signal(history: History, reading: BookReading) -> BookReading:
        return replace(reading, vol=history.realised_vol(86_400.0) or reading.vol)

    return strategy("honest", signal=signal)


def whole_sample_vol(recording: Recording) -> Strategy:
    """Planted: the volatility of the whole recording, a habit of backtests."""
    vol = float(np.diff(np.log(recording.spot)).std() * np.sqrt(8760.0))

    def signal(history: History, reading: BookReading) -> BookReading:
        return replace(reading, time_to_expiry=1.0, vol=vol)

    return strategy("whole sample", signal=signal, poll_rows=1)


def tomorrow(recording: Recording) -> Strategy:
    """Planted: the delta of the next instant, an index that slipped by one."""

    def signal(history: History, reading: BookReading) -> BookReading:
        return replace(reading, delta=float(recording.delta[min(len(history), len(recording) - 1)]))

    return strategy("tomorrow", signal=signal)


def best_parameter(recording: Recording) -> Strategy:
    """Planted: the risk aversion that would have been best over the recording."""
    return strategy("fitted", aversion=1.0 + 100.0 * float(abs(recording.spot[-1] / recording.spot[0] - 1.0)))


def full_sample_quantile(recording: Recording) -> Strategy:
    """Planted: a regime by a quantile of the whole recording."""
    level = float(np.quantile(recording.spot, 0.9))

    def signal(history: History, reading: BookReading) -> BookReading:
        return replace(reading, gamma=reading.gamma * (2.0 if reading.spot > level else 1.0))

    return strategy("quantile", signal=signal)


@pytest.mark.parametrize("prepare", [honest_vol, lambda recording: strategy("plain", wants_realised_vol=True)])
def test_a_rule_that_uses_the_past_alone_passes(prepare: Callable[[Recording], Strategy]) -> None:
    check_no_look_ahead(prepare, random_recording(), ROWS)


@pytest.mark.parametrize("prepare", [tomorrow, best_parameter, full_sample_quantile])
def test_planted_look_ahead_is_caught(prepare: Callable[[Recording], Strategy]) -> None:
    with pytest.raises(NumericalError, match="looks ahead"):
        check_no_look_ahead(prepare, random_recording(), ROWS)


def test_a_volatility_of_the_whole_sample_is_caught_where_it_reaches_a_decision() -> None:
    """At given Γ and costs the band does not depend on σ: the budget of residual risk makes it do so."""
    from gex.hedging.policy import HedgePolicy
    from tests.backtest.recordings import quiet

    def prepare(recording: Recording) -> Strategy:
        return replace(whole_sample_vol(recording), config=quiet(HedgePolicy(residual_sd_budget=0.5)))

    with pytest.raises(NumericalError, match="looks ahead"):
        check_no_look_ahead(prepare, random_recording(), ROWS)


def panel(count: int = 30, contracts: int = 24, *, seed: int = 5) -> Panel:
    """Calls of which the far ones lose their quotes as spot falls."""
    draw = np.random.default_rng(seed)
    time = START + np.arange(count) * np.timedelta64(6 * 3600, "s")
    spot = 100.0 * np.exp(np.cumsum(0.02 * draw.standard_normal(count)))
    strike = np.linspace(80.0, 120.0, contracts)
    delta = 1.0 / (1.0 + np.exp((strike - spot[:, None]) / 8.0))
    mark = np.maximum(spot[:, None] - strike, 0.0) + 4.0 * np.exp(-(((spot[:, None] - strike) / 12.0) ** 2))
    mark = np.where((mark < 0.6) & (np.arange(count)[:, None] > 3), np.nan, mark)
    return Panel(
        underlying="X",
        contracts=tuple(f"C{k:g}" for k in strike),
        expiry=np.full(contracts, time[0] + np.timedelta64(30, "D")),
        strike=strike,
        sign=np.ones(contracts),
        time=time,
        spot=spot,
        bid=spot * 0.999,
        ask=spot * 1.001,
        mark=mark,
        delta=delta,
        gamma=np.full(delta.shape, 0.03),
        vol=np.full(delta.shape, 0.4),
    )


def test_a_choice_by_what_is_listed_now_passes() -> None:
    check_no_survivorship(near_the_money, panel(), (0, 5, 10))


def test_planted_survivorship_is_caught() -> None:
    """Only contracts with a mark at every instant: dropping rows with gaps does that without saying so."""

    def survivors(market: Panel, row: int) -> list[int]:
        complete = np.isfinite(market.mark).all(axis=0)
        return [k for k in near_the_money(market, row).tolist() if complete[k]]

    with pytest.raises(NumericalError, match="survivors"):
        check_no_survivorship(survivors, panel(), (0, 5, 10))


def test_planted_choice_of_winners_is_caught() -> None:
    def winners(market: Panel, row: int) -> list[int]:
        listed = near_the_money(market, row)
        gain = np.nan_to_num(market.mark[-1, listed]) - market.mark[row, listed]
        return listed[gain < np.median(gain)].tolist()

    with pytest.raises(NumericalError, match="survivors"):
        check_no_survivorship(winners, panel(), (0, 5))


def test_history_ends_at_the_present() -> None:
    one = random_recording()
    history = History(one, 7)
    assert len(history) == 8
    spot = history.column("spot")
    assert len(spot) == 8
    assert spot.base is None  # nothing leads back to the whole column
    scrambled = History(one.scrambled_after(7, 1), 7)
    assert scrambled.realised_vol(86_400.0) == history.realised_vol(86_400.0)
