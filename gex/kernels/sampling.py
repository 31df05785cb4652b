"""How far apart the nodes may stand at which lobes are computed before they are interpolated (`gex.kernels.hermite`)."""

import math

import numpy as np
import numpy.typing as npt
from numba import float64, int64, types

from gex.kernels.compiling import FLOATS, kernel, warms

FINEST_STEP = 0.00125  # in ln S: lobes narrower than five of them are computed at every level
COARSEST = 6  # powers of two above it: 0.08
STEPS = np.append(0.0, FINEST_STEP * 2.0 ** np.arange(COARSEST + 1))  # of each class; 0 is not sampled
STEPS.flags.writeable = False


@kernel
def sampling_order(inverse_width, samples, finest, coarsest, start, lines):
    """lines[start[c]:start[c + 1]], ascending: the lobes that may be sampled every finest·2^(c − 1).

    Class 0 is what is narrower than `samples` finest steps, or has no width (1/width 0).
    """
    group = np.empty(inverse_width.shape[0], np.int64)
    start[:] = 0
    for i in range(inverse_width.shape[0]):
        power = -1.0
        if inverse_width[i] > 0.0:
            power = np.floor(math.log2(1.0 / (samples * finest * inverse_width[i])))
        group[i] = int(min(max(power, -1.0), float(coarsest))) + 1
        start[group[i] + 1] += 1
    for c in range(coarsest + 2):
        start[c + 1] += start[c]
    fill = start.copy()
    for i in range(inverse_width.shape[0]):
        lines[fill[group[i]]] = i
        fill[group[i]] += 1


def sampling_classes(
    inverse_width: npt.NDArray[np.float64], samples: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """(start, lines, step), read-only: lines by the step of ln S at which they are sampled, at least `samples` a width.

    `inverse_width` is 1/width in ln S, a frozen column, 0 for what has none. A step is FINEST_STEP times a power of two,
    0 for what must be computed everywhere: of widths 0.005, 0.02 and 0.5 at five samples [0], [1] and [2] have the steps
    0, 0.0025 and 0.08.
    """
    start, lines = np.empty(COARSEST + 3, np.int64), np.empty(len(inverse_width), np.int64)
    sampling_order(inverse_width, samples, FINEST_STEP, COARSEST, start, lines)
    start.flags.writeable = lines.flags.writeable = False
    return start, lines, STEPS


_INDICES_OUT = types.Array(int64, 1, "C")
warms(sampling_order, FLOATS, float64, float64, int64, _INDICES_OUT, _INDICES_OUT)
