"""Sums over part of a map: by expiry, by horizon, by root, by month."""

import datetime as dt
import enum
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gex.calendar import sessions
from gex.columns import Columns, Floats, Ints, column
from gex.contracts import Expiry
from gex.exposure.map import ExposureMap, ExposureTotals, totals

Key = TypeVar("Key", bound=Hashable)
_EPOCH = dt.date(1970, 1, 1)


class Horizon(enum.Enum):
    """How far ahead an expiry is, by the calendar; each horizon holds the ones before it."""

    ZERO_DTE = 0  # expires on the session of the chain
    WEEK = 7
    MONTH = 30
    ALL = 100_000


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureByExpiry(Columns):
    """Sums by expiry, in the order of the chain's expiries; units as in the map."""

    gamma_exposure: Floats = column(np.float64)
    call_gamma_exposure: Floats = column(np.float64)
    put_gamma_exposure: Floats = column(np.float64)
    gross_gamma_exposure: Floats = column(np.float64)
    delta_exposure: Floats = column(np.float64)
    vanna_exposure: Floats = column(np.float64)
    charm_exposure: Floats = column(np.float64)
    vega_exposure: Floats = column(np.float64)


def by_expiry(cells: ExposureMap, expiry_count: int) -> ExposureByExpiry:
    """Sums over the cells of each expiry that could be priced; an expiry without cells has 0."""

    def total(values: Floats) -> Floats:
        return np.bincount(cells.expiry, weights=np.nan_to_num(values), minlength=expiry_count).astype(np.float64)

    call, put = total(cells.call_gamma_exposure), total(cells.put_gamma_exposure)
    return ExposureByExpiry(
        gamma_exposure=call + put,
        call_gamma_exposure=call,
        put_gamma_exposure=put,
        gross_gamma_exposure=total(np.abs(cells.call_gamma_exposure)) + total(np.abs(cells.put_gamma_exposure)),
        delta_exposure=total(cells.delta_exposure),
        vanna_exposure=total(cells.vanna_exposure),
        charm_exposure=total(cells.charm_exposure),
        vega_exposure=total(cells.vega_exposure),
    )


def totals_by(
    cells: ExposureMap, expiries: Sequence[Expiry], key: Callable[[Expiry], Key]
) -> dict[Key, ExposureTotals]:
    """Totals over the expiries that share a key, in the order in which keys appear."""
    keys = [key(expiry) for expiry in expiries]
    number = {one: j for j, one in enumerate(dict.fromkeys(keys))}
    group: Ints = np.array([number[one] for one in keys], np.int64)[cells.expiry]
    return {one: totals(cells.where(group == j)) for one, j in number.items()}


def root_totals(cells: ExposureMap, expiries: Sequence[Expiry]) -> dict[str, ExposureTotals]:
    """By root: SPX and SPXW apart."""
    return totals_by(cells, expiries, lambda expiry: expiry.root)


def month_totals(cells: ExposureMap, expiries: Sequence[Expiry]) -> dict[str, ExposureTotals]:
    """By the month of expiry, "2022-02"."""
    return totals_by(cells, expiries, lambda expiry: expiry.date.isoformat()[:7])


def horizon_totals(
    cells: ExposureMap, expiries: Sequence[Expiry], as_of: np.datetime64
) -> dict[Horizon, ExposureTotals]:
    """By horizon, from the session that `as_of` belongs to; the last is the whole map."""
    today = session_date(expiries, as_of)
    days = np.array([(expiry.date - today).days for expiry in expiries], np.int64)[cells.expiry]
    return {horizon: totals(cells.where(days <= horizon.value)) for horizon in Horizon}


def zero_dte_gross_share(cells: ExposureMap, expiries: Sequence[Expiry], as_of: np.datetime64) -> float | None:
    """Gross gamma that expires on the session of `as_of` over all gross gamma, in [0, 1]; None for an empty book.

    Net over net could exceed 1.
    """
    today = session_date(expiries, as_of)
    expires = np.array([expiry.date <= today for expiry in expiries], np.bool_)[cells.expiry]
    gross = np.nan_to_num(np.abs(cells.call_gamma_exposure)) + np.nan_to_num(np.abs(cells.put_gamma_exposure))
    every = float(gross.sum())
    return float(gross[expires].sum()) / every if every > 0.0 else None


def session_date(expiries: Sequence[Expiry], as_of: np.datetime64) -> dt.date:
    """The date of the session under way at `as_of`, or of the last before it; the UTC date where nothing ever closes."""
    calendar = next((expiry.contract.calendar for expiry in expiries if expiry.contract.calendar is not None), None)
    if calendar is None:
        return _EPOCH + dt.timedelta(days=int(as_of.astype("datetime64[D]").astype(np.int64)))
    schedule = sessions(calendar)
    row = int(np.searchsorted(schedule.open, np.array(as_of, "datetime64[ns]"), side="right")) - 1
    return _EPOCH + dt.timedelta(days=int(schedule.date[row]))
