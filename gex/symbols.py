"""The two ways in which an option contract is written: OCC (Cboe uses it without padding) and Deribit."""

import datetime as dt
import re
from dataclasses import dataclass, replace

from gex.contracts import Right
from gex.errors import SymbolError

_OCC = re.compile(r"(?=.{16,21}\Z)([A-Z0-9./]{1,6}) *([0-9]{6})([CP])([0-9]{8})\Z")  # padding is part of the six
_OCC_ROOT = re.compile(r"[A-Z0-9./]{1,6}\Z")
_DERIBIT = re.compile(r"([A-Z]+(?:_[A-Z]+)?)-([0-9]{1,2})([A-Z]{3})([0-9]{2})-([0-9]+(?:[d.][0-9]+)?)-([CP])\Z")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_RIGHTS = {"C": Right.CALL, "P": Right.PUT}
_LETTERS = {Right.CALL: "C", Right.PUT: "P"}


@dataclass(frozen=True, kw_only=True)
class OptionSymbol:
    """What a symbol says: the class, the expiry date, the right and the strike (currency per unit)."""

    root: str
    date: dt.date
    right: Right
    strike: float


def parse_occ(symbol: str) -> OptionSymbol:
    """The contract of an OCC symbol, padded or not: "SPXW  220207P04500000" is the SPXW put 4500 of 2022-02-07.

    Six characters of root, then yymmdd, C or P and the strike in thousandths (OCC Options Symbology Initiative, 2010).
    """
    match = _OCC.match(symbol)
    if match is None:
        raise SymbolError(f"symbol: expected root, yymmdd, C or P and 8 digits of strike, got {symbol!r}")
    root, date, letter, strike = match.groups()
    if int(strike) == 0:
        raise SymbolError(f"symbol: expected a positive strike, got {symbol!r}")
    return OptionSymbol(
        root=root,
        date=_date(2000 + int(date[:2]), int(date[2:4]), int(date[4:]), symbol),
        right=_RIGHTS[letter],
        strike=int(strike) / 1000.0,
    )


def format_occ(contract: OptionSymbol, *, padded: bool = True) -> str:
    """The OCC symbol of a contract, its root padded to six characters or, as Cboe prints it, not at all."""
    thousandths = round(contract.strike * 1000.0)
    if not 0 < thousandths < 10**8 or abs(thousandths - contract.strike * 1000.0) > 1e-6 * max(1.0, thousandths):
        raise SymbolError(f"strike: expected whole thousandths below 100,000, got {contract.strike!r}")
    if not 2000 <= contract.date.year <= 2099:
        raise SymbolError(f"date: expected a year from 2000 to 2099, got {contract.date}")
    if not _OCC_ROOT.match(contract.root):
        raise SymbolError(f"root: expected 1 to 6 capital letters or digits, got {contract.root!r}")
    root = contract.root.ljust(6) if padded else contract.root
    return f"{root}{contract.date:%y%m%d}{_LETTERS[contract.right]}{thousandths:08d}"


def parse_deribit(symbol: str) -> OptionSymbol:
    """The contract of a Deribit instrument name, "BTC-25SEP20-9000-C"; a strike of 0.525 is written "0d525"."""
    match = _DERIBIT.match(symbol)
    if match is None or match[3] not in _MONTHS:
        raise SymbolError(f"symbol: expected COIN-dMMMyy-strike-C or -P, got {symbol!r}")
    root, day, month, year, strike, letter = match.groups()
    if not float(strike.replace("d", ".")) > 0.0:
        raise SymbolError(f"symbol: expected a positive strike, got {symbol!r}")
    return OptionSymbol(
        root=root,
        date=_date(2000 + int(year), _MONTHS.index(month) + 1, int(day), symbol),
        right=_RIGHTS[letter],
        strike=float(strike.replace("d", ".")),
    )


def format_deribit(contract: OptionSymbol) -> str:
    """The Deribit instrument name of a contract; the day is written without a leading zero."""
    if not 2000 <= contract.date.year <= 2099:
        raise SymbolError(f"date: expected a year from 2000 to 2099, got {contract.date}")
    strike = f"{contract.strike:.8f}".rstrip("0").rstrip(".").replace(".", "d")
    date = f"{contract.date.day}{_MONTHS[contract.date.month - 1]}{contract.date:%y}"
    return f"{contract.root}-{date}-{strike}-{_LETTERS[contract.right]}"


def parse_symbol(symbol: str) -> OptionSymbol:
    """The contract of a symbol in either notation; Deribit's is the one with dashes."""
    return parse_deribit(symbol) if "-" in symbol else parse_occ(symbol)


@dataclass(frozen=True, kw_only=True)
class SplitTerms:
    """What one contract becomes when its share is split."""

    symbol: OptionSymbol
    contract_count: int  # contracts held for each one before
    shares_per_contract: float  # the multiplier of the new contract


def after_split(contract: OptionSymbol, *, new: int, old: int, shares_per_contract: float = 100.0) -> SplitTerms:
    """The terms of an equity option after a split that makes `new` shares of `old` ones.

    The OCC's rule: where each share becomes a whole number of shares, strikes are divided and contracts multiplied; in
    any other split (3 for 2, reverse) strike and count stay, the deliverable changes and the class gets the next digit:
    AMD becomes AMD1, no longer the standard class. 2 for 1 turns one C 250 of 100 shares into two C 125 of 100;
    3 for 2 into one C 250 of 150.
    """
    if new < 1 or old < 1 or new == old:
        raise SymbolError(f"split: expected two different positive numbers of shares, got {new} for {old}")
    if new % old == 0:
        ratio = new // old
        strike = round(contract.strike / ratio * 1000.0) / 1000.0
        return SplitTerms(
            symbol=replace(contract, strike=strike), contract_count=ratio, shares_per_contract=shares_per_contract
        )
    digit = int(contract.root[-1]) + 1 if contract.root[-1].isdigit() else 1
    if digit > 9:
        raise SymbolError(f"split: expected a root that can take another digit, got {contract.root!r}")
    root = contract.root.rstrip("123456789") + str(digit)
    return SplitTerms(
        symbol=replace(contract, root=root), contract_count=1, shares_per_contract=shares_per_contract * new / old
    )


def _date(year: int, month: int, day: int, symbol: str) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise SymbolError(f"symbol: expected a date of the calendar, got {symbol!r} ({error})") from error
