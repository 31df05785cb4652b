"""The smiles of a book as a table: where the deltas of a moving smile are looked for before they are repriced exactly."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gex.columns import Floats, Ints, frozen
from gex.portfolio.steps import LEAST_VOL, OptionLines
from gex.surface.protocol import VolSurface

_CELLS = 384  # of an expiry, over all log-moneyness that its lines can come to


@dataclass(frozen=True, eq=False)
class SmileTable:
    """Volatility and ∂σ/∂k of every expiry at uniform log-moneyness; straight lines between: 1e-6 of a smooth smile."""

    row: Ints  # of each line
    low: Floats  # (row,): log-moneyness of the first node
    spacing: Floats  # (row,)
    vol: Floats  # (row, node)
    slope: Floats  # (row, node)
    most_vol: Floats  # (row,)

    @classmethod
    def of(cls, surface: VolSurface, lines: OptionLines, reach: float) -> Self:
        """For log-moneyness up to `reach` beyond what each expiry's lines have now."""
        expiry, row = np.unique(lines.expiry, return_inverse=True)
        k = -lines.log_moneyness
        least, most = np.full(len(expiry), np.inf), np.full(len(expiry), -np.inf)
        np.minimum.at(least, row, k)
        np.maximum.at(most, row, k)
        low, spacing = least - reach - 1e-4, (most - least + 2.0 * reach + 2e-4) / _CELLS
        nodes = low[:, np.newaxis] + spacing[:, np.newaxis] * np.arange(_CELLS + 1)
        vol = np.maximum(surface.vol(expiry[:, np.newaxis], nodes), LEAST_VOL)
        return cls(
            row=_sealed(np.ravel(row)),
            low=frozen(low),
            spacing=frozen(spacing),
            vol=frozen(vol),
            slope=frozen(np.gradient(vol, axis=1) / spacing[:, np.newaxis]),
            most_vol=frozen(vol.max(axis=1)),
        )


def _sealed(index: np.ndarray) -> Ints:
    view = np.ascontiguousarray(index, np.int64).view()
    view.flags.writeable = False
    return view
