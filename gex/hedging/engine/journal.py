"""The log of one hedge: every event that moved its state, in order, with hashes that show tampering, decided again at will.

An event is written before anyone hears of it. State before and after follow from the events alone; each entry keeps the
hash of both and the fields that changed, so that a hedge goes on after a crash where its log ends.
"""

import enum
import functools
import json
from dataclasses import dataclass, replace

import numpy as np

from gex.errors import InputError
from gex.hedging.engine.codec import digest, field_texts, from_json, text_of, value_of
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decide import decide
from gex.hedging.engine.decision import Decision
from gex.hedging.engine.fills import Fill, FillReceipt, apply_fill, pay_funding
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.overrides import cleared, overridden
from gex.hedging.engine.state import EngineState, Override
from gex.hedging.instruments import HedgeInstrument

CODE_VERSION = "engine-3"
"""Changes with anything that may change a decision; a replay says which version wrote what it reads."""
GENESIS = "0" * 64


class Kind(enum.Enum):
    """What an entry records."""

    OPENED = "opened"  # the hedge, its rules and the state it began with
    CONFIGURED = "configured"
    DECIDED = "decided"
    FILLED = "filled"
    OVERRIDDEN = "overridden"
    CLEARED = "cleared"
    FUNDED = "funded"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How a hedge begins."""

    config: EngineConfig
    state: EngineState


@dataclass(frozen=True, kw_only=True)
class FillEvent:
    """A fill, with the terms of its instrument where the hedge never held it."""

    fill: Fill
    instrument: HedgeInstrument | None = None


@dataclass(frozen=True, kw_only=True)
class OverrideEvent:
    """An override, and the instant from which it holds."""

    override: Override
    as_of: np.datetime64


@dataclass(frozen=True, kw_only=True)
class Clearing:
    """The end of an override before its time."""

    user: str
    reason: str
    as_of: np.datetime64


@dataclass(frozen=True, kw_only=True)
class Funding:
    """Funding as the venue printed it."""

    amount: float  # currency, + paid
    as_of: np.datetime64


Event = Opening | EngineConfig | EngineInputs | FillEvent | OverrideEvent | Clearing | Funding
_TYPES: dict[Kind, type] = {
    Kind.OPENED: Opening,
    Kind.CONFIGURED: EngineConfig,
    Kind.DECIDED: EngineInputs,
    Kind.FILLED: FillEvent,
    Kind.OVERRIDDEN: OverrideEvent,
    Kind.CLEARED: Clearing,
    Kind.FUNDED: Funding,
}
_KINDS = {kind_type: kind for kind, kind_type in _TYPES.items()}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event of the log with what came of it; texts are JSON."""

    hedge: str
    sequence: int  # from 1 without gaps
    kind: Kind
    as_of: np.datetime64
    client_sequence: int | None  # of the message that brought it; None: the server's own
    event: str
    decision: str | None  # of DECIDED
    changes: str  # fields of the state that changed, by name
    state_before: str  # hash
    state_after: str
    input_hash: str  # of event, rules, state before and code version
    code_version: str
    previous_hash: str
    hash: str

    def sealed(self) -> "Entry":
        """The entry with the hash of all else in it: the chain that makes tampering visible."""
        return replace(self, hash=self.computed_hash())

    def computed_hash(self) -> str:
        """What `hash` must be."""
        return digest(
            self.previous_hash,
            self.hedge,
            str(self.sequence),
            self.kind.value,
            str(int(self.as_of.astype("datetime64[ns]").astype(np.int64))),
            "" if self.client_sequence is None else str(self.client_sequence),
            self.event,
            self.decision or "",
            self.changes,
            self.state_before,
            self.state_after,
            self.input_hash,
            self.code_version,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Standing:
    """Where a hedge stands: its rules, its state, and the end of its log."""

    hedge: str
    config: EngineConfig
    state: EngineState
    sequence: int = 0
    last_hash: str = GENESIS
    last_client_sequence: int = 0

    @functools.cached_property
    def field_texts(self) -> dict[str, str]:
        """Text of every field of the state; what did not change is not written again."""
        return field_texts(self.state)

    @functools.cached_property
    def config_text(self) -> str:
        """Text of the rules."""
        return text_of(self.config)

    @functools.cached_property
    def state_hash(self) -> str:
        """Of the state's fields in their order."""
        return digest(*self.field_texts.values())


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What came of an event, not yet written."""

    standing: Standing
    entry: Entry
    decision: Decision | None = None
    receipt: FillReceipt | None = None


def opened_standing(
    hedge: str, config: EngineConfig, state: EngineState, as_of: np.datetime64, client_sequence: int | None = None
) -> Outcome:
    """A new hedge with the first entry of its log."""
    empty = Standing(hedge=hedge, config=config, state=EngineState())
    return _outcome(empty, Opening(config=config, state=state), config, state, as_of, client_sequence, None, None)


def taken(standing: Standing, event: Event, as_of: np.datetime64, client_sequence: int | None = None) -> Outcome:
    """What an event makes of a hedge: pure, so that the same log makes the same hedge."""
    state, config = standing.state, standing.config
    decision: Decision | None = None
    receipt: FillReceipt | None = None
    if isinstance(event, EngineInputs):
        decision, state = decide(event, config, state)
    elif isinstance(event, FillEvent):
        state, receipt = apply_fill(state, event.fill, instrument=event.instrument, reject_pause=config.reject_pause)
    elif isinstance(event, OverrideEvent):
        state = overridden(state, event.override, event.as_of)
    elif isinstance(event, Clearing):
        state = cleared(state)
    elif isinstance(event, Funding):
        state = pay_funding(state, event.amount)
    elif isinstance(event, EngineConfig):
        config = event
    else:
        raise InputError(f"taken: {type(event).__name__} opens a hedge and cannot come later")
    return _outcome(standing, event, config, state, as_of, client_sequence, decision, receipt)


def _outcome(
    standing: Standing,
    event: Event,
    config: EngineConfig,
    state: EngineState,
    as_of: np.datetime64,
    client_sequence: int | None,
    decision: Decision | None,
    receipt: FillReceipt | None,
) -> Outcome:
    before = standing.field_texts
    texts = field_texts(state, standing.state, before)
    changed = {name: text for name, text in texts.items() if text != before[name]}
    event_text = text_of(event)
    after = Standing(
        hedge=standing.hedge,
        config=config,
        state=state,
        sequence=standing.sequence + 1,
        last_client_sequence=client_sequence or standing.last_client_sequence,
    )
    after.__dict__["field_texts"] = texts
    entry = Entry(
        hedge=standing.hedge,
        sequence=after.sequence,
        kind=_KINDS[type(event)],
        as_of=as_of,
        client_sequence=client_sequence,
        event=event_text,
        decision=None if decision is None else text_of(decision),
        changes="{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in changed.items()) + "}",
        state_before=standing.state_hash,
        state_after=after.state_hash,
        input_hash=digest(event_text, standing.config_text, standing.state_hash, CODE_VERSION),
        code_version=CODE_VERSION,
        previous_hash=standing.last_hash,
        hash="",
    ).sealed()
    standing_after = replace(after, last_hash=entry.hash)
    standing_after.__dict__.update(field_texts=texts, state_hash=after.state_hash)
    if config is standing.config:
        standing_after.__dict__["config_text"] = standing.config_text
    return Outcome(standing=standing_after, entry=entry, decision=decision, receipt=receipt)


def event_of(entry: Entry) -> Event:
    """The event behind its text."""
    event: Event = value_of(_TYPES[entry.kind], entry.event)
    return event


def resumed(standing: Standing, entry: Entry) -> Standing:
    """The standing after an entry, from what the entry says has changed: nothing is decided again."""
    data = {name: json.loads(text) for name, text in standing.field_texts.items()}
    data.update(json.loads(entry.changes))
    config = standing.config
    if entry.kind is Kind.OPENED:
        config = value_of(Opening, entry.event).config
    elif entry.kind is Kind.CONFIGURED:
        config = value_of(EngineConfig, entry.event)
    return Standing(
        hedge=entry.hedge,
        config=config,
        state=from_json(EngineState, data),
        sequence=entry.sequence,
        last_hash=entry.hash,
        last_client_sequence=entry.client_sequence or standing.last_client_sequence,
    )
