"""Volatilities for a terminal: a table of expiries, and the options of those asked for."""

import numpy as np
from gexapi.v1 import common_pb2, surface_pb2
from rich.console import Console
from rich.text import Text

from gex_cli.amounts import MISSING, count, duration, price, share, strike
from gex_cli.assumptions import assumption_lines, market_lines
from gex_cli.terminal import print_lines, table

STRIKES = 31  # of an expiry, around the forward
_SOURCES = {
    common_pb2.FORWARD_SOURCE_UNSPECIFIED: "none",
    common_pb2.FORWARD_SOURCE_PARITY: "parity",
    common_pb2.FORWARD_SOURCE_CARRY: "carry",
    common_pb2.FORWARD_SOURCE_GIVEN: "given",
    common_pb2.FORWARD_SOURCE_AMERICAN_PARITY: "parity (American)",
}
_STYLES = {
    common_pb2.SETTLEMENT_STYLE_AM: "AM",
    common_pb2.SETTLEMENT_STYLE_PM: "PM",
    common_pb2.SETTLEMENT_STYLE_UTC_0800: "08 UTC",
}


def print_vols(
    out: Console, response: surface_pb2.ComputeVolsResponse, dates: list[str], rate: float | None = None
) -> None:
    """Expiries, then the options of the expiries of these dates; of the first with volatilities where none is named."""
    mid_vol = np.asarray(response.options.mid_vol)
    index = np.asarray(response.options.expiry_index)
    shown = shown_expiries(response, dates, index, mid_vol)  # a date that is none is refused before anything is printed
    lines = market_lines(response.underlying, response.spot, response.provenance, response.rejects, response.revision)
    out.print(Text(lines[0], style="bold"))
    print_lines(out, lines[1:], indent=0)
    out.print()
    _print_expiries(out, response, index, mid_vol)
    out.print()
    for at in shown:
        _print_options(out, response, at, index)
        out.print()
    out.print(Text("Assumed", style="bold"))
    print_lines(out, assumption_lines(response.provenance, response.expiries, rate))


def shown_expiries(
    response: surface_pb2.ComputeVolsResponse, dates: list[str], index: np.ndarray, mid_vol: np.ndarray
) -> list[int]:
    """Positions of the expiries of these dates; InputError names a date that the chain does not list."""
    if not dates:
        known = index[np.isfinite(mid_vol)]
        return [int(known.min())] if len(known) else []
    listed = [state.expiry for state in response.expiries]
    for date in dates:
        if date not in listed:
            from gex.errors import InputError

            raise InputError(f"--expiry: expected one of {', '.join(dict.fromkeys(listed))}, got {date!r}")
    return [at for at, date in enumerate(listed) if date in dates]


def _print_expiries(
    out: Console, response: surface_pb2.ComputeVolsResponse, index: np.ndarray, mid_vol: np.ndarray
) -> None:
    expiries = table("Expiries")
    for name in ("root", "expiry", "at", "in", "forward", "discount", "from", "vol", "options"):
        expiries.add_column(name, justify="left" if name in ("root", "at", "from") else "right", no_wrap=True)
    for at, state in enumerate(response.expiries):
        has_forward = state.HasField("forward")
        expiries.add_row(
            state.root,
            state.expiry,
            _STYLES.get(state.settlement_style, MISSING),
            duration(state.time_to_expiry),
            price(state.forward if has_forward else None),
            f"{state.discount_factor:.5f}" if has_forward else MISSING,
            _SOURCES[state.forward_source],
            share(_money_vol(response, at, index, mid_vol)),
            count(state.row_count),
        )
    out.print(expiries)
    print_lines(out, ["at: settlement; from: source of the forward; vol: of the strike nearest to it that has one"], 0)


def _money_vol(
    response: surface_pb2.ComputeVolsResponse, at: int, index: np.ndarray, mid_vol: np.ndarray
) -> float | None:
    state = response.expiries[at]
    if not state.HasField("forward"):
        return None
    rows = np.flatnonzero((index == at) & np.isfinite(mid_vol))
    if not len(rows):
        return None
    distance = np.abs(np.asarray(response.options.strike)[rows] - state.forward)
    return float(mid_vol[rows[np.argmin(distance)]])


def _print_options(out: Console, response: surface_pb2.ComputeVolsResponse, at: int, index: np.ndarray) -> None:
    options, state = response.options, response.expiries[at]
    rows = np.flatnonzero(index == at)
    strikes = np.asarray(options.strike)[rows]
    centre = state.forward if state.HasField("forward") else response.spot
    levels = np.unique(strikes)
    near = np.sort(levels[np.argsort(np.abs(levels - centre), kind="stable")[:STRIKES]])
    title = f"{state.root} {state.expiry}: {len(near)} of {len(levels)} strikes nearest to {price(centre)}"
    out_table = table(title)
    for name in ("strike", "", "bid %", "mid %", "ask %", "delta", "gamma", "vega", "theta/d", "no mid vol"):
        out_table.add_column(name, justify="left" if name in ("", "no mid vol") else "right", no_wrap=True)
    columns = {
        name: np.asarray(getattr(options, name))
        for name in ("bid_vol", "mid_vol", "ask_vol", "delta", "gamma", "vega", "theta", "right", "status")
    }
    for row in rows[np.isin(strikes, near)].tolist():
        out_table.add_row(
            strike(options.strike[row]),
            "C" if columns["right"][row] == common_pb2.RIGHT_CALL else "P",
            *[_number(100.0 * columns[name][row], 2) for name in ("bid_vol", "mid_vol", "ask_vol")],
            _number(columns["delta"][row], 3),
            _number(columns["gamma"][row], 5),
            _number(columns["vega"][row], 1),
            _number(columns["theta"][row] / 365.0, 2),
            "" if np.isfinite(columns["mid_vol"][row]) else _why(int(columns["status"][row])),
        )
    out.print(out_table)


def _why(status: int) -> str:
    """Why a row has no mid volatility; where its one side has one, because it has one side only."""
    if status == surface_pb2.VOL_STATUS_OK:
        return "one side"
    name = surface_pb2.VolStatus.DESCRIPTOR.values_by_number[status].name
    return name.removeprefix("VOL_STATUS_").lower().replace("_", " ")


def _number(value: float, digits: int) -> str:
    return MISSING if np.isnan(value) else f"{value:,.{digits}f}"
