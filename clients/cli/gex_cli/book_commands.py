"""Commands on a book over the chain in a file. What they do is imported when they do it, so that help comes at once."""

from typing import Annotated

import typer

from gex_cli.application import app
from gex_cli.book_options import (
    Days,
    Instruments,
    OtherChains,
    Positions,
    Shocks,
    SpotMoves,
    Terms,
    VolMoves,
)
from gex_cli.options import (
    AsOf,
    ChainFile,
    Csv,
    File,
    Html,
    Json,
    Png,
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
    positions: Positions,
    instruments: Terms = None,
    others: OtherChains = None,
    spot_move: SpotMoves = None,
    vol_points: VolMoves = None,
    days: Days = None,
    shock: Shocks = None,
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


@app.command()
def hedge(
    file: File,
    positions: Positions,
    instruments: Instruments,
    others: OtherChains = None,
    source: Source = "auto",
    as_of: AsOf = None,
    underlying: Underlying = None,
    spot: Spot = None,
    rate: Rate = None,
    surface_model: Surface = SurfaceChoice.CERTIFIED,
    server: Server = None,
    json: Json = False,
    csv: Csv = False,
    png: Png = None,
    html: Html = None,
) -> None:
    """The hedge of a book in whole contracts, its no-trade band, and when to ask again.

    gex hedge spx.csv.gz --positions book.csv --instruments es.toml
    """
    from gex_cli import hedge_command

    chain = ChainFile(
        path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate, surface=surface_model
    )
    hedge_command.run(
        chain, positions, instruments, others=others or (), server=server, json=json, png=png, csv=csv, html=html
    )


@app.command()
def risk(
    file: File,
    positions: Positions,
    instruments: Terms = None,
    others: OtherChains = None,
    currency: Annotated[
        str, typer.Option("--currency", metavar="ISO", help="Currency of the sums.", rich_help_panel="What")
    ] = "",
    exchange_rate: Annotated[
        list[str] | None,
        typer.Option(
            "--exchange-rate",
            metavar="NAME=RATE",
            help="Units of that currency a unit of another, repeated.",
            rich_help_panel="What",
        ),
    ] = None,
    beta_to: Annotated[
        str,
        typer.Option("--beta-to", metavar="NAME", help="Weigh all deltas to this underlying.", rich_help_panel="What"),
    ] = "",
    beta: Annotated[
        list[str] | None,
        typer.Option(
            "--beta",
            metavar="NAME=BETA[:ERROR]",
            help="Beta of an underlying to it, with its standard error; repeated.",
            rich_help_panel="What",
        ),
    ] = None,
    scenarios: Annotated[
        bool,
        typer.Option("--scenarios", help="Profit on a grid of spot and volatility too.", rich_help_panel="What"),
    ] = False,
    spot_move: SpotMoves = None,
    vol_points: VolMoves = None,
    days: Days = None,
    shock: Shocks = None,
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
    """Value and Greeks of a book, by expiry and position, and its profit if the market moves.

    gex risk spx.csv.gz --positions book.csv --scenarios
    """
    from gex_cli import risk_command
    from gex_cli.risk_request import Moves, Sums

    chain = ChainFile(
        path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate, surface=surface_model
    )
    moves = Moves(spot_per_cent=spot_move or (), vol_points=vol_points or (), days=days or (), shocks=shock or ())
    sums = Sums(currency=currency, exchange_rates=exchange_rate or (), beta_to=beta_to, betas=beta or ())
    risk_command.run(
        chain,
        positions,
        instruments,
        scenarios=scenarios,
        moves=moves,
        others=others or (),
        sums=sums,
        server=server,
        json=json,
        csv=csv,
    )
