"""The volatilities that a chain's bids, mids and asks imply."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, column, frozen
from gex.dividends import CarryFit, carry_of, held_borrow, implied_borrow
from gex.early_exercise import ShareTable, Smiles, share_table, terms_of
from gex.forward import ForwardCurve
from gex.implied import VolStatus, implied_vol
from gex.kernels.quoted_prices import MIDDLE, chosen_status, quoted_prices
from gex.quotes import Quotes

NODE_COUNT = 24  # of the table of early exercise, from four deviations outside to eight in the money
DEEPEST = 8.0
VOL_FACTORS = (0.75, 1.0, 1.3)  # around the smile: bids and asks lie mostly between

Signs = npt.NDArray[np.int8]


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
    terms, row_count = quotes.expiry_terms, len(quotes)
    early = terms.is_american & ~terms.is_inverse  # per expiry
    early.flags.writeable = False
    prices, sign = np.empty((5, 3 * row_count)), np.empty(3 * row_count, np.int8)
    # Exercise pays against the spot: between spot and forward an American option out of the money by the forward may be
    # worth its exercise value and nothing else (a call the day before a dividend), and then it has no volatility.
    is_outside = np.empty(row_count, np.bool_)
    of_expiry = frozen(np.stack([forwards.forward, forwards.time_to_expiry, forwards.discount_factor]))
    quoted_prices(
        quotes.bid, quotes.ask, quotes.strike, quotes.right, quotes.expiry, of_expiry, terms.is_inverse, early,
        float(forwards.spot), prices, sign, is_outside,
    )  # fmt: skip
    for array in (prices, sign, is_outside):
        array.flags.writeable = False
    vol, status = _inverted(quotes, forwards, early, prices, sign, is_outside)
    said = np.empty(row_count, np.int8)
    chosen_status(quotes.bid, quotes.ask, status, np.int8(VolStatus.NO_QUOTE), said)
    said.flags.writeable = False
    return QuoteVols(
        bid_vol=vol[0],
        mid_vol=vol[1],
        ask_vol=vol[2],
        status=said,
        is_out_of_the_money=is_outside,
        is_american=terms.is_american[quotes.expiry],
    )


def _inverted(
    quotes: Quotes, forwards: ForwardCurve, early: Bools, prices: Floats, sign: Signs, is_outside: Bools
) -> tuple[Floats, Signs]:
    """(vol, status), (3, rows) each, of the bids, middles and asks that `quoted_prices` laid out; read-only."""
    row_count = len(quotes)
    price, *others = prices
    columns = (price, *others[:3], sign, others[3])
    if not early.any():
        inverted = implied_vol(*columns)
        return inverted.vol.reshape(3, row_count), inverted.status.reshape(3, row_count)
    vol, status = np.full((3, row_count), np.nan), np.full((3, row_count), VolStatus.NO_QUOTE, np.int8)
    is_early = early[quotes.expiry]
    european, rows = np.flatnonzero(~is_early), np.flatnonzero(is_early)
    if len(european):
        inverted = implied_vol(*(values.reshape(3, row_count)[:, european].ravel() for values in columns))
        vol[:, european] = inverted.vol.reshape(3, -1)
        status[:, european] = inverted.status.reshape(3, -1)
    if len(rows):
        by_part = price.reshape(3, row_count)
        table = _table(quotes, forwards, rows, is_outside, by_part[MIDDLE])
        vol[:, rows], status[:, rows] = table.vols(
            by_part[:, rows], quotes.expiry[rows], quotes.strike[rows], quotes.right[rows], forwards.spot
        )
    for array in (vol, status):
        array.flags.writeable = False
    return vol, status


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
