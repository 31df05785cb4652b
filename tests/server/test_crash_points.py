"""Killed at every point of a decision's life, a hedge ends with the same log: nothing lost, doubled or reordered."""

import json
import subprocess
import sys
from pathlib import Path


def test_a_kill_anywhere_leaves_the_log_that_no_kill_would_have_left(tmp_path: Path) -> None:
    """Every eighth point here; `python -m tests.server.crash_points FOLDER SEED` kills at all of them."""
    command = [sys.executable, "-m", "tests.server.crash_points", str(tmp_path / "lives"), "1", "8"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900.0, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["bad"] == []
    assert found["killed"] == found["points"] >= 5
    assert found["is_identical"]
    assert found["orders"], "a history without orders shows nothing"
    assert len(set(found["orders"])) == len(found["orders"])
    assert found["decisions"] == sorted(set(found["decisions"]))
    assert found["fills"]
