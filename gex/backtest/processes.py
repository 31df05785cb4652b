"""Markets to simulate: what moves spot, volatility, funding and basis, and on which clock."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from gex.columns import Floats, frozen
from gex.errors import InputError
from gex.kernels import market_paths as places
from gex.kernels.hedge_paths import sample_block

_NOT_NEGATIVE = (
    "vol", "long_variance", "vol_of_variance", "stressed_vol", "rate_up", "rate_down", "jump_rate", "jump_sd",
    "mean_reversion", "funding_sd", "basis_sd", "funding_reversion", "basis_reversion",
)  # fmt: skip


class VolatilityKind(enum.Enum):
    """How the volatility of spot moves."""

    CONSTANT = places.CONSTANT
    HESTON = places.HESTON
    REGIMES = places.REGIMES


@dataclass(frozen=True, kw_only=True)
class MarketProcess:
    """One model of the market; every part that is left at its default is absent. Rates are per year, moves are of ln S.

    Spot is a martingale but for `drift`: jumps are compensated. Heston starts at `vol`² and reverts to `long_variance`.
    Of two regimes the first has `vol`, the second `stressed_vol`; `rate_up` and `rate_down` are switches a year.
    """

    vol: float
    kind: VolatilityKind = VolatilityKind.CONSTANT
    drift: float = 0.0
    mean_reversion: float = 0.0
    long_variance: float = 0.0
    vol_of_variance: float = 0.0
    correlation: float = 0.0
    stressed_vol: float = 0.0
    rate_up: float = 0.0
    rate_down: float = 0.0
    jump_rate: float = 0.0  # jumps a year
    jump_mean: float = 0.0
    jump_sd: float = 0.0
    funding_mean: float = 0.0  # per year; a long pays it
    funding_reversion: float = 0.0
    funding_sd: float = 0.0
    basis_mean: float = 0.0  # ln(F/S)
    basis_reversion: float = 0.0
    basis_sd: float = 0.0
    shock_step: int = -1  # the step at which every path moves by `shock_move` besides; −1: none
    shock_move: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not np.isfinite(value):
                raise InputError(f"process.{field.name}: expected a finite number, got {value}")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0.0:
                raise InputError(f"process.{name}: expected at least 0, got {getattr(self, name)}")
        if not -1.0 <= self.correlation <= 1.0:
            raise InputError(f"process.correlation: expected one in [−1, 1], got {self.correlation}")
        if self.kind is VolatilityKind.REGIMES and self.stressed_vol == self.vol:
            raise InputError("process.stressed_vol: two regimes need two volatilities")

    def table(self) -> Floats:
        """The parameters in the order of `gex.kernels.market_paths`."""
        out = np.zeros(places.PROCESS_SIZE)
        for field in fields(self):
            value = getattr(self, field.name)
            out[getattr(places, field.name.upper())] = value.value if isinstance(value, VolatilityKind) else value
        return frozen(out)


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeGrid:
    """The steps of a simulation: calendar and variance years since the start, and where the market is open.

    A closed market moves (its variance goes by) but nobody can trade: a gap.
    """

    time: Floats  # years, from 0
    variance_time: Floats  # years of variance, from 0
    can_trade: Floats  # 1 or 0

    def __post_init__(self) -> None:
        for name in ("time", "variance_time", "can_trade"):
            object.__setattr__(self, name, frozen(np.array(getattr(self, name), np.float64)))
        if len(self.time) < 2 or not len(self.time) == len(self.variance_time) == len(self.can_trade):
            raise InputError(f"grid: expected columns of one length of at least 2, got {len(self.time)} steps")
        if (np.diff(self.time) <= 0.0).any() or (np.diff(self.variance_time) < 0.0).any():
            raise InputError("grid: expected time that rises and variance that does not fall")

    @property
    def step_count(self) -> int:
        """Steps; there is one more instant."""
        return len(self.time) - 1

    @staticmethod
    def even(years: float, step_count: int) -> "TimeGrid":
        """`step_count` equal steps over `years`, always open."""
        time = np.linspace(0.0, years, step_count + 1)
        return TimeGrid(time=time, variance_time=time, can_trade=np.ones(step_count + 1))

    @staticmethod
    def sessions(
        days: int,
        steps_a_day: int,
        *,
        open_share: float = 6.5 / 24.0,
        night_variance: float = 0.42,
        night_steps: int = 2,
    ) -> "TimeGrid":
        """Trading days of `steps_a_day` steps, then a night of `night_steps` in which nobody trades.

        Open and close of a day trade (an AM-settled option settles at the one, a PM-settled at the other); the instants of
        the night between them do not: what is ordered at the close fills at the next open. `night_variance` is the share of
        a day's variance that falls in the night (SPX minutes of 2024: 42 %). The grid ends at the last day's close.
        """
        if min(days, steps_a_day, night_steps) < 1:
            raise InputError("sessions: expected at least one day, one step a day and one a night")
        day = np.full(steps_a_day, open_share / steps_a_day)
        night = np.full(night_steps, (1.0 - open_share) / night_steps)
        day_variance = np.full(steps_a_day, (1.0 - night_variance) / steps_a_day)
        night_pieces = np.full(night_steps, night_variance / night_steps)
        is_open = np.concatenate([np.ones(steps_a_day + 1), np.zeros(night_steps - 1)])
        last = days * (steps_a_day + night_steps) - night_steps  # the last close

        def line(first: Floats, second: Floats) -> Floats:
            steps = np.tile(np.concatenate([first, second]), days)[:last]
            total: Floats = np.concatenate([[0.0], np.cumsum(steps)]) / 365.0
            return total

        return TimeGrid(
            time=line(day, night),
            variance_time=line(day_variance, night_pieces),
            can_trade=np.tile(is_open, days)[: last + 1],
        )


@dataclass(frozen=True, eq=False)
class SampledMarkets:
    """Markets path by path: (path, step)."""

    spot: Floats
    funding_rate: Floats
    basis: Floats


def sample_markets(
    process: MarketProcess,
    grid: TimeGrid,
    *,
    spot: float,
    path_count: int,
    seed: int,
    first_path: int = 0,
    is_antithetic: bool = False,
) -> SampledMarkets:
    """The markets that a simulation with this seed meets on its paths first_path …; any cut gives the same numbers."""
    shape = (path_count, len(grid.time))
    spots, rates, bases = np.empty(shape), np.empty(shape), np.empty(shape)
    arguments = (float(spot), grid.time, grid.variance_time, process.table())
    for start, stop in blocks(path_count, 4096):
        sample_block(
            seed, first_path + start, is_antithetic, *arguments, spots[start:stop], rates[start:stop], bases[start:stop]
        )
    return SampledMarkets(spots, rates, bases)


def blocks(count: int, size: int) -> Iterator[tuple[int, int]]:
    """(start, stop) of consecutive pieces of at most `size`."""
    for start in range(0, count, size):
        yield start, min(start + size, count)
