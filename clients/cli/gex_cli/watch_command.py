"""gex watch UNDERLYING."""

import sys

import numpy as np
from gex_client import Exposure, ExposureWatch, InputError
from gexapi.v1 import exposure_pb2

from gex_cli.amounts import instant, money, price, strike
from gex_cli.connecting import connect
from gex_cli.csv_tables import print_rows, record
from gex_cli.exposure_tables import currency_of
from gex_cli.options import Greeks
from gex_cli.terminal import print_json, progress

HEAD = (
    f"{'as of':<23}  {'rev':>6}  {'spot':>12}  {'net gamma per 1 %':>18}  "
    f"{'flip':>12}  {'put wall':>10}  {'call wall':>10}"
)


def run(
    underlying: str,
    positionings: list[str],
    greeks: Greeks,
    *,
    rate: float | None,
    count: int | None,
    server: str,
    json: bool,
    with_map: bool = False,
    csv: bool = False,
) -> None:
    """Print every newer exposure of a kept underlying until interrupted, or `count` of them."""
    if json + csv + with_map > 1:
        raise InputError("--json, --csv, --map: expected one of them, got several")
    with connect(server) as client:
        kept = [one.underlying for one in client.underlyings()]  # a server that is not there is told at once
        if underlying not in kept:
            has = f"the server keeps {', '.join(kept)}" if kept else "the server keeps no chain yet"
            progress(f"waiting for a chain of {underlying}; {has}")
        watch = client.watch_exposure(
            underlying,
            positionings=positionings,
            greeks=greeks.value,
            rate=rate,
            settings={} if json else {"omit_map": not with_map, "omit_profile": True},
        )
        if with_map:
            _draw(watch, count)
            return
        with watch:
            for number, exposure in enumerate(watch, start=1):
                if json:
                    print_json(exposure.proto)
                elif csv:
                    print_rows(rows_of(_response(exposure)), with_head=number == 1)
                else:
                    _print(exposure, with_head=number == 1)
                if number == count:
                    return


def rows_of(response: exposure_pb2.GetExposureResponse) -> list[dict[str, object]]:
    """A row a positioning: instant, revision, spot, and every figure of the book, numbers in full."""
    as_of = response.provenance.as_of
    head = {
        "as_of": np.datetime64(as_of.seconds * 1_000_000_000 + as_of.nanos, "ns"),
        "revision": response.revision,
        "underlying": response.underlying,
        "spot": response.spot,
    }
    return [head | record(book) for book in response.books]


def _draw(watch: ExposureWatch, count: int | None) -> None:
    from gex_cli.live_map import LiveMap
    from gex_cli.terminal import console

    with watch, LiveMap(console()) as live:
        for number, exposure in enumerate(watch, start=1):
            live.show(_response(exposure))
            if number == count:
                return


def _response(exposure: Exposure) -> exposure_pb2.GetExposureResponse:
    response = exposure.proto
    if not isinstance(response, exposure_pb2.GetExposureResponse):
        raise TypeError(f"watch: expected a GetExposureResponse, got {type(response).__name__}")
    return response


def _print(exposure: Exposure, *, with_head: bool) -> None:
    response = _response(exposure)
    if with_head:
        print(HEAD)
    as_of, currency = response.provenance.as_of, currency_of(response)
    for book in response.books:
        name = f"  {book.positioning}" if len(response.books) > 1 else ""
        flip = price(book.gamma_flip) if book.HasField("gamma_flip") else "none"
        put = strike(book.put_wall if book.HasField("put_wall") else None)
        call = strike(book.call_wall if book.HasField("call_wall") else None)
        print(
            f"{instant(as_of.seconds, as_of.nanos)}  {response.revision:>6}  {price(response.spot):>12}  "
            f"{money(book.gamma_exposure_per_percent, currency):>18}  {flip:>12}  {put:>10}  {call:>10}{name}"
        )
    sys.stdout.flush()
