"""A made-up option chain that looks like a listed one, with the truth it was made from."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, column
from gex.errors import InputError
from gex.forward import ForwardCurve, ForwardSource
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects
from gex.sample.expiries import Listing, listings, open_interest_date
from gex.sample.interest import open_interest, volume
from gex.sample.market import MARKETS, Market, instant
from gex.sample.quoting import crossed, draw_rows
from gex.sample.rows import SampleRows
from gex.sample.strikes import strike_grid
from gex.surface.essvi import EssviSurface, essvi_through

SampleKind = Literal["index", "crypto"]
LEAST_OPTIONS = 50
_STALE_MOVE = 0.004  # of spot, since the quote of a stale row


@dataclass(frozen=True, eq=False, kw_only=True)
class Truth(Columns):
    """What a sample was made from, a row for each of its quotes."""

    surface: EssviSurface
    vol: Floats = column(np.float64)  # decimal per √year; NaN where settled
    price: Floats = column(np.float64)  # unrounded, in the currency of the quotes; NaN where settled
    reject: npt.NDArray[np.int16] = column(np.int16)  # RejectReason the row deserves, 0 where it is sound

    @property
    def forwards(self) -> ForwardCurve:
        """Forward and discount factor of every expiry, in the order of the quotes' expiries; NaN where settled."""
        return self.surface.forwards


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A chain as a feed gives it, bad rows included, and its truth."""

    kind: SampleKind
    seed: int
    description: str
    quotes: Quotes
    truth: Truth

    @property
    def parsed(self) -> Cleaned:
        """The raw chain as a reader would hand it over: nothing refused yet. Input for `gex.cleaning.clean`."""
        return Cleaned(quotes=self.quotes, rejects=Rejects.empty(), row_count=len(self.quotes))


def sample_chain(
    *,
    kind: SampleKind = "index",
    option_count: int = 4_000,
    seed: int = 7,
    as_of: np.datetime64 | dt.datetime | None = None,
    spot: float | None = None,
    quote_noise: float = 0.3,
    crossed_count: int = 4,
    stale_count: int = 6,
) -> Sample:
    """A chain of `option_count` options (one less where odd), the same for the same arguments on every machine.

    "index" is SPX and SPXW: European, dollars, AM and PM settlement on third Fridays. "crypto" is Deribit's BTC:
    inverse, prices in coin, 08:00 UTC. From 50 options up to about 220,000 (index) or 27,000 (crypto); the number of
    expiries and the density of strikes grow together, and one expiry has settled already, its rows still in the feed.

    True volatilities lie on an arbitrage-free eSSVI surface. Every sound quote holds its true price between bid and
    ask; `quote_noise` in [0, 1) is how far, as a share of half the spread, its middle may be off. `crossed_count` rows
    have bid and ask exchanged, and `stale_count` were quoted more than twenty minutes ago, at another spot.
    """
    if kind not in MARKETS:
        raise InputError(f"kind: expected one of {', '.join(sorted(MARKETS))}, got {kind!r}")
    market = MARKETS[kind]
    if option_count < LEAST_OPTIONS:
        raise InputError(f"option_count: expected at least {LEAST_OPTIONS}, got {option_count}")
    if not 0.0 <= quote_noise < 1.0:
        raise InputError(f"quote_noise: expected a share in [0, 1), got {quote_noise}")
    for name, count in (("crossed_count", crossed_count), ("stale_count", stale_count)):
        if count < 0:
            raise InputError(f"{name}: expected zero or more, got {count}")
    now_spot = market.spot if spot is None else float(spot)
    if not (np.isfinite(now_spot) and now_spot > 0.0):
        raise InputError(f"spot: expected a positive price, got {spot}")
    now = market.as_of if as_of is None else instant(as_of)

    listed = listings(market, now, option_count=option_count)
    surface = _true_surface(market, listed, now, now_spot)
    centre = np.where(surface.is_certified, surface.forwards.forward, now_spot)
    grid = strike_grid(market, listed, centre, strike_count=option_count // 2)
    rows = SampleRows(market, listed, surface, grid, now_spot)
    quotes, truth = _quoted(rows, now, seed, quote_noise, crossed_count, stale_count)
    return Sample(kind=kind, seed=seed, description=market.description, quotes=quotes, truth=truth)


def _true_surface(market: Market, listed: tuple[Listing, ...], as_of: np.datetime64, spot: float) -> EssviSurface:
    """The slices of the live expiries on the market's term structures, pushed into the arbitrage-free map."""
    years = np.array([one.time_to_expiry for one in listed])
    live = years > 0.0
    time = years[live]
    theta, rho = market.money_vol(time) ** 2 * time, market.rho(time)
    theta, psi = essvi_through(theta=theta, rho=rho, psi=market.psi(time))
    forwards = ForwardCurve(
        as_of=as_of,
        spot=spot,
        expiries=tuple(one.expiry for one in listed),
        time_to_expiry=years,
        forward=_spread_over(live, spot * np.exp((market.rate(time) - market.dividend_yield(time)) * time)),
        discount_factor=_spread_over(live, np.exp(-market.rate(time) * time)),
        source=np.where(live, ForwardSource.GIVEN, ForwardSource.NONE),
    )
    return EssviSurface(
        forwards=forwards,
        theta=_spread_over(live, theta),
        rho=_spread_over(live, rho),
        psi=_spread_over(live, psi),
    )


def _spread_over(live: Bools, values: Floats) -> Floats:
    """The values at the live places, NaN elsewhere."""
    column_of_all = np.full(len(live), np.nan)
    column_of_all[live] = values
    return column_of_all


def _quoted(
    rows: SampleRows, as_of: np.datetime64, seed: int, noise: float, crossed_count: int, stale_count: int
) -> tuple[Quotes, Truth]:
    """The feed's columns around the true prices. Every kind of draw has a stream of its own, so that changing one
    argument leaves the draws of the others alone.
    """
    leaning, interest, trading, timing, spoiling = (
        np.random.Generator(np.random.PCG64(part)) for part in np.random.SeedSequence(seed).spawn(5)
    )
    market, count = rows.market, len(rows.strike)

    lean = noise * (2.0 * leaning.random(count) - 1.0)
    bid, ask = rows.market_at(rows.forward, lean=lean)
    stale = _marked(count, draw_rows(spoiling, rows.live & np.isfinite(bid), stale_count))
    sign = np.where(spoiling.random(count) < 0.5, -1.0, 1.0)
    old_bid, old_ask = rows.market_at(rows.forward * np.where(stale, 1.0 + sign * _STALE_MOVE, 1.0), lean=lean)
    bid, ask = np.where(stale, old_bid, bid), np.where(stale, old_ask, ask)
    cross = _marked(count, draw_rows(spoiling, rows.live & np.isfinite(bid) & ~stale, crossed_count))
    bid, ask = crossed(bid, ask, cross)
    # nobody quotes what has settled; a table that still does is one of an earlier session
    bid, ask = np.where(rows.live, bid, np.nan), np.where(rows.live, ask, np.nan)
    reject = np.select(
        [~rows.live, cross, stale], [RejectReason.EXPIRED, RejectReason.CROSSED, RejectReason.STALE], default=0
    )

    seconds = np.where(stale, 1_200.0, 0.0) + timing.random(count) * np.where(stale, 1_800.0, 30.0)
    age = np.floor(1_000.0 * seconds).astype(np.int64).astype("timedelta64[ms]")
    settles_at = np.array([one.expiry.settles_at for one in rows.listed])[rows.expiry]
    contracts = open_interest(
        rows.listed,
        expiry=rows.expiry,
        deviations=rows.held_deviations,
        roundness=rows.roundness,
        right=rows.right,
        scale=market.interest_scale,
        put_share=market.put_share,
        generator=interest,
    )
    traded = volume(
        rows.listed,
        expiry=rows.expiry,
        deviations=rows.held_deviations,
        roundness=rows.roundness,
        live=rows.live,
        scale=market.interest_scale,
        generator=trading,
    )
    vol, delta, gamma = rows.printed_greeks()
    quotes = Quotes(
        underlying=market.underlying,
        as_of=as_of,
        spot=rows.spot,
        expiries=rows.surface.forwards.expiries,
        source="sample",
        open_interest_date=open_interest_date(market, as_of),
        row=np.arange(count),
        expiry=rows.expiry,
        strike=rows.strike,
        right=rows.right,
        bid=bid,
        ask=ask,
        last=np.where(traded > 0.0, np.where(np.isfinite(bid), bid, ask), np.nan),
        volume=traded,
        open_interest=contracts,
        quoted_at=np.where(rows.live, as_of - age, settles_at),
        source_vol=vol,
        source_delta=delta,
        source_gamma=gamma,
    )
    return quotes, Truth(surface=rows.surface, vol=rows.vol, price=rows.price, reject=reject)


def _marked(count: int, rows: npt.NDArray[np.int64]) -> Bools:
    mask = np.zeros(count, np.bool_)
    mask[rows] = True
    return mask
