"""What the stages before the kernels cost: bytes of a source into clean columns, beside pandas' reading of the same bytes.

pytest benchmarks/test_stages.py --benchmark-enable --benchmark-group-by=group --benchmark-columns=median,min,rounds
"""

import io
import os
from pathlib import Path

import pandas as pd
import pytest

from gex.cleaning import clean
from gex.io.cboe_csv import parse_chain
from gex.io.detect import read_bytes
from gex.sample import sample_chain, sample_csv

REAL = Path(os.environ.get("GEX_REAL_DATA", Path(__file__).parents[2] / "shared" / "data")) / "cboe_csv"
FILES = ("sample of 20,000", "spx_20230914", "spx_20221212")


@pytest.fixture(scope="module", params=FILES)
def cboe_csv(request):
    """A Cboe CSV: the embedded sample written as one, and real ones of about 19,900 and 19,150 options where they are."""
    if request.param.startswith("sample"):
        return sample_csv(sample_chain(option_count=20_000)).encode()
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
