"""Totals that pages add up instead of counting whole tables, and the indexes that large libraries need.

A video's `revision` is counted up by triggers, so that no writer of decisions can forget it; a total is true as long as
it was made at the video's present revision.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = (
    ("videos", ("study_id", "state")),
    ("spotting_runs", ("state", "created_at")),
    ("operations", ("annotator_id", "sequence")),
    ("operations", ("undoes",)),
)
# Tables whose new rows change what a label set would take of their video.
TOLD_BY = ("operations", "proposal_sets")
SECONDS = ("reviewed_seconds", "empty_seconds")
COUNTS = ("macro", "micro", "rejected", "unsure")
TRUTH = ("accepted", "adjusted", "added")


def upgrade() -> None:
    op.add_column("videos", sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    for name in SECONDS:
        op.add_column("label_set_videos", sa.Column(name, sa.Double(), server_default="0", nullable=False))
    for name in COUNTS:
        op.add_column("label_set_videos", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    _count_frozen(op.get_bind())
    op.create_table(
        "review_totals",
        sa.Column("video_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_seconds", sa.Double(), nullable=False),
        sa.Column("empty_seconds", sa.Double(), nullable=False),
        sa.Column("macro", sa.Integer(), nullable=False),
        sa.Column("micro", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("warning_count", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["annotator_id"], ["annotators.id"], name=op.f("fk_review_totals_annotator_id")),
        sa.ForeignKeyConstraint(["video_id"], ["videos.id"], name=op.f("fk_review_totals_video_id")),
        sa.PrimaryKeyConstraint("video_id", name=op.f("pk_review_totals")),
    )
    for table, columns in INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
    for table in TOLD_BY:
        _create_trigger(table)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TOLD_BY:
        op.execute(f"DROP TRIGGER tell_{table}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION count_up_revision()")
    for table, columns in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
    op.drop_table("review_totals")
    for name in (*COUNTS, *SECONDS):
        op.drop_column("label_set_videos", name)
    op.drop_column("videos", "revision")


def _create_trigger(table: str) -> None:
    count_up = "UPDATE videos SET revision = revision + 1 WHERE id = NEW.video_id"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER tell_{table} AFTER INSERT ON {table} BEGIN {count_up}; END")
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION count_up_revision() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {count_up}; RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER tell_{table} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION count_up_revision()")


def _count_frozen(connection: sa.Connection) -> None:
    """Totals of the sets that are frozen already; their guard rests meanwhile, inside this transaction."""
    videos = connection.execute(sa.text("SELECT id, reviewed, fps FROM label_set_videos")).all()
    intervals = connection.execute(sa.text(
        'SELECT label_set_video_id, type, verdict, onset, "offset" FROM label_set_intervals ORDER BY label_set_video_id'
    ))  # fmt: skip
    held = {video: [tuple(line[1:]) for line in lines] for video, lines in groupby(intervals, key=lambda line: line[0])}
    totals = [{"id": video, **_totals(reviewed, fps, held.get(video, ()))} for video, reviewed, fps in videos]
    if not totals:
        return
    guard = _take_guard(connection)
    fields = ", ".join(f"{name} = :{name}" for name in (*COUNTS, *SECONDS))
    connection.execute(sa.text(f"UPDATE label_set_videos SET {fields} WHERE id = :id"), totals)
    connection.execute(sa.text(guard))


def _take_guard(connection: sa.Connection) -> str:
    """Switch the guard of 0003 off; returns the statement that brings it back."""
    name = "guard_label_set_videos_update"
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"ALTER TABLE label_set_videos DISABLE TRIGGER {name}"))
        return f"ALTER TABLE label_set_videos ENABLE TRIGGER {name}"
    made = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"),
                              {"name": name}).scalar_one()  # fmt: skip
    connection.execute(sa.text(f"DROP TRIGGER {name}"))
    return made


def _totals(reviewed: str | list, fps: float, intervals: Sequence[tuple]) -> dict[str, float]:
    frames = set()
    for first, last in json.loads(reviewed) if isinstance(reviewed, str) else reviewed:
        frames.update(range(first, last + 1))
    busy = set()
    counts = dict.fromkeys(COUNTS, 0)
    for kind, verdict, onset, offset in intervals:
        counts[kind if verdict in TRUTH else verdict] += 1
        if verdict != "rejected":
            busy.update(range(onset, offset + 1))
    return {**counts, "reviewed_seconds": len(frames) / fps, "empty_seconds": len(frames - busy) / fps}
