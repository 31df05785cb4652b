import pytest
from gex_server.settings import Settings, is_loopback
from pydantic import ValidationError


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("GEX_"):
            monkeypatch.delenv(name)


def test_the_default_is_loopback_and_needs_nothing():
    settings = Settings()
    assert settings.address == "127.0.0.1:50051"
    assert settings.cores >= 1


def test_the_environment_is_read_with_its_prefix_and_arguments_go_before_it(monkeypatch):
    monkeypatch.setenv("GEX_PORT", "7")
    monkeypatch.setenv("GEX_MAX_ROWS", "123")
    assert Settings().port == 7
    assert Settings(port=8).port == 8
    assert Settings().chain_limits.rows == 123


@pytest.mark.parametrize(
    ("name", "value"), [("port", 70_000), ("cores", 0), ("max_rows", 0), ("default_deadline_seconds", 0.0)]
)
def test_a_value_out_of_range_is_refused_by_its_name(name, value):
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})


def test_an_unknown_argument_is_refused():
    with pytest.raises(ValidationError):
        Settings(prot=1)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_listening_beyond_loopback_must_be_meant(host):
    with pytest.raises(ValidationError, match="allow_insecure_bind"):
        Settings(host=host)
    assert Settings(host=host, allow_insecure_bind=True).host == host


def test_loopback_is_known_by_name_and_in_both_families():
    assert [is_loopback(host) for host in ("localhost", "127.0.0.9", "::1", "10.0.0.1")] == [True, True, True, False]
    assert Settings(host="::1").address == "[::1]:50051"
