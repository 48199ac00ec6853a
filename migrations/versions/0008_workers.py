"""Workers with their sign of life, and notes on work that had to be taken up again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "workers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("incarnation", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=36), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=False),
        sa.Column("cores", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=100), nullable=False),
        sa.Column("store", sa.String(length=36), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.CheckConstraint("state IN ('working', 'silent', 'ended')", name=op.f("ck_workers_state_known")),
        sa.CheckConstraint("beats >= 0", name=op.f("ck_workers_beats")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
        sa.UniqueConstraint("name", name=op.f("uq_workers_name")),
    )
    op.create_table(
        "retries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=36), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("work", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_worker", sa.String(length=100), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retries")),
    )
    op.create_index(op.f("ix_retries_kind_row_id"), "retries", ["kind", "row_id"], unique=False)


def downgrade() -> None:
    """Workers sign on anew; what was retried is forgotten."""
    op.drop_table("retries")
    op.drop_table("workers")
