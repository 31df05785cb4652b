"""Connections that never become calls, and messages made to hurt: others are still answered."""

import contextlib
import socket
import struct
import time

import grpc
import pytest
from gexapi.v1 import chain_pb2, chain_pb2_grpc

from tests.server.local import LocalServer

SECONDS = 60.0
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
ACK = b"\x00\x00\x00\x04\x01\x00\x00\x00\x00"
LIST = chain_pb2.ListUnderlyingsRequest()


@pytest.fixture(scope="module")
def server():
    with LocalServer(
        handshake_timeout_seconds=1.0,
        keepalive_seconds=1.0,
        keepalive_timeout_seconds=1.0,
        max_connections=400,
    ) as running:
        yield running


def opened(server, *parts):
    host, _, port = server.address.rpartition(":")
    connection = socket.create_connection((host, int(port)), timeout=SECONDS)
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):  # closed already: seen where it is read
        for part in parts:
            connection.sendall(part)
    return connection


def received(connection):
    """Everything until the other side closes."""
    data = b""
    try:
        while part := connection.recv(65_536):
            data += part
    except ConnectionResetError:
        pass
    return data


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (PREFACE[:10],),
        (b"GET / HTTP/1.1\r\nHost: x\r\n",),
        (PREFACE,),
        (PREFACE, SETTINGS, ACK),
        (PREFACE, SETTINGS, ACK, frame(1, 0, 1, b"\x83")),  # headers without their end
        (PREFACE, SETTINGS, ACK, b"\x00\x40\x00\x00\x00\x00\x00\x00\x01"),  # data that never comes
    ],
    ids=["silent", "half a preface", "http 1", "no settings", "no call", "half a header", "half a message"],
)
def test_a_connection_that_never_becomes_a_call_is_closed(server, parts):
    with opened(server, *parts) as connection:
        received(connection)  # returns once the server has closed it; a timeout of the socket fails the test


def test_hundreds_of_stalled_connections_hold_nobody_up(server):
    stalled = []
    try:
        for i in range(300):
            stalled += [opened(server, *((), (PREFACE[:9],), (PREFACE, SETTINGS, ACK))[i % 3])]
        with server.channel() as channel:
            began = time.monotonic()
            chain_pb2_grpc.ChainServiceStub(channel).ListUnderlyings(LIST, timeout=SECONDS)
            assert time.monotonic() - began < 20.0
    finally:
        for connection in stalled:
            connection.close()


def test_more_connections_than_allowed_are_closed_and_earlier_ones_still_answered():
    with LocalServer(max_connections=20) as server, server.channel() as channel:
        stub = chain_pb2_grpc.ChainServiceStub(channel)
        stub.ListUnderlyings(LIST, timeout=SECONDS)
        flood = [opened(server, PREFACE, SETTINGS, ACK) for _ in range(60)]
        try:
            stub.ListUnderlyings(LIST, timeout=SECONDS)
            ends, closed = time.monotonic() + SECONDS, 0
            while not closed and time.monotonic() < ends:
                for connection in flood:
                    connection.settimeout(0.02)
                    try:
                        closed += not connection.recv(65_536)
                    except TimeoutError:
                        continue
                    except ConnectionResetError:
                        closed += 1
            assert closed > 0
        finally:
            for connection in flood:
                connection.close()


def test_a_client_that_floods_pings_is_told_to_calm_down(server):
    pings = frame(6, 0, 0, bytes(8)) * 200
    with opened(server, PREFACE, SETTINGS, ACK, pings) as connection:
        assert b"too_many_pings" in received(connection)


def test_a_message_nested_ten_thousand_deep_is_refused(server):
    """Groups within groups: each is two bytes, and a reader that follows them all runs out of stack."""
    deep = b"\x0b" * 10_000 + b"\x0c" * 10_000
    with server.channel() as channel:
        for path in ("ExposureService/ComputeExposure", "ChainService/PublishChain", "HedgeService/PlanHedge"):
            call = channel.unary_unary(f"/gexapi.v1.{path}")
            with pytest.raises(grpc.RpcError) as caught:
                call(deep, timeout=SECONDS)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        chain_pb2_grpc.ChainServiceStub(channel).ListUnderlyings(LIST, timeout=SECONDS)


def test_a_caller_that_disappears_in_the_middle_of_a_message_leaves_nothing_behind(server):
    head = b"\x00\x00\x10\x00\x00"  # an uncompressed message of a megabyte, of which a byte comes
    for _ in range(20):
        connection = opened(server, PREFACE, SETTINGS, ACK, frame(0, 0, 1, head + b"\x0a"))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # a reset, as of a killed process
    with server.channel() as channel:
        chain_pb2_grpc.ChainServiceStub(channel).ListUnderlyings(LIST, timeout=SECONDS)
