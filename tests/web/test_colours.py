"""The maps are read by eyes that do not see red, green or blue, by grey printers, and in both themes."""

from pathlib import Path

import numpy as np
import pytest
from gex_cli import heat_map, map_picture, picture
from matplotlib import colormaps

from tests.web.colours import (
    FAINTEST,
    PALETTE,
    THEMES,
    VISIONS,
    contrast,
    difference,
    ink_contrast,
    lightness,
    page,
    rgb,
    seen,
    shades,
)

TEXT, SHAPE = 4.5, 3.0  # WCAG 2.1, 1.4.3 and 1.4.11 (AA)
AT_A_GLANCE = 10.0  # CIELAB


def test_the_page_of_figures_is_of_these_colours():
    written = Path(__file__).parents[2] / "docs" / "colours.md"
    assert written.read_text() == page(), "run: python -m tests.web.colours > docs/colours.md"


def test_contrast_and_lab_are_those_of_the_standards():
    white, black = np.full(3, 255.0), np.zeros(3)
    assert contrast(white, black) == pytest.approx(21.0)
    assert contrast(rgb("#767676"), white) == pytest.approx(4.54, abs=0.01)  # the lightest grey that passes on white
    # Red of sRGB in CIELAB under D65, a figure of every colour table: 53.24, 80.09, 67.20.
    np.testing.assert_allclose(seen(rgb("#ff0000"), "usual"), [53.24, 80.09, 67.20], atol=0.05)


@pytest.mark.parametrize("vision", VISIONS)
def test_a_simulated_eye_sees_white_and_grey_as_they_are(vision):
    for grey in (0.0, 128.0, 255.0):
        np.testing.assert_allclose(seen(np.full(3, grey), vision), seen(np.full(3, grey), "usual"), atol=0.01)


def test_the_simulation_confuses_what_such_eyes_confuse():
    red, green = rgb("#c03030"), rgb("#5a7a20")
    assert difference(red, green, "usual") > 70.0
    assert difference(red, green, "deuteranopia") < 0.4 * difference(red, green, "usual")
    assert difference(rgb("#2060c0"), rgb("#207880"), "tritanopia") < 0.5 * difference(
        rgb("#2060c0"), rgb("#207880"), "usual"
    )


@pytest.mark.parametrize("theme", THEMES)
def test_words_and_lines_stand_out_from_their_ground(theme):
    colours = PALETTE[theme]
    for ground in ("paper", "panel"):
        for name in ("ink", "quiet", "link", "warning"):
            assert contrast(rgb(colours[name]), rgb(colours[ground])) >= TEXT, (name, ground)
        for name in ("positive_line", "negative_line", "mark"):
            assert contrast(rgb(colours[name]), rgb(colours[ground])) >= SHAPE, (name, ground)


@pytest.mark.parametrize("theme", THEMES)
def test_a_figure_can_be_read_in_every_cell(theme):
    assert min(ink_contrast(one) for side in ("positive", "negative") for one in shades(theme, side)) >= TEXT


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_eye_tells_long_from_short_at_equal_strength(theme, vision):
    """From a fifth of the scale on: a cell of 4 % of the largest."""
    for one, other in zip(shades(theme, "positive")[FAINTEST:], shades(theme, "negative")[FAINTEST:], strict=True):
        assert difference(one, other, vision) >= AT_A_GLANCE


@pytest.mark.parametrize("theme", THEMES)
def test_a_grey_printer_still_shows_which_is_stronger(theme):
    for side in ("positive", "negative"):
        steps = np.diff([lightness(one) for one in shades(theme, side)])
        assert (steps < 0.0).all() if theme == "light" else (steps > 0.0).all()


@pytest.mark.parametrize("vision", VISIONS)
def test_terminal_and_pictures_are_told_apart_too(vision):
    assert difference(rgb(picture.POSITIVE), rgb(picture.NEGATIVE), vision) >= 50.0
    sides_of_terminal = [*zip(heat_map._POSITIVES, heat_map._NEGATIVES, strict=True)]
    for positive, negative in [*sides_of_terminal, (heat_map._POSITIVE_BAR, heat_map._NEGATIVE_BAR)]:
        assert difference(np.array(positive, float), np.array(negative, float), vision) >= AT_A_GLANCE
    assert difference(*(np.array(one, float) for one in sides_of_terminal[-1]), vision) >= 50.0
    colours = colormaps[map_picture.COLOURS]
    for strength in (0.1, 0.25, 0.5, 0.75, 1.0):
        sides = [255.0 * np.array(colours(0.5 + 0.5 * sign * strength))[:3] for sign in (1, -1)]
        assert difference(*sides, vision) >= AT_A_GLANCE


def test_every_shade_of_the_terminal_carries_its_figure():
    for shade in (*heat_map._POSITIVES, *heat_map._NEGATIVES):
        assert contrast(rgb(heat_map._ink(shade)), np.array(shade, float)) >= TEXT
