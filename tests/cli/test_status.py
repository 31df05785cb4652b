"""`gex status`: what a live server keeps, how old and how safe it is, how busy it was; 1 where it is not well."""

import csv
import io

import pytest
from gex_cli.ages import age_text
from gex_cli.status_command import _print
from gex_client import Client, ServerStatus
from gexapi.v1 import status_pb2
from rich.console import Console

from tests.server.running import RunningServer


def test_it_says_what_is_kept_how_old_it_is_and_what_was_called(gex, address, sample_file):
    published = gex("publish", sample_file, "--server", address, "--json").answer
    ran = gex("status", "--server", address)
    assert ran.code == 0
    for words in (f"{address}: serving, 1 of 1 process", "ChainService.PublishChain", "SPX", "memory", "MiB"):
        assert words in ran.out, words
    assert max(map(len, ran.out.splitlines())) <= 80
    answer = gex("status", "--server", address, "--json").answer
    assert answer["is_well"] is True
    (kept,) = (one for one in answer["underlyings"] if one["underlying"] == "SPX")
    assert int(kept["revision"]) == int(published["revision"])
    (process,) = answer["processes"]
    assert process["durability"] == "memory"
    calls = {one["call"]: one for one in process["calls"]}
    assert int(calls["ChainService.PublishChain"]["count"]) >= 1
    assert (
        0.0 < calls["ChainService.PublishChain"]["median_seconds"] <= calls["ChainService.PublishChain"]["p99_seconds"]
    )
    table = csv.DictReader(io.StringIO(gex("status", "--server", address, "--csv").out))
    (row,) = (one for one in table if one["underlying"] == "SPX")
    assert float(row["quotes_age_seconds"]) > 86_400.0  # the sample is of 2024


def test_open_streams_and_books_are_counted(address):
    with Client(address) as client:
        before = client.status().processes[0]
        with client.watch_exposure("SPX"), client.stream_updates("SPX") as updates:
            updates.spot(5432.0, as_of="2024-06-12T14:30:05Z").result(60.0)
            during = client.status().processes[0]
    open_now = {one.call: one.in_flight for one in during.calls}
    assert open_now["ChainService.StreamUpdates"] >= 1
    assert during.update_client_count == before.update_client_count + 1


def test_a_server_that_keeps_state_says_how_safe_it_is(gex, tmp_path):
    with RunningServer(state_folder=tmp_path, durability="synced") as server:
        server.event("serving")
        at = str(server.event("listening")["address"])
        with Client(at, timeout=60.0) as client:
            assert client.status().processes[0].durability == "synced"


def not_well(**fields: object) -> ServerStatus:
    process = status_pb2.ProcessStatus(shard_count=2, is_serving=True, durability="written", **fields)
    lost = status_pb2.ProcessStatus(shard=1, shard_count=2, failure="UNAVAILABLE: no answer")
    return ServerStatus(status_pb2.GetStatusResponse(processes=[process, lost]))


def test_what_is_wrong_is_said_with_what_to_do():
    status = not_well(state_failure="No space left on device", state_failed_seconds=90.0)
    assert not status.is_well
    out = Console(file=io.StringIO(), width=100, highlight=False)
    _print(out, "127.0.0.1:50051", status, ())
    text = " ".join(out.file.getvalue().split())
    assert "NOT WELL, 1 of 2 processes" in text
    assert "the disk has refused for 90 s: No space left on device" in text
    assert "shard 1: UNAVAILABLE: no answer; gex serve starts a shard that died again" in text
    assert "no chain is kept yet: gex publish FILE" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-0.5, "-0.5 s"), (0.0, "0.0 s"), (119.0, "119 s"), (4e5, "4.6 d"), (3e6, "35 d")]
)
def test_ages_read_as_people_say_them(seconds, text):
    assert age_text(seconds) == text
