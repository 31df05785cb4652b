"""Instruments and policy from TOML."""

import numpy as np
import pytest

from gex.errors import InputError
from gex.hedging.policy import AccountUnit, BandRule, HedgePolicy
from gex.hedging.reading import parse_hedge_settings
from gex.portfolio.linear import LinearKind

TEXT = """
[[instrument]]
name = "ES"
kind = "index_future"
multiplier = 50
expiry = 2023-12-15
bid = 4553.25
ask = 4553.5
tick = 0.25
adv = 1_500_000
fee_per_contract = 1.4
position = -3
in_flight = 1
margin = 12_000

[[instrument]]
name = "BTC-PERPETUAL"
kind = "inverse"
contract_usd = 10
price = 60_000.5
funding = 0.0001
funding_interval_hours = 8
quoted_at = 2023-09-14T20:15:00Z

[policy]
rule = "cost_optimal"
delta_cap = 120
residual_sd_budget = 2500.0
poll_interval = 60
account_unit = "usd"
equity_coin = 50
"""


def test_a_file_becomes_instruments_and_a_policy() -> None:
    settings = parse_hedge_settings(TEXT)
    es, perpetual = settings.instruments
    assert (es.symbol, es.kind, es.multiplier, es.held) == ("ES", LinearKind.INDEX_FUTURE, 50.0, -2)
    assert es.expires_at == np.datetime64("2023-12-15T14:30:00")  # the open of New York in winter
    assert (es.average_daily_volume, es.margin) == (1.5e6, 12_000.0)
    assert (perpetual.kind, perpetual.multiplier, perpetual.funding_rate) == (LinearKind.INVERSE, 10.0, 1e-4)
    assert perpetual.quoted_at == np.datetime64("2023-09-14T20:15:00")
    assert settings.policy == HedgePolicy(
        rule=BandRule.COST_OPTIMAL,
        delta_cap=120.0,
        residual_sd_budget=2500.0,
        poll_interval=60.0,
        account_unit=AccountUnit.USD,
        equity_coin=50.0,
    )


def test_a_file_without_a_policy_has_the_default_one() -> None:
    settings = parse_hedge_settings('[[instrument]]\nname = "ETF"\nkind = "spot"\n')
    assert settings.policy == HedgePolicy()
    assert settings.instruments[0].multiplier == 1.0


def test_thresholds_and_instants_are_read() -> None:
    policy = parse_hedge_settings(
        '[[instrument]]\nname = "ETF"\nkind = "spot"\n'
        "[policy]\nthresholds = [-30, 40]\nevent_at = 2023-09-20T18:00:00Z\nevent_gap_sd = 0.02\nmax_clip = 5\n"
    ).policy
    assert (policy.rule, policy.thresholds, policy.max_clip) == (BandRule.FIXED, (-30.0, 40.0), 5)
    assert policy.event_at == np.datetime64("2023-09-20T18:00:00")


HEAD = '[[instrument]]\nname = "X"\nkind = "linear"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "instruments: expected at least one [[instrument]], got none"),
        ("[[instrument", "instruments: expected TOML, got"),
        ("[instruments]\n", "instruments, key instruments: expected [[instrument]] or [policy]"),
        ("[[instrument]]\nkind = 'spot'", "[[instrument]] 1, key name: expected text, got None"),
        (
            "[[instrument]]\nname='X'\nkind='future'",
            "[[instrument]] 1 (X), key kind: expected one of index_future, linear",
        ),
        (HEAD, "[[instrument]] 1 (X), key multiplier: missing"),
        (HEAD + "multiplier='5'", "[[instrument]] 1 (X), key multiplier: expected a number, got '5'"),
        (HEAD + "multiplier=-5", "[[instrument]] 1 (X), key multiplier: expected a positive number, got -5"),
        (HEAD + "multiplier=5\nbid=0", "[[instrument]] 1 (X), key bid: expected a positive number, got 0"),
        (HEAD + "multiplier=5\ncontract_usd=10", "[[instrument]] 1 (X), key contract_usd: a contract of kind linear"),
        (HEAD + "multiplier=5\npositon=1", "[[instrument]] 1 (X), key positon: unknown"),
        (HEAD + "multiplier=5\nposition=1.5", "[[instrument]] 1 (X), key position: expected a whole number, got 1.5"),
        (HEAD + "multiplier=5\nexpiry='soon'", "[[instrument]] 1 (X), key expiry: "),
        (HEAD + "multiplier=5\n" + HEAD + "multiplier=5", "[[instrument]] 2, key name: 'X' appears twice"),
        (HEAD + "multiplier=5\n[policy]\ndelta_cap='x'", "[policy], key delta_cap: expected a number, got 'x'"),
        (HEAD + "multiplier=5\n[policy]\ncap=1", "[policy], key cap: unknown; expected some of"),
        (HEAD + "multiplier=5\n[policy]\nrule='best'", "[policy], key rule: expected one of cost_optimal, whalley"),
        (HEAD + "multiplier=5\n[policy]\nthresholds=[1]", "[policy], key thresholds: expected two numbers, got [1]"),
        (HEAD + "multiplier=5\n[policy]\ndelta_cap=-1", "[policy]: policy.delta_cap: expected a positive number"),
    ],
)
def test_bad_files_are_refused_by_table_and_key(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_hedge_settings(text)
    assert str(caught.value).startswith(message)
