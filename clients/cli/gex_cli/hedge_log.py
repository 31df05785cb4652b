"""gex audit, gex replay, gex override."""

import collections
import datetime as dt
import itertools
import json as json_text
from pathlib import Path
from typing import Any

import numpy as np
from gex_server.audit import AuditStore, Logged
from gexapi.v1 import hedge_pb2

from gex.errors import InputError
from gex.hedging.engine.journal import Entry, Kind
from gex.hedging.engine.replay import replay
from gex_cli.ages import age_text, ages_text
from gex_cli.amounts import price
from gex_cli.csv_tables import print_rows
from gex_cli.options import check_one_format
from gex_cli.terminal import console, print_json, table

_SQLITE = b"SQLite format 3\0"


def opened(database: str) -> AuditStore:
    """The log at a path or a URL; a file that is not there is not made."""
    if "://" in database:
        return AuditStore(database)
    if not Path(database).is_file():
        raise InputError(f"--database: {database} is no file; name the audit.db of the server or a URL")
    with Path(database).open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            raise InputError(f"--database: {database} is no SQLite database; name the audit.db of the server or a URL")
    return AuditStore(f"sqlite:///{database}")


def audit(
    hedge: str,
    database: str,
    *,
    since: str | None,
    until: str | None,
    trades: bool,
    last: int,
    score_hours: float | None = None,
    json: bool,
    csv: bool = False,
) -> None:
    """Print the last decisions of a hedge, or what its triggers were worth, or the names of all."""
    check_one_format(json=json, csv=csv)
    with opened(database) as store:
        names = store.hedges()
        if not hedge:
            print(json_text.dumps(list(names)) if json else "\n".join(names) or "no hedge is in the log")
            return
        if hedge not in names:
            raise InputError(f"hedge: {hedge!r} is not in the log; it has {', '.join(names) or 'none'}")
        entries = store.entries(
            hedge, since=_instant(since, "--since"), until=_instant(until, "--until"), kinds=(Kind.DECIDED,),
            only_trades=trades and score_hours is None,
        )  # fmt: skip
        if score_hours is not None:
            from gex_cli.trigger_scores import print_scores

            print_scores(hedge, (one.entry for one in entries), hours=score_hours, json=json, csv=csv)
            return
        found = list(collections.deque(entries, maxlen=last))
    if json:
        for logged in found:
            print(json_text.dumps(_row(logged)))
        return
    if csv:
        rows = [_row(logged) for logged in found]
        print_rows([row | {name: " ".join(map(str, row[name])) for name in ("reasons", "alerts")}
                    | {"orders": " ".join(f"{n:+d} {symbol}" for symbol, n in row["orders"]), "markets": _ages(row)}
                    for row in rows])  # fmt: skip
        return
    out = table(f"{hedge}: {len(found)} decisions")
    for name in ("record", "as of", "trigger", "orders", "reasons", "mishedge", "cost", "ages", "hash"):
        out.add_column(name, overflow="fold")
    for logged in found:
        row = _row(logged)
        orders = " ".join(f"{n:+d} {symbol}" for symbol, n in row["orders"]) or "none"
        mishedge = row["mishedge"]
        out.add_row(
            str(row["record"]), row["as_of"][:19], row["trigger"], orders, " ".join(row["reasons"]),
            "" if mishedge is None else f"{mishedge:+.4g}", f"{row['cost']:.2f}", _ages(row), row["hash"][:12],
        )  # fmt: skip
    console().print(out)


def replay_log(hedge: str, database: str, *, json: bool) -> int:
    """Print what deciding the log again came to; 1 where anything differs."""
    with opened(database) as store:
        if hedge not in store.hedges():
            first: Entry | None = next((one.entry for one in store.entries(hedge, limit=1)), None)
            if first is None:
                raise InputError(f"hedge: {hedge!r} is not in the log; it has {', '.join(store.hedges()) or 'none'}")
        found = replay(logged.entry for logged in store.entries(hedge))
    if json:
        print(
            json_text.dumps(
                {
                    "entries": found.entries,
                    "decisions": found.decisions,
                    "is_identical": found.is_identical,
                    "differences": [vars(one) for one in found.differences],
                    "broken": found.broken,
                    "missing": found.missing,
                    "versions": found.versions,
                    "code_version": found.code_version,
                },
                default=str,
            )
        )
        return 0 if found.is_identical else 1
    verdict = "identical, bit for bit" if found.is_identical else "NOT identical"
    print(f"{hedge}: {found.decisions} decisions of {found.entries} entries decided again: {verdict}")
    print(f"written by {', '.join(found.versions)}; decided by {found.code_version}")
    if found.broken:
        print(f"the chain is broken at {_numbers(found.broken)}: the log was changed")
    if found.missing:
        print(f"missing: {_numbers(found.missing)}")
    for one in found.differences:
        print(f"  {one.sequence} {one.field}: {one.recorded} -> {one.replayed}")
    return 0 if found.is_identical else 1


def override(
    hedge: str,
    kind: str,
    *,
    user: str,
    reason: str,
    minutes: float,
    target: float | None,
    stops_cap: bool,
    server: str,
    json: bool,
) -> None:
    """Set or clear an override on a server and print what it decided."""
    from gex_cli.connecting import connect

    request = hedge_pb2.SetOverrideRequest(hedge=hedge)
    word = request.override
    word.kind, word.user, word.reason, word.stops_cap = kind, user, reason, stops_cap
    if target is not None:
        word.target_delta = target
    if kind != "clear":
        word.expires_at.FromDatetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes))
    with connect(server) as client:
        response = client.call("SetOverride", request)
    if json:
        print_json(response)
        return
    assert isinstance(response, hedge_pb2.SetOverrideResponse)
    if response.HasField("override"):
        until = response.override.expires_at.ToDatetime().isoformat(timespec="seconds")
        print(
            f"{hedge}: {response.override.kind} by {response.override.user} until {until}Z: {response.override.reason}"
        )
    else:
        print(f"{hedge}: no override is in force")
    if response.HasField("decision"):
        plan = response.decision.plan
        orders = ", ".join(f"{order.contracts:+g} {order.instrument}" for order in plan.orders) or "nothing to trade"
        print(f"decision {response.decision.decision_id}: {orders} ({' '.join(plan.reasons)})")
        for market in plan.markets:
            print(f"rests on {market.underlying} {price(market.spot)}: {ages_text(market.provenance.staleness)}")


def _row(logged: Logged) -> dict[str, Any]:
    entry = logged.entry
    decision = json_text.loads(entry.decision or "{}")
    groups = decision.get("groups") or [{}]
    mishedge = groups[0].get("mishedge")
    return {
        "record": entry.sequence,
        "as_of": str(entry.as_of),
        "recorded_at": str(logged.recorded_at),
        "trigger": decision.get("trigger", ""),
        "action": decision.get("action", ""),
        "orders": [(order["symbol"], order["contracts"]) for order in decision.get("orders", [])],
        "reasons": decision.get("reasons", []),
        "alerts": decision.get("alerts", []),
        "mishedge": mishedge if isinstance(mishedge, float) else None,
        "markets": [_market(one, entry.as_of) for one in decision.get("markets") or ()],
        "cost": sum(value for value in decision.get("costs", {}).values() if isinstance(value, (int, float))),
        "input_hash": entry.input_hash,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _market(decided: dict[str, Any], as_of: np.datetime64) -> dict[str, Any]:
    """Spot, revision and the age in seconds of each input of a decision at its instant; None where it is not known."""
    instants = decided["instants"]
    parts = {name: instants[name] for name in ("quotes", "spot", "open_interest", "book")}
    parts["oldest_instrument"] = decided["oldest_instrument"]
    now = int(as_of.astype("datetime64[ns]").astype(np.int64))
    ages = {f"{name}_age_seconds": None if at is None else (now - at) / 1e9 for name, at in parts.items()}
    return {
        "underlying": decided["underlying"],
        "spot": decided["spot"],
        "revision": instants["revision"],
        **ages,
    }


def _ages(row: dict[str, Any]) -> str:
    """The ages of the first market of a decision: "quotes 75 s, spot 0.2 s"."""
    known = row["markets"][0] if row["markets"] else {}
    shown = {"quotes": "quotes", "spot": "spot", "open_interest": "interest", "book": "book"}
    ages = {words: known.get(f"{name}_age_seconds") for name, words in shown.items()}
    return ", ".join(f"{words} {age_text(age)}" for words, age in ages.items() if age is not None)


def _instant(text: str | None, name: str) -> np.datetime64 | None:
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{name}: expected an instant, 2026-06-05T08:00Z, got {text!r}") from error
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return np.datetime64(moment, "ns")


def _numbers(sequences: tuple[int, ...]) -> str:
    shown = ", ".join(str(one) for one in itertools.islice(sequences, 10))
    return shown + (f" and {len(sequences) - 10} more" if len(sequences) > 10 else "")
