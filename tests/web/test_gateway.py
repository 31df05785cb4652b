"""The gateway before a real server: what it answers, whom it refuses, how it ends."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gex_client import Client
from gex_client.errors import InputError
from gex_web.guard import HEADERS, host_name
from gex_web.parts import GREEKS, LISTED
from gex_web.questions import question_from_query
from gex_web.settings import WebSettings

from tests.web.conftest import later, named
from tests.web.gateway import RunningGateway
from tests.web.test_encoding import decoded


def events(response: httpx.Response) -> Iterator[tuple[str, str, Any]]:
    """Kind, id and data of every event of a stream."""
    kind = event_id = ""
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind, event_id = value, ""
        elif name == "id":
            event_id = value
        elif name == "data":
            yield kind, event_id, json.loads(value)


def first(response: httpx.Response, kind: str) -> tuple[str, Any]:
    return next((event_id, data) for name, event_id, data in events(response) if name == kind)


def whole(response: httpx.Response) -> dict[str, Any]:
    """The first exposure with the columns that came before and after it, as the page puts it together."""
    found: dict[str, Any] = {}
    for kind, _, data in events(response):
        found[kind] = data
        if "greeks" in found:
            break
    assert found["listing"]["listing"] == found["exposure"]["listing"] == found["greeks"]["listing"]
    assert found["exposure"]["revision"] == found["greeks"]["revision"]
    found["exposure"]["exposure"]["books"][0]["map"] |= found["listing"]["map"] | found["greeks"]["map"]
    exposure: dict[str, Any] = found["exposure"]
    return exposure


def test_the_stream_carries_the_very_numbers_of_the_service(gateway: RunningGateway, service: Client) -> None:
    chain = named("STREAM")
    service.publish_chain(chain)
    with httpx.stream("GET", f"{gateway.url}api/stream?underlying=STREAM", timeout=60.0) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        data = whole(response)
    asked = service.exposure("STREAM", positionings=["oi_calls_long_puts_short"]).books[0]
    book = data["exposure"]["books"][0]
    assert book["gamma_exposure_per_percent"] == asked.gamma_exposure_per_percent
    assert book["positioning"] == "oi_calls_long_puts_short"
    assert asked.map is not None
    for name in (*LISTED, *GREEKS, "gamma_exposure_per_percent", "put_gamma_exposure_per_percent"):
        assert decoded(book["map"][name]).tobytes() == getattr(asked.map, name).tobytes(), name
    assert asked.profile is not None
    assert decoded(book["profile"]["spot"]).tobytes() == asked.profile.spot.tobytes()


def test_a_newer_chain_comes_by_itself_and_an_id_resumes_behind_it(gateway: RunningGateway, service: Client) -> None:
    chain = named("RESUME")
    service.publish_chain(chain)
    address = f"{gateway.url}api/stream?underlying=RESUME"
    with httpx.stream("GET", address, timeout=60.0) as response:
        seen = events(response)
        assert next(data["revision"] for kind, _, data in seen if kind == "exposure") == 1
        service.publish_chain(later(chain, 60, chain.spot * 1.001))
        event_id, data = next((event_id, data) for kind, event_id, data in seen if kind == "exposure")
        assert data["revision"] == 2
    with httpx.stream("GET", address, headers={"last-event-id": event_id}, timeout=60.0) as response:
        kinds = []
        for kind, _, _ in events(response):
            kinds.append(kind)
            if kind == "beat":
                break
        assert "exposure" not in kinds


def test_rows_come_again_only_when_they_change(gateway: RunningGateway, service: Client) -> None:
    chain = named("ROWS")
    service.publish_chain(chain)
    with httpx.stream("GET", f"{gateway.url}api/stream?underlying=ROWS", timeout=60.0) as response:
        seen = events(response)
        assert next(kind for kind, _, _ in seen if kind in ("listing", "exposure")) == "listing"
        service.publish_chain(moved := later(chain, 60, chain.spot * 1.001))
        kinds = [kind for kind, _, _ in until(seen, "greeks", 2)]
        assert "exposure" in kinds
        assert "listing" not in kinds
        held = later(moved, 60)
        held.open_interest[:] = [2.0 * one for one in held.open_interest]
        service.publish_chain(held)
        kinds = [kind for kind, _, _ in until(seen, "greeks", 3)]
        assert kinds.index("listing") < kinds.index("exposure")


def until(seen: Iterator[tuple[str, str, Any]], kind: str, revision: int) -> Iterator[tuple[str, str, Any]]:
    """Events up to that of this kind and revision."""
    for event in seen:
        yield event
        if event[0] == kind and event[2]["revision"] >= revision:
            return


def test_conventions_stand_side_by_side_and_an_error_bar_comes_where_it_is_asked_for(
    gateway: RunningGateway, service: Client
) -> None:
    service.publish_chain(named("SIDE"))
    query = "underlying=SIDE&positioning=oi_customers_long_all&sign_error=0.2"
    with httpx.stream("GET", f"{gateway.url}api/stream?{query}", timeout=60.0) as response:
        seen = events(response)
        both: dict[str, Any] = {}
        for kind, _, data in seen:
            if kind in ("exposure", "conventions"):
                both[kind] = data["exposure"]
            if len(both) == 2:
                break
    assert [book["positioning"] for book in both["exposure"]["books"]] == ["oi_customers_long_all"]
    assert both["exposure"]["books"][0]["gamma_exposure_uncertainty"]["standard_deviation"] > 0.0
    assert len(both["conventions"]["books"]) == 3
    assert all("map" not in book for book in both["conventions"]["books"])
    assert both["conventions"]["spread"]["sign_agrees"] in (True, False)


def test_the_error_of_a_cell_is_the_formula_that_sums_to_the_services_own_bar(service: Client) -> None:
    """The page's ± of a cell is √(4 p (1 − p) Σ (call² + put²)): over all cells it is the bar of the total."""
    service.publish_chain(named("BAR"))
    p = 0.2
    positioning = {"model": "oi_calls_long_puts_short", "sign_error_probability": p}
    book = service.exposure("BAR", positionings=[positioning]).books[0]
    assert book.map is not None
    assert book.gamma_exposure_uncertainty is not None
    square = book.map.call_gamma_exposure_per_percent**2 + book.map.put_gamma_exposure_per_percent**2
    whole = (4.0 * p * (1.0 - p) * square[square == square].sum()) ** 0.5
    assert whole == pytest.approx(book.gamma_exposure_uncertainty.standard_deviation, rel=1e-9)


def test_a_smile_holds_quotes_fit_and_proof(gateway: RunningGateway, service: Client) -> None:
    service.publish_chain(named("SMILE"))
    smile = httpx.get(f"{gateway.url}api/smile?underlying=SMILE&revision=1", timeout=120.0).json()
    assert smile["is_certified"] is True
    assert smile["slices"][0]["certificate"]["is_certified"] is True
    strikes, fit = decoded(smile["fit"]["strike"]), decoded(smile["fit"]["vol"])
    assert len(strikes) == len(fit) == 241
    state = smile["expiries"][smile["expiry_index"]]
    assert strikes[0] < state["forward"] < strikes[-1]
    bid, ask = decoded(smile["quotes"]["bid_vol"]), decoded(smile["quotes"]["ask_vol"])
    both = (bid == bid) & (ask == ask)
    assert (bid[both] < ask[both]).all()
    other = httpx.get(f"{gateway.url}api/smile?underlying=SMILE&revision=1&expiry=999", timeout=60.0)
    assert other.status_code == 400
    assert "expiry" in other.json()["message"]


def test_the_map_ahead_spans_what_was_asked_for(gateway: RunningGateway, service: Client) -> None:
    service.publish_chain(named("AHEAD"))
    ahead = httpx.get(f"{gateway.url}api/ahead?underlying=AHEAD&span=0.1", timeout=60.0).json()
    spots, at = decoded(ahead["forward_map"]["spot"]), decoded(ahead["forward_map"]["at"])
    assert spots[0] == pytest.approx(0.9 * ahead["spot"])
    assert spots[-1] == pytest.approx(1.1 * ahead["spot"])
    assert len(decoded(ahead["forward_map"]["gamma_exposure_per_percent"])) == len(spots) * len(at)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "underlying"),
        ("underlying=SPX&positioning=nobody", "positioning"),
        ("underlying=SPX&sign_error=0.5", "sign_error"),
        ("underlying=SPX&sign_error=x", "sign_error"),
        ("underlying=SPX&rate=7", "rate"),
    ],
)
def test_a_bad_question_is_told_what_is_expected(gateway: RunningGateway, query: str, words: str) -> None:
    answer = httpx.get(f"{gateway.url}api/stream?{query}")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(words)


def test_what_is_not_kept_is_404_and_no_book_says_how_to_give_one(gateway: RunningGateway) -> None:
    assert httpx.get(f"{gateway.url}api/smile?underlying=NOBODY", timeout=60.0).status_code == 404
    plan = httpx.get(f"{gateway.url}api/plan")
    assert plan.status_code == 404
    assert "--positions" in plan.json()["message"]


def test_every_answer_forbids_third_parties_sniffing_and_frames(gateway: RunningGateway) -> None:
    for path in ("", "static/page.js", "api/session", "nothing-here"):
        answer = httpx.get(gateway.url + path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
    assert "'unsafe" not in HEADERS["content-security-policy"]
    assert "http" not in HEADERS["content-security-policy"]


def ask(gateway: RunningGateway, method: str, path: str, **headers: str) -> int:
    """The status of a request with just these headers."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30.0)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_only_a_name_of_its_own_is_answered(gateway: RunningGateway) -> None:
    """A page of another site that rebinds its name to loopback sends that name."""
    port = gateway.port
    assert ask(gateway, "GET", "/api/session", Host=f"127.0.0.1:{port}") == 200
    assert ask(gateway, "GET", "/api/session", Host=f"localhost:{port}") == 200
    assert ask(gateway, "GET", "/api/session", Host=f"evil.example:{port}") == 421
    assert ask(gateway, "GET", "/api/session", Host="127.0.0.1.evil.example") == 421


def test_another_site_cannot_post(gateway: RunningGateway) -> None:
    host = f"127.0.0.1:{gateway.port}"
    assert ask(gateway, "POST", "/api/logout", Host=host, Origin="http://evil.example") == 403
    assert ask(gateway, "POST", "/api/logout", Host=host, Sec_Fetch_Site="cross-site") == 403
    assert ask(gateway, "POST", "/api/logout", Host=host, Origin=f"http://{host}") == 200


def test_no_path_leaves_the_folder_of_the_page(gateway: RunningGateway) -> None:
    for path in ("/static/../application.py", "/static/%2e%2e/application.py", "/static/..%2fapplication.py"):
        assert ask(gateway, "GET", path, Host=f"127.0.0.1:{gateway.port}") == 404, path


def test_nothing_that_changes_anything_can_be_called(gateway: RunningGateway) -> None:
    for path in ("api/underlyings", "api/stream", "api/smile", "api/plan", "api/decisions", ""):
        assert httpx.post(gateway.url + path, json={}).status_code == 405, path


def test_a_reader_that_reads_nothing_costs_a_message_and_no_more(gateway: RunningGateway, service: Client) -> None:
    """Ten stalled readers, fifty newer maps: memory grows by far less than the 50 × 10 maps that a queue would hold."""
    chain = named("STALLED", options=4_000)
    service.publish_chain(chain)
    stalled = []
    for _ in range(10):
        one = socket.create_connection(("127.0.0.1", gateway.port))
        one.sendall(b"GET /api/stream?underlying=STALLED HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        stalled.append(one)
    address = f"{gateway.url}api/stream?underlying=STALLED"
    with httpx.stream("GET", address, timeout=60.0) as response:
        seen = (data["revision"] for kind, _, data in events(response) if kind == "exposure")
        size = resident(gateway.process.pid) if next(seen) else 0
        for number in range(1, 51):
            revision = service.publish_chain(later(chain, number, chain.spot + 0.1 * number)).revision
            while next(seen) < revision:
                pass
    grown = resident(gateway.process.pid) - size
    for one in stalled:
        one.close()
    assert grown < 60 * 2**20, f"{grown / 2**20:.0f} MiB"


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    from pathlib import Path

    status = Path(f"/proc/{pid}/statm")
    if not status.exists():
        pytest.skip("no /proc here")
    return int(status.read_text().split()[1]) * 4096


def test_a_gateway_without_a_server_waits_for_it_and_ends_with_code_0() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with RunningGateway(f"127.0.0.1:{port}") as alone:
        session = httpx.get(f"{alone.url}api/session", timeout=30.0).json()
        assert session["link"] == "lost"
        assert any(f"gex serve --port {port}" in line for line in alone.log)
        with httpx.stream("GET", f"{alone.url}api/stream?underlying=SPX", timeout=60.0) as response:
            _, data = first(response, "link")
            assert data["state"] == "lost"
            began = time.monotonic()
            assert alone.stop() == 0  # with a stream open
            assert time.monotonic() - began < 20.0
    assert not any("Traceback" in line for line in alone.log), alone.log


def test_beyond_loopback_needs_two_decisions() -> None:
    with pytest.raises(InputError, match="allow-insecure-bind"):
        WebSettings(host="0.0.0.0")
    with pytest.raises(InputError, match="token"):
        WebSettings(host="0.0.0.0", allow_insecure_bind=True, token="secret")
    assert WebSettings(host="0.0.0.0", allow_insecure_bind=True).hosts == {"127.0.0.1", "localhost", "::1"}
    assert "desk.example" in WebSettings(allowed_hosts=["desk.example"]).hosts
    assert host_name("desk.example:443") == "desk.example"


def test_a_question_watches_one_map_and_asks_for_the_totals_of_the_conventions() -> None:
    question = question_from_query({"underlying": "SPX", "sign_error": "0.1"})
    (watch,) = question.watch_request(2.0, 0.1).watches
    assert not watch.settings.omit_map
    totals = question.conventions_request().settings
    assert totals.omit_map
    assert [one.sign_error_probability for one in totals.positionings] == [0.1, 0.1, 0.1]
