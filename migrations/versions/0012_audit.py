"""The audit: who did what and when, only ever added to.

A trigger refuses every DELETE, and every UPDATE but one: while an erasure is open (a withdrawal), an entry may lose
what it tells, and keeps when, who and which action.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "audit_entries"
KEPT = ("id", "at", "annotator_id", "study_id", "video_id", "action")
CHANGED = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in KEPT)
FORBIDDEN = f"NOT NEW.redacted OR {CHANGED} OR NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.open)"
GUARDS = {"UPDATE": FORBIDDEN, "DELETE": None}
MESSAGE = "audit_entries never change"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("video_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=100), nullable=False),
        sa.Column("about", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("redacted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_audit_entries_annotator_id")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_audit_entries_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sqlite_autoincrement=True,
    )
    for columns in (["at"], ["video_id"], ["action"], ["study_id", "at"], ["annotator_id", "at"]):
        op.create_index(op.f(f"ix_{TABLE}_{'_'.join(columns)}"), TABLE, columns, unique=False)
    create = _guard_sqlite if op.get_bind().dialect.name == "sqlite" else _guard_postgresql
    for action, condition in GUARDS.items():
        create(action, condition)


def downgrade() -> None:
    """What was done before is forgotten."""
    op.drop_table(TABLE)  # takes its triggers along
    if op.get_bind().dialect.name == "postgresql":
        for action in GUARDS:
            op.execute(f"DROP FUNCTION {_name(action)}()")


def _name(action: str) -> str:
    return f"guard_{TABLE}_{action.lower()}"


def _guard_sqlite(action: str, condition: str | None) -> None:
    op.execute(
        f"CREATE TRIGGER {_name(action)} BEFORE {action} ON {TABLE} WHEN {condition or '1'} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )


def _guard_postgresql(action: str, condition: str | None) -> None:
    result = "OLD" if action == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {_name(action)}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition or 'true'} THEN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {result}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_name(action)} BEFORE {action} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {_name(action)}()"
    )
