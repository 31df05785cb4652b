"""The command line that commands are registered with."""

import typer

app = typer.Typer(
    name="gex",
    help="Volatility, dealer gamma exposure and futures hedges of listed options.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
