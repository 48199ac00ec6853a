"""Videos that were chosen to be coded next."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NextVideo:
    """One video to code next, and why; the fields are those of `db.models.CodingPick`.

    Attributes:
        kind: "random", "uncertain" or "different".
        doubt: doubtful proposals a minute, None where no model has looked.
        difference: from everything coded or chosen before, in usual distances between videos.
        waiting: number of uncoded videos that its batch was chosen from.
    """

    video_id: int
    title: str
    subject: str
    batch: int
    kind: str
    doubt: float | None
    difference: float | None
    new_subject: bool
    waiting: int

    def why(self, withheld: bool = False) -> str:
        """The reason as a sentence; `withheld` leaves out what a model found, for somebody who codes it blind."""
        person = " Nobody coded this person yet." if self.new_subject and self.kind != "random" else ""
        if self.kind == "random":
            return f"Drawn at random from {self.waiting:,} uncoded videos: the fair part of the sample."
        if self.kind == "uncertain":
            if withheld or self.doubt is None:
                return f"A model is unsure about it.{person}"
            return f"The model is unsure: {self.doubt:.1f} doubtful proposals a minute.{person}"
        if self.difference is None:
            return person.strip() or "Nothing tells it from the others yet."
        return f"Unlike what is coded: {self.difference:.1f} times the usual distance to the nearest.{person}"
