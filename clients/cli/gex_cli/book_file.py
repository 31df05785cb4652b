"""The book of a command: positions from CSV, terms and rules from TOML. What is wrong in a book is told line by line."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from gex_cli.requests import text_of
from gex_cli.terminal import progress

if TYPE_CHECKING:
    from gex.hedging.reading import HedgeSettings
    from gex.portfolio.positions import LinearLine, OptionLine

TOLD = 20  # rejects that are written out


def read_settings(instruments: Path, *, has_rules: bool = False) -> "HedgeSettings":
    """Instruments, policy and, for a hedge that is kept, rules of a file; errors name it."""
    from gex.errors import InputError
    from gex.hedging.reading import parse_hedge_settings

    text = text_of(instruments)
    try:
        return parse_hedge_settings(text, has_rules=has_rules)
    except InputError as error:
        raise InputError(f"{instruments.name}: {error}") from error


def read_book(positions: Path, symbols: Collection[str]) -> "tuple[OptionLine | LinearLine, ...]":
    """The good lines of a book; the bad ones are told on the terminal, line by line, and are in no figure.

    A book without a good line is an error that says what is wrong with the first.
    """
    from gex.errors import InputError
    from gex.portfolio.reading import read_positions

    text = text_of(positions)
    try:
        reading = read_positions(text, linear_symbols=symbols)
    except InputError as error:
        raise InputError(f"{positions.name}: {error}") from error
    if not reading.lines:
        what = reading.rejects[0].message if reading.rejects else "expected at least one position, got none"
        raise InputError(f"{positions.name}: {what}")
    if reading.rejects:
        total = len(reading.lines) + len(reading.rejects)
        progress(f"{positions.name}: {len(reading.rejects)} of {total} lines are not in the book")
        for reject in reading.rejects[:TOLD]:
            progress(f"  {reject.message}")
        if len(reading.rejects) > TOLD:
            progress(f"  and {len(reading.rejects) - TOLD} more")
    return reading.lines
