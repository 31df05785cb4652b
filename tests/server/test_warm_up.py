"""A server that serves has compiled what requests need: the first of a kind is not late, and holds nobody up."""

import sys
from collections.abc import Iterator

from gex_server.answers.surface import compute_surface
from gex_server.answers.vols import compute_vols
from gex_server.health import warm_up
from gexapi.v1 import surface_pb2

from tests.server.requests import chain_message


def signatures() -> Iterator[tuple[str, str]]:
    """Kernel and types of everything that is compiled."""
    for name, module in list(sys.modules.items()):
        if name.startswith("gex.kernels."):
            for function in vars(module).values():
                for types in getattr(function, "signatures", ()):
                    yield f"{function.__module__}.{function.__name__}", str(types)


def test_a_server_that_is_told_to_stop_ends_no_warm_up() -> None:
    """Compiling everything takes minutes on a busy machine, and a supervisor kills after less."""
    asked = iter([True, True, True])
    assert warm_up(lambda: next(asked, False)) == 3
    assert warm_up(lambda: False) == 0
    assert warm_up() > 50


def test_the_first_surface_and_the_first_volatilities_compile_nothing() -> None:
    warm_up()
    before = set(signatures())
    assert before
    for kind in ("index", "crypto"):
        chain = chain_message(kind=kind, options=300, seed=3)
        compute_surface(surface_pb2.GetSurfaceRequest(chain=chain))
        compute_vols(surface_pb2.ComputeVolsRequest(chain=chain))
    assert set(signatures()) == before
