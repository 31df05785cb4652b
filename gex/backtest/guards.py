"""Checks that a backtest knew nothing of its future: decisions and choices are made again with another one."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from gex.backtest.panel import Panel
from gex.backtest.recording import Recording
from gex.backtest.replay import ReplayOutcome, Strategy, replay
from gex.errors import NumericalError

Chosen = TypeVar("Chosen")


def check_no_look_ahead(
    prepare: Callable[[Recording], Strategy], recording: Recording, rows: Sequence[int], *, seed: int = 1
) -> None:
    """Raise NumericalError where anything decided by an instant changes with what came after it.

    `prepare` makes the strategy from a recording, as a backtest does: quantiles, volatilities and parameters taken from the
    whole of it show here. At each of `rows` the future is scrambled and everything is made and decided again.
    """
    for row in rows:
        other = recording.scrambled_after(row, seed + row)
        first = replay(recording, prepare(recording), stop=row + 1)
        second = replay(other, prepare(other), stop=row + 1)
        known = _decided(first, row)
        if known != _decided(second, row):
            name = first.strategy
            raise NumericalError(
                f"strategy {name}: its decisions up to {recording.time[row]} change with what comes after: it looks ahead"
            )


def _decided(outcome: ReplayOutcome, row: int) -> list[object]:
    return [
        *((one.as_of, tuple((o.symbol, o.contracts) for o in one.orders), _bands(one)) for one in outcome.decisions),
        tuple(np.round(outcome.position[: row + 1], 9).tolist()),
    ]


def _bands(decision: object) -> tuple[object, ...]:
    groups = getattr(decision, "groups", ())
    return tuple(
        (g.target_delta, g.mishedge, None if g.band is None else (g.band.trigger, g.band.target)) for g in groups
    )


def check_no_survivorship(
    choose: Callable[[Panel, int], Sequence[int]], panel: Panel, rows: Sequence[int], *, seed: int = 1
) -> None:
    """Raise NumericalError where the contracts chosen at an instant depend on which of them live on, or on how.

    `choose` gives the columns of a panel that are bought or sold at a row. After it, marks are drawn anew and contracts
    vanish at random; the choice must not change.
    """
    for row in rows:
        chosen = tuple(choose(panel, row))
        for attempt in range(4):
            if tuple(choose(panel.scrambled_after(row, seed + 97 * row + attempt), row)) != chosen:
                raise NumericalError(
                    f"choice at {panel.time[row]}: it changes with which contracts live on: only survivors are counted"
                )
