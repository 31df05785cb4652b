"""The options of commands that serve the desk's page: the book whose hedge it follows, and a kept hedge."""

from pathlib import Path
from typing import Annotated

import typer

PageBook = Annotated[
    Path | None,
    typer.Option("--positions", metavar="CSV", help="A book whose hedge the page follows.", rich_help_panel="What"),
]
PageInstruments = Annotated[
    Path | None,
    typer.Option("--instruments", metavar="TOML", help="What may be traded, and how.", rich_help_panel="What"),
]
PageUnderlying = Annotated[
    str, typer.Option("--underlying", metavar="NAME", help="What the book is on, SPX.", rich_help_panel="What")
]
PageHedge = Annotated[
    str, typer.Option("--hedge", metavar="NAME", help="A kept hedge, to list its decisions.", rich_help_panel="What")
]
