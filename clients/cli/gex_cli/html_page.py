"""An answer as one HTML file that needs nothing else: what the terminal shows, and the picture, both inside it."""

import html
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from gex_cli.requests import check_folder

WIDTH = 118  # places

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="generator" content="gex">
<title>{title}</title>
<style>
:root {{ color-scheme: light; }}
body {{ margin: 16px auto; padding: 0 12px; max-width: 1500px; color: #1b1f24; background: #ffffff; }}
pre {{ font: 13px/1.3 "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-x: auto; }}
svg {{ width: 100%; height: auto; }}
</style>
</head>
<body>
{picture}
<pre>{text}</pre>
</body>
</html>
"""


def check_html(path: Path) -> None:
    """Raise an InputError for a file name that is no HTML."""
    from gex.errors import InputError

    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--html: expected a file that ends in .html, got {str(path)!r}")
    check_folder(path, "--html")


def write_html(
    path: Path, title: str, show: Callable[[Console], None], draw: Callable[[Path], None] | None = None
) -> None:
    """Write what `show` prints below what `draw` draws. Colours stay, whatever the terminal or NO_COLOR says."""
    out = Console(
        record=True,
        file=io.StringIO(),
        width=WIDTH,
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
        highlight=False,
        legacy_windows=False,
    )
    show(out)
    text = out.export_html(inline_styles=True, code_format="{code}")
    picture = "" if draw is None else _svg(draw)
    path.write_text(_PAGE.format(title=html.escape(title), picture=picture, text=text), encoding="utf-8")


def _svg(draw: Callable[[Path], None]) -> str:
    with tempfile.TemporaryDirectory(prefix="gex-") as folder:
        file = Path(folder) / "picture.svg"
        draw(file)
        text = file.read_text(encoding="utf-8")
    return text[text.index("<svg") :]
