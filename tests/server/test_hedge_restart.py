"""A server that is restarted decides what one that was not would have decided: bit for bit, with the same regimes."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from gex_server.hedges import KeptHedge
from gex_server.services.hedge_session import answered
from gex_server.services.runtime import Runtime
from gex_server.settings import Settings
from gexapi.v1 import hedge_pb2

from gex.hedging.engine.replay import replay
from gex.sample import sample_chain
from tests.server.hedge_messages import HEDGE, configuration

TICKS = 60


def request(sequence: int, hours: float) -> hedge_pb2.HedgeSessionRequest:
    found = hedge_pb2.HedgeSessionRequest(hedge=HEDGE, sequence=sequence)
    found.as_of.seconds = int(sample_chain().quotes.as_of.astype("datetime64[s]").astype(int)) + round(3600 * hours)
    return found


def history() -> list[hedge_pb2.HedgeSessionRequest]:
    """A configuration with regimes that speak soon, and two and a half days of hourly ticks that grow wilder."""
    first = request(1, 0.5)
    first.configuration.CopyFrom(configuration())
    first.configuration.rules.volatility.least_samples = 4
    first.configuration.rules.volatility.dwell_seconds = 0.0
    first.configuration.policy.evaluation_triggers.add(kind="price_move", parameters={"level": 0.01})
    random, spot, found = np.random.default_rng(5), float(sample_chain().quotes.spot or 0.0), [first]
    for i in range(TICKS):
        tick = request(2 + i, 1.0 + i)
        spot *= 1.0 + float(random.normal(0.0, 0.001 if i < 40 else 0.006))
        tick.tick.spot["SPX"] = spot
        tick.tick.quotes.add(symbol="MES", bid=spot - 0.25, ask=spot + 0.25, funding_rate=1e-5)
        tick.tick.reading.equity = 1e6 + i
        tick.tick.reading.dealer_gamma_per_percent = -1e8
        tick.tick.reading.funding_percentile = 0.9
        tick.tick.reading.confirmed_positions["MES"] = 0
        found.append(tick)
    return found


async def told(runtime: Runtime, requests: list[hedge_pb2.HedgeSessionRequest]) -> list[hedge_pb2.HedgeSessionResponse]:
    hedge, last = runtime.hedges.hedge(HEDGE, runtime.audit), dict[str, int]()
    answers = [await answered(runtime, hedge, one, None, last) for one in requests]
    assert not any(answer.HasField("failure") for answer in answers), answers[-1]
    return answers


def runtime_in(folder: Path) -> Runtime:
    folder.mkdir(exist_ok=True)
    return Runtime.of(Settings(state_folder=folder, cores=1))


def kept(runtime: Runtime) -> KeptHedge:
    return runtime.hedges.hedge(HEDGE, runtime.audit)


async def test_a_restart_changes_no_decision(tmp_path: Path) -> None:
    """The next evaluation after a restart has the hash of the one without: inputs, state, decision and chain."""
    straight = runtime_in(tmp_path / "straight")
    await told(straight, history())
    straight.audit.close()  # all is in the file; the pool opens again
    shutil.copytree(tmp_path / "straight", tmp_path / "restarted")
    asked = request(TICKS + 2, TICKS + 1.5)
    asked.evaluate.trigger = "user"
    (first,) = await told(straight, [asked])
    restarted = runtime_in(tmp_path / "restarted")
    (second,) = await told(restarted, [asked])
    assert second.decision.plan.input_hash == first.decision.plan.input_hash
    assert second.decision.hash == first.decision.hash
    assert kept(restarted).watch.evaluated_at == kept(straight).watch.evaluated_at
    state = kept(restarted).standing.state  # type: ignore[union-attr]
    assert state.realised_vol("SPX").seen == pytest.approx(3600.0 * (TICKS + 0.5 - 1.0) + 3600.0 * 0.5, rel=0.05)
    assert any(regime.is_stressed for regime in state.regimes), "the history reaches a stressed regime"
    entries = [one.entry for one in restarted.audit.entries(HEDGE)]
    assert replay(entries).is_identical
    straight.audit.close()
    restarted.audit.close()


async def test_a_restart_before_each_tick_comes_to_the_same_log(tmp_path: Path) -> None:
    """A process that lives for one message, thirty times over, writes the chain that one process writes."""
    requests = history()[:31]
    straight = runtime_in(tmp_path / "straight")
    await told(straight, requests)
    for one in requests:
        runtime = runtime_in(tmp_path / "many")
        await told(runtime, [one])
        runtime.audit.close()
    runtime = runtime_in(tmp_path / "many")
    ends = [[one.entry.hash for one in r.audit.entries(HEDGE)] for r in (straight, runtime)]
    assert len(ends[0]) == 31
    assert ends[0] == ends[1]
    straight.audit.close()
    runtime.audit.close()
