"""Price and twelve Greeks of European options, by forward, by spot, or in coin."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, column
from gex.errors import InputError
from gex.kernels import black as kernels
from gex.kernels.chunks import aligned, in_chunks

Column = npt.ArrayLike  # a scalar, which holds for every row, or a 1-d column


@dataclass(frozen=True, eq=False, kw_only=True)
class Greeks(Columns):
    """One row per option, per unit of underlying, long one option.

    "Underlying" is what the function that made the row says: the forward, the spot, or the forward with values in coin.
    """

    price: Floats = column(np.float64)  # currency
    delta: Floats = column(np.float64)  # ∂price/∂underlying
    gamma: Floats = column(np.float64)  # ∂delta/∂underlying, per currency
    vega: Floats = column(np.float64)  # ∂price/∂vol, currency per 1.00 of vol
    theta: Floats = column(np.float64)  # currency per year of calendar time that passes
    rho: Floats = column(np.float64)  # ∂price/∂rate, currency per 1.00 of rate
    vanna: Floats = column(np.float64)  # ∂delta/∂vol, per 1.00 of vol
    charm: Floats = column(np.float64)  # change of delta per year that passes
    volga: Floats = column(np.float64)  # ∂vega/∂vol, currency per vol²
    speed: Floats = column(np.float64)  # ∂gamma/∂underlying
    zomma: Floats = column(np.float64)  # ∂gamma/∂vol
    color: Floats = column(np.float64)  # change of gamma per year that passes
    ultima: Floats = column(np.float64)  # ∂volga/∂vol, currency per vol³


def forward_greeks(
    forward: Column, strike: Column, time_to_expiry: Column, vol: Column, right: Column, discount_factor: Column = 1.0
) -> Greeks:
    """Greeks to the forward (or the future, for options on futures), the discount rate held for rho.

    Columns of n rows or scalars; years, decimal volatility per √year, right +1 call −1 put. `price` is discounted; theta
    is −∂price/∂T at a constant rate r = −ln D/T and rho = −T·price, the forward held. Rows with time_to_expiry ≤ 0 have
    their intrinsic value and Greeks of exactly 0; rows with a NaN in them are NaN. Source: Black (1976).

    >>> row = forward_greeks(100.0, 100.0, 1.0, 0.2, 1)
    >>> row.price.round(6), row.delta.round(6), row.vega.round(6)
    (array([7.965567]), array([0.539828]), array([39.695255]))
    """
    columns = _columns("forward_greeks", forward, strike, time_to_expiry, vol, right, discount_factor)
    return _filled(kernels.black_greeks, columns)


def spot_greeks(
    spot: Column,
    forward: Column,
    strike: Column,
    time_to_expiry: Column,
    vol: Column,
    right: Column,
    discount_factor: Column = 1.0,
) -> Greeks:
    """Greeks to the spot, whose forward moves with it: F = S·e^(bT), b = ln(F/S)/T held.

    As `forward_greeks`; rho is ∂price/∂r at a constant yield q = r − b, that is T·(F·delta − price). Do not use it for
    options on futures that are hedged with that future. At settlement (time_to_expiry ≤ 0) all Greeks are 0.

    >>> import math
    >>> carry = 0.75 * 0.03
    >>> row = spot_greeks(100.0, 100.0 * math.exp(carry), 95.0, 0.75, 0.3, 1, math.exp(-0.75 * 0.05))
    >>> row.delta.round(6), row.rho.round(4)
    (array([0.650705]), array([38.5169]))
    """
    *columns, spots = _columns("spot_greeks", forward, strike, time_to_expiry, vol, right, discount_factor, spot)
    return _filled(kernels.spot_greeks, [spots, *columns])


def inverse_greeks(forward: Column, strike: Column, time_to_expiry: Column, vol: Column, right: Column) -> Greeks:
    """Greeks of coin-settled options: values in coin, derivatives to the forward in currency.

    price = P/F coin, with P the undiscounted Black price. `delta` is the *net* delta ∂P/∂F − P/F, the coins of exposure
    that remain after the premium, itself coin, is paid; for puts it can be below −1. To hold coin wealth flat sell
    F·delta currency of inverse futures. gamma = ∂delta/∂F, speed = ∂gamma/∂F; vanna, charm, zomma and color are the
    derivatives of delta and gamma to vol and to time that passes; vega, theta, volga and ultima are in coin; rho is 0,
    because nothing is discounted. The delta that a venue prints is usually the plain one, `forward_greeks(...).delta`.

    >>> row = inverse_greeks(60000.0, 80000.0, 0.25, 0.6, -1)
    >>> row.price.round(6), row.delta.round(6)
    (array([0.364304]), array([-1.155029]))
    """
    columns = _columns("inverse_greeks", forward, strike, time_to_expiry, vol, right, 1.0)
    return _filled(kernels.inverse_greeks, columns)


def _columns(owner: str, *values: Column) -> list[npt.NDArray[np.generic]]:
    dtypes = tuple(np.int8 if k == 4 else np.float64 for k in range(len(values)))
    try:
        return list(aligned(*values, dtypes=dtypes))
    except (TypeError, ValueError) as error:
        raise InputError(f"{owner}: {error}") from error


def _filled(kernel: Callable[..., None], columns: list[npt.NDArray[np.generic]]) -> Greeks:
    n = columns[0].shape[0]
    out = np.empty((kernels.GREEK_COUNT, n))

    def fill(start: int, stop: int) -> None:
        if start == 0 and stop == n:
            kernel(*columns, out)
            return
        part = np.empty((kernels.GREEK_COUNT, stop - start))
        kernel(*[values[start:stop] for values in columns], part)
        out[:, start:stop] = part

    in_chunks(n, fill)
    out.flags.writeable = False
    return Greeks(**dict(zip(Greeks.column_names(), out, strict=True)))
