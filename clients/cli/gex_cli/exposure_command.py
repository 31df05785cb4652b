"""gex exposure FILE."""

from pathlib import Path

from gexapi.v1 import exposure_pb2

from gex_cli.asking import ask
from gex_cli.options import ChainFile, ExposureExtras, Greeks, check_one_format
from gex_cli.requests import exposure_request
from gex_cli.terminal import print_json, progress


def run(
    file: ChainFile,
    positionings: list[str],
    greeks: Greeks,
    extras: ExposureExtras | None = None,
    *,
    server: str | None,
    json: bool,
    png: Path | None,
    csv: bool = False,
    html: Path | None = None,
    forward_map: bool = False,
) -> None:
    """Print the exposure of the chain in a file; the forward map is in the JSON and in the picture."""
    check_one_format(json=json, csv=csv)
    _check_files(png, html)
    request = exposure_request(file, positionings, greeks, extras)
    if forward_map:
        request.settings.forward_map.SetInParent()
    response = ask("ComputeExposure", request, exposure_pb2.ComputeExposureResponse, server)
    if json:
        print_json(response)
    elif csv:
        from gex_cli.csv_tables import print_exposure_csv

        print_exposure_csv(response)
    else:
        from gex_cli.exposure_tables import print_exposure
        from gex_cli.terminal import console

        print_exposure(console(), response, file.rate)
    if png is not None:
        from gex_cli.picture import draw_exposure

        draw_exposure(response, png)
        progress(f"drawn: {png}")
    if html is not None:
        from gex_cli.exposure_tables import print_exposure
        from gex_cli.html_page import write_html
        from gex_cli.picture import draw_exposure

        write_html(
            html,
            f"Dealer exposure of {response.underlying}",
            lambda out: print_exposure(out, response, file.rate),
            lambda path: draw_exposure(response, path),
        )
        progress(f"written: {html}")


def _check_files(png: Path | None, html: Path | None) -> None:
    """Refuse a file name that is no picture before anything is computed."""
    if png is not None:
        from gex_cli.picture import check_format

        check_format(png)
    if html is not None:
        from gex_cli.html_page import check_html

        check_html(html)
