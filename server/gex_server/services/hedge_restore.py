"""What a hedge knew of its market when it last decided, read back from its log after a restart.

Rules, positions, ledger, regimes, breaker and realised volatility are the engine's state and stand in the log as such.
Here is the rest: quotes, readings, spots, and from where price moves and clocks are measured. Forgotten is what a tick said
that asked for no decision, and what RSI, value area and depth have gathered: until they have gathered again they ask for
nothing.
"""

from dataclasses import replace

from gexapi.v1 import hedge_pb2

from gex.hedging.engine.codec import value_of
from gex.hedging.engine.evaluation import Watch, evaluated
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.journal import Kind
from gex.hedging.instruments import HedgeInstrument
from gex_server.hedges import KeptHedge
from gex_server.wire.book import books_from_proto
from gex_server.wire.hedge import instrument_from_proto

_MARKET = (
    "price",
    "bid",
    "ask",
    "quoted_at",
    "depth",
    "funding_rate",
    "expected_funding_rate",
    "wallet",
    "maintenance_margin",
    "entry_price",
)


def restore_instruments(hedge: KeptHedge) -> None:
    """The terms that the last configuration named, with the quotes of the last decision where it came later."""
    if hedge.instruments or hedge.standing is None or hedge.configuration is None:
        return
    opened = hedge.audit.last(hedge.name, (Kind.OPENED, Kind.CONFIGURED))
    hedge.book_as_of = None if opened is None else opened.entry.as_of
    first = books_from_proto(hedge.configuration.book)[0].underlying
    last = hedge.audit.last(hedge.name, (Kind.OPENED, Kind.CONFIGURED, Kind.DECIDED))
    quoted: dict[str, HedgeInstrument] = {}
    if last is not None and last.entry.kind is Kind.DECIDED:
        inputs = value_of(EngineInputs, last.entry.event)
        quoted = {one.symbol: one for book in inputs.books for one in book.instruments}
    hedge.instruments = {}
    for message in hedge.configuration.instruments:
        terms = instrument_from_proto(message, "instruments")
        seen = quoted.get(terms.symbol)
        if seen is not None:
            terms = replace(terms, **{name: getattr(seen, name) for name in _MARKET})
        hedge.instruments[terms.symbol] = (message.underlying or first, terms)


def restore_market(hedge: KeptHedge) -> None:
    """Readings, spots and the watch of the last decision; once, when a hedge of the log meets its market again."""
    if hedge.is_restored or hedge.standing is None:
        return
    hedge.is_restored = True
    last = hedge.audit.last(hedge.name, (Kind.DECIDED,))
    if last is None:
        return
    inputs = value_of(EngineInputs, last.entry.event)
    if not inputs.books:
        return
    reading_of(inputs, hedge.config.policy.equity_coin, hedge.reading)
    hedge.watch = evaluated(Watch(), inputs)
    for book in inputs.books:
        kept = hedge.followed.get(book.underlying)
        if kept is not None and kept.risk.as_of <= inputs.as_of:  # the tick was newer than the chain
            hedge.spots[book.underlying] = book.spot
            if book.instants is not None and book.instants.spot is not None:
                hedge.spots_as_of[book.underlying] = book.instants.spot


def reading_of(inputs: EngineInputs, own_equity_coin: float, target: hedge_pb2.MarketReading) -> None:
    """Write the readings that made `inputs`; volume and imbalance are of one tick alone and are gone."""
    first = inputs.books[0]
    values = {
        "equity": inputs.equity,
        "coin_equity": inputs.equity_coin if inputs.equity_coin != own_equity_coin else None,
        "book_value": first.value,
        "realised_volatility_short": first.realised_vol_short,
        "realised_volatility_long": first.realised_vol_long,
    }
    if inputs.dealer is not None:
        values |= {
            "dealer_gamma_per_percent": inputs.dealer.gamma_usd_per_percent,
            "dealer_gamma_flip": inputs.dealer.flip,
            "depth": inputs.dealer.depth,
        }
    if inputs.cascade is not None:
        for name in ("open_interest", "depth", "funding_percentile", "leverage"):
            values[name] = getattr(inputs.cascade, name)
    for name, value in values.items():
        if value is not None:
            setattr(target, name, value)
    for row in inputs.correlations:
        target.correlations.add(hedged=row.hedged, hedge=row.hedge, value=row.value, observation_count=row.count)
    for symbol, contracts in inputs.confirmed or ():
        target.confirmed_positions[symbol] = contracts
