"""What every stage costs over sizes from 100 to 50,000 options; parsing beside pandas' reading of the same bytes.

pytest benchmarks/test_stages.py --benchmark-enable --benchmark-group-by=group --benchmark-columns=median,min,rounds
"""

import io
import os
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.stages import SIZES, Stage, sample_bytes, stages
from gex.cleaning import clean
from gex.io.cboe_csv import parse_chain
from gex.io.detect import read_bytes
from gex.kernels.compiling import warm

REAL = Path(os.environ.get("GEX_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")) / "cboe_csv"
STAGES = (
    *("parse", "clean", "forward", "vols", "surface", "greeks"),
    *("exposure", "profile", "forward map", "book greeks", "hedge"),
)
FILES = ("sample of 20,000", "spx_20230914", "spx_20221212")


@pytest.fixture(scope="module", params=FILES)
def cboe_csv(request):
    """A Cboe CSV: the embedded sample written as one, and real ones of about 19,900 and 19,150 options where they are."""
    if request.param.startswith("sample"):
        return sample_bytes(20_000)
    path = REAL / f"{request.param}.csv.gz"
    if not path.exists():
        pytest.skip(f"no real chains in {REAL.parent}: set GEX_REAL_DATA")
    return read_bytes(path)


@pytest.mark.benchmark(group="parsing a Cboe CSV")
def test_parse_chain(benchmark, cboe_csv):
    chain = benchmark(parse_chain, cboe_csv)
    assert len(chain.quotes) > 15_000


@pytest.mark.benchmark(group="parsing a Cboe CSV")
def test_parse_and_clean(benchmark, cboe_csv):
    """The figure that is asked for: 20,000 options in 25 ms."""
    chain = benchmark(lambda: clean(parse_chain(cboe_csv)))
    assert len(chain.quotes) > 15_000


@pytest.mark.benchmark(group="parsing a Cboe CSV")
def test_pandas_read_csv_alone(benchmark, cboe_csv):
    """Columns of numbers and text only: no symbols, dates, settlements, checks or rejects."""
    lines = cboe_csv.splitlines()
    head = next(number for number, line in enumerate(lines) if b"Calls" in line and b"Puts" in line)
    frame = benchmark(lambda: pd.read_csv(io.BytesIO(cboe_csv), skiprows=head))
    assert len(frame) > 7_500


@pytest.mark.benchmark(group="parsing a Cboe CSV")
def test_pandas_to_one_row_per_option(benchmark, cboe_csv):
    """What it takes beside that to have root, date, right and strike of every option, as columns; nothing is checked."""
    lines = cboe_csv.splitlines()
    head = next(number for number, line in enumerate(lines) if b"Calls" in line and b"Puts" in line)
    fields = ["Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma", "Open Interest"]

    def read():
        frame = pd.read_csv(io.BytesIO(cboe_csv), skiprows=head)
        calls = frame[["Calls", *fields]].set_axis(["Symbol", *fields], axis=1)
        puts = frame[["Puts", *[f"{name}.1" for name in fields]]].set_axis(["Symbol", *fields], axis=1)
        both = pd.concat([calls, puts], ignore_index=True)
        parts = both["Symbol"].str.extract(r"^([A-Z0-9]+?)(\d{6})([CP])(\d{8})$")
        both["Root"], both["Right"] = parts[0], parts[2]
        both["Expiry"] = pd.to_datetime(parts[1], format="%y%m%d")
        both["Strike"] = parts[3].astype(float) / 1e3
        return both

    frame = benchmark(read)
    assert len(frame) > 15_000
    assert frame["Strike"].notna().all()


@pytest.fixture(scope="module", params=SIZES)
def stage_of(request) -> dict[str, Stage]:
    """Every stage of the embedded sample of that size, by name."""
    warm()
    return {stage.name: stage for stage in stages(sample_bytes(request.param))}


@pytest.mark.benchmark(group="stages")
@pytest.mark.parametrize("name", STAGES)
def test_stage(benchmark, stage_of, name):
    stage = stage_of[name]
    benchmark.extra_info["rows"] = stage.rows
    assert benchmark(stage.run) is not None
