"""Watching kept chains over a stream: the newest exposure, whatever the reader's pace."""

import grpc
import pytest
from gexapi.v1 import exposure_pb2

from tests.server.asking import SECONDS, ageless, failure, publish
from tests.server.requests import chain_message


def watch(exposures, *names, **options):
    watches = [{"watch_id": name, "underlying": name} for name in names]
    return exposures.WatchExposure(exposure_pb2.WatchExposureRequest(watches=watches, **options), timeout=SECONDS)


def next_exposure(stream):
    return next(message for message in stream if message.WhichOneof("event") == "exposure")


def test_a_watch_delivers_what_is_kept_and_every_publish_after_it(chains, exposures):
    publish(chains, chain_message(underlying="WATCHED"))
    stream = watch(exposures, "WATCHED")
    assert next_exposure(stream).revision == 1
    publish(chains, chain_message(underlying="WATCHED", seed=8))
    message = next_exposure(stream)
    assert (message.revision, message.exposure.revision, message.skipped_count) == (2, 2, 0)
    same = exposures.GetExposure(exposure_pb2.GetExposureRequest(underlying="WATCHED"), timeout=SECONDS)
    assert ageless(message.exposure) == ageless(same)
    stream.cancel()


def test_a_watch_may_begin_before_there_is_anything_and_its_silence_has_a_heartbeat(chains, exposures):
    stream = watch(exposures, "LATER", heartbeat_seconds=0.1)
    first = next(stream)
    assert (first.watch_id, first.revision, first.WhichOneof("event")) == ("LATER", 0, "heartbeat")
    publish(chains, chain_message(underlying="LATER"))
    assert next_exposure(stream).revision == 1
    stream.cancel()


def test_several_watches_on_one_stream_are_told_apart(chains, exposures):
    for name in ("LEFT", "RIGHT"):
        publish(chains, chain_message(underlying=name))
    stream = watch(exposures, "LEFT", "RIGHT")
    seen = {}
    while len(seen) < 2:
        message = next_exposure(stream)
        seen[message.watch_id] = message.exposure.underlying
    assert seen == {"LEFT": "LEFT", "RIGHT": "RIGHT"}
    stream.cancel()


def test_a_watch_resumes_after_a_revision(chains, exposures):
    for seed in (1, 2):
        publish(chains, chain_message(underlying="RESUMED", seed=seed))
    request = exposure_pb2.WatchExposureRequest(
        watches=[{"underlying": "RESUMED", "after_revision": 2}], heartbeat_seconds=0.1
    )
    stream = exposures.WatchExposure(request, timeout=SECONDS)
    assert next(stream).WhichOneof("event") == "heartbeat"
    publish(chains, chain_message(underlying="RESUMED", seed=3))
    assert next_exposure(stream).revision == 3
    stream.cancel()


def test_a_reader_that_is_slow_gets_the_latest_and_is_told_what_it_missed(chains, exposures):
    published_count = 40
    publish(chains, chain_message(underlying="SLOW", options=2_000))
    stream = watch(exposures, "SLOW", heartbeat_seconds=30.0)
    assert next_exposure(stream).revision == 1
    for seed in range(2, published_count + 1):
        publish(chains, chain_message(underlying="SLOW", options=2_000, seed=seed))
    received, skipped, revision = 1, 0, 1
    while revision < published_count:
        message = next_exposure(stream)
        assert message.revision > revision
        revision, received, skipped = message.revision, received + 1, skipped + message.skipped_count
    assert received + skipped == published_count
    stream.cancel()


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (exposure_pb2.WatchExposureRequest(), "watches"),
        (exposure_pb2.WatchExposureRequest(watches=[{}]), "watches[0].underlying"),
        (exposure_pb2.WatchExposureRequest(watches=[{"underlying": "A"}, {"underlying": "B"}]), "watches[1].watch_id"),
        (exposure_pb2.WatchExposureRequest(watches=[{"underlying": "A"}], heartbeat_seconds=0.0), "heartbeat_seconds"),
    ],
)
def test_a_watch_that_makes_no_sense_is_refused(exposures, request_, field):
    error, _, fields = failure(lambda: next(exposures.WatchExposure(request_, timeout=SECONDS)))
    assert (error.code(), fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


def test_a_watch_with_wrong_settings_ends_with_the_error_and_not_with_silence(chains, exposures):
    publish(chains, chain_message(underlying="WRONG"))
    settings = exposure_pb2.ExposureSettings(positionings=[{"model": "guesswork"}])
    request = exposure_pb2.WatchExposureRequest(watches=[{"underlying": "WRONG", "settings": settings}])
    error, _, fields = failure(lambda: next(exposures.WatchExposure(request, timeout=SECONDS)))
    assert (error.code(), fields) == (grpc.StatusCode.INVALID_ARGUMENT, ["settings.positionings[0].model"])
