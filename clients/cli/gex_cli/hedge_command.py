"""gex hedge FILE --positions CSV --instruments TOML."""

from pathlib import Path

from gexapi.v1 import hedge_pb2

from gex_cli.asking import ask
from gex_cli.hedge_request import hedge_request
from gex_cli.options import ChainFile
from gex_cli.terminal import print_json


def run(file: ChainFile, positions: Path, instruments: Path, *, server: str | None, json: bool) -> None:
    """Print the hedge of a book over the chain in a file."""
    request = hedge_request(file, positions, instruments)
    plan = ask("PlanHedge", request, hedge_pb2.PlanHedgeResponse, server)
    if json:
        print_json(plan)
        return
    from gex_cli.hedge_tables import print_hedge
    from gex_cli.terminal import console

    print_hedge(console(), plan, file.rate)
