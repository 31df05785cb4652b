"""A book on several underlyings: sums by underlying, expiry, account and in total, in currency and in coin."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from gex.columns import Bools, Columns, Floats, column
from gex.errors import InputError
from gex.portfolio.beta import Beta
from gex.portfolio.deltas import MinimumVarianceFit, minimum_variance_delta, smile_delta
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import LinearLine, OptionLine
from gex.portfolio.risk import PortfolioRisk

BUCKET_DAYS = (1.0, 7.0, 30.0, 90.0, 180.0, 365.0, 730.0)
GROUPS = ("underlying", "expiry", "account")


@dataclass(frozen=True, eq=False, kw_only=True)
class BookPart:
    """The positions of a book on one underlying, at its own spot."""

    underlying: str
    risk: PortfolioRisk
    currency: str = "USD"  # of values
    exchange_rate: float = 1.0  # units of the book's currency a unit of this one
    skew_stickiness: float = 1.0  # behind smile_delta
    minimum_variance: tuple[MinimumVarianceFit, MinimumVarianceFit] | None = None  # of calls and of puts
    account: tuple[str, ...] = ()  # one a row of `risk`, () for one nameless account
    linear_account: tuple[str, ...] = ()  # one a row of risk.linear
    entry_price: tuple[float, ...] = ()  # paid a unit, one a row of `risk`, NaN where not known; () for none known

    def __post_init__(self) -> None:
        for name, rows in (
            ("account", len(self.risk)),
            ("entry_price", len(self.risk)),
            ("linear_account", len(self.risk.linear)),
        ):
            if len(getattr(self, name)) not in (0, rows):
                raise InputError(f"BookPart.{name}: expected {rows} rows, got {len(getattr(self, name))}")


@dataclass(frozen=True, kw_only=True)
class RiskSum:
    """One sum. Amounts are in `currency`; units of underlying are None where the sum spans several underlyings."""

    group: str  # "total", "underlying", "expiry", "account"
    name: str
    currency: str
    position_count: int = 0
    approximate_count: int = 0
    value: float = 0.0
    delta_notional: float = 0.0
    gamma_per_percent: float = 0.0
    vega_per_vol_point: float = 0.0
    theta_per_day: float = 0.0
    rho_per_bp: float = 0.0
    vanna_per_vol_point: float = 0.0
    charm_per_day: float = 0.0
    volga_per_vol_point: float = 0.0
    speed_per_percent: float = 0.0  # Speed·S³·1e-4: currency of delta per 1 % and 1 %
    zomma_per_percent: float = 0.0  # Zomma·S²·1e-4: currency of gamma per 1 % and vol point
    color_per_percent: float = 0.0  # Color·S²·0.01/365: currency of gamma per 1 % and day
    smile_delta_notional: float = 0.0
    minimum_variance_delta_notional: float | None = None  # None where a part of it is not fitted
    profit: float | None = 0.0  # value less what was paid; None where that is not known of a position, or paid in coin
    delta: float | None = None
    net_delta: float | None = None
    gamma: float | None = None
    smile_delta: float | None = None
    minimum_variance_delta: float | None = None
    coin_delta: Mapping[str, float] = field(default_factory=dict)  # net of premium, coins, of what is paid in coin
    coin_value: Mapping[str, float] = field(default_factory=dict)  # coins

    def __add__(self, other: "RiskSum") -> "RiskSum":
        """Sum of amounts; units are lost."""
        if self.currency != other.currency:
            raise InputError(f"RiskSum: expected one currency, got {self.currency} and {other.currency}")
        amounts = {name: getattr(self, name) + getattr(other, name) for name in _ADDED}
        fitted, others = self.minimum_variance_delta_notional, other.minimum_variance_delta_notional
        both = None if fitted is None or others is None else fitted + others
        return RiskSum(
            group=self.group,
            name=self.name,
            currency=self.currency,
            minimum_variance_delta_notional=both,
            profit=None if self.profit is None or other.profit is None else self.profit + other.profit,
            coin_delta=_joined(self.coin_delta, other.coin_delta),
            coin_value=_joined(self.coin_value, other.coin_value),
            **amounts,
        )


_ADDED = tuple(f.name for f in fields(RiskSum) if f.default in (0, 0.0) and f.name != "profit")


@dataclass(frozen=True, eq=False, kw_only=True)
class TermBuckets(Columns):
    """Theta and vega by time to expiry; bucket i ends at `days[i]`, the last at infinity."""

    currency: str

    days: Floats = column(np.float64)
    vega_per_vol_point: Floats = column(np.float64)  # currency
    theta_per_day: Floats = column(np.float64)  # currency
    gamma_per_percent: Floats = column(np.float64)  # currency


@dataclass(frozen=True, kw_only=True)
class BetaWeighted:
    """Delta of a book in units of one reference underlying, with what the betas leave unknown."""

    reference: str
    delta: float  # units of the reference
    standard_error: float  # of the betas, independent of each other, units
    residual_sd_per_day: float  # currency: what the reference cannot hedge, markets independent beyond it
    without_beta: tuple[str, ...]  # underlyings that are in no sum


def risk_sums(
    parts: Sequence[BookPart], groups: Sequence[str] = ("underlying",), currency: str = "USD"
) -> list[RiskSum]:
    """The total first, then by each of the groups asked for, in the order of the parts.

    Options and contracts without optionality of an expiry have their own sum: "SPXW 2023-10-20", "SPX futures".
    """
    for group in groups:
        if group not in GROUPS:
            raise InputError(f"groups: expected some of {', '.join(GROUPS)}, got {group!r}")
    sums = [_sum_of(part, part.underlying, "underlying", currency) for part in parts]
    total = RiskSum(group="total", name="", currency=currency, minimum_variance_delta_notional=0.0)
    for one in sums:
        total = total + one
    if len(sums) == 1:
        total = replace(sums[0], group="total", name="")
    found = [total]
    for group in groups:
        if group == "underlying":
            found.extend(sums)
            continue
        by_name: dict[str, RiskSum] = {}
        for part in parts:
            for name, options, linear in _subsets(part, group):
                one = _sum_of(part, name, group, currency, options, linear)
                by_name[name] = by_name[name] + one if name in by_name else one
        found.extend(by_name.values())
    return found


def accounts_of(
    lines: Sequence[OptionLine | LinearLine], risk: PortfolioRisk
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accounts of the rows of a risk and of its contracts without optionality, as `BookPart` takes them.

    Options are found by their row in the book, the others by their symbol, one account a symbol.
    """
    by_row = {line.row: line.account for line in lines if isinstance(line, OptionLine)}
    by_symbol = {line.symbol: line.account for line in lines if isinstance(line, LinearLine)}
    options = tuple(by_row.get(row, "") for row in risk.positions.row.tolist())
    return options, tuple(by_symbol.get(symbol, "") for symbol in risk.linear.symbol)


def term_buckets(parts: Sequence[BookPart], days: Sequence[float] = BUCKET_DAYS, currency: str = "USD") -> TermBuckets:
    """Theta, vega and gamma of options by time to expiry."""
    edges = np.append(np.asarray(days, np.float64), np.inf)
    if len(edges) < 2 or not (np.diff(edges) > 0.0).all():
        raise InputError(f"days: expected an ascending list, got {list(days)}")
    table = np.zeros((3, len(edges)))
    for part in parts:
        risk, mine = part.risk, part.risk.is_priced
        bucket = np.searchsorted(edges, risk.terms.time_to_expiry[mine] * 365.0)
        amounts = (risk.vega * 0.01, risk.theta / 365.0, risk.gamma * risk.spot**2 * 0.01)
        for row, amount in zip(table, amounts, strict=True):
            row += part.exchange_rate * np.bincount(bucket, amount[mine], len(edges))
    return TermBuckets(
        currency=currency, days=edges, vega_per_vol_point=table[0], theta_per_day=table[1], gamma_per_percent=table[2]
    )


def beta_weighted(
    parts: Sequence[BookPart], reference: str, betas: Mapping[str, Beta], reference_vol: float | None = None
) -> BetaWeighted:
    """Σ β·Δ·S/S_ref: the delta of the book as if it were all in the reference, whose own beta is 1.

    The error is √Σ(se·Δ·S/S_ref)². With the reference's volatility (decimal per √year) the standard deviation a day that
    remains when all of it is hedged: σ_i² = β²σ_ref²(1/ρ² − 1) of each market.
    """
    spots = {part.underlying: part.risk.spot * part.exchange_rate for part in parts}
    if reference not in spots:
        raise InputError(f"reference: expected one of {', '.join(spots)}, got {reference!r}")
    delta = variance = idle = 0.0
    missing = []
    for part in parts:
        notional = part.risk.totals().delta * spots[part.underlying]
        if part.underlying == reference:
            delta += notional / spots[reference]
            continue
        beta = betas.get(part.underlying)
        if beta is None:
            missing.append(part.underlying)
            continue
        delta += beta.value * notional / spots[reference]
        variance += (beta.standard_error * notional / spots[reference]) ** 2
        if reference_vol is not None:
            rho2 = beta.correlation**2
            idle += (beta.value * reference_vol * notional) ** 2 * (1.0 / rho2 - 1.0) if rho2 != 0.0 else math.inf
    return BetaWeighted(
        reference=reference,
        delta=delta,
        standard_error=math.sqrt(variance),
        residual_sd_per_day=math.sqrt(idle / 365.0) if reference_vol is not None else math.nan,
        without_beta=tuple(missing),
    )


def _subsets(part: BookPart, group: str) -> Iterator[tuple[str, Bools, Bools]]:
    """(name, option rows, linear rows) of the members of a group."""
    risk = part.risk
    no_options, no_linear = np.zeros(len(risk), np.bool_), np.zeros(len(risk.linear), np.bool_)
    if group == "expiry":
        for i, expiry in enumerate(risk.positions.expiries):
            mine = risk.positions.expiry == i
            if mine.any():
                yield f"{expiry.root} {expiry.date}", mine, no_linear
        if len(risk.linear):
            yield f"{part.underlying} futures", no_options, ~no_linear
        return
    account = np.array(part.account or ("",) * len(risk), object)
    linear = np.array(part.linear_account or ("",) * len(risk.linear), object)
    for name in dict.fromkeys([*account.tolist(), *linear.tolist()]):
        yield name, account == name, linear == name


def _sum_of(
    part: BookPart,
    name: str,
    group: str,
    currency: str,
    options: Bools | None = None,
    linear_rows: Bools | None = None,
) -> RiskSum:
    risk, spot, rate = part.risk, part.risk.spot, part.exchange_rate
    mine = risk.is_priced if options is None else risk.is_priced & options
    linear = risk.linear if linear_rows is None else risk.linear.where(linear_rows)

    def total(values: Floats) -> float:
        return float(values[mine].sum())

    held = linear.delta()
    delta, gamma = total(risk.delta) + float(held.sum()), total(risk.gamma)
    smile = total(smile_delta(risk, part.skew_stickiness)) + float(held.sum())
    fitted: float | None = None
    if part.minimum_variance is not None:
        fitted = total(minimum_variance_delta(risk, *part.minimum_variance)) + float(held.sum())
    inverse = mine & risk.terms.is_inverse
    coin_delta, coin_value = {}, {}
    if inverse.any() or linear.is_inverse.any():
        coin_delta = {part.underlying: float(risk.net_delta[inverse].sum() + held[linear.is_inverse].sum())}
        coins = np.nansum(linear.value()[linear.is_inverse]) / spot
        coin_value = {part.underlying: float(risk.value[inverse].sum() / spot + coins)}
    return RiskSum(
        group=group,
        name=name,
        currency=currency,
        position_count=int(mine.sum()) + len(linear),
        approximate_count=int((mine & risk.is_approximate).sum()),
        value=rate * (total(risk.value) + float(np.nansum(linear.value()))),
        delta_notional=rate * delta * spot,
        gamma_per_percent=rate * gamma * spot * spot * 0.01,
        vega_per_vol_point=rate * total(risk.vega) * 0.01,
        theta_per_day=rate * total(risk.theta) / 365.0,
        rho_per_bp=rate * total(risk.rho) * 1e-4,
        vanna_per_vol_point=rate * total(risk.vanna) * spot * 0.01,
        charm_per_day=rate * total(risk.charm) * spot / 365.0,
        volga_per_vol_point=rate * total(risk.volga) * 1e-4,
        speed_per_percent=rate * total(risk.speed) * spot**3 * 1e-4,
        zomma_per_percent=rate * total(risk.zomma) * spot**2 * 1e-4,
        color_per_percent=rate * total(risk.color) * spot**2 * 0.01 / 365.0,
        smile_delta_notional=rate * smile * spot,
        minimum_variance_delta_notional=None if fitted is None else rate * fitted * spot,
        profit=_profit(part, mine, linear),
        delta=delta,
        net_delta=total(risk.net_delta) + float(held.sum()),
        gamma=gamma,
        smile_delta=smile,
        minimum_variance_delta=fitted,
        coin_delta=coin_delta,
        coin_value=coin_value,
    )


def _profit(part: BookPart, mine: Bools, linear: LinearPositions) -> float | None:
    """Value less what was paid; None where a price paid is not known, or was paid in coin."""
    risk = part.risk
    paid = np.array(part.entry_price or np.full(len(risk), np.nan), np.float64)
    gain = (risk.price - paid) * risk.positions.units
    gain = np.where(risk.terms.is_inverse, np.nan, gain)[mine]
    held = np.where(
        linear.kind == LinearKind.SPOT, linear.value() - linear.contracts * linear.entry_price, linear.value()
    )
    total = float(gain.sum() + held.sum())
    return part.exchange_rate * total if math.isfinite(total) else None


def _joined(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    return {name: first.get(name, 0.0) + second.get(name, 0.0) for name in dict.fromkeys([*first, *second])}
