"""Commands that answer from a chain in a file. What they do is imported when they do it, so that help comes at once."""

from pathlib import Path
from typing import Annotated

import typer

from gex_cli.application import app
from gex_cli.options import (
    AsOf,
    ChainFile,
    Csv,
    ExposureExtras,
    File,
    Greeks,
    GreeksOption,
    Groups,
    Hedge,
    Html,
    Json,
    Png,
    Positionings,
    Rate,
    Server,
    SignError,
    Source,
    Spot,
    Surface,
    SurfaceChoice,
    Underlying,
)


@app.command()
def exposure(
    file: File,
    positioning: Positionings = None,
    greeks: GreeksOption = Greeks.COMPUTED,
    sign_error: SignError = None,
    by: Groups = None,
    hedge: Hedge = None,
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
    forward_map: Annotated[
        bool,
        typer.Option(
            "--forward-map", help="Gamma at the next closes too, in picture and JSON.", rich_help_panel="Output"
        ),
    ] = False,
) -> None:
    """Dealer exposure of a chain: totals, gamma flips, walls, and a map by strike and expiry.

    gex exposure spx.csv.gz --sign-error 0.2 --by horizon --hedge ES --forward-map --png spx.png
    """
    from gex_cli import exposure_command

    chain = ChainFile(
        path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate, surface=surface_model
    )
    exposure_command.run(
        chain,
        positioning or [],
        greeks,
        ExposureExtras(sign_error=sign_error, groups=tuple(by or ()), hedge=hedge),
        server=server,
        json=json,
        png=png,
        csv=csv,
        html=html,
        forward_map=forward_map,
    )


@app.command()
def vols(
    file: File,
    expiry: Annotated[
        list[str] | None,
        typer.Option(
            "--expiry",
            metavar="DATE",
            help="Print the options of this expiry, may be repeated; else of the first.",
            rich_help_panel="Output",
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
    """Forwards, implied volatilities and Greeks of a chain.

    gex vols spx.csv.gz --expiry 2022-02-18
    """
    from gex_cli import vols_command

    chain = ChainFile(
        path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate, surface=surface_model
    )
    vols_command.run(chain, expiry or [], server=server, json=json, csv=csv)


@app.command()
def surface(
    file: File,
    check: Annotated[
        bool,
        typer.Option("--check", help="List sure gains in the raw quotes and their repair.", rich_help_panel="What"),
    ] = False,
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
    """The volatility surface of a chain: a slice an expiry, with its proof and how well it fits.

    gex surface spx.csv.gz --check --png surface.png
    """
    from gex_cli import surface_command

    chain = ChainFile(
        path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate, surface=surface_model
    )
    surface_command.run(chain, check=check, server=server, json=json, png=png, csv=csv, html=html)


@app.command()
def vix(
    file: File,
    term_days: Annotated[
        float,
        typer.Option("--term-days", metavar="DAYS", help="Days that the index looks ahead.", rich_help_panel="What"),
    ] = 30.0,
    source: Source = "auto",
    as_of: AsOf = None,
    underlying: Underlying = None,
    rate: Rate = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, nothing else.", rich_help_panel="Output")
    ] = False,
) -> None:
    """The volatility index of a chain by Cboe's method: VIX from SPX options, and its like for any chain and term.

    gex vix spx.csv.gz --term-days 30
    """
    from gex_cli import vix_command

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, rate=rate)
    vix_command.run(chain, term_days=term_days, json=json)


@app.command()
def hedge(
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
        Path,
        typer.Option(
            "--instruments",
            metavar="TOML",
            help="What may be traded, [[instrument]] each, and the [policy].",
            rich_help_panel="What",
        ),
    ],
    others: Annotated[
        list[Path] | None,
        typer.Option(
            "--chain", metavar="FILE", help="A chain of another underlying, repeated.", rich_help_panel="What"
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
