"""Invariants of hedging.md §8 that stand nowhere else, and the table in docs/hedging.md that says where each is tested."""

import ast
import math
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.contracts import Payoff
from gex.hedging.answer import Action, HedgeOrder, HedgePlan, InstrumentState
from gex.hedging.bands import Band
from gex.hedging.hedged_book import HedgedBook
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import AccountUnit, HedgePolicy
from gex.hedging.triggers import SpotTrigger
from gex.portfolio.linear import LinearKind, LinearPositions
from tests.books import Line, risk_of

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "hedging.md"
COIN = 60_000.0
LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from([50_000.0, 60_000.0, 75_000.0]),
        st.sampled_from([1, -1]),
        st.integers(-40, 40).map(float),
        st.sampled_from([3.0, 30.0, 120.0]),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=40)
@given(lines=LINES, equity=st.floats(-100.0, 100.0), vol_shift=st.floats(-0.2, 0.2))
def test_coin_and_currency_accounts_agree_while_the_price_stands(
    lines: list[Line], equity: float, vol_shift: float
) -> None:
    """12: at one price they differ by the coins held: those at the start, and profit over price."""
    now, later = (risk_of(lines, spot=COIN, vol=vol, payoff=Payoff.INVERSE) for vol in (0.6, 0.6 + vol_shift))
    book = HedgedBook(
        repricer=now.repricer,
        hedge=LinearPositions.empty(COIN),
        account_unit=AccountUnit.USD,
        equity_coin=equity,
    )
    usd = float(book.mishedge([COIN], vol_shift=vol_shift)[0])
    coin = float(replace(book, account_unit=AccountUnit.COIN).mishedge([COIN], vol_shift=vol_shift)[0])
    dollars = float(later.value.sum() - now.value.sum())
    size = 1.0 + sum(abs(line.contracts) for line in lines)
    assert usd - coin == pytest.approx(equity + dollars / COIN, abs=1e-9 * size)


NUMBERS = (
    "multiplier",
    "price",
    "bid",
    "ask",
    "fee_bps",
    "fee_per_contract",
    "half_spread_bps",
    "funding_rate",
    "ticket",
    "borrow_rate",
    "roll_bps",
    "margin",
    "average_daily_volume",
)


@settings(deadline=None, max_examples=40)
@given(lines=LINES, field=st.sampled_from(NUMBERS), aversion=st.floats(1e-9, 1e-3))
def test_whatever_number_of_an_instrument_is_none_the_plan_holds(
    lines: list[Line], field: str, aversion: float
) -> None:
    """10: NaN never trades, whatever the book and the policy."""
    instrument = HedgeInstrument(symbol="P", kind=LinearKind.LINEAR, multiplier=0.01, half_spread_bps=1.0)
    risk = risk_of(lines, spot=COIN, vol=0.6)
    plan = plan_hedge(risk, [replace(instrument, **{field: math.nan})], HedgePolicy(risk_aversion=aversion))
    assert (plan.action, plan.orders) == (Action.HOLD, ())
    assert plan.warnings


def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_the_document_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", DOCUMENT.read_text())
    assert len(named) > 60
    missing = [f"{path}::{name}" for path, name in named if name not in functions_of(path)]
    assert missing == []


def test_the_document_has_every_invariant_and_every_field_of_an_answer() -> None:
    text = DOCUMENT.read_text()
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)] == list(range(1, 16))
    for cls in (HedgePlan, HedgeOrder, InstrumentState, Band, SpotTrigger):
        for field in fields(cls):
            assert f"| `{cls.__name__}.{field.name}` |" in text, (cls.__name__, field.name)
