"""gex vix FILE."""

import math
from typing import TYPE_CHECKING

import numpy as np
from rich.text import Text

from gex_cli.amounts import count, duration, price, strike
from gex_cli.csv_tables import print_rows
from gex_cli.json_lines import Json, print_object
from gex_cli.options import ChainFile, check_one_format
from gex_cli.requests import existing, instant_of
from gex_cli.terminal import console, print_lines, table

if TYPE_CHECKING:
    from gex.quotes import Quotes
    from gex.variance_index import VarianceIndex, VarianceTerm


def run(file: ChainFile, *, term_days: float, json: bool, csv: bool = False) -> None:
    """Print the volatility index of the chain in a file, from its quotes as they are: Cboe does not clean them."""
    from gex.io.detect import read_chain

    check_one_format(json=json, csv=csv)
    quotes = read_chain(
        existing(file.path), source=file.source, as_of=instant_of(file.as_of), underlying=file.underlying
    ).quotes
    index = volatility_index(quotes, rate=file.rate, term_days=term_days)
    if json:
        print_object(index_object(index, quotes))
    elif csv:
        print_rows(index_rows(index, quotes))
    else:
        _print(index, quotes, file.rate)


def volatility_index(quotes: "Quotes", *, rate: float | None, term_days: float) -> "VarianceIndex":
    """The index over `term_days`, at one rate or at the rates that the chain implies."""
    from gex.discount import DiscountCurve
    from gex.errors import InputError
    from gex.forward import forward_curve
    from gex.pairs import pair_up
    from gex.variance_index import variance_index

    if not (math.isfinite(term_days) and term_days > 0.0):
        raise InputError(f"--term-days: expected a positive number of days, got {term_days:g}")
    if rate is not None and not abs(rate) < 1.0:
        raise InputError(f"--rate: expected a decimal a year between -1 and 1 (0.05 is 5 %), got {rate:g}")
    if rate is not None:
        discount = DiscountCurve.flat(rate)
    else:
        discount = forward_curve(quotes, pair_up(quotes)).discount or DiscountCurve.none()
    return variance_index(quotes, discount, term_days=term_days)


def index_object(index: "VarianceIndex", quotes: "Quotes") -> dict[str, Json]:
    """The index and its two terms, numbers in full."""
    return {
        "underlying": quotes.underlying,
        "as_of": f"{np.datetime_as_string(index.as_of, unit='s')}Z",
        "value": index.value,
        "term_days": index.term_days,
        "near": _term_object(index.near),
        "next": _term_object(index.next),
    }


def index_rows(index: "VarianceIndex", quotes: "Quotes") -> list[dict[str, object]]:
    """A row a term, the index in each."""
    whole = {name: value for name, value in index_object(index, quotes).items() if name not in ("near", "next")}
    return [
        {**whole, "term": name, **_term_object(term)} for name, term in (("near", index.near), ("next", index.next))
    ]


def _term_object(term: "VarianceTerm") -> dict[str, Json]:
    return {
        "root": term.expiry.root,
        "expiry": str(term.expiry.date),
        "settlement": f"{np.datetime_as_string(term.expiry.settles_at, unit='s')}Z",
        "time_to_expiry": term.time_to_expiry,
        "rate": term.rate,
        "forward": term.strip.forward,
        "strike": term.strip.strike,
        "strike_count": term.strip.strike_count,
        "variance": term.strip.variance,
    }


def _print(index: "VarianceIndex", quotes: "Quotes", rate: float | None) -> None:
    out = console()
    as_of = str(np.datetime_as_string(index.as_of, unit="s")).replace("T", " ")
    head = f"{quotes.underlying} volatility index over {index.term_days:g} days: {index.value:.2f}"
    out.print(Text(f"{head}  (quotes of {as_of} UTC)", style="bold"))
    terms = table()
    for name in ("term", "root", "expiry", "in", "forward", "strike", "options", "variance", "vol"):
        terms.add_column(name, justify="left" if name in ("term", "root") else "right", no_wrap=True)
    for name, term in (("near", index.near), ("next", index.next)):
        terms.add_row(
            name,
            term.expiry.root,
            str(term.expiry.date),
            duration(term.time_to_expiry),
            price(term.strip.forward),
            strike(term.strip.strike),
            count(term.strip.strike_count),
            f"{term.strip.variance:.6f}",
            f"{100.0 * math.sqrt(term.strip.variance):.2f}" if term.strip.variance > 0.0 else "–",
        )
    out.print(terms)
    rates = " and ".join(dict.fromkeys(f"{100.0 * term.rate:.2f} %" for term in (index.near, index.next)))
    how = "as given" if rate is not None else "implied by the chain's put-call parity"
    print_lines(
        out,
        [
            "variance: a year, of out-of-the-money mid quotes as they are (Cboe's method)",
            "between the terms total variance is linear in time",
            f"rates: {rates}, {how}",
        ],
        indent=0,
    )
