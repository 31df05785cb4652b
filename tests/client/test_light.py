"""The client is light: what it does not need is not imported, and cannot be missed."""

import subprocess
import sys

HEAVY = ("numba", "llvmlite", "scipy", "pandas", "matplotlib", "typer", "pydantic", "gex", "gex_server", "gex_cli")

BLOCKED = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {HEAVY!r}:
            raise ImportError(f"{{name}} is not there")
sys.meta_path.insert(0, Refuse())
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_heavy_is_imported():
    code = f"import sys, gex_client, gex_client.aio; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert run(code) == "[]"


def test_it_works_where_nothing_heavy_is_installed():
    code = f"""{BLOCKED}
import gex_client, gex_client.aio
chain = gex_client.Chain.from_columns(
    {{"expiry": ["2024-03-15"], "strike": [5000], "right": ["C"], "bid": [60.1]}},
    underlying="SPX", as_of="2024-03-01T21:00:00Z")
print(len(chain.to_proto().strike))
"""
    assert run(code) == "1"


def test_frames_say_what_to_install_where_pandas_is_missing():
    code = f"""{BLOCKED}
from gex_client.exposure import ExposureMap
from gexapi.v1 import exposure_pb2
try:
    ExposureMap(exposure_pb2.ExposureMap(strike=[1.0])).to_frame()
except ImportError as error:
    print(error)
"""
    assert "gex-client[pandas]" in run(code)
