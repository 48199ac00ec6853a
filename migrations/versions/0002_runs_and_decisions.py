"""Spotting runs, proposals, annotations, the log of operations and reviewed spans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reviewed_spans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("0 <= first AND first <= last", name=op.f("ck_reviewed_spans_frame_order")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_reviewed_spans_annotator_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_reviewed_spans_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewed_spans")),
        sa.UniqueConstraint(
            "video_id", "annotator_id", "first", name=op.f("uq_reviewed_spans_video_id_annotator_id_first")
        ),
    )
    op.create_index(op.f("ix_reviewed_spans_annotator_id"), "reviewed_spans", ["annotator_id"], unique=False)
    op.create_table(
        "spotting_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("model_version_id", sa.Integer(), nullable=False),
        sa.Column("false_alarms", sa.Double(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=36), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("curves_path", sa.Text(), nullable=True),
        sa.Column("features_path", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'done' OR curves_path IS NOT NULL", name=op.f("ck_spotting_runs_done_has_curves")),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_spotting_runs_state_known")
        ),
        sa.CheckConstraint("false_alarms > 0", name=op.f("ck_spotting_runs_false_alarms")),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_spotting_runs_progress")),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_spotting_runs_model_version_id")
        ),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_spotting_runs_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spotting_runs")),
    )
    op.create_index(op.f("ix_spotting_runs_model_version_id"), "spotting_runs", ["model_version_id"], unique=False)
    op.create_index(op.f("ix_spotting_runs_video_id_state"), "spotting_runs", ["video_id", "state"], unique=False)
    op.create_table(
        "proposal_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("false_alarms", sa.Double(), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("false_alarms > 0", name=op.f("ck_proposal_sets_false_alarms")),
        sa.ForeignKeyConstraint(["run_id"], ["spotting_runs.id"], name=op.f("fk_proposal_sets_run_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_proposal_sets_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_sets")),
        sa.UniqueConstraint("run_id", "false_alarms", name=op.f("uq_proposal_sets_run_id_false_alarms")),
    )
    op.create_index(op.f("ix_proposal_sets_video_id"), "proposal_sets", ["video_id"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_set_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=36), nullable=False),
        sa.Column("onset", sa.Integer(), nullable=False),
        sa.Column("apex", sa.Integer(), nullable=True),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.CheckConstraint("type IN ('macro', 'micro')", name=op.f("ck_proposals_type_known")),
        sa.CheckConstraint(
            '0 <= onset AND onset <= "offset" AND (apex IS NULL OR (onset <= apex AND apex <= "offset"))',
            name=op.f("ck_proposals_frame_order"),
        ),
        sa.ForeignKeyConstraint(["proposal_set_id"], ["proposal_sets.id"], name=op.f("fk_proposals_proposal_set_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_proposals_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_proposals_proposal_set_id"), "proposals", ["proposal_set_id"], unique=False)
    op.create_index(op.f("ix_proposals_video_id"), "proposals", ["video_id"], unique=False)
    op.create_table(
        "annotations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(length=36), nullable=False),
        sa.Column("onset", sa.Integer(), nullable=False),
        sa.Column("apex", sa.Integer(), nullable=True),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=36), nullable=True),
        sa.Column("action_units", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("emotion", sa.String(length=100), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(verdict = 'rejected') = (reason IS NOT NULL)", name=op.f("ck_annotations_rejected_has_reason")
        ),
        sa.CheckConstraint(
            "reason IN ('blink', 'speech', 'head motion', 'other')", name=op.f("ck_annotations_reason_known")
        ),
        sa.CheckConstraint("type IN ('macro', 'micro')", name=op.f("ck_annotations_type_known")),
        sa.CheckConstraint(
            "verdict <> 'added' OR proposal_id IS NULL", name=op.f("ck_annotations_added_has_no_proposal")
        ),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'adjusted', 'rejected', 'unsure', 'added')",
            name=op.f("ck_annotations_verdict_known"),
        ),
        sa.CheckConstraint(
            "verdict NOT IN ('accepted', 'adjusted', 'rejected') OR proposal_id IS NOT NULL OR imported",
            name=op.f("ck_annotations_verdict_has_proposal"),
        ),
        sa.CheckConstraint(
            '0 <= onset AND onset <= "offset" AND (apex IS NULL OR (onset <= apex AND apex <= "offset"))',
            name=op.f("ck_annotations_frame_order"),
        ),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_annotations_confidence")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_annotations_version")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_annotations_annotator_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_annotations_proposal_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_annotations_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotations")),
        sa.UniqueConstraint("annotator_id", "proposal_id", name=op.f("uq_annotations_annotator_id_proposal_id")),
    )
    op.create_index(op.f("ix_annotations_proposal_id"), "annotations", ["proposal_id"], unique=False)
    op.create_index(
        op.f("ix_annotations_video_id_annotator_id"), "annotations", ["video_id", "annotator_id"], unique=False
    )
    op.create_table(
        "operations",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("verb", sa.String(length=36), nullable=False),
        sa.Column("interval_id", sa.String(length=36), nullable=True),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("undoes", sa.String(length=36), nullable=True),
        sa.Column("model_version_id", sa.Integer(), nullable=True),
        sa.Column("session", sa.String(length=200), nullable=False),
        sa.Column("client_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verb IN ('accept', 'adjust', 'reject', 'unsure', 'add', 'edit', 'delete', 'undo', "
            "'review_span', 'unreview_span', 'import')",
            name=op.f("ck_operations_verb_known"),
        ),
        sa.CheckConstraint("base_version >= 0 AND version >= 0", name=op.f("ck_operations_versions")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_operations_annotator_id")),
        sa.ForeignKeyConstraint(["interval_id"], ["annotations.id"], name=op.f("fk_operations_interval_id")),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_operations_model_version_id")
        ),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_operations_proposal_id")),
        sa.ForeignKeyConstraint(["undoes"], ["operations.id"], name=op.f("fk_operations_undoes")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_operations_video_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_operations")),
        sa.UniqueConstraint("id", name=op.f("uq_operations_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_operations_interval_id"), "operations", ["interval_id"], unique=False)
    op.create_index(op.f("ix_operations_model_version_id"), "operations", ["model_version_id"], unique=False)
    op.create_index(op.f("ix_operations_proposal_id"), "operations", ["proposal_id"], unique=False)
    op.create_index(
        op.f("ix_operations_video_id_annotator_id"), "operations", ["video_id", "annotator_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_operations_video_id_annotator_id"), table_name="operations")
    op.drop_index(op.f("ix_operations_proposal_id"), table_name="operations")
    op.drop_index(op.f("ix_operations_model_version_id"), table_name="operations")
    op.drop_index(op.f("ix_operations_interval_id"), table_name="operations")
    op.drop_table("operations")
    op.drop_index(op.f("ix_annotations_video_id_annotator_id"), table_name="annotations")
    op.drop_index(op.f("ix_annotations_proposal_id"), table_name="annotations")
    op.drop_table("annotations")
    op.drop_index(op.f("ix_proposals_video_id"), table_name="proposals")
    op.drop_index(op.f("ix_proposals_proposal_set_id"), table_name="proposals")
    op.drop_table("proposals")
    op.drop_index(op.f("ix_proposal_sets_video_id"), table_name="proposal_sets")
    op.drop_table("proposal_sets")
    op.drop_index(op.f("ix_spotting_runs_video_id_state"), table_name="spotting_runs")
    op.drop_index(op.f("ix_spotting_runs_model_version_id"), table_name="spotting_runs")
    op.drop_table("spotting_runs")
    op.drop_index(op.f("ix_reviewed_spans_annotator_id"), table_name="reviewed_spans")
    op.drop_table("reviewed_spans")
