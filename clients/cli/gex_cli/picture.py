"""Dealer gamma as a picture: the profile over spot with its flips, strikes, and maps by expiry and ahead."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from gexapi.v1 import exposure_pb2
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gex_cli.amounts import instant, price, scale_of, strike
from gex_cli.exposure_tables import Response, currency_of
from gex_cli.heat_map import row_width
from gex_cli.map_picture import draw_forward_map, draw_map
from gex_cli.requests import check_folder

Floats = npt.NDArray[np.float64]

POSITIVE, NEGATIVE, INK = "#2166ac", "#d95f0e", "#333333"  # told apart without seeing red and green
FORMATS = (".png", ".svg", ".pdf")
_SPAN = 0.1  # of spot to either side, of the map
_BARS = 60
_NINETY = 1.6449  # deviations of a normal: 5 to 95 %


def draw_exposure(response: Response, path: Path) -> None:
    """Draw the first book of an exposure into a file; the profile of every other book beside it.

    Raises InputError for a file name that is no picture.
    """
    check_format(path)
    currency = currency_of(response)
    ahead = response.books[0].HasField("forward_map")
    figure = Figure(figsize=(17.0, 12.0 if ahead else 8.5), layout="constrained")
    grid = figure.add_gridspec(3 if ahead else 2, 2, width_ratios=(1.25, 1.0))
    above, below = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0])
    as_of = response.provenance.as_of
    source = f" · {response.provenance.source}" if response.provenance.source else ""
    title = f"{response.underlying} {price(response.spot)} · {instant(as_of.seconds, as_of.nanos)}{source}"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    _profiles(above, response, currency)
    _strikes(below, response.books[0], response.spot, currency)
    book = response.books[0]
    if book.map.strike:
        draw_map(figure, figure.add_subplot(grid[:2, 1]), book, response.expiries, response.spot, currency)
    if ahead:
        draw_forward_map(figure, figure.add_subplot(grid[2, :]), book.forward_map, response.spot, currency)
    save(figure, path)


def check_format(path: Path) -> None:
    """Raise an InputError for a file name that is no picture."""
    from gex.errors import InputError

    if path.suffix.lower() not in FORMATS:
        raise InputError(f"--png: expected a file that ends in {', '.join(FORMATS)}, got {str(path)!r}")
    check_folder(path, "--png")


def save(figure: Figure, path: Path) -> None:
    """Write a figure into a file."""
    figure.savefig(path, dpi=130, metadata={"Software": "gex"} if path.suffix.lower() == ".png" else None)


def _profiles(axes: Axes, response: Response, currency: str) -> None:
    books = [book for book in response.books if len(book.profile.spot)]
    values = [np.asarray(book.profile.gamma_exposure_per_percent) for book in books]
    scale, word, _ = scale_of(max((float(np.nanmax(np.abs(value))) for value in values), default=1.0))
    for number, (book, value) in enumerate(zip(books, values, strict=True)):
        spots = np.asarray(book.profile.spot)
        (line,) = axes.plot(spots, value / scale, lw=2.0 if number == 0 else 1.2, label=book.positioning)
        if number == 0:
            axes.fill_between(spots, value / scale, where=value > 0.0, color=POSITIVE, alpha=0.12, interpolate=True)
            axes.fill_between(spots, value / scale, where=value < 0.0, color=NEGATIVE, alpha=0.12, interpolate=True)
        _band(axes, book, spots, value / scale, scale, line)
        for flip in book.gamma_flips:
            axes.plot(flip.price, 0.0, "o", color=line.get_color(), ms=6)
            axes.annotate(
                f"flip {price(flip.price)}", (flip.price, 0.0), (6, -14), textcoords="offset points", fontsize=9
            )
    axes.axhline(0.0, color=INK, lw=0.8)
    axes.axvline(response.spot, color=INK, lw=0.8, ls=":")
    axes.annotate(
        "spot", (response.spot, 1.0), (3, -10), xycoords=("data", "axes fraction"), textcoords="offset points"
    )
    axes.set_title("Net gamma if spot were elsewhere, every option repriced", loc="left", fontsize=11)
    axes.set_ylabel(f"{word} {currency} per 1 %")
    axes.margins(x=0.0)
    if books:
        has_band = any(book.profile.gamma_standard_deviation for book in books)
        title = "band and bar: 5 to 95 % when signs err\n(errors shrink the middle of the band)" if has_band else None
        axes.legend(frameon=False, fontsize=9, title=title, title_fontsize=8)
    plain(axes)


def _band(
    axes: Axes, book: exposure_pb2.ExposureBook, spots: Floats, value: Floats, scale: float, line: Line2D
) -> None:
    """Where gamma is with 5 to 95 % when signs err, around what is left of it on average; and where the flip is."""
    colour = line.get_color()
    total = book.gamma_exposure_per_percent
    if not book.profile.gamma_standard_deviation or total == 0.0:
        return
    middle = value * (book.gamma_exposure_uncertainty.mean / total)
    half = _NINETY * np.asarray(book.profile.gamma_standard_deviation) / scale
    axes.fill_between(spots, middle - half, middle + half, color=colour, alpha=0.13, lw=0, zorder=0)
    for edge in (middle - half, middle + half):
        axes.plot(spots, edge, color=colour, lw=0.5, alpha=0.6, zorder=0)
    bar = book.gamma_flip_uncertainty
    if bar.quantile:
        ends = np.clip([bar.quantile[0], bar.quantile[-1]], spots[0], spots[-1])
        axes.plot(ends, [0.0, 0.0], color=colour, lw=4.0, alpha=0.5, solid_capstyle="butt")


def _strikes(axes: Axes, book: exposure_pb2.ExposureBook, spot: float, currency: str) -> None:
    strikes = np.asarray(book.map.strike)
    calls, puts = (
        np.nan_to_num(np.asarray(getattr(book.map, name)))
        for name in ("call_gamma_exposure_per_percent", "put_gamma_exposure_per_percent")
    )
    near = np.abs(strikes / spot - 1.0) <= _SPAN
    width = row_width(strikes, spot, _SPAN, _BARS)
    place = np.floor(strikes[near] / width + 0.5).astype(np.int64)
    levels, index = np.unique(place, return_inverse=True)
    sums = [np.bincount(index, weights=part[near], minlength=len(levels)) for part in (calls, puts)]
    scale, word, _ = scale_of(max((float(np.abs(part).max()) for part in sums if len(part)), default=1.0))
    for part, colour, label in zip(sums, (POSITIVE, NEGATIVE), ("calls", "puts"), strict=True):
        axes.bar(levels * width, part / scale, width=0.85 * width, color=colour, alpha=0.55, label=label)
    net = (sums[0] + sums[1]) / scale
    axes.plot(levels * width, net, color=INK, lw=1.4, marker=".", label="net")
    walls = (("call wall", "call_wall", 3, "left"), ("put wall", "put_wall", -3, "right"))
    for name, field, shift, side in walls:
        if book.HasField(field):
            level = getattr(book, field)
            axes.axvline(level, color=INK, lw=0.8, ls="--")
            axes.annotate(
                f"{name} {strike(level)}",
                (level, 1.0),
                (shift, -10),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha=side,
                fontsize=9,
            )
    axes.axvline(spot, color=INK, lw=0.8, ls=":")
    axes.axhline(0.0, color=INK, lw=0.8)
    axes.set_title(f"Gamma by strike, all expiries · {book.positioning}", loc="left", fontsize=11)
    axes.set_ylabel(f"{word} {currency} per 1 %")
    axes.set_xlabel("strike")
    axes.legend(frameon=False, fontsize=9)
    plain(axes)


def plain(axes: Axes) -> None:
    """Axes in the house style: few lines, whole numbers with their thousands."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", lw=0.4, alpha=0.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
