"""Answers as CSV for pipes: a header, then a row an option, strike, slice, order or scenario; nothing where one is missing.

Names and units are those of the contract (`protos/gexapi/v1`); numbers are printed in full, so that they read back bit for
bit. Rights are C and P, days ISO 8601, instants ISO 8601 in UTC.
"""

import csv
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from gex_client.view import Table, View, view_of
from gexapi.v1 import common_pb2, exposure_pb2, hedge_pb2, risk_pb2, surface_pb2

Columns = dict[str, Sequence[Any]]


def print_exposure_csv(response: exposure_pb2.ComputeExposureResponse | exposure_pb2.GetExposureResponse) -> None:
    """The map: a row a positioning, expiry and strike."""
    parts = []
    for book in response.books:
        columns = _columns(book.map)
        length = len(book.map.strike)
        parts.append({"positioning": [book.positioning] * length, **_with_root(columns, response.expiries)})
    print_columns(joined(parts))


def print_vols_csv(response: surface_pb2.ComputeVolsResponse) -> None:
    """A row an option, of every expiry."""
    print_columns(_with_root(_columns(response.options), response.expiries))


def print_surface_csv(response: surface_pb2.GetSurfaceResponse) -> None:
    """A row a slice: its expiry, level, skew, curvature, proof and fit."""
    rows = []
    for one in response.slices:
        state = response.expiries[one.expiry_index]
        rows.append(
            {
                "root": state.root,
                "expiry": state.expiry,
                "time_to_expiry": state.time_to_expiry,
                "forward": state.forward,
            }
            | record(one)
            | record(one.certificate)
            | record(one.quality)
        )
    print_rows(rows)


def print_hedge_csv(plan: hedge_pb2.PlanHedgeResponse) -> None:
    """A row an order; a hold has none. Action, mishedge and the next triggers stand in every row of `--json`."""
    names = ("instrument", "contracts", "exact_contracts", "units", "notional", "expected_price", "order_hint")
    rows = [{name: record(one).get(name) for name in names} | {"cost": one.costs.total} for one in plan.orders]
    print_rows(rows, (*names, "cost"))


def print_risk_csv(request: risk_pb2.ComputeRiskRequest, response: risk_pb2.ComputeRiskResponse) -> None:
    """A row an option held, then a row a future held."""
    book, rows = request.book, []
    for at, strike in enumerate(book.options.strike):
        expiry = book.expiries[book.options.expiry_index[at]]
        rows.append(
            {
                "symbol": "",
                "root": expiry.root,
                "expiry": expiry.expiry,
                "strike": strike,
                "right": "C" if book.options.right[at] == common_pb2.RIGHT_CALL else "P",
                "contract_count": book.options.contract_count[at],
            }
            | {name: values[at] for name, values in _columns(response.positions).items()}
        )
    for line, held in zip(response.linear, book.linear, strict=True):
        rows.append({"contract_count": held.contract_count} | record(line))
    print_rows(rows)


def print_scenarios_csv(response: risk_pb2.ComputeScenariosResponse) -> None:
    """A row a scenario."""
    length = len(response.profit)
    columns: Columns = {}
    for field in response.DESCRIPTOR.fields:
        if field.is_repeated and field.message_type is None and len(getattr(response, field.name)) == length:
            columns[field.name] = list(getattr(response, field.name))
    print_columns(columns)


def record(message: Any) -> dict[str, Any]:
    """The scalar fields of a message by name; None where one is absent."""
    view = view_of(message)
    return {
        field.name: getattr(view, field.name)
        for field in message.DESCRIPTOR.fields
        if not field.is_repeated and field.message_type is None
    }


def joined(parts: Sequence[Mapping[str, Sequence[Any]]]) -> Columns:
    """Tables one below the other; what one does not have is missing there."""
    names = list(dict.fromkeys(name for part in parts for name in part))
    out: Columns = {name: [] for name in names}
    for part in parts:
        length = max((len(column) for column in part.values()), default=0)
        for name in names:
            column: Sequence[Any] = part.get(name, [None] * length)
            out[name] = [*out[name], *column]
    return out


def print_columns(columns: Mapping[str, Sequence[Any]]) -> None:
    """Columns of one length as CSV on standard output."""
    names = list(columns)
    _write(names, zip(*(columns[name] for name in names), strict=True))


def print_rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = (), *, with_head: bool = True) -> None:
    """Rows by name as CSV on standard output; columns in the order in which their names come up."""
    chosen = list(names) or list(dict.fromkeys(name for row in rows for name in row))
    _write(chosen, ([row.get(name) for name in chosen] for row in rows), with_head=with_head)


def text_of(value: Any) -> str:
    """One field.

    >>> text_of(float("nan")), text_of(np.float64(0.1)), text_of(np.datetime64("2024-06-21")), text_of(True)
    ('', '0.1', '2024-06-21', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, np.datetime64):
        if np.isnat(value):
            return ""
        return f"{value}Z" if np.datetime_data(value.dtype)[0] == "ns" else str(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return str(value)


def _columns(message: Any) -> dict[str, Sequence[Any]]:
    view: View = view_of(message)
    if not isinstance(view, Table):
        raise TypeError(f"{type(message).__name__} is no table")
    columns: dict[str, Sequence[Any]] = {name: list(values) for name, values in view.columns().items()}
    if "right" in columns:
        columns["right"] = ["C" if right > 0 else "P" for right in columns["right"]]
    return columns


def _with_root(columns: dict[str, Sequence[Any]], expiries: Sequence[common_pb2.ExpiryState]) -> Columns:
    """The columns with root and expiry date in front in place of the number of the expiry."""
    index = columns.pop("expiry_index", ())
    states = [expiries[at] for at in index]
    columns.pop("expiry", None)
    return {"root": [one.root for one in states], "expiry": [one.expiry for one in states], **columns}


def _write(names: Sequence[str], rows: Iterable[Iterable[Any]], *, with_head: bool = True) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if with_head:
        writer.writerow(names)
    writer.writerows([text_of(value) for value in row] for row in rows)
    sys.stdout.flush()
