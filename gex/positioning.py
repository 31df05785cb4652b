"""Who owns the options: dealer positioning as named values.

Open interest says how many contracts exist, not who is long. Every exposure carries the name of the assumption that
signed it; there is no default in silence. Sign: +1 the *dealer* is long the option.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gex.columns import Floats
from gex.errors import ColumnError, InputError
from gex.quotes import Quotes


class DealerPositioning(Protocol):
    """A named rule that signs contracts."""

    @property
    def name(self) -> str:
        """The name in every answer, lower snake case."""
        ...

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Signed contracts per row of `quotes`, + where the dealer is long; 0 where nothing is known to be open."""
        ...


@dataclass(frozen=True)
class OpenInterestPositioning:
    """Dealers hold the same side of every call, and of every put: sign × open interest."""

    name: str
    call_sign: float
    put_sign: float

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Signed open interest; a row without open interest counts as none open."""
        sign = np.where(quotes.right > 0, self.call_sign, self.put_sign)
        return sign * np.nan_to_num(quotes.open_interest, nan=0.0)


@dataclass(frozen=True, eq=False)
class InventoryPositioning:
    """The dealer's signed contracts, given per row of the chain."""

    contracts: Floats
    name: str = "inventory"

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


OI_CALLS_LONG_PUTS_SHORT = OpenInterestPositioning("oi_calls_long_puts_short", +1.0, -1.0)
OI_CALLS_SHORT_PUTS_LONG = OpenInterestPositioning("oi_calls_short_puts_long", -1.0, +1.0)
OI_CUSTOMERS_LONG_ALL = OpenInterestPositioning("oi_customers_long_all", -1.0, -1.0)

POSITIONINGS = {p.name: p for p in (OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL)}


def positioning_named(name: str) -> OpenInterestPositioning:
    """The open-interest convention of that name; InputError lists the names there are."""
    try:
        return POSITIONINGS[name.lower()]
    except KeyError:
        raise InputError(f"positioning: expected one of {', '.join(POSITIONINGS)}, got {name!r}") from None
