"""Other people's libraries, asked the same questions in the same units. One that is absent says so in one line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Peer:
    """A way to answer for columns of options; `largest` bounds the rows that slow ones are given."""

    name: str
    answer: Callable[..., Any]
    largest: int


def available(*makers: Callable[[], list[Peer]]) -> tuple[list[Peer], list[str]]:
    """The peers that can be imported, and a line for each that cannot."""
    found: list[Peer] = []
    absent: list[str] = []
    for maker in makers:
        try:
            found += maker()
        except Exception as error:  # an absent or broken peer must not stop the run, whatever it raises
            absent.append(f"{maker.__name__}: not measured ({type(error).__name__}: {str(error).splitlines()[0][:80]})")
    return found, absent
