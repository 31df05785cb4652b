"""gex fetch SOURCE UNDERLYING."""

import gzip
import sys
from pathlib import Path

from gex_cli.chain_summary import summary_lines, summary_object, summary_of
from gex_cli.downloads import download
from gex_cli.json_lines import print_object
from gex_cli.terminal import progress


def run(source: str, underlying: str, *, out: Path | None, host: str | None, json: bool) -> None:
    """Fetch a live chain, keep its bytes where `out` says ("-": standard output), and say what it holds."""
    from gex.io.fetching import fetch_chain

    fetched = fetch_chain(source, underlying, download, host=host)
    summary = summary_of(fetched.chain)
    if out is not None and str(out) == "-":
        sys.stdout.buffer.write(fetched.payload)
        sys.stdout.flush()
        for line in summary_lines(summary):
            progress(line)
        return
    if out is not None:
        keep(fetched.payload, out)
    if json:
        print_object({"url": fetched.url, "file": None if out is None else str(out), **summary_object(summary)})
        return
    for line in summary_lines(summary):
        print(line)
    if out is not None:
        print(f"kept: {out}")


def keep(payload: bytes, path: Path) -> None:
    """Write a whole file or none; packed where its name ends in .gz."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(gzip.compress(payload, mtime=0) if path.suffix == ".gz" else payload)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
