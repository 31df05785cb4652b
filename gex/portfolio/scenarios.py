"""What a book gains or loses elsewhere: grids of spot × volatility × time and named shocks, fully repriced."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.columns import Columns, Floats, column, frozen
from gex.errors import InputError
from gex.kernels.scenarios import DELTA, GAMMA, LANES, VALUE, VEGA, scenario_sums
from gex.portfolio.linear import LinearPositions
from gex.portfolio.repricing import BookRepricer, inverse_profit
from gex.portfolio.risk import PortfolioRisk
from gex.portfolio.steps import LEAST_VOL, OptionLines

_LARGEST_SCALE = 3.0  # of a shift with a term, for what expires soon


@dataclass(frozen=True, eq=False, kw_only=True)
class Scenarios(Columns):
    """One row per scenario; on a grid spot moves fastest, then volatility, then time.

    Profit is value after less value before, of everything that is priced. Options that settle on the way are worth their
    payoff at the scenario's spot. `delta`, `gamma` and `vega` are Black–Scholes at the moved volatilities, with early
    exercise but for vega. The smile moves
    with `skew_stickiness` R, each option keeps its volatility over time.
    """

    spot: float  # now
    skew_stickiness: float
    name: tuple[str, ...] = ()  # of the shock; "" on a grid

    spot_move: Floats = column(np.float64)  # relative, decimal
    vol_shift: Floats = column(np.float64)  # decimal, before what a shock adds by expiry or moneyness
    elapsed: Floats = column(np.float64)  # years
    profit: Floats = column(np.float64)  # currency
    coin_profit: Floats = column(np.float64)  # coins, of what is paid in coin; 0 where nothing is
    delta: Floats = column(np.float64)  # units of underlying, after
    net_delta: Floats = column(np.float64)  # coin-settled positions net of premium
    gamma: Floats = column(np.float64)  # units per currency, after
    vega: Floats = column(np.float64)  # currency per 1.00 of vol, after
    liquidation_cost: Floats = column(np.float64, fill=np.nan)  # currency, to trade the delta away; NaN without a depth

    @property
    def spot_after(self) -> Floats:
        """Spot of each scenario."""
        return self.spot * (1.0 + self.spot_move)

    @property
    def delta_notional(self) -> Floats:
        """delta·S after, currency."""
        return self.delta * self.spot_after

    @property
    def gamma_per_percent(self) -> Floats:
        """Γ·S²·0.01 after: currency of delta per 1 % move."""
        return self.gamma * self.spot_after**2 * 0.01

    @property
    def vega_per_vol_point(self) -> Floats:
        """Currency per +0.01 of vol, after."""
        return self.vega * 0.01


def scenario_grid(
    risk: PortfolioRisk,
    spot_moves: Sequence[float] = (0.0,),
    vol_shifts: Sequence[float] = (0.0,),
    elapsed: Sequence[float] = (0.0,),
    *,
    skew_stickiness: float = 1.0,
) -> Scenarios:
    """Every relative move of spot (decimal) with every parallel shift of volatility (decimal) after every time (years)."""
    moves, shifts, times = (np.asarray(values, np.float64) for values in (spot_moves, vol_shifts, elapsed))
    _check(moves, shifts, times)
    spots = risk.spot * (1.0 + moves)
    repriced = [repriced_at(risk, spots, shifts, float(t), skew_stickiness=skew_stickiness) for t in times]
    shape = (len(times), len(shifts), len(moves))
    axes = np.broadcast_arrays(moves, shifts[:, np.newaxis], times[:, np.newaxis, np.newaxis])
    table = {name: np.stack([getattr(r, name) for r in repriced]).ravel() for name in Repriced.NAMES}
    return Scenarios(
        spot=risk.spot,
        skew_stickiness=skew_stickiness,
        name=("",) * int(np.prod(shape)),
        spot_move=np.array(axes[0]).ravel(),
        vol_shift=np.array(axes[1]).ravel(),
        elapsed=np.array(axes[2]).ravel(),
        **table,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Repriced:
    """A book on spots × shifts at one instant: tables (shift, spot) in the units of `Scenarios`."""

    NAMES = ("profit", "coin_profit", "delta", "net_delta", "gamma", "vega")

    profit: Floats
    coin_profit: Floats
    delta: Floats
    net_delta: Floats
    gamma: Floats
    vega: Floats


def repriced_at(
    risk: PortfolioRisk,
    spots: Floats,
    vol_shifts: Floats,
    elapsed: float,
    *,
    skew_stickiness: float = 1.0,
    term_scale: float | None = None,
    skew_shift: float = 0.0,
) -> Repriced:
    """The book at every spot and shift, `elapsed` years on.

    `term_scale` (years) makes a shift that of this term: it is √(term_scale/T) as large at T, at most threefold.
    `skew_shift` adds to ∂σ/∂k, k = ln(K/F) at the moved forward, held flat beyond |k| = 1.
    """
    book = risk.repricer
    level, log_move = _padded(spots, book.spot)
    shape = (len(vol_shifts), len(spots))
    parts = []
    for lines, is_coin in ((book.currency.lines, False), (book.coin[0].lines, True)):
        out = np.zeros((4, len(vol_shifts), len(level)))
        if len(lines):
            _add_lines(
                book, lines, is_coin, level, log_move, vol_shifts, elapsed, skew_stickiness, term_scale, skew_shift, out
            )
        parts.append(out[:, :, : len(spots)])
    total = parts[0] + parts[1]
    if book.american is not None:
        total[:3] += _early_exercise(book, spots, vol_shifts, elapsed, skew_stickiness, term_scale, skew_shift)
    coins = parts[1][VALUE] / spots
    linear = risk.linear
    now_value = float(np.sum(risk.value[risk.is_priced]))
    now_coins = risk.coin_value()
    return Repriced(
        profit=total[VALUE] - now_value + linear_profit(linear, spots, elapsed),
        coin_profit=np.broadcast_to(coins - now_coins + inverse_profit(linear, spots, elapsed), shape),
        delta=total[DELTA] + linear.total_delta(spots, elapsed),
        net_delta=total[DELTA] - coins + linear.total_delta(spots, elapsed),
        gamma=total[GAMMA],
        vega=total[VEGA],
    )


def _early_exercise(
    book: BookRepricer,
    spots: Floats,
    vol_shifts: Floats,
    elapsed: float,
    skew_stickiness: float,
    term_scale: float | None,
    skew_shift: float,
) -> Floats:
    """What American contracts are worth beyond European ones, and the delta and gamma of that: (3, shift, spot)."""
    contracts = book.american
    assert contracts is not None
    log_move = np.log(spots / book.spot)[:, np.newaxis]
    log_moneyness = np.log(contracts.strike / contracts.forward)
    moved = np.zeros((len(spots), len(contracts)))
    if skew_stickiness != 1.0:
        moneyness = log_moneyness + (skew_stickiness - 1.0) * log_move
        moved = book.surface.vol(contracts.expiry, moneyness) - contracts.vol
    if skew_shift != 0.0:
        moved = moved + skew_shift * np.clip(log_moneyness - log_move, -1.0, 1.0)
    scale = np.ones(len(contracts))
    if term_scale is not None:
        scale = np.minimum(np.sqrt(term_scale / contracts.time_to_expiry), _LARGEST_SCALE)
    rows = [contracts.excess(spots, elapsed=elapsed, vol_shift=moved + shift * scale) for shift in vol_shifts.tolist()]
    return np.array(rows).transpose(1, 0, 2)


def linear_profit(linear: LinearPositions, spots: Floats, elapsed: float) -> Floats:
    """Currency that contracts without optionality gain from now to each spot; coins kept are worth that spot.

    Futures roll down their carry to spot; perpetuals keep their distance to it. Inverse contracts with a known entry
    price carry the coins they have already earned.
    """
    if len(linear) == 0:
        return np.zeros(len(spots))
    price = _prices(linear, spots, elapsed)
    size = linear.contracts * linear.multiplier
    entry = np.where(np.isfinite(linear.entry_price), linear.entry_price, linear.price)
    before = size * (1.0 / entry - 1.0 / linear.price) * linear.spot
    after = size * (1.0 / entry - 1.0 / price) * spots[:, np.newaxis]
    total: Floats = np.where(linear.is_inverse, after - before, size * (price - linear.price)).sum(axis=-1)
    return total


def _add_lines(
    book: BookRepricer,
    lines: OptionLines,
    is_coin: bool,
    level: Floats,
    log_move: Floats,
    vol_shifts: Floats,
    elapsed: float,
    skew_stickiness: float,
    term_scale: float | None,
    skew_shift: float,
    out: Floats,
) -> None:
    left = lines.time_to_expiry - elapsed
    alive = left > 1.5e-17  # as `Steps.in_states` has it
    growth, discount = (float(x) for x in book.rolled(elapsed))
    forward_growth = lines.forward / book.spot / growth
    vol = _vols(book, lines, log_move, forward_growth, skew_stickiness, skew_shift)
    scale = np.ones(len(lines))
    if term_scale is not None:
        scale = np.minimum(np.sqrt(term_scale / lines.time_to_expiry), _LARGEST_SCALE)
    scenario_sums(
        frozen(level),
        frozen(vol_shifts),
        LEAST_VOL,
        frozen(log_move),
        frozen(vol),
        frozen(np.sqrt(np.where(alive, left, 0.0))),
        frozen(forward_growth),
        # In coin nothing is discounted: the coins are worth x/F of the price in currency.
        frozen(1.0 / forward_growth if is_coin else lines.discount_factor / discount),
        lines.strike,
        frozen(scale),
        lines.call_units,
        lines.put_units,
        out,
    )


def _vols(
    book: BookRepricer,
    lines: OptionLines,
    log_move: Floats,
    forward_growth: Floats,
    skew_stickiness: float,
    skew_shift: float,
) -> Floats:
    """Volatility of each line at each spot, (line, spot), before parallel shifts."""
    move = log_move[np.newaxis]
    if skew_stickiness == 1.0:
        vol = np.broadcast_to(lines.vol[:, np.newaxis], (len(lines), len(log_move)))
    else:
        moneyness = (skew_stickiness - 1.0) * move - lines.log_moneyness[:, np.newaxis]
        vol = book.surface.vol(lines.expiry[:, np.newaxis], moneyness)
    if skew_shift != 0.0:
        log_moneyness = np.log(lines.strike / (book.spot * forward_growth))[:, np.newaxis] - move
        vol = vol + skew_shift * np.clip(log_moneyness, -1.0, 1.0)
    return np.asarray(vol, np.float64)


def _padded(spots: Floats, spot: float) -> tuple[Floats, Floats]:
    """The spots, with repetitions of the last so that their number fills whole vectors, and ln(x/S)."""
    count = -(-len(spots) // LANES) * LANES
    level = np.concatenate([spots, np.full(count - len(spots), spots[-1])])
    return level, np.log(level / spot)


def _prices(linear: LinearPositions, spots: Floats, elapsed: float) -> Floats:
    """Price of each contract at each spot, (spot, row); what has settled ended at the spot."""
    growth = linear.growth(elapsed)
    is_perpetual = ~np.isfinite(linear.time_to_expiry) & ~linear.is_inverse
    moved = spots[:, np.newaxis] * np.where(growth > 0.0, growth, 1.0)
    return np.where(is_perpetual, linear.price + (spots[:, np.newaxis] - linear.spot), moved)


def _check(moves: Floats, shifts: Floats, times: Floats) -> None:
    for name, values, least in (("spot_moves", moves, -1.0), ("vol_shifts", shifts, -np.inf), ("elapsed", times, 0.0)):
        if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
            raise InputError(f"{name}: expected a list of finite numbers, got {values}")
        if name == "spot_moves" and not (values > least).all():
            raise InputError(f"spot_moves: expected moves above -1, got {values.min()}")
        if name == "elapsed" and not (values >= least).all():
            raise InputError(f"elapsed: expected years of at least 0, got {values.min()}")
