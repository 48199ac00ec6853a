"""Accounts, sessions, invitations, tries to sign in, who codes which video; the roles of a study are four.

"researcher" becomes "lead": researchers freeze label sets, train and compare, which asks for a lead from now on, and
nobody loses what they could do. Managing people stays with admins.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0008"
branch_labels = None
depends_on = None

RULE = "CONSTRAINT ck_assignments_role_known CHECK ({})"
OLD_ROLES = "role IN ('annotator', 'lead', 'researcher', 'admin')"
NEW_ROLES = "role IN ('viewer', 'annotator', 'lead', 'admin')"


def upgrade() -> None:
    op.execute("UPDATE assignments SET role = 'lead' WHERE role = 'researcher'")
    _replace_rule(OLD_ROLES, NEW_ROLES)
    _accounts()
    _sessions()
    _invitations()
    op.create_table(
        "sign_in_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    op.create_index(op.f("ix_sign_in_tries_at"), "sign_in_tries", ["at"], unique=False)
    op.create_table(
        "video_assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_video_assignments_annotator_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_video_assignments_video_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_assignments")),
        sa.UniqueConstraint("video_id", "annotator_id", name=op.f("uq_video_assignments_video_id_annotator_id")),
    )
    op.create_index(op.f("ix_video_assignments_annotator_id"), "video_assignments", ["annotator_id"], unique=False)


def downgrade() -> None:
    """Accounts are lost, and with them every way to sign in; a viewer becomes an annotator."""
    for table in ("video_assignments", "sign_in_tries", "invitations", "sessions", "accounts"):
        op.drop_table(table)
    op.execute("UPDATE assignments SET role = 'annotator' WHERE role = 'viewer'")
    _replace_rule(NEW_ROLES, OLD_ROLES)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("issuer", sa.String(length=300), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("site_admin", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name=op.f("ck_accounts_provider_whole")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_accounts_annotator_id")),
        sa.PrimaryKeyConstraint("annotator_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_accounts_issuer_subject")),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_sessions_annotator_id")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_sessions_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sessions_secret_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sessions_annotator_id"), "sessions", ["annotator_id"], unique=False)


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=36), nullable=True),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(NEW_ROLES, name=op.f("ck_invitations_role_known")),
        sa.CheckConstraint("(study_id IS NULL) = (role IS NULL)", name=op.f("ck_invitations_role_in_study")),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_invitations_annotator_id")),
        sa.ForeignKeyConstraint(["created_by"], ["annotators.id"], name=op.f("fk_invitations_created_by")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_invitations_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
    )


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _replace_rule(old: str, new: str) -> None:
    if not _sqlite():
        op.drop_constraint(op.f("ck_assignments_role_known"), "assignments", type_="check")
        op.create_check_constraint(op.f("ck_assignments_role_known"), "assignments", new)
        return
    # SQLite cannot change a rule in place: the table is made anew from its own statement.
    connection = op.get_bind()
    parts = connection.execute(
        sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'assignments' AND sql IS NOT NULL")
    ).all()
    [statement] = [sql for kind, sql in parts if kind == "table"]
    remade = re.sub(r'^CREATE TABLE "?assignments"?', "CREATE TABLE assignments_remade", statement)
    if RULE.format(old) not in remade:
        raise RuntimeError(f"expected assignments to have the rule {old}")
    connection.exec_driver_sql(remade.replace(RULE.format(old), RULE.format(new)))
    for moving in (
        "INSERT INTO assignments_remade SELECT * FROM assignments",
        "DROP TABLE assignments",
        "ALTER TABLE assignments_remade RENAME TO assignments",
        *(sql for kind, sql in parts if kind != "table"),
    ):
        connection.exec_driver_sql(moving)
