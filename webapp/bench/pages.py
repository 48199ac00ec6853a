"""How long the pages take to be drawn by the server, on libraries of several sizes: `python -m webapp.bench.pages`.

Each page file is run as Streamlit's test runner does, without a browser; the libraries are made through the services
in a folder that is removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

PAGES = ("videos", "scheme", "label_sets", "training", "models")
SIZES = (0, 20, 1000)
RUNS = 5


def measure(sizes: tuple[int, ...] = SIZES, runs: int = RUNS) -> list[dict[str, object]]:
    """One row per page and size: median milliseconds of a run, after a first one that is not counted."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["GLINT_DATA"] = folder
            os.environ.pop("GLINT_DATABASE_URL", None)
            _fill(size)
            for page in PAGES:
                rows.append({"page": page, "videos": size, "milliseconds": round(_median_run(page, runs), 1)})
    return rows


def _median_run(page: str, runs: int) -> float:
    from streamlit.testing.v1 import AppTest

    tester = AppTest.from_file(str(Path(__file__).parents[1] / "app_pages" / f"{page}.py"), default_timeout=60).run()
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        tester.run()
        times.append(1000 * (time.perf_counter() - begun))
    if tester.exception or tester.error:
        raise SystemExit(f"{page}: the page failed, so its time means nothing")
    return statistics.median(times)


def _fill(size: int) -> None:
    from db.schema import migrate
    from db.session import Database
    from webapp import queueing
    from webapp.services import library
    from webapp.services.defaults import ensure_defaults
    from webapp.services.library import ImportedVideo
    from webapp.settings import Settings

    settings = Settings.from_environment()
    settings.prepare()
    migrate(settings.database_url)
    queueing.prepare(settings)
    database = Database(settings.database_url)
    ids = ensure_defaults(database)
    for number in range(size):
        video_id = library.register_video(
            database, ids.study_id, f"{number:04d}.mp4", f"uploads/{number}", "file", None, 1000, f"s{number % 40}"
        )
        library.finish_import(
            database,
            video_id,
            ImportedVideo(f"{number:064x}", 1000, 3000, 30.0, 99.97, False, 640, 360, "none.npz"),
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m webapp.bench.pages", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    rows = measure()
    if options.json:
        print(json.dumps(rows, indent=1))
    else:
        for row in rows:
            print(f"{row['page']:12} {row['videos']:6d} videos {row['milliseconds']:8.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
