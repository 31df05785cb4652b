"""Forwards and discount factors by put–call parity, one per (root, settlement instant)."""

import enum
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, Ints, column
from gex.contracts import Expiry


class ForwardSource(enum.IntEnum):
    """Where the forward of an expiry comes from."""

    NONE = 0  # there is none: nothing of this expiry can be priced
    PARITY = 1  # put–call parity of its own quotes
    CARRY = 2  # spot (or a neighbour) and the carry implied by the other expiries: no usable pairs here
    GIVEN = 3  # the caller gave it


@dataclass(frozen=True, eq=False, kw_only=True)
class ForwardCurve(Columns):
    """One row per expiry, in the order of `expiries`.

    `lower` and `upper` bound the forward by the quotes themselves; the box is empty where no forward satisfies all of
    them (`box_is_empty`), which on a quiet chain suspects the discount factor first.
    """

    as_of: np.datetime64
    spot: float
    expiries: tuple[Expiry, ...]

    time_to_expiry: Floats = column(np.float64)  # years of 365 × 86,400 s, 0 where settled
    forward: Floats = column(np.float64)  # currency per unit; NaN where source is NONE
    discount_factor: Floats = column(np.float64)
    lower: Floats = column(np.float64, fill=np.nan)
    upper: Floats = column(np.float64, fill=np.nan)
    pair_count: Ints = column(np.int64, fill=0)
    source: npt.NDArray[np.int8] = column(np.int8)  # ForwardSource
    box_is_empty: Bools = column(np.bool_, fill=False)
