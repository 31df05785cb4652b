"""Gamma by strike and expiry as a table that fits a terminal: a shade a cell, a bar a strike."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gexapi.v1 import common_pb2, exposure_pb2
from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from gex_cli.amounts import scale_of, scaled, strike
from gex_cli.terminal import table

Floats = npt.NDArray[np.float64]

ROWS = 25
SPAN = 0.08  # of spot, to either side
CELL = 7  # places of a cell
BAR = 6  # places of a bar to either side of its middle
_MARGIN = 32  # places of strike, total and marks

# Blue and orange: told apart by readers who do not see red and green. Negative is where dealers trade with the move.
# Every shade is one of the 256 that terminals without more of them have, so that none is replaced by one of another hue;
# the least cells have no shade at all: they are as quiet on a dark terminal as on a light one.
_POSITIVES = ((175, 215, 255), (135, 175, 215), (95, 135, 215), (0, 95, 175))
_NEGATIVES = ((255, 215, 175), (255, 175, 95), (255, 135, 0), (215, 95, 0))
_WEIGHTS = (0.15, 0.35, 0.55, 0.78)  # root of a cell's share of the largest, from which each shade is used
_POSITIVE_BAR, _NEGATIVE_BAR = _POSITIVES[2], _NEGATIVES[3]  # at least 3 to 1 on black and on white


@dataclass(frozen=True)
class MapCells:
    """Net gamma summed into a few strikes and expiries: shape (strikes, columns), strikes falling."""

    strike: Floats
    step: float
    columns: tuple[str, ...]
    gamma: Floats
    total: Floats  # over every expiry, at each strike
    outside: float  # of strikes beyond the rows


def map_cells(
    book: exposure_pb2.ExposureBook, expiries: list[common_pb2.ExpiryState], spot: float, columns: int
) -> MapCells:
    """The map of a book on `ROWS` strikes around spot and its `columns` heaviest expiries, the others together."""
    index = np.asarray(book.map.expiry_index)
    strikes = np.asarray(book.map.strike)
    gamma = np.nan_to_num(np.asarray(book.map.gamma_exposure_per_percent))
    step = row_width(strikes, spot, SPAN, ROWS)
    middle = round(spot / step)
    half = ROWS // 2
    bucket = np.floor(strikes / step + 0.5).astype(np.int64) - middle
    inside = np.abs(bucket) <= half
    gross = np.bincount(index, weights=np.abs(gamma), minlength=len(expiries))
    shown = sorted(np.argsort(-gross, kind="stable")[:columns].tolist())
    place = np.full(len(expiries), len(shown))
    place[shown] = np.arange(len(shown))
    cells = np.zeros((2 * half + 1, len(shown) + 1))
    np.add.at(cells, (half - bucket[inside], place[index[inside]]), gamma[inside])
    names = tuple(_name(expiries[i]) for i in shown)
    if np.count_nonzero(gross) <= len(shown):
        cells = cells[:, :-1]
    else:
        names = (*names, "others")
    return MapCells(
        strike=step * (middle + np.arange(half, -half - 1, -1)).astype(np.float64),
        step=step,
        columns=names,
        gamma=cells,
        total=cells.sum(axis=1),
        outside=float(gamma[~inside].sum()),
    )


def heat_map(
    book: exposure_pb2.ExposureBook, expiries: list[common_pb2.ExpiryState], spot: float, currency: str, width: int
) -> RenderableType:
    """The map of a book as a table."""
    if not book.map.strike:
        return Text("The book holds nothing: no map.")
    cells = map_cells(book, expiries, spot, max(1, (width - _MARGIN - 2 * BAR) // CELL - 1))
    largest = float(np.abs(cells.gamma).max())
    scale, word, digits = scale_of(float(np.abs(cells.total).max()))
    unit = f"{word} {currency} per 1 %".strip()
    title = f"Net gamma by strike and expiry, {unit} · {book.positioning}"
    out = table(padding=0, box=None, header_style="bold underline")
    out.add_column("strike", justify="right", no_wrap=True, min_width=8)
    for name in cells.columns:
        head = "\n".join(f"{part:>{CELL - 1}}" for part in name.split("\n"))
        out.add_column(head, no_wrap=True, min_width=CELL)  # cells are padded already, to the right too
    out.add_column("all", justify="right", no_wrap=True, min_width=CELL, style="bold")
    out.add_column("", no_wrap=True)
    out.add_column("", no_wrap=True)
    _add_rows(out, cells, book, spot, largest, scale, digits)
    notes = [f"Rows are {strike(cells.step)} wide" if cells.step else ""]
    if cells.outside:
        notes.append(f"strikes beyond them hold {scaled(cells.outside, scale, digits) or '0'} {unit}")
    return Group(Text(title, style="bold"), out, Text("; ".join(note for note in notes if note) + ".", style="dim"))


def _add_rows(
    out: Table,
    cells: MapCells,
    book: exposure_pb2.ExposureBook,
    spot: float,
    largest: float,
    scale: float,
    digits: int,
) -> None:
    marks = _marks(book, spot, cells)
    longest = float(np.abs(cells.total).max())
    for row, level in enumerate(cells.strike.tolist()):
        texts = [_cell(value, largest, scale, digits) for value in cells.gamma[row].tolist()]
        total = float(cells.total[row])
        out.add_row(
            Text(strike(level), style="bold" if marks[row] else ""),
            *texts,
            Text(scaled(total, scale, digits)),
            bar(total, longest),
            Text(marks[row], style="bold"),
        )


def bar(value: float, longest: float, half: int = BAR) -> Text:
    """A bar from the middle to the right where positive, to the left where negative."""
    length = 0 if longest == 0.0 else round(half * abs(value) / longest)
    left = " " * (half - length) + "█" * length if value < 0.0 else " " * half
    right = "█" * length if value > 0.0 else ""
    return Text.assemble(
        " ", (left, Style(color=_hex(_NEGATIVE_BAR))), "│", (f"{right:<{half}}", Style(color=_hex(_POSITIVE_BAR))), " "
    )


def _cell(value: float, largest: float, scale: float, digits: int) -> Text:
    text = f"{scaled(value, scale, digits):>{CELL - 1}} "
    weight = math.sqrt(abs(value) / largest) if largest else 0.0
    step = sum(weight >= least for least in _WEIGHTS)
    if not step:
        return Text(text)
    shade = (_POSITIVES if value > 0.0 else _NEGATIVES)[step - 1]
    return Text(text, style=Style(color=_ink(shade), bgcolor=_hex(shade)))


def _marks(book: exposure_pb2.ExposureBook, spot: float, cells: MapCells) -> list[str]:
    """What each row holds besides gamma: spot, walls, flips."""
    levels = [("spot", spot)]
    levels += [("flip", flip.price) for flip in book.gamma_flips]
    if book.HasField("call_wall"):
        levels.append(("call wall", book.call_wall))
    if book.HasField("put_wall"):
        levels.append(("put wall", book.put_wall))
    marks: list[list[str]] = [[] for _ in cells.strike]
    for name, level in levels:
        row = round((cells.strike[0] - level) / cells.step)
        if 0 <= row < len(marks):
            marks[row].append(name)
    return [", ".join(names) for names in marks]


def row_width(strikes: Floats, spot: float, span: float, rows: int) -> float:
    """1, 2, 2.5 or 5 times a power of ten, so that about `rows` of them cover spot ± `span`; not below the listed grid.

    >>> row_width(np.array([4490.0, 4495.0, 4500.0, 4505.0]), 4500.0, 0.08, 25)
    25.0
    """
    near = np.unique(strikes[np.abs(strikes / spot - 1.0) < span])
    listed = float(np.diff(near).min()) if len(near) > 1 else 0.0
    wanted = max(2.0 * span * spot / rows, listed)
    power = 10.0 ** math.floor(math.log10(wanted))
    return min((factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0)), key=lambda step: abs(step - wanted))


def _name(state: common_pb2.ExpiryState) -> str:
    """Root and date on two lines: two roots may share a date."""
    return f"{state.root}\n{state.expiry[2:].replace('-', '')}"


def _ink(shade: tuple[int, ...]) -> str:
    """Black or white, whichever stands out more: relative luminance and contrast as in WCAG 2.1."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in shade]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "#ffffff"


def _hex(colour: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
