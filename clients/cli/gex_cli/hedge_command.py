"""gex hedge FILE --positions CSV --instruments TOML."""

from collections.abc import Sequence
from pathlib import Path

from gexapi.v1 import hedge_pb2, risk_pb2

from gex_cli.asking import ask
from gex_cli.hedge_request import hedge_request
from gex_cli.options import ChainFile, check_one_format
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
    csv: bool = False,
    html: Path | None = None,
) -> None:
    """Print the hedge of a book over the chain in a file."""
    check_one_format(json=json, csv=csv)
    if html is not None:
        from gex_cli.html_page import check_html

        check_html(html)
    if png is not None:
        from gex_cli.picture import check_format

        check_format(png)
        if others:
            from gex.errors import InputError

            raise InputError("--png: a picture has the delta of one underlying, leave out --chain")
    request = hedge_request(file, positions, instruments, others)
    plan = ask("PlanHedge", request, hedge_pb2.PlanHedgeResponse, server)
    if json:
        print_json(plan)
    elif csv:
        from gex_cli.csv_tables import print_hedge_csv

        print_hedge_csv(plan)
    else:
        from gex_cli.hedge_tables import print_hedge
        from gex_cli.terminal import console

        print_hedge(console(), plan, file.rate)
    if png is None and html is None:
        return
    from gex_cli.hedge_picture import draw_hedge, moves_of, scenarios_of

    asked = scenarios_of(request, moves_of(plan))
    scenarios = ask("ComputeScenarios", asked, risk_pb2.ComputeScenariosResponse, server)
    if png is not None:
        draw_hedge(plan, scenarios, png)
        progress(f"drawn: {png}")
    if html is not None:
        from gex_cli.hedge_tables import print_hedge
        from gex_cli.html_page import write_html

        write_html(
            html,
            f"Hedge of {plan.markets[0].underlying}",
            lambda out: print_hedge(out, plan, file.rate),
            (lambda path: draw_hedge(plan, scenarios, path)) if plan.HasField("band") else None,
        )
        progress(f"written: {html}")
