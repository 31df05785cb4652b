"""Dealer exposure for a terminal: totals and levels side by side for every positioning, then the map."""

from collections.abc import Callable

from gexapi.v1 import common_pb2, exposure_pb2
from rich.console import Console
from rich.text import Text

from gex_cli.amounts import MISSING, count, money, price, share, strike
from gex_cli.assumptions import assumption_lines, market_lines
from gex_cli.heat_map import heat_map
from gex_cli.terminal import print_lines, table

Response = exposure_pb2.ComputeExposureResponse | exposure_pb2.GetExposureResponse
Book = exposure_pb2.ExposureBook


def print_exposure(out: Console, response: Response, rate: float | None = None) -> None:
    """Header, levels, map and assumptions of an exposure."""
    lines = market_lines(response.underlying, response.spot, response.provenance, response.rejects, response.revision)
    out.print(Text(lines[0], style="bold"))
    print_lines(out, lines[1:], indent=0)
    out.print()
    currency = currency_of(response)
    print_levels(out, list(response.books), currency)
    if response.HasField("spread"):
        print_lines(out, [spread_line(response.spread, currency)], 0)
    for book in response.books:
        if book.groups and len(response.books) > 1:
            out.print(Text(book.positioning, style="bold"))
        print_groups(out, book, currency)
    out.print()
    out.print(heat_map(response.books[0], list(response.expiries), response.spot, currency, out.width))
    out.print()
    out.print(Text("Assumed", style="bold"))
    print_lines(out, assumption_lines(response.provenance, response.expiries, rate))


def print_levels(out: Console, books: list[Book], currency: str) -> None:
    """Totals and levels, a column a positioning."""
    levels = table()
    levels.add_column("Dealer gamma", no_wrap=True)
    for book in books:
        levels.add_column(_two_lines(book.positioning), justify="right")
    for name, cell in _rows(currency):
        cells = [cell(book) for book in books]
        if any(text != MISSING for text in cells):
            levels.add_row(name, *cells)
    out.print(levels)


def spread_line(spread: exposure_pb2.PositioningSpread, currency: str) -> str:
    """How far the positionings are apart, in words."""
    low, high = spread.minimum_gamma_exposure_per_percent, spread.maximum_gamma_exposure_per_percent
    agree = "agree on the sign" if spread.sign_agrees else "do not agree on the sign"
    return f"The positionings {agree}: {money(low, currency)} to {money(high, currency)} per 1 %."


def currency_of(response: Response) -> str:
    """The currency of the amounts: dollars for inverse contracts too, whose prices are in coin."""
    currencies = {"USD" if state.payoff == common_pb2.PAYOFF_INVERSE else state.currency for state in response.expiries}
    return currencies.pop() if len(currencies) == 1 else ""


def _rows(currency: str) -> list[tuple[str, Callable[[Book], str]]]:
    def per_percent(field: str) -> Callable[[Book], str]:
        return lambda book: MISSING if _is_blind(book) else money(getattr(book, field), currency)

    def optional(field: str, show: Callable[[float | None], str]) -> Callable[[Book], str]:
        return lambda book: show(getattr(book, field) if book.HasField(field) else None)

    return [
        ("net, per 1 %", per_percent("gamma_exposure_per_percent")),
        ("  calls", per_percent("call_gamma_exposure_per_percent")),
        ("  puts", per_percent("put_gamma_exposure_per_percent")),
        ("|net| / gross", optional("conditioning", share)),
        ("error bar, per 1 %", lambda book: _bar(book, currency)),
        ("dealers long gamma", _probability),
        ("gamma flip", _flip),
        ("flip, 5 to 95 %", _flip_range),
        ("every flip (slope)", _flips),
        ("call wall", optional("call_wall", strike)),
        ("put wall", optional("put_wall", strike)),
        ("largest gamma at", optional("absolute_gamma_strike", strike)),
        ("0DTE share of gross", optional("zero_dte_gross_share", share)),
        ("delta", optional("delta_exposure", lambda value: money(value, currency))),
        ("vanna, per vol point", optional("vanna_exposure_per_vol_point", lambda value: money(value, currency))),
        ("charm, per day", optional("charm_exposure_per_day", lambda value: money(value, currency))),
        ("futures, per 1 %", _futures),
        *((f"traded at {label}", _flow(k)) for k, label in enumerate(("+1 %", "-1 %"))),
        ("not priced", _unpriced),
    ]


def _is_blind(book: Book) -> bool:
    """True where contracts are open and none could be priced: a sum of nought is then no figure."""
    return book.gamma_flip_absence == "no_vols" and book.gross_gamma_exposure_per_percent == 0.0


def _bar(book: Book, currency: str) -> str:
    """Mean under sign errors ± one standard deviation, in brackets that of errors that go together."""
    if not book.HasField("gamma_exposure_uncertainty"):
        return MISSING
    bar = book.gamma_exposure_uncertainty
    one, together = (
        money(deviation, currency).lstrip("+")
        for deviation in (bar.standard_deviation, bar.standard_deviation_correlated)
    )
    return f"{money(bar.mean, currency)}\n± {one}\n[± {together}]"


def _probability(book: Book) -> str:
    if not book.gamma_exposure_uncertainty.HasField("probability_positive"):
        return MISSING
    return share(book.gamma_exposure_uncertainty.probability_positive)


def _flip_range(book: Book) -> str:
    bar = book.gamma_flip_uncertainty
    return f"{price(bar.quantile[0])} to {price(bar.quantile[-1])}" if bar.quantile else MISSING


def _futures(book: Book) -> str:
    if not book.HasField("instrument_contracts_per_percent"):
        return MISSING
    amount = book.instrument_contracts_per_percent
    return f"{count(abs(amount))} {book.instrument}, {'against' if amount > 0.0 else 'with'} the move"


def _flow(k: int) -> Callable[[Book], str]:
    def cell(book: Book) -> str:
        if len(book.flows) <= k or not book.flows[k].HasField("contracts"):
            return MISSING
        contracts = book.flows[k].contracts
        return f"{'buy' if contracts > 0.0 else 'sell'} {count(abs(contracts))} {book.instrument}"

    return cell


def print_groups(out: Console, book: Book, currency: str) -> None:
    """The sums of a book by horizon, root or month."""
    if not book.groups:
        return
    out.print()
    groups = table()
    for head in ("Sums", "net, per 1 %", "gross", "delta", "charm, per day"):
        groups.add_column(head, justify="left" if head == "Sums" else "right", no_wrap=True)
    for one in book.groups:
        optional = ("delta_exposure", "charm_exposure_per_day")
        groups.add_row(
            one.name.replace("zero_dte", "0DTE"),
            money(one.gamma_exposure_per_percent, currency),
            money(one.gross_gamma_exposure_per_percent, currency).lstrip("+"),
            *(money(getattr(one, name) if one.HasField(name) else None, currency) for name in optional),
        )
    out.print(groups)


def _flip(book: Book) -> str:
    if book.HasField("gamma_flip"):
        return price(book.gamma_flip)
    return f"none: {book.gamma_flip_absence.replace('_', ' ')}"


def _flips(book: Book) -> str:
    if len(book.gamma_flips) < 2:
        return (
            f"{price(book.gamma_flips[0].price)} ({_sign(book.gamma_flips[0].slope)})" if book.gamma_flips else MISSING
        )
    return " ".join(f"{price(flip.price)} ({_sign(flip.slope)})" for flip in book.gamma_flips)


def _two_lines(name: str) -> str:
    """A name broken at the underscore nearest to its middle."""
    breaks = [at + 1 for at, letter in enumerate(name) if letter == "_"]
    if not breaks or len(name) <= 16:
        return name
    at = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:at]}\n{name[at:]}"


def _sign(slope: float) -> str:
    return "+" if slope > 0.0 else "-"


def _unpriced(book: Book) -> str:
    if not book.unpriced_contract_count:
        return MISSING
    return f"{count(book.unpriced_contract_count)} contracts"
