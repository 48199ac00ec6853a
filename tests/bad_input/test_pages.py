"""Bad and unusual videos through the real server and worker: a sentence in the row and on the page for each.

One server takes all cases, by upload or by registering a folder; then every row is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from spotcore.feature_files import load_traces
from spotcore.features import extract
from spotcore.person import PersonChoice
from spotcore.video import open_video
from tests import barcode
from tests.bad_input.material import CASES, REAL, faces
from tests.servers import ROOT, LiveServer, wait_for
from tests.webapp.world import PAGES, texts
from webapp import queueing, registration, wording
from webapp.app_pages import videos as videos_page
from webapp.services import library, spotting
from webapp.services.errors import Refused

pytestmark = pytest.mark.xdist_group("bad input pages")  # one server for all of them
SECONDS = 240
PIECE = 1 << 20
MEDIA = ROOT.parent / "shared" / "media"


@dataclass
class Loaded:
    """A server whose worker has been through every case.

    Attributes:
        ids: case -> id of the video.
        refused: case -> (status, sentence) of what was turned away at the door.
    """

    server: LiveServer
    ids: dict[str, int] = field(default_factory=dict)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)

    def upload(self, case: str, path: Path, filename: str = "") -> None:
        """As the upload box does it: announce, send in pieces, finish."""
        with httpx.Client(base_url=self.server.url, headers={"X-Glint-Token": self.server.token()}) as client:
            said = {"filename": filename or path.name, "size": path.stat().st_size}
            answer = client.post("/api/uploads", json=said)
            if answer.status_code == 201:
                address, data = f"/api/uploads/{answer.json()['id']}", path.read_bytes()
                for offset in range(0, len(data), PIECE):
                    client.put(f"{address}?offset={offset}", content=data[offset : offset + PIECE]).raise_for_status()
                answer = client.post(f"{address}/finish", timeout=60)
            if answer.status_code == 200:
                self.ids[case] = answer.json()["video_id"]
            else:
                self.refused[case] = (answer.status_code, answer.json()["error"])

    def register(self, case: str, path: Path, rate: float | None) -> None:
        """As the page does it with a folder that lies on the server."""
        try:
            self.ids[case] = registration.register_in_place(
                self.server.settings, self.server.database, path, study_id=self.server.defaults.study_id, rate=rate
            )
        except Refused as refusal:
            self.refused[case] = (422, str(refusal))

    def row(self, case: str) -> library.VideoRow:
        rows = library.list_videos(self.server.database, self.server.defaults.study_id, per_page=100).rows
        return next(row for row in rows if row.id == self.ids[case])

    def settled(self) -> bool:
        rows = library.list_videos(self.server.database, self.server.defaults.study_id, per_page=100).rows
        return all(
            row.state == "failed" or (row.state == "ready" and row.run_state in ("done", "failed")) for row in rows
        )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("bad")
    roots = folder / "recordings"
    roots.mkdir()
    server = LiveServer(folder / "data", GLINT_MEDIA_ROOTS=str(roots)).start()
    made = Loaded(server)
    try:
        for name, case in CASES.items():
            path = case.make(roots)
            if path.is_dir():
                made.register(name, path, case.rate)
            else:
                made.upload(name, path)
        made.register("folder without a rate", roots / "gaps", None)
        made.upload("path in the name", CASES["one frame"].make(folder), "../../../etc/one frame.mp4")
        made.upload("same video twice", roots / "hole.mp4", "another name.mp4")
        for name in REAL if MEDIA.is_dir() else ():
            made.upload(name, MEDIA / name)
        if MEDIA.is_dir():
            made.register("several faces", faces(roots, MEDIA / "pyfeat_multi_face.jpg"), 25.0)
        wait_for("every import and spotting", made.settled, SECONDS)
        yield made
    finally:
        server.stop()


@pytest.fixture(scope="module")
def pages(loaded) -> str:
    """Everything that the list of videos says, all its pages together, in lower case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLINT_DATA", str(loaded.server.data))
        said = []
        number = total = 1
        while number <= total:
            page = AppTest.from_file(str(PAGES / "videos.py"), default_timeout=60)
            page.session_state["page"] = number
            page.run()
            assert not page.exception
            said += [texts(page), *(bar.proto.text for bar in page.get("progress"))]
            rows = library.list_videos(loaded.server.database, loaded.server.defaults.study_id)
            total = -(-rows.total // videos_page.PER_PAGE)
            number += 1
        return "\n".join(said).casefold()


UPLOADED = [name for name, case in CASES.items() if name != "empty file"]


@pytest.mark.parametrize("case", UPLOADED)
def test_each_video_ends_ready_or_failed_with_its_sentence(loaded, case):
    if case not in loaded.ids:
        assert CASES[case].says in loaded.refused[case][1]
        assert not CASES[case].usable
        return
    row = loaded.row(case)
    assert row.state == ("ready" if CASES[case].usable else "failed")
    assert CASES[case].says in f"{row.message}; {row.notes}"
    assert not any(word in row.message for word in ("Error", "unexpectedly", "source.mp4"))


@pytest.mark.parametrize("case", UPLOADED)
def test_the_page_shows_the_sentence(loaded, pages, case):
    if case in loaded.ids:
        said = CASES[case].says.casefold()
        assert said in pages or wording.escaped(said) in pages


@pytest.mark.parametrize("case", [name for name in UPLOADED if CASES[name].usable])
def test_the_review_page_says_what_was_noticed_of_a_usable_video(loaded, monkeypatch, case):
    monkeypatch.setenv("GLINT_DATA", str(loaded.server.data))
    page = AppTest.from_file(str(PAGES / "review.py"), default_timeout=60)
    page.query_params["video"] = str(loaded.ids[case])
    page.run()
    assert not page.exception
    assert wording.escaped(CASES[case].says) in texts(page, "caption")


def test_a_failed_video_is_not_reviewed_and_says_why(loaded, monkeypatch):
    monkeypatch.setenv("GLINT_DATA", str(loaded.server.data))
    page = AppTest.from_file(str(PAGES / "review.py"), default_timeout=60)
    page.query_params["video"] = str(loaded.ids["sound only"])
    page.run()
    assert not page.exception
    assert "no picture track, only sound" in texts(page, "warning")


def test_an_empty_file_is_refused_before_it_is_sent(loaded):
    status, sentence = loaded.refused["empty file"]
    assert status == 413
    assert "empty.mp4 is empty" in sentence


def test_a_folder_without_a_rate_is_refused_and_says_what_to_give(loaded):
    assert "how many frames a second" in loaded.refused["folder without a rate"][1]


def test_a_path_in_a_file_name_is_only_a_title(loaded):
    known = loaded.row("one frame")
    status, sentence = loaded.refused["path in the name"]  # the same content under a name that points elsewhere
    assert (status, known.title) == (422, "one frame.mp4")
    assert "etc" not in sentence


def test_a_title_keeps_every_letter_and_its_markup_stays_text(loaded, pages):
    title = loaded.row("unusual name").title
    assert "微表情" in title
    assert wording.escaped(title).casefold() in pages


def test_the_same_video_twice_names_the_first(loaded):
    assert "hole.mp4" in loaded.refused["same video twice"][1]


def test_nothing_stays_in_work_for_ever(loaded):
    assert loaded.settled()
    assert "Traceback" not in loaded.server.output()


def test_a_video_that_was_repaired_is_imported_again(loaded):
    database, settings = loaded.server.database, loaded.server.settings
    video = library.get_video(database, loaded.ids["folder with a damaged picture"])
    barcode.write_folder(Path(video.path).with_name("repaired"), range(30, 45))
    (Path(video.path).with_name("repaired") / "img37.jpg").replace(Path(video.path) / "img37.jpg")
    library.set_import_progress(database, video.id, 0.0)
    queueing.enqueue_import(video.id, settings)
    wait_for("the second import", loaded.settled, 60)
    row = loaded.row("folder with a damaged picture")
    assert (row.state, row.run_state, row.frame_count) == ("ready", "done", 15)


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_footage_without_a_face_is_spotted_and_says_so(loaded, pages, shared_media, name):
    row = loaded.row(name)
    assert (row.state, row.run_state) == ("ready", "done")
    assert REAL[name] in row.message
    assert row.message.casefold() in pages
    assert name != "pyfeat_no_face.mp4" or row.proposals == 0


@pytest.mark.shared
def test_of_several_faces_the_largest_is_followed_until_another_is_chosen(loaded, shared_media):
    database, video_id = loaded.server.database, loaded.ids["several faces"]
    first = spotting.latest_run(database, video_id)
    assert "several faces seen; the largest was followed" in first.message
    chosen = {"frame": 0, "point": [163.0, 74.0]}
    library.set_person(database, video_id, chosen)
    again = spotting.start_run(database, video_id, loaded.server.defaults.baseline_version_id, 6.0, {})
    queueing.enqueue_spotting(again, loaded.server.settings)
    second = wait_for("the second run", lambda: over(database, again), 60)
    assert (second.state, second.message) == ("done", "several faces seen; the chosen person was followed")
    with open_video(library.get_video(database, video_id).path, 25.0) as video:
        expected = [extract(video, person=person) for person in (None, PersonChoice.from_json(chosen))]
    measured = [load_traces(loaded.server.settings.located(run.features_path)) for run in (first, second)]
    for one, same, other in zip(measured, expected, reversed(expected), strict=True):
        np.testing.assert_allclose(one.head_motion, same.head_motion, atol=1e-3)
        assert np.abs(one.head_motion[0] - other.head_motion[0]).max() > 3  # degrees: they hold their heads differently


def over(database, run_id):
    run = spotting.get_run(database, run_id)
    return run if run.state not in ("queued", "running") else None
