"""A few seconds of what make soak does for ten minutes: everything at once, beside a model."""

import asyncio

from tests.server.running import RunningServer
from tests.server.soaking import soak

SECONDS = 5.0
GROWTH = 100.0  # MiB; a few seconds still warm caches: make soak is the one that looks at the memory


def test_every_accepted_update_is_in_the_final_state_and_nothing_fails_under_mixed_load(tmp_path):
    settings = {"audit_url": f"sqlite:///{tmp_path / 'audit.db'}", "state_folder": tmp_path / "kept"}
    with RunningServer(**settings) as server:
        server.event("serving")
        run = asyncio.run(soak(server.event("listening")["address"], server.process.pid, SECONDS))
        assert run.wrong == []
        assert min(run.updates, run.questions, run.watched, run.decisions) > 0
        assert run.growth < GROWTH
        assert server.events("defect") == []
        server.terminate()
        assert server.exit_code() == 0
