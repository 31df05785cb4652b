"""gex paper on a live server: the kept chain moves, the server decides, paper fills come back into its log."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gex_client import Client
from gex_server.wire.chain import chain_to_proto
from gex_server.wire.engine_config import engine_config_from_proto, rules_to_proto
from gexapi.v1 import chain_pb2, hedge_pb2

from gex.errors import InputError
from gex.hedging.engine.config import (
    BreakerRule,
    CascadeRule,
    EngineConfig,
    Mode,
    RegimeRule,
    RegimeTable,
    RiskLimits,
    TriggerRule,
    Window,
)
from gex.hedging.policy import HedgePolicy
from gex.sample import sample_chain
from tests.cli.conftest import Gex
from tests.hedging.engine.worlds import HOUR, START


def test_a_kept_hedge_is_traded_on_paper_beside_its_server(gex: Gex, address: str, tmp_path: Path) -> None:
    now = np.datetime64(dt.datetime.now(dt.UTC).replace(tzinfo=None, second=0, microsecond=0), "ns")
    sample = sample_chain(option_count=300, as_of=now)
    quotes = sample.quotes
    at = max(range(len(quotes.expiries)), key=lambda i: quotes.expiries[i].settles_at)
    strikes = quotes.strike[quotes.expiry == at]
    strike = min(strikes.tolist(), key=lambda value: abs(value - quotes.spot))
    expiry = quotes.expiries[at]
    book, terms = tmp_path / "book.csv", tmp_path / "mes.toml"
    book.write_text(f"root,expiry,strike,right,contracts\n{expiry.root},{expiry.date},{strike},C,-10\n")
    terms.write_text(
        '[[instrument]]\nname = "MES"\nkind = "linear"\nmultiplier = 5\nfee_per_contract = 0.6\nhalf_spread_bps = 0.25\n'
        "[policy]\ndelta_cap = 100\n[rules]\nmaximum_orders_per_hour = 100\n"
    )
    request = chain_pb2.PublishChainRequest()
    chain_to_proto(sample.parsed, request.chain)
    with Client(address) as client:
        client.call("PublishChain", request)
    ran = gex(
        "paper", "SPX", "--server", address, "--positions", book, "--instruments", terms, "--minutes", 0.02, "--every",
        0.2, "--latency", 0.05, "--hedge", "paper/live", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert (found["hedge"], found["orders"], found["fills"], found["open"]) == ("paper/live", 1, 1, 0), ran.err
    assert found["decisions"] >= 2
    assert found["realised_cost"] == pytest.approx(found["expected_cost"], rel=0.05)
    assert "filled" in ran.err
    again = gex("paper", "SPX", "--server", address, "--positions", book, "--instruments", terms, "--database", "x.db")
    assert (again.code, "the log of a live hedge is the server's" in again.err) == (2, True)


def test_rules_of_a_file_reach_a_server_as_they_are() -> None:
    rule = RegimeRule(is_active=False, least_samples=5, dwell=60.0)
    config = EngineConfig(
        hedge="h", mode=Mode.REDUCE_ONLY, minimum_hold=5.0, maximum_orders_per_hour=3, has_cost_gate=False,
        cost_budget_per_day=7.0, order_timeout=8.0, reject_pause=9.0, depth_share=0.5, cross_horizon=10.0,
        windows=(Window(starts_at=START, ends_at=START + HOUR, gap_sd=0.02, ramp=60.0, name="cpi"),),
        gate_slack=0.02,
        regimes=RegimeTable(volatility=rule, coverage=(("low_liquidity", 0.5),), impact_factor=3.0, clip_factor=0.25),
        breaker=BreakerRule(most_switches=9, slippage_factor=2.0, is_reset_by_hand=True, band_factor=1.25,
                            hold_factor=3.0, longest_cooldown=86_400.0),
        limits=RiskLimits(max_loss=1.0, max_drawdown=2.0, max_leverage=3.0, liquidation_deviations=4.0,
                          liquidation_horizon=2.0 / 365.0),
        cascade=CascadeRule(jump=0.2, distance_factor=2.0), triggers=(TriggerRule(kind="rsi", level=75.0, length=7),),
    )  # fmt: skip
    message = hedge_pb2.HedgeConfiguration()
    rules_to_proto(config, message)
    assert engine_config_from_proto(message, "h", "configuration") == config
    unsaid = replace(config, policies=(("BTC", HedgePolicy()),))
    with pytest.raises(InputError, match="key policies: a server has no field for it"):
        rules_to_proto(unsaid, hedge_pb2.HedgeConfiguration())
