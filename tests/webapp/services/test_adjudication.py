"""Adjudication: what is open between two coders, what each choice leaves in the consensus, undo and refusals."""

from __future__ import annotations

import uuid

import pytest

from db.models import Assignment
from tests.webapp.services.library_material import Desk, desk
from webapp.services import adjudication, agreement, blindness, label_sets, library, review_totals, studies
from webapp.services.errors import Conflict, NotFound, Refused
from webapp.services.label_archive import archive
from webapp.services.outside_labels import all_labels
from webapp.services.review_states import list_operations, review_state
from webapp.services.study_report import study_report
from webapp.values.adjudication import AdjudicationRequest, Item


class Panel:
    """Two coders and a lead at one video of 300 frames; the lead is the default annotator."""

    def __init__(self, database) -> None:
        self.lead = desk(database)
        self.database, self.study = database, self.lead.defaults.study_id
        self.first, self.second = self.lead.colleague("Anna"), self.lead.colleague("Berta")
        self.video = self.lead.video()

    def add(self, coder: Desk, *frames: int | None, type: str = "micro", **more) -> str:
        onset, apex, offset = frames
        return coder.add(self.video, type=type, onset=onset, apex=apex, offset=offset, **more).annotation.id

    def reviewed(self, first: int = 0, last: int = 299) -> None:
        for coder in (self.first, self.second):
            coder.reviewed(self.video, first, last)

    @property
    def pair(self) -> tuple[int, int, int]:
        return self.video, self.first.annotator_id, self.second.annotator_id

    def begin(self):
        return adjudication.begin(self.database, *self.pair, self.lead.annotator_id)

    def view(self):
        return adjudication.view(self.database, *self.pair)

    def request(self, item: Item, choice: str, **more) -> AdjudicationRequest:
        given = {"id": str(uuid.uuid4()), "reason": "boundaries", "by": self.lead.annotator_id} | more
        sides = (item.first, item.second)
        return AdjudicationRequest(
            video_id=self.video, first=self.first.annotator_id, second=self.second.annotator_id, choice=choice,
            first_id=sides[0] and sides[0].id, second_id=sides[1] and sides[1].id,
            versions=tuple(side and side.version for side in sides), **given,
        )  # fmt: skip

    def decide(self, item: Item, choice: str, **more):
        return adjudication.decide(self.database, self.request(item, choice, **more))

    def undo(self, by: int | None = None):
        by = by or self.lead.annotator_id
        return adjudication.undo(self.database, *self.pair, by, str(uuid.uuid4()))

    def consensus(self) -> list[tuple]:
        return [(i.consensus.type, i.consensus.onset, i.consensus.apex, i.consensus.offset)
                for i in self.view().items if i.consensus]  # fmt: skip


@pytest.fixture
def panel(database) -> Panel:
    return Panel(database)


def differing(panel: Panel) -> None:
    """Alike, boundaries apart, another type, one alone on each side."""
    for coder, shift in ((panel.first, 0), (panel.second, 3)):
        panel.add(coder, 10, 15, 20)
        panel.add(coder, 50 + shift, 60, 81, action_units=["AU4"] if shift else ["AU1"], emotion="joy")
        panel.add(coder, 100, None, 120, type="macro" if shift else "micro")
    panel.add(panel.first, 150, 155, 160)
    panel.add(panel.second, 200, 205, 210)
    panel.reviewed()


def test_what_both_agree_on_is_taken_over_and_the_rest_is_open(panel):
    differing(panel)
    assert [item.kind for item in panel.view().items] == ["agreed", "boundaries", "type", "only first", "only second"]
    found = panel.begin()
    assert [item.status for item in found.items] == ["agreed", "open", "open", "open", "open"]
    assert (found.open, found.reviewed, panel.consensus()) == (4, (), [("micro", 10, 15, 20)])
    assert panel.begin() == found


def test_a_consensus_is_whole_and_reviewed_when_everything_is_decided(panel):
    differing(panel)
    panel.begin()
    _, apart, types, alone, other = panel.view().items
    panel.decide(apart, "mean")
    panel.decide(types, "b", reason="type")
    panel.decide(alone, "neither", reason="no expression")
    done = panel.decide(other, "b", reason="missed")
    assert panel.consensus() == [
        ("micro", 10, 15, 20), ("micro", 51, 60, 81), ("macro", 100, None, 120), ("micro", 200, 205, 210),
    ]  # fmt: skip
    held = done.items[1].consensus
    assert (held.action_units, held.emotion, held.verdict) == (("AU1", "AU4"), "joy", "added")
    assert (done.open, done.reviewed) == (0, ((0, 299),))
    assert [item.ruling.choice for item in done.items] == ["agreed", "mean", "b", "neither", "b"]
    assert done.items[1].ruling.by == "Annotator"
    (row,) = adjudication.progress(panel.database, panel.study, panel.second.annotator_id, panel.first.annotator_id)
    assert (row.open, row.agreed, row.decided, row.done) == (0, 1, 4, True)


def test_half_a_frame_widens_a_mean_and_its_apex_stays_inside(panel):
    panel.add(panel.first, 10, 10, 20)
    panel.add(panel.second, 13, None, 23)
    panel.reviewed()
    panel.decide(panel.begin().items[0], "mean")
    assert panel.consensus() == [("micro", 11, 11, 22)]


def test_a_mean_of_two_types_needs_one_and_of_one_coder_there_is_none(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.add(panel.second, 10, 15, 20, type="macro")
    panel.add(panel.first, 50, 55, 60)
    panel.reviewed()
    both, alone = panel.begin().items
    with pytest.raises(Refused, match="different types"):
        panel.decide(both, "mean")
    with pytest.raises(Refused, match="no mean"):
        panel.decide(alone, "mean")
    panel.decide(both, "mean", type="macro")
    assert panel.consensus() == [("macro", 10, 15, 20)]


def test_a_redrawn_interval_keeps_the_rules_of_every_other(panel):
    panel.add(panel.first, 10, 15, 20, action_units=["AU2"])
    panel.reviewed()
    item = panel.begin().items[0]
    with pytest.raises(Refused, match="onset"):
        panel.decide(item, "redraw", after={"type": "micro", "onset": 30, "apex": 20, "offset": 40})
    with pytest.raises(Refused, match="needs its type"):
        panel.decide(item, "redraw")
    panel.decide(item, "redraw", after={"type": "macro", "onset": 8, "apex": 14, "offset": 25})
    assert panel.consensus() == [("macro", 8, 14, 25)]
    assert panel.view().items[0].consensus.action_units == ("AU2",)


def test_undo_takes_back_the_newest_of_ones_own_decisions_and_opens_the_footage_again(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.reviewed()
    item = panel.begin().items[0]
    panel.decide(item, "a", reason="missed")
    panel.decide(item, "neither", reason="no expression")
    assert panel.consensus() == []
    assert panel.undo().items[0].ruling.choice == "a"
    assert panel.consensus() == [("micro", 10, 15, 20)]
    back = panel.undo()
    assert (back.items[0].status, back.reviewed, panel.consensus()) == ("open", (), [])
    with pytest.raises(Refused, match="nothing here"):
        panel.undo()
    assert panel.decide(item, "a", reason="missed").reviewed == ((0, 299),)


def test_the_same_decision_sent_twice_is_made_once(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.reviewed()
    request = panel.request(panel.begin().items[0], "a", reason="missed")
    first = adjudication.decide(panel.database, request)
    assert adjudication.decide(panel.database, request) == first
    assert [one.verb for one in list_operations(panel.database, panel.video)][-2:] == ["add", "review_span"]


def test_a_coder_who_changes_theirs_meanwhile_is_a_conflict_and_afterwards_opens_it_again(panel):
    own = panel.add(panel.first, 10, 15, 20)
    panel.reviewed()
    item = panel.begin().items[0]
    panel.first.do("edit", panel.video, interval_id=own, base_version=1, after={"offset": 22})
    with pytest.raises(Conflict, match="look again"):
        panel.decide(item, "a", reason="missed")
    panel.decide(panel.view().items[0], "a", reason="missed")
    panel.first.do("edit", panel.video, interval_id=own, base_version=2, after={"offset": 23})
    (changed,) = panel.begin().items
    assert (changed.status, changed.consensus.offset) == ("changed", 22)
    panel.first.do("delete", panel.video, interval_id=own, base_version=3)
    assert panel.begin().items == ()
    assert panel.lead.state(panel.video).annotations == ()
    with pytest.raises(Conflict, match="not opposite"):
        panel.decide(changed, "a", reason="missed")


def test_only_leads_adjudicate_and_never_between_one_or_without_common_footage(panel):
    panel.add(panel.first, 10, 15, 20)
    with pytest.raises(Refused, match="in common"):
        panel.begin()
    panel.reviewed()
    item = panel.begin().items[0]
    with pytest.raises(Refused, match="Only leads"):
        panel.decide(item, "a", by=panel.first.annotator_id)
    with pytest.raises(Refused, match="two coders"):
        adjudication.view(panel.database, panel.video, 1, 1)
    with pytest.raises(Refused, match="needs a note"):
        panel.decide(item, "a", reason="other")
    with pytest.raises(Refused, match="Say why"):
        panel.decide(item, "a", reason="")
    with pytest.raises(NotFound):
        adjudication.view(panel.database, 10**6, *panel.pair[1:])


def test_a_second_pair_cannot_overwrite_the_consensus_of_the_first(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.reviewed()
    panel.decide(panel.begin().items[0], "a", reason="missed")
    third = panel.lead.colleague("Carla")
    third.reviewed(panel.video)
    with pytest.raises(Refused, match="two other people"):
        adjudication.begin(panel.database, panel.video, third.annotator_id, panel.first.annotator_id,
                           panel.lead.annotator_id)  # fmt: skip


def test_the_consensus_is_no_coder_and_nobody_can_become_it(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.reviewed()
    panel.decide(panel.begin().items[0], "a", reason="missed")
    (pair,) = agreement.twice_coded(panel.database, panel.study)
    assert {pair.first_name, pair.second_name} == {"Anna", "Berta"}
    assert agreement.agreement(panel.database, panel.study, pair.first, pair.second).coders == 2
    assert {person.name for person in studies.people_in(panel.database, panel.study)} == {"Annotator", "Anna", "Berta"}
    with pytest.raises(Refused, match="Nobody has this name"):
        studies.add_person(panel.database, panel.study, f"Consensus of study {panel.study}", "admin", 1)
    (row,) = library.list_videos(panel.database, panel.study).rows
    assert row.annotators == ("Anna", "Berta")
    assert [one.name for one in study_report(panel.database, panel.study).people] == ["Anna", "Berta"]
    assert {label.annotator for label in all_labels(panel.database, panel.study)} == {"Anna", "Consensus"}
    held = {one.annotator_id for one in list_operations(panel.database, panel.video) if one.session == "adjudication"}
    assert not held & {person.annotator_id for person in studies.people_in(panel.database, panel.study)}
    assert review_state(panel.database, panel.video, held.pop()).annotator_name.startswith("Consensus")


def test_each_coder_is_measured_against_the_consensus(panel):
    differing(panel)
    panel.begin()
    _, apart, types, alone, other = panel.view().items
    for item, choice in ((apart, "a"), (types, "a"), (alone, "a"), (other, "neither")):
        panel.decide(item, choice)
    anna, berta = agreement.against_consensus(panel.database, panel.study)
    assert (anna.pair.first_name, anna.pair.second_name, anna.events[0.5].f1) == ("Anna", "Consensus", 1.0)
    assert anna.frames.kappa == pytest.approx(1.0)
    assert (len(berta.events[0.5].only_first), len(berta.events[0.5].only_second)) == (1, 1)
    assert berta.coders == 2


def test_where_it_covers_footage_a_consensus_counts_in_a_label_set(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.add(panel.second, 11, 15, 24)
    panel.add(panel.first, 250, 255, 260)
    panel.first.reviewed(panel.video, 0, 299)
    panel.second.reviewed(panel.video, 0, 99)
    panel.decide(panel.begin().items[0], "b")
    (video,) = label_sets.preview(panel.database, panel.study).videos
    assert [(i.onset, i.offset) for i in video.truth] == [(11, 24), (250, 260)]
    assert video.reviewed == ((0, 299),)
    messages = [finding.message for finding in label_sets.preview(panel.database, panel.study).findings]
    assert any("their consensus is taken" in message for message in messages)
    assert not any("was reviewed by" in message for message in messages)
    review_totals.refresh(panel.database, panel.study)
    (subject,) = label_sets.outlook(panel.database, panel.study).subjects
    assert (subject.micro, subject.videos) == (2, 1)
    panel.undo()
    (video,) = label_sets.preview(panel.database, panel.study).videos
    assert [(i.onset, i.offset) for i in video.truth] == [(10, 20), (250, 260)]


def test_a_frozen_label_says_from_whom_and_by_whom_it_was_adjudicated(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.add(panel.first, 50, 55, 60)
    panel.add(panel.second, 50, 55, 60)
    panel.reviewed()
    panel.decide(panel.begin().items[0], "a", reason="missed")
    for title, subject in (("b", "s2"), ("c", "s3")):
        other = panel.lead.video(title, subject)
        panel.lead.add(other, type="micro", onset=10, apex=15, offset=20)
        panel.lead.reviewed(other)
    roles = {"s1": "test", "s2": "train", "s3": "validation"}
    frozen = label_sets.freeze(panel.database, panel.study, "one", roles, panel.lead.annotator_id)
    origins = {(one["video"], one["onset"]): one for one in archive(panel.database, frozen)["archive"]["origins"]}
    assert origins["a.mp4", 10]["adjudicated"] == "adjudicated from Anna and Berta by Annotator"
    assert origins["a.mp4", 50]["adjudicated"] == "agreed by Anna and Berta"
    assert origins["a.mp4", 10]["decided_by"] == "Consensus"
    assert origins["b", 10]["adjudicated"] is None


def test_who_codes_a_video_blind_cannot_adjudicate_it_and_who_adjudicated_never_codes_it_blind(panel):
    panel.add(panel.first, 10, 15, 20)
    panel.reviewed()
    blindness.set_blind_share(panel.database, panel.study, 1.0, panel.lead.annotator_id)
    other = panel.lead.colleague("Doris")
    with panel.database.begin() as session:
        session.query(Assignment).filter_by(annotator_id=other.annotator_id).one().role = "lead"
    assert blindness.open_video(panel.database, panel.video, other.annotator_id)
    with pytest.raises(Refused, match="coding this video blind"):
        adjudication.begin(panel.database, *panel.pair, other.annotator_id)
    panel.begin()
    assert not blindness.open_video(panel.database, panel.video, panel.lead.annotator_id)
