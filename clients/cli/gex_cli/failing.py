"""How a command ends when it cannot go on: one line on standard error and an exit code that scripts can trust.

0 done · 1 the server or gex itself failed · 2 the input is bad: a file, an option, a name · 130 interrupted
"""

import os
import select
import sys
import traceback

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130


def exit_code_of(error: BaseException) -> int:
    """2 where the caller has to change something, 1 where the server or gex failed."""
    from gex_client import errors as client_errors

    if isinstance(error, client_errors.GexError):
        return FAILED if isinstance(error, client_errors.ServerError | client_errors.NumericalError) else BAD_INPUT
    from gex_server.errors import NotBuiltError

    from gex.errors import InputError, MissingDataError

    if isinstance(error, InputError | MissingDataError | NotBuiltError | OSError | UnicodeError):
        return BAD_INPUT
    return FAILED


def one_line(error: BaseException) -> str:
    """The message of an error in one line, with the file that the system could not open."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return "; ".join(" ".join(line.split()) for line in str(error).splitlines() if line.strip()) or type(error).__name__


def reader_left() -> bool:
    """True where standard output is a pipe that nobody reads any more; what is buffered for it is dropped."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(sys.__stdout__.fileno() if sys.__stdout__ else 1, 0)
    left = any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    if left:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return left


def report(error: BaseException) -> int:
    """Print why it ended; the exit code."""
    code = exit_code_of(error)
    text = one_line(error)
    if not _is_expected(error):
        text = f"internal error: {type(error).__name__}: {text} (GEX_TRACEBACK=1 shows where)"
    print(f"gex: {text}", file=sys.stderr)
    if os.environ.get("GEX_TRACEBACK"):
        traceback.print_exception(error)
    return code


def _is_expected(error: BaseException) -> bool:
    from gex_client.errors import GexError as ClientError

    if isinstance(error, ClientError | OSError):
        return True
    from gex.errors import GexError

    return isinstance(error, GexError)
