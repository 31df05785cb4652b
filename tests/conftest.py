"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The first call of a kernel compiles it, so no single example may be judged by its time.
# One commit gives one verdict: `make test` draws the same examples each time; `make explore` draws new ones.
settings.register_profile("gex", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("explore", deadline=None, print_blob=True, max_examples=500)
settings.load_profile("gex")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real chains; the test is skipped where there is none."""
    folder = Path(os.environ.get("GEX_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real chains in {folder}: set GEX_REAL_DATA")
    return folder
