"""gex web: the desk's page of a server."""

import sys
from pathlib import Path

from gex_client import GexError, UnavailableError
from gex_client.errors import InputError
from gexapi.v1 import hedge_pb2

from gex_cli.connecting import connect, way_to


def run(
    *,
    server: str,
    host: str,
    port: int,
    positions: Path | None,
    instruments: Path | None,
    underlying: str,
    hedge: str,
    allow_hosts: list[str],
    allow_insecure_bind: bool,
) -> None:
    """Serve the page until interrupted."""
    from gex_web.running import run as serve
    from gex_web.settings import WebSettings

    way = way_to(server)
    settings = WebSettings(
        server=way.address,
        host=host,
        port=port,
        token=way.token,
        client_arguments={"credentials": way.credentials},
        allowed_hosts=tuple(allow_hosts),
        allow_insecure_bind=allow_insecure_bind,
        plan=plan_of(positions, instruments, underlying),
        hedge=hedge,
    )
    _look(server)
    serve(settings, listening)


def listening(address: str) -> None:
    """Say where the page is."""
    print(f"gex web: the page is at {address} (Ctrl-C ends it)", file=sys.stderr, flush=True)


def _look(server: str) -> None:
    """Say what is wrong with the server, if anything; the page waits for it."""
    try:
        with connect(server, timeout=2.0) as client:
            kept = client.underlyings()
    except UnavailableError:
        print(
            f"gex web: no server answers at {server}; the page waits for one. Start it with: gex serve --port "
            f"{server.rpartition(':')[2]}",
            file=sys.stderr,
        )
    except GexError as error:
        print(f"gex web: {server}: {error}; the page asks for a token", file=sys.stderr)
    else:
        if not kept:
            print(
                f"gex web: {server} keeps no chain yet. Send one with: gex publish FILE --server {server}",
                file=sys.stderr,
            )


def plan_of(positions: Path | None, instruments: Path | None, underlying: str) -> hedge_pb2.PlanHedgeRequest | None:
    """The hedge that the page follows, from the files that `gex hedge` reads."""
    if positions is None and instruments is None:
        if underlying:
            raise InputError("--underlying: goes with --positions and --instruments, whose hedge the page shows")
        return None
    if positions is None or instruments is None:
        raise InputError("--positions and --instruments go together: a book, and what may be traded to hedge it")
    if not underlying:
        raise InputError("--underlying: expected the kept underlying that the book is on, SPX")
    from gex_cli.hedge_request import kept_hedge_request

    return kept_hedge_request(underlying, positions, instruments)
