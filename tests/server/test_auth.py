"""Who is let in: tokens, roles, certificates; asked of real servers."""

import hashlib
import time

import grpc
import pytest
from gex_client import Client, NotAllowedError, RateLimitError, UnauthenticatedError, UnavailableError, tls
from gex_client.errors import InputError
from gexapi.v1 import chain_pb2, chain_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from gex.errors import InputError as ServerInputError
from tests.server.certificates import Authority
from tests.server.local import LocalServer
from tests.server.requests import chain_message
from tests.server.running import RunningServer, wait_until

SECONDS = 60.0
TOKENS = {name: f"{name}-token-0123456789abcdef" for name in ("read", "publish", "hedge", "admin", "slow")}
LIST = chain_pb2.ListUnderlyingsRequest()


def token_file(path, tokens=TOKENS):
    entries = []
    for name, token in tokens.items():
        role, limit = ("read", "calls_per_second = 2\n") if name == "slow" else (name, "")
        digest = hashlib.sha256(token.encode()).hexdigest()
        entries.append(f'[[client]]\nname = "{name}"\nrole = "{role}"\ntoken_sha256 = "{digest}"\n{limit}')
    path.write_text("\n".join(entries))
    return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("stranger"), "nobody knows")


@pytest.fixture(scope="module")
def clients_file(tmp_path_factory):
    return token_file(tmp_path_factory.mktemp("tokens") / "clients.toml")


@pytest.fixture(scope="module")
def guarded(authority, clients_file):
    """TLS and tokens."""
    pair = authority.signed("localhost")
    with RunningServer(
        tls_certificate_file=pair.certificate,
        tls_key_file=pair.key,
        token_file=clients_file,
        reload_seconds=0.1,
        max_message_mebibytes=1,
    ) as server:
        server.event("listening")
        yield server


@pytest.fixture(scope="module")
def address(guarded):
    return guarded.event("listening")["address"]


@pytest.fixture
def connect(address, authority):
    """Clients of the guarded server by the name of their token."""
    opened = []

    def to(name=None, token=None):
        client = Client(
            address, credentials=tls(authority.certificate), token=token or TOKENS.get(name), timeout=SECONDS
        )
        opened.append(client)
        return client

    yield to
    for client in opened:
        client.close()


def code_of(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code()


# tokens and roles


def test_no_token_is_refused_with_a_reason(connect):
    with pytest.raises(UnauthenticatedError, match="expected one bearer token"):
        connect().underlyings()


@pytest.mark.parametrize("role", ["read", "publish", "hedge", "admin"])
def test_every_known_token_may_read(connect, role):
    assert connect(role).underlyings() is not None


def test_a_token_that_nobody_has_is_refused_and_not_repeated(connect, guarded):
    wrong = "wrong-token-0123456789abcdef"
    with pytest.raises(UnauthenticatedError, match="no client of this server") as caught:
        connect(token=wrong).underlyings()
    assert wrong not in str(caught.value)
    wait_until(lambda: any(entry["event"] == "denied" for entry in guarded.log))
    assert wrong not in str(guarded.log)


def test_a_role_below_the_one_needed_is_refused_and_told(connect):
    publish = chain_pb2.PublishChainRequest(chain=chain_message(underlying="ROLE", options=60))
    with pytest.raises(NotAllowedError, match="expected the role publish, 'read' has read"):
        connect("read").call("PublishChain", publish)
    assert connect("publish").call("PublishChain", publish).revision == 1
    with pytest.raises(NotAllowedError, match="expected the role hedge"):  # before the request is read
        connect("publish").call("ReportFill", LIST)


@pytest.mark.parametrize(
    "header",
    [
        "bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        f"Token {TOKENS['read']}",
        TOKENS["read"],
        f"Bearer  {TOKENS['read']}",
        f"Bearer {TOKENS['read']} {TOKENS['admin']}",
        "Bearer " + "x" * 600,
        "Bearer {}",
    ],
)
def test_metadata_of_another_form_is_refused(address, authority, header):
    with grpc.secure_channel(address, tls(authority.certificate)) as channel:
        stub = chain_pb2_grpc.ChainServiceStub(channel)
        metadata = (("authorization", header),)
        code = code_of(lambda: stub.ListUnderlyings(LIST, metadata=metadata, timeout=SECONDS))
        assert code is grpc.StatusCode.UNAUTHENTICATED


def test_two_tokens_at_once_are_refused_whichever_is_right(address, authority):
    metadata = tuple(("authorization", f"Bearer {TOKENS[name]}") for name in ("admin", "read"))
    with grpc.secure_channel(address, tls(authority.certificate)) as channel:
        stub = chain_pb2_grpc.ChainServiceStub(channel)
        code = code_of(lambda: stub.ListUnderlyings(LIST, metadata=metadata, timeout=SECONDS))
        assert code is grpc.StatusCode.UNAUTHENTICATED


def test_health_is_for_everyone_and_reflection_for_readers(address, authority):
    with grpc.secure_channel(address, tls(authority.certificate)) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        assert answer.status in (health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING)
        code = code_of(lambda: ProtoReflectionDescriptorDatabase(channel).get_services())
        assert code is grpc.StatusCode.UNAUTHENTICATED
        reflection = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        metadata = (("authorization", f"Bearer {TOKENS['read']}"),)
        (answer,) = reflection(iter([b"\x3a\x00"]), metadata=metadata, timeout=SECONDS)
        assert b"gexapi.v1.ChainService" in answer


def test_a_stream_needs_its_role_too(address, authority):
    with grpc.secure_channel(address, tls(authority.certificate)) as channel:
        start = channel.stream_stream("/gexapi.v1.ChainService/StreamUpdates")
        metadata = (("authorization", f"Bearer {TOKENS['read']}"),)
        assert code_of(lambda: list(start(iter([b""]), metadata=metadata, timeout=SECONDS))) is (
            grpc.StatusCode.PERMISSION_DENIED
        )


def test_a_method_that_is_not_there_is_told_to_admins_only(address, authority):
    with grpc.secure_channel(address, tls(authority.certificate)) as channel:
        call = channel.unary_unary("/gexapi.v1.ChainService/Nothing")
        codes = []
        for name in ("hedge", "admin"):
            metadata = (("authorization", f"Bearer {TOKENS[name]}"),)
            codes.append(code_of(lambda: call(b"", metadata=metadata, timeout=SECONDS)))  # noqa: B023
        assert codes == [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED]


def test_a_client_that_asks_too_often_is_told_when_to_come_again_and_others_are_not_held_up(connect):
    slow, other = connect("slow"), connect("read")

    def overdo():
        for _ in range(200):
            slow.underlyings()

    with pytest.raises(RateLimitError, match="calls a second") as caught:
        overdo()
    assert 0.0 < caught.value.retry_after_seconds <= 0.5
    assert other.underlyings() is not None


def test_a_message_above_the_limit_is_refused_before_it_is_read(address, authority):
    options = [("grpc.max_send_message_length", -1)]
    with grpc.secure_channel(address, tls(authority.certificate), options) as channel:
        call = channel.unary_unary("/gexapi.v1.ExposureService/ComputeExposure")
        metadata = (("authorization", f"Bearer {TOKENS['read']}"),)
        code = code_of(lambda: call(bytes(2 << 20), metadata=metadata, timeout=SECONDS))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_metadata_above_the_limit_is_refused(address, authority):
    with grpc.secure_channel(address, tls(authority.certificate)) as channel:
        stub = chain_pb2_grpc.ChainServiceStub(channel)
        metadata = (("authorization", f"Bearer {TOKENS['read']}"), ("x-filling", "x" * 200_000))
        code = code_of(lambda: stub.ListUnderlyings(LIST, metadata=metadata, timeout=SECONDS))
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_request_id_comes_back_and_stands_in_the_log_and_a_wrong_one_is_replaced(address, authority, guarded):
    with grpc.secure_channel(address, tls(authority.certificate)) as channel:
        call = channel.unary_unary("/gexapi.v1.ChainService/GetChain")
        seen = []
        for given in ("trade-77.a", "x" * 65, 'a"}{b'):
            metadata = (("authorization", f"Bearer {TOKENS['read']}"), ("x-request-id", given))
            with pytest.raises(grpc.RpcError) as caught:
                call(b"", metadata=metadata, timeout=SECONDS)
            seen.append(dict(caught.value.trailing_metadata())["x-request-id"])
            assert "grpc-status-details-bin" in dict(caught.value.trailing_metadata())
        assert seen[0] == "trade-77.a"
        assert all(len(one) == 16 for one in seen[1:])
        wait_until(lambda: any(entry.get("request_id") == "trade-77.a" for entry in guarded.log))
        entry = next(entry for entry in guarded.log if entry.get("request_id") == "trade-77.a")
        assert (entry["event"], entry["code"], entry["client"]) == ("call", "INVALID_ARGUMENT", "read")
        _, again = call.with_call(b"\x0a\x04ROLE", metadata=metadata[:1], timeout=SECONDS)
        assert len(dict(again.trailing_metadata())["x-request-id"]) == 16


def test_a_changed_token_file_is_read_again_and_a_broken_one_is_not(connect, clients_file, guarded):
    new = "new-token-0123456789abcdef-zz"
    before = clients_file.read_text()
    try:
        token_file(clients_file, {**TOKENS, "admin": new})
        wait_until(lambda: _works(connect(token=new)))
        assert not _works(connect(token=TOKENS["admin"]))
        clients_file.write_text("[[client]]\nname = 3")
        wait_until(lambda: any("reload failed" in entry["event"] for entry in guarded.log))
        assert _works(connect(token=new))
    finally:
        clients_file.write_text(before)
    wait_until(lambda: _works(connect("admin")))


def _works(client):
    try:
        client.underlyings()
    except UnauthenticatedError:
        return False
    return True


# certificates


@pytest.mark.parametrize("fault", ["unknown authority", "expired", "another host", "no encryption"])
def test_a_client_does_not_speak_to_a_server_that_is_not_who_it_should_be(authority, stranger, fault):
    expired = fault == "expired"
    hosts = ("elsewhere.example",) if fault == "another host" else ("localhost", "127.0.0.1")
    pair = authority.signed(fault.replace(" ", "-"), days=-1.0 if expired else 30.0, hosts=hosts)
    ca = stranger.certificate if fault == "unknown authority" else authority.certificate
    files = {"tls_certificate_file": pair.certificate, "tls_key_file": pair.key}
    with LocalServer(**files, admin_token=TOKENS["admin"]) as server:
        address = server.address
        plain = fault == "no encryption"
        with (
            Client(address, credentials=None if plain else tls(ca), token=TOKENS["admin"], timeout=3.0) as client,
            pytest.raises(UnavailableError),
        ):
            client.underlyings()


@pytest.fixture(scope="module")
def mutual(authority, tmp_path_factory):
    """Mutual TLS: `desk` is known by its certificate, tokens do as well."""
    pair = authority.signed("server")
    path = token_file(tmp_path_factory.mktemp("mutual") / "clients.toml", {"admin": TOKENS["admin"]})
    path.write_text(path.read_text() + '\n[[client]]\nname = "desk"\nrole = "read"\ncertificate = "desk.example"\n')
    with LocalServer(
        tls_certificate_file=pair.certificate,
        tls_key_file=pair.key,
        tls_client_ca_file=authority.certificate,
        token_file=path,
    ) as server:
        yield server.address


def shown(ca, pair=None):
    return tls(ca.certificate) if pair is None else tls(ca.certificate, pair.certificate, pair.key)


def test_with_mutual_tls_a_known_certificate_is_enough_for_its_role(mutual, authority):
    pair = authority.signed("desk.example", hosts=("desk.example",))
    with Client(mutual, credentials=shown(authority, pair), timeout=SECONDS) as client:
        assert client.underlyings() == ()
        with pytest.raises(NotAllowedError, match="'desk' has read"):
            client.publish_chain(chain_message(options=60))


def test_with_mutual_tls_a_certificate_that_is_nobodys_needs_a_token(mutual, authority):
    pair = authority.signed("visitor.example", hosts=())
    with Client(mutual, credentials=shown(authority, pair), timeout=SECONDS) as client:
        with pytest.raises(UnauthenticatedError, match=r"visitor\.example"):
            client.underlyings()
        assert client.is_serving() in (True, False)
    with Client(mutual, credentials=shown(authority, pair), token=TOKENS["admin"], timeout=SECONDS) as client:
        assert client.underlyings() == ()


@pytest.mark.parametrize("kind", ["none", "expired", "of a stranger"])
def test_with_mutual_tls_a_certificate_that_is_none_gets_no_connection(mutual, authority, stranger, kind):
    pair = {
        "none": lambda: None,
        "expired": lambda: authority.signed("desk.example-old", days=-1.0),
        "of a stranger": lambda: stranger.signed("desk.example", hosts=("desk.example",)),
    }[kind]()
    with (
        Client(mutual, credentials=shown(authority, pair), token=TOKENS["admin"], timeout=3.0) as client,
        pytest.raises(UnavailableError),
    ):
        client.underlyings()


def test_a_new_certificate_is_used_without_a_restart(authority, stranger, tmp_path):
    first, second = authority.signed("rotated-1"), stranger.signed("rotated-2")
    chain, key = tmp_path / "server.pem", tmp_path / "server.key"
    chain.write_bytes(first.certificate.read_bytes())
    key.write_bytes(first.key.read_bytes())
    with LocalServer(tls_certificate_file=chain, tls_key_file=key) as server:
        address = server.address
        with Client(address, credentials=tls(authority.certificate), timeout=SECONDS) as client:
            assert client.underlyings() == ()
        chain.write_bytes(b"-----BEGIN CERTIFICATE-----\nbroken\n")
        with Client(address, credentials=tls(authority.certificate), timeout=SECONDS) as client:
            assert client.underlyings() == (), "a broken file changes nothing"
        chain.write_bytes(second.certificate.read_bytes())
        key.write_bytes(second.key.read_bytes())
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends:
            with Client(address, credentials=tls(stranger.certificate), timeout=2.0) as client:
                try:
                    assert client.underlyings() == ()
                    break
                except UnavailableError:
                    continue
        else:
            pytest.fail("the new certificate was not used")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tls_certificate_file": "none.pem", "tls_key_file": "none.key"}, "tls_key_file: none.key: No such file"),
        ({"token_file": "none.toml"}, "token_file: none.toml: No such file"),
    ],
)
def test_a_server_whose_files_cannot_be_used_does_not_start(settings, told):
    with pytest.raises(ServerInputError, match=told), LocalServer(**settings):
        pass


def test_a_key_that_is_not_that_of_the_certificate_is_told_at_the_start(authority):
    one, other = authority.signed("one"), authority.signed("other")
    with (
        pytest.raises(ServerInputError, match="is not the key of"),
        LocalServer(tls_certificate_file=one.certificate, tls_key_file=other.key),
    ):
        pass


def test_a_process_that_would_not_be_safe_ends_with_one_line_and_exit_code_2():
    with RunningServer(host="0.0.0.0", token_file="none.toml") as server:
        assert server.exit_code() == 2
        wait_until(lambda: bool(server.log))
        assert "expected a loopback address" in server.log[-1]["event"]


# what the client refuses to send


def test_the_client_sends_no_token_unencrypted_beyond_this_machine():
    for address in ("example.org:50051", "10.0.0.7:50051", "dns:///example.org:1"):
        with pytest.raises(InputError, match="unencrypted"):
            Client(address, token=TOKENS["read"])
        Client(address, token=TOKENS["read"], insecure_token=True).close()
    for address in ("127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/run/gex", "ipv4:127.0.0.1:2"):
        Client(address, token=TOKENS["read"]).close()


def test_a_token_of_another_form_is_refused_by_the_client():
    with pytest.raises(InputError, match="token: expected letters"):
        Client(token="with a space\n")
