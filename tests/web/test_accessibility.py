"""Every view of the page in both themes, wide and on a phone, under the rules of axe-core (WCAG 2.1 A, AA, practice)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gex_client import Client

from tests.web.browser import Browser
from tests.web.conftest import named
from tests.web.gateway import RunningGateway

AXE = Path(__file__).parents[2] / "clients" / "web" / "node_modules" / "axe-core" / "axe.min.js"
ROOT = "document.documentElement.dataset"
FOUND = (
    "axe.run(document, {resultTypes: ['violations']}).then((all) => all.violations.map((one) => "
    "`${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join('; ')}`))"
)
# What is looked at, and what is done there before.
VIEWS = {
    "gamma with error bars": ("signError=0.2", "document.getElementById('numbers').open = true"),
    "vanna by horizon": ("greek=vanna&columns=horizons&span=0.2", ""),
    "no answer": ("positioning=signed_trades_lee_ready", ""),
    "keys": ("", "document.getElementById('keys').showModal()"),
    "log in": ("", "document.getElementById('login').showModal()"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not AXE.exists():
        pytest.skip("no axe-core: `npm ci` in clients/web installs it")
    with Browser() as opened:
        opened.call("Page.addScriptToEvaluateOnNewDocument", source=AXE.read_text())
        yield opened


@pytest.fixture(scope="module")
def page(gateway: RunningGateway, web_server: str) -> str:
    with Client(web_server, timeout=60.0) as client:
        client.publish_chain(named("AXE", options=600))
    return gateway.url


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(browser: Browser, page: str, scheme: str, width: int, height: int) -> None:
    browser.scheme(scheme)
    browser.resize(width, height)
    for view, (said, then) in VIEWS.items():
        browser.open("about:blank")
        browser.open(f"{page}#underlying=AXE&{said}")
        browser.wait("!document.getElementById('failure').hidden" if view == "no answer" else f"{ROOT}.revision")
        browser.value(then)
        assert browser.value(FOUND) == [], (view, scheme, width)


def test_axe_would_find_what_is_wrong(browser: Browser, page: str) -> None:
    browser.open("about:blank")
    browser.open(f"{page}#underlying=AXE")
    browser.wait(f"{ROOT}.revision")
    browser.value(
        "(() => { const table = document.createElement('table'); document.querySelector('main').append(table); "
        "table.createTHead().insertRow().append(document.createElement('th'), 'x'); table.insertRow().insertCell(); "
        "document.body.append(document.getElementById('assumption')); })()"
    )
    found = {one.partition(":")[0] for one in browser.value(FOUND)}
    assert {"empty-table-header", "region"} <= found
