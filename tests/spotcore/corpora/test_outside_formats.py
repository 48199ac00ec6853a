"""Submission files and published feature files."""

import numpy as np
import pytest

from spotcore.corpora.megc import read_submission, write_submission
from spotcore.corpora.release_features import COLUMNS, RELEASE_KIND, read_release_windows
from spotcore.errors import IncompatibleFeatures, InvalidFile
from spotcore.intervals import Interval
from spotcore.label_csv import LabelRow
from spotcore.regions import FEATURE_KIND


def test_a_submission_comes_back_and_counts_from_one(tmp_path):
    path = tmp_path / "submission.csv"
    rows = [LabelRow("006_1", Interval(0, 9, "micro")), LabelRow("006_1", Interval(20, 80, "macro"))]
    write_submission(path, rows)
    assert path.read_text().splitlines() == ["vid,pred_onset,pred_offset,type", "006_1,1,10,me", "006_1,21,81,mae"]
    assert [(row.video, row.interval) for row in read_submission(path)] == [(r.video, r.interval) for r in rows]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vid,pred_onset,type\na,1,me\n", "missing pred_offset"),
        ("vid,pred_onset,pred_offset,type\na,1,5,xx\n", "line 2.*me or mae"),
        ("vid,pred_onset,pred_offset,type\na,0,5,me\n", "line 2.*from 1 on"),
        ("vid,pred_onset,pred_offset,type\na,one,5,me\n", "line 2"),
    ],
)
def test_a_wrong_submission_is_refused_with_its_line(tmp_path, text, message):
    path = tmp_path / "submission.csv"
    path.write_text(text)
    with pytest.raises(InvalidFile, match=message):
        read_submission(path)


def test_published_features_keep_the_ten_columns_the_networks_use(tmp_path):
    windows = np.arange(3 * 17 * 14 * 2, dtype=np.float64).reshape(3, 17, 14, 2)
    np.save(tmp_path / "15_0101.npy", windows)
    read = read_release_windows(tmp_path / "15_0101.npy")
    assert read.shape == (3, 17, 10, 2)
    assert read.dtype == np.float32
    assert np.array_equal(read[1, 2], windows[1, 2, list(COLUMNS)])


def test_features_of_another_shape_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((5, 9, 13, 2)))
    with pytest.raises(InvalidFile, match=r"\(5, 9, 13, 2\)"):
        read_release_windows(tmp_path / "x.npy")


def test_published_features_and_ours_are_different_kinds():
    with pytest.raises(IncompatibleFeatures, match="pixels of a 256 crop"):
        FEATURE_KIND.require(RELEASE_KIND, "x.npy")
