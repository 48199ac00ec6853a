"""Withdrawals of subjects, what each study keeps for how long, and text that a withdrawal may blank in guarded rows.

While an erasure is open the free text of logged and frozen rows may change (a note that names the person), and nothing
else of them. Audit entries may go when a retention has written down up to when: a row of `audit_cuts` that is open.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0013"
branch_labels = None
depends_on = None

STATES = ("stopping", "erasing", "destroying", "compacting", "done")
# Columns that stay what they are, whatever is erased elsewhere; text is what is left.
FIXED = {
    "operations": ("sequence", "id", "video_id", "annotator_id", "verb", "interval_id", "proposal_id", "base_version",
                   "version", "undoes", "model_version_id", "keys", "client_time", "server_time"),
    "label_set_videos": ("id", "label_set_id", "label_set_subject_id", "video_id", "annotator_id", "sha256",
                         "frame_count", "fps", "reviewed_seconds", "empty_seconds", "macro", "micro", "rejected",
                         "unsure"),
    "label_set_intervals": ("id", "label_set_video_id", "video_id", "type", "onset", "apex", "offset", "verdict",
                            "reason", "confidence", "annotation_id", "proposal_id", "model_version_id", "decided_by",
                            "decided_at"),
    "adjudications": ("sequence", "id", "video_id", "first_coder", "second_coder", "first_annotation_id",
                      "second_annotation_id", "first_version", "second_version", "choice", "reason", "decided_by", "at",
                      "annotation_id", "operation_id", "undoes"),
}  # fmt: skip
SET_FIXED = ("study_id", "content_hash", "created_at")
SHUT = "NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.open)"
CUT = "NOT EXISTS (SELECT 1 FROM audit_cuts WHERE audit_cuts.open AND OLD.at < audit_cuts.before)"


def upgrade() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=36), nullable=False),
        sa.Column("words", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("work", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("video_ids", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("found", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_withdrawals_state_known")),
        sa.CheckConstraint(
            "state <> 'done' OR (words IS NULL AND work IS NULL)", name=op.f("ck_withdrawals_done_knows_nobody")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["annotators.id"], name=op.f("fk_withdrawals_asked_by")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_withdrawals_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_withdrawals_study_id"), "withdrawals", ["study_id"], unique=False)
    op.create_table(
        "audit_cuts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_cuts")),
    )
    op.add_column("studies", sa.Column("retention", sa.JSON(none_as_null=True), nullable=True))
    for table, columns in FIXED.items():
        _replace(table, "UPDATE", f"{table} never change", f"{SHUT} OR {_changed(columns)}")
    named = f"OLD.name IS DISTINCT FROM NEW.name AND {SHUT}"
    _replace("label_sets", "UPDATE", "label_sets never change", f"{_changed(SET_FIXED)} OR ({named})")
    _replace("audit_entries", "DELETE", "audit_entries never change", CUT)


def downgrade() -> None:
    for table in FIXED:
        _replace(table, "UPDATE", f"{table} never change", "1 = 1")
    _replace("label_sets", "UPDATE", "label_sets never change", _changed((*SET_FIXED, "name")))
    _replace("audit_entries", "DELETE", "audit_entries never change", "1 = 1")
    op.drop_column("studies", "retention")
    op.drop_table("audit_cuts")
    op.drop_index(op.f("ix_withdrawals_study_id"), "withdrawals")
    op.drop_table("withdrawals")


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f'OLD."{column}" IS DISTINCT FROM NEW."{column}"' for column in columns)


def _replace(table: str, action: str, message: str, condition: str) -> None:
    """A guard under its old name with another condition for refusing."""
    name = f"guard_{table}_{action.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {action} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    result = "OLD" if action == "DELETE" else "NEW"
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"RETURN {result}; END $$"
    )
