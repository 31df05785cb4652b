"""From the chain of a request to an analysis of it."""

import dataclasses
from collections.abc import Callable

from gexapi.v1 import chain_pb2, common_pb2

from gex.pipeline import Analysis, analyse
from gex.quotes import Cleaned
from gex_server.wire.chain import ChainLimits, chain_from_proto
from gex_server.wire.settings import chain_settings_from_proto

Checkpoint = Callable[[], None]
"""Called before every long step; raises where the caller's time is over."""


def no_checkpoint() -> None:
    """For callers without a deadline."""


def analysis_of_message(
    message: chain_pb2.Chain,
    settings: common_pb2.AnalysisSettings,
    path: str,
    limits: ChainLimits | None,
    *,
    chain_path: str = "chain",
) -> Analysis:
    """The analysis of a chain that came with a request; the paths name settings and chain in errors."""
    return analysis_of_chain(chain_from_proto(message, chain_path, limits), settings, path)


def analysis_of_chain(chain: Cleaned, settings: common_pb2.AnalysisSettings, path: str) -> Analysis:
    """The analysis of a chain as its reader returned it. `path` names the settings in errors."""
    chosen = chain_settings_from_proto(settings, path)
    if settings.HasField("spot"):
        chain = dataclasses.replace(chain, quotes=dataclasses.replace(chain.quotes, spot=settings.spot))
    return analyse(chain, chosen)
