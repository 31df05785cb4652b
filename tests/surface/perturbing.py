"""Ways in which a chain of an afternoon can go wrong, drawn at random."""

import dataclasses

import numpy as np

from gex.calendar import time_to_expiry
from gex.forward import ForwardCurve
from gex.quotes import Quotes


def perturbed(quotes: Quotes, random: np.random.Generator) -> tuple[Quotes, list[str]]:
    """A chain with some of: noise, holes, crossed and absurd quotes, a level that jumps, expiries with few or no quotes."""
    bid, ask = quotes.bid.copy(), quotes.ask.copy()
    expiry_count = len(quotes.expiries)
    spread = np.where(np.isfinite(ask - bid), ask - bid, 0.0)
    done = ["noise"]
    noise = random.normal(0.0, random.choice([0.05, 0.3, 2.0]), len(bid)) * spread
    bid, ask = np.maximum(bid + noise, 0.0), np.maximum(ask + noise, 0.0)
    bid[bid <= 0.0] = np.nan

    def rows(share: float) -> np.ndarray:
        return random.random(len(bid)) < share

    if random.random() < 0.5:
        done.append("dropped")
        lost = rows(random.uniform(0.01, 0.6))
        bid[lost] = np.nan
        ask[lost] = np.nan
    if random.random() < 0.5:
        done.append("no bids")
        bid[rows(random.uniform(0.01, 0.5))] = np.nan
    if random.random() < 0.4:
        done.append("crossed")
        crossed = rows(0.05)
        bid[crossed], ask[crossed] = ask[crossed], bid[crossed]
    if random.random() < 0.3:
        done.append("absurd")
        mad = rows(0.02)
        factor = np.exp(random.normal(0.0, 2.0, int(mad.sum())))
        bid[mad] *= factor
        ask[mad] *= factor
    if random.random() < 0.5:
        done.append("level")
        here = quotes.expiry == random.integers(expiry_count)
        factor = random.choice([0.5, 0.8, 0.95, 1.05, 1.2, 2.0])
        bid[here] *= factor
        ask[here] *= factor
    if random.random() < 0.4:
        done.append("three strikes")
        here = quotes.expiry == random.integers(expiry_count)
        kept = random.choice(np.unique(quotes.strike[here]), 3) if here.any() else np.empty(0)
        gone = here & ~np.isin(quotes.strike, kept)
        bid[gone] = ask[gone] = np.nan
    if random.random() < 0.4:
        done.append("none")
        here = quotes.expiry == random.integers(expiry_count)
        bid[here] = ask[here] = np.nan
    if random.random() < 0.2:
        done.append("locked")
        locked = rows(0.3) & np.isfinite(bid)
        ask[locked] = bid[locked]
    return dataclasses.replace(quotes, bid=bid, ask=ask), done


def minutes_before_expiry(quotes: Quotes, forwards: ForwardCurve, minutes: float) -> tuple[Quotes, ForwardCurve]:
    """The same quotes seen so many minutes before the first settlement: a 0DTE that is almost over."""
    first = min(e.settles_at for e in quotes.expiries if e.settles_at > quotes.as_of)
    as_of = first - np.timedelta64(round(minutes * 60e9), "ns")
    time = time_to_expiry(as_of, np.array([e.settles_at for e in quotes.expiries], dtype="datetime64[ns]"))
    return (
        dataclasses.replace(quotes, as_of=as_of, quoted_at=np.full(len(quotes), np.datetime64("NaT"))),
        dataclasses.replace(forwards, as_of=as_of, time_to_expiry=time),
    )
