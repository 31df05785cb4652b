"""The request of a hedge: a book from CSV, instruments and policy from TOML."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from gexapi.v1 import common_pb2, hedge_pb2, risk_pb2

from gex_cli.options import ChainFile
from gex_cli.requests import text_of, write_analysis, write_chain

if TYPE_CHECKING:
    from gex.hedging.instruments import HedgeInstrument
    from gex.hedging.policy import HedgePolicy
    from gex.hedging.reading import HedgeSettings
    from gex.portfolio.positions import LinearLine, OptionLine

# Fields of gex.hedging.HedgeInstrument and HedgePolicy -> those of the contract, where value and unit are the same.
INSTRUMENT_FIELDS = {
    "price": "price",
    "bid": "bid",
    "ask": "ask",
    "tick": "tick",
    "depth": "depth",
    "average_daily_volume": "average_daily_volume",
    "lot": "lot",
    "fee_bps": "fee_bps",
    "fee_per_contract": "fee_per_contract",
    "half_spread_bps": "half_spread_bps",
    "ticket": "ticket",
    "funding_rate": "funding_rate",
    "funding_interval": "funding_interval_seconds",
    "roll_bps": "roll_bps",
    "borrow_rate": "borrow_rate",
    "margin": "margin_per_contract",
    "maintenance_margin": "maintenance_margin",
    "wallet": "wallet",
    "entry_price": "entry_price",
    "position": "position",
    "minimum_position": "minimum_position",
    "maximum_position": "maximum_position",
    "maximum_order": "maximum_order",
}
POLICY_FIELDS = {
    "target_delta": "target_delta",
    "risk_aversion": "risk_aversion",
    "residual_sd_budget": "residual_budget_per_day",
    "delta_cap": "delta_cap",
    "coverage": "coverage",
    "allow_overhedge": "allow_overhedge",
    "poll_interval": "poll_interval_seconds",
    "clock_interval": "clock_interval_seconds",
    "equity_coin": "coin_equity",
    "vol": "volatility",
    "impact_prefactor": "impact_coefficient",
    "ticket": "ticket",
    "scan_low": "trigger_low",
    "scan_high": "trigger_high",
    "max_age": "age_limit_seconds",
    "carry_tilt": "carry_tilt",
    "max_clip": "maximum_clip",
    "margin_available": "margin_available",
    "liquidation_distance": "liquidation_distance",
    "trade_fraction": "trade_fraction",
}
_KINDS = {
    "index_future": hedge_pb2.INSTRUMENT_KIND_INDEX,
    "linear": hedge_pb2.INSTRUMENT_KIND_LINEAR,
    "inverse": hedge_pb2.INSTRUMENT_KIND_INVERSE,
    "spot": hedge_pb2.INSTRUMENT_KIND_SPOT,
}


def hedge_request(file: ChainFile, positions: Path, instruments: Path) -> hedge_pb2.PlanHedgeRequest:
    """The hedge of the book in `positions` over the chain in a file, with what `instruments` allows."""
    lines, settings = _read(positions, instruments)
    request = hedge_pb2.PlanHedgeRequest()
    chain = write_chain(file, request.chains.add())
    _write(request, chain.quotes.underlying, lines, settings)
    write_analysis(file, request.analysis)
    return request


def kept_hedge_request(underlying: str, positions: Path, instruments: Path) -> hedge_pb2.PlanHedgeRequest:
    """The same over the chain that a server keeps of `underlying`."""
    lines, settings = _read(positions, instruments)
    request = hedge_pb2.PlanHedgeRequest()
    _write(request, underlying, lines, settings)
    for expiry in request.book.expiries:
        expiry.underlying = underlying
    return request


def _read(positions: Path, instruments: Path) -> "tuple[Sequence[OptionLine | LinearLine], HedgeSettings]":
    from gex.errors import InputError
    from gex.hedging.reading import parse_hedge_settings
    from gex.portfolio.reading import parse_positions

    try:
        settings = parse_hedge_settings(text_of(instruments))
    except InputError as error:
        raise InputError(f"{instruments.name}: {error}") from error
    try:
        lines = parse_positions(
            text_of(positions), linear_symbols=[instrument.symbol for instrument in settings.instruments]
        )
    except InputError as error:
        raise InputError(f"{positions.name}: {error}") from error
    if not lines:
        raise InputError(f"{positions.name}: expected at least one position, got none")
    return lines, settings


def _write(
    request: hedge_pb2.PlanHedgeRequest,
    underlying: str,
    lines: "Sequence[OptionLine | LinearLine]",
    settings: "HedgeSettings",
) -> None:
    write_book(lines, settings.instruments, underlying, request.book)
    for instrument in settings.instruments:
        write_instrument(instrument, underlying, request.instruments.add())
    write_policy(settings.policy, request.policy)


def write_book(
    lines: "Sequence[OptionLine | LinearLine]",
    instruments: "Sequence[HedgeInstrument]",
    underlying: str,
    target: risk_pb2.Book,
) -> None:
    """The positions; terms of the linear ones are those of the instrument of that name."""
    from gex.portfolio.positions import LinearLine

    terms = {instrument.symbol: instrument for instrument in instruments}
    expiries: dict[tuple[str, str], int] = {}
    for line in lines:
        if isinstance(line, LinearLine):
            _write_linear(line, terms[line.symbol], underlying, target.linear.add())
            continue
        key = (line.root, line.expiry.isoformat())
        if key not in expiries:
            expiries[key] = len(expiries)
            target.expiries.add(root=key[0], expiry=key[1])
        options = target.options
        options.expiry_index.append(expiries[key])
        options.strike.append(line.strike)
        options.right.append(common_pb2.RIGHT_CALL if line.right > 0 else common_pb2.RIGHT_PUT)
        options.contract_count.append(line.contracts)


def write_instrument(instrument: "HedgeInstrument", underlying: str, target: hedge_pb2.HedgeInstrument) -> None:
    """What may be traded; what is not known stays absent."""
    target.symbol, target.underlying = instrument.symbol, underlying
    target.kind = _KINDS[instrument.kind.label]
    if target.kind == hedge_pb2.INSTRUMENT_KIND_INVERSE:
        target.contract_value = instrument.multiplier
    else:
        target.multiplier = instrument.multiplier
    for name, field in INSTRUMENT_FIELDS.items():
        value = getattr(instrument, name)
        if value is not None:
            setattr(target, field, value)
    for instant, stamp in ((instrument.expires_at, "settlement"), (instrument.quoted_at, "quoted_at")):
        if instant is not None:
            _write_instant(instant, getattr(target, stamp))
    if instrument.in_flight:
        target.in_flight.add(contracts=instrument.in_flight)


def write_policy(policy: "HedgePolicy", target: hedge_pb2.HedgePolicy) -> None:
    """The rule that decides."""
    target.model = policy.rule.value
    for name, field in POLICY_FIELDS.items():
        value = getattr(policy, name)
        if value is not None:
            setattr(target, field, value)
    if policy.thresholds is not None:
        target.lower_trigger, target.upper_trigger = policy.thresholds
        target.lower_landing, target.upper_landing = policy.threshold_targets
    target.smile_dynamics.name = "skew_stickiness"
    target.smile_dynamics.skew_stickiness = policy.skew_stickiness
    units = {"coin": common_pb2.ACCOUNT_UNIT_COIN, "usd": common_pb2.ACCOUNT_UNIT_CURRENCY}
    target.account_unit = units[policy.account_unit.value]
    if policy.event_at is not None:
        window = target.windows.add(log_move=policy.event_gap_sd)
        _write_instant(policy.event_at, window.starts_at)


def _write_linear(
    line: "LinearLine", instrument: "HedgeInstrument", underlying: str, target: risk_pb2.LinearPosition
) -> None:
    label = instrument.kind.label
    target.symbol, target.underlying, target.contract_count = line.symbol, underlying, line.contracts
    dated = instrument.expires_at is not None
    target.kind = "spot" if label == "spot" else "future" if label == "index_future" or dated else "perpetual"
    if label == "inverse":
        target.contract_value = instrument.multiplier
    else:
        target.multiplier = instrument.multiplier
    if instrument.expires_at is not None:
        _write_instant(instrument.expires_at, target.settlement)
    if instrument.price is not None:
        target.price = instrument.price
    elif instrument.bid is not None and instrument.ask is not None:
        target.price = 0.5 * (instrument.bid + instrument.ask)
    if line.entry_price is not None:
        target.entry_price = line.entry_price


def _write_instant(instant: np.datetime64, target: object) -> None:
    from gex_client.messages import set_timestamp

    set_timestamp(target, instant, "instant")  # type: ignore[arg-type] # a Timestamp of the generated code
