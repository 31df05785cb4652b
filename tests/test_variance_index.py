import csv
import datetime as dt
import math

import numpy as np
import pytest

from gex.calendar import instant, settlement_instant
from gex.contracts import Expiry
from gex.discount import DiscountCurve
from gex.errors import MissingDataError, NoQuotesError
from gex.forward import forward_curve
from gex.io.detect import read_chain
from gex.pairs import pair_up
from gex.quotes import Quotes
from gex.roots import contract_spec
from gex.variance_index import interpolated_index, strip_variance, variance_index

MINUTE = 1.0 / 525_600.0


@pytest.mark.real_data
def test_the_white_paper_of_2009_comes_out_with_its_intermediate_figures(real_data):
    with (real_data / "cboe_vix_whitepaper" / "vixwhite_2009_options.csv").open() as file:
        rows = list(csv.DictReader(file))

    def strip(days: str, minutes: int):
        lines = [row for row in rows if row["Days"] == days]
        names = ("Strike", "Call Bid", "Call Ask", "Put Bid", "Put Ask")
        columns = [np.array([float(line[name]) for line in lines]) for name in names]
        return strip_variance(*columns, rate=0.0038, time=minutes * MINUTE)

    near, after = strip("9", 12_960), strip("37", 53_280)
    assert (near.forward, after.forward) == pytest.approx((920.50005, 921.00039), abs=5e-6)  # five decimals printed
    assert (near.strike, after.strike) == (920.0, 920.0)
    assert (near.variance, after.variance) == pytest.approx((0.4727672, 0.3668182), abs=5e-8)
    assert (near.strike_count, after.strike_count) == (136, 110)
    value = interpolated_index(12_960 * MINUTE, near.variance, 53_280 * MINUTE, after.variance, 43_200 * MINUTE)
    assert value == pytest.approx(61.22, abs=0.005)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "close", "tolerance", "near", "after"),
    [
        ("spx_20220205", 23.22, 0.005, ("SPXW", "2022-03-04"), ("SPXW", "2022-03-11")),
        ("spx_20230414", 17.07, 0.01, ("SPXW", "2023-05-12"), ("SPX", "2023-05-19")),
        ("spx_20230417", 16.95, 0.015, ("SPXW", "2023-05-12"), ("SPX", "2023-05-19")),
        ("spx_20230506", 17.19, 0.006, ("SPXW", "2023-06-02"), ("SPXW", "2023-06-09")),
        ("spx_20230520", 16.81, 0.005, ("SPX", "2023-06-16"), ("SPXW", "2023-06-23")),
        ("spx_20230914", 12.82, 0.005, ("SPXW", "2023-10-13"), ("SPX", "2023-10-20")),
    ],
)
def test_the_official_closes_come_out_of_the_raw_chains(real_data, name, close, tolerance, near, after):
    # Rates are those the chains imply by parity; Cboe takes Treasury yields, worth up to 0.005 here.
    quotes = read_chain(real_data / "cboe_csv" / f"{name}.csv.gz").quotes
    discount = forward_curve(quotes, pair_up(quotes)).discount
    index = variance_index(quotes, discount)
    assert [(term.expiry.root, str(term.expiry.date)) for term in (index.near, index.next)] == [near, after]
    assert index.value == pytest.approx(close, abs=tolerance)


def flat_chain(vol=0.2, rate=0.0, root="SPXW", dates=((2022, 3, 4), (2022, 3, 11)), step=5.0, as_of="2022-02-04T21:00"):
    """Black prices at one volatility on a dense grid, as zero-spread quotes."""
    spec, moment = contract_spec(root), instant(as_of)
    days = [dt.date(*date) for date in dates]
    expiries = tuple(Expiry(contract=spec, date=d, settles_at=settlement_instant(spec, d)) for d in days)
    grid = np.arange(500.0, 15_000.0, step)
    columns: dict[str, list] = {"expiry": [], "strike": [], "right": [], "bid": []}
    for number, expiry in enumerate(expiries):
        time = (expiry.settles_at - moment) / np.timedelta64(365 * 86_400, "s")
        for strike in grid.tolist():
            for right in (1, -1):
                columns["expiry"].append(number)
                columns["strike"].append(strike)
                columns["right"].append(right)
                columns["bid"].append(math.exp(-rate * time) * black(4500.0, strike, vol * math.sqrt(time), right))
    arrays = {key: np.array(value) for key, value in columns.items()}
    return Quotes(
        underlying="SPX", as_of=moment, spot=4500.0, expiries=expiries, row=np.arange(len(arrays["bid"])),
        ask=arrays["bid"], **arrays
    )  # fmt: skip


def black(forward, strike, stdev, right):
    d1 = math.log(forward / strike) / stdev + stdev / 2
    cdf = lambda x: 0.5 * math.erfc(-x / math.sqrt(2))  # noqa: E731
    return right * (forward * cdf(right * d1) - strike * cdf(right * (d1 - stdev)))


@pytest.mark.parametrize("rate", [0.0, 0.05])
def test_a_flat_volatility_is_its_own_index(rate):
    # Sum for integral on a grid of 5 points: relative error of the order (ΔK/(Kσ√T))²/24, here 2e-5.
    index = variance_index(flat_chain(rate=rate), DiscountCurve.flat(rate))
    assert index.value == pytest.approx(20.0, abs=0.002)
    assert index.near.strip.forward == pytest.approx(4500.0, abs=1e-9)


def test_any_term_between_two_expiries_can_be_asked():
    quotes = flat_chain()
    assert variance_index(quotes, DiscountCurve.none(), term_days=33.0).value == pytest.approx(20.0, abs=0.002)
    with pytest.raises(MissingDataError, match="before and after 60 days, found those at 28"):
        variance_index(quotes, DiscountCurve.none(), term_days=60.0)


def test_a_coin_settled_chain_gives_the_same_index_as_its_dollar_twin():
    dollars = flat_chain(root="SPXW")
    spec = contract_spec("BTC")
    expiries = tuple(Expiry(contract=spec, date=e.date, settles_at=e.settles_at) for e in dollars.expiries)
    coin = Quotes(
        underlying="BTC", as_of=dollars.as_of, spot=None, expiries=expiries, row=dollars.row, expiry=dollars.expiry,
        strike=dollars.strike, right=dollars.right, bid=dollars.bid / 4500.0, ask=dollars.ask / 4500.0,
    )  # fmt: skip
    values = [variance_index(quotes, DiscountCurve.none()).value for quotes in (dollars, coin)]
    assert values[0] == pytest.approx(values[1], rel=1e-12)


def test_good_friday_moves_the_end_of_the_week_to_thursday():
    quotes = flat_chain(dates=((2022, 4, 8), (2022, 4, 13), (2022, 4, 14), (2022, 4, 22)), as_of="2022-03-15T20:00")
    index = variance_index(quotes, DiscountCurve.none())
    assert [str(term.expiry.date) for term in (index.near, index.next)] == ["2022-04-14", "2022-04-22"]


def test_two_zero_bids_in_a_row_end_the_strip_and_one_does_not():
    strike = np.array([80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0])
    call = np.array([20.0, 15.0, 10.0, 5.5, 2.0, 0.5, 0.1])
    put = np.array([0.0, 0.1, 0.0, 0.5, 2.0, 5.5, 10.0])

    def count(put_bid):
        return strip_variance(strike, call, call, put_bid, put, rate=0.0, time=0.1).strike_count

    assert count(put) == 5  # 85, 95, 100, 105, 110
    assert count(np.array([0.1, 0.0, 0.0, 0.5, 2.0, 5.5, 10.0])) == 4  # the bid at 80 lies behind two zeros
    assert count(np.array([0.1, 0.1, 0.0, 0.5, 2.0, 5.5, 10.0])) == 6


@pytest.mark.parametrize(
    ("strike", "call", "put", "message"),
    [
        ([100.0, 105.0], [0.0, 0.0], [2.0, 5.0], "no strike has both"),
        ([100.0, 105.0], [1.0, 0.5], [80.0, 85.0], "no strike at or below the forward"),
        ([100.0], [2.0], [2.0], "fewer than two"),
        ([], [], [], "no strike has both"),
    ],
)
def test_a_strip_that_cannot_be_summed_says_why(strike, call, put, message):
    columns = [np.array(side, float) for side in (strike, call, call, put, put)]
    with pytest.raises(NoQuotesError, match=message):
        strip_variance(*columns, rate=0.0, time=0.1)
