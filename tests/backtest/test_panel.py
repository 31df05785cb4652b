"""Books out of recorded panels: vanished contracts stay in the book, expired ones pay out."""

import numpy as np
import pytest

from gex.backtest.panel import held_book
from gex.backtest.recording import HedgeTerms
from gex.errors import InputError
from tests.backtest.test_guards import panel

TERMS = HedgeTerms(symbol="F", multiplier=0.01)


def test_profit_of_a_book_is_the_change_of_its_marks() -> None:
    market = panel()
    book = held_book(market, [12], -2.0, TERMS, name="one")
    known = np.isfinite(market.mark[:, 12])
    np.testing.assert_allclose(np.cumsum(book.book_profit)[known], -2.0 * (market.mark[known, 12] - market.mark[0, 12]))


def test_a_contract_that_vanishes_keeps_its_last_mark_and_stays_in_the_book() -> None:
    market = panel()
    gone = int(np.flatnonzero(np.isnan(market.mark[-1]) & np.isfinite(market.mark[0]))[0])
    book = held_book(market, [gone], -1.0, TERMS, name="one")
    last = market.mark[np.isfinite(market.mark[:, gone]), gone][-1]
    assert book.book_value[-1] == pytest.approx(-last)
    assert np.isfinite(book.delta).all()


def test_an_expired_contract_is_worth_what_it_pays_and_has_no_delta() -> None:
    market = panel()
    early = np.full(24, market.time[20] - np.timedelta64(1, "h"))
    from dataclasses import replace

    book = held_book(replace(market, expiry=early), [5], -1.0, TERMS, name="one")
    assert book.book_value[-1] == pytest.approx(-max(market.spot[20] - market.strike[5], 0.0))
    assert not book.delta[20:].any()
    assert not book.gamma[20:].any()
    assert not book.book_profit[21:].any()


def test_coin_books_are_net_of_premium() -> None:
    from dataclasses import replace

    market = panel()
    coin = replace(market, mark=market.mark / market.spot[:, None], is_coin_settled=True)
    book = held_book(coin, [12], 1.0, TERMS, name="one")
    assert book.delta[0] == pytest.approx(market.delta[0, 12] - coin.mark[0, 12])


def test_a_book_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="at least one contract"):
        held_book(panel(), [], 1.0, TERMS, name="none")
