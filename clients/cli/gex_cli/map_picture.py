"""Dealer gamma in two dimensions: by strike and expiry, and by spot and time to come."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from gexapi.v1 import common_pb2, exposure_pb2
from matplotlib.axes import Axes
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure

from gex_cli.amounts import scale_of
from gex_cli.heat_map import row_width

COLOURS = "PuOr"  # orange below zero, violet above: told apart without seeing red and green
EXPIRIES = 24
_SPAN = 0.1  # of spot to either side
_ROWS = 60


def draw_map(
    figure: Figure,
    axes: Axes,
    book: exposure_pb2.ExposureBook,
    expiries: Sequence[common_pb2.ExpiryState],
    spot: float,
    currency: str,
) -> None:
    """Net gamma by strike (summed into rows) and expiry, the heaviest ones in order of settlement."""
    step, rows, columns, cells = map_rows(book, len(expiries), spot)
    scale, word, _ = scale_of(float(np.abs(cells).max(initial=0.0)))
    strikes = np.asarray(step * rows, np.float64)
    names = [f"{expiries[at].root} {expiries[at].expiry[2:]}" for at in columns]
    _shade(figure, axes, np.arange(len(columns)), strikes, cells / scale, f"{word} {currency} per 1 %")
    axes.axhline(spot, color="#333333", lw=0.8, ls=":")
    axes.set_xticks(np.arange(len(columns)), names, rotation=90, fontsize=7)
    axes.set_ylabel("strike")
    axes.set_title(f"Net gamma by strike ({step:,.10g} wide) and expiry", loc="left", fontsize=11)


def map_rows(
    book: exposure_pb2.ExposureBook, expiry_count: int, spot: float
) -> tuple[float, npt.NDArray[np.int64], list[int], npt.NDArray[np.float64]]:
    """Width of a row, rows in units of it, positions of the expiries, and the sums, shape (rows, expiries)."""
    strikes, index = np.asarray(book.map.strike), np.asarray(book.map.expiry_index, np.int64)
    gamma = np.nan_to_num(np.asarray(book.map.gamma_exposure_per_percent))
    near = np.abs(strikes / spot - 1.0) <= _SPAN
    step = row_width(strikes, spot, _SPAN, _ROWS)
    gross = np.bincount(index[near], weights=np.abs(gamma[near]), minlength=expiry_count)
    held = np.flatnonzero(gross > 0.0)
    columns = sorted(held[np.argsort(-gross[held], kind="stable")[:EXPIRIES]].tolist())
    place = np.full(expiry_count, -1)
    place[columns] = np.arange(len(columns))
    row = np.floor(strikes / step + 0.5).astype(np.int64)
    shown = near & (place[index] >= 0)
    rows = np.arange(row[shown].min(), row[shown].max() + 1) if shown.any() else np.zeros(1, np.int64)
    cells = np.zeros((len(rows), max(1, len(columns))))
    np.add.at(cells, (row[shown] - rows[0], place[index[shown]]), gamma[shown])
    return step, rows, columns, cells


def draw_forward_map(figure: Figure, axes: Axes, ahead: exposure_pb2.ForwardMap, spot: float, currency: str) -> None:
    """Net gamma by spot at each instant to come, with the line on which it is zero."""
    spots = np.asarray(ahead.spot)
    gamma = np.asarray(ahead.gamma_exposure_per_percent).reshape(len(ahead.at), len(spots)).T
    scale, word, _ = scale_of(float(np.nanmax(np.abs(gamma), initial=0.0)))
    times = np.arange(len(ahead.at))
    _shade(figure, axes, times, spots, gamma / scale, f"{word} {currency} per 1 %", linear=1.0)
    if len(times) > 1 and np.nanmin(gamma) < 0.0 < np.nanmax(gamma):
        axes.contour(times, spots, gamma, levels=[0.0], colors="black", linewidths=1.2)
    axes.axhline(spot, color="#333333", lw=0.8, ls=":")
    names = [str(np.datetime_as_string(np.datetime64(at, "ns"), unit="m")).replace("T", "\n") for at in ahead.at]
    axes.set_xticks(times, names, fontsize=8)
    axes.set_ylabel("spot")
    axes.set_title("Net gamma ahead, by spot and instant (UTC); black: zero", loc="left", fontsize=11)


def _shade(
    figure: Figure,
    axes: Axes,
    across: npt.NDArray[np.int64],
    up: npt.NDArray[np.float64],
    values: npt.NDArray[np.float64],
    unit: str,
    linear: float = 0.02,
) -> None:
    """Colours linear up to a share of the largest and logarithmic beyond: small cells are seen beside large."""
    largest = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    norm = SymLogNorm(linthresh=linear * largest, vmin=-largest, vmax=largest)
    shades = axes.pcolormesh(across, up, values, cmap=COLOURS, norm=norm, shading="nearest")
    ticks = largest * np.array([-1.0, -0.5, 0.0, 0.5, 1.0] if linear == 1.0 else [-1.0, -0.1, 0.0, 0.1, 1.0])
    bar = figure.colorbar(
        shades,
        ax=axes,
        pad=0.01,
        ticks=ticks,
        format=lambda value, _: f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}",
    )
    bar.ax.minorticks_off()
    bar.set_label(unit)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def _tick(value: float, _: object) -> str:
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"
