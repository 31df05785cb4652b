"""Commands on a book over the chain in a file. What they do is imported when they do it, so that help comes at once."""

from pathlib import Path
from typing import Annotated

import typer

from gex_cli.application import app
from gex_cli.options import (
    AsOf,
    ChainFile,
    Csv,
    File,
    Json,
    Rate,
    Server,
    Source,
    Spot,
    Surface,
    SurfaceChoice,
    Underlying,
)


@app.command()
def scenarios(
    file: File,
    positions: Annotated[
        Path,
        typer.Option(
            "--positions",
            metavar="CSV",
            help="The book: columns symbol,contracts or root,expiry,strike,right,contracts.",
            rich_help_panel="What",
        ),
    ],
    instruments: Annotated[
        Path | None,
        typer.Option(
            "--instruments",
            metavar="TOML",
            help="Terms of the futures in the book, [[instrument]] each, as for a hedge.",
            rich_help_panel="What",
        ),
    ] = None,
    others: Annotated[
        list[Path] | None,
        typer.Option(
            "--chain", metavar="FILE", help="A chain of another underlying, repeated.", rich_help_panel="What"
        ),
    ] = None,
    spot_move: Annotated[
        list[float] | None,
        typer.Option("--spot-move", metavar="PERCENT", help="A move of spot, repeated.", rich_help_panel="What"),
    ] = None,
    vol_points: Annotated[
        list[float] | None,
        typer.Option("--vol-points", metavar="POINTS", help="A move of all vols, repeated.", rich_help_panel="What"),
    ] = None,
    days: Annotated[
        list[float] | None,
        typer.Option("--days", metavar="DAYS", help="A time that passes, repeated.", rich_help_panel="What"),
    ] = None,
    shock: Annotated[
        list[str] | None,
        typer.Option(
            "--shock",
            metavar="NAME",
            help="crash, weekend_gap, depth_collapse, expiry_pin; repeated.",
            rich_help_panel="What",
        ),
    ] = None,
    source: Source = "auto",
    as_of: AsOf = None,
    underlying: Underlying = None,
    spot: Spot = None,
    rate: Rate = None,
    surface_model: Surface = SurfaceChoice.CERTIFIED,
    server: Server = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """What a book would gain if spot, volatility and time moved, every position repriced.

    gex scenarios spx.csv.gz --positions book.csv --spot-move -5 --spot-move 5 --days 0 --days 7 --shock crash
    """
    from gex_cli import risk_command
    from gex_cli.risk_request import Moves

    chain = ChainFile(
        path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate, surface=surface_model
    )
    moves = Moves(spot_per_cent=spot_move or (), vol_points=vol_points or (), days=days or (), shocks=shock or ())
    risk_command.run_scenarios(
        chain, positions, instruments, others=others or (), moves=moves, server=server, json=json, csv=csv
    )
