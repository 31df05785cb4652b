"""Machine code: kept by a digest of every source, found again, warm for what requests send, vectorised."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import gex.kernels
from gex.kernels import american_greeks, american_implied, black, compiling, dividends, implied

SOURCES = Path(gex.kernels.__file__).parent


def frozen(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


def run_python(code, folder, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}
    kept.update(environment, PYTHONPATH=str(folder))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=kept, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def small_package(tmp_path):
    """A package with the real compiling.py and two files of kernels, one built on the other."""
    folder = tmp_path / "small"
    folder.mkdir()
    shutil.copy(SOURCES / "compiling.py", folder / "compiling.py")
    (folder / "__init__.py").write_text("")
    (folder / "inner.py").write_text(
        "from small.compiling import inlined\n\n@inlined\ndef base(x):\n    return x + 1.0\n"
    )
    (folder / "outer.py").write_text(
        "from small.compiling import kernel\nfrom small.inner import base\n\n"
        "@kernel\ndef twice(x):\n    return 2.0 * base(x)\n"
    )
    return tmp_path


CALL = """
    from small import compiling, outer
    found = outer.twice(1.0)
    stats = outer.twice.stats
    print(found, sum(stats.cache_hits.values()), compiling.cache_folder().name)
"""


def test_an_edit_of_any_kernel_file_makes_the_old_machine_code_unused(small_package):
    first, hits, folder = run_python(CALL, small_package).split()
    assert (first, hits) == ("4.0", "0")
    again, hits, same = run_python(CALL, small_package).split()
    assert (again, hits, same) == ("4.0", "1", folder)  # a second process finds it
    inner = small_package / "small" / "inner.py"
    inner.write_text(inner.read_text().replace("1.0", "2.0"))  # the file of the *helper*, which numba does not look at
    edited, hits, other = run_python(CALL, small_package).split()
    assert (edited, hits) == ("6.0", "0")
    assert other != folder


def test_the_cache_lies_where_the_deployer_says(small_package, tmp_path):
    place = tmp_path / "elsewhere"
    run_python(CALL, small_package, NUMBA_CACHE_DIR=str(place))
    assert list(place.glob("gex-kernels-*/*/outer.twice*.nbi"))


def test_a_folder_that_cannot_be_written_to_only_costs_the_cache(small_package, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, where a folder is wanted")
    (small_package / "small" / "__pycache__").write_text("another")
    code = """
        from small import compiling, outer
        print(outer.twice(1.0), compiling.cache_folder())
    """
    printed = run_python(code, small_package, HOME=str(blocked), PYTHONDONTWRITEBYTECODE="1")
    assert printed == "4.0 None"


def test_the_digest_sees_every_file_and_every_name(tmp_path):
    (tmp_path / "a.py").write_text("x")
    (tmp_path / "b.py").write_text("y")
    first = compiling.sources_digest(tmp_path)
    assert first == compiling.sources_digest(tmp_path)
    (tmp_path / "b.py").write_text("z")
    second = compiling.sources_digest(tmp_path)
    (tmp_path / "b.py").rename(tmp_path / "c.py")
    assert len({first, second, compiling.sources_digest(tmp_path)}) == 3


def test_decorating_leaves_the_cache_of_other_libraries_where_it_was():
    import numba

    before = numba.config.CACHE_DIR

    @compiling.kernel
    def one(x):
        return x

    assert before == numba.config.CACHE_DIR


@pytest.mark.slow  # compiles every kernel where the cache is cold
def test_after_warming_up_requests_compile_nothing():
    assert compiling.warm() >= 5
    kernels = (black.black_greeks, black.spot_greeks, implied.implied_vols, implied.implied_vols_from)
    kernels += (american_greeks.american_greeks, american_implied.american_implied_vols, dividends.dividend_values)
    before = [len(k.signatures) for k in kernels]
    from gex import american, greeks
    from gex.implied import implied_vol

    strike = np.array([95.0, 100.0, 105.0])
    right = np.array([1, -1, 1], np.int8)
    for columns in ((strike, right), frozen(strike.copy(), right.copy())):
        price = greeks.forward_greeks(100.0, columns[0], 0.5, 0.2, columns[1]).price
        greeks.spot_greeks(100.0, 100.0, columns[0], 0.5, 0.2, columns[1])
        implied_vol(price, 100.0, columns[0], 0.5, columns[1])
        implied_vol(price, 100.0, columns[0], 0.5, columns[1], previous_vol=0.2)
        american.american_greeks(100.0, columns[0], 0.5, 0.2, columns[1], 0.05, 0.01)
        american.american_implied_vol(price + 1.0, 100.0, columns[0], 0.5, columns[1], 0.05, 0.01)
        american.american_values(
            100.0, columns[0], 0.5, 0.2, columns[1], 0.05, dividends=american.CashDividends(time=[0.1], amount=[1.0])
        )
    assert [len(k.signatures) for k in kernels] == before


VECTOR_LOOPS = """
    import re
    import numpy as np
    from gex.kernels import american_greeks, black, implied
    from gex.kernels.compiling import CODES_OUT, FLOATS, FLOATS_OUT, SIGNS, TABLE_OUT
    six = (FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS)
    loops = {
        "greeks": (black.black_greeks, (*six, TABLE_OUT)),
        "spot": (black.spot_greeks, (FLOATS, *six, TABLE_OUT)),
        "cold": (implied.implied_vols, (*six, FLOATS_OUT, CODES_OUT)),
        "warm": (implied.implied_vols_from, (*six, FLOATS, FLOATS_OUT, CODES_OUT)),
    }
    for name, (dispatcher, types) in loops.items():
        dispatcher.compile(types)
        asm = dispatcher.inspect_asm(types)
        wide = len(re.findall(r"vfn?m(?:add|sub)[0-9]+pd[^\\n]*%[yz]mm", asm))
        divisions = len(re.findall(r"vdivpd[^\\n]*%[yz]mm", asm))
        gathers = len(re.findall(r"vgather", asm))
        print(name, wide, divisions, gathers)
"""


@pytest.mark.slow
@pytest.mark.skipif("avx2" not in Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else True,
                    reason="reads the assembly of AVX2 and AVX-512 machines")  # fmt: skip
def test_the_loops_over_options_are_vectorised(tmp_path):
    # machine code from the cache cannot be inspected, so this compiles into an empty one
    printed = run_python(VECTOR_LOOPS, SOURCES.parents[1], NUMBA_CACHE_DIR=str(tmp_path))
    found = {name: tuple(map(int, rest)) for name, *rest in (line.split() for line in printed.splitlines())}
    least = {"greeks": (60, 4), "spot": (60, 5), "cold": (120, 8), "warm": (200, 12)}
    for name, (products, divisions) in least.items():
        assert found[name][0] >= products, (name, found[name])
        assert found[name][1] >= divisions, (name, found[name])
        assert found[name][2] == 0, (name, found[name])  # a gather means that indices may be negative to LLVM


BITS = """
import hashlib
import numpy as np
from gex.columns import frozen
from gex.kernels.exposure import gamma_curves, line_coefficients
from gex.exposure.lines import ExposureLines, dealer_weight
from gex.greeks import spot_greeks
from gex.exposure.profile import exposure_profiles
from gex.positioning import InventoryPositioning
from gex.pairs import pair_up
from tests.chains import book_of

lines = [(days, 0.1 + days / 400, 4500.0 + 37 * i, f"{(-1) ** i * (50 + i)}C") for days in (2, 30, 90) for i in range(27)]
quotes, surface, contracts = book_of(lines, rate=0.04, dividend=0.013)
pairs = pair_up(quotes)
weight = dealer_weight(quotes, pairs, (InventoryPositioning(contracts),))
(profile,) = exposure_profiles(ExposureLines.of(pairs, surface), weight)
greeks = spot_greeks(5000.0, 5010.0, quotes.strike, 0.1, 0.2, quotes.right, 0.99)
columns = [*profile.columns().values(), *greeks.columns().values()]
print(hashlib.sha256(b"".join(np.ascontiguousarray(c).tobytes() for c in columns)).hexdigest())
"""


@pytest.mark.slow
def test_fresh_and_cached_machine_code_give_the_same_bits(tmp_path):
    """A server that compiled its kernels and a client that loads them must agree bit for bit."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    root = Path(__file__).parents[2]
    seen = {
        subprocess.run(
            [sys.executable, "-c", BITS], env=environment, cwd=root, capture_output=True, text=True, check=True
        ).stdout
        for _ in ("compiled", "loaded")
    }
    assert len(seen) == 1
