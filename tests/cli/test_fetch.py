"""`gex fetch` against a server on this machine that is slow, busy, rude or cut off."""

import datetime as dt
import email.utils
import gzip
import json
import time

import pytest
from gex_cli import downloads
from gex_cli.downloads import download

from tests.cli.web_server import Reply, web_server
from tests.io.live_records import listing
from tests.io.test_cboe_json import ANSWER

CHAIN = Reply(json.dumps({"result": listing()}).encode())
BUSY = Reply(status=429, headers={"Retry-After": "0"})


def refused(ran, *words):
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran.err
    assert ran.err.startswith("gex: ")
    assert "internal error" not in ran.err
    for word in words:
        assert word in ran.err


@pytest.fixture
def naps(monkeypatch):
    """The pauses that were asked for, not made."""
    made = []
    monkeypatch.setattr(
        downloads.download, "__kwdefaults__", downloads.download.__kwdefaults__ | {"sleep": made.append}
    )
    return made


def test_a_chain_is_fetched_kept_and_summed_up(gex, tmp_path):
    out = tmp_path / "btc.json"
    with web_server(CHAIN) as server:
        ran = gex("fetch", "deribit", "BTC", "--host", server.host, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert out.read_bytes() == CHAIN.body
    assert server.asked == ["/api/v2/public/get_book_summary_by_currency?currency=BTC&kind=option"]
    assert "BTC 95,000.00 at 2026-01-05 10:11:27 UTC: 44 options, 44 kept, 2 expiries" in ran.out
    assert "forward of BTC 2026-01-30: " in ran.out
    assert f"kept: {out}" in ran.out
    assert [path.name for path in tmp_path.iterdir()] == ["btc.json"]  # nothing half-written stays


def test_what_was_kept_reads_as_what_was_fetched(gex, tmp_path):
    out = tmp_path / "btc.json.gz"
    with web_server(CHAIN) as server:
        answer = gex("fetch", "deribit", "BTC", "--host", server.host, "--out", out, "--json").answer
    assert gzip.decompress(out.read_bytes()) == CHAIN.body
    assert answer["url"].startswith(server.host)
    seen = gex("survey", out, "--json").answer
    for name in ("row_count", "kept_row_count", "expiry_count", "forward", "forward_lower", "forward_upper", "as_of"):
        assert seen[name] == answer[name], name
    assert answer["forward_lower"] <= 95_000.0 <= answer["forward_upper"]


def test_cboe_is_asked_for_an_index_by_its_underscore(gex):
    with web_server(Reply(json.dumps(ANSWER).encode())) as server:
        answer = gex("fetch", "cboe", "RUT", "--host", server.host, "--json").answer
    assert server.asked == ["/api/global/delayed_quotes/options/_RUT.json"]
    assert answer["underlying"] == "RUT"


def test_a_machine_without_network_gets_one_clear_line(gex):
    refused(gex("fetch", "cboe", "SPX", "--host", "http://127.0.0.1:9"), "_SPX.json: cannot be reached", "refused")
    refused(gex("fetch", "cboe", "SPX", "--host", "http://no-such-name.invalid"), "cannot be reached")


def test_a_busy_server_is_asked_again_after_the_time_it_names(gex, naps):
    busy = Reply(status=429, headers={"Retry-After": "7"})
    with web_server(busy, Reply(status=503), CHAIN) as server:
        assert gex("fetch", "deribit", "BTC", "--host", server.host).code == 0
    assert naps == [7.0, 2.0]
    assert len(server.asked) == 3


def test_a_server_that_stays_busy_is_left_alone(gex, naps):
    with web_server(BUSY) as server:
        ran = gex("fetch", "deribit", "BTC", "--host", server.host)
    refused(ran, "fewer requests (3 attempts)")
    with web_server(Reply(status=429, headers={"Retry-After": "3600"})) as server:
        ran = gex("fetch", "deribit", "BTC", "--host", server.host)
    refused(ran, "try again in 3600 s")
    assert len(server.asked) == 1


def test_a_name_that_is_not_there_is_told_at_once(gex):
    with web_server(Reply(b"<html>", status=404)) as server:
        ran = gex("fetch", "cboe", "NOSUCH", "--host", server.host)
    refused(ran, "NOSUCH.json", "the server says 404 Not Found")
    assert len(server.asked) == 1


def test_an_answer_that_breaks_off_is_asked_for_again_and_never_kept(gex, naps, tmp_path):
    cut = Reply(CHAIN.body[:500], promised=len(CHAIN.body))
    with web_server(cut, CHAIN) as server:
        assert gex("fetch", "deribit", "BTC", "--host", server.host).code == 0
    with web_server(cut) as server:
        ran = gex("fetch", "deribit", "BTC", "--host", server.host, "--out", tmp_path / "btc.json")
    refused(ran, "broke off", "3 attempts")
    assert not list(tmp_path.iterdir())


def test_an_answer_that_is_no_chain_is_refused_with_its_address(gex, tmp_path):
    with web_server(Reply(b"<html>maintenance</html>")) as server:
        refused(gex("fetch", "cboe", "SPX", "--host", server.host, "--out", tmp_path / "x"), "_SPX.json", "not JSON")
    with web_server(Reply(CHAIN.body[:500])) as server:
        refused(gex("fetch", "deribit", "BTC", "--host", server.host, "--out", tmp_path / "x"), "JSON")
    assert not list(tmp_path.iterdir())


def test_a_slow_answer_has_an_end():
    started = time.monotonic()
    with (
        web_server(Reply(b"x" * 200, pause=0.05)) as server,
        pytest.raises(TimeoutError, match=r"no whole answer in 0\.3 s"),
    ):
        download(server.host, total_seconds=0.3)
    assert time.monotonic() - started < 5.0


def test_an_answer_that_is_too_large_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(downloads, "LARGEST", 1_000)
    with web_server(Reply(b"x" * 1_000_000)) as server, pytest.raises(ConnectionError, match="at most 1000 bytes"):
        download(server.host)


def test_retry_after_may_be_a_date():
    later = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    assert downloads._retry_after(email.utils.format_datetime(later, usegmt=True)) == pytest.approx(30.0, abs=3.0)
    assert downloads._retry_after("soon") is None
    assert downloads._retry_after(None) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bloomberg", "SPX"], "expected cboe or deribit"),
        (["cboe", "spx"], "capital letters"),
        (["cboe", "SPX", "--host", "cboe.com"], "host: expected https://name"),
        (["cboe"], "UNDERLYING"),
    ],
)
def test_what_has_no_address_is_refused(gex, arguments, words):
    refused(gex("fetch", *arguments), words)
