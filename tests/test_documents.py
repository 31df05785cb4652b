"""What the documents point to is there: links, tasks, commands and their options, figures of other pages."""

import re
from pathlib import Path

import pytest
import typer
from gex_cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md"), ROOT / "clients/python/README.md"]
)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def commands_of(page: Path) -> list[str]:
    """What stands behind `gex`, between ticks or at the beginning of a line of a block."""
    text = page.read_text(encoding="utf-8")
    blocks = "\n".join(text.split("```")[1::2])
    return [*re.findall(r"^gex (.*)$", blocks, re.MULTILINE), *re.findall(r"`gex ([^`\n]+)`", text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith("http") and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tasks_that_are_named_exist(page):
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) - tasks == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name)
def test_commands_that_are_shown_exist_with_their_options(page):
    for line in commands_of(page):
        name, *words = line.partition(" #")[0].split()
        if name.startswith("-") or not name.islower():
            continue
        assert name in COMMANDS, line
        known = {option for one in COMMANDS[name].params for option in (*one.opts, *one.secondary_opts)}
        assert {word for word in words if word.startswith("--")} - known - {"--help"} == set(), line


def test_the_readme_shows_a_dozen_commands():
    assert len(commands_of(ROOT / "README.md")) > 12


def test_the_figure_of_the_readme_is_that_of_the_page_it_rests_on():
    rows = re.findall(r"\| ([+-][\d.]+) \|$", (ROOT / "docs/flip.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = re.search(r"moves by up to (\d+) index points", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert told is not None
    assert float(told[1]) == pytest.approx(max(abs(float(row)) for row in rows), rel=0.1)
