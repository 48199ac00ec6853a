"""Long work as rows of its own: jobs, and the videos that each looks at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = "'spot_library', 'loso', 'compare', 'seeded_recall', 'tonight'"
STATES = "'queued', 'running', 'done', 'failed', 'cancelled'"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=36), nullable=False),
        sa.Column("params", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=36), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_jobs_kind_known")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_jobs_state_known")),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_jobs_progress")),
        sa.CheckConstraint("state <> 'done' OR result IS NOT NULL", name=op.f("ck_jobs_done_has_result")),
        sa.ForeignKeyConstraint(["created_by"], ["annotators.id"], name=op.f("fk_jobs_created_by")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_jobs_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_study_id_state"), "jobs", ["study_id", "state"], unique=False)
    op.create_table(
        "job_videos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_videos_job_id")),
        sa.ForeignKeyConstraint(["run_id"], ["spotting_runs.id"], name=op.f("fk_job_videos_run_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_job_videos_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_videos")),
        sa.UniqueConstraint("job_id", "video_id", name=op.f("uq_job_videos_job_id_video_id")),
    )
    op.create_index(op.f("ix_job_videos_run_id"), "job_videos", ["run_id"], unique=False)
    op.create_index(op.f("ix_job_videos_video_id"), "job_videos", ["video_id"], unique=False)


def downgrade() -> None:
    """What the jobs made (runs, versions, reports on disk) stays."""
    op.drop_table("job_videos")
    op.drop_table("jobs")
