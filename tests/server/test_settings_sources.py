"""Arguments before the environment before a file before the defaults; and what is shown of them."""

import tomllib

import pytest
from gex_server.settings import Settings
from gex_server.settings_sources import load_settings

from gex.errors import InputError

SECRET = "a-secret-of-some-length-0123"


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "gex.toml"
        path.write_text(text)
        return path

    return write


def test_each_source_goes_before_the_next_and_says_who_it_is(file):
    path = file("port = 1\nmax_rows = 2\nmax_expiries = 3\nallow_insecure_bind = true\n")
    loaded = load_settings(path, {"port": 7}, {"GEX_PORT": "5", "GEX_MAX_ROWS": "6"})
    settings = loaded.settings
    assert (settings.port, settings.max_rows, settings.max_expiries) == (7, 6, 3)
    names = ("port", "max_rows", "max_expiries", "host")
    assert [loaded.source[name] for name in names] == ["argument", "GEX_MAX_ROWS", str(path), "default"]


def test_the_environment_may_name_the_file(file):
    assert load_settings(environment={"GEX_CONFIG": str(file("port = 9"))}).settings.port == 9


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = 70000", r"port: .*less than or equal to 65535.*gex.toml"),
        ("prot = 1", "prot: no such setting, did you mean port?"),
        ("port = ", "not TOML"),
        ("host = '0.0.0.0'", "allow_insecure_bind"),
        ("tls_certificate_file = 'x'", "tls_certificate_file and tls_key_file: expected both"),
        ("tls_client_ca_file = 'x'", "expected tls_certificate_file"),
        ("host = '0.0.0.0'\ntls_certificate_file = 'x'\ntls_key_file = 'y'", "nothing says who may call"),
        ("admin_token = 'short-one'", "at least 20 characters"),
        ("log_level = 'loud'", "log_level"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_a_reason(file, text, told):
    with pytest.raises(InputError, match=told) as caught:
        load_settings(file(text), environment={})
    assert "short-one" not in str(caught.value)


def test_every_wrong_value_is_told_at_once_by_its_source():
    with pytest.raises(InputError) as caught:
        load_settings(environment={"GEX_PORT": "x", "GEX_CORES": "0"})
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert "(GEX_PORT)" in lines[0]
    assert "(GEX_CORES)" in lines[1]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load_settings(tmp_path / "none.toml", environment={})


def test_with_tls_and_someone_to_ask_a_server_may_listen_beyond_loopback():
    files = {"tls_certificate_file": "c", "tls_key_file": "k"}
    assert Settings(host="0.0.0.0", admin_token=SECRET, **files).knows_callers
    assert Settings(host="0.0.0.0", tls_client_ca_file="a", **files).is_encrypted
    assert not Settings(host="0.0.0.0", allow_anonymous=True, **files).knows_callers


def test_what_looks_like_a_setting_and_is_none_is_found():
    loaded = load_settings(environment={"GEX_PROT": "1", "GEX_REAL_DATA": "x", "GEX_TOKEN": "y", "HOME": "z"})
    assert loaded.unknown == ("GEX_PROT",)


def test_what_is_shown_is_a_file_that_says_the_same_and_no_secret():
    loaded = load_settings(given={"port": 7, "admin_token": SECRET, "host": "::1"}, environment={"GEX_LOG_CALLS": "1"})
    text = "\n".join(loaded.lines())
    assert SECRET not in text
    assert SECRET not in repr(loaded.settings)
    assert SECRET not in str(loaded)
    shown = tomllib.loads(text)
    assert set(shown) | {line[2:].split()[0] for line in loaded.lines() if line.startswith("#")} == set(
        Settings.model_fields
    )
    assert shown.pop("admin_token") == "********"
    again = load_settings(given=shown, environment={}).settings
    assert again.model_copy(update={"admin_token": None}) == loaded.settings.model_copy(update={"admin_token": None})
    assert "# argument" in next(line for line in loaded.lines() if line.startswith("port"))
    assert "# GEX_LOG_CALLS" in next(line for line in loaded.lines() if line.startswith("log_calls"))


def test_each_setting_is_shown_with_what_it_means():
    lines = load_settings(environment={}).lines()
    assert [line for line in lines if "# default: " not in line] == []
    assert all(info.description in line for line, info in zip(lines, Settings.model_fields.values(), strict=True))


def test_the_password_of_a_database_or_a_collector_is_not_shown():
    urls = {
        "GEX_AUDIT_URL": f"postgresql://ann:{SECRET}@db:5432/gex",
        "GEX_OTEL_ENDPOINT": f"https://ann:{SECRET}@otel",
    }
    text = "\n".join(load_settings(environment=urls).lines())
    assert SECRET not in text
    assert tomllib.loads(text)["audit_url"] == "postgresql://ann:********@db:5432/gex"


def test_every_wrong_name_of_a_file_is_told_at_once(file):
    with pytest.raises(InputError) as caught:
        load_settings(file("prot = 1\nstate_foldr = 'x'\nxyzzy = 2\n"), environment={})
    assert [line.partition(": ")[2] for line in str(caught.value).splitlines()] == [
        "prot: no such setting, did you mean port?",
        "state_foldr: no such setting, did you mean state_folder?",
        "xyzzy: no such setting",
    ]


@pytest.mark.parametrize("text", ["heartbeat_seconds = inf", "grace_seconds = nan"])
def test_a_number_that_is_none_is_refused(file, text):
    with pytest.raises(InputError, match="finite number"):
        load_settings(file(text), environment={})
