"""Requests that name a kept book instead of sending one."""

from typing import Any

from gex_server.errors import FieldError
from gex_server.services.runtime import Runtime
from gex_server.store import KeptBook
from gex_server.wire.kept_books import kept_book_to_proto


def fill_named_book(runtime: Runtime, request: Any) -> KeptBook | None:
    """Put the kept book that `request.book_name` names into `request.book`; the kept one, None where none is named.

    UnknownBookError where nothing is kept under the name.
    """
    if not request.book_name:
        return None
    if request.HasField("book"):
        raise FieldError("expected a book or the name of a kept one, got both", field="book_name")
    kept = runtime.books.book(request.book_name)
    kept_book_to_proto(kept, request.book)
    request.book_name = ""
    return kept
