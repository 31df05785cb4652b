"""A book of positions to ask about, from numpy columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gexapi.v1 import common_pb2, risk_pb2

from gex_client.chain import dates_of, signs_of_right
from gex_client.columns import checked_column, distinct_rows, merge_columns
from gex_client.errors import ColumnError
from gex_client.messages import Values, message_from
from gex_client.view import Array

_CODES = np.array([common_pb2.RIGHT_PUT, 0, common_pb2.RIGHT_CALL], np.uint8)  # by sign + 1
_OPTION_COLUMNS = (
    "underlying",
    "root",
    "expiry",
    "strike",
    "right",
    "contract_count",
    "entry_price",
    "position_id",
    "account",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Book:
    """Options as columns, futures, perpetuals and spot one by one; contracts are signed, + owns.

    `options` has `expiry` (dates), `strike`, `right` ("C" or "P", +1 or −1), `contract_count`, and where they are needed
    `root`, `underlying`, `entry_price`, `position_id`, `account`. Without `root` the root is the underlying;
    without `underlying` it is `underlying` of the book. `linear` are fields of `gexapi.v1.LinearPosition`,
    or `account` by its name instead of `account_index`.

    >>> Book(underlying="SPX", options={"expiry": ["2023-09-15"], "strike": [4500], "right": ["C"],
    ...      "contract_count": [-10]}).to_proto().options.contract_count[0]
    -10.0
    """

    underlying: str = ""
    options: Mapping[str, Any] | None = None
    linear: tuple[Values, ...] = ()
    name: str = ""
    coin_equity: Mapping[str, float] | None = None

    def to_proto(self) -> risk_pb2.Book:
        """The message of the book."""
        owners = [str(one.get("account", "")) if isinstance(one, Mapping) else "" for one in self.linear]
        linear = tuple(
            {k: v for k, v in one.items() if k != "account"} if isinstance(one, Mapping) else one for one in self.linear
        )
        message = message_from(
            risk_pb2.Book, {"name": self.name, "linear": linear, "coin_equity": self.coin_equity}, "book"
        )
        if self.options:
            self._write_options(message)
        self._write_accounts(message, owners)
        return message

    def _write_accounts(self, message: risk_pb2.Book, owners: list[str]) -> None:
        options = [str(one) for one in (self.options or {}).get("account", ())]
        if not options and not any(owners):
            return
        if options:
            checked_column("account", options, np.str_, len(message.options.strike))
        names = list(dict.fromkeys([*(options or [""]), *owners]))
        message.accounts.extend(names)
        message.options.account_index.extend(names.index(name) for name in options)
        for position, name in zip(message.linear, owners, strict=True):
            position.account_index = names.index(name)

    def _write_options(self, message: risk_pb2.Book) -> None:
        options = dict(self.options or {})
        for name in options:
            if name not in _OPTION_COLUMNS:
                raise ColumnError(f"{name}: no such column; there is {', '.join(_OPTION_COLUMNS)}", column=name)
        for name in ("expiry", "strike", "right", "contract_count"):
            if name not in options:
                raise ColumnError(f"{name}: expected a column, got none", column=name)
        right = signs_of_right(options["right"])
        count = len(right)
        dates = checked_column("expiry", dates_of(options["expiry"]), "datetime64[D]", count)
        root, underlying = (
            checked_column(name, options.get(name, np.full(count, default)), np.str_, count)
            for name, default in (("root", ""), ("underlying", self.underlying))
        )
        keys, index = distinct_rows(underlying, root, dates)
        for key_underlying, key_root, date in keys:
            message.expiries.add(underlying=str(key_underlying), root=str(key_root), expiry=str(date))
        columns: dict[str, Array] = {"expiry_index": index, "right": _CODES[right + 1]}
        for name in ("strike", "contract_count", "entry_price"):
            if name in options:
                columns[name] = checked_column(name, options[name], np.float64, count)
        merge_columns(message.options, columns)
        if "position_id" in options:
            message.options.position_id.extend(str(one) for one in options["position_id"])


def book_message(book: Book | risk_pb2.Book) -> risk_pb2.Book:
    """The message of a book, or the message that was given."""
    return book if isinstance(book, risk_pb2.Book) else book.to_proto()
