"""Every option of a sample, with what follows from surface and strike alone: price, market, printed Greeks."""

import numpy as np

from gex.columns import Floats
from gex.contracts import Payoff
from gex.sample.black import BlackValues, black_values
from gex.sample.expiries import Listing
from gex.sample.market import Market
from gex.sample.quoting import market_around, spread, ticks
from gex.sample.strikes import Grid
from gex.surface.essvi import EssviSurface

_POSITION_LIFE = 10.0 / 365.0  # years: the positions of an expiry were opened over this time and more
_SETTLED_MOVE = -0.003  # spot at the settlement of what has expired, against now


class SampleRows:
    """Columns of the grid's options, call before put, at the surface's forwards; NaN in what has settled."""

    def __init__(
        self, market: Market, listed: tuple[Listing, ...], surface: EssviSurface, grid: Grid, spot: float
    ) -> None:
        self.market, self.listed, self.surface, self.spot = market, listed, surface, spot
        self.contract = listed[0].expiry.contract  # all roots of a market share ticks and payoff
        self.is_inverse = self.contract.payoff is Payoff.INVERSE
        self.expiry = np.repeat(grid.expiry, 2)
        self.strike = np.repeat(grid.strike, 2)
        self.roundness = np.repeat(grid.roundness, 2)
        self.right = np.tile(np.array([1, -1], np.int8), len(grid.strike))

        forwards = surface.forwards
        self.live = surface.is_certified[self.expiry]
        self.time = forwards.time_to_expiry[self.expiry]
        self.forward = forwards.forward[self.expiry]
        self.discount = forwards.discount_factor[self.expiry]
        self.vol = surface.vol(self.expiry, np.log(self.strike / self.forward))
        self.values = self._black(self.forward)
        self.price = self.values.price * self._unit(self.forward)

        theta = np.where(self.live, surface.theta[self.expiry], 0.0)
        settled_spot = spot * (1.0 + _SETTLED_MOVE)
        log_moneyness = np.log(self.strike / np.where(self.live, self.forward, settled_spot))
        self.deviations = log_moneyness / np.where(self.live, np.sqrt(theta), np.inf)
        # Positions were opened while the expiry had longer to go: they lie wider than its own stdev.
        life_vol = float(market.money_vol(np.array([_POSITION_LIFE]))[0])
        self.held_deviations = log_moneyness / np.sqrt(theta + life_vol**2 * _POSITION_LIFE)
        # What has settled keeps the last market it had, around its payoff.
        payoff = np.maximum(self.right * (settled_spot - self.strike), 0.0)
        self.final_price = payoff / settled_spot if self.is_inverse else payoff

    def market_at(self, forward: Floats, *, lean: Floats) -> tuple[Floats, Floats]:
        """Bid and ask of every row were the forwards these, vols by strike unchanged."""
        values, unit = self._black(forward), self._unit(forward)
        price = np.where(self.live, values.price * unit, self.final_price)
        intrinsic = np.where(self.live, self._intrinsic(forward) * unit, self.final_price)
        width = spread(
            tick=ticks(self.contract, price),
            vega=np.where(self.live, values.vega * unit, 0.0),
            deviations=self.deviations,
            intrinsic=intrinsic,
            spot=np.full_like(price, 1.0 if self.is_inverse else self.spot),
            time_to_expiry=self.time,
        )
        return market_around(self.contract, price, width=width, lean=lean)

    def printed_greeks(self) -> tuple[Floats, Floats, Floats]:
        """The vol, delta and gamma that a feed prints, rounded; no vol where time value is less than half a tick.

        To the spot for an index (D F / S and D (F / S)^2 times those to the forward) and, as Deribit has it, to the
        forward for coin options. Zeros in what has settled.
        """
        carry = self.forward / self.spot
        delta_unit, gamma_unit = (1.0, 1.0) if self.is_inverse else (self.discount * carry, self.discount * carry**2)
        time_value = (self.values.price - self._intrinsic(self.forward)) * self._unit(self.forward)
        vol = np.where(time_value >= 0.5 * self.contract.ticks[0][1], np.round(self.vol, 4), np.nan)
        delta = np.round(self.values.delta * delta_unit, 4) + 0.0  # no −0
        gamma = np.round(self.values.gamma * gamma_unit, self.market.gamma_decimals)
        return vol, np.where(self.live, delta, 0.0), np.where(self.live, gamma, 0.0)

    def _black(self, forward: Floats) -> BlackValues:
        return black_values(
            forward=forward, strike=self.strike, time_to_expiry=self.time, vol=self.vol, right=self.right
        )

    def _unit(self, forward: Floats) -> Floats:
        """Quoted price per undiscounted dollar: a discount factor, or coins per dollar."""
        return 1.0 / forward if self.is_inverse else self.discount

    def _intrinsic(self, forward: Floats) -> Floats:
        return np.maximum(self.right * (forward - self.strike), 0.0)
