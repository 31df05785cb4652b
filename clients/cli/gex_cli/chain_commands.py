"""Commands that answer from a chain in a file. What they do is imported when they do it, so that help comes at once."""

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
    csv: Csv = False,
) -> None:
    """The volatility index of a chain by Cboe's method: VIX from SPX options, and its like for any chain and term.

    gex vix spx.csv.gz --term-days 30
    """
    from gex_cli import vix_command

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, rate=rate)
    vix_command.run(chain, term_days=term_days, json=json, csv=csv)
