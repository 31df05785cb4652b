"""Evaluation triggers: observations that ask for a decision. They never bypass the band or the cost gate."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gex.errors import InputError
from gex.hedging.engine.config import EngineConfig, TriggerRule
from gex.hedging.engine.inputs import BookReading, EngineInputs
from gex.portfolio.beta import correlation_interval

VALUE_AREA = 0.7  # of volume
_LONGEST = 2_000  # closes and depths that are kept
_DEPTHS = 500


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What the triggers remember; not part of the engine's state, because they decide nothing."""

    evaluated_at: np.datetime64 | None = None
    evaluated_spot: float | None = None
    evaluated_vol: float | None = None
    closes: tuple[float, ...] = ()  # one every `interval` seconds
    closed_at: np.datetime64 | None = None
    profile: tuple[tuple[float, float], ...] = ()  # (price bin, volume)
    depths: tuple[float, ...] = ()
    fired: Mapping[str, bool] = field(default_factory=dict)  # levels that are beyond now: they ask once, when crossed


def observed(watch: Watch, inputs: EngineInputs, config: EngineConfig) -> tuple[Watch, tuple[str, ...]]:
    """What was seen, and the kinds of the triggers that ask for an evaluation now, as "price_move(0.05)"."""
    if not inputs.books:
        return watch, ()
    reading = inputs.books[0]
    asks: list[str] = []
    fired = dict(watch.fired)
    watch = _remembered(watch, reading, inputs.as_of, config.triggers)
    for rule in config.triggers:
        name = f"{rule.kind}({rule.level:g})"
        holds = _holds(rule, watch, reading, inputs)
        is_edge = rule.kind in ("price_move", "clock", "implied_vol")  # measured from the last evaluation: ask while so
        if holds and (is_edge or not fired.get(name, False)):
            asks.append(name)
        fired[name] = holds
    return replace(watch, fired=fired), tuple(asks)


def evaluated(watch: Watch, inputs: EngineInputs) -> Watch:
    """The watch after a decision was made on `inputs`."""
    reading = inputs.books[0]
    return replace(watch, evaluated_at=inputs.as_of, evaluated_spot=reading.spot, evaluated_vol=reading.vol)


def rsi(closes: Sequence[float], length: int = 14) -> float:
    """Wilder's relative strength index of the last close; NaN with fewer than length + 1 closes.

    The first average is the mean of `length` changes, then (length − 1)/length of it and 1/length of the new change.
    44.34 44.09 44.15 43.61 44.33 44.83 45.10 45.42 45.84 46.08 45.89 46.03 45.61 46.28 46.28: 70.4641. Ups alone: 100.
    """
    if length < 1:
        raise InputError(f"length: expected at least 1, got {length}")
    change = np.diff(np.asarray(closes, np.float64))
    if len(change) < length:
        return math.nan
    up, down = np.maximum(change, 0.0), np.maximum(-change, 0.0)
    gain, loss = float(up[:length].mean()), float(down[:length].mean())
    for rise, fall in zip(up[length:].tolist(), down[length:].tolist(), strict=True):
        gain += (rise - gain) / length
        loss += (fall - loss) / length
    if loss == 0.0:
        return 100.0 if gain > 0.0 else 50.0
    return 100.0 - 100.0 / (1.0 + gain / loss)


def value_area(profile: Sequence[tuple[float, float]], share: float = VALUE_AREA) -> tuple[float, float] | None:
    """(low, high) of the smallest contiguous set of prices round the volume mode that holds `share` of all volume.

    `profile` is (price, volume). Of all such runs the one with fewest prices, then with most volume. None without volume.
    """
    rows = sorted((price, volume) for price, volume in profile if volume > 0.0)
    if not rows:
        return None
    price, volume = (np.array(column) for column in zip(*rows, strict=True))
    running = np.concatenate([[0.0], np.cumsum(volume)])
    mode, wanted = int(np.argmax(volume)), share * running[-1] * (1.0 - 1e-12)
    best: tuple[int, float, int, int] | None = None
    for low in range(mode + 1):
        high = max(int(np.searchsorted(running, running[low] + wanted)) - 1, mode)
        if high >= len(price):
            continue
        candidate = (high - low, -float(running[high + 1] - running[low]), low, high)
        if best is None or candidate < best:
            best = candidate
    assert best is not None  # the run from the first to the last price holds all of it
    return float(price[best[2]]), float(price[best[3]])


def _remembered(watch: Watch, reading: BookReading, now: np.datetime64, rules: Sequence[TriggerRule]) -> Watch:
    interval = min((rule.interval for rule in rules if rule.kind == "rsi"), default=None)
    if interval is not None:
        age = math.inf if watch.closed_at is None else float((now - watch.closed_at) / np.timedelta64(1, "ns")) * 1e-9
        if age >= interval:
            watch = replace(watch, closes=(*watch.closes, reading.spot)[-_LONGEST:], closed_at=now)
    if reading.volume is not None and reading.volume > 0.0 and any(rule.kind == "value_area" for rule in rules):
        width = 10.0 ** math.floor(math.log10(reading.spot)) * 1e-2
        place = round(reading.spot / width) * width
        profile = dict(watch.profile)
        profile[place] = profile.get(place, 0.0) + reading.volume
        watch = replace(watch, profile=tuple(profile.items()))
    if any(rule.kind == "depth" for rule in rules) and (depth := _depth(reading)) is not None:
        watch = replace(watch, depths=(*watch.depths, depth)[-_DEPTHS:])
    return watch


def _holds(rule: TriggerRule, watch: Watch, reading: BookReading, inputs: EngineInputs) -> bool:
    """True where the observation is beyond its level now; a figure that is not known asks for nothing."""
    level = rule.level
    if rule.kind == "price_move":
        return watch.evaluated_spot is not None and abs(reading.spot / watch.evaluated_spot - 1.0) >= level
    if rule.kind == "implied_vol":
        return watch.evaluated_vol is not None and abs(reading.vol - watch.evaluated_vol) >= level
    if rule.kind == "clock":
        if watch.evaluated_at is None:
            return True
        return float((inputs.as_of - watch.evaluated_at) / np.timedelta64(1, "ns")) * 1e-9 >= level
    if rule.kind == "rsi":
        value = rsi(watch.closes, rule.length)
        return value >= level or value <= 100.0 - level
    if rule.kind == "value_area":
        area = value_area(watch.profile)
        return area is not None and not area[0] * (1.0 - level) <= reading.spot <= area[1] * (1.0 + level)
    if rule.kind == "correlation":
        lows = []
        for row in inputs.correlations:
            low, high = correlation_interval(row.value, row.count)
            lows.append(0.0 if low <= 0.0 <= high else min(abs(low), abs(high)))
        return bool(lows) and min(lows) < level
    return _market_holds(rule, watch, reading)


def _market_holds(rule: TriggerRule, watch: Watch, reading: BookReading) -> bool:
    rates = [i.funding_rate for i in reading.instruments if i.expires_at is None and i.kind.name != "SPOT"]
    if rule.kind == "funding":
        return any(abs(rate) >= rule.level for rate in rates)
    if rule.kind == "funding_difference":
        return len(rates) > 1 and max(rates) - min(rates) >= rule.level
    if rule.kind == "depth":
        before = watch.depths[:-1]
        return len(before) >= rule.length and watch.depths[-1] < rule.level * float(np.median(before))
    if rule.kind == "imbalance":
        return reading.imbalance is not None and abs(reading.imbalance) >= rule.level
    raise AssertionError(f"a kind without a rule: {rule.kind}")


def _depth(reading: BookReading) -> float | None:
    """Contracts within 1 % over all instruments that say it."""
    depths = [instrument.depth for instrument in reading.instruments if instrument.depth is not None]
    return math.fsum(depths) if depths else None
