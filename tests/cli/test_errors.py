"""What is wrong is said in one line on standard error, with an exit code that scripts can trust."""

import os
import subprocess
import sys

import pytest
from gex_cli import failing
from gex_cli.main import main

from tests.cli.conftest import gex_process


@pytest.fixture
def files(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "text.csv").write_text("once upon a time\nthere was a chain\n")
    (tmp_path / "broken.json").write_text('{"data": {"options": [')
    (tmp_path / "broken.csv.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    (tmp_path / "bytes.csv").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "nothing.csv").write_text("root,expiry,strike,right,contracts\n")
    (tmp_path / "wrong.csv").write_text("root,expiry,strike,right,contracts\nSPXW,soon,5400,C,-10\n")
    (tmp_path / "wrong.toml").write_text('[[instrument]]\nname = "ES"\nkind = "banana"\n')
    (tmp_path / "folder").mkdir()
    return tmp_path


def refused(ran, *words):
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.startswith("gex: ")
    assert "Traceback" not in ran.err
    assert "internal error" not in ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize("command", ["exposure", "vols", "publish"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.csv", "no such file"),
        ("folder", "is a folder"),
        ("empty.csv", "the file is empty"),
        ("text.csv", "text.csv"),
        ("broken.json", "broken.json"),
        ("broken.csv.gz", "not a whole gzip file"),
        ("bytes.csv", "bytes.csv"),
    ],
)
def test_a_file_that_is_no_chain_is_refused(gex, files, command, name, words):
    refused(gex(command, files / name), words, name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--positioning", "dealers_are_nice"], "oi_calls_long_puts_short"),
        (["--greeks", "mine"], "--greeks"),
        (["--source", "bloomberg"], "bloomberg"),
        (["--as-of", "yesterday"], "--as-of: expected ISO 8601"),
        (["--as-of", "2024-06-12T14:30:00"], "offset from UTC"),
        (["--rate", "much"], "--rate"),
        (["--rate", "5"], "0.05 is 5 %"),
        (["--rate", "nan"], "rate"),
        (["--spot", "-1"], "spot"),
        (["--underlying", "TSLA"], "TSLA"),
        (["--colour"], "--colour"),
    ],
)
def test_an_option_that_is_none_is_refused(gex, sample_file, options, words):
    refused(gex("exposure", sample_file, *options), words)


@pytest.mark.parametrize("options", [["--greeks"], ["--as-of"]])
def test_an_option_without_its_value_is_refused(gex, sample_file, options):
    refused(gex("exposure", sample_file, *options), options[0])


def test_a_command_that_is_none_is_refused(gex):
    refused(gex("divine"), "divine")


def test_a_missing_argument_is_refused(gex):
    refused(gex("exposure"), "FILE")


def test_books_and_instruments_are_refused_by_file_and_place(gex, sample_file, files, book_file, instruments_file):
    def hedge(book, instruments):
        return gex("hedge", sample_file, "--positions", book, "--instruments", instruments)

    refused(hedge(files / "missing.csv", instruments_file), "missing.csv", "no such file")
    refused(hedge(files / "nothing.csv", instruments_file), "nothing.csv", "at least one position")
    refused(hedge(files / "wrong.csv", instruments_file), "wrong.csv", "line 2", "soon")
    refused(hedge(files / "bytes.csv", instruments_file), "bytes.csv", "UTF-8")
    refused(hedge(book_file, files / "wrong.toml"), "wrong.toml", "banana")
    refused(hedge(book_file, files / "empty.csv"), "empty.csv", "[[instrument]]")
    refused(gex("hedge", sample_file, "--positions", book_file), "--instruments")


def test_an_expiry_that_is_not_listed_is_refused(gex, sample_file):
    ran = gex("vols", sample_file, "--expiry", "2031-01-01")
    assert ran.code == 2
    assert "--expiry: expected one of" in ran.err


def test_a_server_that_is_not_there_is_a_failure_of_one_line(gex, sample_file):
    for arguments in (
        ("exposure", sample_file, "--server", "127.0.0.1:1"),
        ("publish", sample_file, "--server", "127.0.0.1:1"),
        ("watch", "SPX", "--server", "127.0.0.1:1"),
    ):
        ran = gex(*arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert "127.0.0.1:1: no server answered" in ran.err


def test_what_the_server_refuses_is_refused_as_here(gex, sample_file, address):
    asked = ("exposure", sample_file, "--positioning", "dealers_are_nice")
    assert gex(*asked).err == gex(*asked, "--server", address).err
    assert gex(*asked, "--server", address).code == 2


def test_a_defect_is_told_without_a_traceback(gex, sample_file, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("gex_cli.exposure_command.exposure_request", broken)
    ran = gex("exposure", sample_file)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "internal error: ZeroDivisionError: a defect" in ran.err
    monkeypatch.setenv("GEX_TRACEBACK", "1")
    assert main(["exposure", str(sample_file)]) == failing.FAILED


def test_an_interrupt_ends_quietly(gex, sample_file, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gex_cli.exposure_command.exposure_request", interrupted)
    ran = gex("exposure", sample_file)
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_exit_codes_reach_the_shell(files):
    done = gex_process("exposure", files / "empty.csv")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("format_option", [[], ["--csv"], ["--json"]])
def test_a_reader_that_leaves_early_is_no_error(sample_file, format_option):
    command = [sys.executable, "-m", "gex_cli.main", "exposure", str(sample_file), *format_option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("shell", "words", "offered"),
    [
        ("bash", {"COMP_WORDS": "gex exp", "COMP_CWORD": "1"}, "exposure"),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "gex hedge --pos"}, "--positions"),
        ("fish", {"_TYPER_COMPLETE_ARGS": "gex sta", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}, "status"),
    ],
)
def test_shells_are_offered_commands_and_options(shell, words, offered):
    done = gex_process(env={**os.environ, "_GEX_COMPLETE": f"complete_{shell}", **words})
    assert (done.returncode, offered in done.stdout) == (0, True), done.stderr
