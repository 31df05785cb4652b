"""Malformed messages for every call of the contract, from valid ones: cut, flipped, mutated field by field, or noise."""

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

from gex_client.calls import METHODS
from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, status_pb2, surface_pb2, watch_pb2
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from tests.server.requests import all_positionings, book_message, chain_message, hedge_message

ALL = METHODS
NUMBERS = (0.0, -0.0, -1.0, 1e-300, 1e300, -1e300, math.nan, math.inf, -math.inf, 5e-324, 1.5, 1e6)
WHOLES = (0, 1, 2, 3, -1, 7, 1 << 20, (1 << 31) - 1, -(1 << 31), (1 << 63) - 1, -(1 << 63), (1 << 64) - 1)
TEXTS = ("", "SPX", "x", "NaN", "\0", "é" * 50, "A" * 5_000, "2022-13-45", "../../x", "{}", "-1")
COPIES = 3  # a repeated field grows at most to this multiple in one step


def seeds() -> dict[str, Message]:
    """A valid request of every call, small enough to be asked ten thousand times; streams begin with theirs."""
    chain = chain_message(options=60)
    name, book = chain.underlying, book_message(chain)
    settings = all_positionings()
    settings.omit_profile = True
    update = chain_pb2.StreamUpdatesRequest(client_id="fuzz", sequence=1, underlying=name, as_of=chain.as_of)
    update.quotes.expiry_index.append(0)
    update.quotes.strike.append(chain.strike[0])
    update.quotes.right.append(chain.right[0])
    update.quotes.bid.append(1.0)
    update.quotes.ask.append(2.0)
    exposure = exposure_pb2.ExposureWatch(underlying=name, settings=settings)
    session = hedge_pb2.HedgeSessionRequest(hedge="fuzz", sequence=1, as_of=chain.as_of)
    plan = hedge_message(chain)
    session.configuration.book.CopyFrom(plan.book)
    session.configuration.chains.add().CopyFrom(chain)
    session.configuration.instruments.extend(plan.instruments)
    session.configuration.policy.risk_aversion = 1e-5
    fill = hedge_pb2.ReportFillRequest(hedge="fuzz")
    fill.fill.fill_id, fill.fill.instrument, fill.fill.contracts, fill.fill.price = "f", "ES", 1.0, 1.0
    fill.fill.filled_at.CopyFrom(chain.as_of)
    override = hedge_pb2.SetOverrideRequest(hedge="fuzz")
    override.override.kind, override.override.user, override.override.reason = "pause", "fuzz", "fuzz"
    scenarios = risk_pb2.ComputeScenariosRequest(book=book, chains=[chain])
    found: dict[str, Message] = {
        "PublishChain": chain_pb2.PublishChainRequest(chain=chain),
        "StreamUpdates": update,
        "GetChain": chain_pb2.GetChainRequest(underlying=name),
        "ListUnderlyings": chain_pb2.ListUnderlyingsRequest(),
        "GetInventory": chain_pb2.GetInventoryRequest(underlying=name),
        "GetBook": chain_pb2.GetBookRequest(book="fuzz"),
        "ComputeVols": surface_pb2.ComputeVolsRequest(chain=chain),
        "GetSurface": surface_pb2.GetSurfaceRequest(chain=chain),
        "EvaluateVols": surface_pb2.EvaluateVolsRequest(chain=chain, expiry_index=[0], log_moneyness=[0.0]),
        "ComputeExposure": exposure_pb2.ComputeExposureRequest(chain=chain, settings=settings),
        "GetExposure": exposure_pb2.GetExposureRequest(underlying=name, settings=settings),
        "WatchExposure": exposure_pb2.WatchExposureRequest(watches=[exposure]),
        "ComputeRisk": risk_pb2.ComputeRiskRequest(book=book, chains=[chain]),
        "ComputeScenarios": scenarios,
        "WatchRisk": risk_pb2.WatchRiskRequest(book=book),
        "PlanHedge": plan,
        "HedgeSession": session,
        "ReportFill": fill,
        "SetOverride": override,
        "ListDecisions": hedge_pb2.ListDecisionsRequest(hedge="fuzz"),
        "Watch": watch_pb2.WatchRequest(exposure=exposure),
        "GetStatus": status_pb2.GetStatusRequest(),
    }
    missing = set(ALL) ^ set(found)
    assert not missing, f"calls without a seed, or the other way round: {missing}"
    return found


def malformed(method: MethodDescriptor, seed: Message, count: int, chance: random.Random) -> Iterator[bytes]:
    """So many messages for a call, the same ones for the same `chance`: a fifth noise, the rest made from the seed."""
    raw = seed.SerializeToString()
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: chance.randbytes(chance.randrange(0, 200)),
        lambda: raw[: chance.randrange(0, len(raw) + 1)],
        lambda: _flipped(raw, chance),
        lambda: _mutated(method, seed, chance),
        lambda: _mutated(method, seed, chance),
    )
    for _ in range(count):
        yield chance.choice(kinds)()


def parsed(method: MethodDescriptor, raw: bytes) -> Message | None:
    """The bytes as a message of the call's type; None where they are none."""
    try:
        return GetMessageClass(method.input_type).FromString(raw)
    except DecodeError:
        return None


def _flipped(raw: bytes, chance: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.randrange(1, 6) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _mutated(method: MethodDescriptor, seed: Message, chance: random.Random) -> bytes:
    message = GetMessageClass(method.input_type)()
    message.CopyFrom(seed)
    for _ in range(chance.randrange(1, 4)):
        _change(message, chance, depth=0)
    return message.SerializeToString()


def _change(message: Any, chance: random.Random, depth: int) -> None:
    """Change one field of a message or of one inside it."""
    fields = message.DESCRIPTOR.fields
    if not fields:
        return
    field = chance.choice(fields)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        getattr(message, field.name).clear()
    elif field.message_type is not None:
        inner = getattr(message, field.name)
        if field.is_repeated:
            if not inner or chance.random() < 0.2:
                inner.add()
            elif chance.random() < 0.2:
                del inner[chance.randrange(len(inner))]
                return
            inner = inner[chance.randrange(len(inner))]
        else:
            inner.SetInParent()
        if depth < 6:
            _change(inner, chance, depth + 1)
    elif field.is_repeated:
        _change_column(getattr(message, field.name), field, chance)
    else:
        setattr(message, field.name, _value(field, chance))


def _change_column(column: Any, field: FieldDescriptor, chance: random.Random) -> None:
    way = chance.randrange(4)
    if way == 0:
        del column[: chance.randrange(len(column) + 1)]
    elif way == 1:
        column.append(_value(field, chance))
    elif way == 2:
        column.extend(list(column) * chance.randrange(COPIES))
    elif len(column):
        column[chance.randrange(len(column))] = _value(field, chance)


def _value(field: FieldDescriptor, chance: random.Random) -> Any:
    kind = field.cpp_type
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return chance.choice(NUMBERS)
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return chance.random() < 0.5
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return chance.choice(TEXTS) if field.type == FieldDescriptor.TYPE_STRING else chance.randbytes(8)
    low, high = {
        FieldDescriptor.CPPTYPE_INT32: (-(1 << 31), (1 << 31) - 1),
        FieldDescriptor.CPPTYPE_UINT32: (0, (1 << 32) - 1),
        FieldDescriptor.CPPTYPE_ENUM: (0, 127),
        FieldDescriptor.CPPTYPE_INT64: (-(1 << 63), (1 << 63) - 1),
        FieldDescriptor.CPPTYPE_UINT64: (0, (1 << 64) - 1),
    }[kind]
    return min(max(chance.choice(WHOLES), low), high)
