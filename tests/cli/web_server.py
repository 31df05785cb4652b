"""HTTP on this machine that answers as it is told: status, headers, body, pauses, answers that break off."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """One answer. `promised` bytes are announced, `body` is sent; `pause` seconds lie between its bytes."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    pause: float = 0.0


@dataclass
class WebServer:
    """A running server: where it is, what it was asked."""

    host: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def web_server(*replies: Reply) -> Iterator[WebServer]:
    """Plays the replies in order, the last one for ever."""
    left = list(replies)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            running.asked.append(self.path)
            reply = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.promised is None else reply.promised))
            self.end_headers()
            try:
                if reply.pause:
                    for byte in reply.body:
                        time.sleep(reply.pause)
                        self.wfile.write(bytes([byte]))
                else:
                    self.wfile.write(reply.body)
            except OSError:
                self.close_connection = True

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = WebServer(host=f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
