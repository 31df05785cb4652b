"""What a server counts stands in the manual, by its name."""

from pathlib import Path

from gex_server.metrics import KeptFacts, Metrics
from gex_server.state.journal import JournalHealth

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def test_every_metric_stands_in_the_manual_and_the_manual_names_no_other():
    metrics = Metrics()
    facts = KeptFacts(underlying="SPX", revision=1, age_seconds=1.0, surface_age_seconds=1.0, rungs=(("fitted", 1),))
    metrics.watch(lambda: [facts], lambda: 1, lambda: JournalHealth(is_kept=False))
    counted = {family.name for family in metrics.registry.collect()}
    text = MANUAL.read_text(encoding="utf-8")
    named = {word for word in text.split("`") if word.startswith("gex_") and word.isidentifier()}
    assert counted - named == set()
    assert {name for name in named if name not in counted} <= {"gex_client"}
