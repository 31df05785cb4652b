"""The examples run against a real server, and say what it says."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gex_client import Chain, Client

from tests.server.requests import chain_message
from tests.server.running import RunningServer

EXAMPLES = Path(__file__).parents[2] / "clients" / "examples"
NODE = EXAMPLES / "node"
SECONDS = 180.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("kept")
    with RunningServer(state_folder=folder) as running:
        running.event("serving")
        yield str(running.event("listening")["address"])


@pytest.fixture
def client(address):
    with Client(address, timeout=60.0) as opened:
        opened.publish_chain(Chain.from_proto(chain_message(options=2_000)))
        yield opened


def run(*command: object) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_trading_service_hedges_and_goes_on_where_it_was_stopped(address, client):
    script = (sys.executable, EXAMPLES / "hedging_service.py", address, "SPX", "--hedge", "example/test")
    first = run(*script, "--ticks", 30)
    decided = list(client.decisions("example/test"))
    assert len(decided) == 31  # a price a minute, and the question at the end
    orders = [order for one in decided for order in one.plan.orders]
    assert orders
    assert first.count(" MES  (") == len(orders)
    assert f"{len(orders)} fills" in first
    second = run(*script, "--ticks", 5, "--seed", 2)
    again = list(client.decisions("example/test"))
    assert [one.decision_id for one in again] == list(range(1, 38))
    assert [one.hash for one in again[:31]] == [one.hash for one in decided]
    assert "left: " in second


def test_the_morning_map_prints_every_kept_chain_and_writes_the_numbers_of_the_service(address, client, tmp_path):
    out = run(sys.executable, EXAMPLES / "morning_map.py", address, "--csv", tmp_path)
    exposure = client.exposure("SPX", positionings=["oi_calls_long_puts_short", "oi_customers_long_all"])
    book = exposure.books[0]
    assert f"SPX  {exposure.spot:,.2f}  quotes of 2024-06-12 14:30 UTC" in out
    assert f"call wall {book.call_wall:,.0f}, put wall {book.put_wall:,.0f}" in out
    assert f"{book.gamma_exposure_per_percent / 1e6:+,.0f} m" in out
    with (tmp_path / "SPX.csv").open(newline="", encoding="utf-8") as written:
        rows = list(csv.DictReader(written))
    gamma = np.array([float(row["gamma_exposure_per_percent"]) for row in rows])
    np.testing.assert_array_equal(gamma, book.map.gamma_exposure_per_percent)


def test_a_client_in_another_language_needs_nothing_but_the_contract(address, client):
    if shutil.which("node") is None or not (NODE / "node_modules" / "@grpc" / "grpc-js").is_dir():
        pytest.skip("no Node with the example's packages: npm ci --prefix clients/examples/node installs them")
    exposure = client.exposure("SPX", positionings=["oi_calls_long_puts_short"])
    said = json.loads(run("node", NODE / "map.mjs", address, "SPX"))
    book = exposure.books[0]
    assert said["gamma_exposure_per_percent"] == book.gamma_exposure_per_percent
    assert (said["spot"], said["rows"]) == (exposure.spot, len(book.map))
    assert said["sum"] == pytest.approx(float(book.map.gamma_exposure_per_percent.sum()), rel=1e-12)
    assert said["raw_is_the_same"] is True
    assert (said["update"]["is_applied"], said["update"]["reason"]) == (True, "")
    assert client.chain("SPX").chain.spot == pytest.approx(exposure.spot * 1.001, rel=1e-12)
    assert (said["published"]["strike"], said["published"]["unknown"]) == ([95, 95, 105, 105], True)
    kept = client.chain("NODE").chain
    assert kept.bid is not None
    assert kept.bid.tolist() == [5.4, 0.3, 0.4, 5.3]


def test_the_lockfile_of_the_node_client_names_no_host_and_pins_every_package_by_its_hash():
    text = (NODE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert all("integrity" in package for name, package in json.loads(text)["packages"].items() if name)
