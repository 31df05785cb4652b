"""gex exposure FILE."""

from pathlib import Path

from gexapi.v1 import exposure_pb2

from gex_cli.asking import ask
from gex_cli.options import ChainFile, Greeks
from gex_cli.requests import exposure_request
from gex_cli.terminal import print_json, progress


def run(
    file: ChainFile,
    positionings: list[str],
    greeks: Greeks,
    *,
    server: str | None,
    json: bool,
    png: Path | None,
    forward_map: bool = False,
) -> None:
    """Print the exposure of the chain in a file; the forward map is in the JSON and in the picture."""
    request = exposure_request(file, positionings, greeks)
    if forward_map:
        request.settings.forward_map.SetInParent()
    response = ask("ComputeExposure", request, exposure_pb2.ComputeExposureResponse, server)
    if json:
        print_json(response)
    else:
        from gex_cli.exposure_tables import print_exposure
        from gex_cli.terminal import console

        print_exposure(console(), response, file.rate)
    if png is not None:
        from gex_cli.picture import draw_exposure

        draw_exposure(response, png)
        progress(f"drawn: {png}")
