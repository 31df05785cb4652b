"""Option chains to volatility surfaces, dealer gamma exposure and hedges: numbers in, numbers out.

The exports stand in the order of the pipeline (`gex.pipeline`); everything else is an implementation detail.
"""

from gex.american import (
    CashDividends,
    american_greeks,
    american_implied_vol,
    american_values,
    european_equivalent,
)
from gex.calendar import instant, time_to_expiry
from gex.cleaning import CleaningRules, clean
from gex.contracts import ContractSpec, Exercise, Expiry, Payoff, Right, Settlement
from gex.errors import GexError
from gex.exposure.book import ExposureBook
from gex.exposure.flips import GammaFlip, SpotRange
from gex.exposure.levels import max_pain
from gex.exposure.map import ExposureMap, ExposureTotals, GreekSource
from gex.exposure.profile import ExposureProfile
from gex.forward import CarryAssumptions, DiscountSource, ForwardCurve, ForwardSource
from gex.greeks import Greeks, forward_greeks, inverse_greeks, spot_greeks
from gex.hedging.answer import HedgePlan
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.hedging.reading import parse_hedge_settings
from gex.implied import ImpliedVols, VolStatus, implied_vol
from gex.pipeline import Analysis, ChainSettings, ExposureSettings, analyse, dealer_exposure
from gex.portfolio.positions import Positions, match_positions
from gex.portfolio.reading import parse_positions, read_positions
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CALLS_SHORT_PUTS_LONG,
    OI_CUSTOMERS_LONG_ALL,
    DealerPositioning,
    InventoryPositioning,
    positioning_named,
)
from gex.quote_vols import QuoteVols
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects
from gex.sample import sample_chain
from gex.surface.protocol import VolSurface

__all__ = [
    # what is listed and quoted
    "ContractSpec",
    "Exercise",
    "Expiry",
    "Payoff",
    "Right",
    "Settlement",
    "Quotes",
    "RejectReason",
    "Rejects",
    "Cleaned",
    "sample_chain",
    # clocks
    "instant",
    "time_to_expiry",
    # from chain to surface
    "CleaningRules",
    "clean",
    "CarryAssumptions",
    "DiscountSource",
    "ForwardCurve",
    "ForwardSource",
    "ImpliedVols",
    "VolStatus",
    "implied_vol",
    "QuoteVols",
    "VolSurface",
    "ChainSettings",
    "Analysis",
    "analyse",
    # Greeks
    "Greeks",
    "forward_greeks",
    "spot_greeks",
    "inverse_greeks",
    "CashDividends",
    "american_values",
    "american_greeks",
    "american_implied_vol",
    "european_equivalent",
    # dealers
    "DealerPositioning",
    "InventoryPositioning",
    "OI_CALLS_LONG_PUTS_SHORT",
    "OI_CALLS_SHORT_PUTS_LONG",
    "OI_CUSTOMERS_LONG_ALL",
    "positioning_named",
    "ExposureSettings",
    "SpotRange",
    "GreekSource",
    "ExposureMap",
    "ExposureTotals",
    "ExposureProfile",
    "GammaFlip",
    "ExposureBook",
    "max_pain",
    "dealer_exposure",
    # books and their hedge
    "Positions",
    "match_positions",
    "parse_positions",
    "read_positions",
    "PortfolioRisk",
    "portfolio_risk",
    "HedgeInstrument",
    "HedgePolicy",
    "HedgePlan",
    "parse_hedge_settings",
    "plan_hedge",
    # what goes wrong
    "GexError",
]  # fmt: skip
