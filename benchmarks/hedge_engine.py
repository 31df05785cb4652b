"""A decision on a book of 1,000 positions, and a log of 10⁶ entries by hedge and time: benchmarks/hedge_engine.py [N].

Times are medians; CPU time of the thread beside the clock's, because machines are shared.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from gex_server.audit import AuditStore
from gex_server.audit_tables import ENTRIES

from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.decide import decide
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.journal import Kind, opened_standing, taken
from gex.hedging.engine.reading import FollowedBook
from gex.hedging.engine.state import opening_state
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import HedgePolicy
from gex.pipeline import analyse
from gex.portfolio.linear import LinearKind
from gex.portfolio.positions import Positions
from gex.portfolio.risk import portfolio_risk
from gex.sample import sample_chain

POSITIONS, REPEATS, HEDGES = 1_000, 300, 10


def timed(name: str, work: Callable[[], object], repeats: int = REPEATS) -> None:
    """Print medians and the 99th percentile, milliseconds."""
    work()
    clock, cpu = [], []
    for _ in range(repeats):
        a, b = time.perf_counter(), time.thread_time()
        work()
        cpu.append((time.thread_time() - b) * 1e3)
        clock.append((time.perf_counter() - a) * 1e3)
    late = sorted(clock)[int(0.99 * len(clock))]
    print(f"{name}: median {statistics.median(clock):.3f} ms, 99 % {late:.3f} ms; CPU {statistics.median(cpu):.3f} ms")


def decision() -> None:
    """Reading at a new spot, decision, and the same written as an entry of the log."""
    analysis = analyse(sample_chain().parsed)
    quotes = analysis.cleaned.quotes
    row = np.arange(POSITIONS) % len(quotes)
    positions = Positions(
        expiries=quotes.expiries,
        row=np.arange(POSITIONS),
        expiry=quotes.expiry[row],
        strike=quotes.strike[row],
        right=quotes.right[row],
        contracts=np.where(np.arange(POSITIONS) % 3 == 0, 2.0, -1.0),
    )
    risk = portfolio_risk(positions, analysis.surface)
    book = FollowedBook(risk=risk, underlying=quotes.underlying)
    spot = risk.spot
    terms = HedgeInstrument(
        symbol="ES", kind=LinearKind.LINEAR, multiplier=50.0, bid=spot - 0.25, ask=spot + 0.25, fee_per_contract=1.2
    )
    config = EngineConfig(policy=HedgePolicy(risk_aversion=1e-6, delta_cap=500.0), mode=Mode.LIVE)
    standing = opened_standing("h", config, opening_state(), risk.as_of).standing
    count = 0

    def inputs() -> EngineInputs:
        nonlocal count
        count += 1
        as_of = risk.as_of + np.timedelta64(count, "ms")
        reading = book.at([terms], spot=spot * (1.0 + 1e-5 * (count % 7)), as_of=as_of)
        return EngineInputs(as_of=as_of, books=(reading,))

    timed(f"tick to decision, {POSITIONS} positions repriced", lambda: decide(inputs(), config, standing.state))
    world = inputs()
    timed("decide alone", lambda: decide(world, config, standing.state))
    timed("decide and seal its entry", lambda: taken(standing, world, world.as_of))


def log_of(entries: int, folder: Path) -> None:
    """A log of real entries repeated, of HEDGES hedges; read by hedge and time."""
    audit = AuditStore(f"sqlite:///{folder / 'audit.db'}")
    from tests.hedging.engine.worlds import START, book, config, inputs

    outcome = taken(opened_standing("h", config(), opening_state(), START).standing, inputs(book(5.3)), START)
    audit.append([(outcome.entry, outcome.standing)], START)
    engine = sa.create_engine(f"sqlite:///{folder / 'audit.db'}")
    with engine.begin() as connection:
        one = dict(connection.execute(sa.select(ENTRIES)).mappings().one())
        first = one["as_of"]
        for begin in range(0, entries, 20_000):
            rows = [
                one | {"hedge": f"h{i % HEDGES}", "sequence": i // HEDGES + 10, "as_of": first + i * 10**9}
                for i in range(begin, min(begin + 20_000, entries))
            ]
            connection.execute(ENTRIES.insert(), rows)
    engine.dispose()
    size = (folder / "audit.db").stat().st_size / 2**20
    print(f"log: {entries:,} entries of {HEDGES} hedges, {size:,.0f} MiB")
    middle = START + np.timedelta64(entries // 2, "s")
    for name, span in (("an hour", 3_600), ("a page of 100 from an instant on", 10**9)):
        until = middle + np.timedelta64(span, "s")

        def read(until: np.datetime64 = until, limit: int = 360 if span == 3_600 else 100) -> int:
            kinds = (Kind.DECIDED,)
            return sum(1 for _ in audit.entries("h3", since=middle, until=until, kinds=kinds, limit=limit))

        print(f"{read()} rows", end=", ")
        timed(f"{name} of one hedge", read, 30)
    audit.close()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    decision()
    with tempfile.TemporaryDirectory() as name:
        log_of(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, Path(name))
