"""Books of positions from the contract."""

import datetime as dt
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from gexapi.v1 import common_pb2, risk_pb2

from gex.columns import Floats
from gex.contracts import Right
from gex.errors import SymbolError
from gex.forward import ForwardCurve
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import LinearLine, OptionLine
from gex.roots import contract_spec
from gex_server.errors import FieldError, TooManyError
from gex_server.wire.chain import right_from_column
from gex_server.wire.columns import column, refuse_rows, row_count
from gex_server.wire.instants import date_from_proto, instant_from_proto

_YEAR_SECONDS = 365.0 * 86_400.0
_LINEAR_KINDS = {"future": LinearKind.INDEX_FUTURE, "perpetual": LinearKind.LINEAR, "spot": LinearKind.SPOT}
MOST_POSITIONS = 1_000_000
MOST_CONTRACTS = 1e12  # of one position; what is more is a slip, and its squares leave the floats


@dataclass(frozen=True, eq=False, kw_only=True)
class BookOfUnderlying:
    """The lines of a book on one underlying; `row` of a line is its position in its table of the request."""

    underlying: str
    options: tuple[OptionLine, ...]
    linear: tuple[risk_pb2.LinearPosition, ...]
    linear_rows: tuple[int, ...]
    linear_names: tuple[str, ...]
    accounts: tuple[str, ...] = ("",)


def books_from_proto(message: risk_pb2.Book, path: str = "book") -> tuple[BookOfUnderlying, ...]:
    """The lines of a book by underlying, in the order in which the underlyings first appear.

    An expiry without an underlying belongs to that of its root. Raises ColumnError or FieldError below `path`.
    """
    options = _option_lines(message, path)
    linear: dict[str, list[int]] = {}
    for i, position in enumerate(message.linear):
        check_linear(position, f"{path}.linear[{i}]")
        if position.account_index >= len(account_names(message, path)):
            raise FieldError(
                f"expected an index below {len(account_names(message, path))}, got {position.account_index}",
                field=f"{path}.linear[{i}].account_index",
            )
        linear.setdefault(position.underlying, []).append(i)
    linear_name = linear_names(message)
    names = list(dict.fromkeys([*options, *linear]))
    if not names:
        raise FieldError("expected at least one position, got none", field=path)
    return tuple(
        BookOfUnderlying(
            underlying=name,
            options=tuple(options.get(name, ())),
            linear=tuple(message.linear[i] for i in linear.get(name, ())),
            linear_rows=tuple(linear.get(name, ())),
            linear_names=tuple(linear_name[i] for i in linear.get(name, ())),
            accounts=account_names(message, path),
        )
        for name in names
    )


def underlyings_of(message: risk_pb2.Book, path: str) -> tuple[str, ...]:
    """The underlyings that a book names, without a look at its rows."""
    options = [terms_of_expiry(one, f"{path}.expiries[{i}]")[0] for i, one in enumerate(message.expiries)]
    return tuple(dict.fromkeys([*options, *(position.underlying for position in message.linear)]))


def linear_terms(book: BookOfUnderlying, forwards: ForwardCurve) -> dict[str, LinearPositions]:
    """The linear contracts of a book at the spot of a chain, one table of one row a line, by the name of its line."""
    carry = Carry.of(forwards)
    terms = {}
    for row, name, position in zip(book.linear_rows, book.linear_names, book.linear, strict=True):
        time = math.inf
        if position.HasField("settlement"):
            settles_at = instant_from_proto(position.settlement, f"book.linear[{row}].settlement")
            time = float((settles_at - forwards.as_of) / np.timedelta64(1, "ns")) / (_YEAR_SECONDS * 1e9)
        price = position.price
        if not position.HasField("price"):
            growth = 1.0 if math.isinf(time) else float(carry.growth(np.array(max(time, 0.0))))
            price = forwards.spot * growth
        is_inverse = position.HasField("contract_value")
        terms[name] = LinearPositions(
            spot=forwards.spot,
            symbol=(name,),
            kind=np.array([LinearKind.INVERSE if is_inverse else _LINEAR_KINDS[position.kind]], np.int8),
            contracts=np.ones(1),
            multiplier=np.array([position.contract_value if is_inverse else _multiplier(position)]),
            price=np.array([price]),
            time_to_expiry=np.array([time]),
        )
    return terms


def linear_lines(book: BookOfUnderlying) -> tuple[LinearLine, ...]:
    """The linear positions of a book as lines; their rows follow those of the options."""
    return tuple(
        LinearLine(
            row=row,
            symbol=name,
            contracts=position.contract_count,
            account=book.accounts[position.account_index],
            entry_price=position.entry_price if position.HasField("entry_price") else None,
        )
        for row, name, position in zip(book.linear_rows, book.linear_names, book.linear, strict=True)
    )


def account_names(message: risk_pb2.Book, path: str = "book") -> tuple[str, ...]:
    """The names that account indices point into; one without a name where none is given."""
    names = tuple(message.accounts) or ("",)
    for i, name in enumerate(names):
        if name in names[:i]:
            raise FieldError(f"expected different names, got {name!r} twice", field=f"{path}.accounts[{i}]")
    return names


def coin_equity(message: risk_pb2.Book, path: str = "book") -> dict[str, float]:
    """Coins of the account by the underlying they are; FieldError where a book has nothing on that coin."""
    known = underlyings_of(message, path)
    for coin, amount in message.coin_equity.items():
        field = f'{path}.coin_equity["{coin}"]'
        if coin not in known:
            raise FieldError(f"expected one of {', '.join(known)}, got {coin!r}", field=field)
        if not math.isfinite(amount):
            raise FieldError(f"expected a finite number, got {amount}", field=field)
    return dict(message.coin_equity)


def _check_length(values: Floats, count: int, field: str) -> None:
    if len(values) != count:
        raise FieldError(f"expected {count} rows, got {len(values)}", field=field)


def linear_names(message: risk_pb2.Book) -> tuple[str, ...]:
    """A name for each linear position of a book: its symbol, with its row where several have that symbol."""
    symbols = [position.symbol for position in message.linear]
    counts = Counter(symbols)
    return tuple(symbol if counts[symbol] == 1 else f"{symbol}#{i}" for i, symbol in enumerate(symbols))


def _multiplier(position: risk_pb2.LinearPosition) -> float:
    return position.multiplier if position.HasField("multiplier") else 1.0


def _option_lines(message: risk_pb2.Book, path: str) -> dict[str, list[OptionLine]]:
    table, columns = message.options, f"{path}.options"
    if not table.strike and not table.expiry_index:
        return {}
    if len(table.strike) > MOST_POSITIONS:
        raise TooManyError(f"got {len(table.strike)}", field=f"{columns}.strike[{MOST_POSITIONS}]")
    row_count(table, ("strike", "expiry_index", "right", "contract_count"), columns)
    expiry, strike, count = (column(table, name) for name in ("expiry_index", "strike", "contract_count"))
    right = right_from_column(column(table, "right"), f"{columns}.right")
    last = len(message.expiries) - 1
    refuse_rows((expiry < 0) | (expiry > last), expiry, f"{columns}.expiry_index", f"an index from 0 to {last}")
    refuse_rows(~((strike > 0.0) & (strike < np.inf)), strike, f"{columns}.strike", "a positive price")
    refuse_rows(~(np.abs(count) <= MOST_CONTRACTS), count, f"{columns}.contract_count", "a number up to 1e12")
    terms = [terms_of_expiry(one, f"{path}.expiries[{i}]") for i, one in enumerate(message.expiries)]
    accounts = account_names(message, path)
    owner, paid = [0] * len(strike), [math.nan] * len(strike)
    if table.account_index:
        index = column(table, "account_index")
        _check_length(index, len(strike), f"{columns}.account_index")
        refuse_rows(
            (index < 0) | (index >= len(accounts)),
            index,
            f"{columns}.account_index",
            f"an index from 0 to {len(accounts) - 1}",
        )
        owner = index.astype(np.int64).tolist()
    if table.entry_price:
        prices = column(table, "entry_price")
        _check_length(prices, len(strike), f"{columns}.entry_price")
        refuse_rows(np.isinf(prices) | (prices < 0.0), prices, f"{columns}.entry_price", "a price from 0 on, or NaN")
        paid = prices.tolist()
    lines: dict[str, list[OptionLine]] = {}
    rows = zip(expiry.tolist(), strike.tolist(), right.tolist(), count.tolist(), strict=True)
    for row, (at, price, sign, contracts) in enumerate(rows):
        underlying, root, date = terms[at]
        line = OptionLine(
            row=row,
            root=root,
            expiry=date,
            strike=price,
            right=Right(sign),
            contracts=contracts,
            account=accounts[owner[row]],
            entry_price=None if math.isnan(paid[row]) else paid[row],
        )
        lines.setdefault(underlying, []).append(line)
    return lines


def terms_of_expiry(message: common_pb2.Expiry, path: str) -> tuple[str, str, dt.date]:
    """Underlying, root and date of an expiry of a book."""
    root = message.root or message.underlying
    if not root:
        raise FieldError("expected a root or an underlying, got nothing", field=f"{path}.root")
    underlying = message.underlying
    if not underlying:
        try:
            underlying = contract_spec(root).underlying
        except SymbolError:
            underlying = root
    return underlying, root, date_from_proto(message.expiry, f"{path}.expiry")


def check_linear(position: risk_pb2.LinearPosition, path: str) -> None:
    """Raise a FieldError below `path` where a linear position cannot be valued."""
    if not position.underlying:
        raise FieldError("expected the name of the underlying, got nothing", field=f"{path}.underlying")
    if position.kind not in _LINEAR_KINDS:
        raise FieldError(f"expected one of {', '.join(_LINEAR_KINDS)}, got {position.kind!r}", field=f"{path}.kind")
    if not abs(position.contract_count) <= MOST_CONTRACTS:
        raise FieldError(f"expected a number up to 1e12, got {position.contract_count}", field=f"{path}.contract_count")
    if position.HasField("multiplier") and position.HasField("contract_value"):
        raise FieldError("a contract has a multiplier or a contract value, not both", field=f"{path}.contract_value")
    if position.kind != "spot" and not (position.HasField("multiplier") or position.HasField("contract_value")):
        raise FieldError("expected the size of a contract, got nothing", field=f"{path}.multiplier")
    for name in ("multiplier", "contract_value", "price", "entry_price"):
        value = getattr(position, name)
        if position.HasField(name) and not 0.0 < value < math.inf:
            raise FieldError(f"expected a positive number, got {value}", field=f"{path}.{name}")
