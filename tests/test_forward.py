"""Forwards by put–call parity: published vector, closed forms, coin, carry, broken chains."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.contracts import Exercise, Expiry, Payoff
from gex.errors import NoForwardError
from gex.forward import ForwardSource, forward_curve
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
    expiry = with_contract(expiry_after(365), exercise=Exercise.AMERICAN)
    quotes = chain((expiry,), STRIKE, CALL, PUT)
    curve = forward_curve(quotes, pair_up(quotes))
    assert curve.source[0] == ForwardSource.AMERICAN_PARITY
    assert curve.discount_factor[0] == 1.0  # American slopes imply no rate


def test_spot_comes_from_the_shortest_forward_where_the_source_names_none() -> None:
    quotes = chain((expiry_after(365),), STRIKE, CALL, PUT, spot=None)
    curve = forward_curve(quotes, pair_up(quotes), rate=-np.log(0.99))
    assert curve.spot == curve.forward[0]
    assert curve.spot_is_implied


def test_neither_spot_nor_pair_is_refused() -> None:
    quotes = chain((expiry_after(365),), [100.0], [(np.nan, 3.0)], [(2.0, 3.0)], spot=None)
    with pytest.raises(NoForwardError, match="names no spot"):
        forward_curve(quotes, pair_up(quotes))
