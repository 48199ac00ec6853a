"""Who works in one study sees nothing of another on any page, whatever ids stand in the address."""

from __future__ import annotations

import pytest

from db.queries import mentions
from tests.webapp.two_studies import OURS, THEIRS, fill_two, opened, sent
from tests.webapp.world import make_world
from webapp import state
from webapp.access import PAGES, at_least
from webapp.services import jobs, label_sets, registry, spotting, training
from webapp.services.comparison import compare
from webapp.services.model_card import model_card


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("two") / "data"
        patch.setenv("GLINT_DATA", str(folder))
        patch.setenv("GLINT_LOGIN", "local")
        patch.delenv("GLINT_DATABASE_URL", raising=False)
        made = fill_two(make_world(folder))
        made.who = "lead"
        patch.setattr(state, "session_secret", lambda: made.secrets[made.who])
        yield made


def foreign(two) -> dict[str, int]:
    """An address that names rows of the other study, by every name that a page knows."""
    database, study = two.theirs.database, two.theirs.ids.study_id
    video = two.videos[THEIRS][0]
    run = spotting.list_runs(database, video)[0].id
    label_set = label_sets.list_label_sets(database, study)[0].id
    return {
        "video": video, "run": run, "set": spotting.list_sets(database, run)[0].id, "label_set": label_set,
        "first": two.versions[1], "second": two.versions[0], "job": jobs.list_jobs(database, study).rows[0].id,
        "training": training.list_jobs(database, study)[0].id, "study": study,
    }  # fmt: skip


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_no_page_sends_a_word_of_another_study(two, entry):
    for two.who in ("annotator", "lead"):
        if not at_least(two.who, entry.least):
            continue
        query = {"video": two.videos[OURS][0]} if entry.name == "review" else {}
        for asked in (query, foreign(two)):
            page = opened(entry.name, **asked)
            assert not page.exception, entry.name
            assert THEIRS not in sent(page), (entry.name, two.who, asked)


def test_the_probe_sees_tables_and_choices(two):
    two.who = "lead"
    for name in ("videos", "people", "label_sets", "report", "agreement", "audit", "jobs", "training", "compare"):
        assert OURS in sent(opened(name)), name


def test_a_version_of_another_study_is_shown_without_the_name_of_its_label_set(two):
    two.who = "lead"
    page = opened("models")
    page.selectbox(key="version").set_value(two.versions[1]).run()
    page.selectbox(key="compare-with").set_value(two.versions[0]).run()
    shown = sent(page)
    assert registry.OTHER_SET in shown
    assert f"{OURS} clip" in shown  # videos of this study that both have spotted
    assert THEIRS not in shown


def test_a_model_card_of_another_study_s_version_does_not_name_its_label_set(two):
    ours, version = two.ours, two.versions[1]
    assert THEIRS not in model_card(ours.database, ours.settings, version, ours.ids.study_id).lower()
    assert THEIRS in model_card(ours.database, ours.settings, version, two.theirs.ids.study_id)


def test_two_versions_are_compared_on_videos_of_the_study_only(two):
    found = compare(two.ours.database, two.theirs.ids.study_id, *two.versions)
    assert {video.video_id for video in found.videos} == set(two.videos[THEIRS])
    assert found.video_count == 3


def test_a_withdrawal_neither_finds_nor_blanks_words_in_rows_of_another_study(two):
    database, study = two.ours.database, two.ours.ids.study_id
    with database.read() as session:
        assert mentions.count(session, study, [THEIRS]) == {}
        assert mentions.count(session, study, [OURS])["videos"] == 4
        assert mentions.count(session, two.theirs.ids.study_id, [THEIRS])["videos"] == 4
