"""From the chain of a request, or a kept one, to an analysis of it at its spot."""

import dataclasses
from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2

from gex.columns import Floats
from gex.pipeline import Analysis
from gex.quoted_market import QuotedMarket
from gex.quotes import Cleaned
from gex_server.wire.chain import ChainLimits, chain_from_proto, quote_spot_from_proto, spot_as_of_from_proto
from gex_server.wire.settings import chain_settings_from_proto

T = TypeVar("T")
Checkpoint = Callable[[], None]
"""Called before every long step; raises where the caller's time is over."""


def no_checkpoint() -> None:
    """For callers without a deadline."""


class Timed(Protocol):
    """Counts the time of a stage of an answer, as `Metrics.timed`: what is left of a call's time is its way."""

    def __call__(self, stage: str, work: Callable[[], T], /) -> Callable[[], T]:
        """The same work, timed."""


def untimed(_stage: str, work: Callable[[], T]) -> Callable[[], T]:
    """For callers without metrics."""
    return work


def analysis_of_message(
    message: chain_pb2.Chain,
    settings: common_pb2.AnalysisSettings,
    path: str,
    limits: ChainLimits | None,
    *,
    chain_path: str = "chain",
    timed: Timed = untimed,
) -> Analysis:
    """The analysis of a chain that came with a request; the paths name settings and chain in errors."""
    chain = chain_from_proto(message, chain_path, limits)
    spot_as_of = spot_as_of_from_proto(message, chain_path)
    quote_spot = quote_spot_from_proto(message, chain_path)
    market = timed("fit", lambda: fitted_market(chain, quote_spot, settings, path))()
    return timed("spot", lambda: analysis_at(market, chain, settings, quote_spot=quote_spot, spot_as_of=spot_as_of))()


def fitted_market(
    chain: Cleaned, quote_spot: Floats | None, settings: common_pb2.AnalysisSettings, path: str
) -> QuotedMarket:
    """What is fitted to the quotes of a chain as its reader returned it. `path` names the settings in errors."""
    chosen = chain_settings_from_proto(settings, path)
    if settings.HasField("spot") and quote_spot is None:  # then it is the spot of the quotes
        chain = dataclasses.replace(chain, quotes=dataclasses.replace(chain.quotes, spot=settings.spot))
    return QuotedMarket.of(chain, chosen, quote_spot=quote_spot)


def analysis_at(
    market: QuotedMarket,
    chain: Cleaned,
    settings: common_pb2.AnalysisSettings,
    *,
    quote_spot: Floats | None,
    spot_as_of: np.datetime64 | None,
) -> Analysis:
    """The market of these quotes at the spot of the settings, else that of the chain: nothing is fitted."""
    is_given = settings.HasField("spot")
    spot = settings.spot if is_given else chain.quotes.spot
    analysis = market.analysis if quote_spot is None or spot is None else market.at(spot)
    return analysis if is_given or spot_as_of is None else dataclasses.replace(analysis, spot_as_of=spot_as_of)
