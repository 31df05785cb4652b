"""What every dealer positioning can be asked."""

from typing import Protocol

from gex.columns import Floats
from gex.quotes import Quotes


class DealerPositioning(Protocol):
    """A named rule that signs contracts."""

    @property
    def name(self) -> str:
        """The name in every answer, lower snake case."""
        ...

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Signed contracts per row of `quotes`, + where the dealer is long; 0 where nothing is known to be open."""
        ...
