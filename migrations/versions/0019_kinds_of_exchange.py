"""Two more kinds of jobs: making a study of a benchmark, and cutting clips for a paper."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BEFORE = ("spot_library", "loso", "compare", "seeded_recall", "tonight")
ADDED = ("benchmark", "clips")
RULE = "ck_jobs_kind_known"


def upgrade() -> None:
    _replace_rule(BEFORE, (*BEFORE, *ADDED))


def downgrade() -> None:
    listed = _listed(ADDED)
    op.execute(f"DELETE FROM job_videos WHERE job_id IN (SELECT id FROM jobs WHERE kind IN ({listed}))")
    op.execute(f"DELETE FROM jobs WHERE kind IN ({listed})")
    _replace_rule((*BEFORE, *ADDED), BEFORE)


def _listed(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


def _replace_rule(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _remake_sqlite(*(f"CONSTRAINT {RULE} CHECK (kind IN ({_listed(kinds)}))" for kinds in (old, new)))
        return
    op.drop_constraint(op.f(RULE), "jobs", type_="check")
    op.create_check_constraint(op.f(RULE), "jobs", f"kind IN ({_listed(new)})")


def _remake_sqlite(old: str, new: str) -> None:
    """Make the table anew with one rule changed, as SQLite cannot change one; see 0004."""
    connection = op.get_bind()
    parts = connection.execute(
        sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'jobs' AND sql IS NOT NULL")
    ).all()
    [statement] = [sql for kind, sql in parts if kind == "table"]
    remade = re.sub(r'^CREATE TABLE "?jobs"?', "CREATE TABLE jobs_remade", statement).replace(old, new)
    if new not in remade:
        raise RuntimeError(f"expected the table jobs to have the rule {old}")
    around = [sql for kind, sql in parts if kind != "table"]
    moving = ("INSERT INTO jobs_remade SELECT * FROM jobs", "DROP TABLE jobs", "ALTER TABLE jobs_remade RENAME TO jobs")
    for sql in (remade, *moving, *around):
        connection.exec_driver_sql(sql)
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check(jobs)").all()
    if broken:
        raise RuntimeError(f"{len(broken)} rows of jobs refer to rows that do not exist")
