"""The map of a kept underlying on a terminal, redrawn in place as it changes; below one another where it is no terminal."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from gexapi.v1 import exposure_pb2
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from gex_cli.amounts import instant, money, price, strike
from gex_cli.exposure_tables import currency_of
from gex_cli.heat_map import heat_map

Response = exposure_pb2.GetExposureResponse
Book = exposure_pb2.ExposureBook


class LiveMap:
    """Where maps are drawn; use as a context manager."""

    def __init__(self, out: Console) -> None:
        self._out, self._count = out, 0
        self._live = Live(console=out, auto_refresh=False, vertical_overflow="crop") if out.is_terminal else None

    def show(self, response: Response) -> None:
        """Draw a newer map in the place of the last one."""
        self._count += 1
        drawn = picture(response, self._out.width, f"update {self._count}")
        if self._live is None:
            self._out.print(drawn)
            self._out.print()
        else:
            self._live.update(drawn, refresh=True)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()


def picture(response: Response, width: int, note: str) -> RenderableType:
    """Head line, a line of levels a positioning, and the map of the first."""
    as_of, currency = response.provenance.as_of, currency_of(response)
    head = (
        f"{response.underlying} {price(response.spot)}  {instant(as_of.seconds, as_of.nanos)}  "
        f"revision {response.revision}, {note}"
    )
    lines = [Text(head, style="bold", no_wrap=True, overflow="ellipsis")]
    lines += [Text(line, no_wrap=True, overflow="ellipsis") for line in levels(response.books, currency)]
    table = heat_map(response.books[0], list(response.expiries), response.spot, currency, width)
    return Group(*lines, Text(), table)


def levels(books: Iterable[Book], currency: str) -> list[str]:
    """Net gamma, flip and walls of each positioning, in one line each."""
    lines = []
    for book in books:
        flip = price(book.gamma_flip) if book.HasField("gamma_flip") else "none"
        put = strike(book.put_wall if book.HasField("put_wall") else None)
        call = strike(book.call_wall if book.HasField("call_wall") else None)
        net = money(book.gamma_exposure_per_percent, currency)
        lines.append(f"net {net} per 1 %, flip {flip}, put wall {put}, call wall {call} · {book.positioning}")
    return lines
