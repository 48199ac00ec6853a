"""The model that ships: its files agree, its calibration is one, and it keeps its promises on real footage."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from spotcore.decoding import REVIEW_FALSE_ALARMS, STRICT_FALSE_ALARMS, score_floor
from spotcore.intervals import EXPRESSION_TYPES
from spotcore.pipeline import load_model
from spotcore.shipped_model import SHIPPED_FOLDER, STATEMENT
from spotcore.training import checkpoint
from tests.spotcore.bump_traces import traces_with
from tests.spotcore.real_footage import among_confounds, clear_macros, hits, quiet_rate, read_labels, spot_all

CARD = SHIPPED_FOLDER / "MODEL_CARD.md"


@pytest.fixture(scope="module")
def model():
    return load_model("default", "cpu")


@pytest.fixture(scope="module")
def on_real_footage(shared_media, model):
    """(labels, spotted at the review setting, spotted at the strict one)."""
    review, strict = spot_all(shared_media, model, (REVIEW_FALSE_ALARMS, STRICT_FALSE_ALARMS))
    return read_labels(shared_media), review, strict


def test_it_loads_and_says_what_it_was_trained_on(model):
    assert STATEMENT in model.version
    assert len(model.curves(traces_with([], count=40))) == 40


def test_card_and_description_tell_of_the_same_weights():
    weights = hashlib.sha256((SHIPPED_FOLDER / "model.safetensors").read_bytes()).hexdigest()
    card = CARD.read_text(encoding="utf-8")
    assert json.loads((SHIPPED_FOLDER / "model.json").read_text())["sha256"] == weights
    assert weights in card
    assert STATEMENT in card


def test_the_card_names_every_members_data_and_seed():
    card = CARD.read_text(encoding="utf-8")
    members = checkpoint.read_info(SHIPPED_FOLDER).training["members"]
    assert members
    for member in members:
        assert f"seed {member['settings']['seed']}" in card


def test_no_path_of_the_machine_that_built_it_is_left():
    text = (SHIPPED_FOLDER / "model.json").read_text() + CARD.read_text(encoding="utf-8")
    assert not [word for word in ("/tmp/", "/home/", "/work/", "/root/") if word in text]


def test_a_higher_score_never_means_more_false_alarms():
    info = checkpoint.read_info(SHIPPED_FOLDER)
    tables = [(info.calibration.scores[k], info.calibration.false_alarms[k]) for k in EXPRESSION_TYPES]
    tables += [info.decoder_settings[name][k] for name in ("network_rates", "baseline_rates") for k in EXPRESSION_TYPES]
    for scores, rates in tables:
        assert np.all(np.diff(scores) >= 0)
        assert np.all(np.diff(rates) <= 0)


def test_the_strict_setting_asks_for_higher_scores_than_the_review_setting(model):
    curves = model.curves(traces_with([], count=40))
    for kind in EXPRESSION_TYPES:
        assert score_floor(curves, kind, STRICT_FALSE_ALARMS) > score_floor(curves, kind, REVIEW_FALSE_ALARMS) > 0


def test_clear_macros_of_real_footage_are_found(on_real_footage):
    labels, review, _ = on_real_footage
    clear = clear_macros(labels)
    assert len(clear) == 14
    assert hits(clear, review, "macro") >= 11


def test_brief_expressions_between_others_are_found(on_real_footage):
    labels, review, _ = on_real_footage
    brief = [label for label in labels if label.kind == "brief"]
    assert len(brief) == 4
    assert hits(brief, review) >= 2


def test_head_movement_and_hands_are_hardly_proposed_at_the_strict_setting(on_real_footage):
    _, _, strict = on_real_footage
    assert len(among_confounds(strict)) <= 2


def test_blinks_are_not_proposed_as_micro(on_real_footage):
    labels, review, _ = on_real_footage
    assert hits([label for label in labels if label.kind == "blink"], review, "micro") == 0


def test_false_alarms_in_quiet_footage_are_printed_for_both_settings(on_real_footage, capsys):
    labels, review, strict = on_real_footage
    rates = [quiet_rate(labels, spotted) for spotted in (review, strict)]
    with capsys.disabled():
        print(f"\nquiet rows: {rates[0]:.1f} a minute at the review setting, {rates[1]:.1f} at the strict one")
    assert rates[1] <= rates[0] <= 30  # half a minute in all: one proposal is nearly two a minute
