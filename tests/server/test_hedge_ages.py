"""A decision of a kept hedge says of when all it rests on is, also read again from the log."""

from pathlib import Path

import pytest
from gex_server.services.hedge import HedgeService
from gex_server.services.hedge_session import answered
from gex_server.services.runtime import Runtime
from gex_server.settings import Settings
from gex_server.wire.chain import chain_from_proto
from gexapi.v1 import chain_pb2, hedge_pb2

from gex.hedging.engine.replay import replay
from gex.sample import sample_chain
from tests.server.hedge_messages import HEDGE, configuration

START = int(sample_chain().quotes.as_of.astype("datetime64[s]").astype(int))
SPOT = float(sample_chain().quotes.spot or 0.0)


def request(sequence: int, second: int) -> hedge_pb2.HedgeSessionRequest:
    found = hedge_pb2.HedgeSessionRequest(hedge=HEDGE, sequence=sequence)
    found.as_of.seconds = START + second
    return found


def opened(second: int, **limits: float) -> hedge_pb2.HedgeSessionRequest:
    found = request(1, second)
    found.configuration.CopyFrom(configuration())
    for name, value in limits.items():
        setattr(found.configuration.policy, name, value)
    return found


def tick(sequence: int, second: int) -> hedge_pb2.HedgeSessionRequest:
    found = request(sequence, second)
    found.tick.spot["SPX"] = SPOT + second * 0.01
    return found


def quote(sequence: int, second: int) -> hedge_pb2.HedgeSessionRequest:
    found = request(sequence, second)
    found.tick.quotes.add(symbol="MES", bid=SPOT - 0.25, ask=SPOT + 0.25)
    return found


def asked(sequence: int, second: int) -> hedge_pb2.HedgeSessionRequest:
    found = request(sequence, second)
    found.evaluate.trigger = "user"
    return found


async def told(runtime: Runtime, *requests: hedge_pb2.HedgeSessionRequest) -> list[hedge_pb2.Decision]:
    """The decision that each of the messages brings, an empty one where it brings none."""
    hedge, last = runtime.hedges.hedge(HEDGE, runtime.audit), dict[str, int]()
    answers = [await answered(runtime, hedge, one, None, last) for one in requests]
    assert not any(answer.HasField("failure") for answer in answers), answers[-1]
    return [answer.decision for answer in answers]


def ages(decision: hedge_pb2.Decision) -> dict[str, float]:
    (market,) = decision.plan.markets
    return {field.name: value for field, value in market.provenance.staleness.ListFields()}


async def test_a_decision_says_how_old_each_of_its_inputs_was_at_its_instant() -> None:
    runtime = Runtime.of(Settings(cores=1))
    decisions = await told(runtime, opened(60), tick(2, 100), quote(3, 130), asked(4, 400))
    first, second, last = ages(decisions[1]), ages(decisions[2]), ages(decisions[3])
    assert first == {
        "age_seconds": 100.0,
        "quotes_age_seconds": 100.0,
        "surface_age_seconds": 100.0,
        "spot_age_seconds": 0.0,
        "open_interest_age_seconds": 100.0,
        "book_age_seconds": 40.0,
    }, "no quote of MES has come yet"
    assert (second["spot_age_seconds"], second["oldest_instrument_seconds"]) == (30.0, 0.0)
    assert [last[f"{name}_seconds"] for name in ("quotes_age", "spot_age", "book_age", "oldest_instrument")] == [
        400.0,
        300.0,
        340.0,
        270.0,
    ]
    (market,) = decisions[3].plan.markets
    assert (market.underlying, market.spot, market.revision) == ("SPX", SPOT + 1.0, 0)
    assert (market.provenance.as_of.seconds, market.provenance.spot_as_of.seconds) == (START, START + 100)
    runtime.audit.close()


async def test_a_kept_chain_has_the_ages_of_its_parts_and_its_revision() -> None:
    runtime = Runtime.of(Settings(cores=1))
    chain = chain_pb2.Chain()
    first = opened(60)
    chain.CopyFrom(first.configuration.chains[0])
    del first.configuration.chains[:]
    runtime.store.publish(chain_from_proto(chain, "chain"), published_at=runtime.now())
    (_, kept) = await told(runtime, first, asked(2, 90))
    assert (ages(kept)["spot_age_seconds"], kept.plan.revision, kept.plan.markets[0].revision) == (90.0, 1, 1)
    chain.as_of.seconds += 120
    runtime.store.publish(chain_from_proto(chain, "chain"), published_at=runtime.now())
    (_, moved) = await told(runtime, tick(3, 110), asked(4, 150))
    assert ages(moved)["quotes_age_seconds"] == 30.0
    assert ages(moved)["spot_age_seconds"] == 40.0, "the tick came after the newer chain was kept"
    assert moved.plan.revision == 2
    runtime.audit.close()


async def test_the_log_and_a_server_that_was_restarted_say_the_same_ages(tmp_path: Path) -> None:
    runtime = Runtime.of(Settings(state_folder=tmp_path, cores=1))
    decisions = await told(runtime, opened(60), tick(2, 100), asked(3, 130))
    runtime.audit.close()
    again = Runtime.of(Settings(state_folder=tmp_path, cores=1))
    (resent, later) = await told(again, asked(3, 130), asked(4, 200))
    assert resent.plan.markets == decisions[2].plan.markets
    assert [ages(later)[f"{name}_age_seconds"] for name in ("quotes", "spot", "book")] == [200.0, 100.0, 140.0]
    listed = await HedgeService(again).list_decisions(hedge_pb2.ListDecisionsRequest(hedge=HEDGE), None)  # type: ignore[arg-type]
    assert [one.plan.markets for one in listed.decisions] == [one.plan.markets for one in (*decisions[1:], later)]
    assert replay(one.entry for one in again.audit.entries(HEDGE)).is_identical
    again.audit.close()


@pytest.mark.parametrize(("second", "holds"), [(160, False), (161, True)])
async def test_a_spot_older_than_allowed_holds_whoever_asks(second: int, holds: bool) -> None:
    """An evaluation is no news of the market: the age that counts is that of the last tick."""
    runtime = Runtime.of(Settings(cores=1))
    first = opened(60, age_limit_seconds=60.0)
    (*_, decision) = await told(runtime, first, tick(2, 100), asked(3, second))
    assert (decision.plan.action == "hold", "stale_chain" in decision.plan.reasons) == (holds, holds)
    assert ages(decision)["spot_age_seconds"] == second - 100
    runtime.audit.close()
