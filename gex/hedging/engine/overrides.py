"""Manual overrides: set by a named person for a reason until an instant, measured against what would have been."""

from dataclasses import replace

import numpy as np

from gex.errors import InputError
from gex.hedging.engine.state import EngineState, Override, OverrideState

KINDS = ("freeze", "force_target")


def overridden(state: EngineState, override: Override, as_of: np.datetime64) -> EngineState:
    """The state with an override in force from `as_of`; the shadow begins with the hedge that is held then.

    InputError without a user, a reason, an end ahead, or a target where one is forced.
    """
    if override.kind not in KINDS:
        raise InputError(f"override.kind: expected one of {', '.join(KINDS)}, got {override.kind!r}")
    if not override.user.strip() or not override.reason.strip():
        raise InputError("override: expected who and why, got neither or only one")
    if not override.expires_at > as_of:
        raise InputError(f"override.expires_at: expected an instant after {as_of}, got {override.expires_at}")
    if (override.kind == "force_target") != (override.target_delta is not None):
        raise InputError("override.target_delta: expected with force_target, and only there")
    if override.target_delta is not None and not np.isfinite(override.target_delta):
        raise InputError(f"override.target_delta: expected a finite number, got {override.target_delta}")
    held = tuple((mark.underlying, mark.hedge_units) for mark in state.marks)
    kept = state.override
    if kept is not None:  # another word on the same day: the shadow goes on
        return replace(state, override=replace(kept, override=override))
    return replace(state, override=OverrideState(override=override, started_at=as_of, shadow_units=held))


def cleared(state: EngineState) -> EngineState:
    """The state without an override."""
    return replace(state, override=None)
