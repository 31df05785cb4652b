"""Ask for an answer: of the functions that a server answers with, or of a server. The request is the same message."""

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

from google.protobuf.message import Message

M = TypeVar("M", bound=Message)

SERVER_TIMEOUT = 60.0  # seconds

# Where the answer of a call is computed, imported when it is asked for: gex_server brings numba along.
ANSWERS = {
    "ComputeExposure": ("gex_server.answers.exposure", "compute_exposure"),
    "ComputeVols": ("gex_server.answers.vols", "compute_vols"),
    "ComputeRisk": ("gex_server.answers.risk", "compute_risk"),
    "ComputeScenarios": ("gex_server.answers.scenarios", "compute_scenarios"),
    "GetSurface": ("gex_server.answers.surface", "compute_surface"),
    "PlanHedge": ("gex_server.answers.hedge", "plan_hedge"),
}


def ask(method: str, request: Message, kind: type[M], server: str | None) -> M:
    """The response to `request`, computed in this process or by the server at that address."""
    if server is None:
        module, name = ANSWERS[method]
        answer: Callable[[Message], Message] = getattr(import_module(module), name)
        response = answer(request)
    else:
        from gex_cli.connecting import connect

        with connect(server, timeout=SERVER_TIMEOUT) as client:
            response = client.call(method, request)
    if not isinstance(response, kind):
        raise TypeError(f"{method}: expected a {kind.__name__}, got {type(response).__name__}")
    return response
