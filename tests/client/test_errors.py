import inspect

import gex_client
import pytest
from gex_client import errors
from gex_client.channel import error_from_rpc
from gex_server import errors as server_errors
from gex_server.status import code_of, status_of

from gex import errors as library_errors

STATUS_DETAILS = "grpc-status-details-bin"


def tree(module, root):
    found = [cls for _, cls in inspect.getmembers(module, inspect.isclass) if issubclass(cls, root)]
    return {cls.__name__: cls for cls in found}


LIBRARY = tree(library_errors, library_errors.GexError)
SERVER = tree(server_errors, library_errors.GexError)
CLIENT = tree(errors, errors.GexError)


class RefusedCallError(Exception):
    """What gRPC raises when a server answers with this error."""

    def __init__(self, error: library_errors.GexError) -> None:
        super().__init__()
        self.status, self.grpc_code = status_of(error), code_of(error)

    def code(self):
        return self.grpc_code

    def details(self):
        return self.status.message

    def trailing_metadata(self):
        return ((STATUS_DETAILS, self.status.SerializeToString()),)


def raised_again(error: library_errors.GexError) -> errors.GexError:
    return error_from_rpc(RefusedCallError(error), "127.0.0.1:1")


def instance(cls):
    if issubclass(cls, library_errors.ColumnError):
        return cls("chain.bid[7]: expected a price, got -1", column="chain.bid", row=7)
    if "field" in inspect.signature(cls.__init__).parameters:
        return cls("expected a price, got -1", field="chain.spot")
    return cls("what went wrong")


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_every_error_of_the_library_has_a_twin_with_its_reason_and_bases(name):
    twin = CLIENT[name]
    assert twin.reason == LIBRARY[name].reason
    bases = [cls.__name__ for cls in LIBRARY[name].__mro__ if cls.__name__ in LIBRARY]
    assert [cls.__name__ for cls in twin.__mro__ if cls.__name__ in CLIENT] == bases


def test_the_client_has_no_errors_besides_those_of_library_and_server_and_its_own_one():
    assert set(CLIENT) - set(LIBRARY) - set(SERVER) == {"UnavailableError"}


def test_reasons_name_one_class_each():
    assert len(errors.BY_REASON) == len(CLIENT)


def test_every_error_is_exported():
    assert set(CLIENT) <= set(gex_client.__all__)


@pytest.mark.parametrize(
    "cls", [*LIBRARY.values(), *SERVER.values()], ids=lambda cls: f"{cls.__module__}.{cls.__name__}"
)
def test_what_a_server_raises_is_raised_again_with_its_message(cls):
    error = instance(cls)
    again = raised_again(error)
    assert type(again) is errors.BY_REASON[cls.reason]
    assert str(again) == str(error)


def test_column_and_row_come_back():
    again = raised_again(library_errors.ColumnError("strike is NaN", column="chain.strike", row=3))
    assert isinstance(again, errors.ColumnError)
    assert (again.column, again.row, again.field) == ("chain.strike", 3, "chain.strike")


def test_a_column_without_a_row_to_blame_has_none():
    again = raised_again(library_errors.ColumnError("unequal", column="chain.strike"))
    assert isinstance(again, errors.ColumnError)
    assert again.row is None


def test_the_path_of_a_field_comes_back():
    assert raised_again(server_errors.FieldError("expected more", field="settings.rate")).field == "settings.rate"


def test_when_to_try_again_comes_back():
    assert raised_again(server_errors.OverloadedError("busy")).retry_after_seconds == pytest.approx(0.1, abs=1e-9)


def test_a_message_says_what_where_nobody_answers():
    with gex_client.Client("127.0.0.1:1", timeout=2.0) as client, pytest.raises(gex_client.UnavailableError) as seen:
        client.underlyings()
    assert "127.0.0.1:1" in str(seen.value)
