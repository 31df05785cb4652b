"""On a real terminal: maps are redrawn in place, colours come and go as asked, bars stand beside pipes, names complete."""

import os
import pty
import select
import subprocess
import sys
import threading
import time

import pytest
from gex_cli import live_map
from gex_cli.application import name_of
from gex_cli.main import app
from gex_client import Client
from rich.console import Console

from tests.server.requests import chain_message

COMMAND = [sys.executable, "-m", "gex_cli.main"]
UP = "\x1b[1A"  # one line up: what redraws in place
SECONDS = 300.0  # the first run may compile


def on_terminal(*arguments, meanwhile=None, stdout_too=True, **environment):
    """Exit code, and what a terminal of 100 × 50 is sent; standard output of a pipe where it is none."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    size = {"COLUMNS": "100", "LINES": "50", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs if stdout_too else subprocess.PIPE,
        stderr=theirs,
        env=clean | size | environment,
    )
    os.close(theirs)
    piped = []
    reader = None
    if process.stdout is not None:
        stream = process.stdout
        reader = threading.Thread(target=lambda: piped.append(stream.read()))
        reader.start()
    seen, until = b"", time.monotonic() + SECONDS
    while time.monotonic() < until:
        if select.select([ours], [], [], 0.05)[0]:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # Linux: the other side is closed
                break
            if not part:
                break
            seen += part
        if meanwhile is not None:
            meanwhile(seen.decode(errors="replace"))
    code = process.wait(SECONDS)
    os.close(ours)
    if reader is not None:
        reader.join()
        assert process.stdout is not None
        process.stdout.close()
    return code, seen.decode(errors="replace"), b"".join(piped).decode()


def test_a_watched_map_is_redrawn_in_place(address):
    with Client(address, timeout=60.0) as client:
        chain = chain_message(underlying="LIVE", options=400)
        first = client.publish_chain(chain).revision
        sent = []

        def publish(text):
            if f"revision {first}," in text and not sent:
                chain.as_of.seconds += 60
                chain.spot *= 1.01
                sent.append(client.publish_chain(chain).revision)

        code, seen, _ = on_terminal("watch", "LIVE", "--server", address, "--map", "--count", 2, meanwhile=publish)
    assert code == 0, seen
    before, _, after = seen.partition(f"revision {sent[0]}, update 2")
    assert "update 1" in before
    assert before.count(UP) >= 20  # back over the rows of the first map
    assert "put wall" in after
    assert "\x1b[?25h" in after  # the cursor is shown again


def test_without_a_terminal_maps_stand_below_one_another_and_carry_no_codes(gex, address):
    with Client(address, timeout=60.0) as client:
        client.publish_chain(chain_message(underlying="PLAIN", options=400))
    ran = gex("watch", "PLAIN", "--server", address, "--map", "--count", 1)
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "Net gamma by strike and expiry" in ran.out
    both = gex("watch", "PLAIN", "--server", address, "--map", "--json")
    assert (both.code, both.out) == (2, "")


def test_the_map_fits_the_width_it_is_given():
    from gexapi.v1 import exposure_pb2

    response = exposure_pb2.GetExposureResponse(underlying="X", spot=100.0)
    book = response.books.add(positioning="oi_calls_long_puts_short")
    book.map.strike.extend([99.0, 100.0, 101.0])
    book.map.expiry_index.extend([0, 0, 0])
    book.map.gamma_exposure_per_percent.extend([1e9, -2e9, 4e9])
    response.expiries.add(root="X", expiry="2024-06-21", currency="USD")
    for width in (60, 80, 120):
        out = Console(width=width, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        out.print(live_map.picture(response, width, "update 1"))
        out.file.close()
        assert max(map(len, out.export_text().splitlines())) <= width


def test_colours_come_on_a_terminal_and_go_with_no_color(sample_file):
    code, seen, _ = on_terminal("exposure", sample_file)
    assert code == 0
    assert "\x1b[" in seen
    assert "48;2;" in seen  # the shades of the map
    code, seen, _ = on_terminal("exposure", sample_file, NO_COLOR="1")
    assert code == 0
    assert not any(mark in seen for mark in ("38;2;", "48;2;", "[31m", "[34m"))


def test_a_bar_is_drawn_on_standard_error_while_the_answer_goes_through_a_pipe(sample_file):
    code, seen, piped = on_terminal("survey", sample_file, "--json", stdout_too=False)
    assert code == 0
    assert "reading" in seen
    assert "\x1b" not in piped
    assert piped.count("\n") == 1


@pytest.mark.parametrize(("shell", "marker"), [("bash", "exposure"), ("zsh", "exposure"), ("fish", "exposure")])
def test_names_of_commands_and_options_complete(shell, marker):
    def completed(words, count):
        environment = {
            "_GEX_COMPLETE": f"complete_{shell}",
            "COMP_WORDS": words,
            "COMP_CWORD": str(count),
            "_TYPER_COMPLETE_ARGS": words,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }
        done = subprocess.run(COMMAND, env=os.environ | environment, capture_output=True, text=True, check=False)
        return done.stdout

    assert marker in completed("gex exp", 1)
    assert "--positioning" in completed("gex exposure --pos", 2)


def test_commands_stand_in_the_order_of_their_use():
    names = [name_of(one) for one in app.registered_commands]
    assert names[0] == "exposure"
    assert names.index("scenarios") == names.index("risk") + 1
    assert names[-1] == "doctor"


def test_shades_of_the_map_are_those_of_every_terminal_and_readable_on_dark_and_light():
    """Steps of the cube of xterm's 256 colours; contrast by WCAG 2.1: 4.5 to 1 for figures, 3 to 1 for bars."""
    from gex_cli.heat_map import _NEGATIVE_BAR, _NEGATIVES, _POSITIVE_BAR, _POSITIVES, _ink

    def luminance(shade):
        linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in shade]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one, other):
        low, high = sorted((luminance(one), luminance(other)))
        return (high + 0.05) / (low + 0.05)

    black, white = (0, 0, 0), (255, 255, 255)
    for shade in (*_POSITIVES, *_NEGATIVES):
        assert set(shade) <= {0, 95, 135, 175, 215, 255}
        assert contrast(shade, white if _ink(shade) == "#ffffff" else black) >= 4.5
    for shade in (_POSITIVE_BAR, _NEGATIVE_BAR):
        assert min(contrast(shade, black), contrast(shade, white)) >= 3.0
    for ramp in (_POSITIVES, _NEGATIVES):
        assert [luminance(one) for one in ramp] == sorted((luminance(one) for one in ramp), reverse=True)
