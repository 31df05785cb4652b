"""A log decided again: the same decisions bit for bit, or the first differences, field by field."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gex.hedging.engine.codec import from_json, value_of
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.journal import (
    CODE_VERSION,
    GENESIS,
    Entry,
    Kind,
    Opening,
    Standing,
    event_of,
    opened_standing,
    resumed,
    taken,
)
from gex.hedging.engine.state import EngineState


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that came out otherwise."""

    sequence: int
    field: str  # "decision.orders[0].contracts", "state_after", "hash", ...
    recorded: object
    replayed: object


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What became of a log."""

    entries: int
    decisions: int
    differences: tuple[Difference, ...]  # empty: identical
    broken: tuple[int, ...]  # sequences whose hash or place in the chain is wrong: the log was changed
    missing: tuple[int, ...]  # sequences that are not there: evicted or lost
    versions: tuple[str, ...]  # code versions that wrote it
    code_version: str = CODE_VERSION

    @property
    def is_identical(self) -> bool:
        """True where every decision and state came out again and the log is whole."""
        return not (self.differences or self.broken or self.missing)


def replay(entries: Iterable[Entry], *, config: EngineConfig | None = None, most: int = 100) -> Replay:
    """Decide a log again from its own events. With `config` other rules decide: what they would have done differently.

    After a difference the replay goes on from the recorded state, so that each is shown on its own; at most `most` are.
    """
    standing: Standing | None = None
    previous, expected = GENESIS, 1
    differences: list[Difference] = []
    broken: list[int] = []
    missing: list[int] = []
    versions: dict[str, None] = {}
    count = decisions = 0
    for entry in entries:
        count += 1
        versions.setdefault(entry.code_version)
        if entry.sequence > expected:
            missing.extend(range(expected, entry.sequence))
        if (entry.previous_hash != previous and entry.sequence == expected) or entry.hash != entry.computed_hash():
            broken.append(entry.sequence)
        has_gap = entry.sequence != expected
        previous, expected = entry.hash, entry.sequence + 1
        if entry.kind is Kind.OPENED:
            opening = value_of(Opening, entry.event)
            outcome = opened_standing(
                entry.hedge, config or opening.config, opening.state, entry.as_of, entry.client_sequence
            )
        elif standing is None or has_gap:
            # The beginning is gone: only what the entries say of themselves can be checked.
            standing = _from_changes(standing, entry, config)
            continue
        else:
            event = event_of(entry)
            if config is not None and isinstance(event, EngineConfig):
                event = config
            outcome = taken(standing, event, entry.as_of, entry.client_sequence)
        decisions += entry.kind is Kind.DECIDED
        if len(differences) < most:
            differences.extend(_differences(entry, outcome.entry, is_same_rules=config is None))
        if outcome.entry.state_after == entry.state_after:
            standing = outcome.standing
        else:
            standing = resumed(standing or outcome.standing, entry)
        standing = Standing(
            hedge=standing.hedge,
            config=config or standing.config,
            state=standing.state,
            sequence=entry.sequence,
            last_hash=entry.hash,
            last_client_sequence=standing.last_client_sequence,
        )
    return Replay(
        entries=count,
        decisions=decisions,
        differences=tuple(differences[:most]),
        broken=tuple(broken),
        missing=tuple(missing),
        versions=tuple(versions),
    )


def _differences(recorded: Entry, again: Entry, *, is_same_rules: bool) -> list[Difference]:
    found: list[Difference] = []
    if recorded.decision != again.decision and recorded.decision is not None and again.decision is not None:
        before, now = json.loads(recorded.decision), json.loads(again.decision)
        found = [
            Difference(sequence=recorded.sequence, field=f"decision{path}", recorded=a, replayed=b)
            for path, a, b in _unequal(before, now, "")
        ]
    if is_same_rules and recorded.state_after != again.state_after:
        before, now = json.loads(recorded.changes), json.loads(again.changes)
        found += [
            Difference(sequence=recorded.sequence, field=f"state{path}", recorded=a, replayed=b)
            for path, a, b in _unequal(before, now, "")
        ] or [
            Difference(
                sequence=recorded.sequence,
                field="state_after",
                recorded=recorded.state_after,
                replayed=again.state_after,
            )
        ]
    return found


def _unequal(a: Any, b: Any, path: str) -> list[tuple[str, object, object]]:
    if isinstance(a, dict) and isinstance(b, dict):
        names = dict.fromkeys((*a, *b))
        return [one for name in names for one in _unequal(a.get(name), b.get(name), f"{path}.{name}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [one for i, (x, y) in enumerate(zip(a, b, strict=True)) for one in _unequal(x, y, f"{path}[{i}]")]
    return [] if a == b else [(path, a, b)]


def _from_changes(standing: Standing | None, entry: Entry, config: EngineConfig | None) -> Standing:
    base = standing or Standing(
        hedge=entry.hedge, config=config or EngineConfig(hedge=entry.hedge), state=from_json(EngineState, {})
    )
    return resumed(base, entry)
