"""Rows of an update that cannot be used: each with its first reason, while the others count."""

from typing import Any

import numpy as np

from gex.columns import Bools, Floats
from gex_server.wire.columns import merge_columns

NOTED = ("unknown_contract",)  # of a trade: told, and kept all the same


class Refusals:
    """Reasons by row; a row keeps the first that was found."""

    def __init__(self, row_count: int) -> None:
        self._reason = np.zeros(row_count, np.int16)
        self._names = [""]
        self._noted = np.zeros(row_count, np.bool_)

    def mark(self, rows: Bools, reason: str) -> None:
        """Refuse the rows of a mask that were not refused before."""
        self._set(rows, reason, is_noted=False)

    def note(self, rows: Bools, reason: str) -> None:
        """Tell something of rows that count all the same."""
        self._set(rows, reason, is_noted=True)

    def _set(self, rows: Bools, reason: str, *, is_noted: bool) -> None:
        chosen = rows & (self._reason == 0)
        if chosen.any():
            if reason not in self._names:
                self._names.append(reason)
            self._reason[chosen] = self._names.index(reason)
            self._noted[chosen] = is_noted

    @property
    def good(self) -> Bools:
        """True for the rows that count."""
        good: Bools = (self._reason == 0) | self._noted
        return good

    @property
    def is_empty(self) -> bool:
        """True where nothing is to be told."""
        return not self._reason.any()

    def to_proto(self, counts: Any, rows: Any, open_interest: Floats | None = None) -> None:
        """Write a RejectCount a reason into `counts`, and every row into the SourceRejects `rows`."""
        if self.is_empty:
            return
        for code, name in enumerate(self._names):
            at = self._reason == code
            if code and at.any():
                entry = counts.add(reason=name, count=int(np.count_nonzero(at)), drops_row=not self._noted[at].all())
                if open_interest is not None:
                    entry.open_interest = float(np.nansum(open_interest[at]))
        told = np.flatnonzero(self._reason)
        merge_columns(rows, {"row": told.astype(np.int32)})
        rows.reason.extend([self._names[code] for code in self._reason[told].tolist()])
