"""Commands around a server and live markets. What they do is imported when they do it, so that help comes at once."""

from pathlib import Path
from typing import Annotated

import typer

from gex_cli.application import app
from gex_cli.options import (
    AsOf,
    ChainFile,
    Csv,
    File,
    Greeks,
    GreeksOption,
    Json,
    Positionings,
    Rate,
    Source,
    Spot,
    Underlying,
)
from gex_cli.page_options import PageBook, PageHedge, PageInstruments, PageUnderlying


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
    live_map: Annotated[
        bool, typer.Option("--map", help="Draw levels and map, in place on a terminal.", rich_help_panel="Output")
    ] = False,
    csv: Csv = False,
) -> None:
    """Follow the exposure of a kept underlying: a line, with --map a map, with --json an object for every newer one.

    gex watch SPX --server 127.0.0.1:50051 --map
    """
    from gex_cli import watch_command

    watch_command.run(
        underlying,
        positioning or [],
        greeks,
        rate=rate,
        count=count,
        server=server,
        json=json,
        with_map=live_map,
        csv=csv,
    )


@app.command()
def status(
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server, host:port.", rich_help_panel="Where")
    ] = "127.0.0.1:50051",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, nothing else.", rich_help_panel="Output")
    ] = False,
    csv: Csv = False,
) -> None:
    """Say how a live server does: health, shards, chains with their ages, open streams, load, what outlives it.

    The exit code is 1 where it does not serve, or cannot keep what it promises.

    gex status --server 127.0.0.1:50051
    """
    from gex_cli import status_command

    raise typer.Exit(status_command.run(server=server, json=json, csv=csv))


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
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="deribit (live), cboe (asked again and again) or files (recorded).")
    ],
    underlying: Annotated[str, typer.Argument(metavar="UNDERLYING", help="BTC, SPX; of files the file or folder.")],
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server, host:port.", rich_help_panel="Where")
    ] = "127.0.0.1:50051",
    interval: Annotated[
        float,
        typer.Option(
            "--interval",
            metavar="SECONDS",
            help="Publish at most once in so long; cboe: ask once in so long; files: pause.",
            rich_help_panel="What",
        ),
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
    whole: Annotated[
        bool,
        typer.Option(
            "--whole", help="deribit: publish whole chains, not what changed since the last.", rich_help_panel="What"
        ),
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
    """Keep the chain in a server current: an exchange's live feed, a polled source, or recorded files in order.

    gex feed deribit BTC --server 127.0.0.1:50051
    gex feed files chains/ --interval 0.5
    """
    from gex_cli import feed_command

    feed_command.run(
        source,
        underlying,
        server=server,
        interval=interval,
        relist_seconds=relist,
        books=books,
        whole=whole,
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
    csv: Csv = False,
) -> None:
    """Read many files and say what each holds: rows, rejects, expiries, forward with its interval.

    gex survey chains/
    """
    from gex_cli import survey_command

    survey_command.run(paths, source=source, json=json, csv=csv)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on; else GEX_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65_535, help="Port, 0: the system chooses; else GEX_PORT, else 50051."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings as TOML; the environment (GEX_...) goes before them."),
    ] = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Print every setting with its source, and end; secrets are masked.")
    ] = False,
    shards: Annotated[
        int | None,
        typer.Option(
            "--shards",
            metavar="N",
            min=1,
            max=256,
            help="N processes, each keeping its part of the underlyings, on the ports after PORT; SIGHUP replaces them.",
        ),
    ] = None,
    with_page: Annotated[
        bool,
        typer.Option("--web", help="Serve the desk's page beside it, on loopback; both end together. It only reads."),
    ] = False,
    web_port: Annotated[
        int | None,
        typer.Option(
            "--web-port", min=0, max=65_535, help="Port of the page, 0: the system chooses; 8050 unless said."
        ),
    ] = None,
    positions: PageBook = None,
    instruments: PageInstruments = None,
    underlying: PageUnderlying = "",
    hedge: PageHedge = "",
) -> None:
    """Run a server until SIGTERM or Ctrl-C; settings from arguments, the environment (GEX_...) and a file.

    gex serve --port 50051 --web
    gex serve --web --positions book.csv --instruments hedge.toml --underlying SPX
    """
    from gex_cli import serve_command

    code = serve_command.run(
        host,
        port,
        config=config,
        show_settings=show_settings,
        shards=shards,
        web=with_page,
        web_port=web_port,
        positions=positions,
        instruments=instruments,
        underlying=underlying,
        hedge=hedge,
    )
    raise typer.Exit(code)


@app.command()
def web(
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server, host:port.", rich_help_panel="Where")
    ] = "127.0.0.1:50051",
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=65_535, help="Port of the page, 0: the system chooses.", rich_help_panel="Where"
        ),
    ] = 8050,
    host: Annotated[
        str, typer.Option("--host", help="Address that the page listens on.", rich_help_panel="Where")
    ] = "127.0.0.1",
    positions: PageBook = None,
    instruments: PageInstruments = None,
    underlying: PageUnderlying = "",
    hedge: PageHedge = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="A further name that browsers may call the page by; may be repeated.",
            rich_help_panel="Where",
        ),
    ] = None,
    allow_insecure_bind: Annotated[
        bool,
        typer.Option(
            "--allow-insecure-bind",
            help="Listen beyond loopback although nothing is encrypted.",
            rich_help_panel="Where",
        ),
    ] = False,
) -> None:
    """Serve the desk's page of a server: live maps, profile, smiles, hedge. It only reads.

    gex web --server 127.0.0.1:50051 --port 8050
    """
    from gex_cli import web_command

    web_command.run(
        server=server,
        host=host,
        port=port,
        positions=positions,
        instruments=instruments,
        underlying=underlying,
        hedge=hedge,
        allow_hosts=allow_host or [],
        allow_insecure_bind=allow_insecure_bind,
    )


@app.command()
def backtest(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML: what is simulated or replayed.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="The report; beside CONFIG unless named.")
    ] = None,
    json_to: Annotated[
        Path | None, typer.Option("--json-to", metavar="FILE", help="Its numbers; beside CONFIG unless named.")
    ] = None,
    json: Json = False,
) -> None:
    """Hedging rules on simulated or recorded markets: frontier, tails, drawdown, costs, gap to the optimum.

    gex backtest examples/short_call.toml
    """
    from gex_cli import backtest_command

    backtest_command.run(config, html=html, json_to=json_to, json_out=json)


@app.command()
def demo() -> None:
    """A server on an embedded chain: publish it, print map, levels and a hedge, stop the server.

    gex demo
    """
    from gex_cli import demo_command

    demo_command.run()
