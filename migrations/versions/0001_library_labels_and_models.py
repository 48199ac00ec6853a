"""Studies, people, videos, label sets, models and their training jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "annotators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotators")),
        sa.UniqueConstraint("name", name=op.f("uq_annotators_name")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("erased_by", sa.Integer(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_video_id"), "erasures", ["video_id"], unique=False)
    op.create_table(
        "studies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sa.UniqueConstraint("name", name=op.f("uq_studies_name")),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('annotator', 'lead', 'researcher', 'admin')", name=op.f("ck_assignments_role_known")
        ),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_assignments_annotator_id")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_assignments_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
        sa.UniqueConstraint("study_id", "annotator_id", name=op.f("uq_assignments_study_id_annotator_id")),
    )
    op.create_index(op.f("ix_assignments_annotator_id"), "assignments", ["annotator_id"], unique=False)
    op.create_table(
        "label_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(content_hash) = 64", name=op.f("ck_label_sets_hash")),
        sa.CheckConstraint("withdrawn >= 0", name=op.f("ck_label_sets_withdrawn")),
        sa.ForeignKeyConstraint(["created_by"], ["annotators.id"], name=op.f("fk_label_sets_created_by")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_label_sets_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_sets")),
        sa.UniqueConstraint("study_id", "name", name=op.f("uq_label_sets_study_id_name")),
    )
    op.create_index(op.f("ix_label_sets_content_hash"), "label_sets", ["content_hash"], unique=False)
    op.create_table(
        "subjects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('train', 'validation', 'test')", name=op.f("ck_subjects_role_known")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_subjects_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subjects")),
        sa.UniqueConstraint("study_id", "code", name=op.f("uq_subjects_study_id_code")),
    )
    op.create_table(
        "label_set_subjects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label_set_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=36), nullable=False),
        sa.CheckConstraint("role IN ('train', 'validation', 'test')", name=op.f("ck_label_set_subjects_role_known")),
        sa.ForeignKeyConstraint(["label_set_id"], ["label_sets.id"], name=op.f("fk_label_set_subjects_label_set_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_label_set_subjects_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_set_subjects")),
        sa.UniqueConstraint("label_set_id", "code", name=op.f("uq_label_set_subjects_label_set_id_code")),
    )
    op.create_index(op.f("ix_label_set_subjects_subject_id"), "label_set_subjects", ["subject_id"], unique=False)
    op.create_table(
        "model_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("architecture", sa.String(length=100), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("label_set_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("code_version", sa.String(length=100), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=True),
        sa.Column("checkpoint_path", sa.Text(), nullable=True),
        sa.Column("checkpoint_sha256", sa.String(length=64), nullable=True),
        sa.Column("scores", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("affected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(checkpoint_path IS NULL) = (checkpoint_sha256 IS NULL)",
            name=op.f("ck_model_versions_checkpoint_is_hashed"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_model_versions_parent")),
        sa.ForeignKeyConstraint(["label_set_id"], ["label_sets.id"], name=op.f("fk_model_versions_label_set_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["model_versions.id"], name=op.f("fk_model_versions_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("name", name=op.f("uq_model_versions_name")),
    )
    op.create_index(op.f("ix_model_versions_label_set_id"), "model_versions", ["label_set_id"], unique=False)
    op.create_index(op.f("ix_model_versions_parent_id"), "model_versions", ["parent_id"], unique=False)
    op.create_table(
        "videos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("rate", sa.Double(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("person", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=36), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=True),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("variable_rate", sa.Boolean(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("rotation", sa.Integer(), nullable=True),
        sa.Column("pixel_aspect", sa.Double(), nullable=True),
        sa.Column("codec", sa.String(length=100), nullable=True),
        sa.Column("bit_depth", sa.Integer(), nullable=True),
        sa.Column("has_audio", sa.Boolean(), nullable=True),
        sa.Column("missing_frames", sa.Integer(), nullable=False),
        sa.Column("frames_path", sa.Text(), nullable=True),
        sa.Column("audio_path", sa.Text(), nullable=True),
        sa.Column("thumbnail_path", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('file', 'images')", name=op.f("ck_videos_kind_known")),
        sa.CheckConstraint(
            "state <> 'ready' OR (sha256 IS NOT NULL AND frame_count IS NOT NULL AND fps IS NOT NULL)",
            name=op.f("ck_videos_ready_is_complete"),
        ),
        sa.CheckConstraint("state IN ('importing', 'ready', 'failed')", name=op.f("ck_videos_state_known")),
        sa.CheckConstraint("frame_count >= 1", name=op.f("ck_videos_frames")),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_videos_progress")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_videos_rate")),
        sa.ForeignKeyConstraint(["added_by"], ["annotators.id"], name=op.f("fk_videos_added_by")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_videos_study_id")),
        sa.ForeignKeyConstraint(["subject_id"], ["subjects.id"], name=op.f("fk_videos_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_videos")),
        sa.UniqueConstraint("study_id", "sha256", name=op.f("uq_videos_study_id_sha256")),
        sa.UniqueConstraint("study_id", "title", name=op.f("uq_videos_study_id_title")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_videos_subject_id"), "videos", ["subject_id"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("model_version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["model_version_id"], ["model_versions.id"], name=op.f("fk_aliases_model_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aliases")),
        sa.UniqueConstraint("name", name=op.f("uq_aliases_name")),
    )
    op.create_table(
        "label_set_videos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label_set_id", sa.Integer(), nullable=False),
        sa.Column("label_set_subject_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("frame_count", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Double(), nullable=False),
        sa.Column("reviewed", sa.JSON(none_as_null=True), nullable=False),
        sa.CheckConstraint("frame_count >= 1", name=op.f("ck_label_set_videos_frames")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_label_set_videos_annotator_id")),
        sa.ForeignKeyConstraint(["label_set_id"], ["label_sets.id"], name=op.f("fk_label_set_videos_label_set_id")),
        sa.ForeignKeyConstraint(
            ["label_set_subject_id"], ["label_set_subjects.id"], name=op.f("fk_label_set_videos_label_set_subject_id")
        ),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_label_set_videos_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_set_videos")),
        sa.UniqueConstraint("label_set_id", "video_id", name=op.f("uq_label_set_videos_label_set_id_video_id")),
    )
    op.create_index(
        op.f("ix_label_set_videos_label_set_subject_id"), "label_set_videos", ["label_set_subject_id"], unique=False
    )
    op.create_index(op.f("ix_label_set_videos_video_id"), "label_set_videos", ["video_id"], unique=False)
    op.create_table(
        "training_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label_set_id", sa.Integer(), nullable=False),
        sa.Column("architecture", sa.String(length=100), nullable=False),
        sa.Column("preset", sa.String(length=100), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("warm_start", sa.Integer(), nullable=True),
        sa.Column("model_version_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=36), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'done' OR model_version_id IS NOT NULL", name=op.f("ck_training_jobs_done_has_version")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_training_jobs_state_known")
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_training_jobs_progress")),
        sa.ForeignKeyConstraint(["created_by"], ["annotators.id"], name=op.f("fk_training_jobs_created_by")),
        sa.ForeignKeyConstraint(["label_set_id"], ["label_sets.id"], name=op.f("fk_training_jobs_label_set_id")),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_training_jobs_model_version_id")
        ),
        sa.ForeignKeyConstraint(["warm_start"], ["model_versions.id"], name=op.f("fk_training_jobs_warm_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_jobs")),
        sa.UniqueConstraint("model_version_id", name=op.f("uq_training_jobs_model_version_id")),
    )
    op.create_index(op.f("ix_training_jobs_label_set_id"), "training_jobs", ["label_set_id"], unique=False)
    op.create_table(
        "alias_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alias_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=36), nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=True),
        sa.Column("to_version_id", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('promote', 'roll_back')", name=op.f("ck_alias_changes_kind_known")),
        sa.ForeignKeyConstraint(["alias_id"], ["aliases.id"], name=op.f("fk_alias_changes_alias_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["annotators.id"], name=op.f("fk_alias_changes_changed_by")),
        sa.ForeignKeyConstraint(
            ["from_version_id"], ["model_versions.id"], name=op.f("fk_alias_changes_from_version_id")
        ),
        sa.ForeignKeyConstraint(["to_version_id"], ["model_versions.id"], name=op.f("fk_alias_changes_to_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alias_changes_alias_id"), "alias_changes", ["alias_id"], unique=False)
    op.create_table(
        "label_set_intervals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label_set_video_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
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
        sa.CheckConstraint(
            "reason IN ('blink', 'speech', 'head motion', 'other')", name=op.f("ck_label_set_intervals_reason_known")
        ),
        sa.CheckConstraint("type IN ('macro', 'micro')", name=op.f("ck_label_set_intervals_type_known")),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'adjusted', 'rejected', 'unsure', 'added')",
            name=op.f("ck_label_set_intervals_verdict_known"),
        ),
        sa.CheckConstraint(
            '0 <= onset AND onset <= "offset" AND (apex IS NULL OR (onset <= apex AND apex <= "offset"))',
            name=op.f("ck_label_set_intervals_frame_order"),
        ),
        sa.ForeignKeyConstraint(
            ["label_set_video_id"], ["label_set_videos.id"], name=op.f("fk_label_set_intervals_label_set_video_id")
        ),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_label_set_intervals_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_set_intervals")),
    )
    op.create_index(
        op.f("ix_label_set_intervals_label_set_video_id"), "label_set_intervals", ["label_set_video_id"], unique=False
    )
    op.create_index(op.f("ix_label_set_intervals_video_id"), "label_set_intervals", ["video_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_label_set_intervals_video_id"), table_name="label_set_intervals")
    op.drop_index(op.f("ix_label_set_intervals_label_set_video_id"), table_name="label_set_intervals")
    op.drop_table("label_set_intervals")
    op.drop_index(op.f("ix_alias_changes_alias_id"), table_name="alias_changes")
    op.drop_table("alias_changes")
    op.drop_index(op.f("ix_training_jobs_label_set_id"), table_name="training_jobs")
    op.drop_table("training_jobs")
    op.drop_index(op.f("ix_label_set_videos_video_id"), table_name="label_set_videos")
    op.drop_index(op.f("ix_label_set_videos_label_set_subject_id"), table_name="label_set_videos")
    op.drop_table("label_set_videos")
    op.drop_table("aliases")
    op.drop_index(op.f("ix_videos_subject_id"), table_name="videos")
    op.drop_table("videos")
    op.drop_index(op.f("ix_model_versions_parent_id"), table_name="model_versions")
    op.drop_index(op.f("ix_model_versions_label_set_id"), table_name="model_versions")
    op.drop_table("model_versions")
    op.drop_index(op.f("ix_label_set_subjects_subject_id"), table_name="label_set_subjects")
    op.drop_table("label_set_subjects")
    op.drop_table("subjects")
    op.drop_index(op.f("ix_label_sets_content_hash"), table_name="label_sets")
    op.drop_table("label_sets")
    op.drop_index(op.f("ix_assignments_annotator_id"), table_name="assignments")
    op.drop_table("assignments")
    op.drop_table("studies")
    op.drop_index(op.f("ix_erasures_video_id"), table_name="erasures")
    op.drop_table("erasures")
    op.drop_table("annotators")
