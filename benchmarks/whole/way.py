"""What a call takes besides its kernels: a chain in the request, columns or exposures in the answer.

The server counts the time of every stage of an answer (`gex_stage_seconds`): quotes to surface, spot, sums with profile and
levels, Greeks. They lie inside the call, one after the other, so the clock of the call less the stages of *that* call is
its way: encoding, wire, decoding into columns, checks, the hop to the pool, building and encoding of the answer. It cannot
be negative. Three answers to the same chain:

- *columns*: ComputeVols, all rows with their strikes, volatilities and thirteen Greeks, 18 columns of doubles and five
  more. This is what the reference measured (a chain in, ten columns out), with more of them; its figure is held against the
  target.
- *lean*: ComputeExposure of one positioning without map and profile: sums, flips, walls, provenance.
- *whole*: ComputeExposure with nothing left out.
"""

import re
import time
import urllib.request
from typing import Any

import grpc
import numpy as np
from gexapi.v1 import exposure_pb2, surface_pb2

from benchmarks.latency import paths, requests

SIZES = (500, 5_000, 10_000)
CALLS = {"columns": 300, "lean": 150, "whole": 150}
WARM_UP = 10
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
VOLS = "/gexapi.v1.SurfaceService/ComputeVols"
STAGE_SUM = re.compile(r"^gex_stage_seconds_sum\{[^}]*\} (\S+)$", re.MULTILINE)


def stage_seconds(scrape: str) -> float:
    """Seconds of all stages since the server began, in the text of a scrape."""
    return sum(float(value) for value in STAGE_SUM.findall(scrape))


def scraped(address: str) -> float:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30.0) as answer:
        return stage_seconds(answer.read().decode())


def asked(kind: str, options: int) -> tuple[str, Any, Any]:
    """(path, request, class of the answer)."""
    chain = requests.chain(options)
    if kind == "columns":
        return VOLS, surface_pb2.ComputeVolsRequest(chain=chain), surface_pb2.ComputeVolsResponse
    settings = exposure_pb2.ExposureSettings(omit_map=kind == "lean", omit_profile=kind == "lean")
    request = exposure_pb2.ComputeExposureRequest(chain=chain, settings=settings)
    return paths.COMPUTE, request, exposure_pb2.ComputeExposureResponse


def way(address: str, metrics: str, kind: str, options: int, calls: int | None = None) -> dict[str, float]:
    """Percentiles of the way of a call and of the whole call, milliseconds, one caller."""
    path, request, answer_class = asked(kind, options)
    on_the_way, whole, answer = [], [], answer_class()
    with grpc.insecure_channel(address, options=UNLIMITED) as channel:
        call = channel.unary_unary(
            path, request_serializer=type(request).SerializeToString, response_deserializer=answer_class.FromString
        )
        before = scraped(metrics)
        for number in range(WARM_UP + (calls or CALLS[kind])):
            began = time.perf_counter()
            answer = call(request)
            took = time.perf_counter() - began
            after = scraped(metrics)
            if number >= WARM_UP:
                whole.append(1e3 * took)
                on_the_way.append(1e3 * (took - (after - before)))
            before = after
    return {
        "p50": float(np.median(on_the_way)),
        "p99": float(np.quantile(on_the_way, 0.99)),
        "least": min(on_the_way),
        "call_p50": float(np.median(whole)),
        "calls": len(whole),
        "request_bytes": request.ByteSize(),
        "answer_bytes": answer.ByteSize(),
    }


def ways(address: str, metrics: str) -> dict[str, dict[int, dict[str, float]]]:
    """{answer: {options: percentiles}}."""
    return {kind: {size: way(address, metrics, kind, size) for size in SIZES} for kind in CALLS}
