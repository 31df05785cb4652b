"""gex doctor."""

from rich.text import Text

from gex_cli import doctor_checks
from gex_cli.csv_tables import print_rows
from gex_cli.doctor_checks import State
from gex_cli.failing import FAILED
from gex_cli.json_lines import Json, print_object
from gex_cli.options import check_one_format
from gex_cli.terminal import console, table

_MARKS = {State.OK: ("✓", "green"), State.NOTE: ("!", "yellow"), State.BAD: ("✗", "red")}


def run(*, server: str, network: bool, json: bool, csv: bool = False) -> int:
    """Print what every check saw; the exit code, 1 where something will fail."""
    check_one_format(json=json, csv=csv)
    found = list(doctor_checks.findings(server=server, network=network))
    worst = [one for one in found if one.state is State.BAD]
    code = FAILED if worst else 0
    rows: list[dict[str, Json]] = [
        {"check": one.check, "state": str(one.state), "seen": one.seen, "remedy": one.remedy} for one in found
    ]
    if json:
        print_object({"ok": not worst, "findings": list(rows)})
        return code
    if csv:
        print_rows(rows)
        return code
    out = console()
    rows_of_checks = table(show_header=False)
    rows_of_checks.add_column("", no_wrap=True)
    rows_of_checks.add_column("check", no_wrap=True)
    rows_of_checks.add_column("seen", overflow="fold")
    for one in found:
        mark, colour = _MARKS[one.state]
        seen = Text(one.seen)
        if one.remedy:
            seen.append(f"\n→ {one.remedy}", style="bold")
        rows_of_checks.add_row(Text(mark, style=colour), one.check, seen)
    out.print(rows_of_checks)
    notes = sum(one.state is State.NOTE for one in found)
    out.print(
        f"{len(worst)} of {len(found)} checks say that something will fail."
        if worst
        else f"All is well{f', with {notes} to know of' if notes else ''}."
    )
    return code
