"""What the handlers of one server process share."""

import time
from dataclasses import dataclass, field

import numpy as np

from gex_server.admission import Admission
from gex_server.analyses import Analyses
from gex_server.computing import KernelPool
from gex_server.limits import Limits
from gex_server.metrics import Metrics
from gex_server.passage import Door
from gex_server.sequences import Clients
from gex_server.settings import Settings
from gex_server.store import MarketStore
from gex_server.tracing import Tracing


@dataclass(frozen=True, eq=False, kw_only=True)
class Runtime:
    """Settings, the kept chains, what was computed of them, and where to compute."""

    settings: Settings
    store: MarketStore
    pool: KernelPool
    analyses: Analyses
    limits: Limits
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)
    started_at: float = field(default_factory=time.time)  # seconds since 1970
    admission: Admission = field(default_factory=Admission)
    clients: Clients = field(default_factory=Clients)

    @classmethod
    def of(cls, settings: Settings, tracing: Tracing | None = None) -> "Runtime":
        """A runtime with nothing kept."""
        pool = KernelPool(
            cores=settings.cores,
            waiting_limit=settings.waiting_limit,
            inline_rows=settings.inline_rows,
            longest_wait=settings.longest_wait_seconds,
        )
        return cls(
            settings=settings,
            store=MarketStore(limit=settings.max_underlyings),
            pool=pool,
            analyses=Analyses(pool, size=settings.cached_answers),
            limits=Limits(settings),
            tracing=tracing or Tracing(),
        )

    def door(self) -> Door:
        """What every call passes."""
        return Door(
            self.admission,
            self.limits,
            self.metrics,
            self.tracing,
            refuse_if_late=self.pool.refuse_if_late,
            log_calls=self.settings.log_calls,
        )

    async def write_down(self) -> None:
        """Return once all that is kept has been written where a successor reads it."""

    def now(self) -> np.datetime64:
        """The server's clock, datetime64[ns] UTC."""
        return np.datetime64(time.time_ns(), "ns")
