"""The exposure map: what the dealers' option book gains and loses, by expiry and strike."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.columns import Bools, Columns, Floats, Ints, column, frozen
from gex.errors import MissingDataError
from gex.forward import ForwardCurve
from gex.greeks import spot_greeks
from gex.kernels.cells import CELL_ROWS, known_sum, map_cells
from gex.kernels.cells import leg_units as split_legs
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
        forwards.spot_discount_factor[expiry],
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
    contracts = (positioning.dealer_contracts(quotes),)
    (cells,) = exposure_maps(quotes, pairs, greeks, forwards, contracts, (positioning.name,))
    return cells


def exposure_maps(
    quotes: Quotes,
    pairs: Pairs,
    greeks: RowGreeks,
    forwards: ForwardCurve,
    contracts: Sequence[Floats],
    names: Sequence[str],
) -> tuple[ExposureMap, ...]:
    """A map per book of signed contracts, one per row of the chain each."""
    spot = forwards.spot
    row_greeks = np.array([getattr(greeks, name) for name in _GREEKS])
    percent = PER_PERCENT * spot
    scale = frozen(
        np.array(
            [
                spot * percent,
                spot,
                percent,
                spot / DAYS_PER_YEAR,
                PER_PERCENT,
                1.0 / DAYS_PER_YEAR,
                percent * percent * spot,
                percent * percent,
                spot * percent / DAYS_PER_YEAR,
            ]
        )
    )
    call_units, put_units = leg_units(quotes, pairs, contracts)
    call_contracts, put_contracts = legs(pairs, np.array(contracts).reshape(len(contracts), len(quotes)))
    open_interest = legs(pairs, quotes.open_interest[np.newaxis])
    for table, row in zip(open_interest, (pairs.call, pairs.put), strict=True):
        table[0, row < 0] = np.nan
    call_open, put_open = (_read_only(table)[0] for table in open_interest)
    call_contracts, put_contracts = _read_only(call_contracts), _read_only(put_contracts)
    row_greeks = frozen(row_greeks)
    maps = []
    for b, name in enumerate(names):
        out = np.empty((CELL_ROWS, len(pairs)))
        map_cells(pairs.call, pairs.put, row_greeks, scale, frozen(call_units[b]), frozen(put_units[b]), out)
        out = _read_only(out)
        maps.append(
            ExposureMap(
                positioning=name,
                greek_source=greeks.greek_source,
                spot=spot,
                expiry=pairs.expiry,
                strike=pairs.strike,
                call_contract_count=call_contracts[b],
                put_contract_count=put_contracts[b],
                call_open_interest=call_open,
                put_open_interest=put_open,
                **dict(zip(_CELLS, out, strict=True)),
            )
        )
    return tuple(maps)


def leg_units(quotes: Quotes, pairs: Pairs, contracts: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Signed contracts × multiplier of the calls and of the puts of every pair, (book_count, pair_count) each."""
    units = np.empty((len(contracts), len(quotes)))
    multiplier = quotes.multiplier
    for b, own in enumerate(contracts):
        np.multiply(own, multiplier, out=units[b])
    return legs(pairs, units)


def legs(pairs: Pairs, values: Floats) -> tuple[Floats, Floats]:
    """`values` (book_count, row_count) at the calls and at the puts of every pair; 0 where one is not listed."""
    call, put = np.empty((2, len(values), len(pairs)))
    split_legs(pairs.call, pairs.put, frozen(values), call, put)
    return call, put


def _read_only(table: Floats) -> Floats:
    table.flags.writeable = False
    return table


_GREEKS = ("gamma", "delta", "vanna", "charm", "vega", "theta", "speed", "zomma", "color")
_CELLS = ("call_gamma_exposure", "put_gamma_exposure", *(f"{name}_exposure" for name in _GREEKS[1:]))


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
    unpriced = np.isnan(cells.call_gamma_exposure) | np.isnan(cells.put_gamma_exposure)
    call, gross_call, _ = known_sum(cells.call_gamma_exposure)
    put, gross_put, _ = known_sum(cells.put_gamma_exposure)
    contracts = np.abs(cells.call_contract_count[unpriced]), np.abs(cells.put_contract_count[unpriced])
    per_point = (call + put) / (PER_PERCENT * cells.spot)
    is_open = (cells.call_contract_count != 0.0) | (cells.put_contract_count != 0.0)  # NaN, not said, may be
    return ExposureTotals(
        gamma_exposure=call + put,
        call_gamma_exposure=call,
        put_gamma_exposure=put,
        gross_gamma_exposure=gross_call + gross_put,
        gamma_exposure_per_point=per_point,
        gamma_units_per_point=per_point / cells.spot,
        delta_exposure=_sum(cells.delta_exposure, is_open),
        vanna_exposure=_sum(cells.vanna_exposure, is_open),
        charm_exposure=_sum(cells.charm_exposure, is_open),
        vega_exposure=_sum(cells.vega_exposure, is_open),
        theta_exposure=_sum(cells.theta_exposure, is_open),
        speed_exposure=_sum(cells.speed_exposure, is_open),
        zomma_exposure=_sum(cells.zomma_exposure, is_open),
        color_exposure=_sum(cells.color_exposure, is_open),
        unpriced_count=int(np.count_nonzero(unpriced)),
        unpriced_contract_count=float(np.nansum(contracts[0]) + np.nansum(contracts[1])),
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


def _sum(values: Floats, is_open: Bools) -> float | None:
    """The sum of what is known; None where something is open and nothing of it is known (a Greek that is not printed)."""
    total, _, count = known_sum(values)
    if count < len(values) and not np.isfinite(values[is_open]).any():
        return None
    return float(total)
