"""A kept chain that changes bit by bit answers as the same chain sent whole: nothing of two instants is mixed."""

import asyncio
import random

import numpy as np
import pytest
from gex_server.analyses import Analyses
from gex_server.answers.exposure import compute_exposure
from gex_server.answers.market import analysis_of_message
from gex_server.computing import KernelPool
from gex_server.store import published_after
from gex_server.wire.chain import chain_from_proto, chain_to_proto
from gex_server.wire.updates import changed
from gexapi.v1 import (
    chain_pb2,
    common_pb2,
    exposure_pb2,
    hedge_pb2,
    hedge_pb2_grpc,
    risk_pb2,
    risk_pb2_grpc,
    surface_pb2,
    surface_pb2_grpc,
)

from gex.io.detect import read_chain
from gex.quoted_market import QuotedMarket
from tests.server.asking import as_sent
from tests.server.requests import book_message, chain_message, hedge_message
from tests.server.test_updates import SECONDS, begin, lines, stream, update

SETTINGS = exposure_pb2.ExposureSettings()
PLAIN = common_pb2.AnalysisSettings()


def kept_after(message, steps, seed):
    """Snapshots of a chain after each of so many random updates: ticks, quotes of some lines, open interest of some."""
    draw = random.Random(seed)
    snapshot = published_after(None, chain_from_proto(message), np.datetime64("2030-01-01T00:00:00", "ns"))
    yield snapshot
    for step in range(1, steps + 1):
        kind = draw.choice(["spot", "spot", "quotes", "open_interest"])
        rows = draw.sample(range(len(message.strike)), draw.choice([1, 20, len(message.strike) // 2]))
        table = lines(message, rows)
        if kind == "spot":
            what = {"spot": {"spot": snapshot.parsed.quotes.spot * (1.0 + draw.uniform(-0.004, 0.004))}}
        elif kind == "quotes":
            quotes = snapshot.parsed.quotes
            bid, ask = (np.array([getattr(message, name)[row] for row in rows]) for name in ("bid", "ask"))
            ratio = quotes.spot / message.spot  # as dear as the world has become
            what = {"quotes": table | {"bid": bid * ratio, "ask": ask * ratio}}
        else:
            what = {"open_interest": table | {"open_interest": [float(draw.randrange(5_000)) for _ in rows]}}
        found = changed(snapshot, update(message, step, later=step, **what), snapshot.published_at).snapshot
        assert found is not None
        snapshot = found
        yield snapshot


def whole(snapshot):
    """The chain of a snapshot as GetChain sends it."""
    chain = chain_pb2.Chain()
    chain_to_proto(snapshot.parsed, chain, spot_as_of=snapshot.spot_as_of, quote_spot=snapshot.quote_spot)
    return chain


def assert_incremental_is_whole(message, steps, seed):
    pool = KernelPool(cores=1, waiting_limit=8, inline_rows=1 << 30)
    analyses = Analyses(pool, size=16)

    async def ask():
        for snapshot in kept_after(message, steps, seed):
            raw = await analyses.exposure(snapshot, SETTINGS)
            sent = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=whole(snapshot), settings=SETTINGS))
            assert as_sent(exposure_pb2.GetExposureResponse.FromString(raw)) == as_sent(sent)
        return snapshot

    try:
        return asyncio.run(ask())
    finally:
        pool.close()


@pytest.mark.parametrize("kind", ["index", "crypto"])
@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_updates_the_answer_is_that_of_the_whole_chain_sent_at_once(kind, seed):
    assert_incremental_is_whole(chain_message(kind=kind), 12, seed)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["cboe_csv/spx_20220205.csv.gz", "cboe_csv/spx_20221212.csv.gz"])
def test_on_real_chains_too(real_data, name):
    message = chain_pb2.Chain()
    chain_to_proto(read_chain(real_data / name), message)
    assert_incremental_is_whole(message, 4, 3)


def test_a_tick_or_new_open_interest_fits_nothing(monkeypatch):
    fits = []
    real = QuotedMarket.of

    def of(*args, **named):
        fits.append(args)
        return real(*args, **named)

    monkeypatch.setattr(QuotedMarket, "of", of)
    message = chain_message()
    pool = KernelPool(cores=1, waiting_limit=8, inline_rows=1 << 30)
    analyses = Analyses(pool, size=16)
    at = np.datetime64("2030-01-01T00:00:00", "ns")

    async def ask():
        snapshot = published_after(None, chain_from_proto(message), at)
        await analyses.analysis(snapshot, PLAIN, "settings")
        first = len(fits)
        table = lines(message, [5, 6])
        for step, what in enumerate(
            (
                {"spot": {"spot": message.spot * 1.001}},
                {"open_interest": table | {"open_interest": [1.0, 2.0]}},
                {"spot": {"spot": message.spot * 1.002}},
                {"trades": table | {"contract_count": [1.0, 1.0], "customer_side": [1, 1]}},
            ),
            1,
        ):
            snapshot = changed(snapshot, update(message, step, later=step, **what), at).snapshot
            await analyses.analysis(snapshot, PLAIN, "settings")
        assert (first, len(fits)) == (1, 1)
        quoted = {"quotes": table | {"bid": [1.0, 1.0], "ask": [2.0, 2.0]}}
        snapshot = changed(snapshot, update(message, 9, later=9, **quoted), at).snapshot
        await analyses.analysis(snapshot, PLAIN, "settings")
        assert len(fits) == 2

    try:
        asyncio.run(ask())
    finally:
        pool.close()


def test_one_quote_after_a_tick_does_not_take_the_forwards_back():
    message = chain_message()
    at = np.datetime64("2030-01-01T00:00:00", "ns")
    snapshot = published_after(None, chain_from_proto(message), at)
    before = analysis_of_message(whole(snapshot), PLAIN, "settings", None).forwards.forward
    snapshot = changed(snapshot, update(message, 1, spot={"spot": 1.01 * message.spot}), at).snapshot
    row = next(i for i in range(200, 400) if message.bid[i] > 0.0)
    quoted = {"quotes": lines(message, [row]) | {"bid": [message.bid[row]], "ask": [message.ask[row]]}}
    snapshot = changed(snapshot, update(message, 2, later=2, **quoted), at).snapshot
    after = analysis_of_message(whole(snapshot), PLAIN, "settings", None).forwards.forward
    ratio = (after / before)[np.isfinite(before)]
    assert ratio.min() > 1.009
    assert ratio.max() < 1.0101


def test_an_answer_says_when_its_spot_is_of_and_how_far_its_quotes_are_apart(chains, exposures):
    chain = begin(chains, "TWO INSTANTS")
    row = next(i for i in range(200, 400) if chain.bid[i] > 0.0)
    quoted = lines(chain, [row]) | {"bid": [chain.bid[row]], "ask": [chain.ask[row]]}
    ask = exposure_pb2.GetExposureRequest(underlying="TWO INSTANTS")
    stream(chains, update(chain, 1, spot={"spot": 1.002 * chain.spot}))
    ticked = exposures.GetExposure(ask, timeout=SECONDS)
    assert ticked.spot == pytest.approx(1.002 * chain.spot, rel=1e-15)
    assert ticked.provenance.spot_as_of.seconds == chain.as_of.seconds + 1
    assert ticked.provenance.as_of.seconds == chain.as_of.seconds
    assert [warning.reason for warning in ticked.provenance.warnings] == []
    stream(chains, update(chain, 2, later=2, quotes=quoted))
    mixed = exposures.GetExposure(ask, timeout=SECONDS)
    (warning,) = mixed.provenance.warnings
    assert warning.reason == "quotes_of_several_spots"
    assert "0.2 %" in warning.message
    stream(chains, update(chain, 3, later=2_000, spot={"spot": 1.003 * chain.spot}))
    late = exposures.GetExposure(ask, timeout=SECONDS).provenance.staleness
    assert (late.is_stale, "quotes" in late.reasons) == (True, True)


def test_every_call_on_a_ticked_chain_answers_as_on_the_same_chain_sent_along(channel, chains):
    chain = begin(chains, "ALL CALLS")
    rows = [i for i in range(100, 300) if chain.bid[i] > 0.0][:40]
    quoted = lines(chain, rows) | {name: [getattr(chain, name)[row] for row in rows] for name in ("bid", "ask")}
    stream(
        chains,
        update(chain, 1, spot={"spot": 1.004 * chain.spot}),
        update(chain, 2, later=2, quotes=quoted),
        update(chain, 3, later=3, spot={"spot": 0.998 * chain.spot}),
    )
    now = chains.GetChain(chain_pb2.GetChainRequest(underlying="ALL CALLS"), timeout=SECONDS).chain
    assert len(now.quote_spot) == len(chain.strike)
    surfaces = surface_pb2_grpc.SurfaceServiceStub(channel)
    for call, request in (
        (surfaces.ComputeVols, surface_pb2.ComputeVolsRequest),
        (surfaces.GetSurface, surface_pb2.GetSurfaceRequest),
    ):
        kept, sent = (
            call(request(**which), timeout=SECONDS) for which in ({"underlying": "ALL CALLS"}, {"chain": now})
        )
        assert as_sent(kept) == as_sent(sent)
    book = book_message(chain)
    risks = risk_pb2_grpc.RiskServiceStub(channel)
    kept = risks.ComputeRisk(risk_pb2.ComputeRiskRequest(book=book), timeout=SECONDS)
    sent = risks.ComputeRisk(risk_pb2.ComputeRiskRequest(book=book, chains=[now]), timeout=SECONDS)
    assert list(kept.totals) == list(sent.totals)
    assert kept.totals[0].delta != 0.0
    watch = risks.WatchRisk(risk_pb2.WatchRiskRequest(book=book), timeout=SECONDS)
    assert list(next(watch).risk.totals) == list(sent.totals)
    watch.cancel()
    hedges = hedge_pb2_grpc.HedgeServiceStub(channel)
    plans = []
    for chain_sent in (False, True):
        request = hedge_message(chain, send=False)
        if chain_sent:
            request.chains.add().CopyFrom(now)
        plans.append(hedges.PlanHedge(request, timeout=SECONDS))
    assert len(plans[0].orders) > 0
    assert list(plans[0].orders) == list(plans[1].orders)


def decided(channel, name, chain, chains):
    """The decision of a hedge of the nearest calls, on the kept chain where none is sent along."""
    configuration = hedge_pb2.HedgeConfiguration(chains=chains, book=book_message(chain))
    configuration.instruments.add(
        symbol="MES",
        underlying=chain.underlying,
        kind=hedge_pb2.INSTRUMENT_KIND_LINEAR,
        multiplier=5,
        half_spread_bps=0.5,
    )
    configuration.policy.risk_aversion, configuration.policy.mode = 1e-5, "live"
    requests = [
        hedge_pb2.HedgeSessionRequest(hedge=name, sequence=1, configuration=configuration),
        hedge_pb2.HedgeSessionRequest(hedge=name, sequence=2, evaluate={"trigger": "user"}),
    ]
    for request in requests:
        request.as_of.seconds = chain.as_of.seconds + 60
    answers = list(hedge_pb2_grpc.HedgeServiceStub(channel).HedgeSession(iter(requests), timeout=SECONDS))
    assert [answer.WhichOneof("event") for answer in answers] == ["acknowledgement", "decision"], answers
    return answers[1].decision.plan


def test_a_kept_hedge_decides_on_a_ticked_chain_as_on_the_same_chain_sent_along(channel, chains):
    chain = begin(chains, "HEDGED TICKS")
    before = decided(channel, "ticks/before", chain, [])
    stream(chains, update(chain, 1, spot={"spot": 1.006 * chain.spot}))
    now = chains.GetChain(chain_pb2.GetChainRequest(underlying="HEDGED TICKS"), timeout=SECONDS).chain
    kept, sent = decided(channel, "ticks/kept", chain, []), decided(channel, "ticks/sent", chain, [now])
    assert len(kept.orders) > 0
    assert [order.contracts for order in kept.orders] == [order.contracts for order in sent.orders]
    assert kept.residual_delta == sent.residual_delta
    assert [order.contracts for order in kept.orders] != [order.contracts for order in before.orders]
