"""gex backtest CONFIG."""

import json
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from gex_cli.requests import check_folder, existing, text_of


def run(config: Path, *, html: Path | None, json_to: Path | None, json_out: bool) -> None:
    """Carry out a configuration; the report beside it as HTML and JSON unless other places are named."""
    from gex.backtest.config import parse_config
    from gex.backtest.report import report_object, run_backtest, work_of
    from gex.errors import InputError

    place = existing(config)
    target = html or place.with_suffix(".html")
    values = json_to or place.with_suffix(".json")
    check_folder(target, "--html")
    check_folder(values, "--json-to")
    try:
        tables = tomllib.loads(text_of(place))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{place.name}: {error}") from error
    asked = parse_config(tables, place.parent)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(asked.title, total=work_of(asked))
        report = run_backtest(asked, progress=lambda done: bar.advance(task, done))
    found = {"gex": version("gex"), **report_object(report)}
    text = json.dumps(found, allow_nan=False, indent=None if json_out else 1)
    if json_out:
        print(text)
    else:
        from gex_cli.backtest_tables import print_backtest
        from gex_cli.terminal import console

        print_backtest(console(), report)
    from gex_cli.backtest_page import page

    target.write_text(page(report), encoding="utf-8")
    values.write_text(text, encoding="utf-8")
    from gex_cli.terminal import progress

    progress(f"written: {target}, {values}")
