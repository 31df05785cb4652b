"""The future or perpetual that dealers hedge with: exposures in its contracts, levels on its price axis."""

import dataclasses
import datetime as dt
import enum
import math
from dataclasses import dataclass

import numpy as np

from gex.calendar import YEAR
from gex.errors import InputError
from gex.rounding import ContractRounding, whole_contracts

TABLE_DATE = dt.date(2026, 11, 1)


class BasisMapping(enum.Enum):
    """How a level of the index becomes one of the future."""

    MULTIPLICATIVE = "multiplicative"  # L·F/S: carry
    ADDITIVE = "additive"  # L + F − S: short tenor, discrete dividends


@dataclass(frozen=True, kw_only=True)
class ExposureInstrument:
    """Terms and market of one hedge instrument; None is not known, and what needs it is None too.

    `multiplier` is in units of underlying a contract (ES 50). `contract_value` makes it inverse: currency a contract
    (Deribit BTC 10), and the multiplier is not used. `price` is its own price at the instant of the chain, per unit.
    """

    symbol: str
    multiplier: float = 1.0
    contract_value: float | None = None
    price: float | None = None
    quoted_at: np.datetime64 | None = None  # None: the instant of the chain
    settles_at: np.datetime64 | None = None  # None: a perpetual
    average_daily_volume: float | None = None  # contracts a day
    average_daily_volume_date: dt.date | None = None
    depth: float | None = None  # contracts resting within 1 % of the price
    depth_date: dt.date | None = None
    basis_mapping: BasisMapping = BasisMapping.MULTIPLICATIVE
    rounding: ContractRounding = ContractRounding.NEAREST

    def __post_init__(self) -> None:
        for name in ("multiplier", "contract_value", "price", "average_daily_volume", "depth"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0.0):
                raise InputError(f"instrument {self.symbol}.{name}: expected a positive number, got {value}")

    @property
    def is_inverse(self) -> bool:
        """True where it is paid in coin."""
        return self.contract_value is not None

    def growth(self, spot: float, as_of: np.datetime64, elapsed: float = 0.0) -> float:
        """∂F/∂S `elapsed` years after the chain: (F/S)^{(τ − t)/τ} when dated, F/S of a perpetual, 1 without price."""
        if self.price is None:
            return 1.0
        ratio = self.price / spot
        if self.settles_at is None:
            return ratio
        left = float((self.settles_at - as_of) / YEAR)
        if not left > elapsed:
            raise InputError(f"instrument {self.symbol}: settles at {self.settles_at}, before it is to be traded")
        return float(ratio ** (1.0 - elapsed / left))

    def contracts(self, units: float, spot: float, growth: float) -> float:
        """Contracts that hold `units` of underlying at `spot`: h/(m·∂F/∂S), or h·S·(F/S)/Q of an inverse one.

        −4797.13 units at S 5050 with 44 days of 2.7 % carry are −95.6308 ES; forgetting the carry gives −95.9426.
        """
        if self.contract_value is not None:
            return units * spot * growth / self.contract_value
        return units / (self.multiplier * growth)

    def mapped(self, level: float | None, spot: float, as_of: np.datetime64) -> float | None:
        """The level on the instrument's price axis; None where it has no price, or one of another instant than the chain.

        S 5000, F 5030, level 5200: 5231.2 multiplicative, 5230 additive.
        """
        if level is None or self.price is None or (self.quoted_at is not None and self.quoted_at != as_of):
            return None
        if self.basis_mapping is BasisMapping.ADDITIVE:
            return level + self.price - spot
        return level * self.price / spot


@dataclass(frozen=True, kw_only=True)
class ContractQuantity:
    """Contracts to trade, + buy: exact = whole + residual."""

    exact: float
    whole: int
    residual: float  # contracts
    residual_units: float  # units of underlying
    residual_currency: float  # at the spot of the quantity
    share_of_daily_volume: float | None
    share_of_depth: float | None


def contract_quantity(
    instrument: ExposureInstrument, units: float, spot: float, growth: float, *, depth_percent: float = 1.0
) -> ContractQuantity:
    """`units` of underlying in contracts, what rounding leaves, and how much of volume and depth they are."""
    exact = instrument.contracts(units, spot, growth)
    whole = whole_contracts(exact, instrument.rounding)
    per_contract = 1.0 / instrument.contracts(1.0, spot, growth)
    residual = exact - whole
    volume, depth = instrument.average_daily_volume, instrument.depth
    return ContractQuantity(
        exact=exact,
        whole=whole,
        residual=residual,
        residual_units=residual * per_contract,
        residual_currency=residual * per_contract * spot,
        share_of_daily_volume=None if volume is None else abs(exact) / volume,
        share_of_depth=None if depth is None or depth_percent != 1.0 else abs(exact) / depth,
    )


def paired_contracts(
    units: float, large: ExposureInstrument, small: ExposureInstrument, spot: float, growth: float
) -> tuple[int, int, float]:
    """(large, small, residual units): greedy, the large rounded toward zero, at most half a small contract is left.

    85,128.39427 ES are 85,128 ES and 4 MES; −0.005730 ES is left.
    """
    first = whole_contracts(large.contracts(units, spot, growth), ContractRounding.TOWARD_ZERO)
    rest = units - first / large.contracts(1.0, spot, growth)
    second = whole_contracts(small.contracts(rest, spot, growth))
    return first, second, rest - second / small.contracts(1.0, spot, growth)


@dataclass(frozen=True, kw_only=True)
class InstrumentExposure:
    """A book's gamma in contracts of an instrument: what dealers sell into a rise, negative: buy."""

    symbol: str
    contracts_per_percent: float
    contracts_per_point: float
    share_of_daily_volume_per_percent: float | None  # |contracts per 1 %| / average daily volume
    imbalance: float | None  # gamma per 1 % / average daily volume in currency, signed (Barbon and Buraschi)


def instrument_exposure(
    instrument: ExposureInstrument, gamma_exposure_per_percent: float, spot: float, as_of: np.datetime64
) -> InstrumentExposure:
    """gex/(mF) per 1 %, gex per point/(mF); ratio exactly 0.01·S.

    8,512.84 M USD per 1 % at S = F = 4500.53 are 85,128 ES per 1 % and 1,891.5 per point.
    """
    growth = instrument.growth(spot, as_of)
    per_percent = instrument.contracts(gamma_exposure_per_percent / spot, spot, growth)
    volume = instrument.average_daily_volume
    currency_volume = None
    if volume is not None:
        currency_volume = volume * (instrument.contract_value or instrument.multiplier * spot * growth)
    return InstrumentExposure(
        symbol=instrument.symbol,
        contracts_per_percent=per_percent,
        contracts_per_point=per_percent / (0.01 * spot),
        share_of_daily_volume_per_percent=None if volume is None else abs(per_percent) / volume,
        imbalance=None if currency_volume is None else gamma_exposure_per_percent / currency_volume,
    )


_LINEAR = {
    "ES": 50.0,
    "MES": 5.0,
    "NQ": 20.0,
    "MNQ": 2.0,
    "RTY": 50.0,
    "M2K": 5.0,
    "YM": 5.0,
    "MYM": 0.5,
    "FESX": 10.0,
    "FSXE": 1.0,
    "FDAX": 25.0,
    "FDXM": 5.0,
    "FDXS": 1.0,
    "BTC": 5.0,  # CME
    "MBT": 0.1,
    "ETH": 50.0,
    "MET": 0.1,
}
_INVERSE = {"BTC-PERPETUAL": 10.0, "ETH-PERPETUAL": 1.0}  # Deribit, USD a contract


def listed_instrument(symbol: str, *, price: float | None = None) -> ExposureInstrument:
    """A well-known contract by its symbol, sizes as the exchanges publish them at TABLE_DATE: a fallback.

    Prefer the size that comes with the instrument in a request.
    """
    if symbol in _LINEAR:
        return ExposureInstrument(symbol=symbol, multiplier=_LINEAR[symbol], price=price)
    if symbol in _INVERSE:
        return ExposureInstrument(symbol=symbol, contract_value=_INVERSE[symbol], price=price)
    raise InputError(f"instrument: expected one of {', '.join([*_LINEAR, *_INVERSE])}, got {symbol!r}")


TENTHS = frozenset({"SPY", "XSP"})  # a unit of them is a tenth of the index that ES is on


def hedge_of(underlying: str, symbol: str, *, price: float | None = None) -> ExposureInstrument:
    """A listed contract in units of `underlying`: ES is 50 units of SPX, and 500 of SPY or XSP."""
    instrument = listed_instrument(symbol, price=price)
    if underlying in TENTHS and symbol in {"ES", "MES"}:
        return dataclasses.replace(instrument, multiplier=10.0 * instrument.multiplier)
    return instrument
