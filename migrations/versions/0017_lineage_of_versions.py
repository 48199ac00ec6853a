"""Model versions remember how they were made: preset, settings, hardware, duration, notes; or that they were imported.

Versions of before know nothing of it and keep an empty column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model_versions", sa.Column("lineage", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("model_versions", "lineage")
