"""A small coin-settled chain as Deribit lists it, at Black's prices, and the ticker messages that change it."""

import math

from tests.io.deribit_messages import notification

FORWARD = 95_000.0
LISTED_AT = 1767607887000  # 2026-01-05T10:11:27Z, in milliseconds
EXPIRIES = {"30JAN26": 24.9, "27MAR26": 80.9}  # days


def listing(vol: float = 0.5, expiries: dict[str, float] = EXPIRIES) -> list[dict[str, object]]:
    """The records of a book summary: two expiries, eleven strikes, both rights, a spread of 0.001 coin."""
    records = []
    for date, days in expiries.items():
        for strike in range(70_000, 121_000, 5_000):
            for right in "CP":
                price = coin_price(strike, right, vol, days / 365.0)
                records.append(
                    {
                        "instrument_name": f"BTC-{date}-{strike}-{right}",
                        "creation_timestamp": LISTED_AT,
                        "underlying_price": FORWARD,
                        "estimated_delivery_price": FORWARD,
                        "mark_price": price,
                        "bid_price": round(price, 4) if price >= 0.001 else None,
                        "ask_price": round(price, 4) + 0.001,
                        "open_interest": 100.0,
                        "volume": 3.0,
                    }
                )
    return records


def coin_price(strike: float, right: str, vol: float, time: float) -> float:
    """Black's price of a coin-settled option, in coin."""
    stdev, sign = vol * math.sqrt(time), 1.0 if right == "C" else -1.0
    d1 = math.log(FORWARD / strike) / stdev + stdev / 2.0
    cdf = [0.5 * math.erfc(-sign * d / math.sqrt(2.0)) for d in (d1, d1 - stdev)]
    return sign * (cdf[0] - strike / FORWARD * cdf[1])


def ticker(name: str, milliseconds: int, bid: float | None, ask: float | None, **more: object) -> dict[str, object]:
    """The message of a ticker channel, `milliseconds` after the listing."""
    data = {
        "instrument_name": name,
        "timestamp": LISTED_AT + milliseconds,
        "best_bid_price": bid,
        "best_ask_price": ask,
        "best_bid_amount": 1.0,
        "best_ask_amount": 1.0,
        "mark_iv": 50.0,
        "index_price": FORWARD,
        "underlying_price": FORWARD,
        "open_interest": 100.0,
    } | more
    return notification(f"ticker.{name}.100ms", data)
