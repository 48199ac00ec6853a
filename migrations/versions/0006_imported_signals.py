"""Signals that other programs measured, imported beside a video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imported_signals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("samples >= 1", name=op.f("ck_imported_signals_samples")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_imported_signals_annotator_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_imported_signals_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_signals")),
        sa.UniqueConstraint("path", name=op.f("uq_imported_signals_path")),
        sa.UniqueConstraint("video_id", "title", name=op.f("uq_imported_signals_video_id_title")),
    )
    op.create_index(op.f("ix_imported_signals_annotator_id"), "imported_signals", ["annotator_id"], unique=False)


def downgrade() -> None:
    """The numbers stay on disk; the rows that know of them are lost."""
    op.drop_table("imported_signals")
