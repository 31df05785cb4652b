"""gex serve."""

import sys

from gex_cli.failing import BAD_INPUT


def run(host: str | None, port: int | None) -> int:
    """Run a server until it is told to end; its exit code. What is None comes from the environment, else the default."""
    from gex_server.main import run as serve
    from gex_server.settings import Settings
    from pydantic import ValidationError

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        print(f"gex: {place + ': ' if place else ''}{first['msg']}", file=sys.stderr)
        return BAD_INPUT
    return serve(settings)
