"""The options of commands on a book: positions, instruments, other chains and moves of the market."""

from pathlib import Path
from typing import Annotated

import typer

Positions = Annotated[
    Path,
    typer.Option(
        "--positions",
        metavar="CSV",
        help="The book: columns symbol,contracts or root,expiry,strike,right,contracts.",
        rich_help_panel="What",
    ),
]
Instruments = Annotated[
    Path,
    typer.Option(
        "--instruments",
        metavar="TOML",
        help="What may be traded, [[instrument]] each, and the [policy].",
        rich_help_panel="What",
    ),
]
Terms = Annotated[
    Path | None,
    typer.Option(
        "--instruments",
        metavar="TOML",
        help="Terms of the futures in the book, [[instrument]] each, as for a hedge.",
        rich_help_panel="What",
    ),
]
OtherChains = Annotated[
    list[Path] | None,
    typer.Option("--chain", metavar="FILE", help="A chain of another underlying, repeated.", rich_help_panel="What"),
]
SpotMoves = Annotated[
    list[float] | None,
    typer.Option("--spot-move", metavar="PERCENT", help="A move of spot, repeated.", rich_help_panel="What"),
]
VolMoves = Annotated[
    list[float] | None,
    typer.Option("--vol-points", metavar="POINTS", help="A move of all vols, repeated.", rich_help_panel="What"),
]
Days = Annotated[
    list[float] | None,
    typer.Option("--days", metavar="DAYS", help="A time that passes, repeated.", rich_help_panel="What"),
]
Shocks = Annotated[
    list[str] | None,
    typer.Option(
        "--shock",
        metavar="NAME",
        help="crash, weekend_gap, depth_collapse, expiry_pin; repeated.",
        rich_help_panel="What",
    ),
]
