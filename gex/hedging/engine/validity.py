"""Rule 1: what makes a decision impossible. Bad or stale input holds and calls someone; it never liquidates."""

import math
from collections.abc import Mapping

import numpy as np

from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decision import Why
from gex.hedging.engine.groups import PricedBook
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.state import EngineState

Alarm = tuple[Why, str]


def alarms_before(inputs: EngineInputs, config: EngineConfig, state: EngineState) -> list[Alarm]:
    """What can be seen without pricing anything."""
    alarms: list[Alarm] = []
    if state.last_as_of is not None and inputs.as_of < state.last_as_of:
        alarms.append((Why.CLOCK_WENT_BACK, f"as_of {inputs.as_of} lies before {state.last_as_of}."))
    if not inputs.books:
        alarms.append((Why.NOTHING_PRICED, "There is no book."))
    for reading in inputs.books:
        name, policy = reading.underlying, config.policy_of(reading.underlying)
        if not (math.isfinite(reading.spot) and reading.spot > 0.0):
            alarms.append((Why.BAD_NUMBER, f"The spot of {name} is {reading.spot}."))
        if not reading.is_priced:
            alarms.append((Why.NOTHING_PRICED, f"No position on {name} could be priced."))
        elif not (math.isfinite(reading.delta) and math.isfinite(reading.gamma)):
            alarms.append((Why.BAD_NUMBER, f"Delta and gamma of {name} are {reading.delta} and {reading.gamma}."))
        vol = policy.vol if policy.vol is not None else reading.vol
        if reading.gamma != 0.0 and not (math.isfinite(vol) and vol > 0.0):
            alarms.append((Why.BAD_NUMBER, f"The volatility of {name} is {vol}."))
        if policy.max_age is not None:
            age = float((inputs.as_of - reading.market_as_of) / np.timedelta64(1, "s"))
            if not age <= policy.max_age:
                alarms.append(
                    (Why.STALE_CHAIN, f"The reading of {name} is {age:g} s old, more than {policy.max_age:g}.")
                )
    for name_, number in (("equity", inputs.equity), ("equity_coin", inputs.equity_coin)):
        if number is not None and not math.isfinite(number):
            alarms.append((Why.BAD_NUMBER, f"{name_} is {number}."))
    if inputs.confirmed is not None:
        for symbol, contracts in inputs.confirmed:
            if contracts != state.position(symbol):
                alarms.append(
                    (
                        Why.POSITION_MISMATCH,
                        f"{symbol}: the venue holds {contracts:+d}, the fills make {state.position(symbol):+d}.",
                    )
                )
    return alarms


def alarms_of_books(books: Mapping[str, PricedBook]) -> list[Alarm]:
    """Instruments that cannot be trusted as they stand."""
    return [
        (Why(fault.value), f"{symbol}: {fault.value.replace('_', ' ')}; nothing is traded until it is mended.")
        for book in books.values()
        for symbol, fault in book.faults
    ]
