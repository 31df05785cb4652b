"""A dealer book of gex as one of the contract."""

import numpy as np
from gexapi.v1 import common_pb2, exposure_pb2

from gex.exposure.book import ExposureBook
from gex.exposure.levels import MaxPain
from gex.exposure.profile import ExposureProfile
from gex.pairs import Pairs
from gex.pipeline import Analysis
from gex_server.wire.columns import merge_columns, merge_dates
from gex_server.wire.instants import instant_to_proto
from gex_server.wire.provenance import smile_dynamics

# ExposureTotals -> ExposureBook; the last five are absent where the source of the Greeks does not print them
TOTALS = {
    "gamma_exposure": "gamma_exposure_per_percent",
    "call_gamma_exposure": "call_gamma_exposure_per_percent",
    "put_gamma_exposure": "put_gamma_exposure_per_percent",
    "gross_gamma_exposure": "gross_gamma_exposure_per_percent",
    "gamma_exposure_per_point": "gamma_exposure_per_point",
    "gamma_units_per_point": "gamma_exposure_units_per_point",
    "delta_exposure": "delta_exposure",
    "vanna_exposure": "vanna_exposure_per_vol_point",
    "charm_exposure": "charm_exposure_per_day",
    "vega_exposure": "vega_exposure_per_vol_point",
    "unpriced_count": "unpriced_line_count",
}
# ExposureMap of gex -> ExposureMap of the contract
CELLS = {
    "strike": "strike",
    "gamma_exposure": "gamma_exposure_per_percent",
    "call_gamma_exposure": "call_gamma_exposure_per_percent",
    "put_gamma_exposure": "put_gamma_exposure_per_percent",
    "delta_exposure": "delta_exposure",
    "vanna_exposure": "vanna_exposure_per_vol_point",
    "charm_exposure": "charm_exposure_per_day",
    "vega_exposure": "vega_exposure_per_vol_point",
}
SUMMED_BY_EXPIRY = (
    "gamma_exposure",
    "call_gamma_exposure",
    "put_gamma_exposure",
    "delta_exposure",
    "vanna_exposure",
    "charm_exposure",
)
PROFILE = ("spot", "gamma_exposure_per_percent", "slope")


def book_to_proto(
    book: ExposureBook,
    contracts: np.ndarray,
    analysis: Analysis,
    target: exposure_pb2.ExposureBook,
    *,
    omit_map: bool = False,
    omit_profile: bool = False,
) -> None:
    """Write one book. `contracts` are the dealer's signed contracts, one per row of the cleaned chain."""
    totals, pairs = book.totals, analysis.pairs
    target.positioning = book.positioning
    for name, field in TOTALS.items():
        value = getattr(totals, name)
        if value is not None:
            setattr(target, field, value)
    if totals.delta_exposure is not None:
        target.delta_exposure_units = totals.delta_exposure / book.cells.spot
    if totals.gross_gamma_exposure > 0.0:
        target.conditioning = abs(totals.gamma_exposure) / totals.gross_gamma_exposure
    target.missing_open_interest_count = book.missing_open_interest_count
    _levels(book, target)
    call, put = pairs.of_call(contracts, 0.0), pairs.of_put(contracts, 0.0)
    _lines(book, call, put, target)
    _by_expiry(book, analysis, target.by_expiry)
    if totals.gross_gamma_exposure > 0.0:
        target.zero_dte_gross_share = _zero_dte_gross(analysis, target.by_expiry) / totals.gross_gamma_exposure
    if not omit_map:
        _map(book, call, put, analysis, target.map)
    if not omit_profile:
        profile_to_proto(book.profile, target.profile)


def profile_to_proto(profile: ExposureProfile, target: exposure_pb2.ExposureProfile) -> None:
    """Write a profile over spot."""
    columns = {name: getattr(profile, name) for name in PROFILE}
    if np.isfinite(profile.gamma_standard_deviation).any():
        columns["gamma_standard_deviation"] = profile.gamma_standard_deviation
    merge_columns(target, columns)
    smile_dynamics(profile.skew_stickiness, target.smile_dynamics)
    target.gamma_kind = profile.gamma_kind.value


def max_pain_to_proto(pain: MaxPain, expiry_index: int, open_interest: float, target: exposure_pb2.MaxPain) -> None:
    """Write the max pain of a settlement that has one."""
    assert pain.strike is not None
    assert pain.strike_high is not None
    assert pain.payout is not None
    target.root = pain.expiry.root
    target.expiry = pain.expiry.date.isoformat()
    instant_to_proto(pain.expiry.settles_at, target.settlement)
    target.strike, target.upper_strike, target.payout = pain.strike, pain.strike_high, pain.payout
    target.open_interest = open_interest
    target.expiry_index = expiry_index


def _levels(book: ExposureBook, target: exposure_pb2.ExposureBook) -> None:
    for flip in book.profile.flips:
        target.gamma_flips.add(price=flip.price, slope=flip.slope)
    if book.gamma_flip is not None:
        target.gamma_flip = book.gamma_flip.price
    target.gamma_flip_absence = book.no_flip_reason or ""
    headline = book.headline_walls
    if headline.call_wall is not None:
        target.call_wall = headline.call_wall
    if headline.put_wall is not None:
        target.put_wall = headline.put_wall
    if book.absolute_gamma_strike is not None:
        target.absolute_gamma_strike = book.absolute_gamma_strike
    for walls in book.walls:
        sides = (
            (common_pb2.RIGHT_CALL, walls.call_wall, walls.call_wall_exposure),
            (common_pb2.RIGHT_PUT, walls.put_wall, walls.put_wall_exposure),
        )
        for right, strike, size in sides:
            wall = target.walls.add(kind=walls.mode.value, right=right, is_side_restricted=walls.is_side_restricted)
            if strike is not None and size is not None:
                wall.strike, wall.size = strike, size


def _lines(book: ExposureBook, call: np.ndarray, put: np.ndarray, target: exposure_pb2.ExposureBook) -> None:
    cells = book.cells
    held = (call != 0.0) | (put != 0.0)
    target.line_count = int(np.count_nonzero(held & np.isfinite(cells.gamma_exposure)))
    lost_calls, lost_puts = np.isnan(cells.call_gamma_exposure), np.isnan(cells.put_gamma_exposure)
    target.unpriced_contract_count = float(np.abs(call[lost_calls]).sum() + np.abs(put[lost_puts]).sum())


def _map(
    book: ExposureBook, call: np.ndarray, put: np.ndarray, analysis: Analysis, target: exposure_pb2.ExposureMap
) -> None:
    cells, pairs, quotes = book.cells, analysis.pairs, analysis.cleaned.quotes
    merge_dates(target, "expiry", [e.date for e in quotes.expiries], cells.expiry)
    columns = {field: getattr(cells, name) for name, field in CELLS.items()}
    columns |= {"expiry_index": cells.expiry, "call_contract_count": call, "put_contract_count": put}
    columns |= _open_interest(pairs, quotes.open_interest)
    merge_columns(target, columns)


def _open_interest(pairs: Pairs, open_interest: np.ndarray) -> dict[str, np.ndarray]:
    if np.isnan(open_interest).all():
        return {}
    return {"call_open_interest": pairs.of_call(open_interest), "put_open_interest": pairs.of_put(open_interest)}


def _by_expiry(book: ExposureBook, analysis: Analysis, target: exposure_pb2.ExposureByExpiry) -> None:
    cells, expiries = book.cells, analysis.cleaned.quotes.expiries
    index = np.arange(len(expiries), dtype=np.int32)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(cells.expiry, weights=np.nan_to_num(values), minlength=len(expiries))

    columns = {CELLS[name]: summed(getattr(cells, name)) for name in SUMMED_BY_EXPIRY}
    columns["gross_gamma_exposure_per_percent"] = summed(np.abs(cells.call_gamma_exposure)) + summed(
        np.abs(cells.put_gamma_exposure)
    )
    merge_dates(target, "expiry", [e.date for e in expiries], index)
    merge_columns(target, {"expiry_index": index} | columns)


def _zero_dte_gross(analysis: Analysis, sums: exposure_pb2.ExposureByExpiry) -> float:
    """Gross gamma that settles on the day of as_of, in UTC: a US session begins and ends on one UTC date."""
    quotes = analysis.cleaned.quotes
    today = quotes.as_of.astype("datetime64[D]")
    settles = np.array([e.settles_at for e in quotes.expiries], dtype="datetime64[ns]").astype("datetime64[D]")
    return float(np.asarray(sums.gross_gamma_exposure_per_percent)[settles == today].sum())
