"""Settings of a request as settings of gex."""

import dataclasses
from dataclasses import dataclass

import numpy as np
from gexapi.v1 import common_pb2, exposure_pb2

from gex.cleaning import CleaningRules
from gex.discount import DiscountCurve
from gex.exposure.account import AccountUnit
from gex.exposure.dynamics import STICKY_STRIKE, SmileDynamics, VolInTime, dynamics_named
from gex.exposure.flips import SpotRange
from gex.exposure.flow import MarketMove
from gex.exposure.instrument import ExposureInstrument
from gex.exposure.lines import GammaKind
from gex.exposure.map import GreekSource
from gex.exposure.uncertainty import QUANTILES
from gex.forward import CarryAssumptions
from gex.pipeline import ChainSettings
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    ContractBasis,
    DealerPositioning,
    TradeInventory,
    on_basis,
)
from gex.quotes import Quotes
from gex.surface.protocol import SurfaceModel
from gex_server.errors import FieldError
from gex_server.wire.chain import LARGEST_PRICE, LEAST_PRICE
from gex_server.wire.choices import one_of
from gex_server.wire.columns import column, refuse_rows, row_count
from gex_server.wire.flow import MapNodes, instrument_from_proto, map_nodes_from_proto, moves_from_proto
from gex_server.wire.positioning import Inputs, positionings_from_proto

SMILE_DYNAMICS = {"sticky_moneyness": 0.0, "sticky_strike": 1.0}
GREEK_SOURCES = {
    common_pb2.GREEKS_SOURCE_UNSPECIFIED: GreekSource.COMPUTED,
    common_pb2.GREEKS_SOURCE_COMPUTED: GreekSource.COMPUTED,
    common_pb2.GREEKS_SOURCE_SOURCE: GreekSource.SOURCE,
}
ACCOUNTS = {common_pb2.ACCOUNT_UNIT_UNSPECIFIED: None} | {
    common_pb2.AccountUnit.Value(f"ACCOUNT_UNIT_{unit.name}"): unit for unit in AccountUnit
}
GROUPS = ("horizon", "root", "month")
WIDEST_PROFILE = (0.05, 20.0)  # shares of spot
MOST_NODES = 10_000
MOST_DYNAMICS = 8
MOST_QUANTILES = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureQuestion:
    """What is asked of the dealers' exposure to one chain. Defaults are those of an empty message."""

    positionings: tuple[DealerPositioning, ...] = (OI_CALLS_LONG_PUTS_SHORT,)
    inputs: dict[str, Inputs] = dataclasses.field(default_factory=dict)  # by positioning, of those that were given
    greek_source: GreekSource = GreekSource.COMPUTED
    dynamics: SmileDynamics = STICKY_STRIKE
    vol_in_time: VolInTime = VolInTime.FIXED_VOL
    gamma_kind: GammaKind = GammaKind.BLACK
    span: SpotRange = dataclasses.field(default_factory=SpotRange)
    quantiles: tuple[float, ...] = QUANTILES
    account: AccountUnit | None = None  # None: by the payoff
    groups: tuple[str, ...] = ()
    flip_dynamics: tuple[SmileDynamics, ...] = ()
    moves: tuple[MarketMove, ...] = ()
    instrument: ExposureInstrument | None = None
    map_nodes: MapNodes | None = None


OLDEST = 1e9  # seconds, thirty years: a limit beyond it is none, and nanoseconds would not hold it


def chain_settings_from_proto(message: common_pb2.AnalysisSettings, path: str) -> ChainSettings:
    """How a chain is analysed; what is absent has the default of gex."""
    one_of(message.vol_source, ("", "surface"), ("quotes", "source"), f"{path}.vol_source")
    one_of(message.variance_clock, ("", "act_365"), ("variance_time",), f"{path}.variance_clock")
    if message.HasField("spot") and not LEAST_PRICE <= message.spot <= LARGEST_PRICE:
        raise FieldError(f"expected a positive price, got {message.spot}", field=f"{path}.spot")
    one_of(message.surface_model, ("", *(model.value for model in SurfaceModel)), (), f"{path}.surface_model")
    default = ChainSettings()
    model = SurfaceModel(message.surface_model) if message.surface_model else default.surface
    if message.require_certified and model is SurfaceModel.BROKEN_LINE:
        seen = 'expected surface_model "certified" or "essvi" with it, "broken_line" proves nothing'
        raise FieldError(seen, field=f"{path}.require_certified")
    settings = dataclasses.replace(default, surface=model, require_certified=message.require_certified)
    if message.HasField("rate"):
        if not abs(message.rate) < 1.0:
            raise FieldError(
                f"expected a decimal between -1 and 1 (0.05 is 5 %), got {message.rate}", field=f"{path}.rate"
            )
        settings = dataclasses.replace(settings, rate=message.rate)
    if message.HasField("discount_curve"):
        if message.HasField("rate"):
            raise FieldError("expected rate or discount_curve, got both", field=f"{path}.discount_curve")
        curve = _discount_curve(message.discount_curve, f"{path}.discount_curve")
        settings = dataclasses.replace(settings, carry=CarryAssumptions(discount=curve))
    if message.HasField("quote_age_limit_seconds"):
        age = message.quote_age_limit_seconds
        if not age >= 0.0:
            raise FieldError(f"expected seconds from 0 on, got {age}", field=f"{path}.quote_age_limit_seconds")
        limit = None if age > OLDEST else age
        settings = dataclasses.replace(settings, cleaning=CleaningRules(max_age_seconds=limit))
    return settings


def _discount_curve(message: common_pb2.DiscountCurve, path: str) -> DiscountCurve:
    """Zero rates by term, linear between and flat outside."""
    if row_count(message, ("time_to_expiry", "rate"), path) == 0:
        raise FieldError("expected at least one zero rate, got none", field=f"{path}.rate")
    time, rate = (column(message, name) for name in ("time_to_expiry", "rate"))
    before = np.append(0.0, time[:-1])
    refuse_rows(~((time > before) & (time < np.inf)), time, f"{path}.time_to_expiry", "ascending years above 0")
    refuse_rows(~(np.abs(rate) < 1.0), rate, f"{path}.rate", "a decimal between -1 and 1 (0.05 is 5 %)")
    return DiscountCurve(is_implied=False, time=time, zero_rate=rate)


def exposure_question_from_proto(
    message: exposure_pb2.ExposureSettings, quotes: Quotes, path: str, inventory: TradeInventory | None = None
) -> ExposureQuestion:
    """Which exposures are asked for of `quotes`, the rows of the cleaned chain that count.

    `inventory`: what the trades that were sent for the underlying have left; None where the chain came with the request.
    """
    one_of(message.gamma_kind, ("", *(kind.value for kind in GammaKind)), (), f"{path}.gamma_kind")
    if message.greeks_source not in GREEK_SOURCES:
        seen = f"expected one of {sorted(GREEK_SOURCES)}, got {message.greeks_source}"
        raise FieldError(seen, field=f"{path}.greeks_source")
    if message.account_unit not in ACCOUNTS:
        seen = f"expected one of {sorted(ACCOUNTS)}, got {message.account_unit}"
        raise FieldError(seen, field=f"{path}.account_unit")
    basis = _basis(message.contract_basis, f"{path}.contract_basis")
    positionings, inputs = positionings_from_proto(
        message.positionings, quotes, basis, f"{path}.positionings", inventory
    )
    default = OI_CALLS_LONG_PUTS_SHORT if basis is None else on_basis(OI_CALLS_LONG_PUTS_SHORT, basis)
    for i, group in enumerate(message.group_by):
        one_of(group, GROUPS, (), f"{path}.group_by[{i}]")
    if len(message.flip_dynamics) > MOST_DYNAMICS:
        seen = f"expected at most {MOST_DYNAMICS}, got {len(message.flip_dynamics)}"
        raise FieldError(seen, field=f"{path}.flip_dynamics")
    dynamics, vol_in_time = dynamics_from_proto(message.smile_dynamics, f"{path}.smile_dynamics")
    has_map, has_instrument = message.HasField("forward_map"), message.HasField("instrument")
    return ExposureQuestion(
        positionings=positionings or (default,),
        inputs=inputs,
        greek_source=GREEK_SOURCES[message.greeks_source],
        dynamics=dynamics,
        vol_in_time=vol_in_time,
        gamma_kind=GammaKind(message.gamma_kind or "black"),
        span=_span(message, path),
        quantiles=_quantiles(message, path),
        account=ACCOUNTS[message.account_unit],
        groups=tuple(dict.fromkeys(message.group_by)),
        flip_dynamics=tuple(
            dynamics_from_proto(one, f"{path}.flip_dynamics[{i}]")[0] for i, one in enumerate(message.flip_dynamics)
        ),
        moves=moves_from_proto(message.moves, f"{path}.moves"),
        instrument=instrument_from_proto(message.instrument, f"{path}.instrument") if has_instrument else None,
        map_nodes=map_nodes_from_proto(message.forward_map, f"{path}.forward_map") if has_map else None,
    )


def dynamics_from_proto(message: common_pb2.SmileDynamics, path: str) -> tuple[SmileDynamics, VolInTime]:
    """How a smile moves with spot and in time; sticky strike and fixed volatilities where nothing is said."""
    one_of(message.vol_in_time, ("", *(rule.value for rule in VolInTime)), (), f"{path}.vol_in_time")
    vol_in_time = VolInTime(message.vol_in_time or "fixed_vol")
    if message.name == "surface_implied" and not message.HasField("skew_stickiness"):
        return dynamics_named(message.name), vol_in_time
    plain = common_pb2.SmileDynamics(name=message.name)
    if message.HasField("skew_stickiness"):
        plain.skew_stickiness = message.skew_stickiness
    ratio = skew_stickiness_from_proto(plain, path)
    return dynamics_named(message.name or "sticky_strike", ratio), vol_in_time


def skew_stickiness_from_proto(message: common_pb2.SmileDynamics, path: str) -> float:
    """The skew-stickiness ratio R that smile dynamics name; sticky strike (1) where they name none."""
    one_of(message.vol_in_time, ("", "fixed_vol"), ("rolling_surface", "forward_variance"), f"{path}.vol_in_time")
    given = message.HasField("skew_stickiness")
    if message.name == "skew_stickiness":
        if not given or not abs(message.skew_stickiness) <= 10.0:
            raise FieldError("expected a number from -10 to 10", field=f"{path}.skew_stickiness")
        return message.skew_stickiness
    if given:
        raise FieldError('goes with the name "skew_stickiness" only', field=f"{path}.skew_stickiness")
    one_of(message.name, ("", *SMILE_DYNAMICS), ("surface_implied",), f"{path}.name")
    return SMILE_DYNAMICS.get(message.name, 1.0)


def _span(message: exposure_pb2.ExposureSettings, path: str) -> SpotRange:
    span = SpotRange()
    low = message.profile_low if message.HasField("profile_low") else span.low
    high = message.profile_high if message.HasField("profile_high") else span.high
    least, most = WIDEST_PROFILE
    if not least <= low < 1.0:
        raise FieldError(f"expected a share of spot from {least} to below 1, got {low}", field=f"{path}.profile_low")
    if not 1.0 < high <= most:
        raise FieldError(f"expected a share of spot above 1 up to {most}, got {high}", field=f"{path}.profile_high")
    if not message.HasField("profile_node_count"):
        return SpotRange(low=low, high=high)
    count = message.profile_node_count
    if not 2 <= count <= MOST_NODES:
        raise FieldError(f"expected 2 to {MOST_NODES}, got {count}", field=f"{path}.profile_node_count")
    return SpotRange(low=low, high=high, node_count=count)


def _basis(name: str, path: str) -> ContractBasis | None:
    later = (ContractBasis.EFFECTIVE_OPEN_INTEREST.value,)  # needs signed opening volume, for which there is no column
    one_of(name, ("", ContractBasis.OPEN_INTEREST.value, ContractBasis.VOLUME.value), later, path)
    return ContractBasis(name) if name else None


def _quantiles(message: exposure_pb2.ExposureSettings, path: str) -> tuple[float, ...]:
    given = tuple(message.quantile_probability)
    if len(given) > MOST_QUANTILES:
        raise FieldError(f"expected at most {MOST_QUANTILES}, got {len(given)}", field=f"{path}.quantile_probability")
    for i, probability in enumerate(given):
        if not (given[i - 1] if i else 0.0) < probability < 1.0:
            seen = f"expected ascending numbers between 0 and 1, got {probability}"
            raise FieldError(seen, field=f"{path}.quantile_probability[{i}]")
    return given or QUANTILES
