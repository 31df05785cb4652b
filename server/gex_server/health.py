"""Whether the server answers: grpc.health.v1, SERVING only once every kernel is warm, NOT_SERVING while it drains."""

from collections.abc import Callable, Iterable

from gexapi.v1 import chain_pb2, exposure_pb2, surface_pb2
from grpc_health.v1 import health, health_pb2

from gex.kernels.compiling import warm
from gex.sample import sample_chain
from gex_server.answers.chain import chain_answer, published
from gex_server.answers.exposure import compute_exposure
from gex_server.answers.surface import compute_surface
from gex_server.answers.vols import compute_vols
from gex_server.wire.chain import chain_to_proto

WARM_UP_OPTIONS = 400


class Health:
    """The health of the server as a whole ("") and of each of its services by name."""

    def __init__(self, services: Iterable[str]) -> None:
        self.servicer = health.aio.HealthServicer()
        self._names = ("", *services)

    async def set(self, *, is_serving: bool) -> None:
        """Tell everyone who asks or watches."""
        status = health_pb2.HealthCheckResponse.SERVING if is_serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            await self.servicer.set(name, status)


def warm_up(is_wanted: Callable[[], bool] = lambda: True) -> int:
    """Compile every declared kernel, then answer each call once as a request would; returns the number of kernels.

    It ends early where `is_wanted` no longer says so.
    """
    count = warm(is_wanted)
    for kind in ("index", "crypto"):
        if not is_wanted():
            break
        chain = sample_chain(kind=kind, option_count=WARM_UP_OPTIONS).parsed
        message = chain_pb2.Chain()
        chain_to_proto(chain, message)
        parsed, cleaned = published(chain_pb2.PublishChainRequest(chain=message))
        chain_answer(parsed, cleaned, 1).SerializeToString()
        compute_exposure(exposure_pb2.ComputeExposureRequest(chain=message)).SerializeToString()
        moved = exposure_pb2.ComputeExposureRequest(chain=message)
        moved.chain.expiry_spot.extend([message.spot] * len(message.expiries))  # and what only a later spot needs
        moved.chain.spot *= 1.001
        compute_exposure(moved).SerializeToString()
        compute_vols(surface_pb2.ComputeVolsRequest(chain=message)).SerializeToString()
        compute_surface(surface_pb2.GetSurfaceRequest(chain=message)).SerializeToString()
    return count
