"""Where an exposure comes from and what was assumed: the same request on the same chain gives the same bytes."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.exposure.dynamics import SmileDynamics
from gex.exposure.lines import GammaKind
from gex.exposure.map import GreekSource, RowGreeks
from gex.positioning import (
    DealerPositioning,
    KeptTradesPositioning,
    MixturePositioning,
    SignedOpenClosePositioning,
    SignedTradesPositioning,
    UncertainPositioning,
)
from gex.quotes import Cleaned, Quotes, RejectReason
from gex.surface.protocol import VolSurface


@dataclass(frozen=True, kw_only=True)
class RowShare:
    """Rows of the source and the open contracts on them; `open_interest` None where no row states any."""

    row_count: int
    open_interest: float | None


@dataclass(frozen=True, kw_only=True)
class PositioningSource:
    """What one book's signs rest on."""

    name: str
    model: str  # class of the value
    sign_error_probability: float | None = None
    sign_error_correlation: float | None = None
    unsigned_contract_count: float = 0.0  # traded, but without a side: in no inventory
    left_censored_row_count: int = 0  # rows whose contracts were open before the history starts
    exchanges: tuple[str, ...] = ()  # whose reports were counted; empty: not known, or not from reports


@dataclass(frozen=True, kw_only=True)
class ExposureProvenance:
    """Inputs, assumptions and what did not enter, with its open contracts."""

    underlying: str
    source: str
    as_of: np.datetime64
    spot: float
    spot_is_implied: bool  # by the shortest forward, where the source names none
    open_interest_date: np.datetime64 | None
    oldest_quote_at: np.datetime64 | None
    clock: str  # of time_to_expiry
    greek_source: GreekSource
    smile_dynamics: str
    skew_stickiness: float | None  # None: one ratio an expiry
    gamma_kind: GammaKind
    certified_expiry_count: int
    expiry_count: int
    forward_source_count: dict[int, int]  # `ForwardSource` -> expiries
    positionings: tuple[PositioningSource, ...]
    every_row: RowShare
    used: RowShare  # have the Greeks and the open interest that the sums need
    unpriced: RowShare  # survived cleaning, but have no volatility, forward or printed Greek
    refused: dict[RejectReason, RowShare]
    input_hash: str  # SHA-256 of the cleaned chain, the forwards and the assumptions


def exposure_provenance(
    cleaned: Cleaned,
    surface: VolSurface,
    greeks: RowGreeks,
    positionings: Sequence[DealerPositioning],
    dynamics: SmileDynamics,
    gamma_kind: GammaKind = GammaKind.BLACK,
) -> ExposureProvenance:
    """What `exposure_books` on these inputs stands on."""
    quotes, forwards = cleaned.quotes, surface.forwards
    priced = np.isfinite(greeks.gamma)
    used = priced & np.isfinite(quotes.open_interest)
    quoted_at = quotes.quoted_at[~np.isnat(quotes.quoted_at)]
    source, count = np.unique(forwards.source, return_counts=True)
    rejects = cleaned.rejects
    refused = {reason: _share(rejects.open_interest[rejects.reason == reason]) for reason in rejects.counts()}
    open_interest = np.append(quotes.open_interest, rejects.open_interest[rejects.reason < RejectReason.BAD_PRICE])
    return ExposureProvenance(
        underlying=quotes.underlying,
        source=quotes.source,
        as_of=forwards.as_of,
        spot=forwards.spot,
        spot_is_implied=forwards.spot_is_implied,
        open_interest_date=quotes.open_interest_date,
        oldest_quote_at=quoted_at.min() if len(quoted_at) else None,
        clock="act_365",
        greek_source=greeks.greek_source,
        smile_dynamics=dynamics.name,
        skew_stickiness=dynamics.skew_stickiness,
        gamma_kind=gamma_kind,
        certified_expiry_count=int(np.count_nonzero(surface.is_certified)),
        expiry_count=len(forwards),
        forward_source_count=dict(zip(source.tolist(), count.tolist(), strict=True)),
        positionings=tuple(_positioning_source(model, quotes) for model in positionings),
        every_row=RowShare(row_count=cleaned.row_count, open_interest=_share(open_interest).open_interest),
        used=_share(quotes.open_interest[used]),
        unpriced=_share(quotes.open_interest[~priced]),
        refused=refused,
        input_hash=_input_hash(quotes, surface, greeks, positionings, dynamics, gamma_kind),
    )


def _share(open_interest: np.ndarray) -> RowShare:
    known = open_interest[np.isfinite(open_interest)]
    return RowShare(row_count=len(open_interest), open_interest=float(known.sum()) if len(known) else None)


def _positioning_source(positioning: DealerPositioning, quotes: Quotes) -> PositioningSource:
    probability = correlation = None
    model = positioning
    if isinstance(model, UncertainPositioning):
        probability, correlation = model.sign_error.probability, model.sign_error.correlation
        model = model.model
    unsigned, censored, exchanges = 0.0, 0, set()
    for part in model.parts if isinstance(model, MixturePositioning) else (model,):
        if isinstance(part, SignedTradesPositioning):
            unsigned += part.trades.unsigned_contract_count
            censored += len(quotes) if part.is_left_censored else 0
        if isinstance(part, KeptTradesPositioning):
            unsigned += part.unsigned_contract_count
            censored += len(quotes) if part.is_left_censored else 0
        if isinstance(part, SignedOpenClosePositioning):
            censored += int(np.count_nonzero(part.censored_rows(quotes)))
            exchanges |= set(part.volume.exchanges)
    return PositioningSource(
        name=positioning.name,
        model=type(model).__name__,
        sign_error_probability=probability,
        sign_error_correlation=correlation,
        unsigned_contract_count=unsigned,
        left_censored_row_count=censored,
        exchanges=tuple(sorted(exchanges)),
    )


def _input_hash(
    quotes: Quotes,
    surface: VolSurface,
    greeks: RowGreeks,
    positionings: Sequence[DealerPositioning],
    dynamics: SmileDynamics,
    gamma_kind: GammaKind,
) -> str:
    digest = hashlib.sha256()

    def add(*values: object) -> None:
        for value in values:
            _add(digest, value)

    add(_chain_hash(quotes))
    forwards = surface.forwards
    add(forwards.spot, forwards.forward, forwards.discount_factor, forwards.time_to_expiry)
    add(greeks.greek_source.value, greeks.gamma, greeks.delta)  # what the surface says at every row: the others follow
    for model in positionings:
        add(model.name, model.dealer_contracts(quotes))
        if isinstance(model, UncertainPositioning):
            add(*dataclasses.astuple(model.sign_error))
    add(dynamics.name, dynamics.skew_stickiness, gamma_kind.value)
    return digest.hexdigest()


def _chain_hash(quotes: Quotes) -> str:
    """Of the rows of a chain; they never change, so it is taken once."""
    known: str | None = quotes.__dict__.get("_hash")
    if known is None:
        digest = hashlib.sha256()
        for value in (quotes.underlying, quotes.as_of, *quotes.columns().values()):
            _add(digest, value)
        for e in quotes.expiries:
            for value in (e.root, e.date, e.settles_at, e.contract.multiplier):
                _add(digest, value)
        known = quotes.__dict__["_hash"] = digest.hexdigest()
    return known


def _add(digest: "hashlib._Hash", value: object) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    else:
        digest.update(f"{value}\0".encode())
