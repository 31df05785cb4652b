"""The command line that commands are registered with."""

from typing import Annotated

import typer
from typer.models import CommandInfo

app = typer.Typer(
    name="gex",
    help="Volatility, dealer gamma exposure and futures hedges of listed options.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        print(f"gex {version('gex')}, gex-client {version('gex-client')}")
        raise typer.Exit


@app.callback(help=app.info.help)
def gex(
    version: Annotated[
        bool, typer.Option("--version", help="Show the versions and exit.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """What stands before a command."""


def name_of(command: CommandInfo) -> str:
    """The name by which a registered command is called."""
    if command.name is not None:
        return command.name
    return "" if command.callback is None else command.callback.__name__.replace("_", "-")
