"""Conventions: dealers hold one side of every call and one side of every put."""

import enum
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats
from gex.errors import ColumnError, InputError
from gex.quotes import Quotes


class ContractBasis(enum.Enum):
    """Which contracts a convention counts."""

    OPEN_INTEREST = "open_interest"  # settled, of the day `open_interest_date`: intraday it is yesterday's
    VOLUME = "volume"  # traded in the session
    EFFECTIVE_OPEN_INTEREST = "effective_open_interest"  # settled plus a share of today's signed opening volume


@dataclass(frozen=True)
class OpenInterestPositioning:
    """Dealers hold the same side of every call, and of every put: sign × contracts of the basis."""

    name: str
    call_sign: float
    put_sign: float
    basis: ContractBasis = ContractBasis.OPEN_INTEREST
    opening_volume: "OpeningVolume | None" = None

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Signed contracts of the basis; a row that does not state them counts as none open."""
        sign = np.where(quotes.right > 0, self.call_sign, self.put_sign)
        return sign * self._contracts(quotes)

    def _contracts(self, quotes: Quotes) -> Floats:
        if self.basis is ContractBasis.VOLUME:
            return np.nan_to_num(quotes.volume, nan=0.0)
        settled = np.nan_to_num(quotes.open_interest, nan=0.0)
        if self.basis is ContractBasis.OPEN_INTEREST:
            return settled
        if self.opening_volume is None:
            raise InputError(f"positioning {self.name}: effective open interest needs the signed opening volume")
        return self.opening_volume.effective(settled)


@dataclass(frozen=True, eq=False)
class OpeningVolume:
    """Contracts opened less contracts closed today, one per row of the chain, and the share of them that is believed.

    FlashAlpha documents a share of 0.43.
    """

    signed: Floats
    share: float = 0.43

    def effective(self, settled: Floats) -> Floats:
        """max(0, open interest + share × signed opening volume): 100 settled and 50 opened at 0.43 are 121.5."""
        signed = np.asarray(self.signed, np.float64)
        if signed.shape != settled.shape:
            raise ColumnError(
                f"OpeningVolume.signed: expected {len(settled)} rows as the chain, got shape {signed.shape}",
                column="signed",
            )
        effective: Floats = np.maximum(0.0, settled + self.share * np.nan_to_num(signed))
        return effective


OI_CALLS_LONG_PUTS_SHORT = OpenInterestPositioning("oi_calls_long_puts_short", +1.0, -1.0)
OI_CALLS_SHORT_PUTS_LONG = OpenInterestPositioning("oi_calls_short_puts_long", -1.0, +1.0)
OI_CUSTOMERS_LONG_ALL = OpenInterestPositioning("oi_customers_long_all", -1.0, -1.0)
VOLUME_CALLS_LONG_PUTS_SHORT = OpenInterestPositioning(
    "volume_calls_long_puts_short", +1.0, -1.0, basis=ContractBasis.VOLUME
)

POSITIONINGS = {
    p.name: p
    for p in (
        OI_CALLS_LONG_PUTS_SHORT,
        OI_CALLS_SHORT_PUTS_LONG,
        OI_CUSTOMERS_LONG_ALL,
        VOLUME_CALLS_LONG_PUTS_SHORT,
    )
}


def positioning_named(name: str) -> OpenInterestPositioning:
    """The convention of that name; InputError lists the names there are."""
    try:
        return POSITIONINGS[name.lower()]
    except KeyError:
        raise InputError(f"positioning: expected one of {', '.join(POSITIONINGS)}, got {name!r}") from None


def on_basis(
    convention: OpenInterestPositioning, basis: ContractBasis, opening_volume: OpeningVolume | None = None
) -> OpenInterestPositioning:
    """The same signs on other contracts; the name says which: "oi_calls_long_puts_short.volume"."""
    name = convention.name if basis is convention.basis else f"{convention.name}.{basis.value}"
    return OpenInterestPositioning(name, convention.call_sign, convention.put_sign, basis, opening_volume)
