"""The request of a hedge: a book from CSV, instruments and policy from TOML."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from gexapi.v1 import common_pb2, hedge_pb2, risk_pb2

from gex_cli.book_file import read_book, read_settings
from gex_cli.options import ChainFile
from gex_cli.requests import write_analysis, write_chain

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
    "maker_fee_bps": "maker_fee_bps",
    "fee_per_contract": "fee_per_contract",
    "half_spread_bps": "half_spread_bps",
    "ticket": "ticket",
    "funding_rate": "funding_rate",
    "funding_interval": "funding_interval_seconds",
    "expected_funding_rate": "expected_funding_rate",
    "funding_sd": "funding_standard_deviation",
    "carry_rate": "carry_rate",
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


def hedge_request(
    file: ChainFile, positions: Path, instruments: Path, others: Sequence[Path] = ()
) -> hedge_pb2.PlanHedgeRequest:
    """The hedge of the book in `positions` over the chains in files, with what `instruments` allows."""
    settings = read_settings(instruments)
    lines = read_book(positions, [instrument.symbol for instrument in settings.instruments])
    request = hedge_pb2.PlanHedgeRequest()
    underlying = write_chains(file, others, request.chains)
    _write(request, underlying, lines, settings)
    write_analysis(file, request.analysis)
    return request


def kept_hedge_request(
    underlying: str, positions: Path, instruments: Path, *, has_rules: bool = False
) -> hedge_pb2.PlanHedgeRequest:
    """The same over the chain that a server keeps of `underlying`; `has_rules` where the hedge is kept too."""
    settings = read_settings(instruments, has_rules=has_rules)
    lines = read_book(positions, [instrument.symbol for instrument in settings.instruments])
    request = hedge_pb2.PlanHedgeRequest()
    _write(request, underlying, lines, settings)
    for expiry in request.book.expiries:
        expiry.underlying = underlying
    return request


def write_chains(file: ChainFile, others: Sequence[Path], chains: Any) -> str:
    """Add the chain of a file and those of others, read by the same options; the underlying of the first."""
    first = write_chain(file, chains.add()).quotes.underlying
    for path in others:
        write_chain(replace(file, path=path, underlying=None, spot=None), chains.add())
    return first


def _write(
    request: hedge_pb2.PlanHedgeRequest,
    underlying: str,
    lines: "Sequence[OptionLine | LinearLine]",
    settings: "HedgeSettings",
) -> None:
    write_book(lines, settings, underlying, request.book)
    for instrument, name in zip(settings.instruments, settings.underlyings, strict=True):
        write_instrument(instrument, name or underlying, request.instruments.add())
    write_policy(settings.policy, request.policy)


def write_book(
    lines: "Sequence[OptionLine | LinearLine]",
    settings: "HedgeSettings | None",
    underlying: str,
    target: risk_pb2.Book,
) -> None:
    """The positions with their accounts and prices paid; terms of the linear ones are those of the instrument so named.

    `underlying` is that of instruments which do not say theirs.
    """
    from gex.portfolio.positions import LinearLine

    known = (
        {}
        if settings is None
        else {one.symbol: (one, name) for one, name in zip(settings.instruments, settings.underlyings, strict=True)}
    )
    accounts = {name: i for i, name in enumerate(dict.fromkeys(line.account for line in lines))}
    if list(accounts) != [""]:
        target.accounts.extend(accounts)
    has_price = any(line.entry_price is not None for line in lines if not isinstance(line, LinearLine))
    expiries: dict[tuple[str, str], int] = {}
    for line in lines:
        account = accounts[line.account]
        if isinstance(line, LinearLine):
            instrument, name = known[line.symbol]
            _write_linear(line, instrument, name or underlying, target.linear.add(account_index=account))
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
        if target.accounts:
            options.account_index.append(account)
        if has_price:
            options.entry_price.append(np.nan if line.entry_price is None else line.entry_price)


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
    target.cap_confidence = policy.cap_confidence.value
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
