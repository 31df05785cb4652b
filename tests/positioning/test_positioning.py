"""Positioning models: what each makes of a chain, the checks on their inputs, signs recovered from flow."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.sign_coverage import coverage
from gex.contracts import Right
from gex.errors import ColumnError, InputError
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CUSTOMERS_LONG_ALL,
    POSITIONINGS,
    VOLUME_CALLS_LONG_PUTS_SHORT,
    ContractBasis,
    InventoryPositioning,
    MixturePositioning,
    OpenCloseVolume,
    OpeningVolume,
    Origin,
    PositioningRule,
    ScenarioPositioning,
    SignedOpenClosePositioning,
    SignedTrades,
    SignedTradesPositioning,
    SignError,
    SigningRule,
    UncertainPositioning,
    chain_rows,
    check_open_close,
    estimated_inventory,
    on_basis,
    positioning_named,
    with_forwards,
)
from gex.quotes import Quotes
from tests.chains import AS_OF, book_of, expiry_after

QUOTES, SURFACE, _ = book_of(
    [(7, 0.15, 4900, "+100P"), (7, 0.15, 5100, "+200C"), (60, 0.2, 4900, "+30P"), (60, 0.2, 5100, "+40C")]
)


def trades(rows: list[int], counts: list[float], sides: list[float], **more: list[bool]) -> SignedTrades:
    return SignedTrades(row=rows, contract_count=counts, customer_side=sides, **more)


def test_conventions_count_the_basis_that_they_name() -> None:
    quotes = dataclasses.replace(QUOTES, volume=[1.0, 2.0, np.nan, 4.0])
    assert VOLUME_CALLS_LONG_PUTS_SHORT.dealer_contracts(quotes).tolist() == [-1, 2, 0, 4]
    assert OI_CALLS_LONG_PUTS_SHORT.dealer_contracts(quotes).tolist() == [-100, 200, -30, 40]
    by_volume = on_basis(OI_CUSTOMERS_LONG_ALL, ContractBasis.VOLUME)
    assert by_volume.name == "oi_customers_long_all.volume"
    assert by_volume.dealer_contracts(quotes).tolist() == [-1, -2, 0, -4]


def test_effective_open_interest_is_never_negative_and_says_its_name() -> None:
    opened = OpeningVolume(np.array([50.0, -1000.0, 0.0, np.nan]))
    effective = on_basis(OI_CUSTOMERS_LONG_ALL, ContractBasis.EFFECTIVE_OPEN_INTEREST, opened)
    assert effective.name == "oi_customers_long_all.effective_open_interest"
    assert effective.dealer_contracts(QUOTES).tolist() == [-121.5, 0, -30, -40]
    without = on_basis(OI_CUSTOMERS_LONG_ALL, ContractBasis.EFFECTIVE_OPEN_INTEREST)
    with pytest.raises(InputError, match="needs the signed opening volume"):
        without.dealer_contracts(QUOTES)
    with pytest.raises(ColumnError, match="expected 4 rows"):
        on_basis(
            OI_CUSTOMERS_LONG_ALL, ContractBasis.EFFECTIVE_OPEN_INTEREST, OpeningVolume(np.zeros(3))
        ).dealer_contracts(QUOTES)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(InputError, match=", ".join(POSITIONINGS)):
        positioning_named("long_everything")


def test_contracts_are_found_by_their_terms_and_the_rest_is_named() -> None:
    rows = chain_rows(QUOTES, [1, 0, 0, 1], [4900.0, 5100.0, 5100.0, 4950.0], [-1, 1, -1, -1])
    assert rows.tolist() == [2, 1, -1, -1]


def test_am_and_pm_contracts_of_one_date_and_strike_are_two() -> None:
    quotes = Quotes(
        underlying="SPX",
        as_of=AS_OF,
        spot=5000.0,
        expiries=(expiry_after(6.7, root="SPX"), expiry_after(7, root="SPXW")),
        row=[0, 1],
        expiry=[0, 1],
        strike=[5000.0, 5000.0],
        right=[1, 1],
    )
    assert chain_rows(quotes, [0, 1], [5000.0, 5000.0], [1, 1]).tolist() == [0, 1]


def volume(**more: object) -> OpenCloseVolume:
    columns = {
        "row": [0, 0, 1],
        "origin": [Origin.CUSTOMER, Origin.FIRM, Origin.CUSTOMER],
        "open_buy": [10.0, 0.0, 5.0],
        "open_sell": [0.0, 4.0, 0.0],
        "close_buy": [2.0, 0.0, 0.0],
        "close_sell": [3.0, 0.0, 7.0],
    }
    return OpenCloseVolume(history_start=dt.date(2024, 1, 2), **{**columns, **more})


def test_dealers_hold_minus_what_others_net_bought() -> None:
    assert SignedOpenClosePositioning(volume()).dealer_contracts(QUOTES).tolist() == [-(9 - 4), 2, 0, 0]


def test_the_makers_own_report_counts_where_there_is_one() -> None:
    own = volume(origin=[Origin.CUSTOMER, Origin.MARKET_MAKER, Origin.CUSTOMER])
    assert SignedOpenClosePositioning(own).dealer_contracts(QUOTES).tolist() == [-4, 2, 0, 0]


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_whether_a_trade_opens_or_closes_does_not_move_the_net(ob: float, os: float, cb: float, cs: float) -> None:
    as_reported = volume(row=[0], origin=[1], open_buy=[ob], open_sell=[os], close_buy=[cb], close_sell=[cs])
    all_opening = volume(
        row=[0], origin=[1], open_buy=[ob + cb], open_sell=[os + cs], close_buy=[0.0], close_sell=[0.0]
    )
    assert as_reported.net_bought == pytest.approx(all_opening.net_bought, abs=1e-12)


def test_a_history_that_starts_after_listing_is_flagged_not_assumed_zero() -> None:
    model = SignedOpenClosePositioning(volume(), first_listed=(dt.date(2024, 2, 1),))
    assert model.censored_rows(QUOTES).tolist() == [False, False, True, True]  # nothing is known of the second expiry
    late = SignedOpenClosePositioning(volume(), first_listed=(dt.date(2023, 2, 1), dt.date(2024, 1, 2)))
    assert late.censored_rows(QUOTES).tolist() == [True, True, False, False]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 50), st.booleans(), st.booleans()), min_size=1, max_size=20)
)
def test_complete_reports_explain_every_change_of_open_interest(prints: list[tuple[int, int, bool, bool]]) -> None:
    """Each trade has a customer and a maker; either side may open or close."""
    change = np.zeros(4)
    rows: dict[str, list[float]] = {name: [] for name in ("row", "origin", "ob", "os", "cb", "cs")}
    for row, count, buyer_opens, seller_opens in prints:
        change[row] += 0.5 * count * ((1 if buyer_opens else -1) + (1 if seller_opens else -1))
        rows["row"] += [row, row]
        rows["origin"] += [Origin.CUSTOMER, Origin.MARKET_MAKER]
        rows["ob"] += [count * buyer_opens, 0]
        rows["cb"] += [count * (not buyer_opens), 0]
        rows["os"] += [0, count * seller_opens]
        rows["cs"] += [0, count * (not seller_opens)]
    report = OpenCloseVolume(
        history_start=dt.date(2024, 1, 2),
        row=rows["row"],
        origin=rows["origin"],
        open_buy=rows["ob"],
        open_sell=rows["os"],
        close_buy=rows["cb"],
        close_sell=rows["cs"],
    )
    assert check_open_close(report, change).is_complete
    wrong = change.copy()
    wrong[prints[0][0]] += 3
    assert check_open_close(report, wrong).unexplained_rows == (prints[0][0],)
    without_makers = report.where(report.origin == Origin.CUSTOMER)
    traded = {p[0] for p in prints}
    assert set(check_open_close(without_makers, change).unbalanced_rows) == traded


def test_trades_leave_the_dealer_the_other_side() -> None:
    model = SignedTradesPositioning(trades([0, 0, 1, 3], [10, 4, 7, 5], [1, -1, 0, 1]))
    assert model.dealer_contracts(QUOTES).tolist() == [-6, 0, 0, -5]
    assert model.trades.unsigned_contract_count == 7
    assert model.is_left_censored
    assert model.name == "signed_trades_quote_rule"
    started = SignedTradesPositioning(model.trades, np.array([100.0, 0, 0, 0]), SigningRule.LEE_READY)
    assert started.dealer_contracts(QUOTES).tolist() == [94, 0, 0, -5]
    assert not started.is_left_censored
    assert started.name == "signed_trades_lee_ready"


def test_blocks_and_complex_legs_are_not_signed() -> None:
    model = SignedTradesPositioning(trades([0, 0], [10, 4], [1, 1], is_excluded=[True, False]))
    assert model.dealer_contracts(QUOTES).tolist() == [-4, 0, 0, 0]
    assert model.trades.unsigned_contract_count == 10


def test_an_inventory_grows_with_trades_as_if_all_had_come_at_once() -> None:
    first, second = trades([0, 1], [10, 4], [1, 1]), trades([1, 2], [3, 5], [-1, 1])
    both = trades([0, 1, 1, 2], [10, 4, 3, 5], [1, 1, -1, 1])
    grown = SignedTradesPositioning(first).with_trades(second)
    assert (grown.dealer_contracts(QUOTES) == SignedTradesPositioning(both).dealer_contracts(QUOTES)).all()


def test_the_estimate_undoes_the_shrinking_of_the_published_example() -> None:
    """100 buys of 10 with p = 0.2 are seen as 80 buys and 20 sells: 600, unbiased 1000 ± 133.33 (trap 17)."""
    model = SignedTradesPositioning(trades([0] * 100, [10.0] * 100, [1.0] * 80 + [-1.0] * 20))
    estimate = estimated_inventory(model, QUOTES, sign_error_probability=0.2)
    assert estimate.observed[0] == -600
    assert estimate.unbiased[0] == pytest.approx(-1000)
    assert estimate.standard_deviation[0] == pytest.approx(133.3333, abs=1e-4)
    with pytest.raises(InputError, match=r"\[0, 0.5\)"):
        estimated_inventory(model, QUOTES, sign_error_probability=0.5)


def test_bars_of_total_gamma_hold_the_truth_and_signs_at_their_word_do_not() -> None:
    """Sixty made days; benchmarks/EXPOSURE.md has 400 at seven probabilities. Three deviations of the share are 0.12."""
    line, total, miss, as_seen = coverage(0.3, days=60)
    assert line == pytest.approx(0.9, abs=0.02)
    assert total == pytest.approx(0.9, abs=0.12)
    assert miss == pytest.approx(0.0, abs=3 / 60**0.5)
    assert as_seen < total


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.2, 0.3])
def test_the_error_bar_covers_the_true_inventory_at_its_stated_rate(probability: float) -> None:
    """400 seeded days of 200 trades of random size and side: 90 % bars hold the truth in 90 % of them, ± 3 deviations."""
    random = np.random.default_rng(7)
    days, covered, miss = 400, 0, []
    for _ in range(days):
        count = random.integers(1, 40, 200).astype(float)
        side = np.where(random.random(200) < random.uniform(0.3, 0.7), 1.0, -1.0)
        seen = np.where(random.random(200) < probability, -side, side)
        truth = -float((side * count).sum())
        model = SignedTradesPositioning(trades([0] * 200, count.tolist(), seen.tolist()))
        estimate = estimated_inventory(model, QUOTES, sign_error_probability=probability)
        error = estimate.unbiased[0] - truth
        miss.append(error)
        covered += abs(error) <= 1.6449 * estimate.standard_deviation[0] + 1e-9
    if probability == 0.0:
        assert covered == days
    else:
        assert covered / days == pytest.approx(0.9, abs=3 * (0.9 * 0.1 / days) ** 0.5)
    assert np.mean(miss) == pytest.approx(0.0, abs=3 * (np.std(miss) + 1e-9) / days**0.5)


def test_the_first_rule_that_matches_counts() -> None:
    scenario = ScenarioPositioning(
        rules=(
            PositioningRule(weight=0.5, days_to=10.0),
            PositioningRule(weight=-1.0, right=Right.PUT, log_moneyness_to=0.0),
            PositioningRule(weight=1.0, log_moneyness_from=0.5),
        ),
        name="short dated half long",
    )
    bound = with_forwards(scenario, SURFACE.forwards)
    assert bound.dealer_contracts(QUOTES).tolist() == [50, 100, -30, 0]
    assert bound.name == "short dated half long"
    with pytest.raises(InputError, match="needs the forwards"):
        scenario.dealer_contracts(QUOTES)
    with pytest.raises(InputError, match=r"\[-1, 1\]"):
        PositioningRule(weight=2.0)


def test_the_lower_end_of_a_band_is_in_it_and_the_upper_is_not() -> None:
    k = float(np.log(5100 / SURFACE.forwards.forward[0]))
    rules = (PositioningRule(weight=1.0, log_moneyness_from=k, log_moneyness_to=k + 0.01, days_from=7.0, days_to=60.0),)
    bound = with_forwards(ScenarioPositioning(rules=rules), SURFACE.forwards)
    assert bound.dealer_contracts(QUOTES).tolist() == [0, 200, 0, 0]


def test_a_mixture_is_the_weighted_sum_of_its_parts_also_of_scenarios() -> None:
    scenario = ScenarioPositioning(rules=(PositioningRule(weight=1.0),))
    mixture = MixturePositioning((OI_CUSTOMERS_LONG_ALL, scenario), (0.25, 0.75))
    found = with_forwards(mixture, SURFACE.forwards).dealer_contracts(QUOTES)
    assert found.tolist() == [50, 100, 15, 20]
    with pytest.raises(InputError, match="one weight a part"):
        MixturePositioning((OI_CUSTOMERS_LONG_ALL,), ())


def test_an_uncertain_model_has_the_contracts_of_its_model_and_its_own_cost_of_error() -> None:
    model = UncertainPositioning(OI_CALLS_LONG_PUTS_SHORT, SignError(0.1))
    assert model.name == "oi_calls_long_puts_short"
    assert (model.dealer_contracts(QUOTES) == OI_CALLS_LONG_PUTS_SHORT.dealer_contracts(QUOTES)).all()
    assert model.squared_sizes(QUOTES).tolist() == [1e4, 4e4, 900, 1600]
    tape = SignedTradesPositioning(trades([0, 0], [10, 4], [1, -1]))
    assert UncertainPositioning(tape, SignError(0.1), "tape").squared_sizes(QUOTES)[0] == 116
    for bad in ({"probability": 0.5}, {"probability": -0.1}, {"probability": 0.1, "correlation": 1.5}):
        with pytest.raises(InputError):
            SignError(**bad)


def test_inventories_that_do_not_fit_the_chain_are_refused() -> None:
    with pytest.raises(ColumnError, match="expected 4 rows"):
        InventoryPositioning(np.zeros(3)).dealer_contracts(QUOTES)
    with pytest.raises(ColumnError, match="finite"):
        InventoryPositioning(np.array([0, np.nan, 0, 0])).dealer_contracts(QUOTES)
    with pytest.raises(ColumnError, match="starting_inventory"):
        SignedTradesPositioning(trades([0], [1], [1]), np.zeros(2)).dealer_contracts(QUOTES)
    with pytest.raises(ColumnError, match="rows 0 to 3"):
        SignedOpenClosePositioning(volume(row=[0, 0, 9])).dealer_contracts(QUOTES)
