"""How a book is valued and summed, from the contract."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from gexapi.v1 import common_pb2, risk_pb2

from gex.portfolio.aggregation import BUCKET_DAYS, GROUPS
from gex.portfolio.beta import Beta
from gex.portfolio.deltas import MinimumVarianceFit
from gex_server.errors import FieldError
from gex_server.wire.settings import skew_stickiness_from_proto

Fits = Mapping[str, tuple[MinimumVarianceFit, MinimumVarianceFit]]
"""Of calls and of puts, by underlying"""


@dataclass(frozen=True, eq=False, kw_only=True)
class BookSettings:
    """What the sums of a book are made with; `currency` is "" for that of the positions."""

    groups: tuple[str, ...] = ("underlying",)
    currency: str = ""
    exchange_rate: Mapping[str, float] = field(default_factory=dict)
    skew_stickiness: float | None = None  # None: no delta along a smile is asked for
    reference: str = ""
    betas: Mapping[str, Beta] = field(default_factory=dict)
    reference_vol: float | None = None
    bucket_days: tuple[float, ...] = BUCKET_DAYS
    fits: Fits = field(default_factory=dict)
    account_unit: int = common_pb2.ACCOUNT_UNIT_UNSPECIFIED


def book_settings_from_proto(message: risk_pb2.RiskSettings, path: str) -> BookSettings:
    """The settings of a request; raises FieldError below `path`."""
    for i, group in enumerate(message.group_by):
        if group not in GROUPS:
            raise FieldError(f"expected one of {', '.join(GROUPS)}, got {group!r}", field=f"{path}.group_by[{i}]")
    for name, rate in message.exchange_rate.items():
        if not 0.0 < rate < math.inf:
            raise FieldError(f"expected a positive number, got {rate}", field=f'{path}.exchange_rate["{name}"]')
    days = tuple(message.bucket_days) or BUCKET_DAYS
    if not all(math.isfinite(day) and day > 0.0 for day in days) or any(np.diff(days) <= 0.0):
        raise FieldError("expected positive days, ascending", field=f"{path}.bucket_days")
    stickiness = None
    if message.HasField("smile_dynamics"):
        stickiness = skew_stickiness_from_proto(message.smile_dynamics, f"{path}.smile_dynamics")
    if message.HasField("reference_volatility") and not 0.0 < message.reference_volatility < math.inf:
        raise FieldError(
            f"expected a positive number, got {message.reference_volatility}", field=f"{path}.reference_volatility"
        )
    if message.account_unit not in common_pb2.AccountUnit.values():
        raise FieldError(f"expected an account unit, got {message.account_unit}", field=f"{path}.account_unit")
    if not message.beta_reference:
        for name in ("beta", "beta_standard_error", "beta_correlation"):
            if getattr(message, name):
                raise FieldError("goes with a reference", field=f"{path}.{name}")
    return BookSettings(
        groups=tuple(message.group_by) or ("underlying",),
        currency=message.currency,
        exchange_rate=dict(message.exchange_rate),
        skew_stickiness=stickiness,
        reference=message.beta_reference,
        betas=_betas(message, path),
        reference_vol=message.reference_volatility if message.HasField("reference_volatility") else None,
        bucket_days=days,
        fits=_fits(message, path),
        account_unit=message.account_unit,
    )


def _betas(message: risk_pb2.RiskSettings, path: str) -> dict[str, Beta]:
    for name in ("beta_standard_error", "beta_correlation"):
        for underlying in getattr(message, name):
            if underlying not in message.beta:
                raise FieldError("goes with a beta of that name", field=f'{path}.{name}["{underlying}"]')
    betas = {}
    for underlying, value in message.beta.items():
        error, correlation = (
            message.beta_standard_error.get(underlying, 0.0),
            message.beta_correlation.get(underlying, math.nan),
        )
        if not math.isfinite(value):
            raise FieldError(f"expected a finite number, got {value}", field=f'{path}.beta["{underlying}"]')
        if not 0.0 <= error < math.inf:
            raise FieldError(
                f"expected a number from 0 on, got {error}", field=f'{path}.beta_standard_error["{underlying}"]'
            )
        if underlying in message.beta_correlation and not -1.0 <= correlation <= 1.0:
            raise FieldError(
                f"expected one from -1 to 1, got {correlation}", field=f'{path}.beta_correlation["{underlying}"]'
            )
        betas[underlying] = Beta(value=value, standard_error=error, count=0, correlation=correlation)
    return betas


def _fits(message: risk_pb2.RiskSettings, path: str) -> dict[str, tuple[MinimumVarianceFit, MinimumVarianceFit]]:
    found: dict[tuple[str, int], MinimumVarianceFit] = {}
    for i, fit in enumerate(message.minimum_variance):
        where = f"{path}.minimum_variance[{i}]"
        key = (fit.underlying, fit.right)
        if not fit.underlying:
            raise FieldError("expected the name of an underlying, got nothing", field=f"{where}.underlying")
        if fit.right not in (common_pb2.RIGHT_CALL, common_pb2.RIGHT_PUT):
            raise FieldError("expected calls or puts, got neither", field=f"{where}.right")
        if key in found:
            raise FieldError(f"expected one fit of {fit.underlying} for each right", field=where)
        if not all(math.isfinite(value) for value in (fit.a, fit.b, fit.c)):
            raise FieldError("expected finite coefficients", field=where)
        found[key] = MinimumVarianceFit(
            coefficients=(fit.a, fit.b, fit.c),
            count=fit.observation_count,
            period_count=fit.period_count,
            in_sample_gain=_known(fit, "in_sample_gain"),
            gain=_known(fit, "gain"),
            gain_interval=(_known(fit, "gain_low"), _known(fit, "gain_high")),
        )
    fits = {}
    for underlying in dict.fromkeys(name for name, _ in found):
        pair = tuple(found.get((underlying, right)) for right in (common_pb2.RIGHT_CALL, common_pb2.RIGHT_PUT))
        if pair[0] is None or pair[1] is None:
            raise FieldError(f"expected fits of calls and of puts of {underlying}", field=f"{path}.minimum_variance")
        fits[underlying] = (pair[0], pair[1])
    return fits


def _known(fit: risk_pb2.MinimumVarianceFit, name: str) -> float:
    return float(getattr(fit, name)) if fit.HasField(name) else math.nan
