"""Where the nanoseconds of the kernels go: each building block alone in the same vector loop, at 4,096 rows.

    python -m benchmarks.kernel_profile

A block alone is a loop of load, block, store; `floor` is load and store alone. Blocks overlap inside a kernel, so they add
up to more than it takes; what they show is which of them a saving must come from.
"""

import math
import re

import numpy as np

from benchmarks.book import draw_book, frozen
from benchmarks.timing import nanoseconds, pinned, reference
from gex.greeks import forward_greeks
from gex.kernels import black, implied, normal
from gex.kernels.compiling import CODES_OUT, FLOATS, FLOATS_OUT, SIGNS, TABLE_OUT, kernel

COUNT = 4_096


@kernel
def floor(a, b, out):
    for i in range(out.shape[0]):
        out[i] = a[i] + b[i]


@kernel
def divide(a, b, out):
    for i in range(out.shape[0]):
        out[i] = a[i] / b[i]


@kernel
def root(a, b, out):
    for i in range(out.shape[0]):
        out[i] = math.sqrt(a[i]) + b[i]


@kernel
def exponential(a, b, out):
    for i in range(out.shape[0]):
        out[i] = normal.exp(-a[i]) + b[i]


@kernel
def log_ratio(a, b, out):
    for i in range(out.shape[0]):
        out[i] = normal.log_ratio(a[i], b[i])


@kernel
def pair(a, b, out):
    for i in range(out.shape[0]):
        near, far, difference = normal.erfcx_pair(a[i], b[i])
        out[i] = near + far + difference


@kernel
def difference(a, b, out):
    for i in range(out.shape[0]):
        _, _, out[i] = normal.erfcx_pair(a[i], b[i])


@kernel
def seed(a, b, out):
    for i in range(out.shape[0]):
        out[i] = implied._seed(a[i], b[i], 1.0 / b[i])


@kernel
def step(a, b, out):
    for i in range(out.shape[0]):
        s, nu = implied._main_step(a[i], 0.3, b[i])
        out[i] = s + nu


@kernel
def copy_tile(source, out):
    for k in range(13):
        for i in range(source.shape[1]):
            out[k, i] = source[k, i]


def counts(dispatcher, types) -> str:
    """Vector instructions of the machine code; none where it came out of the cache."""
    asm = dispatcher.inspect_asm(types)
    kinds = (
        ("multiply-adds", r"vfn?m(?:add|sub)\d+pd"),
        ("products and sums", r"v(?:mul|add|sub)pd"),
        ("divisions", r"vdivpd"),
        ("roots", r"vsqrtpd"),
        ("selects and compares", r"v(?:cmp\w*pd|blendmpd|blendvpd|maxpd|minpd)"),
    )
    widest = "z" if re.search(r"vfmadd\d+pd[^\n]*%zmm", asm) else "y"
    line = r"[^\n]*%" + widest + "mm"
    parts = [f"{len(re.findall(pattern + line, asm))} {name}" for name, pattern in kinds]
    return f"{widest}mm: " + ", ".join(parts)


def main() -> None:
    pinned()
    unit = reference()
    print(f"Reference: {unit:.3f} ns a dependent fused multiply-add ({4.0 / unit:.2f} GHz at four cycles each)")
    forward, strike, time, vol, sign = (frozen(c) for c in draw_book(COUNT))
    random = np.random.default_rng(0)
    a, b = frozen(random.uniform(0.1, 3.0, COUNT)), frozen(random.uniform(0.01, 0.5, COUNT))
    out, table = np.empty(COUNT), np.empty((13, COUNT))
    for name, block in (
        ("load, add, store", floor),
        ("division", divide),
        ("square root", root),
        ("exp", exponential),
        ("log of a ratio", log_ratio),
        ("erfcx pair, all three results", pair),
        ("erfcx pair, the difference only", difference),
        ("first guess of implied vol", seed),
        ("one step of implied vol", step),
    ):
        value = nanoseconds(lambda block=block: block(a, b, out), COUNT)
        print(f"  {name:40}{value:8.2f} ns [{value / unit:6.2f}]")
    source = np.ones((13, COUNT))
    value = nanoseconds(lambda: copy_tile(source, table), COUNT)
    print(f"  {'thirteen columns copied':40}{value:8.2f} ns [{value / unit:6.2f}]")
    ones = frozen(np.ones(COUNT))
    price = frozen(forward_greeks(forward, strike, time, vol, sign).price)
    status = np.empty(COUNT, np.int8)
    six = (FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS)
    for name, work, dispatcher, types in (
        ("thirteen Greeks", lambda: black.black_greeks(forward, strike, time, vol, sign, ones, table),
         black.black_greeks, (*six, TABLE_OUT)),
        ("implied vol, cold", lambda: implied.implied_vols(price, forward, strike, time, sign, ones, out, status),
         implied.implied_vols, (*six, FLOATS_OUT, CODES_OUT)),
        ("implied vol, warm, still",
         lambda: implied.implied_vols_from(price, forward, strike, time, sign, ones, vol, out, status),
         implied.implied_vols_from, (*six, FLOATS, FLOATS_OUT, CODES_OUT)),
    ):  # fmt: skip
        value = nanoseconds(work, COUNT)
        print(f"  {name:40}{value:8.2f} ns [{value / unit:6.2f}]")
        if not sum(dispatcher.stats.cache_hits.values()):
            print(f"      {counts(dispatcher, types)}")


if __name__ == "__main__":
    main()
