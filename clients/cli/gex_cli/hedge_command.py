"""gex hedge FILE --positions CSV --instruments TOML."""

from collections.abc import Sequence
from pathlib import Path

from gexapi.v1 import hedge_pb2, risk_pb2

from gex_cli.asking import ask
from gex_cli.hedge_request import hedge_request
from gex_cli.options import ChainFile
from gex_cli.terminal import print_json, progress


def run(
    file: ChainFile,
    positions: Path,
    instruments: Path,
    *,
    others: Sequence[Path] = (),
    server: str | None,
    json: bool,
    png: Path | None = None,
) -> None:
    """Print the hedge of a book over the chain in a file."""
    if png is not None:
        from gex_cli.picture import check_format

        check_format(png)
    request = hedge_request(file, positions, instruments, others)
    plan = ask("PlanHedge", request, hedge_pb2.PlanHedgeResponse, server)
    if json:
        print_json(plan)
    else:
        from gex_cli.hedge_tables import print_hedge
        from gex_cli.terminal import console

        print_hedge(console(), plan, file.rate)
    if png is not None:
        from gex_cli.hedge_picture import draw_hedge, moves_of, scenarios_of

        asked = scenarios_of(request, moves_of(plan))
        draw_hedge(plan, ask("ComputeScenarios", asked, risk_pb2.ComputeScenariosResponse, server), png)
        progress(f"drawn: {png}")
