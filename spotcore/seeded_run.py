"""Running seeded recall on a video: plan, render the versions, spot them, keep what is finished.

Everything lies in one folder: `plan.json`, the rendered passes, the answers to each and the trace files, so an
interrupted run goes on and the same ladder can be shown to people. The counting stands in `seeded_recall`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from spotcore.errors import InvalidFile, InvalidSettings
from spotcore.intervals import Interval
from spotcore.pipeline import SpottingModel, spot
from spotcore.seeded_recall import Footage, LadderPlan, LadderSettings, PassAnswers
from spotcore.shipped_model import SHIPPED_FOLDER
from spotcore.synthesis.footage_spiking import spike_footage
from spotcore.synthesis.ladder import gap_frames, plan_passes
from spotcore.synthesis.plans import PlannedEvent
from spotcore.synthesis.profiles import SECONDS
from spotcore.synthesis.room import free_frames, longest_stretch, scene_cuts
from spotcore.video import FrameTable, open_video

Progress = Callable[[int, int], None]
ANSWER_FORMAT = "glint-ladder-answer/1"


class LadderRun:
    """One video, one model, one folder.

    Args:
        video: file or folder of pictures.
        model: that is asked.
        out: folder of the run; made where it is missing.
        false_alarms: setting of the model, expected false proposals a minute.
        rate: frames per second of a picture folder.
    """

    def __init__(self, video: Path, model: SpottingModel, out: Path, false_alarms: float, rate: float | None) -> None:
        self.video, self.model, self.out = Path(video), model, Path(out)
        self.false_alarms, self.rate = false_alarms, rate
        self._table: FrameTable | None = None

    def plan(self, settings: LadderSettings, progress: Progress | None = None) -> LadderPlan:
        """Spot the footage as it is and plan away from what was found; the stored plan where the folder has one.

        Raises:
            InvalidSettings: no room, or the folder holds a run of another video, model or setting.
            UnreadableVideo: as `open_video`.
        """
        asked = self._asked()
        spotted = spot(
            self.video, self.model, false_alarms=self.false_alarms, rate=self.rate, cache_dir=self.out / "traces",
            progress=progress,
        )  # fmt: skip
        info = spotted.info
        table = self._table = info.table
        fps = table.fps or 30.0
        avoided = tuple(proposal.with_score(None) for proposal in spotted.proposals)
        footage = Footage(info.path.name, info.sha256, table.frame_count, fps, info.width, info.height)
        stored = self.out / "plan.json"
        if stored.exists():
            return self._stored(LadderPlan.load(stored), LadderPlan(footage, settings, avoided, ()))
        with open_video(self.video, self.rate, table=table) as video:
            cuts = scene_cuts(video)
        free = free_frames(spotted.traces, spotted.proposals, cuts, table.frame_count)
        passes = plan_passes(
            settings.events, free, fps, settings.seed, settings.amplitudes, settings.type, settings.gap_seconds
        )
        if not passes:
            raise InvalidSettings(_no_room(footage, settings, free))
        plan = LadderPlan(footage, settings, avoided, tuple(tuple(events) for events in passes))
        _write_json(self.out / "asked.json", asked)
        plan.save(stored)
        return plan

    def _stored(self, plan: LadderPlan, asked: LadderPlan) -> LadderPlan:
        for what, here, there in (
            ("another video", asked.footage, plan.footage),
            ("other settings", asked.settings, plan.settings),
            ("the same model with other proposals", asked.avoided, plan.avoided),
        ):  # fmt: skip
            if here != there:
                raise self._taken(what)
        return plan

    def _asked(self) -> dict[str, object]:
        """Who is asked and how; answers of two models, or at two settings, must not meet in one folder."""
        asked = {
            "model": self.model.name, "version": self.model.version, "digest": _digest(self.model),
            "false_alarms": self.false_alarms,
        }  # fmt: skip
        before = self.out / "asked.json"
        if before.exists() and json.loads(before.read_text(encoding="utf-8")) != asked:
            raise self._taken("another model or rate of false alarms")
        return asked

    def _taken(self, what: str) -> InvalidSettings:
        return InvalidSettings(f"--out: {self.out} holds a run of {what}; choose another folder")

    def answers(self, plan: LadderPlan, progress: Progress | None = None) -> list[PassAnswers]:
        """Render and spot every version of every pass; finished ones are taken from the folder.

        Args:
            plan: of this run.
            progress: called with (frames done, frames in all); may raise Cancelled.
        """
        # The unspiked version is the same in every pass. Rendering and spotting count alike.
        steps = _Steps(progress, 2 * (1 + 2 * len(plan.passes)), plan.footage.frame_count)
        unspiked, _ = self._version(plan, "unspiked", "unspiked", (), steps)
        answers = []
        for number, events in enumerate(plan.passes, start=1):
            found, left_out = {"unspiked": unspiked}, frozenset()
            for version in ("spiked", "control"):
                found[version], left_out = self._version(plan, f"pass-{number:02d}-{version}", version, events, steps)
            answers.append(PassAnswers(found, left_out))
        return answers

    def _version(
        self, plan: LadderPlan, name: str, version: str, events: Sequence[PlannedEvent], steps: _Steps
    ) -> tuple[list[Interval], frozenset[int]]:
        """Proposals in frames of the footage, and numbers of the events that were not rendered."""
        kept = self.out / f"{name}.json"
        if kept.exists():
            steps.skip(2)
            return _read_answer(kept)
        settings, clip = plan.settings, self.out / f"{name}.mp4"
        written = spike_footage(
            self.video, clip, events, version=version, crf=settings.crf, rate=self.rate,
            shift_pixels=settings.shift_pixels, progress=steps.next(),
        )  # fmt: skip
        left_out = frozenset(index for index, event in enumerate(events) if event in written.left_out)
        spotted = spot(
            clip, self.model, false_alarms=self.false_alarms, cache_dir=self.out / "traces", progress=steps.next()
        )
        # Pictures that a folder lacks are not in the clip: back to frame numbers of the footage.
        original = np.flatnonzero(self._table.present)
        proposals = [
            Interval(int(original[p.onset]), int(original[p.offset]), p.type,
                     None if p.apex is None else int(original[p.apex]), p.score)
            for p in spotted.proposals
        ]  # fmt: skip
        answer = {
            "format": ANSWER_FORMAT,
            "version": version,
            "left_out": sorted(left_out),
            "proposals": [asdict(proposal) for proposal in proposals],
        }
        _write_json(kept, answer)
        return proposals, left_out


class _Steps:
    """One progress over many steps of the same number of frames."""

    def __init__(self, progress: Progress | None, count: int, frames: int) -> None:
        self._progress, self._count, self._frames, self._begun = progress, count, frames, 0

    def skip(self, steps: int) -> None:
        self._begun += steps
        self._report(self._begun * self._frames)

    def next(self) -> Progress:
        before = self._begun * self._frames
        self._begun += 1
        return lambda done, total: self._report(before + round(done / max(total, 1) * self._frames))

    def _report(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, self._count * self._frames)


def _write_json(path: Path, values: dict[str, object]) -> None:
    """The file is there complete or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(values) + "\n", encoding="utf-8")
    part.replace(path)


def _digest(model: SpottingModel) -> str | None:
    """Hash of the files of a checkpoint; None for the baseline, whose version says all."""
    folder = SHIPPED_FOLDER if model.name == "default" else Path(model.name)
    if not folder.is_dir():
        return None
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read_answer(path: Path) -> tuple[list[Interval], frozenset[int]]:
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
        if answer["format"] != ANSWER_FORMAT:
            raise InvalidFile(f"{path}: expected the format {ANSWER_FORMAT}, got {answer['format']!r}")
        return [Interval(**proposal) for proposal in answer["proposals"]], frozenset(answer["left_out"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidFile(f"{path}: not an answer to a ladder ({error}); delete it to make it again") from error


def _no_room(footage: Footage, settings: LadderSettings, free: np.ndarray) -> str:
    seconds = 1 / footage.fps
    needed = SECONDS[settings.type][0] + 2 * gap_frames(settings.gap_seconds, footage.fps) * seconds
    return (
        f"{footage.name}: no room for a {settings.type} event: of {footage.frame_count * seconds:.1f} s, "
        f"{int(free.sum()) * seconds:.1f} s are away from proposals, cuts, blinks and lost faces, the longest stretch "
        f"is {longest_stretch(free) * seconds:.2f} s; the shortest event with {settings.gap_seconds:g} s of untouched "
        f"footage on both sides takes {needed:.1f} s"
    )
