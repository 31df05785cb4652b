"""The volatilities that a chain's bids, mids and asks imply."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, column
from gex.contracts import Exercise, Payoff
from gex.dividends import CarryFit, carry_of, held_borrow, implied_borrow
from gex.early_exercise import ShareTable, Smiles, share_table, terms_of
from gex.forward import ForwardCurve
from gex.implied import VolStatus, implied_vol
from gex.quotes import Quotes

NODE_COUNT = 24  # of the table of early exercise, from four deviations outside to eight in the money
DEEPEST = 8.0
VOL_FACTORS = (0.75, 1.0, 1.3)  # around the smile: bids and asks lie mostly between


@dataclass(frozen=True, eq=False, kw_only=True)
class QuoteVols(Columns):
    """One row per quote: Black volatilities, decimal per √year; NaN where there is none.

    A zero bid has an ask volatility only: its mid is not half the ask, it is unknown. `status` (`VolStatus`) is that of
    the mid, or of the ask where there is no bid. The volatility of an American option is that of its European equivalent:
    the American model, with the dividends and borrow of the forward, gives back its price at it. In the money, where nearly
    all of an American price may be its exercise value, a spread of volatilities is worth nothing: fit the others.
    """

    bid_vol: Floats = column(np.float64)
    mid_vol: Floats = column(np.float64)
    ask_vol: Floats = column(np.float64)
    status: npt.NDArray[np.int8] = column(np.int8)
    is_out_of_the_money: npt.NDArray[np.bool_] = column(
        np.bool_
    )  # by the forward, American ones by the spot; at it the call
    is_american: npt.NDArray[np.bool_] = column(np.bool_)


def quote_vols(quotes: Quotes, forwards: ForwardCurve) -> QuoteVols:
    """Volatility of bid, mid and ask of every row, by Black-76 on its expiry's forward.

    Coin prices are turned into currency by the forward, undiscounted. American prices are divided by 1 + the share of
    early exercise, read off a table of each expiry (`gex.early_exercise`).
    """
    expiry = quotes.expiry
    forward, time = forwards.forward[expiry], forwards.time_to_expiry[expiry]
    discount_factor = forwards.discount_factor[expiry]
    inverse = np.array([e.contract.payoff is Payoff.INVERSE for e in quotes.expiries], np.bool_)
    american = np.array([e.contract.exercise is Exercise.AMERICAN for e in quotes.expiries], np.bool_)
    currency = np.where(inverse[expiry], forward, 1.0)

    prices = np.stack([quotes.bid, 0.5 * (quotes.bid + quotes.ask), quotes.ask]) * currency
    early = american[expiry] & ~inverse[expiry]
    # Exercise pays against the spot: between spot and forward an American option out of the money by the forward may be
    # worth its exercise value and nothing else (a call the day before a dividend), and then it has no volatility.
    centre = np.where(early, forwards.spot, forward)
    is_outside = np.where(quotes.right > 0, quotes.strike >= centre, quotes.strike < centre)
    european = np.flatnonzero(~early)
    vol = np.full((3, len(quotes)), np.nan)
    status = np.full((3, len(quotes)), VolStatus.NO_QUOTE, np.int8)
    if len(european):
        columns = (c[european] for c in (forward, quotes.strike, time, quotes.right, discount_factor))
        inverted = implied_vol(prices[:, european].ravel(), *(np.tile(c, 3) for c in columns))
        vol[:, european] = inverted.vol.reshape(3, -1)
        status[:, european] = inverted.status.reshape(3, -1)
    rows = np.flatnonzero(early)
    if len(rows):
        table = _table(quotes, forwards, rows, is_outside, prices[1])
        found = table.vols(
            prices[:, rows].ravel(),
            np.tile(expiry[rows], 3),
            np.tile(quotes.strike[rows], 3),
            np.tile(quotes.right[rows], 3),
            forwards.spot,
        )
        vol[:, rows] = found[0].reshape(3, -1)
        status[:, rows] = found[1].reshape(3, -1)
    said = np.where(np.isfinite(quotes.bid), status[1], status[2])
    said = np.where(np.isfinite(quotes.ask), said, VolStatus.NO_QUOTE)
    return QuoteVols(
        bid_vol=vol[0],
        mid_vol=vol[1],
        ask_vol=vol[2],
        status=said.astype(np.int8),
        is_out_of_the_money=is_outside,
        is_american=american[expiry],
    )


def _table(
    quotes: Quotes, forwards: ForwardCurve, rows: npt.NDArray[np.intp], is_outside: Bools, mid: Floats
) -> ShareTable:
    """Early exercise around the smile that those of the `rows` show that are out of the money, where the rows need it."""
    wanted = (quotes.expiry[rows], quotes.strike[rows], quotes.right[rows])
    rows = rows[is_outside[rows]]
    time, rate = forwards.time_to_expiry, forwards.rate
    fit = forwards.carry if forwards.carry is not None else _fit_of(forwards)
    error = np.nan_to_num(forwards.standard_error)
    own = implied_borrow(forwards.spot, forwards.forward, fit.dividends, rate, time)
    borrow = held_borrow(fit.borrow, forwards.spot, own, error, time)
    terms = terms_of(time, forwards.forward, rate, borrow, fit.dividends)
    expiry, strike = quotes.expiry[rows], quotes.strike[rows]
    vol = implied_vol(
        mid[rows],
        forwards.forward[expiry],
        strike,
        time[expiry],
        quotes.right[rows],
        forwards.discount_factor[expiry],
    ).vol
    good: Bools = np.isfinite(vol) & (vol > 0.0)
    order = np.flatnonzero(good)[np.lexsort((strike[good], expiry[good]))]
    smiles = Smiles.of(terms, expiry[order], strike[order], vol[order])
    return share_table(terms, smiles, NODE_COUNT, DEEPEST, VOL_FACTORS, wanted=wanted)


def _fit_of(forwards: ForwardCurve) -> CarryFit:
    """Borrow of all terms where the forwards were given without one; dividends are then in it."""
    nothing = CarryFit.nothing().dividends
    error = np.zeros(len(forwards))
    return carry_of(forwards.spot, forwards.time_to_expiry, forwards.forward, error, forwards.rate, dividends=nothing)
