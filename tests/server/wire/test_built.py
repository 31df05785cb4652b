import pytest
from gex_server.errors import NotBuiltError
from gex_server.wire.built import UNBUILT, is_set, refuse_unbuilt
from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, surface_pb2
from google.protobuf import symbol_database
from google.protobuf.message_factory import GetMessageClass

DATABASE = symbol_database.Default()


def message_class(name):
    return GetMessageClass(DATABASE.pool.FindMessageTypeByName(name))


def with_field_set(cls, field):
    """A message in which only `field` is given."""
    message = cls()
    descriptor = cls.DESCRIPTOR.fields_by_name[field]
    if descriptor.message_type is not None and descriptor.message_type.GetOptions().map_entry:
        getattr(message, field)["x"] = 1.0
    elif descriptor.message_type is not None:
        getattr(message, field).add() if descriptor.is_repeated else getattr(message, field).SetInParent()
    else:
        value = "x" if descriptor.cpp_type == descriptor.CPPTYPE_STRING else 1
        getattr(message, field).append(value) if descriptor.is_repeated else setattr(message, field, value)
    return message


CASES = [(name, field) for name, fields in UNBUILT.items() for field in sorted(fields)]


@pytest.mark.parametrize(("name", "field"), CASES)
def test_every_unbuilt_field_is_in_the_contract_and_refused_by_name(name, field):
    message = with_field_set(message_class(name), field)
    assert is_set(message, message.DESCRIPTOR.fields_by_name[field])
    with pytest.raises(NotBuiltError, match=rf"here\.{field}: this server does not answer it yet") as caught:
        refuse_unbuilt(message, "here.")
    assert caught.value.field == f"here.{field}"


@pytest.mark.parametrize("name", UNBUILT)
def test_an_empty_message_is_built(name):
    refuse_unbuilt(message_class(name)())


def test_an_unbuilt_field_is_found_at_depth():
    request = hedge_pb2.PlanHedgeRequest(chains=[{}, {"bid_size": [1.0]}])
    with pytest.raises(NotBuiltError, match=r"^chains\[1\]\.bid_size"):
        refuse_unbuilt(request)
    request = exposure_pb2.ComputeExposureRequest(settings={"analysis": {"events": [{}]}})
    with pytest.raises(NotBuiltError, match=r"^settings\.analysis\.events"):
        refuse_unbuilt(request)
    with pytest.raises(NotBuiltError, match=r"^settings\.dividends"):
        refuse_unbuilt(surface_pb2.GetSurfaceRequest(settings={"dividends": [{}]}))
    refuse_unbuilt(risk_pb2.ComputeRiskRequest(chains=[chain_pb2.Chain(bid=[1.0])]))
