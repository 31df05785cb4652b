"""The book that is hedged in a simulation: options and how each settles."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.backtest.processes import TimeGrid
from gex.columns import Floats, frozen
from gex.errors import InputError
from gex.kernels import book_paths as places


class SettlementPrice(enum.Enum):
    """What an option settles on. AM and PM differ in the step at which they expire: an open or a close of the grid."""

    FIXING = "fixing"  # the price of its step
    AVERAGE = "average"  # the mean of the last `averaged_steps` prices


@dataclass(frozen=True, kw_only=True)
class SimulatedOption:
    """One line of the book; `units` signed, + long, already times the multiplier.

    `right` 0 is a contract with delta units·(S − strike): a constant gamma, for which closed forms exist.
    """

    strike: float
    right: int
    units: float
    vol: float  # that its deltas are computed with
    expiry_step: int
    mark_vol: float | None = None  # that it is marked with; None: the same
    averaged_steps: int = 0  # 0: settles on one price; Deribit's half hour otherwise

    @property
    def settlement(self) -> SettlementPrice:
        """What it settles on."""
        return SettlementPrice.AVERAGE if self.averaged_steps else SettlementPrice.FIXING


def book_table(options: Sequence[SimulatedOption], grid: TimeGrid, vol_factor: float = 1.0) -> Floats:
    """The book as `gex.kernels.book_paths` reads it; `vol_factor` multiplies the volatility of deltas (Leland)."""
    if not options:
        raise InputError("book: expected at least one option, got none")
    out = np.empty((len(options), places.BOOK_WIDTH))
    for row, option in zip(out, options, strict=True):
        if option.right not in (-1, 0, 1):
            raise InputError(f"option.right: expected 1 (call), −1 (put) or 0, got {option.right}")
        if not 0 < option.expiry_step <= grid.step_count:
            raise InputError(f"option.expiry_step: expected one of 1 to {grid.step_count}, got {option.expiry_step}")
        if not 0 <= option.averaged_steps <= option.expiry_step:
            raise InputError(f"option.averaged_steps: expected 0 to {option.expiry_step}, got {option.averaged_steps}")
        if not (option.strike > 0.0 and option.vol > 0.0 and np.isfinite(option.units)):
            raise InputError(f"option: expected a positive strike and vol and finite units, got {option}")
        row[places.STRIKE], row[places.SIGN], row[places.UNITS] = option.strike, option.right, option.units
        row[places.DELTA_VOL] = option.vol * vol_factor
        row[places.MARK_VOL] = option.vol if option.mark_vol is None else option.mark_vol
        row[places.EXPIRY_STEP], row[places.AVERAGED_STEPS] = option.expiry_step, option.averaged_steps
    return frozen(out)
