"""Totals as plain sums over lines, so that the share of a few lines can be taken out and put back."""

import numpy as np

from gex.columns import Floats, Ints, frozen
from gex.exposure.lines import ExposureLines
from gex.exposure.map import DAYS_PER_YEAR, PER_PERCENT, ExposureTotals
from gex.kernels.black import GREEK_COUNT, spot_greeks
from gex.kernels.running import GAMMA, add_sums

Table = tuple[Floats, tuple[Floats, Floats, Floats, Floats]]
"""Spot Greeks of calls (13, line) in the order of `gex.greeks.Greeks`, and the terms of those lines"""


def line_greeks(lines: ExposureLines, chosen: Ints | None = None) -> Table:
    """Of the calls of all lines, or of the chosen ones; NaN where a line cannot be priced."""
    terms, vol = lines.terms, lines.vol
    if chosen is not None:
        forward, strike, time, discount = (frozen(column[chosen]) for column in terms)
        terms, vol = (forward, strike, time, discount), frozen(vol[chosen])
    count = len(vol)
    out = np.empty((GREEK_COUNT, count))
    spot, right = frozen(np.full(count, lines.spot)), np.ones(count, np.int8)
    right.flags.writeable = False
    spot_greeks(spot, terms[0], terms[1], terms[2], vol, right, terms[3], out)
    return frozen(out), terms


def gamma_of(greeks: Table) -> Floats:
    """Gamma per unit of underlying, per line."""
    gamma: Floats = greeks[0][GAMMA]
    return gamma


def add_running(sums: Floats, greeks: Table, spot: float, call: Floats, put: Floats, sign: float = 1.0) -> None:
    """Add (take out for sign −1) what these lines hold, contracts × multiplier (book, line), to `sums` (book, SUM_COUNT)."""
    table, terms = greeks
    add_sums(table, *terms, spot, frozen(call), frozen(put), sign, sums)


def totals_of_sums(sums: list[float], spot: float, multiplier: float) -> ExposureTotals:
    """The totals of one book, whose contracts are of `multiplier` units."""
    percent = PER_PERCENT * spot
    call, put = sums[0] * spot * percent, sums[1] * spot * percent
    gross, delta, vanna, charm, vega, theta, speed, zomma, color, unpriced, unpriced_units = sums[2:]
    return ExposureTotals(
        gamma_exposure=call + put,
        call_gamma_exposure=call,
        put_gamma_exposure=put,
        gross_gamma_exposure=gross * spot * percent,
        gamma_exposure_per_point=(call + put) / percent,
        gamma_units_per_point=(call + put) / percent / spot,
        delta_exposure=delta * spot,
        vanna_exposure=vanna * percent,
        charm_exposure=charm * spot / DAYS_PER_YEAR,
        vega_exposure=vega * PER_PERCENT,
        theta_exposure=theta / DAYS_PER_YEAR,
        speed_exposure=speed * percent * percent * spot,
        zomma_exposure=zomma * percent * percent,
        color_exposure=color * spot * percent / DAYS_PER_YEAR,
        unpriced_count=round(unpriced),
        unpriced_contract_count=unpriced_units / multiplier,
    )
