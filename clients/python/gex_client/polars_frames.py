"""Polars at the edge: columns to frames and back. The only module of the client that imports polars."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from gex_client.view import Array

try:
    import polars as pl
except ImportError as error:
    raise ImportError("polars frames need polars: pip install 'gex-client[polars]'") from error

PolarsFrame = pl.DataFrame


def polars_of_columns(columns: Mapping[str, Array]) -> PolarsFrame:
    """One column of the frame a column, in their order; days stay days, instants are UTC."""
    return pl.DataFrame({name: _series(name, values) for name, values in columns.items()})


def columns_of_polars(frame: PolarsFrame) -> dict[str, Any]:
    """The columns of a frame as arrays by name; times with a zone become UTC, nulls what they are in numpy: NaN and NaT."""
    columns: dict[str, Any] = {}
    for series in frame.get_columns():
        if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None:
            series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        columns[series.name] = series.to_numpy()
    return columns


def _series(name: str, values: Array) -> pl.Series:
    if values.dtype.kind == "U":
        return pl.Series(name, values.tolist(), dtype=pl.String)
    if values.dtype == np.dtype("datetime64[ns]"):
        return pl.Series(name, values).dt.replace_time_zone("UTC")
    return pl.Series(name, values)
