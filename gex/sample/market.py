"""The two markets a sample can be drawn from: their term structures, price grid and open-interest habits."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats

Curve = Callable[[Floats], Floats]  # of the time to expiry in years


@dataclass(frozen=True, kw_only=True)
class Market:
    """One kind of market. Every curve takes years to settlement and returns what its name says, decimal."""

    underlying: str
    roots: tuple[str, ...]  # settled in the morning first, where there are two
    description: str
    as_of: np.datetime64  # the instant a sample holds for unless told otherwise; UTC
    spot: float
    rate: Curve
    dividend_yield: Curve  # for a coin, minus the yearly basis of its futures
    money_vol: Curve  # at the money
    rho: Curve  # of the eSSVI slice
    psi: Curve
    strike_steps: tuple[float, ...]  # every step divides the last one
    strike_range: tuple[float, float]  # the outermost strikes, as multiples of the forward
    interest_scale: float  # open interest and volume, relative to SPX
    put_share: float  # of open interest at equal distance from the money
    gamma_decimals: int  # that the feed prints
    is_coin: bool  # quoted in coin, around the clock, on Deribit's expiries; else in dollars, on Cboe's


def _index_rate(time: Floats) -> Floats:
    """An inverted dollar curve: 5.35 % at the short end, towards 4 % past three years."""
    return 0.040 + 0.0135 * np.exp(-time / 1.2)


def _index_dividend_yield(time: Floats) -> Floats:
    return 0.0130 + 0.0015 * (1.0 - np.exp(-time))


def _index_money_vol(time: Floats) -> Floats:
    """A calm, upward curve: 11.5 % today, 13.5 % at a month, 16 % at a year, 17.5 % at five."""
    return 0.178 - 0.063 * np.exp(-np.sqrt(time / 0.6))


def _index_rho(time: Floats) -> Floats:
    """Puts dearer than calls, ever more one-sided with time: −0.55 to −0.80."""
    return -0.80 + 0.25 * np.exp(-np.sqrt(time / 0.3))


def _index_psi(time: Floats) -> Floats:
    """Such that the at-the-money skew dσ/dk is −0.25 T^(−0.4): since w' = rho psi there, psi = 2 σ T |skew| / |rho|."""
    return 0.5 * _index_money_vol(time) * time**0.6 / np.abs(_index_rho(time))


def _coin_rate(time: Floats) -> Floats:
    return np.zeros_like(time)


def _coin_yield(time: Floats) -> Floats:
    """Futures above spot by 7 % a year."""
    return np.full_like(time, -0.07)


def _coin_money_vol(time: Floats) -> Floats:
    return 0.64 - 0.20 * np.exp(-np.sqrt(time / 0.4))


def _coin_rho(time: Floats) -> Floats:
    """Puts dearer at the short end, calls at the long one."""
    return 0.12 - 0.22 * np.exp(-np.sqrt(time / 0.2))


def _coin_psi(time: Floats) -> Floats:
    """Wings as a multiple of the at-the-money stdev, so that short smiles look like long ones in units of stdev."""
    return 0.75 * _coin_money_vol(time) * np.sqrt(time)


INDEX = Market(
    underlying="SPX",
    roots=("SPX", "SPXW"),
    description="S&P 500 INDEX (gex sample)",
    as_of=np.datetime64("2024-06-12T14:30:00", "ns"),  # 10:30 in New York
    spot=5431.6,
    rate=_index_rate,
    dividend_yield=_index_dividend_yield,
    money_vol=_index_money_vol,
    rho=_index_rho,
    psi=_index_psi,
    strike_steps=(5.0, 10.0, 25.0, 50.0, 100.0, 200.0),
    strike_range=(0.10, 1.70),
    interest_scale=1.0,
    put_share=0.62,
    gamma_decimals=4,
    is_coin=False,
)

CRYPTO = Market(
    underlying="BTC",
    roots=("BTC",),
    description="BTC options (gex sample)",
    as_of=np.datetime64("2024-06-12T14:30:00", "ns"),
    spot=67_480.0,
    rate=_coin_rate,
    dividend_yield=_coin_yield,
    money_vol=_coin_money_vol,
    rho=_coin_rho,
    psi=_coin_psi,
    strike_steps=(250.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0),
    strike_range=(0.15, 4.0),
    interest_scale=0.08,
    put_share=0.38,
    gamma_decimals=5,
    is_coin=True,
)

MARKETS = {"index": INDEX, "crypto": CRYPTO}


def instant(value: np.datetime64 | dt.datetime) -> np.datetime64:
    """The instant as datetime64[ns] UTC; an aware datetime is converted, a naive one is taken as UTC."""
    if isinstance(value, dt.datetime):
        return np.datetime64(value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value, "ns")
    nanoseconds: np.datetime64 = value.astype("datetime64[ns]")
    return nanoseconds
