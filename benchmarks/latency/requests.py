"""What the load generators ask: whole chains and ticks of the embedded sample, encoded once."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from gex_server.wire.chain import chain_to_proto
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2

from gex.sample import sample_chain

SMALL = 400  # options of a chain whose analysis is short, so that the way to the watcher counts
WHOLE = 20_000


@lru_cache(maxsize=8)
def chain(options: int, underlying: str = "SPX") -> chain_pb2.Chain:
    """A sample chain of so many options as a message; never changed by who gets it."""
    message = chain_pb2.Chain()
    chain_to_proto(sample_chain(option_count=options).parsed, message)
    message.underlying = underlying
    for expiry in message.expiries:
        expiry.underlying = underlying
    return message


def compute_request(options: int) -> bytes:
    """ComputeExposure of a whole chain with nothing left out of the answer."""
    return exposure_pb2.ComputeExposureRequest(chain=chain(options)).SerializeToString()


def publish_request(options: int, underlying: str = "SPX") -> chain_pb2.PublishChainRequest:
    """Keep a sample chain under a name."""
    return chain_pb2.PublishChainRequest(chain=chain(options, underlying))


def sums_only(underlying: str = "SPX", **watch: object) -> exposure_pb2.WatchExposureRequest:
    """Watch sums, flips and walls of a kept chain, without map and profile."""
    settings = exposure_pb2.ExposureSettings(omit_map=True, omit_profile=True)
    return exposure_pb2.WatchExposureRequest(watches=[{"underlying": underlying, "settings": settings}], **watch)


def ticks(client: str, underlying: str = "SPX", seed: int = 7) -> Iterator[bytes]:
    """Spot ticks of a StreamUpdates without end: a random walk of a basis point a step, a second of market time each."""
    kept = chain(SMALL, underlying)
    random, spot = np.random.default_rng(seed), kept.spot
    message = chain_pb2.StreamUpdatesRequest(client_id=client, underlying=underlying, as_of=kept.as_of)
    while True:
        message.sequence += 1
        message.as_of.nanos = (message.as_of.nanos + 1_000_000) % 1_000_000_000
        message.as_of.seconds += message.as_of.nanos == 0
        message.spot.spot = spot * (1.0 + 1e-4 * random.uniform(-1.0, 1.0))
        yield message.SerializeToString()


def hedge_messages(hedge: str, seed: int = 7) -> Iterator[hedge_pb2.HedgeSessionRequest]:
    """The configuration of a hedge of short calls by a small future, and then spot ticks that each force a decision."""
    sent, random = chain(SMALL), np.random.default_rng(seed)
    configuration = hedge_pb2.HedgeConfiguration(chains=[sent])
    configuration.book.expiries.add().CopyFrom(sent.expiries[1])
    rows = [i for i, at in enumerate(sent.expiry_index) if at == 1 and sent.right[i] == common_pb2.RIGHT_CALL]
    for row in rows:
        configuration.book.options.strike.append(sent.strike[row])
        configuration.book.options.expiry_index.append(0)
        configuration.book.options.right.append(common_pb2.RIGHT_CALL)
        configuration.book.options.contract_count.append(-40)
    configuration.instruments.add(
        symbol="MES", underlying="SPX", kind=hedge_pb2.INSTRUMENT_KIND_LINEAR, multiplier=5, half_spread_bps=0.5
    )
    configuration.policy.risk_aversion = 1e-5
    configuration.policy.mode = "live"
    sequence = 0
    while True:
        sequence += 1
        request = hedge_pb2.HedgeSessionRequest(hedge=hedge, sequence=sequence)
        request.as_of.seconds = sent.as_of.seconds + 60 + sequence
        if sequence == 1:
            request.configuration.CopyFrom(configuration)
        else:
            request.tick.spot["SPX"] = sent.spot * (1.0 + 0.002 * random.uniform(-1.0, 1.0))
        yield request
