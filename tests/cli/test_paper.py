"""gex paper: the embedded sample's books traded on paper, their log read and decided again by the other commands."""

import json
from pathlib import Path

import numpy as np
import pytest

from gex.sample import sample_chain, sample_csv
from tests.cli.conftest import Gex

TEN_DAYS = np.timedelta64(10, "D")
RULES = """
[rules]
cost_budget_per_day = 1000
maximum_orders_per_hour = 10

[rules.regimes.volatility]
least_samples = 4
sample_interval = 3600

[rules.regimes.coverage]
low_liquidity = 0.9

[[rules.windows]]
starts_at = 2024-06-12T18:00:00Z
ends_at = 2024-06-12T19:00:00Z
gap_sd = 0.01
ramp = 3600

[[rules.triggers]]
kind = "price_move"
level = 0.02
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six books of a falling index, an hour apart, one that is torn and one of the same instant as another."""
    folder = tmp_path_factory.mktemp("market") / "books"
    folder.mkdir()
    first = sample_chain(option_count=600).quotes
    assert first.spot is not None
    for i in range(6):
        as_of = first.as_of + np.timedelta64(i, "h")
        sample = sample_chain(option_count=600, as_of=as_of, spot=first.spot * (1.0 - 0.006 * i))
        (folder / f"{i}.csv").write_text(sample_csv(sample))
    (folder / "7.csv").write_text((folder / "5.csv").read_text())
    (folder / "8.csv").write_text("nothing of a chain\n")
    return folder


@pytest.fixture(scope="module")
def desk(books: Path) -> tuple[Path, Path]:
    quotes = sample_chain(option_count=600).quotes
    later = [
        (i, one)
        for i, one in enumerate(quotes.expiries)
        if one.root == "SPXW" and one.settles_at > quotes.as_of + TEN_DAYS
    ]
    at, expiry = later[0]
    strikes = quotes.strike[quotes.expiry == at]
    strike = min(strikes.tolist(), key=lambda value: abs(value - quotes.spot))
    book = books.parent / "book.csv"
    book.write_text(f"root,expiry,strike,right,contracts\nSPXW,{expiry.date},{strike},C,-10\n")
    terms = books.parent / "es.toml"
    terms.write_text(
        '[[instrument]]\nname = "MES"\nkind = "index_future"\nmultiplier = 5\nexpiry = 2024-09-20\n'
        "fee_per_contract = 0.6\nhalf_spread_bps = 0.25\ndepth = 50\n[policy]\ndelta_cap = 100\n" + RULES
    )
    return book, terms


def test_a_folder_of_books_is_traded_and_its_log_kept(
    gex: Gex, books: Path, desk: tuple[Path, Path], tmp_path: Path
) -> None:
    database = tmp_path / "paper.db"
    book = ("--positions", desk[0], "--instruments", desk[1])
    ran = gex("paper", books, *book, "--database", database, "--latency", 1, "--json")
    found = ran.answer
    assert (found["decisions"], found["hedge"], found["is_identical"]) == (6, "paper/SPX", True)
    assert found["books_left_out"] == ["7.csv", "8.csv"]
    assert "7.csv is of the same instant" in ran.err
    assert found["fills"] > 0
    assert found["positions"]["MES"] != 0
    assert found["realised"]["fee"] == pytest.approx(found["expected"]["fee"])
    assert found["realised"]["impact"] > 0.0, "orders walk the depth"
    assert found["total_profit"] == pytest.approx(found["book_profit"] + found["hedge_profit"])
    again = gex("replay", "paper/SPX", "--database", database)
    assert "6 decisions" in again.out
    assert "identical, bit for bit" in again.out
    rows = [json.loads(line) for line in gex("audit", "paper/SPX", "--database", database, "--json").out.splitlines()]
    assert len(rows) == 6
    assert all(row["trigger"] == "paper" and row["reasons"] for row in rows)
    told_twice = gex("paper", books, *book, "--database", database)
    assert told_twice.code == 2
    assert "has a log of 'paper/SPX'" in told_twice.err


def test_people_see_trades_and_ledger(gex: Gex, books: Path, desk: tuple[Path, Path]) -> None:
    ran = gex("paper", books, "--positions", desk[0], "--instruments", desk[1])
    assert ran.code == 0
    for words in ("6 decisions on paper", "Ledger", "hedge profit", "identical, bit for"):
        assert words in ran.out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("cost_budget_per_day = 1000", "cost_budget_per_night = 1"), "[rules], key cost_budget_per_night: unknown"),
        (("least_samples = 4", 'least_samples = "four"'), "key least_samples: expected int"),
        (("gap_sd = 0.01", "gap_sd = -1.0"), "expected gap_sd and ramp of at least 0"),
        (('kind = "price_move"', 'kind = "tweet"'), "expected one of price_move"),
        (("low_liquidity = 0.9", "dull = 0.9"), "expected some of high_volatility"),
        (("[rules]\n", '[rules]\nmode = "wild"\n'), "expected one of advisory, live"),
    ],
)
def test_a_rule_that_means_nothing_is_named(
    gex: Gex, books: Path, desk: tuple[Path, Path], tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    terms = tmp_path / "rules.toml"
    text = desk[1].read_text()
    assert change[0] in text
    terms.write_text(text.replace(*change, 1))
    ran = gex("paper", books, "--positions", desk[0], "--instruments", terms)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_rules_of_a_kept_hedge_are_refused_where_none_is_kept(gex: Gex, books: Path, desk: tuple[Path, Path]) -> None:
    ran = gex("hedge", books / "0.csv", "--positions", desk[0], "--instruments", desk[1])
    assert ran.code == 2
    assert "[rules] are of a hedge that is kept" in ran.err


def test_futures_in_the_book_and_empty_folders_are_refused(
    gex: Gex, books: Path, desk: tuple[Path, Path], tmp_path: Path
) -> None:
    book = tmp_path / "book.csv"
    book.write_text("symbol,contracts\nMES,3\n")
    ran = gex("paper", books, "--positions", book, "--instruments", desk[1])
    assert (ran.code, "MES is no option" in ran.err) == (2, True)
    (tmp_path / "empty").mkdir()
    ran = gex("paper", tmp_path / "empty", "--positions", desk[0], "--instruments", desk[1])
    assert (ran.code, "empty" in ran.err) == (2, True)


@pytest.mark.real_data
def test_a_recorded_crash_is_traded_on_paper(gex: Gex, real_data: Path, tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("symbol,contracts\nBTC-26JUN26-72000-C,-10\nBTC-26JUN26-72000-P,-10\n")
    (tmp_path / "perp.toml").write_text(
        '[[instrument]]\nname = "BTC-PERPETUAL"\nkind = "inverse"\ncontract_usd = 10\nfee_bps = 5\nhalf_spread_bps = 0.5\n'
        "[policy]\ndelta_cap = 3\n"
    )
    found = gex(
        "paper", real_data / "deribit_books_6h" / "dev_crash", "--underlying", "BTC", "--positions",
        tmp_path / "book.csv", "--instruments", tmp_path / "perp.toml", "--json",
    ).answer  # fmt: skip
    assert (found["decisions"], found["is_identical"]) == (27, True)
    assert found["fills"] >= 5
    assert found["hedged_sd_per_day"] < 0.6 * found["unhedged_sd_per_day"]
    assert found["book_profit"] < found["total_profit"] < 0.0
