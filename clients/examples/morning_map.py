"""A desk's morning map: what dealers hold this morning, a paragraph an underlying, and the whole map as CSV.

    python clients/examples/morning_map.py 127.0.0.1:50051 --csv maps/

For every chain that the server keeps: spot, net gamma under two assumptions, every flip, the walls, the expected move, max
pain, and the five strikes where most gamma sits. A number that rests on an assumption says on which.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from gex_client import Client, Exposure, ExposureBook, GexError

ASSUMPTIONS = ("oi_calls_long_puts_short", "oi_customers_long_all")


def amount(value: float) -> str:
    """Currency in millions."""
    return f"{value / 1e6:+,.0f} m"


def book_lines(book: ExposureBook) -> list[str]:
    """One assumption about dealers, and what follows from it."""
    flips = ", ".join(f"{flip.price:,.0f}" for flip in book.gamma_flips) or "none in range"
    call, put = (f"{one:,.0f}" if one is not None else "none" for one in (book.call_wall, book.put_wall))
    return [
        f"  {book.positioning}: {amount(book.gamma_exposure_per_percent)} of delta a 1 % move",
        f"    flips {flips}; call wall {call}, put wall {put}",
    ]


def strike_lines(book: ExposureBook, count: int = 5) -> list[str]:
    """The strikes with most gamma, over all expiries, with a bar each."""
    assert book.map is not None
    strikes, place = np.unique(book.map.strike, return_inverse=True)
    gamma = np.bincount(place, book.map.gamma_exposure_per_percent)
    most = np.sort(np.argsort(-np.abs(gamma))[:count])[::-1]
    scale = 30.0 / np.abs(gamma[most]).max() if len(most) else 0.0
    bars = ("█" * max(1, round(abs(gamma[at]) * scale)) for at in most)
    return [f"    {strikes[at]:>9,.0f} {amount(gamma[at]):>12}  {bar}" for at, bar in zip(most, bars, strict=True)]


def paragraph(exposure: Exposure) -> list[str]:
    """What the desk reads."""
    lines = [f"{exposure.underlying}  {exposure.spot:,.2f}  quotes of {str(exposure.as_of)[:16].replace('T', ' ')} UTC"]
    for book in exposure.books:
        lines += book_lines(book)
    nearest = exposure.expected_moves[0] if exposure.expected_moves else None
    if nearest is not None:
        lines.append(
            f"  expected move to {nearest.expiry}: ±{nearest.one_sigma:,.1f}, straddle {nearest.straddle:,.1f}"
        )
    if exposure.max_pains:
        lines.append(f"  max pain {exposure.max_pains[0].expiry}: {exposure.max_pains[0].strike:,.0f}")
    lines += strike_lines(exposure.books[0])
    if exposure.provenance is not None and exposure.provenance.warnings:
        lines += [f"  note: {warning.message}" for warning in exposure.provenance.warnings]
    return lines


def write_map(exposure: Exposure, folder: Path) -> Path:
    """The whole map of the first assumption as CSV; `book.map.to_frame()` is the same as a pandas frame."""
    path = folder / f"{exposure.underlying}.csv"
    assert exposure.books[0].map is not None
    columns = exposure.books[0].map.columns()
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def main() -> None:
    """Print the map of everything that is kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server")
    parser.add_argument("--csv", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    if asked.csv is not None:
        asked.csv.mkdir(parents=True, exist_ok=True)
    with Client(asked.server, timeout=30.0) as gex:
        for kept in gex.underlyings():
            try:
                exposure = gex.exposure(kept.underlying, positionings=ASSUMPTIONS)
            except GexError as error:  # a chain without a forward, for one, has no map: say so and go on
                print(f"{kept.underlying}  no map: {error}")
                continue
            print("\n".join(paragraph(exposure)))
            if asked.csv is not None:
                print(f"  the whole map: {write_map(exposure, asked.csv)}")


if __name__ == "__main__":
    main()
