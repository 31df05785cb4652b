"""Static arbitrage in raw quotes: what can be bought at the ask and sold at the bid for a sure gain, and the least repair.

Prices are undiscounted and per unit of forward (C/(D F) against x = K/F), where forwards with equal moneyness compare.
"""

import enum
import itertools
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats, Ints
from gex.forward import ForwardCurve
from gex.quotes import Quotes
from gex.surface.certified import CertifiedSurface
from gex.surface.quality import ROUNDING

LEAST_GAIN = 1e-9  # of the forward: rounding


class ArbitrageKind(enum.Enum):
    """Which combination pays for sure."""

    VERTICAL = "vertical"  # a call (put) dearer than one that is always worth more
    BUTTERFLY = "butterfly"  # the middle strike dearer than the line through its neighbours
    CALENDAR = "calendar"  # a shorter expiry dearer than a longer one at equal moneyness
    PARITY = "parity"  # call less put at odds with the forward of all other strikes


@dataclass(frozen=True, kw_only=True)
class StaticArbitrage:
    """One sure gain: the quotes to trade (rows of `Quotes`), and what it leaves, in currency per unit of underlying.

    The first is sold at its bid, the others are bought at their asks: `contract_count` −1 and so many. `repair` is the
    change of those bids and asks, least in squares and in the unit of the quotes, that leaves nothing.
    """

    kind: ArbitrageKind
    rows: tuple[int, ...]
    gain: float
    contract_count: tuple[float, ...]
    repair: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class QuoteRepair:
    """The least change that puts a quote on the certified surface: its bid lowered, or its ask raised, to `price_vol`."""

    row: int
    quoted_vol: float  # the bid or the ask that the surface contradicts
    repaired_vol: float


def static_arbitrage(quotes: Quotes, forwards: ForwardCurve) -> list[StaticArbitrage]:
    """Every sure gain among neighbouring quotes, sold at the bid and bought at the ask, largest first within a kind.

    Of American options only verticals and butterflies: parity and calendars at equal moneyness do not bind what may be
    exercised early (a put far in the money is worth more than parity says, and nothing is gained by selling it).
    """
    price = _Prices(quotes, forwards)
    american = quotes.expiry_terms.is_american
    found: list[StaticArbitrage] = []
    for expiry in range(len(quotes.expiries)):
        for right in (1, -1):
            found += _within(price, expiry, right)
        if not american[expiry]:
            found += _parity(price, expiry)
    order = np.argsort(forwards.time_to_expiry, kind="stable")
    order = order[price.alive[order] & ~american[order]]
    for earlier, later in itertools.pairwise(order):
        for right in (1, -1):
            found += _calendar(price, int(earlier), int(later), right)
    kinds = list(ArbitrageKind)
    return sorted(found, key=lambda one: (kinds.index(one.kind), -one.gain))


def repairs(surface: CertifiedSurface) -> list[QuoteRepair]:
    """Per quote that the surface leaves outside its bid and ask, the volatility to which that bid or ask has to move."""
    targets = surface.targets
    if targets is None:
        return []
    expiry = np.repeat(targets.expiry, np.diff(targets.start))
    w = surface.total_variance(expiry, targets.log_moneyness)
    time = surface.forwards.time_to_expiry[expiry]
    out = []
    above = w > targets.high * (1.0 + ROUNDING)
    below = w < targets.low * (1.0 - ROUNDING)
    for i in np.flatnonzero(above | below):
        quoted = targets.high[i] if above[i] else targets.low[i]
        vols = np.sqrt(np.array([quoted, w[i]]) / time[i])
        out.append(QuoteRepair(row=int(targets.row[i]), quoted_vol=float(vols[0]), repaired_vol=float(vols[1])))
    return out


class _Prices:
    """Bids and asks in units of the forward, sorted by strike within (expiry, right)."""

    def __init__(self, quotes: Quotes, forwards: ForwardCurve) -> None:
        inverse = quotes.expiry_terms.is_inverse
        self.forward = forwards.forward
        self.alive = np.isfinite(forwards.forward) & (forwards.time_to_expiry > 0.0)
        unit = np.where(inverse, 1.0, 1.0 / (forwards.discount_factor * forwards.forward))[quotes.expiry]
        self.unit = unit
        self.bid, self.ask = np.where(quotes.bid > 0, quotes.bid, np.nan) * unit, quotes.ask * unit
        self.x = quotes.strike / forwards.forward[quotes.expiry]
        self.quotes = quotes

    def rows(self, expiry: int, right: int) -> Ints:
        """Rows with an ask, ascending in strike."""
        mask = (self.quotes.expiry == expiry) & (self.quotes.right == right) & np.isfinite(self.ask)
        rows = np.flatnonzero(mask)
        return rows[np.argsort(self.x[rows], kind="stable")]

    def gains(
        self, kind: ArbitrageKind, gain: Floats, expiry: int, legs: tuple[Ints, ...], bought: tuple[Floats, ...] = ()
    ) -> list[StaticArbitrage]:
        """One entry for each positive gain; `bought`: how much of each leg but the first, one of each where not said."""
        out = []
        for i in np.flatnonzero(np.nan_to_num(gain, nan=-1.0) > LEAST_GAIN):
            rows = [int(leg[i]) for leg in legs]
            size = np.array([-1.0, *(share[i] for share in bought)] if bought else [-1.0] + [1.0] * (len(rows) - 1))
            count = size * self.unit[rows] / self.unit[rows[0]]
            repair = count * float(gain[i]) / self.unit[rows[0]] / (count @ count)
            out.append(
                StaticArbitrage(
                    kind=kind,
                    rows=tuple(rows),
                    gain=float(gain[i] * self.forward[expiry]),
                    contract_count=tuple(count.tolist()),
                    repair=tuple(repair.tolist()),
                )
            )
        return out


def _within(price: _Prices, expiry: int, right: int) -> list[StaticArbitrage]:
    if not price.alive[expiry]:
        return []
    rows = price.rows(expiry, right)
    if len(rows) < 2:
        return []
    low, high = rows[:-1], rows[1:]
    # A call is worth more at the lower strike, a put at the higher, and never by more than the distance of the strikes.
    dear, cheap = (high, low) if right > 0 else (low, high)
    found = price.gains(ArbitrageKind.VERTICAL, price.bid[dear] - price.ask[cheap], expiry, (dear, cheap))
    wide = price.bid[cheap] - price.ask[dear] - (price.x[high] - price.x[low])
    found += price.gains(ArbitrageKind.VERTICAL, wide, expiry, (cheap, dear))
    left, middle, far = rows[:-2], rows[1:-1], rows[2:]
    share = (price.x[far] - price.x[middle]) / (price.x[far] - price.x[left])
    gain = price.bid[middle] - share * price.ask[left] - (1.0 - share) * price.ask[far]
    return found + price.gains(ArbitrageKind.BUTTERFLY, gain, expiry, (middle, left, far), (share, 1.0 - share))


def _calendar(price: _Prices, earlier: int, later: int, right: int) -> list[StaticArbitrage]:
    """Bids of the earlier expiry above what two later quotes around it, bought, would always cover."""
    first, second = price.rows(earlier, right), price.rows(later, right)
    if len(first) == 0 or len(second) < 2:
        return []
    at = np.searchsorted(price.x[second], price.x[first])
    inside = (at > 0) & (at < len(second))
    sold, left, far = first[inside], second[at[inside] - 1], second[at[inside]]
    share = (price.x[far] - price.x[sold]) / (price.x[far] - price.x[left])
    gain = price.bid[sold] - share * price.ask[left] - (1.0 - share) * price.ask[far]
    return price.gains(ArbitrageKind.CALENDAR, gain, earlier, (sold, left, far), (share, 1.0 - share))


def _parity(price: _Prices, expiry: int) -> list[StaticArbitrage]:
    """Call less put against 1 − x, the forward being the one that all strikes agree on."""
    if not price.alive[expiry]:
        return []
    calls, puts = price.rows(expiry, 1), price.rows(expiry, -1)
    _, c, p = np.intersect1d(price.quotes.strike[calls], price.quotes.strike[puts], return_indices=True)
    call, put = calls[c], puts[p]
    fair = 1.0 - price.x[call]
    rich = price.bid[call] - price.ask[put] - fair
    poor = fair - (price.ask[call] - price.bid[put])
    found = price.gains(ArbitrageKind.PARITY, rich, expiry, (call, put))
    return found + price.gains(ArbitrageKind.PARITY, poor, expiry, (put, call))
