"""Random numbers by counter: a draw is a function of (seed, path, step, stream), whoever asks and in whatever order.

Each path walks a SplitMix64 sequence of its own (Steele, Lea & Flood, OOPSLA 2014) that starts at a hash of seed and
path, so that results do not depend on how paths are cut into chunks, and policies meet common random numbers. Normals
are the inverse of the distribution function (Wichura, Applied Statistics 37, 1988, AS 241): antithetic ones are exact
negatives.
"""

import math

import numpy as np
from numba import types

from gex.kernels.bits import polynomial
from gex.kernels.compiling import inlined, kernel, warms
from gex.kernels.normal import log

STREAMS = 8  # draws a path may take at one step
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53

_CENTRE_UP = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
_CENTRE_DOWN = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
_NEAR_UP = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
_NEAR_DOWN = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
_FAR_UP = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
_FAR_DOWN = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip


@inlined
def _mixed(z):
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


@inlined
def path_key(seed, path):
    """Where the sequence of a path starts."""
    return _mixed(_mixed(np.uint64(seed) + _GOLDEN) + np.uint64(path) * _GOLDEN)


@inlined
def uniform_draw(key, step, stream):
    """A uniform number in (0, 1), never an end."""
    bits = _mixed(key + _GOLDEN * np.uint64(step * STREAMS + stream + 1))
    return (bits >> _S11) * _UNIT + 0.5 * _UNIT


@inlined
def normal_quantile(u):
    """The x with N(x) = u, 0 < u < 1, to 1e-15 relative; 0.975: 1.959963984540054."""
    q = u - 0.5
    r = 0.180625 - q * q
    centre = q * polynomial(r, _CENTRE_UP) / polynomial(r, _CENTRE_DOWN)
    depth = math.sqrt(-log(min(u, 1.0 - u)))
    near = polynomial(depth - 1.6, _NEAR_UP) / polynomial(depth - 1.6, _NEAR_DOWN)
    far = polynomial(depth - 5.0, _FAR_UP) / polynomial(depth - 5.0, _FAR_DOWN)
    tail = near if depth <= 5.0 else far
    tail = -tail if q < 0.0 else tail
    return centre if abs(q) <= 0.425 else tail


@kernel
def fill_normals(key, sign, step, stream, out):
    """A normal number for each path of a block; `sign` −1 gives the antithetic ones."""
    for lane in range(len(out)):
        out[lane] = sign[lane] * normal_quantile(uniform_draw(key[lane], step, stream))


@kernel
def fill_uniforms(key, step, stream, out):
    """A uniform number for each path of a block."""
    for lane in range(len(out)):
        out[lane] = uniform_draw(key[lane], step, stream)


@kernel
def fill_keys(seed, first_path, is_antithetic, key, sign):
    """Keys of the paths `first_path` … of a block; antithetic paths 2k and 2k + 1 share a key and differ in sign."""
    for lane in range(len(key)):
        path = first_path + lane
        base = path // 2 if is_antithetic else path
        key[lane] = path_key(seed, base)
        sign[lane] = -1.0 if is_antithetic and path % 2 == 1 else 1.0


_KEYS = types.Array(types.uint64, 1, "C")
_OUT = types.Array(types.float64, 1, "C")
warms(fill_keys, types.int64, types.int64, types.boolean, _KEYS, _OUT)
warms(fill_normals, _KEYS, _OUT, types.int64, types.int64, _OUT)
warms(fill_uniforms, _KEYS, types.int64, types.int64, _OUT)
