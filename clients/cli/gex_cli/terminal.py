"""Where output goes: tables through rich (which respects NO_COLOR and the width of the terminal), JSON as it is."""

import errno
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

T = TypeVar("T")


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `main`, which sees by the pipe that its reader left; rich puts another file there and fails."""
        raise BrokenPipeError(errno.EPIPE, "the reader left")


def console() -> Console:
    """Standard output for people."""
    return _Terminal(file=sys.stdout, highlight=False, soft_wrap=False)


def print_json(message: Message) -> None:
    """The message in protobuf's JSON mapping, names as in the contract, NaN as "NaN", in one line."""
    text = json_format.MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=None
    )
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def table(title: str = "", **options: object) -> Table:
    """An empty table in the house style."""
    style: dict[str, object] = {"box": box.SIMPLE_HEAD, "padding": (0, 1, 0, 0), "header_style": "bold"}
    return Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
        **(style | options),  # type: ignore[arg-type]
    )


def print_lines(out: Console, lines: Iterable[str], indent: int = 2) -> None:
    """Lines of words; what is too long for the terminal goes on in the next, further in."""
    width = max(40, out.width)
    for line in lines:
        for part in textwrap.wrap(
            line, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2), break_long_words=False
        ):
            out.print(Text(part), soft_wrap=True)


def progress(text: str) -> None:
    """A line of progress on standard error, so that standard output is the answer alone."""
    print(text, file=sys.stderr, flush=True)


def tracked(items: Sequence[T], words: str) -> Iterable[T]:
    """The items, with a bar on standard error while they are worked through.

    Only where a person looks at standard error while the answer goes elsewhere: on a terminal the answer itself tells how
    far the work is, and two writers would tear each other's lines.
    """
    if not sys.stderr.isatty() or sys.stdout.isatty():
        return items
    return _with_bar(items, words)


def _with_bar(items: Sequence[T], words: str) -> Iterator[T]:
    from rich.progress import Progress

    out = Console(stderr=True)
    with Progress(console=out, transient=True, redirect_stdout=False) as bar:  # the answer must not follow the bar
        yield from bar.track(items, description=words)
