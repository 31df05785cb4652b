"""gex vols FILE."""

from gexapi.v1 import surface_pb2

from gex_cli.asking import ask
from gex_cli.options import ChainFile, check_one_format
from gex_cli.requests import vols_request
from gex_cli.terminal import print_json


def run(file: ChainFile, expiries: list[str], *, server: str | None, json: bool, csv: bool = False) -> None:
    """Print the volatilities of the chain in a file."""
    check_one_format(json=json, csv=csv)
    response = ask("ComputeVols", vols_request(file), surface_pb2.ComputeVolsResponse, server)
    if json:
        print_json(response)
        return
    if csv:
        from gex_cli.csv_tables import print_vols_csv

        print_vols_csv(response)
        return
    from gex_cli.terminal import console
    from gex_cli.vols_tables import print_vols

    print_vols(console(), response, expiries, file.rate)
