"""Progress of a command on stderr; stdout stays for results."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class VideoProgress:
    """One bar per video, or a line per finished video where stderr is no terminal."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress, self._console = progress, console
        self._newest: TaskID | None = None

    def start(self, name: str) -> Callable[[int, int], None]:
        """Begin a video; gives the function to call with (frames done, frames in all)."""
        task = self._newest = self._progress.add_task(name, total=None)
        return lambda done, total: self._progress.update(task, completed=done, total=total)

    def drop(self) -> None:
        """Take the newest bar away: its video has failed, and gets a line instead."""
        if self._newest is not None:
            self._progress.remove_task(self._newest)
            self._newest = None

    def say(self, line: str) -> None:
        """One line above the bars; long lines are not folded."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def video_progress() -> Iterator[VideoProgress]:
    """Bars on stderr for the length of the block."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TextColumn("frames"),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console) as progress:
        yield VideoProgress(progress, console)
