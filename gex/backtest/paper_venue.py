"""A venue on paper: orders of a hedge filled from quotes, with its latency, spread, depth, fees and funding stated.

What it assumes: an order reaches the market `latency` after its decision and meets the book that was recorded last by then.
It takes the touch of the other side, and of `depth` contracts that rest within 1 % of it, evenly, as many as there are; the
rest waits for the next book. Without a depth all of it fills at the touch. A passive order rests at the touch of its own
side until the other side comes to it, or until patience ends. The market does not answer to any of it: what a large order
would move beyond the depth it takes is not in here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gex.errors import InputError
from gex.hedging.engine.fills import Fill
from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.linear import LinearKind

DEPTH_SPAN = 0.01  # of the price, within which `HedgeInstrument.depth` rests


@dataclass(frozen=True, kw_only=True)
class PaperRule:
    """How the venue fills. Seconds."""

    latency: float = 0.25  # from the decision to the market
    patience: float = 3_600.0  # after which the rest of an order that rests is refused

    def __post_init__(self) -> None:
        for name in ("latency", "patience"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise InputError(f"{name}: expected seconds of at least 0, got {getattr(self, name)}")


@dataclass(frozen=True, kw_only=True)
class PaperOrder:
    """An order as it was sent."""

    order_id: str
    symbol: str
    contracts: int  # signed
    sent_at: np.datetime64
    is_passive: bool = False


@dataclass(eq=False)
class _Resting:
    order: PaperOrder
    remaining: int
    due: np.datetime64
    limit: float | None = None  # of a passive order, once it has met a book
    count: int = 0


@dataclass(eq=False)
class PaperVenue:
    """Orders that have been sent and not filled; `look` fills what a book allows. Fill ids repeat where a run repeats."""

    rule: PaperRule = field(default_factory=PaperRule)
    resting: list[_Resting] = field(default_factory=list)
    _taken: dict[tuple[str, int], float] = field(default_factory=dict)  # contracts of this book's depth, by side
    _book: int | None = None  # nanoseconds of the quotes behind `_taken`

    def send(self, order: PaperOrder) -> None:
        """An order on its way."""
        due = order.sent_at + np.timedelta64(round(self.rule.latency * 1e9), "ns")
        self.resting.append(_Resting(order=order, remaining=order.contracts, due=due))

    def look(
        self, quotes: Mapping[str, HedgeInstrument], *, quoted_at: np.datetime64, until: np.datetime64
    ) -> tuple[Fill, ...]:
        """What fills in the book of `quoted_at` by `until`, in the order in which it was sent; rejections among them."""
        at = int(quoted_at.astype("datetime64[ns]").astype(np.int64))
        if at != self._book:
            self._book, self._taken = at, {}
        found: list[Fill] = []
        for one in self.resting:
            if one.due > until:
                continue
            when = max(one.due, quoted_at)
            terms = quotes.get(one.order.symbol)
            if terms is None:
                continue
            fill = self._rested(one, terms, when) if one.order.is_passive else self._crossed(one, terms, when)
            if fill is not None:
                found.append(fill)
        self.resting = [one for one in self.resting if one.remaining]
        return tuple(found)

    def _crossed(self, one: _Resting, terms: HedgeInstrument, when: np.datetime64) -> Fill | None:
        """Against the other side: the touch, and the mean of what is taken of the depth behind it."""
        sign = 1 if one.remaining > 0 else -1
        touch = touch_of(terms, sign)
        if touch is None:
            return None
        size, price = abs(one.remaining), touch
        if terms.depth is not None:
            side = (one.order.symbol, sign)
            before = self._taken.get(side, 0.0)
            size = min(size, int(max(terms.depth - before, 0.0)))
            if size == 0:
                return None
            self._taken[side] = before + size
            price = touch * (1.0 + sign * DEPTH_SPAN * (before + 0.5 * size) / terms.depth)
        return self._filled(one, terms, sign * size, price, terms.fee_bps, when)

    def _rested(self, one: _Resting, terms: HedgeInstrument, when: np.datetime64) -> Fill | None:
        """At its own limit once the other side has come to it; what patience ends is refused."""
        sign = 1 if one.remaining > 0 else -1
        if one.limit is None:
            one.limit = touch_of(terms, -sign)
            return None
        other = touch_of(terms, sign)
        if other is not None and sign * (one.limit - other) >= 0.0:
            bps = terms.fee_bps if terms.maker_fee_bps is None else terms.maker_fee_bps
            return self._filled(one, terms, one.remaining, one.limit, bps, when)
        if float((when - one.due) / np.timedelta64(1, "ns")) * 1e-9 < self.rule.patience:
            return None
        one.remaining = 0
        one.count += 1
        return Fill(
            fill_id=f"paper-{one.order.order_id}-{one.count}",
            order_id=one.order.order_id,
            symbol=one.order.symbol,
            contracts=0,
            filled_at=when,
            is_rejected=True,
        )

    def _filled(
        self, one: _Resting, terms: HedgeInstrument, contracts: int, price: float, bps: float, when: np.datetime64
    ) -> Fill:
        one.remaining -= contracts
        one.count += 1
        unit = 1.0 if terms.kind is LinearKind.INVERSE else price
        fee = abs(contracts) * (terms.fee_per_contract + terms.multiplier * unit * bps * 1e-4)
        return Fill(
            fill_id=f"paper-{one.order.order_id}-{one.count}",
            order_id=one.order.order_id,
            symbol=one.order.symbol,
            contracts=contracts,
            filled_at=when,
            price=price,
            fee=fee,
        )


def touch_of(terms: HedgeInstrument, sign: int) -> float | None:
    """The price at which the next contract is bought (+1: the ask) or sold (−1: the bid); None without any price."""
    touch = terms.ask if sign > 0 else terms.bid
    if touch is None and terms.price is not None:
        touch = terms.price * (1.0 + sign * terms.half_spread_bps * 1e-4)
    return touch if touch is not None and math.isfinite(touch) and touch > 0.0 else None
