"""The command as a whole: help, its time, servers, and the demo in two processes."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest
from gex_cli.main import app
from gex_client import Client
from gexapi.v1 import chain_pb2, exposure_pb2
from google.protobuf import json_format

from tests.cli.conftest import gex_process

COMMANDS = [command.callback.__name__ for command in app.registered_commands]


def test_help_names_every_command(gex):
    ran = gex("--help")
    assert ran.code == 0
    assert {"exposure", "vols", "hedge", "publish", "watch", "serve", "demo"} <= set(COMMANDS)
    for command in COMMANDS:
        assert command in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(gex, command):
    ran = gex(command, "--help")
    assert ran.code == 0
    assert f"gex {command}" in ran.out.split("Usage")[1].split("\n", 1)[1]


def test_help_imports_nothing_that_computes():
    heavy = {"numba", "scipy", "pandas", "grpc", "matplotlib", "numpy", "gex"}
    code = f"import sys, gex_cli.main as m; m.main(['--help']); sys.exit(str({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"


def test_a_chain_is_published_and_its_exposure_watched(gex, sample_file, address):
    kept = gex("publish", sample_file, "--server", address)
    assert kept.code == 0
    assert re.match(rf"SPX revision \d+ at {address}: [\d,]+ of 2,000 options kept\n", kept.out)
    answer = gex("publish", sample_file, "--server", address, "--json").answer
    json_format.ParseDict(answer, chain_pb2.PublishChainResponse())
    watched = gex("watch", "SPX", "--server", address, "--count", 1)
    head, line = watched.out.splitlines()
    assert "net gamma per 1 %" in head
    assert f" {answer['revision']} " in line
    assert max(len(head), len(line)) <= 110
    seen = gex("watch", "SPX", "--server", address, "--count", 1, "--json").answer
    response = json_format.ParseDict(seen, exposure_pb2.GetExposureResponse())
    here = gex("exposure", sample_file, "--json").answer
    assert response.books[0].gamma_exposure_per_percent == here["books"][0]["gamma_exposure_per_percent"]
    assert seen["books"] == here["books"]


def test_a_watch_prints_a_line_a_positioning_and_a_revision(sample_file, address, gex):
    gex("publish", sample_file, "--server", address)
    command = [sys.executable, "-m", "gex_cli.main", "watch", "SPX", "--server", address, "--count", "2"]
    options = ["--positioning", "oi_calls_long_puts_short", "--positioning", "oi_customers_long_all"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        head, first, other = (process.stdout.readline() for _ in range(3))
        assert "as of" in head
        assert first.rstrip().endswith("oi_calls_long_puts_short")
        assert other.rstrip().endswith("oi_customers_long_all")
        gex("publish", sample_file, "--server", address)
        rest = process.stdout.read().splitlines()
        assert process.wait(30) == 0
    assert len(rest) == 2
    assert int(rest[0].split()[3]) == int(first.split()[3]) + 1


def test_a_watch_of_what_is_not_kept_says_that_it_waits(address):
    command = [sys.executable, "-m", "gex_cli.main", "watch", "NOBODY", "--server", address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("waiting for a chain of NOBODY; the server keeps ")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_serve_runs_until_it_is_told_to_end():
    command = [sys.executable, "-m", "gex_cli.main", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        entry = json.loads(process.stderr.readline())
        assert entry["event"] == "listening"
        with Client(entry["address"]) as client:
            ends = time.monotonic() + 120.0
            while not client.is_serving() and time.monotonic() < ends:
                time.sleep(0.05)
            assert client.underlyings() == ()
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--host", "0.0.0.0"], "allow_insecure_bind"), (["--port", "70000"], "--port"), (["--port", "x"], "--port")],
)
def test_a_server_that_may_not_listen_there_says_so_in_one_line(gex, arguments, words):
    ran = gex("serve", *arguments)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert words in ran.err


@pytest.mark.slow
def test_the_demo_shows_map_levels_and_hedge_and_ends_its_server():
    done = gex_process("demo", timeout=300)
    assert done.returncode == 0, done.stderr
    for words in (
        "Published a made-up index chain of 8,000 options as SPX",
        "oi_customers_",
        "Net gamma by strike and expiry",
        "gamma flip",
        "A hedge for 10 short calls at the money, with ES and MES",
        "BUY ",
        "Ask again by",
        "Server stopped by SIGTERM with exit code 0.",
    ):
        assert words in done.stdout, words
