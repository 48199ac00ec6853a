"""The share of a study's videos that is coded blind, and how each person codes each video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added in place, without a CHECK: SQLite would have to build the table anew, which all others refer to.
    op.add_column("studies", sa.Column("blind_share", sa.Double(), nullable=False, server_default="0"))
    op.create_table(
        "video_codings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("coded", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("proposal_set_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("blind OR ended_at IS NULL", name=op.f("ck_video_codings_only_blind_ends")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_video_codings_annotator_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_video_codings_video_id")),
        sa.ForeignKeyConstraint(
            ["proposal_set_id"], ["proposal_sets.id"], name=op.f("fk_video_codings_proposal_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_codings")),
        sa.UniqueConstraint("annotator_id", "video_id", name=op.f("uq_video_codings_annotator_id_video_id")),
    )
    op.create_index(op.f("ix_video_codings_video_id"), "video_codings", ["video_id"], unique=False)


def downgrade() -> None:
    """What was found blind is lost; the decisions stay."""
    op.drop_table("video_codings")
    op.drop_column("studies", "blind_share")
