"""The bytes under an address, over HTTP: patient with a server that asks for patience, with a limit on everything."""

import datetime as dt
import email.utils
import time
from collections.abc import Callable
from http import HTTPStatus

import httpx

LARGEST = 1 << 28  # bytes
ATTEMPTS = 3
LONGEST_WAIT = 60.0  # seconds that a server may ask to wait
TOTAL_SECONDS = 60.0  # of one attempt, from the first byte sent to the last one read
_AGAIN = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
}


def download(
    url: str,
    *,
    attempts: int = ATTEMPTS,
    total_seconds: float = TOTAL_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> bytes:
    """The body under `url`; an OSError says in one line why there is none.

    Tried again up to `attempts` times: an answer that breaks off, a server that is busy (429, 502, 503, 504), after the
    time it asks for in Retry-After or else 1, 2, 4 … s. A name that is not found or a connection that is refused is not.
    """
    timeout = httpx.Timeout(min(20.0, total_seconds))
    with httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=3, headers={"User-Agent": "gex"}) as client:
        for attempt in range(1, attempts + 1):
            wait = 2.0 ** (attempt - 1)
            try:
                body, asked = _once(client, url, total_seconds)
                if body is not None:
                    return body
                wait = asked if asked is not None else wait
                reason = "the server asks for fewer requests"
            except (httpx.RemoteProtocolError, httpx.ReadError) as error:
                reason = f"the answer broke off: {error}"
            except httpx.TimeoutException as error:
                raise TimeoutError(f"no answer in {timeout.read:g} s") from error
            except httpx.HTTPError as error:
                raise ConnectionError(str(error) or type(error).__name__) from error
            except httpx.InvalidURL as error:
                raise ConnectionError(f"not an address: {error}") from error
            if attempt == attempts:
                raise ConnectionError(f"{reason} ({attempts} attempts)")
            if wait > LONGEST_WAIT:
                raise ConnectionError(f"{reason}: try again in {wait:.0f} s")
            sleep(wait)
    raise AssertionError("unreachable")


def _once(client: httpx.Client, url: str, total_seconds: float) -> tuple[bytes | None, float | None]:
    """The body; or None and the seconds to wait before the next try, where the server names them."""
    ends = time.monotonic() + total_seconds
    with client.stream("GET", url) as answer:
        if answer.status_code in _AGAIN:
            return None, _retry_after(answer.headers.get("Retry-After"))
        if answer.status_code != HTTPStatus.OK:
            raise ConnectionError(f"the server says {answer.status_code} {answer.reason_phrase}".rstrip())
        parts, size = [], 0
        for part in answer.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise ConnectionError(f"expected at most {LARGEST} bytes, got more")
            if time.monotonic() > ends:
                raise TimeoutError(f"no whole answer in {total_seconds:g} s")
    return b"".join(parts), None


def _retry_after(text: str | None) -> float | None:
    """Seconds of a Retry-After header: a number, or a date."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
