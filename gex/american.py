"""American options: value, Greeks, implied volatility and the European price that goes with it.

Without cash dividends by the exercise boundary (Andersen, Lake, Offengenden), a few microseconds a row. With cash
dividends, and in the rare case of two boundaries (a put at q < r < 0, a call at r < q < 0), by finite differences.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, column
from gex.errors import ColumnError, InputError
from gex.greeks import Greeks, forward_greeks
from gex.implied import ImpliedVols, VolStatus
from gex.kernels import american_greeks as boundary_kernels
from gex.kernels import american_implied as implied_kernels
from gex.kernels import dividend_greeks as grid
from gex.kernels.chunks import aligned, in_chunks

Column = npt.ArrayLike  # a scalar, which holds for every row, or a 1-d column
_CHUNK = 128  # rows of a thread's share: a row costs microseconds here
_NO_DIVIDENDS = (np.empty(0), np.empty(0))
for _array in _NO_DIVIDENDS:
    _array.flags.writeable = False


@dataclass(frozen=True, eq=False, kw_only=True)
class CashDividends(Columns):
    """The cash dividends of one underlying, one row each, in the order of their ex-dates.

    On the ex-date the spot falls by `amount`. Dividends at or after an option's expiry do not count for it.
    """

    time: Floats = column(np.float64)  # years from now to the ex-date, on the clock of time_to_expiry
    amount: Floats = column(np.float64)  # currency per unit of underlying

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, values in self.columns().items():
            if not np.all(np.isfinite(values)) or np.any(values < 0.0):
                raise ColumnError(f"CashDividends.{name}: expected finite values ≥ 0, got {values}", column=name)
        if np.any(np.diff(self.time) < 0.0):
            raise ColumnError(f"CashDividends.time: expected ascending times, got {self.time}", column="time")


@dataclass(frozen=True, eq=False, kw_only=True)
class AmericanValues(Columns):
    """One row per option, per unit of underlying: the part of its Greeks that needs one boundary only."""

    price: Floats = column(np.float64)  # currency
    delta: Floats = column(np.float64)  # ∂price/∂spot
    gamma: Floats = column(np.float64)  # ∂delta/∂spot
    theta: Floats = column(np.float64)  # currency per year that passes


@dataclass(frozen=True, eq=False, kw_only=True)
class EuropeanEquivalents(Columns):
    """One row per American price: its volatility, and what a European option is worth at it."""

    vol: Floats = column(np.float64)
    status: npt.NDArray[np.int8] = column(np.int8)  # VolStatus
    price: Floats = column(np.float64)  # currency, discounted; NaN wherever vol is
    early_exercise: Floats = column(np.float64)  # the American price less this one, currency


def american_values(
    spot: Column,
    strike: Column,
    time_to_expiry: Column,
    vol: Column,
    right: Column,
    rate: Column,
    dividend_yield: Column = 0.0,
    *,
    dividends: CashDividends | None = None,
) -> AmericanValues:
    """Prices of American options with delta, gamma and theta, to 3e-5 of a strike of 100 (RMSE).

    Columns of n rows or scalars: currency, years, decimal volatility per √year, right +1 call −1 put, continuously
    compounded rate and yield (the carry is rate − dividend_yield; for options on futures they are equal and spot is the
    future). Settled rows (time_to_expiry ≤ 0) have their intrinsic value and zeros; NaN gives NaN.

    >>> american_values(90.0, 100.0, 1.0, 0.3, -1, 0.06, 0.02).price.round(3)
    array([14.941])
    """
    columns = _columns("american_values", spot, strike, time_to_expiry, vol, rate, dividend_yield, right)
    n = columns[0].shape[0]
    out = np.empty((4, n))

    def fill(start: int, stop: int) -> None:
        part = np.empty((4, stop - start))
        boundary_kernels.american_prices(*[c[start:stop] for c in columns], boundary_kernels.SCHEME, part)
        out[:, start:stop] = part

    in_chunks(n, fill, chunk=_CHUNK)
    rows = _grid_rows(columns, dividends)
    if rows.size:
        found = _on_grid(columns, rows, dividends, is_american=True)
        out[:, rows] = found[[0, 1, 2, 4]]
    out.flags.writeable = False
    return AmericanValues(price=out[0], delta=out[1], gamma=out[2], theta=out[3])


def american_greeks(
    spot: Column,
    strike: Column,
    time_to_expiry: Column,
    vol: Column,
    right: Column,
    rate: Column,
    dividend_yield: Column = 0.0,
    *,
    dividends: CashDividends | None = None,
    is_future: bool = False,
) -> Greeks:
    """Greeks of American options to the spot; units and edge rows as `american_values` and `gex.greeks`.

    Every number that moves the exercise boundary is a difference of re-solved boundaries (holding it makes vega wrong by
    percents). rho holds the yield, or with `is_future` moves it with the rate, as for options on futures. volga is good to
    half a percent and ultima to a tenth; where it pays to exercise at once delta is ±1 and everything else 0.

    >>> row = american_greeks(90.0, 100.0, 1.0, 0.3, -1, 0.06, 0.02)
    >>> row.delta.round(4), row.gamma.round(5), row.vega.round(2)
    (array([-0.5652]), array([0.01729]), array([33.79]))
    """
    columns = _columns("american_greeks", spot, strike, time_to_expiry, vol, rate, dividend_yield, right)
    n = columns[0].shape[0]
    out = np.empty((len(Greeks.column_names()), n))

    def fill(start: int, stop: int) -> None:
        part = np.empty((out.shape[0], stop - start))
        parts = [c[start:stop] for c in columns]
        boundary_kernels.american_greeks(*parts, int(is_future), boundary_kernels.SCHEME, part)
        out[:, start:stop] = part

    in_chunks(n, fill, chunk=_CHUNK)
    rows = _grid_rows(columns, dividends)
    if rows.size:
        when, amount = _schedule(dividends)
        out[:, rows] = grid.dividend_greeks(tuple(c[rows] for c in columns), when, amount, is_future)
    out.flags.writeable = False
    return Greeks(**dict(zip(Greeks.column_names(), out, strict=True)))


def american_implied_vol(
    price: Column,
    spot: Column,
    strike: Column,
    time_to_expiry: Column,
    right: Column,
    rate: Column,
    dividend_yield: Column = 0.0,
    *,
    dividends: CashDividends | None = None,
) -> ImpliedVols:
    """Volatilities at which American options are worth their prices; units as `american_values`.

    A price equal to the intrinsic value is AT_INTRINSIC: every volatility at which one exercises at once gives it. One
    that falls short of it, or of the European value without variance, is BELOW_INTRINSIC; a call at or above the spot or
    a put at or above the strike ABOVE_MAXIMUM. The volatility is the one of *this* model, so that price and Greeks go with
    it: with cash dividends the spot's, not that of the spot less their present value.

    >>> american_implied_vol(14.940932, 90.0, 100.0, 1.0, -1, 0.06, 0.02).vol.round(5)
    array([0.3])
    """
    columns = _columns("american_implied_vol", price, spot, strike, time_to_expiry, rate, dividend_yield, right)
    n = columns[0].shape[0]
    vol = np.empty(n)
    status = np.empty(n, np.int8)

    def fill(start: int, stop: int) -> None:
        implied_kernels.american_implied_vols(
            *[c[start:stop] for c in columns], boundary_kernels.SCHEME, vol[start:stop], status[start:stop]
        )

    in_chunks(n, fill, chunk=_CHUNK)
    is_open = status == implied_kernels.UNSUPPORTED
    if dividends is not None and len(dividends):
        pays = (columns[3] > dividends.time[0]) & (np.abs(status) != VolStatus.BAD_INPUT) & (columns[3] > 0.0)
        is_open |= pays
    rows = np.flatnonzero(is_open)
    if rows.size:
        vol[rows], status[rows] = _grid_vols(columns, rows, dividends)
    vol.flags.writeable = False
    status.flags.writeable = False
    return ImpliedVols(vol=vol, status=status)


def european_equivalent(
    price: Column,
    spot: Column,
    strike: Column,
    time_to_expiry: Column,
    right: Column,
    rate: Column,
    dividend_yield: Column = 0.0,
    *,
    dividends: CashDividends | None = None,
) -> EuropeanEquivalents:
    """What European options are worth at the volatilities of American prices ("de-Americanised" prices).

    Put–call parity and everything else made for European options can be used on these. Inputs as `american_implied_vol`.

    >>> row = european_equivalent(7.974482, 100.0, 100.0, 1.0, -1, 0.05)
    >>> row.price.round(3), row.early_exercise.round(3)
    (array([7.459]), array([0.516]))
    """
    columns = _columns("european_equivalent", price, spot, strike, time_to_expiry, rate, dividend_yield, right)
    prices, spots, strikes, times, rates, yields, rights = columns
    vols = american_implied_vol(prices, spots, strikes, times, rights, rates, yields, dividends=dividends)
    european = np.full(len(vols), np.nan)
    rows = np.flatnonzero(vols.status == VolStatus.OK)
    if rows.size:
        plain = _european(
            spots[rows], strikes[rows], times[rows], vols.vol[rows], rates[rows], yields[rows], rights[rows]
        )
        european[rows] = plain
    if dividends is not None and len(dividends):
        paying = rows[times[rows] > dividends.time[0]]
        if paying.size:
            at = [spots, strikes, times, vols.vol, rates, yields, rights]
            european[paying] = _on_grid(at, paying, dividends, is_american=False)[0]
    return EuropeanEquivalents(
        vol=vols.vol, status=vols.status, price=european, early_exercise=np.asarray(prices - european)
    )


def _european(
    spot: Floats, strike: Floats, time: Floats, vol: Floats, rate: Floats, carry_yield: Floats, right: npt.NDArray[Any]
) -> Floats:
    forward = spot * np.exp((rate - carry_yield) * time)
    return forward_greeks(forward, strike, time, vol, right, np.exp(-rate * time)).price


def _columns(owner: str, *values: Column) -> list[npt.NDArray[Any]]:
    """The columns in the layout of the kernels; the last one is the right."""
    dtypes = (*(np.float64,) * (len(values) - 1), np.int8)
    try:
        return list(aligned(*values, dtypes=dtypes))
    except (TypeError, ValueError) as error:
        raise InputError(f"{owner}: {error}") from error


def _schedule(dividends: CashDividends | None) -> tuple[Floats, Floats]:
    return (dividends.time, dividends.amount) if dividends is not None else _NO_DIVIDENDS


def _grid_rows(columns: list[npt.NDArray[Any]], dividends: CashDividends | None) -> npt.NDArray[np.intp]:
    """Valid rows with time left that the boundary does not answer: a dividend before expiry, or two boundaries."""
    spot, strike, time, vol, rate, carry_yield, right = columns
    valid = (spot > 0.0) & (strike > 0.0) & (time > 0.0) & (vol > 0.0) & (np.abs(right) == 1)
    for values in (spot, strike, time, vol, rate, carry_yield):
        valid &= np.isfinite(values)
    gain = np.where(right < 0, rate, carry_yield)
    loss = np.where(right < 0, carry_yield, rate)
    needs = (gain <= 0.0) & (loss < gain)
    if dividends is not None and len(dividends):
        needs |= time > dividends.time[0]
    return np.flatnonzero(valid & needs)


def _on_grid(
    columns: list[Any], rows: npt.NDArray[np.intp], dividends: CashDividends | None, *, is_american: bool
) -> Floats:
    when, amount = _schedule(dividends)
    return grid.grid_values(tuple(c[rows] for c in columns), columns[3][rows], when, amount, is_american)


def _grid_vols(
    columns: list[npt.NDArray[Any]], rows: npt.NDArray[np.intp], dividends: CashDividends | None
) -> tuple[Floats, npt.NDArray[np.int8]]:
    """Volatilities and statuses of valid rows by finite differences."""
    price, spot, strike, time, rate, carry_yield, right = (c[rows] for c in columns)
    when, amount = _schedule(dividends)
    vol = np.full(rows.size, np.nan)
    status = np.full(rows.size, VolStatus.OK, np.int8)
    intrinsic = np.maximum(right * (spot - strike), 0.0)
    least = np.full(rows.size, 1e-3)
    lowest = grid.grid_values((spot, strike, time, least, rate, carry_yield, right), least, when, amount, True)[0]
    status[price >= np.where(right > 0, spot, strike)] = VolStatus.ABOVE_MAXIMUM
    is_least = (status == VolStatus.OK) & (price == intrinsic)
    status[is_least] = VolStatus.AT_INTRINSIC
    vol[is_least] = 0.0
    status[(status == VolStatus.OK) & (price < np.maximum(lowest - 1e-6 * spot, intrinsic))] = VolStatus.BELOW_INTRINSIC
    search = np.flatnonzero(status == VolStatus.OK)
    if search.size:
        terms = tuple(c[search] for c in (spot, strike, time, rate, carry_yield, right))
        vol[search], is_found = grid.dividend_implied_vols(price[search], terms, when, amount)
        status[search[~is_found]] = VolStatus.NO_CONVERGENCE
        vol[search[~is_found]] = np.nan
    return vol, status
