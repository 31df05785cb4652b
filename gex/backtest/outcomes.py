"""What hedging came to, path by path and summed up: risk, cost by line, tails. Memory of a summary does not grow."""

import math
from dataclasses import dataclass, field

import numpy as np

from gex.columns import Columns, Floats, column
from gex.kernels import hedge_paths as places

_BIN_COUNT = 8192
_COST_LINES = ("fee", "half_spread", "impact", "ticket", "funding")


@dataclass(frozen=True, eq=False, kw_only=True)
class PathOutcomes(Columns):
    """One row per path; currency unless named otherwise. Costs are paid when positive."""

    book_profit: Floats = column(np.float64)  # change of value of the options, settlement included
    hedge_profit: Floats = column(np.float64)  # of the hedge's price, before costs
    fee: Floats = column(np.float64)
    half_spread: Floats = column(np.float64)
    impact: Floats = column(np.float64)
    ticket: Floats = column(np.float64)
    funding: Floats = column(np.float64)
    turnover: Floats = column(np.float64)  # units
    order_count: Floats = column(np.float64)
    tracking: Floats = column(np.float64)  # Σ mishedge · move: what bar-by-bar hedging would not have had
    square_time: Floats = column(np.float64)  # ∫X²dt, units² years
    drawdown: Floats = column(np.float64)  # the largest fall of the marked profit; at the end alone without marks
    final_spot: Floats = column(np.float64)

    @property
    def trading_cost(self) -> Floats:
        """Fee, half spread, impact and tickets."""
        total: Floats = self.fee + self.half_spread + self.impact + self.ticket
        return total

    @property
    def net_profit(self) -> Floats:
        """After all costs and funding."""
        total: Floats = self.book_profit + self.hedge_profit - self.trading_cost - self.funding
        return total


def outcomes_of(table: Floats) -> PathOutcomes:
    """The kernel's table as named columns."""
    return PathOutcomes(
        book_profit=table[:, places.BOOK_PROFIT],
        hedge_profit=table[:, places.HEDGE_PROFIT],
        fee=table[:, places.FEES],
        half_spread=table[:, places.SPREADS],
        impact=table[:, places.IMPACTS],
        ticket=table[:, places.TICKETS],
        funding=table[:, places.FUNDING],
        turnover=table[:, places.TURNOVER],
        order_count=table[:, places.ORDERS],
        tracking=table[:, places.TRACKING],
        square_time=table[:, places.SQUARE_TIME],
        drawdown=table[:, places.DRAWDOWN],
        final_spot=table[:, places.FINAL_SPOT],
    )


@dataclass(frozen=True, kw_only=True)
class OutcomeSummary:
    """Risk and cost of one rule over all paths. An expected shortfall is the mean of the worst share, as a loss."""

    rule: str
    path_count: int
    mean: float  # of the net profit
    mean_error: float  # standard error
    sd: float  # of the net profit
    sd_error: float
    shortfall_95: float
    shortfall_99: float
    skewness: float
    cost: float  # trading cost, mean
    cost_error: float
    cost_lines: dict[str, float]  # means: fee, half_spread, impact, ticket, funding
    turnover: float  # units, mean
    order_count: float  # mean
    tracking_sd: float
    mean_square_time: float  # ∫X²dt, mean
    drawdown: float  # mean of the largest
    drawdown_95: float  # 95 % quantile
    gross_mean: float  # of profit + costs: the same for all rules where spot is a martingale
    gross_error: float
    certainty_cost: float | None  # (1/γ) log E exp(−γ·profit), where a risk aversion was named
    density: tuple[tuple[float, ...], tuple[float, ...]] = field(repr=False, default=((), ()))  # of the net profit


class SummaryBuilder:
    """Takes outcomes chunk by chunk; keeps sums and one histogram, whatever the number of paths."""

    def __init__(self, rule: str, risk_aversion: float | None = None) -> None:
        self._rule, self._aversion = rule, risk_aversion
        self._count = 0
        self._powers = np.zeros(5)  # of the net profit about the first chunk's mean
        self._centre = 0.0
        self._sums: dict[str, float] = {}
        self._edges: Floats | None = None
        self._bins = np.zeros(_BIN_COUNT + 2)
        self._bin_sums = np.zeros(_BIN_COUNT + 2)
        self._falls = np.zeros(_BIN_COUNT + 2)
        self._fall_edges: Floats | None = None
        self._log_utility = -math.inf

    def add(self, outcomes: PathOutcomes) -> None:
        """Take one chunk."""
        net, cost = outcomes.net_profit, outcomes.trading_cost
        gross = net + cost + outcomes.funding
        if self._edges is None:
            # The grid comes from the first chunk; what lies beyond it is kept in two open bins with its sum.
            self._centre = float(net.mean())
            reach = 14.0 * max(float(net.std()), 1e-12 * (1.0 + abs(self._centre)))
            self._edges = np.linspace(self._centre - reach, self._centre + reach, _BIN_COUNT + 1)
            self._fall_edges = np.linspace(
                0.0, max(4.0 * float(outcomes.drawdown.max(initial=0.0)), 1e-12), _BIN_COUNT + 1
            )
        self._count += len(net)
        away = net - self._centre
        self._powers += [float((away**k).sum()) for k in range(5)]
        place = np.searchsorted(self._edges, net)
        self._bins += np.bincount(place, minlength=_BIN_COUNT + 2)
        self._bin_sums += np.bincount(place, weights=net, minlength=_BIN_COUNT + 2)
        assert self._fall_edges is not None
        self._falls += np.bincount(np.searchsorted(self._fall_edges, outcomes.drawdown), minlength=_BIN_COUNT + 2)
        plain = (*_COST_LINES, "turnover", "order_count", "square_time", "drawdown")
        sums = {name: getattr(outcomes, name) for name in plain}
        for name, values in (("cost", cost), ("gross", gross), ("tracking", outcomes.tracking)):
            sums[name], sums[name + "2"] = values, values**2
        for name, values in sums.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(values.sum())
        if self._aversion is not None:
            largest = float((-self._aversion * net).max())
            chunk = largest + math.log(float(np.exp(-self._aversion * net - largest).sum()))
            self._log_utility = float(np.logaddexp(self._log_utility, chunk))

    def build(self) -> OutcomeSummary:
        """The summary of everything taken."""
        n = self._count
        p1, p2, p3, p4 = (self._powers[1:] / n).tolist()
        variance = max(p2 - p1 * p1, 0.0)
        sd = math.sqrt(variance)
        third = p3 - 3.0 * p1 * p2 + 2.0 * p1**3
        fourth = p4 - 4.0 * p1 * p3 + 6.0 * p1 * p1 * p2 - 3.0 * p1**4
        mean = {name: value / n for name, value in self._sums.items()}
        deviation = {
            name: math.sqrt(max(mean[name + "2"] - mean[name] ** 2, 0.0)) for name in ("cost", "gross", "tracking")
        }
        return OutcomeSummary(
            rule=self._rule,
            path_count=n,
            mean=self._centre + p1,
            mean_error=sd / math.sqrt(n),
            sd=sd,
            sd_error=math.sqrt(max(fourth - variance**2, 0.0) / n) / (2.0 * sd) if sd > 0.0 else 0.0,
            shortfall_95=self._shortfall(0.05),
            shortfall_99=self._shortfall(0.01),
            skewness=third / sd**3 if sd > 0.0 else 0.0,
            cost=mean["cost"],
            cost_error=deviation["cost"] / math.sqrt(n),
            cost_lines={name: mean[name] for name in _COST_LINES},
            turnover=mean["turnover"],
            order_count=mean["order_count"],
            tracking_sd=deviation["tracking"],
            mean_square_time=mean["square_time"],
            drawdown=mean["drawdown"],
            drawdown_95=self._fall_quantile(0.95),
            gross_mean=mean["gross"],
            gross_error=deviation["gross"] / math.sqrt(n),
            certainty_cost=None if self._aversion is None else (self._log_utility - math.log(n)) / self._aversion,
            density=self._density(),
        )

    def _shortfall(self, share: float) -> float:
        """Mean loss of the worst share: whole bins, and of the last one only what is needed at its own mean."""
        wanted, taken, total = share * self._count, 0.0, 0.0
        for count, value in zip(self._bins, self._bin_sums, strict=True):
            if count == 0.0:
                continue
            used = min(count, wanted - taken)
            total += value * used / count
            taken += used
            if taken >= wanted:
                break
        return -total / wanted

    def _fall_quantile(self, share: float) -> float:
        assert self._fall_edges is not None
        place = int(np.searchsorted(np.cumsum(self._falls), share * self._count))
        return float(self._fall_edges[min(place, _BIN_COUNT)])

    def _density(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """(profit, density) in 96 bins from the 0.1 to the 99.9 % quantile."""
        assert self._edges is not None
        cumulated = np.cumsum(self._bins) / self._count
        low = self._edges[min(int(np.searchsorted(cumulated, 0.001)), _BIN_COUNT)]
        high = self._edges[min(int(np.searchsorted(cumulated, 0.999)), _BIN_COUNT)]
        if not high > low:
            return (), ()
        grid = np.linspace(low, high, 97)
        below = np.interp(grid, self._edges, np.concatenate([[0.0], np.cumsum(self._bins[1:-1])]))
        density = np.diff(below) / self._count / np.diff(grid)
        return tuple((0.5 * (grid[1:] + grid[:-1])).tolist()), tuple(density.tolist())
