"""What a kept hedge says: decisions with their evidence, receipts of fills, overrides in force."""

import numpy as np
from gexapi.v1 import exposure_pb2, hedge_pb2

from gex_client.hedge import HedgeCosts, HedgePlan
from gex_client.market import Staleness
from gex_client.view import View


class Fill(View, of=hedge_pb2.Fill):
    """A fill, partial fill or rejection of an order; contracts are signed, + bought."""

    __slots__ = ()

    order_id: str
    instrument: str
    contracts: float
    price: float | None
    fee: float | None
    filled_at: np.datetime64 | None
    remaining: float
    is_rejected: bool
    fill_id: str


class Override(View, of=hedge_pb2.Override):
    """A manual override: "freeze", "force_target" or "clear", by whom, why, and until when."""

    __slots__ = ()

    kind: str
    target_delta: float | None
    user: str
    reason: str
    expires_at: np.datetime64 | None
    stops_cap: bool


class HedgeLedger(View, of=hedge_pb2.HedgeLedger):
    """What hedging has cost and removed since the hedge was opened, currency."""

    __slots__ = ()

    expected: HedgeCosts | None
    realised: HedgeCosts | None
    cost_today: float
    book_profit: float
    hedge_profit: float
    cost_over_position_value: float | None
    cost_over_risk_removed: float | None
    unhedged_standard_deviation_per_day: float | None
    hedged_standard_deviation_per_day: float | None
    order_count: int
    fill_count: int
    reject_count: int
    traded_notional: float


class HedgeScenario(View, of=hedge_pb2.HedgeScenario):
    """A stress with its evidence; no forecast."""

    __slots__ = ()

    name: str
    is_active: bool
    evidence: dict[str, float]
    effects: tuple[str, ...]


class Decision(View, of=hedge_pb2.Decision):
    """A recorded decision: what asked for it, the plan (also "do nothing"), what came of it, and its hash."""

    __slots__ = ()

    decision_id: int
    hedge: str
    as_of: np.datetime64 | None
    trigger: str
    plan: HedgePlan | None
    override: Override | None
    shadow: HedgePlan | None
    fills: tuple[Fill, ...]
    realised_costs: HedgeCosts | None
    is_breaker_open: bool
    previous_hash: str
    hash: str
    elapsed_ns: int
    alerts: tuple[str, ...]
    override_profit: float | None
    ledger: HedgeLedger | None
    scenarios: tuple[HedgeScenario, ...]
    state_before: str
    state_after: str
    breaker_causes: tuple[str, ...]
    record: int


class Acknowledgement(View, of=hedge_pb2.Acknowledgement):
    """Taken note of, nothing to decide; `is_applied` is False for a duplicate."""

    __slots__ = ()

    is_applied: bool
    reason: str


class Heartbeat(View, of=exposure_pb2.Heartbeat):
    """A sign of life."""

    __slots__ = ()

    at: np.datetime64 | None
    staleness: Staleness | None


class WatchFailure(View, of=exposure_pb2.WatchFailure):
    """Why something has no answer."""

    __slots__ = ()

    reason: str
    message: str


class HedgeAnswer(View, of=hedge_pb2.HedgeSessionResponse):
    """The answer to one message of a session: a `decision`, or an `acknowledgement` where there was none to make."""

    __slots__ = ()

    sequence: int
    decision: Decision | None
    acknowledgement: Acknowledgement | None
    heartbeat: Heartbeat | None
    failure: WatchFailure | None
    last_sequence: int


class FillReceipt(View, of=hedge_pb2.ReportFillResponse):
    """What a fill makes of its instrument, signed contracts; `is_applied` is False where it was reported before."""

    __slots__ = ()

    is_applied: bool
    position: float
    in_flight: float
    decision_id: int


class OverrideInForce(View, of=hedge_pb2.SetOverrideResponse):
    """The override in force now, None after "clear", and the decision made because of it."""

    __slots__ = ()

    override: Override | None
    decision: Decision | None


class DecisionPage(View, of=hedge_pb2.ListDecisionsResponse):
    """Recorded decisions, oldest first; `next_page_token` is "" on the last page."""

    __slots__ = ()

    decisions: tuple[Decision, ...]
    next_page_token: str
