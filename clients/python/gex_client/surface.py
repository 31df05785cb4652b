"""The volatility surface as values: slices with their proofs, what is wrong with quotes, and the surface at points."""

import numpy as np
from gexapi.v1 import surface_pb2

from gex_client.market import ExpiryState, Provenance, RejectCount
from gex_client.view import Floats, Ints, Table, View


class SurfaceCertificate(View, of=surface_pb2.SurfaceCertificate):
    """What was proven about a slice."""

    __slots__ = ()

    is_certified: bool
    butterfly_margin: float
    calendar_margin: float | None
    rung: str
    failures: tuple[str, ...]
    calendar_gap: float | None


class FitQuality(View, of=surface_pb2.FitQuality):
    """How well a fit meets the quotes it was given; errors in basis points of volatility."""

    __slots__ = ()

    quote_count: int
    inside_share: float
    median_error_vol_bp: float
    rms_error_vol_bp: float
    chi: float
    iteration_count: int


class SurfaceSlice(View, of=surface_pb2.SurfaceSlice):
    """One expiry: total variance as cubics in log-moneyness, its proof and its quality."""

    __slots__ = ()

    expiry_index: int
    model: str
    knot: Floats
    coefficient: Floats
    left_slope: float
    right_slope: float
    at_the_money_total_variance: float
    at_the_money_vol: float
    at_the_money_skew: float
    at_the_money_curvature: float
    at_the_money_vol_error: float | None
    parameters: dict[str, float]
    certificate: SurfaceCertificate | None
    quality: FitQuality | None
    fitted_at: np.datetime64 | None
    flags: tuple[str, ...]
    blend: float | None
    violation: float | None
    age_seconds: float | None

    def _column(self, value: object, field: object) -> Floats | tuple[str, ...]:
        column: Floats | tuple[str, ...] = super()._column(value, field)
        return column.reshape(-1, 4) if getattr(field, "name", "") == "coefficient" else column  # type: ignore[union-attr]

    def total_variance(self, log_moneyness: Floats) -> Floats:
        """w at ln(strike/forward): the cubic from each knot on, a line of slope `left_slope` before the first."""
        k = np.asarray(log_moneyness, np.float64)
        row = np.searchsorted(self.knot, k, side="right") - 1
        c = self.coefficient[np.maximum(row, 0)]
        u = k - self.knot[np.maximum(row, 0)]
        cubic = c[..., 0] + u * (c[..., 1] + u * (c[..., 2] + u * c[..., 3]))
        w: Floats = np.where(row < 0, c[..., 0] + self.left_slope * u, cubic)
        return w


class QuoteArbitrage(View, of=surface_pb2.QuoteArbitrage):
    """A combination of raw quotes that pays for sure, and the least change of its prices that removes it."""

    __slots__ = ()

    kind: str
    row: Ints
    contract_count: Floats
    profit: float
    repair: Floats
    option: tuple[str, ...]


class QuoteRepair(View, of=surface_pb2.QuoteRepair):
    """A quote that the surface leaves, and where its bid or ask has to move."""

    __slots__ = ()

    row: int
    is_bid: bool
    quoted_vol: float
    repaired_vol: float
    expiry_index: int
    option: str


class Surface(View, of=surface_pb2.GetSurfaceResponse):
    """The surface of a chain."""

    __slots__ = ()

    underlying: str
    spot: float
    revision: int
    expiries: tuple[ExpiryState, ...]
    slices: tuple[SurfaceSlice, ...]
    quote_arbitrages: tuple[QuoteArbitrage, ...]
    quote_repairs: tuple[QuoteRepair, ...]
    quality: FitQuality | None
    is_certified: bool
    rejects: tuple[RejectCount, ...]
    provenance: Provenance | None


class SurfacePoints(Table, of=surface_pb2.EvaluateVolsResponse):
    """The surface at the points asked for, in their order."""

    __slots__ = ()

    underlying: str
    revision: int
    vol: Floats
    total_variance: Floats
    vol_slope: Floats
    vol_curvature: Floats
    forward: Floats
    discount_factor: Floats
    is_certified: bool
    vol_error: Floats
    provenance: Provenance | None
