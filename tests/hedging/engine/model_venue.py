"""A venue that keeps its own books: what a hedge's account of itself is held against."""

import collections
import math
from dataclasses import dataclass, field

import numpy as np

from gex.hedging.engine.decision import EngineOrder
from gex.hedging.engine.fills import Fill


@dataclass(eq=False)
class Venue:
    """What really happened: orders as sent, positions, cash. It owes nothing to the engine's own accounts."""

    multiplier: dict[str, float]
    is_inverse: dict[str, bool]
    open: dict[str, tuple[str, int, float]] = field(default_factory=dict)  # order → (symbol, remaining, mid)
    seen: set[str] = field(default_factory=set)
    position: collections.Counter[str] = field(default_factory=collections.Counter)
    cash: dict[str, list[float]] = field(default_factory=lambda: collections.defaultdict(list))
    paid: list[float] = field(default_factory=list)  # fees and funding
    reports: list[Fill] = field(default_factory=list)  # not delivered yet
    fill_count: int = 0

    def send(self, order: EngineOrder) -> None:
        assert order.order_id not in self.seen, f"order {order.order_id} was sent twice"
        assert sum(order.clips) == order.contracts
        self.seen.add(order.order_id)
        self.open[order.order_id] = (order.symbol, order.contracts, order.expected_price)

    def fill(self, order_id: str, contracts: int, price: float, fee: float | None, at: np.datetime64) -> None:
        symbol, remaining, mid = self.open[order_id]
        self.fill_count += 1
        self.position[symbol] += contracts
        size = contracts * self.multiplier[symbol]
        self.cash[symbol].append(size / price if self.is_inverse[symbol] else -size * price)
        if fee is not None:
            self.paid.append(fee)
        left = remaining - contracts
        self.open[order_id] = (symbol, left, mid)
        if left == 0:
            del self.open[order_id]
        self.reports.append(
            Fill(
                fill_id=f"f{self.fill_count}", order_id=order_id, symbol=symbol, contracts=contracts, filled_at=at,
                price=price, fee=fee,
            )
        )  # fmt: skip

    def refuse(self, order_id: str, at: np.datetime64) -> None:
        symbol, *_ = self.open.pop(order_id)
        self.fill_count += 1
        self.reports.append(
            Fill(
                fill_id=f"f{self.fill_count}", order_id=order_id, symbol=symbol, contracts=0, filled_at=at,
                is_rejected=True,
            )
        )  # fmt: skip

    def profit(self, price: dict[str, float], spot: float) -> float:
        """Of all fills at these prices, after what was paid, currency."""
        found = [-one for one in self.paid]
        for symbol, flows in self.cash.items():
            size = self.position[symbol] * self.multiplier[symbol]
            if self.is_inverse[symbol]:
                found.append((math.fsum(flows) - size / price[symbol]) * spot)
            else:
                found.append(math.fsum(flows) + size * price[symbol])
        return math.fsum(found)
