"""Dealer exposure as values: maps by strike and expiry, profiles over spot, levels, flows."""

import numpy as np
from gexapi.v1 import exposure_pb2

from gex_client.market import ExpiryState, Provenance, RejectCount, SmileDynamics, Uncertainty
from gex_client.view import Dates, Floats, Instants, Ints, Table, View


class GammaFlip(View, of=exposure_pb2.GammaFlip):
    """A spot at which net gamma is zero."""

    __slots__ = ()

    price: float
    slope: float
    lower: float | None
    upper: float | None


class Wall(View, of=exposure_pb2.Wall):
    """A strike that stands out; `right` is +1 for calls, −1 for puts."""

    __slots__ = ()

    kind: str
    right: int
    is_side_restricted: bool
    strike: float | None
    size: float | None


class ExposureMap(Table, of=exposure_pb2.ExposureMap):
    """Exposure by strike and expiry: one row a (expiry, strike)."""

    __slots__ = ()

    expiry: Dates
    expiry_index: Ints
    strike: Floats
    gamma_exposure_per_percent: Floats
    call_gamma_exposure_per_percent: Floats
    put_gamma_exposure_per_percent: Floats
    delta_exposure: Floats
    vanna_exposure_per_vol_point: Floats
    charm_exposure_per_day: Floats
    vega_exposure_per_vol_point: Floats
    call_open_interest: Floats
    put_open_interest: Floats
    call_contract_count: Floats
    put_contract_count: Floats
    theta_exposure_per_day: Floats
    speed_exposure: Floats
    zomma_exposure: Floats
    color_exposure: Floats


class ExposureProfile(Table, of=exposure_pb2.ExposureProfile):
    """Exposure over spot, repriced at every node; at today's spot it equals the total."""

    __slots__ = ()

    spot: Floats
    gamma_exposure_per_percent: Floats
    slope: Floats
    delta_exposure: Floats
    gamma_standard_deviation: Floats
    smile_dynamics: SmileDynamics | None
    gamma_kind: str
    clamp_count: int


class ForwardMap(View, of=exposure_pb2.ForwardMap):
    """Exposure over spot and time; matrices are row-major, one row an instant."""

    __slots__ = ()

    at: Instants
    spot: Floats
    gamma_exposure_per_percent: Floats
    delta_exposure_units: Floats
    vanna_exposure_per_vol_point: Floats
    charm_exposure_per_day: Floats
    smile_dynamics: SmileDynamics | None
    line_count: Ints
    flow_units: Floats

    def matrix(self, name: str) -> Floats:
        """A matrix by name, shape (instants, spots): `matrix("gamma_exposure_per_percent")`."""
        values: Floats = getattr(self, name).reshape(len(self.at), len(self.spot))
        return values


class ExposureByExpiry(Table, of=exposure_pb2.ExposureByExpiry):
    """Sums by expiry."""

    __slots__ = ()

    expiry: Dates
    expiry_index: Ints
    gamma_exposure_per_percent: Floats
    call_gamma_exposure_per_percent: Floats
    put_gamma_exposure_per_percent: Floats
    gross_gamma_exposure_per_percent: Floats
    delta_exposure: Floats
    vanna_exposure_per_vol_point: Floats
    charm_exposure_per_day: Floats
    vega_exposure_per_vol_point: Floats


class MarketMove(View, of=exposure_pb2.MarketMove):
    """A move of the market."""

    __slots__ = ()

    spot_move: float
    vol_points: float
    seconds: float
    at: np.datetime64 | None
    label: str


class DealerFlow(View, of=exposure_pb2.DealerFlow):
    """What dealers trade when the market moves, + buy."""

    __slots__ = ()

    move: MarketMove | None
    units: float
    notional: float
    gamma_units: float
    vanna_units: float
    charm_units: float
    residual_units: float
    exact_contracts: float | None
    contracts: float | None
    residual_contracts: float | None
    share_of_daily_volume: float | None
    share_of_depth: float | None
    spot: float
    rounding_units: float | None
    rounding_notional: float | None


class MappedLevels(View, of=exposure_pb2.MappedLevels):
    """Levels on the price axis of an instrument."""

    __slots__ = ()

    symbol: str
    basis: float
    gamma_flip: float | None
    call_wall: float | None
    put_wall: float | None
    absolute_gamma_strike: float | None
    gamma_flips: Floats


class MaxPain(View, of=exposure_pb2.MaxPain):
    """The listed price at which the options of one settlement pay their owners least."""

    __slots__ = ()

    root: str
    expiry: np.datetime64
    settlement: np.datetime64 | None
    strike: float
    upper_strike: float
    payout: float
    open_interest: float
    expiry_index: int


class ExpectedMove(View, of=exposure_pb2.ExpectedMove):
    """The move to an expiry that options price in."""

    __slots__ = ()

    expiry_index: int
    expiry: np.datetime64
    straddle: float
    one_sigma: float
    vol: float


class PositioningSpread(View, of=exposure_pb2.PositioningSpread):
    """How far apart the books of one answer are."""

    __slots__ = ()

    minimum_gamma_exposure_per_percent: float
    maximum_gamma_exposure_per_percent: float
    sign_agrees: bool
    minimum_gamma_flip: float | None
    maximum_gamma_flip: float | None


class ExposureGroup(View, of=exposure_pb2.ExposureGroup):
    """Sums over a group of expiries."""

    __slots__ = ()

    group: str
    name: str
    gamma_exposure_per_percent: float
    call_gamma_exposure_per_percent: float
    put_gamma_exposure_per_percent: float
    gross_gamma_exposure_per_percent: float
    gamma_exposure_per_point: float
    gamma_exposure_units_per_point: float
    delta_exposure: float | None
    vanna_exposure_per_vol_point: float | None
    charm_exposure_per_day: float | None
    vega_exposure_per_vol_point: float | None
    theta_exposure_per_day: float | None
    speed_exposure: float | None
    zomma_exposure: float | None
    color_exposure: float | None
    conditioning: float | None
    unpriced_line_count: int
    unpriced_contract_count: float


class DynamicsFlips(View, of=exposure_pb2.DynamicsFlips):
    """The flips under one smile dynamics."""

    __slots__ = ()

    smile_dynamics: SmileDynamics | None
    gamma_kind: str
    gamma_flips: tuple[GammaFlip, ...]
    gamma_exposure_per_percent: float


class ExposureBook(View, of=exposure_pb2.ExposureBook):
    """Exposure under one positioning; an exposure belongs to the dealers' option book."""

    __slots__ = ()

    positioning: str
    gamma_exposure_per_percent: float
    call_gamma_exposure_per_percent: float
    put_gamma_exposure_per_percent: float
    gross_gamma_exposure_per_percent: float
    gamma_exposure_per_point: float
    gamma_exposure_units_per_point: float
    delta_exposure: float | None
    delta_exposure_units: float | None
    vanna_exposure_per_vol_point: float | None
    charm_exposure_per_day: float | None
    vega_exposure_per_vol_point: float | None
    theta_exposure_per_day: float | None
    gamma_exposure_coin_per_percent: float | None
    speed_exposure: float | None
    zomma_exposure: float | None
    color_exposure: float | None
    gamma_flips: tuple[GammaFlip, ...]
    gamma_flip: float | None
    gamma_flip_absence: str
    call_wall: float | None
    put_wall: float | None
    walls: tuple[Wall, ...]
    absolute_gamma_strike: float | None
    map: ExposureMap | None
    profile: ExposureProfile | None
    forward_map: ForwardMap | None
    by_expiry: ExposureByExpiry | None
    flows: tuple[DealerFlow, ...]
    gamma_exposure_uncertainty: Uncertainty | None
    gamma_flip_uncertainty: Uncertainty | None
    conditioning: float | None
    line_count: int
    unpriced_line_count: int
    unpriced_contract_count: float
    missing_open_interest_count: int
    zero_dte_gross_share: float | None
    instrument_contracts_per_percent: float | None
    share_of_daily_volume_per_percent: float | None
    mapped_levels: MappedLevels | None
    instrument_contracts_per_point: float | None
    imbalance: float | None
    groups: tuple[ExposureGroup, ...]
    dynamics_flips: tuple[DynamicsFlips, ...]
    unsigned_contract_count: float
    censored_row_count: int
    instrument: str


class Exposure(View, of=(exposure_pb2.ComputeExposureResponse, exposure_pb2.GetExposureResponse)):
    """Dealer exposure of one chain, one book a positioning, in the order asked for."""

    __slots__ = ()

    underlying: str
    spot: float
    revision: int
    books: tuple[ExposureBook, ...]
    expiries: tuple[ExpiryState, ...]
    max_pains: tuple[MaxPain, ...]
    expected_moves: tuple[ExpectedMove, ...]
    rejects: tuple[RejectCount, ...]
    spread: PositioningSpread | None
    provenance: Provenance | None

    @property
    def as_of(self) -> np.datetime64:
        """The instant the quotes hold for, datetime64[ns] UTC."""
        assert self.provenance is not None
        assert self.provenance.as_of is not None
        return self.provenance.as_of

    def book(self, positioning: str) -> ExposureBook:
        """The book of one positioning; KeyError lists those there are."""
        for book in self.books:
            if book.positioning == positioning:
                return book
        raise KeyError(f"positioning {positioning!r}: there is {', '.join(book.positioning for book in self.books)}")
