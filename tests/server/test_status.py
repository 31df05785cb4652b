import inspect

import gex_server.errors
import grpc
import pytest
from gex_server.errors import FieldError, NotBuiltError, OverloadedError, TooManyError
from gex_server.status import CODES, code_of, internal_status, status_of
from google.rpc import error_details_pb2

import gex.errors
from gex.errors import ColumnError, GexError, NoQuotesError, UnknownUnderlyingError

CLASSES = [
    cls
    for module in (gex.errors, gex_server.errors)
    for _, cls in inspect.getmembers(module, inspect.isclass)
    if issubclass(cls, GexError)
]


def detail(status, kind):
    for packed in status.details:
        message = kind()
        if packed.Unpack(message):
            return message
    return None


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_class_has_a_code_along_its_bases(cls):
    error = cls.__new__(cls)
    assert code_of(error) in grpc.StatusCode
    if cls not in (GexError, gex_server.errors.ServerError):
        assert code_of(error) is not grpc.StatusCode.INTERNAL, "an error that is raised on purpose is not a defect"


def test_the_nearest_class_in_the_table_counts():
    assert code_of(ColumnError("x", column="c")) is grpc.StatusCode.INVALID_ARGUMENT
    assert code_of(TooManyError("x", field="f")) is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert code_of(UnknownUnderlyingError("x")) is grpc.StatusCode.NOT_FOUND
    assert code_of(NoQuotesError("x")) is grpc.StatusCode.FAILED_PRECONDITION
    assert all(issubclass(cls, GexError) for cls in CODES)


def test_a_bad_row_is_told_by_column_and_row():
    status = status_of(ColumnError("bid[3]: no", column="chain.bid", row=3))
    assert (status.code, status.message) == (grpc.StatusCode.INVALID_ARGUMENT.value[0], "bid[3]: no")
    info = detail(status, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == ("INVALID_COLUMN", "gex")
    assert dict(info.metadata) == {"column": "chain.bid", "row": "3", "field": "chain.bid[3]"}
    (violation,) = detail(status, error_details_pb2.BadRequest).field_violations
    assert (violation.field, violation.description) == ("chain.bid[3]", "bid[3]: no")


def test_a_bad_field_is_told_by_its_path():
    for error in (FieldError("no", field="a.b"), TooManyError("no", field="a.b"), NotBuiltError("no", field="a.b")):
        (violation,) = detail(status_of(error), error_details_pb2.BadRequest).field_violations
        assert violation.field == "a.b"


def test_shedding_says_when_to_come_again():
    delay = detail(status_of(OverloadedError("x")), error_details_pb2.RetryInfo).retry_delay
    assert delay.nanos == 100_000_000


def test_a_defect_tells_nothing_but_where_it_is_logged():
    status = internal_status("abc")
    assert status.message == "internal error, logged as abc"
    assert detail(status, error_details_pb2.ErrorInfo).metadata["request_id"] == "abc"
