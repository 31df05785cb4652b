"""Why a book gained or lost between two markets: by Greek of the earlier one, and what none of them explains."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from gex.calendar import YEAR
from gex.columns import Bools, Columns, Floats, column
from gex.errors import InputError
from gex.portfolio.linear import LinearPositions
from gex.portfolio.risk import PortfolioRisk


@dataclass(frozen=True, kw_only=True)
class ProfitLines:
    """Profit by cause, currency; the lines sum to the total."""

    total: float
    delta: float  # Δ·dS
    gamma: float  # ½Γ·dS², dS that of the forward in units of spot, for an option lives on its forward
    vega: float  # vega·dσ, σ of the strike itself
    theta: float  # Θ·dt
    vanna: float  # vanna·dS·dσ, likewise
    volga: float  # ½volga·dσ²
    carry: float  # rates, dividends, basis and funding
    residual: float  # the rest

    @property
    def residual_share(self) -> float:
        """|residual| over the sum of the sizes of all lines; NaN where nothing moved."""
        size = sum(abs(getattr(self, field.name)) for field in fields(self) if field.name != "total")
        return abs(self.residual) / size if size > 0.0 else float("nan")


@dataclass(frozen=True, eq=False, kw_only=True)
class ProfitExplanation(Columns):
    """One row per option position; NaN where one of the two markets does not price it, or only one its early exercise.

    Second-order Taylor with the Greeks of the earlier market. Each option's own rate and carry are held while time passes;
    what the forward and the discount factor do beyond that is `carry`. What settles in between is in no row: its profit
    depends on a price that neither market holds.
    """

    linear: ProfitLines  # of the contracts without optionality
    spot_before: float
    spot_after: float
    elapsed: float  # years

    total: Floats = column(np.float64)
    delta: Floats = column(np.float64)
    gamma: Floats = column(np.float64)
    vega: Floats = column(np.float64)
    theta: Floats = column(np.float64)
    vanna: Floats = column(np.float64)
    volga: Floats = column(np.float64)
    carry: Floats = column(np.float64)
    residual: Floats = column(np.float64)

    @property
    def is_explained(self) -> Bools:
        """True for the rows that both markets price."""
        return np.isfinite(self.total)

    def totals(self) -> ProfitLines:
        """Sums over the explained rows and the contracts without optionality."""
        mine = self.is_explained
        return ProfitLines(
            **{
                f.name: float(getattr(self, f.name)[mine].sum()) + getattr(self.linear, f.name)
                for f in fields(ProfitLines)
            }
        )

    @property
    def residual_share(self) -> float:
        """Σ|residual| / Σ|profit| over the explained rows: positions cannot hide behind each other."""
        mine = self.is_explained
        size = float(np.abs(self.total[mine]).sum())
        return float(np.abs(self.residual[mine]).sum()) / size if size > 0.0 else float("nan")


def explain_profit(before: PortfolioRisk, after: PortfolioRisk, *, funding: float = 0.0) -> ProfitExplanation:
    """The profit of one book from one market to a later one; `funding` is what perpetuals paid it in between, currency.

    Both hold the same positions in the same order. InputError where they do not, or where time runs backwards.
    """
    _check(before, after)
    elapsed = float((after.as_of - before.as_of) / YEAR)
    start, end = before.terms, after.terms
    move = after.spot - before.spot
    vol_move = end.vol - start.vol
    left = start.time_to_expiry - elapsed
    with np.errstate(divide="ignore", invalid="ignore"):
        share = left / start.time_to_expiry
        growth = (start.forward / before.spot) ** share
        discount = start.discount_factor**share
        forward_move = end.forward / growth - before.spot  # in units of spot; `move` where the carry stood still
        by_discount = before.value * np.log(end.discount_factor / discount)
    lines = {
        "delta": before.delta * move,
        "gamma": 0.5 * before.gamma * forward_move**2,
        "vega": before.vega * vol_move,
        "theta": before.theta * elapsed,
        "vanna": before.vanna * forward_move * vol_move,
        "volga": 0.5 * before.volga * vol_move * vol_move,
        "carry": before.delta * (forward_move - move) + by_discount,
    }
    # A value with early exercise less one without is no profit.
    is_explained = before.is_priced & after.is_priced & (before.is_approximate == after.is_approximate)
    total = np.where(is_explained, after.value - before.value, np.nan)
    lines = {name: np.where(is_explained, line, np.nan) for name, line in lines.items()}
    residual = total - np.sum(list(lines.values()), axis=0)
    return ProfitExplanation(
        linear=_linear_lines(before.linear, after.linear, funding),
        spot_before=before.spot,
        spot_after=after.spot,
        elapsed=elapsed,
        total=total,
        residual=residual,
        **lines,
    )


def _linear_lines(before: LinearPositions, after: LinearPositions, funding: float) -> ProfitLines:
    """Delta is what a move of spot alone would have made of each contract; the rest is basis, roll-down and funding."""
    place = {symbol: i for i, symbol in enumerate(after.symbol)}
    rows = np.array([i for i, symbol in enumerate(before.symbol) if symbol in place], np.intp)
    if len(rows) == 0:
        return ProfitLines(
            total=funding, delta=0, gamma=0, vega=0, theta=0, vanna=0, volga=0, carry=funding, residual=0
        )
    first = before.take(rows)
    last = after.take(np.array([place[symbol] for symbol in first.symbol], np.intp))
    size = first.contracts * first.multiplier
    entry = np.where(np.isfinite(first.entry_price), first.entry_price, first.price)
    coins = size * ((1.0 / entry - 1.0 / last.price) * after.spot - (1.0 / entry - 1.0 / first.price) * before.spot)
    total = float(np.where(first.is_inverse, coins, size * (last.price - first.price)).sum())
    earned = size * (1.0 / entry - 1.0 / first.price)  # coins held
    move = after.spot - before.spot
    delta = float((first.delta() * move + np.where(first.is_inverse, earned, 0.0) * move).sum())
    return ProfitLines(
        total=total + funding,
        delta=delta,
        gamma=0.0,
        vega=0.0,
        theta=0.0,
        vanna=0.0,
        volga=0.0,
        carry=total + funding - delta,
        residual=0.0,
    )


def _check(before: PortfolioRisk, after: PortfolioRisk) -> None:
    first, last = before.positions, after.positions
    same = len(first) == len(last)
    for name in ("strike", "right", "contracts"):
        same = same and bool(np.array_equal(getattr(first, name), getattr(last, name)))
    if not same or not np.array_equal(_settlements(before), _settlements(after)):
        raise InputError("explain_profit: expected the same positions in both markets")
    if after.as_of < before.as_of:
        raise InputError(f"explain_profit: expected a later market, got {after.as_of} after {before.as_of}")


def _settlements(risk: PortfolioRisk) -> npt.NDArray[np.datetime64]:
    settles_at = np.array([expiry.settles_at for expiry in risk.positions.expiries], "datetime64[ns]")
    return settles_at[risk.positions.expiry]
