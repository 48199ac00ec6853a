"""Where each annotator stopped in each video, so that work goes on there on any machine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("interval_id", sa.String(length=36), nullable=True),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("frame >= 0", name=op.f("ck_places_frame")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_places_annotator_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_places_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("annotator_id", "video_id", name=op.f("uq_places_annotator_id_video_id")),
    )
    op.create_index(op.f("ix_places_video_id"), "places", ["video_id"], unique=False)


def downgrade() -> None:
    op.drop_table("places")
