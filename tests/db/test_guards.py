"""What the database itself refuses, whoever asks: constraints by name, and rows that never change."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.models import (
    Adjudication,
    Alias,
    AliasChange,
    Annotation,
    Annotator,
    Assignment,
    Erasure,
    LabelSet,
    LabelSetInterval,
    LabelSetSubject,
    LabelSetVideo,
    ModelVersion,
    Operation,
    Proposal,
    ProposalSet,
    ReviewedSpan,
    SpottingRun,
    Study,
    Subject,
    Video,
)
from db.queries import erasing


@pytest.fixture
def filled(database):
    """A database with one row of everything that is guarded."""
    with database.begin() as session:
        for rows in (
            [Study(name="s"), Annotator(name="a")],
            [Subject(study_id=1, code="p", role="train"), Subject(study_id=1, code="q")],
            [Video(study_id=1, subject_id=1, title="v", path="v", kind="file"),
             ModelVersion(name="m", architecture="baseline", settings={}, scores={}),
             LabelSet(study_id=1, name="l", content_hash="0" * 64)],
            [SpottingRun(video_id=1, model_version_id=1, false_alarms=6, settings={}),
             Alias(name="champion", model_version_id=1),
             LabelSetSubject(label_set_id=1, subject_id=1, code="p", role="train")],
            [ProposalSet(run_id=1, video_id=1, false_alarms=6, settings={}),
             AliasChange(alias_id=1, kind="promote", to_version_id=1),
             LabelSetVideo(label_set_id=1, label_set_subject_id=1, video_id=1, annotator_id=1, title="v",
                           sha256="0" * 64, frame_count=9, fps=30, reviewed=[])],
            [Proposal(proposal_set_id=1, video_id=1, type="micro", onset=1, offset=3),
             LabelSetInterval(label_set_video_id=1, video_id=1, type="micro", onset=1, offset=3,
                              verdict="added")],
            [Annotation(id="x", video_id=1, annotator_id=1, proposal_id=1, type="micro", onset=1, offset=3,
                        verdict="accepted", version=1)],
            [Operation(id="o", video_id=1, annotator_id=1, verb="accept", interval_id="x", base_version=0, version=1)],
            [Adjudication(id="j", video_id=1, first_coder=1, second_coder=1, first_annotation_id="x", choice="a",
                          reason="type", decided_by=1, annotation_id="x", operation_id="o")],
            [Adjudication(id="k", video_id=1, first_coder=1, second_coder=1, first_annotation_id="x", choice="undo",
                          reason="type", decided_by=1, undoes="j")],
        ):  # fmt: skip
            session.add_all(rows)
            session.flush()
    return database


UNCHANGING = [
    "UPDATE operations SET verb = 'edit'",
    "DELETE FROM operations",
    "UPDATE proposals SET score = 1",
    "UPDATE label_sets SET content_hash = name",
    "UPDATE label_set_subjects SET role = 'test'",
    "UPDATE label_set_videos SET fps = 25",
    "DELETE FROM label_set_videos",
    "UPDATE label_set_intervals SET onset = 0",
    "DELETE FROM label_set_intervals",
    "UPDATE adjudications SET choice = 'b'",
    "DELETE FROM adjudications",
    "UPDATE alias_changes SET to_version_id = 1",
    "DELETE FROM alias_changes",
    "UPDATE subjects SET role = 'test' WHERE id = 1",
    "UPDATE subjects SET role = NULL WHERE id = 1",
]


@pytest.mark.parametrize("statement", UNCHANGING)
def test_rows_that_must_not_change_refuse_it(filled, statement):
    refusal = r"never change|only with an erasure|keeps its role"
    with pytest.raises(DBAPIError, match=refusal), filled.begin() as session:
        session.execute(text(statement))


def test_a_proposal_without_decisions_cannot_be_deleted_either(filled):
    with filled.begin() as session:
        session.add(Proposal(proposal_set_id=1, video_id=1, type="macro", onset=1, offset=3))
    with pytest.raises(DBAPIError, match="only with an erasure"), filled.begin() as session:
        session.execute(text("DELETE FROM proposals WHERE id = 2"))


def test_a_subject_without_a_role_may_get_one(filled):
    with filled.begin() as session:
        session.execute(text("UPDATE subjects SET role = 'test' WHERE id = 2"))


def test_erasing_a_video_takes_everything_about_it_and_shuts_the_door(filled):
    with filled.begin() as session:
        erasing.erase_video(session, 1, by=1)
    with filled.read() as session:
        for table in (Video, SpottingRun, ProposalSet, Proposal, Annotation, Operation, LabelSetVideo,
                      LabelSetInterval, LabelSetSubject, Adjudication):  # fmt: skip
            assert session.scalar(select(func.count()).select_from(table)) == 0, table
        assert session.scalars(select(Erasure.open)).all() == [False]
        assert session.scalar(select(LabelSet.withdrawn)) == 1


def test_an_id_of_an_erased_video_is_never_used_again(filled):
    with filled.begin() as session:
        erasing.erase_video(session, 1, by=None)
    with filled.begin() as session:
        video = Video(study_id=1, title="w", path="w", kind="file")
        session.add(video)
        session.flush()
        assert video.id == 2


WRONG = [
    (Study(name="s"), "uq_studies_name"),
    (Subject(study_id=1, code="p"), "uq_subjects_study_id_code"),
    (Subject(study_id=1, code="z", role="tester"), "ck_subjects_role_known"),
    (Assignment(study_id=1, annotator_id=1, role="boss"), "ck_assignments_role_known"),
    (Video(study_id=1, title="w", path="", kind="file", state="ready"), "ck_videos_ready_is_complete"),
    (Video(study_id=1, title="w", path="", kind="tape"), "ck_videos_kind_known"),
    (Video(study_id=1, title="w", path="", kind="file", rate=0), "ck_videos_rate"),
    (Proposal(proposal_set_id=1, video_id=1, type="micro", onset=4, offset=3), "ck_proposals_frame_order"),
    (Proposal(proposal_set_id=1, video_id=1, type="micro", onset=1, apex=4, offset=3), "ck_proposals_frame_order"),
    (Proposal(proposal_set_id=1, video_id=1, type="blink", onset=1, offset=3), "ck_proposals_type_known"),
    (ProposalSet(run_id=1, video_id=1, false_alarms=6, settings={}), "uq_proposal_sets_run_id_false_alarms"),
    (SpottingRun(video_id=1, model_version_id=1, false_alarms=6, settings={}, state="done"),
     "ck_spotting_runs_done_has_curves"),
    (Annotation(id="y", video_id=1, annotator_id=1, proposal_id=1, type="micro", onset=1, offset=3,
                verdict="accepted", version=1), "uq_annotations_annotator_id_proposal_id"),
    (Annotation(id="y", video_id=1, annotator_id=1, type="micro", onset=1, offset=3, verdict="accepted", version=1),
     "ck_annotations_verdict_has_proposal"),
    (Annotation(id="y", video_id=1, annotator_id=1, type="micro", onset=1, offset=3, verdict="added", reason="blink",
                version=1), "ck_annotations_rejected_has_reason"),
    (Operation(id="o", video_id=1, annotator_id=1, verb="accept", base_version=0, version=1), "uq_operations_id"),
    (Operation(id="p", video_id=1, annotator_id=1, verb="guess", base_version=0, version=1),
     "ck_operations_verb_known"),
    (ReviewedSpan(video_id=1, annotator_id=1, first=5, last=4), "ck_reviewed_spans_frame_order"),
    (LabelSet(study_id=1, name="l", content_hash="1" * 64), "uq_label_sets_study_id_name"),
    (LabelSet(study_id=1, name="k", content_hash="1"), "ck_label_sets_hash"),
    (ModelVersion(name="m", architecture="x", settings={}, scores={}), "uq_model_versions_name"),
    (ModelVersion(name="n", architecture="x", settings={}, scores={}, checkpoint_path="c"),
     "ck_model_versions_checkpoint_is_hashed"),
    (Alias(name="champion", model_version_id=1), "uq_aliases_name"),
    (Adjudication(id="l", video_id=1, first_coder=1, second_coder=1, first_annotation_id="x", choice="undo",
                  reason="type", decided_by=1), "ck_adjudications_undo_names_what"),
    (Adjudication(id="l", video_id=1, first_coder=1, second_coder=1, choice="a", reason="type", decided_by=1),
     "ck_adjudications_about_something"),
    (Adjudication(id="j", video_id=1, first_coder=1, second_coder=1, first_annotation_id="x", choice="best",
                  reason="type", decided_by=1), "ck_adjudications_choice_known"),
]  # fmt: skip


def columns_of(row) -> dict:
    names = (column.key for column in type(row).__mapper__.column_attrs)
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def test_every_rule_is_refused_by_its_name(filled):
    kind = filled.engine.dialect.name
    for row, rule in WRONG:
        with pytest.raises(IntegrityError) as refused, filled.begin() as session:
            session.add(type(row)(**columns_of(row)))
        # SQLite names checks, and of unique rules only the columns.
        names_it = rule if kind == "postgresql" or rule.startswith("ck_") else f"{type(row).__tablename__}."
        assert names_it in str(refused.value.orig), rule


def test_a_foreign_key_to_nothing_is_refused(filled):
    with pytest.raises(IntegrityError), filled.begin() as session:
        session.add(SpottingRun(video_id=99, model_version_id=1, false_alarms=6, settings={}))
