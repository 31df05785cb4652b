"""The desk's page in a real browser, with a large chain: first paint, time from publication to screen, memory.

Run as `python -m benchmarks.page` (20,000 options, one minute of publications; `--minutes 10` for memory over ten,
`--shots FOLDER` for pictures, light and dark, 1280 px and a phone). Server, gateway and headless chromium are processes of
their own on this machine; one clock serves all three. Three figures lie between a publication and the screen: `publish` is
the call (the whole chain is sent and kept), `update` goes from its acknowledgement to the end of the frame in which the
page has drawn that revision (`data-painted-ms`), `spot` is the same for an update of spot alone on the update stream.
Exit code 1 where the median of first paints is over a second, the median update over 100 ms, or the page's heap has grown
by more than a tenth after the first third.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gex_client import Client
from gexapi.v1 import chain_pb2

from tests.server.requests import chain_message
from tests.server.running import RunningServer
from tests.web.browser import Browser
from tests.web.gateway import RunningGateway

FIRST_PAINT_MS, UPDATE_MS, GROWTH = 1_000.0, 100.0, 0.1  # what the desk was promised
NAME = "PAGE"
ROOT = "document.documentElement.dataset"
SHOTS = (("light", 1280, 900, 1.0), ("dark", 1280, 900, 1.0), ("light", 390, 844, 2.0), ("dark", 390, 844, 2.0))


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


def published(browser: Browser, service: Client, chain: chain_pb2.Chain) -> tuple[float, float]:
    """Milliseconds of the publication, and from its acknowledgement to the screen."""
    began = time.time()
    revision = service.publish_chain(chain).revision
    kept = time.time()
    return 1e3 * (kept - began), revision_on_screen(browser, revision) - 1e3 * kept


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


def told(name: str, values: list[float], unit: str = "ms") -> float:
    """Print a row of figures; the median."""
    ordered, middle = sorted(values), statistics.median(values)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(
        f"{name:<34}{middle:>9.1f} median {ordered[0]:>9.1f} least {late:>9.1f} 95th {ordered[-1]:>9.1f} most  "
        f"{unit} ({len(values)})",
        flush=True,
    )
    return middle


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--options", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--loads", type=int, default=7)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between publications")
    parser.add_argument("--shots", type=Path)
    asked = parser.parse_args()
    chain = chain_message(underlying=NAME, options=asked.options)
    with (
        RunningServer() as server,
        RunningGateway(server.event("listening")["address"]) as gateway,
        Client(server.event("listening")["address"], timeout=120.0) as service,
        Browser() as browser,
    ):
        server.event("serving")
        service.publish_chain(chain)
        service.exposure(NAME)
        print(f"{len(chain.strike):,} options, {len(chain.expiries)} expiries; load of the machine {_load()}")
        loads = [first_paint(browser, gateway.url) for _ in range(asked.loads)]
        first = told("first paint", [one for one, _ in loads])
        told("the map on screen", [one for _, one in loads])
        sent, updates, heaps, number = [], [], [], 0
        ends = time.monotonic() + 60.0 * asked.minutes
        while time.monotonic() < ends:
            began, number = time.monotonic(), number + 1
            later(chain, number)
            publish, update = published(browser, service, chain)
            sent.append(publish)
            updates.append(update)
            if number % 10 == 0:
                heaps.append(browser.heap() / 1e6)
                browser.events.clear()
            time.sleep(max(0.0, asked.every - (time.monotonic() - began)))
        told("publish: call of the whole chain", sent)
        update = told("update: acknowledged to on screen", updates)
        growth = 0.0
        if len(heaps) >= 6:
            third = len(heaps) // 3
            early, last = statistics.median(heaps[third : 2 * third]), statistics.median(heaps[-third:])
            growth = last / early - 1.0
            told("heap of the page", heaps, "MB")
            print(
                f"heap, second third to last: {early:.2f} to {last:.2f} MB ({100.0 * growth:+.1f} %), {number} updates"
            )
        if asked.shots is not None:
            for path in shots(browser, gateway.url, asked.shots):
                print(path)
        for complaint in browser.complaints():
            print(complaint, file=sys.stderr)
    print(f"load of the machine at the end {_load()}")
    return int(first > FIRST_PAINT_MS or update > UPDATE_MS or growth > GROWTH)


def _load() -> str:
    return Path("/proc/loadavg").read_text().split()[0] if Path("/proc/loadavg").exists() else "?"


if __name__ == "__main__":
    sys.exit(main())
