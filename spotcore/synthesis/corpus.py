"""Corpora of synthetic clips: rendering plans to files with their truth, and the frozen ones with their hash.

What can honestly be frozen is everything before the encoder: plans (settings and truth), the time courses they make and
the bytes of the source pictures. Encoded bytes depend on the codec's version and are not part of the hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spotcore.errors import InvalidFile
from spotcore.label_csv import LabelRow, write_labels
from spotcore.synthesis.astronaut import astronaut_picture
from spotcore.synthesis.face import Face
from spotcore.synthesis.plans import ClipPlan, script_digest, script_of
from spotcore.synthesis.rendering import Renderer
from spotcore.synthesis.sources import identity_for, source_hash
from spotcore.synthesis.video_writing import VideoWriter

CORPUS_FORMAT = "glint-synthetic-corpus/1"
NOTE = "Synthetic clip rendered by Glint from one still picture; not real behaviour of the person shown."
# Frozen before any training: 40 clips and 10 control clips on ten faces that train nothing. Drawn with the default
# PlanSettings and the first seed whose shares of speech and turns are within 0.01 of 0.3 and whose durations have the
# published medians; no model was run on it before. Frozen three times on one evening, each time before any training:
# again with speech twice as large and with blinks that pull at the eye's corners, as measured in real footage; plans
# and truth stayed the same. Never eased; a harder one gets a new name.
TEST_V1 = Path(__file__).with_name("corpora") / "test_v1.json"
TRUTH_COLUMNS = ("amplitude", "action_units", "identity")


@dataclass(frozen=True)
class Corpus:
    """Plans with a name and, when frozen, a hash.

    Attributes:
        name: of the corpus.
        clips: with true events.
        controls: clips with control shifts and no events; whatever is found there is false.
        sources: file name -> SHA-256 of the pictures it is made from.
        hash: of all of that and of the time courses; empty while not frozen.
    """

    name: str
    clips: tuple[ClipPlan, ...]
    controls: tuple[ClipPlan, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    hash: str = ""

    @property
    def plans(self) -> tuple[ClipPlan, ...]:
        """Clips, then controls."""
        return self.clips + self.controls

    def frozen_hash(self) -> str:
        """SHA-256 over plans, source hashes and the time courses of every plan on the stored astronaut mesh.

        The mesh of a test identity comes from a landmark model whose last digits may differ between machines, so the
        courses are hashed on the one mesh that is stored.
        """
        face = Face(astronaut_picture()[1])
        digest = hashlib.sha256()
        content = {
            "clips": [plan.to_json() for plan in self.clips],
            "controls": [plan.to_json() for plan in self.controls],
            "sources": [list(pair) for pair in self.sources],
        }
        digest.update(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())
        for plan in self.plans:
            digest.update(script_digest(script_of(plan, face)).encode())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write as JSON, one clip a line."""
        def lines(plans: Iterable[ClipPlan]) -> str:
            return ",\n".join(json.dumps(plan.to_json(), separators=(",", ":")) for plan in plans)

        sources = [list(pair) for pair in self.sources]
        head = {"format": CORPUS_FORMAT, "name": self.name, "hash": self.hash, "sources": sources}
        text = json.dumps(head, indent=1)[:-2]
        text += f',\n "clips": [\n{lines(self.clips)}\n],\n "controls": [\n{lines(self.controls)}\n]\n}}\n'
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path = TEST_V1) -> Corpus:
        """Read a corpus file; a frozen one must still have its hash.

        Raises:
            InvalidFile: not a corpus, or frozen and changed (in the file or in the code that makes its movements).
        """
        try:
            stored = json.loads(Path(path).read_text(encoding="utf-8"))
            if stored.get("format") != CORPUS_FORMAT:
                raise InvalidFile(f"{path}: expected the format {CORPUS_FORMAT}, got {stored.get('format')!r}")
            corpus = cls(
                stored["name"], tuple(map(ClipPlan.from_json, stored["clips"])),
                tuple(map(ClipPlan.from_json, stored["controls"])), tuple(tuple(s) for s in stored["sources"]),
                stored["hash"],
            )  # fmt: skip
        except InvalidFile:
            raise
        except Exception as error:
            raise InvalidFile(f"{path}: expected a corpus file ({CORPUS_FORMAT}): {error}") from error
        if corpus.hash and corpus.frozen_hash() != corpus.hash:
            raise InvalidFile(f"{path}: the frozen corpus {corpus.name} no longer has its hash {corpus.hash[:12]}")
        return corpus


def changed_sources(corpus: Corpus, media: Path) -> list[str]:
    """Files of a corpus that are missing or have other bytes in this media folder."""
    def same(name: str, expected: str) -> bool:
        path = Path(media) / name
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == expected

    return [name for name, expected in corpus.sources if not same(name, expected)]


def sources_of(plans: Sequence[ClipPlan], media: Path | None) -> tuple[tuple[str, str], ...]:
    """(file name, SHA-256) of every media file the plans use, sorted."""
    names = sorted({plan.identity for plan in plans if plan.identity.startswith("media:")})
    return tuple(sorted({(n[6:].split("@")[0].split("#")[0], source_hash(n, media)) for n in names}))


def render_clip(
    plan: ClipPlan, folder: Path, media: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Render one plan to FOLDER/NAME.mp4; returns the path."""
    identity = identity_for(plan.identity, plan.width, plan.height, plan.inter_ocular, media)
    script = script_of(plan, identity.face)
    renderer = Renderer(identity, plan.noise, plan.seed)
    path = Path(folder) / f"{plan.name}.mp4"
    with VideoWriter(path, plan.width, plan.height, plan.fps, plan.crf, f"{NOTE} {plan.identity}") as writer:
        for t in range(plan.frames):
            writer.write(*renderer.frame(script, t))
            if progress is not None:
                progress(t + 1, plan.frames)
    return path


def write_truth(path: Path, plans: Iterable[ClipPlan]) -> None:
    """The truth of all plans as CSV, with amplitude (per cent), action units and identity in further columns."""
    rows = [
        LabelRow(f"{plan.name}.mp4", event.interval,
                 {"amplitude": f"{event.amplitude:g}", "action_units": event.labels, "identity": plan.identity})
        for plan in plans for event in plan.events
    ]  # fmt: skip
    write_labels(path, rows, TRUTH_COLUMNS)


def render_corpus(
    corpus: Corpus, folder: Path, media: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> None:
    """Render every plan into a folder with truth.csv and corpus.json; clips that are already there are kept.

    `progress(frames done, frames in all)` may raise Cancelled; the next call goes on with the next clip.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    corpus.save(folder / "corpus.json")
    write_truth(folder / "truth.csv", corpus.clips)
    total, done = sum(plan.frames for plan in corpus.plans), 0
    # One identity after the other: its picture and mesh are then read once.
    for plan in sorted(corpus.plans, key=lambda p: (p.identity, p.name)):
        if not (folder / f"{plan.name}.mp4").exists():
            start = done
            step = None if progress is None else (lambda at, _, start=start: progress(start + at, total))
            render_clip(plan, folder, media, step)
        done += plan.frames
        if progress is not None:
            progress(done, total)
