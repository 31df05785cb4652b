"""The command line that commands are registered with."""

import typer
from typer.models import CommandInfo

app = typer.Typer(
    name="gex",
    help="Volatility, dealer gamma exposure and futures hedges of listed options.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def name_of(command: CommandInfo) -> str:
    """The name by which a registered command is called."""
    if command.name is not None:
        return command.name
    return "" if command.callback is None else command.callback.__name__.replace("_", "-")
