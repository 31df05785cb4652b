"""gex serve."""

from pathlib import Path


def run(
    host: str | None,
    port: int | None,
    *,
    config: Path | None = None,
    show_settings: bool = False,
    shards: int | None = None,
) -> int:
    """Run a server until it is told to end; its exit code. What is None comes from elsewhere (`settings_sources`)."""
    from gex_server.settings_sources import load_settings

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    loaded = load_settings(config, given)
    if show_settings:
        print("\n".join(loaded.lines()))
        return 0
    if shards is not None:
        from gex_server.shards import run_shards

        return run_shards(loaded, shards)
    from gex_server.main import run as serve

    return serve(loaded)
