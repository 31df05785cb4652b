"""A touched expiry gets three numbers, level, skew and curvature, and keeps its shape otherwise."""

import math

from gex.kernels.certificate import PROVEN, calendar_of_pair
from gex.kernels.compiling import inlined, kernel
from gex.kernels.slice_fit import basis_row
from gex.kernels.spline import publish
from gex.kernels.sweep import LEAST_WING, certify

_TRIES = 7


@inlined
def _skew(z):
    return z / (1.0 + 0.25 * z * z)


@inlined
def _curvature(z):
    return z * z / (2.0 + 0.5 * z * z)


@kernel
def touch_slice(
    theta,
    knot,
    table,
    at,
    c,
    k,
    middle,
    weight,
    earlier,
    has_earlier,
    later,
    has_later,
    out_knot,
    out,
    new,
    scratch,
):
    """(share of the change that is certified, left slope, smallest calendar gap); 0.0 where none is.

    new = c·(1 + x₀ + x₁ z/(1 + z²/4) + x₂ z²/(2 + z²/2)) at the Greville abscissae `at`, x by weighted least squares on
    the middles of the quotes. Where slice or pairs fail, half the change is tried, a quarter, … The later slice is not
    moved: its pair is certified again.
    """
    a00, a01, a02, a11, a12, a22 = 1e-12, 0.0, 0.0, 1e-12, 0.0, 1e-12
    b0, b1, b2 = 0.0, 0.0, 0.0
    root = math.sqrt(theta)
    for i in range(k.shape[0]):
        if math.isnan(middle[i]):
            continue
        row = new[:4]
        s = basis_row(knot, table, k[i] / root, row)
        y, d1, d2 = 0.0, 0.0, 0.0
        for m in range(4):
            part = row[m] * c[s + m]
            y += part
            d1 += part * _skew(at[s + m])
            d2 += part * _curvature(at[s + m])
        u = weight[i] * theta * theta
        miss = middle[i] / theta - y
        a00 += u * y * y
        a01 += u * y * d1
        a02 += u * y * d2
        a11 += u * d1 * d1
        a12 += u * d1 * d2
        a22 += u * d2 * d2
        b0 += u * y * miss
        b1 += u * d1 * miss
        b2 += u * d2 * miss
    ridge = 1e-9 * (a00 + a11 + a22)
    l00 = math.sqrt(a00 + ridge)
    l10, l20 = a01 / l00, a02 / l00
    l11 = math.sqrt(max(a11 + ridge - l10 * l10, ridge))
    l21 = (a12 - l10 * l20) / l11
    l22 = math.sqrt(max(a22 + ridge - l20 * l20 - l21 * l21, ridge))
    y0 = b0 / l00
    y1 = (b1 - l10 * y0) / l11
    x2 = (b2 - l20 * y0 - l21 * y1) / (l22 * l22)
    x1 = (y1 - l21 * x2) / l11
    x0 = (y0 - l10 * x1 - l20 * x2) / l00
    least_left, least_right = LEAST_WING, LEAST_WING
    if has_earlier:
        least_left, least_right = earlier[4], earlier[1][earlier[3], 1]
    last = knot.shape[0] - 1
    share = 1.0
    for _ in range(_TRIES):
        for a in range(c.shape[0]):
            new[a] = c[a] * (1.0 + share * (x0 + x1 * _skew(at[a]) + x2 * _curvature(at[a])))
        left, _ = publish(theta, knot, table, new, least_left, least_right, out_knot, out)
        proven, gap = certify(out_knot, out, last, left, earlier, has_earlier, scratch)
        if proven and has_later:
            mine = (out_knot, out, 0, last, left)
            other_knot, other, low, high, other_left = later
            verdict, _ = calendar_of_pair(other_knot, other, low, high, other_left, mine, scratch[3], scratch[4])
            proven = verdict == PROVEN
        if proven:
            return share, left, gap
        share *= 0.5
    return 0.0, 0.0, 0.0
