"""What every answer says of its chain: clocks and forwards, refused rows, where it comes from and what was assumed."""

import math
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np
from gexapi.v1 import common_pb2

from gex.columns import Floats
from gex.contracts import Expiry
from gex.exposure.dynamics import SmileDynamics, VolInTime
from gex.forward import DiscountSource, ForwardSource
from gex.pipeline import Analysis
from gex.quotes import Cleaned, Quotes, RejectReason
from gex.surface.broken_line import SmileSource
from gex.surface.protocol import VolSurface
from gex_server.wire.contracts import EXERCISES, PAYOFFS, SETTLEMENTS
from gex_server.wire.instants import instant_to_proto

FORWARD_SOURCES = {
    ForwardSource.NONE: common_pb2.FORWARD_SOURCE_UNSPECIFIED,
    ForwardSource.PARITY: common_pb2.FORWARD_SOURCE_PARITY,
    ForwardSource.CARRY: common_pb2.FORWARD_SOURCE_CARRY,
    ForwardSource.GIVEN: common_pb2.FORWARD_SOURCE_GIVEN,
    ForwardSource.AMERICAN_PARITY: common_pb2.FORWARD_SOURCE_AMERICAN_PARITY,
}

DISCOUNT_SOURCES = {
    DiscountSource.NONE: "none",
    DiscountSource.GIVEN: "rate",
    DiscountSource.EUROPEAN_PARITY: "implied",
    DiscountSource.AMERICAN_PARITY: "implied_american",
}


def expiry_states(analysis: Analysis, target: Any) -> None:
    """Append the state of every expiry of a chain to the repeated field `target`."""
    quotes, forwards = analysis.cleaned.quotes, analysis.forwards
    rows = np.bincount(quotes.expiry, minlength=len(quotes.expiries))
    stated = np.isfinite(quotes.open_interest)
    open_rows = np.bincount(quotes.expiry[stated], minlength=len(quotes.expiries))
    open_interest = np.bincount(
        quotes.expiry, weights=np.nan_to_num(quotes.open_interest), minlength=len(quotes.expiries)
    )
    certified, rungs = analysis.surface.is_certified, analysis.surface.rungs
    columns = (
        forwards.time_to_expiry,
        forwards.source,
        forwards.pair_count,
        forwards.box_is_empty,
        forwards.forward,
        forwards.discount_factor,
        forwards.lower,
        forwards.upper,
        rows,
        open_rows,
        open_interest,
        analysis.surface.source,
        certified,
    )
    optional = {"forward_standard_error": forwards.standard_error, "implied_borrow_rate": forwards.implied_borrow}
    rest = [
        [(name, value) for name, value in zip(optional, row, strict=True) if math.isfinite(value)]
        for row in zip(*(values.tolist() for values in optional.values()), strict=True)
    ]
    for j, values in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        time, source, pairs, is_empty, forward, discount_factor, low, high, count, opened, contracts, smile, proven = (
            values
        )
        state = target.add()
        state.MergeFromString(_terms(quotes.expiries[j]))
        state.time_to_expiry, state.forward_source = time, FORWARD_SOURCES[ForwardSource(source)]
        state.pair_count, state.box_is_empty, state.row_count = pairs, is_empty, count
        if math.isfinite(forward):
            state.forward, state.discount_factor = forward, discount_factor
        for name, value in rest[j]:
            setattr(state, name, value)
        if math.isfinite(low):
            state.forward_lower, state.forward_upper = low, high
        if opened:
            state.open_interest = contracts
        if smile != SmileSource.NONE:
            state.is_certified = proven
            state.vol_source = SmileSource(smile).name.lower()
            state.surface_rung = rungs[j]


@lru_cache(maxsize=100_000)
def _terms(expiry: Expiry) -> bytes:
    """The part of a state that is the same in every answer, encoded once."""
    contract = expiry.contract
    state = common_pb2.ExpiryState(
        expiry=expiry.date.isoformat(),
        root=contract.root,
        settlement_style=SETTLEMENTS[contract.settlement],
        multiplier=contract.multiplier,
        exercise=EXERCISES[contract.exercise],
        payoff=PAYOFFS[contract.payoff],
        currency=contract.currency,
    )
    instant_to_proto(expiry.settles_at, state.settlement)
    return state.SerializeToString()


def reject_counts(chain: Cleaned, target: Any) -> None:
    """Append what was refused of a chain to the repeated field `target`, one entry a reason."""
    rejects = chain.rejects
    for reason, count in rejects.counts().items():
        entry = target.add(reason=reason.label, count=count, drops_row=reason.drops_row)
        open_interest = rejects.open_interest[rejects.reason == reason]
        if np.isfinite(open_interest).any():
            entry.open_interest = float(np.nansum(open_interest))


def provenance_of_chain(chain: Cleaned, revision: int, target: common_pb2.Provenance) -> None:
    """Fill what is known of a cleaned chain before anything is computed from it."""
    quotes, rejects = chain.quotes, chain.rejects
    target.underlying = quotes.underlying
    instant_to_proto(quotes.as_of, target.as_of)
    target.revision = revision
    target.source = quotes.source
    if quotes.open_interest_date is not None:
        target.open_interest_date = str(quotes.open_interest_date.astype("datetime64[D]"))
    target.row_count = chain.row_count
    target.kept_row_count = len(quotes)
    dropped = rejects.open_interest[rejects.reason < RejectReason.BAD_PRICE]
    total = _sum_of_known(quotes.open_interest, dropped)
    if total is not None:
        target.open_interest = total
    target.clock = "act_365"
    target.version = _version()
    if RejectReason.STALE in rejects.reason:
        target.staleness.is_stale = True
        target.staleness.reasons.append("quotes")
    oldest = _oldest_quote_seconds(quotes)
    if oldest is not None:
        target.staleness.oldest_quote_seconds = oldest


def provenance_of_analysis(
    analysis: Analysis, revision: int, target: common_pb2.Provenance, *, spot_is_given: bool = False
) -> None:
    """Fill what is known once forwards, volatilities and surface are there."""
    provenance_of_chain(analysis.cleaned, revision, target)
    target.variance_clock = "act_365"
    target.vol_source = "surface"
    surface = analysis.surface
    target.surface_model = surface.model.value
    priced = surface.source != SmileSource.NONE
    target.surface_is_certified = bool(priced.any() and surface.is_certified[priced].all())
    target.greeks_source = common_pb2.GREEKS_SOURCE_COMPUTED
    target.discount_source = DISCOUNT_SOURCES[DiscountSource(analysis.forwards.discount_source)]
    implied = "parity" if analysis.forwards.spot_is_implied else "source"
    target.spot_source = "request" if spot_is_given else implied
    _instants(analysis, target)


def _instants(analysis: Analysis, target: common_pb2.Provenance) -> None:
    """Say where spot and quotes are of several instants: when the spot is later, and by how much the quotes differ."""
    quotes, spread = analysis.cleaned.quotes, analysis.quoted_spread
    if analysis.spot_as_of is not None and analysis.spot_as_of != quotes.as_of:
        instant_to_proto(analysis.spot_as_of, target.spot_as_of)
        limit = analysis.settings.cleaning.max_age_seconds
        is_late = limit is not None and float((analysis.spot_as_of - quotes.as_of) / np.timedelta64(1, "s")) > limit
        if is_late and "quotes" not in target.staleness.reasons:
            target.staleness.is_stale = True
            target.staleness.reasons.append("quotes")
    if spread is not None and spread.any():
        j = int(spread.argmax())
        target.warnings.add(
            reason="quotes_of_several_spots",
            message=f"quotes of {int(np.count_nonzero(spread))} of {len(spread)} expiries were taken at several spots, "
            f"those of {quotes.expiries[j].root} {quotes.expiries[j].date} up to {100.0 * np.expm1(spread[j]):.2g} % apart: "
            "their forwards are those of the mean",
        )


def used_rows(target: common_pb2.Provenance, quotes: Quotes, is_used: np.ndarray) -> None:
    """Fill how many rows of the cleaned chain, and how much of its open interest, entered the answer."""
    target.used_row_count = int(np.count_nonzero(is_used))
    used = _sum_of_known(quotes.open_interest[is_used])
    if used is not None:
        target.used_open_interest = used


def smile_dynamics(
    dynamics: SmileDynamics, surface: VolSurface, vol_in_time: VolInTime, target: common_pb2.SmileDynamics
) -> None:
    """Name how a smile moved: ratios of 0 and 1 have names of their own, implied ones are given by expiry."""
    target.vol_in_time = vol_in_time.value
    if dynamics.skew_stickiness is None:
        target.name = dynamics.name
        target.skew_stickiness_by_expiry.extend(dynamics.ratios(surface).tolist())
        return
    target.name = smile_dynamics_name(dynamics.skew_stickiness)
    target.skew_stickiness = dynamics.skew_stickiness


def smile_dynamics_name(skew_stickiness: float) -> str:
    """ "sticky_moneyness" (0), "sticky_strike" (1) or "skew_stickiness"."""
    return {0.0: "sticky_moneyness", 1.0: "sticky_strike"}.get(skew_stickiness, "skew_stickiness")


def _sum_of_known(*columns: Floats) -> float | None:
    known: Iterable[Floats] = [values[np.isfinite(values)] for values in columns]
    joined = np.concatenate(list(known))
    return float(joined.sum()) if len(joined) else None


def _oldest_quote_seconds(quotes: Quotes) -> float | None:
    usable = (np.isfinite(quotes.bid) | np.isfinite(quotes.ask)) & ~np.isnat(quotes.quoted_at)
    if not usable.any():
        return None
    return float((quotes.as_of - quotes.quoted_at[usable].min()) / np.timedelta64(1, "s"))


@lru_cache(maxsize=1)
def _version() -> str:
    return version("gex")
