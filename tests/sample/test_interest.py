"""The shape of a sample's open interest and volume."""

import numpy as np
import pytest

from gex.sample import sample_chain


@pytest.fixture(scope="module", params=[7, 8])
def quotes(request):
    return sample_chain(option_count=20_000, seed=request.param).quotes


def share(quotes, mask):
    return quotes.open_interest[mask].sum() / quotes.open_interest.sum()


def of_root_and_third_friday(quotes):
    morning = np.array([expiry.root == "SPX" for expiry in quotes.expiries])
    return morning[quotes.expiry]


def test_puts_are_held_below_the_money_and_calls_above(quotes):
    interest, put = quotes.open_interest, quotes.right < 0
    soon = quotes.settles_at < quotes.as_of + np.timedelta64(100, "D")
    mean = {
        right: np.average(quotes.strike[rows], weights=interest[rows])
        for right, rows in (("put", put & soon), ("call", ~put & soon))
    }
    assert mean["put"] < 0.95 * quotes.spot < 1.005 * quotes.spot < mean["call"]
    assert share(quotes, put & (quotes.strike > quotes.spot)) < 0.1
    assert share(quotes, ~put & (quotes.strike < 0.95 * quotes.spot)) < 0.05


def test_there_are_about_twice_as_many_puts_as_calls(quotes):
    put = quotes.right < 0
    assert 1.5 < share(quotes, put) / share(quotes, ~put) < 2.6  # SPX on 2023-09-14: 1.9


def test_gamma_of_calls_and_of_puts_is_of_one_size_so_that_it_can_balance_near_spot(quotes):
    gamma, put = quotes.source_gamma * quotes.open_interest, quotes.right < 0
    assert 0.6 < gamma[~put].sum() / gamma[put].sum() < 1.2  # SPX on 2022-02-04: 0.77, on 2022-12-12: 0.99


def test_open_interest_sits_on_round_strikes(quotes):
    hundreds = quotes.strike % 100.0 == 0.0
    fives = quotes.strike % 25.0 != 0.0
    assert hundreds.mean() < 0.35  # SPX on 2023-09-14: 0.27
    assert 0.45 < share(quotes, hundreds) < 0.65  # 0.57
    per_strike = [quotes.open_interest[rows].mean() for rows in (hundreds, fives)]
    assert per_strike[0] > 4.0 * per_strike[1]


def test_third_fridays_in_the_morning_hold_most_of_it(quotes):
    morning = of_root_and_third_friday(quotes)
    assert morning.mean() < 0.35
    assert 0.7 < share(quotes, morning) < 0.9  # SPX on 2023-09-14: 0.76


def test_many_contracts_have_no_open_interest_and_most_of_those_are_fine_strikes(quotes):
    none = quotes.open_interest == 0.0
    assert 0.15 < none.mean() < 0.3  # SPX on 2023-09-14: 0.26
    assert (quotes.strike[none] % 25.0 != 0.0).mean() > (quotes.strike[~none] % 25.0 != 0.0).mean()


def test_counts_are_whole_and_never_negative(quotes):
    for column in (quotes.open_interest, quotes.volume):
        assert np.all(column >= 0.0)
        np.testing.assert_array_equal(column, np.round(column))


def test_what_has_settled_keeps_its_open_interest_but_trades_no_more(quotes):
    settled = quotes.settles_at <= quotes.as_of
    assert quotes.open_interest[settled].sum() > 0.0
    assert np.all(quotes.volume[settled] == 0.0)


def test_volume_is_near_the_money_and_in_the_nearest_expiries(quotes):
    distance = np.abs(np.log(quotes.strike / quotes.spot))
    today = quotes.settles_at < quotes.as_of + np.timedelta64(1, "D")
    assert np.average(distance, weights=quotes.volume) < 0.5 * np.average(distance, weights=quotes.open_interest)
    assert quotes.volume[today].sum() / quotes.volume.sum() > 2.0 * today.mean()


def test_a_coin_chain_holds_more_calls_than_puts():
    coins = sample_chain(kind="crypto", option_count=1_000).quotes
    put = coins.right < 0
    assert 0.3 < coins.open_interest[put].sum() / coins.open_interest[~put].sum() < 0.9
