"""What a coder has yet to judge alone is told on no page: neither what programs found in it nor what others decided."""

from __future__ import annotations

import re
import uuid

import pytest

from db.models import Account, Annotator, Assignment
from spotcore.intervals import Interval
from tests.webapp.two_studies import opened
from tests.webapp.world import make_world, texts
from webapp import state
from webapp.access import PAGES, at_least
from webapp.services import blindness, label_sets, library, registry, reviewing, sessions, spotting
from webapp.services.reviewing import OperationRequest

TITLE = "withheld clip"
# "3 proposals", "1 decision", "2 macro": a number that tells how much there is to find.
COUNTED = re.compile(r"\d+ (proposal|decision|interval|expression|macro|micro|undecided|movement)")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three videos that a lead has coded and two versions have spotted; the annotator codes all of them blind."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("blind") / "data"
        patch.setenv("GLINT_DATA", str(folder))
        patch.setenv("GLINT_LOGIN", "local")
        patch.delenv("GLINT_DATABASE_URL", raising=False)
        world = make_world(folder)
        secrets, people = {}, {}
        with world.database.begin() as session:
            for role in ("annotator", "lead"):
                person = Annotator(name=role)
                session.add(person)
                session.flush()
                session.add(Assignment(study_id=world.ids.study_id, annotator_id=person.id, role=role))
                session.add(Account(annotator_id=person.id))
                people[role], secrets[role] = person.id, sessions.open_session(session, person.id, "Firefox")
        _fill(world, people["lead"])
        blindness.set_blind_share(world.database, world.ids.study_id, 1.0, people["lead"])
        world.who, world.people = "annotator", people
        patch.setattr(state, "session_secret", lambda: secrets[world.who])
        yield world


def _fill(world, lead: int) -> None:
    names = ("first", "second")
    versions = [
        registry.register_version(world.database, architecture="dilated", settings={}, checkpoint_path=name,
                                  checkpoint_sha256="a" * 64, scores={}, name=name)
        for name in names
    ]  # fmt: skip
    found = {versions[0]: [Interval(12, 39, "macro", 20, 0.9)], versions[1]: [Interval(50, 60, "micro", 55, 0.7)]}
    for n in range(3):
        video = world.video(f"{TITLE} {n}.mp4", f"s{n}")
        for version, proposals in found.items():
            run = spotting.start_run(world.database, video, version, 6.0, {})
            spotting.finish_run(world.database, run, "none.npz", None, proposals)
        for verb, key, after in (
            ("add", str(uuid.uuid4()), {"type": "macro", "onset": 10, "apex": 20, "offset": 40}),
            ("review_span", None, {"first": 0, "last": 99}),
        ):
            request = OperationRequest(str(uuid.uuid4()), verb, video, lead, key, after=after)
            assert reviewing.apply_operation(world.database, request).status == "applied"
    roles = {"s0": "train", "s1": "validation", "s2": "test"}
    label_sets.freeze(world.database, world.ids.study_id, "Round", roles, lead)


def told(page) -> list[str]:
    """Lines of the page that tell of a withheld video, how much is in it: cells of tables, and counts in sentences."""
    rows = [line for table in (*page.dataframe, *page.table) for line in table.value.to_csv().splitlines()]
    lines = [line for line in texts(page).splitlines() if COUNTED.search(line)]
    return [line for line in rows + lines if TITLE in line.replace("\\", "")]


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_no_page_tells_a_blind_coder_what_is_in_the_video(study, entry):
    study.who = "annotator"
    if at_least("annotator", entry.least):
        page = opened(entry.name)
        assert not page.exception
        assert told(page) == []


def compared(study):
    """The page Compare with the two versions that have spotted the videos."""
    versions = {version.name: version.id for version in registry.list_versions(study.database)}
    return opened("compare", first=versions["first"], second=versions["second"])


def test_leads_see_it_on_the_pages_that_coders_do_not(study):
    study.who = "lead"
    assert told(compared(study))
    assert told(opened("label_sets"))


def test_comparing_versions_leaves_out_what_is_withheld(study):
    study.who = "annotator"
    page = opened("models")
    versions = {version.name: version.id for version in registry.list_versions(study.database)}
    page.selectbox(key="version").set_value(versions["second"]).run()
    page.selectbox(key="compare-with").set_value(versions["first"]).run()
    assert "3 videos that you code blind are not shown to you" in texts(page)
    assert told(page) == []


def test_a_video_is_no_longer_withheld_when_ones_own_work_stands(study):
    study.who = "annotator"
    page = compared(study)
    assert told(page) == []
    assert "have yet to judge alone" in texts(page)
    video = library.list_videos(study.database, study.ids.study_id).rows[0].id
    me = study.people["annotator"]
    blindness.open_video(study.database, video, me)
    request = OperationRequest(str(uuid.uuid4()), "review_span", video, me, None, after={"first": 0, "last": 99})
    assert reviewing.apply_operation(study.database, request).status == "applied"
    lines = told(compared(study))
    assert lines
    assert all(f"/review?video={video}&" in line for line in lines)


def test_viewers_and_coders_find_no_way_to_change_the_champion(study):
    study.who = "annotator"
    keys = {button.key for button in opened("models").button}
    assert not keys & {"promote", "roll-back", "respot", "spot-library"}
    study.who = "lead"
    assert {"promote", "roll-back", "respot"} <= {button.key for button in opened("models").button}
