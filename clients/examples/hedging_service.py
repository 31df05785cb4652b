"""A trading service that hedges in a loop: prices in, decisions out, orders sent, fills reported, costs read at the end.

    python clients/examples/hedging_service.py 127.0.0.1:50051 SPX --hedge desk/SPX --ticks 50

It takes the chain that the server keeps, owns ten sold calls a month out, and hedges them with micro futures. `prices` and
`Venue` stand for your feed and your broker; everything else is what a real service does. Kill it or the server at any
time and start it again: the hedge goes on where its log ends, no order and no fill counts twice.
"""

import argparse
import random
from collections.abc import Iterator

import numpy as np
from gex_client import Book, Chain, Client, UnknownUnderlyingError
from gex_client.hedge import HedgeOrder

SECONDS = 30.0  # to wait for an answer before someone has to look


def sold_calls(chain: Chain) -> Book:
    """Ten calls sold: the strike nearest to spot, of the expiry nearest to thirty days."""
    terms = chain.to_proto().expiries
    days = np.array([one.expiry for one in terms], "datetime64[D]") - np.datetime64(chain.as_of, "D")
    expiry = int(np.argmin(np.abs(days.astype(int) - 30)))
    calls = np.flatnonzero((chain.expiry_index == expiry) & (chain.right > 0))
    strike = chain.strike[calls[np.argmin(np.abs(chain.strike[calls] - chain.spot))]]
    options = {"root": [terms[expiry].root], "expiry": [terms[expiry].expiry], "strike": [strike], "right": ["C"]}
    return Book(underlying=chain.underlying, options={**options, "contract_count": [-10]})


def hedged_until(gex: Client, hedge: str, chain: Chain) -> np.datetime64:
    """The instant of the last recorded decision; of a hedge that is not open yet that of the chain."""
    try:
        return max(one.as_of for one in gex.decisions(hedge) if one.as_of is not None)
    except (UnknownUnderlyingError, ValueError):  # not opened, or without a decision
        return np.datetime64(chain.as_of, "ns")


def prices(chain: Chain, now: np.datetime64, count: int, seed: int) -> Iterator[tuple[np.datetime64, float]]:
    """Your feed. Here a random walk of one price a minute, a fifth a year."""
    chance, spot = random.Random(seed), float(chain.spot or 0.0)
    for _ in range(count):
        now += np.timedelta64(60, "s")
        spot *= 1.0 + chance.gauss(0.0, 0.2 * (60.0 / (365 * 86_400)) ** 0.5)
        yield now, round(spot, 2)


class Venue:
    """Your broker. Here every order fills at once at the side it takes from; the venue names its fills."""

    def __init__(self, half_spread: float) -> None:
        self.half_spread = half_spread

    def quote(self, spot: float) -> dict[str, object]:
        """What the micro future is quoted at."""
        return {"symbol": "MES", "bid": spot - self.half_spread, "ask": spot + self.half_spread}

    def fill(self, order: HedgeOrder, spot: float) -> dict[str, object]:
        """What the venue says of an order."""
        price = spot + self.half_spread if order.contracts > 0.0 else spot - self.half_spread
        named = {"fill_id": f"fill-{order.order_id}", "order_id": order.order_id, "instrument": order.instrument}
        return {**named, "contracts": order.contracts, "price": price, "fee": 0.5 * abs(order.contracts)}


def main() -> None:
    """Hedge until there are no more prices."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server")
    parser.add_argument("underlying")
    parser.add_argument("--hedge", default="example/hedge")
    parser.add_argument("--ticks", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    venue = Venue(half_spread=0.25)
    with Client(asked.server, timeout=SECONDS) as gex:
        chain = gex.chain(asked.underlying).chain
        future = {"symbol": "MES", "underlying": chain.underlying, "kind": "linear", "multiplier": 5}
        cost = {"half_spread_bps": 0.5, "fee_per_contract": 0.5}
        began = hedged_until(gex, asked.hedge, chain)
        with gex.hedge_session(
            asked.hedge,
            as_of=began,
            book=sold_calls(chain),
            instruments=[{**future, **cost}],
            policy={"residual_budget_per_day": 2_000.0, "mode": "live", "poll_interval_seconds": 60.0},
        ) as session:
            for now, spot in prices(chain, began, asked.ticks, asked.seed):
                told = session.tick({chain.underlying: spot}, quotes=[venue.quote(spot)], as_of=now)
                decision = told.result(SECONDS).decision
                if decision is None or decision.plan is None:  # nothing asked for a decision
                    continue
                for order in decision.plan.orders:
                    session.fill(venue.fill(order, spot), as_of=now).result(SECONDS)
                    why = ", ".join(decision.plan.reasons)
                    print(f"{str(now)[:19]}  {spot:>10,.2f}  {order.contracts:+4.0f} {order.instrument}  ({why})")
            last = session.evaluate(as_of=now).result(SECONDS).decision
        assert last is not None
        assert last.plan is not None
        assert last.ledger is not None
        ledger, plan = last.ledger, last.plan
        print(f"{ledger.fill_count} fills, {ledger.traded_notional:,.0f} traded, cost {ledger.realised.total:,.2f}")
        print(f"book {ledger.book_profit:+,.2f}, hedge after costs {ledger.hedge_profit:+,.2f}")
        print(f"left: {plan.mishedge:+.1f} units of delta; ask again in {plan.ask_again_seconds or 0.0:,.0f} s")


if __name__ == "__main__":
    main()
