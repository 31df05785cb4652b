"""The embedded sample as a file, a book and instruments beside it, and a real server."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gex_cli.main import main

from gex.sample import sample_chain, sample_csv
from tests.server.running import RunningServer

BOOK = "root,expiry,strike,right,contracts\nSPXW,{expiry},{strike},C,-10\n"
INSTRUMENTS = """
[[instrument]]
name = "ES"
kind = "index_future"
multiplier = 50
expiry = 2024-09-20
fee_per_contract = 2.25
half_spread_bps = 0.25
adv = 1500000

[[instrument]]
name = "MES"
kind = "index_future"
multiplier = 5
expiry = 2024-09-20
fee_per_contract = 0.6
half_spread_bps = 0.25

[policy]
delta_cap = 150
"""


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """Standard output as JSON."""
        assert self.code == 0, self.err
        return json.loads(self.out)


Gex = Callable[..., Ran]


@pytest.fixture
def gex(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Gex:
    """Run the command in this process, on a terminal of 80 columns without colour."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("GEX_TRACEBACK", raising=False)

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        seen = capsys.readouterr()
        return Ran(code, seen.out, seen.err)

    return run


def gex_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "gex_cli.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    path.write_text(sample_csv(sample_chain(option_count=2_000)))
    return path


@pytest.fixture(scope="session")
def book_file(sample_file: Path) -> Path:
    """Ten short calls near the money, a month out."""
    quotes = sample_chain(option_count=2_000).quotes
    roots = [(at, one) for at, one in enumerate(quotes.expiries) if one.root == "SPXW" and one.date.month == 7]
    at, expiry = roots[0]
    strikes = quotes.strike[quotes.expiry == at]
    strike = min(strikes.tolist(), key=lambda value: abs(value - quotes.spot))
    path = sample_file.with_name("book.csv")
    path.write_text(BOOK.format(expiry=expiry.date, strike=strike))
    return path


@pytest.fixture(scope="session")
def instruments_file(sample_file: Path) -> Path:
    path = sample_file.with_name("instruments.toml")
    path.write_text(INSTRUMENTS)
    return path


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with RunningServer(heartbeat_seconds=0.5) as running:
        running.event("serving")
        yield str(running.event("listening")["address"])
