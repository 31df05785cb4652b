"""gex paper MARKET: a hedge on recorded quotes, filled on paper, with its log, ledger and summary."""

import json as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gex_cli.book_file import read_book, read_settings
from gex_cli.paper_source import PaperOptions, Source
from gex_cli.terminal import console, progress, table

if TYPE_CHECKING:
    from gex_server.audit import AuditStore

    from gex.backtest.paper import PaperRun
    from gex.hedging.engine.journal import Outcome
    from gex.hedging.reading import HedgeSettings
    from gex.portfolio.positions import OptionLine


def run(market: Path, options: PaperOptions, *, json: bool) -> int:
    """Trade a recorded market on paper and print what came of it; 1 where the log does not decide again alike."""
    from gex.backtest.paper import paper_hedge
    from gex.backtest.paper_venue import PaperRule
    from gex.errors import InputError
    from gex.hedging.engine.replay import replay
    from gex.hedging.engine.rules import parse_rules

    settings = read_settings(options.instruments, has_rules=True)
    lines = option_lines(options.positions, settings)
    rule = PaperRule(latency=options.latency, patience=options.patience)
    source = Source(market, options)
    name = options.hedge or f"paper/{source.underlying}"
    rules = {"mode": "live"} | dict(settings.rules or {})
    config = parse_rules(rules, hedge=name, policy=settings.policy)
    store = _store(options.database, name)
    try:
        sink = None if store is None else _writer(store)
        found = paper_hedge(source.moments(lines, settings, config), config, rule=rule, sink=sink)
    finally:
        if store is not None:
            store.close()
    if not found.decisions:
        raise InputError(f"{market.name}: no book could be read")
    again = replay(found.entries)
    summary = summary_of(found, name, source, is_identical=again.is_identical)
    if json:
        print(json_text.dumps(summary))
    else:
        print_paper(found, summary)
        if options.database is not None:
            progress(f"written: {options.database}; gex audit {name} --database {options.database}")
    return 0 if again.is_identical else 1


def option_lines(positions: Path, settings: "HedgeSettings") -> "tuple[OptionLine, ...]":
    """The options of a book; futures are what the hedge holds, and stand in `position` of their instrument."""
    from gex.errors import InputError
    from gex.portfolio.positions import LinearLine

    lines = read_book(positions, [instrument.symbol for instrument in settings.instruments])
    linear = [line.symbol for line in lines if isinstance(line, LinearLine)]
    if linear:
        raise InputError(
            f"{positions.name}: {linear[0]} is no option; what is held of it is `position` of its instrument"
        )
    return tuple(line for line in lines if not isinstance(line, LinearLine))


def _store(database: Path | None, hedge: str) -> "AuditStore | None":
    if database is None:
        return None
    from gex_server.audit import AuditStore

    from gex.errors import InputError

    store = AuditStore(f"sqlite:///{database}")
    if hedge in store.hedges():
        store.close()
        raise InputError(f"--database: {database} has a log of {hedge!r}; name another --hedge, or another file")
    return store


def _writer(store: "AuditStore") -> Any:
    import datetime as dt

    def write(outcome: "Outcome") -> None:
        now = np.datetime64(dt.datetime.now(dt.UTC).replace(tzinfo=None), "ns")
        store.append([(outcome.entry, outcome.standing)], now)

    return write


def summary_of(run: "PaperRun", hedge: str, source: Source, *, is_identical: bool) -> dict[str, Any]:
    """What came of it, in figures; None where nothing can be said."""
    ledger = run.summary
    lines = ("fee", "half_spread", "impact", "ticket", "funding")
    rejected = sum(fill.is_rejected for fill in run.fills)
    opened = [
        {"as_of": str(now.as_of), "causes": list(now.breaker.causes)}
        for before, now in zip((None, *run.decisions), run.decisions, strict=False)
        if now.breaker.is_open and not (before is not None and before.breaker.is_open)
    ]
    return {
        "hedge": hedge,
        "underlying": source.underlying,
        "from": str(run.decisions[0].as_of),
        "until": str(run.decisions[-1].as_of),
        "books": len(run.decisions),
        "books_left_out": source.skipped,
        "latency_seconds": run.rule.latency,
        "decisions": len(run.decisions),
        "orders": ledger.order_count,
        "fills": len(run.fills) - rejected,
        "refused": rejected,
        "unfilled": [order.order_id for order in run.unfilled],
        "traded_notional": ledger.traded_notional,
        "expected": {name: getattr(ledger.expected, name) for name in lines},
        "realised": {name: getattr(ledger.realised, name) for name in lines},
        "cost": ledger.realised.total,
        "book_profit": ledger.book_profit,
        "hedge_profit": ledger.hedge_profit,
        "total_profit": ledger.total_profit,
        "unhedged_sd_per_day": ledger.unhedged_sd_per_day,
        "hedged_sd_per_day": ledger.hedged_sd_per_day,
        "cost_over_risk_removed": ledger.cost_over_risk_removed,
        "positions": {one.symbol: one.position for one in run.standing.state.accounts},
        "breaker": opened,
        "reasons": _counted(run),
        "is_identical": is_identical,
    }


def _counted(run: "PaperRun") -> dict[str, int]:
    found: dict[str, int] = {}
    for decision in run.decisions:
        for why in decision.reasons:
            found[why.value] = found.get(why.value, 0) + 1
    return dict(sorted(found.items(), key=lambda row: -row[1]))


def print_paper(run: "PaperRun", summary: dict[str, Any]) -> None:
    """The trades, then the ledger."""
    out = console()
    trades = table(f"{summary['hedge']}: {summary['decisions']} decisions on paper")
    for name in ("as of", "orders", "filled at", "mishedge", "reasons"):
        trades.add_column(name, overflow="fold")
    prices = {fill.order_id: fill.price for fill in run.fills if fill.price is not None}
    for decision in run.decisions:
        if not decision.orders:
            continue
        row = decision.groups[0]
        trades.add_row(
            str(decision.as_of)[:19],
            " ".join(f"{order.contracts:+d} {order.symbol}" for order in decision.orders),
            " ".join(f"{prices[o.order_id]:,.2f}" if o.order_id in prices else "open" for o in decision.orders),
            f"{row.mishedge:+.4g} -> {row.residual_delta:+.4g}",
            " ".join(why.value for why in row.reasons),
        )
    out.print(trades)
    ledger = table("Ledger")
    for name in ("line", "expected", "realised"):
        ledger.add_column(name, justify="left" if name == "line" else "right")
    for name, value in summary["expected"].items():
        ledger.add_row(name.replace("_", " "), f"{value:,.2f}", f"{summary['realised'][name]:,.2f}")
    out.print(ledger)
    for name in ("book_profit", "hedge_profit", "total_profit", "unhedged_sd_per_day", "hedged_sd_per_day"):
        value = summary[name]
        out.print(f"{name.replace('_', ' ')}: {'not known' if value is None else format(value, ',.2f')}")
    out.print(
        f"latency {summary['latency_seconds']:g} s; {summary['fills']} fills, {summary['refused']} refused, "
        f"{len(summary['unfilled'])} open; decided again: "
        f"{'identical, bit for bit' if summary['is_identical'] else 'NOT identical'}"
    )
