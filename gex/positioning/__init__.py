"""Who owns the options: dealer positioning as named values.

Open interest says how many contracts exist, not who is long. Every exposure carries the name of the assumption that
signed it; there is no default in silence. Sign: +1 the *dealer* is long the option.
"""

from gex.positioning.inventory import InventoryPositioning, chain_rows
from gex.positioning.open_close import (
    OpenCloseCheck,
    OpenCloseVolume,
    Origin,
    SignedOpenClosePositioning,
    check_open_close,
)
from gex.positioning.open_interest import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CALLS_SHORT_PUTS_LONG,
    OI_CUSTOMERS_LONG_ALL,
    POSITIONINGS,
    VOLUME_CALLS_LONG_PUTS_SHORT,
    ContractBasis,
    OpeningVolume,
    OpenInterestPositioning,
    on_basis,
    positioning_named,
)
from gex.positioning.protocol import DealerPositioning
from gex.positioning.scenario import MixturePositioning, PositioningRule, ScenarioPositioning, with_forwards
from gex.positioning.sign_error import SignError, UncertainPositioning
from gex.positioning.trade_inventory import KeptTradesPositioning, Prints, TradeInventory
from gex.positioning.trades import (
    InventoryEstimate,
    SignedTrades,
    SignedTradesPositioning,
    SigningRule,
    estimated_inventory,
)

__all__ = [
    "DealerPositioning",
    # conventions
    "ContractBasis",
    "OpenInterestPositioning",
    "OpeningVolume",
    "OI_CALLS_LONG_PUTS_SHORT",
    "OI_CALLS_SHORT_PUTS_LONG",
    "OI_CUSTOMERS_LONG_ALL",
    "VOLUME_CALLS_LONG_PUTS_SHORT",
    "POSITIONINGS",
    "positioning_named",
    "on_basis",
    # given
    "InventoryPositioning",
    "chain_rows",
    # measured
    "Origin",
    "OpenCloseVolume",
    "SignedOpenClosePositioning",
    "OpenCloseCheck",
    "check_open_close",
    "SigningRule",
    "SignedTrades",
    "SignedTradesPositioning",
    "Prints",
    "TradeInventory",
    "KeptTradesPositioning",
    "InventoryEstimate",
    "estimated_inventory",
    # assumed
    "PositioningRule",
    "ScenarioPositioning",
    "MixturePositioning",
    "with_forwards",
    # how wrong the signs may be
    "SignError",
    "UncertainPositioning",
]
