"""gex serve."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gex.errors import InputError

if TYPE_CHECKING:
    from gex_server.settings_sources import LoadedSettings
    from gexapi.v1 import hedge_pb2

WEB_PORT = 8050


def run(
    host: str | None,
    port: int | None,
    *,
    config: Path | None = None,
    show_settings: bool = False,
    shards: int | None = None,
    web: bool = False,
    web_port: int | None = None,
    positions: Path | None = None,
    instruments: Path | None = None,
    underlying: str = "",
    hedge: str = "",
) -> int:
    """Run a server until it is told to end; its exit code. What is None comes from elsewhere (`settings_sources`).

    `positions`, `instruments` and `underlying` are the book whose hedge the page shows, `hedge` the kept one it lists.
    """
    from gex_server.settings_sources import load_settings

    given: dict[str, object] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    loaded = load_settings(config, given)
    page = {"--web-port": web_port, "--positions": positions, "--instruments": instruments,
            "--underlying": underlying or None, "--hedge": hedge or None}  # fmt: skip
    for name, value in page.items():
        if value is not None and not web:
            raise InputError(f"{name}: expected --web with it")
    plan = None
    if web:
        from gex_cli.web_command import plan_of

        _check_page(loaded, shards=shards)
        plan = plan_of(positions, instruments, underlying)
    if show_settings:
        print("\n".join(loaded.lines()))
        return 0
    if web:
        with tempfile.TemporaryDirectory(prefix="gex-") as folder:
            if not loaded.settings.socket:
                loaded = load_settings(config, given | {"socket": str(Path(folder) / "page.sock")})
            return _run_with_page(loaded, WEB_PORT if web_port is None else web_port, plan, hedge)
    if shards is not None:
        from gex_server.shards import run_shards

        return run_shards(loaded, shards)
    from gex_server.main import run as serve

    return serve(loaded)


def _check_page(loaded: "LoadedSettings", *, shards: int | None) -> None:
    """An InputError where no page can stand beside this server."""
    if shards is not None:
        raise InputError(
            "--web: expected one process, got --shards; gex web --server ADDRESS serves the page of the front before them"
        )
    settings = loaded.settings
    if settings.tls_client_ca_file is not None and settings.token_file is None and settings.admin_token is None:
        raise InputError(
            "--web: expected token_file beside tls_client_ca_file; one logs in to the page with a token, not a certificate"
        )


def _run_with_page(loaded: "LoadedSettings", port: int, plan: "hedge_pb2.PlanHedgeRequest | None", hedge: str) -> int:
    """Serve with the desk's page beside; both end together."""
    from gex_server.main import run as serve
    from gex_web.beside import PageBeside

    settings = loaded.settings
    name = settings.address if settings.port else "that it was started with"
    with PageBeside(port=port, server=f"unix:{settings.socket}", name=name, plan=plan, hedge=hedge):
        return serve(loaded)
