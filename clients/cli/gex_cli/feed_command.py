"""gex feed SOURCE UNDERLYING."""

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from gex_client import UpdateSession
from gexapi.v1 import chain_pb2

from gex_cli.amounts import count as counted
from gex_cli.chain_session import Publication
from gex_cli.connecting import connect
from gex_cli.downloads import download
from gex_cli.feeding import LiveFeed, feed_into
from gex_cli.json_lines import Json, print_object
from gex_cli.requests import existing
from gex_cli.terminal import progress

if TYPE_CHECKING:
    from gex_cli.chain_feed import Sent

SOURCES = ("deribit", "cboe", "files")


def run(
    source: str,
    underlying: str,
    *,
    server: str,
    interval: float,
    relist_seconds: float,
    books: bool,
    whole: bool,
    count: int | None,
    host: str | None,
    json: bool,
) -> None:
    """Keep the chain of a coin current in a server, a line (or object) for every publication."""
    from gex.errors import InputError
    from gex.io.fetching import chain_url, fetch_chain, stream_url
    from gex.io.live_chain import LiveChain

    if source not in SOURCES:
        raise InputError(f"source: expected {', '.join(SOURCES)}, got {source!r}")
    for name, value in (("--interval", interval), ("--relist", relist_seconds)):
        if not 0.0 < value < 1e6:
            raise InputError(f"{name}: expected a positive number of seconds, got {value:g}")
    if whole and source != "deribit":
        raise InputError(f"--whole: goes with deribit; what {source} sends is decided chain by chain")
    if source != "deribit":
        follow_chains(source, underlying, server=server, interval=interval, count=count, host=host, json=json)
        return
    listing = fetch_chain(source, underlying, download, host=host).payload
    url = chain_url(source, underlying, host=host)
    live_feed = LiveFeed(
        live=LiveChain(underlying, listing),
        url=stream_url(host),
        tell=progress,
        listing=lambda: download(url),
        books=books,
        whole=whole,
    )
    progress(f"feed: {len(live_feed.live.instruments)} options of {underlying} from {live_feed.url} into {server}")

    def tell(published: Publication) -> None:
        if json:
            print_object(publication_object(published, live_feed))
        else:
            print(publication_line(published, live_feed))
            sys.stdout.flush()

    asyncio.run(
        feed_into(live_feed, server, interval=interval, relist_seconds=relist_seconds, count=count, published=tell)
    )


def follow_chains(
    source: str, underlying: str, *, server: str, interval: float, count: int | None, host: str | None, json: bool
) -> None:
    """Chains of files in the order of their instants, or of a source that is asked again and again, into a server."""
    from gex_cli import chain_feed

    if source == "files":
        path = Path(underlying)
        steps = chain_feed.recorded(path if path.is_dir() else existing(path), "auto", progress)
    else:
        steps = chain_feed.polled(source, underlying, every_seconds=interval, host=host, tell=progress)
    before: dict[str, chain_pb2.Chain] = {}
    sessions: dict[str, UpdateSession] = {}
    with connect(server, timeout=30.0) as client:
        client.underlyings()  # a server that is not there is told at once
        for number, step in enumerate(steps, start=1):
            name = step.chain.underlying
            if name not in sessions:
                sessions[name] = client.stream_updates(name)
            sent = chain_feed.send(sessions[name], before.get(name), step)
            before[name] = step.chain
            print_object(step_object(sent)) if json else print(step_line(sent), flush=True)
            if number == count:
                return
            if source == "files":
                time.sleep(interval)


def step_line(sent: "Sent") -> str:
    """One chain in a line: what was sent of it, and what became of that."""
    as_of = f"{np.datetime_as_string(np.datetime64(sent.chain.as_of), unit='s')}Z"
    if not sent.kinds:
        return f"{as_of}  {sent.chain.underlying:<6} nothing moved"
    last = sent.updates[-1]
    reasons = ", ".join(dict.fromkeys(one.reason for one in sent.updates if one.reason))
    refused = sum(reject.count for one in sent.updates for reject in one.rejects)
    return (
        f"{as_of}  {sent.chain.underlying:<6} revision {last.revision}  {counted(len(sent.chain))} options  "
        f"{' '.join(sent.kinds)}  {last.durability}  {1e3 * sent.seconds:.0f} ms"
        + (f"  not applied: {reasons}" if reasons else "")
        + (f"  rows refused {counted(refused)}" if refused else "")
    )


def step_object(sent: "Sent") -> dict[str, Json]:
    """The same as JSON."""
    return {
        "name": sent.name,
        "underlying": sent.chain.underlying,
        "as_of": f"{np.datetime_as_string(np.datetime64(sent.chain.as_of), unit='ns')}Z",
        "row_count": len(sent.chain),
        "kinds": list(sent.kinds),
        "revisions": [one.revision for one in sent.updates],
        "is_applied": [one.is_applied for one in sent.updates],
        "reasons": [one.reason for one in sent.updates],
        "durability": sent.updates[-1].durability if sent.updates else "",
        "seconds": sent.seconds,
    }


def publication_line(published: Publication, live_feed: LiveFeed) -> str:
    """One publication, and what the feed has seen since it began."""
    counts, report = live_feed.feed.counts, live_feed.report
    kept = "" if published.kept_row_count is None else f"{counted(published.kept_row_count)} of "
    return (
        f"{_as_of(published)}  revision {published.revision}  {kept}{counted(len(published.chain.strike))} options  "
        f"{' '.join(published.kinds) or 'nothing moved'}  rows {counted(published.rows_sent)}  "
        f"updates {counted(report.updates)}  connections {report.loop.connections}  gaps {counts.book_gaps}  "
        f"trades lost {counts.missing_trades}"
    )


def publication_object(published: Publication, live_feed: LiveFeed) -> dict[str, Json]:
    """The same as JSON, with every count."""
    counts, report = live_feed.feed.counts, live_feed.report
    return {
        "underlying": published.chain.underlying,
        "revision": published.revision,
        "as_of": _as_of(published),
        "kinds": list(published.kinds),
        "durability": published.durability,
        "row_count": len(published.chain.strike),
        "kept_row_count": published.kept_row_count,
        "rows_sent": published.rows_sent,
        "updates": report.updates,
        "applied": report.applied,
        "publications": report.publications,
        "whole_publications": report.whole_publications,
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


def _as_of(published: Publication) -> str:
    moment = np.datetime64(published.chain.as_of.ToNanoseconds(), "ns")
    return f"{np.datetime_as_string(moment, unit='ms')}Z"
