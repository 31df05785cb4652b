"""The built page is what its sources build: checked by a hash, without Node."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "clients" / "web"
STATIC = WEB / "gex_web" / "static"


def test_the_built_page_is_of_these_sources() -> None:
    sources = [f"page/{path.name}" for path in (WEB / "page").iterdir()]
    digest = hashlib.sha256()
    for name in sorted([*sources, "build.mjs", "package-lock.json", "package.json", "tsconfig.json"]):
        digest.update(f"{name}\n".encode())
        digest.update((WEB / name).read_bytes().replace(b"\r\n", b"\n"))
    built = json.loads((STATIC / "built.json").read_text())
    assert built["sources_sha256"] == digest.hexdigest(), "the page's sources have changed: run `make web` and commit"


def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    if shutil.which("node") is None or not (WEB / "node_modules" / "esbuild").is_dir():
        pytest.skip("no Node with the page's packages: `make web` installs them")
    for name in ("page", "node_modules"):
        (tmp_path / name).symlink_to(WEB / name)
    for name in ("build.mjs", "package-lock.json", "package.json", "tsconfig.json"):
        shutil.copy(WEB / name, tmp_path / name)
    subprocess.run(["node", "build.mjs"], cwd=tmp_path, check=True, timeout=120)
    for path in STATIC.iterdir():
        assert (tmp_path / "gex_web" / "static" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_lockfile_names_no_host_and_pins_every_package_by_its_hash() -> None:
    text = (WEB / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert not re.search(r"https?://(?!opencollective|github\.com)", text)
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)


def test_the_licence_of_what_the_page_is_bundled_from_is_in_its_package() -> None:
    """esbuild drops it, and MIT asks for it in every copy; whatever else is in the bundle is a tool or ours."""
    bundled = json.loads((WEB / "package.json").read_text())["devDependencies"].keys() - {
        "axe-core",
        "esbuild",
        "typescript",
    }
    assert bundled == {"uplot"}
    licence = (WEB / "gex_web" / "uplot_license.txt").read_text()
    assert "Leon Sorokin" in licence
    assert "The above copyright notice and this permission notice shall be included" in licence


def test_the_page_asks_for_nothing_beyond_its_own_folder() -> None:
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"(src|href)=\"(?!static/|#)", page)
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"url\((?!data:)|@import", (STATIC / "page.css").read_text())


def test_no_source_of_the_page_is_longer_than_one_noun_can_fill() -> None:
    long = {
        path.name: count for path in (WEB / "page").iterdir() if (count := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
