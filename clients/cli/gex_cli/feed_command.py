"""gex feed SOURCE UNDERLYING."""

import asyncio
import sys

import numpy as np
from gex_client.market import Published

from gex_cli.amounts import count as counted
from gex_cli.downloads import download
from gex_cli.feeding import LiveFeed, feed_into
from gex_cli.json_lines import Json, print_object
from gex_cli.terminal import progress


def run(
    source: str,
    underlying: str,
    *,
    server: str,
    interval: float,
    relist_seconds: float,
    books: bool,
    count: int | None,
    host: str | None,
    json: bool,
) -> None:
    """Keep the chain of a coin current in a server, a line (or object) for every publication."""
    from gex.errors import InputError
    from gex.io.fetching import chain_url, fetch_chain, stream_url
    from gex.io.live_chain import LiveChain

    if source != "deribit":
        raise InputError(f"source: expected deribit, which has a feed, got {source!r}")
    for name, value in (("--interval", interval), ("--relist", relist_seconds)):
        if not 0.0 < value < 1e6:
            raise InputError(f"{name}: expected a positive number of seconds, got {value:g}")
    listing = fetch_chain(source, underlying, download, host=host).payload
    url = chain_url(source, underlying, host=host)
    live_feed = LiveFeed(
        live=LiveChain(underlying, listing),
        url=stream_url(host),
        tell=progress,
        listing=lambda: download(url),
        books=books,
    )
    progress(f"feed: {len(live_feed.live.instruments)} options of {underlying} from {live_feed.url} into {server}")

    def tell(published: Published) -> None:
        if json:
            print_object(publication_object(published, live_feed))
        else:
            print(publication_line(published, live_feed))
            sys.stdout.flush()

    asyncio.run(
        feed_into(live_feed, server, interval=interval, relist_seconds=relist_seconds, count=count, published=tell)
    )


def publication_line(published: Published, live_feed: LiveFeed) -> str:
    """One publication, and what the feed has seen since it began."""
    counts, report = live_feed.feed.counts, live_feed.report
    return (
        f"{_as_of(published)}  revision {published.revision}  "
        f"{counted(published.kept_row_count)} of {counted(published.row_count)} options  "
        f"updates {counted(report.updates)}  connections {report.loop.connections}  gaps {counts.book_gaps}  "
        f"trades lost {counts.missing_trades}"
    )


def publication_object(published: Published, live_feed: LiveFeed) -> dict[str, Json]:
    """The same as JSON, with every count."""
    counts, report = live_feed.feed.counts, live_feed.report
    return {
        "underlying": published.underlying,
        "revision": published.revision,
        "as_of": _as_of(published),
        "row_count": published.row_count,
        "kept_row_count": published.kept_row_count,
        "updates": report.updates,
        "applied": report.applied,
        "publications": report.publications,
        "failed_publications": report.failed_publications,
        "relistings": report.relistings,
        "connections": report.loop.connections,
        "failures": report.loop.failures,
        "silences": report.loop.silences,
        "messages": counts.messages,
        "quotes": counts.quotes,
        "trades": counts.trades,
        "duplicates": counts.duplicates,
        "missing_trades": counts.missing_trades,
        "book_gaps": counts.book_gaps,
        "refused": counts.refused,
        "unreadable": counts.unreadable,
    }


def _as_of(published: Published) -> str:
    moment = None if published.provenance is None else published.provenance.as_of
    return "" if moment is None else f"{np.datetime_as_string(moment, unit='ms')}Z"
