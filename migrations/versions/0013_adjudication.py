"""Consensus: an annotator of its own per study, and the append-only log of what was decided between two coders.

As in 0003, UPDATE is always refused, and DELETE unless the row's video is being erased.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = "adjudications"
MESSAGES = {
    "UPDATE": "adjudications never change",
    "DELETE": "adjudications go only with an erasure of their video",
}
CONDITIONS = {
    "UPDATE": None,
    "DELETE": "NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.video_id = OLD.video_id AND erasures.open)",
}
POINTS_TO = {
    "video_id": "videos.id", "first_coder": "annotators.id", "second_coder": "annotators.id",
    "first_annotation_id": "annotations.id", "second_annotation_id": "annotations.id", "decided_by": "annotators.id",
    "annotation_id": "annotations.id", "operation_id": "operations.id", "undoes": "adjudications.id",
}  # fmt: skip
INDEXES = (
    ("video_id", "first_coder", "second_coder"), ("first_annotation_id",), ("second_annotation_id",),
    ("annotation_id",), ("operation_id",), ("undoes",),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "consensus_annotators",
        sa.Column("study_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_consensus_annotators_annotator_id")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_consensus_annotators_study_id")),
        sa.PrimaryKeyConstraint("study_id", name=op.f("pk_consensus_annotators")),
        sa.UniqueConstraint("annotator_id", name=op.f("uq_consensus_annotators_annotator_id")),
    )
    op.create_table(
        TABLE,
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("first_coder", sa.Integer(), nullable=False),
        sa.Column("second_coder", sa.Integer(), nullable=False),
        sa.Column("first_annotation_id", sa.String(length=36), nullable=True),
        sa.Column("second_annotation_id", sa.String(length=36), nullable=True),
        sa.Column("first_version", sa.Integer(), nullable=True),
        sa.Column("second_version", sa.Integer(), nullable=True),
        sa.Column("choice", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=36), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annotation_id", sa.String(length=36), nullable=True),
        sa.Column("operation_id", sa.String(length=36), nullable=True),
        sa.Column("undoes", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_adjudications")),
        sa.UniqueConstraint("id", name=op.f("uq_adjudications_id")),
        sa.CheckConstraint(
            "choice IN ('a', 'b', 'mean', 'redraw', 'neither', 'agreed', 'undo')",
            name=op.f("ck_adjudications_choice_known"),
        ),
        sa.CheckConstraint("(choice = 'undo') = (undoes IS NOT NULL)", name=op.f("ck_adjudications_undo_names_what")),
        sa.CheckConstraint(
            "first_annotation_id IS NOT NULL OR second_annotation_id IS NOT NULL",
            name=op.f("ck_adjudications_about_something"),
        ),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 36", name=op.f("ck_adjudications_reason_named")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_adjudications_{column}"))
            for column, target in POINTS_TO.items()
        ),
        sqlite_autoincrement=True,
    )
    for columns in INDEXES:
        op.create_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), TABLE, list(columns), unique=False)
    create = _guard_sqlite if op.get_bind().dialect.name == "sqlite" else _guard_postgresql
    for action, condition in CONDITIONS.items():
        create(action, condition)


def downgrade() -> None:
    """What was decided between coders is forgotten; what the consensus holds stays, as an annotator like others."""
    op.drop_table(TABLE)  # takes its triggers along
    if op.get_bind().dialect.name == "postgresql":
        for action in CONDITIONS:
            op.execute(f"DROP FUNCTION {_name(action)}()")
    op.drop_table("consensus_annotators")


def _name(action: str) -> str:
    return f"guard_{TABLE}_{action.lower()}"


def _guard_sqlite(action: str, condition: str | None) -> None:
    op.execute(
        f"CREATE TRIGGER {_name(action)} BEFORE {action} ON {TABLE} WHEN {condition or '1'} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGES[action]}'); END"
    )


def _guard_postgresql(action: str, condition: str | None) -> None:
    result = "OLD" if action == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {_name(action)}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition or 'true'} "
        f"THEN RAISE EXCEPTION '{MESSAGES[action]}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {result}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_name(action)} BEFORE {action} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {_name(action)}()"
    )
