"""What a supervisor tells a server process, line by line on its standard input.

    serve               take over: load what is kept, listen, take calls
    hand over           hold new calls, finish those in work, end streams, write down what is kept
    hand on ADDRESS     the new process serves at ADDRESS: give it the calls that are held, then go
    stay                the new process did not come up: go on as before

The process answers in its log: "warm", "serving", "handed over", "stopped". The end of the input means that the
supervisor is gone; the process then drains and ends, so that nothing is left behind.
"""

import asyncio
import sys
from collections.abc import AsyncIterator


async def orders() -> AsyncIterator[tuple[str, str]]:
    """The orders as they come: what to do, and with which address where there is one."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        while line := await reader.readline():
            words = line.decode("utf-8", "replace").strip()
            if words.startswith("hand on "):
                yield "hand on", words.removeprefix("hand on ")
            elif words:
                yield words, ""
    finally:
        transport.close()
