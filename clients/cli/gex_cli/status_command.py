"""gex status."""

from collections.abc import Sequence

import numpy as np
from gex_client.market import KeptUnderlying, Staleness
from gex_client.status import CallLoad, ProcessStatus, ServerStatus
from google.protobuf import json_format
from google.protobuf.message import Message
from rich.console import Console
from rich.text import Text

from gex_cli.ages import age_text
from gex_cli.amounts import MISSING, count, price
from gex_cli.connecting import connect
from gex_cli.csv_tables import print_rows
from gex_cli.failing import FAILED
from gex_cli.json_lines import Json, print_object
from gex_cli.options import check_one_format
from gex_cli.terminal import console, print_lines, table

KINDS = ("quotes", "spot", "open_interest", "trades")


def run(*, server: str, json: bool, csv: bool) -> int:
    """Print how a live server does; the exit code, 1 where it does not serve or cannot keep what it promises."""
    check_one_format(json=json, csv=csv)
    with connect(server) as client:
        status, kept = client.status(), client.underlyings()
    code = 0 if status.is_well else FAILED
    if json:
        print_object(status_object(status, kept))
    elif csv:
        print_rows([underlying_row(one) for one in kept], names=tuple(underlying_row(None)))
    else:
        _print(console(), server, status, kept)
    return code


def status_object(status: ServerStatus, kept: Sequence[KeptUnderlying]) -> dict[str, Json]:
    """Everything known, names as in the contract."""
    return {
        "is_well": status.is_well,
        **_object(status.proto),
        "underlyings": [_object(one.proto) for one in kept],
    }


def underlying_row(kept: KeptUnderlying | None) -> dict[str, object]:
    """One kept chain with its ages in seconds; of None the names alone."""
    names = ("underlying", "revision", "as_of", "spot", "row_count", "expiry_count", "source", "trade_count")
    staleness = None if kept is None else kept.staleness
    row: dict[str, object] = {name: None if kept is None else getattr(kept, name) for name in names}
    return row | {f"{kind}_age_seconds": _age(staleness, kind) for kind in KINDS}


def _age(staleness: Staleness | None, kind: str) -> float | None:
    age: float | None = None if staleness is None else getattr(staleness, f"{kind}_age_seconds")
    return age


def _object(message: Message) -> dict[str, Json]:
    found: dict[str, Json] = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return found


def _print(out: Console, server: str, status: ServerStatus, kept: Sequence[KeptUnderlying]) -> None:
    serving = sum(one.is_serving for one in status.processes)
    total = len(status.processes)
    words = "serving" if status.is_well else "NOT WELL"
    head = f"{server}: {words}, {serving} of {total} {'process' if total == 1 else 'processes'}"
    out.print(Text(head, style="bold" if status.is_well else "bold red"))
    _print_processes(out, status.processes)
    print_lines(out, [line for one in status.processes for line in _troubles(one)])
    _print_underlyings(out, kept)
    _print_calls(out, status.processes)


def _print_processes(out: Console, processes: Sequence[ProcessStatus]) -> None:
    rows = table()
    for name in ("shard", "up", "memory", "chains", "books", "hedges", "kernels", "kept", "log", "audit"):
        rows.add_column(name, justify="left" if name in ("shard", "kept", "audit") else "right", no_wrap=True)
    for one in processes:
        if one.failure:
            rows.add_row(str(one.shard), *[MISSING] * 9)
            continue
        up = (
            None
            if one.at is None or one.started_at is None
            else float((one.at - one.started_at) / np.timedelta64(1, "s"))
        )
        rows.add_row(
            f"{one.shard}",
            age_text(up),
            MISSING if one.resident_bytes is None else f"{one.resident_bytes / 2**20:,.0f} MiB",
            count(one.underlying_count),
            count(one.book_count),
            count(one.hedge_count),
            f"{one.kernel_job_count}/{one.kernel_job_limit}",
            one.durability,
            f"{one.state_bytes / 2**20:,.1f} MiB" if one.state_bytes else MISSING,
            one.audit or MISSING,
        )
    out.print(rows)


def _troubles(process: ProcessStatus) -> list[str]:
    shard = f"shard {process.shard}: "
    if process.failure:
        return [f"{shard}{process.failure}; gex serve starts a shard that died again, its log says why it did"]
    lines = [] if process.is_serving else [f"{shard}is not serving: it compiles its kernels, or drains"]
    if process.state_failure:
        lines.append(
            f"{shard}the disk has refused for {age_text(process.state_failed_seconds)}: {process.state_failure}; "
            f"changes are kept in memory only until there is room"
        )
    return lines


def _print_underlyings(out: Console, kept: Sequence[KeptUnderlying]) -> None:
    if not kept:
        out.print("no chain is kept yet: gex publish FILE")
        return
    rows = table()
    for name in ("underlying", "revision", "spot", "options", "quotes", "price", "interest", "trades"):
        rows.add_column(name, justify="left" if name == "underlying" else "right", no_wrap=True)
    for one in kept:
        ages = [age_text(_age(one.staleness, kind)) for kind in KINDS]
        is_stale = one.staleness is not None and one.staleness.is_stale
        rows.add_row(
            Text(one.underlying, style="yellow" if is_stale else ""),
            count(one.revision),
            price(one.spot),
            count(one.row_count),
            *ages,
        )
    out.print(rows)
    print_lines(out, ["quotes, price, interest, trades: how old the newest of each is"])


def _print_calls(out: Console, processes: Sequence[ProcessStatus]) -> None:
    names = dict.fromkeys(load.call for one in processes for load in one.calls)
    if not names:
        return
    rows = table()
    for name in ("call", "ended", "failed", "shed", "open", "median", "p99"):
        rows.add_column(name, justify="left" if name == "call" else "right", no_wrap=True)
    for name in sorted(names):
        loads = [load for one in processes for load in one.calls if load.call == name]
        rows.add_row(
            name,
            *(
                count(sum(getattr(one, field) for one in loads))
                for field in ("count", "failed_count", "shed_count", "in_flight")
            ),
            _time(loads, "median_seconds"),
            _time(loads, "p99_seconds"),
        )
    out.print(rows)


def _time(loads: Sequence[CallLoad], field: str) -> str:
    """Of several processes the slowest."""
    times = [getattr(one, field) for one in loads if getattr(one, field) is not None]
    return f"{1e3 * max(times):,.1f} ms" if times else MISSING
