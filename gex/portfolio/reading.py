"""Positions from CSV text."""

import csv
import datetime as dt
import io
import math
from collections.abc import Collection
from dataclasses import dataclass

from gex.contracts import Right
from gex.errors import ColumnError, SymbolError
from gex.portfolio.positions import LinearLine, OptionLine
from gex.symbols import parse_symbol

_RIGHTS = {"C": Right.CALL, "CALL": Right.CALL, "P": Right.PUT, "PUT": Right.PUT}
_CONTRACT = ("root", "expiry", "strike", "right")
_MOST_CONTRACTS = 1e12  # of one position; what is more is a slip
_KNOWN = frozenset({"symbol", "contracts", "entry_price", "account", *_CONTRACT})


@dataclass(frozen=True, kw_only=True)
class PositionReject:
    """One line of a file that is not a position, and why."""

    line: int  # of the file, from 1
    column: str  # "" where the line as a whole is wrong
    message: str  # "positions line 3, column strike: expected a positive number, got '-5'"
    cells: tuple[str, ...]  # as they were read


@dataclass(frozen=True, kw_only=True)
class BookReading:
    """What a file of positions holds: the good lines in order, and the others with their reasons."""

    lines: tuple[OptionLine | LinearLine, ...]
    rejects: tuple[PositionReject, ...]


def parse_positions(text: str, *, linear_symbols: Collection[str] = ()) -> tuple[OptionLine | LinearLine, ...]:
    """The positions of a CSV file with a header line, in order; all of them or none.

    Columns `symbol,contracts` (OCC symbols padded or not, Deribit names, or one of `linear_symbols`), or
    `root,expiry,strike,right,contracts` (2023-10-20, 4500, C), or both kinds in one file, the other's cells empty;
    `entry_price` and `account` may follow. Contracts are signed, + owns. Errors are ColumnErrors that name line and column.

    >>> parse_positions("symbol,contracts\\nSPXW230914C04505000,-10")[0].label
    'SPXW 2023-09-14 4505 C'
    """
    reading = read_positions(text, linear_symbols=linear_symbols)
    for reject in reading.rejects:
        raise ColumnError(reject.message, column=reject.column, row=reject.line)
    return reading.lines


def read_positions(text: str, *, linear_symbols: Collection[str] = ()) -> BookReading:
    """The same file with what is wrong in it: bad lines are rejects, the good ones count all the same.

    Raises ColumnError where there is no header, because then no line can be read.

    >>> [reject.line for reject in read_positions("symbol,contracts\\nSPXW230914C04505000,-10\\nX,1").rejects]
    [3]
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    names: list[str] | None = None
    lines: list[OptionLine | LinearLine] = []
    rejects: list[PositionReject] = []
    while True:
        stripped: list[str] = []
        try:
            stripped = [cell.strip() for cell in next(reader)]
            if not any(stripped):
                continue
            if names is None:
                names = _header(stripped, reader.line_num)
                continue
            if len(stripped) != len(names):
                raise _error(reader.line_num, names[0], f"expected {len(names)} cells, got {len(stripped)}")
            row = dict(zip(names, stripped, strict=True))
            lines.append(_line(row, len(lines), reader.line_num, linear_symbols))
        except StopIteration:
            break
        except (ColumnError, csv.Error) as error:
            found = error if isinstance(error, ColumnError) else None
            if found is None:
                found = _error(reader.line_num, "", f"expected CSV, got {error}")
            if names is None:
                raise found from error
            column = str(found.column or "")
            rejects.append(
                PositionReject(line=reader.line_num, column=column, message=str(found), cells=tuple(stripped))
            )
    if names is None:
        raise _error(1, "", "expected a header line such as symbol,contracts, got nothing")
    return BookReading(lines=tuple(lines), rejects=tuple(rejects))


def _header(cells: list[str], line: int) -> list[str]:
    names = [cell.lower() for cell in cells]
    for name in names:
        if name not in _KNOWN:
            raise _error(line, name, f"unknown column; expected some of {', '.join(sorted(_KNOWN))}")
        if names.count(name) > 1:
            raise _error(line, name, "the column appears twice")
    if "contracts" not in names:
        raise _error(line, "contracts", "the column is missing")
    if "symbol" not in names:
        for name in _CONTRACT:
            if name not in names:
                raise _error(line, name, "the column is missing, and there is no column symbol")
    return names


def _line(row: dict[str, str], index: int, line: int, linear_symbols: Collection[str]) -> OptionLine | LinearLine:
    contracts = _number(row, "contracts", line)
    if abs(contracts) > _MOST_CONTRACTS:
        raise _error(line, "contracts", f"expected a number up to {_MOST_CONTRACTS:g}, got {row['contracts']!r}")
    symbol = row.get("symbol", "")
    account = row.get("account", "")
    entry = _number(row, "entry_price", line) if row.get("entry_price") else None
    if entry is not None and entry < 0.0:
        raise _error(line, "entry_price", f"expected a price from 0 on, got {row['entry_price']!r}")
    if symbol in linear_symbols and symbol:
        return LinearLine(row=index, symbol=symbol, contracts=contracts, entry_price=entry, account=account)
    if symbol:
        try:
            option = parse_symbol(symbol)
        except SymbolError as error:
            raise _error(line, "symbol", f"neither an option nor a listed instrument: {error}") from error
        return OptionLine(
            row=index,
            root=option.root,
            expiry=option.date,
            strike=option.strike,
            right=option.right,
            contracts=contracts,
            account=account,
            entry_price=entry,
        )
    for name in _CONTRACT:
        if not row.get(name):
            raise _error(line, name, "the cell is empty, and so is symbol")
    try:
        expiry = dt.date.fromisoformat(row["expiry"])
    except ValueError as error:
        raise _error(line, "expiry", f"expected a date such as 2023-10-20, got {row['expiry']!r}") from error
    strike = _number(row, "strike", line)
    if not strike > 0.0:
        raise _error(line, "strike", f"expected a positive number, got {row['strike']!r}")
    right = _RIGHTS.get(row["right"].upper())
    if right is None:
        raise _error(line, "right", f"expected C or P, got {row['right']!r}")
    return OptionLine(
        row=index,
        root=row["root"],
        expiry=expiry,
        strike=strike,
        right=right,
        contracts=contracts,
        account=account,
        entry_price=entry,
    )


def _number(row: dict[str, str], name: str, line: int) -> float:
    try:
        value = float(row[name])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _error(line, name, f"expected a number, got {row[name]!r}")
    return value


def _error(line: int, column: str, message: str) -> ColumnError:
    where = f"positions line {line}, column {column}" if column else f"positions line {line}"
    return ColumnError(f"{where}: {message}", column=column, row=line)
