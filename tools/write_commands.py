"""Write docs/commands.md from the commands themselves: what each is for, its example, its formats, and the exit codes.

`python tools/write_commands.py` writes it, `--check` says whether it is what would be written (exit code 1 where not).
"""

import sys
from pathlib import Path

import typer
from gex_cli import failing
from gex_cli.application import app, name_of
from gex_cli.main import COMMANDS

FILE = Path(__file__).parents[1] / "docs" / "commands.md"
FORMATS = ("--json", "--csv", "--png", "--html")
CODES = (
    (0, "done; a reader that leaves early (`| head`) is no error"),
    (
        failing.FAILED,
        "the server or gex failed: nobody answers, `doctor` found what will fail, a defect",
    ),
    (
        failing.BAD_INPUT,
        "bad input: a file, an option, a name; one line on standard error says what, expected, seen",
    ),
    (failing.INTERRUPTED, "interrupted by Ctrl-C"),
)


def text() -> str:
    """The page."""
    command = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        "Written by `python tools/write_commands.py` from the commands themselves; `gex COMMAND --help` says every option.",
        "",
        "| command | what it does | example | formats |",
        "|---|---|---|---|",
    ]
    for registered in app.registered_commands:
        name, document = name_of(registered), (registered.callback.__doc__ if registered.callback else "") or ""
        what, _, rest = document.strip().partition("\n")
        example = next(line.strip() for line in rest.splitlines() if line.strip().startswith("gex "))
        options = {flag for one in command.commands[name].params for flag in one.opts}  # type: ignore[attr-defined]
        formats = " ".join(f"`{one}`" for one in FORMATS if one in options)
        lines.append(f"| `{name}` | {what.strip()} | `{example}` | {formats} |")
    lines += ["", "## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in CODES]
    lines += [
        "",
        "## Terminals and pipes",
        "",
        "- Standard output is the answer alone; progress, notes and errors go to standard error.",
        "- Tables fit the width of the terminal (`COLUMNS` says another one). `NO_COLOR=1` takes every colour away.",
        "- `gex --install-completion` completes commands and options in bash, zsh, fish and PowerShell.",
        "- `GEX_TOKEN`, `GEX_CA`, `GEX_CERTIFICATE` and `GEX_KEY` say who you are to a server.",
        "- `GEX_TRACEBACK=1` shows where a defect is.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Write or check it; the exit code."""
    assert COMMANDS  # importing them registers them
    wanted = text()
    if "--check" in sys.argv[1:]:
        if FILE.exists() and FILE.read_text(encoding="utf-8") == wanted:
            return 0
        print("docs/commands.md is not what the commands say: python tools/write_commands.py", file=sys.stderr)
        return 1
    FILE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
