"""A dealer book of gex as one of the contract."""

import numpy as np
from gexapi.v1 import common_pb2, exposure_pb2

from gex.contracts import Payoff
from gex.exposure.book import ExposureBook
from gex.exposure.dynamics import VolInTime
from gex.exposure.expected_move import ExpectedMove
from gex.exposure.flips import GammaFlip
from gex.exposure.levels import MaxPain
from gex.exposure.map import ExposureTotals
from gex.exposure.profile import ExposureProfile
from gex.exposure.spread import DynamicsFlips, PositioningSpread
from gex.exposure.sums import by_expiry, horizon_totals, month_totals, root_totals, zero_dte_gross_share
from gex.exposure.uncertainty import Uncertainty
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface
from gex_server.wire.columns import Array, merge_columns, merge_dates
from gex_server.wire.instants import instant_to_proto
from gex_server.wire.provenance import smile_dynamics

# ExposureTotals of gex -> ExposureBook; None where the source of the Greeks does not print what is summed
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
    "theta_exposure": "theta_exposure_per_day",
    "speed_exposure": "speed_exposure",
    "zomma_exposure": "zomma_exposure",
    "color_exposure": "color_exposure",
    "unpriced_count": "unpriced_line_count",
    "unpriced_contract_count": "unpriced_contract_count",
    "conditioning": "conditioning",
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
    "theta_exposure": "theta_exposure_per_day",
    "speed_exposure": "speed_exposure",
    "zomma_exposure": "zomma_exposure",
    "color_exposure": "color_exposure",
    "call_contract_count": "call_contract_count",
    "put_contract_count": "put_contract_count",
    "call_open_interest": "call_open_interest",
    "put_open_interest": "put_open_interest",
}
# sums by expiry of gex -> ExposureByExpiry of the contract
BY_EXPIRY = {
    "gamma_exposure": "gamma_exposure_per_percent",
    "call_gamma_exposure": "call_gamma_exposure_per_percent",
    "put_gamma_exposure": "put_gamma_exposure_per_percent",
    "gross_gamma_exposure": "gross_gamma_exposure_per_percent",
    "delta_exposure": "delta_exposure",
    "vanna_exposure": "vanna_exposure_per_vol_point",
    "charm_exposure": "charm_exposure_per_day",
    "vega_exposure": "vega_exposure_per_vol_point",
}
FLIP = ("price", "slope", "lower", "upper")
PROFILE = ("spot", "gamma_exposure_per_percent", "slope")


def book_to_proto(
    book: ExposureBook,
    quotes: Quotes,
    target: exposure_pb2.ExposureBook,
    *,
    omit_map: bool = False,
    omit_profile: bool = False,
) -> None:
    """Write one book over the rows `quotes` of a chain."""
    totals = book.totals
    target.positioning = book.positioning
    _totals(totals, target)
    if totals.delta_exposure is not None:
        target.delta_exposure_units = totals.delta_exposure / book.cells.spot
    if any(expiry.contract.payoff is Payoff.INVERSE for expiry in quotes.expiries):
        target.gamma_exposure_coin_per_percent = totals.gamma_exposure_coin(book.cells.spot)
    target.missing_open_interest_count = book.missing_open_interest_count
    _levels(book, target)
    _lines(book, target)
    _uncertainty(book.gamma_exposure_uncertainty, target.gamma_exposure_uncertainty)
    _uncertainty(book.gamma_flip_uncertainty, target.gamma_flip_uncertainty)
    _by_expiry(book, quotes, target.by_expiry)
    share = zero_dte_gross_share(book.cells, quotes.expiries, quotes.as_of)
    if share is not None:
        target.zero_dte_gross_share = share
    if not omit_map:
        _map(book, quotes, target.map)
    if not omit_profile:
        _profile(book.profile, target.profile)


def groups_to_proto(
    book: ExposureBook, quotes: Quotes, groups: tuple[str, ...], target: exposure_pb2.ExposureBook
) -> None:
    """Write the sums of a book over horizons, roots or months of expiry."""
    cells, expiries = book.cells, quotes.expiries
    for group in groups:
        if group == "horizon":
            sums = {key.name.lower(): one for key, one in horizon_totals(cells, expiries, quotes.as_of).items()}
        else:
            sums = root_totals(cells, expiries) if group == "root" else month_totals(cells, expiries)
        for name, totals in sums.items():
            _totals(totals, target.groups.add(group=group, name=name))


def dynamics_flips_to_proto(
    flips: DynamicsFlips, surface: VolSurface, vol_in_time: VolInTime, target: exposure_pb2.DynamicsFlips
) -> None:
    """Write the flips of a book under one dynamic."""
    smile_dynamics(flips.dynamics, surface, vol_in_time, target.smile_dynamics)
    target.gamma_kind, target.gamma_exposure_per_percent = flips.gamma_kind.value, flips.gamma_exposure
    for flip in flips.flips:
        _flip(flip, target.gamma_flips.add())


def _totals(totals: ExposureTotals, target: exposure_pb2.ExposureBook | exposure_pb2.ExposureGroup) -> None:
    for name, field in TOTALS.items():
        value = getattr(totals, name)
        if value is not None:
            setattr(target, field, value)


def _flip(flip: GammaFlip, target: exposure_pb2.GammaFlip) -> None:
    for name in FLIP:
        value = getattr(flip, name)
        if value is not None:
            setattr(target, name, value)


def _profile(profile: ExposureProfile, target: exposure_pb2.ExposureProfile) -> None:
    columns = {name: getattr(profile, name) for name in PROFILE}
    if np.isfinite(profile.gamma_standard_deviation).any():
        columns["gamma_standard_deviation"] = profile.gamma_standard_deviation
    merge_columns(target, columns)
    target.gamma_kind = profile.gamma_kind.value
    target.clamp_count = profile.clamp_count


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


def expected_move_to_proto(move: ExpectedMove, target: exposure_pb2.ExpectedMove) -> None:
    """Write the move to one expiry that options price in."""
    target.expiry = move.expiry.date.isoformat()
    for name in ("expiry_index", "straddle", "one_sigma", "vol"):
        setattr(target, name, getattr(move, name))


def spread_to_proto(spread: PositioningSpread, target: exposure_pb2.PositioningSpread) -> None:
    """Write how far apart the books of one answer are."""
    target.minimum_gamma_exposure_per_percent = spread.minimum_gamma_exposure
    target.maximum_gamma_exposure_per_percent = spread.maximum_gamma_exposure
    target.sign_agrees = spread.sign_agrees
    if spread.minimum_gamma_flip is not None and spread.maximum_gamma_flip is not None:
        target.minimum_gamma_flip, target.maximum_gamma_flip = spread.minimum_gamma_flip, spread.maximum_gamma_flip


def _levels(book: ExposureBook, target: exposure_pb2.ExposureBook) -> None:
    for flip in book.profile.flips:
        _flip(flip, target.gamma_flips.add())
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


def _lines(book: ExposureBook, target: exposure_pb2.ExposureBook) -> None:
    cells = book.cells
    held = (cells.call_contract_count != 0.0) | (cells.put_contract_count != 0.0)
    target.line_count = int(np.count_nonzero(held & np.isfinite(cells.gamma_exposure)))


def _uncertainty(bar: Uncertainty | None, target: common_pb2.Uncertainty) -> None:
    """Write an error bar; nothing where the positioning states no sign error."""
    if bar is None:
        return
    target.mean, target.standard_deviation = bar.mean, bar.standard_deviation
    target.standard_deviation_correlated = bar.standard_deviation_correlated
    target.probability.extend(bar.probability)
    target.quantile.extend(bar.quantile)
    for name in ("probability_positive", "unbiased_mean", "unbiased_standard_deviation"):
        value = getattr(bar, name)
        if value is not None:
            setattr(target, name, value)


def _map(book: ExposureBook, quotes: Quotes, target: exposure_pb2.ExposureMap) -> None:
    cells = book.cells
    merge_dates(target, "expiry", [e.date for e in quotes.expiries], cells.expiry)
    columns: dict[str, Array] = {field: getattr(cells, name) for name, field in CELLS.items()}
    if np.isnan(quotes.open_interest).all():
        del columns["call_open_interest"], columns["put_open_interest"]
    merge_columns(target, columns | {"expiry_index": cells.expiry})


def _by_expiry(book: ExposureBook, quotes: Quotes, target: exposure_pb2.ExposureByExpiry) -> None:
    index = np.arange(len(quotes.expiries), dtype=np.int32)
    merge_dates(target, "expiry", [e.date for e in quotes.expiries], index)
    sums = by_expiry(book.cells, len(quotes.expiries))
    columns: dict[str, Array] = {field: getattr(sums, name) for name, field in BY_EXPIRY.items()}
    merge_columns(target, columns | {"expiry_index": index})
