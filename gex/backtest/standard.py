"""The strategies that every recorded market is walked with, each an engine with one band rule."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gex.backtest.book_oracle import OPTIMUM_HIGH, OPTIMUM_LOW
from gex.backtest.minimum_variance import MINIMUM_VARIANCE_DELTA
from gex.backtest.recording import History, Recording
from gex.backtest.replay import Strategy
from gex.hedging.engine.config import BreakerRule, EngineConfig, Mode, RegimeRule, RegimeTable
from gex.hedging.engine.inputs import BookReading
from gex.hedging.policy import BandRule, HedgePolicy

REFERENCE, OPTIMUM = "(a, b)", "optimum of the model"
LELAND_DELTA = "leland_delta"  # the signal
_NARROWEST = 1e-9  # units: a no-trade set of one point is a band of this half-width
_SILENT = RegimeRule(is_active=False)
_QUIET = RegimeTable(volatility=_SILENT, liquidity=_SILENT, correlation=_SILENT)
_PATIENT = BreakerRule(most_switches=10**6, most_reversals=10**6)
_YEAR = 365.0 * 86_400.0


def engine(policy: HedgePolicy, *, mode: Mode = Mode.LIVE, regimes: RegimeTable = _QUIET) -> EngineConfig:
    """The production engine with its band alone: breaker, minimum hold and cost gate are out of the comparison."""
    return EngineConfig(
        policy=policy, mode=mode, minimum_hold=0.0, has_cost_gate=False, regimes=regimes, breaker=_PATIENT
    )


def band_strategy(
    rule: BandRule, risk_aversion: float, *, poll: float, name: str = "", rows: int = 1, latency: int = 0
) -> Strategy:
    """One cost-based rule at a risk aversion, corrected for looking every `poll` seconds."""
    policy = HedgePolicy(rule=rule, risk_aversion=risk_aversion, poll_interval=poll)
    return Strategy(name=name or rule.value, config=engine(policy), poll_rows=rows, latency_rows=latency)


def clock_strategy(every: int, *, name: str = "", latency: int = 0) -> Strategy:
    """Back to the target at every `every`-th instant."""
    policy = HedgePolicy(rule=BandRule.CLOCK, clock_interval=1.0)
    return Strategy(name=name or f"clock, every {every}", config=engine(policy), poll_rows=every, latency_rows=latency)


def standard_strategies(
    *, risk_aversion: float, gross_units: float, poll: float, clocks: Sequence[int] = (1, 4), latency: int = 0
) -> tuple[Strategy, ...]:
    """Unhedged, static, clocks, fixed bands of a tenth of the book, the cost-based rules at γ, and adaptive coverage.

    `gross_units` is Σ|units| of the book, `poll` seconds between two instants.
    """
    half = 0.1 * gross_units
    adaptive = HedgePolicy(risk_aversion=risk_aversion, poll_interval=poll, coverage=0.7)
    regimes = RegimeTable(
        volatility=RegimeRule(sample_interval=max(poll, 60.0), least_samples=12),
        liquidity=_SILENT,
        correlation=_SILENT,
        coverage=(("high_volatility", 1.0),),
    )
    return (
        Strategy(name="unhedged", config=engine(HedgePolicy(), mode=Mode.FROZEN)),
        clock_strategy(10**9, name="static", latency=latency),
        *(clock_strategy(every, latency=latency) for every in clocks),
        Strategy(
            name="±10 %, to the target",
            config=engine(HedgePolicy(thresholds=(-half, half))),
            latency_rows=latency,
        ),
        Strategy(
            name="±10 %, to the edge",
            config=engine(HedgePolicy(thresholds=(-half, half), threshold_targets=(-half, half))),
            latency_rows=latency,
        ),
        band_strategy(
            BandRule.WHALLEY_WILMOTT_EDGE, risk_aversion, poll=poll, name="Whalley–Wilmott, edge", latency=latency
        ),
        band_strategy(
            BandRule.WHALLEY_WILMOTT_TARGET, risk_aversion, poll=poll, name="Whalley–Wilmott, target", latency=latency
        ),
        band_strategy(BandRule.ZAKAMOULINE, risk_aversion, poll=poll, name="Zakamouline", latency=latency),
        band_strategy(BandRule.COST_OPTIMAL, risk_aversion, poll=poll, name=REFERENCE, latency=latency),
        Strategy(
            name="adaptive, 70 % calm",
            config=engine(adaptive, regimes=regimes),
            latency_rows=latency,
            wants_realised_vol=True,
        ),
    )


def delta_signal(name: str) -> Callable[[History, BookReading], BookReading]:
    """The reading with the delta that a signal of the recording states, where it states one."""

    def signal(history: History, reading: BookReading) -> BookReading:
        delta = history.signal(name)
        return replace(reading, delta=delta) if math.isfinite(delta) else reading

    return signal


def no_trade_strategy(low: str, high: str, *, name: str, latency: int = 0) -> Strategy:
    """A no-trade set of the hedge, stated by two signals in units, as a band of the engine: trade to its edge."""

    def signal(history: History, reading: BookReading) -> BookReading:
        middle = 0.5 * (history.signal(low) + history.signal(high))
        return replace(reading, delta=-middle) if math.isfinite(middle) else reading

    def policy(history: History, standing: HedgePolicy) -> HedgePolicy:
        half = max(0.5 * (history.signal(high) - history.signal(low)), _NARROWEST)
        if not math.isfinite(half):
            return standing
        return replace(standing, thresholds=(-half, half), threshold_targets=(-half, half))

    wide = HedgePolicy(thresholds=(-_NARROWEST, _NARROWEST))
    return Strategy(name=name, config=engine(wide), signal=signal, policy=policy, latency_rows=latency)


def signalled_strategies(
    recordings: Sequence[Recording], *, risk_aversion: float, poll: float, leland_rows: int, latency: int = 0
) -> tuple[Strategy, ...]:
    """The strategies that follow signals, those of which every recording has the signals."""

    def has(*names: str) -> bool:
        return all(name in one.signals for one in recordings for name in names)

    found = []
    if has(LELAND_DELTA):
        clock = clock_strategy(leland_rows, name=f"Leland, every {leland_rows}", latency=latency)
        found.append(replace(clock, signal=delta_signal(LELAND_DELTA)))
    if has(MINIMUM_VARIANCE_DELTA):
        band = band_strategy(
            BandRule.COST_OPTIMAL, risk_aversion, poll=poll, name="minimum variance, (a, b)", latency=latency
        )
        found.append(replace(band, signal=delta_signal(MINIMUM_VARIANCE_DELTA)))
    if has(OPTIMUM_LOW, OPTIMUM_HIGH):
        found.append(no_trade_strategy(OPTIMUM_LOW, OPTIMUM_HIGH, name=OPTIMUM, latency=latency))
    return tuple(found)


def with_leland(recording: Recording, rows: int) -> Recording:
    """The recording with the delta at Leland's volatility for a hedge every `rows` instants, at the first instant's cost."""
    if recording.options is None:
        return recording
    seconds = float((recording.time[min(rows, len(recording) - 1)] - recording.time[0]) / np.timedelta64(1, "s"))
    return recording.with_signal(LELAND_DELTA, recording.options.leland_delta(recording.cost_rate(0), seconds / _YEAR))


def risk_aversion_of(gross_units: float, spot: float) -> float:
    """γ of a desk to which a loss of 1 % of the book's notional is one unit: 100/(units·S), the same for every book."""
    return 100.0 / (gross_units * spot) if gross_units * spot > 0.0 else math.inf
