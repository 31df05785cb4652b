"""Each declared trigger asks for an evaluation when it should, once, and never passes the band or the cost gate."""

from dataclasses import replace

import numpy as np
import pytest

from gex.errors import InputError
from gex.hedging.engine.config import TRIGGER_KINDS, TriggerRule
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Why
from gex.hedging.engine.evaluation import Watch, evaluated, observed
from gex.hedging.engine.inputs import BookReading, CorrelationReading, EngineInputs
from gex.hedging.engine.state import opening_state
from tests.hedging.engine.worlds import book, config, inputs, later, perpetual


def asked(rule: TriggerRule, worlds: list[EngineInputs], *, evaluate_first: bool = True) -> list[bool]:
    """Whether each world asks; the first is evaluated before anything is observed."""
    rules = config(triggers=(rule,))
    watch = evaluated(Watch(), worlds[0]) if evaluate_first else Watch()
    found = []
    for world in worlds:
        watch, asks = observed(watch, world, rules)
        found.append(asks == (f"{rule.kind}({rule.level:g})",))
    return found


def at(seconds: float, **changes: object) -> EngineInputs:
    return inputs(later(book(0.1), seconds, **changes))


def perp(**terms: object) -> tuple[object, ...]:
    return (perpetual(**terms),)  # type: ignore[arg-type]


def test_a_price_that_moved_asks_until_it_was_evaluated() -> None:
    rule = TriggerRule(kind="price_move", level=0.05)
    assert asked(rule, [at(0.0), at(60.0, spot=62_900.0), at(120.0, spot=63_000.0), at(180.0, spot=57_000.0)]) == [
        False, False, True, True,
    ]  # fmt: skip


def test_a_clock_asks_when_its_time_is_over() -> None:
    rule = TriggerRule(kind="clock", level=3_600.0)
    assert asked(rule, [at(0.0), at(3_599.0), at(3_600.0)]) == [False, False, True]
    assert asked(rule, [at(0.0)], evaluate_first=False) == [True]


def test_an_implied_volatility_that_moved_asks() -> None:
    rule = TriggerRule(kind="implied_vol", level=0.05)
    assert asked(rule, [at(0.0), at(60.0, vol=0.649), at(120.0, vol=0.54)]) == [False, False, True]


def test_funding_beyond_its_level_asks_once_until_it_comes_back() -> None:
    rule = TriggerRule(kind="funding", level=1e-3)
    rates = (1e-4, 2e-3, 3e-3, -5e-4, -2e-3)
    worlds = [at(60.0 * i, instruments=perp(funding_rate=rate)) for i, rate in enumerate(rates)]
    assert asked(rule, worlds) == [False, True, False, False, True]


def test_funding_of_two_venues_that_drift_apart_asks() -> None:
    rule = TriggerRule(kind="funding_difference", level=5e-4)
    pairs = [(1e-4, 5e-4), (1e-4, 7e-4)]
    worlds = [
        at(60.0 * i, instruments=(perpetual("A", funding_rate=a), perpetual("B", funding_rate=b)))
        for i, (a, b) in enumerate(pairs)
    ]
    assert asked(rule, worlds) == [False, True]


def test_an_order_book_out_of_balance_asks() -> None:
    rule = TriggerRule(kind="imbalance", level=0.6)
    assert asked(rule, [at(0.0), at(60.0, imbalance=0.59), at(120.0, imbalance=-0.7)]) == [False, False, True]


def test_depth_far_below_its_median_asks() -> None:
    rule = TriggerRule(kind="depth", level=0.5, length=5)
    depths = (100.0, 110.0, 90.0, 100.0, 105.0, 60.0, 45.0)
    worlds = [at(60.0 * i, instruments=perp(depth=depth)) for i, depth in enumerate(depths)]
    assert asked(rule, worlds) == [False] * 6 + [True]


def test_rsi_beyond_either_level_asks() -> None:
    """Fourteen rises in hourly closes are an RSI of 100; ticks between two closes do not count."""
    rule = TriggerRule(kind="rsi", level=75.0)
    rising = [at(3_600.0 * i, spot=60_000.0 + 100.0 * i) for i in range(16)]
    assert asked(rule, rising) == [False] * 14 + [True, False]
    assert asked(rule, [at(3_600.0 * i, spot=60_000.0 - 100.0 * i) for i in range(15)])[-1]
    often = [at(60.0 * i, spot=60_000.0 + 100.0 * i) for i in range(16)]
    assert not any(asked(rule, often))


def test_a_price_beyond_the_value_area_asks() -> None:
    rule = TriggerRule(kind="value_area", level=0.02)
    prices = (60_000.0, 60_000.0, 60_300.0, 59_700.0, 60_900.0, 63_000.0)
    worlds = [at(60.0 * i, spot=price, volume=10.0 if i < 5 else 1.0) for i, price in enumerate(prices)]
    assert asked(rule, worlds) == [False] * 5 + [True]


def test_a_correlation_that_breaks_asks_by_the_low_end_of_its_interval() -> None:
    rule = TriggerRule(kind="correlation", level=0.6)
    worlds = []
    for i, (value, count) in enumerate([(0.9, 500), (0.9, 8), (0.5, 500)]):
        link = CorrelationReading(hedged="SOL", hedge="BTC", value=value, count=count)
        worlds.append(replace(at(60.0 * i), correlations=(link,)))
    assert asked(rule, worlds) == [False, True, False]  # the third is still beyond: it has asked


def test_every_kind_has_a_test_here() -> None:
    tested = {
        "price_move", "clock", "implied_vol", "funding", "funding_difference", "imbalance", "depth", "rsi", "value_area",
        "correlation",
    }  # fmt: skip
    assert set(TRIGGER_KINDS) == tested


@pytest.mark.parametrize("kind", TRIGGER_KINDS)
def test_what_is_not_known_asks_for_nothing(kind: str) -> None:
    silent: BookReading = replace(later(book(0.1), 60.0), instruments=())
    watch = evaluated(Watch(), inputs(book(0.1)))
    level = 1e9 if kind == "clock" else 0.1 if kind != "rsi" else 60.0
    _, asks = observed(watch, inputs(silent), config(triggers=(TriggerRule(kind=kind, level=level),)))
    assert asks == ()


@pytest.mark.parametrize("kind", TRIGGER_KINDS)
def test_no_trigger_passes_the_band_or_the_cost_gate(kind: str) -> None:
    """The same book, asked for by each trigger: inside the band nothing trades, and what does not pay is refused."""
    inside, _ = decide(inputs(book(2.0), trigger=f"{kind}(1)"), config(), opening_state())
    assert not inside.orders
    assert inside.reasons == (Why.INSIDE_BAND,)
    assert inside.trigger == f"{kind}(1)"
    # One contract of ten coins: a mishedge of 5.2 crosses zero to −4.8 at λ = 300, which is worth less than it costs.
    dear = perpetual(size=10.0, bps=50.0)
    gated, _ = decide(inputs(book(5.2, instruments=(dear,)), trigger=f"{kind}(1)"), config(), opening_state())
    plain, _ = decide(inputs(book(5.2, instruments=(dear,))), config(), opening_state())
    assert not gated.orders
    assert gated.reasons == plain.reasons


def test_a_trigger_of_no_kind_or_level_is_refused() -> None:
    for terms in ({"kind": "tweet", "level": 1.0}, {"kind": "rsi", "level": -1.0}, {"kind": "rsi", "level": np.nan}):
        with pytest.raises(InputError, match="trigger"):
            TriggerRule(**terms)  # type: ignore[arg-type]
