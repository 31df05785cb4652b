"""The parts of one server, put together: every service of the contract, health and reflection behind one gate."""

from dataclasses import dataclass

from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, status_pb2, surface_pb2, watch_pb2
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from gex_server.health import Health
from gex_server.listening import Listener
from gex_server.services.calls import service_handler
from gex_server.services.chain import ChainService
from gex_server.services.exposure import ExposureService
from gex_server.services.hedge import HedgeService
from gex_server.services.risk import RiskService
from gex_server.services.runtime import Runtime
from gex_server.services.status import StatusService
from gex_server.services.surface import SurfaceService
from gex_server.services.watch import WatchService
from gex_server.settings import Settings
from gex_server.tracing import Tracing


@dataclass(frozen=True, eq=False)
class Parts:
    """A server that neither listens nor serves yet."""

    runtime: Runtime
    listener: Listener
    health: Health


def assembled(settings: Settings, tracing: Tracing | None = None) -> Parts:
    """A server of these settings; an InputError where a file that they name cannot be used."""
    runtime = Runtime.of(settings, tracing)
    listener = Listener(settings, runtime.metrics)
    table, door = services(runtime), runtime.door()
    for service, implementation in table.items():
        seconds = settings.default_deadline_seconds
        handler = service_handler(service, implementation, door, default_deadline_seconds=seconds)
        listener.server.add_generic_rpc_handlers((handler,))
    names = [service.full_name for service in table]
    state = Health(names)
    health_pb2_grpc.add_HealthServicer_to_server(state.servicer, listener.server)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], listener.server)
    return Parts(runtime, listener, state)


def services(runtime: Runtime) -> dict[ServiceDescriptor, object]:
    """Every service of the contract with the object that answers its calls."""
    return {
        chain_pb2.DESCRIPTOR.services_by_name["ChainService"]: ChainService(runtime),
        surface_pb2.DESCRIPTOR.services_by_name["SurfaceService"]: SurfaceService(runtime),
        exposure_pb2.DESCRIPTOR.services_by_name["ExposureService"]: ExposureService(runtime),
        risk_pb2.DESCRIPTOR.services_by_name["RiskService"]: RiskService(runtime),
        hedge_pb2.DESCRIPTOR.services_by_name["HedgeService"]: HedgeService(runtime),
        watch_pb2.DESCRIPTOR.services_by_name["WatchService"]: WatchService(runtime),
        status_pb2.DESCRIPTOR.services_by_name["StatusService"]: StatusService(runtime),
    }
