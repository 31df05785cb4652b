"""Small Deribit books with known truth: Black-76 prices in coin, six hours apart."""

import datetime as dt
import math

import numpy as np

HEADER = (
    "timestamp,instrument_name,bid_price,ask_price,mark_price,futures_price,futures_instrument_name,"
    "implied_volatility,open_interest,index_price"
)


def normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def book(at: dt.datetime, spot: float, *, vol: float = 0.6, coin: str = "BTC", carry: float = 0.0) -> bytes:
    """A book of one coin with two expiries, 30 and 60 days after 2026-01-05, strikes 5 % apart."""
    lines = [HEADER]
    for days in (25, 53):
        date = dt.date(2026, 1, 5) + dt.timedelta(days=days)
        expires = dt.datetime(date.year, date.month, date.day, 8, tzinfo=dt.UTC)
        time = (expires - at).total_seconds() / (365.0 * 86_400.0)
        forward, name = spot * math.exp(carry * time), f"{coin}-{date.day}{date:%b%y}".upper()
        for step in range(-6, 7):
            strike = round(60_000.0 * (1.0 + 0.05 * step))
            d1 = math.log(forward / strike) / (vol * math.sqrt(time)) + 0.5 * vol * math.sqrt(time)
            call = normal(d1) - strike / forward * normal(d1 - vol * math.sqrt(time))
            for letter, price in (("C", call), ("P", call - 1.0 + strike / forward)):
                lines.append(
                    f"{at.isoformat()},{name}-{strike}-{letter},{price * 0.995:.6f},{price * 1.005:.6f},{price:.6f},"
                    f"{forward:.2f},{name},{vol},10,{spot:.2f}"
                )
    return "\n".join(lines).encode() + b"\n"


def tape(spots: list[float], *, vol: float = 0.6, hours: float = 6.0) -> list[bytes]:
    start = dt.datetime(2026, 1, 5, 4, tzinfo=dt.UTC)
    return [book(start + dt.timedelta(hours=hours * i), spot, vol=vol) for i, spot in enumerate(spots)]


def perpetual_prices(times: list[np.datetime64], prices: list[float], coin: str = "BTC") -> bytes:
    rows = [f"{coin}-PERPETUAL,{time}+00:00,{price}" for time, price in zip(times, prices, strict=True)]
    return "\n".join(["instrument_name,timestamp,mark_price", *rows, ""]).encode()
