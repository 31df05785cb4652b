"""Arguments and options that commands share; how they read on the command line and in help."""

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


class SurfaceChoice(enum.StrEnum):
    """How quotes become a surface."""

    CERTIFIED = "certified"
    ESSVI = "essvi"
    BROKEN_LINE = "broken_line"


class Greeks(enum.StrEnum):
    """Whose Greeks are summed."""

    COMPUTED = "computed"
    SOURCE = "source"


File = Annotated[Path, typer.Argument(metavar="FILE", help="An option chain as its source gives it; .gz too.")]
Source = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Who wrote the file: auto (tells by its content), cboe, deribit, yahoo, lean, columns.",
        rich_help_panel="The chain",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="ISO-8601",
        help="The instant the quotes hold for, 2024-03-01T21:00:00Z; else what the file says.",
        rich_help_panel="The chain",
    ),
]
Underlying = Annotated[
    str | None,
    typer.Option(
        "--underlying",
        metavar="NAME",
        help="Which underlying to read, where the file does not say or holds several.",
        rich_help_panel="The chain",
    ),
]
Spot = Annotated[
    float | None,
    typer.Option(
        "--spot", metavar="PRICE", help="Price of the underlying, instead of the file's.", rich_help_panel="The chain"
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        "--rate",
        metavar="DECIMAL",
        help="One zero rate a year, continuous (0.05 is 5 %); else implied by the chain.",
        rich_help_panel="The chain",
    ),
]
Surface = Annotated[
    SurfaceChoice,
    typer.Option(
        "--surface",
        help="certified (proven free of arbitrage), essvi (three parameters an expiry, proven too) or broken_line "
        "(straight lines through the middles, flat beyond the last bid, proves nothing).",
        rich_help_panel="The chain",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the service's response as JSON, nothing else.", rich_help_panel="Output")
]
Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="ADDRESS",
        help="Ask the server at host:port instead of computing here; the answer is the same.",
        rich_help_panel="Where",
    ),
]
Positionings = Annotated[
    list[str] | None,
    typer.Option(
        "--positioning",
        metavar="NAME",
        help="Assumption about what dealers hold, may be repeated: oi_calls_long_puts_short (default), "
        "oi_calls_short_puts_long, oi_customers_long_all, volume_calls_long_puts_short.",
        rich_help_panel="What",
    ),
]
SignError = Annotated[
    float | None,
    typer.Option(
        "--sign-error",
        metavar="P",
        help="Probability that the dealers' side of a line is wrong, below 0.5 (trade signing by quotes errs in about 0.2): "
        "error bars on totals and flip, a band in the picture.",
        rich_help_panel="What",
    ),
]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="GROUP",
        help="Sums beside the total, may be repeated: horizon (0DTE, week, month), root, month.",
        rich_help_panel="What",
    ),
]
Hedge = Annotated[
    str | None,
    typer.Option(
        "--hedge",
        metavar="SYMBOL",
        help="Also in contracts of this future or perpetual at spot: ES, MES, NQ, RTY, BTC-PERPETUAL, ...",
        rich_help_panel="What",
    ),
]
GreeksOption = Annotated[
    Greeks,
    typer.Option("--greeks", help="Sum gex's own Greeks or those printed in the file.", rich_help_panel="What"),
]
Csv = Annotated[
    bool,
    typer.Option("--csv", help="Print one table as CSV, numbers in full, nothing else.", rich_help_panel="Output"),
]
Html = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="OUT",
        help="Also write tables and picture into this one HTML file.",
        rich_help_panel="Output",
    ),
]
Png = Annotated[
    Path | None,
    typer.Option("--png", metavar="OUT", help="Also draw a picture into this file.", rich_help_panel="Output"),
]


def check_one_format(*, json: bool, csv: bool) -> None:
    """Raise an InputError where standard output is asked for in two formats."""
    if json and csv:
        from gex_client.errors import InputError

        raise InputError("--json, --csv: expected one of them, got both")


@dataclass(frozen=True, kw_only=True)
class ChainFile:
    """A chain in a file, and how to read it."""

    path: Path
    source: str = "auto"
    as_of: str | None = None
    underlying: str | None = None
    spot: float | None = None
    rate: float | None = None
    surface: SurfaceChoice = SurfaceChoice.CERTIFIED


@dataclass(frozen=True, kw_only=True)
class ExposureExtras:
    """What an exposure is asked for beside its totals."""

    sign_error: float | None = None
    groups: tuple[str, ...] = ()
    hedge: str | None = None
