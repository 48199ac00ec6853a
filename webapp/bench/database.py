"""Every question of every page and route to a large database: `python -m webapp.bench database [--json]`.

A database is filled (`database_fill`), or found filled in --folder from the last time, and each call of
`database_calls` is made with new arguments turn after turn. Told are the time of the whole call (its Python included),
the time inside the database, and how many statements it made. --plans prints how the database finds the answers.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from db import statements
from db.schema import migrate
from db.session import Database
from webapp.bench import study_calls
from webapp.bench.database_calls import LINEAR, READING, WRITING, Call, Scene, scene
from webapp.bench.database_fill import Size, fill
from webapp.services import library
from webapp.services.defaults import ensure_defaults

EVERY = (*READING, *study_calls.READING, *WRITING, *LINEAR, *study_calls.LINEAR)
BAR_MS = 100.0
TURNS = 20
TURNS_LINEAR = 2


def main() -> int:
    options = _options()
    size = Size(options.videos, options.proposals, options.annotations)
    with _database(options, size) as database:
        calls = [call for call in EVERY if options.only in call.name]
        if options.no_linear:
            calls = [call for call in calls if not call.linear]
        if options.read_only:
            calls = [call for call in calls if call not in WRITING]
        rows = measure(database, calls, options.turns, _show_plans(database) if options.plans else None)
    _report(rows, options.json, database.engine.dialect.name)
    return 0


def measure(
    database: Database, calls: Sequence[Call], turns: int = TURNS, look: Callable[[Call, list], None] | None = None
) -> list[dict[str, Any]]:
    """One row per call, in milliseconds; the first turn warms up and is told as `first_ms`.

    Args:
        look: gets the statements of each call's last turn.
    """
    found = scene(database)
    gc.collect()
    gc.freeze()  # what preparing left behind is no garbage of the calls
    rows = []
    for call in calls:
        times, inside, counts = [], [], []
        asked: list[statements.Statement] = []
        for _ in range(1 + (TURNS_LINEAR if call.linear else turns)):
            seconds, asked = _once(call, found)
            times.append(1000 * seconds)
            inside.append(1000 * sum(statement.seconds for statement in asked))
            counts.append(len(asked))
        if look is not None:
            look(call, asked)
        rows.append({
            "call": call.name, "asked_by": call.asked_by, "p50_ms": _round(statistics.median(times[1:])),
            "p95_ms": _round(_p95(times[1:])), "database_p95_ms": _round(_p95(inside[1:])),
            "first_ms": _round(times[0]), "statements": max(counts[1:]), "linear": call.linear,
        })  # fmt: skip
        print(_line(rows[-1]), file=sys.stderr, flush=True)
    return rows


def _once(call: Call, found: Scene) -> tuple[float, list[statements.Statement]]:
    ask = call.draw(found)
    with statements.watched(found.database) as asked:
        begun = time.perf_counter()
        ask()
        return time.perf_counter() - begun, asked


def _p95(times: Sequence[float]) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]


def _round(milliseconds: float) -> float:
    return round(milliseconds, 1)


def _show_plans(database: Database) -> Callable[[Call, list], None]:
    def look(call: Call, asked: list[statements.Statement]) -> None:
        print(f"\n## {call.name}", file=sys.stderr)
        for statement in asked:
            print(f"{1000 * statement.seconds:8.1f} ms  {' '.join(statement.sql.split())[:400]}", file=sys.stderr)
            for line in statements.plan(database, statement):
                print(f"             {line}", file=sys.stderr)

    return look


@contextmanager
def _database(options: argparse.Namespace, size: Size) -> Iterator[Database]:
    """The filled database; a folder that was named keeps it for the next time."""
    with tempfile.TemporaryDirectory(prefix="glint-bench-") as passing:
        folder = Path(options.folder or passing)
        # The server of pgserver runs as a user of its own, who must be able to pass.
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        url = options.database_url or (_server(folder) if options.postgresql else f"sqlite:///{folder / 'filled.db'}")
        migrate(url)
        database = Database(url)
        try:
            _prepare(database, size)
            yield database
        finally:
            database.dispose()


def _server(folder: Path) -> str:
    try:
        import pgserver
    except ImportError:
        raise SystemExit("this needs pgserver: pip install --no-deps -r requirements-dev.txt") from None
    uri = pgserver.get_server(folder / "postgresql", cleanup_mode="stop").get_uri()
    return uri.replace("postgresql://", "postgresql+psycopg://")


def _prepare(database: Database, size: Size) -> None:
    there = library.list_videos(database, ensure_defaults(database).study_id, per_page=1).total
    if there > size.videos // 2:
        print(f"found filled: {there} videos in the study", file=sys.stderr)
        return
    if there:
        raise SystemExit(f"this database holds {there} videos: a filled or an empty one is needed")
    print(f"filling {database.engine.dialect.name} with {size} ...", file=sys.stderr)
    begun = time.perf_counter()
    fill(database, size)
    statements.analyze(database)
    print(f"filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr)


def _line(row: dict[str, Any]) -> str:
    mark = "linear" if row["linear"] else "" if row["p95_ms"] < BAR_MS else "OVER"
    return (
        f"{row['call']:42} {row['p50_ms']:9.1f} {row['p95_ms']:9.1f} {row['database_p95_ms']:9.1f} "
        f"{row['statements']:4d} {mark}"
    )


def _report(rows: list[dict[str, Any]], as_json: bool, kind: str) -> None:
    over = [row["call"] for row in rows if not row["linear"] and row["p95_ms"] >= BAR_MS]
    if as_json:
        about = {"database": kind, "bar_ms": BAR_MS, "over": over, "processors": os.cpu_count()}
        print(json.dumps(about | {"load": round(os.getloadavg()[0], 2), "calls": rows}, indent=1))
        return
    print(f"{'call':42} {'p50 ms':>9} {'p95 ms':>9} {'in db':>9} statements, {kind}")
    for row in rows:
        print(_line(row))
    print(f"over {BAR_MS:g} ms: {', '.join(over) or 'none'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", help="keep the filled database here, or find it here")
    parser.add_argument("--postgresql", action="store_true", help="start a PostgreSQL of its own (pgserver)")
    parser.add_argument("--database-url", help="an empty database to fill, or one that was filled before")
    parser.add_argument("--videos", type=int, default=Size.videos)
    parser.add_argument("--proposals", type=int, default=Size.proposals)
    parser.add_argument("--annotations", type=int, default=Size.annotations)
    parser.add_argument("--turns", type=int, default=TURNS, help="measured turns of every call")
    parser.add_argument("--only", default="", help="calls whose name holds this text")
    parser.add_argument("--no-linear", action="store_true", help="leave out what hands out everything")
    parser.add_argument("--read-only", action="store_true", help="leave out the calls that write")
    parser.add_argument("--plans", action="store_true", help="print every statement with its plan (to stderr)")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
