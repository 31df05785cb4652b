"""The `gex` command: its commands, and the exit code of what went wrong."""

import os
import sys
from pathlib import Path

import typer

from gex_cli import book_commands, chain_commands, failing, hedge_log_commands, market_commands, setup_commands
from gex_cli.application import app, name_of

COMMANDS = (
    chain_commands,
    book_commands,
    market_commands,
    hedge_log_commands,
    setup_commands,
)  # importing them registers them
# The order of the help: from a chain on disk over live markets to a server, then what looks after the installation.
_ORDER = (
    *(
        "exposure",
        "vols",
        "surface",
        "vix",
        "hedge",
        "risk",
        "scenarios",
        "backtest",
        "paper",
        "override",
        "audit",
        "replay",
        "session",
        "positions",
    ),
    *("survey", "fetch", "feed", "publish", "watch", "serve", "web", "status", "demo", "doctor"),
)
app.registered_commands.sort(key=lambda one: _ORDER.index(name) if (name := name_of(one)) in _ORDER else len(_ORDER))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # gex ... >&- : what nobody wants to hear is no reason to fail
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
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
