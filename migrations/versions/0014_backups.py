"""Backups are remembered, so that a withdrawal can name those that still hold the person; and sizes beyond 2 GB.

PostgreSQL's INTEGER ends at 2^31 - 1: a video of 2 GB could not be registered there. SQLite's integers have 64 bits.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None

BYTES = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size_bytes", BYTES, nullable=False),
        sa.Column("video_ids", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_backups_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
        sa.UniqueConstraint("folder", "made_at", name=op.f("uq_backups_folder_made_at")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("videos", "size_bytes", type_=sa.BigInteger())


def downgrade() -> None:
    """Where copies lie is forgotten; the copies stay. Sizes beyond 2 GB become unknown."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("UPDATE videos SET size_bytes = NULL WHERE size_bytes > 2147483647")
        op.alter_column("videos", "size_bytes", type_=sa.Integer())
    op.drop_table("backups")
