"""Inventories: the dealer's signed contracts, given."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Floats, Ints
from gex.errors import ColumnError
from gex.quotes import Quotes


@dataclass(frozen=True, eq=False)
class InventoryPositioning:
    """The dealer's signed contracts, given per row of the chain; `as_of` is the instant they hold for, None: the chain's."""

    contracts: Floats
    name: str = "inventory"
    as_of: np.datetime64 | None = None

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """The given contracts; raises ColumnError where they do not match the chain."""
        contracts = np.asarray(self.contracts, np.float64)
        if contracts.shape != (len(quotes),):
            raise ColumnError(
                f"InventoryPositioning.contracts: expected {len(quotes)} rows as the chain, got shape {contracts.shape}",
                column="contracts",
            )
        if not np.isfinite(contracts).all():
            row = int(np.flatnonzero(~np.isfinite(contracts))[0])
            raise ColumnError(
                f"InventoryPositioning.contracts: expected finite numbers, got {contracts[row]} in row {row}",
                column="contracts",
                row=row,
            )
        return contracts


def chain_rows(quotes: Quotes, expiry: npt.ArrayLike, strike: npt.ArrayLike, right: npt.ArrayLike) -> Ints:
    """The row of the chain of each named contract, −1 where the chain does not hold it.

    `expiry` are indices into `quotes.expiries`, so that AM and PM contracts of one date and strike stay apart.
    """
    rows = {key: row for row, key in reversed(list(enumerate(_keys(quotes.expiry, quotes.strike, quotes.right))))}
    asked = _keys(np.asarray(expiry), np.asarray(strike, np.float64), np.asarray(right))
    return np.array([rows.get(key, -1) for key in asked], np.int64)


def _keys(
    expiry: npt.NDArray[np.integer], strike: Floats, right: npt.NDArray[np.integer]
) -> list[tuple[int, float, int]]:
    return list(zip(expiry.tolist(), strike.tolist(), right.tolist(), strict=True))
