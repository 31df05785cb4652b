"""A small kept hedge on the embedded sample: forty calls sold, micro futures to hedge them with."""

from gex_server.wire.chain import chain_to_proto
from gexapi.v1 import chain_pb2, hedge_pb2

from gex.sample import sample_chain

HEDGE = "desk/SPX"


def configuration() -> hedge_pb2.HedgeConfiguration:
    chain = chain_pb2.Chain()
    chain_to_proto(sample_chain().parsed, chain)
    expiry = chain.expiries[1]
    message = hedge_pb2.HedgeConfiguration(chains=[chain])
    message.book.expiries.add().CopyFrom(expiry)
    row = next(i for i, at in enumerate(chain.expiry_index) if at == 1 and chain.right[i] > 0)
    message.book.options.strike.append(chain.strike[row])
    message.book.options.expiry_index.append(0)
    message.book.options.right.append(1)
    message.book.options.contract_count.append(-40)
    message.instruments.add(
        symbol="MES", underlying="SPX", kind=hedge_pb2.INSTRUMENT_KIND_LINEAR, multiplier=5, half_spread_bps=0.5
    )
    message.policy.risk_aversion = 1e-5
    message.policy.mode = "live"
    return message
