"""One book on one recorded market: what was known at each instant, and a view that ends at the present."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.backtest.held_options import HeldOptions
from gex.columns import Columns, Floats, Instants, Ints, column, frozen
from gex.errors import InputError
from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.linear import LinearKind


@dataclass(frozen=True, kw_only=True)
class HedgeTerms:
    """What the recorded book is hedged with; money in the currency of the recording."""

    symbol: str
    kind: LinearKind = LinearKind.LINEAR
    multiplier: float = 1.0  # units of underlying a contract; currency a contract where INVERSE
    fee_bps: float = 0.0
    fee_per_contract: float = 0.0
    ticket: float = 0.0
    average_daily_volume: float | None = None  # contracts a day; None: no impact is charged
    expires_at: np.datetime64 | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Recording(Columns):
    """One row per instant, in order of time; currency unless named otherwise.

    A row holds what was known at its instant. `book_profit` and `funding` are of the interval that ended there; the book's
    options are those of the last row, if it settled its `delta` and `gamma` are 0.
    """

    name: str
    underlying: str
    terms: HedgeTerms
    is_coin_settled: bool = False  # deltas are net of premium, profits are coins at the instant's price
    options: HeldOptions | None = field(default=None, repr=False)  # None: the book cannot be revalued
    signals: Mapping[str, Floats] = field(default_factory=dict, repr=False)  # what else was known at each instant

    time: Instants = column(np.datetime64)
    block: Ints = column(np.int64)  # the day, or what else is drawn together in a bootstrap
    spot: Floats = column(np.float64)
    bid: Floats = column(np.float64)  # of the hedge
    ask: Floats = column(np.float64)
    depth: Floats = column(np.float64, fill=math.inf)  # contracts that fill at most
    book_profit: Floats = column(np.float64)
    book_value: Floats = column(np.float64)
    delta: Floats = column(np.float64)  # units of underlying
    gamma: Floats = column(np.float64)  # units per currency
    vol: Floats = column(np.float64)  # for risk, decimal per √year
    time_to_expiry: Floats = column(np.float64)  # years, of the gamma
    can_trade: Floats = column(np.float64, fill=1.0)  # 1 or 0
    funding: Floats = column(np.float64, fill=0.0)  # share of notional that a long paid

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self) < 2 or (np.diff(self.time) <= np.timedelta64(0)).any():
            raise InputError(f"recording {self.name}: expected two instants or more, in order of time")
        if not (self.bid > 0.0).all() or not (self.ask >= self.bid).all():
            raise InputError(f"recording {self.name}: expected 0 < bid <= ask of the hedge at every instant")
        kept = {name: frozen(np.array(values, np.float64)) for name, values in self.signals.items()}
        if any(values.shape != (len(self),) for values in kept.values()):
            raise InputError(f"recording {self.name}: expected one number of each signal at each instant")
        object.__setattr__(self, "signals", kept)

    @property
    def price(self) -> Floats:
        """Mid of the hedge, currency per unit."""
        mid: Floats = 0.5 * (self.bid + self.ask)
        return mid

    def with_signal(self, name: str, values: Floats) -> "Recording":
        """The recording with one more signal; whoever makes it answers for its knowing nothing later."""
        return replace(self, signals={**self.signals, name: values})

    def digest(self) -> str:
        """Sixteen hex digits of everything that was recorded and of the hedge's terms."""
        total = hashlib.blake2b(repr((self.name, self.underlying, self.terms)).encode(), digest_size=8)
        for name, values in self.columns().items():
            total.update(name.encode() + np.ascontiguousarray(values).tobytes())
        return total.hexdigest()

    def cost_rate(self, row: int) -> float:
        """λ at an instant: fee and half spread, one way, as a share of the notional."""
        terms, price = self.terms, float(self.price[row])
        notional = terms.multiplier * (1.0 if terms.kind is LinearKind.INVERSE else price)
        half = 0.5 * float(self.ask[row] - self.bid[row]) / price
        return terms.fee_bps * 1e-4 + terms.fee_per_contract / notional + half

    def instrument(self, row: int) -> HedgeInstrument:
        """The hedge as it was quoted at an instant."""
        terms = self.terms
        return HedgeInstrument(
            symbol=terms.symbol,
            kind=terms.kind,
            multiplier=terms.multiplier,
            fee_bps=terms.fee_bps,
            fee_per_contract=terms.fee_per_contract,
            ticket=terms.ticket,
            average_daily_volume=terms.average_daily_volume,
            expires_at=terms.expires_at,
            bid=float(self.bid[row]),
            ask=float(self.ask[row]),
            depth=None if math.isinf(self.depth[row]) else float(self.depth[row]),
        )

    def scrambled_after(self, row: int, seed: int) -> "Recording":
        """The same recording to `row`, and another future: every later number is drawn anew.

        Prices are times exp(±10 %), everything else is permuted and rescaled; the order of time is kept. What may only
        depend on the past must come out the same.
        """
        draw = np.random.default_rng(seed)
        count = len(self) - row - 1
        if not 0 <= row < len(self) or count < 1:
            raise InputError(f"row: expected one of 0 to {len(self) - 2}, got {row}")
        factor = np.exp(np.cumsum(0.1 * draw.standard_normal(count)))
        changed: dict[str, Any] = {}
        for name, values in self.columns().items():
            if name in ("time", "block", "can_trade"):
                continue
            new = values.copy()
            if name in ("spot", "bid", "ask"):
                new[row + 1 :] = values[row] * factor
            else:
                new[row + 1 :] = draw.permutation(values[row + 1 :]) * draw.uniform(0.2, 5.0)
            changed[name] = new
        changed["signals"] = {
            name: np.concatenate([values[: row + 1], draw.permutation(values[row + 1 :]) * draw.uniform(0.2, 5.0)])
            for name, values in self.signals.items()
        }
        if self.options is not None:
            later = np.concatenate([np.ones(row + 1), factor])
            changed["options"] = replace(
                self.options, forward=self.options.forward * later[:, None], vol=self.options.vol * later[:, None]
            )
        return replace(self, **changed)


class History:
    """A recording as it stood at one instant: columns end there. Signals are given this and nothing else."""

    def __init__(self, recording: Recording, row: int) -> None:
        self._recording, self._row = recording, row

    def __len__(self) -> int:
        return self._row + 1

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column to the present; a copy, so that nothing leads back to the rest."""
        values: npt.NDArray[Any] = getattr(self._recording, name)[: self._row + 1].copy()
        return values

    def signal(self, name: str) -> float:
        """What a signal says now; NaN where the recording has none of that name."""
        values = self._recording.signals.get(name)
        return math.nan if values is None else float(values[self._row])

    def realised_vol(self, seconds: float) -> float | None:
        """EWMA of squared log moves of spot with a mean age of `seconds`, per √year, before this instant's own move.

        None with fewer than four moves.
        """
        spot = self.column("spot")[:-1]
        time = self.column("time")[:-1]
        if len(spot) < 5:
            return None
        elapsed = np.diff(time) / np.timedelta64(1, "s")
        age = (time[-1] - time[1:]) / np.timedelta64(1, "s")
        weight = np.exp(-age / seconds)
        years = float((weight * elapsed).sum()) / (365.0 * 86_400.0)
        return math.sqrt(float((weight * np.diff(np.log(spot)) ** 2).sum()) / years) if years > 0.0 else None
