"""The exposure map: what the dealers' option book gains and loses, by expiry and strike."""

import enum
from dataclasses import dataclass

import numpy as np

from gex.columns import Columns, Floats, Ints, column
from gex.errors import MissingDataError
from gex.forward import ForwardCurve
from gex.greeks import spot_greeks
from gex.pairs import Pairs
from gex.positioning import DealerPositioning
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface

PER_PERCENT = 0.01
DAYS_PER_YEAR = 365.0


class GreekSource(enum.Enum):
    """Whose Greeks an exposure sums."""

    COMPUTED = "computed"  # our own, on our surface
    SOURCE = "source"  # as printed in the source: delta and gamma only, rounded as printed there


@dataclass(frozen=True, eq=False, kw_only=True)
class RowGreeks(Columns):
    """Spot Greeks per quote row, per unit of underlying; NaN where a row cannot be priced."""

    greek_source: GreekSource

    delta: Floats = column(np.float64)
    gamma: Floats = column(np.float64)  # 1/currency
    vega: Floats = column(np.float64)  # currency per 1.00 of vol
    vanna: Floats = column(np.float64)  # 1 per 1.00 of vol
    charm: Floats = column(np.float64)  # 1 per year of calendar time
    theta: Floats = column(np.float64, fill=np.nan)  # currency per year
    speed: Floats = column(np.float64, fill=np.nan)  # ∂gamma/∂spot
    zomma: Floats = column(np.float64, fill=np.nan)  # ∂gamma/∂vol
    color: Floats = column(np.float64, fill=np.nan)  # ∂gamma/∂t, per year


def computed_greeks(quotes: Quotes, surface: VolSurface) -> RowGreeks:
    """Greeks on the surface: one volatility per (expiry, strike), call and put alike; the forward carries the spot."""
    forwards = surface.forwards
    expiry = quotes.expiry
    forward = forwards.forward[expiry]
    greeks = spot_greeks(
        np.full(len(quotes), forwards.spot),
        forward,
        quotes.strike,
        forwards.time_to_expiry[expiry],
        surface.vol(expiry, np.log(quotes.strike / forward)),
        quotes.right,
        forwards.discount_factor[expiry],
    )
    return RowGreeks(
        greek_source=GreekSource.COMPUTED,
        delta=greeks.delta,
        gamma=greeks.gamma,
        vega=greeks.vega,
        vanna=greeks.vanna,
        charm=greeks.charm,
        theta=greeks.theta,
        speed=greeks.speed,
        zomma=greeks.zomma,
        color=greeks.color,
    )


def printed_greeks(quotes: Quotes) -> RowGreeks:
    """The delta and gamma that the source prints; MissingDataError where it prints none."""
    if not np.isfinite(quotes.source_gamma).any():
        raise MissingDataError(f"greeks source: {quotes.source or 'the chain'} prints no gamma; use computed Greeks")
    nothing = np.full(len(quotes), np.nan)
    return RowGreeks(
        greek_source=GreekSource.SOURCE,
        delta=quotes.source_delta,
        gamma=quotes.source_gamma,
        vega=nothing,
        vanna=nothing,
        charm=nothing,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureMap(Columns):
    """One cell per (expiry, strike): the dealers' book under one named positioning.

    Signs are those of the option book (+ = dealers long); what dealers trade is the negative of its change. Gamma is in
    currency of delta per 1 % move, Σ w·M·Γ·S²·0.01. A NaN cell cannot be priced and is in no total, but counted. Columns of
    a Greek that the source does not print are NaN throughout.
    """

    positioning: str
    greek_source: GreekSource
    spot: float

    expiry: Ints = column(np.int64)  # index into the expiries of the chain
    strike: Floats = column(np.float64)
    call_gamma_exposure: Floats = column(np.float64)  # currency per 1 %
    put_gamma_exposure: Floats = column(np.float64)
    delta_exposure: Floats = column(np.float64)  # currency: Σ w·M·Δ·S
    vanna_exposure: Floats = column(np.float64)  # currency of delta per vol point
    charm_exposure: Floats = column(np.float64)  # currency of delta per calendar day
    vega_exposure: Floats = column(np.float64)  # currency per vol point
    theta_exposure: Floats = column(np.float64, fill=np.nan)  # currency per calendar day: Σ w·M·Θ/365
    speed_exposure: Floats = column(np.float64, fill=np.nan)  # currency per 1 % squared: Σ w·M·speed·S³·0.0001
    zomma_exposure: Floats = column(np.float64, fill=np.nan)  # currency per 1 % and vol point: Σ w·M·zomma·S²·0.0001
    color_exposure: Floats = column(
        np.float64, fill=np.nan
    )  # currency per 1 % and calendar day: Σ w·M·color·S²·0.01/365
    call_contract_count: Floats = column(np.float64, fill=np.nan)  # signed, + the dealer owns them
    put_contract_count: Floats = column(np.float64, fill=np.nan)
    call_open_interest: Floats = column(np.float64, fill=np.nan)  # contracts, whoever owns them
    put_open_interest: Floats = column(np.float64, fill=np.nan)

    @property
    def gamma_exposure(self) -> Floats:
        """Call and put together, currency per 1 % move."""
        return self.call_gamma_exposure + self.put_gamma_exposure


def exposure_map(
    quotes: Quotes, pairs: Pairs, greeks: RowGreeks, forwards: ForwardCurve, positioning: DealerPositioning
) -> ExposureMap:
    """The dealers' exposures by strike and expiry under `positioning`."""
    return map_of_contracts(
        quotes, pairs, greeks, forwards, positioning.dealer_contracts(quotes), name=positioning.name
    )


def map_of_contracts(
    quotes: Quotes, pairs: Pairs, greeks: RowGreeks, forwards: ForwardCurve, contracts: Floats, *, name: str
) -> ExposureMap:
    """The exposures of signed contracts, one per row of the chain."""
    spot = forwards.spot
    units = contracts * quotes.multiplier
    open_rows = units != 0.0

    def exposure(greek: Floats, scale: float) -> Floats:
        # nothing open is an exposure of 0 whether or not the row can be priced
        return np.where(open_rows, units * greek * scale, 0.0)

    gamma = exposure(greeks.gamma, spot * spot * PER_PERCENT)
    both = {
        "delta_exposure": exposure(greeks.delta, spot),
        "vanna_exposure": exposure(greeks.vanna, spot * PER_PERCENT),
        "charm_exposure": exposure(greeks.charm, spot / DAYS_PER_YEAR),
        "vega_exposure": exposure(greeks.vega, PER_PERCENT),
        "theta_exposure": exposure(greeks.theta, 1.0 / DAYS_PER_YEAR),
        "speed_exposure": exposure(greeks.speed, (spot * PER_PERCENT) ** 2 * spot),
        "zomma_exposure": exposure(greeks.zomma, (spot * PER_PERCENT) ** 2),
        "color_exposure": exposure(greeks.color, spot * spot * PER_PERCENT / DAYS_PER_YEAR),
    }
    return ExposureMap(
        positioning=name,
        greek_source=greeks.greek_source,
        spot=spot,
        expiry=pairs.expiry,
        strike=pairs.strike,
        call_gamma_exposure=pairs.of_call(gamma, 0.0),
        put_gamma_exposure=pairs.of_put(gamma, 0.0),
        call_contract_count=pairs.of_call(contracts, 0.0),
        put_contract_count=pairs.of_put(contracts, 0.0),
        call_open_interest=pairs.of_call(quotes.open_interest),
        put_open_interest=pairs.of_put(quotes.open_interest),
        **{name: pairs.of_call(values, 0.0) + pairs.of_put(values, 0.0) for name, values in both.items()},
    )


@dataclass(frozen=True, kw_only=True)
class ExposureTotals:
    """Sums over a map; None where the source's Greeks do not include the one that is summed.

    `gross_gamma_exposure` is Σ|cell|, call and put apart: |net|/gross is the conditioning of the net, and below a few per
    cent the sign of the net is not information.
    """

    gamma_exposure: float  # currency of delta per 1 % move
    call_gamma_exposure: float
    put_gamma_exposure: float
    gross_gamma_exposure: float
    gamma_exposure_per_point: float  # currency of delta per point of spot
    gamma_units_per_point: float  # units of underlying per point of spot
    delta_exposure: float | None  # currency
    vanna_exposure: float | None  # currency of delta per vol point
    charm_exposure: float | None  # currency of delta per calendar day
    vega_exposure: float | None  # currency per vol point
    unpriced_count: int  # cells with open positions that could not be priced
    theta_exposure: float | None = None  # currency per calendar day
    speed_exposure: float | None = None  # currency per 1 % squared
    zomma_exposure: float | None = None  # currency per 1 % and vol point
    color_exposure: float | None = None  # currency per 1 % and calendar day
    unpriced_contract_count: float = 0.0  # absolute contracts of the cells that could not be priced

    @property
    def conditioning(self) -> float | None:
        """|net|/gross gamma, in [0, 1]; None for an empty book."""
        return abs(self.gamma_exposure) / self.gross_gamma_exposure if self.gross_gamma_exposure > 0.0 else None

    def gamma_exposure_coin(self, spot: float) -> float:
        """Net gamma in coin per 1 %, for coin-settled options: the currency figure over spot."""
        return self.gamma_exposure / spot


def totals(cells: ExposureMap) -> ExposureTotals:
    """The sums over all cells that could be priced."""
    unpriced = np.isnan(cells.gamma_exposure)
    net = float(np.nansum(cells.call_gamma_exposure) + np.nansum(cells.put_gamma_exposure))
    per_point = net / (PER_PERCENT * cells.spot)
    return ExposureTotals(
        gamma_exposure=net,
        call_gamma_exposure=float(np.nansum(cells.call_gamma_exposure)),
        put_gamma_exposure=float(np.nansum(cells.put_gamma_exposure)),
        gross_gamma_exposure=float(
            np.nansum(np.abs(cells.call_gamma_exposure)) + np.nansum(np.abs(cells.put_gamma_exposure))
        ),
        gamma_exposure_per_point=per_point,
        gamma_units_per_point=per_point / cells.spot,
        delta_exposure=_sum(cells.delta_exposure),
        vanna_exposure=_sum(cells.vanna_exposure),
        charm_exposure=_sum(cells.charm_exposure),
        vega_exposure=_sum(cells.vega_exposure),
        theta_exposure=_sum(cells.theta_exposure),
        speed_exposure=_sum(cells.speed_exposure),
        zomma_exposure=_sum(cells.zomma_exposure),
        color_exposure=_sum(cells.color_exposure),
        unpriced_count=int(np.count_nonzero(unpriced)),
        unpriced_contract_count=float(
            np.nansum(np.abs(cells.call_contract_count[unpriced]))
            + np.nansum(np.abs(cells.put_contract_count[unpriced]))
        ),
    )


def gamma_error_terms(
    quotes: Quotes, greeks: RowGreeks, spot: float, contracts: Floats, squared_sizes: Floats
) -> tuple[float, float]:
    """Σgᵢ² and Σ_c(Σ_{i∈c} gᵢ)² of gamma exposure at spot, cluster = expiry × right: what sign errors make of a total.

    `squared_sizes` per row is what one wrong sign costs, in contracts squared.
    """
    unit = np.nan_to_num(greeks.gamma) * quotes.multiplier * (spot * spot * PER_PERCENT)
    cluster = 2 * quotes.expiry.astype(np.int64) + (quotes.right > 0)
    sums = np.bincount(cluster, weights=unit * contracts)
    return float((unit * unit * squared_sizes).sum()), float((sums * sums).sum())


def _sum(values: Floats) -> float | None:
    """The sum of what is known; None where something is open and nothing is known."""
    known = np.isfinite(values)
    if not known.any() or (not (values[known] != 0.0).any() and not known.all()):
        return None
    return float(values[known].sum())
