"""Implied volatility of quoted prices: one number or one reason a row."""

import enum
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, column
from gex.errors import InputError
from gex.kernels import implied as kernels
from gex.kernels.chunks import aligned, in_chunks

Column = npt.ArrayLike  # a scalar, which holds for every row, or a 1-d column
_LAYOUT = (np.float64, np.float64, np.float64, np.float64, np.int8, np.float64)


class VolStatus(enum.IntEnum):
    """Why a row has, or has not, an implied volatility. Tested in the order BAD_INPUT, NO_TIME, then as numbered."""

    OK = 0
    AT_INTRINSIC = 1  # the price is the intrinsic value: vol is exactly 0
    BELOW_INTRINSIC = 2
    ABOVE_MAXIMUM = 3  # a call at or above the discounted forward, a put at or above the discounted strike
    NO_TIME = 4  # time_to_expiry ≤ 0
    BAD_INPUT = 5  # NaN or infinite, a forward or strike ≤ 0, a right other than ±1
    NO_CONVERGENCE = 6
    NO_QUOTE = 7  # the row had no price; given where the caller says that NaN prices mean that

    @property
    def label(self) -> str:
        """The name on the wire: "below_intrinsic"."""
        return self.name.lower()


@dataclass(frozen=True, eq=False, kw_only=True)
class ImpliedVols(Columns):
    """One row per price: Black volatility, decimal per √year, and how it came about.

    `vol` is NaN wherever `status` is neither OK nor AT_INTRINSIC, and 0.0 at AT_INTRINSIC.
    """

    vol: Floats = column(np.float64)
    status: npt.NDArray[np.int8] = column(np.int8)  # VolStatus


def implied_vol(
    price: Column,
    forward: Column,
    strike: Column,
    time_to_expiry: Column,
    right: Column,
    discount_factor: Column = 1.0,
    *,
    previous_vol: Column | None = None,
    missing_is_no_quote: bool = False,
) -> ImpliedVols:
    """Black volatilities of discounted prices, to the last digits that the price determines.

    Columns of n rows, or scalars that hold for all of them. `price`, `forward` and `strike` are currency per unit of
    underlying; `time_to_expiry` is in years; `right` is +1 for calls, −1 for puts. `previous_vol` (NaN where unknown)
    are the volatilities of the last tick: the search starts there, which is twice as fast when they moved little and
    gives the same numbers. With `missing_is_no_quote` a row whose price is NaN and whose other inputs are valid has
    status NO_QUOTE instead of BAD_INPUT.

    Source: Jäckel, "Let's be rational" (2015), for the normal form; steps and seeds are described in the kernels.

    >>> implied_vol(7.965567455405797, 100.0, 100.0, 1.0, 1).vol.round(12)
    array([0.2])
    >>> VolStatus(implied_vol(4.9, 105.0, 100.0, 1.0, 1).status[0])
    <VolStatus.BELOW_INTRINSIC: 2>
    """
    kernel: Callable[..., None] = kernels.implied_vols
    given: tuple[Column, ...] = (price, forward, strike, time_to_expiry, right, discount_factor)
    if previous_vol is not None:
        kernel = kernels.implied_vols_from
        given += (previous_vol,)
    try:
        columns = aligned(*given, dtypes=(*_LAYOUT, np.float64)[: len(given)])
    except (TypeError, ValueError) as error:
        raise InputError(f"implied_vol: {error}") from error
    n = columns[0].shape[0]
    vol = np.empty(n)
    status = np.empty(n, np.int8)

    def fill(start: int, stop: int) -> None:
        kernel(*[values[start:stop] for values in columns], vol[start:stop], status[start:stop])

    in_chunks(n, fill)
    if missing_is_no_quote:
        missing = np.isnan(columns[0])
        for values in (columns[1], columns[2], columns[3], columns[5]):
            missing &= (values > 0.0) & (values < np.inf)
        missing &= np.abs(columns[4]) == 1
        status[missing] = VolStatus.NO_QUOTE
    vol.flags.writeable = False
    status.flags.writeable = False
    return ImpliedVols(vol=vol, status=status)
