"""A coding scheme per study, preferences per annotator, and reasons to reject that the scheme names.

The scheme decides which reasons there are, so the tables only require that a rejection names one.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WITH_REASONS = ("annotations", "label_set_intervals")
FOUR = ("reason_known", "reason IN ('blink', 'speech', 'head motion', 'other')")
NAMED = ("reason_named", "length(reason) BETWEEN 1 AND 36")


def upgrade() -> None:
    op.add_column("studies", sa.Column("scheme", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("annotators", sa.Column("preferences", sa.JSON(none_as_null=True), nullable=True))
    for table in WITH_REASONS:
        _replace_check(table, FOUR, NAMED)


def downgrade() -> None:
    """Fails, and changes nothing, while a rejection has a reason that only a scheme knows."""
    for table in WITH_REASONS:
        _replace_check(table, NAMED, FOUR)
    op.drop_column("annotators", "preferences")
    op.drop_column("studies", "scheme")


def _replace_check(table: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    if op.get_bind().dialect.name == "sqlite":
        _remake_sqlite(table, *(f"CONSTRAINT ck_{table}_{name} CHECK ({rule})" for name, rule in (old, new)))
        return
    op.drop_constraint(op.f(f"ck_{table}_{old[0]}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{new[0]}"), table, new[1])


def _remake_sqlite(table: str, old: str, new: str) -> None:
    """Make the table anew with one rule changed: SQLite cannot change a rule in place.

    The table's own statement is kept, so that no other rule is lost on the way; indexes and guards are made again.
    """
    connection = op.get_bind()
    of_table = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL")
    parts = connection.execute(of_table, {"table": table}).all()
    [statement] = [sql for kind, sql in parts if kind == "table"]
    remade = re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_remade", statement).replace(old, new)
    if new not in remade:
        raise RuntimeError(f"expected the table {table} to have the rule {old}")
    around = [sql for kind, sql in parts if kind != "table"]
    moving = (f"INSERT INTO {table}_remade SELECT * FROM {table}", f"DROP TABLE {table}",
              f"ALTER TABLE {table}_remade RENAME TO {table}")  # fmt: skip
    for sql in (remade, *moving, *around):
        connection.exec_driver_sql(sql)
    broken = connection.exec_driver_sql(f"PRAGMA foreign_key_check({table})").all()
    if broken:
        raise RuntimeError(f"{len(broken)} rows of {table} refer to rows that do not exist")
