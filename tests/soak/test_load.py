"""Load: many clients decide at once through the real server; everything confirmed is there, once, in one order."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import numpy as np
import pytest

from spotcore.intervals import Interval
from tests.databases import KINDS, drop, empty_url
from tests.servers import LiveServer
from tests.soak import trials
from tests.soak.trials import Trials
from webapp.services import library, reviewing, spotting
from webapp.services.library import ImportedVideo

CLIENTS, EACH, FRAMES, VIDEOS, PROPOSALS = 20, 100, 3000, 3, 40


@dataclass
class Client:
    """One browser tab: sends decisions as the component does, and notes what was confirmed.

    Attributes:
        applied: id of the operation -> id of its interval, as confirmed.
        added: ids of intervals that only this client knows.
        counts: status -> how often.
        seconds: of every request.
        lost: connections that broke.
    """

    url: str
    token: str
    annotator: int
    videos: dict[int, list[reviewing.ReviewProposal]]
    generator: np.random.Generator
    applied: dict[str, str] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    sent: list[dict] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def work(self, count: int, begin: threading.Barrier) -> None:
        with httpx.Client(base_url=self.url, headers={"X-Glint-Token": self.token}, timeout=120) as http:
            begin.wait()
            for _ in range(count):
                body, expected = self.next()
                answer = self.send(http, body)
                assert answer["status"] in expected, (answer, body)
                if answer["status"] == "conflict" and self.generator.integers(2):
                    # "Take mine": the same change again, over the version that the server named.
                    again = self.operation("edit", body["video_id"], body["interval_id"], body["after"])
                    assert self.send(http, again | {"base_version": answer["version"]})["status"] in CHANGED

    def send(self, http: httpx.Client, body: dict) -> dict:
        began = time.perf_counter()
        lost = 0
        while True:
            try:
                answer = http.post("/api/operations", json=body)
                break
            except httpx.TransportError as error:  # the outbox sends it again, and so does this
                lost += 1
                self.lost.append(f"{type(error).__name__} after {time.perf_counter() - began:.1f} s: {error}")
                assert lost < 5, self.lost
        self.seconds.append(time.perf_counter() - began)
        assert answer.status_code in (200, 409), answer.text
        said = answer.json()
        assert (answer.status_code == 409) == (said["status"] == "conflict")
        self.counts[said["status"]] += 1
        if said["status"] == "duplicate" and lost and body["id"] not in self.applied:
            said["status"] = "applied"  # it had arrived; only the answer was lost
        if said["status"] == "applied":
            assert body["id"] not in self.applied, "applied twice"
            self.applied[body["id"]] = body["interval_id"]
            if body["verb"] == "add":
                self.added[body["interval_id"]] = body["video_id"]
        self.sent.append(body)
        return said

    def next(self) -> tuple[dict, tuple[str, ...]]:
        """An operation, and the answers that are right for it."""
        chance = self.generator.random()
        if chance < 0.15 and self.sent:
            # Sent again, as after a lost answer: what was applied is a duplicate, what was refused may have its turn.
            body = self.sent[int(self.generator.integers(len(self.sent)))]
            return body, ("duplicate",) if body["id"] in self.applied else CHANGED
        video = list(self.videos)[int(self.generator.integers(len(self.videos)))]
        if chance < 0.5:
            # Everybody decides on the same few proposals, knowing nothing of the others.
            proposal = self.videos[video][int(self.generator.integers(len(self.videos[video])))]
            body = self.operation("accept", video, proposal.interval_id, {})
            return body | {"proposal_id": proposal.id}, CHANGED
        onset = int(self.generator.integers(FRAMES - 40))
        after = {"type": "micro", "onset": onset, "apex": None, "offset": onset + 9}
        return self.operation("add", video, str(uuid.UUID(bytes=self.generator.bytes(16), version=4)), after), DONE

    def operation(self, verb: str, video: int, interval: str, after: dict) -> dict:
        return {
            "id": str(uuid.UUID(bytes=self.generator.bytes(16), version=4)), "verb": verb, "video_id": video,
            "annotator_id": self.annotator, "interval_id": interval, "proposal_id": None, "base_version": 0,
            "after": after or None, "client_time": "2026-11-20T10:00:00.000Z", "session": "load",
        }  # fmt: skip


DONE, CHANGED = ("applied",), ("applied", "conflict")


class Load:
    """Trial: clients on one server of a kind of database."""

    def __init__(self, server: LiveServer, clients: int, each: int) -> None:
        self.server, self.clients, self.each = server, clients, each

    def __call__(self, number: int, generator: np.random.Generator) -> dict:
        database, ids = self.server.database, self.server.defaults
        videos = {}
        for place in range(VIDEOS):
            videos |= self.video(f"video {number} {place}", int(generator.integers(2**31)))
        tabs = [
            Client(self.server.url, self.server.token(), ids.annotator_id, videos, tab_generator)
            for tab_generator in generator.spawn(self.clients)
        ]
        begin = threading.Barrier(self.clients)
        started = time.perf_counter()
        with ThreadPoolExecutor(self.clients) as pool:
            for done in [pool.submit(tab.work, self.each, begin) for tab in tabs]:
                done.result()
        wall = time.perf_counter() - started

        logged = Counter(line.id for video in videos for line in reviewing.list_operations(database, video))
        confirmed = {operation for tab in tabs for operation in tab.applied}
        assert set(logged.values()) == {1}
        assert set(logged) == confirmed, "the log and what clients were told differ"
        changes = Counter(interval for tab in tabs for interval in tab.applied.values())
        for video in videos:
            state = reviewing.review_state(database, video, ids.annotator_id)
            rows = {annotation.id: annotation.version for annotation in state.annotations}
            assert len(rows) == len(state.annotations)
            mine = {interval for tab in tabs for interval, place in tab.added.items() if place == video}
            decided = {proposal.interval_id for proposal in videos[video]} & set(changes)
            assert set(rows) == mine | decided
            assert all(rows[interval] == changes[interval] for interval in rows), "a version was skipped or lost"
        milliseconds = 1000 * np.concatenate([tab.seconds for tab in tabs])
        return {
            "clients": self.clients,
            "operations": len(milliseconds),
            **sum((tab.counts for tab in tabs), Counter()),
            "p50_ms": round(float(np.percentile(milliseconds, 50)), 1),
            "p95_ms": round(float(np.percentile(milliseconds, 95)), 1),
            "worst_ms": round(float(milliseconds.max()), 1),
            "over_a_second": int((milliseconds > 1000).sum()),
            "lost": [line for tab in tabs for line in tab.lost],
            "per_second": round(len(milliseconds) / wall, 1),
        }

    def video(self, title: str, mark: int) -> dict[int, list[reviewing.ReviewProposal]]:
        """A spotted video: id -> its proposals as the server hands them out."""
        database, ids = self.server.database, self.server.defaults
        video = library.register_video(database, ids.study_id, title, title, "file", None, 1, "s01")
        library.finish_import(
            database, video, ImportedVideo(f"{mark:064x}", 1, FRAMES, 30.0, FRAMES / 30, False, 64, 48, "none.npz")
        )
        run = spotting.start_run(database, video, ids.baseline_version_id, 6.0, {})
        found = [Interval(60 * n, 60 * n + 30, "macro", 60 * n + 9, 0.5) for n in range(PROPOSALS)]
        spotting.finish_run(database, run, f"runs/{run}/curves.npz", None, found)
        return {video: list(reviewing.review_state(database, video, ids.annotator_id).proposals)}


@pytest.fixture
def server(request, tmp_path):
    """A server on the kind of database that the test names."""
    url = "" if request.param == "sqlite" else empty_url(request.param)
    made = LiveServer(tmp_path / "data", **({"GLINT_DATABASE_URL": url} if url else {})).start()
    made.kind = request.param
    yield made
    made.stop()
    made.database.dispose()
    drop(url)


@pytest.mark.soak
@pytest.mark.parametrize("server", KINDS, indirect=True)
def test_twenty_clients_lose_and_double_nothing(server):
    assert Trials(f"load-{server.kind}", 3).run(Load(server, CLIENTS, EACH)) == []


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_a_short_load_loses_and_doubles_nothing(server, tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "RESULTS", tmp_path / "results")
    found = Trials("load-short", 1, seed=3)
    assert found.run(Load(server, 8, 12)) == []
    assert {"applied", "duplicate", "conflict"} <= set(found.results[0])
