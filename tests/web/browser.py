"""A real browser, driven over its own protocol: Debian's chromium, headless, with a profile that is thrown away."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.sync.client import connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
)
START_SECONDS = 60.0
WAIT_SECONDS = 60.0


def chromium() -> str:
    """The path of an installed browser; the test is skipped where there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip("no browser: install the package chromium")
    return found


class Browser:
    """One page of a headless browser; use as a context manager."""

    def __init__(self, width: int = 1280, height: int = 900) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="gex-browser-", ignore_cleanup_errors=True)
        own = (f"--user-data-dir={self._profile.name}", f"--window-size={width},{height}")
        self._process = subprocess.Popen(
            [chromium(), *ARGUMENTS, *own, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            port, _ = self._endpoint()
            self._socket = connect(
                self._page_address(port), max_size=None, open_timeout=START_SECONDS, ping_interval=None
            )
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self._sent = 0
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def _endpoint(self) -> tuple[int, str]:
        path = Path(self._profile.name) / "DevToolsActivePort"
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if path.exists() and len(lines := path.read_text().split()) == 2:
                return int(lines[0]), lines[1]
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        pytest.skip(f"the browser {chromium()} does not start here")

    @staticmethod
    def _page_address(port: int) -> str:
        import httpx

        pages = httpx.get(f"http://127.0.0.1:{port}/json/list").json()
        return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the DevTools protocol and its result."""
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(WAIT_SECONDS))
            if message.get("id") == self._sent:
                assert "error" not in message, (method, message["error"])
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)

    def value(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = WAIT_SECONDS) -> Any:
        """The value of an expression once it is true."""
        until = time.monotonic() + seconds
        while True:
            found = self.value(f"(() => {{ try {{ return {expression} }} catch (error) {{ return null }} }})()")
            if found:
                return found
            assert time.monotonic() < until, f"still not true after {seconds} s: {expression}\n{self.text()}"
            time.sleep(0.02)

    def text(self) -> str:
        """What is to be read on the page."""
        return str(self.value("document.body ? document.body.innerText : ''"))

    def hover(self, x: float, y: float) -> None:
        """Move the pointer."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def key(self, key: str) -> None:
        """Press a key."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def choose(self, element: str, value: str) -> None:
        """Choose an option of a select, as a person would."""
        self.value(
            f"(() => {{ const one = document.getElementById('{element}'); one.value = {json.dumps(value)}; "
            "one.dispatchEvent(new Event('change')); })()"
        )

    def resize(self, width: int, height: int, scale: float = 1.0) -> None:
        """Another size of the window."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )

    def scheme(self, name: str) -> None:
        """What the system prefers: light or dark."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """A picture of the page, all of it where `whole`."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(taken["data"]))

    def heap(self) -> int:
        """Bytes of JavaScript values, after a collection."""
        self.call("HeapProfiler.collectGarbage")
        return int(self.call("Runtime.getHeapUsage")["usedSize"])

    def complaints(self) -> list[str]:
        """Errors of scripts, refused resources and policy violations so far."""
        self.value("1")
        found = []
        for event in self.events:
            if event["method"] == "Runtime.exceptionThrown":
                details = event["params"]["exceptionDetails"]
                found.append(str(details.get("exception", {}).get("description") or details["text"]))
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(str(event["params"]["entry"]["text"]))
        return found

    def requested(self) -> list[str]:
        """Every address that the page has asked for."""
        self.value("1")
        return [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()
