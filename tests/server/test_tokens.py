"""The token file: what it may say, what is refused, and that nothing of a token is told."""

import hashlib

import pytest
from gex_server.roles import METHODS, Role, role_of
from gex_server.settings import Settings
from gex_server.tokens import KnownClient, KnownClients, known_clients, new_token, read_clients
from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, surface_pb2
from google.protobuf import descriptor_pool

from gex.errors import InputError

TOKEN = "a-token-of-some-length-0123456789"
FILES = (chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, surface_pb2)


@pytest.fixture
def file(tmp_path):
    def write(text, mode=0o600):
        path = tmp_path / "clients.toml"
        path.write_text(text)
        path.chmod(mode)
        return path

    return write


def entry(name="desk", role="hedge", **shown):
    shown = shown or {"token": TOKEN}
    lines = [f"{key} = {value if isinstance(value, int | float) else repr(value)}" for key, value in shown.items()]
    return f'[[client]]\nname = "{name}"\nrole = "{role}"\n' + "\n".join(lines) + "\n"


def test_every_method_of_the_contract_has_a_role():
    import gex_client.calls  # imports every file of the contract

    assert gex_client.calls
    pool = descriptor_pool.Default()
    contract = {module.DESCRIPTOR.package for module in FILES}
    assert contract == {"gexapi.v1"}
    methods = {
        f"/{service.full_name}/{method.name}"
        for name in _contract_files()
        for service in pool.FindFileByName(name).services_by_name.values()
        for method in service.methods
    }
    ours = {path for path in METHODS if path.startswith("/gexapi.")}
    assert methods == ours, "server/gex_server/roles.py: a method without a role, or a role without its method"


def _contract_files():
    import importlib
    from importlib import resources

    for path in resources.files("gexapi.v1").iterdir():
        if path.name.endswith("_pb2.py"):
            yield importlib.import_module(f"gexapi.v1.{path.name.removesuffix('.py')}").DESCRIPTOR.name


def test_a_method_that_nobody_thought_of_is_for_admins_and_health_is_for_everyone():
    assert role_of("/gexapi.v1.ChainService/Later") is Role.ADMIN
    assert role_of("/grpc.health.v1.Health/Check") is None
    assert role_of("/gexapi.v1.ChainService/PublishChain") is Role.PUBLISH


def test_roles_contain_each_other():
    assert Role.READ < Role.PUBLISH < Role.HEDGE < Role.ADMIN


def test_a_token_is_found_by_its_hash_and_nothing_else_is(file):
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    clients = KnownClients(read_clients(file(entry(token_sha256=digest) + entry("risk", "read", certificate="risk"))))
    assert clients.with_token(TOKEN).name == "desk"
    assert clients.with_token(TOKEN[:-1]) is None
    assert clients.with_token("") is None
    assert clients.with_token(digest) is None, "the hash is no token"
    assert clients.with_certificate(["other", "risk"]).role is Role.READ
    assert clients.with_certificate(["desk"]) is None


def test_every_known_token_is_compared_wherever_the_right_one_stands(monkeypatch):
    import hmac

    seen = []
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: seen.append(1) or a == b)
    digests = [hashlib.sha256(str(i).encode()).digest() for i in range(5)]
    clients = KnownClients(KnownClient(name=str(i), role=Role.READ, digest=d) for i, d in enumerate(digests))
    assert clients.with_token("0").name == "0"
    assert len(seen) == 5


def test_a_new_token_is_long_and_never_twice_the_same():
    (one, digest), (other, _) = new_token(), new_token()
    assert one != other
    assert len(one) >= 43
    assert digest == hashlib.sha256(one.encode()).hexdigest()


def test_plain_tokens_that_others_may_read_are_refused_and_hashes_are_not(file):
    with pytest.raises(InputError, match="chmod 600"):
        read_clients(file(entry(), mode=0o640))
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    assert len(read_clients(file(entry(token_sha256=digest), mode=0o644))) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected entries"),
        ("client = 3", "expected entries"),
        (f"[[client]]\nname = 'x'\nrole = 'read'\ntoken = '{TOKEN}", "not TOML"),
        (entry(role="root"), "role: expected one of read, publish, hedge, admin"),
        (entry(name=""), "name: expected a text"),
        (entry(token="short"), "at least 20"),
        (entry(token_sha256="abc"), "64 hexadecimal digits"),
        (entry(token=TOKEN, certificate="x"), "expected one of token"),
        (entry() + entry("other"), "the token of 'desk'"),
        (entry() + entry(token=TOKEN + "x"), "the name of 'desk'"),
        (entry(token=TOKEN, rows_per_second=0), "rows_per_second: expected a positive number"),
        (entry(token=TOKEN, colour="red"), "colour: expected one of"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_entry_and_never_quotes_a_token(file, text, told):
    with pytest.raises(InputError, match=told) as caught:
        read_clients(file(text))
    assert TOKEN not in str(caught.value)
    assert "short" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_clients(tmp_path / "none.toml")


def test_the_admin_token_of_the_settings_is_one_more_client():
    clients = known_clients(Settings(admin_token=TOKEN))
    assert clients.with_token(TOKEN).role is Role.ADMIN
