"""gex risk FILE --positions CSV."""

from collections.abc import Sequence
from pathlib import Path

from gexapi.v1 import risk_pb2

from gex_cli.asking import ask
from gex_cli.options import ChainFile, check_one_format
from gex_cli.risk_request import Moves, Sums, risk_request, scenarios_request
from gex_cli.terminal import print_json


def run(
    file: ChainFile,
    positions: Path,
    instruments: Path | None,
    *,
    scenarios: bool,
    moves: Moves,
    others: Sequence[Path],
    sums: Sums,
    server: str | None,
    json: bool,
    csv: bool = False,
) -> None:
    """Print the risk of a book over the chain in a file and, where asked for, its scenarios."""
    check_one_format(json=json, csv=csv)
    request = risk_request(file, positions, instruments, others, sums)
    response = ask("ComputeRisk", request, risk_pb2.ComputeRiskResponse, server)
    elsewhere = None
    if scenarios or not moves.is_empty:
        asked = scenarios_request(request, moves)
        elsewhere = ask("ComputeScenarios", asked, risk_pb2.ComputeScenariosResponse, server)
    if json:
        print_json(response)
        if elsewhere is not None:
            print_json(elsewhere)
        return
    if csv:
        from gex_cli.csv_tables import print_risk_csv

        print_risk_csv(request, response)
        return
    from gex_cli.risk_tables import print_risk, print_scenarios
    from gex_cli.terminal import console

    out = console()
    print_risk(out, request, response, file.rate)
    if elsewhere is not None:
        out.print()
        print_scenarios(out, elsewhere, response.totals[0].currency)


def run_scenarios(
    file: ChainFile,
    positions: Path,
    instruments: Path | None,
    *,
    moves: Moves,
    others: Sequence[Path],
    server: str | None,
    json: bool,
    csv: bool,
) -> None:
    """Print what a book would gain elsewhere."""
    check_one_format(json=json, csv=csv)
    asked = scenarios_request(risk_request(file, positions, instruments, others), moves)
    response = ask("ComputeScenarios", asked, risk_pb2.ComputeScenariosResponse, server)
    if json:
        print_json(response)
    elif csv:
        from gex_cli.csv_tables import print_scenarios_csv

        print_scenarios_csv(response)
    else:
        from gex_cli.risk_tables import print_scenarios_alone
        from gex_cli.terminal import console

        print_scenarios_alone(console(), asked, response, file.rate)
