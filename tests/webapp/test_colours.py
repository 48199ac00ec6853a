"""The colours of the reviewing surface, measured: text can be read on every ground, pairs survive colour blindness.

Contrast is that of WCAG 2.1; colour blindness is simulated by Viénot, Brettel and Mollon (1999), differences are CIE76
in CIELAB. Colours are read from the style sheet, the canvases' theme and the page's theme, as the browser gets them.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from webapp.theme import THEME_OPTIONS

ASSETS = Path(__file__).parents[2] / "webapp" / "components" / "assets" / "review"
THEMES = ("light", "dark")
TEXTS = ("text", "micro", "macro", "good", "bad", "doubt", "soft")
# Linear RGB -> what somebody without the red (protan) or the green (deutan) cones sees.
BLIND = {
    "deutan": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
    "protan": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "full": np.eye(3),
}


def rgb(text: str) -> np.ndarray:
    """(3,) float64 sRGB, 0 to 1, of "#rrggbb"."""
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def linear(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """1 (the same) to 21 (black on white)."""
    a, b = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def lab(colour: np.ndarray, sight: str) -> np.ndarray:
    """(3,) CIELAB under D65 of an sRGB colour as one kind of eye sees it."""
    seen = np.clip(np.asarray(BLIND[sight]) @ linear(colour), 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = xyz / [0.9505, 1.0, 1.089]
    f = np.where(f > 0.008856, np.cbrt(f), 7.787 * f + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def mix(front: np.ndarray, back: np.ndarray, share: float) -> np.ndarray:
    return share * front + (1 - share) * back


def palette(theme: str) -> dict[str, np.ndarray]:
    """Name -> colour of the style sheet's variables in one theme, over the page's own."""
    css = (ASSETS / "review.css").read_text()
    blocks = {"light": r"\.glint \{(.*?)\}", "dark": r'\.glint\[data-theme="dark"\] \{(.*?)\}'}
    found: dict[str, np.ndarray] = {}
    for block in (blocks["light"], blocks[theme]):
        text = re.search(block, css, re.DOTALL).group(1)
        found |= {name: rgb(value) for name, value in re.findall(r"--(\w+): (#[0-9a-f]{6});", text)}
    names = {"text": "textColor", "back": "backgroundColor", "panel": "secondaryBackgroundColor",
             "primary": "primaryColor"}  # fmt: skip
    found |= {name: rgb(THEME_OPTIONS[f"theme.{theme}.{option}"]) for name, option in names.items()}
    share = int(re.search(r"--soft: color-mix\(in srgb, var\(--text\) (\d+)%", css).group(1)) / 100
    return found | {"soft": mix(found["text"], found["back"], share)}


def grounds(colours: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What text stands on: the page, the fields, a selected row."""
    back = colours["back"]
    return {
        "page": back,
        "fields": mix(colours["panel"], back, 0.55),
        "selected row": mix(colours["primary"], back, 0.13),
    }


def canvas_colours(theme: str) -> dict[str, np.ndarray]:
    """Colours of bars, handles and playhead on the timeline."""
    script = (ASSETS / "theme.js").read_text()
    found = re.findall(r'(\w+): dark \? "(#[0-9a-f]{6})" : "(#[0-9a-f]{6})"', script)
    return {name: rgb(dark if theme == "dark" else light) for name, dark, light in found if name != "text"}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", TEXTS)
def test_text_can_be_read_on_every_ground(theme: str, name: str) -> None:
    colours = palette(theme)
    measured = {where: round(contrast(colours[name], ground), 2) for where, ground in grounds(colours).items()}
    assert {where: value for where, value in measured.items() if value < 4.5} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_words_on_the_timeline_can_be_read(theme: str) -> None:
    script = (ASSETS / "theme.js").read_text()
    inks = re.search(r'ink = dark \? "([\d, ]+)" : "([\d, ]+)"', script).groups()
    ink = np.array([int(part) for part in inks[theme == "light"].split(",")]) / 255
    share = float(re.search(r"muted: `rgba\(\$\{ink\}, ([\d.]+)\)`", script).group(1))
    back = palette(theme)["back"]
    assert contrast(mix(ink, back, share), back) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_bars_and_playhead_stand_out_from_the_timeline(theme: str) -> None:
    back = palette(theme)["back"]
    weak = {name: round(contrast(colour, back), 2) for name, colour in canvas_colours(theme).items()}
    assert set(weak) >= {"micro", "macro", "playhead"}
    assert {name: value for name, value in weak.items() if value < 3} == {}


@pytest.mark.parametrize("sight", BLIND)
@pytest.mark.parametrize("theme", THEMES)
def test_micro_and_macro_differ_for_colour_blind_eyes_too(theme: str, sight: str) -> None:
    curves = dict(re.findall(r'(micro|macro): "(#[0-9a-f]{6})"', (ASSETS / "theme.js").read_text()))
    for colours in (palette(theme), canvas_colours(theme), {name: rgb(value) for name, value in curves.items()}):
        assert np.linalg.norm(lab(colours["micro"], sight) - lab(colours["macro"], sight)) > 25


@pytest.mark.parametrize("sight", BLIND)
@pytest.mark.parametrize("theme", THEMES)
def test_verdicts_differ_for_colour_blind_eyes_too(theme: str, sight: str) -> None:
    colours = palette(theme)
    pairs = [("good", "bad"), ("good", "doubt")]
    near = {pair: np.linalg.norm(lab(colours[pair[0]], sight) - lab(colours[pair[1]], sight)) for pair in pairs}
    assert {pair: round(float(value), 1) for pair, value in near.items() if value < 15} == {}


def test_no_verdict_is_told_by_colour_alone() -> None:
    script = "".join(path.read_text() for path in sorted(ASSETS.glob("*.js")))
    signs = dict(re.findall(r'(\w+): "([^"]*)"', re.search(r"SIGNS = \{( accepted.*?)\}", script).group(1)))
    assert {signs[v] for v in ("accepted", "rejected", "unsure", "added")} == {"✓", "✕", "?", "+"}
