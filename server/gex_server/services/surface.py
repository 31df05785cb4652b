"""SurfaceService: volatilities and Greeks of listed options, and the surface through them."""

from gexapi.v1 import surface_pb2

from gex_server.answers.surface import compute_surface, surface_answer, surface_settings
from gex_server.answers.vol_points import evaluate_vols, points_settings, vols_answer
from gex_server.answers.vols import encoded_vols, vols_of
from gex_server.services.calls import Call
from gex_server.services.chain import kept
from gex_server.services.runtime import Runtime
from gex_server.wire.built import refuse_unbuilt


class SurfaceService:
    """The calls of SurfaceService that are built."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def compute_vols(self, request: surface_pb2.ComputeVolsRequest, call: Call) -> bytes:
        """Volatilities of the chain in the request, or of a kept one."""
        runtime = self._runtime
        if request.WhichOneof("market") != "underlying":
            limits, timed = runtime.settings.chain_limits, runtime.metrics.timed
            return await runtime.pool.run(
                lambda: encoded_vols(request, limits=limits, checkpoint=call.deadline.check, timed=timed),
                rows=len(request.chain.strike),
                deadline=call.deadline,
            )
        refuse_unbuilt(request)
        snapshot = await kept(runtime, request.underlying, None)
        analysis = await runtime.analyses.analysis(snapshot, request.settings, "settings", call.deadline)
        spot_is_given = request.settings.HasField("spot")
        answer = await runtime.pool.run(
            lambda: vols_of(analysis, revision=snapshot.revision, spot_is_given=spot_is_given),
            rows=snapshot.parsed.row_count,
            deadline=call.deadline,
        )
        return runtime.aged(answer, surface_pb2.ComputeVolsResponse.PROVENANCE_FIELD_NUMBER, snapshot)

    async def get_surface(self, request: surface_pb2.GetSurfaceRequest, call: Call) -> bytes:
        """The surface of the chain in the request, or of a kept one."""
        runtime, check = self._runtime, call.deadline.check
        if request.WhichOneof("market") != "underlying":
            limits = runtime.settings.chain_limits
            return await runtime.pool.run(
                lambda: compute_surface(request, limits=limits, checkpoint=check).SerializeToString(),
                rows=len(request.chain.strike),
                deadline=call.deadline,
            )
        settings = surface_settings(request)
        snapshot = await kept(runtime, request.underlying, None)
        analysis = await runtime.analyses.analysis(snapshot, settings, "settings", call.deadline)
        answer = await runtime.pool.run(
            lambda: surface_answer(request, analysis, revision=snapshot.revision).SerializeToString(),
            rows=snapshot.parsed.row_count,  # error bars of 60 slices take 0.1 s: not on the event loop
            deadline=call.deadline,
        )
        return runtime.aged(answer, surface_pb2.GetSurfaceResponse.PROVENANCE_FIELD_NUMBER, snapshot)

    async def evaluate_vols(self, request: surface_pb2.EvaluateVolsRequest, call: Call) -> bytes:
        """The surface of the chain in the request, or of a kept one, at points."""
        runtime, check = self._runtime, call.deadline.check
        if request.WhichOneof("market") != "underlying":
            limits = runtime.settings.chain_limits
            return await runtime.pool.run(
                lambda: evaluate_vols(request, limits=limits, checkpoint=check).SerializeToString(),
                rows=len(request.chain.strike) + len(request.expiry_index),
                deadline=call.deadline,
            )
        settings = points_settings(request)
        snapshot = await kept(runtime, request.underlying, None)
        analysis = await runtime.analyses.analysis(snapshot, settings, "settings", call.deadline)
        answer = await runtime.pool.run(
            lambda: vols_answer(request, analysis, revision=snapshot.revision).SerializeToString(),
            rows=len(request.expiry_index),
            deadline=call.deadline,
        )
        return runtime.aged(answer, surface_pb2.EvaluateVolsResponse.PROVENANCE_FIELD_NUMBER, snapshot)
