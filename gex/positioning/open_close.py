"""Signed open/close volume: what customers bought and sold since a contract was listed."""

import datetime as dt
import enum
from dataclasses import dataclass

import numpy as np

from gex.columns import Bools, Columns, Floats, Ints, column
from gex.errors import ColumnError, InputError
from gex.quotes import Quotes


class Origin(enum.IntEnum):
    """On whose behalf a contract was traded, as the exchanges' open/close reports tell them apart."""

    CUSTOMER = 1
    PROFESSIONAL_CUSTOMER = 2
    BROKER_DEALER = 3
    FIRM = 4
    MARKET_MAKER = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class OpenCloseVolume(Columns):
    """Contracts by row of the chain and origin, accumulated from `history_start` on; one row per (chain row, origin).

    `exchanges` says whose reports these are: one exchange is not the market. Empty: not known.
    """

    history_start: dt.date
    exchanges: tuple[str, ...] = ()

    row: Ints = column(np.int64)  # row of the chain
    origin: Ints = column(np.int64, fill=Origin.CUSTOMER)  # Origin
    open_buy: Floats = column(np.float64)
    open_sell: Floats = column(np.float64)
    close_buy: Floats = column(np.float64)
    close_sell: Floats = column(np.float64)

    @property
    def net_bought(self) -> Floats:
        """Bought less sold. Whether a trade opened or closed cancels: (OB − CS) − (OS − CB) = (OB + CB) − (OS + CS)."""
        return (self.open_buy + self.close_buy) - (self.open_sell + self.close_sell)

    def open_interest_change(self, row_count: int) -> Floats:
        """ΔOI per chain row that this volume implies, over all origins: Σ(OB + OS)/2 − Σ(CB + CS)/2."""
        half = 0.5 * (self.open_buy + self.open_sell - self.close_buy - self.close_sell)
        return np.bincount(self.row, weights=half, minlength=row_count).astype(np.float64)


@dataclass(frozen=True, eq=False)
class SignedOpenClosePositioning:
    """Market makers' buys less sells accumulated since listing; where only other origins are known, minus theirs.

    Open interest that is not in the volume is nobody's: a history that starts after a contract was listed is
    left-censored, and `censored_rows` names those rows instead of assuming that nothing was open before.
    """

    volume: OpenCloseVolume
    first_listed: tuple[dt.date | None, ...] = ()  # per expiry; None or absent: not known, hence censored
    name: str = "signed_open_close"

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Signed contracts by row: the makers' own net where it is reported, else minus the net of all others."""
        volume = self.volume
        if len(volume) and not (volume.row.min() >= 0 and volume.row.max() < len(quotes)):
            raise ColumnError(
                f"OpenCloseVolume.row: expected rows 0 to {len(quotes) - 1} of the chain, "
                f"got {int(volume.row.min())} to {int(volume.row.max())}",
                column="row",
            )
        maker = volume.origin == Origin.MARKET_MAKER
        own = _by_row(volume, maker, len(quotes))
        others = _by_row(volume, ~maker, len(quotes))
        reported = np.bincount(volume.row[maker], minlength=len(quotes)) > 0
        return np.where(reported, own, -others)

    def censored_rows(self, quotes: Quotes) -> Bools:
        """True for the rows whose contract was, or may have been, listed before the history starts."""
        first: list[dt.date | None] = [*self.first_listed, *[None] * (len(quotes.expiries) - len(self.first_listed))]
        censored = np.array([date is None or date < self.volume.history_start for date in first], np.bool_)
        return censored[quotes.expiry]


@dataclass(frozen=True, kw_only=True)
class OpenCloseCheck:
    """Rows whose volume cannot be the whole truth.

    `unexplained_rows`: the change of open interest over the history is not the one that the volume implies.
    `unbalanced_rows`: over all origins more was bought than sold, or less. Both are empty for complete reports.
    """

    unexplained_rows: tuple[int, ...]
    unbalanced_rows: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        """True where every line passes."""
        return not self.unexplained_rows and not self.unbalanced_rows


def check_open_close(
    volume: OpenCloseVolume, open_interest_change: Floats, *, tolerance: float = 0.5
) -> OpenCloseCheck:
    """Hold a volume of *all* origins against the change of open interest per chain row (contracts).

    For every line and session ΔOI = Σ(OB + OS)/2 − Σ(CB + CS)/2 and Σ net = 0.
    """
    change = np.asarray(open_interest_change, np.float64)
    if len(volume) and volume.row.max() >= len(change):
        raise InputError(
            f"check_open_close: expected a change per chain row, got {len(change)} for row {int(volume.row.max())}"
        )
    implied = volume.open_interest_change(len(change))
    net = _by_row(volume, np.ones(len(volume), np.bool_), len(change))
    return OpenCloseCheck(
        unexplained_rows=tuple(np.flatnonzero(~(np.abs(implied - change) <= tolerance)).tolist()),
        unbalanced_rows=tuple(np.flatnonzero(np.abs(net) > tolerance).tolist()),
    )


def _by_row(volume: OpenCloseVolume, chosen: Bools, row_count: int) -> Floats:
    weights = volume.net_bought[chosen]
    return np.bincount(volume.row[chosen], weights=weights, minlength=row_count).astype(np.float64)
