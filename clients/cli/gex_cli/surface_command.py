"""gex surface FILE."""

from pathlib import Path

from gexapi.v1 import surface_pb2

from gex_cli.asking import ask
from gex_cli.options import ChainFile
from gex_cli.requests import surface_request
from gex_cli.terminal import print_json, progress


def run(file: ChainFile, *, check: bool, server: str | None, json: bool, png: Path | None) -> None:
    """Print the surface of the chain in a file; sure gains in its quotes are looked for here, whoever fits."""
    if png is not None:
        from gex_cli.picture import check_format

        check_format(png)
    request = surface_request(file)
    response = ask("GetSurface", request, surface_pb2.GetSurfaceResponse, server)
    found = None
    if check:
        from gex_cli.quote_check import check_quotes

        found = check_quotes(request)
        found.write(response.quote_arbitrages)
    if json:
        print_json(response)
    else:
        from gex_cli.surface_tables import print_check, print_surface
        from gex_cli.terminal import console

        out = console()
        print_surface(out, response, file.rate)
        if found is not None:
            print_check(out, found)
    if png is not None:
        from gex_cli.surface_picture import draw_surface

        asked = surface_pb2.ComputeVolsRequest(chain=request.chain, settings=request.settings)
        quoted = ask("ComputeVols", asked, surface_pb2.ComputeVolsResponse, server)
        draw_surface(response, quoted.options, png)
        progress(f"drawn: {png}")
