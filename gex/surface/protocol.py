"""What every implied-volatility surface can be asked."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats
from gex.forward import ForwardCurve


class VolSurface(Protocol):
    """Black volatility as a function of (expiry, log-moneyness), immutable.

    `expiry` is an index into `forwards.expiries`; log_moneyness = ln(strike / forward). Arrays broadcast.
    """

    @property
    def forwards(self) -> ForwardCurve:
        """The forwards and discount factors that log-moneyness refers to."""
        ...

    @property
    def is_certified(self) -> Bools:
        """Per expiry: True where the slice was proven free of static arbitrage."""
        ...

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """Black volatility, decimal per √year; NaN where the expiry has no slice."""
        ...
