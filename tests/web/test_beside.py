"""`gex serve --web`: a server and its page by one command, with one end."""

import os
import socket
from pathlib import Path

import httpx
import pytest
from gex_cli import serve_command
from gex_client import Client
from gex_client import InputError as GivenError
from gexapi.v1 import common_pb2

from gex.errors import InputError
from tests.server.running import RunningServer, wait_until
from tests.web.conftest import named

PAGE = "gex serve: the page is at "


class RunningBoth(RunningServer):
    """`gex serve --web` on ports that the system chooses."""

    command = ("-m", "gex_cli.main", "serve", "--web", "--web-port", "0")

    @property
    def page(self) -> str:
        """The address of the page, once it is served; ends in a slash."""
        self.event("serving")
        wait_until(lambda: any(one["event"].startswith(PAGE) for one in self.log), 60.0)
        return next(one["event"] for one in self.log if one["event"].startswith(PAGE)).removeprefix(PAGE)


def is_gone(page: str) -> bool:
    try:
        httpx.get(f"{page}api/session", timeout=5.0)
    except httpx.TransportError:
        return True
    return False


def test_one_command_serves_both_by_the_same_tokens_and_one_signal_ends_both(tmp_path: Path) -> None:
    reading, publishing = "read-only-token-of-the-desk", "token-of-the-feed-handler"
    clients = tmp_path / "clients.toml"
    clients.write_text(
        f'[[client]]\nname = "desk"\nrole = "read"\ntoken = "{reading}"\n'
        f'[[client]]\nname = "feed"\nrole = "publish"\ntoken = "{publishing}"\n'
    )
    clients.chmod(0o600)
    with RunningBoth(token_file=clients) as both:
        page = both.page
        assert "<title>gex</title>" in httpx.get(page, timeout=30.0).text
        with Client(both.event("listening")["address"], token=publishing, timeout=60.0) as client:
            client.publish_chain(named("BESIDE"))
        assert httpx.get(f"{page}api/session", timeout=30.0).status_code == 401
        with httpx.Client(timeout=60.0) as desk:
            assert desk.post(f"{page}api/login", json={"token": reading}).status_code == 200
            session = desk.get(f"{page}api/session").json()
            assert [one["underlying"] for one in session["underlyings"]] == ["BESIDE"]
            with desk.stream("GET", f"{page}api/stream?underlying=BESIDE") as response:
                assert any(line == "event: exposure" for line in response.iter_lines())
        both.terminate()
        assert both.exit_code() == 0
        assert is_gone(page)
    assert not any("Traceback" in one["event"] or "ended with" in one["event"] for one in both.log), both.log


class RunningDesk(RunningBoth):
    """`gex serve --web` with the hedge of a book."""

    def __init__(self, book: Path, terms: Path) -> None:
        asked = ("--positions", book, "--instruments", terms, "--underlying", "SPX", "--hedge", "desk/SPX")
        self.command = (*RunningBoth.command, *(str(one) for one in asked))
        super().__init__()


def test_the_page_beside_a_server_shows_the_hedge_of_a_book(tmp_path: Path) -> None:
    book, terms = tmp_path / "book.csv", tmp_path / "hedge.toml"
    chain = named("SPX")
    row = next(i for i in range(150, 400) if chain.bid[i] > 0.0 and chain.right[i] == common_pb2.RIGHT_CALL)
    of = chain.expiries[chain.expiry_index[row]]
    book.write_text(f"root,expiry,strike,right,contracts\n{of.root},{of.expiry},{chain.strike[row]},C,-400\n")
    terms.write_text(
        '[policy]\ndelta_cap = 50\n[[instrument]]\nsymbol = "MES"\nkind = "linear"\nmultiplier = 5\nhalf_spread_bps = 0.5\n'
    )
    with RunningDesk(book, terms) as both:
        page = both.page
        session = httpx.get(f"{page}api/session", timeout=30.0).json()
        assert (session["has_plan"], session["plan_underlyings"], session["hedge"]) == (True, ["SPX"], "desk/SPX")
        with Client(both.event("listening")["address"], timeout=60.0) as client:
            client.publish_chain(chain)
        plan = httpx.get(f"{page}api/plan", timeout=60.0).json()
        assert (plan["action"], plan["orders"][0]["instrument"]) == ("trade", "MES")
        assert plan["orders"][0]["contracts"] > 0.0, "calls were sold"
        both.terminate()
        assert both.exit_code() == 0


def test_a_page_whose_server_is_killed_ends_too() -> None:
    with RunningBoth() as both:
        page = both.page
        both.process.kill()
        both.process.wait()
        wait_until(lambda: is_gone(page), 30.0)


def test_a_page_that_dies_is_told_of_and_the_server_goes_on() -> None:
    with RunningBoth() as both:
        assert both.page
        children = Path(f"/proc/{both.process.pid}/task/{both.process.pid}/children")
        if not children.exists():
            pytest.skip("no /proc here")
        (page,) = children.read_text().split()
        os.kill(int(page), 9)
        wait_until(lambda: any("the page ended with code -9" in one["event"] for one in both.log), 30.0)
        with Client(both.event("listening")["address"], timeout=60.0) as client:
            assert client.underlyings() == ()
        both.terminate()
        assert both.exit_code() == 0


def test_what_cannot_be_is_refused_before_anything_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        with pytest.raises(OSError, match=f"port {taken}"):
            serve_command.run(None, 0, web=True, web_port=taken)
    with pytest.raises(InputError, match="gex web --server"):
        serve_command.run(None, 0, web=True, shards=2)
    with pytest.raises(InputError, match="--web-port: expected --web"):
        serve_command.run(None, 0, web_port=8051)
    with pytest.raises(InputError, match="--positions: expected --web"):
        serve_command.run(None, 0, positions=tmp_path / "book.csv")
    with pytest.raises(GivenError, match="--positions and --instruments go together"):
        serve_command.run(None, 0, web=True, positions=tmp_path / "book.csv")
    with pytest.raises(GivenError, match="--underlying: goes with --positions"):
        serve_command.run(None, 0, web=True, underlying="SPX")
    for name in ("certificate", "key", "client_ca"):
        (tmp_path / name).write_text("pem")
        monkeypatch.setenv(f"GEX_TLS_{name.upper()}_FILE", str(tmp_path / name))
    with pytest.raises(InputError, match="token_file"):
        serve_command.run(None, 0, web=True)
