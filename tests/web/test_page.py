"""The page in a real browser before a real server: what is seen is what the service says, and it comes back by itself."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gex_client import Client
from gex_client.exposure import Exposure, ExposureBook
from gexapi.v1 import common_pb2

from tests.server.requests import chain_message
from tests.server.running import RunningServer
from tests.web.browser import Browser
from tests.web.conftest import later, named
from tests.web.gateway import RunningGateway

SHORT, LONG = "oi_calls_long_puts_short", "oi_customers_long_all"
ROOT = "document.documentElement.dataset"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as opened:
        yield opened


def shown(browser: Browser, underlying: str, revision: int, positioning: str = SHORT) -> None:
    """Wait until that is painted."""
    state = f"{ROOT}.underlying === '{underlying}' && {ROOT}.positioning === '{positioning}'"
    browser.wait(f"{state} && Number({ROOT}.revision) >= {revision}")


def note(browser: Browser, element: str, words: str = ".") -> str:
    """The text of an element once these words are in it."""
    text = f"document.getElementById('{element}').textContent"
    return str(browser.wait(f"/{words}/.test({text}) && {text}"))


def picture(browser: Browser) -> str:
    return str(browser.value("document.querySelector('#map canvas').toDataURL()"))


def asked(client: Client, underlying: str, positioning: str = SHORT) -> tuple[Exposure, ExposureBook]:
    exposure = client.exposure(underlying, positionings=[positioning])
    return exposure, exposure.books[0]


def cells(browser: Browser) -> Iterator[tuple[float, list[str]]]:
    """Value and words of the cells under the pointer as it crosses the map."""
    box = browser.value(
        "(({x, y, width, height}) => [x, y, width, height])(document.querySelector('#map canvas').getBoundingClientRect())"
    )
    for part in np.linspace(0.15, 0.55, 9).tolist():
        for row in range(6, 36, 3):
            browser.hover(box[0] + part * box[2], box[1] + 32 + (row + 0.5) * 15)
            tip = browser.value(
                "(() => { const tip = document.querySelector('#map .tip'); return tip.hidden ? null : "
                "[tip.dataset.value, [...tip.children].map((one) => one.textContent)]; })()"
            )
            if tip is not None:
                yield float(tip[0]), tip[1]


def test_a_publication_changes_the_map_and_another_positioning_changes_it_again(
    browser: Browser, gateway: RunningGateway, service: Client
) -> None:
    chain = named("PAGE", options=2_000)
    service.publish_chain(chain)
    browser.open(f"{gateway.url}#underlying=PAGE")
    shown(browser, "PAGE", 1)
    first = picture(browser)
    service.publish_chain(later(chain, 60, chain.spot * 1.01))
    shown(browser, "PAGE", 2)
    second = picture(browser)
    assert second != first
    assert f"{chain.spot * 1.01:,.2f}" in browser.text()
    browser.choose("positioning", LONG)
    shown(browser, "PAGE", 2, LONG)
    assert picture(browser) != second
    assert "customers long all" in browser.value("document.getElementById('assumption').innerText")
    _, book = asked(service, "PAGE", LONG)
    net = f"{abs(book.gamma_exposure_per_percent) / 1e9:.3f} bn USD per 1\u00a0%"
    assert f"−{net}" in browser.value("document.getElementById('totals').innerText")


def test_what_the_pointer_reads_is_the_services_number_to_the_last_bit(
    browser: Browser, gateway: RunningGateway, service: Client
) -> None:
    service.publish_chain(named("HOVER", options=2_000))
    exposure, book = asked(service, "HOVER")
    assert book.map is not None
    names = {f"{one.root} {one.expiry}": at for at, one in enumerate(exposure.expiries)}
    for greek, column in (("gamma", "gamma_exposure_per_percent"), ("charm", "charm_exposure_per_day")):
        browser.open("about:blank")
        browser.open(f"{gateway.url}#underlying=HOVER&span=0.02&greek={greek}")
        shown(browser, "HOVER", 1)
        values, single = getattr(book.map, column), 0
        for value, words in cells(browser):
            strikes = [float(one.replace(",", "")) for one in re.findall(r"[\d,.]+", words[1].partition("(")[0])]
            place = words[0].partition(",")[0]
            if place not in names or "none listed" in words[1]:
                continue
            inside = (
                (book.map.expiry_index == names[place])
                & (book.map.strike >= strikes[0])
                & (book.map.strike <= strikes[-1])
            )
            if len(strikes) == 1:
                assert value == values[inside][0], words
                single += 1
            else:
                assert value == pytest.approx(values[inside].sum(), rel=1e-12)
            scale = max(s for s in (1e12, 1e9, 1e6, 1e3, 0.0) if abs(value) >= s)
            assert scale == 0.0 or f"{abs(value) / scale:.4f}" in words[2]
        assert single > 20, greek


def test_arrow_keys_read_the_same_cells_aloud_and_enter_shows_the_smile(
    browser: Browser, gateway: RunningGateway, service: Client
) -> None:
    service.publish_chain(named("KEYS", options=1_000))
    browser.resize(1280, 2200)
    browser.open(f"{gateway.url}#underlying=KEYS&span=0.02")
    shown(browser, "KEYS", 1)
    for key in ("m", "ArrowRight", "ArrowDown"):
        browser.key(key)
    said = browser.wait("document.querySelector('#map [aria-live]').textContent")
    assert "open interest" in said or "none listed" in said
    assert browser.value("document.activeElement.getAttribute('aria-label')").startswith("Gamma of dealers by strike")
    browser.key("ArrowRight")
    browser.key("Enter")
    browser.wait("location.hash.includes('expiry=SPX')")
    assert "bid and ask" in note(browser, "smileNote", "Proven free of static arbitrage")
    chosen = browser.value("new URLSearchParams(location.hash.slice(1)).get('expiry')")
    assert browser.wait(f"document.getElementById('expiry').value === '{chosen}'")
    browser.key("v")
    assert browser.wait("/Vanna by strike/.test(document.getElementById('mapTitle').textContent)")
    browser.resize(1280, 900)


def test_sign_errors_show_a_band_and_their_bars(browser: Browser, gateway: RunningGateway, service: Client) -> None:
    service.publish_chain(named("BAND", options=1_000))
    browser.open(f"{gateway.url}#underlying=BAND")
    shown(browser, "BAND", 1)
    browser.choose("signError", "0.2")
    browser.wait("/Band: one standard deviation/.test(document.getElementById('profileNote').textContent)")
    positioning = {"model": SHORT, "sign_error_probability": 0.2}
    bar = service.exposure("BAND", positionings=[positioning]).books[0].gamma_exposure_uncertainty
    assert bar is not None
    text = browser.value("document.getElementById('totals').innerText")
    assert f"{bar.standard_deviation / 1e9:.3f} bn" in text or f"{bar.standard_deviation / 1e6:.3f} m" in text
    assert "P(>\u00a00)" in text


def test_units_sign_and_assumption_are_on_screen_and_what_is_missing_is_said(
    browser: Browser, gateway: RunningGateway, service: Client
) -> None:
    chain = named("WORDS", options=600)
    chain.ClearField("open_interest_date")
    service.publish_chain(chain)
    browser.open(f"{gateway.url}#underlying=WORDS&positioning={LONG}")
    shown(browser, "WORDS", 1, LONG)
    text = browser.text()
    for words in (
        "Assumed, not measured: dealers hold customers long all (open interest)",
        "USD of delta per 1 % move of spot",
        "+ blue: the dealers' book is long",
        "Dealers trade the negative of its change",
        "No flip: no sign change",
        "day of open interest not known",
    ):
        assert words in text, words
    _, book = asked(service, "WORDS", LONG)
    assert book.gamma_flip is None
    assert "none" in browser.value("document.getElementById('levels').innerText")


def test_a_question_without_an_answer_says_why_and_another_one_is_answered(
    browser: Browser, gateway: RunningGateway, service: Client
) -> None:
    """Nobody has sent trades: their positioning has nothing to sign."""
    chain = named("TRADES", options=400)
    service.publish_chain(chain)
    browser.open(f"{gateway.url}#underlying=TRADES&positioning=signed_trades_lee_ready")
    assert "trades" in note(browser, "failure", "trades")
    assert browser.value("document.getElementById('badge').className") == "bad"
    browser.choose("positioning", SHORT)
    shown(browser, "TRADES", 1)
    assert browser.wait("document.getElementById('failure').hidden")


def test_nothing_is_asked_of_anybody_else_and_nothing_is_complained_of(
    browser: Browser, gateway: RunningGateway
) -> None:
    """After all of the above, and with the policy that forbids the rest."""
    asked_for = {url for url in browser.requested() if not url.startswith(("about:", "data:"))}
    assert asked_for
    assert all(url.startswith(gateway.url) for url in asked_for)
    assert browser.complaints() == []
    assert (
        browser.value(
            "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken' } catch { return 'refused' } })()"
        )
        == "refused"
    )


def test_dark_and_light_follow_the_system_and_the_switch(
    browser: Browser, gateway: RunningGateway, service: Client
) -> None:
    service.publish_chain(named("THEME", options=400))
    browser.scheme("dark")
    browser.open("about:blank")
    browser.open(f"{gateway.url}#underlying=THEME")
    shown(browser, "THEME", 1)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert browser.value(ground) == "rgb(16, 19, 23)"
    dark = picture(browser)
    browser.key("t")
    assert browser.wait(f"{ground} === 'rgb(255, 255, 255)'")
    browser.wait("document.querySelector('#map canvas').toDataURL().length > 0")
    assert picture(browser) != dark
    browser.key("t")
    assert browser.wait(f"{ground} === 'rgb(16, 19, 23)'")
    browser.key("t")
    browser.scheme("light")
    assert browser.wait(f"{ground} === 'rgb(255, 255, 255)'")


def test_a_phone_sees_it_without_scrolling_sideways(browser: Browser, gateway: RunningGateway, service: Client) -> None:
    service.publish_chain(named("PHONE", options=400))
    browser.resize(390, 844, 2.0)
    browser.open(f"{gateway.url}#underlying=PHONE")
    shown(browser, "PHONE", 1)
    assert browser.value("document.documentElement.scrollWidth") <= 390
    small = browser.value(
        "[...document.querySelectorAll('button, select')]"
        ".filter((one) => one.offsetParent && one.offsetHeight < 34).map((one) => one.id)"
    )
    assert small == []
    browser.resize(1280, 900)


def test_coin_settled_options_are_summed_in_dollars(browser: Browser, gateway: RunningGateway, service: Client) -> None:
    """Their prices are in coin; the delta notional is not."""
    chain = chain_message(underlying="COIN", kind="crypto", options=400)
    assert {one.payoff for one in chain.expiries} == {common_pb2.PAYOFF_INVERSE}
    service.publish_chain(chain)
    browser.open(f"{gateway.url}#underlying=COIN")
    shown(browser, "COIN", 1)
    assert "USD per 1" in browser.value("document.getElementById('mapTitle').textContent")
    assert "USD per 1" in browser.value("document.getElementById('totals').textContent")


def test_a_page_out_of_sight_gives_its_stream_back_and_hears_again_when_looked_at(
    browser: Browser, gateway: RunningGateway, service: Client
) -> None:
    """A browser grants six connections to a host: more tabs than that would wait for one another for ever."""
    chain = named("TABS")
    service.publish_chain(chain)
    for number in range(8):
        browser.open(f"{gateway.url}?tab={number}#underlying=TABS")  # the page before stays in the browser's memory
        shown(browser, "TABS", 1)
    assert browser.value("fetch('api/session', {cache: 'no-store'}).then((answer) => answer.status)") == 200
    streams = "performance.getEntriesByType('resource').filter((one) => one.name.includes('api/stream')).length"
    seen = "Object.defineProperty(document, 'visibilityState', {{value: '{}', configurable: true}}); "
    seen += "document.dispatchEvent(new Event('visibilitychange'))"
    browser.value("window.setTimeout = ((real) => (run, ms) => real(run, ms === 10000 ? 0 : ms))(window.setTimeout)")
    before = browser.value(streams)
    browser.value(seen.format("hidden"))
    assert browser.wait(f"{streams} > {before}")  # it is entered once it is over
    service.publish_chain(later(chain, 60, chain.spot * 1.01))
    browser.value(seen.format("visible"))
    shown(browser, "TABS", 2)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_page_logs_in_and_recovers_when_server_and_gateway_are_restarted(browser: Browser, tmp_path: Path) -> None:
    token, port = "read-only-token-of-the-desk", free_port()
    clients = tmp_path / "clients.toml"
    clients.write_text(
        f'[[client]]\nname = "desk"\nrole = "read"\ntoken = "{token}"\n'
        '[[client]]\nname = "feed"\nrole = "publish"\ntoken = "token-of-the-feed-handler"\n'
    )
    clients.chmod(0o600)
    server: dict[str, Any] = {"port": port, "token_file": clients, "heartbeat_seconds": 0.5}
    chain = named("BACK", options=400)
    with (
        Client(f"127.0.0.1:{port}", token="token-of-the-feed-handler", timeout=60.0) as feed,
        RunningServer(**server) as first,
        RunningGateway(f"127.0.0.1:{port}") as gateway,
    ):
        first.event("serving")
        feed.publish_chain(chain)
        browser.open(f"{gateway.url}#underlying=BACK")
        for attempt in ("of-nobody-who-is-known-here", token):
            browser.wait("document.getElementById('login').open")
            browser.value(f"document.getElementById('token').value = '{attempt}'")
            browser.value("document.getElementById('loginForm').requestSubmit()")
            if attempt != token:
                assert "no client" in note(browser, "loginNote", "Not taken")
        shown(browser, "BACK", 1)
        assert browser.value("document.cookie") == ""
        cookie = next(one for one in browser.call("Network.getCookies")["cookies"] if one["name"] == "gex_session")
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Strict"
        assert token not in cookie["value"]

        first.terminate()
        assert first.exit_code() == 0
        browser.wait("document.getElementById('badge').textContent === 'server away'")
        assert f"{chain.spot:,.2f}" in browser.text()  # what was heard last stays
        with RunningServer(**server) as second:
            second.event("serving")
            feed.publish_chain(later(chain, 60, chain.spot * 1.02))
            browser.wait(f"document.getElementById('price').textContent === '{chain.spot * 1.02:,.2f}'")
            browser.wait("document.getElementById('badge').textContent.startsWith('live')")

            same = gateway.port
            assert gateway.stop() == 0
            browser.wait("document.getElementById('badge').textContent === 'gateway away'")
            with RunningGateway(f"127.0.0.1:{port}", port=same, GEX_TOKEN=token) as again:
                assert again.port == same
                feed.publish_chain(later(chain, 120, chain.spot * 1.03))
                browser.wait(f"document.getElementById('price').textContent === '{chain.spot * 1.03:,.2f}'")
                browser.wait("document.getElementById('badge').textContent.startsWith('live')")
