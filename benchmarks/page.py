"""The desk's page in a real browser, with a large chain: first paint, time from publication to screen, memory.

Run as `python -m benchmarks.page` (20,000 options, one minute of publications; `--minutes 10` for memory over ten, `--to
FILE` for the table as Markdown, `--shots FOLDER` for pictures, light and dark, 1280 px and a phone). Server, gateway and
headless chromium are processes of their own on this machine; one clock serves all three. Between a publication and the
screen lie `publish`, the call itself (the whole chain is sent and kept), and `update`, from its acknowledgement to the end
of the frame in which the page has drawn that revision (`data-painted-ms`), in the stages of `STAGES`. `spot` is `update`
for a new price of the underlying alone. Exit code 1 where the median of first paints is over a second, the median update
over 100 ms, or the page's heap has grown by more than a tenth after the first third.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from gex_client import Client
from gex_client.update_session import UpdateSession
from gexapi.v1 import chain_pb2

from benchmarks.markdown import number, table
from tests.server.requests import chain_message
from tests.server.running import RunningServer
from tests.web.browser import Browser
from tests.web.gateway import RunningGateway

FIRST_PAINT_MS, UPDATE_MS, GROWTH = 1_000.0, 100.0, 0.1  # what the desk was promised
NAME = "PAGE"
ROOT = "document.documentElement.dataset"
SHOTS = (("light", 1280, 900, 1.0), ("dark", 1280, 900, 1.0), ("light", 390, 844, 2.0), ("dark", 390, 844, 2.0))
SPOT_EVERY = 5  # of so many updates one is of spot alone
# Of an update: what each stage does, and where in the code.
STAGES = {
    "server": "forwards, surface, exposure and the push to the gateway (`gex_server.services.exposure`)",
    "gateway": "columns to JSON, once for all readers (`gex_web.parts`)",
    "way": "server-sent event to the browser (`gex_web.feeds`)",
    "parse": "JSON of the event (`transport.ts`)",
    "draw": "cells, profile and tables, only what changed (`main.ts`)",
    "frame": "wait for the display's next frame, layout and raster by the browser",
}


@dataclass
class Measured:
    """Milliseconds and bytes of one run."""

    first_paint: list[float] = field(default_factory=list)
    map_on_screen: list[float] = field(default_factory=list)
    publish: list[float] = field(default_factory=list)
    update: list[float] = field(default_factory=list)
    spot: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in STAGES})
    heap_mb: list[float] = field(default_factory=list)
    nodes: list[float] = field(default_factory=list)
    resident_mb: dict[str, list[float]] = field(default_factory=lambda: {"server": [], "gateway": []})

    def growth(self, values: list[float]) -> float:
        """Median of the last third against that of the second, less one; 0 where there are too few."""
        third = len(values) // 3
        if third < 2:
            return 0.0
        return statistics.median(values[-third:]) / statistics.median(values[third : 2 * third]) - 1.0


def first_paint(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds from navigation to the first contentful paint, and to the map of the chain, with nothing cached."""
    browser.call("Network.clearBrowserCache")
    browser.open("about:blank")
    browser.open(f"{url}#underlying={NAME}")
    painted = browser.wait(f"{ROOT}.paintedMs && Number({ROOT}.paintedMs) - performance.timeOrigin")
    first = browser.wait("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    return float(first), float(painted)


def revision_on_screen(browser: Browser, revision: int, seconds: float = 20.0) -> float:
    """When the page had drawn that revision, ms of the machine's clock."""
    browser.wait(f"Number({ROOT}.revision) >= {revision}", seconds)
    return float(browser.value(f"Number({ROOT}.paintedMs)"))


def published(browser: Browser, service: Client, chain: chain_pb2.Chain, into: Measured) -> None:
    """Publish, and note the milliseconds of the call, from its acknowledgement to the screen, and of each stage."""
    began = time.time()
    revision = service.publish_chain(chain).revision
    kept = 1e3 * time.time()
    painted = revision_on_screen(browser, revision)
    into.publish.append(kept - 1e3 * began)
    into.update.append(painted - kept)
    at = json.loads(browser.value(f"{ROOT}.stages"))
    instants = [kept, *(at[name] for name in ("heard", "sent", "arrived", "parsed", "drawn")), painted]
    for name, begin, end in zip(STAGES, instants[:-1], instants[1:], strict=True):
        into.stages[name].append(end - begin)


def moved(browser: Browser, session: UpdateSession, chain: chain_pb2.Chain) -> float:
    """Milliseconds from the acknowledgement of a new spot to the screen."""
    told = session.spot(chain.spot, as_of=np.datetime64(chain.as_of.seconds, "s")).result(30.0)
    kept = 1e3 * time.time()
    return revision_on_screen(browser, told.revision) - kept


def later(chain: chain_pb2.Chain, number: int) -> None:
    """A second later, spot a little elsewhere: one way and back, so that maps differ and do not drift."""
    chain.as_of.seconds += 1
    chain.spot *= 1.0005 if number % 2 else 1.0 / 1.0005


def shots(browser: Browser, url: str, folder: Path) -> Iterator[Path]:
    """Pictures of the whole page."""
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, width, height, scale in SHOTS:
        browser.scheme(scheme)
        browser.resize(width, height, scale)
        browser.open("about:blank")
        browser.open(f"{url}#underlying={NAME}&signError=0.1")
        browser.wait(f"{ROOT}.revision")
        whole = browser.value("document.documentElement.scrollHeight")
        browser.resize(
            width, min(6_000, int(whole)), scale
        )  # what is out of sight asks for its numbers when it is seen
        time.sleep(3.0)
        path = folder / f"page_{scheme}_{width}.png"
        browser.screenshot(path)
        yield path


def weigh(browser: Browser, processes: dict[str, int], into: Measured) -> None:
    """Note what is held: values of the page after a collection, its nodes, and the memory of server and gateway."""
    into.heap_mb.append(browser.heap() / 1e6)
    into.nodes.append(float(browser.call("Memory.getDOMCounters")["nodes"]))
    for name, process in processes.items():
        status = Path(f"/proc/{process}/statm")
        if status.exists():
            into.resident_mb[name].append(int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6)
    browser.events.clear()


def spread(values: list[float]) -> list[str]:
    """Median, least, 95th of a hundred, most."""
    if not values:
        return ["–"] * 4
    ordered = sorted(values)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return [number(one, 1) for one in (statistics.median(ordered), ordered[0], late, ordered[-1])]


def verdict(found: Measured) -> dict[str, bool]:
    """Whether each promise was kept."""
    return {
        "first paint": statistics.median(found.first_paint) <= FIRST_PAINT_MS,
        "update": statistics.median(found.update) <= UPDATE_MS,
        "memory": found.growth(found.heap_mb) <= GROWTH,
    }


def report(found: Measured, options: int, minutes: float, loads: tuple[str, str]) -> str:
    """The figures as a page."""
    kept = verdict(found)
    asked = {"first_paint": f"≤ {FIRST_PAINT_MS:.0f} ms", "update": f"≤ {UPDATE_MS:.0f} ms"}
    times = [
        (
            "first paint, nothing cached",
            found.first_paint,
            asked["first_paint"],
        ),
        ("the map on screen, nothing cached", found.map_on_screen, ""),
        ("publish: the call, whole chain", found.publish, ""),
        ("update: acknowledged to on screen", found.update, asked["update"]),
        ("new spot: acknowledged to on screen", found.spot, ""),
    ]
    medians = {name: statistics.median(values) for name, values in found.stages.items()}
    longest = max(medians, key=lambda name: medians[name])
    growth = found.growth(found.heap_mb)
    lines = [
        "# The desk's page",
        "",
        (
            f"`make bench-page`, {time.strftime('%Y-%m-%d', time.gmtime())}, {platform.machine()}, {os.cpu_count()} cores, "
            f"headless chromium without a GPU, loopback; {options:,} options, {minutes:g} minutes. Load of the machine "
            f"{loads[0]} before and {loads[1]} after (server, gateway and browser share the cores)."
        ),
        "",
        *table(
            ["ms", "asked", "median", "least", "95th", "most", "n"],
            [[name, limit, *spread(values), str(len(values))] for name, values, limit in times],
        ),
        "## Where an update goes",
        "",
        *table(
            ["stage", "median ms", "least", "95th", "most", "what"],
            [[name, *spread(values), STAGES[name]] for name, values in found.stages.items()],
        ),
        f"The median update is {'within' if kept['update'] else 'over'} {UPDATE_MS:.0f} ms; its longest stage is "
        f"*{longest}* with {number(medians[longest], 1)} ms: {STAGES[longest]}."
        + (
            ""
            if kept["update"]
            else " Stages that wait for a core lengthen with the load of the machine, stated above."
        ),
        "",
        "## Memory",
        "",
        *table(
            ["", "second third", "last third", "change"],
            [
                _thirds("values of the page after a collection, MB", found.heap_mb, 2),
                _thirds("nodes of the page", found.nodes, 0),
                _thirds("server, resident, MB", found.resident_mb["server"], 0),
                _thirds("gateway, resident, MB", found.resident_mb["gateway"], 0),
            ],
        ),
        (
            f"{len(found.update) + len(found.spot):,} updates; the page's values "
            f"{'are flat' if kept['memory'] else 'GROW'}: {100.0 * growth:+.1f} % (at most {100.0 * GROWTH:.0f} %)."
        ),
        "",
    ]
    return "\n".join(lines)


def _thirds(name: str, values: list[float], digits: int) -> list[str]:
    third = len(values) // 3
    if third < 2:
        return [name, "–", "–", "–"]
    early, last = statistics.median(values[third : 2 * third]), statistics.median(values[-third:])
    return [
        name,
        number(early, digits),
        number(last, digits),
        f"{100.0 * (last / early - 1.0):+.1f} %".replace("-", "−"),
    ]


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--options", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--loads", type=int, default=7)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between publications")
    parser.add_argument("--to", type=Path, help="write the table there")
    parser.add_argument("--shots", type=Path)
    asked = parser.parse_args()
    chain, found, before = chain_message(underlying=NAME, options=asked.options), Measured(), _load()
    with (
        RunningServer() as server,
        RunningGateway(server.event("listening")["address"]) as gateway,
        Client(server.event("listening")["address"], timeout=120.0) as service,
        Browser() as browser,
    ):
        server.event("serving")
        service.publish_chain(chain)
        service.exposure(NAME)
        for _ in range(asked.loads):
            first, whole = first_paint(browser, gateway.url)
            found.first_paint.append(first)
            found.map_on_screen.append(whole)
        processes = {"server": server.process.pid, "gateway": gateway.process.pid}
        ends, count = time.monotonic() + 60.0 * asked.minutes, 0
        with service.stream_updates(NAME) as session:
            while time.monotonic() < ends:
                began, count = time.monotonic(), count + 1
                later(chain, count)
                if count % SPOT_EVERY:
                    published(browser, service, chain, found)
                else:
                    found.spot.append(moved(browser, session, chain))
                if count % 10 == 0:
                    weigh(browser, processes, found)
                time.sleep(max(0.0, asked.every - (time.monotonic() - began)))
        if asked.shots is not None:
            for path in shots(browser, gateway.url, asked.shots):
                print(path)
        for complaint in browser.complaints():
            print(complaint, file=sys.stderr)
    text = report(found, asked.options, asked.minutes, (before, _load()))
    print(text)
    if asked.to is not None:
        asked.to.write_text(text)
    return int(not all(verdict(found).values()))


def _load() -> str:
    return Path("/proc/loadavg").read_text().split()[0] if Path("/proc/loadavg").exists() else "?"


if __name__ == "__main__":
    sys.exit(main())
