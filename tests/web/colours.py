"""Colours as people see them: contrast as in WCAG 2.1, colour blindness simulated, differences in CIELAB.

`python -m tests.web.colours > docs/colours.md` writes the figures that the tests hold against their limits.
"""

import json
from pathlib import Path

import numpy as np

PALETTE = json.loads((Path(__file__).parents[2] / "clients" / "web" / "page" / "palette.json").read_text())
THEMES = tuple(PALETTE)
STEPS = 64  # shades on either side of zero, as palette.ts has them

# Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for Simulation of Color Vision Deficiency", table 1,
# severity 1.0, on linear RGB. Rows sum to one: white stays white.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # sRGB, D65


def rgb(text: str) -> np.ndarray:
    """The parts of "#rrggbb", 0 to 255."""
    return np.array([int(text[at : at + 2], 16) for at in (1, 3, 5)], float)


def linear(colour: np.ndarray) -> np.ndarray:
    """Light of an sRGB colour, 0 to 1."""
    part = np.asarray(colour, float) / 255.0
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """WCAG 2.1: 1 where equal, 21 for black on white."""
    lights = sorted(float(_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def seen(colour: np.ndarray, vision: str) -> np.ndarray:
    """CIELAB coordinates of a colour as that eye sees it."""
    light = np.clip(VISIONS[vision] @ linear(colour), 0.0, 1.0)
    ratio = (_XYZ @ light) / (_XYZ @ np.ones(3))
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116.0 * root[1] - 16.0, 500.0 * (root[0] - root[1]), 200.0 * (root[1] - root[2])])


def difference(one: np.ndarray, other: np.ndarray, vision: str) -> float:
    """Distance in CIELAB (1976): 2.3 is just noticed side by side, 10 at a glance."""
    return float(np.linalg.norm(seen(one, vision) - seen(other, vision)))


def lightness(colour: np.ndarray) -> float:
    """L* of a colour: what is left on a grey printer."""
    return float(seen(colour, "usual")[0])


def shades(theme: str, side: str) -> np.ndarray:
    """The shades from zero to the largest value, as palette.ts mixes them: shape (STEPS + 1, 3)."""
    stops = np.array([rgb(one) for one in (PALETTE[theme]["zero"], *PALETTE[theme][side])])
    place = np.linspace(0.0, len(stops) - 1.0, STEPS + 1)
    return np.round(np.array([np.interp(place, np.arange(len(stops)), stops[:, part]) for part in range(3)]).T)


def ink_contrast(colour: np.ndarray) -> float:
    """Contrast of the figure in a cell: black or white, whichever stands out more."""
    return max(contrast(colour, np.zeros(3)), contrast(colour, np.full(3, 255.0)))


GROUNDS = ("paper", "panel")
WORDS = ("ink", "quiet", "link", "warning")
LINES = ("positive_line", "negative_line", "mark")
FAINTEST = STEPS // 5  # of the shades that are to be told apart: a cell of 4 % of the largest


def page() -> str:
    """Every figure, as Markdown."""
    lines = [
        "# Colours of the maps",
        "",
        (
            "Written by `python -m tests.web.colours > docs/colours.md` from `clients/web/page/palette.json`; "
            "`tests/web/test_colours.py` holds the figures against the limits, for page, terminal and pictures."
        ),
        "",
        "Blue is long, orange short; figures of what is short carry a minus, so that no colour says anything alone.",
        "",
        "## Contrast",
        "",
        "WCAG 2.1: at least 4.5 : 1 for words, 3 : 1 for lines and marks; the worse of the two grounds.",
        "",
        "| | " + " | ".join(THEMES) + " | at least |",
        "|---" * (len(THEMES) + 2) + "|",
    ]
    for name in (*WORDS, *LINES):
        worst = [
            min(contrast(rgb(PALETTE[theme][name]), rgb(PALETTE[theme][on])) for on in GROUNDS) for theme in THEMES
        ]
        lines.append(_row(name.replace("_", " "), worst, "{:.2f}", "4.5" if name in WORDS else "3"))
    cells = [
        min(ink_contrast(one) for side in ("positive", "negative") for one in shades(theme, side)) for theme in THEMES
    ]
    lines.append(_row("figures in cells, worst shade", cells, "{:.2f}", "4.5"))
    lines += [
        "",
        "## Eyes that do not see red, green or blue",
        "",
        (
            "CIELAB distance of long and short of equal strength, as each eye sees them (Machado, Oliveira and Fernandes, "
            "2009, severity 1); 2.3 is just noticed, at least 10 from 4 % of the largest cell on. *Worst* is over all those "
            "shades."
        ),
        "",
        "| theme | eye | faint | | middle | | strong | worst | at least |",
        "|---" * 9 + "|",
    ]
    for theme in THEMES:
        for vision in VISIONS:
            stops = zip(PALETTE[theme]["positive"], PALETTE[theme]["negative"], strict=True)
            pairs = [difference(rgb(one), rgb(other), vision) for one, other in stops]
            all_shades = zip(shades(theme, "positive"), shades(theme, "negative"), strict=True)
            told = [difference(one, other, vision) for one, other in list(all_shades)[FAINTEST:]]
            lines.append(f"| {theme} " + _row(vision, [*pairs, min(told)], "{:.0f}", "10"))
    return "\n".join([*lines, ""])


def _row(name: str, values: list[float], form: str, least: str) -> str:
    return f"| {name} | " + " | ".join(form.format(one) for one in values) + f" | {least} |"


if __name__ == "__main__":
    print(page(), end="")
