"""The chain as a whole: what it promises about its truth, its size, its bad rows and its repeatability."""

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest
from scipy.optimize import brentq

from gex.cleaning import clean
from gex.columns import Columns
from gex.contracts import Payoff
from gex.errors import InputError
from gex.quotes import RejectReason
from gex.sample import sample_chain

TICK_ROUNDING = 1e-5  # of a tick: the sample counts a price 1e-6 of a tick off as that tick


@pytest.fixture(scope="module", params=["index", "crypto"])
def sample(request):
    return sample_chain(kind=request.param, option_count=6_000)


def black_price(forward, strike, stdev, right):
    """Undiscounted, from the error function alone."""
    d1 = math.log(forward / strike) / stdev + 0.5 * stdev
    n1, n2 = (0.5 * math.erfc(-right * d / math.sqrt(2.0)) for d in (d1, d1 - stdev))
    return right * (forward * n1 - strike * n2)


def implied_vol(price, forward, strike, years, right):
    """By bisection; 0 below intrinsic."""
    intrinsic = max(right * (forward - strike), 0.0)
    if price <= intrinsic + 1e-9 * forward:
        return 0.0
    root_time = math.sqrt(years)
    return brentq(lambda vol: black_price(forward, strike, vol * root_time, right) - price, 1e-4, 50.0, xtol=1e-12)


def all_columns(table: Columns):
    return {name: getattr(table, name) for name in table.column_names()}


def assert_equal_samples(one, other):
    for table, again in (
        (one.quotes, other.quotes),
        (one.truth, other.truth),
        (one.truth.surface, other.truth.surface),
    ):
        for name, values in all_columns(table).items():
            np.testing.assert_array_equal(values, getattr(again, name), err_msg=name)


def test_bid_and_ask_vols_hold_the_true_vol_between_them_and_the_mid_is_off_by_less_than_half_their_distance(sample):
    """An independent inversion of the quotes; true prices enter nowhere."""
    quotes, truth = sample.quotes, sample.truth
    generator = np.random.Generator(np.random.PCG64(0))
    sound = np.flatnonzero((truth.reject == 0) & np.isfinite(quotes.bid))
    checked = 0
    for row in generator.choice(sound, 400, replace=False):
        expiry, strike, right = int(quotes.expiry[row]), float(quotes.strike[row]), int(quotes.right[row])
        forward, years = (float(column[expiry]) for column in (truth.forwards.forward, truth.forwards.time_to_expiry))
        inverse = quotes.expiries[expiry].contract.payoff is Payoff.INVERSE
        unit = forward if inverse else 1.0 / float(truth.forwards.discount_factor[expiry])
        bid_vol, mid_vol, ask_vol = (
            implied_vol(float(price) * unit, forward, strike, years, right)
            for price in (quotes.bid[row], 0.5 * (quotes.bid[row] + quotes.ask[row]), quotes.ask[row])
        )
        assert bid_vol - 1e-7 <= truth.vol[row] <= ask_vol + 1e-7
        if bid_vol > 0.0:
            checked += 1
            assert abs(mid_vol - truth.vol[row]) <= max(mid_vol - bid_vol, ask_vol - mid_vol) + 1e-7
    assert checked > 200


def test_every_sound_quote_holds_its_true_price(sample):
    quotes, truth = sample.quotes, sample.truth
    sound, slack = truth.reject == 0, TICK_ROUNDING * quotes.expiries[0].contract.ticks[0][1]
    assert np.all(np.nan_to_num(quotes.bid[sound]) <= truth.price[sound] + slack)
    assert np.all(quotes.ask[sound] >= truth.price[sound] - slack)


def test_true_prices_obey_put_call_parity_with_the_true_forward_and_discount(sample):
    quotes, truth = sample.quotes, sample.truth
    call, put = truth.price[::2], truth.price[1::2]
    forward, discount = truth.forwards.forward[quotes.expiry[::2]], truth.forwards.discount_factor[quotes.expiry[::2]]
    if quotes.expiries[0].contract.payoff is Payoff.INVERSE:
        expected = 1.0 - quotes.strike[::2] / forward
        assert np.all(discount[np.isfinite(discount)] == 1.0)
    else:
        expected = discount * (forward - quotes.strike[::2])
    np.testing.assert_allclose(call - put, expected, atol=1e-12 * quotes.spot)


def test_the_vol_of_each_row_is_that_of_the_surface(sample):
    quotes, truth = sample.quotes, sample.truth
    log_moneyness = np.log(quotes.strike / truth.forwards.forward[quotes.expiry])
    np.testing.assert_array_equal(truth.vol, truth.surface.vol(quotes.expiry, log_moneyness))


def test_printed_greeks_are_the_true_ones_rounded_to_their_decimals(sample):
    quotes, truth = sample.quotes, sample.truth
    live = truth.reject == 0
    printed = np.isfinite(quotes.source_vol)
    assert np.all(np.abs(quotes.source_vol - truth.vol)[printed] <= 0.5e-4 + 1e-12)
    inverse = quotes.expiries[0].contract.payoff is Payoff.INVERSE
    call_less_put = quotes.source_delta[::2] - quotes.source_delta[1::2]
    carry = truth.forwards.forward / quotes.spot * truth.forwards.discount_factor
    expected = 1.0 if inverse else carry[quotes.expiry[::2]][live[::2]]
    np.testing.assert_allclose(call_less_put[live[::2]], expected, atol=1.01e-4)
    at_money = np.abs(np.log(quotes.strike / quotes.spot)) < 0.002
    assert np.all(quotes.source_gamma[live & at_money] > 0.0)
    np.testing.assert_array_equal(quotes.source_gamma[::2], quotes.source_gamma[1::2])


def test_printed_delta_and_gamma_are_the_derivatives_of_the_dollar_price_by_spot_at_fixed_carry():
    """On an index of 54 points, whose gammas have three digits left after rounding, by central differences."""
    sample = sample_chain(option_count=4_000, spot=54.316)
    quotes, truth, forwards = sample.quotes, sample.truth, sample.truth.forwards
    year_off = np.flatnonzero((forwards.time_to_expiry[quotes.expiry] > 0.5) & np.isfinite(quotes.source_vol))
    assert len(year_off) > 100
    step = 1e-3 * quotes.spot
    for row in year_off[::10]:
        expiry = quotes.expiry[row]
        carry, stdev = forwards.forward[expiry] / quotes.spot, truth.vol[row] * forwards.time_to_expiry[expiry] ** 0.5
        down, here, up = (
            forwards.discount_factor[expiry] * black_price(spot * carry, quotes.strike[row], stdev, quotes.right[row])
            for spot in (quotes.spot - step, quotes.spot, quotes.spot + step)
        )
        # Half of the last printed digit, and the curvature of the differences: step^2 times a fourth derivative.
        assert abs(quotes.source_delta[row] - (up - down) / (2.0 * step)) < 0.6e-4
        assert abs(quotes.source_gamma[row] - (up - 2.0 * here + down) / step**2) < 0.6e-4


def test_the_rows_that_cleaning_refuses_are_exactly_the_labelled_ones(sample):
    cleaned = clean(sample.parsed)
    labelled = np.flatnonzero(sample.truth.reject)
    np.testing.assert_array_equal(cleaned.rejects.row, labelled)
    np.testing.assert_array_equal(cleaned.rejects.reason, sample.truth.reject[labelled])
    counts = cleaned.rejects.counts()
    assert (counts[RejectReason.CROSSED], counts[RejectReason.STALE]) == (4, 6)
    assert counts[RejectReason.EXPIRED] == (sample.quotes.expiry == 0).sum() > 0


def test_labelled_rows_are_bad_and_no_others_are(sample):
    """By the columns alone: crossed means bid above ask, stale a quote of 20 to 50 minutes ago, expired settled."""
    quotes, reject = sample.quotes, sample.truth.reject
    np.testing.assert_array_equal(quotes.bid > quotes.ask, reject == RejectReason.CROSSED)
    np.testing.assert_array_equal(quotes.settles_at <= quotes.as_of, reject == RejectReason.EXPIRED)
    age = quotes.as_of - quotes.quoted_at
    live = reject != RejectReason.EXPIRED
    np.testing.assert_array_equal(live & (age >= np.timedelta64(20, "m")), reject == RejectReason.STALE)
    assert age[reject == RejectReason.STALE].max() <= np.timedelta64(50, "m")
    assert np.all(age >= np.timedelta64(0))


def test_a_chain_without_bad_quotes_can_be_asked_for():
    counts = clean(sample_chain(option_count=500, crossed_count=0, stale_count=0).parsed).rejects.counts()
    assert set(counts) == {RejectReason.EXPIRED}


def test_without_noise_the_middle_of_the_market_is_the_true_price_to_a_tick():
    sample = sample_chain(option_count=2_000, quote_noise=0.0, stale_count=0)
    middle = 0.5 * (sample.quotes.bid + sample.quotes.ask)
    quoted = np.isfinite(middle) & (sample.truth.reject == 0)
    assert np.all(np.abs(middle - sample.truth.price)[quoted] <= 0.1)


@pytest.mark.parametrize("option_count", [50, 100, 101, 777, 4_000, 20_000, 50_000])
def test_sizes_are_honoured_to_the_option(option_count):
    quotes = sample_chain(option_count=option_count).quotes
    assert len(quotes) == option_count - option_count % 2
    contracts = set(zip(quotes.expiry.tolist(), quotes.strike.tolist(), quotes.right.tolist(), strict=True))
    assert len(contracts) == len(quotes)


def test_rows_stand_as_in_a_feed_by_date_then_strike_then_root_call_before_put(sample):
    quotes = sample.quotes
    date = np.array([np.datetime64(e.date).astype(int) for e in quotes.expiries])[quotes.expiry]
    root = np.array([e.root for e in quotes.expiries])[quotes.expiry]
    keys = list(zip(date.tolist(), quotes.strike.tolist(), root.tolist(), (-quotes.right).tolist(), strict=True))
    assert keys == sorted(keys)


def test_one_third_friday_carries_morning_and_close_at_the_same_strikes():
    quotes = sample_chain(option_count=6_000).quotes
    pair = [i for i, e in enumerate(quotes.expiries) if e.date == dt.date(2024, 6, 21)]
    assert [quotes.expiries[i].root for i in pair] == ["SPX", "SPXW"]
    morning, close = (set(quotes.strike[quotes.expiry == i].tolist()) for i in pair)
    assert len(morning & close) > 0.9 * len(close) > 50


def test_some_rows_have_no_bid_and_all_have_an_ask(sample):
    live = sample.truth.reject != RejectReason.EXPIRED
    missing = np.isnan(sample.quotes.bid[live]).mean()
    assert 0.005 < missing < 0.25
    assert np.all(sample.quotes.ask[live] > 0.0)
    assert np.isnan(sample.quotes.ask[~live]).all()  # nobody quotes what has settled


def test_the_same_seed_gives_the_same_chain_and_another_seed_another():
    assert_equal_samples(sample_chain(option_count=500, seed=3), sample_chain(option_count=500, seed=3))
    other = sample_chain(option_count=500, seed=4)
    assert not np.array_equal(other.quotes.open_interest, sample_chain(option_count=500, seed=3).quotes.open_interest)


def test_the_seed_moves_draws_and_never_the_truth():
    one, other = sample_chain(option_count=500, seed=3), sample_chain(option_count=500, seed=4)
    np.testing.assert_array_equal(one.truth.price, other.truth.price)
    np.testing.assert_array_equal(one.quotes.strike, other.quotes.strike)


def test_asking_for_other_bad_rows_leaves_open_interest_and_volume_alone():
    one, other = sample_chain(option_count=500), sample_chain(option_count=500, crossed_count=9, quote_noise=0.1)
    np.testing.assert_array_equal(one.quotes.open_interest, other.quotes.open_interest)
    np.testing.assert_array_equal(one.quotes.volume, other.quotes.volume)


def test_the_default_chain_is_the_one_it_always_was():
    """Pinned, so that figures printed by the demo and the documentation stay; changes only with the CHANGELOG."""
    sample = sample_chain()
    quotes, truth = sample.quotes, sample.truth
    assert (len(quotes), len(quotes.expiries)) == (4_000, 27)
    call, put = rows = [722, 723]  # 5400 of the third Friday, settled in the morning
    expiry = quotes.expiries[quotes.expiry[call]]
    assert (expiry.root, expiry.date, quotes.strike[call]) == ("SPX", dt.date(2024, 6, 21), 5_400.0)
    np.testing.assert_allclose(truth.price[rows], [66.19542941566748, 29.283273439256625], rtol=1e-12)
    np.testing.assert_allclose(truth.vol[call], 0.1341511175802869, rtol=1e-13)
    np.testing.assert_allclose(truth.forwards.forward[quotes.expiry[put]], 5436.960408156687, rtol=1e-13)
    np.testing.assert_array_equal(quotes.bid[rows], [65.2, 29.1])
    np.testing.assert_array_equal(quotes.ask[rows], [67.1, 29.6])
    np.testing.assert_array_equal(quotes.open_interest[rows], [64_893.0, 19_551.0])
    assert (quotes.open_interest.sum(), quotes.volume.sum()) == (6_813_107.0, 505_992.0)
    bad = np.flatnonzero(truth.reject > RejectReason.EXPIRED)
    np.testing.assert_array_equal(bad, [672, 922, 1030, 1176, 2071, 2089, 2947, 2976, 3083, 3543])


def test_spot_and_instant_can_be_chosen():
    as_of = dt.datetime(2025, 1, 2, 11, 0, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    sample = sample_chain(option_count=300, as_of=as_of, spot=6_000.0)
    assert sample.quotes.as_of == np.datetime64("2025-01-02T16:00", "ns")
    assert sample.quotes.as_of.dtype == np.dtype("datetime64[ns]")
    assert sample.quotes.spot == sample.truth.forwards.spot == 6_000.0
    assert_equal_samples(sample, sample_chain(option_count=300, as_of=np.datetime64("2025-01-02T16:00"), spot=6_000.0))


def test_a_sample_cannot_be_changed(sample):
    with pytest.raises(dataclasses.FrozenInstanceError):
        sample.seed = 1
    with pytest.raises(ValueError, match="read-only"):
        sample.truth.vol[0] = 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"option_count": 49}, "option_count: expected at least 50, got 49"),
        ({"kind": "bond"}, "kind: expected one of crypto, index, got 'bond'"),
        ({"spot": -1.0}, "spot: expected a positive price"),
        ({"spot": math.nan}, "spot: expected a positive price"),
        ({"quote_noise": 1.0}, r"quote_noise: expected a share in \[0, 1\)"),
        ({"crossed_count": -1}, "crossed_count: expected zero or more, got -1"),
        ({"kind": "crypto", "option_count": 50_000}, r"option_count: expected at most \d+ for BTC, got 50000"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(change, message):
    with pytest.raises(InputError, match=message):
        sample_chain(**change)
