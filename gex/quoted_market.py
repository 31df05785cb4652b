"""A chain whose spot has moved since its quotes were taken: analysed where they stand, asked at the spot of now."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from gex.cleaning import clean
from gex.columns import Bools, Floats
from gex.errors import ColumnError, InputError
from gex.pairs import pair_up
from gex.pipeline import Analysis, ChainSettings, analyse
from gex.quotes import Cleaned, Quotes
from gex.surface.sliding import slid


@dataclass(frozen=True, eq=False, kw_only=True)
class QuotedMarket:
    """An analysis at the spots that the quotes were taken at; `at` carries it to another spot without fitting anything.

    `analysis` stands at `spot`. Where expiries were quoted at several spots, it is that of the chain as it would have been
    at one: prices are homogeneous of degree one in spot and strike (of degree zero in coin), so an expiry quoted at spot a
    is fitted with strikes and prices times spot/a, and a smile over log-moneyness knows no scale.
    """

    analysis: Analysis
    spot: float  # that the analysis stands at
    quoted_spot: Floats  # per expiry: mean over its quotes of the spot when each was taken
    spread: Floats  # per expiry: ln of the highest over the lowest of these spots; 0 where all quotes are of one

    @classmethod
    def of(
        cls, parsed: Cleaned, settings: ChainSettings | None = None, *, quote_spot: Floats | None = None
    ) -> "QuotedMarket":
        """The market of a chain; `quote_spot` per row of it, None: every quote was taken at the spot of the chain.

        Raises as `analyse`.
        """
        settings, quotes = settings or ChainSettings(), parsed.quotes
        count = len(quotes.expiries)
        if quote_spot is None:
            analysis = analyse(parsed, settings)
            spot = analysis.forwards.spot
            return cls(analysis=analysis, spot=spot, quoted_spot=np.full(count, spot), spread=np.zeros(count))
        if len(quote_spot) != len(quotes):
            expected = f"QuotedMarket.quote_spot: expected {len(quotes)} rows, got {len(quote_spot)}"
            raise ColumnError(expected, column="quote_spot")
        quoted_spot, spread = _spot_by_expiry(quotes, quote_spot)
        spot = float(np.sort(quoted_spot)[(count - 1) // 2])
        standing = _with_quotes(parsed, dataclasses.replace(quotes, spot=spot))
        if (quoted_spot == spot).all():
            analysis = analyse(standing, settings)
        else:
            analysis = analyse(_scaled(standing, spot / quoted_spot), settings)
            cleaned = clean(standing, settings.cleaning)
            analysis = dataclasses.replace(analysis, cleaned=cleaned, pairs=pair_up(cleaned.quotes))
        return cls(analysis=analysis, spot=spot, quoted_spot=quoted_spot, spread=spread)

    def at(self, spot: float) -> Analysis:
        """The analysis at another spot, each strike with the volatility of its quotes: forwards move by spot/quoted_spot.

        Quotes, implied volatilities and time to expiry stay those of the instant of the quotes. A forward of 5,010 quoted at
        a spot of 5,000 is 5,020.02 at 5,010.
        """
        if not (np.isfinite(spot) and spot > 0.0):
            raise InputError(f"QuotedMarket.at: expected a positive spot, got {spot}")
        known = self.analysis
        if spot == self.spot and (self.quoted_spot == spot).all() and not self.spread.any():
            return known
        forwards = dataclasses.replace(known.forwards.moved(spot=spot), spot=spot)
        return dataclasses.replace(
            known,
            cleaned=_with_quotes(known.cleaned, known.cleaned.quotes.at_spot(spot)),
            forwards=forwards,
            surface=slid(known.surface, forwards, np.log(spot / self.quoted_spot)),
            quoted_spot=self.quoted_spot,
            quoted_spread=self.spread,
        )

    def with_open_interest(self, parsed: Cleaned) -> "QuotedMarket | None":
        """The market with the open interest of a chain of the same quotes: nothing is fitted.

        None where it brings a contract into the sums or takes one out: those are other rows, to be analysed anew.
        """
        known = self.analysis
        spot = known.cleaned.quotes.spot
        standing = _with_quotes(parsed, dataclasses.replace(parsed.quotes, spot=spot))
        cleaned = clean(standing, known.settings.cleaning)
        if not np.array_equal(cleaned.quotes.row, known.cleaned.quotes.row):
            return None
        return dataclasses.replace(self, analysis=dataclasses.replace(known, cleaned=cleaned))


def as_quoted(analysis: Analysis) -> Analysis:
    """The analysis with every forward back at the spot of its own quotes: what quotes are compared with."""
    quoted_spot, curve = analysis.quoted_spot, analysis.forwards
    if quoted_spot is None:
        return analysis
    ratio = quoted_spot / curve.spot
    moved = {name: getattr(curve, name) * ratio for name in ("forward", "lower", "upper", "standard_error")}
    forwards = dataclasses.replace(curve, **moved)
    surface = slid(analysis.surface, forwards, np.log(ratio))
    return dataclasses.replace(analysis, forwards=forwards, surface=surface, quoted_spot=None)


def _spot_by_expiry(quotes: Quotes, quote_spot: Floats) -> tuple[Floats, Floats]:
    """(mean spot of the quotes, ln of highest over lowest) of every expiry; of rows without a price where none has one."""
    count = len(quotes.expiries)
    priced: Bools = (quotes.bid > 0.0) | (quotes.ask > 0.0)
    has_price = np.bincount(quotes.expiry[priced], minlength=count) > 0
    counts = priced | ~has_price[quotes.expiry]
    expiry, spot = quotes.expiry[counts], quote_spot[counts]
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, expiry, spot)
    np.maximum.at(high, expiry, spot)
    number = np.bincount(expiry, minlength=count)
    empty = number == 0  # an expiry without rows: any spot does
    anywhere = float(quote_spot[0]) if len(quote_spot) else 1.0
    low, high = np.where(empty, anywhere, low), np.where(empty, anywhere, high)
    mean = np.bincount(expiry, weights=spot, minlength=count) / np.maximum(number, 1)
    return np.where(low == high, low, mean), np.log(high / low)


def _scaled(chain: Cleaned, ratio: Floats) -> Cleaned:
    """Strikes times `ratio` of their expiry, and prices too where they are in the currency of the strike."""
    quotes = chain.quotes
    own = ratio[quotes.expiry]
    is_inverse = quotes.expiry_terms.is_inverse[quotes.expiry]
    price = np.where(is_inverse, 1.0, own)
    scaled = {name: getattr(quotes, name) * price for name in ("bid", "ask", "last")}
    return _with_quotes(chain, dataclasses.replace(quotes, strike=quotes.strike * own, **scaled))


def _with_quotes(chain: Cleaned, quotes: Quotes) -> Cleaned:
    return Cleaned(quotes=quotes, rejects=chain.rejects, row_count=chain.row_count)
