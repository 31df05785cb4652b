"""Made-up chains that look like listed ones and know the truth they were made from: for the demo, tests, benchmarks."""

from gex.sample.chain import Sample, SampleKind, Truth, sample_chain
from gex.sample.feed import sample_csv
from gex.surface.essvi import EssviSurface

__all__ = ["EssviSurface", "Sample", "SampleKind", "Truth", "sample_chain", "sample_csv"]
