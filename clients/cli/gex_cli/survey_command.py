"""gex survey PATH..."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.text import Text

from gex_cli.amounts import MISSING, count
from gex_cli.chain_summary import ChainSummary, forward_text, rejects_text, summary_object, summary_of
from gex_cli.csv_tables import print_rows
from gex_cli.failing import one_line
from gex_cli.json_lines import Json, print_object
from gex_cli.options import check_one_format
from gex_cli.requests import existing
from gex_cli.terminal import tracked


def run(paths: list[Path], *, source: str, json: bool, csv: bool = False) -> None:
    """Print what each file holds. A file of a folder that is no chain is said to be none; one that was named is an error."""
    check_one_format(json=json, csv=csv)
    rows: list[dict[str, Json]] = []
    totals = {"chains": 0, "rows": 0, "kept": 0, "others": 0}
    for path, named in tracked(list(files(paths)), "reading"):
        answer = read(path, source, named=named)
        if isinstance(answer, str):
            totals["others"] += 1
            if json:
                print_object({"file": str(path), "error": answer})
            elif csv:
                rows.append({"file": str(path), "error": answer})
            else:
                _print(path.name, [f"no chain: {answer}"])
            continue
        totals["chains"] += 1
        totals["rows"] += answer.row_count
        totals["kept"] += answer.kept_row_count
        if json:
            print_object({"file": str(path), **summary_object(answer)})
        elif csv:
            rows.append({"file": str(path), **flat(summary_object(answer))})
        else:
            _print(path.name, _lines(answer))
    if csv:
        print_rows(rows, names=("file", *dict.fromkeys(name for row in rows for name in row if name != "file")))
    elif not json:
        others = f"; {totals['others']} files are no chains" if totals["others"] else ""
        print(
            f"{count(totals['chains'])} chains, {count(totals['rows'])} options, {count(totals['kept'])} kept{others}"
        )


def flat(answer: dict[str, Json]) -> dict[str, Json]:
    """An object as one row: inner objects by `outer_inner`, lists by their parts.

    >>> flat({"rows": 3, "rejects": {"expired": 2}, "range": [1.0, 2.0]})
    {'rows': 3, 'rejects_expired': 2, 'range_0': 1.0, 'range_1': 2.0}
    """
    row: dict[str, Json] = {}
    for name, value in answer.items():
        if isinstance(value, dict):
            row |= {f"{name}_{inner}": one for inner, one in flat(value).items()}
        elif isinstance(value, list):
            row |= flat({f"{name}_{place}": one for place, one in enumerate(value)})
        else:
            row[name] = value
    return row


def files(paths: list[Path]) -> Iterator[tuple[Path, bool]]:
    """The files in order, and whether each was named itself."""
    for path in paths:
        if path.is_dir():
            yield from ((inside, False) for inside in sorted(path.rglob("*")) if inside.is_file())
        else:
            yield existing(path), True


def read(path: Path, source: str, *, named: bool) -> ChainSummary | str:
    """The figures of the chain in a file, or why it is none."""
    from gex.errors import InputError
    from gex.io.detect import read_chain

    try:
        return summary_of(read_chain(path, source=source))
    except InputError as error:
        if named:
            raise
        return one_line(error).removeprefix(f"{path.name}: ")


def _lines(summary: ChainSummary) -> list[str]:
    as_of = str(np.datetime_as_string(summary.as_of, unit="m")).replace("T", " ")
    forward = MISSING if summary.forward is None else f"{summary.forward_expiry} {forward_text(summary)}"
    head = (
        f"{summary.underlying} {as_of}  rows {count(summary.row_count)}  kept {count(summary.kept_row_count)}  "
        f"expiries {summary.expiry_count}, with a forward {summary.forward_count}"
    )
    return [
        head,
        f"forward {forward}",
        f"refused {rejects_text(summary)}",
    ]


def _print(name: str, lines: list[str]) -> None:
    from gex_cli.terminal import console, print_lines

    out = console()
    out.print(Text(name, style="bold"))
    print_lines(out, lines)
