"""Forwards by put–call parity: published vector, closed forms, coin, carry, broken chains."""

import dataclasses
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.american import CashDividends
from gex.cleaning import clean
from gex.contracts import Exercise, Expiry, Payoff
from gex.discount import DiscountCurve
from gex.errors import InputError, NoForwardError
from gex.forward import CarryAssumptions, DiscountSource, ForwardCurve, ForwardSource, forward_curve
from gex.io.cboe_csv import parse_chain
from gex.io.deribit import parse_marks
from gex.io.detect import read_bytes, read_chain
from gex.pairs import pair_up
from gex.quotes import Quotes
from tests.chains import AS_OF, expiry_after

# surface.md §7 vector 11 (D = 0.99)
STRIKE = [95, 97.5, 100, 102.5, 105]
CALL = [(6.60, 6.80), (4.75, 4.90), (3.20, 3.32), (2.02, 2.12), (1.18, 1.26)]
PUT = [(1.42, 1.50), (2.06, 2.16), (2.98, 3.10), (4.27, 4.42), (5.90, 6.10)]


def chain(
    expiries: tuple[Expiry, ...],
    strike: list[float],
    call: list[tuple[float, float]],
    put: list[tuple[float, float]],
    *,
    spot: float | None = 100.0,
    expiry: list[int] | None = None,
) -> Quotes:
    n = len(strike)
    return Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=spot,
        expiries=expiries,
        row=np.arange(2 * n),
        expiry=np.tile(expiry if expiry is not None else np.zeros(n, int), 2),
        strike=np.tile(strike, 2),
        right=np.repeat([1, -1], n),
        bid=np.array([q[0] for q in (*call, *put)]),
        ask=np.array([q[1] for q in (*call, *put)]),
    )


def with_contract(expiry: Expiry, **changes: object) -> Expiry:
    return dataclasses.replace(expiry, contract=dataclasses.replace(expiry.contract, **changes))  # type: ignore[arg-type]


def test_the_published_box_and_its_centre() -> None:
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT)
    curve = forward_curve(quotes, pair_up(quotes), rate=-np.log(0.99))
    assert curve.lower[0] == pytest.approx(100.151515152, abs=5e-10)
    assert curve.upper[0] == pytest.approx(100.313131313, abs=5e-10)
    assert curve.forward[0] == pytest.approx(100.222222222, abs=5e-10)
    assert curve.discount_factor[0] == pytest.approx(0.99, rel=1e-15)
    assert curve.source[0] == ForwardSource.PARITY
    assert not curve.box_is_empty[0]


def test_the_published_coin_forward() -> None:
    expiry = with_contract(expiry_after(30), payoff=Payoff.INVERSE)
    quotes = chain((expiry,), [90_000.0], [(0.0415, 0.0427)], [(0.0179, 0.0195)], spot=92_000.0)
    curve = forward_curve(quotes, pair_up(quotes), rate=0.05)
    assert curve.lower[0] == pytest.approx(92_024.539877, abs=1e-6)
    assert curve.upper[0] == pytest.approx(92_288.761280, abs=1e-6)
    assert curve.forward[0] == pytest.approx(92_156.461192, rel=1e-5)  # centre of the box, not of the coin price
    assert curve.discount_factor[0] == 1.0  # coin is not discounted whatever the rate


@given(
    spot=st.floats(10.0, 9000.0),
    rate=st.floats(-0.01, 0.12),
    dividend=st.floats(0.0, 0.06),
    spread=st.floats(0.0, 0.004),
)
def test_exact_parity_gives_back_forward_and_rate(spot: float, rate: float, dividend: float, spread: float) -> None:
    days = [20.0, 90.0, 300.0, 700.0]
    expiries = tuple(expiry_after(d) for d in days)
    strike, call, put, index = [], [], [], []
    for j, d in enumerate(days):
        time = d / 365
        discount_factor, forward = np.exp(-rate * time), spot * np.exp((rate - dividend) * time)
        for moneyness in np.linspace(0.9, 1.1, 15):
            k = spot * moneyness
            parity = discount_factor * (forward - k)
            c = max(parity, 0.0) + spot * 0.2 * np.sqrt(time) * np.exp(-60 * np.log(k / forward) ** 2)
            strike.append(k)
            call.append((c - spread * spot / 2, c + spread * spot / 2))
            put.append((c - parity - spread * spot / 2, c - parity + spread * spot / 2))
            index.append(j)
    quotes = chain(expiries, strike, call, put, spot=spot, expiry=index)
    curve = forward_curve(quotes, pair_up(quotes))
    expected = spot * np.exp((rate - dividend) * np.array(days) / 365)
    implied = -np.log(curve.discount_factor) / curve.time_to_expiry
    np.testing.assert_allclose(implied, rate, atol=1e-7)
    np.testing.assert_allclose(curve.forward, expected, rtol=1e-7)


def test_one_bad_pair_empties_the_box_and_is_left_out() -> None:
    call = [*CALL[:2], (5.0, 5.1), *CALL[3:]]
    quotes = chain((expiry_after(365),), STRIKE, call, PUT)
    curve = forward_curve(quotes, pair_up(quotes), rate=-np.log(0.99))
    assert curve.box_is_empty[0]
    assert curve.forward[0] == pytest.approx(100.22, abs=0.1)


def test_an_expiry_without_pairs_takes_the_carry_of_its_neighbours() -> None:
    expiries = (expiry_after(365 / 2), expiry_after(365), expiry_after(730))
    quotes = chain(
        expiries,
        [*STRIKE, 100.0, 100.0],
        [*CALL, (np.nan, 3.0), (np.nan, 3.0)],
        [*PUT, (2.0, 3.0), (2.0, 3.0)],
        expiry=[1] * 5 + [0, 2],
    )
    curve = forward_curve(quotes, pair_up(quotes), rate=-np.log(0.99))
    growth = np.log(curve.forward / 100.0)
    assert curve.source.tolist() == [ForwardSource.CARRY, ForwardSource.PARITY, ForwardSource.CARRY]
    assert growth[0] == pytest.approx(growth[1] / 2, rel=1e-12)
    assert growth[2] == pytest.approx(growth[1] * 2, rel=1e-12)


def test_without_any_pair_the_rate_is_the_carry() -> None:
    quotes = chain((expiry_after(365),), [100.0], [(np.nan, 3.0)], [(2.0, 3.0)])
    assert forward_curve(quotes, pair_up(quotes), rate=0.05).forward[0] == pytest.approx(100 * np.exp(0.05))
    assert forward_curve(quotes, pair_up(quotes)).forward[0] == 100.0  # nothing implies a rate


def test_american_parity_says_what_it_is() -> None:
    expiry = with_contract(expiry_after(20), exercise=Exercise.AMERICAN)
    quotes = chain((expiry,), STRIKE, CALL, PUT)
    curve = forward_curve(quotes, pair_up(quotes))
    assert curve.source[0] == ForwardSource.AMERICAN_PARITY
    assert curve.discount_source is DiscountSource.NONE  # three weeks of one expiry imply no rate
    assert curve.discount_factor[0] == 1.0


def test_where_the_discount_comes_from_is_said() -> None:
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT)
    given = CarryAssumptions(discount=DiscountCurve.flat(0.03))
    assert forward_curve(quotes, pair_up(quotes)).discount_source is DiscountSource.EUROPEAN_PARITY
    assert forward_curve(quotes, pair_up(quotes), rate=0.03).discount_source is DiscountSource.GIVEN
    assert forward_curve(quotes, pair_up(quotes), carry=given).discount_source is DiscountSource.GIVEN
    with pytest.raises(InputError, match="got both"):
        forward_curve(quotes, pair_up(quotes), rate=0.03, carry=given)


def test_the_borrow_is_what_the_forward_grows_less_than_the_rate() -> None:
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT)
    curve = forward_curve(quotes, pair_up(quotes), rate=-np.log(0.99))
    assert curve.implied_borrow[0] == pytest.approx(-np.log(0.99) - np.log(100.222222222 / 100.0), abs=1e-9)


def test_a_dividend_before_an_expiry_without_pairs_lowers_its_forward() -> None:
    quotes = chain(
        (expiry_after(182.5), expiry_after(365)), [100.0] * 2, [(np.nan, 3.0)] * 2, [(2.0, 3.0)] * 2, expiry=[0, 1]
    )
    dividends = CashDividends(time=np.array([0.75]), amount=np.array([2.0]))
    curve = forward_curve(quotes, pair_up(quotes), rate=0.05, carry=CarryAssumptions(dividends=dividends))
    assert curve.forward[0] == pytest.approx(100.0 * np.exp(0.025), rel=1e-12)
    assert curve.forward[1] == pytest.approx(100.0 * np.exp(0.05) - 2.0 * np.exp(0.0125), rel=1e-12)


@given(st.floats(50.0, 150.0))
def test_a_tick_moves_forwards_boxes_and_errors_in_proportion(spot: float) -> None:
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT)
    curve = forward_curve(quotes, pair_up(quotes), rate=-np.log(0.99), future=100.5)
    by_spot, by_future = curve.moved(spot=spot), curve.moved(future=spot * 1.005)
    for moved in (by_spot, by_future):
        assert moved.spot == pytest.approx(spot, rel=1e-14)
        assert moved.future == pytest.approx(1.005 * spot, rel=1e-14)
        for name in ("forward", "lower", "upper", "standard_error"):
            np.testing.assert_allclose(getattr(moved, name), getattr(curve, name) * spot / 100.0, rtol=1e-13)
        np.testing.assert_array_equal(moved.discount_factor, curve.discount_factor)
    np.testing.assert_allclose(by_spot.moved(spot=100.0).forward, curve.forward, rtol=1e-14)


def test_a_moved_curve_is_that_of_the_moved_chain() -> None:
    """Prices, strikes and spot a percent higher: parity gives the same forwards a percent higher."""
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT)
    dearer = dataclasses.replace(
        quotes, spot=101.0, strike=quotes.strike * 1.01, bid=quotes.bid * 1.01, ask=quotes.ask * 1.01
    )
    moved = forward_curve(quotes, pair_up(quotes), rate=0.02).moved(spot=101.0)
    fresh = forward_curve(dearer, pair_up(dearer), rate=0.02)
    for name in ("forward", "lower", "upper", "standard_error", "implied_borrow"):
        np.testing.assert_allclose(getattr(moved, name), getattr(fresh, name), rtol=1e-9)


def test_a_tick_needs_a_price_to_start_from() -> None:
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT)
    curve = forward_curve(quotes, pair_up(quotes), rate=0.02)
    with pytest.raises(InputError, match="made with a future"):
        curve.moved(future=101.0)
    with pytest.raises(InputError, match="either a spot or a future"):
        curve.moved()
    with pytest.raises(InputError, match="positive price"):
        curve.moved(spot=np.nan)


def test_spot_comes_from_the_shortest_forward_where_the_source_names_none() -> None:
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT, spot=None)
    curve = forward_curve(quotes, pair_up(quotes), rate=-np.log(0.99))
    assert curve.spot == curve.forward[0]
    assert curve.spot_is_implied


def test_neither_spot_nor_pair_is_refused() -> None:
    quotes = chain((expiry_after(365),), [100.0], [(np.nan, 3.0)], [(2.0, 3.0)], spot=None)
    with pytest.raises(NoForwardError, match="names no spot"):
        forward_curve(quotes, pair_up(quotes))


def real_curve(real_data: Path, name: str, **options: float) -> ForwardCurve:
    parsed = parse_chain(gzip.decompress((real_data / "cboe_csv" / f"{name}.csv.gz").read_bytes()))
    quotes = clean(parsed).quotes
    return forward_curve(quotes, pair_up(quotes), **options)


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "expiry_count"), [("spx_20230914", 58), ("spx_20220205", 45)])
def test_every_box_of_a_quiet_index_chain_holds_a_forward(real_data: Path, name: str, expiry_count: int) -> None:
    curve = real_curve(real_data, name)
    has_pairs = curve.source == ForwardSource.PARITY
    assert has_pairs.sum() == expiry_count  # surface.md §3.3
    assert not curve.box_is_empty.any()
    width = (curve.upper - curve.lower)[has_pairs]
    assert 0.5 < np.median(width) < 2.4  # index points; there 1.3–2.4
    assert (curve.standard_error[has_pairs] <= width).all()
    assert (curve.standard_error[has_pairs] >= width / np.sqrt(12.0) * (1 - 1e-12)).all()


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [  # zero rates in dollars to a year, and fifty basis points to each side
        ("spx_20230914", 0.048, 0.060),  # 5.3–5.5 %
        ("xsp_20230914", 0.048, 0.060),
        ("spx_20230506", 0.042, 0.058),  # 4.7–5.3 %
        ("spx_20230414", 0.042, 0.056),  # 4.7–5.1 %
        ("spx_20220205", -0.005, 0.014),  # 0–0.9 %
    ],
)
def test_index_options_imply_the_rates_of_their_day(real_data: Path, name: str, low: float, high: float) -> None:
    curve = real_curve(real_data, name)
    to_a_year = (curve.time_to_expiry > 1 / 365) & (curve.time_to_expiry <= 1.0)
    rate = curve.rate[to_a_year][np.argsort(curve.time_to_expiry[to_a_year])]
    assert low <= rate.min()
    assert rate.max() <= high
    assert np.abs(np.diff(rate)).max() < 0.0025  # smooth: a quarter of a percent between neighbours


@pytest.mark.real_data
@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_coin_parity_gives_the_published_futures(real_data: Path, coin: str) -> None:
    """Every sixth book of a calm fortnight; the reference has a median of 1.5e-4 and a 95 % quantile of 5–7e-4."""
    misses, empty = [], 0
    for path in sorted((real_data / "deribit_books_6h" / "dev_calm").glob("*.gz"))[::6]:
        quotes = clean(read_chain(path, underlying=coin)).quotes
        published = parse_marks(read_bytes(path)).underlying_price[quotes.row]
        curve = forward_curve(quotes, pair_up(quotes))
        for j in np.flatnonzero(curve.pair_count >= 3):
            stated = published[quotes.expiry == j]
            empty += bool(curve.box_is_empty[j])
            misses.append(curve.forward[j] / np.nanmedian(stated) - 1.0)
    assert len(misses) > 50
    assert empty == 0
    assert np.nanmedian(np.abs(misses)) < 2e-4
    assert np.nanquantile(np.abs(misses), 0.95) < 7e-4
