import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.request import urlopen

import pytest

from gex.errors import InputError, SourceError
from gex.io.fetching import chain_url, fetch_chain, stream_url
from tests.io.test_cboe_json import ANSWER
from tests.io.test_deribit import TICKER

CBOE = "https://cdn.cboe.com/api/global/delayed_quotes/options/"


def test_indices_are_written_with_an_underscore():
    assert chain_url("cboe", "SPX") == CBOE + "_SPX.json"
    assert chain_url("cboe", "SPY") == CBOE + "SPY.json"
    assert chain_url("deribit", "BTC").endswith("get_book_summary_by_currency?currency=BTC&kind=option")


def test_another_host_keeps_the_path():
    assert chain_url("deribit", "ETH", host="https://test.deribit.com/") == (
        "https://test.deribit.com/api/v2/public/get_book_summary_by_currency?currency=ETH&kind=option"
    )
    assert stream_url() == "wss://www.deribit.com/ws/api/v2"
    assert stream_url("http://127.0.0.1:8080") == "ws://127.0.0.1:8080/ws/api/v2"
    for host in ("test.deribit.com", "ftp://x", "https://", "https:///x"):
        with pytest.raises(InputError, match="host: expected https://name"):
            stream_url(host)


@pytest.mark.parametrize(
    ("source", "underlying"), [("cboe", "../x"), ("cboe", "spx"), ("deribit", ""), ("yahoo", "SPY")]
)
def test_what_has_no_address_is_an_input_error(source, underlying):
    with pytest.raises(InputError):
        chain_url(source, underlying)


@pytest.mark.parametrize(
    ("source", "underlying", "body"), [("cboe", "RUT", ANSWER), ("deribit", "BTC", {"result": [TICKER]})]
)
def test_a_chain_comes_over_http_with_its_bytes(source, underlying, body):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *arguments):
            pass

    def get(url):
        path = url.split("/", 3)[3]
        with urlopen(f"http://127.0.0.1:{server.server_port}/{path}", timeout=10) as answer:
            return answer.read()

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        fetched = fetch_chain(source, underlying, get)
        thread.join()
    assert json.loads(fetched.payload) == body
    assert fetched.chain.quotes.underlying == underlying
    assert asked == ["/" + chain_url(source, underlying).split("/", 3)[3]]


def test_a_machine_without_network_gets_one_clear_line():
    def unreachable(url):
        raise ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(SourceError, match=r"_SPX\.json: cannot be reached: .*Connection refused") as caught:
        fetch_chain("cboe", "SPX", unreachable)
    assert "\n" not in str(caught.value)


def test_an_answer_that_is_no_chain_names_its_address():
    with pytest.raises(SourceError, match=r"SPY\.json: line 1, column 1: not JSON"):
        fetch_chain("cboe", "SPY", lambda url: b"<html>")
