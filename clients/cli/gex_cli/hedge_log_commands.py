"""Commands around kept hedges: their log, deciding it again, and a person's word."""

from pathlib import Path
from typing import Annotated

import typer

from gex_cli.application import app
from gex_cli.book_options import Instruments, Positions
from gex_cli.options import Csv, Json, Rate, Server, Source, Underlying

Hedge = Annotated[str, typer.Argument(metavar="HEDGE", help="Name of a kept hedge, desk-1/SPX.")]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        help="The log: a file of SQLite, or a URL of SQLAlchemy (postgresql+psycopg://…).",
        rich_help_panel="Where",
    ),
]
Since = Annotated[str | None, typer.Option("--since", metavar="ISO-8601", help="From this instant on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="ISO-8601", help="Before this instant.")]


@app.command()
def audit(
    hedge: Annotated[str, typer.Argument(metavar="[HEDGE]", help="Name of a hedge; without it, all names.")] = "",
    database: Database = "audit.db",
    since: Since = None,
    until: Until = None,
    trades: Annotated[bool, typer.Option("--trades", help="Only decisions that trade.")] = False,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, help="The last N of them.")] = 50,
    triggers: Annotated[
        bool, typer.Option("--triggers", help="Which triggers led to trades that paid, instead.")
    ] = False,
    hours: Annotated[
        float, typer.Option("--hours", min=0.01, help="Within which a trade's later value is counted, with --triggers.")
    ] = 24.0,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Read the log of a hedge: each decision, also to do nothing, with its trigger, its reasons and its hash.

    gex audit desk/SPX --database /var/lib/gex/audit.db --since 2026-06-05T00:00Z
    """
    from gex_cli import hedge_log

    score_hours = hours if triggers else None
    hedge_log.audit(
        hedge,
        database,
        since=since,
        until=until,
        trades=trades,
        last=last,
        score_hours=score_hours,
        json=json,
        csv=csv,
    )


@app.command()
def replay(
    hedge: Hedge,
    database: Database = "audit.db",
    json: Json = False,
) -> None:
    """Decide the log of a hedge again and say whether everything came out bit for bit; else what did not (exit code 1).

    gex replay desk/SPX --database /var/lib/gex/audit.db
    """
    from gex_cli import hedge_log

    raise typer.Exit(hedge_log.replay_log(hedge, database, json=json))


@app.command()
def override(
    hedge: Hedge,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="freeze, force_target or clear.")],
    user: Annotated[str, typer.Option("--user", metavar="NAME", help="Who says so.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="For how long it holds.")] = 60.0,
    target: Annotated[float | None, typer.Option("--target", metavar="UNITS", help="Delta, for force_target.")] = None,
    stops_cap: Annotated[bool, typer.Option("--stops-cap", help="A freeze that stops the hard cap too.")] = False,
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server, host:port.", rich_help_panel="Where")
    ] = "127.0.0.1:50051",
    json: Json = False,
) -> None:
    """Freeze a kept hedge or force its delta, until an instant and for a reason; what it costs is kept beside it.

    gex override desk/SPX freeze --user ann --reason CPI --minutes 30
    """
    from gex_cli import hedge_log

    hedge_log.override(
        hedge,
        kind,
        user=user,
        reason=reason,
        minutes=minutes,
        target=target,
        stops_cap=stops_cap,
        server=server,
        json=json,
    )


@app.command()
def paper(
    market: Annotated[
        Path,
        typer.Argument(
            metavar="MARKET", help="A folder of recorded books, or one file; with --server an underlying that it keeps."
        ),
    ],
    positions: Positions,
    instruments: Instruments,
    database: Annotated[
        Path | None,
        typer.Option("--database", metavar="FILE", help="Keep the log there (SQLite), for gex audit and gex replay."),
    ] = None,
    hedge: Annotated[str, typer.Option("--hedge", metavar="NAME", help="Its name in the log; paper/UNDERLYING.")] = "",
    latency: Annotated[
        float, typer.Option("--latency", metavar="SECONDS", min=0.0, help="From a decision to the market.")
    ] = 0.25,
    patience: Annotated[
        float,
        typer.Option("--patience", metavar="SECONDS", min=0.0, help="How long an order rests before it is refused."),
    ] = 3_600.0,
    source: Source = "auto",
    underlying: Underlying = None,
    rate: Rate = None,
    server: Server = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.0, help="For how long, on a server.", rich_help_panel="Where")
    ] = 60.0,
    every: Annotated[
        float,
        typer.Option(
            "--every", metavar="SECONDS", min=0.05, help="Between two looks, on a server.", rich_help_panel="Where"
        ),
    ] = 5.0,
    json: Json = False,
) -> None:
    """Trade a book on paper: the adaptive hedge on recorded quotes, filled with spread, depth, fees, funding and latency.

    gex paper deribit_books_6h/dev_crash --underlying BTC --positions book.csv --instruments perpetual.toml
    """
    from gex_cli import paper_command
    from gex_cli.paper_source import PaperOptions

    options = PaperOptions(
        positions=positions,
        instruments=instruments,
        underlying=underlying,
        source=source,
        rate=rate,
        latency=latency,
        patience=patience,
        database=database,
        hedge=hedge,
    )
    if server is not None:
        from gex_cli import paper_live

        code = paper_live.run_live(str(market), options, server=server, minutes=minutes, every=every, json=json)
        raise typer.Exit(code)
    raise typer.Exit(paper_command.run(market, options, json=json))
