"""Settings of a request as settings of gex."""

import dataclasses
import math

import numpy as np
from gexapi.v1 import common_pb2, exposure_pb2

from gex.cleaning import CleaningRules
from gex.columns import Floats
from gex.contracts import Right
from gex.exposure.flips import SpotRange
from gex.exposure.map import GreekSource
from gex.pipeline import ChainSettings, ExposureSettings
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    POSITIONINGS,
    DealerPositioning,
    InventoryPositioning,
    MixturePositioning,
    PositioningRule,
    ScenarioPositioning,
    SignError,
    UncertainPositioning,
)
from gex.quotes import Quotes
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.chain import right_from_column
from gex_server.wire.columns import Array, column, refuse_rows, row_count

WITH_INPUTS = ("inventory", "scenario", "mixture")
LATER_POSITIONINGS = ("signed_open_close", "signed_trades_quote_rule", "signed_trades_lee_ready")
SMILE_DYNAMICS = {"sticky_moneyness": 0.0, "sticky_strike": 1.0}
GREEK_SOURCES = {
    common_pb2.GREEKS_SOURCE_UNSPECIFIED: GreekSource.COMPUTED,
    common_pb2.GREEKS_SOURCE_COMPUTED: GreekSource.COMPUTED,
    common_pb2.GREEKS_SOURCE_SOURCE: GreekSource.SOURCE,
}
_RIGHTS = {common_pb2.RIGHT_UNSPECIFIED: None, common_pb2.RIGHT_CALL: Right.CALL, common_pb2.RIGHT_PUT: Right.PUT}
_RULE_ENDS = ("log_moneyness_from", "log_moneyness_to", "days_from", "days_to")
MOST_POSITIONINGS = 16
WIDEST_PROFILE = (0.05, 20.0)  # shares of spot


def chain_settings_from_proto(message: common_pb2.AnalysisSettings, path: str) -> ChainSettings:
    """How a chain is analysed; what is absent has the default of gex."""
    _one_of(message.vol_source, ("", "surface"), ("quotes", "source"), f"{path}.vol_source")
    _one_of(message.variance_clock, ("", "act_365"), ("variance_time",), f"{path}.variance_clock")
    if message.HasField("spot") and not 0.0 < message.spot < math.inf:
        raise FieldError(f"expected a positive price, got {message.spot}", field=f"{path}.spot")
    settings = ChainSettings()
    if message.HasField("rate"):
        if not abs(message.rate) < 1.0:
            raise FieldError(
                f"expected a decimal between -1 and 1 (0.05 is 5 %), got {message.rate}", field=f"{path}.rate"
            )
        settings = dataclasses.replace(settings, rate=message.rate)
    if message.HasField("quote_age_limit_seconds"):
        age = message.quote_age_limit_seconds
        if not age >= 0.0:
            raise FieldError(f"expected seconds from 0 on, got {age}", field=f"{path}.quote_age_limit_seconds")
        limit = None if age == math.inf else age
        settings = dataclasses.replace(settings, cleaning=CleaningRules(max_age_seconds=limit))
    return settings


def exposure_settings_from_proto(
    message: exposure_pb2.ExposureSettings, quotes: Quotes, path: str
) -> tuple[ExposureSettings, "Unmatched"]:
    """Which exposures of the cleaned chain `quotes` are asked for, and the inventory that names no row of it."""
    _one_of(message.gamma_kind, ("", "black"), ("total",), f"{path}.gamma_kind")
    _one_of(
        message.contract_basis,
        ("", "open_interest"),
        ("volume", "effective_open_interest"),
        f"{path}.contract_basis",
    )
    if message.greeks_source not in GREEK_SOURCES:
        raise FieldError(
            f"expected one of {sorted(GREEK_SOURCES)}, got {message.greeks_source}", field=f"{path}.greeks_source"
        )
    if len(message.positionings) > MOST_POSITIONINGS:
        raise FieldError(
            f"expected at most {MOST_POSITIONINGS}, got {len(message.positionings)}", field=f"{path}.positionings"
        )
    unmatched: Unmatched = {}
    positionings = tuple(
        _positioning(one, quotes, f"{path}.positionings[{i}]", unmatched) for i, one in enumerate(message.positionings)
    )
    names = [one.name for one in positionings]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise FieldError(
                f"expected another name than {name!r}, set a label", field=f"{path}.positionings[{i}].label"
            )
    settings = ExposureSettings(
        positionings=positionings or (OI_CALLS_LONG_PUTS_SHORT,),
        greek_source=GREEK_SOURCES[message.greeks_source],
        skew_stickiness=skew_stickiness_from_proto(message.smile_dynamics, f"{path}.smile_dynamics"),
        span=_span(message, path),
    )
    return settings, unmatched


def skew_stickiness_from_proto(message: common_pb2.SmileDynamics, path: str) -> float:
    """The skew-stickiness ratio R that smile dynamics name; sticky strike (1) where they name none."""
    _one_of(message.vol_in_time, ("", "fixed_vol"), ("rolling_surface", "forward_variance"), f"{path}.vol_in_time")
    given = message.HasField("skew_stickiness")
    if message.name == "skew_stickiness":
        if not given or not abs(message.skew_stickiness) <= 10.0:
            raise FieldError("expected a number from -10 to 10", field=f"{path}.skew_stickiness")
        return message.skew_stickiness
    if given:
        raise FieldError('goes with the name "skew_stickiness" only', field=f"{path}.skew_stickiness")
    _one_of(message.name, ("", *SMILE_DYNAMICS), ("surface_implied",), f"{path}.name")
    return SMILE_DYNAMICS.get(message.name, 1.0)


Unmatched = dict[str, tuple[int, float]]
"""By positioning: lines of an inventory that are not in the cleaned chain (settled, say), and their absolute contracts."""


def _positioning(
    message: exposure_pb2.Positioning, quotes: Quotes, path: str, unmatched: Unmatched
) -> DealerPositioning:
    model = _model(message, quotes, path, unmatched)
    if not message.HasField("sign_error_probability"):
        if message.HasField("sign_error_correlation"):
            raise FieldError("goes with a sign error probability", field=f"{path}.sign_error_correlation")
        return model
    probability, correlation = message.sign_error_probability, message.sign_error_correlation
    if not 0.0 <= probability < 0.5:
        raise FieldError(f"expected one in [0, 0.5), got {probability}", field=f"{path}.sign_error_probability")
    if not 0.0 <= correlation <= 1.0:
        raise FieldError(f"expected one in [0, 1], got {correlation}", field=f"{path}.sign_error_correlation")
    return UncertainPositioning(model, SignError(probability, correlation), model.name)


def _model(message: exposure_pb2.Positioning, quotes: Quotes, path: str, unmatched: Unmatched) -> DealerPositioning:
    """The model without its sign error. Inputs that belong to another model are refused."""
    _one_of(message.model, (*POSITIONINGS, *WITH_INPUTS), LATER_POSITIONINGS, f"{path}.model")
    name, inputs = message.label or message.model, message.WhichOneof("inputs")
    if inputs is not None and inputs != message.model:
        raise FieldError(f"does not belong to {message.model!r}", field=f"{path}.{inputs}")
    if message.model in POSITIONINGS:
        return dataclasses.replace(POSITIONINGS[message.model], name=name)
    if message.model == "scenario":
        rules = enumerate(message.scenario.rules)
        return ScenarioPositioning(
            rules=tuple(_rule(one, f"{path}.scenario.rules[{i}]") for i, one in rules), name=name
        )
    if message.model == "mixture":
        return _mixture(message.mixture, quotes, f"{path}.mixture", unmatched, name)
    contracts, unmatched[name] = _inventory_contracts(message.inventory, quotes, f"{path}.inventory")
    return InventoryPositioning(contracts, name)


def _mixture(
    message: exposure_pb2.PositioningMixture, quotes: Quotes, path: str, unmatched: Unmatched, name: str
) -> MixturePositioning:
    if not 1 <= len(message.parts) <= MOST_POSITIONINGS:
        raise FieldError(f"expected 1 to {MOST_POSITIONINGS}, got {len(message.parts)}", field=f"{path}.parts")
    if len(message.weight) != len(message.parts):
        raise FieldError(
            f"expected one a part, {len(message.parts)}, got {len(message.weight)}", field=f"{path}.weight"
        )
    for i, part in enumerate(message.parts):
        if part.HasField("sign_error_probability") or part.HasField("sign_error_correlation"):
            raise FieldError(
                "belongs to the mixture, not to its parts", field=f"{path}.parts[{i}].sign_error_probability"
            )
    weight = column(message, "weight")
    refuse_rows(~np.isfinite(weight), weight, f"{path}.weight", "a finite number")
    parts = tuple(_model(part, quotes, f"{path}.parts[{i}]", unmatched) for i, part in enumerate(message.parts))
    return MixturePositioning(parts, tuple(weight.tolist()), name)


def _rule(message: exposure_pb2.PositioningRule, path: str) -> PositioningRule:
    if message.right not in _RIGHTS:
        raise FieldError(f"expected one of {sorted(_RIGHTS)}, got {message.right}", field=f"{path}.right")
    if not -1.0 <= message.weight <= 1.0:
        raise FieldError(f"expected one in [-1, 1], got {message.weight}", field=f"{path}.weight")
    given = {name: getattr(message, name) for name in _RULE_ENDS if message.HasField(name)}
    return PositioningRule(weight=message.weight, right=_RIGHTS[message.right], **given)


def _inventory_contracts(
    message: exposure_pb2.Inventory, quotes: Quotes, path: str
) -> tuple[Floats, tuple[int, float]]:
    """Signed contracts per row of the chain, and what is left over: (lines, absolute contracts)."""
    row_count(message, ("strike", "right", "expiry_index", "contract_count"), path)
    expiry, strike, count = (column(message, name) for name in ("expiry_index", "strike", "contract_count"))
    right = right_from_column(column(message, "right"), f"{path}.right")
    last = len(quotes.expiries) - 1
    refuse_rows((expiry < 0) | (expiry > last), expiry, f"{path}.expiry_index", f"an index from 0 to {last}")
    refuse_rows(~(strike > 0.0) | np.isinf(strike), strike, f"{path}.strike", "a positive price")
    refuse_rows(~np.isfinite(count), count, f"{path}.contract_count", "a finite number")

    listed, held = _contract_keys(quotes.expiry, quotes.strike, quotes.right), _contract_keys(expiry, strike, right)
    order = np.argsort(listed, kind="stable")
    at = np.searchsorted(listed[order], held)
    row = order[np.minimum(at, len(order) - 1)]
    found = (at < len(order)) & (listed[row] == held)
    contracts = np.zeros(len(quotes))
    np.add.at(contracts, row[found], count[found])
    return contracts, (int(np.count_nonzero(~found)), float(np.abs(count[~found]).sum()))


def _contract_keys(expiry: Array, strike: Array, right: Array) -> Array:
    """One comparable value a contract."""
    keys = np.empty(len(strike), [("expiry", np.int32), ("strike", np.float64), ("right", np.int8)])
    keys["expiry"], keys["strike"], keys["right"] = expiry, strike, right
    return keys


def _span(message: exposure_pb2.ExposureSettings, path: str) -> SpotRange:
    span = SpotRange()
    low = message.profile_low if message.HasField("profile_low") else span.low
    high = message.profile_high if message.HasField("profile_high") else span.high
    least, most = WIDEST_PROFILE
    if not least <= low < 1.0:
        raise FieldError(f"expected a share of spot from {least} to below 1, got {low}", field=f"{path}.profile_low")
    if not 1.0 < high <= most:
        raise FieldError(f"expected a share of spot above 1 up to {most}, got {high}", field=f"{path}.profile_high")
    return SpotRange(low=low, high=high)


def _one_of(value: str, built: tuple[str, ...], later: tuple[str, ...], field: str) -> None:
    if value in later:
        raise NotBuiltError(f"{field}: this server does not answer {value!r} yet", field=field)
    if value not in built:
        raise FieldError(f"expected one of {', '.join(name for name in built if name)}, got {value!r}", field=field)
