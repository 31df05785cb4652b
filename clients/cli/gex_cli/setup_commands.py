"""Commands around the installation itself."""

from typing import Annotated

import typer

from gex_cli.application import app
from gex_cli.options import Csv


@app.command()
def doctor(
    server: Annotated[
        str, typer.Option("--server", metavar="ADDRESS", help="The server to look for, host:port.")
    ] = "127.0.0.1:50051",
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing of the network.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, nothing else.")] = False,
    csv: Csv = False,
) -> None:
    """Check machine, cache, versions, settings, port, network and clock; exit code 1 where something will fail.

    gex doctor --server 127.0.0.1:50051
    """
    from gex_cli import doctor_command

    raise typer.Exit(doctor_command.run(server=server, network=not offline, json=json, csv=csv))
