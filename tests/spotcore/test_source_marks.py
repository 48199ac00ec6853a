"""What is uneven in a source is marked where it is, and an even one carries no mark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spotcore.frame_table import FrameTable
from spotcore.source_marks import MOST_MARKS, source_marks
from tests.spotcore.trace_examples import make_traces


def table(seconds):
    count = len(seconds)
    return FrameTable(np.asarray(seconds, float), np.arange(count), np.ones(count, bool))


def test_an_even_source_has_no_marks():
    marks = source_marks(table(np.arange(120) / 30), make_traces((), 120))
    assert (marks.missing, marks.gaps, marks.crowded, marks.repeated, marks.cut) == ((), (), (), (), False)


def test_a_late_frame_is_a_gap_with_its_seconds_and_an_early_one_is_crowded():
    seconds = np.arange(120) / 30
    seconds[60:] += 0.5
    seconds[90] = seconds[89] + 0.005
    marks = source_marks(table(seconds))
    assert marks.gaps == ((60, 0.5333), (91, 0.0617))
    assert marks.crowded == ((90, 90),)


def test_the_same_picture_shown_again_is_repeated():
    traces = make_traces((), 120)
    displacement = traces.displacement.copy()
    displacement[30:33] = displacement[29]
    traces = replace(traces, displacement=displacement)
    assert source_marks(table(np.arange(120) / 30), traces).repeated == ((30, 32),)


def test_repeats_are_not_known_where_only_some_frames_were_analysed():
    assert source_marks(table(np.arange(240) / 60), make_traces((), 120)).repeated is None


def test_a_source_full_of_holes_is_cut_and_says_so():
    seconds = np.cumsum(np.where(np.arange(20_000) % 4 == 0, 0.1, 0.03))
    marks = source_marks(table(seconds))
    assert (len(marks.gaps), marks.cut) == (MOST_MARKS, True)


def test_a_video_of_one_frame_has_no_marks():
    assert source_marks(table([0.0])).gaps == ()


def test_missing_pictures_are_spans():
    present = np.ones(100, bool)
    present[[0, 5, 6, 99]] = False
    marks = source_marks(FrameTable(np.arange(100) / 30, np.arange(100), present))
    assert marks.missing == ((0, 0), (5, 6), (99, 99))
