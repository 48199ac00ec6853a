"""Where frozen labels come from, how many keys a decision took, and which videos were chosen to be coded next.

A guard keeps people on their side: no label set can hold a subject in another role than the subject has.

Columns of old rows stay empty: what was frozen or decided before does not know it. Where a label comes from is copied
without foreign keys, because a frozen set tells what was, whatever becomes of the rows it was taken from.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0016"
branch_labels = None
depends_on = None

GUARD, MESSAGE = "guard_label_set_subjects_insert", "a subject keeps its role in every label set"
COPIED = {
    "annotation_id": sa.String(length=36),
    "proposal_id": sa.Integer(),
    "model_version_id": sa.Integer(),
    "decided_by": sa.Integer(),
    "decided_at": sa.DateTime(timezone=True),
}


def upgrade() -> None:
    for name, kind in COPIED.items():
        op.add_column("label_set_intervals", sa.Column(name, kind, nullable=True))
    # In words of SQL, because Alembic would make the table anew for the rule, and lose its guards on SQLite.
    op.execute("ALTER TABLE operations ADD COLUMN keys INTEGER CONSTRAINT ck_operations_keys CHECK (keys >= 0)")
    _guard_roles()
    op.create_table(
        "coding_picks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=36), nullable=False),
        sa.Column("doubt", sa.Double(), nullable=True),
        sa.Column("difference", sa.Double(), nullable=True),
        sa.Column("new_subject", sa.Boolean(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("model_version_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('random', 'uncertain', 'different')", name=op.f("ck_coding_picks_kind_known")),
        sa.ForeignKeyConstraint(["created_by"], ["annotators.id"], name=op.f("fk_coding_picks_created_by")),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_coding_picks_model_version_id")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_coding_picks_study_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_coding_picks_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coding_picks")),
        sa.UniqueConstraint("study_id", "batch", "place", name=op.f("uq_coding_picks_study_id_batch_place")),
    )
    op.create_index(op.f("ix_coding_picks_video_id"), "coding_picks", ["video_id"], unique=False)


def _guard_roles() -> None:
    """A label set takes every subject in the role that the subject has: who tests in one never trains in another."""
    other = "SELECT 1 FROM subjects WHERE subjects.id = NEW.subject_id AND subjects.role <> NEW.role"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {GUARD} BEFORE INSERT ON label_set_subjects WHEN EXISTS ({other}) "
                   f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END")  # fmt: skip
        return
    op.execute(
        f"CREATE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS ({other}) THEN "
        f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {GUARD} BEFORE INSERT ON label_set_subjects FOR EACH ROW EXECUTE FUNCTION {GUARD}()")


def downgrade() -> None:
    op.drop_table("coding_picks")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {GUARD}")
    else:
        op.execute(f"DROP TRIGGER {GUARD} ON label_set_subjects")
        op.execute(f"DROP FUNCTION {GUARD}()")
    op.drop_column("operations", "keys")
    for name in COPIED:
        op.drop_column("label_set_intervals", name)
