"""Assumptions about dealers from the contract, with the data they need, as positionings of gex."""

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2

from gex.columns import Floats, Ints
from gex.contracts import Right
from gex.positioning import (
    POSITIONINGS,
    ContractBasis,
    DealerPositioning,
    InventoryPositioning,
    MixturePositioning,
    OpenCloseVolume,
    Origin,
    PositioningRule,
    ScenarioPositioning,
    SignedOpenClosePositioning,
    SignedTrades,
    SignedTradesPositioning,
    SignError,
    SigningRule,
    TradeInventory,
    UncertainPositioning,
    on_basis,
)
from gex.quotes import Quotes
from gex.trades import quote_signs, signed_trades
from gex_server.errors import FieldError
from gex_server.wire.choices import one_of
from gex_server.wire.columns import Array, column, refuse_rows
from gex_server.wire.instants import date_from_proto, instant_from_proto
from gex_server.wire.lines import chain_rows

INPUTS = {
    "inventory": "inventory",
    "scenario": "scenario",
    "mixture": "mixture",
    "signed_open_close": "open_close",
    "signed_trades_quote_rule": "trades",
    "signed_trades_lee_ready": "trades",
}
ORIGINS = {exposure_pb2.TRADE_ORIGIN_UNSPECIFIED: Origin.CUSTOMER} | {
    exposure_pb2.TradeOrigin.Value(f"TRADE_ORIGIN_{origin.name}"): origin for origin in Origin
}
MOST_POSITIONINGS = 16
DEEPEST_MIXTURE = 4
_RIGHTS = {common_pb2.RIGHT_UNSPECIFIED: None, common_pb2.RIGHT_CALL: Right.CALL, common_pb2.RIGHT_PUT: Right.PUT}
_RULE_ENDS = ("log_moneyness_from", "log_moneyness_to", "days_from", "days_to")
_VOLUMES = ("open_buy", "open_sell", "close_buy", "close_sell")


@dataclasses.dataclass(kw_only=True)
class Inputs:
    """What the data of a positioning does not say, summed over its parts."""

    unmatched_line_count: int = 0  # lines that name no row of the cleaned chain: settled, say
    unmatched_contract_count: float = 0.0  # absolute
    unsigned_contract_count: float = 0.0  # traded without a side
    is_censored: np.ndarray | None = None  # per row: what was held before is not known

    @property
    def censored_row_count(self) -> int:
        """Rows whose inventory before the first day or trade counts as none."""
        return 0 if self.is_censored is None else int(np.count_nonzero(self.is_censored))

    def count_unmatched(self, row: Ints, contracts: Floats) -> None:
        """Add the lines without a row."""
        missing = row < 0
        self.unmatched_line_count += int(np.count_nonzero(missing))
        self.unmatched_contract_count += float(np.abs(contracts[missing]).sum())

    def censor(self, rows: np.ndarray) -> None:
        """Add the rows, a mask."""
        self.is_censored = rows if self.is_censored is None else self.is_censored | rows


def positionings_from_proto(
    messages: Iterable[exposure_pb2.Positioning],
    quotes: Quotes,
    basis: ContractBasis | None,
    path: str,
    inventory: TradeInventory | None = None,
) -> tuple[tuple[DealerPositioning, ...], dict[str, Inputs]]:
    """The positionings on the rows of `quotes`, and of each by name what its data leaves out.

    `basis`: the contracts that open-interest conventions count; None: their own. `inventory`: of the trades that are kept.
    """
    positionings: list[DealerPositioning] = []
    inputs: dict[str, Inputs] = {}
    for i, message in enumerate(messages):
        if i == MOST_POSITIONINGS:
            raise FieldError(f"expected at most {MOST_POSITIONINGS}", field=path)
        one = _Reading(quotes, basis, Inputs(), inventory)
        model = one.positioning(message, f"{path}[{i}]")
        if model.name in inputs:
            raise FieldError(f"expected another name than {model.name!r}, set a label", field=f"{path}[{i}].label")
        positionings.append(model)
        inputs[model.name] = one.inputs
    return tuple(positionings), inputs


@dataclasses.dataclass(frozen=True)
class _Reading:
    """One positioning being read: the chain it stands on and what is left out on the way."""

    quotes: Quotes
    basis: ContractBasis | None
    inputs: Inputs
    inventory: TradeInventory | None

    def positioning(self, message: exposure_pb2.Positioning, path: str) -> DealerPositioning:
        """The model with its label and its sign error."""
        model, name = self.model(message, path, 0), message.label
        if message.HasField("sign_error_probability"):
            return UncertainPositioning(model, _sign_error(message, path), name or model.name)
        if message.HasField("sign_error_correlation"):
            raise FieldError("goes with a sign error probability", field=f"{path}.sign_error_correlation")
        if name and name != model.name:  # a mixture of one carries the label of a model that cannot
            return MixturePositioning((model,), (1.0,), name)
        return model

    def model(self, message: exposure_pb2.Positioning, path: str, depth: int) -> DealerPositioning:
        """The model without its sign error. Inputs that belong to another model are refused."""
        one_of(message.model, (*POSITIONINGS, *INPUTS), (), f"{path}.model")
        given, wanted = message.WhichOneof("inputs"), INPUTS.get(message.model)
        if given is not None and given != wanted:
            raise FieldError(f"does not belong to {message.model!r}", field=f"{path}.{given}")
        if wanted is None:
            return self._convention(message)
        if wanted == "mixture":
            return self._mixture(message, f"{path}.mixture", depth)
        read: dict[str, Callable[[exposure_pb2.Positioning, str], DealerPositioning]] = {
            "inventory": self._inventory,
            "scenario": self._scenario,
            "open_close": self._open_close,
            "trades": self._trades,
        }
        return read[wanted](message, f"{path}.{wanted}")

    def _convention(self, message: exposure_pb2.Positioning) -> DealerPositioning:
        model = POSITIONINGS[message.model]
        if self.basis is not None and self.basis is not model.basis:
            model = on_basis(model, self.basis)
        return dataclasses.replace(model, name=message.label or model.name)

    def _scenario(self, message: exposure_pb2.Positioning, path: str) -> DealerPositioning:
        rules = tuple(_rule(one, f"{path}.rules[{i}]") for i, one in enumerate(message.scenario.rules))
        return ScenarioPositioning(rules=rules, name=message.label or message.model)

    def _mixture(self, message: exposure_pb2.Positioning, path: str, depth: int) -> DealerPositioning:
        mixture = message.mixture
        if depth == DEEPEST_MIXTURE:
            raise FieldError(f"expected at most {DEEPEST_MIXTURE} mixtures inside each other", field=path)
        if not 1 <= len(mixture.parts) <= MOST_POSITIONINGS:
            raise FieldError(f"expected 1 to {MOST_POSITIONINGS}, got {len(mixture.parts)}", field=f"{path}.parts")
        if len(mixture.weight) != len(mixture.parts):
            seen = f"expected one a part, {len(mixture.parts)}, got {len(mixture.weight)}"
            raise FieldError(seen, field=f"{path}.weight")
        for i, part in enumerate(mixture.parts):
            if part.HasField("sign_error_probability") or part.HasField("sign_error_correlation"):
                field = f"{path}.parts[{i}].sign_error_probability"
                raise FieldError("belongs to the mixture, not to its parts", field=field)
        weight = column(mixture, "weight")
        refuse_rows(~np.isfinite(weight), weight, f"{path}.weight", "a finite number")
        parts = tuple(self.model(part, f"{path}.parts[{i}]", depth + 1) for i, part in enumerate(mixture.parts))
        return MixturePositioning(parts, tuple(weight.tolist()), message.label or message.model)

    def _inventory(self, message: exposure_pb2.Positioning, path: str) -> DealerPositioning:
        table = message.inventory
        as_of = instant_from_proto(table.as_of, f"{path}.as_of") if table.HasField("as_of") else None
        return InventoryPositioning(self._contracts(table, path), message.label or message.model, as_of)

    def _contracts(self, table: exposure_pb2.Inventory, path: str) -> Floats:
        """Signed contracts per row of the chain; lines of one contract add."""
        row, count = chain_rows(table, self.quotes, path, ("contract_count",)), column(table, "contract_count")
        refuse_rows(~np.isfinite(count), count, f"{path}.contract_count", "a finite number")
        self.inputs.count_unmatched(row, count)
        contracts = np.zeros(len(self.quotes))
        np.add.at(contracts, row[row >= 0], count[row >= 0])
        return contracts

    def _open_close(self, message: exposure_pb2.Positioning, path: str) -> DealerPositioning:
        table = message.open_close
        row = chain_rows(table, self.quotes, path, _VOLUMES, besides=("exchanges", "first_listed"))
        volumes = {name: column(table, name) for name in _VOLUMES}
        for name, values in volumes.items():
            refuse_rows(~((values >= 0.0) & (values < np.inf)), values, f"{path}.{name}", "contracts from 0 on")
        self.inputs.count_unmatched(row, np.array([volumes[name] for name in _VOLUMES]).sum(axis=0))
        origin = _origins(table, path, len(row))
        volume = OpenCloseVolume(
            history_start=date_from_proto(table.history_start, f"{path}.history_start"),
            exchanges=tuple(table.exchanges),
            row=row[row >= 0],
            origin=origin[row >= 0],
            **{name: values[row >= 0] for name, values in volumes.items()},
        )
        if len(table.first_listed) > len(self.quotes.expiries):
            seen = f"expected at most one an expiry, {len(self.quotes.expiries)}, got {len(table.first_listed)}"
            raise FieldError(seen, field=f"{path}.first_listed")
        first = tuple(
            date_from_proto(text, f"{path}.first_listed[{i}]") if text else None
            for i, text in enumerate(table.first_listed)
        )
        model = SignedOpenClosePositioning(volume, first, message.label or message.model)
        self.inputs.censor(model.censored_rows(self.quotes))
        return model

    def _trades(self, message: exposure_pb2.Positioning, path: str) -> DealerPositioning:
        table = message.trades
        start = None
        if table.HasField("starting_inventory"):
            start = self._contracts(table.starting_inventory, f"{path}.starting_inventory")
        else:
            is_known = not table.HasField("trades") and self.inventory is not None and self.inventory.has_start
            self.inputs.censor(np.full(len(self.quotes), not is_known))
        rule = SigningRule(message.model)
        if not table.HasField("trades"):
            return self._kept_trades(start, rule, path)
        trades = self._signed(table.trades, f"{path}.trades", rule)
        self.inputs.unsigned_contract_count += trades.unsigned_contract_count
        return SignedTradesPositioning(trades, start, rule)

    def _kept_trades(self, start: Floats | None, rule: SigningRule, path: str) -> DealerPositioning:
        """The trades that were sent for the underlying, counted since."""
        if self.inventory is None:
            raise FieldError("expected trades: the chain came with the request, none are kept", field=f"{path}.trades")
        if self.inventory.trade_count == 0 and not self.inventory.has_start:
            seen = f"expected trades: none were sent for {self.quotes.underlying!r}, and no inventory to begin with"
            raise FieldError(seen, field=f"{path}.trades")
        kept = self.inventory.positioning(self.quotes, rule, start)
        self.inputs.unsigned_contract_count += kept.unsigned_contract_count
        self.inputs.unmatched_line_count += kept.unlisted_count
        self.inputs.unmatched_contract_count += kept.unlisted_contract_count
        return kept

    def _signed(self, table: chain_pb2.TradeUpdate, path: str, rule: SigningRule) -> SignedTrades:
        """The trades on rows of the chain; a side that is not sent is told by the rule, in order of time."""
        row, count = chain_rows(table, self.quotes, path, ("contract_count",)), column(table, "contract_count")
        refuse_rows(~((count > 0.0) & (count < np.inf)), count, f"{path}.contract_count", "a positive number")
        self.inputs.count_unmatched(row, count)
        side = _optional(table, "customer_side", 0, len(row)).astype(np.int8)
        refuse_rows(np.abs(side) > 1, side, f"{path}.customer_side", "+1, -1 or 0")
        price, bid, ask = (_optional(table, name, np.nan, len(row)) for name in ("price", "bid", "ask"))
        time = _optional(table, "traded_at", 0, len(row))
        order = np.argsort(time, kind="stable")
        told = quote_signs(price, bid, ask)
        if rule is SigningRule.LEE_READY:
            told[order] = signed_trades(price[order], bid[order], ask[order], row[order]).side
        flags = [_optional(table, name, False, len(row)).astype(np.bool_) for name in ("is_complex_leg", "is_block")]
        listed = row >= 0
        return SignedTrades(
            row=row[listed],
            contract_count=count[listed],
            customer_side=np.where(side != 0, side, told)[listed].astype(np.float64),
            is_excluded=(flags[0] | flags[1])[listed],
        )


def _sign_error(message: exposure_pb2.Positioning, path: str) -> SignError:
    probability, correlation = message.sign_error_probability, message.sign_error_correlation
    if not 0.0 <= probability < 0.5:
        raise FieldError(f"expected one in [0, 0.5), got {probability}", field=f"{path}.sign_error_probability")
    if not 0.0 <= correlation <= 1.0:
        raise FieldError(f"expected one in [0, 1], got {correlation}", field=f"{path}.sign_error_correlation")
    return SignError(probability, correlation)


def _rule(message: exposure_pb2.PositioningRule, path: str) -> PositioningRule:
    if message.right not in _RIGHTS:
        raise FieldError(f"expected one of {sorted(_RIGHTS)}, got {message.right}", field=f"{path}.right")
    if not -1.0 <= message.weight <= 1.0:
        raise FieldError(f"expected one in [-1, 1], got {message.weight}", field=f"{path}.weight")
    given = {name: getattr(message, name) for name in _RULE_ENDS if message.HasField(name)}
    return PositioningRule(weight=message.weight, right=_RIGHTS[message.right], **given)


def _origins(table: exposure_pb2.OpenCloseVolume, path: str, count: int) -> Ints:
    code = _optional(table, "origin", 0, count)
    refuse_rows(~np.isin(code, list(ORIGINS)), code, f"{path}.origin", f"one of {sorted(ORIGINS)}")
    return np.array([ORIGINS[one] for one in range(len(ORIGINS))], np.int64)[code]


def _optional(table: chain_pb2.TradeUpdate | exposure_pb2.OpenCloseVolume, name: str, fill: float, count: int) -> Array:
    """A column that may be left out: then every row has `fill`."""
    return column(table, name) if getattr(table, name) else np.full(count, fill)
