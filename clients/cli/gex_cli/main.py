"""The commands of `gex` and their options. What they do is imported when they do it, so that help comes at once."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gex_cli import failing
from gex_cli.options import (
    AsOf,
    ChainFile,
    File,
    Greeks,
    GreeksOption,
    Json,
    Png,
    Positionings,
    Rate,
    Server,
    Source,
    Spot,
    Underlying,
)

app = typer.Typer(
    name="gex",
    help="Volatility, dealer gamma exposure and futures hedges of listed options.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def exposure(
    file: File,
    positioning: Positionings = None,
    greeks: GreeksOption = Greeks.COMPUTED,
    source: Source = "auto",
    as_of: AsOf = None,
    underlying: Underlying = None,
    spot: Spot = None,
    rate: Rate = None,
    server: Server = None,
    json: Json = False,
    png: Png = None,
    forward_map: Annotated[
        bool,
        typer.Option(
            "--forward-map", help="Gamma at the next closes too, in picture and JSON.", rich_help_panel="Output"
        ),
    ] = False,
) -> None:
    """Dealer exposure of a chain: totals, gamma flips, walls, and a map by strike and expiry.

    gex exposure spx.csv.gz --positioning oi_calls_long_puts_short --positioning oi_customers_long_all
    """
    from gex_cli import exposure_command

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate)
    exposure_command.run(chain, positioning or [], greeks, server=server, json=json, png=png, forward_map=forward_map)


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
    server: Server = None,
    json: Json = False,
) -> None:
    """Forwards, implied volatilities and Greeks of a chain.

    gex vols spx.csv.gz --expiry 2022-02-18
    """
    from gex_cli import vols_command

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate)
    vols_command.run(chain, expiry or [], server=server, json=json)


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
    server: Server = None,
    json: Json = False,
    png: Png = None,
) -> None:
    """The volatility surface of a chain: a slice an expiry, with its proof and how well it fits.

    gex surface spx.csv.gz --check --png surface.png
    """
    from gex_cli import surface_command

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate)
    surface_command.run(chain, check=check, server=server, json=json, png=png)


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
    source: Source = "auto",
    as_of: AsOf = None,
    underlying: Underlying = None,
    spot: Spot = None,
    rate: Rate = None,
    server: Server = None,
    json: Json = False,
    png: Png = None,
) -> None:
    """The hedge of a book in whole contracts, its no-trade band, and when to ask again.

    gex hedge spx.csv.gz --positions book.csv --instruments es.toml
    """
    from gex_cli import hedge_command

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate)
    hedge_command.run(chain, positions, instruments, server=server, json=json, png=png)


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
    server: Server = None,
    json: Json = False,
) -> None:
    """Value and Greeks of a book, by expiry and position, and its profit if the market moves.

    gex risk spx.csv.gz --positions book.csv --scenarios
    """
    from gex_cli import risk_command
    from gex_cli.risk_request import Moves

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, spot=spot, rate=rate)
    moves = Moves(spot_per_cent=spot_move or (), vol_points=vol_points or (), days=days or (), shocks=shock or ())
    risk_command.run(chain, positions, instruments, scenarios=scenarios, moves=moves, server=server, json=json)


@app.command()
def publish(
    file: File,
    source: Source = "auto",
    as_of: AsOf = None,
    underlying: Underlying = None,
    spot: Spot = None,
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server, host:port.", rich_help_panel="Where")
    ] = "127.0.0.1:50051",
    json: Json = False,
) -> None:
    """Send a chain to a server, which keeps it as the newest of its underlying.

    gex publish spx.csv.gz --server 127.0.0.1:50051
    """
    from gex_cli import publish_command

    chain = ChainFile(path=file, source=source, as_of=as_of, underlying=underlying, spot=spot)
    publish_command.run(chain, server=server, json=json)


@app.command()
def watch(
    underlying: Annotated[str, typer.Argument(metavar="UNDERLYING", help="A kept underlying, SPX.")],
    positioning: Positionings = None,
    greeks: GreeksOption = Greeks.COMPUTED,
    rate: Rate = None,
    count: Annotated[
        int | None,
        typer.Option("--count", metavar="N", min=1, help="End after N exposures.", rich_help_panel="Output"),
    ] = None,
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server, host:port.", rich_help_panel="Where")
    ] = "127.0.0.1:50051",
    json: Json = False,
) -> None:
    """Follow the exposure of a kept underlying: a line, or with --json an object, for every newer one.

    gex watch SPX --server 127.0.0.1:50051
    """
    from gex_cli import watch_command

    watch_command.run(underlying, positioning or [], greeks, rate=rate, count=count, server=server, json=json)


@app.command()
def fetch(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="cboe (delayed quotes) or deribit.")],
    underlying: Annotated[str, typer.Argument(metavar="UNDERLYING", help="SPX, AAPL; BTC, ETH.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Keep what the source sent, as it sent it; .gz packs it, - is standard output.",
            rich_help_panel="Output",
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="URL",
            help="Instead of the source's own: https://test.deribit.com.",
            rich_help_panel="Where",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, nothing else.", rich_help_panel="Output")
    ] = False,
) -> None:
    """Fetch a live chain over the network, keep it in a file, and say what it holds.

    gex fetch cboe SPX --out spx.json.gz
    """
    from gex_cli import fetch_command

    fetch_command.run(source, underlying, out=out, host=host, json=json)


@app.command()
def feed(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="deribit.")],
    underlying: Annotated[str, typer.Argument(metavar="UNDERLYING", help="BTC, ETH.")],
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server, host:port.", rich_help_panel="Where")
    ] = "127.0.0.1:50051",
    interval: Annotated[
        float,
        typer.Option("--interval", metavar="SECONDS", help="Publish at most once in so long.", rich_help_panel="What"),
    ] = 1.0,
    relist: Annotated[
        float,
        typer.Option(
            "--relist", metavar="SECONDS", help="Ask which options are listed every so long.", rich_help_panel="What"
        ),
    ] = 600.0,
    books: Annotated[
        bool, typer.Option("--books", help="Follow every order book too, not only tickers.", rich_help_panel="What")
    ] = False,
    count: Annotated[
        int | None,
        typer.Option("--count", metavar="N", min=1, help="End after N publications.", rich_help_panel="Output"),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="URL",
            help="Instead of the source's own: https://test.deribit.com.",
            rich_help_panel="Where",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a publication.", rich_help_panel="Output")
    ] = False,
) -> None:
    """Follow an exchange's live feed and keep the chain in a server current, until interrupted.

    gex feed deribit BTC --server 127.0.0.1:50051
    """
    from gex_cli import feed_command

    feed_command.run(
        source,
        underlying,
        server=server,
        interval=interval,
        relist_seconds=relist,
        books=books,
        count=count,
        host=host,
        json=json,
    )


@app.command()
def survey(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files with chains, or folders of them, read in depth.")
    ],
    source: Source = "auto",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a file, nothing else.", rich_help_panel="Output")
    ] = False,
) -> None:
    """Read many files and say what each holds: rows, rejects, expiries, forward with its interval.

    gex survey chains/
    """
    from gex_cli import survey_command

    survey_command.run(paths, source=source, json=json)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; else GEX_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65_535, help="Port, 0: the system chooses; else GEX_PORT, else 50051."),
    ] = None,
) -> None:
    """Run a server until SIGTERM or Ctrl-C; more settings by environment (GEX_...).

    gex serve --port 50051
    """
    from gex_cli import serve_command

    raise typer.Exit(serve_command.run(host, port))


@app.command()
def demo() -> None:
    """A server on an embedded chain: publish it, print map, levels and a hedge, stop the server.

    gex demo
    """
    from gex_cli import demo_command

    demo_command.run()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these letters gets a question mark
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="gex", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except SystemExit as end:  # typer and rich end so where the reader has seen enough: gex exposure ... | head
        return 0 if failing.reader_left() else failing.FAILED if end.code is None else int(end.code)
    except (KeyboardInterrupt, typer.Abort):
        return failing.INTERRUPTED
    except _USAGE_ERROR as error:
        text = " ".join(error.format_message().split())
        if text:  # empty where the help has been printed already
            print(f"gex: {text}", file=sys.stderr)
        return failing.BAD_INPUT
    except Exception as error:
        return failing.report(error)


# typer has a click of its own since 0.26 and the other one before: the class they share a name for is found from what
# typer exports.
_USAGE_ERROR: type[typer.BadParameter] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)

if __name__ == "__main__":
    sys.exit(main())
