"""Early exercise across a whole chain: a table of shares per expiry and right, read off at every strike and volatility.

The American price is the European one times 1 + share, and the share is smooth in strike and volatility; so a few dozen
shares an expiry serve thousands of quotes, bid, mid and ask alike. Without a dividend before expiry they come from the
exercise boundary, a quarter of a microsecond each; with one, and at rates below nought, from finite differences.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.american import CashDividends
from gex.columns import Columns, Floats, column, frozen
from gex.dividends import no_dividends
from gex.kernels.american_pairs import what_pays
from gex.kernels.chunks import in_chunks
from gex.kernels.early_exercise import FINE, early_exercise_shares
from gex.kernels.early_exercise_table import american_vols, lay_nodes, mark_nodes, money_stdevs, shares_at
from gex.kernels.exercise_boundary import SCHEME, SWEEPS, boundary_shares

Rows = tuple[npt.NDArray[np.integer], Floats, npt.NDArray[np.int8]]  # expiry, strike, right

OUT_OF_THE_MONEY = -4.0  # deviations; further out a price is worth a tick and its share that of the last node
RIGHTS = (1, -1)  # the two tables of an expiry
NO_GAIN = 1e-12  # of the strike, until expiry


@dataclass(frozen=True, eq=False, kw_only=True)
class Terms(Columns):
    """What early exercise depends on, one row per expiry. `spot` is the escrowed one, less the dividends before expiry."""

    dividends: CashDividends

    time: Floats = column(np.float64)
    forward: Floats = column(np.float64)
    spot: Floats = column(np.float64)
    rate: Floats = column(np.float64)
    borrow: Floats = column(np.float64)

    @property
    def can_be_priced(self) -> npt.NDArray[np.bool_]:
        """False where there is no forward or no time."""
        return np.isfinite(self.forward) & (self.time > 0.0) & (self.spot > 0.0) & np.isfinite(self.borrow)


def terms_of(time: Floats, forward: Floats, rate: Floats, borrow: Floats, dividends: CashDividends | None) -> Terms:
    """The terms under which the forward is S*·e^((r − b)T); where `borrow` is not its own, the difference is the spot's."""
    dividends = dividends if dividends is not None else no_dividends()
    return Terms(
        dividends=dividends,
        time=time,
        forward=forward,
        spot=forward * np.exp(-(rate - borrow) * time),
        rate=rate,
        borrow=borrow,
    )


@dataclass(frozen=True, eq=False)
class ShareTable:
    """Shares at nodes: [expiry, right, node, vol].

    Node depths (deviations in the money, negative outside) are sinh of a uniform grid: dense at the money, sparse far in it.
    """

    terms: Terms
    stdev: Floats  # per expiry: the deviation in which depth is counted
    low: float  # asinh of the least depth
    spacing: float
    node_vol: npt.NDArray[np.float64]  # [expiry, right, node]
    share: npt.NDArray[np.float64]  # [expiry, right, node, vol], polynomial coefficients in ln(vol/node vol)

    def at(self, expiry: npt.NDArray[np.int64], strike: Floats, right: npt.NDArray[np.int8], vol: Floats) -> Floats:
        """American over European price less 1; NaN where the expiry cannot be priced."""
        out = np.empty(len(strike))
        rows = (_codes(expiry), frozen(strike), _signs(right), frozen(vol))
        shares_at(*rows, *self._arrays(), out)
        return out

    def vols(
        self,
        price: npt.NDArray[np.float64],
        expiry: npt.NDArray[np.integer],
        strike: Floats,
        right: npt.NDArray[np.int8],
        spot: float,
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]:
        """(vol, VolStatus) of American prices [quote, row]: the Black volatilities of their European equivalents."""
        vol, status = np.empty(price.shape), np.empty(price.shape, np.int8)
        columns = (frozen(price), _codes(expiry), frozen(strike), _signs(right), *self._arrays())
        terms = (frozen(self.terms.rate), frozen(self.terms.time))

        def fill(start: int, stop: int) -> None:
            american_vols(*columns, *terms, spot, start, stop, vol, status)

        in_chunks(price.shape[1], fill, chunk=2048)
        return vol, status

    def _arrays(self) -> tuple[object, ...]:
        return (
            frozen(self.terms.forward),
            frozen(self.stdev),
            self.low,
            self.spacing,
            self.node_vol,
            self.share,
        )


@dataclass(frozen=True, eq=False)
class Smiles:
    """Volatilities by strike, good enough to tabulate around: straight lines in ln K between quotes, flat outside."""

    start: npt.NDArray[np.int64]  # expiry j has the quotes start[j] to start[j + 1], ascending in strike
    log_strike: Floats
    vol: Floats
    stdev: Floats  # per expiry: σ√T at the forward, NaN without a quote

    @classmethod
    def of(cls, terms: Terms, expiry: npt.NDArray[np.integer], strike: Floats, vol: Floats) -> "Smiles":
        """From quotes sorted by expiry and strike."""
        start = _codes(np.searchsorted(expiry, np.arange(len(terms) + 1)))
        log_strike = np.log(strike)
        stdev = np.empty(len(terms))
        forward = np.where(terms.can_be_priced, terms.forward, np.nan)
        money_stdevs(start, frozen(log_strike), frozen(vol), frozen(forward), terms.time, stdev)
        return cls(start, log_strike, vol, stdev)

    def at(self, expiry: int, strike: Floats) -> Floats:
        """Volatilities of one expiry that has a quote."""
        part = slice(self.start[expiry], self.start[expiry + 1])
        return np.interp(np.log(strike), self.log_strike[part], self.vol[part])


def share_table(
    terms: Terms,
    smiles: Smiles,
    node_count: int,
    deepest: float,
    vol_factors: tuple[float, ...],
    *,
    shallowest: float = OUT_OF_THE_MONEY,
    grid: tuple[int, int] = FINE,
    wanted: Rows | None = None,
) -> ShareTable:
    """Shares of American options at nodes of depth and volatility.

    Depths go from `shallowest` to `deepest` in deviations at the money; each strike is tabulated at the volatility of the
    smile there times `vol_factors` (1 or 3 of them, ascending); finite differences, where needed, are on `grid`. Expiries
    without forward, time or smile have no shares. With `wanted` (expiry, strike, right) only the nodes that those rows are
    read from are filled.
    """
    stdev = frozen(smiles.stdev)
    expiry_count = len(terms)
    low, high = float(np.arcsinh(shallowest)), float(np.arcsinh(deepest))
    spacing = (high - low) / (node_count - 1)
    depth = np.sinh(low + spacing * np.arange(node_count))
    is_good = terms.can_be_priced & np.isfinite(stdev) & (stdev > 0.0)
    strike, node_vol = np.empty((2, expiry_count, 2, node_count))
    known = frozen(np.where(is_good, stdev, np.nan))
    lay_nodes(
        smiles.start,
        frozen(smiles.log_strike),
        frozen(smiles.vol),
        terms.forward,
        known,
        frozen(depth),
        strike,
        node_vol,
    )
    is_wanted = np.zeros((expiry_count, 2, node_count), np.bool_)
    if wanted is None:
        is_wanted[:] = True
    else:
        rows_wanted = (_codes(wanted[0]), frozen(wanted[1]), _signs(wanted[2]))
        mark_nodes(*rows_wanted, terms.forward, known, low, spacing, is_wanted)
    is_wanted &= is_good[:, None, None]
    carry = Carry(terms.spot, terms.rate, terms.borrow, terms.time, terms.dividends)
    values, _ = node_shares(carry, frozen(strike), frozen(node_vol), frozen(np.array(vol_factors)), is_wanted, grid)
    share = _in_log_vol(values, vol_factors)  # [expiry, right, node, coefficient]
    node_vol.flags.writeable = False
    share.flags.writeable = False
    return ShareTable(terms=terms, stdev=stdev, low=low, spacing=spacing, node_vol=node_vol, share=share)


@dataclass(frozen=True)
class Carry:
    """What moves the underlying until each expiry; frozen columns, as `Terms` has them."""

    spot: Floats  # escrowed
    rate: Floats
    borrow: Floats
    time: Floats
    dividends: CashDividends


def node_shares(
    carry: Carry,
    strike: npt.NDArray[np.float64],
    node_vol: npt.NDArray[np.float64],
    factors: Floats,
    is_wanted: npt.NDArray[np.bool_],
    grid: tuple[int, int],
) -> tuple[npt.NDArray[np.float64], bool]:
    """Shares [expiry, right, node, factor] at strikes and volatilities [expiry, right, node] times `factors`, where wanted.

    Nought where exercise before expiry never pays; by the boundary or on `grid`, whichever an expiry and right needs, and
    True beside them where any needed the grid.
    """
    by_boundary, by_grid = np.empty((2, len(carry.time), 2), np.bool_)
    what_pays(carry.time, carry.rate, carry.borrow, carry.dividends.time, NO_GAIN, by_boundary, by_grid)
    values = np.zeros((*is_wanted.shape, len(factors)))
    if by_boundary.any():
        wanted = is_wanted & by_boundary[:, :, None]
        wanted.flags.writeable = False
        rows = (carry.spot, carry.rate, carry.borrow, carry.time)
        boundary_shares(strike, node_vol, wanted, factors, *rows, SCHEME, SWEEPS, values)
    on_grid = False
    if by_grid.any():
        wanted = is_wanted & by_grid[:, :, None]
        on_grid = bool(wanted.any())
        if on_grid:
            _fill_by_grid(carry, wanted, strike, node_vol, factors, grid, values)
    return values, on_grid


def _fill_by_grid(
    carry: Carry,
    is_wanted: npt.NDArray[np.bool_],
    strike: npt.NDArray[np.float64],
    node_vol: npt.NDArray[np.float64],
    factors: Floats,
    grid: tuple[int, int],
    values: npt.NDArray[np.float64],
) -> None:
    """Fill `values` [expiry, right, node, factor] by finite differences where `is_wanted`."""
    good = np.flatnonzero(is_wanted.any(axis=(1, 2)))
    at = np.nonzero(is_wanted)
    vols = node_vol[at][:, None] * factors
    start = _codes(np.append(0, np.cumsum(is_wanted.sum(axis=(1, 2))[good])) * len(factors))
    signs = _signs(np.repeat(np.array(RIGHTS, np.int8)[at[1]], len(factors)))
    found = np.empty(vols.size)
    rows = [frozen(c[good]) for c in (carry.spot, carry.rate, carry.borrow, carry.time)]
    strikes, flat = frozen(np.repeat(strike[at], len(factors))), frozen(vols.ravel())
    when, amount = carry.dividends.time, carry.dividends.amount

    def fill(first: int, last: int) -> None:
        early_exercise_shares(start, strikes, flat, signs, *rows, when, amount, first, last, *grid, found)

    in_chunks(len(good), fill, chunk=4)
    values[at] = found.reshape(vols.shape)


def _in_log_vol(values: Floats, vol_factors: tuple[float, ...]) -> Floats:
    """Coefficients of 1, x, x² in x = ln(vol/node vol) of the parabola through one or three values."""
    if len(vol_factors) == 1:
        return np.concatenate([values, np.zeros((*values.shape[:-1], 2))], axis=-1)
    powers = np.log(vol_factors)[:, None] ** np.arange(3)
    return np.ascontiguousarray(values @ np.linalg.inv(powers).T)


def _codes(expiry: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    codes = np.ascontiguousarray(expiry, np.int64).view()
    codes.flags.writeable = False
    return codes


def _signs(right: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    signs = np.ascontiguousarray(right, np.int8).view()
    signs.flags.writeable = False
    return signs
