"""The volatilities that a chain's bids, mids and asks imply."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, column
from gex.contracts import Exercise, Payoff
from gex.forward import ForwardCurve
from gex.implied import VolStatus, implied_vol
from gex.quotes import Quotes


@dataclass(frozen=True, eq=False, kw_only=True)
class QuoteVols(Columns):
    """One row per quote: Black volatilities, decimal per √year; NaN where there is none.

    A zero bid has an ask volatility only: its mid is not half the ask, it is unknown. `status` (`VolStatus`) is that of
    the mid, or of the ask where there is no bid; volatilities of American options are those of the European formula.
    """

    bid_vol: Floats = column(np.float64)
    mid_vol: Floats = column(np.float64)
    ask_vol: Floats = column(np.float64)
    status: npt.NDArray[np.int8] = column(np.int8)
    is_out_of_the_money: npt.NDArray[np.bool_] = column(np.bool_)  # by the forward; at K = F the call
    is_american: npt.NDArray[np.bool_] = column(np.bool_)


def quote_vols(quotes: Quotes, forwards: ForwardCurve) -> QuoteVols:
    """Volatility of bid, mid and ask of every row, by Black-76 on its expiry's forward.

    Coin prices are turned into currency by the forward, undiscounted.
    """
    expiry = quotes.expiry
    forward, time = forwards.forward[expiry], forwards.time_to_expiry[expiry]
    discount_factor = forwards.discount_factor[expiry]
    inverse = np.array([e.contract.payoff is Payoff.INVERSE for e in quotes.expiries], np.bool_)[expiry]
    american = np.array([e.contract.exercise is Exercise.AMERICAN for e in quotes.expiries], np.bool_)[expiry]
    currency = np.where(inverse, forward, 1.0)

    prices = np.concatenate([quotes.bid, 0.5 * (quotes.bid + quotes.ask), quotes.ask]) * np.tile(currency, 3)
    inverted = implied_vol(
        prices,
        np.tile(forward, 3),
        np.tile(quotes.strike, 3),
        np.tile(time, 3),
        np.tile(quotes.right, 3),
        np.tile(discount_factor, 3),
    )
    bid_vol, mid_vol, ask_vol = np.split(inverted.vol, 3)
    _, mid_status, ask_status = np.split(inverted.status, 3)
    status = np.where(np.isfinite(quotes.bid), mid_status, ask_status)
    status = np.where(np.isfinite(quotes.ask), status, VolStatus.NO_QUOTE)
    return QuoteVols(
        bid_vol=bid_vol,
        mid_vol=mid_vol,
        ask_vol=ask_vol,
        status=status.astype(np.int8),
        is_out_of_the_money=np.where(quotes.right > 0, quotes.strike >= forward, quotes.strike < forward),
        is_american=american,
    )
