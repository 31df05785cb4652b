"""One recorded market with every rule that can be walked on it, the optimum of the model and the least there could be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gex.backtest.book_oracle import with_optimum
from gex.backtest.comparison import Comparison, StrategyResult, compare
from gex.backtest.hindsight import hindsight_hedge
from gex.backtest.minimum_variance import MinimumVarianceFit, minimum_variance_fit, with_minimum_variance
from gex.backtest.recording import Recording
from gex.backtest.replay import Strategy
from gex.backtest.sources import ReplayMarket
from gex.backtest.standard import (
    OPTIMUM,
    REFERENCE,
    risk_aversion_of,
    signalled_strategies,
    standard_strategies,
    with_leland,
)
from gex.errors import NumericalError


@dataclass(frozen=True, kw_only=True)
class Contest:
    """The rules on one market. Gaps of the score are per block and in its currency."""

    market: ReplayMarket
    recordings: tuple[Recording, ...] = field(repr=False)  # with their signals
    strategies: tuple[Strategy, ...] = field(repr=False)
    comparison: Comparison
    why_no_optimum: str  # empty: the model's optimum was walked
    minimum_variance: MinimumVarianceFit | None  # None: no panel to fit on
    hindsight: float | None  # the least score of any hedge that had known everything, per block

    @property
    def risk_aversion(self) -> float:
        """γ of the score, 1/currency."""
        return self.comparison.risk_aversion

    def gap_to_optimum(self, result: StrategyResult) -> float | None:
        """Score above that of the model's optimal policy; below 0 where the market was not the model's."""
        best = next((one for one in self.comparison.results if one.name == OPTIMUM), None)
        return None if best is None else result.score - best.score

    def gap_to_hindsight(self, result: StrategyResult) -> float | None:
        """Score above the least of any hedge, which is never negative."""
        return None if self.hindsight is None else result.score - self.hindsight


def prepared(
    market: ReplayMarket, risk_aversion: float
) -> tuple[tuple[Recording, ...], str, MinimumVarianceFit | None]:
    """(the recordings with signals of Leland, minimum variance and optimum, why there is no optimum, the fit)."""
    is_one = len(market.panels) == 1 and len(market.recordings) == 1
    fit = minimum_variance_fit(market.panels[0]) if is_one and market.panels[0].forward is not None else None
    found, why = [], ""
    for one in market.recordings:
        one = with_leland(one, market.clocks[-1])
        if fit is not None and one.options is not None:
            one = with_minimum_variance(one, fit)
        one, reason = with_optimum(one, risk_aversion)
        why = why or reason
        found.append(one)
    return tuple(found), why, fit


def strategies_of(market: ReplayMarket, recordings: Sequence[Recording], risk_aversion: float) -> tuple[Strategy, ...]:
    """The standard strategies and those that the recordings have signals for."""
    return (
        *standard_strategies(
            risk_aversion=risk_aversion,
            gross_units=market.gross_units,
            poll=market.poll,
            clocks=market.clocks,
            latency=market.latency,
        ),
        *signalled_strategies(
            recordings,
            risk_aversion=risk_aversion,
            poll=market.poll,
            leland_rows=market.clocks[-1],
            latency=market.latency,
        ),
    )


def contest(
    market: ReplayMarket, *, risk_aversion: float | None = None, progress: Callable[[float], None] | None = None
) -> Contest:
    """Walk every rule over the market. γ is that of `risk_aversion_of` unless named; `progress` hears shares of the work."""
    gamma = risk_aversion or risk_aversion_of(market.gross_units, float(market.recordings[0].spot[0]))
    recordings, why, fit = prepared(market, gamma)
    strategies = strategies_of(market, recordings, gamma)
    each = 1.0 / (len(strategies) * len(recordings))
    found = compare(
        recordings,
        strategies,
        reference=REFERENCE,
        risk_aversion=gamma,
        run=market.run,
        progress=None if progress is None else lambda count: progress(count * each),
    )
    try:
        least = sum(hindsight_hedge(one, gamma).score(gamma) for one in recordings) / found.block_count
    except NumericalError:
        least = None
    return Contest(
        market=market,
        recordings=recordings,
        strategies=strategies,
        comparison=found,
        why_no_optimum=why,
        minimum_variance=fit,
        hindsight=least if least is None or np.isfinite(least) else None,
    )
