"""Triggers that keep the log, proposals and frozen labels as they are, and a subject in its role.

UPDATE is always refused. DELETE is refused unless the row's video has an open row in `erasures`: services open one,
delete and close it within one transaction (db/queries/erasing.py), which is how a person's withdrawal gets through.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Tables whose rows never change and go only with their video.
VIDEO_ROWS = ("operations", "proposals", "label_set_videos", "label_set_intervals")
# Columns that never change, in rows that may otherwise.
FIXED = {"label_sets": ("study_id", "name", "content_hash", "created_at"), "label_set_subjects": ("code", "role")}
ALWAYS = ("alias_changes",)


def upgrade() -> None:
    create = _create_sqlite if op.get_bind().dialect.name == "sqlite" else _create_postgresql
    for table in VIDEO_ROWS:
        create(table, "UPDATE", f"{table} never change")
        create(
            table,
            "DELETE",
            f"{table} go only with an erasure of their video",
            "NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.video_id = OLD.video_id AND erasures.open)",
        )
    for table in ALWAYS:
        for action in ("UPDATE", "DELETE"):
            create(table, action, f"{table} never change")
    for table, columns in FIXED.items():
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        create(table, "UPDATE", f"{table} never change", changed)
    create(
        "subjects",
        "UPDATE",
        "a subject keeps its role",
        "OLD.role IS NOT NULL AND OLD.role IS DISTINCT FROM NEW.role",
    )


def downgrade() -> None:
    tables = {**dict.fromkeys(VIDEO_ROWS, ("UPDATE", "DELETE")), **dict.fromkeys(ALWAYS, ("UPDATE", "DELETE"))}
    tables |= dict.fromkeys((*FIXED, "subjects"), ("UPDATE",))
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, actions in tables.items():
        for action in actions:
            name = _name(table, action)
            if postgresql:
                op.execute(f"DROP TRIGGER {name} ON {table}")
                op.execute(f"DROP FUNCTION {name}()")
            else:
                op.execute(f"DROP TRIGGER {name}")


def _name(table: str, action: str) -> str:
    return f"guard_{table}_{action.lower()}"


def _create_sqlite(table: str, action: str, message: str, condition: str = "1") -> None:
    op.execute(
        f"CREATE TRIGGER {_name(table, action)} BEFORE {action} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _create_postgresql(table: str, action: str, message: str, condition: str = "true") -> None:
    # The condition stands in the function: WHEN of a trigger may not hold a subquery.
    result = "OLD" if action == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {_name(table, action)}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"RETURN {result}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_name(table, action)} BEFORE {action} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {_name(table, action)}()"
    )
