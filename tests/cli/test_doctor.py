"""The doctor says what is wrong, what to do, and its exit code tells a script."""

import importlib.metadata
import socket
from pathlib import Path

import httpx
import pytest
from gex_cli import doctor_checks
from gex_cli.doctor_checks import Finding, State

from gex.io import fetching


def by_check(found):
    return {one.check: one for one in found}


def test_all_is_well_here_without_a_network(gex):
    ran = gex("doctor", "--offline", "--server", "127.0.0.1:1")
    assert ran.code == 0, ran.out
    for word in ("machine", "python", "versions", "cache", "page", "settings", "port", "All is well"):
        assert word in ran.out
    answer = gex("doctor", "--offline", "--server", "127.0.0.1:1", "--json").answer
    assert answer["ok"]
    assert {one["check"] for one in answer["findings"]} >= {"machine", "versions", "cache", "page", "settings", "port"}
    assert {one["state"] for one in answer["findings"]} <= {"ok", "note"}


def test_a_server_that_serves_is_told_from_a_stranger_on_the_port(gex, sample_file, address):
    gex("publish", sample_file, "--server", address)
    server = by_check(doctor_checks.port(address))["server"]
    assert server.state is State.OK
    assert "SPX (revision" in server.seen
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        found = by_check(doctor_checks.port(f"127.0.0.1:{stranger.getsockname()[1]}"))["port"]
    assert found.state is State.NOTE
    assert "taken" in found.seen
    assert by_check(doctor_checks.port("nowhere"))["port"].state is State.BAD


def test_a_setting_that_would_stop_a_server_fails_the_doctor(gex, monkeypatch):
    monkeypatch.setenv("GEX_PORT", "banana")
    ran = gex("doctor", "--offline", "--server", "127.0.0.1:1")
    assert ran.code == 1
    assert "settings" in ran.out
    assert "gex serve --show-settings" in ran.out
    assert "1 of" in ran.out


def test_a_package_of_another_version_is_named_with_its_remedy(monkeypatch):
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.9.9" if name == "numpy" else real(name))
    wrong = [one for one in doctor_checks.versions() if one.state is State.BAD]
    assert {one.seen.split()[0] for one in wrong} == {"numpy"}
    assert all(one.remedy.startswith("pip install 'numpy") for one in wrong)


def test_a_cache_that_cannot_be_written_is_bad_and_an_empty_one_noted(monkeypatch, tmp_path):
    monkeypatch.setattr("gex.kernels.compiling.cache_folder", lambda: None)
    assert by_check(doctor_checks.cache())["cache"].state is State.BAD
    monkeypatch.setattr("gex.kernels.compiling.cache_folder", lambda: tmp_path)
    assert by_check(doctor_checks.cache())["cache"].state is State.NOTE
    (tmp_path / "one.nbc").write_bytes(b"code")
    assert by_check(doctor_checks.cache())["cache"].seen.startswith("1 compiled")


@pytest.mark.parametrize(("seconds", "state"), [(0.0, State.OK), (90.0, State.BAD), (-90.0, State.BAD)])
def test_a_clock_that_is_off_is_bad(monkeypatch, seconds, state):
    monkeypatch.setattr(fetching, "HOSTS", {"cboe": "https://one", "deribit": "https://two"})
    headers = {"date": "Thu, 01 Jan 1970 00:01:40 GMT"}
    monkeypatch.setattr(httpx, "head", lambda *_, **__: httpx.Response(200, headers=headers))
    monkeypatch.setattr("time.time", lambda: 100.5 + seconds)
    found = by_check(doctor_checks.sources())
    assert found["cboe"].state is State.OK
    assert found["clock"].state is state
    assert seconds == 0.0 or f"90 s {'fast' if seconds > 0 else 'slow'}" in found["clock"].seen


def test_without_a_network_the_sources_are_noted_and_nothing_fails(monkeypatch):
    def refuse(*_, **__):
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(httpx, "head", refuse)
    found = by_check(doctor_checks.sources())
    assert {one.state for one in found.values()} == {State.NOTE}
    assert "files do not" in found["cboe"].remedy


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(monkeypatch):
    def broken():
        raise ZeroDivisionError("a defect")
        yield

    monkeypatch.setattr(doctor_checks, "machine", broken)
    found = list(doctor_checks.findings(server="127.0.0.1:1", network=False))
    assert found[0] == Finding("machine", State.BAD, "the check broke: ZeroDivisionError: a defect", "report this")
    assert {one.check for one in found} >= {"versions", "cache", "port"}


def test_a_page_that_was_not_built_says_how_to(monkeypatch, tmp_path):
    import gex_web

    monkeypatch.setattr(gex_web, "__file__", str(Path(tmp_path) / "__init__.py"))
    assert by_check(doctor_checks.page())["page"].remedy == "make web"
