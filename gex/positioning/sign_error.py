"""What is known about how often a dealer's sign is wrong."""

from dataclasses import dataclass

from gex.columns import Floats
from gex.errors import InputError
from gex.positioning.protocol import DealerPositioning
from gex.positioning.trade_inventory import KeptTradesPositioning
from gex.positioning.trades import SignedTradesPositioning
from gex.quotes import Quotes


@dataclass(frozen=True)
class SignError:
    """The sign of a line (of a trade, for signed trades) is wrong with `probability`, in [0, ½).

    `correlation` in [0, 1] is that of the errors inside one expiry × right; 0 flatters, 1 is the cautious end.
    """

    probability: float
    correlation: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability < 0.5:
            raise InputError(f"sign_error_probability: expected one in [0, 0.5), got {self.probability}")
        if not 0.0 <= self.correlation <= 1.0:
            raise InputError(f"sign_error_correlation: expected one in [0, 1], got {self.correlation}")


@dataclass(frozen=True)
class UncertainPositioning:
    """Any model with a probability that its signs are wrong: its book carries error bars."""

    model: DealerPositioning
    sign_error: SignError
    label: str = ""

    @property
    def name(self) -> str:
        """The label, else the name of the model."""
        return self.label or self.model.name

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Those of the model: errors widen the bar, they do not move the estimate."""
        return self.model.dealer_contracts(quotes)

    def squared_sizes(self, quotes: Quotes) -> Floats:
        """What a wrong sign costs per row, squared: Σ nᵢ² of signed trades, else the row's contracts squared."""
        if isinstance(self.model, SignedTradesPositioning | KeptTradesPositioning):
            return self.model.squared_sizes(quotes)
        return self.model.dealer_contracts(quotes) ** 2
