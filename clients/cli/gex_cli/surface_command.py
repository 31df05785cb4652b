"""gex surface FILE."""

from pathlib import Path

from gexapi.v1 import surface_pb2

from gex_cli.asking import ask
from gex_cli.options import ChainFile, check_one_format
from gex_cli.requests import surface_request
from gex_cli.terminal import print_json, progress


def run(
    file: ChainFile,
    *,
    check: bool,
    server: str | None,
    json: bool,
    png: Path | None,
    csv: bool = False,
    html: Path | None = None,
) -> None:
    """Print the surface of the chain in a file, and what is wrong with its quotes where `check` asks."""
    check_one_format(json=json, csv=csv)
    if png is not None:
        from gex_cli.picture import check_format

        check_format(png)
    if html is not None:
        from gex_cli.html_page import check_html

        check_html(html)
    request = surface_request(file)
    request.check_quotes = check
    response = ask("GetSurface", request, surface_pb2.GetSurfaceResponse, server)
    if json:
        print_json(response)
    elif csv:
        from gex_cli.csv_tables import print_surface_csv

        print_surface_csv(response)
    else:
        from gex_cli.surface_tables import print_check, print_surface
        from gex_cli.terminal import console

        out = console()
        print_surface(out, response, file.rate)
        if check:
            print_check(out, response)
    if png is None and html is None:
        return
    from gex_cli.surface_picture import draw_surface

    asked = surface_pb2.ComputeVolsRequest(chain=request.chain, settings=request.settings)
    quoted = ask("ComputeVols", asked, surface_pb2.ComputeVolsResponse, server)
    if png is not None:
        draw_surface(response, quoted.options, png)
        progress(f"drawn: {png}")
    if html is not None:
        from gex_cli.html_page import write_html
        from gex_cli.surface_tables import print_surface

        write_html(
            html,
            f"Volatility surface of {response.underlying}",
            lambda out: print_surface(out, response, file.rate),
            lambda path: draw_surface(response, quoted.options, path),
        )
        progress(f"written: {html}")
