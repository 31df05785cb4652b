"""Pandas at the edge: columns to frames and back. The only module of the client that imports pandas."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gex_client.view import Array

try:
    import pandas as pd
except ImportError as error:
    raise ImportError("frames need pandas: pip install 'gex-client[pandas]'") from error


DataFrame = pd.DataFrame


def frame_of_columns(columns: Mapping[str, Array]) -> DataFrame:
    """One column of the frame a column, in their order."""
    return pd.DataFrame({name: _writable(values) for name, values in columns.items()}, copy=False)


def columns_of_frame(frame: DataFrame) -> dict[str, Any]:
    """The columns of a frame as arrays by name; times with a zone become UTC."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        values = frame[name]
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        columns[str(name)] = values.to_numpy()
    return columns


def _writable(values: Array) -> Array:
    """Days as instants, since pandas knows no days; the rest as it is."""
    return values.astype("datetime64[s]") if values.dtype == np.dtype("datetime64[D]") else values
