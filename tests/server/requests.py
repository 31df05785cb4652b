"""Requests that a server can be asked in tests."""

from gex_server.wire.chain import chain_to_proto
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2, risk_pb2

from gex.sample import sample_chain


def chain_message(*, underlying: str | None = None, kind: str = "index", options: int = 400, seed: int = 7):
    """A sample chain as a message; `underlying` renames it, so that tests do not meet in one server."""
    message = chain_pb2.Chain()
    chain_to_proto(sample_chain(kind=kind, option_count=options, seed=seed).parsed, message)
    if underlying is not None:
        message.underlying = underlying
        for expiry in message.expiries:
            expiry.underlying = underlying
    return message


def all_positionings():
    return exposure_pb2.ExposureSettings(
        positionings=[
            {"model": "oi_calls_long_puts_short"},
            {"model": "oi_calls_short_puts_long"},
            {"model": "oi_customers_long_all", "label": "everyone_long"},
        ]
    )


def book_message(chain: chain_pb2.Chain, *, contracts: float = -10.0):
    """A book of the four calls nearest to the money of the chain's middle expiry."""
    middle = len(chain.expiries) // 2
    rows = [
        i for i, index in enumerate(chain.expiry_index) if index == middle and chain.right[i] == common_pb2.RIGHT_CALL
    ]
    rows.sort(key=lambda i: abs(chain.strike[i] - chain.spot))
    book = risk_pb2.Book(name="test")
    terms = chain.expiries[middle]
    book.expiries.add(root=terms.root, underlying=chain.underlying, expiry=terms.expiry)
    for row in rows[:4]:
        book.options.expiry_index.append(0)
        book.options.strike.append(chain.strike[row])
        book.options.right.append(chain.right[row])
        book.options.contract_count.append(contracts)
    return book


def hedge_message(chain: chain_pb2.Chain, *, send: bool = True):
    """A hedge of that book with a large and a small future on the index."""
    request = hedge_pb2.PlanHedgeRequest(book=book_message(chain), chains=[chain] if send else [])
    for symbol, multiplier in (("ES", 50.0), ("MES", 5.0)):
        instrument = request.instruments.add(
            symbol=symbol,
            underlying=chain.underlying,
            kind=hedge_pb2.INSTRUMENT_KIND_INDEX,
            multiplier=multiplier,
            fee_per_contract=1.2,
            half_spread_bps=0.3,
        )
        instrument.settlement.CopyFrom(chain.expiries[-1].settlement)
    return request
