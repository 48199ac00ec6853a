"""The library: registering, importing, listing in few queries, deleting."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event

from db.models import Study
from spotcore.intervals import Interval
from tests.webapp.services.library_material import desk
from webapp.services import label_sets, library, registry, reviewing, spotting
from webapp.services.defaults import ensure_defaults
from webapp.services.errors import NotFound, Refused


@pytest.fixture
def work(database):
    return desk(database)


def page(work, **wanted):
    return library.list_videos(work.database, work.defaults.study_id, **wanted)


def test_the_defaults_are_made_once(database):
    assert ensure_defaults(database) == ensure_defaults(database)
    assert registry.champion(database).name == "baseline"


def test_a_registered_video_is_importing_until_the_import_is_finished(work):
    study = work.defaults.study_id
    video = library.register_video(work.database, study, "x.mp4", "uploads/x.mp4", "file", None, None, " s1 ")
    library.set_import_progress(work.database, video, 0.4, "checking")
    row = page(work).rows[0]
    assert (row.state, row.progress, row.message, row.subject) == ("importing", 0.4, "checking", "s1")
    assert row.frame_count is None


def test_a_failed_import_says_why_and_can_be_tried_again(work):
    video = library.register_video(work.database, work.defaults.study_id, "x", "x", "file", None, None, None)
    library.fail_import(work.database, video, "The file is empty.")
    assert page(work, state="failed").rows[0].message == "The file is empty."
    library.set_import_progress(work.database, video, 0.0)
    assert library.get_video(work.database, video).state == "importing"


def test_the_same_content_is_refused_with_the_title_it_has(work):
    known = library.get_video(work.database, work.video("first.mp4"))
    with pytest.raises(Refused, match=r"first\.mp4"):
        library.register_video(work.database, known.study_id, "copy.mp4", "x", "file", known.sha256, 10, None)


def test_the_same_content_is_refused_when_the_import_finds_out(work):
    known = library.get_video(work.database, work.video("first.mp4"))
    twin = library.register_video(work.database, known.study_id, "copy.mp4", "x", "file", None, 10, None)
    facts = library.ImportedVideo(known.sha256, 10, 300, 30.0, 10.0, False, 64, 48, "f")
    with pytest.raises(Refused, match=r"first\.mp4"):
        library.finish_import(work.database, twin, facts)
    library.finish_import(work.database, known.id, facts)


def test_a_title_that_is_taken_gets_a_number(work):
    video = [
        library.register_video(work.database, work.defaults.study_id, "a.b.mp4", "x", "file", None, None, None)
        for _ in range(3)
    ]
    assert [library.get_video(work.database, v).title for v in video] == ["a.b.mp4", "a.b (2).mp4", "a.b (3).mp4"]


def test_a_folder_of_images_needs_a_rate(work):
    with pytest.raises(Refused, match="rate"):
        library.register_video(work.database, work.defaults.study_id, "x", "x", "images", None, None, None)


def test_search_finds_words_in_titles_and_subjects_and_takes_wildcards_literally(work):
    for title, subject in (("Smile_01.mp4", "anna"), ("smile 100%.mp4", "bert"), ("frown.mp4", "anna")):
        work.video(title, subject)
    found = {text: [row.title for row in page(work, search=text).rows] for text in ("SMILE anna", "100%", "%", "_")}
    assert found == {
        "SMILE anna": ["Smile_01.mp4"],
        "100%": ["smile 100%.mp4"],
        "%": ["smile 100%.mp4"],
        "_": ["Smile_01.mp4"],
    }
    assert [row.title for row in page(work, subject="anna").rows] == ["frown.mp4", "Smile_01.mp4"]


def test_states_of_work_can_be_filtered(work):
    unspotted, half, whole = work.video("u"), work.video("h"), work.video("w")
    for video in (half, whole):
        work.run(video)
    work.reviewed(half, 0, 149)
    work.reviewed(whole)
    found = {state: [row.id for row in page(work, state=state).rows] for state in ("unspotted", "open", "reviewed")}
    assert found == {"unspotted": [unspotted], "open": [half], "reviewed": [whole]}
    assert library.unspotted_videos(work.database, work.defaults.study_id) == (unspotted,)


def test_pages_are_counted_and_beyond_the_last_comes_the_last(work):
    videos = [work.video(f"v{n}") for n in range(5)]
    third = page(work, page=9, per_page=2)
    assert (third.total, third.page, third.pages, [row.id for row in third.rows]) == (5, 3, 3, [videos[0]])
    assert (page(work, search="nothing").total, page(work, search="nothing").pages) == (0, 1)


def test_a_row_tells_proposals_decisions_and_who(work):
    video = work.video()
    work.run(video)
    work.decide("accept", video)
    work.colleague().reviewed(video, 0, 74)
    work.run(video, [Interval(11, 20, "micro"), Interval(200, 210, "micro")])
    row = page(work).rows[0]
    assert (row.proposals, row.decided, row.reviewed_share) == (2, 1, 0.25)
    assert row.annotators == ("Annotator", "Colleague")
    assert (row.run_state, row.run_progress) == ("done", 1.0)


def test_a_failed_run_brings_its_message_and_keeps_the_proposals_of_the_one_before(work):
    video = work.video()
    work.run(video)
    run = spotting.start_run(work.database, video, work.defaults.baseline_version_id, 6.0, {})
    spotting.fail_run(work.database, run, "No face was found.")
    row = page(work).rows[0]
    assert (row.run_id, row.run_state, row.message, row.proposals) == (run, "failed", "No face was found.", 2)


def test_a_long_list_takes_as_many_queries_as_a_short_one(work):
    def queries(count: int) -> int:
        for n in range(count):
            video = work.video(f"{count}-{n}")
            work.run(video)
            work.decide("accept", video)
        seen = []
        listener = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(work.database.engine, "before_cursor_execute", listener)
        page(work, search=f"{count}-")
        event.remove(work.database.engine, "before_cursor_execute", listener)
        return len(seen)

    assert queries(1) == queries(7) <= 12


def test_deleting_gives_the_paths_that_were_ours(work):
    video = work.video()
    run = work.run(video)
    work.decide("accept", video)
    work.reviewed(video)
    content = library.get_video(work.database, video).sha256
    paths = library.delete_video(work.database, video)
    assert set(paths) == {"uploads/a.mp4", f"media/{video}/frames.npz", f"media/{video}", f"runs/{run}/curves.npz",
                          f"features/{run}.npz", f"runs/{run}", f"signals/{video}",
                          f"packs/{content[:2]}/{content[:32]}"}  # fmt: skip
    with pytest.raises(NotFound):
        library.get_video(work.database, video)


def test_footage_that_another_study_holds_keeps_what_is_kept_by_content(work):
    mine, elsewhere = work.video(), studies_video(work, "a.mp4")
    runs = [spotting.start_run(work.database, v, work.defaults.baseline_version_id, 6.0, {}) for v in (mine, elsewhere)]
    for run in runs:  # measured once: the traces are named after the content
        spotting.finish_run(work.database, run, f"runs/{run}/curves.npz", "features/same-content.npz", [])
    content = library.get_video(work.database, mine).sha256
    shared = {"features/same-content.npz", f"packs/{content[:2]}/{content[:32]}"}
    first = library.delete_video(work.database, mine)
    assert f"runs/{runs[0]}" in first
    assert not shared & set(first)
    assert shared <= set(library.delete_video(work.database, elsewhere))


def studies_video(work, title: str) -> int:
    """The same footage in a second study."""
    with work.database.begin() as session:
        study = Study(name="Another study")
        session.add(study)
        session.flush()
        study_id = study.id
    return replace(work, defaults=replace(work.defaults, study_id=study_id)).video(title)


def test_deleting_never_names_a_source_from_outside(work):
    video = library.register_video(work.database, work.defaults.study_id, "x", "/data/x.mp4", "file", None, 1, None)
    assert library.delete_video(work.database, video) == (f"media/{video}", f"signals/{video}")


def test_a_decision_that_arrives_after_the_deletion_is_refused(work):
    video = work.video()
    library.delete_video(work.database, video)
    assert work.reviewed(video).status == "refused"
    assert reviewing.list_operations(work.database, video) == ()


def test_a_frozen_video_goes_only_by_withdrawal_which_marks_its_models_and_their_heirs(work):
    for title, subject in (("a", "s1"), ("b", "s2")):
        video = work.video(title, subject)
        work.add(video, type="macro", onset=1, offset=30)
        work.reviewed(video)
    label_set = label_sets.freeze(work.database, work.defaults.study_id, "one", {}, work.annotator_id)
    common = {"architecture": "x", "settings": {}, "checkpoint_path": "c", "checkpoint_sha256": "0" * 64, "scores": {}}
    parent = registry.register_version(work.database, label_set_id=label_set, **common)
    heir = registry.register_version(work.database, parent_id=parent, **common)
    with pytest.raises(Refused, match="“one”"):
        library.delete_video(work.database, video)
    library.delete_video(work.database, video, withdraw=True, by=work.annotator_id)
    marked = {v.id for v in registry.list_versions(work.database) if v.affected_at is not None}
    left = label_sets.get_label_set(work.database, label_set)
    assert marked == {parent, heir}
    assert (left.withdrawn, [s.code for s in left.subjects]) == (1, ["s1"])


def test_many_videos_are_asked_for_at_once(work):
    ids = [work.video(f"{number}.mp4") for number in range(3)]
    found = library.get_videos(work.database, [ids[2], ids[0]])
    assert [video.id for video in found] == [ids[2], ids[0]]
    assert found[1] == library.get_video(work.database, ids[0])
    with pytest.raises(NotFound, match="999"):
        library.get_videos(work.database, [ids[0], 999])
